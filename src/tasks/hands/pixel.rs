//! Pixel art: few large pixels.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::mixed;
use super::super::style::{ChartLook, Grid, STANDARD, Style, varied};
use super::Hand;

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Pixel);
    let light = rng.random_bool(0.5);
    let base = if light { rng.random_range(205..=255u8) } else { rng.random_range(10..60) };
    style.background = [0; 3].map(|_| base.saturating_add(rng.random_range(0..22)));
    style.ink = if light { [rng.random_range(10..50); 3] } else { [rng.random_range(210..=250); 3] };
    style.faint = mixed(style.background, style.ink, 0.2);
    style.line = rng.random_range(0.028..0.045);
    style.edge = if rng.random_bool(0.3) { style.line } else { 0.0 };
    style.palette = varied(STANDARD, 20, rng.random_range(-0.1..0.15), rng);
    style.pixels = Some([48, 64, 64, 96][rng.random_range(0..4)]);
    style.chart = ChartLook { grid: Grid::None, digits: 0.1, ..ChartLook::SIMPLE };
    style
}
