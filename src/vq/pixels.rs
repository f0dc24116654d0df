//! Pixels: squaring, scaling, folding.

pub use super::decode::decode_picture;
use image::{RgbImage, imageops::FilterType};

/// Chameleon's processor: `x = value 0.0078 - 1`.
const SCALE: f32 = 0.0078;
/// Larger pictures are thinned out before anything else is done with them: the square of a panorama can have a
/// thousand times its pixels, and exact scaling is slow.
const LARGE: u32 = 2048;

/// The picture with neither side above [`LARGE`]: means over blocks of pixels.
fn thinned(picture: &RgbImage) -> Option<RgbImage> {
    let (width, height) = picture.dimensions();
    let factor = width.max(height).div_ceil(LARGE);
    if factor <= 1 {
        return None;
    }
    let mean = |x: u32, y: u32| {
        let (columns, rows) = (x * factor..((x + 1) * factor).min(width), y * factor..((y + 1) * factor).min(height));
        let count = (columns.len() * rows.len()) as u32;
        let mut sums = [0_u32; 3];
        for row in rows {
            let from = (row * width + columns.start) as usize * 3;
            for pixel in picture.as_raw()[from..from + columns.len() * 3].chunks_exact(3) {
                sums.iter_mut().zip(pixel).for_each(|(sum, value)| *sum += u32::from(*value));
            }
        }
        image::Rgb(sums.map(|sum| ((sum + count / 2) / count) as u8))
    };
    Some(RgbImage::from_fn(width.div_ceil(factor), height.div_ceil(factor), mean))
}

/// A square picture: the shorter side is padded evenly, in the mean colour of the border, so that
/// nothing is cut off.
pub fn pad_to_square(picture: &RgbImage) -> RgbImage {
    let thinned = thinned(picture);
    let picture = thinned.as_ref().unwrap_or(picture);
    let (width, height) = picture.dimensions();
    if width == height {
        return picture.clone();
    }
    let side = width.max(height);
    let mut square = RgbImage::from_pixel(side, side, border_colour(picture));
    image::imageops::replace(&mut square, picture, ((side - width) / 2).into(), ((side - height) / 2).into());
    square
}

fn border_colour(picture: &RgbImage) -> image::Rgb<u8> {
    let (width, height) = picture.dimensions();
    let edges = if width > height {
        (0..width).flat_map(|x| [(x, 0), (x, height - 1)]).collect::<Vec<_>>()
    } else {
        (0..height).flat_map(|y| [(0, y), (width - 1, y)]).collect()
    };
    let mut sum = [0_u64; 3];
    for &(x, y) in &edges {
        for (s, c) in sum.iter_mut().zip(picture.get_pixel(x, y).0) {
            *s += u64::from(c);
        }
    }
    image::Rgb(sum.map(|s| (s / edges.len() as u64) as u8))
}

/// The picture at `size` x `size` pixels, padded to a square first.
pub fn fit(picture: &RgbImage, size: u32) -> RgbImage {
    let square = pad_to_square(picture);
    if square.width() == size {
        return square;
    }
    // Shrinking by whole numbers is an exact mean, and much faster.
    if square.width().is_multiple_of(size) {
        return shrink(&square, square.width() / size);
    }
    image::imageops::resize(&square, size, size, FilterType::Triangle)
}

/// Means over `factor` x `factor` pixels.
fn shrink(picture: &RgbImage, factor: u32) -> RgbImage {
    let size = picture.width() / factor;
    let (stride, count) = (picture.width() as usize * 3, factor * factor);
    let source = picture.as_raw();
    let mut sums = vec![0_u32; (size * size * 3) as usize];
    for (y, row) in source.chunks_exact(stride).enumerate() {
        let sums = &mut sums[(y as u32 / factor * size * 3) as usize..][..(size * 3) as usize];
        for (sums, pixels) in sums.chunks_exact_mut(3).zip(row.chunks_exact(factor as usize * 3)) {
            for pixel in pixels.chunks_exact(3) {
                for (s, c) in sums.iter_mut().zip(pixel) {
                    *s += u32::from(*c);
                }
            }
        }
    }
    let values = sums.into_iter().map(|s| ((s + count / 2) / count) as u8).collect();
    RgbImage::from_raw(size, size, values).expect("size x size pixels")
}

/// Folded pixels of a picture of the right size: `[S/f, S/f, 3 f f]` in -1..1; channel
/// `(y f + x) 3 + c` of a cell is colour `c` of its pixel `(x, y)`.
pub fn to_folded(picture: &RgbImage, fold: usize) -> Vec<f32> {
    let size = picture.width() as usize;
    let source = picture.as_raw();
    let mut values = Vec::with_capacity(source.len());
    for cell_y in 0..size / fold {
        for cell_x in 0..size / fold {
            for y in 0..fold {
                let from = ((cell_y * fold + y) * size + cell_x * fold) * 3;
                values.extend(source[from..from + fold * 3].iter().map(|&v| f32::from(v) * SCALE - 1.0));
            }
        }
    }
    values
}

/// The picture of folded pixels; the inverse of [`to_folded`].
pub fn from_folded(values: &[f32], size: usize, fold: usize) -> RgbImage {
    let mut pixels = vec![0_u8; size * size * 3];
    let row = fold * 3;
    for (cell, values) in values.chunks_exact(fold * row).enumerate() {
        let (cell_y, cell_x) = (cell / (size / fold), cell % (size / fold));
        for (y, values) in values.chunks_exact(row).enumerate() {
            let to = ((cell_y * fold + y) * size + cell_x * fold) * 3;
            for (pixel, value) in pixels[to..to + row].iter_mut().zip(values) {
                *pixel = ((value + 1.0) / SCALE).round().clamp(0.0, 255.0) as u8;
            }
        }
    }
    RgbImage::from_raw(size as u32, size as u32, pixels).expect("size x size pixels")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_and_unfolding_give_the_picture_back() {
        let picture = RgbImage::from_fn(8, 8, |x, y| image::Rgb([x as u8 * 30, y as u8 * 30, 7]));
        for fold in [1, 2, 4] {
            assert_eq!(from_folded(&to_folded(&picture, fold), 8, fold), picture);
        }
    }

    #[test]
    fn a_wide_picture_is_padded_not_cropped() {
        let picture = RgbImage::from_pixel(100, 10, image::Rgb([200, 0, 0]));
        let square = fit(&picture, 20);
        assert_eq!(square.dimensions(), (20, 20));
        assert!(square.pixels().all(|p| p.0 == [200, 0, 0]));
    }

    #[test]
    fn a_panorama_is_thinned_out_before_it_is_squared() {
        let picture = RgbImage::from_fn(12_000, 600, |x, _| image::Rgb([if x < 6_000 { 0 } else { 100 }; 3]));
        let square = pad_to_square(&picture);
        assert_eq!(square.dimensions(), (2_000, 2_000));
        let row: Vec<u8> = (0..2_000).map(|x| square.get_pixel(x, 1_000)[0]).collect();
        assert!(row[..1_000].iter().all(|v| *v == 0) && row[1_000..].iter().all(|v| *v == 100));
        assert_eq!(fit(&picture, 64).get_pixel(63, 32).0, [100; 3]);
    }
}
