//! Log-probabilities of sampled answers under a model, over the same tokens that the sampler could
//! choose from.

use crate::error::Result;
use crate::kernels::{Choices, masked_nll};
use crate::model::Transformer;
use crate::tokens::{Allowed, Grammar, Sequence, Token, TokenRole};
use crate::train::batch::Batch;
use crate::train::rollout::{Rollout, Temperatures, choices};
use burn::tensor::{Device, Tensor, TensorData};
use std::ops::Range;

/// Some answers packed into rows, ready to be scored.
pub struct Scored {
    pub batch: Batch,
    /// For each answer its number and the position that predicts its first token.
    pub places: Vec<(usize, usize)>,
    /// For each position the number of its set in `sets`.
    of_position: Vec<i32>,
    /// The inverse temperature of each position.
    scales: Vec<f32>,
    sets: Vec<Allowed>,
}

/// One answer with its prompt.
pub struct Answer<'a> {
    pub prompt: &'a [Token],
    pub rollout: &'a Rollout,
}

impl Scored {
    /// Packs answers in order into batches of at most `rows` rows of at most `length` tokens, which must hold
    /// the longest. Answers are added to a row up to `fill` tokens.
    pub fn pack(
        answers: &[Answer],
        grammar: &Grammar<'_>,
        temperatures: &Temperatures,
        (rows, length, fill): (usize, usize, usize),
    ) -> Result<Vec<Self>> {
        let mut packs: Vec<Vec<Vec<usize>>> = Vec::new();
        let mut used = fill;
        for (number, answer) in answers.iter().enumerate() {
            let size = answer.prompt.len() + answer.rollout.tokens.len();
            if used + size > fill {
                match packs.last_mut() {
                    Some(pack) if pack.len() < rows => pack.push(Vec::new()),
                    _ => packs.push(vec![Vec::new()]),
                }
                used = 0;
            }
            used += size;
            packs.last_mut().and_then(|pack| pack.last_mut()).expect("just made").push(number);
        }
        let size = |number: &usize| answers[*number].prompt.len() + answers[*number].rollout.tokens.len();
        let longest = |pack: &Vec<Vec<usize>>| pack.iter().map(|row| row.iter().map(size).sum()).max();
        // Padding costs as much as tokens do; few lengths are few shapes of tensors.
        let fitting = |pack| longest(pack).unwrap_or(0_usize).next_multiple_of(64).min(length);
        packs.iter().map(|pack| Self::of_rows(pack, answers, grammar, temperatures, fitting(pack))).collect()
    }

    fn of_rows(
        pack: &[Vec<usize>],
        answers: &[Answer],
        grammar: &Grammar<'_>,
        temperatures: &Temperatures,
        length: usize,
    ) -> Result<Self> {
        let sequence = |answer: &Answer| {
            let tokens: Vec<Token> = answer.prompt.iter().chain(&answer.rollout.tokens).copied().collect();
            let roles =
                (0..tokens.len()).map(|i| if i < answer.prompt.len() { TokenRole::Prompt } else { TokenRole::Thought });
            Sequence { roles: roles.collect(), tokens }
        };
        let sequences: Vec<Vec<Sequence>> =
            pack.iter().map(|row| row.iter().map(|&number| sequence(&answers[number])).collect()).collect();
        let n = pack.len() * length;
        let mut scored = Self {
            batch: Batch::of_rows(&sequences, length, &crate::tokens::LossWeights::default()),
            places: Vec::new(),
            of_position: vec![0; n],
            scales: vec![1.0; n],
            // Set 0 bars nothing.
            sets: vec![Allowed::NONE],
        };
        for (row, numbers) in pack.iter().enumerate() {
            let mut start = row * length;
            for &number in numbers {
                let Answer { prompt, rollout } = &answers[number];
                let first = start + prompt.len() - 1;
                scored.places.push((number, first));
                for (i, choice) in choices(grammar, prompt, &rollout.tokens)?.into_iter().enumerate() {
                    if let Some(allowed) = choice {
                        scored.of_position[first + i] = scored.set(allowed);
                        scored.scales[first + i] = temperatures.of(allowed).recip();
                    }
                }
                start += prompt.len() + rollout.tokens.len();
            }
        }
        Ok(scored)
    }

    fn set(&mut self, allowed: Allowed) -> i32 {
        let known = self.sets.iter().position(|set| *set == allowed);
        known.unwrap_or_else(|| {
            self.sets.push(allowed);
            self.sets.len() - 1
        }) as i32
    }

    /// Whether a position had a choice.
    pub fn chosen(&self, position: usize) -> bool {
        self.of_position[position] > 0
    }

    /// What was allowed at a position that had a choice.
    pub fn allowed(&self, position: usize) -> Allowed {
        self.sets[self.of_position[position] as usize]
    }

    /// Costs `-log p` of every position's target, and the entropies of what it was chosen from,
    /// `[2, N]`.
    pub fn costs(&self, model: &Transformer, grammar: &Grammar<'_>, device: &Device) -> Tensor<2> {
        let hidden = model.hidden(&self.batch.model_rows(device));
        let [b, t, h] = hidden.dims();
        let logits = model.logits(hidden.reshape([b * t, h]));
        let [n, v] = logits.dims();
        let targets = self.batch.targets.iter().map(|target| *target as i32);
        let chosen: Vec<i32> = targets.chain(self.of_position.iter().copied()).collect();
        let sets: Vec<Vec<Range<u32>>> = self.sets.iter().map(|set| grammar.ranges(*set)).collect();
        let width = sets.iter().map(Vec::len).max().unwrap_or(0).max(1);
        let mut ranges = vec![0; sets.len() * 2 * width];
        // Set 0 is everything.
        ranges[1] = v as i32;
        for (row, set) in ranges.chunks_exact_mut(2 * width).zip(&sets).skip(1) {
            let ends = set.iter().flat_map(|range| [range.start as i32, range.end as i32]);
            row.iter_mut().zip(ends).for_each(|(slot, end)| *slot = end);
        }
        let choices = Choices {
            chosen: Tensor::from_data(TensorData::new(chosen, [2, n]), device),
            scales: Tensor::from_data(TensorData::new(self.scales.clone(), [n]), device),
            ranges: Tensor::from_data(TensorData::new(ranges, [sets.len(), 2 * width]), device),
        };
        masked_nll(logits, choices)
    }
}
