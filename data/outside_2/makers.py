"""Every type's makers: which program draws which item, whether a camera takes it, and how it is stored."""

import io

from PIL import Image

from . import boards, charts, figures, graphs, stickers
from .camera import taken
from .common import seeded
from .pens import PENS, SHAKY
from .programs import CHARTS, HAND

GROUPS = {"S1": "bars", "S2": "bars", "S3": "bars", "S4": "line", "S5": "pie"}
FIGURES = {"D1": figures.d1, "D2": figures.d2, "D3": figures.d3, "D4": graphs.d4, "D5": figures.d5, "V1": boards.v1,
           "V2": boards.v2, "V4": boards.v4, "V5": boards.v5}
NATIVE = {"D1": {"ECharts": graphs.d1, "Vega-Lite": graphs.d1}, "D2": {"graphviz": graphs.d2},
          "D4": {"graphviz": graphs.d4, "networkx": graphs.d4, "ECharts": graphs.d4},
          "V5": {"ECharts": graphs.v5, "Vega-Lite": graphs.v5}}
NATURAL = {"N1": stickers.n1, "N2": stickers.n2, "N3": stickers.n3, "N4": stickers.n4}
TYPES = [*NATURAL, *GROUPS, *FIGURES]
GENTLE = {"D3", "V4"}
SHARP = {"S1", "S3"}


def programs(kind):
    """The programs of a type: (printing ones, drawing ones)."""
    if kind in GROUPS:
        return list(CHARTS[GROUPS[kind]]), list(HAND)
    return [*PENS, *NATIVE.get(kind, {})], list(SHAKY)


def made(kind, number, series):
    """One item: what was made, the program's name, and the camera's way or none."""
    rng = seeded(series, kind, number)
    if kind in NATURAL:
        item, style = NATURAL[kind](rng)
        return item, f"stickers: {style}", ""
    printing, drawing = programs(kind)
    order = seeded(series, kind)
    order.shuffle(printing)
    order.shuffle(drawing)
    by_hand = number % 3 == 2
    names = drawing if by_hand else printing
    name = names[(number // 3 if by_hand else number - number // 3) % len(names)]
    if kind in GROUPS:
        draw = {**CHARTS[GROUPS[kind]], **HAND}[name]
        item = getattr(charts, kind.lower())(rng, by_hand, draw)
    else:
        item = NATIVE.get(kind, {}).get(name, FIGURES[kind])(rng, name)
    chance = rng.random()
    way = ""
    if chance < (0.45 if by_hand else 0.14):
        way = rng.choice(["photo", "photo", "scan"] if by_hand else ["photo", "screen"])
        item.picture.thumbnail((640, 640) if kind in SHARP else (520, 520), Image.LANCZOS)
        item.picture = taken(rng, item.picture, way, kind in GENTLE, kind in SHARP)
    return item, name, way


def stored(item, way, rng, largest=640):
    """The picture as a file: a suffix and the bytes."""
    picture = item.picture.convert("RGB")
    picture.thumbnail((largest, largest), Image.LANCZOS)
    buffer = io.BytesIO()
    if item.photo or way or rng.random() < 0.12:
        picture.save(buffer, "JPEG", quality=rng.choice([70, 78, 85]) if way or item.photo else 85, optimize=True)
        return "jpg", buffer.getvalue()
    exact = picture.getcolors(256)
    method = Image.Quantize.MEDIANCUT if exact else Image.Quantize.MAXCOVERAGE
    flat = picture.quantize(len(exact) if exact else 128, method, dither=Image.Dither.NONE)
    flat.save(buffer, "PNG", optimize=True)
    return "png", buffer.getvalue()
