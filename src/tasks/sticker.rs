//! Stickers in other clothes, and pasted on pictures.

use image::imageops::huerotate;
use image::{Rgb, RgbImage, RgbaImage};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::bank::is_ink;
use super::plane::{Colour, Dot, mixed};
use super::style::Style;

/// How a sticker is pasted.
pub(super) struct Pose {
    pub(super) centre: Dot,
    /// The longer side as a fraction of the picture.
    pub(super) side: f32,
    /// Turn in radians.
    pub(super) angle: f32,
    pub(super) flip: bool,
    /// Factor on its brightness.
    pub(super) light: f32,
}

/// A sticker in other clothes: whoever else draws the thing gives it other colours, so its shape must tell what it
/// is. `None` as it is.
pub(super) fn dressed(sticker: &RgbaImage, style: &Style, rng: &mut ChaCha8Rng) -> Option<RgbaImage> {
    if is_ink(sticker) {
        // Black on anything may not show: an ink of the sheet's, or a rim of the other brightness.
        let colour = if rng.random_bool(0.5) { style.ink } else { *style.palette.choose(rng).expect("six colours") };
        let coloured = painted(sticker, colour);
        let light = colour.iter().map(|c| u32::from(*c)).sum::<u32>() > 380;
        return Some(haloed(&coloured, if light { [30; 3] } else { [245; 3] }));
    }
    match rng.random_range(0..20) {
        0..=3 => Some(huerotate(sticker, rng.random_range(0..360))),
        4 | 5 => Some(inked(sticker, style.ink)),
        6 | 7 => Some(haloed(sticker, if rng.random_bool(0.7) { [255; 3] } else { style.ink })),
        _ => None,
    }
}

/// In shades between an ink and white.
fn inked(sticker: &RgbaImage, ink: Colour) -> RgbaImage {
    let mut inked = sticker.clone();
    for pixel in inked.pixels_mut() {
        let [r, g, b, a] = pixel.0;
        let light = (f32::from(r) * 0.3 + f32::from(g) * 0.6 + f32::from(b) * 0.1) / 255.0;
        let [r, g, b] = mixed(ink, [255; 3], light);
        pixel.0 = [r, g, b, a];
    }
    inked
}

/// All of it in one colour.
fn painted(sticker: &RgbaImage, [r, g, b]: Colour) -> RgbaImage {
    let mut painted = sticker.clone();
    painted.pixels_mut().for_each(|pixel| pixel.0 = [r, g, b, pixel.0[3]]);
    painted
}

/// With a rim round it, as cut out of paper.
fn haloed(sticker: &RgbaImage, rim: Colour) -> RgbaImage {
    const RIM: u32 = 4;
    let (w, h) = sticker.dimensions();
    let mut haloed = RgbaImage::new(w + 2 * RIM, h + 2 * RIM);
    let [r, g, b] = rim;
    for (x, y, _) in sticker.enumerate_pixels().filter(|(_, _, pixel)| pixel.0[3] > 100) {
        for (dx, dy) in [(0, RIM), (RIM, 0), (2 * RIM, RIM), (RIM, 2 * RIM), (1, 1), (7, 1), (1, 7), (7, 7)] {
            haloed.put_pixel(x + dx, y + dy, image::Rgba([r, g, b, 255]));
        }
    }
    image::imageops::overlay(&mut haloed, sticker, RIM.into(), RIM.into());
    haloed
}

/// Pastes a sticker (or its shadow of the given strength); gives left, top, right and bottom of what can be seen.
pub(super) fn paste(picture: &mut RgbImage, sticker: &RgbaImage, pose: &Pose, shadow: Option<f32>) -> [f32; 4] {
    let (w, h) = (sticker.width() as f32, sticker.height() as f32);
    let size = picture.width() as f32;
    let scale = w.max(h) / (pose.side * size);
    let (sin, cos) = pose.angle.sin_cos();
    let (cx, cy) = (pose.centre.0 * size, pose.centre.1 * size);
    let reach = pose.side * size * 0.75;
    let span = |c: f32| ((c - reach).max(0.0) as u32, (c + reach).min(size) as u32);
    let ((x0, x1), (y0, y1)) = (span(cx), span(cy));
    let mut seen = [1.0f32, 1.0, 0.0, 0.0];
    for y in y0..y1 {
        for x in x0..x1 {
            let (dx, dy) = ((x as f32 + 0.5 - cx) * scale, (y as f32 + 0.5 - cy) * scale);
            let (u, v) = (dx * cos + dy * sin, dy * cos - dx * sin);
            let Some([r, g, b, alpha]) = texel(sticker, (if pose.flip { -u } else { u }) + w / 2.0, v + h / 2.0) else {
                continue;
            };
            let Rgb(under) = picture.get_pixel_mut(x, y);
            for (ground, colour) in under.iter_mut().zip([r, g, b]) {
                *ground = match shadow {
                    Some(strength) => f32::from(*ground) * (1.0 - strength * alpha),
                    None => f32::from(*ground) * (1.0 - alpha) + (colour * pose.light).min(255.0 * alpha),
                } as u8;
            }
            if alpha > 0.3 {
                let (px, py) = (x as f32 / size, y as f32 / size);
                let step = 1.0 / size;
                seen = [seen[0].min(px), seen[1].min(py), seen[2].max(px + step), seen[3].max(py + step)];
            }
        }
    }
    seen
}

/// The sticker's colour (times its alpha, of 255) and alpha (of 1) at a point, bilinear; `None` where it is clear.
fn texel(sticker: &RgbaImage, u: f32, v: f32) -> Option<[f32; 4]> {
    let (w, h) = (sticker.width() as i32, sticker.height() as i32);
    let (u, v) = (u - 0.5, v - 0.5);
    let (left, top) = (u.floor() as i32, v.floor() as i32);
    if left < -1 || top < -1 || left >= w || top >= h {
        return None;
    }
    let (du, dv) = (u - left as f32, v - top as f32);
    let mut sum = [0.0f32; 4];
    for (x, y, weight) in [
        (left, top, (1.0 - du) * (1.0 - dv)),
        (left + 1, top, du * (1.0 - dv)),
        (left, top + 1, (1.0 - du) * dv),
        (left + 1, top + 1, du * dv),
    ] {
        if (0..w).contains(&x) && (0..h).contains(&y) {
            let [r, g, b, a] = sticker.get_pixel(x as u32, y as u32).0.map(f32::from);
            let share = weight * a / 255.0;
            sum = [sum[0] + r * share, sum[1] + g * share, sum[2] + b * share, sum[3] + share];
        }
    }
    (sum[3] > 0.004).then_some(sum)
}
