//! How questions are worded. Gaps such as {colour} are filled from the scene.
//! The words of the test-only wordings all occur in training; the sentences don't.

mod diagram;
mod natural;
mod operational;
mod structured;

use super::Kind;

/// The wordings of one kind.
pub struct Phrases {
    pub train: &'static [&'static str],
    /// Only tests use these.
    pub test: &'static [&'static str],
    /// Questions to try, complete.
    pub examples: &'static [&'static str],
}

/// The wordings of a kind.
pub fn of(kind: Kind) -> &'static Phrases {
    match kind {
        Kind::N1 => &natural::N1,
        Kind::N2 => &natural::N2,
        Kind::N3 => &natural::N3,
        Kind::N4 => &natural::N4,
        Kind::S1 => &structured::S1,
        Kind::S2 => &structured::S2,
        Kind::S3 => &structured::S3,
        Kind::S4 => &structured::S4,
        Kind::S5 => &structured::S5,
        Kind::D1 => &diagram::D1,
        Kind::D2 => &diagram::D2,
        Kind::D3 => &diagram::D3,
        Kind::D4 => &diagram::D4,
        Kind::D5 => &diagram::D5,
        Kind::V1 => &operational::V1,
        Kind::V2 => &operational::V2,
        Kind::V3 => &operational::V3,
        Kind::V4 => &operational::V4,
        Kind::V5 => &operational::V5,
    }
}

/// A wording with its gaps filled.
pub fn fill(wording: &str, slots: &[(&'static str, String)]) -> String {
    slots.iter().fold(wording.to_string(), |text, (gap, words)| text.replace(&format!("{{{gap}}}"), words))
}

/// Whether the scene fills every gap of a wording: a kind may have wordings for two sorts of question.
pub fn fits(wording: &str, slots: &[(&'static str, String)]) -> bool {
    !fill(wording, slots).contains('{')
}
