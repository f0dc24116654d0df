//! Picture files and pixels: decoding what people upload, squaring, scaling, folding.

use crate::error::{Error, Result};
use image::{
    DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, imageops::FilterType, metadata::Orientation,
};
use std::io::Cursor;

/// Chameleon's processor: `x = value 0.0078 - 1`.
const SCALE: f32 = 0.0078;
/// The largest side that is decoded: a header that claims more is refused before any memory is
/// taken.
const LARGEST_SIDE: u32 = 12_000;
const LARGEST_MEMORY: u64 = 512 << 20;

/// Any picture people have, as RGB: turned as its EXIF data says, transparency put on white, of
/// animations the first frame.
pub fn decode_picture(bytes: &[u8]) -> Result<RgbImage> {
    if bytes.is_empty() {
        return Err(Error::picture("This file is empty.", "Choose another picture."));
    }
    let not_a_picture = || {
        let svg = bytes.iter().take(2048).copied().collect::<Vec<_>>();
        if String::from_utf8_lossy(&svg).contains("<svg") {
            Error::picture("SVG drawings can't be read.", "Save the drawing as PNG and choose that.")
        } else {
            Error::picture(
                "This file isn't a picture that can be read.",
                "Choose a JPEG, PNG, WebP, GIF or BMP picture.",
            )
        }
    };
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| not_a_picture())?;
    if reader.format().is_none() {
        return Err(not_a_picture());
    }
    let broken = |e: image::ImageError| match e {
        image::ImageError::Unsupported(_) => not_a_picture(),
        image::ImageError::Limits(_) => too_large(),
        _ => {
            Error::picture("This picture is damaged or incomplete.", "Choose another picture, or save this one again.")
        }
    };
    if reader.format() == Some(ImageFormat::Jpeg) && !is_whole_jpeg(bytes) {
        return Err(damaged());
    }
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    if width.max(height) > LARGEST_SIDE || decoder.total_bytes() > LARGEST_MEMORY {
        return Err(too_large());
    }
    if width == 0 || height == 0 {
        return Err(Error::picture("This picture has no pixels.", "Choose another picture."));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    picture.apply_orientation(orientation);
    Ok(on_white(picture))
}

fn damaged() -> Error {
    Error::picture("This picture is damaged or incomplete.", "Choose another picture, or save this one again.")
}

/// Whether the mark of the end follows the last scan. The decoder doesn't mind: it paints what is
/// missing grey. (Inside a scan, FF is followed by 00 or a restart mark only.)
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    let mark = |mark: u8| bytes.windows(2).rposition(|pair| pair == [0xff, mark]);
    mark(0xd9) > mark(0xda)
}

fn too_large() -> Error {
    Error::picture(
        format!("This picture is too large: at most {LARGEST_SIDE} pixels a side can be read."),
        "Make it smaller and try again.",
    )
}

fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, a] = picture.get_pixel(x, y).0.map(u32::from);
        image::Rgb([r, g, b].map(|c| ((c * a + 255 * (255 - a) + 127) / 255) as u8))
    })
}

/// A square picture: the shorter side is padded evenly, in the mean colour of the border, so that
/// nothing is cut off.
pub fn pad_to_square(picture: &RgbImage) -> RgbImage {
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
}
