"""Charts by gnuplot, LibreOffice, ECharts and Chart.js, and as a sheet of shapes for the pens."""

import math
import shutil
import subprocess
import tempfile
from pathlib import Path

from .charts import Bars, Line, Pie, thick
from .common import PRINTED, WORK, seed_of
from .node import node
from .pens import Sheet, plot


def gnuplot_chart(chart, rng):
    look, (width, height) = chart.look, chart.size
    lines = [f'set object 1 rectangle from screen 0,0 to screen 1,1 fillcolor rgb "{look.ground}" fillstyle solid '
             "noborder behind", "unset key", f'set border {rng.choice([3, 31])} lc rgb "{look.ink}"',
             f'set tics textcolor rgb "{look.ink}" font "DejaVu Sans,{chart.font * 0.75:.1f}" nomirror']
    if chart.title:
        lines.append(f'set title "{chart.title}" textcolor rgb "{look.ink}" font "DejaVu Sans,{chart.font * 0.85:.1f}"')
    if chart.grid:
        lines.append(f'set grid ytics lc rgb "{look.grid}"')
    names = ", ".join(f'"{label}" {i + 1}' for i, label in enumerate(chart.shown))
    lines.append(f"set xtics ({names})")
    if isinstance(chart, Bars):
        lines += [f"set boxwidth {chart.width}", "set style fill solid " + rng.choice(["noborder", "border -1"]),
                  f"set yrange [0:{chart.top * (1.1 if chart.numbers else 1)}]", f"set ytics {chart.step}",
                  f"set xrange [0.3:{len(chart.values) + 0.7}]"]
        rows = "\n".join(f"{i + 1} {value} {int(chart.rgb[name][1:], 16)}"
                         for i, (name, value) in enumerate(chart.values.items()))
        shown = f', $rows using 1:2:2 with labels offset 0,0.6 textcolor rgb "{look.ink}"' if chart.numbers else ""
        draw = "plot $rows using 1:2:3 with boxes lc rgb variable" + shown
    else:
        rows = "\n".join(f"{i + 1} {value}" for i, value in enumerate(chart.values))
        lines += [f"set yrange [{chart.low}:{chart.high}]", f"set xrange [0.7:{len(chart.values) + 0.3}]"]
        if not chart.axis:
            lines.append("unset ytics")
        with_ = f"linespoints pt {rng.choice([5, 7, 9, 13])} ps 1.4" if chart.dots else "lines"
        wide = rng.uniform(2, 4) * thick(chart)
        draw = f'plot $rows using 1:2 with {with_} lw {wide:.1f} lc rgb "{chart.rgb[chart.name]}"'
    return plot("\n".join(lines) + f"\n$rows << EOD\n{rows}\nEOD\n{draw}\n", width, height)


def libreoffice(chart, rng):
    import pypdfium2
    import xlsxwriter
    from PIL import Image, ImageChops, ImageOps

    folder = Path(tempfile.mkdtemp(dir=WORK))
    book = xlsxwriter.Workbook(str(folder / "chart.xlsx"))
    sheet = book.add_worksheet("data")
    sheet.hide_gridlines(2)
    points = {"size": max(8, round(chart.font * 0.75)), "color": chart.look.ink}
    cells = chart.values if isinstance(chart, Line) else \
        list((chart.values if isinstance(chart, Bars) else chart.shares).values())
    for i, (label, value) in enumerate(zip(chart.shown, cells)):
        sheet.write(100 + i, 20, label)
        sheet.write(100 + i, 21, value)
    last = 99 + len(cells)
    kind = {Line: "line", Pie: "pie"}.get(type(chart)) or ("bar" if chart.across else "column")
    made = book.add_chart({"type": "doughnut" if kind == "pie" and chart.hole else kind})
    series = {"categories": ["data", 100, 20, last, 20], "values": ["data", 100, 21, last, 21]}
    if isinstance(chart, Line):
        colour = chart.rgb[chart.name]
        series |= {"line": {"color": colour, "width": rng.uniform(1.5, 3.5) * thick(chart)}}
        if chart.dots:
            series["marker"] = {"type": rng.choice(["circle", "square", "diamond"]), "size": 8,
                                "fill": {"color": colour}, "border": {"color": colour}}
    else:
        series["points"] = [{"fill": {"color": chart.rgb[name]}} for name in chart.rgb]
    if isinstance(chart, Bars):
        series |= {"gap": round(100 * (1 - chart.width) / chart.width)}
        if chart.numbers:
            series["data_labels"] = {"value": True, "font": points}
    made.add_series(series)
    made.set_legend({"none": True})
    made.set_title({"name": chart.title, "name_font": {**points, "size": points["size"] + 3}} if chart.title
                   else {"none": True})
    if not isinstance(chart, Pie):
        names = {"num_font": points, "line": {"color": chart.look.ink}}
        if isinstance(chart, Bars):
            values = {**names, "min": 0, "max": chart.top, "major_unit": chart.step}
        else:
            values = {**names, "min": chart.low, "max": chart.high, "visible": chart.axis, "num_format": "0"}
        values["major_gridlines"] = {"visible": chart.grid, "line": {"color": chart.look.grid}}
        made.set_x_axis(names)
        made.set_y_axis(values)
        if kind == "bar":
            made.set_x_axis(values)
            made.set_y_axis(names)
    made.set_chartarea({"fill": {"color": chart.look.ground}, "border": {"none": rng.random() < 0.6}})
    made.set_plotarea({"fill": {"color": chart.look.ground}})
    made.set_size({"width": chart.size[0], "height": chart.size[1]})
    sheet.insert_chart("A1", made)
    sheet.set_paper(8)
    sheet.fit_to_pages(1, 1)
    sheet.print_area(0, 0, 48, 14)
    book.close()
    command = ["soffice", f"-env:UserInstallation=file://{WORK}/office", "--headless", "--convert-to", "pdf",
               "--outdir", folder, folder / "chart.xlsx"]
    subprocess.run(command, check=True, capture_output=True)
    page = pypdfium2.PdfDocument(folder / "chart.pdf")[0].render(scale=96 / 72).to_pil().convert("RGB")
    shutil.rmtree(folder)
    extent = ImageChops.difference(page, Image.new("RGB", page.size, "white")).getbbox()
    margin = chart.look.ground if max(page.getpixel((extent[0], extent[1]))) < 255 else "white"
    return ImageOps.expand(page.crop(extent), rng.randint(4, 16), margin)


def echarts(chart, rng):
    look = chart.look
    text = {"color": look.ink, "fontSize": chart.font, "fontFamily": "DejaVu Sans"}
    line = {"lineStyle": {"color": look.ink}}
    option = {"backgroundColor": look.ground, "textStyle": text}
    if chart.title:
        option["title"] = {"text": chart.title, "left": rng.choice(["left", "center"]),
                           "textStyle": {**text, "fontSize": chart.font * 1.2}}
    edges = {"left": chart.font * 1.5, "right": chart.font * 2, "bottom": chart.font,
             "top": chart.font * (3.6 if chart.title else 1.6), "containLabel": True}
    names = {"type": "category", "data": chart.shown, "axisLabel": {**text, "interval": 0}, "axisLine": line,
             "axisTick": {"show": rng.random() < 0.5}}
    values = {"type": "value", "axisLabel": text, "axisLine": {"show": rng.random() < 0.5, **line},
              "splitLine": {"show": getattr(chart, "grid", False), "lineStyle": {"color": look.grid}}}
    if isinstance(chart, Bars):
        values |= {"min": 0, "max": chart.top, "interval": chart.step}
        data = [{"value": value, "itemStyle": {"color": chart.rgb[name], "borderRadius": 0}}
                for name, value in chart.values.items()]
        series = {"type": "bar", "data": data, "barWidth": f"{round(100 * chart.width)}%"}
        if chart.numbers:
            series["label"] = {"show": True, "position": "right" if chart.across else "top", **text}
        x, y = (values, {**names, "inverse": rng.random() < 0.5}) if chart.across else (names, values)
        option |= {"grid": edges, "xAxis": x, "yAxis": y, "series": [series]}
    elif isinstance(chart, Line):
        values |= {"min": chart.low, "max": chart.high}
        values["axisLabel"] = {**text, "show": chart.axis, "showMinLabel": False, "showMaxLabel": False}
        colour = chart.rgb[chart.name]
        smooth = chart.dots and rng.random() < 0.2
        series = {"type": "line", "data": chart.values, "smooth": smooth, "showSymbol": chart.dots,
                  "symbol": rng.choice(["circle", "rect", "diamond", "emptyCircle"]), "symbolSize": rng.randint(8, 13),
                  "lineStyle": {"color": colour, "width": rng.uniform(2, 4.5) * thick(chart)},
                  "itemStyle": {"color": colour}}
        if chart.area:
            series["areaStyle"] = {"color": colour, "opacity": 0.25}
        option |= {"grid": edges, "xAxis": {**names, "boundaryGap": rng.random() < 0.5}, "yAxis": values,
                   "series": [series]}
    else:
        data = [{"value": value, "name": label, "itemStyle": {"color": chart.rgb[name]}}
                for label, (name, value) in zip(chart.shown, chart.shares.items())]
        edge = {"borderColor": chart.edge, "borderWidth": 2} if chart.edge else {}
        option["series"] = [{"type": "pie", "data": data, "startAngle": chart.start, "radius": [
            f"{round(70 * chart.hole)}%", "70%"], "itemStyle": edge, "label": {"show": bool(chart.labels), **text}}]
    return node("echarts", w=chart.size[0], h=chart.size[1], option=option, font="DejaVu Sans")


def chartjs(chart, rng):
    look = chart.look
    grid = {"color": look.grid, "display": getattr(chart, "grid", False)}
    options = {"plugins": {"legend": {"display": False},
                           "title": {"display": bool(chart.title), "text": chart.title or ""}},
               "layout": {"padding": rng.choice([4, 10, 24])}}
    names = {"ticks": {"color": look.ink, "autoSkip": False, "maxRotation": 0}, "grid": {**grid, "display": False}}
    if isinstance(chart, Bars):
        values = {"min": 0, "max": chart.top, "ticks": {"stepSize": chart.step, "color": look.ink, "autoSkip": False},
                  "grid": grid}
        x, y = (values, names) if chart.across else (names, values)
        options |= {"indexAxis": "y" if chart.across else "x", "scales": {"x": x, "y": y}}
        sets = {"data": list(chart.values.values()), "backgroundColor": [chart.rgb[n] for n in chart.values],
                "barPercentage": chart.width, "borderRadius": rng.choice([0, 0, 4])}
        kind = "bar"
    elif isinstance(chart, Line):
        colour = chart.rgb[chart.name]
        values = {"min": chart.low, "max": chart.high, "grid": grid,
                  "ticks": {"display": chart.axis, "color": look.ink, "includeBounds": False, "maxTicksLimit": 6}}
        options["scales"] = {"x": {**names, "offset": rng.random() < 0.5, "grid": grid}, "y": values}
        sets = {"data": chart.values, "borderColor": colour, "backgroundColor": colour + "55", "fill": chart.area,
                "borderWidth": rng.uniform(2, 4) * thick(chart), "pointRadius": rng.uniform(4, 7) if chart.dots else 0,
                "pointBackgroundColor": colour, "tension": rng.choice([0, 0, 0.3]) if chart.dots else 0}
        kind = "line"
    else:
        sets = {"data": list(chart.shares.values()), "backgroundColor": [chart.rgb[n] for n in chart.shares],
                "borderColor": chart.edge or look.ground, "borderWidth": 2 if chart.edge else 0}
        options |= {"rotation": chart.start, "cutout": f"{round(100 * chart.hole)}%"}
        kind = "doughnut" if chart.hole else "pie"
    config = {"type": kind, "data": {"labels": chart.shown, "datasets": [sets]}, "options": options}
    return node("chartjs", w=chart.size[0], h=chart.size[1], config=config, ground=look.ground, ink=look.ink,
                font=rng.choice(PRINTED), size=chart.font)


def sheet_of(chart, rng):
    """The chart as somebody would draw it with a pen."""
    width, height = chart.size
    sheet = Sheet(width, height, chart.look)
    thin = max(1.2, min(width, height) / 170)
    letter = chart.font * 1.15
    ink = chart.look.ink
    above = letter * (2.4 if chart.title else 1.2)
    if chart.title:
        sheet.text(width / 2, letter * 1.1, chart.title, letter * 1.2)
    if isinstance(chart, Pie):
        x, y, r = width / 2, (height + above) / 2 - letter * 0.6, 0.44 * min(width, height - above)
        turn = math.radians(chart.start)
        for name, share in chart.shares.items():
            span = 2 * math.pi * share / sum(chart.shares.values())
            rim = [(x + r * math.cos(turn + span * i / 24), y + r * math.sin(turn + span * i / 24)) for i in range(25)]
            sheet.polygon([(x, y), *rim], chart.rgb[name], ink if chart.edge else chart.rgb[name], thin)
            turn += span
        return sheet
    left, bottom = letter * 3.2, height - letter * 2
    right = width - letter
    low, high = (0, chart.top) if isinstance(chart, Bars) else (chart.low, chart.high)
    level = lambda value: bottom - (bottom - above) * (value - low) / (high - low)
    for tick in chart.ticks if isinstance(chart, Bars) else []:
        if chart.grid and tick:
            sheet.line([(left, level(tick)), (right, level(tick))], chart.look.grid, thin * 0.8)
        sheet.line([(left - letter * 0.4, level(tick)), (left, level(tick))], ink, thin)
        sheet.text(left - letter * 0.7, level(tick), str(tick), letter, "end")
    count = len(chart.values)
    pitch = (right - left) / count
    middles = [left + pitch * (i + 0.5) for i in range(count)]
    for x, label in zip(middles, chart.shown):
        sheet.text(x, bottom + letter, label.strip(), letter)
    if isinstance(chart, Bars):
        half = pitch * min(chart.width, 0.8) / 2
        for x, (name, value) in zip(middles, chart.values.items()):
            edge = ink if seed_of(rng) % 3 else chart.rgb[name]
            sheet.rect(x - half, level(value), 2 * half, bottom - level(value), chart.rgb[name], edge, thin)
            if chart.numbers:
                sheet.text(x, level(value) - letter * 0.6, str(value), letter)
    else:
        colour = chart.rgb[chart.name]
        dots = [(x, level(value)) for x, value in zip(middles, chart.values)]
        if chart.grid:
            for x in middles:
                sheet.line([(x, above), (x, bottom)], chart.look.grid, thin * 0.8)
        sheet.line(dots, colour, thin * 2.4)
        for x, y in dots if chart.dots else []:
            sheet.circle(x, y, thin * 3.2, colour, colour, thin, solid=True)
    sheet.line([(left, above * 0.8), (left, bottom), (right, bottom)], ink, thin * 1.3)
    return sheet
