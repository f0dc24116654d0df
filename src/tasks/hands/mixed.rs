//! Mixed: the ground of one hand, the strokes of another, the charts of a third, each then a little changed. No
//! person draws like this; who has practised it takes nothing for granted that happens to go together elsewhere.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::canvas::{Colour, mixed};
use super::super::style::Style;
use super::{HANDS, Hand};

/// Lightness between the ground and what is drawn on it, at least, of 255.
const CONTRAST: i32 = 90;

pub fn style(rng: &mut ChaCha8Rng) -> Style {
    let [ground, strokes, colours, chart, pixels] = [(); 5].map(|()| one(rng));
    let mut style = Style {
        hand: Hand::Mixed,
        line: (strokes.line * factor(rng, 1.6)).clamp(0.006, 0.05),
        edge: strokes.edge * factor(rng, 1.6),
        touch: strokes.touch,
        monochrome: strokes.monochrome,
        palette: colours.palette,
        chart: chart.chart,
        pixels: pixels.pixels,
        ..ground
    };
    style.touch.wobble *= factor(rng, 1.5);
    style.touch.stroke *= factor(rng, 1.4);
    style.chart.digits = (style.chart.digits * factor(rng, 1.25)).clamp(0.032, 0.11);
    if rng.random_bool(0.5) {
        recolour(&mut style, rng);
    }
    // Thin strokes fall through large pixels.
    if style.pixels.is_some() {
        style.line = style.line.max(0.028);
        style.touch.stroke = style.touch.stroke.max(0.028);
    }
    style
}

/// The look of any other hand that training shows.
fn one(rng: &mut ChaCha8Rng) -> Style {
    let known = HANDS.iter().filter(|known| known.weight > 0.0 && known.hand != Hand::Mixed).collect::<Vec<_>>();
    (known.choose_weighted(rng, |known| known.weight).expect("weights above 0").style)(rng)
}

/// From one `most`th to `most`, as likely above 1 as below.
fn factor(rng: &mut ChaCha8Rng, most: f32) -> f32 {
    most.powf(rng.random_range(-1.0..=1.0))
}

/// Ground and ink of any colour, far enough from each other.
fn recolour(style: &mut Style, rng: &mut ChaCha8Rng) {
    let any = |rng: &mut ChaCha8Rng| [(); 3].map(|()| rng.random::<u8>());
    let base = any(rng);
    let towards = if lightness(base) > 127 { [255; 3] } else { [0; 3] };
    // Pale or deep, so that the six colours show on it.
    style.background = mixed(base, towards, rng.random_range(0.6..0.95));
    let away = [255 - towards[0]; 3];
    style.ink = mixed(any(rng), away, rng.random_range(0.5..1.0));
    if (lightness(style.ink) - lightness(style.background)).abs() < CONTRAST {
        style.ink = away;
    }
    style.faint = mixed(style.background, style.ink, rng.random_range(0.12..0.35));
    style.panel = style.panel.map(|_| mixed(style.background, style.ink, rng.random_range(0.03..0.12)));
}

fn lightness([r, g, b]: Colour) -> i32 {
    (i32::from(r) * 3 + i32::from(g) * 6 + i32::from(b)) / 10
}
