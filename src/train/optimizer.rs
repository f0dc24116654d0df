//! Muon for the matrices inside the blocks, AdamW for everything else.
//!
//! Muon (Jordan et al. 2024): the momentum of a matrix is replaced by the nearest orthogonal
//! matrix, found by five Newton-Schulz steps, and scaled by `sqrt(max(1, rows / columns))`.
//! Stacked weights (query, key, value; gate, up) are orthogonalised part by part.

use crate::error::{Error, Result};
use crate::kernels::{AdamWStep, Transpose, adamw, matmul, sum_squares};
use crate::model::weight::{Tensors, read_values};
use crate::model::{Weight, WeightRole};
use burn::tensor::{Device, Tensor, TensorData};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerSettings {
    /// Of AdamW.
    pub learning_rate: f32,
    pub beta1: f32,
    pub beta2: f32,
    pub eps: f32,
    pub weight_decay: f32,
    /// Of Muon; without it, or with 0, AdamW does everything.
    pub muon_learning_rate: Option<f32>,
    pub muon_momentum: f32,
    /// The gradient is scaled down to this norm.
    pub clip: f32,
    pub trained: Trained,
}

/// Which weights learn; the others stay as they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trained {
    #[default]
    All,
    /// The blocks' matrices and norms.
    Blocks,
    /// The embedding and the head: what each token means.
    Tables,
    /// The norms alone: so few numbers that a few noisy rewards agree on them.
    Norms,
}

impl Trained {
    fn has(self, role: WeightRole) -> bool {
        match self {
            _ if role == WeightRole::Fixed => false,
            Trained::All => true,
            Trained::Blocks => role != WeightRole::Table,
            Trained::Tables => role == WeightRole::Table,
            Trained::Norms => role == WeightRole::Vector,
        }
    }
}

impl Default for OptimizerSettings {
    fn default() -> Self {
        Self {
            learning_rate: 3e-3,
            beta1: 0.9,
            beta2: 0.98,
            eps: 1e-8,
            weight_decay: 0.01,
            muon_learning_rate: Some(0.02),
            muon_momentum: 0.95,
            clip: 1.0,
            trained: Trained::All,
        }
    }
}

/// A gradient for each weight that has one.
pub type WeightGradients = Vec<Option<Tensor<2>>>;

#[derive(Clone)]
pub struct Optimizer {
    settings: OptimizerSettings,
    states: Vec<Moments>,
    /// Steps taken.
    pub time: u32,
}

#[derive(Clone)]
#[allow(clippy::large_enum_variant)] // one a weight: a few dozen in all
enum Moments {
    AdamW { m: Tensor<2>, v: Tensor<2> },
    Muon { momentum: Tensor<2> },
    Fixed,
}

impl Optimizer {
    pub fn new(settings: OptimizerSettings, weights: &[&Weight]) -> Self {
        let states = weights
            .iter()
            .map(|weight| match weight.role {
                role if !settings.trained.has(role) => Moments::Fixed,
                WeightRole::Matrix if settings.muon_learning_rate.is_some_and(|rate| rate > 0.0) => {
                    Moments::Muon { momentum: weight.tensor.zeros_like() }
                }
                _ => Moments::AdamW { m: weight.tensor.zeros_like(), v: weight.tensor.zeros_like() },
            })
            .collect();
        Self { settings, states, time: 0 }
    }

    /// One step. `gradients` are in the order of `weights`; `factor` scales every learning rate.
    /// Returns the norm of the gradient before clipping; if it isn't finite, nothing is changed.
    pub async fn step(&mut self, weights: Vec<&mut Weight>, gradients: WeightGradients, factor: f32) -> Result<f32> {
        Ok(self.step_along(weights, gradients, factor, Vec::new()).await?.0)
    }

    /// As [`Optimizer::step`]; the values of `along` are read back in the same trip as the norm.
    pub async fn step_along(
        &mut self,
        weights: Vec<&mut Weight>,
        mut gradients: WeightGradients,
        factor: f32,
        along: Vec<Tensor<1>>,
    ) -> Result<(f32, Vec<f32>)> {
        for (gradient, _) in gradients.iter_mut().zip(&self.states).filter(|(_, state)| matches!(state, Moments::Fixed))
        {
            *gradient = None;
        }
        let sums = sum_squares(gradients.iter().flatten());
        let blocks = sums.as_ref().map_or(0, |sums| sums.dims()[0]);
        let wanted: Vec<Tensor<1>> = sums.into_iter().chain(along).collect();
        let mut values = if wanted.is_empty() { Vec::new() } else { read_values(Tensor::cat(wanted, 0)).await? };
        let along = values.split_off(blocks);
        let norm = values.iter().map(|&sum| f64::from(sum)).sum::<f64>().sqrt() as f32;
        if !norm.is_finite() {
            return Ok((norm, along));
        }
        self.time += 1;
        let now = self.now(factor, (self.settings.clip / (norm + 1e-6)).min(1.0), weights.first());
        for ((weight, gradient), state) in weights.into_iter().zip(gradients).zip(&mut self.states) {
            if let Some(gradient) = gradient {
                state.step(weight, gradient, &self.settings, &now);
            }
        }
        Ok((norm, along))
    }

    /// On the device of `weight`.
    fn now(&self, factor: f32, clip: f32, weight: Option<&&mut Weight>) -> Now {
        let OptimizerSettings { learning_rate, beta1, beta2, eps, .. } = self.settings;
        let learning_rate = learning_rate * factor;
        let step = AdamWStep { learning_rate, beta1, beta2, eps, gradient_scale: clip, time: self.time };
        Now { adamw: weight.map(|weight| step.on(&weight.tensor.device())), factor, clip }
    }

    /// Everything that a resumed run needs, as named tensors.
    pub async fn read_back(&self, weights: &[&Weight]) -> Result<Vec<(String, TensorData)>> {
        let mut tensors = Vec::new();
        for (weight, state) in weights.iter().zip(&self.states) {
            for (what, tensor) in state.tensors() {
                let dims = tensor.dims();
                let values = read_values(tensor.clone()).await?;
                tensors.push((format!("{}.{what}", weight.parts[0].name), TensorData::new(values, dims)));
            }
        }
        Ok(tensors)
    }

    /// Takes up where [`Optimizer::read_back`] left off: with exactly those tensors, or not at all.
    pub fn restore(&mut self, weights: &[&Weight], mut tensors: Tensors, time: u32, device: &Device) -> Result<()> {
        let refused = |what: String| Err(Error::checkpoint(what, "Resume with the recipe that the run began with."));
        let mut states = self.states.clone();
        for (weight, state) in weights.iter().zip(&mut states) {
            for (what, tensor) in state.tensors_mut() {
                let name = format!("{}.{what}", weight.parts[0].name);
                let Some(data) = tensors.remove(&name) else {
                    return refused(format!("The optimizer's state lacks {name}."));
                };
                if data.shape().iter().copied().ne(tensor.dims()) {
                    return refused(format!(
                        "The optimizer's {name} has the shape {:?}, not {:?}.",
                        data.shape(),
                        tensor.dims()
                    ));
                }
                *tensor = Tensor::from_data(data, device);
            }
        }
        if let Some(name) = tensors.keys().next() {
            return refused(format!("The optimizer's state holds {name}, which this recipe doesn't train."));
        }
        (self.states, self.time) = (states, time);
        Ok(())
    }
}

/// What is the same for all weights in one step.
struct Now {
    /// The numbers of AdamW's step; None where there are no weights.
    adamw: Option<Tensor<1>>,
    /// On every learning rate.
    factor: f32,
    /// On every gradient.
    clip: f32,
}

impl Moments {
    fn tensors(&self) -> Vec<(&'static str, &Tensor<2>)> {
        match self {
            Moments::AdamW { m, v } => vec![("m", m), ("v", v)],
            Moments::Muon { momentum } => vec![("momentum", momentum)],
            Moments::Fixed => vec![],
        }
    }

    fn tensors_mut(&mut self) -> Vec<(&'static str, &mut Tensor<2>)> {
        match self {
            Moments::AdamW { m, v } => vec![("m", m), ("v", v)],
            Moments::Muon { momentum } => vec![("momentum", momentum)],
            Moments::Fixed => vec![],
        }
    }

    fn step(&mut self, weight: &mut Weight, gradient: Tensor<2>, settings: &OptimizerSettings, now: &Now) {
        // The weight's tensor is taken out so that it has one owner and can change in place.
        match self {
            Moments::AdamW { m, v } => {
                let decay = if weight.role == WeightRole::Vector { 0.0 } else { settings.weight_decay };
                let numbers = now.adamw.clone().expect("made for these weights");
                let empty = || Tensor::<2>::empty([0, 0], &gradient.device());
                let [w, old_m, old_v] = [&mut weight.tensor, m, v].map(|slot| std::mem::replace(slot, empty()));
                (weight.tensor, *m, *v) = adamw(w, gradient.clone(), old_m, old_v, numbers, decay);
            }
            Moments::Muon { momentum } => {
                let (beta, rate) = (settings.muon_momentum, settings.muon_learning_rate.unwrap_or(0.0) * now.factor);
                let fresh = gradient * ((1.0 - beta) * now.clip);
                *momentum = momentum.clone() * beta + fresh.clone();
                let nesterov = fresh + momentum.clone() * beta;
                let columns = nesterov.dims()[1];
                let mut from = 0;
                let updates = weight.parts.iter().map(|part| {
                    let rows = from..from + part.rows;
                    from += part.rows;
                    let scale = (part.rows as f32 / columns as f32).max(1.0).sqrt();
                    orthogonalize(nesterov.clone().slice([rows, 0..columns])) * scale
                });
                let update = Tensor::cat(updates.collect(), 0);
                weight.tensor = weight.tensor.clone() * (1.0 - rate * settings.weight_decay) - update * rate;
            }
            Moments::Fixed => {}
        }
    }
}

/// Five quintic Newton-Schulz steps towards the nearest orthogonal matrix.
fn orthogonalize(gradient: Tensor<2>) -> Tensor<2> {
    const COEFFICIENTS: [f32; 3] = [3.4445, -4.7750, 2.0315];
    let [a, b, c] = COEFFICIENTS;
    let [rows, columns] = gradient.dims();
    let tall = rows > columns;
    let x = if tall { gradient.transpose() } else { gradient };
    let norm = (x.clone() * x.clone()).sum().sqrt() + 1e-7;
    let mut x = x / norm.reshape([1, 1]);
    for _ in 0..5 {
        let gram = matmul(x.clone(), x.clone(), Transpose::Right);
        let polynomial = gram.clone() * b + matmul(gram.clone(), gram, Transpose::None) * c;
        x = x.clone() * a + matmul(polynomial, x, Transpose::None);
    }
    if tall { x.transpose() } else { x }
}
