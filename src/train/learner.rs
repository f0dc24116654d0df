//! A transformer that learns: its weights and the optimizer. Every stage computes a loss on a copy
//! that records gradients, and hands those over.

use crate::error::{Error, Result};
use crate::model::checkpoint::{Precision, write_tensors, write_weights};
use crate::model::weight::Tensors;
use crate::model::{Transformer, Weight};
use crate::train::optimizer::{Optimizer, OptimizerSettings};
use burn::tensor::{Device, Gradients, Tensor};

/// A gradient for each weight that has one.
pub type WeightGradients = Vec<Option<Tensor<2>>>;

pub struct Learner {
    pub model: Transformer,
    optimizer: Optimizer,
    pub device: Device,
}

impl Learner {
    pub fn new(model: Transformer, settings: OptimizerSettings, device: &Device) -> Self {
        let optimizer = Optimizer::new(settings, &model.weights());
        Self { model, optimizer, device: device.clone() }
    }

    /// Takes up the optimizer's state that [`Learner::files`] wrote, after `time` steps.
    pub fn restore(&mut self, mut state: Tensors, time: u32) {
        self.optimizer.restore(&self.model.weights(), &mut state, time, &self.device);
    }

    /// Steps that the optimizer has taken.
    pub fn time(&self) -> u32 {
        self.optimizer.time
    }

    /// The model with weights that record gradients.
    pub fn tracked(&self) -> Transformer {
        let mut tracked = self.model.clone();
        for weight in tracked.weights_mut() {
            weight.tensor = weight.tensor.clone().autodiff().require_grad();
        }
        tracked
    }

    /// Moves the weights against the gradients; returns the gradients' norm. An error if it isn't
    /// finite.
    pub async fn learn(&mut self, gradients: WeightGradients, factor: f32) -> Result<f32> {
        let norm = self.optimizer.step(self.model.weights_mut(), gradients, factor).await?;
        if !norm.is_finite() {
            return Err(Error::config(
                "The gradient is no longer finite.",
                "Resume from the last checkpoint with a lower learning rate.",
            ));
        }
        Ok(norm)
    }

    /// Weights and optimizer as two safetensors files.
    pub async fn files(&self) -> Result<[(String, Vec<u8>); 2]> {
        let weights = self.model.weights();
        let state = self.optimizer.read_back(&weights).await?;
        Ok([
            (WEIGHTS.into(), write_weights(&weights, Precision::F32).await?),
            (STATE.into(), write_tensors(state, Precision::F32)?),
        ])
    }
}

/// Names of the files.
pub const WEIGHTS: &str = "model.safetensors";
pub const STATE: &str = "optimizer.safetensors";

/// The gradients of tracked weights. Drop the tracked copies before the weights are moved: those
/// then have one owner and can change in place.
pub fn gradients_of(tracked: Vec<&Weight>, mut gradients: Gradients) -> WeightGradients {
    tracked.into_iter().map(|weight| weight.tensor.grad_remove(&mut gradients)).collect()
}
