//! What a camera does to a drawing: bends, softens, grains and presses it.

use image::{ExtendedColorType, ImageEncoder, RgbImage, codecs::jpeg::JpegEncoder};

use super::plane::{Colour, Dot};
use super::touch::chance;

/// A projective map of the canvas onto the picture, both in fractions: rows of a 3 x 3 matrix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct View([f32; 9]);

impl Default for View {
    fn default() -> View {
        View([1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0])
    }
}

impl View {
    /// Where a point of the canvas lands on the picture.
    pub fn project(&self, (x, y): Dot) -> Dot {
        let m = &self.0;
        let w = m[6] * x + m[7] * y + m[8];
        ((m[0] * x + m[1] * y + m[2]) / w, (m[3] * x + m[4] * y + m[5]) / w)
    }

    /// The map that takes the canvas' corners (clockwise from the top left) to these points.
    pub(super) fn onto([(x0, y0), (x1, y1), (x2, y2), (x3, y3)]: [Dot; 4]) -> View {
        let (dx1, dx2, dx3) = (x1 - x2, x3 - x2, x0 - x1 + x2 - x3);
        let (dy1, dy2, dy3) = (y1 - y2, y3 - y2, y0 - y1 + y2 - y3);
        let below = dx1 * dy2 - dx2 * dy1;
        let (g, h) = ((dx3 * dy2 - dx2 * dy3) / below, (dx1 * dy3 - dx3 * dy1) / below);
        View([x1 - x0 + g * x1, x3 - x0 + h * x3, x0, y1 - y0 + g * y1, y3 - y0 + h * y3, y0, g, h, 1.0])
    }

    pub(super) fn inverse(&self) -> View {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        View([
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ])
    }
}

/// Each pixel of the result from where `back` leads it, bilinear; `beyond` outside.
pub(super) fn warped(drawing: &RgbImage, back: &View, beyond: Colour) -> RgbImage {
    let (w, h) = drawing.dimensions();
    let (raw, stride) = (drawing.as_raw(), w as usize * 3);
    let mut bytes = Vec::with_capacity(raw.len());
    for y in 0..h {
        for x in 0..w {
            let (u, v) = back.project(((x as f32 + 0.5) / w as f32, (y as f32 + 0.5) / h as f32));
            let (u, v) = (u * w as f32 - 0.5, v * h as f32 - 0.5);
            if u < -0.5 || v < -0.5 || u > w as f32 - 0.5 || v > h as f32 - 0.5 {
                bytes.extend(beyond);
                continue;
            }
            let (u, v) = (u.clamp(0.0, w as f32 - 1.001), v.clamp(0.0, h as f32 - 1.001));
            let at = v as usize * stride + u as usize * 3;
            let (du, dv) = ((u.fract() * 256.0) as u32, (v.fract() * 256.0) as u32);
            for c in at..at + 3 {
                let upper = u32::from(raw[c]) * (256 - du) + u32::from(raw[c + 3]) * du;
                let lower = u32::from(raw[c + stride]) * (256 - du) + u32::from(raw[c + stride + 3]) * du;
                bytes.push(((upper * (256 - dv) + lower * dv + 32768) >> 16) as u8);
            }
        }
    }
    RgbImage::from_raw(w, h, bytes).expect("three bytes a pixel")
}

/// A 3 x 3 box blur, inner pixels only.
pub(super) fn soften(picture: &mut RgbImage) {
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
pub(super) fn grain(picture: &mut RgbImage, amount: u8, seed: u64) {
    let mut state = (seed << 17) | 1;
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
pub(super) fn press(picture: &mut RgbImage, quality: u8) {
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

/// A factor from `low` to 1 for a pixel: the grain of chalk or crayon.
pub fn tooth(x: u32, y: u32, seed: u32, low: f32) -> f32 {
    let coarse = chance(seed ^ (x / 2).wrapping_mul(0x27d4_eb2d) ^ (y / 2).wrapping_mul(0x1656_67b1));
    let fine = chance(seed.rotate_left(9) ^ x.wrapping_mul(0x9e37_79b1) ^ y.wrapping_mul(0x85eb_ca77));
    1.0 - (1.0 - low) * (0.5 + 0.3 * coarse + 0.2 * fine).clamp(0.0, 1.0)
}
