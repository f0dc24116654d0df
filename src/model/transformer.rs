//! Chameleon's decoder (SYSTEM: arXiv 2405.09818; tensor names as Hugging Face has them).

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::kernels::{
    Places, added_linear, attention, attention_cached, embedding, gated_linear, linear, normed_linear, qk_norm_rope,
    rms_norm, swiglu,
};
use crate::model::cache::Cache;
use crate::model::weight::{Init, StoredTensor, Weight, WeightRole, WeightSource};
use burn::tensor::{Device, Int, Tensor};

/// The transformer over text and picture tokens.
#[derive(Clone)]
pub struct Transformer {
    pub config: ModelConfig,
    embed_tokens: Weight,
    layers: Vec<Layer>,
    norm: Weight,
    lm_head: Weight,
}

#[derive(Clone)]
struct Layer {
    input_layernorm: Weight,
    qkv: Weight,
    qk_norm: Weight,
    qk_norm_bias: Weight,
    o: Weight,
    post_attention_layernorm: Weight,
    gate_up: Weight,
    down: Weight,
}

/// What the rows of a batch hold: tokens with their positions, and for each the first token that
/// it may see (documents packed into one row don't see each other). All `[B, T]`.
#[derive(Clone)]
pub struct Rows {
    pub tokens: Tensor<2, Int>,
    pub positions: Tensor<2, Int>,
    pub starts: Tensor<2, Int>,
}

/// Tokens that a sequence reads next.
#[derive(Clone, Copy)]
pub struct Piece<'a> {
    pub sequence: usize,
    pub tokens: &'a [u32],
    /// The logits after so many of them, the last ones, are wanted; at least one.
    pub wanted: usize,
}

impl Transformer {
    /// From named tensors, or new by seed.
    pub fn build(config: &ModelConfig, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let (hidden, vocab) = (config.hidden_size, config.vocab_size);
        let layers =
            (0..config.num_hidden_layers).map(|i| Layer::build(config, i, source, device)).collect::<Result<_>>()?;
        let table = Init::Normal(0.02);
        Ok(Self {
            config: config.clone(),
            embed_tokens: source.matrix(
                &[("model.embed_tokens.weight", vocab)],
                hidden,
                table,
                WeightRole::Table,
                device,
            )?,
            layers,
            norm: source.vector("model.norm.weight", hidden, Init::Constant(1.0), device)?,
            lm_head: source.matrix(&[("lm_head.weight", vocab)], hidden, table, WeightRole::Table, device)?,
        })
    }

    pub fn weights(&self) -> Vec<&Weight> {
        let layers = self.layers.iter().flat_map(Layer::weights);
        std::iter::once(&self.embed_tokens).chain(layers).chain([&self.norm, &self.lm_head]).collect()
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let layers = self.layers.iter_mut().flat_map(Layer::weights_mut);
        std::iter::once(&mut self.embed_tokens).chain(layers).chain([&mut self.norm, &mut self.lm_head]).collect()
    }

    /// `(1 - share) self + share other`, weight by weight ("model soup", Wortsman et al. 2022): the mean of two runs
    /// that began alike often keeps what each of them learned.
    pub fn towards(&self, other: &Self, share: f32) -> Result<Self> {
        let mut mean = self.clone();
        let shapes = |model: &Self| model.weights().iter().map(|weight| weight.tensor.dims()).collect::<Vec<_>>();
        if shapes(self) != shapes(other) {
            return Err(Error::checkpoint(
                "The two models have different shapes.",
                "Take the mean of two runs of one preset.",
            ));
        }
        for (weight, other) in mean.weights_mut().into_iter().zip(other.weights()) {
            weight.tensor = weight.tensor.clone() * (1.0 - share) + other.tensor.clone() * share;
        }
        Ok(mean)
    }

    /// States after the last norm, `[B, T, hidden]`: what the head reads, Hugging Face's last hidden states.
    pub fn hidden(&self, rows: &Rows) -> Tensor<3> {
        self.watched(rows, |_| {})
    }

    /// The same; `watch` sees each layer's normed and rotated projections.
    pub(super) fn watched(&self, rows: &Rows, mut watch: impl FnMut(&Tensor<3>)) -> Tensor<3> {
        let mut x = embedding(self.embed_tokens.matrix(), rows.tokens.clone());
        for layer in &self.layers {
            x = layer.forward(x, &self.config, |qkv| {
                let qkv = layer.norm_and_rotate(qkv, rows.positions.clone(), &self.config);
                watch(&qkv);
                attention(qkv, rows.starts.clone(), self.config.heads(), true)
            });
        }
        rms_norm(x, self.norm.vector(), self.config.rms_norm_eps)
    }

    /// Logits over the whole vocabulary, unmasked, for any states `[.., hidden]`.
    pub fn logits<const D: usize>(&self, hidden: Tensor<D>) -> Tensor<D> {
        linear(hidden, self.lm_head.matrix())
    }

    /// For so many sequences of up to `capacity` tokens.
    pub fn new_cache(&self, sequences: usize, capacity: usize) -> Cache {
        let heads = self.config.heads();
        let device = self.lm_head.tensor.device();
        let layers = self
            .layers
            .iter()
            .map(|_| Some(Tensor::zeros([sequences, 2, capacity, heads.key_value * heads.size], &device)))
            .collect();
        Cache { layers, positions: vec![0; sequences], capacity }
    }

    /// Reads `tokens` after what the cache of one sequence holds; the logits after each of the last `wanted` of
    /// them, `[wanted, V]`.
    pub fn feed(&self, tokens: &[u32], wanted: usize, cache: &mut Cache) -> Tensor<2> {
        self.feed_each(&[Piece { sequence: 0, tokens, wanted }], cache)
    }

    /// Some sequences read on, a piece each; the logits that the pieces want, `[.., V]`, one piece's behind the
    /// other's. No two pieces are of the same sequence.
    pub fn feed_each(&self, pieces: &[Piece], cache: &mut Cache) -> Tensor<2> {
        let device = self.lm_head.tensor.device();
        let (mut ids, mut wanted) = (Vec::new(), Vec::new());
        let [mut sequence, mut position, mut start] = [const { Vec::new() }; 3];
        for piece in pieces {
            let (first, n) = (ids.len() as i32, piece.tokens.len());
            let read = &mut cache.positions[piece.sequence];
            ids.extend(piece.tokens.iter().map(|&token| token as i32));
            position.extend((*read..*read + n).map(|position| position as i32));
            sequence.resize(ids.len(), piece.sequence as i32);
            start.resize(ids.len(), first);
            wanted.extend(ids.len() as i32 - piece.wanted as i32..ids.len() as i32);
            *read += n;
        }
        let ids = ints(&ids, &device);
        let places = Places {
            sequence: ints(&sequence, &device),
            position: ints(&position, &device),
            start: ints(&start, &device),
        };
        let wanted = (wanted.len() < position.len()).then_some(wanted);
        self.read(ids, places, wanted.as_deref(), cache)
    }

    /// As [`Transformer::feed`] for one token `[1]` that is on the device, as is its position `[1]`; `zero` is
    /// that, `[1]`.
    pub fn step(
        &self,
        token: Tensor<1, Int>,
        zero: Tensor<1, Int>,
        position: Tensor<1, Int>,
        cache: &mut Cache,
    ) -> Tensor<2> {
        cache.positions[0] += 1;
        self.read(token, Places { sequence: zero.clone(), position, start: zero }, None, cache)
    }

    /// The logits after all of the tokens `ids [T]`, or after those that are `wanted`.
    fn read(&self, ids: Tensor<1, Int>, places: Places, wanted: Option<&[i32]>, cache: &mut Cache) -> Tensor<2> {
        let [n] = ids.dims();
        let positions = places.position.clone().reshape([1, n]);
        let mut x = embedding(self.embed_tokens.matrix(), ids.reshape([1, n]));
        for (layer, slot) in self.layers.iter().zip(&mut cache.layers) {
            x = layer.forward(x, &self.config, |qkv| {
                let qkv = layer.norm_and_rotate(qkv, positions.clone(), &self.config);
                let held = slot.take().expect("a cache is put back after each op");
                let (o, held) = attention_cached(qkv, held, places.clone(), self.config.heads());
                *slot = Some(held);
                o
            });
        }
        let x = x.reshape([n, self.config.hidden_size]);
        let x = match wanted {
            None => x,
            Some(wanted) => {
                let (first, end) = (wanted[0] as usize, wanted[wanted.len() - 1] as usize + 1);
                // Those of one sequence are neighbours.
                match end - first == wanted.len() {
                    true => x.slice([first..end, 0..self.config.hidden_size]),
                    false => x.select(0, ints(wanted, &self.lm_head.tensor.device())),
                }
            }
        };
        normed_linear(x, self.norm.vector(), self.config.rms_norm_eps, self.lm_head.matrix())
    }
}

fn ints(values: &[i32], device: &Device) -> Tensor<1, Int> {
    Tensor::from_ints(values, device)
}

impl Layer {
    fn build(config: &ModelConfig, index: usize, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let (hidden, intermediate, heads) = (config.hidden_size, config.intermediate_size, config.heads());
        let name = |tensor: &str| format!("model.layers.{index}.{tensor}");
        let (q, kv) = (heads.query * heads.size, heads.key_value * heads.size);
        let input = Init::Normal((1.0 / hidden as f32).sqrt());
        // What a block adds begins small, so that a deep stack begins near the identity.
        let output = |width: usize| Init::Normal((1.0 / (width * 2 * config.num_hidden_layers) as f32).sqrt());
        let one = Init::Constant(1.0);
        let norm_parts = |what: &str| {
            [("q_norm", heads.query), ("k_norm", heads.key_value)]
                .map(|(norm, rows)| StoredTensor {
                    name: name(&format!("self_attn.{norm}.{what}")),
                    shape: vec![rows, heads.size],
                    rows,
                })
                .to_vec()
        };
        Ok(Self {
            input_layernorm: source.vector(&name("input_layernorm.weight"), hidden, one, device)?,
            qkv: source.matrix(
                &[
                    (&name("self_attn.q_proj.weight"), q),
                    (&name("self_attn.k_proj.weight"), kv),
                    (&name("self_attn.v_proj.weight"), kv),
                ],
                hidden,
                input,
                WeightRole::Matrix,
                device,
            )?,
            qk_norm: source.stacked(norm_parts("weight"), heads.size, one, WeightRole::Vector, device)?,
            qk_norm_bias: source.stacked(
                norm_parts("bias"),
                heads.size,
                Init::Constant(0.0),
                WeightRole::Vector,
                device,
            )?,
            o: source.matrix(
                &[(&name("self_attn.o_proj.weight"), hidden)],
                q,
                output(q),
                WeightRole::Matrix,
                device,
            )?,
            post_attention_layernorm: source.vector(&name("post_attention_layernorm.weight"), hidden, one, device)?,
            gate_up: source.matrix(
                &[(&name("mlp.gate_proj.weight"), intermediate), (&name("mlp.up_proj.weight"), intermediate)],
                hidden,
                input,
                WeightRole::Matrix,
                device,
            )?,
            down: source.matrix(
                &[(&name("mlp.down_proj.weight"), hidden)],
                intermediate,
                output(intermediate),
                WeightRole::Matrix,
                device,
            )?,
        })
    }

    fn weights(&self) -> [&Weight; 8] {
        [
            &self.input_layernorm,
            &self.qkv,
            &self.qk_norm,
            &self.qk_norm_bias,
            &self.o,
            &self.post_attention_layernorm,
            &self.gate_up,
            &self.down,
        ]
    }

    fn weights_mut(&mut self) -> [&mut Weight; 8] {
        [
            &mut self.input_layernorm,
            &mut self.qkv,
            &mut self.qk_norm,
            &mut self.qk_norm_bias,
            &mut self.o,
            &mut self.post_attention_layernorm,
            &mut self.gate_up,
            &mut self.down,
        ]
    }

    fn norm_and_rotate(&self, qkv: Tensor<3>, positions: Tensor<2, Int>, config: &ModelConfig) -> Tensor<3> {
        qk_norm_rope(qkv, self.qk_norm.matrix(), self.qk_norm_bias.matrix(), positions, config.heads(), config.rope())
    }

    /// `attend` turns the packed projections `[B, T, packed]` into the heads' outputs.
    fn forward(&self, x: Tensor<3>, config: &ModelConfig, attend: impl FnOnce(Tensor<3>) -> Tensor<3>) -> Tensor<3> {
        let (before, after) = (&self.input_layernorm, &self.post_attention_layernorm);
        let eps = config.rms_norm_eps;
        if config.swin_norm {
            let norm = |x: Tensor<3>, weight: &Weight| rms_norm(x, weight.vector(), eps);
            let attended = linear(attend(linear(x.clone(), self.qkv.matrix())), self.o.matrix());
            let h = x + norm(attended, before);
            h.clone() + norm(linear(swiglu(linear(h, self.gate_up.matrix())), self.down.matrix()), after)
        } else {
            let attended = attend(normed_linear(x.clone(), before.vector(), eps, self.qkv.matrix()));
            let h = added_linear(attended, self.o.matrix(), x);
            let gated = gated_linear(h.clone(), after.vector(), eps, self.gate_up.matrix());
            added_linear(gated, self.down.matrix(), h)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::weight::read_values;

    #[test]
    fn a_mean_lies_half_way_and_needs_equal_shapes() {
        let (device, config) = (Device::flex(), ModelConfig::preset("nano", 2048).unwrap());
        let model =
            |config: &ModelConfig, seed| Transformer::build(config, &mut WeightSource::random(seed), &device).unwrap();
        let (a, b) = (model(&config, 1), model(&config, 2));
        let mean = a.towards(&b, 0.5).unwrap();
        let values = |model: &Transformer| -> Vec<Vec<f32>> {
            let weights = model.weights();
            weights.iter().map(|weight| pollster::block_on(read_values(weight.tensor.clone())).unwrap()).collect()
        };
        for ((mean, a), b) in values(&mean).iter().zip(values(&a)).zip(values(&b)) {
            assert!(mean.iter().zip(a).zip(b).all(|((mean, a), b)| *mean == (a + b) / 2.0));
        }
        let larger = model(&ModelConfig::preset("mini", 2048).unwrap(), 1);
        assert_eq!(a.towards(&larger, 0.5).err().map(|error| error.code()), Some("checkpoint"));
    }
}
