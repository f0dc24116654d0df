//! How a scene looks: what a hand decided about colours, lines and fills, and the camera that takes the picture.

use std::sync::Arc;

use ab_glyph::FontVec;
use image::RgbImage;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::camera::Shot;
use super::canvas::{Canvas, Colour, Dot, mixed};
use super::hand::Hand;
use super::touch::{Fill, Touch, chance};

/// The colours that questions name.
pub const COLOURS: [(&str, Colour); 6] = [
    ("red", [222, 36, 40]),
    ("orange", [250, 140, 20]),
    ("yellow", [248, 212, 30]),
    ("green", [40, 165, 70]),
    ("blue", [40, 95, 228]),
    ("purple", [140, 60, 190]),
];

/// The six named colours as a hand has them.
pub type Palette = [Colour; COLOURS.len()];

/// The colours of the questions as they are.
pub const STANDARD: Palette = {
    let mut palette = [[0; 3]; COLOURS.len()];
    let mut i = 0;
    while i < palette.len() {
        palette[i] = COLOURS[i].1;
        i += 1;
    }
    palette
};

/// `n` different colour names.
pub fn colour_names(rng: &mut ChaCha8Rng, n: usize) -> Vec<&'static str> {
    COLOURS.choose_multiple(rng, n).map(|(name, _)| *name).collect()
}

/// What the empty sheet shows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Texture {
    #[default]
    None,
    /// A soft change to a second colour, corner to corner.
    Wash(Colour),
    /// Lines across the sheet, this far apart.
    Ruled(f32, Colour),
    /// Lines both ways.
    Squared(f32, Colour),
    /// Fibres and stains of paper, or what a sponge left on a board: this strong.
    Stained(f32),
}

/// Lines behind a chart's bars.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Grid {
    None,
    Full,
    Dashed,
}

/// The lines round a chart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Frame {
    None,
    Floor,
    /// Left and floor.
    Corner,
    Box,
}

/// How charts are drawn.
#[derive(Clone, Copy, Debug)]
pub struct ChartLook {
    pub grid: Grid,
    pub frame: Frame,
    pub ticks: bool,
    /// Height of the axis' numbers, a fraction of the canvas.
    pub digits: f32,
    pub title: bool,
    /// A name under each bar.
    pub names: bool,
    pub legend: bool,
}

impl ChartLook {
    /// As a simple program draws.
    pub const SIMPLE: ChartLook = ChartLook {
        grid: Grid::Full,
        frame: Frame::Corner,
        ticks: true,
        digits: 0.08,
        title: false,
        names: false,
        legend: false,
    };
}

/// The look of one scene.
#[derive(Clone, Debug)]
pub struct Style {
    pub hand: Hand,
    pub background: Colour,
    pub texture: Texture,
    /// The ground of a chart where it isn't that of the page.
    pub panel: Option<Colour>,
    /// Lines and letters.
    pub ink: Colour,
    /// Gridlines and other things that stand back.
    pub faint: Colour,
    /// Turn of the scene in radians.
    pub tilt: f32,
    /// Width of the main lines, a fraction of the canvas.
    pub line: f32,
    /// Width of outlines round filled shapes; 0 is none.
    pub edge: f32,
    pub palette: Palette,
    pub touch: Touch,
    /// Shapes whose colour nobody asks for are drawn in ink.
    pub monochrome: bool,
    pub chart: ChartLook,
    /// Side of the picture in large pixels, where they show.
    pub pixels: Option<u32>,
    pub font: Option<Arc<FontVec>>,
    pub shot: Shot,
}

impl Style {
    /// Black on white, the start of every hand.
    pub fn blank(hand: Hand) -> Style {
        Style {
            hand,
            background: [255; 3],
            texture: Texture::None,
            panel: None,
            ink: [20; 3],
            faint: [196; 3],
            tilt: 0.0,
            line: 0.03,
            edge: 0.0,
            palette: STANDARD,
            touch: Touch::default(),
            monochrome: false,
            chart: ChartLook::SIMPLE,
            pixels: None,
            font: None,
            shot: Shot::none(),
        }
    }

    /// An empty canvas in this style.
    pub fn canvas(&self) -> Canvas {
        let mut canvas = Canvas::new(self.background, self.tilt);
        match self.texture {
            Texture::None => {}
            Texture::Wash(to) => canvas.wash(self.background, to),
            Texture::Ruled(pitch, colour) | Texture::Squared(pitch, colour) => {
                let both = matches!(self.texture, Texture::Squared(..));
                let mut at = pitch * 0.6;
                while at < 1.0 {
                    canvas.line((-0.1, at), (1.1, at), 0.006, colour);
                    if both {
                        canvas.line((at, -0.1), (at, 1.1), 0.006, colour);
                    }
                    at += pitch;
                }
            }
            Texture::Stained(strength) => {
                for i in 0..14 {
                    let by = |n: u32| chance(self.touch.seed ^ (i * 7 + n).wrapping_mul(0x9e37_79b9));
                    let towards = if by(0) > 0.0 { [255; 3] } else { [0; 3] };
                    let (from, length) = ((0.5 + 0.7 * by(1), 0.5 + 0.7 * by(2)), 0.2 + 0.15 * by(3));
                    let to = (from.0 + length * by(4), from.1 + length * by(5));
                    let colour = mixed(self.background, towards, strength * (0.6 + 0.4 * by(6)));
                    canvas.line(from, to, 0.05 + 0.04 * by(6).abs(), colour);
                }
            }
        }
        canvas.take_up(self.touch, self.shot.view, self.font.clone());
        canvas
    }

    /// The ground of a chart between two corners.
    pub fn panel(&self, canvas: &mut Canvas, (left, top): Dot, (right, bottom): Dot) {
        if let Some(ground) = self.panel {
            canvas.area(&super::canvas::corners(left, top, right - left, bottom - top), ground);
        }
    }

    /// For scenes whose parts lie side by side: what is filled must not be left open.
    pub fn filling(mut self) -> Style {
        if self.touch.fill == Fill::Outlined {
            self.touch.fill = Fill::Hatched { angle: 0.8, pitch: self.touch.stroke * 1.8 };
        }
        self
    }

    /// As [`Style::filling`], and without hatching, which would hide what lies on it.
    pub fn solid(mut self) -> Style {
        self.touch.fill = Fill::Solid;
        self
    }

    /// A named colour as this style shows it; ink for other names.
    pub fn shade(&self, name: &str) -> Colour {
        COLOURS.iter().position(|(known, _)| *known == name).map_or(self.ink, |index| self.palette[index])
    }

    /// The colour of a thing whose colour nobody asks for.
    pub fn free_shade(&self, name: &str) -> Colour {
        if self.monochrome { self.ink } else { self.shade(name) }
    }

    /// Width of the line of a thing that stands out, at least `least` where the hand's pen may be broad.
    pub fn broad(&self, least: f32) -> f32 {
        if self.touch.wobble > 0.0 || self.line < 0.016 { self.line } else { self.line.max(least) }
    }

    /// The finished picture: the same drawing always gives the same pixels.
    pub fn finish(&self, canvas: &Canvas) -> RgbImage {
        self.taken(canvas.picture())
    }

    /// What the camera makes of a drawing.
    pub fn taken(&self, mut picture: RgbImage) -> RgbImage {
        if let Some(side) = self.pixels {
            let (w, h) = picture.dimensions();
            let small = image::imageops::resize(&picture, side, side, image::imageops::FilterType::Nearest);
            picture = image::imageops::resize(&small, w, h, image::imageops::FilterType::Nearest);
        }
        self.shot.take(picture, self.background)
    }
}

/// The palette with each colour shifted by up to `amount` a channel, and all of them paler by a share.
pub fn varied(palette: Palette, amount: i16, paler: f32, rng: &mut ChaCha8Rng) -> Palette {
    palette.map(|colour| {
        colour.map(|c| {
            let grey = (128.0 - f32::from(c)) * paler;
            (i16::from(c) + grey as i16 + rng.random_range(-amount..=amount)).clamp(0, 255) as u8
        })
    })
}
