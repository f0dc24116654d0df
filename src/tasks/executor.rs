//! The executor: draws exactly what an action says. It makes the supervision, and at inference it is
//! one of the sources of the picture after an action.

use image::RgbImage;

use super::action::Action;
use super::canvas::{Canvas, Colour, corners};
use super::operational::State;
use crate::error::{Error, Result};

/// The colour of everything the executor draws: no scene names it.
pub const MARKER: Colour = [255, 0, 140];
/// A thin border round the marker's colour, so that it shows on every ground.
const CASING: Colour = [255; 3];
/// Widths as fractions of the shorter side: 2.4 px and 0.8 px of 64.
const STROKE: f32 = 0.038;
const BORDER: f32 = 0.012;
/// Radius of a marker: 4.2 px of 64.
const MARK: f32 = 0.066;

/// The picture that follows an action, of the same size as the one before it.
///
/// `state` is the scene behind the picture where it is known; PRED needs it and moves it on.
/// An action out of range or a change that the scene can't make is an error.
pub fn execute(picture: &RgbImage, action: &Action, state: Option<&mut State>) -> Result<RgbImage> {
    if picture.width() == 0 || picture.height() == 0 {
        return Err(Error::picture("The picture is empty.", "Choose a picture with at least one pixel."));
    }
    // Actions can be built by hand: hold them to the same rules as written ones.
    Action::parse(&action.to_string())?;
    match action {
        Action::Zoom(area) => Ok(zoom(picture, *area)),
        Action::Bbox(area) => Ok(frame(picture, *area)),
        Action::Mark { x, y, id } => Ok(mark(picture, (*x, *y), *id)),
        Action::Line([x1, y1, x2, y2]) => {
            let mut canvas = Canvas::over(picture);
            canvas.line((*x1, *y1), (*x2, *y2), STROKE + 2.0 * BORDER, CASING);
            canvas.line((*x1, *y1), (*x2, *y2), STROKE, MARKER);
            Ok(canvas.picture())
        }
        Action::Pred(change) => match state {
            Some(state) => {
                state.apply(change)?;
                Ok(state.picture())
            }
            None => Err(Error::data(
                "The scene behind this picture is not known, so its next state can't be computed.",
                "Let the model imagine it, or use a generated picture.",
            )),
        },
    }
}

/// The area enlarged to the size of the picture, by bilinear sampling.
fn zoom(picture: &RgbImage, [x, y, w, h]: [f32; 4]) -> RgbImage {
    let (width, height) = picture.dimensions();
    // For each target column (row): the two source columns (rows) and the weight of the second, of 256.
    let taps = |from: f32, length: f32, size: u32| -> Vec<(usize, usize, u32)> {
        let last = size as f32 - 1.0;
        let tap = |i: u32| {
            let at = ((from + length * (i as f32 + 0.5) / size as f32) * size as f32 - 0.5).clamp(0.0, last);
            (at as usize, (at as usize + 1).min(size as usize - 1), (at.fract() * 256.0) as u32)
        };
        (0..size).map(tap).collect()
    };
    let (columns, rows) = (taps(x, w, width), taps(y, h, height));
    let (raw, stride) = (picture.as_raw(), width as usize * 3);
    let mut bytes = Vec::with_capacity(raw.len());
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

/// A box drawn just outside the area, so that a later zoom on the area shows no box.
fn frame(picture: &RgbImage, [x, y, w, h]: [f32; 4]) -> RgbImage {
    let half = STROKE / 2.0;
    let edge = half + BORDER;
    let (left, top) = ((x - half).max(edge), (y - half).max(edge));
    let (right, bottom) = ((x + w + half).min(1.0 - edge), (y + h + half).min(1.0 - edge));
    let dots = corners(left, top, right - left, bottom - top);
    let mut canvas = Canvas::over(picture);
    canvas.outline(&dots, STROKE + 2.0 * BORDER, CASING);
    canvas.outline(&dots, STROKE, MARKER);
    canvas.picture()
}

/// A disc with its number.
fn mark(picture: &RgbImage, at: (f32, f32), id: u8) -> RgbImage {
    let mut canvas = Canvas::over(picture);
    canvas.disc(at, MARK + BORDER, CASING);
    canvas.disc(at, MARK, MARKER);
    canvas.number(u32::from(id), at, MARK * 1.05, 0.013, CASING);
    canvas.picture()
}
