//! Marker on paper: shaky strokes, corners that miss each other, hatching.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::super::style::{ChartLook, Frame, Grid, Palette, Style, Texture, varied};
use super::super::touch::{Fill, Touch};
use super::Hand;

/// Felt pens.
pub const PENS: Palette = [[206, 34, 44], [236, 124, 30], [232, 190, 30], [24, 140, 64], [28, 70, 180], [110, 44, 150]];

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Marker);
    sheet(&mut style, rng);
    style.ink = [rng.random_range(8..50); 3];
    style.line = rng.random_range(0.013..0.03);
    style.edge = if rng.random_bool(0.4) { rng.random_range(0.010..0.02) } else { 0.0 };
    style.palette = varied(PENS, 22, rng.random_range(-0.05..0.2), rng);
    style.monochrome = rng.random_bool(0.35);
    style.touch = shaky(rng, style.line);
    style.chart = scribbled(rng);
    style
}

/// A sheet of paper: white or cream, blank, ruled or squared.
pub fn sheet(style: &mut Style, rng: &mut ChaCha8Rng) {
    let base = rng.random_range(226..=254i16);
    style.background = [0, -1, -4].map(|cast| (base + cast * rng.random_range(0..4)).clamp(0, 255) as u8);
    style.faint = style.background.map(|c| c - 55);
    let line = [150 + rng.random_range(0..50), 170 + rng.random_range(0..40), 190 + rng.random_range(0..50)];
    style.texture = match rng.random_range(0..10) {
        0 | 1 => Texture::Ruled(rng.random_range(0.06..0.13), line),
        2 | 3 => Texture::Squared(rng.random_range(0.05..0.10), line),
        4 => Texture::Stained(rng.random_range(0.01..0.05)),
        _ => Texture::None,
    };
    style.tilt = rng.random_range(-0.05..0.05);
}

/// A hand that isn't steady, with a pen of this width.
pub fn shaky(rng: &mut ChaCha8Rng, pen: f32) -> Touch {
    let pitch = pen * rng.random_range(1.1..2.6);
    let angle = rng.random_range(0.5..1.1) * if rng.random_bool(0.5) { 1.0 } else { -1.0 };
    Touch {
        wobble: rng.random_range(0.003..0.012),
        gap: if rng.random_bool(0.6) { rng.random_range(0.002..0.014) } else { 0.0 },
        fill: match rng.random_range(0..10) {
            0..=3 => Fill::Hatched { angle, pitch },
            4..=6 => Fill::Solid,
            7 => Fill::Tinted(rng.random_range(0.3..0.7)),
            _ => Fill::Outlined,
        },
        stroke: pen * rng.random_range(0.7..1.0),
        grain: 0.0,
        seed: 0,
    }
}

/// A chart without a ruler.
pub fn scribbled(rng: &mut ChaCha8Rng) -> ChartLook {
    ChartLook {
        grid: [Grid::None, Grid::None, Grid::Full, Grid::Dashed][rng.random_range(0..4)],
        frame: Frame::Corner,
        ticks: rng.random_bool(0.8),
        digits: rng.random_range(0.055..0.095),
        ..ChartLook::SIMPLE
    }
}
