//! Blueprint: pale lines on squared blue. Training never sees it.

use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::mixed;
use super::super::style::{ChartLook, Frame, Grid, STANDARD, Style, Texture, varied};
use super::super::touch::{Fill, Touch};
use super::Hand;

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Blueprint);
    style.background = [rng.random_range(14..40), rng.random_range(44..80), rng.random_range(96..140)];
    style.ink = [rng.random_range(215..=250), 236, 250];
    style.faint = mixed(style.background, style.ink, 0.25);
    style.texture = Texture::Squared(rng.random_range(0.05..0.09), mixed(style.background, style.ink, 0.1));
    style.line = rng.random_range(0.010..0.018);
    style.edge = style.line;
    style.palette = varied(STANDARD, 12, -0.05, rng).map(|colour| mixed(colour, [255; 3], 0.3));
    style.monochrome = rng.random_bool(0.5);
    let fill = if rng.random_bool(0.5) { Fill::Tinted(0.75) } else { Fill::Solid };
    style.touch = Touch { fill, stroke: style.line, ..Touch::default() };
    style.chart =
        ChartLook { grid: Grid::Dashed, frame: Frame::Box, digits: rng.random_range(0.05..0.08), ..ChartLook::SIMPLE };
    style
}
