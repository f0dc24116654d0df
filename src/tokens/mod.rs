//! Text and pictures as one stream of tokens: pure functions, no tensors in here.
//!
//! | file | what |
//! |---|---|
//! | `vocab` | which id plays which part, found by name in tokenizer.json |
//! | `split` | text -> pieces, the rules that tokenizer.json names |
//! | `text` | pieces <-> ids: byte-level BPE |
//! | `segment` | text and pictures <-> ids, strictly |
//! | `template` | a question, its thought and its answer <-> one sequence, with loss weights |
//! | `scan` | where an action `NAME(...)` ends |
//! | `grammar` | what may follow a prefix, for the sampler and for the trainer alike |
//! | `learn` | makes a tokenizer.json from texts |

pub mod grammar;
#[cfg(not(target_arch = "wasm32"))]
pub mod learn;
pub mod mode;
pub mod scan;
pub mod segment;
pub mod split;
pub mod template;
pub mod text;
pub mod vocab;

pub use grammar::{Allowed, Grammar, GrammarState, PictureRule, Rules};
pub use mode::Mode;
pub use segment::{from_tokens, picture_at, to_tokens};
pub use template::{Document, LossWeights, Parsed, Prompt, Sequence, ThoughtStep, TokenRole};
pub use vocab::Vocab;

use serde::{Deserialize, Serialize};

/// One id of the vocabulary that text and pictures share.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(pub u32);

/// A picture as the VQ tokenizer sees it: `grid * grid` code numbers, row by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Codes {
    /// Side of the square grid (8 for 64 codes).
    pub grid: usize,
    /// `grid * grid` numbers in `0..K`, row-major.
    pub codes: Vec<u16>,
}

/// A stretch of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Segment {
    Text(String),
    Image(Codes),
}

#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod grammar_tests;
#[cfg(test)]
mod tests;
