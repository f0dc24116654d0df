"""Nodes and edges (D4): by graphviz, networkx, ECharts and the pens; counting by symbols of chart programs too."""

import math
import subprocess

from PIL import ImageOps

from .common import NAMES, Made, number, opened, shades, size, theme, yes
from .figures import counted, places
from .node import node
from .pens import ALL_PENS, Sheet, finished
from .wording import worded


def connected(edges, start):
    reached, queue = {start}, [start]
    for at in queue:
        for a, b in edges:
            for here, there in ((a, b), (b, a)):
                if here == at and there not in reached:
                    reached.add(there)
                    queue.append(there)
    return reached


def graph(rng):
    """Node names, edges, the two that are asked for, and whether they are connected."""
    want = rng.random() < 0.5
    while True:
        names = rng.sample(NAMES, rng.choice([4, 5, 5, 6, 6]))
        pairs = [(a, b) for i, a in enumerate(names) for b in names[:i]]
        edges = rng.sample(pairs, rng.randint(len(names) - 2, len(names) - 1))
        one, two = rng.sample(names, 2)
        reached = connected(edges, one)
        alone = not any(two in pair for pair in edges)
        if (two in reached) == want and len(reached) > 1 and (not alone or rng.random() < 0.15):
            return names, edges, one, two, want


def ringed(rng, count, width, height):
    """Middles round an ellipse, in any order: no edge runs through another node."""
    turn = rng.uniform(0, 2 * math.pi)
    return [(width * (0.5 + 0.37 * math.cos(turn + 2 * math.pi * (i + rng.uniform(-0.12, 0.12)) / count)),
             height * (0.5 + 0.37 * math.sin(turn + 2 * math.pi * (i + rng.uniform(-0.12, 0.12)) / count)))
            for i in range(count)]


def d4(rng, program):
    names, edges, one, two, want = graph(rng)
    colours = shades(rng, names)
    width, height = size(rng, 0.7, 1.5, 240, 700)
    look = theme(rng, colours.values())
    dots = dict(zip(names, ringed(rng, len(names), width, height)))
    draw = {"graphviz": graphviz, "networkx": networkx, "ECharts": echarts}.get(program)
    if draw:
        picture = draw(rng, names, edges, colours, dots, look, width, height)
    else:
        sheet = Sheet(width, height, look)
        wide = max(2, min(width, height) / rng.uniform(60, 120))
        r = min(width, height) * rng.uniform(0.065, 0.1)
        for a, b in edges:
            sheet.line([dots[a], dots[b]], look.ink, wide)
        edge = look.ink if rng.random() < 0.6 else None
        square = rng.random() < 0.2
        for name, (x, y) in dots.items():
            if square:
                sheet.rect(x - r, y - r, 2 * r, 2 * r, colours[name], edge, wide * 0.6, solid=True)
            else:
                sheet.circle(x, y, r, colours[name], edge, wide * 0.6, solid=True)
        picture = ALL_PENS[program](sheet, rng)
    answer, right = yes(want)
    return Made(picture, worded(rng, "D4", {"a": one, "b": two}), answer, right, colours=names)


def graphviz(rng, names, edges, colours, dots, look, width, height):
    shape = rng.choice(["circle", "circle", "square", "ellipse"])
    engine = rng.choice(["dot", "circo", "neato"])
    thick = rng.uniform(2, 4)
    lines = ["graph {", f'bgcolor="{look.ground}"; pad=0.2; nodesep=0.5; ranksep=0.6; dpi=96; overlap=false;',
             f'node [shape={shape}, style=filled, label="", width=0.6, height=0.5, color="{look.ink}", penwidth=1.5];',
             f'edge [color="{look.ink}", penwidth={thick:.1f}, len=1.5];']
    lines += [f'{name} [fillcolor="{colours[name]}"];' for name in names]
    lines += [f"{a} -- {b};" for a, b in edges]
    done = subprocess.run([engine, "-Tpng"], input="\n".join([*lines, "}"]).encode(), capture_output=True, check=True)
    picture = opened(done.stdout)
    # Rows of nodes are long: a margin keeps the page within 2:1.
    lacking = [max(0, -(-max(picture.size) // 2) - extent) for extent in picture.size]
    if any(lacking):
        picture = ImageOps.expand(picture, tuple(-(-extent // 2) for extent in lacking), look.ground)
    return picture


def networkx(rng, names, edges, colours, dots, look, width, height):
    import networkx
    from matplotlib import pyplot

    made = networkx.Graph()
    made.add_nodes_from(names)
    made.add_edges_from(edges)
    fig = pyplot.figure(figsize=(width / 100, height / 100), dpi=100, facecolor=look.ground)
    axes = fig.add_axes([0, 0, 1, 1])
    axes.axis("off")
    axes.margins(0.18)
    spots = networkx.circular_layout(made) if rng.random() < 0.6 else \
        {name: (x / width, -y / height) for name, (x, y) in dots.items()}
    networkx.draw_networkx(made, spots, ax=axes, node_color=[colours[name] for name in made.nodes],
                           node_size=(min(width, height) * 0.1) ** 2 * rng.uniform(0.6, 1), with_labels=False,
                           edge_color=look.ink, width=max(1.6, min(width, height) / 130), edgecolors=look.ink)
    return finished(fig)


def echarts(rng, names, edges, colours, dots, look, width, height):
    data = [{"name": name, "x": round(x, 1), "y": round(y, 1), "itemStyle": {"color": colours[name]}}
            for name, (x, y) in dots.items()]
    symbol = min(width, height) * rng.uniform(0.12, 0.17)
    series = {"type": "graph", "layout": "none", "data": data, "symbolSize": symbol,
              "links": [{"source": a, "target": b} for a, b in edges], "left": "14%", "right": "14%", "top": "14%",
              "bottom": "14%", "lineStyle": {"color": look.ink, "width": max(2, min(width, height) / 110), "opacity": 1,
                                             "curveness": rng.choice([0, 0, 0.15])}}
    return node("echarts", w=width, h=height, option={"backgroundColor": look.ground, "series": [series]})


STAR = "path://M50 0 L61.8 35.3 L97.6 35.3 L68.7 57.3 L79.4 90.5 L50 70 L20.6 90.5 L31.3 57.3 L2.4 35.3 L38.2 35.3 Z"
CROSS = "path://M35 0 H65 V35 H100 V65 H65 V100 H35 V65 H0 V35 H35 Z"
HEART = "path://M50 92 C10 60 0 40 0 25 A25 25 0 0 1 50 20 A25 25 0 0 1 100 25 C100 40 90 60 50 92 Z"
HEXAGON = "path://M50 0 L93 25 V75 L50 100 L7 75 V25 Z"
SYMBOLS = {"circle": "circle", "square": "rect", "triangle": "triangle", "diamond": "diamond", "star": STAR,
           "cross": CROSS, "heart": HEART, "hexagon": HEXAGON}


def symbols(rng, program, things, colours):
    """Symbols as a scatter chart's points; kinds and colours in `things`."""
    width, height = size(rng, 0.7, 1.6, 260, 700)
    look = theme(rng, colours.values())
    r = min(width, height) / 13
    dots = places(rng, len(things), width * 0.84, height * 0.84, r)
    while dots is None:
        r *= 0.9
        dots = places(rng, len(things), width * 0.84, height * 0.84, r)
    rows = [(x, y, kind, name) for (x, y), (kind, name) in zip(dots, things)]
    axes = rng.random() < 0.5
    if program == "ECharts":
        data = [{"value": [round(x), round(y)], "symbol": SYMBOLS[kind], "itemStyle": {"color": colours[name]}}
                for x, y, kind, name in rows]
        line = {"show": axes, "axisLabel": {"color": look.ink}, "splitLine": {"lineStyle": {"color": look.grid}}}
        option = {"backgroundColor": look.ground, "xAxis": {"min": 0, "max": round(width * 0.84), **line},
                  "yAxis": {"min": 0, "max": round(height * 0.84), **line},
                  "grid": {"left": "8%", "right": "8%", "top": "8%", "bottom": "8%"},
                  "series": [{"type": "scatter", "data": data, "symbolSize": 1.7 * r}]}
        return node("echarts", w=width, h=height, option=option)
    import vl_convert

    shapes = {kind: kind for kind in ("square", "circle", "cross", "diamond")} | {"triangle": "triangle-up"}
    for kind in ("star", "heart", "hexagon"):
        shapes[kind] = outline_path(kind)
    values = [{"x": x, "y": y, "k": kind, "c": name} for x, y, kind, name in rows]
    scale = lambda names, ends: {"domain": list(names), "range": list(ends)}
    axis = {"labelColor": look.ink, "gridColor": look.grid, "title": None} if axes else None
    sized = lambda field, end: {"field": field, "type": "quantitative", "axis": axis,
                                "scale": {"domain": [0, end], "nice": False}}
    spec = {"width": width, "height": height, "autosize": {"type": "fit", "contains": "padding"}, "padding": 14,
            "background": look.ground, "data": {"values": values}, "config": {"view": {"stroke": None}},
            "mark": {"type": "point", "filled": True, "size": round((1.7 * r) ** 2), "opacity": 1},
            "encoding": {"x": sized("x", width * 0.84), "y": sized("y", height * 0.84),
                         "shape": {"field": "k", "legend": None, "scale": scale(shapes, shapes.values())},
                         "color": {"field": "c", "legend": None, "scale": scale(colours, colours.values())}}}
    return opened(vl_convert.vegalite_to_png(spec, scale=1))


def outline_path(kind):
    from .figures import outline

    points = [f"{x:.3f},{y:.3f}" for x, y in outline(kind, 0, 0, 0.95, 0)]
    return "M" + "L".join(points) + "Z"


def d2(rng, program):
    """One node whose shape is a polygon."""
    sides = rng.randint(3, 10)
    name = rng.choice(NAMES)
    colours = shades(rng, [name])
    look = theme(rng, colours.values(), thin=True)
    inches = rng.uniform(2.2, 5)
    filled = rng.random() < 0.5
    style = f'style=filled, fillcolor="{colours[name]}", color="{look.ink}"' if filled else f'color="{colours[name]}"'
    page = (f'graph {{ bgcolor="{look.ground}"; pad={rng.uniform(0.2, 0.6):.2f}; dpi=96; n [shape=polygon, '
            f'sides={sides}, label="", regular=true, width={inches:.2f}, orientation={rng.randrange(90)}, '
            f'penwidth={inches * rng.uniform(1.2, 2.4):.1f}, {style}]; }}')
    done = subprocess.run(["dot", "-Tpng"], input=page.encode(), capture_output=True, check=True)
    answer, right = number(sides)
    return Made(opened(done.stdout), worded(rng, "D2", {}), answer, right, colours=[name])


def d1(rng, program):
    things, count, words = counted(rng)
    order = list(things)
    rng.shuffle(order)
    answer, right = number(count)
    return Made(symbols(rng, program, order, shades(rng, NAMES)), worded(rng, "D1", {"things": words}), answer, right,
                colours=sorted({name for _, name in things}))


def v5(rng, program):
    from .boards import discs

    names, gone, left = discs(rng)
    things = [("circle", name) for name in names]
    answer, right = number(left)
    return Made(symbols(rng, program, things, shades(rng, sorted(set(names)))), worded(rng, "V5", {"c": gone}), answer,
                right, colours=sorted(set(names)))
