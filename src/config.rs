//! The shape of a model: `config.json` in Hugging Face's Chameleon layout, and our presets.
//!
//! A key that is left out has the value that `transformers` gives it (`ChameleonConfig`,
//! `ChameleonVQVAEConfig`): what it writes leaves those out.

mod calibration;
mod checks;
mod presets;
mod vq;

pub use calibration::Calibration;
pub use vq::VqConfig;

use crate::error::{Error, Result};
use crate::input;
use crate::kernels::{Heads, Rope};
use crate::tasks::{self, Hand};
use presets::{PRESETS, Shape};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// `config.json`. Keys that this program doesn't know are kept as they are.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct ModelConfig {
    pub model_type: String,
    pub vocab_size: usize,
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_hidden_layers: usize,
    pub num_attention_heads: usize,
    pub num_key_value_heads: usize,
    pub max_position_embeddings: usize,
    pub rms_norm_eps: f32,
    /// Older files have it here, newer ones inside `rope_parameters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rope_theta: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rope_parameters: Option<RopeParameters>,
    pub swin_norm: bool,
    #[serde(deserialize_with = "null_is_default")]
    pub vq_config: VqConfig,
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct RopeParameters {
    pub rope_theta: f32,
    pub rope_type: String,
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl Default for ModelConfig {
    fn default() -> Self {
        Self {
            // Without it nobody knows whose keys these are.
            model_type: String::new(),
            vocab_size: 65536,
            hidden_size: 4096,
            intermediate_size: 11008,
            num_hidden_layers: 32,
            num_attention_heads: 32,
            num_key_value_heads: 32,
            max_position_embeddings: 4096,
            rms_norm_eps: 1e-5,
            rope_theta: None,
            rope_parameters: None,
            swin_norm: false,
            vq_config: VqConfig::default(),
            other: serde_json::Map::new(),
        }
    }
}

impl Default for RopeParameters {
    fn default() -> Self {
        Self { rope_theta: 10_000.0, rope_type: "default".into(), other: serde_json::Map::new() }
    }
}

fn null_is_default<'de, D: serde::Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

/// Our own part of `config.json`, which other programs leave alone.
const OWN: &str = "omni_r1";
const CALIBRATION: &str = "calibration";
const GENERATOR: &str = "generator";

/// What a model can be asked.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capabilities {
    /// The names of the question types that it was trained on.
    #[serde(rename = "kinds")]
    pub task_types: Vec<String>,
    /// Whether it has learned to draw in its answers: the page asks one that hasn't for words alone.
    #[serde(default = "yes")]
    pub draws: bool,
    /// The one hand whose pictures it has seen; null for all. Models older than the other hands know the plain one.
    #[serde(default = "plain")]
    pub hand: Option<Hand>,
    /// Whether every picture that it learned to draw was one of its own (Zero).
    #[serde(default, skip_serializing_if = "is_false")]
    pub own: bool,
}

fn is_false(value: &bool) -> bool {
    !value
}

fn plain() -> Option<Hand> {
    Some(Hand::Plain)
}

fn yes() -> bool {
    true
}

impl ModelConfig {
    /// Reads and checks `config.json`.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let config: Self = serde_json::from_slice(input::bytes_without_mark(bytes)).map_err(|e| {
            Error::config(
                format!("config.json can't be read: {e}."),
                "Use a Chameleon config.json as Hugging Face writes it.",
            )
        })?;
        config.check()?;
        Ok(config)
    }

    pub fn load(dir: &Path) -> Result<Self> {
        let path = dir.join("config.json");
        if !path.exists() {
            let message = format!("{} doesn't exist, so this is no checkpoint.", path.display());
            return Err(Error::checkpoint(message, "Give the folder of a checkpoint with --model."));
        }
        Self::from_json(input::read_text(&path)?.as_bytes())
    }

    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("a config is always valid JSON")
    }

    /// What the model has practised, if the file says so.
    pub fn capabilities(&self) -> Option<Capabilities> {
        serde_json::from_value(self.other.get(OWN)?.clone()).ok()
    }

    pub fn set_capabilities(&mut self, capabilities: &Capabilities) {
        // What was calibrated before is true of other weights.
        self.other.insert(OWN.into(), serde_json::json!(capabilities));
        self.set_generator();
    }

    /// The version of the generator whose items the model learned from last, if the file says so.
    pub fn generator(&self) -> Option<u32> {
        serde_json::from_value(self.other.get(OWN)?.get(GENERATOR)?.clone()).ok()
    }

    /// Notes that it learns from the items of today's generator.
    pub fn set_generator(&mut self) {
        let own = self.other.entry(OWN).or_insert_with(|| serde_json::json!({}));
        own[GENERATOR] = serde_json::json!(tasks::GENERATOR);
    }

    /// How its likelihoods are to be read, if that was measured.
    pub fn calibration(&self) -> Option<Calibration> {
        serde_json::from_value(self.other.get(OWN)?.get(CALIBRATION)?.clone()).ok()
    }

    pub fn set_calibration(&mut self, calibration: &Calibration) {
        let own = self.other.entry(OWN).or_insert_with(|| serde_json::json!({}));
        own[CALIBRATION] = serde_json::json!(calibration);
    }

    pub fn heads(&self) -> Heads {
        Heads {
            query: self.num_attention_heads,
            key_value: self.num_key_value_heads,
            size: self.hidden_size / self.num_attention_heads,
        }
    }

    /// Rotary base, and the eps of the query/key LayerNorm (1e-5 in every Chameleon).
    pub fn rope(&self) -> Rope {
        let theta = self.rope_theta.or(self.rope_parameters.as_ref().map(|p| p.rope_theta)).unwrap_or(10_000.0);
        Rope { theta, eps: 1e-5 }
    }

    /// A new model of the given size, with `vocab_size` tokens. Those from `small` on are for the engines of
    /// `scale/`; the last two have the shapes of the published Chameleon.
    pub fn preset(name: &str, vocab_size: usize) -> Result<Self> {
        let Some((_, shape, vq_config)) = PRESETS.iter().find(|(known, ..)| *known == name) else {
            let known: Vec<&str> = PRESETS.iter().map(|(known, ..)| *known).collect();
            return Err(Error::config(
                format!("There is no preset {name:?}."),
                format!("Use one of {}.", known.join(", ")),
            ));
        };
        let Shape { hidden, intermediate, layers, heads, key_value_heads, context, swin_norm } = *shape;
        let vq_config = vq_config();
        let mut other = serde_json::Map::new();
        other.insert("architectures".into(), serde_json::json!(["ChameleonForConditionalGeneration"]));
        other.insert("hidden_act".into(), "silu".into());
        other.insert("bos_token_id".into(), 0.into());
        other.insert("pad_token_id".into(), 1.into());
        other.insert("eos_token_id".into(), 2.into());
        other.insert("tie_word_embeddings".into(), false.into());
        Ok(Self {
            model_type: "chameleon".into(),
            vocab_size,
            hidden_size: hidden,
            intermediate_size: intermediate,
            num_hidden_layers: layers,
            num_attention_heads: heads,
            num_key_value_heads: key_value_heads,
            max_position_embeddings: context,
            rms_norm_eps: 1e-5,
            rope_theta: Some(10_000.0),
            rope_parameters: None,
            swin_norm,
            vq_config,
            other,
        })
    }
}

#[cfg(test)]
#[path = "config/tests.rs"]
mod tests;
