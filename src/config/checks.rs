//! What a `config.json` may say: values that fit each other, sizes within bounds (all memory is sized by them),
//! and nothing that would need arithmetic which this program doesn't have.

use super::{ModelConfig, VqConfig};
use crate::error::{Error, Result};
use crate::tokens::vocab::LARGEST_VOCABULARY;
use serde_json::{Map, Value};

/// Most of anything that has a length: far above every Chameleon.
const LARGEST_WIDTH: usize = 1 << 16;
const MOST_LAYERS: usize = 256;
/// Longest sequence. Keys and values of all of it are kept.
const LONGEST: usize = 1 << 16;
/// Bytes of the keys and values of one sequence.
const LARGEST_CACHE: u64 = if cfg!(target_pointer_width = "64") { 8 << 30 } else { 1 << 30 };
const LARGEST_PICTURE: usize = 1024;
/// Side of the grid of codes: attention compares each with each.
const LARGEST_GRID: usize = 64;
const MOST_LEVELS: usize = 8;

fn wrong<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::config(message, "Correct the value in config.json."))
}

/// An error that names the first value that isn't within 1 and its bound.
fn within(values: &[(&str, usize, usize)]) -> Result<()> {
    match values.iter().find(|(_, value, most)| !(1..=*most).contains(value)) {
        Some((name, value, most)) => wrong(format!("{name} is {value}; it must be between 1 and {most}.")),
        None => Ok(()),
    }
}

fn uncomputed<T>(what: impl std::fmt::Display) -> Result<T> {
    Err(Error::config(
        format!("config.json asks for {what}, which this program doesn't compute."),
        "Use a checkpoint without it: with it the answers would be wrong.",
    ))
}

impl ModelConfig {
    pub(super) fn check(&self) -> Result<()> {
        if self.model_type != "chameleon" {
            return wrong(format!("model_type is {:?}, not \"chameleon\".", self.model_type));
        }
        within(&[
            ("vocab_size", self.vocab_size, LARGEST_VOCABULARY),
            ("hidden_size", self.hidden_size, LARGEST_WIDTH),
            ("intermediate_size", self.intermediate_size, LARGEST_WIDTH),
            ("num_hidden_layers", self.num_hidden_layers, MOST_LAYERS),
            ("num_attention_heads", self.num_attention_heads, self.hidden_size),
            ("num_key_value_heads", self.num_key_value_heads, self.num_attention_heads),
            ("max_position_embeddings", self.max_position_embeddings, LONGEST),
        ])?;
        let (hidden, heads) = (self.hidden_size, self.num_attention_heads);
        if !hidden.is_multiple_of(heads) {
            return wrong(format!("hidden_size {hidden} can't be split into {heads} heads."));
        }
        if !heads.is_multiple_of(self.num_key_value_heads) {
            return wrong(format!("{heads} heads can't share {} key/value heads.", self.num_key_value_heads));
        }
        if !(hidden / heads).is_multiple_of(2) {
            return wrong("The size of a head must be even for rotary positions.");
        }
        let positive = |value: f32| value.is_finite() && value > 0.0;
        if !positive(self.rms_norm_eps) || !positive(self.rope().theta) {
            return wrong("rms_norm_eps and rope_theta must be numbers above zero.");
        }
        let width = (self.num_key_value_heads * (hidden / heads)) as u64;
        let cache = 8 * width * self.num_hidden_layers as u64 * self.max_position_embeddings as u64;
        if cache > LARGEST_CACHE {
            let (need, most) = (cache >> 20, LARGEST_CACHE >> 20);
            return wrong(format!(
                "Keys and values of max_position_embeddings {} would take {need} MiB; {most} are the most.",
                self.max_position_embeddings
            ));
        }
        self.check_computed()?;
        self.vq_config.check()
    }

    /// An error that names what would be computed wrongly.
    fn check_computed(&self) -> Result<()> {
        for bias in ["attention_bias", "mlp_bias"] {
            if !matches!(self.other.get(bias), None | Some(Value::Null | Value::Bool(false))) {
                return uncomputed(bias);
            }
        }
        if let Some(activation) =
            self.other.get("hidden_act").filter(|name| !["silu", "swish"].map(Value::from).contains(name))
        {
            return uncomputed(format!("the activation {activation}"));
        }
        let scaling = self.other.get("rope_scaling").and_then(Value::as_object);
        let kind = scaling.and_then(|scaling| scaling.get("rope_type").or(scaling.get("type"))).and_then(Value::as_str);
        if self.other.get("rope_scaling").is_some_and(|scaling| !scaling.is_null()) && kind != Some("default") {
            return uncomputed(format!("rope_scaling ({})", kind.unwrap_or("of an unknown type")));
        }
        if let Some(rope) = self.rope_parameters.as_ref().filter(|rope| rope.rope_type != "default") {
            return uncomputed(format!("rope_parameters of the type {:?}", rope.rope_type));
        }
        let partial = |of: &Map<String, Value>| {
            of.get("partial_rotary_factor").and_then(Value::as_f64).is_some_and(|factor| factor != 1.0)
        };
        if partial(&self.other) || self.rope_parameters.as_ref().is_some_and(|rope| partial(&rope.other)) {
            return uncomputed("partial_rotary_factor");
        }
        if self.other.get("quantization_config").is_some_and(|quantized| !quantized.is_null()) {
            return uncomputed("quantization_config");
        }
        let size = self.hidden_size / self.num_attention_heads;
        match self.other.get("head_dim").and_then(Value::as_u64) {
            Some(other) if other != size as u64 => uncomputed(format!("heads of size {other} in place of {size}")),
            _ => Ok(()),
        }
    }

    /// Whether the head's weights are those of the embedding.
    pub fn ties_embeddings(&self) -> bool {
        self.other.get(TIED).and_then(Value::as_bool) == Some(true)
    }

    /// From here on the head has weights of its own.
    pub fn untie_embeddings(&mut self) {
        self.other.insert(TIED.into(), false.into());
    }
}

const TIED: &str = "tie_word_embeddings";

impl VqConfig {
    fn check(&self) -> Result<()> {
        let wrong = |message: String| Err(Error::config(message, "Correct vq_config in config.json."));
        within(&[
            ("embed_dim", self.embed_dim, LARGEST_WIDTH),
            ("num_embeddings", self.num_embeddings, usize::from(u16::MAX) + 1),
            ("latent_channels", self.latent_channels, LARGEST_WIDTH),
            ("in_channels", self.in_channels, 3 * LARGEST_GRID * LARGEST_GRID),
            ("base_channels", self.base_channels, LARGEST_WIDTH),
            ("the length of channel_multiplier", self.channel_multiplier.len(), MOST_LEVELS),
            ("num_res_blocks", self.num_res_blocks, MOST_LAYERS),
            ("resolution", self.resolution, LARGEST_PICTURE),
        ])?;
        for multiplier in &self.channel_multiplier {
            within(&[("channel_multiplier", *multiplier, LARGEST_WIDTH / self.base_channels)])?;
        }
        if !self.in_channels.is_multiple_of(3) || self.fold() * self.fold() * 3 != self.in_channels {
            return wrong(format!("in_channels {} isn't 3 times a square.", self.in_channels));
        }
        if !self.base_channels.is_multiple_of(crate::kernels::group_norm::GROUPS) {
            return wrong(format!("base_channels {} isn't a multiple of 32.", self.base_channels));
        }
        if !self.resolution.is_multiple_of(1 << (self.channel_multiplier.len() - 1)) {
            return wrong("channel_multiplier halves the resolution too often.".into());
        }
        within(&[
            ("the side of a picture", self.picture_size(), LARGEST_PICTURE),
            ("the grid of codes", self.grid(), LARGEST_GRID),
        ])?;
        if !matches!(self.attn_type.as_deref(), None | Some("vanilla" | "none")) {
            return uncomputed(format!("attn_type {:?}", self.attn_type.as_deref().unwrap_or_default()));
        }
        if self.double_latent {
            return uncomputed("double_latent");
        }
        let attends = self.attn_resolutions.iter().flatten().filter(|_| self.has_attention());
        match attends.copied().find(|resolution| *resolution > LARGEST_GRID && *resolution <= self.resolution) {
            Some(resolution) => uncomputed(format!("attention at the resolution {resolution}")),
            None => Ok(()),
        }
    }
}
