//! How a scene looks: everything that may vary without changing the answer.

use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::Split;
use super::canvas::{Canvas, Colour, Dot};

/// The colours that questions name.
pub const COLOURS: [(&str, Colour); 6] = [
    ("red", [222, 36, 40]),
    ("orange", [250, 140, 20]),
    ("yellow", [248, 212, 30]),
    ("green", [40, 165, 70]),
    ("blue", [40, 95, 228]),
    ("purple", [140, 60, 190]),
];

/// Strong tints that training never shows: mint, lavender, sand, sky, rose.
pub(super) const UNSEEN_GROUNDS: [Colour; 5] =
    [[178, 222, 200], [205, 196, 232], [222, 200, 165], [180, 214, 240], [240, 200, 200]];

/// The plain colour of a name in `COLOURS`; mid grey for other names.
pub fn colour(name: &str) -> Colour {
    COLOURS.iter().find(|(n, _)| *n == name).map_or([128; 3], |(_, c)| *c)
}

/// `n` different colour names.
pub fn colour_names(rng: &mut ChaCha8Rng, n: usize) -> Vec<&'static str> {
    COLOURS.choose_multiple(rng, n).map(|(name, _)| *name).collect()
}

/// What happens to a picture after it was drawn: blur, contrast, noise, JPEG.
#[derive(Clone, Debug, Default)]
pub struct Wear {
    blur: bool,
    contrast: Option<(f32, f32)>,
    noise: u8,
    jpeg: Option<u8>,
    seed: u64,
}

/// Colours, widths and wear of one scene.
#[derive(Clone, Debug)]
pub struct Style {
    pub background: Colour,
    /// Second colour of a soft wash over the background.
    wash: Option<Colour>,
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
    /// Shift of each named colour, added to its channels.
    tints: [[i16; 3]; COLOURS.len()],
    wear: Wear,
}

impl Style {
    /// A look by chance: about a third are plain and clean. Training varies two in three of them further;
    /// `Split::UnseenStyle` has grounds of its own.
    pub fn sample(split: Split, rng: &mut ChaCha8Rng) -> Style {
        let mut style = Style::usual(rng);
        match split {
            Split::UnseenStyle => {
                let ground = *UNSEEN_GROUNDS.choose(rng).expect("not empty");
                (style.background, style.wash, style.ink) = (ground, None, [40, 30, 24]);
                style.faint = ground.map(|c| c - 50);
                style.line *= 1.25;
            }
            Split::Train if rng.random_bool(0.65) => style.vary(rng),
            _ => {}
        }
        style
    }

    /// Grounds of any tint but the unseen ones, thinner and thicker lines, other shades of the colours.
    fn vary(&mut self, rng: &mut ChaCha8Rng) {
        if rng.random_bool(0.4) {
            let ground = loop {
                let ground = [0; 3].map(|_| rng.random_range(165..=250u8));
                let apart = |other: &Colour| ground.iter().zip(other).any(|(a, b)| a.abs_diff(*b) > 24);
                if UNSEEN_GROUNDS.iter().all(apart) {
                    break ground;
                }
            };
            (self.background, self.wash, self.ink) = (ground, None, [0; 3].map(|_| rng.random_range(10..60)));
            self.faint = ground.map(|c| c - 50);
        }
        if rng.random_bool(0.3) {
            let share = rng.random_range(0.06..0.18f32);
            let towards = |(ground, ink): (u8, u8)| (f32::from(ground) * (1.0 - share) + f32::from(ink) * share) as u8;
            self.panel = Some([0, 1, 2].map(|i| towards((self.background[i], self.ink[i]))));
        }
        self.line = rng.random_range(0.012..0.044);
        self.edge = if rng.random_bool(0.45) { rng.random_range(0.006..0.026) } else { 0.0 };
        let paler = rng.random_range(0.0..0.32f32);
        for (tint, (_, colour)) in self.tints.iter_mut().zip(COLOURS) {
            // Towards grey, and a little to any side: red stays apart from orange, orange from yellow.
            *tint = colour.map(|c| ((128.0 - f32::from(c)) * paler) as i16 + rng.random_range(-28..=28));
        }
    }

    fn usual(rng: &mut ChaCha8Rng) -> Style {
        let plain = rng.random_bool(0.35);
        let (background, ink, faint) = match if plain { 0 } else { rng.random_range(0..10) } {
            0..=2 => ([255; 3], [20; 3], [196; 3]),
            3..=6 => {
                let base = rng.random_range(222..250);
                let paper = [0; 3].map(|_| (base + rng.random_range(-12i16..=5)).clamp(0, 255) as u8);
                (paper, [30, 30, rng.random_range(30..70)], paper.map(|c| c - 52))
            }
            _ => {
                let base = rng.random_range(18..46);
                let dark = [0; 3].map(|_| base + rng.random_range(0..14));
                (dark, [232; 3], dark.map(|c| c + 62))
            }
        };
        let wash =
            (!plain && rng.random_bool(0.3)).then(|| background.map(|c| c.saturating_add(rng.random_range(0..18))));
        Style {
            background,
            wash,
            panel: None,
            ink,
            faint,
            tilt: if !plain && rng.random_bool(0.3) { rng.random_range(-0.05..0.05) } else { 0.0 },
            line: rng.random_range(0.026..0.036),
            edge: if rng.random_bool(0.35) { rng.random_range(0.010..0.018) } else { 0.0 },
            tints: [if plain { [0; 3] } else { [0; 3].map(|_| rng.random_range(-16..=16)) }; COLOURS.len()],
            wear: if plain { Wear::default() } else { Wear::sample(rng) },
        }
    }

    /// An empty canvas in this style.
    pub fn canvas(&self) -> Canvas {
        let mut canvas = Canvas::new(self.background, self.tilt);
        if let Some(to) = self.wash {
            canvas.wash(self.background, to);
        }
        canvas
    }

    /// The ground of a chart between two corners.
    pub fn panel(&self, canvas: &mut Canvas, (left, top): Dot, (right, bottom): Dot) {
        if let Some(ground) = self.panel {
            canvas.rect(left, top, right - left, bottom - top, ground);
        }
    }

    /// A named colour as this style shows it.
    pub fn shade(&self, name: &str) -> Colour {
        let Some(index) = COLOURS.iter().position(|(known, _)| *known == name) else { return colour(name) };
        let mut shade = COLOURS[index].1;
        for (channel, shift) in shade.iter_mut().zip(self.tints[index]) {
            *channel = (i16::from(*channel) + shift).clamp(0, 255) as u8;
        }
        shade
    }

    /// The finished picture: the same drawing always gives the same pixels.
    pub fn finish(&self, canvas: &Canvas) -> RgbImage {
        let mut picture = canvas.picture();
        self.wear.apply(&mut picture);
        picture
    }
}

impl Wear {
    /// Some wear by chance; half of the time none.
    pub fn sample(rng: &mut ChaCha8Rng) -> Wear {
        let mut some = |share: f64| rng.random_bool(share);
        let (any, blur, contrast, noise, jpeg) = (some(0.5), some(0.3), some(0.5), some(0.5), some(0.25));
        if !any {
            return Wear::default();
        }
        Wear {
            blur,
            contrast: contrast.then(|| (rng.random_range(0.78..1.12), rng.random_range(-14.0..14.0))),
            noise: if noise { rng.random_range(4..22) } else { 0 },
            jpeg: jpeg.then(|| rng.random_range(45..85)),
            seed: rng.random(),
        }
    }

    /// Wears the picture in place.
    pub fn apply(&self, picture: &mut RgbImage) {
        if self.blur {
            soften(picture);
        }
        if let Some((gain, shift)) = self.contrast {
            let table: Vec<u8> = (0..256).map(|v| ((v as f32 - 128.0) * gain + 128.0 + shift) as u8).collect();
            picture.iter_mut().for_each(|v| *v = table[*v as usize]);
        }
        if self.noise > 0 {
            grain(picture, self.noise, self.seed);
        }
        if let Some(quality) = self.jpeg {
            press(picture, quality);
        }
    }
}

/// A 3 x 3 box blur, inner pixels only.
fn soften(picture: &mut RgbImage) {
    let (w, h) = (picture.width() as usize * 3, picture.height() as usize);
    let old = picture.as_raw().clone();
    let mut rows = old.clone();
    for row in 0..h {
        for i in row * w + 3..(row + 1) * w - 3 {
            rows[i] = ((u16::from(old[i - 3]) + u16::from(old[i]) + u16::from(old[i + 3])) / 3) as u8;
        }
    }
    let new: &mut [u8] = picture;
    for i in w..(h - 1) * w {
        new[i] = ((u16::from(rows[i - w]) + u16::from(rows[i]) + u16::from(rows[i + w])) / 3) as u8;
    }
    new[..w].copy_from_slice(&rows[..w]);
    new[(h - 1) * w..].copy_from_slice(&rows[(h - 1) * w..]);
}

/// Grey noise of up to `amount` levels, the same for the same seed (xorshift: fast, and quality doesn't matter).
fn grain(picture: &mut RgbImage, amount: u8, seed: u64) {
    let mut state = seed | 1;
    let span = i32::from(amount) * 2 + 1;
    for pixel in picture.chunks_exact_mut(3) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let shift = ((state >> 40) as i32).rem_euclid(span) - i32::from(amount);
        pixel.iter_mut().for_each(|v| *v = (i32::from(*v) + shift).clamp(0, 255) as u8);
    }
}

/// Through JPEG and back.
fn press(picture: &mut RgbImage, quality: u8) {
    let mut bytes = Vec::new();
    let (w, h) = picture.dimensions();
    let written =
        JpegEncoder::new_with_quality(&mut bytes, quality).write_image(picture, w, h, ExtendedColorType::Rgb8);
    if written.is_ok()
        && let Ok(read) = image::load_from_memory(&bytes)
    {
        *picture = read.to_rgb8();
    }
}
