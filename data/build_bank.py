#!/usr/bin/env python3
"""Builds data/bank.safetensors, data/held-out.json and tests/photos from packages of PyPI and npm.

    python3 data/build_bank.py        (or: cargo xtask bank)

Needs Python 3.10+, npm and the two registries; its own Python packages go into target/bank/venv.
Everything is pinned, so a second run gives the same bytes. CREDITS.md says what is whose.

The bank is one safetensors file of one-dimensional U8 tensors, each an encoded picture:
    train/scene/<scene>/<nn>        JPEG, 160 x 160: a perspective view of a panorama
    train/sticker/<style>/<name>    WebP with alpha, cut to its edges, longer side at most 96
    held-out/...                    the same, never used in training
Its metadata lists the names from easy to hard to tell apart.
"""

import base64
import hashlib
import io
import json
import re
import struct
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / "target" / "bank"
PYTHON_PACKAGES = ["pillow==13.0.0", "numpy==2.4.6", "OpenEXR==3.5.3", "resvg_py==0.5.0"]

try:
    import numpy as np
    import OpenEXR
    import resvg_py
    from PIL import Image, ImageOps
except ImportError:
    python = WORK / "venv" / "bin" / "python"
    if Path(sys.prefix) == WORK / "venv":
        raise
    subprocess.check_call([sys.executable, "-m", "venv", WORK / "venv"])
    subprocess.check_call([python, "-m", "pip", "install", "-q", *PYTHON_PACKAGES])
    sys.exit(subprocess.call([python, __file__]))

WHEELS = ["viser==1.1.1", "scikit-image==0.26.0", "scikit-learn==1.9.1"]
NPM = [
    "@pmndrs/assets@1.7.0",
    "@lobehub/fluent-emoji-3d@1.1.0",
    "@lobehub/fluent-emoji-flat@1.1.0",
    "@iconify-json/noto-v1@1.2.5",
    "@iconify-json/emojione@1.2.3",
    "emoji-datasource-google@16.0.0",
    "@twemoji/svg@15.0.0",
]

# Panoramas by split. A place is in one split only: venice and venice_sunset are the same quay.
SCENES = {
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
VIEWS = 18
VIEW_SIDE = 160

# One-word names that look unlike each other at 24 pixels, the easiest first; then the held-out ones.
NAMES = {
    "fox": "1f98a", "frog": "1f438", "umbrella": "2602", "tree": "1f333", "pizza": "1f355", "car": "1f697",
    "strawberry": "1f353", "whale": "1f433", "key": "1f511", "banana": "1f34c", "penguin": "1f427", "mushroom": "1f344",
    "ball": "26bd", "house": "1f3e0", "cactus": "1f335", "sunflower": "1f33b", "clock": "23f0", "apple": "1f34e",
    "butterfly": "1f98b", "bell": "1f514", "crab": "1f980", "panda": "1f43c", "rocket": "1f680", "carrot": "1f955",
    "bicycle": "1f6b2", "guitar": "1f3b8", "snowman": "26c4", "anchor": "2693",
}
HELD_OUT_NAMES = {"octopus": "1f419", "crown": "1f451", "lemon": "1f34b", "duck": "1f986"}
STICKER_SIDE = 96

# How Iconify's sets call a name, where it isn't the name itself.
ICONS = {
    "tree": ["deciduous-tree"], "car": ["automobile"], "whale": ["spouting-whale"], "ball": ["soccer-ball"],
    "clock": ["alarm-clock"], "apple": ["red-apple"], "snowman": ["snowman-without-snow"], "frog": ["frog", "frog-face"],
    "panda": ["panda", "panda-face"],
}

PHOTOS = {
    "chelsea": ("scikit_image", "skimage/data/chelsea.png"),
    "coffee": ("scikit_image", "skimage/data/coffee.png"),
    "rocket": ("scikit_image", "skimage/data/rocket.jpg"),
    "china": ("scikit_learn", "sklearn/datasets/images/china.jpg"),
    "flower": ("scikit_learn", "sklearn/datasets/images/flower.jpg"),
}
PHOTO_SIDE = 640


def fetch():
    """Downloads what isn't there yet; gives readers by package name."""
    WORK.mkdir(parents=True, exist_ok=True)
    for wheel in WHEELS:
        if not list(WORK.glob(wheel.split("==")[0].replace("-", "_") + "-*.whl")):
            subprocess.check_call(
                [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:", wheel], cwd=WORK)
    for package in NPM:
        name = package.lstrip("@").replace("/", "-").rsplit("@", 1)[0]
        if not list(WORK.glob(name + "-*.tgz")):
            subprocess.check_call(["npm", "pack", "--silent", package], cwd=WORK, stdout=subprocess.DEVNULL)

    def wheel(name):
        archive = zipfile.ZipFile(next(WORK.glob(name + "-*.whl")))
        return archive.read

    def npm(name):
        archive = tarfile.open(next(WORK.glob(name + "-*.tgz")))
        members = {m.name.split("/", 1)[1]: m for m in archive.getmembers() if m.isfile()}
        return lambda path: archive.extractfile(members[path]).read(), members

    return wheel, npm


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


def panorama(source, name, wheel, npm):
    """A panorama as [height, width, 3] of 0..255 and the direction (yaw, pitch) of its brightest spot."""
    if source == "viser":
        data = wheel("viser")(f"viser/_assets/hdri/{name}_1k.jpg")
        pixels = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"), dtype=np.float32)
        return pixels, None  # its bright spots are plain white: nothing to stay away from
    text = npm("pmndrs-assets")[0](f"hdri/{name}.exr.js").decode()
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


def views(name, pixels, sun):
    """VIEWS views all round, the same for the same name; none within 15 degrees of the sun's glare."""
    chance = np.random.default_rng(int(hashlib.sha256(name.encode()).hexdigest()[:8], 16))
    for i in range(VIEWS):
        while True:
            yaw = (i + chance.uniform(-0.3, 0.3)) / VIEWS * 2 * np.pi - np.pi
            pitch = np.radians(chance.uniform(-32, 22))
            field = np.radians(chance.uniform(62, 95))
            if sun is None:
                break
            away = np.arccos(np.sin(pitch) * np.sin(sun[1]) + np.cos(pitch) * np.cos(sun[1]) * np.cos(yaw - sun[0]))
            if away > np.radians(15):
                break
        yield view(pixels, yaw, pitch, field, VIEW_SIDE)


def stickers(name, code, npm):
    """One name's sticker in each style, as pictures with alpha."""
    def first(package, paths):
        read, members = npm(package)
        return read(next(path for path in paths if path in members))

    def drawn(svg):
        return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=256, height=256))

    def icon(package):
        icons = json.loads(npm(package)[0]("icons.json"))
        found = next(icons["icons"][known] for known in ICONS.get(name, [name]) if known in icons["icons"])
        box = f'0 0 {icons["width"]} {icons["height"]}'
        return drawn(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">{found["body"]}</svg>')

    # Some files end in -fe0f, some don't.
    codes = [code, code + "-fe0f"]
    opened = {
        "fluent": first("lobehub-fluent-emoji-3d", [f"assets/{c}.webp" for c in codes]),
        "noto": first("emoji-datasource-google", [f"img/google/64/{c}.png" for c in codes]),
        "twemoji": drawn(first("twemoji-svg", [f"{c}.svg" for c in codes]).decode()),
        "flat": drawn(first("lobehub-fluent-emoji-flat", [f"assets/{c}.svg" for c in codes]).decode()),
        "blob": icon("iconify-json-noto-v1"),
        "emojione": icon("iconify-json-emojione"),
    }
    return {style: Image.open(io.BytesIO(data)).convert("RGBA") for style, data in opened.items()}


def trimmed(picture):
    """Cut to what can be seen, the longer side at most STICKER_SIDE."""
    seen = picture.getchannel("A").point(lambda a: 255 if a > 40 else 0)
    picture = picture.crop(seen.getbbox())
    picture.thumbnail((STICKER_SIDE, STICKER_SIDE), Image.LANCZOS)
    return picture


def encoded(picture, form, **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def write_safetensors(path, tensors, metadata):
    """Little-endian length, JSON header, bytes (the format's whole definition)."""
    header, offset = {"__metadata__": metadata}, 0
    for name in sorted(tensors):
        end = offset + len(tensors[name])
        header[name] = {"dtype": "U8", "shape": [len(tensors[name])], "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(tensors[name] for name in sorted(tensors)))


def main():
    wheel, npm = fetch()
    opened = {}

    def package(name):
        if name not in opened:
            opened[name] = npm(name)
        return opened[name]

    tensors = {}
    for split, sources in SCENES.items():
        for source, names in sources.items():
            for name in names:
                pixels, sun = panorama(source, name, wheel, package)
                for i, picture in enumerate(views(name, pixels, sun)):
                    tensors[f"{split}/scene/{name}/{i:02}"] = encoded(picture, "JPEG", quality=85)
    for held, names in ((False, NAMES), (True, HELD_OUT_NAMES)):
        for name, code in names.items():
            for style, picture in stickers(name, code, package).items():
                split = "held-out" if held or style == "twemoji" else "train"
                data = encoded(trimmed(picture), "WEBP", quality=90, method=6)
                tensors[f"{split}/sticker/{style}/{name}"] = data
    metadata = {"names": " ".join(NAMES), "held_out_names": " ".join(HELD_OUT_NAMES), "credits": "data/CREDITS.md"}
    write_safetensors(HERE / "bank.safetensors", tensors, metadata)

    held = {name: data for name, data in tensors.items() if name.startswith("held-out/")}
    photos = HERE.parent / "tests" / "photos"
    photos.mkdir(parents=True, exist_ok=True)
    for name, (archive, path) in PHOTOS.items():
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(wheel(archive)(path)))).convert("RGB")
        picture.thumbnail((PHOTO_SIDE, PHOTO_SIDE), Image.LANCZOS)
        data = encoded(picture, "JPEG", quality=85)
        (photos / f"{name}.jpg").write_bytes(data)
        held[f"tests/photos/{name}.jpg"] = data
    record = {
        "about": "Never in training: these scenes, names and files (sha256).",
        "scenes": sorted(name for names in SCENES["held-out"].values() for name in names),
        "names": sorted(HELD_OUT_NAMES),
        "styles": ["twemoji"],
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(held.items())},
    }
    (HERE / "held-out.json").write_text(json.dumps(record, indent=1) + "\n")
    print(f"{len(tensors)} pictures, {sum(map(len, tensors.values())) / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
