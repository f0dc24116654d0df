#!/usr/bin/env python3
"""Builds data/outside-bench: questions about pictures that other programs drew.

    python3 data/build_outside.py

The project's own generator has no part in them: charts and pies are matplotlib's, figures, graphs, mazes
and lakes are Pillow's, and the photos are the held-out ones in tests/photos with Twemoji's stickers, a
style that training never shows. Questions are worded as a visitor might word them. Everything is pinned
and seeded, so a second run gives the same bytes.
"""

import io
import json
import math
import random
import struct
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
WORK = HERE.parent / "target" / "outside"
OUT = HERE / "outside-bench"
PACKAGES = ["pillow==13.0.0", "numpy==2.4.6", "matplotlib==3.11.2"]

try:
    import matplotlib
    from PIL import Image, ImageDraw

    matplotlib.use("Agg")
    from matplotlib import pyplot
except ImportError:
    python = WORK / "venv" / "bin" / "python"
    if Path(sys.prefix) == WORK / "venv":
        raise
    subprocess.check_call([sys.executable, "-m", "venv", WORK / "venv"])
    subprocess.check_call([python, "-m", "pip", "install", "-q", *PACKAGES])
    sys.exit(subprocess.call([python, __file__]))

ITEMS = 12  # of each type
SIDE = 128
DRAWN = 512  # Pillow draws hard edges: drawn large, then shrunk
COLOURS = {"red": "tab:red", "orange": "tab:orange", "yellow": "gold", "green": "tab:green", "blue": "tab:blue",
           "purple": "tab:purple"}
RGB = {name: tuple(round(255 * c) for c in matplotlib.colors.to_rgb(colour)) for name, colour in COLOURS.items()}
REGIONS = ["top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"]
MOVES = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}
PHOTOS = ["chelsea", "china", "coffee", "flower", "rocket"]


def number(value):
    return str(value), {"rule": "number", "value": float(value)}


def colour(name):
    return name, {"rule": "colour", "colour": name}


def yes(value):
    return "yes" if value else "no", {"rule": "yesno", "yes": value}


def region(index):
    return REGIONS[index], {"rule": "region", "region": REGIONS[index]}


# Charts


def figure(rng):
    style = rng.choice(["default", "ggplot", "bmh", "seaborn-v0_8-whitegrid"])
    with pyplot.style.context(style):
        fig, axes = pyplot.subplots(figsize=(2.56, 2.56), dpi=100, layout="constrained")
    axes.tick_params(labelsize=13)
    return fig, axes


def finished(fig):
    buffer = io.BytesIO()
    fig.savefig(buffer, format="png")
    pyplot.close(fig)
    return Image.open(buffer).convert("RGB").resize((SIDE, SIDE), Image.LANCZOS)


def bars(rng, values):
    """A bar chart; `values` by colour."""
    fig, axes = figure(rng)
    axes.bar(range(len(values)), values.values(), color=[COLOURS[name] for name in values],
             width=rng.choice([0.6, 0.75, 0.9]))
    axes.set_xticks([])
    axes.set_yticks(range(0, 10, 2 if max(values.values()) > 6 else 1))
    axes.set_ylim(0, max(values.values()) + rng.choice([0.3, 1.0]))
    axes.grid(axis="y", visible=True)
    axes.set_axisbelow(True)
    return finished(fig)


def heights(rng, different=True):
    names = rng.sample(list(COLOURS), rng.choice([3, 4]))
    values = rng.sample(range(1, 8), len(names)) if different else [rng.randint(1, 7) for _ in names]
    return dict(zip(names, values))


def s1(rng):
    values = heights(rng)
    name = rng.choice(list(values))
    return bars(rng, values), f"how high is the {name} bar?", number(values[name])


def s2(rng):
    values = heights(rng)
    word, pick = rng.choice([("tallest", max), ("shortest", min)])
    return bars(rng, values), f"which bar is the {word}?", colour(pick(values, key=values.get))


def s3(rng):
    values = heights(rng)
    low, high = sorted(rng.sample(list(values), 2), key=values.get)
    return bars(rng, values), f"how much taller is {high} than {low}?", number(values[high] - values[low])


def s4(rng):
    values = rng.sample(range(1, 10), rng.choice([3, 4, 5]))
    fig, axes = figure(rng)
    axes.plot(range(1, len(values) + 1), values, marker="o", linewidth=3, markersize=9,
              color=rng.choice(list(COLOURS.values())))
    axes.set_xticks(range(1, len(values) + 1), labels=[])
    axes.set_yticks([])
    axes.grid(axis="x", visible=True)
    word, pick = rng.choice([("highest", max), ("lowest", min)])
    place = values.index(pick(values)) + 1
    ordinal = ["1st", "2nd", "3rd", "4th", "5th"][place - 1]
    return finished(fig), f"at which point is the line {word}?", (ordinal, {"rule": "place", "place": place})


def s5(rng):
    names = rng.sample(list(COLOURS), rng.choice([3, 4]))
    shares = rng.sample([1, 2, 3, 4, 6, 8, 12], len(names))
    fig, axes = pyplot.subplots(figsize=(2.56, 2.56), dpi=100, layout="constrained")
    axes.pie(shares, colors=[COLOURS[name] for name in names], startangle=rng.randrange(360),
             wedgeprops={"linewidth": rng.choice([0, 2]), "edgecolor": "white"})
    if rng.random() < 0.5:
        name = rng.choice(names)
        half = 2 * shares[names.index(name)] > sum(shares)
        return finished(fig), f"is {name} more than half of the pie?", yes(half)
    word, pick = rng.choice([("largest", max), ("smallest", min)])
    return finished(fig), f"which slice is the {word}?", colour(names[shares.index(pick(shares))])


# Figures


class Sheet:
    """A canvas whose points are fractions of its side."""

    def __init__(self, rng, dark=True):
        light = rng.choice([(255, 255, 255), (250, 246, 235), (235, 242, 250)])
        self.dark = dark and rng.random() < 0.25
        self.ground = (28, 30, 36) if self.dark else light
        self.ink = (240, 240, 240) if self.dark else (20, 20, 24)
        self.image = Image.new("RGB", (DRAWN, DRAWN), self.ground)
        self.draw = ImageDraw.Draw(self.image)

    def points(self, points):
        return [(x * DRAWN, y * DRAWN) for x, y in points]

    def polygon(self, points, fill=None, edge=0.0):
        self.draw.polygon(self.points(points), fill=fill)
        if edge:
            self.line([*points, points[0], points[1]], self.ink, edge)

    def line(self, points, fill, width):
        self.draw.line(self.points(points), fill=fill, width=round(width * DRAWN), joint="curve")

    def disc(self, x, y, r, fill, edge=0.0):
        box = [v * DRAWN for v in (x - r, y - r, x + r, y + r)]
        self.draw.ellipse(box, fill=fill, outline=self.ink if edge else None, width=round(edge * DRAWN))

    def rectangle(self, x, y, w, h, fill=None, edge=0.0):
        box = [v * DRAWN for v in (x, y, x + w, y + h)]
        self.draw.rectangle(box, fill=fill, outline=self.ink if edge else None, width=round(edge * DRAWN))

    def done(self):
        return self.image.resize((SIDE, SIDE), Image.LANCZOS)


def regular(sides, x, y, r, turn):
    return [(x + r * math.cos(turn + 2 * math.pi * i / sides), y + r * math.sin(turn + 2 * math.pi * i / sides))
            for i in range(sides)]


def shape(sheet, kind, x, y, r, fill, edge):
    if kind == "circles":
        sheet.disc(x, y, r, fill, edge)
    elif kind == "squares":
        sheet.polygon(regular(4, x, y, r * 1.2, math.pi / 4), fill, edge)
    elif kind == "triangles":
        sheet.polygon(regular(3, x, y, r * 1.2, -math.pi / 2), fill, edge)
    else:
        outer, inner = regular(5, x, y, r * 1.2, -math.pi / 2), regular(5, x, y, r * 0.55, -math.pi / 2 + math.pi / 5)
        sheet.polygon([point for pair in zip(outer, inner) for point in pair], fill, edge)


def d1(rng):
    sheet = Sheet(rng)
    wanted, other = rng.sample(["circles", "squares", "triangles", "stars"], 2)
    count = rng.randint(1, 4)
    edge = rng.choice([0, 0.012])
    for i, cell in enumerate(rng.sample(range(9), count + rng.randint(0, 2))):
        x, y = (0.18 + 0.32 * (cell % 3), 0.18 + 0.32 * (cell // 3))
        shape(sheet, wanted if i < count else other, x, y, 0.115, RGB[rng.choice(list(RGB))], edge)
    return sheet.done(), f"how many {wanted} are there?", number(count)


def d2(rng):
    sheet = Sheet(rng)
    sides = rng.randint(3, 8)
    points = regular(sides, 0.5, 0.5, rng.uniform(0.33, 0.42), rng.uniform(0, math.pi))
    sheet.polygon(points, RGB[rng.choice(list(RGB))], rng.choice([0, 0.02]))
    return sheet.done(), "how many sides does the shape have?", number(sides)


def d3(rng):
    sheet = Sheet(rng)
    kind = rng.choice(["acute", "right", "obtuse"])
    degrees = {"acute": rng.uniform(28, 66), "right": 90.0, "obtuse": rng.uniform(114, 152)}[kind]
    turn = rng.uniform(0, 2 * math.pi)
    middle = turn + math.radians(degrees) / 2
    x, y = 0.5 - 0.16 * math.cos(middle), 0.5 - 0.16 * math.sin(middle)
    ends = [(x + 0.4 * math.cos(a), y + 0.4 * math.sin(a)) for a in (turn, turn + math.radians(degrees))]
    sheet.line([ends[0], (x, y), ends[1]], RGB[rng.choice(list(RGB))], 0.035)
    return sheet.done(), "is this angle acute, right or obtuse?", (kind, {"rule": "angle", "angle": kind})


def d4(rng):
    sheet = Sheet(rng)
    names = rng.sample(list(RGB), 5)
    turn = rng.uniform(0, 2 * math.pi)
    spots = regular(5, 0.5, 0.5, 0.36, turn)
    joined = rng.random() < 0.5
    order = rng.sample(range(5), 5)
    cut = 3 if joined else 2
    groups = [order[:cut], order[cut:]]
    edges = [pair for group in groups for pair in zip(group, group[1:])]
    for a, b in edges:
        sheet.line([spots[a], spots[b]], sheet.ink, 0.025)
    for (x, y), name in zip(spots, names):
        sheet.disc(x, y, 0.095, RGB[name], 0.012)
    one = names[groups[0][0]]
    two = names[groups[0][-1] if joined else groups[1][-1]]
    return sheet.done(), f"are the {one} and the {two} node connected?", yes(joined)


def d5(rng):
    sheet = Sheet(rng, dark=False)
    whole = rng.randint(2, 6)
    part = rng.randint(1, whole - 1)
    fill = RGB[rng.choice(list(RGB))]
    if rng.random() < 0.5:
        width = 0.84 / whole
        for i in range(whole):
            sheet.rectangle(0.08 + width * i, 0.3, width, 0.4, fill if i < part else (255, 255, 255), 0.016)
    else:
        for i in range(whole):
            turn = [-math.pi / 2 + 2 * math.pi * (i + step / 24) / whole for step in range(25)]
            rim = [(0.5 + 0.42 * math.cos(a), 0.5 + 0.42 * math.sin(a)) for a in turn]
            sheet.polygon([(0.5, 0.5), *rim], fill if i < part else (255, 255, 255), 0.016)
    answer = f"{part}/{whole}"
    return sheet.done(), "what fraction is shaded?", (answer, {"rule": "fraction", "part": part, "whole": whole})


# Scenes that change


def grid_spot(size, cell):
    step = 0.9 / size
    return 0.05 + step * (cell % size + 0.5), 0.05 + step * (cell // size + 0.5)


def beside(size, cell, word):
    x, y = cell % size + MOVES[word][0], cell // size + MOVES[word][1]
    return y * size + x if 0 <= x < size and 0 <= y < size else None


def v1(rng):
    size = 3
    sheet = Sheet(rng, dark=False)
    seen, stack, opened = {0}, [0], set()
    while stack:  # a maze by depth-first search
        cell = stack[-1]
        free = [n for n in (beside(size, cell, word) for word in MOVES) if n is not None and n not in seen]
        if not free:
            stack.pop()
            continue
        other = rng.choice(free)
        opened.add((min(cell, other), max(cell, other)))
        seen.add(other)
        stack.append(other)

    def way(start, goal):
        ways = {start: []}
        queue = [start]
        for cell in queue:
            for word in MOVES:
                other = beside(size, cell, word)
                if other is not None and (min(cell, other), max(cell, other)) in opened and other not in ways:
                    ways[other] = [*ways[cell], word]
                    queue.append(other)
        return ways[goal]

    start, goal = rng.choice([(a, b) for a in range(9) for b in range(9) if 2 <= len(way(a, b)) <= 4])
    step = 0.9 / size
    for cell in range(size * size):
        x, y = 0.05 + step * (cell % size), 0.05 + step * (cell // size)
        for word, ends in {"up": [(0, 0), (1, 0)], "down": [(0, 1), (1, 1)], "left": [(0, 0), (0, 1)],
                           "right": [(1, 0), (1, 1)]}.items():
            other = beside(size, cell, word)
            if other is None or (min(cell, other), max(cell, other)) not in opened:
                sheet.line([(x + step * dx, y + step * dy) for dx, dy in ends], sheet.ink, 0.03)
    one, two = rng.sample(["red", "orange", "green", "blue", "purple"], 2)
    for cell, name in ((start, one), (goal, two)):
        sheet.disc(*grid_spot(size, cell), 0.09, RGB[name])
    maze = {"size": size, "open": sorted(map(list, opened)), "start": start, "goal": goal}
    answer = ", ".join(way(start, goal)), {"rule": "moves", "maze": maze}
    return sheet.done(), f"how do i get from {one} to {two}?", answer


def v2(rng):
    size = rng.choice([3, 4])
    sheet = Sheet(rng, dark=False)
    while True:
        cells, words = [rng.randrange(size * size)], [rng.choice(list(MOVES)) for _ in range(3)]
        for word in words:
            cells.append(beside(size, cells[-1], word) if cells[-1] is not None else None)
        if None not in cells and len(set(cells)) == 4:
            break
    safe = rng.random() < 0.5
    others = [cell for cell in range(size * size) if cell not in cells]
    holes = rng.sample(others, 2) + ([] if safe else [rng.choice(cells[1:])])
    step = 0.9 / size
    for cell in range(size * size):
        x, y = 0.05 + step * (cell % size), 0.05 + step * (cell // size)
        sheet.rectangle(x, y, step, step, (190, 226, 250), 0.006)
    for hole in holes:
        sheet.disc(*grid_spot(size, hole), 0.32 * step, (20, 40, 90))
    sheet.disc(*grid_spot(size, cells[0]), 0.2 * step, RGB[rng.choice(["red", "orange", "green", "purple"])])
    answer = "safe" if safe else "falls", {"rule": "fate", "safe": safe}
    return sheet.done(), f"from the start go {', '.join(words)}: safe or not?", answer


# Photos


def bank():
    """The pictures of the bank by name."""
    data = (HERE / "bank.safetensors").read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    return {name: data[8 + size + entry["data_offsets"][0]:8 + size + entry["data_offsets"][1]]
            for name, entry in header.items() if name != "__metadata__"}


STICKERS = {name.rsplit("/", 1)[1]: bytes_ for name, bytes_ in bank().items() if "sticker/twemoji/" in name}
HELD_OUT = json.loads((HERE / "held-out.json").read_text())["names"]
NAMES = sorted(set(STICKERS) - set(HELD_OUT))


def scene(rng, names, cells):
    """A part of a photo with stickers in cells of 3 x 3."""
    photo = Image.open(HERE.parent / "tests" / "photos" / f"{rng.choice(PHOTOS)}.jpg").convert("RGB")
    side = round(min(photo.size) * rng.uniform(0.6, 1.0))
    left, top = (rng.randint(0, extent - side) for extent in photo.size)
    photo = photo.crop((left, top, left + side, top + side)).resize((DRAWN, DRAWN), Image.LANCZOS)
    for name, cell in zip(names, cells):
        sticker = Image.open(io.BytesIO(STICKERS[name])).convert("RGBA")
        scale = rng.uniform(0.38, 0.44) * DRAWN / max(sticker.size)
        sticker = sticker.resize([max(1, round(extent * scale)) for extent in sticker.size], Image.LANCZOS)
        at = [round(DRAWN * (0.22 + 0.28 * index) - extent / 2) for index, extent in
              zip((cell % 3, cell // 3), sticker.size)]
        photo.paste(sticker, at, sticker)
    return photo.resize((SIDE, SIDE), Image.LANCZOS)


def apart(rng):
    """Two cells that don't touch."""
    return rng.choice([(a, b) for a in range(9) for b in range(9)
                       if max(abs(a % 3 - b % 3), abs(a // 3 - b // 3)) == 2])


def n1(rng):
    one, two = rng.sample(NAMES, 2)
    cells = apart(rng)
    return scene(rng, [one, two], cells), f"where is the {one}?", region(cells[0])


def n2(rng):
    one, two = rng.sample(NAMES, 2)
    cells = apart(rng)
    place = REGIONS[cells[0]]
    return scene(rng, [one, two], cells), f"what is in the {place}?", (one, {"rule": "name", "name": one})


def n3(rng):
    one, two, absent = rng.sample(NAMES, 3)
    there = rng.random() < 0.5
    article = "an" if (one if there else absent)[0] in "aeiou" else "a"
    return scene(rng, [one, two], apart(rng)), f"is there {article} {one if there else absent}?", yes(there)


def n4(rng):
    one, two = rng.sample(NAMES, 2)
    first, second = cells = apart(rng)
    across = first % 3 != second % 3 and (first // 3 == second // 3 or rng.random() < 0.5)
    word = "left of" if across else "above"
    holds = first % 3 < second % 3 if across else first // 3 < second // 3
    return scene(rng, [one, two], cells), f"is the {one} {word} the {two}?", yes(holds)


def main():
    OUT.mkdir(exist_ok=True)
    lines = []
    for make in (n1, n2, n3, n4, s1, s2, s3, s4, s5, d1, d2, d3, d4, d5, v1, v2):
        kind = make.__name__.upper()
        for i in range(ITEMS):
            picture, question, (answer, truth) = make(random.Random(f"{kind} {i}"))
            name = f"{kind}-{i:02}"
            picture.save(OUT / f"{name}.png", optimize=True)
            lines.append(json.dumps({"id": name, "type": kind, "image": f"{name}.png", "question": question,
                                     "answer": answer, "truth": truth}))
    (OUT / "items.jsonl").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
