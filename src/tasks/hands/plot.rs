//! Plot: as plotting programs and spreadsheets draw.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::Colour;
use super::super::style::{ChartLook, Frame, Grid, Palette, STANDARD, Style, varied};
use super::Hand;

/// Red, orange, yellow, green, blue and purple of several programs and web palettes.
const PALETTES: [Palette; 7] = [
    [[214, 39, 40], [255, 127, 14], [226, 200, 30], [44, 160, 44], [31, 119, 180], [148, 103, 189]],
    [[228, 26, 28], [255, 127, 0], [250, 230, 50], [77, 175, 74], [55, 126, 184], [152, 78, 163]],
    [[192, 0, 0], [237, 125, 49], [255, 192, 0], [112, 173, 71], [68, 114, 196], [112, 48, 160]],
    [[219, 68, 55], [255, 112, 67], [244, 180, 0], [15, 157, 88], [66, 133, 244], [171, 71, 188]],
    [[255, 0, 0], [255, 165, 0], [255, 255, 0], [0, 128, 0], [0, 0, 255], [128, 0, 128]],
    [[250, 110, 110], [253, 180, 98], [250, 225, 110], [120, 205, 130], [110, 165, 235], [180, 140, 220]],
    [[190, 60, 70], [221, 132, 82], [218, 190, 90], [85, 168, 104], [76, 114, 176], [129, 114, 179]],
];

/// The ground of the page, that of the chart, and the colour of its grid.
const GROUNDS: [(Colour, Option<Colour>, Colour); 6] = [
    ([255; 3], None, [224; 3]),
    ([255; 3], None, [200, 205, 212]),
    ([255; 3], Some([234, 234, 242]), [255; 3]),
    ([255; 3], Some([235; 3]), [255; 3]),
    ([248, 249, 250], Some([255; 3]), [222, 226, 230]),
    ([240, 240, 232], None, [205, 205, 196]),
];

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Plot);
    (style.background, style.panel, style.faint) = *GROUNDS.choose(rng).expect("not empty");
    style.ink = [rng.random_range(10..90); 3];
    style.line = rng.random_range(0.006..0.02);
    style.edge = if rng.random_bool(0.2) { rng.random_range(0.004..0.010) } else { 0.0 };
    let palette = *PALETTES.choose(rng).unwrap_or(&STANDARD);
    style.palette = varied(palette, 8, 0.0, rng);
    style.monochrome = rng.random_bool(0.15);
    style.chart = ChartLook {
        grid: *[Grid::None, Grid::Full, Grid::Full, Grid::Dashed].choose(rng).expect("not empty"),
        frame: *[Frame::Corner, Frame::Box, Frame::Box, Frame::Floor, Frame::None].choose(rng).expect("not empty"),
        ticks: rng.random_bool(0.6),
        digits: rng.random_range(0.032..0.07),
        title: rng.random_bool(0.4),
        names: rng.random_bool(0.4),
        legend: rng.random_bool(0.25),
    };
    style
}
