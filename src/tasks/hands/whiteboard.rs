//! Whiteboard: a few pens on a shining board.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::mixed;
use super::super::style::{Style, Texture, varied};
use super::super::touch::{Fill, Touch};
use super::Hand;
use super::marker::{PENS, scribbled, shaky};

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Whiteboard);
    let base = rng.random_range(214..246u8);
    style.background = [base - rng.random_range(0..8), base, base + rng.random_range(0..9)];
    style.texture = match rng.random_range(0..3) {
        0 => Texture::Wash(mixed(style.background, [255; 3], 0.8)),
        1 => Texture::Stained(rng.random_range(0.01..0.04)),
        _ => Texture::None,
    };
    style.ink = [rng.random_range(10..60); 3];
    style.faint = mixed(style.background, style.ink, 0.25);
    style.line = rng.random_range(0.010..0.022);
    style.edge = 0.0;
    style.palette = varied(PENS, 16, rng.random_range(-0.1..0.15), rng);
    style.monochrome = rng.random_bool(0.4);
    style.tilt = rng.random_range(-0.03..0.03);
    let touch = shaky(rng, style.line);
    // Nobody fills with a board pen: strokes, or the outline alone.
    let fill = match touch.fill {
        Fill::Solid | Fill::Tinted(_) => Fill::Hatched { angle: -0.8, pitch: style.line * 2.0 },
        other => other,
    };
    style.touch = Touch { fill, ..touch };
    style.chart = scribbled(rng);
    style
}
