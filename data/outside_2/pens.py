"""Pens: programs that draw a list of shapes. A third of them shake."""

import math
import subprocess

from PIL import Image, ImageDraw, ImageFont

from .common import PRINTED, WRITTEN, fonts, opened, seed_of
from .node import node


class Sheet:
    """Shapes in pixels on a ground, in the order of drawing."""

    def __init__(self, width, height, look):
        self.w, self.h, self.look, self.items = width, height, look, []

    def polygon(self, points, fill=None, stroke=None, width=0.0, **more):
        points = [[round(x, 2), round(y, 2)] for x, y in points]
        self.items.append({"kind": "polygon", "points": points, "fill": fill, "stroke": stroke, "width": width, **more})

    def line(self, points, stroke, width):
        points = [[round(x, 2), round(y, 2)] for x, y in points]
        self.items.append({"kind": "line", "points": points, "fill": None, "stroke": stroke, "width": width})

    def circle(self, x, y, r, fill=None, stroke=None, width=0.0, **more):
        self.items.append({"kind": "circle", "x": round(x, 2), "y": round(y, 2), "r": round(r, 2), "fill": fill,
                           "stroke": stroke, "width": width, **more})

    def rect(self, x, y, w, h, fill=None, stroke=None, width=0.0, **more):
        self.polygon([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], fill, stroke, width, **more)

    def text(self, x, y, text, font_size, anchor="middle", fill=None):
        self.items.append({"kind": "text", "x": round(x, 2), "y": round(y, 2), "text": text, "size": font_size,
                           "anchor": anchor, "fill": fill or self.look.ink, "font": "DejaVu Sans"})

    def lettered(self, font):
        return [{**item, "font": font} if item["kind"] == "text" else item for item in self.items]


def ring(item, steps=48):
    return [[item["x"] + item["r"] * math.cos(2 * math.pi * i / steps),
             item["y"] + item["r"] * math.sin(2 * math.pi * i / steps)] for i in range(steps)]


def around(item):
    return ring(item) if item["kind"] == "circle" else item["points"]


def pillow(sheet, rng):
    big = 3
    image = Image.new("RGB", (sheet.w * big, sheet.h * big), sheet.look.ground)
    draw = ImageDraw.Draw(image)
    family = fonts()[rng.choice(PRINTED)]
    for item in sheet.items:
        if item["kind"] == "text":
            letters = ImageFont.truetype(str(family), round(item["size"] * big))
            anchor = {"start": "lm", "middle": "mm", "end": "rm"}[item["anchor"]]
            draw.text((item["x"] * big, item["y"] * big), item["text"], item["fill"], letters, anchor)
            continue
        points = [(x * big, y * big) for x, y in around(item)]
        if item["fill"]:
            draw.polygon(points, fill=item["fill"])
        if item["stroke"] and item["width"]:
            closed = points if item["kind"] == "line" else [*points, points[0], points[1]]
            draw.line(closed, item["stroke"], max(1, round(item["width"] * big)), "curve")
    return image.resize((sheet.w, sheet.h), Image.LANCZOS)


def canvas(sheet, rng):
    return node("canvas", w=sheet.w, h=sheet.h, ground=sheet.look.ground, items=sheet.lettered(rng.choice(PRINTED)))


def drawsvg(sheet, rng):
    import drawsvg as svg

    page = svg.Drawing(sheet.w, sheet.h, font_family=rng.choice(PRINTED))
    page.append(svg.Rectangle(0, 0, sheet.w, sheet.h, fill=sheet.look.ground))
    ends = rng.choice(["round", "square", "butt"])
    for item in sheet.items:
        look = {"fill": item["fill"] or "none", "stroke": item.get("stroke") or "none",
                "stroke_width": item.get("width", 0), "stroke_linecap": ends, "stroke_linejoin": "round"}
        if item["kind"] == "text":
            page.append(svg.Text(item["text"], item["size"], item["x"], item["y"] + item["size"] * 0.35,
                                 fill=item["fill"], text_anchor=item["anchor"]))
        elif item["kind"] == "circle":
            page.append(svg.Circle(item["x"], item["y"], item["r"], **look))
        else:
            flat = [value for point in item["points"] for value in point]
            page.append(svg.Lines(*flat, close=item["kind"] == "polygon", **look))
    return node("svg", svg=page.as_svg(), font="DejaVu Sans")


def matplotlib(sheet, rng, shaky=False):
    from matplotlib import patches, pyplot

    dpi = 100
    with pyplot.xkcd(scale=rng.uniform(0.6, 1.4), length=100, randomness=2) if shaky else pyplot.rc_context():
        if shaky:
            pyplot.rcParams["path.effects"] = []
        fig = pyplot.figure(figsize=(sheet.w / dpi, sheet.h / dpi), dpi=dpi, facecolor=sheet.look.ground)
        fig.patch.set_sketch_params(None)
        axes = fig.add_axes([0, 0, 1, 1])
        axes.set(xlim=(0, sheet.w), ylim=(sheet.h, 0))
        axes.axis("off")
        family = known_fonts() and ("Intuitive" if shaky else rng.choice(PRINTED))
        for order, item in enumerate(sheet.items):
            points = item.get("width", 0) * 72 / dpi
            look = {"facecolor": item["fill"] or "none", "edgecolor": item.get("stroke") or "none",
                    "linewidth": points, "zorder": order + 1}
            if item["kind"] == "text":
                across = {"start": "left", "middle": "center", "end": "right"}[item["anchor"]]
                axes.text(item["x"], item["y"], item["text"], fontsize=item["size"] * 72 / dpi, color=item["fill"],
                          ha=across, va="center", zorder=order + 1, family=family)
            elif item["kind"] == "circle":
                axes.add_patch(patches.Circle((item["x"], item["y"]), item["r"], **look))
            elif item["kind"] == "polygon":
                axes.add_patch(patches.Polygon(item["points"], closed=True, joinstyle="round", **look))
            else:
                axes.plot(*zip(*item["points"]), color=item["stroke"], linewidth=points, zorder=order + 1,
                          solid_capstyle="round")
        return finished(fig)


def known_fonts():
    """Tells matplotlib of our fonts, once."""
    import logging

    from matplotlib import font_manager

    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)
    have = {font.fname for font in font_manager.fontManager.ttflist}
    for file in map(str, fonts().values()):
        if file not in have:
            font_manager.fontManager.addfont(file)
    return True


def finished(fig):
    import io

    from matplotlib import pyplot

    buffer = io.BytesIO()
    fig.savefig(buffer, format="png", facecolor=fig.get_facecolor())
    pyplot.close(fig)
    return opened(buffer.getvalue())


def xkcd(sheet, rng):
    return matplotlib(sheet, rng, shaky=True)


def plot(script, width, height):
    """What gnuplot makes of a script."""
    head = f'set terminal pngcairo size {width},{height} font "DejaVu Sans,9" enhanced\n'
    done = subprocess.run(["gnuplot"], input=(head + script).encode(), capture_output=True)
    if done.returncode or not done.stdout:
        raise RuntimeError(done.stderr.decode())
    return opened(done.stdout)


def gnuplot(sheet, rng):
    lines = [f"set xrange [0:{sheet.w}]", f"set yrange [{sheet.h}:0]", "unset key", "unset tics", "unset border",
             "set lmargin 0", "set rmargin 0", "set tmargin 0", "set bmargin 0",
             f'set object 1 rectangle from screen 0,0 to screen 1,1 fillcolor rgb "{sheet.look.ground}" fillstyle '
             "solid noborder behind"]
    count = 1
    for item in sheet.items:
        if item["kind"] == "text":
            anchor = {"start": "left", "middle": "center", "end": "right"}[item["anchor"]]
            lines.append(f'set label "{item["text"]}" at {item["x"]},{item["y"]} {anchor} front textcolor rgb '
                         f'"{item["fill"]}" font "DejaVu Sans,{item["size"] * 0.75:.1f}"')
            continue
        if item["kind"] == "line":
            for (a, b), (c, d) in zip(item["points"], item["points"][1:]):
                lines.append(f'set arrow from {a},{b} to {c},{d} nohead linewidth {item["width"]:.1f} linecolor rgb '
                             f'"{item["stroke"]}" back')
            continue
        count += 1
        points = around(item)
        path = " to ".join(f"{x:.2f},{y:.2f}" for x, y in [*points, points[0]])
        fill = f'fillstyle solid noborder fillcolor rgb "{item["fill"]}"' if item["fill"] else "fillstyle empty"
        if item["stroke"] and item["width"]:
            fill = (f'fillstyle solid 1.0 border lc rgb "{item["stroke"]}" fillcolor rgb "{item["fill"]}"'
                    if item["fill"] else f'fillstyle empty border lc rgb "{item["stroke"]}"')
            fill += f' linewidth {item["width"]:.1f}'
        depth = "front" if any(other["kind"] == "line" for other in sheet.items) else "back"
        lines.append(f"set object {count} polygon from {path} {fill} {depth}")
    return plot("\n".join(lines) + "\nplot NaN notitle\n", sheet.w, sheet.h)


def rough(sheet, rng):
    style = {"roughness": rng.uniform(0.7, 1.9), "bowing": rng.uniform(0.5, 2.0),
             "fillStyle": rng.choice(["hachure", "hachure", "cross-hatch", "zigzag", "solid", "solid"]),
             "fillWeight": max(1.2, min(sheet.w, sheet.h) / rng.uniform(130, 200)),
             "hachureGap": max(3.0, min(sheet.w, sheet.h) / rng.uniform(55, 80)),
             "hachureAngle": rng.choice([-41, 30, 60, 0, -60])}
    return node("rough", w=sheet.w, h=sheet.h, ground=sheet.look.ground, items=sheet.lettered(rng.choice(WRITTEN)),
                style=style, seed=seed_of(rng))


def shaken(points, rng, much, closed=False):
    """A polyline walked in small steps with a slow tremor; closed ones overshoot or leave a gap."""
    if closed:
        points = [*points, points[0]]
    walked = []
    dx = dy = 0.0
    for (ax, ay), (bx, by) in zip(points, points[1:]):
        steps = max(2, round(math.dist((ax, ay), (bx, by)) / 7))
        for step in range(steps):
            dx, dy = (0.85 * d + rng.gauss(0, much * 0.45) for d in (dx, dy))
            t = step / steps
            walked.append([round(ax + (bx - ax) * t + dx, 2), round(ay + (by - ay) * t + dy, 2)])
    walked.append([round(points[-1][0] + rng.gauss(0, much), 2), round(points[-1][1] + rng.gauss(0, much), 2)])
    return walked


def inside(point, polygon):
    x, y = point
    odd = False
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], polygon[0]]):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd


def hatching(polygon, gap, slope):
    """Parallel segments that fill a polygon."""
    cos, sin = math.cos(slope), math.sin(slope)
    turned = [(x * cos + y * sin, y * cos - x * sin) for x, y in polygon]
    low, high = min(y for _, y in turned), max(y for _, y in turned)
    level = low + gap / 2
    while level < high:
        cuts = sorted(ax + (bx - ax) * (level - ay) / (by - ay)
                      for (ax, ay), (bx, by) in zip(turned, [*turned[1:], turned[0]]) if (ay > level) != (by > level))
        for a, b in zip(cuts[::2], cuts[1::2]):
            yield [(u * cos - level * sin, u * sin + level * cos) for u in (a, b)]
        level += gap


def strokes(sheet, rng):
    """Every shape as pen strokes: outlines and hatching (or a plain area)."""
    much = min(sheet.w, sheet.h) / rng.uniform(260, 480)
    filled = rng.random() < 0.45
    gap, slope = min(sheet.w, sheet.h) / rng.uniform(42, 60), rng.uniform(0, math.pi)
    for item in sheet.items:
        if item["kind"] == "text":
            yield item
            continue
        points = around(item)
        width = max(item["width"] or 0, min(sheet.w, sheet.h) / 130)
        if item["fill"] and (filled or item.get("solid")):
            yield {"kind": "area", "points": shaken(points, rng, much, True), "fill": item["fill"]}
        elif item["fill"]:
            for segment in hatching(points, gap, slope):
                yield {"kind": "stroke", "points": shaken(segment, rng, much * 0.6), "stroke": item["fill"],
                       "width": max(width, gap * 0.62)}
        edge = item["stroke"] or item["fill"]
        closed = item["kind"] != "line"
        yield {"kind": "stroke", "points": shaken(points, rng, much, closed), "stroke": edge, "width": width}


def freehand(sheet, rng):
    font = rng.choice(WRITTEN)
    items = [{**item, "font": font} if item["kind"] == "text" else item for item in strokes(sheet, rng)]
    style = {"thinning": rng.uniform(0.0, 0.5), "smoothing": rng.uniform(0.3, 0.6), "streamline": rng.uniform(0.2, 0.4),
             "simulatePressure": True}
    return node("freehand", w=sheet.w, h=sheet.h, ground=sheet.look.ground, items=items, style=style)


def wobbly(sheet, rng):
    """Pillow with a felt pen."""
    big = 2
    image = Image.new("RGB", (sheet.w * big, sheet.h * big), sheet.look.ground)
    draw = ImageDraw.Draw(image)
    family = fonts()[rng.choice(WRITTEN)]
    anchors = {"start": "lm", "middle": "mm", "end": "rm"}
    for item in strokes(sheet, rng):
        if item["kind"] == "text":
            letters = ImageFont.truetype(str(family), round(item["size"] * big))
            draw.text((item["x"] * big, item["y"] * big), item["text"], item["fill"], letters, anchors[item["anchor"]])
            continue
        points = [(x * big, y * big) for x, y in item["points"]]
        if item["kind"] == "area":
            draw.polygon(points, fill=item["fill"])
            continue
        r = item["width"] * big / 2
        draw.line(points, item["stroke"], max(1, round(2 * r)), "curve")
        for x, y in (points[0], points[-1]):
            draw.ellipse((x - r, y - r, x + r, y + r), fill=item["stroke"])
    return image.resize((sheet.w, sheet.h), Image.LANCZOS)


PENS = {"matplotlib": matplotlib, "Pillow": pillow, "drawsvg": drawsvg, "Skia canvas": canvas, "gnuplot": gnuplot}
SHAKY = {"roughjs": rough, "perfect-freehand": freehand, "Pillow by hand": wobbly, "matplotlib xkcd": xkcd}
ALL_PENS = {**PENS, **SHAKY}
