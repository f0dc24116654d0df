//! An answer as files, for whoever wants to keep it.

use super::picture::decoded;
use crate::generate::{Judged, Outcome, Settings, transcript};
use wasm_bindgen::prelude::*;

/// An answer. Its files are made when they are wanted: to pack a large picture takes a moment, for which the
/// next question would wait.
#[wasm_bindgen]
pub struct AnswerFiles {
    pub(super) model: String,
    pub(super) device: &'static str,
    pub(super) judged: Option<Judged>,
    pub(super) question: String,
    /// The file that was asked about.
    pub(super) picture: Vec<u8>,
    pub(super) settings: Settings,
    pub(super) outcome: Outcome,
}

#[wasm_bindgen]
impl AnswerFiles {
    /// The transcript as data, and to read.
    pub fn files(&self) -> std::result::Result<Vec<String>, JsValue> {
        let source = transcript::Provenance { model: &self.model, device: self.device, judged: self.judged };
        let picture = decoded(&self.picture)?;
        let files = transcript::files(source, &self.question, &picture, &self.settings, &self.outcome)?;
        let text = |name: &str| {
            let (_, bytes) = files.iter().find(|(file, _)| file == name).expect("a transcript has both");
            String::from_utf8_lossy(bytes).into_owned()
        };
        Ok(["transcript.json", "transcript.html"].map(text).to_vec())
    }
}
