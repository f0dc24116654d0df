//! Prompt -> events: the model writes a thought in text and pictures, then the answer.
//!
//! | file | what |
//! |---|---|
//! | `events` | what a listener hears |
//! | `sampler` | logits -> one token |
//! | `draft` | what a picture will probably be, and drawing along it |
//! | `question` | what may be asked, and how it is written for the model |
//! | `pictures` | where the picture after an action comes from |
//! | `writer` | a model writing on within the grammar |
//! | `form` | what a thought should look like |
//! | `likelihood` | how likely the model found what it read and wrote |
//! | `engine` | the loop: one token after the other, to the end |
//! | `ahead` | what may come next, and how likely it is |
//! | `teller` | tokens -> events |
//! | `naive` | the same without a cache, as the oracle |
//! | `transcript` | an answer as files: JSON, pictures, one HTML page |
//!
//! Everything here is generic over the two traits below, so tests drive it with a scripted model.

pub mod ahead;
pub mod draft;
pub mod engine;
pub mod events;
pub mod form;
pub mod likelihood;
pub mod naive;
pub mod pictures;
pub mod question;
pub mod sampler;
mod teller;
pub mod transcript;
pub mod writer;

pub use draft::Drafter;
pub use engine::{Engine, Outcome, OutcomeStep, Request, Settings};
pub use events::Event;
pub use likelihood::{Judged, Likelihood, logistic};
pub use pictures::PictureSource;
pub use sampler::{Sampler, Sampling};
pub use writer::Writer;

use std::ops::Range;

use image::RgbImage;

use crate::error::Result;
use crate::tokens::{Codes, Token};

/// A language model with its cache of the tokens so far. (Asynchronous because WebGPU answers
/// later; nothing is sent between threads.)
#[allow(async_fn_in_trait)]
pub trait LanguageModel {
    /// Length of the logits; at least the tokenizer's size.
    fn vocab_size(&self) -> usize;
    /// Longest sequence.
    fn context(&self) -> usize;
    /// Tokens in the cache.
    fn position(&self) -> usize;
    /// Forgets the tokens from `position` on.
    fn rewind(&mut self, position: usize);
    /// Forgets all tokens.
    fn reset(&mut self) {
        self.rewind(0);
    }
    /// Appends tokens (at least one); the logits after each of the last `wanted` of them, row by row.
    async fn read(&mut self, tokens: &[Token], wanted: usize) -> Result<Vec<f32>>;
    /// Appends tokens (at least one); the logits after the last of them.
    async fn feed(&mut self, tokens: &[Token]) -> Result<Vec<f32>> {
        self.read(tokens, 1).await
    }
    /// What one more token costs when several are read at once, as a share of reading one: where it is below 1,
    /// drafts may pay.
    fn draft_cost(&self) -> f64;
    /// Appends tokens (at least one), then draws tokens, each after what stands before it; all drawn ones
    /// but the last are appended too. Without a draft so many are drawn as the choice counts; with one, up to
    /// the first that isn't as drafted, at the latest to the one behind the draft. Drafts change nothing in what
    /// is drawn. A model on a device of its own need not wait for each token.
    async fn draw(&mut self, tokens: &[Token], choice: &Choice<'_>, sampler: &mut Sampler) -> Result<Vec<Token>> {
        match choice.draft.is_empty() {
            true => one_by_one(self, tokens, choice, sampler).await,
            false => draft::along(self, tokens, choice, sampler).await,
        }
    }
}

/// [`LanguageModel::draw`] by feeding and picking.
pub async fn one_by_one<M: LanguageModel + ?Sized>(
    model: &mut M,
    tokens: &[Token],
    choice: &Choice<'_>,
    sampler: &mut Sampler,
) -> Result<Vec<Token>> {
    let mut drawn: Vec<Token> = Vec::with_capacity(choice.count);
    while drawn.len() < choice.count {
        let logits = model.feed(drawn.last().map_or(tokens, std::slice::from_ref)).await?;
        drawn.push(sampler.pick(&logits, choice.ranges, choice.sampling)?);
    }
    Ok(drawn)
}

/// Some tokens to draw one after the other.
#[derive(Clone, Copy)]
pub struct Choice<'a> {
    pub count: usize,
    /// What each may be.
    pub ranges: &'a [Range<u32>],
    pub sampling: Sampling,
    /// What they will probably be, as far as anybody knows.
    pub draft: &'a [Token],
}

/// Pictures <-> codes.
#[allow(async_fn_in_trait)]
pub trait PictureCodec {
    /// Side of the grid of codes.
    fn grid(&self) -> usize;
    /// Side of a decoded picture in pixels.
    fn size(&self) -> u32;
    /// Codes of a picture of any size.
    async fn encode(&self, picture: &RgbImage) -> Result<Codes>;
    /// The codes of `after`, which was drawn on `before`: a codec may keep those of `before` where it was not touched.
    async fn encode_after(&self, _before: &RgbImage, _codes: &Codes, after: &RgbImage) -> Result<Codes> {
        self.encode(after).await
    }
    /// The picture of some codes, `size` x `size`.
    async fn decode(&self, codes: &Codes) -> Result<RgbImage>;
}

#[cfg(test)]
mod ahead_tests;
#[cfg(test)]
mod draft_tests;
#[cfg(test)]
mod engine_tests;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod tests;
