//! A training step on one batch, by ours and by Burn's operations.

use super::Whose;
use super::stock::StockLearner;
use crate::error::Result;
use crate::model::Transformer;
use crate::tokens::{LossWeights, Sequence, Token, TokenRole};
use crate::train::batch::Batch;
use crate::train::language;
use crate::train::learner::Learner;
use crate::train::optimizer::OptimizerSettings;
use burn::tensor::Device;
use serde::Serialize;
use web_time::Instant;

/// Two learners that begin with the same weights.
pub struct Training {
    batch: Batch,
    ours: Learner,
    stock: StockLearner,
}

#[derive(Clone, Copy, Debug, Serialize)]
pub struct TimedStep {
    pub ms: f64,
    /// The mean cross-entropy before the step, in nats.
    pub loss: f64,
}

/// Row `row` of the batch: any tokens will do, if they aren't all the same.
pub fn document(row: usize, length: usize, ids: usize) -> Vec<u32> {
    (0..length).map(|i| ((row * 7919 + i * 31) % ids) as u32).collect()
}

/// AdamW for every weight, as other programs have it.
pub fn settings() -> OptimizerSettings {
    OptimizerSettings { muon_learning_rate: None, ..OptimizerSettings::default() }
}

impl Training {
    pub fn new(model: &Transformer, [rows, length]: [usize; 2], device: &Device) -> Self {
        let ids = model.config.vocab_size;
        let sequence = |row| Sequence {
            tokens: document(row, length, ids).into_iter().map(Token).collect(),
            roles: vec![TokenRole::Thought; length],
        };
        Self {
            batch: Batch::of_rows(
                &(0..rows).map(|row| vec![sequence(row)]).collect::<Vec<_>>(),
                length,
                &LossWeights::default(),
            ),
            ours: Learner::new(model.clone(), None, settings(), device),
            stock: StockLearner::new(model, settings(), device),
        }
    }

    /// Tokens of the batch.
    pub fn tokens(&self) -> usize {
        self.batch.tokens.len()
    }

    /// One step, until its loss has been read.
    pub async fn step(&mut self, whose: Whose) -> Result<TimedStep> {
        let begin = Instant::now();
        let loss = match whose {
            Whose::Ours => {
                let row = language::step(&mut self.ours, &self.batch, None, 1.0).await?;
                row.mean("thought").unwrap_or(f64::NAN)
            }
            Whose::Stock => self.stock.step(&self.batch).await?,
        };
        Ok(TimedStep { ms: begin.elapsed().as_secs_f64() * 1e3, loss })
    }
}
