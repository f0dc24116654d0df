"""Charts by Python's programs: matplotlib, seaborn, plotnine, Vega-Lite and pygal."""

import io

from .charts import Bars, Line, thick
from .common import PRINTED, opened
from .node import node
from .pens import finished, known_fonts

STYLES = ["default", "classic", "ggplot", "bmh", "fivethirtyeight", "Solarize_Light2", "seaborn-v0_8-darkgrid",
          "seaborn-v0_8-ticks", "seaborn-v0_8-pastel", "fast", "petroff10"]


def axes_of(chart, rng):
    """A figure in one of the program's styles or in the chart's own colours."""
    from matplotlib import pyplot

    known_fonts()
    dpi = 100
    own = chart.look.ground != "#ffffff" or rng.random() < 0.3
    look, points = chart.look, chart.font * 72 / dpi
    settings = {"font.size": points, "axes.titlesize": points * 1.2, "axes.labelsize": points,
                "xtick.labelsize": points, "ytick.labelsize": points, "legend.fontsize": points,
                "font.family": rng.choice(PRINTED)}
    if own:
        settings |= {"figure.facecolor": look.ground, "axes.facecolor": look.ground, "savefig.facecolor": look.ground,
                     "text.color": look.ink, "axes.edgecolor": look.ink, "xtick.color": look.ink,
                     "ytick.color": look.ink, "axes.labelcolor": look.ink, "grid.color": look.grid}
    styles = ["default"] if own else [rng.choice(STYLES)]
    context = pyplot.style.context([*styles, settings])
    context.__enter__()
    fig, axes = pyplot.subplots(figsize=(chart.size[0] / dpi, chart.size[1] / dpi), dpi=dpi, layout="constrained")
    if chart.title:
        axes.set_title(chart.title)
    if rng.random() < 0.5 and styles == ["default"]:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
    return context, fig, axes


def closed(context, fig):
    picture = finished(fig)
    context.__exit__(None, None, None)
    return picture


def mpl_bars(chart, rng, bars=None):
    context, fig, axes = axes_of(chart, rng)
    colours = [chart.rgb[name] for name in chart.values]
    at, heights = range(len(colours)), list(chart.values.values())
    edge = {"edgecolor": chart.look.ink, "linewidth": 1} if rng.random() < 0.3 else {}
    if bars:
        bars(axes, chart)
    elif chart.across:
        axes.barh(at, heights, chart.width, color=colours, **edge)
    else:
        axes.bar(at, heights, chart.width, color=colours, **edge)
    values, kinds = (axes.xaxis, axes.yaxis) if chart.across else (axes.yaxis, axes.xaxis)
    values.set_ticks(chart.ticks)
    limit = chart.top * (1.1 if chart.numbers else rng.choice([1.0, 1.04]))
    (axes.set_xlim if chart.across else axes.set_ylim)(0, limit)
    kinds.set_ticks(list(at), labels=chart.labels or [""] * len(colours))
    axes.set(xlabel="", ylabel="")
    axes.grid(False)
    if chart.grid:
        axes.grid(visible=True, axis="x" if chart.across else "y")
    axes.set_axisbelow(True)
    if chart.numbers:
        for i, value in zip(at, heights):
            place = (value, i) if chart.across else (i, value)
            axes.annotate(str(value), place, (4, 0) if chart.across else (0, 2), textcoords="offset points",
                          ha="left" if chart.across else "center", va="center" if chart.across else "bottom")
    return closed(context, fig)


def seaborn_bars(chart, rng):
    import seaborn

    seaborn.set_theme(style=rng.choice(["whitegrid", "darkgrid", "ticks", "white"]))

    def bars(axes, chart):
        colours = [chart.rgb[name] for name in chart.values]
        names, heights = [str(i) for i in range(len(colours))], list(chart.values.values())
        x, y = (heights, names) if chart.across else (names, heights)
        seaborn.barplot(x=x, y=y, hue=names, palette=colours, legend=False, saturation=1, width=chart.width, ax=axes)

    return mpl_bars(chart, rng, bars)


def mpl_line(chart, rng, marks="osD^"):
    context, fig, axes = axes_of(chart, rng)
    at = range(1, len(chart.values) + 1)
    axes.plot(at, chart.values, color=chart.rgb[chart.name], linewidth=rng.uniform(1.5, 4) * thick(chart),
              marker=rng.choice(marks) if chart.dots else None, markersize=rng.uniform(5, 9),
              linestyle=rng.choice(["-", "-", "--"]))
    if chart.area:
        axes.fill_between(at, chart.values, chart.low, color=chart.rgb[chart.name], alpha=0.25)
    axes.set_ylim(chart.low, chart.high)
    axes.set_xticks(list(at), labels=chart.shown)
    if not chart.axis:
        axes.set_yticks([])
    axes.grid(chart.grid, axis=rng.choice(["both", "x", "y"]))
    return closed(context, fig)


def mpl_pie(chart, rng):
    context, fig, axes = axes_of(chart, rng)
    look = {"linewidth": 1.5 if chart.edge else 0, "edgecolor": chart.edge or "none"}
    if chart.hole:
        look["width"] = 1 - chart.hole
    explode = [0.06] * len(chart.shares) if rng.random() < 0.15 else None
    axes.pie(list(chart.shares.values()), colors=[chart.rgb[name] for name in chart.shares], startangle=chart.start,
             counterclock=rng.random() < 0.5, wedgeprops=look, explode=explode, labels=chart.labels,
             shadow=rng.random() < 0.15)
    return closed(context, fig)


def plotnine_chart(chart, rng):
    import pandas
    import plotnine as p9

    known_fonts()
    own = {"figure_size": (chart.size[0] / 100, chart.size[1] / 100), "dpi": 100,
           "text": p9.element_text(size=chart.font * 0.75), "legend_position": "none",
           "axis_title": p9.element_blank()}
    if isinstance(chart, Bars):
        names = list(chart.values)
        data = pandas.DataFrame({"name": pandas.Categorical(names, names), "value": list(chart.values.values())})
        made = (p9.ggplot(data, p9.aes("name", "value", fill="name")) + p9.geom_col(width=chart.width)
                + p9.scale_fill_manual([chart.rgb[name] for name in names])
                + p9.scale_y_continuous(breaks=chart.ticks, expand=(0, 0, 0.04, 0),
                                        limits=(0, chart.top * (1.1 if chart.numbers else 1)))
                + p9.scale_x_discrete(labels=chart.labels or [""] * len(names)))
        if chart.numbers:
            made += p9.geom_text(p9.aes(label="value"), va="bottom", size=chart.font * 0.7)
        made = made + p9.coord_flip() if chart.across else made
    else:
        data = pandas.DataFrame({"x": range(1, len(chart.values) + 1), "y": chart.values})
        colour = chart.rgb[chart.name]
        made = (p9.ggplot(data, p9.aes("x", "y")) + p9.geom_line(color=colour, size=rng.uniform(0.8, 2) * thick(chart))
                + p9.scale_x_continuous(breaks=list(data["x"]), labels=chart.shown)
                + p9.coord_cartesian(ylim=(chart.low, chart.high)))
        made = made + p9.geom_point(color=colour, size=rng.uniform(2, 4)) if chart.dots else made
    if chart.title:
        made += p9.ggtitle(chart.title)
    look = rng.choice([p9.theme_gray, p9.theme_bw, p9.theme_minimal, p9.theme_classic, p9.theme_light])
    made = made + look() + p9.theme(**own)
    buffer = io.BytesIO()
    made.save(buffer, format="png", verbose=False)
    return opened(buffer.getvalue())


def vega(chart, rng):
    import vl_convert

    look, colours = chart.look, [chart.rgb[name] for name in chart.rgb]
    values = {"labelFontSize": chart.font, "titleFontSize": chart.font, "labelColor": look.ink, "title": None,
              "domainColor": look.ink, "tickColor": look.ink, "gridColor": look.grid}
    plain = {**values, "labelAngle": 0, "grid": False}
    if not getattr(chart, "labels", None):
        plain |= {"labels": False, "ticks": False}
    scale = {"domain": list(chart.rgb), "range": colours}
    spec = {"background": look.ground, "width": chart.size[0], "height": chart.size[1],
            "autosize": {"type": "fit", "contains": "padding"}, "padding": rng.choice([5, 12, 25])}
    if chart.title:
        spec["title"] = {"text": chart.title, "color": look.ink, "fontSize": chart.font * 1.2}
    if isinstance(chart, Bars):
        rows = [{"i": label, "c": name, "v": value} for label, (name, value) in zip(chart.shown, chart.values.items())]
        limit = chart.top * (1.1 if chart.numbers else 1)
        value = {"field": "v", "type": "quantitative", "scale": {"domain": [0, limit], "nice": False},
                 "axis": {**values, "values": chart.ticks, "grid": chart.grid}}
        kind = {"field": "i", "type": "nominal", "sort": None, "axis": plain,
                "scale": {"paddingInner": 1 - chart.width}}
        x, y = (value, kind) if chart.across else (kind, value)
        layer = [{"mark": {"type": "bar"}, "encoding": {"color": {"field": "c", "scale": scale, "legend": None}}}]
        if chart.numbers:
            nudge = {"dx": 5, "align": "left"} if chart.across else {"dy": -chart.font * 0.7}
            layer.append({"mark": {"type": "text", "fontSize": chart.font, "color": look.ink, **nudge},
                          "encoding": {"text": {"field": "v"}}})
        spec |= {"data": {"values": rows}, "encoding": {"x": x, "y": y}, "layer": layer}
    elif isinstance(chart, Line):
        rows = [{"i": i, "v": value} for i, value in enumerate(chart.values)]
        names = "[" + ",".join(f"'{label}'" for label in chart.shown) + "]"
        across = {"field": "i", "type": "quantitative", "scale": {"nice": False, "padding": 12}, "axis": {
            **values, "values": list(range(len(rows))), "labelExpr": f"{names}[datum.value]", "grid": chart.grid}}
        up = {"field": "v", "type": "quantitative", "scale": {"domain": [chart.low, chart.high], "nice": False},
              "axis": {**values, "grid": chart.grid} if chart.axis else None}
        mark = {"type": "line", "color": chart.rgb[chart.name], "strokeWidth": rng.uniform(2, 4) * thick(chart),
                "interpolate": rng.choice(["linear", "linear", "monotone"]) if chart.dots else "linear"}
        if chart.dots:
            mark["point"] = {"size": rng.randint(60, 140), "color": chart.rgb[chart.name], "filled": True}
        spec |= {"data": {"values": rows}, "mark": mark, "encoding": {"x": across, "y": up}}
    else:
        rows = [{"i": i, "c": name, "v": value} for i, (name, value) in enumerate(chart.shares.items())]
        radius = 0.42 * min(chart.size)
        mark = {"type": "arc", "outerRadius": radius, "innerRadius": chart.hole * radius,
                "stroke": chart.edge or None, "strokeWidth": 2}
        spec |= {"data": {"values": rows}, "mark": mark, "encoding": {
            "theta": {"field": "v", "type": "quantitative", "stack": True}, "order": {"field": "i"},
            "color": {"field": "c", "scale": scale, "legend": None}}}
    spec["config"] = {"view": {"stroke": rng.choice([None, look.grid])}, "axis": {"labelFont": "DejaVu Sans"}}
    return opened(vl_convert.vegalite_to_png(spec, scale=1))


def pygal_chart(chart, rng):
    import pygal
    from pygal.style import Style

    look = chart.look
    own = Style(background=look.ground, plot_background=look.ground, foreground=look.ink, foreground_strong=look.ink,
                foreground_subtle=look.grid, opacity="1", colors=[chart.rgb[name] for name in chart.rgb],
                font_family="DejaVu Sans", label_font_size=chart.font, major_label_font_size=chart.font,
                title_font_size=chart.font * 1.2, value_font_size=chart.font,
                stroke_width=f"{rng.uniform(2, 4) * thick(chart):.1f}")
    base = {"style": own, "width": chart.size[0], "height": chart.size[1], "show_legend": False, "margin": 12,
            "title": chart.title or None, "js": [], "explicit_size": True, "no_prefix": True}
    if isinstance(chart, Bars):
        made = (pygal.HorizontalBar if chart.across else pygal.Bar)(**base, print_values=chart.numbers,
                range=(0, chart.top), show_y_guides=chart.grid, rounded_bars=rng.choice([None, 4]))
        if chart.across:
            made.config.show_x_guides, made.config.show_y_guides = chart.grid, False
        made.y_labels = chart.ticks
        made.value_formatter = lambda value: f"{value:g}"
        for name, value in chart.values.items():
            made.add(name, [value])
    elif isinstance(chart, Line):
        made = pygal.Line(**base, range=(chart.low, chart.high), dots_size=rng.uniform(4, 7) if chart.dots else 1,
                          show_y_labels=chart.axis, show_y_guides=chart.grid)
        made.x_labels = chart.shown
        made.value_formatter = lambda value: f"{value:.1f}"
        made.add("", chart.values)
    else:
        made = pygal.Pie(**base, inner_radius=chart.hole)
        for name, value in chart.shares.items():
            made.add(name, value)
    return node("svg", svg=made.render().decode(), font="DejaVu Sans")
