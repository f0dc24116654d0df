//! Textbook: thin black lines, hatching, little colour.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::super::style::{ChartLook, Frame, Grid, STANDARD, Style, varied};
use super::super::touch::{Fill, Touch};
use super::Hand;

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Textbook);
    let paper = rng.random_range(238..=255u8);
    style.background = [paper, paper, paper - rng.random_range(0..14)];
    style.ink = [rng.random_range(0..40); 3];
    style.faint = [rng.random_range(150..205); 3];
    style.line = rng.random_range(0.008..0.02);
    style.edge = rng.random_range(0.006..0.014);
    style.palette = varied(STANDARD, 22, rng.random_range(0.0..0.3), rng);
    style.monochrome = rng.random_bool(0.75);
    let pitch = rng.random_range(0.018..0.045);
    let angle = rng.random_range(-1.5..1.5);
    style.touch = Touch {
        fill: match rng.random_range(0..4) {
            0 => Fill::Outlined,
            1 => Fill::Hatched { angle, pitch },
            2 => Fill::Tinted(rng.random_range(0.2..0.6)),
            _ => Fill::Solid,
        },
        stroke: style.line,
        ..Touch::default()
    };
    style.chart = ChartLook {
        grid: [Grid::None, Grid::Full, Grid::Dashed][rng.random_range(0..3)],
        frame: [Frame::Corner, Frame::Box][rng.random_range(0..2)],
        ticks: rng.random_bool(0.8),
        digits: rng.random_range(0.045..0.08),
        names: rng.random_bool(0.3),
        ..ChartLook::SIMPLE
    };
    style
}
