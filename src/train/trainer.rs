//! A training run as a value: it takes one step at a time on any device, and its whole state is a
//! few named files. The native program (`native`) and the page drive the same one.

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::loaded::{CachedTransformer, Loaded, VqCodec};
use crate::model::checkpoint::{Checkpoint, read_tensors};
use crate::model::{Source as Weights, Tensors, Transformer};
use crate::tasks::Bank;
use crate::tokens::Vocab;
use crate::train::batch::Batch;
use crate::train::data::{Batches, Source};
use crate::train::language;
use crate::train::learner::{Learner, STATE, WEIGHTS};
use crate::train::recipe::{LanguageStage, Recipe, Stage};
use crate::train::row::Row;
use crate::train::validate;
use burn::tensor::Device;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::Arc;
use web_time::Instant;

/// Files of a checkpoint: their names and bytes.
pub type Files = Vec<(String, Vec<u8>)>;

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Steps taken.
    pub step: usize,
    /// Tokens (or pictures, for the tokenizer) seen.
    pub seen: u64,
    /// Seconds trained.
    pub seconds: f64,
    /// Of the optimizer.
    pub time: u32,
}

impl Progress {
    /// The file that keeps it in a checkpoint.
    pub const FILE: &str = "progress.json";

    /// From the files of a checkpoint.
    pub fn of(files: &Files) -> Result<Self> {
        serde_json::from_slice(file(files, Self::FILE)?)
            .map_err(|e| Error::checkpoint(format!("{} is damaged: {e}.", Self::FILE), "Start the run anew."))
    }

    pub fn to_file(&self) -> (String, Vec<u8>) {
        (Self::FILE.into(), serde_json::to_vec(self).expect("plain numbers"))
    }
}

/// One file of a checkpoint.
pub fn file<'a>(files: &'a Files, name: &str) -> Result<&'a [u8]> {
    files.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.as_slice()).ok_or_else(|| {
        Error::checkpoint(format!("The checkpoint has no {name}."), "Start the run anew, or copy the whole checkpoint.")
    })
}

/// What a run starts from.
pub struct Start {
    /// Shape of the transformer and of the VQ-GAN.
    pub config: ModelConfig,
    /// tokenizer.json.
    pub tokenizer: Vec<u8>,
    /// Pictures to codes; it isn't trained.
    pub codec: VqCodec,
    /// The transformer's tensors; without them it begins by the recipe's seed.
    pub weights: Option<Tensors>,
}

impl Start {
    /// From a whole checkpoint. With `preset` the transformer begins anew in that size, and only
    /// the VQ-GAN and the vocabulary are the checkpoint's.
    pub fn from_bytes(
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
        preset: Option<&str>,
        device: &Device,
    ) -> Result<Self> {
        let checkpoint = Checkpoint::from_bytes(config, weights, device)?;
        let codec = VqCodec::new(checkpoint.vq()?.clone(), device.clone());
        let (config, weights) = match preset {
            Some(preset) => (Self::config(preset, tokenizer, &codec)?, None),
            None => (checkpoint.config, Some(read_tensors(weights)?)),
        };
        Ok(Self { config, tokenizer: tokenizer.to_vec(), codec, weights })
    }

    /// The config of a new transformer on a vocabulary and a VQ-GAN.
    pub fn config(preset: &str, tokenizer: &[u8], codec: &VqCodec) -> Result<ModelConfig> {
        let mut config = ModelConfig::preset(preset, Vocab::from_json(tokenizer)?.size)?;
        config.vq_config = codec.vq.config.clone();
        Ok(config)
    }
}

/// A run of one stage on the transformer.
pub struct Trainer {
    pub recipe: Recipe,
    pub progress: Progress,
    tokenizer: Vec<u8>,
    config: ModelConfig,
    learner: Learner,
    data: Source,
    /// When the last step ended.
    ticked: Instant,
}

impl Trainer {
    /// Begins a run, or goes on from the files of a checkpoint.
    pub fn open(
        recipe: Recipe,
        start: Start,
        resume: Option<&Files>,
        bank: Arc<Bank>,
        device: &Device,
    ) -> Result<Self> {
        let stage = language_stage(&recipe)?;
        let mut source = match (resume, start.weights) {
            (Some(files), _) => Weights::Read(read_tensors(file(files, WEIGHTS)?)?),
            (None, Some(tensors)) => Weights::Read(tensors),
            (None, None) => Weights::random(recipe.seed),
        };
        let model = Transformer::build(&start.config, &mut source, device)?;
        let mut learner = Learner::new(model, recipe.optimizer, device);
        let progress = resume.map(Progress::of).transpose()?.unwrap_or_default();
        if let Some(files) = resume {
            learner.restore(read_tensors(file(files, STATE)?)?, progress.time);
        }
        let data = Source {
            bank,
            vocab: Arc::new(Vocab::from_json(&start.tokenizer)?),
            codec: start.codec,
            kinds: recipe.kinds()?,
            modes: stage.modes,
            seed: recipe.seed,
        };
        let (tokenizer, config) = (start.tokenizer, start.config);
        Ok(Self { recipe, progress, tokenizer, config, learner, data, ticked: Instant::now() })
    }

    /// Whether the schedule has ended.
    pub fn done(&self) -> bool {
        self.progress.step >= self.recipe.schedule.steps
    }

    /// Steps between two rows of the log. A run that saves at those steps alone resumes to the same
    /// rows.
    pub fn log_every(&self) -> usize {
        10
    }

    /// The mean of a row that tells most in one number.
    pub fn headline(&self) -> &'static str {
        "answer"
    }

    /// What makes the batches of [`Trainer::step_on`], for a driver that makes them ahead.
    pub fn batches(&self) -> Result<Batches> {
        let stage = language_stage(&self.recipe)?;
        Ok(Batches { source: self.data.clone(), rows: stage.rows, length: stage.length, weights: stage.loss_weights })
    }

    /// One step of the optimizer: what it measured.
    pub async fn step(&mut self) -> Result<Row> {
        let batch = self.batches()?.make(self.progress.step).await?;
        self.step_on(&batch).await
    }

    /// As [`Trainer::step`], on the batch that [`Trainer::batches`] made for this step.
    pub async fn step_on(&mut self, batch: &Batch) -> Result<Row> {
        let factor = self.recipe.schedule.factor(self.progress.step);
        let row = language::step(&mut self.learner, batch, factor).await?;
        self.advance(batch.real_tokens());
        Ok(row)
    }

    fn advance(&mut self, tokens: usize) {
        let progress = &mut self.progress;
        progress.step += 1;
        progress.seen += tokens as u64;
        progress.seconds += self.ticked.elapsed().as_secs_f64();
        progress.time = self.learner.time();
        self.ticked = Instant::now();
    }

    /// A row of accuracies on `items` held-out items of each question type.
    pub async fn accuracies(&self, items: usize) -> Result<Map<String, Value>> {
        validate::accuracies(&self.learner.model, &self.data, items).await
    }

    /// The model as it is now, ready to answer.
    pub fn loaded(&self) -> Loaded {
        Loaded {
            config: self.config.clone(),
            vocab: (*self.data.vocab).clone(),
            language: CachedTransformer::new(self.learner.model.clone()),
            codec: self.data.codec.clone(),
        }
    }

    /// Everything that [`Trainer::open`] needs to go on.
    pub async fn checkpoint(&self) -> Result<Files> {
        let mut files: Files = vec![
            ("config.json".into(), self.config.to_json().into_bytes()),
            ("tokenizer.json".into(), self.tokenizer.clone()),
        ];
        files.extend(self.learner.files().await?);
        files.push(self.progress.to_file());
        Ok(files)
    }
}

fn language_stage(recipe: &Recipe) -> Result<&LanguageStage> {
    match &recipe.stage {
        Stage::Language(stage) => Ok(stage),
        Stage::Tokenizer(_) => Err(Error::config(
            "This recipe trains the VQ-GAN, not the transformer.",
            "Train it with omni-r1 train, or choose a recipe with [language].",
        )),
    }
}
