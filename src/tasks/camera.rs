//! What lies between a drawing and its picture: a phone held over the sheet, a scanner, a screenshot, a screen
//! that was photographed, or nothing.

use image::RgbImage;
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::lens::{View, grain, press, soften, warped};
use super::plane::{Colour, Dot};

/// Which camera took the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Camera {
    None,
    /// A phone over a sheet or a board: perspective, uneven light, shadow, noise, JPEG.
    Phone,
    /// A flatbed: a small turn, lifted contrast, a little noise.
    Scan,
    /// Saved from a screen: other proportions, blur of resizing, JPEG.
    Screenshot,
    /// A phone before a screen: moire, a cast of colour.
    Screen,
    /// Black and white with specks. Training never sees it.
    Photocopy,
}

/// One picture taken by a camera; the same drawing always gives the same pixels.
#[derive(Clone, Debug)]
pub struct Shot {
    pub camera: Camera,
    pub view: View,
    /// What is seen beside the sheet.
    beyond: Colour,
    /// Light at the four corners, clockwise from the top left: factors.
    light: [f32; 4],
    tint: [f32; 3],
    /// A shadow's edge through two points, and how dark it is.
    shadow: Option<([Dot; 2], f32)>,
    /// Factor about the middle, and shift.
    contrast: Option<(f32, f32)>,
    /// Passes of a 3 x 3 box blur.
    blur: u8,
    noise: u8,
    moire: Option<(f32, f32, f32)>,
    /// Everything below this level of grey is black, everything else white, but for a soft edge.
    threshold: Option<f32>,
    jpeg: Option<u8>,
    seed: u32,
}

impl Shot {
    /// No camera: the drawing as it is.
    pub fn none() -> Shot {
        Shot {
            camera: Camera::None,
            view: View::default(),
            beyond: [255; 3],
            light: [1.0; 4],
            tint: [1.0; 3],
            shadow: None,
            contrast: None,
            blur: 0,
            noise: 0,
            moire: None,
            threshold: None,
            jpeg: None,
            seed: 0,
        }
    }

    /// A shot by chance with the given camera.
    pub fn sample(camera: Camera, rng: &mut ChaCha8Rng) -> Shot {
        let mut shot = Shot { camera, seed: rng.random(), ..Shot::none() };
        match camera {
            Camera::None => {}
            Camera::Phone => shot.phone(rng),
            Camera::Scan => shot.scan(rng),
            Camera::Screenshot => shot.screenshot(rng),
            Camera::Screen => shot.screen(rng),
            Camera::Photocopy => shot.photocopy(rng),
        }
        shot
    }

    fn phone(&mut self, rng: &mut ChaCha8Rng) {
        self.beyond = *DESKS.choose(rng).expect("not empty");
        self.view = View::onto(held(rng, 0.075, 0.10));
        let base = rng.random_range(0.80..1.02f32);
        self.light = [0; 4].map(|_| base + rng.random_range(-0.20..0.10));
        let warm = rng.random_range(-0.08..0.08f32);
        self.tint = [1.0 + warm, 1.0 + rng.random_range(-0.02..0.02), 1.0 - warm];
        if rng.random_bool(0.3) {
            let mut edge = || (rng.random_range(-0.1..1.1f32), rng.random_range(-0.1..1.1f32));
            self.shadow = Some(([edge(), edge()], rng.random_range(0.12..0.35)));
        }
        self.contrast = rng.random_bool(0.4).then(|| (rng.random_range(0.8..1.15), rng.random_range(-10.0..10.0)));
        self.blur = if rng.random_bool(0.4) { rng.random_range(1..=2) } else { 0 };
        self.noise = if rng.random_bool(0.6) { rng.random_range(3..14) } else { 0 };
        self.jpeg = rng.random_bool(0.45).then(|| rng.random_range(45..85));
    }

    fn scan(&mut self, rng: &mut ChaCha8Rng) {
        self.beyond = if rng.random_bool(0.5) { [255; 3] } else { [rng.random_range(190..240); 3] };
        self.view = View::onto(held(rng, 0.012, 0.03));
        self.contrast = Some((rng.random_range(1.0..1.35), rng.random_range(-4.0..22.0)));
        self.noise = if rng.random_bool(0.5) { rng.random_range(2..8) } else { 0 };
        self.blur = u8::from(rng.random_bool(0.3));
        self.jpeg = rng.random_bool(0.4).then(|| rng.random_range(50..85));
    }

    fn screenshot(&mut self, rng: &mut ChaCha8Rng) {
        // Wide or tall pictures are padded to a square by whoever shows them to the model.
        if rng.random_bool(0.5) {
            let short = rng.random_range(0.62..0.98f32);
            let (w, h) = if rng.random_bool(0.6) { (1.0, short) } else { (short, 1.0) };
            let (x, y) = ((1.0 - w) / 2.0, (1.0 - h) / 2.0);
            self.view = View::onto([(x, y), (x + w, y), (x + w, y + h), (x, y + h)]);
        } else if rng.random_bool(0.5) {
            // Smaller on its page.
            let side = rng.random_range(0.8..1.0f32);
            let (x, y) = (rng.random_range(0.0..=1.0 - side), rng.random_range(0.0..=1.0 - side));
            self.view = View::onto([(x, y), (x + side, y), (x + side, y + side), (x, y + side)]);
        }
        self.beyond = SAME_AS_GROUND;
        self.blur = u8::from(rng.random_bool(0.35));
        self.contrast = rng.random_bool(0.3).then(|| (rng.random_range(0.8..1.1), rng.random_range(-10.0..10.0)));
        self.noise = if rng.random_bool(0.25) { rng.random_range(3..16) } else { 0 };
        self.jpeg = rng.random_bool(0.45).then(|| rng.random_range(35..80));
    }

    fn screen(&mut self, rng: &mut ChaCha8Rng) {
        self.beyond = [rng.random_range(8..50); 3];
        self.view = View::onto(held(rng, 0.05, 0.07));
        let base = rng.random_range(0.85..1.05f32);
        self.light = [0; 4].map(|_| base + rng.random_range(-0.10..0.08));
        self.tint = [rng.random_range(0.92..1.04), rng.random_range(0.95..1.05), rng.random_range(0.97..1.1)];
        self.moire = Some((rng.random_range(0.3..1.4), rng.random_range(-1.4..1.4), rng.random_range(3.0..13.0)));
        self.blur = u8::from(rng.random_bool(0.5));
        self.noise = rng.random_range(2..9);
        self.jpeg = rng.random_bool(0.5).then(|| rng.random_range(45..80));
    }

    fn photocopy(&mut self, rng: &mut ChaCha8Rng) {
        self.view = View::onto(held(rng, 0.02, 0.03));
        self.beyond = [250; 3];
        self.contrast = Some((rng.random_range(1.3..1.7), rng.random_range(12.0..30.0)));
        self.threshold = rng.random_bool(0.3).then(|| rng.random_range(150.0..190.0));
        self.noise = rng.random_range(10..22);
        self.blur = 1;
    }

    /// Takes the picture of a drawing on a `ground`.
    pub fn take(&self, drawing: RgbImage, ground: Colour) -> RgbImage {
        let beyond = if self.beyond == SAME_AS_GROUND { ground } else { self.beyond };
        let mut picture =
            if self.view == View::default() { drawing } else { warped(&drawing, &self.view.inverse(), beyond) };
        if self.light != [1.0; 4] || self.tint != [1.0; 3] || self.shadow.is_some() || self.moire.is_some() {
            self.light_up(&mut picture);
        }
        (0..self.blur).for_each(|_| soften(&mut picture));
        if let Some((gain, shift)) = self.contrast {
            let table: Vec<u8> = (0..256).map(|v| ((v as f32 - 128.0) * gain + 128.0 + shift) as u8).collect();
            picture.iter_mut().for_each(|v| *v = table[*v as usize]);
        }
        if self.noise > 0 {
            grain(&mut picture, self.noise, u64::from(self.seed));
        }
        if let Some(level) = self.threshold {
            for pixel in picture.pixels_mut() {
                let grey = pixel.0.iter().map(|v| f32::from(*v)).sum::<f32>() / 3.0;
                pixel.0 = [((grey - level) * 4.0 + 128.0) as u8; 3];
            }
        }
        if let Some(quality) = self.jpeg {
            press(&mut picture, quality);
        }
        picture
    }

    fn light_up(&self, picture: &mut RgbImage) {
        let (w, h) = picture.dimensions();
        let [top_left, top_right, bottom_right, bottom_left] = self.light;
        for y in 0..h {
            let v = y as f32 / h as f32;
            let (left, right) = (top_left + (bottom_left - top_left) * v, top_right + (bottom_right - top_right) * v);
            for x in 0..w {
                let u = x as f32 / w as f32;
                let mut light = left + (right - left) * u;
                if let Some(([a, b], dark)) = self.shadow {
                    let side = (b.0 - a.0) * (v - a.1) - (b.1 - a.1) * (u - a.0);
                    light *= 1.0 - dark * (side * 12.0 + 0.5).clamp(0.0, 1.0);
                }
                let wave = self.moire.map_or(0.0, |(fx, fy, strength)| {
                    // The product of two fine gratings beats slowly.
                    let at = x as f32 * fx + y as f32 * fy;
                    strength * at.sin() * (at * 0.13 + y as f32 * 0.05).cos()
                });
                let pixel = &mut picture.get_pixel_mut(x, y).0;
                for (value, tint) in pixel.iter_mut().zip(self.tint) {
                    *value = (f32::from(*value) * light * tint + wave) as u8;
                }
            }
        }
    }
}

/// A mark for "as the drawing's ground": no desk has this colour.
const SAME_AS_GROUND: Colour = [1, 2, 3];

/// Desks, walls and cloths under a sheet.
const DESKS: [Colour; 8] = [
    [120, 84, 52],
    [176, 140, 100],
    [60, 56, 54],
    [214, 206, 196],
    [92, 108, 92],
    [150, 152, 156],
    [40, 60, 84],
    [232, 228, 220],
];

/// Corners of a sheet that is held before a camera: each up to `loose` off, all turned and pulled in or out.
fn held(rng: &mut ChaCha8Rng, loose: f32, turn: f32) -> [Dot; 4] {
    let angle = rng.random_range(-turn..turn);
    let scale = rng.random_range(0.9..1.06f32);
    let (sin, cos) = angle.sin_cos();
    [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(x, y): Dot| {
        let (dx, dy) = ((x - 0.5) * scale, (y - 0.5) * scale);
        let mut off = || rng.random_range(-loose..loose) * 0.5;
        (0.5 + dx * cos - dy * sin + off(), 0.5 + dx * sin + dy * cos + off())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn what_is_drawn_at_a_point_is_seen_where_the_view_puts_it() {
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        for _ in 0..40 {
            let shot = Shot { view: View::onto(held(&mut rng, 0.075, 0.1)), ..Shot::none() };
            let at = (rng.random_range(0.3..0.7f32), rng.random_range(0.3..0.7f32));
            let mut drawing = RgbImage::from_pixel(192, 192, image::Rgb([255; 3]));
            let (x, y) = ((at.0 * 192.0) as u32, (at.1 * 192.0) as u32);
            (0..9).for_each(|i| drawing.put_pixel(x - 1 + i % 3, y - 1 + i / 3, image::Rgb([0; 3])));
            let picture = shot.take(drawing, [255; 3]);
            let (u, v) = shot.view.project(at);
            let seen = picture.get_pixel((u * 192.0) as u32, (v * 192.0) as u32).0[0];
            assert!(seen < 140, "{at:?} should be dark at {u} {v}: {seen}");
        }
    }

    #[test]
    fn the_same_shot_takes_the_same_picture() {
        for camera in [Camera::Phone, Camera::Scan, Camera::Screenshot, Camera::Screen, Camera::Photocopy] {
            let shot = Shot::sample(camera, &mut ChaCha8Rng::seed_from_u64(1));
            let drawing = RgbImage::from_fn(64, 64, |x, y| image::Rgb([x as u8 * 3, y as u8 * 3, 90]));
            assert_eq!(shot.take(drawing.clone(), [9; 3]), shot.take(drawing, [9; 3]));
        }
    }
}
