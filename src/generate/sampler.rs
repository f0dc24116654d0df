//! Logits -> one token, out of those that the grammar allows.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
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

/// Chooses tokens; the same seed and the same logits give the same tokens.
#[derive(Clone, Debug)]
pub struct Sampler {
    rng: ChaCha8Rng,
    /// (probability times a constant, id) of the allowed tokens; kept to spare allocations.
    weights: Vec<(f32, u32)>,
}

impl Sampler {
    pub fn new(seed: u64) -> Self {
        Self { rng: ChaCha8Rng::seed_from_u64(seed), weights: Vec::new() }
    }

    /// One of the ids in `ranges`. Of equally likely ids the greedy choice is the smallest.
    pub fn pick(&mut self, logits: &[f32], ranges: &[Range<u32>], sampling: Sampling) -> Result<Token> {
        let ids = ranges.iter().cloned().flatten();
        let mut best: Option<(f32, u32)> = None;
        for id in ids.clone() {
            let logit = *logits.get(id as usize).ok_or_else(|| too_few(logits.len(), id))?;
            // Any comparison with NaN is false: such a logit is never chosen.
            if best.map_or(!logit.is_nan(), |(most, _)| logit > most) {
                best = Some((logit, id));
            }
        }
        let (most, likeliest) = best.filter(|(most, _)| *most > f32::NEG_INFINITY).ok_or_else(no_numbers)?;
        if sampling.temperature == 0.0 || most == f32::INFINITY {
            return Ok(Token(likeliest));
        }
        let scale = sampling.temperature.recip();
        self.weights.clear();
        self.weights.extend(ids.map(|id| (((logits[id as usize] - most) * scale).exp(), id)).filter(|(w, _)| *w > 0.0));
        let mut total: f32 = self.weights.iter().map(|(w, _)| w).sum();
        if sampling.top_p < 1.0 {
            self.weights.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
            let enough = total * sampling.top_p;
            let mut sum = 0.0;
            let mut count = 0;
            while count < self.weights.len() && (count == 0 || sum < enough) {
                sum += self.weights[count].0;
                count += 1;
            }
            self.weights.truncate(count);
            total = sum;
        }
        let mut left = self.rng.random::<f32>() * total;
        for (weight, id) in &self.weights {
            left -= weight;
            if left < 0.0 {
                return Ok(Token(*id));
            }
        }
        // Rounding can leave a crumb behind the last one.
        Ok(Token(self.weights.last().map_or(likeliest, |(_, id)| *id)))
    }

    /// A random order of `0..n`.
    pub fn shuffled(&mut self, n: usize) -> Vec<usize> {
        use rand::seq::SliceRandom;
        let mut order: Vec<usize> = (0..n).collect();
        order.shuffle(&mut self.rng);
        order
    }
}

fn too_few(length: usize, id: u32) -> Error {
    Error::checkpoint(
        format!("The model knows {length} tokens, but its tokenizer has the id {id}."),
        "The weights and tokenizer.json must belong to the same checkpoint.",
    )
}

fn no_numbers() -> Error {
    Error::device("The model returned no usable numbers.", "Reload, or choose the other device (webgpu or cpu).")
}
