//! A recipe: everything that is needed to make a checkpoint again, as TOML.

use crate::config::Capabilities;
use crate::error::{Error, Result};
use crate::tasks::{Hand, Setting, Split, TaskType};
use crate::tokens::{LossWeights, PictureRule};
use crate::train::advantage::Credit;
use crate::train::mix::{Annotated, ModeMix};
use crate::train::objective::ObjectiveSettings;
use crate::train::optimizer::OptimizerSettings;
use crate::train::perception::PerceptionSettings;
use crate::train::reward::RewardSettings;
use crate::train::rollout::Temperatures;
use crate::train::sample::OWN;
use crate::train::schedule::Schedule;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
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
    /// How often each question type is drawn; `own` stands for the examples below.
    pub mix: BTreeMap<String, f32>,
    /// The one hand that draws the pictures, without a camera; all hands and cameras if not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand: Option<Hand>,
    /// Share of questions that the picture doesn't answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unanswerable: f64,
    /// Share of items by the plain hand and without a camera, where none is named: what to do is learned on clear
    /// pictures, and to see it in others.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub plain: f64,
    /// Examples of one's own, in JSON lines (see `custom`). The page gives them with the recipe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub examples: Option<PathBuf>,
    /// Steps on documents that one row of the log sums up.
    #[serde(default = "default_log_every")]
    pub log_every: usize,
    #[serde(flatten)]
    pub stage: Stage,
}

fn is_nothing(weight: &f32) -> bool {
    *weight == 0.0
}
fn is_zero(share: &f64) -> bool {
    *share == 0.0
}

/// What is trained.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The VQ-GAN.
    Tokenizer(TokenizerStage),
    /// The transformer: base pretraining, SFT or PeSFT.
    Language(LanguageStage),
    /// The transformer by rewards.
    Perpo(PerpoStage),
    /// The transformer on pictures that it has drawn to text-only thoughts.
    Zero(ZeroStage),
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
    /// Weight of the reader that learns along to tell from the codes what a picture shows; none without it.
    #[serde(default, skip_serializing_if = "is_nothing")]
    pub reader: f32,
    /// Start from this run's or folder's weights.
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
    /// Traces are those of so many fixed items, drawn or in words, any number of times; every one is new
    /// without it. With 0 no trace has pictures. Captions are never scarce.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub annotated: Option<usize>,
    /// Draws those items, so that runs of other seeds learn from the same ones.
    #[serde(default)]
    pub annotated_seed: u64,
    #[serde(default)]
    pub loss_weights: LossWeights,
    /// PeSFT's second loss; none without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub perception: Option<PerceptionSettings>,
    /// Steps between validations, and items of each question type in one.
    pub validate_every: usize,
    pub validate_items: usize,
}

impl LanguageStage {
    pub fn annotated(&self) -> Option<Annotated> {
        self.annotated.map(|count| Annotated { count, seed: self.annotated_seed })
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PerpoStage {
    pub tokenizer: PathBuf,
    /// The run or folder with the VQ-GAN.
    pub vq: PathBuf,
    /// The run or folder with the transformer to start from, which is also the frozen reference.
    pub from: PathBuf,
    /// Questions of a step, and answers to each.
    pub prompts: usize,
    pub group: usize,
    /// At most this many times `prompts` questions are asked for a step.
    #[serde(default = "default_batches")]
    pub batches: usize,
    /// Whether groups of equal accuracy are dropped and others asked instead.
    #[serde(default = "yes")]
    pub dynamic: bool,
    /// Updates that a step's groups are dealt out to.
    #[serde(default = "one")]
    pub updates: usize,
    /// Whether advantages are divided by their group's deviation, as in the paper (without: Dr. GRPO).
    #[serde(default)]
    pub scaled: bool,
    #[serde(default)]
    pub credit: Credit,
    /// Rows scored at once, and tokens of a row: also the longest answer with its prompt.
    pub rows: usize,
    pub length: usize,
    /// Answers are added to a row up to so many tokens, `length` without it: with less at once the page is
    /// heard sooner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fill: Option<usize>,
    /// Where a step may have its picture.
    #[serde(default)]
    pub pictures: PictureRule,
    #[serde(default)]
    pub temperatures: Temperatures,
    #[serde(default)]
    pub reward: RewardSettings,
    #[serde(default)]
    pub objective: ObjectiveSettings,
    pub validate_every: usize,
    pub validate_items: usize,
}

fn default_log_every() -> usize {
    10
}
fn default_batches() -> usize {
    3
}
fn one() -> usize {
    1
}
fn yes() -> bool {
    true
}

/// What the base model reads before it draws a step's picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Draws {
    /// The question, its picture, and the thought so far with the pictures drawn for it.
    #[default]
    Thought,
    /// The step's words alone, as a caption to be painted.
    Paint,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZeroStage {
    /// Examples to make before training.
    pub examples: usize,
    #[serde(default)]
    pub draws: Draws,
    pub temperature: f32,
    /// Filter: the model ends its pictures itself, and chains with one that isn't a full grid are
    /// dropped. Without it only full grids can be drawn.
    #[serde(default = "yes")]
    pub whole: bool,
    /// Filter: each picture is as rough as the question's up to this factor. None turns it off.
    #[serde(default)]
    pub band: Option<f64>,
    /// Filter: shown its pictures, the model gives the chain's answer.
    #[serde(default = "yes")]
    pub same_answer: bool,
    /// Training on the examples; `from` is the base model that draws.
    pub training: LanguageStage,
}

impl Recipe {
    #[cfg(feature = "native")]
    pub fn load(path: &std::path::Path) -> Result<Self> {
        Self::read(path, &crate::input::read_text(path)?)
    }

    /// From the text of the file at a path, which messages name.
    #[cfg(feature = "native")]
    pub fn read(path: &std::path::Path, text: &str) -> Result<Self> {
        let recipe: Self = toml::from_str(text).map_err(|e| {
            // Errors inside a stage's table don't say where they are.
            let place = e.span().filter(|span| !text.get(span.clone()).is_some_and(|there| there.contains('\n')));
            let place = place.map_or(String::new(), |span| {
                let line = crate::train::lines::of_byte(text, span.start);
                format!(", line {line}: `{}`", text.lines().nth(line - 1).unwrap_or_default().trim())
            });
            let message = format!("{}{place} can't be read: {}.", path.display(), e.message());
            Error::config(message.replace('\n', " "), "Compare it with those in recipes/.")
        })?;
        recipe.check_in(path, text)?;
        Ok(recipe)
    }

    /// The question types with their weights.
    pub fn task_types(&self) -> Result<Vec<(TaskType, f32)>> {
        if !self.mix.values().all(|weight| weight.is_finite() && *weight >= 0.0)
            || self.mix.values().sum::<f32>() <= 0.0
        {
            return Err(Error::config(
                "Nothing is to be practised: the mix has no weight above zero, or one below.",
                "List question types under [mix], e.g. V2 = 1.",
            ));
        }
        for (name, share) in [("unanswerable", self.unanswerable), ("plain", self.plain)] {
            if !(0.0..=1.0).contains(&share) {
                let hint = format!("Give {name} = 0.1, or any number from 0 to 1.");
                return Err(Error::config(format!("The share {name} is {share}."), hint));
            }
        }
        let task_types = self.mix.iter().filter(|(name, _)| name.as_str() != OWN);
        task_types.map(|(name, weight)| Ok((name.parse()?, *weight))).collect()
    }

    /// What a model has practised after this recipe; `earlier` before it.
    pub fn capabilities(&self, earlier: Option<Capabilities>) -> Result<Capabilities> {
        let drawn = self.task_types()?.into_iter().filter(|(_, weight)| *weight > 0.0).map(|(task_type, _)| task_type);
        let known =
            earlier.iter().flat_map(|capabilities| &capabilities.task_types).filter_map(|name| name.parse().ok());
        let task_types: BTreeSet<TaskType> = drawn.chain(known).collect();
        let draws = self.language().is_none_or(|stage| stage.modes.draw > 0.0 && stage.annotated != Some(0));
        let hand = self.hand.filter(|_| earlier.as_ref().is_none_or(|capabilities| capabilities.hand.is_some()));
        let drew = earlier.filter(|capabilities| capabilities.draws);
        let own = match self.stage {
            Stage::Zero(_) => draws && drew.as_ref().is_none_or(|capabilities| capabilities.own),
            Stage::Language(_) if draws => false,
            _ => drew.as_ref().is_some_and(|capabilities| capabilities.own),
        };
        let task_types = task_types.iter().map(TaskType::to_string).collect();
        Ok(Capabilities { task_types, draws: draws || drew.is_some(), hand, own })
    }

    /// What items of a split are drawn with.
    pub fn setting(&self, split: Split) -> Setting {
        Setting { hand: self.hand, ..split.into() }
    }

    /// How often an example of one's own is drawn.
    pub fn own_weight(&self) -> f32 {
        self.mix.get(OWN).copied().unwrap_or(0.0)
    }

    /// The training on documents, if the stage has one.
    pub fn language(&self) -> Option<&LanguageStage> {
        match &self.stage {
            Stage::Language(stage) => Some(stage),
            Stage::Zero(stage) => Some(&stage.training),
            Stage::Tokenizer(_) | Stage::Perpo(_) => None,
        }
    }

    /// Steps between validations, and items of each question type in one.
    pub fn validation(&self) -> Option<(usize, usize)> {
        let (every, items) = match (&self.stage, self.language()) {
            (_, Some(stage)) => (stage.validate_every, stage.validate_items),
            (Stage::Perpo(stage), _) => (stage.validate_every, stage.validate_items),
            _ => return None,
        };
        (every > 0 && items > 0).then_some((every, items))
    }
}

#[cfg(all(test, feature = "native"))]
#[path = "recipe_tests.rs"]
mod tests;
