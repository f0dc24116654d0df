//! Documents packed into rows, and the shift: position `p` predicts token `p + 1`. Written once,
//! here, for every stage.

use crate::model::Rows;
use crate::tokens::{LossWeights, Role, Sequence};
use burn::tensor::{Device, Int, Tensor, TensorData};

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
    pub roles: Vec<Role>,
}

impl Batch {
    /// Puts each document into the first row with room for it; one that fits nowhere is left out.
    pub fn pack(
        documents: impl IntoIterator<Item = Sequence>,
        rows: usize,
        length: usize,
        weights: &LossWeights,
    ) -> Self {
        let mut filled: Vec<Vec<Sequence>> = vec![Vec::new(); rows];
        let mut used = vec![0; rows];
        for document in documents {
            let size = document.tokens.len();
            let Some(row) = (0..rows).find(|&row| used[row] + size <= length) else { continue };
            used[row] += size;
            filled[row].push(document);
        }
        Self::of_rows(&filled, length, weights)
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
                self.weights.push(next.map_or(0.0, |(_, role)| weights.of(role)));
                self.roles.push(next.map_or(Role::Given, |(_, role)| role));
            }
            start += size;
        }
        for place in start..self.length {
            self.tokens.push(0);
            self.positions.push(0);
            self.starts.push(place as u32);
            self.targets.push(0);
            self.weights.push(0.0);
            self.roles.push(Role::Given);
        }
    }

    /// The rows as batches of about `tokens` tokens each.
    pub fn in_parts(&self, tokens: usize) -> Vec<Self> {
        fn part<T: Clone>(values: &[T], range: &std::ops::Range<usize>) -> Vec<T> {
            values[range.clone()].to_vec()
        }
        let rows = (tokens / self.length.max(1)).max(1);
        let of = |first: usize| {
            let rows = rows.min(self.rows - first);
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
            }
        };
        (0..self.rows).step_by(rows).map(of).collect()
    }

    /// What all predictions together are worth.
    pub fn total_weight(&self) -> f32 {
        self.weights.iter().sum::<f32>().max(1e-6)
    }

    /// Tokens that aren't padding.
    pub fn real_tokens(&self) -> usize {
        let padding = |row: usize| {
            let row = row * self.length..(row + 1) * self.length;
            self.starts[row.clone()]
                .iter()
                .zip(&self.roles[row])
                .enumerate()
                .filter(|(i, (start, role))| **start == *i as u32 && **role == Role::Given)
                .count()
        };
        self.tokens.len() - (0..self.rows).map(padding).sum::<usize>()
    }

    /// What the model reads.
    pub fn model_rows(&self, device: &Device) -> Rows {
        let ints = |values: &[u32]| -> Tensor<2, Int> {
            let values: Vec<i32> = values.iter().map(|&v| v as i32).collect();
            Tensor::from_data(TensorData::new(values, [self.rows, self.length]), device)
        };
        Rows { tokens: ints(&self.tokens), positions: ints(&self.positions), starts: ints(&self.starts) }
    }

    pub fn targets(&self, device: &Device) -> Tensor<1, Int> {
        let values: Vec<i32> = self.targets.iter().map(|&v| v as i32).collect();
        Tensor::from_data(TensorData::new(values, [self.rows * self.length]), device)
    }

    /// The weights as shares of `total`.
    pub fn loss_weights(&self, total: f32, device: &Device) -> Tensor<1> {
        let scaled: Vec<f32> = self.weights.iter().map(|w| w / total).collect();
        Tensor::from_data(TensorData::new(scaled, [self.rows * self.length]), device)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::Token;

    fn document(tokens: &[u32]) -> Sequence {
        let mut roles = vec![Role::Answer; tokens.len()];
        roles[0] = Role::Given;
        Sequence { tokens: tokens.iter().map(|&t| Token(t)).collect(), roles }
    }

    #[test]
    fn packs_shifts_and_pads() {
        let documents = [document(&[1, 2, 3]), document(&[4, 5]), document(&[6, 7, 8, 9])];
        let batch = Batch::pack(documents, 1, 6, &LossWeights::default());
        assert_eq!(batch.tokens, [1, 2, 3, 4, 5, 0]);
        assert_eq!(batch.positions, [0, 1, 2, 0, 1, 0]);
        assert_eq!(batch.starts, [0, 0, 0, 3, 3, 5]);
        assert_eq!(batch.targets, [2, 3, 0, 5, 0, 0]);
        assert_eq!(batch.weights, [5.0, 5.0, 0.0, 5.0, 0.0, 0.0]);
        assert_eq!(batch.real_tokens(), 5);
    }

    #[test]
    fn parts_are_whole_rows() {
        let documents = (1..=3).map(|first| document(&[first, 9, 9, 9]));
        let batch = Batch::pack(documents, 3, 4, &LossWeights::default());
        let parts = batch.in_parts(8);
        assert_eq!(parts.iter().map(|part| part.rows).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(parts.iter().flat_map(|part| part.tokens.clone()).collect::<Vec<_>>(), batch.tokens);
        assert_eq!(parts.iter().map(Batch::total_weight).sum::<f32>(), batch.total_weight());
        assert_eq!(batch.in_parts(1).len(), 3);
    }

    #[test]
    fn a_document_that_is_too_long_is_left_out() {
        let batch = Batch::pack([document(&[1; 9]), document(&[2, 3])], 1, 4, &LossWeights::default());
        assert_eq!(batch.tokens, [2, 3, 0, 0]);
    }
}
