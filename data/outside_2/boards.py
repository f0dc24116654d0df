"""Boards on a sheet: mazes (V1), frozen lakes (V2), a pushed box (V4), circles that are taken away (V5)."""

from .common import NAMES, REGIONS, Made, number, region, shades, size, theme, truth
from .figures import places
from .pens import ALL_PENS, Sheet
from .wording import worded

MOVES = {"up": (0, -1), "down": (0, 1), "left": (-1, 0), "right": (1, 0)}


def beside(side, cell, word):
    x, y = cell % side + MOVES[word][0], cell // side + MOVES[word][1]
    return y * side + x if 0 <= x < side and 0 <= y < side else None


def carved(rng, side):
    """Passages of a maze in which every cell can be reached, by Wilson's walks or by Prim's growth."""
    opened, inside = set(), {rng.randrange(side * side)}
    cells = list(range(side * side))
    rng.shuffle(cells)
    if rng.random() < 0.5:
        for cell in cells:
            walk, at = {}, cell
            while at not in inside:
                walk[at] = rng.choice([n for n in (beside(side, at, w) for w in MOVES) if n is not None])
                at = walk[at]
            at = cell
            while at not in inside:
                inside.add(at)
                opened.add((min(at, walk[at]), max(at, walk[at])))
                at = walk[at]
    while len(inside) < side * side:
        at = rng.choice(sorted(inside))
        free = [n for n in (beside(side, at, w) for w in MOVES) if n is not None and n not in inside]
        if free:
            other = rng.choice(free)
            inside.add(other)
            opened.add((min(at, other), max(at, other)))
    return opened


def route(side, opened, start, goal):
    ways, queue = {start: []}, [start]
    for cell in queue:
        for word in MOVES:
            other = beside(side, cell, word)
            if other is not None and (min(cell, other), max(cell, other)) in opened and other not in ways:
                ways[other] = [*ways[cell], word]
                queue.append(other)
    return ways[goal]


def board(rng, side, colours, hand=False):
    """A sheet with room for a square board: left, top and the side of a cell."""
    width, height = size(rng, 0.75, 1.35, 240, 640)
    sheet = Sheet(width, height, theme(rng, colours.values(), hand))
    cell = min(width, height) * rng.uniform(0.86, 0.94) / side
    return sheet, (width - cell * side) / 2, (height - cell * side) / 2, cell


def v1(rng, pen):
    side = rng.choice([3, 3, 4, 4, 5, 6])
    opened = carved(rng, side)
    cells = range(side * side)
    pairs = [(a, b) for a in cells for b in cells if 2 <= len(route(side, opened, a, b)) <= side + 2]
    start, goal = rng.choice(pairs)
    names = rng.sample(NAMES, 2)
    colours = shades(rng, names)
    sheet, left, top, cell = board(rng, side, colours)
    wide = max(2, cell / rng.uniform(8, 15))
    wall = sheet.look.ink
    if rng.random() < 0.3:
        sheet.rect(left, top, cell * side, cell * side, "#f2f2f2" if sheet.look.ground != "#f2f2f2" else "#ffffff",
                   None, 0, solid=True)
        wall = "#333333"
    for a in cells:
        x, y = left + cell * (a % side), top + cell * (a // side)
        for word, ends in {"right": ((1, 0), (1, 1)), "down": ((0, 1), (1, 1)), "up": ((0, 0), (1, 0)),
                           "left": ((0, 0), (0, 1))}.items():
            b = beside(side, a, word)
            if b is None or (word in ("right", "down") and (a, b) not in opened):
                sheet.line([(x + cell * u, y + cell * v) for u, v in ends], wall, wide)
    square = rng.random() < 0.35
    for a, name in ((start, names[0]), (goal, names[1])):
        x, y = left + cell * (a % side + 0.5), top + cell * (a // side + 0.5)
        r = cell * rng.uniform(0.24, 0.32)
        if square:
            sheet.rect(x - r, y - r, 2 * r, 2 * r, colours[name], None, 0, solid=True)
        else:
            sheet.circle(x, y, r, colours[name], None, 0, solid=True)
    maze = {"size": side, "open": sorted(map(list, opened)), "start": start, "goal": goal}
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "V1", {"a": names[0], "b": names[1]}),
                ", ".join(route(side, opened, start, goal)), truth("moves", maze=maze), colours=names)


def v2(rng, pen):
    side = rng.choice([3, 4, 4, 5])
    length = rng.choice([2, 3, 3, 4])
    while True:
        cells, words = [rng.randrange(side * side)], [rng.choice(list(MOVES)) for _ in range(length)]
        for word in words:
            cells.append(beside(side, cells[-1], word) if cells[-1] is not None else None)
        if None not in cells and len(set(cells)) == length + 1:
            break
    safe = rng.random() < 0.5
    free = [cell for cell in range(side * side) if cell not in cells]
    count = rng.randint(2, min(len(free), side + 1))
    holes = rng.sample(free, count - (not safe)) + ([] if safe else [rng.choice(cells[1:])])
    name = rng.choice(["red", "orange", "green", "purple", "yellow"])
    colours = shades(rng, [name])
    sheet, left, top, cell = board(rng, side, colours)
    ice = rng.choice(["#dff1fb", "#cfe8f5", "#e8f4f8", "#ffffff", "#d6ecf0"])
    hole = rng.choice(["#10243f", "#000000", "#23395b", "#1c1c1c"])
    wide = max(1.5, cell / 40)
    for a in range(side * side):
        sheet.rect(left + cell * (a % side), top + cell * (a // side), cell, cell, ice, "#7d98a8", wide, solid=True)
    round_ = rng.random() < 0.6
    for a in holes:
        x, y = left + cell * (a % side + 0.5), top + cell * (a // side + 0.5)
        if round_:
            sheet.circle(x, y, cell * 0.36, hole, None, 0, solid=True)
        else:
            sheet.rect(x - cell * 0.42, y - cell * 0.42, cell * 0.84, cell * 0.84, hole, None, 0, solid=True)
    x, y = left + cell * (cells[0] % side + 0.5), top + cell * (cells[0] // side + 0.5)
    sheet.circle(x, y, cell * 0.26, colours[name], "#333333", wide, solid=True)
    slots = {"c": name, "m": ", ".join(words)}
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "V2", slots), "safe" if safe else "falls",
                truth("fate", safe=safe), colours=[name])


def pushed(rng):
    """Where the box is at first and in the end, the pushes, and their words."""
    times = {1: "once", 2: "twice"}
    while True:
        start = at = rng.randrange(9)
        plan = [(rng.choice(list(MOVES)), rng.choice([1, 1, 2])) for _ in range(rng.choice([1, 2, 2]))]
        if len(plan) == 2 and (MOVES[plan[0][0]][0] == 0) == (MOVES[plan[1][0]][0] == 0):
            continue
        for word, count in plan:
            for _ in range(count):
                at = beside(3, at, word) if at is not None else None
        if at is not None:
            said = rng.choice([" and then ", " and ", ", then "]).join(f"{word} {times[count]}" for word, count in plan)
            return start, at, plan, said


def v4(rng, pen):
    start, at, plan, said = pushed(rng)
    names = rng.sample(NAMES, 2)
    colours = shades(rng, names)
    width, height = size(rng, 0.85, 1.2, 240, 600)
    sheet = Sheet(width, height, theme(rng, colours.values()))
    w, h = width * 0.25, height * 0.25
    ink, wide = sheet.look.ink, max(1.6, min(width, height) / 110)
    middle = lambda column, row: (width * 0.5 + w * (column - 1), height * 0.5 + h * (row - 1))
    for i in range(4):
        x, y = width * 0.5 + w * (i - 1.5), height * 0.5 + h * (i - 1.5)
        sheet.line([(x, height * 0.5 - 1.5 * h), (x, height * 0.5 + 1.5 * h)], sheet.look.grid, wide)
        sheet.line([(width * 0.5 - 1.5 * w, y), (width * 0.5 + 1.5 * w, y)], sheet.look.grid, wide)
    x, y = middle(start % 3, start // 3)
    half = 0.38 * min(w, h)
    sheet.rect(x - half, y - half, 2 * half, 2 * half, colours[names[0]], ink, wide, solid=True)
    sheet.line([(x - half, y - half), (x + half, y + half)], ink, wide)
    sheet.line([(x + half, y - half), (x - half, y + half)], ink, wide)
    dx, dy = MOVES[plan[0][0]]
    out = beside(3, start, {"up": "down", "down": "up", "left": "right", "right": "left"}[plan[0][0]]) is None
    away, r = (0.72, 0.22 * min(w, h)) if out else (0.84, 0.3 * min(w, h))
    x, y = middle(start % 3 - dx * away, start // 3 - dy * away)
    sheet.rect(x - r, y - r * 0.8, 2 * r, 1.6 * r, colours[names[1]], ink, wide, solid=True)
    for side in (-1, 1):
        sheet.circle(x + side * r * 0.45, y - r * 0.15, r * 0.24, "#ffffff", ink, wide * 0.6, solid=True)
    sheet.line([(x, y - r * 0.8), (x, y - r * 1.2)], ink, wide)
    assert at in range(len(REGIONS))
    answer, right = region(at)
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "V4", {"m": said}), answer, right, colours=names)


def discs(rng):
    """The colours of the circles, which go, how many are left."""
    colours = rng.sample(NAMES, rng.choice([2, 3, 3, 4]))
    gone = rng.randint(1, 4)
    left = rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 2, 3, 4, 5])
    names = [colours[0]] * gone + [rng.choice(colours[1:]) for _ in range(left)]
    rng.shuffle(names)
    return names, colours[0], left


def v5(rng, pen):
    names, gone, left = discs(rng)
    colours = shades(rng, sorted(set(names)))
    width, height = size(rng, 0.6, 1.7, 240, 700)
    sheet = Sheet(width, height, theme(rng, colours.values()))
    r = min(width, height) / rng.uniform(8, 11)
    dots = places(rng, len(names), width, height, r)
    while dots is None:
        r *= 0.9
        dots = places(rng, len(names), width, height, r)
    edge = rng.choice([None, sheet.look.ink])
    for name, (x, y) in zip(names, dots):
        sheet.circle(x, y, r, colours[name], edge, max(1.5, r / 15))
    answer, right = number(left)
    return Made(ALL_PENS[pen](sheet, rng), worded(rng, "V5", {"c": gone}), answer, right, colours=sorted(set(names)))
