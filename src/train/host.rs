//! Whoever takes the steps of a run, as the steps know them: the page wants to be heard while a long
//! step goes on, and may pay answers by a rule of its own. The native program wants neither.

use crate::error::Result;
use crate::train::reward::Reward;
use serde::Serialize;

/// Nothing is sent between threads.
#[allow(async_fn_in_trait)]
pub trait Host {
    /// Called every few milliseconds of work. [`crate::error::Error::Stopped`] ends the step, which then
    /// has changed nothing.
    async fn pause(&mut self) -> Result<()>;

    /// What the answers to one question earn by the host's own rule; None if it has none.
    async fn rewards(&mut self, inputs: &[RewardInput]) -> Result<Option<Vec<f64>>>;
}

/// An answer, as a rule for rewards may look at it.
#[derive(Clone, Debug, Serialize)]
pub struct RewardInput {
    pub question: String,
    /// Words of the thought's steps.
    pub text: String,
    pub answer: String,
    /// The right answer.
    pub right: String,
    #[serde(flatten)]
    pub reward: Reward,
    pub steps: usize,
    /// Whole pictures.
    pub pictures: usize,
    /// Tokens that aren't picture codes.
    pub words: usize,
    pub tokens: usize,
}

/// A host that never interrupts.
pub struct Alone;

impl Host for Alone {
    async fn pause(&mut self) -> Result<()> {
        Ok(())
    }

    async fn rewards(&mut self, _: &[RewardInput]) -> Result<Option<Vec<f64>>> {
        Ok(None)
    }
}
