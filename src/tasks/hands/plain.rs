//! Plain: filled shapes and even lines, as a simple program draws them.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::super::style::{ChartLook, Frame, Grid, STANDARD, Style, Texture, varied};
use super::Hand;

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Plain);
    (style.background, style.ink, style.faint) = match rng.random_range(0..10) {
        0..=3 => ([255; 3], [20; 3], [196; 3]),
        4..=6 => {
            let ground = [0; 3].map(|_| rng.random_range(165..=250u8));
            (ground, [0; 3].map(|_| rng.random_range(10..60)), ground.map(|c| c - 50))
        }
        7 | 8 => {
            let base = rng.random_range(222..250);
            let ground = [0; 3].map(|_| (base + rng.random_range(-12i16..=5)).clamp(0, 255) as u8);
            (ground, [30, 30, rng.random_range(30..70)], ground.map(|c| c - 52))
        }
        _ => {
            let base = rng.random_range(18..46);
            let ground = [0; 3].map(|_| base + rng.random_range(0..14));
            (ground, [232; 3], ground.map(|c| c + 62))
        }
    };
    if rng.random_bool(0.2) {
        style.texture = Texture::Wash(style.background.map(|c| c.saturating_add(rng.random_range(0..18))));
    }
    if rng.random_bool(0.2) {
        let share = rng.random_range(0.06..0.18);
        style.panel = Some(super::super::canvas::mixed(style.background, style.ink, share));
    }
    style.tilt = if rng.random_bool(0.3) { rng.random_range(-0.05..0.05) } else { 0.0 };
    style.line = rng.random_range(0.012..0.044);
    style.edge = if rng.random_bool(0.4) { rng.random_range(0.006..0.026) } else { 0.0 };
    let paler = if rng.random_bool(0.5) { rng.random_range(0.0..0.32) } else { 0.0 };
    style.palette = varied(STANDARD, rng.random_range(0..=28), paler, rng);
    style.chart = ChartLook {
        grid: if rng.random_bool(0.7) { Grid::Full } else { Grid::None },
        frame: [Frame::Corner, Frame::Corner, Frame::Box, Frame::None][rng.random_range(0..4)],
        digits: rng.random_range(0.05..0.105),
        ..ChartLook::SIMPLE
    };
    style
}
