//! A recipe: everything that is needed to make a checkpoint again, as TOML.

use crate::error::{Error, Result};
use crate::tasks::Kind;
use crate::tokens::LossWeights;
use crate::train::data::ModeMix;
use crate::train::optimizer::OptimizerSettings;
use crate::train::schedule::Schedule;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Names the run: its folder is `runs/<name>`.
    pub name: String,
    pub seed: u64,
    pub schedule: Schedule,
    #[serde(default)]
    pub optimizer: OptimizerSettings,
    /// Round the operands of large matrix products to bfloat16 where the processor can.
    #[serde(default)]
    pub bfloat16: bool,
    /// How often each question type is drawn.
    pub mix: BTreeMap<String, f32>,
    #[serde(flatten)]
    pub stage: Stage,
}

/// What is trained.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The VQ-GAN.
    Tokenizer(TokenizerStage),
    /// The transformer: base pretraining or SFT.
    Language(LanguageStage),
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenizerStage {
    pub preset: String,
    /// Pictures a step.
    pub batch: usize,
    /// Steps without quantiser at the start.
    pub free_steps: usize,
    /// Weight of the commitment term.
    pub commitment: f32,
    /// Decay of the codebook's moving averages.
    pub codebook_decay: f32,
    /// Weight of the pixels inside the boxes that a trace names.
    pub foreground: f32,
    /// Start from this run's weights.
    #[serde(default)]
    pub from: Option<PathBuf>,
    /// Train the decoder alone: the codes, and every model on them, stay what they are.
    #[serde(default)]
    pub decoder_only: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageStage {
    pub preset: String,
    pub tokenizer: PathBuf,
    /// The run or folder with the VQ-GAN.
    pub vq: PathBuf,
    /// Start from this run's or folder's transformer.
    #[serde(default)]
    pub from: Option<PathBuf>,
    /// Rows of a batch, and tokens of a row.
    pub rows: usize,
    pub length: usize,
    #[serde(default)]
    pub modes: ModeMix,
    #[serde(default)]
    pub loss_weights: LossWeights,
    /// Steps between validations, and items of each question type in one.
    pub validate_every: usize,
    pub validate_items: usize,
}

impl Recipe {
    #[cfg(feature = "native")]
    pub fn load(path: &std::path::Path) -> Result<Self> {
        let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
        let recipe: Self = toml::from_str(&text).map_err(|e| {
            Error::config(
                format!("The recipe {} can't be read: {}.", path.display(), e.message()),
                "Compare it with those in recipes/.",
            )
        })?;
        recipe.kinds()?;
        Ok(recipe)
    }

    /// The question types with their weights.
    pub fn kinds(&self) -> Result<Vec<(Kind, f32)>> {
        let kinds = self.mix.iter().map(|(name, weight)| Ok((name.parse()?, *weight))).collect::<Result<Vec<_>>>()?;
        if kinds.is_empty() {
            return Err(Error::config("The recipe's mix is empty.", "List question types under [mix], e.g. V2 = 1."));
        }
        Ok(kinds)
    }
}
