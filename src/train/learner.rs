//! A transformer that learns: its weights, the perception projection where there is one, the
//! optimizer. Every stage computes a loss on a copy
//! that records gradients, and hands those over.

use crate::error::{Error, Result};
use crate::model::checkpoint::{Precision, write_tensors, write_weights};
use crate::model::weight::Tensors;
use crate::model::{Transformer, Weight};
pub use crate::train::optimizer::WeightGradients;
use crate::train::optimizer::{Optimizer, OptimizerSettings};
use burn::tensor::{Device, Gradients, Tensor};

/// Clones share their tensors until one of them learns.
#[derive(Clone)]
pub struct Learner {
    pub model: Transformer,
    /// Of the perception loss.
    pub projection: Option<Weight>,
    optimizer: Optimizer,
    pub device: Device,
}

/// Copies of the weights that record gradients.
pub struct Tracked {
    pub model: Transformer,
    pub projection: Option<Weight>,
}

impl Learner {
    pub fn new(model: Transformer, projection: Option<Weight>, settings: OptimizerSettings, device: &Device) -> Self {
        let optimizer = Optimizer::new(settings, &all(&model, &projection));
        Self { model, projection, optimizer, device: device.clone() }
    }

    /// Takes up the optimizer's state that [`Learner::files`] wrote, after `time` steps.
    pub fn restore(&mut self, state: Tensors, time: u32) -> Result<()> {
        self.optimizer.restore(&all(&self.model, &self.projection), state, time, &self.device)
    }

    /// Steps that the optimizer has taken.
    pub fn time(&self) -> u32 {
        self.optimizer.time
    }

    pub fn tracked(&self) -> Tracked {
        let mut tracked = Tracked { model: self.model.clone(), projection: self.projection.clone() };
        for weight in tracked.model.weights_mut().into_iter().chain(&mut tracked.projection) {
            weight.tensor = weight.tensor.clone().autodiff().require_grad();
        }
        tracked
    }

    /// Moves the weights against the gradients; returns the gradients' norm. An error if it isn't
    /// finite.
    pub async fn learn(&mut self, gradients: WeightGradients, factor: f32) -> Result<f32> {
        Ok(self.learn_along(gradients, factor, Vec::new()).await?.0)
    }

    /// As [`Learner::learn`]; the values of `along` are read back in the same trip as the norm.
    pub async fn learn_along(
        &mut self,
        gradients: WeightGradients,
        factor: f32,
        along: Vec<Tensor<1>>,
    ) -> Result<(f32, Vec<f32>)> {
        let weights = self.model.weights_mut().into_iter().chain(&mut self.projection).collect();
        let (norm, along) = self.optimizer.step_along(weights, gradients, factor, along).await?;
        if !norm.is_finite() {
            return Err(Error::config(
                "The gradient is no longer finite.",
                "Resume from the last checkpoint with a lower learning rate.",
            ));
        }
        Ok((norm, along))
    }

    /// Weights and optimizer as two safetensors files.
    pub async fn files(&self) -> Result<[(String, Vec<u8>); 2]> {
        let weights = all(&self.model, &self.projection);
        let state = self.optimizer.read_back(&weights).await?;
        Ok([
            (WEIGHTS.into(), write_weights(&weights, Precision::F32).await?),
            (STATE.into(), write_tensors(state, Precision::F32)?),
        ])
    }
}

impl Tracked {
    /// The gradients of a loss. It ends the copies, so that the weights have one owner again and can
    /// change in place.
    pub fn gradients(self, loss: Tensor<1>) -> WeightGradients {
        gradients_of(all(&self.model, &self.projection), loss.backward())
    }
}

fn all<'a>(model: &'a Transformer, projection: &'a Option<Weight>) -> Vec<&'a Weight> {
    model.weights().into_iter().chain(projection).collect()
}

/// Names of the files.
pub const WEIGHTS: &str = "model.safetensors";
pub const STATE: &str = "optimizer.safetensors";

/// The gradients of weights that record them.
pub fn gradients_of(tracked: Vec<&Weight>, mut gradients: Gradients) -> WeightGradients {
    taken(tracked, &mut gradients)
}

/// The gradients of weights that record them, out of those of others.
pub fn taken(tracked: Vec<&Weight>, gradients: &mut Gradients) -> WeightGradients {
    tracked.into_iter().map(|weight| weight.tensor.grad_remove(gradients)).collect()
}

/// Gradients of the same weights, added up.
pub fn sum_gradients(sum: Option<WeightGradients>, more: WeightGradients) -> WeightGradients {
    let Some(sum) = sum else { return more };
    let both = |(a, b): (Option<Tensor<2>>, Option<Tensor<2>>)| match (a, b) {
        (Some(a), Some(b)) => Some(a + b),
        (a, b) => a.or(b),
    };
    sum.into_iter().zip(more).map(both).collect()
}
