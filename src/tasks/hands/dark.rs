//! Dark: dashboards and pages in dark mode.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::{Colour, mixed};
use super::super::style::{ChartLook, Frame, Grid, Palette, Style, varied};
use super::Hand;

const GLOWING: [Palette; 2] = [
    [[248, 82, 88], [255, 160, 60], [250, 214, 70], [60, 200, 110], [80, 150, 255], [176, 110, 240]],
    [[230, 90, 90], [230, 150, 90], [225, 205, 110], [110, 190, 120], [100, 155, 220], [160, 120, 210]],
];
const GROUNDS: [Colour; 6] = [[0; 3], [17; 3], [33, 37, 43], [13, 17, 38], [40, 42, 54], [28, 28, 30]];

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Dark);
    style.background = *GROUNDS.choose(rng).expect("not empty");
    style.ink = [rng.random_range(180..=255); 3];
    style.faint = mixed(style.background, style.ink, rng.random_range(0.12..0.3));
    style.panel = rng.random_bool(0.3).then(|| mixed(style.background, [255; 3], 0.06));
    style.line = rng.random_range(0.008..0.026);
    style.edge = if rng.random_bool(0.2) { rng.random_range(0.006..0.012) } else { 0.0 };
    style.palette = varied(*GLOWING.choose(rng).expect("not empty"), 14, 0.0, rng);
    style.monochrome = rng.random_bool(0.2);
    style.chart = ChartLook {
        grid: [Grid::None, Grid::Full, Grid::Dashed][rng.random_range(0..3)],
        frame: [Frame::Corner, Frame::Floor, Frame::None, Frame::Box][rng.random_range(0..4)],
        ticks: rng.random_bool(0.4),
        digits: rng.random_range(0.035..0.075),
        title: rng.random_bool(0.3),
        names: rng.random_bool(0.3),
        legend: rng.random_bool(0.2),
    };
    style
}
