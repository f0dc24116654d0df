//! What documents are drawn as, and from how many traces.

use serde::{Deserialize, Serialize};

/// How often each mode is drawn.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModeMix {
    /// Interleaved traces.
    pub draw: f32,
    /// The same traces without pictures.
    pub text: f32,
    /// Picture to caption.
    pub caption: f32,
    /// Caption to picture.
    pub paint: f32,
    /// Whether a thought without pictures says in words what each step leads to.
    #[serde(rename = "told")]
    pub spelled_out: bool,
    /// Whether the caption of its picture follows an answer: reading a picture once then teaches twice.
    pub captioned: bool,
}

impl Default for ModeMix {
    fn default() -> Self {
        Self { draw: 0.8, text: 0.2, caption: 0.0, paint: 0.0, spelled_out: false, captioned: false }
    }
}

/// A fixed number of worked examples, for a stage whose traces are scarce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Annotated {
    /// With 0 no trace has pictures.
    pub count: usize,
    /// Draws them, whatever the run's own seed is.
    pub seed: u64,
}
