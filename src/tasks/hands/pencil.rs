//! Pencil on paper: thin grey lines, coloured pencils.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::super::style::{Palette, Style, varied};
use super::super::touch::{Fill, Touch};
use super::Hand;
use super::marker::{scribbled, shaky, sheet};

const CRAYONS: Palette = [[205, 70, 70], [228, 145, 75], [225, 198, 85], [85, 155, 95], [80, 115, 185], [130, 90, 160]];

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Pencil);
    sheet(&mut style, rng);
    style.ink = [rng.random_range(40..110); 3];
    style.line = rng.random_range(0.008..0.018);
    style.edge = if rng.random_bool(0.5) { rng.random_range(0.006..0.012) } else { 0.0 };
    style.palette = varied(CRAYONS, 18, rng.random_range(-0.2..0.1), rng);
    style.monochrome = rng.random_bool(0.5);
    let touch = shaky(rng, style.line);
    // A pencil hatches more than it fills.
    let fill =
        if touch.fill == Fill::Solid { Fill::Hatched { angle: 0.7, pitch: style.line * 1.3 } } else { touch.fill };
    style.touch = Touch { fill, grain: rng.random_range(0.15..0.45), wobble: touch.wobble * 0.8, ..touch };
    style.chart = scribbled(rng);
    style
}
