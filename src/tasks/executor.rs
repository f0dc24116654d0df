//! The executor: draws exactly what an action says. It makes the supervision, and at inference it is
//! one of the sources of the picture after an action.

use image::RgbImage;

use super::action::Action;
use super::canvas::{Canvas, Colour, corners};
use super::plane::resample;
use super::state::SceneState;
use crate::error::{Error, Result};

/// The colour of everything the executor draws: no scene names it.
pub const MARKER: Colour = [255, 0, 140];
/// A thin border round the marker's colour, so that it shows on every ground.
const CASING: Colour = [255; 3];
/// Widths as fractions of the shorter side: 2.4 px and 0.8 px of 64.
const STROKE: f32 = 0.038;
const BORDER: f32 = 0.012;
/// Radius of a marker, as a share of the picture: 4.2 px of 64.
pub const MARK: f32 = 0.066;

/// The picture that follows an action, of the same size as the one before it.
///
/// `state` is the scene behind the picture where it is known; PRED needs it and moves it on.
/// An action out of range or a change that the scene can't make is an error.
pub fn execute(picture: &RgbImage, action: &Action, state: Option<&mut SceneState>) -> Result<RgbImage> {
    if picture.width() == 0 || picture.height() == 0 {
        return Err(Error::picture("The picture is empty.", "Choose a picture with at least one pixel."));
    }
    // Actions can be built by hand: hold them to the same rules as written ones.
    Action::parse(&action.to_string())?;
    match action {
        Action::Zoom(area) => Ok(resample(picture, *area, picture.width(), picture.height())),
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

/// A box drawn just outside the area, so that a later zoom on the area shows no box.
fn frame(picture: &RgbImage, [x, y, w, h]: [f32; 4]) -> RgbImage {
    let edge = STROKE / 2.0 + BORDER;
    let (left, top) = ((x - edge).max(edge), (y - edge).max(edge));
    let (right, bottom) = ((x + w + edge).min(1.0 - edge), (y + h + edge).min(1.0 - edge));
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
