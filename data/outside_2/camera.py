"""A camera: what a phone, a scanner or a phone before a screen makes of a sheet of paper or a display."""

import cv2
import numpy
from PIL import Image

from .common import seed_of


def desk(noise, rng, height, width):
    """What the sheet lies on: a plain, grained or mottled surface."""
    base = numpy.array([rng.randint(30, 215) for _ in range(3)], numpy.float32) * 0.5 + rng.randint(10, 110)
    coarse = noise.normal(0, 1, (max(2, height // 40), max(2, width // 40))).astype(numpy.float32)
    mottle = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) * rng.uniform(2, 9)
    stripes = numpy.zeros((height, width), numpy.float32)
    if rng.random() < 0.5:
        rows = noise.normal(0, 1, height).cumsum()
        rows = (rows - rows.mean()) / (rows.std() + 1e-6)
        stripes = numpy.repeat(rows[:, None], width, 1).astype(numpy.float32) * rng.uniform(3, 12)
    return numpy.clip(base + (mottle + stripes)[..., None], 0, 255)


def bent(rng, width, height, turn, lean, margin):
    """Where the four corners of the sheet come to lie in the picture."""
    angle = numpy.radians(rng.uniform(-turn, turn))
    cos, sin = numpy.cos(angle), numpy.sin(angle)
    corners = []
    for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
        x, y = (c * (1 + rng.uniform(-lean, lean)) for c in (x, y))
        x, y = x * width / 2, y * height / 2
        corners.append((x * cos - y * sin, x * sin + y * cos))
    corners = numpy.array(corners, numpy.float32)
    scale = (1 - margin) * min(width / numpy.ptp(corners[:, 0]), height / numpy.ptp(corners[:, 1]))
    middle = (corners.max(0) + corners.min(0)) / 2
    return (corners - middle) * scale + numpy.array([width / 2, height / 2], numpy.float32)


def lit(noise, rng, picture, strength):
    """Uneven light, a soft shadow from one side, a tint."""
    height, width = picture.shape[:2]
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    angle = rng.uniform(0, 2 * numpy.pi)
    across = (x / width - 0.5) * numpy.cos(angle) + (y / height - 0.5) * numpy.sin(angle)
    light = 1 - strength * (across + 0.3)
    if rng.random() < 0.4:
        edge = rng.uniform(-0.25, 0.45)
        light *= 1 - rng.uniform(0.1, 0.35) / (1 + numpy.exp(-(across - edge) / rng.uniform(0.02, 0.15)))
    tint = numpy.array([1 + rng.uniform(-0.08, 0.08) for _ in range(3)], numpy.float32)
    return picture * light[..., None] * tint * rng.uniform(0.82, 1.05)


def worn(noise, rng, picture, blur, grain):
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    picture = picture + noise.normal(0, grain, picture.shape)
    return Image.fromarray(numpy.clip(picture, 0, 255).astype(numpy.uint8))


def photo(rng, noise, sheet, gentle, sharp):
    height, width = sheet.shape[:2]
    corners = bent(rng, width, height, 3 if gentle else 8, 0.0 if gentle else 0.055, rng.uniform(0.02, 0.12))
    flat = numpy.array([[0, 0], [width, 0], [width, height], [0, height]], numpy.float32)
    warp = cv2.getPerspectiveTransform(flat, corners)
    laid = cv2.warpPerspective(sheet, warp, (width, height), flags=cv2.INTER_AREA)
    cover = cv2.warpPerspective(numpy.ones((height, width), numpy.float32), warp, (width, height))[..., None]
    shade = cv2.GaussianBlur(cover, (0, 0), max(2, width / 60))[..., None]
    picture = laid * cover + desk(noise, rng, height, width) * (1 - cover) * (1 - 0.35 * shade)
    picture = lit(noise, rng, picture, rng.uniform(0.05, 0.45))
    blur = 0.5 if sharp else 0.0022 * max(width, height) + 0.3
    return worn(noise, rng, picture, rng.uniform(0.3, blur), rng.uniform(1.5, 3.5 if sharp else 7))


def scan(rng, noise, sheet, gentle, sharp):
    height, width = sheet.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), rng.uniform(-1.5, 1.5), rng.uniform(0.95, 1.0))
    paper = [rng.randint(225, 255)] * 3
    picture = cv2.warpAffine(sheet, turn, (width, height), flags=cv2.INTER_AREA, borderValue=paper)
    gain = rng.uniform(0.85, 1.1)
    picture = (picture - 128) * gain + 128 + rng.uniform(-12, 12)
    return worn(noise, rng, picture, rng.uniform(0, 0.4 if sharp else 0.7), rng.uniform(2, 5))


def display(rng, noise, sheet, gentle, sharp):
    """A photo of a screen: stripes where its pixels meet the camera's."""
    height, width = sheet.shape[:2]
    y, x = numpy.mgrid[0:height, 0:width].astype(numpy.float32)
    wave = sum(numpy.sin(2 * numpy.pi * (x * rng.uniform(-1, 1) + y * rng.uniform(-1, 1)) / rng.uniform(3, 14))
               for _ in range(2))
    lines = 1 - rng.uniform(0.02, 0.07) * (1 + numpy.sin(2 * numpy.pi * y / rng.uniform(2.2, 4.5)))
    picture = sheet * lines[..., None] + wave[..., None] * rng.uniform(2, 6) + rng.uniform(4, 18)
    corners = bent(rng, width, height, 2 if gentle else 5, 0.0 if gentle else 0.04, rng.uniform(-0.01, 0.03))
    flat = numpy.array([[0, 0], [width, 0], [width, height], [0, height]], numpy.float32)
    picture = cv2.warpPerspective(picture, cv2.getPerspectiveTransform(flat, corners), (width, height),
                                  borderValue=[rng.randint(5, 40)] * 3)
    picture = lit(noise, rng, picture, rng.uniform(0, 0.2))
    return worn(noise, rng, picture, rng.uniform(0.3, 0.5 if sharp else 0.9), rng.uniform(1, 4))


CAMERAS = {"photo": photo, "scan": scan, "screen": display}


def taken(rng, picture, way, gentle=False, sharp=False):
    """`gentle`: where places or angles in the picture must stay; `sharp`: where numbers must be read."""
    noise = numpy.random.default_rng(seed_of(rng))
    return CAMERAS[way](rng, noise, numpy.asarray(picture, numpy.float32), gentle, sharp)
