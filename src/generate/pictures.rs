//! Where the picture after an action comes from.

use std::fmt;
use std::str::FromStr;

use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::{PictureCodec, Sampler};
use crate::error::{Error, Result};
use crate::tasks::{Action, SceneState, execute};
use crate::tokens::Codes;
use crate::vq::pixels::pad_to_square;

/// The sources of a thought's pictures. The last two are controls for evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureSource {
    /// The model draws them.
    #[default]
    Imagined,
    /// The executor draws them, from the user's picture at its own resolution, so that a zoom
    /// brings real detail. What it can't execute is imagined.
    Executed,
    /// Zooms are cut from the user's picture at its own resolution, with what the thought has drawn on it so far:
    /// what is too small for the model's eye is enlarged. All else is imagined.
    Zoomed,
    /// There are none: the model reasons in text only.
    None,
    /// Each is white.
    Blank,
    /// Each is drawn on another's picture; without one, it is the own picture with its codes in
    /// random order.
    Shuffled,
}

impl PictureSource {
    pub const ALL: [PictureSource; 6] = [
        PictureSource::Imagined,
        PictureSource::Executed,
        PictureSource::Zoomed,
        PictureSource::None,
        PictureSource::Blank,
        PictureSource::Shuffled,
    ];
}

impl fmt::Display for PictureSource {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(match self {
            PictureSource::Imagined => "imagined",
            PictureSource::Executed => "executed",
            PictureSource::Zoomed => "zoomed",
            PictureSource::None => "none",
            PictureSource::Blank => "blank",
            PictureSource::Shuffled => "shuffled",
        })
    }
}

impl FromStr for PictureSource {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        PictureSource::ALL.into_iter().find(|source| source.to_string() == text).ok_or_else(|| {
            let names = PictureSource::ALL.map(|source| source.to_string()).join(", ");
            Error::config(format!("There is no source of pictures {text:?}."), format!("Use one of {names}."))
        })
    }
}

/// Larger pictures are shrunk to this side before the executor draws on them.
const WORKING_SIDE: u32 = 1024;
/// Executed pictures are shown at most this large.
const SHOWN_SIDE: u32 = 384;

/// A picture that the model is given instead of drawing it.
#[derive(Clone, Debug)]
pub struct Given {
    /// What the model sees.
    pub codes: Codes,
    /// What people see.
    pub shown: RgbImage,
}

/// The pictures of one thought, as its actions change them.
pub struct Scene {
    source: PictureSource,
    /// The picture that the next action applies to, square: the asked one, at its own resolution, and then
    /// whatever was drawn last.
    current: RgbImage,
    /// Its codes, where a picture was executed on it.
    codes: Option<Codes>,
    /// For `Zoomed`: the asked picture at its own resolution with the thought's actions executed on it; None once one
    /// of them couldn't be.
    original: Option<RgbImage>,
    /// The other's picture, for `Shuffled`.
    other: Option<RgbImage>,
    /// The scene behind the picture, where it is known.
    state: Option<SceneState>,
}

impl Scene {
    /// `asked` is the user's picture.
    pub fn new(source: PictureSource, asked: &RgbImage, other: Option<&RgbImage>, state: Option<&SceneState>) -> Self {
        let other = other.filter(|_| source == PictureSource::Shuffled).map(working);
        let current = working(asked);
        let original = (source == PictureSource::Zoomed).then(|| current.clone());
        Self { source, current, codes: None, original, other, state: state.cloned() }
    }

    /// The square picture that the question is about.
    pub fn asked(&self) -> &RgbImage {
        &self.current
    }

    /// The picture after the action that ends `step`; None where the model must imagine it.
    pub async fn after<P: PictureCodec>(
        &mut self,
        step: &str,
        codec: &P,
        sampler: &mut Sampler,
    ) -> Result<Option<Given>> {
        let shown = match self.source {
            PictureSource::Imagined | PictureSource::None => return Ok(None),
            PictureSource::Zoomed => {
                let action = action_of(step).ok();
                let is_zoom = matches!(action, Some(Action::Zoom(_)));
                let Some(before) = self.original.take() else { return Ok(None) };
                self.original = action.and_then(|action| execute(&before, &action, None).ok());
                match &self.original {
                    Some(zoomed) if is_zoom => shrunk(zoomed, SHOWN_SIDE),
                    _ => return Ok(None),
                }
            }
            PictureSource::Executed => {
                match action_of(step).and_then(|action| execute(&self.current, &action, self.state.as_mut())) {
                    Ok(picture) => {
                        let before = match self.codes.take() {
                            Some(codes) => codes,
                            None => codec.encode(&self.current).await?,
                        };
                        let codes = codec.encode_after(&self.current, &before, &picture).await?;
                        self.codes = Some(codes.clone());
                        self.current = picture;
                        return Ok(Some(Given { codes, shown: shrunk(&self.current, SHOWN_SIDE) }));
                    }
                    Err(_) => return Ok(None),
                }
            }
            PictureSource::Blank => RgbImage::from_pixel(codec.size(), codec.size(), image::Rgb([255; 3])),
            PictureSource::Shuffled => match &mut self.other {
                Some(other) => {
                    if let Ok(picture) = action_of(step).and_then(|action| execute(other, &action, None)) {
                        *other = picture;
                    }
                    shrunk(other, SHOWN_SIDE)
                }
                None => {
                    let codes = codec.encode(&self.current).await?;
                    let order = sampler.shuffled(codes.codes.len());
                    let codes =
                        Codes { grid: codes.grid, codes: order.into_iter().map(|at| codes.codes[at]).collect() };
                    let shown = codec.decode(&codes).await?;
                    return Ok(Some(Given { codes, shown }));
                }
            },
        };
        // The model sees what the codec makes of the picture, people see the picture itself.
        let codes = codec.encode(&shown).await?;
        Ok(Some(Given { codes, shown }))
    }

    /// Tells the scene what the model imagined.
    pub fn imagined(&mut self, picture: &RgbImage) {
        self.current = picture.clone();
        self.codes = None;
        // What the model drew need not be the scene's next state.
        self.state = None;
    }
}

/// The action that ends a step; an error if there is none, or if it isn't valid.
pub fn action_of(step: &str) -> Result<Action> {
    match Action::find(step) {
        Some((range, action)) if range.end == step.trim_end().len() => action,
        _ => Err(Error::data(
            format!("The step {step:?} doesn't end with an action."),
            "A step is a short sentence that ends with ZOOM, BBOX, MARK, LINE or PRED.",
        )),
    }
}

fn working(picture: &RgbImage) -> RgbImage {
    shrunk(&pad_to_square(picture), WORKING_SIDE)
}

/// A square picture, shrunk to `side` if it is larger.
fn shrunk(picture: &RgbImage, side: u32) -> RgbImage {
    if picture.width() <= side { picture.clone() } else { crate::vq::pixels::fit(picture, side) }
}
