//! How a hand's strokes and fills come out: shaky, open at the corners, hatched, grainy.
//!
//! Everything is derived from the seed and the shape's own coordinates, not from the order of drawing: when one
//! thing in a scene changes, the strokes of all others stay as they were.

use std::f32::consts::TAU;

use super::canvas::Dot;

/// What is inside of an outline.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Fill {
    /// One colour up to the edge, without an outline of its own.
    #[default]
    Solid,
    /// A share of the colour over the ground, and an outline in the colour.
    Tinted(f32),
    /// Parallel strokes at an angle in radians, `pitch` apart, and an outline.
    Hatched { angle: f32, pitch: f32 },
    /// The outline alone.
    Outlined,
}

/// The touch of one hand in one scene; lengths are fractions of the canvas.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Touch {
    /// How far strokes stray from where they should be.
    pub wobble: f32,
    /// How far the sides of an outline miss each other at its corners.
    pub gap: f32,
    pub fill: Fill,
    /// Width of the outline and of the hatching where the fill isn't solid.
    pub stroke: f32,
    /// How much of the ground shows through a stroke, 0 to 1, changing from pixel to pixel: chalk, crayon.
    pub grain: f32,
    pub seed: u32,
}

/// Things smaller than this are always filled: eyes, markers, the dots of a line chart.
const SMALL: f32 = 0.085;

impl Touch {
    /// The fill for a shape of these corners.
    pub fn fill_of(&self, dots: &[Dot]) -> Fill {
        let size = |pick: fn(&Dot) -> f32| {
            let all = dots.iter().map(pick);
            let (low, high) = all.fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
            high - low
        };
        if size(|d| d.0).max(size(|d| d.1)) < SMALL { Fill::Solid } else { self.fill }
    }

    /// The strokes of a line from corner to corner as this hand draws it: one polyline where the corners are
    /// joined, else one a side.
    pub fn strokes(&self, dots: &[Dot], closed: bool) -> Vec<Vec<Dot>> {
        if self.wobble == 0.0 && self.gap == 0.0 {
            let mut all = dots.to_vec();
            all.extend(dots.first().filter(|_| closed));
            return vec![all];
        }
        let n = dots.len();
        let sides = if closed { n } else { n.saturating_sub(1) };
        let sides = (0..sides).map(|i| self.side(dots[i], dots[(i + 1) % n]));
        // A curve has many short sides: its corners stay joined.
        if self.gap > 0.0 && n <= 12 { sides.collect() } else { vec![sides.flatten().collect()] }
    }

    /// One side: from end to end in short pieces, each a little off.
    fn side(&self, from: Dot, to: Dot) -> Vec<Dot> {
        let (dx, dy) = (to.0 - from.0, to.1 - from.1);
        let length = dx.hypot(dy).max(1e-6);
        let (ux, uy) = (dx / length, dy / length);
        let key = place_key(from) ^ place_key(to).rotate_left(7);
        // Mostly a gap, sometimes an overshoot.
        let miss = |end: u32| if self.gap > 0.0 { self.gap * (0.3 + self.noise(key, end)) } else { 0.0 };
        let (start, end) = (miss(901).min(length * 0.2), length - miss(902).min(length * 0.2));
        let pieces = ((end - start) / 0.045).ceil().clamp(1.0, 40.0) as u32;
        let bow = self.wobble * 0.8 * self.noise(key, 903);
        (0..=pieces)
            .map(|i| {
                let t = i as f32 / pieces as f32;
                let along = start + (end - start) * t;
                // A slow bow and a quick tremor; the ends keep their places but for the tremor.
                let off = bow * (t * std::f32::consts::PI).sin() + self.wobble * 0.55 * self.noise(key, i);
                (from.0 + ux * along - uy * off, from.1 + uy * along + ux * off)
            })
            .collect()
    }

    /// A circle as this hand draws it: its radius changes slowly on the way round.
    pub fn circle(&self, (x, y): Dot, radius: f32) -> Vec<Dot> {
        let n = (radius * 160.0).clamp(14.0, 48.0) as usize;
        let key = place_key((x, y));
        let (a, b) = (self.noise(key, 1) * TAU, self.noise(key, 2) * TAU);
        (0..n)
            .map(|i| {
                let angle = TAU * i as f32 / n as f32;
                let wave = (2.0 * angle + a).sin() * 0.7 + (3.0 * angle + b).sin() * 0.4;
                let r = radius + self.wobble * 1.4 * wave + self.wobble * 0.35 * self.noise(key, 10 + i as u32);
                (x + r * angle.cos(), y + r * angle.sin())
            })
            .collect()
    }

    /// The strokes of a hatching inside an outline.
    pub fn hatching(&self, outline: &[Dot], angle: f32, pitch: f32) -> Vec<[Dot; 2]> {
        let (sin, cos) = angle.sin_cos();
        let turned: Vec<Dot> = outline.iter().map(|(x, y)| (x * cos + y * sin, y * cos - x * sin)).collect();
        let (low, high) = turned.iter().fold((f32::MAX, f32::MIN), |(a, b), d| (a.min(d.1), b.max(d.1)));
        let key = outline.first().map_or(0, |dot| place_key(*dot));
        let mut strokes = Vec::new();
        let count = ((high - low) / pitch.max(0.004)).ceil() as u32;
        for i in 0..count {
            let y = low + pitch * (i as f32 + 0.5 + 0.5 * (self.wobble * 60.0).min(0.6) * self.noise(key, 400 + i));
            let mut cuts: Vec<f32> = (0..turned.len())
                .filter_map(|j| {
                    let (a, b) = (turned[j], turned[(j + 1) % turned.len()]);
                    ((a.1 > y) != (b.1 > y)).then(|| a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0))
                })
                .collect();
            cuts.sort_unstable_by(f32::total_cmp);
            for pair in cuts.chunks_exact(2) {
                let stray = |end: u32| self.wobble * 1.5 * self.noise(key, 600 + 2 * i + end);
                let back = |x: f32| (x * cos - y * sin, x * sin + y * cos);
                strokes.push([back(pair[0] + stray(0)), back(pair[1] + stray(1))]);
            }
        }
        strokes
    }

    /// -1 to 1, the same for the same seed, key and index.
    fn noise(&self, key: u32, index: u32) -> f32 {
        chance(self.seed ^ key.wrapping_add(index.wrapping_mul(0x9e37_79b9)))
    }
}

/// A number for a place on the canvas, the same for places nearer than a thousandth.
fn place_key((x, y): Dot) -> u32 {
    let cell = |v: f32| (v * 1000.0).round() as i32 as u32;
    cell(x).wrapping_mul(73_856_093) ^ cell(y).wrapping_mul(19_349_663)
}

/// A number from -1 to 1 that looks like chance (murmur's last steps).
pub fn chance(mut v: u32) -> f32 {
    v ^= v >> 16;
    v = v.wrapping_mul(0x85eb_ca6b);
    v ^= v >> 13;
    v = v.wrapping_mul(0xc2b2_ae35);
    v ^= v >> 16;
    v as f32 / (u32::MAX as f32 / 2.0) - 1.0
}
