"""Which programs draw which kinds of chart."""

from . import plots_other, plots_python
from .pens import ALL_PENS


def by_pen(name):
    def draw(chart, rng):
        return ALL_PENS[name](plots_other.sheet_of(chart, rng), rng)

    return draw


HAND = {name: by_pen(name) for name in ("roughjs", "perfect-freehand", "Pillow by hand", "matplotlib xkcd")}
EVERY = {"Vega-Lite": plots_python.vega, "ECharts": plots_other.echarts, "Chart.js": plots_other.chartjs,
         "pygal": plots_python.pygal_chart, "LibreOffice": plots_other.libreoffice}
CHARTS = {
    "bars": {**EVERY, "matplotlib": plots_python.mpl_bars, "seaborn": plots_python.seaborn_bars,
             "plotnine": plots_python.plotnine_chart, "gnuplot": plots_other.gnuplot_chart},
    "line": {**EVERY, "matplotlib": plots_python.mpl_line, "plotnine": plots_python.plotnine_chart,
             "gnuplot": plots_other.gnuplot_chart},
    "pie": {**EVERY, "matplotlib": plots_python.mpl_pie, "Skia canvas": by_pen("Skia canvas"),
            "drawsvg": by_pen("drawsvg")},
}
