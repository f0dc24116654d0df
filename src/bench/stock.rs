//! The transformer as it looks without kernels of its own: Burn's operations alone, in the way of
//! Burn's own modules. What it computes is what [`Transformer`] computes.

use crate::config::ModelConfig;
use crate::error::Result;
use crate::model::weight::{WeightRole, read_values};
use crate::model::{Transformer, Weight};
use crate::train::batch::Batch;
use crate::train::optimizer::OptimizerSettings;
use burn::optim::{AdamW, AdamWConfig, AdamWState, Optimizer};
use burn::tensor::activation::{log_softmax, silu, softmax};
use burn::tensor::module::{embedding, linear};
use burn::tensor::{Device, Int, Tensor, TensorData};

/// Weights in the order of [`Transformer::weights`]; matrices are `[in, out]`, as Burn keeps them.
#[derive(Clone)]
pub struct Stock {
    config: ModelConfig,
    weights: Vec<Tensor<2>>,
}

/// Weights of one layer.
const PER_LAYER: usize = 8;

/// Queries, keys and values `[B, heads, T, d]`.
type Projections = [Tensor<4>; 3];

impl Stock {
    pub fn new(model: &Transformer) -> Self {
        let heads = model.config.heads();
        assert_eq!(heads.query, heads.key_value, "shared key heads are not written here");
        assert!(!model.config.swin_norm, "norms after the blocks are not written here");
        let weights = model.weights();
        let last = weights.len() - 1;
        let own = |(index, weight): (usize, &&Weight)| {
            let tensor = weight.tensor.clone();
            let turned = weight.role == WeightRole::Matrix || index == last;
            if turned { turn(tensor) } else { tensor }
        };
        let weights = weights.iter().enumerate().map(own).collect();
        Self { config: model.config.clone(), weights }
    }

    fn tracked(&self) -> Self {
        let weights = self.weights.iter().map(|weight| weight.clone().autodiff().require_grad()).collect();
        Self { config: self.config.clone(), weights }
    }

    fn embed(&self, ids: Tensor<2, Int>) -> Tensor<3> {
        embedding(self.weights[0].clone(), ids)
    }

    fn logits(&self, x: Tensor<3>) -> Tensor<3> {
        let [.., norm, head] = self.weights.as_slice() else { unreachable!("norm and head are always there") };
        linear(self.rms_norm(x, norm), head.clone(), None)
    }

    fn rms_norm(&self, x: Tensor<3>, weight: &Tensor<2>) -> Tensor<3> {
        let rms = (x.clone().square().mean_dim(2) + self.config.rms_norm_eps).sqrt();
        x / rms * weight.clone().unsqueeze()
    }

    /// One layer; `attend` turns the projections into the heads' outputs `[B, heads, T, d]`.
    fn layer(
        &self,
        index: usize,
        x: Tensor<3>,
        rotation: &[Tensor<4>; 2],
        attend: impl FnOnce(Projections) -> Tensor<4>,
    ) -> Tensor<3> {
        let weights = &self.weights[1 + index * PER_LAYER..][..PER_LAYER];
        let [input_norm, qkv, qk_norm, qk_bias, o, post_norm, gate_up, down] = weights else { unreachable!() };
        let [b, t, hidden] = x.dims();
        let heads = self.config.heads();
        let (n, d) = (heads.query, heads.size);

        let packed = linear(self.rms_norm(x.clone(), input_norm), qkv.clone(), None).reshape([b, t, 3 * n, d]);
        let queries_keys = packed.clone().slice([0..b, 0..t, 0..2 * n, 0..d]);
        let (variance, mean) = queries_keys.clone().var_mean_bias(3);
        let normal = (queries_keys - mean) / (variance + self.config.rope().eps).sqrt();
        let normal = normal * qk_norm.clone().reshape([1, 1, 2 * n, d]) + qk_bias.clone().reshape([1, 1, 2 * n, d]);
        let rotated = rotate(normal, rotation).swap_dims(1, 2);
        let part = |from: usize| rotated.clone().slice([0..b, from..from + n, 0..t, 0..d]);
        let values = packed.slice([0..b, 0..t, 2 * n..3 * n, 0..d]).swap_dims(1, 2);
        let attended = attend([part(0), part(n), values]).swap_dims(1, 2).reshape([b, t, n * d]);
        let x = x + linear(attended, o.clone(), None);

        let both = linear(self.rms_norm(x.clone(), post_norm), gate_up.clone(), None);
        let inner = both.dims()[2] / 2;
        let [gate, up] = [0, inner].map(|from| both.clone().slice([0..b, 0..t, from..from + inner]));
        assert_eq!(x.dims(), [b, t, hidden]);
        x + linear(silu(gate) * up, down.clone(), None)
    }

    /// Cosines and sines of positions, `[1, T, 1, d / 2]` each.
    fn rotation(&self, positions: std::ops::Range<usize>, device: &Device) -> [Tensor<4>; 2] {
        let (half, theta) = (self.config.heads().size / 2, self.config.rope().theta);
        let t = positions.len();
        let angles: Vec<f32> =
            positions.flat_map(|p| (0..half).map(move |j| p as f32 / theta.powf(j as f32 / half as f32))).collect();
        let angles = Tensor::<4>::from_data(TensorData::new(angles, [1, t, 1, half]), device);
        [angles.clone().cos(), angles.sin()]
    }

    /// The batch's loss: the weighted mean of its tokens' cross-entropies. Rows are one document each.
    fn loss(&self, batch: &Batch, device: &Device) -> Tensor<1> {
        let device = device.clone().autodiff();
        let (b, t) = (batch.rows, batch.length);
        let ints = |values: &[u32], shape: [usize; 2]| {
            let values: Vec<i32> = values.iter().map(|&v| v as i32).collect();
            Tensor::<2, Int>::from_data(TensorData::new(values, shape), &device)
        };
        let rotation = self.rotation(0..t, &device);
        let scale = (self.config.heads().size as f32).sqrt();
        let hidden_later = Tensor::<2>::ones([t, t], &device).triu(1) * -1e9;
        let mut x = self.embed(ints(&batch.tokens, [b, t]));
        for index in 0..self.config.num_hidden_layers {
            x = self.layer(index, x, &rotation, |[q, k, v]| {
                let scores = q.matmul(k.swap_dims(2, 3)) / scale + hidden_later.clone().unsqueeze();
                softmax(scores, 3).matmul(v)
            });
        }
        let logits = self.logits(x);
        let vocab = logits.dims()[2];
        let nll = log_softmax(logits.reshape([b * t, vocab]), 1).gather(1, ints(&batch.targets, [b * t, 1])).neg();
        let weights = Tensor::<2>::from_data(TensorData::new(batch.weights.clone(), [b * t, 1]), &device);
        (nll * weights).sum() / batch.weights.iter().sum::<f32>()
    }
}

/// `[out, in]` to `[in, out]`, in memory too.
fn turn(weight: Tensor<2>) -> Tensor<2> {
    let [rows, columns] = weight.dims();
    Tensor::zeros([columns, rows], &weight.device()).slice_assign([0..columns, 0..rows], weight.transpose())
}

/// Rotary positions of `x [B, T, heads, d]`, Hugging Face's layout.
fn rotate(x: Tensor<4>, [cos, sin]: &[Tensor<4>; 2]) -> Tensor<4> {
    let [b, t, heads, d] = x.dims();
    let [first, second] = [0, d / 2].map(|from| x.clone().slice([0..b, 0..t, 0..heads, from..from + d / 2]));
    Tensor::cat(
        vec![first.clone() * cos.clone() - second.clone() * sin.clone(), second * cos.clone() + first * sin.clone()],
        3,
    )
}

/// A stock transformer that learns, by Burn's AdamW.
pub struct StockLearner {
    model: Stock,
    /// For weights that decay, and for vectors, which don't.
    optimizers: [AdamW; 2],
    decays: Vec<bool>,
    states: Vec<Option<AdamWState<2>>>,
    settings: OptimizerSettings,
    device: Device,
}

impl StockLearner {
    pub fn new(model: &Transformer, settings: OptimizerSettings, device: &Device) -> Self {
        let decays: Vec<bool> = model.weights().iter().map(|weight| weight.role != WeightRole::Vector).collect();
        let adamw = |decay: f32| {
            AdamWConfig::new()
                .with_beta_1(settings.beta1)
                .with_beta_2(settings.beta2)
                .with_epsilon(settings.eps)
                .with_weight_decay(decay)
                .build()
        };
        let states = decays.iter().map(|_| None).collect();
        let optimizers = [adamw(settings.weight_decay), adamw(0.0)];
        Self { model: Stock::new(model), optimizers, decays, states, settings, device: device.clone() }
    }

    /// One step; the loss before it.
    pub async fn step(&mut self, batch: &Batch) -> Result<f64> {
        let tracked = self.model.tracked();
        let loss = tracked.loss(batch, &self.device);
        let mut gradients = loss.backward();
        let gradients: Vec<Tensor<2>> = tracked
            .weights
            .iter()
            .map(|w| w.grad_remove(&mut gradients).expect("every weight has a gradient"))
            .collect();
        drop(tracked);
        let squares = gradients.iter().map(|g| g.clone().square().sum()).collect();
        let norm = read_values(Tensor::cat(squares, 0)).await?.iter().sum::<f32>().sqrt();
        let scale = (self.settings.clip / (norm + 1e-6)).min(1.0);
        let rate = f64::from(self.settings.learning_rate);
        for (index, gradient) in gradients.into_iter().enumerate() {
            let optimizer = &self.optimizers[usize::from(!self.decays[index])];
            let state = self.states[index].take();
            let (weight, state) = optimizer.step(rate, self.model.weights[index].clone(), gradient * scale, state);
            (self.model.weights[index], self.states[index]) = (weight, state);
        }
        Ok(f64::from(read_values(loss.inner()).await?[0]))
    }
}

/// A stock transformer with a cache of keys and values.
pub struct StockDecoder {
    model: Stock,
    /// `[1, heads, T_max, d]`, keys and values of each layer.
    cache: Vec<[Tensor<4>; 2]>,
    position: usize,
    device: Device,
}

impl StockDecoder {
    pub fn new(model: &Transformer) -> Self {
        let device = model.weights()[0].tensor.device();
        let heads = model.config.heads();
        let shape = [1, heads.query, model.config.max_position_embeddings, heads.size];
        let empty = || [0, 1].map(|_| Tensor::zeros(shape, &device));
        let cache = (0..model.config.num_hidden_layers).map(|_| empty()).collect();
        Self { model: Stock::new(model), cache, position: 0, device }
    }

    pub fn reset(&mut self) {
        self.position = 0;
    }

    /// The logits after one more token.
    pub async fn feed(&mut self, token: u32) -> Result<Vec<f32>> {
        let Self { model, cache, position, device } = self;
        let at = *position;
        let rotation = model.rotation(at..at + 1, device);
        let mut x = model.embed(Tensor::from_data(TensorData::new(vec![token as i32], [1, 1]), &*device));
        for (index, held) in cache.iter_mut().enumerate() {
            x = model.layer(index, x, &rotation, |[q, k, v]| {
                let [_, heads, _, d] = q.dims();
                let scale = (d as f32).sqrt();
                for (slot, new) in held.iter_mut().zip([k, v]) {
                    // Taken out, so that it has one owner and can change in place.
                    let old = std::mem::replace(slot, Tensor::empty([1, 1, 1, 1], &*device));
                    *slot = old.slice_assign([0..1, 0..heads, at..at + 1, 0..d], new);
                }
                let [keys, values] = held.each_ref().map(|held| held.clone().slice([0..1, 0..heads, 0..at + 1, 0..d]));
                softmax(q.matmul(keys.swap_dims(2, 3)) / scale, 3).matmul(values)
            });
        }
        *position += 1;
        read_values(model.logits(x)).await
    }
}
