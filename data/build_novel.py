#!/usr/bin/env python3
"""Builds data/novel-bench: 300 photos, screenshots and pages of text, unlike what the model is trained for.

    python3 data/build_novel.py

A measure of novelty should set them apart from the benchmarks' pictures. Photos are parts of held-out ones;
screenshots and pages are Pillow's. Their questions are those that fit any picture. A second run gives the same bytes.
"""

import io
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from outside_2.common import prepare, replaced, seeded, site  # noqa: E402

OUT = HERE / "novel-bench"
SHARES = {"photo": 120, "screenshot": 90, "text": 90}
SIDE = 128
QUESTIONS = ["what is this?", "what do you see?", "describe this picture", "what's in the picture?", "what is it?",
             "tell me about this", "can you explain this?", "what does this show?", "What is going on here?",
             "anything interesting?", "what do you think this is", "help", "look at this"]
# Photos of scikit-image beside those that carry stickers.
MORE = ["camera.png", "coins.png", "retina.jpg", "ihc.png", "hubble_deep_field.jpg", "grass.png", "gravel.png",
        "brick.png", "cell.png"]
PAGES = ["text.png"]


def part(rng, picture, least):
    """A part of a picture of any shape."""
    aspect = rng.choice([1, 1, 4 / 3, 3 / 4, 16 / 9, 2 / 3])
    w = min(picture.width, picture.height * aspect) * rng.uniform(least, 1.0)
    h = w / aspect
    left, top = rng.uniform(0, picture.width - w), rng.uniform(0, picture.height - h)
    return picture.crop(tuple(round(v) for v in (left, top, left + w, top + h)))


def drawn(kind, number):
    from PIL import Image

    from outside_2 import screens, stickers

    rng = seeded("novel", kind, number)
    files = site("skimage") / "data"
    if kind == "photo":
        names = [*stickers.PHOTOS, *MORE]
        name = names[number % len(names)]
        whole = Image.open(files / name).convert("RGB") if name in MORE else stickers.photo(name)
        return part(rng, whole, 0.35), rng
    if kind == "screenshot":
        return screens.screenshot(rng), rng
    if number < 2 * len(PAGES):
        return part(rng, Image.open(files / PAGES[number % len(PAGES)]).convert("RGB"), 0.8), rng
    return screens.page(rng), rng


def main():
    prepare(__file__)
    from PIL import Image

    with replaced(OUT) as out:
        lines = []
        for kind, count in SHARES.items():
            for number in range(count):
                picture, rng = drawn(kind, number)
                picture.thumbnail((SIDE, SIDE), Image.LANCZOS)
                name = f"{kind}-{number:03}"
                buffer = io.BytesIO()
                picture.save(buffer, "JPEG", quality=rng.choice([75, 85]), optimize=True)
                (out / f"{name}.jpg").write_bytes(buffer.getvalue())
                lines.append({"id": name, "image": f"{name}.jpg", "question": rng.choice(QUESTIONS), "kind": kind})
        (out / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    print(f"{sum(file.stat().st_size for file in OUT.iterdir()) / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
