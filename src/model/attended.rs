//! What a token attends to: the attention's probabilities, which the kernels never write down.

use burn::tensor::{Tensor, activation::softmax};

use super::transformer::{Rows, Transformer};
use crate::kernels::{Heads, attention};

impl Transformer {
    /// The attention of the last token of one sequence to each of its tokens, `[T]`: the mean over all layers and
    /// heads of `softmax(q k / sqrt d)` (Vaswani et al., section 3.2.1), a sum of 1. `rows` are `[1, T]`.
    pub fn attended(&self, rows: &Rows) -> Tensor<1> {
        let heads = self.config.heads();
        let mut layers = Vec::new();
        self.states(rows, |qkv, starts| {
            layers.push(of_last(qkv.clone(), heads));
            attention(qkv, starts, heads, true)
        });
        Tensor::stack::<2>(layers, 0).mean_dim(0).squeeze_dim(0)
    }
}

/// The last token's attention by one layer, `[T]`, the mean over its heads. `qkv` is `[1, T, packed]`.
fn of_last(qkv: Tensor<3>, heads: Heads) -> Tensor<1> {
    let [_, length, _] = qkv.dims();
    let (query, keys) = (heads.query * heads.size, heads.key_value * heads.size);
    let group = heads.query / heads.key_value;
    let q = qkv.clone().slice([0..1, length - 1..length, 0..query]).reshape([heads.key_value, group, heads.size]);
    let k = qkv.slice([0..1, 0..length, query..query + keys]).reshape([length, heads.key_value, heads.size]);
    let scores = q.matmul(k.permute([1, 2, 0])).div_scalar((heads.size as f32).sqrt());
    softmax(scores, 2).reshape([heads.query, length]).mean_dim(0).squeeze_dim(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::weight::read_values;
    use burn::tensor::{Device, Int, TensorData};

    #[test]
    fn it_is_what_the_attention_weighs_values_by() {
        // With one-hot values as long as a head, a head's output is its probabilities.
        let device = Device::flex();
        let (length, heads) = (8, Heads { query: 4, key_value: 2, size: 8 });
        let value = |t: usize, i: usize| match i.checked_sub((heads.query + heads.key_value) * heads.size) {
            None => ((t * 37 + i * 11) % 19) as f32 / 9.0 - 1.0,
            Some(i) => f32::from(i % heads.size == t),
        };
        let values: Vec<f32> = (0..length).flat_map(|t| (0..heads.packed()).map(move |i| value(t, i))).collect();
        let qkv = Tensor::<3>::from_data(TensorData::new(values, [1, length, heads.packed()]), &device);
        let starts = Tensor::<2, Int>::zeros([1, length], &device);
        let out = attention(qkv.clone(), starts, heads, true).slice([0..1, length - 1..length]);
        let weighed = out.reshape([heads.query, length]).mean_dim(0).squeeze_dim::<1>(0);

        let [ours, theirs] = [of_last(qkv, heads), weighed].map(|x| pollster::block_on(read_values(x)).unwrap());
        assert!(ours.iter().zip(&theirs).all(|(a, b)| (a - b).abs() < 1e-6), "{ours:?} {theirs:?}");
        assert!((ours.iter().sum::<f32>() - 1.0).abs() < 1e-6 && ours.iter().any(|share| (share - 0.125).abs() > 0.01));
    }
}
