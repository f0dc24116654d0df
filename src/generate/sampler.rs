//! Logits -> one token, out of those that the grammar allows.

use std::ops::Range;

use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernels::sample::{self, Draw};
use crate::tokens::Token;

/// How to choose.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sampling {
    /// 0 takes the likeliest token; 1 samples as the model says.
    pub temperature: f32,
    /// Samples among the likeliest tokens that together reach this probability; 1 among all.
    pub top_p: f32,
}

impl Sampling {
    /// The likeliest token, always.
    pub const GREEDY: Sampling = Sampling { temperature: 0.0, top_p: 1.0 };

    /// An error for values that mean nothing.
    pub fn check(&self) -> Result<()> {
        if !(self.temperature.is_finite() && self.temperature >= 0.0) {
            return Err(Error::config(
                format!("The temperature can't be {}.", self.temperature),
                "Use 0 for the likeliest token, or a number up to about 1.5.",
            ));
        }
        if !(self.top_p > 0.0 && self.top_p <= 1.0) {
            return Err(Error::config(
                format!("top-p can't be {}.", self.top_p),
                "Use a number above 0 and at most 1.",
            ));
        }
        Ok(())
    }
}

/// Chooses tokens; the same seed and the same logits give the same tokens, on any device.
#[derive(Clone, Debug)]
pub struct Sampler {
    seed: u64,
    /// Draws so far.
    drawn: u32,
}

impl Sampler {
    pub fn new(seed: u64) -> Self {
        Self { seed, drawn: 0 }
    }

    /// One of the ids in `ranges`. Of equally likely ids the greedy choice is the smallest.
    pub fn pick(&mut self, logits: &[f32], ranges: &[Range<u32>], sampling: Sampling) -> Result<Token> {
        check_ids(ranges, logits.len())?;
        let draw = self.next(sampling);
        self.drew(1);
        sample::pick(logits, ranges, draw).map(Token).ok_or_else(no_numbers)
    }

    /// The next draw; whoever makes it says so.
    pub fn next(&self, sampling: Sampling) -> Draw {
        let Sampling { temperature, top_p } = sampling;
        Draw { temperature, top_p, seed: self.seed, number: self.drawn }
    }

    /// So many draws were made, from the next on.
    pub fn drew(&mut self, count: usize) {
        self.drawn = self.drawn.wrapping_add(count as u32);
    }

    /// A random order of `0..n`.
    pub fn shuffled(&mut self, n: usize) -> Vec<usize> {
        use rand::seq::SliceRandom;
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(self.drawn.into());
        self.drew(1);
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut rng);
        order
    }
}

/// An error if a model of so many logits doesn't know all the ids.
pub fn check_ids(ranges: &[Range<u32>], logits: usize) -> Result<()> {
    match ranges.iter().map(|range| range.end).max() {
        Some(end) if end as usize > logits => Err(too_few(logits, end - 1)),
        _ => Ok(()),
    }
}

fn too_few(length: usize, id: u32) -> Error {
    Error::checkpoint(
        format!("The model knows {length} tokens, but its tokenizer has the id {id}."),
        "The weights and tokenizer.json must belong to the same checkpoint.",
    )
}

/// What a model gives whose weights have grown beyond all numbers. Its device has done what it was told.
pub fn no_numbers() -> Error {
    Error::checkpoint(
        "The model returned no usable numbers.",
        "Use another checkpoint, or resume with a lower learning rate; if others fail too, choose another device.",
    )
}
