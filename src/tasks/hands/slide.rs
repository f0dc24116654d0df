//! Slide: bold flat shapes on coloured grounds, as in presentations and infographics.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::{Colour, mixed};
use super::super::style::{ChartLook, Frame, Grid, STANDARD, Style, Texture, varied};
use super::Hand;

const LIGHT: [Colour; 6] =
    [[236, 244, 250], [250, 240, 228], [238, 232, 246], [228, 244, 236], [255, 250, 235], [246, 246, 246]];
const DEEP: [Colour; 4] = [[24, 40, 72], [44, 30, 62], [20, 58, 58], [58, 58, 66]];

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Slide);
    let light = rng.random_bool(0.7);
    style.background = *if light { &LIGHT[..] } else { &DEEP[..] }.choose(rng).expect("not empty");
    style.ink = if light { [rng.random_range(30..80); 3] } else { [rng.random_range(225..=255); 3] };
    style.faint = mixed(style.background, style.ink, 0.22);
    if rng.random_bool(0.4) {
        let to = if light { [255; 3] } else { [90, 100, 130] };
        style.texture = Texture::Wash(mixed(style.background, to, rng.random_range(0.3..0.8)));
    }
    style.panel = rng.random_bool(0.3).then(|| mixed(style.background, [255; 3], if light { 0.8 } else { 0.1 }));
    style.line = rng.random_range(0.02..0.045);
    style.edge = if rng.random_bool(0.3) { rng.random_range(0.01..0.03) } else { 0.0 };
    style.palette = varied(STANDARD, 26, rng.random_range(-0.1..0.25), rng);
    style.chart = ChartLook {
        grid: if rng.random_bool(0.5) { Grid::None } else { Grid::Full },
        frame: [Frame::Floor, Frame::None, Frame::Corner][rng.random_range(0..3)],
        ticks: false,
        digits: rng.random_range(0.045..0.08),
        title: rng.random_bool(0.6),
        names: rng.random_bool(0.5),
        legend: rng.random_bool(0.2),
    };
    style
}
