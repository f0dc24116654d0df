//! What a listener hears while an answer is made: the contract of the page, the widget and the
//! program. Each request ends with exactly one `End` or one `Error`.

use std::io::Cursor;

use image::{ImageFormat, RgbImage};
use serde::{Serialize, Serializer};

use super::Judged;
use crate::error::{Error, Result};

/// One event. Serialized as `{"type": "text", "text": "..."}` and so on; pixels and files become
/// byte arrays (in JavaScript `Uint8Array`).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// More text of the thought. A step's text comes in several parts, each of whole characters.
    Text {
        text: String,
    },
    /// One row of codes of picture `index` is drawn: `rgba` holds its full-width stripe of pixels,
    /// `S x S / rows` of them. The stripe is a preview: the picture that follows is exact.
    PictureRow {
        index: usize,
        row: usize,
        rows: usize,
        #[serde(serialize_with = "bytes")]
        rgba: Vec<u8>,
    },
    /// Picture `index` of the thought (the first is 0) is complete; `imagined` says whether the model drew it itself.
    Picture {
        index: usize,
        imagined: bool,
        #[serde(serialize_with = "bytes")]
        png: Vec<u8>,
    },
    Answer {
        text: String,
    },
    /// `tokens` that were written, codes of pictures included, in `ms` milliseconds. How sure the answer is, where
    /// the model was calibrated: `sure` from 0 to 1, and whether the question is `strange`.
    End {
        tokens: usize,
        ms: f64,
        device: String,
        #[serde(flatten)]
        judged: Option<Judged>,
    },
    Error {
        code: String,
        message: String,
        hint: String,
    },
}

impl From<&Error> for Event {
    fn from(error: &Error) -> Self {
        Event::Error { code: error.code().into(), message: error.to_string(), hint: error.hint().into() }
    }
}

fn bytes<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

/// A picture as a PNG file.
pub fn png(picture: &RgbImage) -> Result<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    picture.write_to(&mut file, ImageFormat::Png).map_err(|e| {
        Error::picture(format!("The picture can't be written as PNG: {e}."), "Free some memory and try again.")
    })?;
    Ok(file.into_inner())
}

/// Stripe `row` of `rows` of a picture as RGBA, row by row.
pub fn stripe(picture: &RgbImage, row: usize, rows: usize) -> Vec<u8> {
    let stride = picture.width() as usize * 3;
    let height = picture.height() as usize;
    let (from, to) = (row * height / rows, (row + 1) * height / rows);
    picture.as_raw()[from * stride..to * stride].chunks_exact(3).flat_map(|p| [p[0], p[1], p[2], 255]).collect()
}
