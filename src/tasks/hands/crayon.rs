//! Wax crayon on coloured paper: thick strokes with the paper's tooth in them. Training never sees it.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::{Colour, mixed};
use super::super::style::{ChartLook, Frame, Grid, Palette, Style, varied};
use super::super::touch::{Fill, Touch};
use super::Hand;

const WAX: Palette = [[214, 42, 52], [240, 130, 40], [250, 214, 60], [46, 150, 80], [44, 92, 190], [124, 66, 160]];
const PAPERS: [Colour; 5] = [[252, 246, 226], [222, 240, 236], [246, 226, 232], [232, 232, 224], [210, 196, 170]];

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Crayon);
    style.background = *PAPERS.choose(rng).expect("not empty");
    style.ink = [44, 38, 40];
    style.faint = mixed(style.background, style.ink, 0.3);
    style.line = rng.random_range(0.022..0.036);
    style.palette = varied(WAX, 14, 0.0, rng);
    style.monochrome = rng.random_bool(0.2);
    style.tilt = rng.random_range(-0.04..0.04);
    style.touch = Touch {
        wobble: rng.random_range(0.006..0.013),
        gap: rng.random_range(0.0..0.008),
        fill: if rng.random_bool(0.6) {
            Fill::Hatched { angle: rng.random_range(-1.2..1.2), pitch: style.line * 0.9 }
        } else {
            Fill::Outlined
        },
        stroke: style.line * 0.8,
        grain: rng.random_range(0.3..0.55),
        seed: 0,
    };
    style.chart = ChartLook { grid: Grid::None, frame: Frame::Corner, digits: 0.085, ..ChartLook::SIMPLE };
    style
}
