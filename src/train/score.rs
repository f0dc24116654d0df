//! Log-probabilities of sampled answers under a model, over the same tokens that the sampler could
//! choose from.

use crate::error::Result;
use crate::kernels::{cross_entropy, embedding};
use crate::model::Transformer;
use crate::tokens::{Allowed, Grammar, Role, Sequence, Token};
use crate::train::batch::Batch;
use crate::train::rollout::{Rollout, Temperatures, choices};
use burn::tensor::{Device, Int, Tensor, TensorData, activation::log_softmax};

/// Added to the logits of what isn't allowed.
const BARRED: f32 = -1e9;

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
    /// Packs answers in order into batches of at most `rows` rows of `length` tokens. `length` must hold
    /// the longest.
    pub fn pack(
        answers: &[Answer],
        grammar: &Grammar<'_>,
        temperatures: &Temperatures,
        (rows, length): (usize, usize),
    ) -> Result<Vec<Self>> {
        let mut packs: Vec<Vec<Vec<usize>>> = Vec::new();
        let mut used = length;
        for (number, answer) in answers.iter().enumerate() {
            let size = answer.prompt.len() + answer.rollout.tokens.len();
            if used + size > length {
                match packs.last_mut() {
                    Some(pack) if pack.len() < rows => pack.push(Vec::new()),
                    _ => packs.push(vec![Vec::new()]),
                }
                used = 0;
            }
            used += size;
            packs.last_mut().and_then(|pack| pack.last_mut()).expect("just made").push(number);
        }
        packs.iter().map(|pack| Self::of_rows(pack, answers, grammar, temperatures, length)).collect()
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
            let roles = (0..tokens.len()).map(|i| if i < answer.prompt.len() { Role::Prompt } else { Role::Thought });
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

    /// Costs `-log p` of every position's target `[N]`, and the logits `[N, V]` they come from, scaled
    /// and barred.
    pub fn costs(&self, model: &Transformer, grammar: &Grammar<'_>, device: &Device) -> (Tensor<1>, Tensor<2>) {
        let hidden = model.hidden(&self.batch.model_rows(device));
        let [b, t, h] = hidden.dims();
        let logits = model.logits(hidden.reshape([b * t, h]));
        let [n, v] = logits.dims();
        let recorded = logits.is_autodiff();
        let wrap = |tensor: Tensor<2>| if recorded { tensor.autodiff() } else { tensor };
        let mut table = vec![0.0; self.sets.len() * v];
        for (row, set) in table.chunks_exact_mut(v).zip(&self.sets).skip(1) {
            row.fill(BARRED);
            grammar.ranges(*set).into_iter().for_each(|range| row[range.start as usize..range.end as usize].fill(0.0));
        }
        let table = Tensor::from_data(TensorData::new(table, [self.sets.len(), v]), device);
        let sets = Tensor::<2, Int>::from_data(TensorData::new(self.of_position.clone(), [n, 1]), device);
        let scales = Tensor::from_data(TensorData::new(self.scales.clone(), [n, 1]), device);
        let logits = logits * wrap(scales) + wrap(embedding(table, sets).reshape([n, v]));
        (cross_entropy(logits.clone(), self.batch.targets(device)), logits)
    }
}

/// Entropy of every row of logits `[N, V]`, `[N]`, in nats.
pub fn entropy(logits: Tensor<2>) -> Tensor<1> {
    let n = logits.dims()[0];
    let logs = log_softmax(logits, 1);
    (logs.clone().exp() * logs).sum_dim(1).reshape([n]) * -1.0
}
