//! What is asked of a model.

use serde::{Deserialize, Serialize};

/// What is asked of the model; one token each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Reason in text and pictures.
    Draw,
    /// Reason in text only.
    Text,
    /// Picture -> caption.
    Caption,
    /// Caption -> picture.
    Paint,
}

impl Mode {
    pub const ALL: [Mode; 4] = [Mode::Draw, Mode::Text, Mode::Caption, Mode::Paint];
}
