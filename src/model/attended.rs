//! What a token attends to: the attention's probabilities, which the kernels never write down. They are computed on
//! the host, from queries and keys: a matrix product of burn's would double what the page's WebGPU module weighs.

use burn::tensor::Tensor;

use super::transformer::{Rows, Transformer};
use super::weight::read_values;
use crate::error::Result;
use crate::kernels::Heads;

impl Transformer {
    /// The attention of the last token of one sequence to each of its `T` tokens: the mean over all layers and heads
    /// of `softmax(q k / sqrt d)` (Vaswani et al., section 3.2.1), a sum of 1. `rows` are `[1, T]`.
    pub async fn attended(&self, rows: &Rows) -> Result<Vec<f32>> {
        let heads = self.config.heads();
        let mut layers = Vec::new();
        self.watched(rows, |qkv| layers.push(query_and_keys(qkv, heads)));
        let [_, length] = rows.tokens.dims();
        let share = 1.0 / (layers.len() * heads.query) as f32;
        let mut sum = vec![0.0; length];
        for [query, keys] in layers {
            let (query, keys) = (read_values(query).await?, read_values(keys).await?);
            for head in of_heads(&query, &keys, heads) {
                sum.iter_mut().zip(head).for_each(|(sum, probability)| *sum += probability * share);
            }
        }
        Ok(sum)
    }
}

/// The last token's queries and all keys, `[1, ..]` and `[T, ..]`, of projections `[1, T, packed]`.
fn query_and_keys(qkv: &Tensor<3>, heads: Heads) -> [Tensor<2>; 2] {
    let [_, length, _] = qkv.dims();
    let (query, keys) = (heads.query * heads.size, heads.key_value * heads.size);
    [
        qkv.clone().slice([0..1, length - 1..length, 0..query]).reshape([1, query]),
        qkv.clone().slice([0..1, 0..length, query..query + keys]).reshape([length, keys]),
    ]
}

/// The probabilities of each head.
fn of_heads(query: &[f32], keys: &[f32], heads: Heads) -> Vec<Vec<f32>> {
    let group = heads.query / heads.key_value;
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let of_head = |(head, q): (usize, &[f32])| {
        let from = head / group * heads.size;
        let token = |keys: &[f32]| dot(q, &keys[from..from + heads.size]) / (heads.size as f32).sqrt();
        let scores: Vec<f32> = keys.chunks_exact(heads.key_value * heads.size).map(token).collect();
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let exponentials: Vec<f32> = scores.iter().map(|score| (score - most).exp()).collect();
        let sum: f32 = exponentials.iter().sum();
        exponentials.into_iter().map(|exponential| exponential / sum).collect()
    };
    query.chunks_exact(heads.size).enumerate().map(of_head).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::attention;
    use burn::tensor::{Device, Int, TensorData};
    use pollster::block_on;

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
        let theirs = block_on(read_values(out)).unwrap();

        let [query, keys] = query_and_keys(&qkv, heads).map(|x| block_on(read_values(x)).unwrap());
        let ours = of_heads(&query, &keys, heads);
        for (ours, theirs) in ours.iter().zip(theirs.chunks_exact(heads.size)) {
            assert!(ours.iter().zip(theirs).all(|(a, b)| (a - b).abs() < 1e-6), "{ours:?} {theirs:?}");
            assert!(
                (ours.iter().sum::<f32>() - 1.0).abs() < 1e-5 && ours.iter().any(|share| (share - 0.125).abs() > 0.01)
            );
        }
    }
}
