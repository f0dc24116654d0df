//! Colours, points and areas of a picture.

use image::RgbImage;

/// Red, green, blue.
pub type Colour = [u8; 3];

/// A point in fractions of the canvas.
pub type Dot = (f32, f32);

/// A share of one colour over another.
pub fn mixed(ground: Colour, colour: Colour, share: f32) -> Colour {
    [0, 1, 2].map(|i| (f32::from(ground[i]) * (1.0 - share) + f32::from(colour[i]) * share) as u8)
}

/// An area of a picture as a new picture of `width` x `height`, by bilinear sampling (made for enlarging).
pub fn resample(picture: &RgbImage, [x, y, w, h]: [f32; 4], width: u32, height: u32) -> RgbImage {
    // For each target column (row): the two source columns (rows) and the weight of the second, of 256.
    let taps = |from: f32, length: f32, size: u32, target: u32| -> Vec<(usize, usize, u32)> {
        let last = size as f32 - 1.0;
        let tap = |i: u32| {
            let at = ((from + length * (i as f32 + 0.5) / target as f32) * size as f32 - 0.5).clamp(0.0, last);
            (at as usize, (at as usize + 1).min(size as usize - 1), (at.fract() * 256.0) as u32)
        };
        (0..target).map(tap).collect()
    };
    let (columns, rows) = (taps(x, w, picture.width(), width), taps(y, h, picture.height(), height));
    let (raw, stride) = (picture.as_raw(), picture.width() as usize * 3);
    let mut bytes = Vec::with_capacity(width as usize * height as usize * 3);
    for (top, bottom, down) in rows {
        let (top, bottom) = (&raw[top * stride..][..stride], &raw[bottom * stride..][..stride]);
        for (left, right, along) in &columns {
            for channel in 0..3 {
                let (l, r) = (left * 3 + channel, right * 3 + channel);
                let upper = u32::from(top[l]) * (256 - along) + u32::from(top[r]) * along;
                let lower = u32::from(bottom[l]) * (256 - along) + u32::from(bottom[r]) * along;
                bytes.push(((upper * (256 - down) + lower * down + 32768) >> 16) as u8);
            }
        }
    }
    RgbImage::from_raw(width, height, bytes).expect("three bytes a pixel")
}

/// Turns a point about the middle of the canvas by `angle` radians.
pub fn turn((x, y): Dot, angle: f32) -> Dot {
    if angle == 0.0 {
        return (x, y);
    }
    let (sin, cos) = angle.sin_cos();
    let (dx, dy) = (x - 0.5, y - 0.5);
    (0.5 + dx * cos - dy * sin, 0.5 + dx * sin + dy * cos)
}

/// The four corners of a box, clockwise from the top left.
pub fn corners(x: f32, y: f32, w: f32, h: f32) -> [Dot; 4] {
    [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]
}
