"""Figures on a sheet: counting (D1), sides (D2), angles (D3), fractions (D5)."""

import math

from .common import NAMES, Made, luma, number, shades, size, theme, truth
from .pens import ALL_PENS, SHAKY, Sheet
from .wording import worded

KINDS = ["circle", "square", "triangle", "star", "cross"]
OTHERS = ["diamond", "hexagon", "heart"]


def spokes(count, x, y, r, turn, radii=(1.0,)):
    return [(x + r * radii[i % len(radii)] * math.cos(turn + 2 * math.pi * i / count),
             y + r * radii[i % len(radii)] * math.sin(turn + 2 * math.pi * i / count)) for i in range(count)]


def outline(kind, x, y, r, turn):
    up = turn - math.pi / 2
    if kind == "square":
        return spokes(4, x, y, r * 1.15, up + math.pi / 4)
    if kind == "diamond":
        return spokes(4, x, y, r * 1.15, up, (1.0, 0.7))
    if kind == "triangle":
        return spokes(3, x, y, r * 1.15, up)
    if kind == "hexagon":
        return spokes(6, x, y, r, up)
    if kind == "star":
        return spokes(10, x, y, r * 1.15, up, (1.0, 0.45))
    if kind == "heart":
        curve = [(16 * math.sin(t) ** 3, 13 * math.cos(t) - 5 * math.cos(2 * t) - 2 * math.cos(3 * t) - math.cos(4 * t))
                 for t in (2 * math.pi * i / 30 for i in range(30))]
        return [(x + r * u / 16, y - r * v / 16) for u, v in curve]
    arm = 0.34
    cross = [(-arm, -1), (arm, -1), (arm, -arm), (1, -arm), (1, arm), (arm, arm), (arm, 1), (-arm, 1), (-arm, arm),
             (-1, arm), (-1, -arm), (-arm, -arm)]
    cos, sin = math.cos(turn), math.sin(turn)
    return [(x + r * (u * cos - v * sin), y + r * (u * sin + v * cos)) for u, v in cross]


def shape(sheet, kind, x, y, r, turn, fill, stroke, width):
    if kind == "circle":
        sheet.circle(x, y, r, fill, stroke, width)
    else:
        sheet.polygon(outline(kind, x, y, r, turn), fill, stroke, width)


def places(rng, count, width, height, r):
    """Middles that are well apart, loose on the page."""
    for room in (2.7, 2.55, 2.45, 2.4):
        for _ in range(60):
            found = []
            for _ in range(300):
                dot = (rng.uniform(1.3 * r, width - 1.3 * r), rng.uniform(1.3 * r, height - 1.3 * r))
                if all(math.dist(dot, other) > room * r for other in found):
                    found.append(dot)
                if len(found) == count:
                    return found
    return None


def counted(rng, hand=False):
    """What is on the page and what is asked: kinds and colours, the wanted ones first."""
    by_colour = rng.random() < 0.3
    count = rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5])
    others = rng.randint(1 if count else 2, 4 if count > 5 else 6)
    wanted_kind, wanted_colour = rng.choice(KINDS), rng.choice(NAMES)
    kinds, colours = KINDS + OTHERS, NAMES
    things = []
    # A diamond may be called a square.
    alike = {wanted_kind, "diamond"} if wanted_kind == "square" else {wanted_kind}
    while len(things) < count + others:
        kind, colour = rng.choice(kinds), rng.choice(colours)
        if len(things) < count:
            things.append((kind, wanted_colour) if by_colour else (wanted_kind, colour))
        elif by_colour and colour != wanted_colour or not by_colour and kind not in alike:
            things.append((kind, colour))
    words = rng.choice(["{c} shapes", "{c} things"]) if by_colour else {"cross": "crosses"}.get(wanted_kind, "{k}s")
    return things, count, words.format(c=wanted_colour, k=wanted_kind)


def d1(rng, pen):
    things, count, words = counted(rng)
    colours = shades(rng, NAMES)
    width, height = size(rng, 0.6, 1.7, 260, 800)
    sheet = Sheet(width, height, theme(rng, colours.values()))
    r = min(min(width, height) / 7.2, 0.30 * math.sqrt(width * height / len(things)))
    r *= rng.uniform(0.75, 1.0)
    dots = places(rng, len(things), width, height, r)
    while dots is None:
        r *= 0.9
        dots = places(rng, len(things), width, height, r)
    style = rng.choice(["plain", "edged", "edged", "hollow"])
    wide = max(1.5, min(width, height) / 160)
    order = list(zip(things, dots))
    rng.shuffle(order)
    for (kind, name), (x, y) in order:
        turn = rng.uniform(-0.35, 0.35) if kind in ("triangle", "star", "hexagon") else rng.uniform(-0.15, 0.15)
        fill = None if style == "hollow" else colours[name]
        stroke = {"plain": None, "edged": sheet.look.ink, "hollow": colours[name]}[style]
        thick = wide * (2.2 if style == "hollow" else 1)
        shape(sheet, kind, x, y, r * rng.uniform(0.72, 1.0), turn, fill, stroke, thick)
    answer, right = number(count)
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "D1", {"things": words}), answer, right,
                colours=sorted({name for _, name in things}))


def convex(rng, sides, x, y, r):
    """An irregular polygon whose corners are all plain to see."""
    while True:
        angles = sorted(rng.uniform(0, 2 * math.pi) for _ in range(sides))
        gaps = [b - a for a, b in zip(angles, [*angles[1:], angles[0] + 2 * math.pi])]
        if min(gaps) > 1.15 * math.pi / sides and max(gaps) < min(2.4, 5.2 * math.pi / sides):
            return [(x + r * math.cos(a), y + r * math.sin(a)) for a in angles]


SPECIAL = {"L": (6, [(-1, -1), (-0.2, -1), (-0.2, 0.2), (1, 0.2), (1, 1), (-1, 1)]),
           "arrow": (7, [(-1, -0.35), (0.1, -0.35), (0.1, -0.9), (1, 0), (0.1, 0.9), (0.1, 0.35), (-1, 0.35)]),
           "star": (10, None), "T": (8, [(-1, -1), (1, -1), (1, -0.35), (0.35, -0.35), (0.35, 1), (-0.35, 1),
                                         (-0.35, -0.35), (-1, -0.35)])}


def d2(rng, pen):
    width, height = size(rng, 0.6, 1.7, 200, 700)
    name = rng.choice(NAMES)
    colours = shades(rng, [name])
    sheet = Sheet(width, height, theme(rng, colours.values(), thin=True))
    x, y = width * rng.uniform(0.47, 0.53), height * rng.uniform(0.47, 0.53)
    r = min(width, height) * rng.uniform(0.32, 0.45)
    sides = rng.randint(3, 7 if pen in SHAKY else 10)
    r = max(r, 0.39 * min(width, height)) if sides > 7 else r
    way = rng.choice(["regular", "regular", "convex", "special"])
    if way == "special":
        kind = rng.choice(list(SPECIAL))
        sides, points = SPECIAL[kind]
        points = spokes(10, x, y, r, rng.uniform(0, 6), (1, 0.5)) if points is None else \
            [(x + r * u * 0.9, y + r * v * 0.9) for u, v in points]
    elif way == "convex" and sides <= 7:
        points = convex(rng, sides, x, y, r)
    else:
        points = spokes(sides, x, y, r, rng.uniform(0, 2 * math.pi))
    wide = max(2, min(width, height) / rng.uniform(45, 90))
    look = rng.choice(["filled", "filled edged", "outline", "outline"])
    fill = colours[name] if "filled" in look else None
    stroke = sheet.look.ink if look == "filled edged" or rng.random() < 0.6 else colours[name]
    sheet.polygon(points, fill, None if look == "filled" else stroke, 0 if look == "filled" else wide)
    answer, right = number(sides)
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "D2", {}), answer, right, colours=[name])


def d3(rng, pen):
    width, height = size(rng, 0.6, 1.7, 200, 700)
    name = rng.choice(NAMES)
    colours = shades(rng, [name])
    sheet = Sheet(width, height, theme(rng, colours.values(), thin=True))
    kind = rng.choice(["acute", "acute", "right", "obtuse"])
    degrees = {"acute": rng.uniform(22, 68), "right": 90.0, "obtuse": rng.uniform(112, 158)}[kind]
    turn = rng.choice([0, 90, 180, 270, rng.uniform(0, 360), rng.uniform(0, 360)])
    arms = [math.radians(turn), math.radians(turn + degrees)]
    lengths = [1.0, rng.uniform(0.5, 1.0)]
    rng.shuffle(lengths)
    ends = [(a * math.cos(t), a * math.sin(t)) for a, t in zip(lengths, arms)]
    xs, ys = [0, *(u for u, _ in ends)], [0, *(v for _, v in ends)]
    scale = 0.78 * min(width / max(max(xs) - min(xs), 0.01), height / max(max(ys) - min(ys), 0.01),
                       min(width, height) / 0.85)
    x = width / 2 - scale * (max(xs) + min(xs)) / 2
    y = height / 2 - scale * (max(ys) + min(ys)) / 2
    put = lambda u, v: (x + scale * u, y + scale * v)
    wide = max(2.2, min(width, height) / rng.uniform(35, 75))
    stroke = sheet.look.ink if rng.random() < 0.6 else colours[name]
    if rng.random() < 0.35 and kind != "right":
        steps = [arms[0] + (arms[1] - arms[0]) * i / 16 for i in range(17)]
        sheet.line([put(0.2 * math.cos(t), 0.2 * math.sin(t)) for t in steps], stroke, max(1.5, wide * 0.5))
    sheet.line([put(*ends[0]), put(0, 0), put(*ends[1])], stroke, wide)
    if rng.random() < 0.25:
        letter = max(11, min(width, height) / 16)
        middle = (arms[0] + arms[1]) / 2
        mark = put(0, 0)
        sheet.text(mark[0] - letter * math.cos(middle), mark[1] - letter * math.sin(middle), rng.choice("BOVP"), letter)
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "D3", {}), kind, truth("angle", angle=kind), colours=[name])


def d5(rng, pen):
    way = rng.choice(["strip", "pie", "grid", "row", "column"])
    name = rng.choice(NAMES)
    colours = shades(rng, [name])
    least, most = {"strip": (1.2, 2.0), "row": (1.3, 2.0), "column": (0.5, 0.8)}.get(way, (0.7, 1.5))
    width, height = size(rng, least, most, 200, 700)
    sheet = Sheet(width, height, theme(rng, colours.values()))
    ink, fill = sheet.look.ink, colours[name]
    blank = rng.choice([None, None, "#ffffff"]) if luma(ink) < 128 else None
    wide = max(1.6, min(width, height) / 110)
    left, top, w, h = 0.08 * width, 0.12 * height, 0.84 * width, 0.76 * height
    if way == "grid":
        columns, rows = rng.choice([(2, 2), (3, 2), (2, 3), (4, 2), (3, 3), (4, 3)])
        whole = columns * rows
    else:
        columns, rows = (1, 1)
        whole = rng.randint(2, 8 if way != "row" else 6)
    part = rng.randint(1, whole - 1)
    shaded = set(range(part)) if way == "pie" or rng.random() < 0.5 else set(rng.sample(range(whole), part))
    look = lambda i: (fill if i in shaded else blank, ink, wide)
    if way == "strip":
        for i in range(whole):
            sheet.rect(left + w * i / whole, top + h * 0.15, w / whole, h * 0.7, *look(i))
    elif way == "column":
        for i in range(whole):
            sheet.rect(left + w * 0.15, top + h * i / whole, w * 0.7, h / whole, *look(i))
    elif way == "grid":
        for i in range(whole):
            x, y = left + w * (i % columns) / columns, top + h * (i // columns) / rows
            sheet.rect(x, y, w / columns, h / rows, *look(i))
    elif way == "row":
        r = min(w / whole / 2 * 0.85, h / 2)
        for i in range(whole):
            sheet.circle(left + w * (i + 0.5) / whole, height / 2, r, *look(i))
    else:
        r, start = 0.44 * min(width, height), rng.choice([-90, 0, rng.uniform(0, 360)])
        for i in range(whole):
            turn = [math.radians(start + 360 * (i + step / 20) / whole) for step in range(21)]
            sheet.polygon([(width / 2, height / 2), *((width / 2 + r * math.cos(t), height / 2 + r * math.sin(t))
                                                      for t in turn)], *look(i))
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "D5", {}), f"{part}/{whole}",
                truth("fraction", part=part, whole=whole), colours=[name])
