//! A plain GPT out of our kernels, for the race against other programs, which build the same out of
//! theirs: embeddings of tokens and places, blocks of causal attention and SwiGLU behind RMSNorms,
//! a head of its own, trained by plain gradient descent.

use crate::error::Result;
use crate::kernels::{
    Heads, added_linear, attention, cross_entropy, embedding, gated_linear, linear, normed_linear, rms_norm,
};
use crate::model::weight::read_values;
use burn::tensor::{Device, Int, Tensor, TensorData};
use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Shape {
    pub layers: usize,
    pub width: usize,
    pub heads: usize,
    /// Width between gate and down.
    pub inner: usize,
    pub vocab: usize,
    pub rows: usize,
    pub length: usize,
}

/// Of the norms.
const EPS: f32 = 1e-5;
const RATE: f32 = 0.1;
const PER_LAYER: usize = 6;

pub struct Gpt {
    shape: Shape,
    /// Tokens `[V, D]`, places `[T, D]`; each layer: norm `[1, D]`, query, key and value `[3D, D]`,
    /// output `[D, D]`, norm, gate and up `[2F, D]`, down `[D, F]`; last norm, head `[V, D]`.
    weights: Vec<Tensor<2>>,
    tokens: Tensor<2, Int>,
    places: Tensor<2, Int>,
    starts: Tensor<2, Int>,
    targets: Tensor<1, Int>,
}

impl Shape {
    /// Shapes of the weights, in their order.
    fn weights(&self) -> Vec<[usize; 2]> {
        let Self { layers, width: d, inner: f, vocab, length, .. } = *self;
        let layer = [[1, d], [3 * d, d], [d, d], [1, d], [2 * f, d], [d, f]];
        let mut shapes = vec![[vocab, d], [length, d]];
        shapes.extend((0..layers).flat_map(|_| layer));
        shapes.extend([[1, d], [vocab, d]]);
        shapes
    }
}

impl Gpt {
    /// `values` are all weights in their order. Token `i` of a row is to be followed by `targets[i]`.
    pub fn new(shape: Shape, values: &[f32], tokens: &[i32], targets: &[i32], device: &Device) -> Self {
        let (b, t) = (shape.rows, shape.length);
        let mut rest = values;
        let weights = shape
            .weights()
            .into_iter()
            .map(|dims| {
                let (own, behind) = rest.split_at(dims[0] * dims[1]);
                rest = behind;
                Tensor::from_data(TensorData::new(own.to_vec(), dims), device)
            })
            .collect();
        assert!(rest.is_empty(), "{} weights too many", rest.len());
        let ints = |values: Vec<i32>| Tensor::<2, Int>::from_data(TensorData::new(values, [b, t]), device);
        Self {
            shape,
            weights,
            tokens: ints(tokens.to_vec()),
            places: ints((0..b).flat_map(|_| 0..t as i32).collect()),
            starts: ints(vec![0; b * t]),
            targets: Tensor::from_data(TensorData::new(targets.to_vec(), [b * t]), device),
        }
    }

    /// Summed over the tokens.
    fn loss(&self, weights: &[Tensor<2>]) -> Tensor<1> {
        let Shape { layers, width: d, heads, rows, length, .. } = self.shape;
        let heads = Heads { query: heads, key_value: heads, size: d / heads };
        let mut x =
            embedding(weights[0].clone(), self.tokens.clone()) + embedding(weights[1].clone(), self.places.clone());
        let norm = |weight: &Tensor<2>| weight.clone().reshape([d]);
        for layer in weights[2..].chunks_exact(PER_LAYER).take(layers) {
            let [first, qkv, o, second, gate_up, down] = layer else { unreachable!() };
            let projected = normed_linear(x.clone(), norm(first), EPS, qkv.clone());
            x = added_linear(attention(projected, self.starts.clone(), heads, true), o.clone(), x);
            let gated = gated_linear(x.clone(), norm(second), EPS, gate_up.clone());
            x = added_linear(gated, down.clone(), x);
        }
        let [.., last, head] = weights else { unreachable!() };
        let logits = linear(rms_norm(x, norm(last), EPS).reshape([rows * length, d]), head.clone());
        cross_entropy(logits, self.targets.clone()).sum()
    }

    /// One step; the loss before it.
    pub async fn step(&mut self) -> Result<f32> {
        let tracked: Vec<_> = self.weights.iter().map(|weight| weight.clone().autodiff().require_grad()).collect();
        let loss = self.loss(&tracked);
        let n = (self.shape.rows * self.shape.length) as f32;
        // The rate is in the loss, once, instead of on every gradient.
        let mut gradients = (loss.clone() * (RATE / n)).backward();
        for (weight, tracked) in self.weights.iter_mut().zip(tracked) {
            let step = tracked.grad_remove(&mut gradients).expect("every weight has a gradient");
            *weight = weight.clone() - step;
        }
        Ok(read_values(loss.inner()).await?[0] / n)
    }
}

#[cfg(all(test, feature = "cpu"))]
mod tests {
    use super::*;
    use crate::kernels::check::random;
    use pollster::block_on;

    #[test]
    fn learns_what_follows() {
        let shape = Shape { layers: 2, width: 16, heads: 2, inner: 20, vocab: 11, rows: 2, length: 12 };
        let count = shape.weights().iter().map(|[rows, columns]| rows * columns).sum();
        let tokens: Vec<i32> = (0..24).map(|i| i * 7 % 11).collect();
        let targets: Vec<i32> = (0..24).map(|i| (i + 1) * 7 % 11).collect();
        let mut gpt = Gpt::new(shape, &random(5, count, 0.3), &tokens, &targets, &Device::flex());
        let first = block_on(gpt.step()).unwrap();
        let last = (0..150).map(|_| block_on(gpt.step()).unwrap()).last().unwrap();
        assert!((first - 11_f32.ln()).abs() < 0.5, "an untrained model knows nothing, but its loss is {first}");
        assert!(last < first / 2.0, "{first} became {last}");
    }
}
