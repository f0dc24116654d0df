//! Picture files: what people upload, as RGB. Whatever a header claims is checked before any memory is taken
//! for it, and what a decoder is known to break on before it sees it: in the page a decoder that panics would
//! take the whole program with it.

use super::profile::Profile;
use crate::error::{Error, Result};
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, RgbImage, metadata::Orientation};
use std::io::Cursor;

/// The largest side that is decoded.
const LARGEST_SIDE: u32 = 12_000;
/// Most pixels: with less than 1 GB at the worst moment.
const LARGEST_AREA: u64 = 64 << 20;
const LARGEST_MEMORY: u64 = 512 << 20;

/// Any picture people have, as RGB: turned as its EXIF data says, its colours as its profile says,
/// transparency put on white, of animations the first frame.
pub fn decode_picture(bytes: &[u8]) -> Result<RgbImage> {
    let Decoded { mut picture, orientation, profile } = guarded(bytes, decode)?;
    picture.apply_orientation(orientation);
    let mut picture = on_white(picture);
    if let Some(profile) = profile {
        profile.to_srgb(&mut picture);
    }
    Ok(picture)
}

/// A picture of the program's own files, as it is.
pub fn decode_plain(bytes: &[u8]) -> Result<DynamicImage> {
    Ok(guarded(bytes, decode)?.picture)
}

struct Decoded {
    picture: DynamicImage,
    orientation: Orientation,
    profile: Option<Profile>,
}

/// A decoder that panics costs its picture alone, where the program can catch it.
fn guarded(bytes: &[u8], decoder: fn(&[u8]) -> Result<Decoded>) -> Result<Decoded> {
    std::panic::catch_unwind(|| decoder(bytes)).unwrap_or_else(|_| Err(damaged()))
}

fn decode(bytes: &[u8]) -> Result<Decoded> {
    if bytes.is_empty() {
        return Err(Error::picture("This file is empty.", "Choose another picture."));
    }
    let not_a_picture = || not_a_picture(bytes);
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| not_a_picture())?;
    let broken = |e: image::ImageError| match e {
        image::ImageError::Unsupported(_) => not_a_picture(),
        image::ImageError::Limits(_) => too_large(),
        _ => damaged(),
    };
    match reader.format() {
        None => return Err(not_a_picture()),
        Some(ImageFormat::Jpeg) if !is_whole_jpeg(bytes) => return Err(damaged()),
        Some(ImageFormat::Png) if !has_sound_palette(bytes) => return Err(damaged()),
        Some(_) => {}
    }
    let mut decoder = reader.into_decoder().map_err(broken)?;
    let (width, height) = decoder.dimensions();
    let area = u64::from(width) * u64::from(height);
    if width.max(height) > LARGEST_SIDE || area > LARGEST_AREA || decoder.total_bytes() > LARGEST_MEMORY {
        return Err(too_large());
    }
    if width == 0 || height == 0 {
        return Err(Error::picture("This picture has no pixels.", "Choose another picture."));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    // A profile that can't be read is as good as none: the colours are then a little off.
    let profile = decoder.icc_profile().ok().flatten().and_then(|bytes| Profile::read(&bytes));
    let picture = DynamicImage::from_decoder(decoder).map_err(broken)?;
    Ok(Decoded { picture, orientation, profile })
}

fn not_a_picture(bytes: &[u8]) -> Error {
    if String::from_utf8_lossy(&bytes[..bytes.len().min(2048)]).contains("<svg") {
        Error::picture("SVG drawings can't be read.", "Save the drawing as PNG and choose that.")
    } else {
        Error::picture("This file isn't a picture that can be read.", "Choose a JPEG, PNG, WebP, GIF or BMP picture.")
    }
}

fn damaged() -> Error {
    Error::picture("This picture is damaged or incomplete.", "Choose another picture, or save this one again.")
}

fn too_large() -> Error {
    Error::picture(
        format!(
            "This picture is too large: at most {} million pixels, and {LARGEST_SIDE} a side, can be read.",
            LARGEST_AREA >> 20
        ),
        "Make it smaller and try again.",
    )
}

/// Whether a JPEG goes on to its end. The decoder doesn't mind: it paints what is missing grey. Behind the end
/// mark anything may follow, such as the video of a phone's "motion photo".
fn is_whole_jpeg(bytes: &[u8]) -> bool {
    match end_of_jpeg(bytes) {
        End::Marked => true,
        End::Missing { progressive } => !progressive && reads_to_the_end(bytes),
    }
}

enum End {
    /// By the mark for it.
    Marked,
    /// The file ends before; of a progressive picture nobody can tell whether it was whole.
    Missing { progressive: bool },
}

/// Walks from mark to mark. (Inside a scan, FF is followed by 00 or a restart mark only.)
fn end_of_jpeg(bytes: &[u8]) -> End {
    let (mut at, mut progressive) = (2, false);
    while let Some(found) = bytes.get(at..).and_then(|rest| rest.windows(2).position(|pair| is_mark(pair[0], pair[1])))
    {
        let mark = bytes[at + found + 1];
        at += found + 2;
        match mark {
            0xd9 => return End::Marked,
            0xc2 => progressive = true,
            _ => {}
        }
        // Marks without a length: restarts, and the beginning.
        if !matches!(mark, 0x01 | 0xd0..=0xd8) {
            let Some(&[high, low]) = bytes.get(at..at + 2) else { break };
            at += usize::from(u16::from_be_bytes([high, low])).max(2);
        }
    }
    End::Missing { progressive }
}

fn is_mark(first: u8, second: u8) -> bool {
    first == 0xff && !matches!(second, 0x00 | 0xff | 0xd0..=0xd7)
}

/// Whether the last rows of a baseline JPEG can be read without its end mark.
fn reads_to_the_end(bytes: &[u8]) -> bool {
    use zune_jpeg::JpegDecoder;
    use zune_jpeg::zune_core::{bytestream::ZCursor, options::DecoderOptions};
    // The decoder looks a few bytes ahead.
    let padded = [bytes, &[0; 4]].concat();
    let options =
        || DecoderOptions::default().set_max_width(LARGEST_SIDE as usize).set_max_height(LARGEST_SIDE as usize);
    let mut headers = JpegDecoder::new_with_options(ZCursor::new(&padded), options());
    let sides = headers.decode_headers().ok().and_then(|()| headers.dimensions());
    let fits = |(width, height): (usize, usize)| (width * height) as u64 <= LARGEST_AREA;
    let strict = options().set_strict_mode(true);
    // What is too large is told as that, by others.
    sides.is_none_or(|sides| {
        !fits(sides) || JpegDecoder::new_with_options(ZCursor::new(&padded), strict).decode().is_ok()
    })
}

/// Whether a PNG's palette has whole entries: the decoder panics on others.
fn has_sound_palette(bytes: &[u8]) -> bool {
    const SIGNATURE: usize = 8;
    let mut at = SIGNATURE;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        if &head[4..] == b"PLTE" && (length == 0 || length > 3 * 256 || !length.is_multiple_of(3)) {
            return false;
        }
        // Length, name, contents, checksum.
        at = at.saturating_add(length).saturating_add(12);
    }
    true
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

#[cfg(test)]
#[path = "decode_tests.rs"]
mod tests;
