//! Documents packed into rows, and the shift: position `p` predicts token `p + 1`. Written once,
//! here, for every stage.

use crate::kernels::embedding;
use crate::model::Rows;
use crate::tokens::{LossWeights, Sequence, TokenRole};
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Before the names of the log's entries that tell which documents a batch is made of.
pub const SHARE: &str = "share ";

/// A document, and what it counts as in the log: its question type, `own`, or `made`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Labelled {
    pub label: String,
    pub sequence: Sequence,
}

/// `rows` rows of `length` tokens. All vectors are `[rows * length]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Batch {
    pub rows: usize,
    pub length: usize,
    pub tokens: Vec<u32>,
    /// Place of each token in its document.
    pub positions: Vec<u32>,
    /// Place in the row where each token's document begins: the first token that it may see.
    pub starts: Vec<u32>,
    /// The token that follows.
    pub targets: Vec<u32>,
    /// What predicting it is worth; 0 at a document's end and in padding.
    pub weights: Vec<f32>,
    /// The part that the target plays, for the log.
    pub roles: Vec<TokenRole>,
    /// Of each row, how many tokens are no padding.
    pub used: Vec<usize>,
    /// Tokens by the labels of their documents.
    pub shares: BTreeMap<String, usize>,
    /// Documents that fitted nowhere, for the next batch: were they dropped, long ones would be seen less often
    /// than they are drawn.
    pub waiting: Vec<Labelled>,
    /// Tokens of documents that are longer than a row, which nothing can be learned from.
    pub too_long: usize,
}

impl Batch {
    /// Puts the documents into rows, the longest first and each into the fullest row with room for it.
    pub fn pack(documents: Vec<Labelled>, rows: usize, length: usize, weights: &LossWeights) -> Self {
        let (mut fitting, too_long): (Vec<_>, Vec<_>) =
            documents.into_iter().partition(|document| document.sequence.tokens.len() <= length);
        fitting.sort_by_key(|document| std::cmp::Reverse(document.sequence.tokens.len()));
        let mut filled: Vec<Vec<Sequence>> = vec![Vec::new(); rows];
        let (mut used, mut shares, mut waiting) = (vec![0; rows], BTreeMap::new(), Vec::new());
        for document in fitting {
            let size = document.sequence.tokens.len();
            // Of equally full ones the first.
            match (0..rows).rev().filter(|&row| used[row] + size <= length).max_by_key(|&row| used[row]) {
                Some(row) => {
                    used[row] += size;
                    *shares.entry(document.label).or_default() += size;
                    filled[row].push(document.sequence);
                }
                None => waiting.push(document),
            }
        }
        let too_long = too_long.iter().map(|document| document.sequence.tokens.len()).sum();
        Self { shares, waiting, too_long, ..Self::of_rows(&filled, length, weights) }
    }

    /// As [`Batch::pack`], in as many rows as all the documents need.
    pub fn of_all(documents: Vec<Labelled>, length: usize, weights: &LossWeights) -> Self {
        // Each row but the last is more than half full.
        let tokens: usize = documents.iter().map(|document| document.sequence.tokens.len()).sum();
        let most = (2 * tokens).div_ceil(length.max(1)).max(1);
        let batch = Self::pack(documents, most, length, weights);
        let rows = batch.used.iter().filter(|used| **used > 0).count().max(1);
        Self { waiting: Vec::new(), ..batch.part(0, rows) }
    }

    /// Rows of documents one after the other; those of a row together have at most `length` tokens.
    pub fn of_rows(rows: &[Vec<Sequence>], length: usize, weights: &LossWeights) -> Self {
        let mut batch = Self { rows: rows.len(), length, ..Self::default() };
        for documents in rows {
            batch.push_row(documents, weights);
        }
        batch
    }

    fn push_row(&mut self, documents: &[Sequence], weights: &LossWeights) {
        let mut start = 0;
        for document in documents {
            let size = document.tokens.len();
            for place in 0..size {
                self.tokens.push(document.tokens[place].0);
                self.positions.push(place as u32);
                self.starts.push(start as u32);
                let next = (place + 1 < size).then(|| (document.tokens[place + 1], document.roles[place + 1]));
                self.targets.push(next.map_or(0, |(token, _)| token.0));
                self.weights.push(next.map_or(0.0, |(_, role)| weights.at(role, start + place)));
                self.roles.push(next.map_or(TokenRole::Given, |(_, role)| role));
            }
            start += size;
        }
        self.used.push(start);
        for place in start..self.length {
            self.tokens.push(0);
            self.positions.push(0);
            self.starts.push(place as u32);
            self.targets.push(0);
            self.weights.push(0.0);
            self.roles.push(TokenRole::Given);
        }
    }

    /// The rows as batches of about `tokens` tokens each.
    pub fn in_parts(&self, tokens: usize) -> Vec<Self> {
        let rows = (tokens / self.length.max(1)).max(1);
        (0..self.rows).step_by(rows).map(|first| self.part(first, rows.min(self.rows - first))).collect()
    }

    /// Some of the rows.
    fn part(&self, first: usize, rows: usize) -> Self {
        fn part<T: Clone>(values: &[T], range: &std::ops::Range<usize>) -> Vec<T> {
            values[range.clone()].to_vec()
        }
        let range = first * self.length..(first + rows) * self.length;
        Self {
            rows,
            length: self.length,
            tokens: part(&self.tokens, &range),
            positions: part(&self.positions, &range),
            starts: part(&self.starts, &range),
            targets: part(&self.targets, &range),
            weights: part(&self.weights, &range),
            roles: part(&self.roles, &range),
            used: part(&self.used, &(first..first + rows)),
            ..Self::default()
        }
    }

    /// What all predictions together are worth.
    pub fn total_weight(&self) -> f32 {
        self.weights.iter().sum::<f32>().max(1e-6)
    }

    /// Tokens that aren't padding.
    pub fn real_tokens(&self) -> usize {
        self.used.iter().sum()
    }

    /// The predictions that are worth something; with `all`, the others as well.
    pub fn predictions(&self, all: bool) -> Predictions {
        // Where nothing is, there would be no tensor.
        let all = all || self.weights.iter().all(|weight| *weight == 0.0);
        let counts = |place: &usize| all || self.weights[*place] != 0.0;
        let places: Vec<usize> = (0..self.targets.len()).filter(counts).collect();
        Predictions {
            targets: places.iter().map(|place| self.targets[*place]).collect(),
            weights: places.iter().map(|place| self.weights[*place]).collect(),
            roles: places.iter().map(|place| self.roles[*place]).collect(),
            places,
        }
    }

    /// What the model reads.
    pub fn model_rows(&self, device: &Device) -> Rows {
        let ints = |values: &[u32]| -> Tensor<2, Int> {
            let values: Vec<i32> = values.iter().map(|&v| v as i32).collect();
            Tensor::from_data(TensorData::new(values, [self.rows, self.length]), device)
        };
        Rows { tokens: ints(&self.tokens), positions: ints(&self.positions), starts: ints(&self.starts) }
    }
}

/// Some of a batch's predictions.
pub struct Predictions {
    /// Where in the batch.
    places: Vec<usize>,
    targets: Vec<u32>,
    weights: Vec<f32>,
    pub roles: Vec<TokenRole>,
}

impl Predictions {
    pub fn count(&self) -> usize {
        self.places.len()
    }

    /// Their rows of `states [tokens of the batch, n]`.
    pub fn rows_of(&self, states: Tensor<2>) -> Tensor<2> {
        let [tokens, n] = states.dims();
        if self.count() == tokens {
            return states;
        }
        let places: Vec<i32> = self.places.iter().map(|place| *place as i32).collect();
        let places = Tensor::from_data(TensorData::new(places, [1, self.count()]), &states.device());
        embedding(states, places).reshape([self.count(), n])
    }

    pub fn targets(&self, device: &Device) -> Tensor<1, Int> {
        let values: Vec<i32> = self.targets.iter().map(|&v| v as i32).collect();
        Tensor::from_data(TensorData::new(values, [self.count()]), device)
    }

    /// The weights as shares of `total`.
    pub fn loss_weights(&self, total: f32, device: &Device) -> Tensor<1> {
        let scaled: Vec<f32> = self.weights.iter().map(|w| w / total).collect();
        Tensor::from_data(TensorData::new(scaled, [self.count()]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Token;

    /// As templates begin: the mark and the mode are given.
    fn sequence(tokens: &[u32]) -> Sequence {
        let roles =
            (0..tokens.len()).map(|place| if place < 2 { TokenRole::Given } else { TokenRole::Answer }).collect();
        Sequence { tokens: tokens.iter().map(|&t| Token(t)).collect(), roles }
    }

    fn document(tokens: &[u32]) -> Labelled {
        Labelled { label: format!("of {}", tokens.len()), sequence: sequence(tokens) }
    }

    #[test]
    fn packs_shifts_and_pads() {
        let documents = [sequence(&[1, 2, 3]), sequence(&[4, 5])];
        let batch = Batch::of_rows(&[documents.to_vec()], 6, &LossWeights::default());
        assert_eq!(batch.tokens, [1, 2, 3, 4, 5, 0]);
        assert_eq!(batch.positions, [0, 1, 2, 0, 1, 0]);
        assert_eq!(batch.starts, [0, 0, 0, 3, 3, 5]);
        assert_eq!(batch.targets, [2, 3, 0, 5, 0, 0]);
        assert_eq!(batch.weights, [0.0, 5.0, 0.0, 0.0, 0.0, 0.0]);
        assert_eq!(
            batch.roles,
            [
                TokenRole::Given,
                TokenRole::Answer,
                TokenRole::Given,
                TokenRole::Given,
                TokenRole::Given,
                TokenRole::Given
            ]
        );
        // Every token of a document counts, its first too.
        assert_eq!(batch.real_tokens(), 5);
    }

    #[test]
    fn of_a_prompt_one_token_in_so_many_is_predicted_and_all_of_an_answer() {
        let roles = [vec![TokenRole::Given; 2], vec![TokenRole::Prompt; 8], vec![TokenRole::Answer]].concat();
        let tokens = (1..=11).map(Token).collect();
        let weights = LossWeights { prompt_every: 4, ..LossWeights::default() };
        let batch = Batch::of_rows(&[vec![Sequence { tokens, roles }]], 12, &weights);
        let counted = batch.predictions(false);
        assert_eq!((counted.targets, counted.places), (vec![6, 10, 11], vec![4, 8, 9]));
        // Together they are worth as much as the whole prompt would be.
        assert!((batch.total_weight() - 8.0 * weights.prompt - weights.answer).abs() < 1e-6);
        assert_eq!(batch.predictions(true).count(), 12);
    }

    #[test]
    fn parts_are_whole_rows() {
        let documents = (1..=3).map(|first| document(&[first, 9, 9, 9])).collect();
        let batch = Batch::pack(documents, 3, 4, &LossWeights::default());
        let parts = batch.in_parts(8);
        assert_eq!(parts.iter().map(|part| part.rows).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(parts.iter().flat_map(|part| part.tokens.clone()).collect::<Vec<_>>(), batch.tokens);
        assert_eq!(parts.iter().map(Batch::total_weight).sum::<f32>(), batch.total_weight());
        assert_eq!(parts.iter().map(Batch::real_tokens).collect::<Vec<_>>(), [8, 4]);
        assert_eq!(batch.in_parts(1).len(), 3);
    }

    #[test]
    fn what_does_not_fit_waits_and_what_never_can_is_told() {
        let documents = vec![document(&[2, 3]), document(&[1; 9]), document(&[4; 4]), document(&[5; 3])];
        let batch = Batch::pack(documents.clone(), 1, 6, &LossWeights::default());
        assert_eq!(batch.tokens, [4, 4, 4, 4, 2, 3]);
        assert_eq!((&batch.waiting[..], batch.too_long), (&documents[3..], 9));
        assert_eq!(batch.shares, BTreeMap::from([("of 2".into(), 2), ("of 4".into(), 4)]));
        let all = Batch::of_all(documents, 6, &LossWeights::default());
        assert_eq!((all.rows, all.real_tokens(), all.waiting.len()), (2, 9, 0));
    }

    /// Long documents are as often in the batches as they are drawn.
    #[test]
    fn shares_are_those_that_were_drawn() {
        let sizes = [90, 240, 430, 900];
        let (mut state, mut drawn, mut seen) = (1_u32, [0_usize; 4], [0_usize; 4]);
        let mut waiting: Vec<Labelled> = Vec::new();
        let place = |size: usize| sizes.iter().position(|known| *known == size).unwrap();
        for _ in 0..400 {
            let mut documents = std::mem::take(&mut waiting);
            let mut tokens: usize = documents.iter().map(|document| document.sequence.tokens.len()).sum();
            while tokens < 2 * 1024 {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let size = sizes[(state >> 30) as usize];
                drawn[place(size)] += 1;
                documents.push(document(&vec![1; size]));
                tokens += size;
            }
            let batch = Batch::pack(documents, 2, 1024, &LossWeights::default());
            for (label, tokens) in &batch.shares {
                let size: usize = label[3..].parse().unwrap();
                seen[place(size)] += tokens / size;
            }
            waiting = batch.waiting;
        }
        for (seen, drawn) in seen.into_iter().zip(drawn) {
            assert!(drawn - seen <= 8, "{seen} of {drawn} documents were seen");
        }
    }
}
