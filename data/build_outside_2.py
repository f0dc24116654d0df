#!/usr/bin/env python3
"""Builds data/outside-bench-2: 600 questions about pictures that other programs drew.

    python3 data/build_outside_2.py

The project's own generator has no part in them, and nobody who designs it looks at them. Charts are matplotlib's,
seaborn's, plotnine's, Vega-Lite's, pygal's, gnuplot's, LibreOffice's, ECharts' and Chart.js'; figures, boards and
graphs are drawn by matplotlib, Pillow, drawsvg, Skia, gnuplot, graphviz, networkx, ECharts and Vega-Lite; a third of
both by programs that shake (roughjs, perfect-freehand, a felt pen in Pillow, matplotlib's xkcd), part of them taken
by a simulated camera. Stickers of Twemoji, OpenMoji and EmojiOne 1 lie on photos that are held out. It needs node,
and Debian's gnuplot-nox, graphviz and libreoffice-calc; the other packages are pinned and fetched.

Everything is seeded: with the same versions of the programs a second run gives the same bytes. Charts by gnuplot,
graphviz and LibreOffice depend on Debian's versions of them (those of bookworm made the committed files).
"""

import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from outside_2.common import prepare, replaced, seeded  # noqa: E402

OUT = HERE / "outside-bench-2"
ITEMS = 600


def shares(types):
    """Items of each type: as many of each, one more of the first where they don't divide."""
    return {kind: ITEMS // len(types) + (i < ITEMS % len(types)) for i, kind in enumerate(types)}


def check(lines):
    """Whether the items are whole: every picture is there once, every way through a maze leads to the goal."""
    from outside_2.boards import beside

    assert len(lines) == ITEMS and len({line["image"] for line in lines}) == ITEMS
    for line in lines:
        truth = line["truth"]
        if truth["rule"] != "moves":
            continue
        maze, at = truth["maze"], truth["maze"]["start"]
        for word in line["answer"].split(", "):
            to = beside(maze["size"], at, word)
            assert sorted([at, to]) in maze["open"], line["id"]
            at = to
        assert at == maze["goal"], line["id"]


def main():
    prepare(__file__)
    from outside_2.makers import TYPES, made, stored

    with replaced(OUT) as out:
        lines = []
        for kind, count in shares(TYPES).items():
            for number in range(count):
                item, program, way = made(kind, number, "outside 2")
                name = f"{kind}-{number:02}"
                suffix, data = stored(item, way, seeded("outside 2 file", name))
                (out / f"{name}.{suffix}").write_bytes(data)
                line = {"id": name, "type": kind, "image": f"{name}.{suffix}", "question": item.question,
                        "answer": item.answer, "truth": item.truth, "program": program}
                lines.append({**line, "camera": way} if way else line)
            print(kind, count, flush=True)
        check(lines)
        (out / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    print(f"{sum(file.stat().st_size for file in OUT.iterdir()) / 2**20:.2f} MiB")


if __name__ == "__main__":
    main()
