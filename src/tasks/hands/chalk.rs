//! Chalk on a blackboard.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::{Colour, mixed};
use super::super::style::{Palette, Style, Texture, varied};
use super::super::touch::Touch;
use super::Hand;
use super::marker::{scribbled, shaky};

const CHALKS: Palette =
    [[240, 110, 110], [246, 170, 100], [246, 230, 120], [130, 215, 140], [125, 180, 245], [195, 145, 230]];
const BOARDS: [Colour; 4] = [[36, 64, 50], [30, 52, 44], [40, 42, 46], [52, 60, 58]];

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let mut style = Style::blank(Hand::Chalk);
    style.background = *BOARDS.choose(rng).expect("not empty");
    style.texture = Texture::Stained(rng.random_range(0.02..0.10));
    style.ink = [rng.random_range(215..=250); 3];
    style.faint = mixed(style.background, style.ink, rng.random_range(0.2..0.4));
    style.line = rng.random_range(0.014..0.03);
    style.edge = if rng.random_bool(0.3) { style.line * 0.7 } else { 0.0 };
    style.palette = varied(CHALKS, 16, rng.random_range(-0.3..0.1), rng);
    style.monochrome = rng.random_bool(0.4);
    style.tilt = rng.random_range(-0.03..0.03);
    style.touch = Touch { grain: rng.random_range(0.3..0.65), ..shaky(rng, style.line) };
    style.chart = scribbled(rng);
    style
}
