//! A training run as a value: it takes one step at a time on any device, and its whole state is a
//! few named files. The native program (`native`) and the page drive the same one.

use crate::bundle::{CachedTransformer, ModelBundle, check_fit};
use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::model::checkpoint::read_tensors;
use crate::model::{Transformer, WeightSource};
use crate::tasks::{Bank, Split};
use crate::train::batch::{Batch, Labelled, SHARE};
use crate::train::data::{Batches, DataSource};
use crate::train::fits::{WAITING, custom_fit, waiting};
use crate::train::host::Host;
use crate::train::language;
use crate::train::learner::{Learner, STATE, WEIGHTS};
use crate::train::perception::Perception;
use crate::train::perpo::{Perpo, StepOutcome};
use crate::train::recipe::{LanguageStage, Recipe, Stage};
use crate::train::row::Row;
use crate::train::start::{Files, Progress, Start, file};
use crate::train::validate;
use crate::train::zero::{self, Examples, Synthesis};
use burn::tensor::Device;
use serde_json::{Map, Value};
use std::sync::Arc;
use web_time::Instant;

/// A run of one stage on the transformer.
pub struct Trainer {
    pub recipe: Recipe,
    pub progress: Progress,
    tokenizer: Vec<u8>,
    config: ModelConfig,
    learner: Learner,
    data: DataSource,
    /// Documents that the last batch had no room for.
    waiting: Vec<Labelled>,
    state: StageState,
    /// When the last step ended.
    ticked: Instant,
}

/// Held-out batches are drawn by numbers that no batch of training is drawn by.
const HELD_OUT: usize = 1 << 31;

/// What a stage needs besides model and data.
enum StageState {
    Documents {
        perception: Option<Box<Perception>>,
        synthesis: Option<Box<Synthesis>>,
    },
    /// With what its last step did.
    Rewards(Box<Perpo>, StepOutcome),
}

impl Trainer {
    /// Begins a run, or goes on from the files of a checkpoint.
    pub async fn open(
        recipe: Recipe,
        start: Start,
        resume: Option<&Files>,
        bank: Arc<Bank>,
        device: &Device,
    ) -> Result<Self> {
        let Start { mut config, tokenizer, codec, weights, custom } = start;
        config.set_capabilities(&recipe.capabilities(config.capabilities())?);
        let mut data = DataSource::of(&recipe, &tokenizer, codec, custom, bank)?;
        check_fit(&data.vocab, &config)?;
        let progress = Progress::of_run(resume, recipe.seed)?;
        custom_fit(&recipe, &data, &config)?;
        let waiting = resume.map_or(Ok(Vec::new()), |files| waiting(files, &config, &recipe))?;
        let state = match &recipe.stage {
            Stage::Tokenizer(_) => return Err(not_the_transformer()),
            Stage::Perpo(stage) => {
                let weights = weights.clone().ok_or_else(nothing_to_improve)?;
                let reference = Transformer::build(&config, &mut WeightSource::Read(weights), device)?;
                let own = config.capabilities().is_some_and(|capabilities| capabilities.own);
                StageState::Rewards(
                    Box::new(Perpo::new(stage.clone(), reference, &data, own).await?),
                    StepOutcome::default(),
                )
            }
            Stage::Language(stage) => {
                StageState::Documents { perception: perception(stage, &data).await?.map(Box::new), synthesis: None }
            }
            Stage::Zero(stage) => {
                weights.as_ref().ok_or_else(nothing_to_improve)?;
                let synthesis = Synthesis::open(stage.clone(), &data, resume).await?;
                StageState::Documents {
                    perception: perception(&stage.training, &data).await?.map(Box::new),
                    synthesis: Some(Box::new(synthesis)),
                }
            }
        };
        let mut source = match (resume, weights) {
            (Some(files), _) => WeightSource::Read(read_tensors(file(files, WEIGHTS)?)?),
            (None, Some(tensors)) => WeightSource::Read(tensors),
            (None, None) => WeightSource::random(recipe.seed),
        };
        let model = Transformer::build(&config, &mut source, device)?;
        let projection = match &state {
            StageState::Documents { perception: Some(perception), .. } => {
                let (hidden, width) = (config.hidden_size, config.vq_config.embed_dim);
                perception.settings.projection(&mut source, hidden, width, recipe.seed, device)?
            }
            _ => None,
        };
        let mut learner = Learner::new(model, projection, recipe.optimizer, device);
        if let Some(files) = resume {
            learner.restore(read_tensors(file(files, STATE)?)?, progress.time)?;
        }
        if let StageState::Documents { synthesis: Some(synthesis), .. } = &state
            && synthesis.done()
        {
            data.synthetic = Some(Arc::new(synthesis.examples.made.clone()));
        }
        Ok(Self { recipe, progress, tokenizer, config, learner, data, waiting, state, ticked: Instant::now() })
    }

    /// Whether the schedule has ended.
    pub fn done(&self) -> bool {
        self.progress.done(&self.recipe.schedule)
    }

    /// Zero's examples made so far, and those wanted, while they are being made.
    pub fn synthesis(&self) -> Option<(usize, usize)> {
        match &self.state {
            StageState::Documents { synthesis: Some(synthesis), .. } if !synthesis.done() => {
                Some((synthesis.examples.made.len(), synthesis.stage.examples))
            }
            _ => None,
        }
    }

    /// Ends the run at step `at`, before its schedule does: from here the rate falls to zero.
    pub fn finish_at(&mut self, at: usize) -> Result<()> {
        self.progress.finish_at(at, &self.recipe.schedule)
    }

    /// Whether a row of the log is due.
    pub fn at_row(&self) -> bool {
        const CHAINS: usize = 25;
        match &self.state {
            StageState::Documents { synthesis: Some(synthesis), .. } if !synthesis.done() => {
                synthesis.examples.attempts.is_multiple_of(CHAINS)
            }
            StageState::Documents { .. } => self.done() || self.progress.step.is_multiple_of(self.recipe.log_every),
            StageState::Rewards(..) => true,
        }
    }

    /// The mean of a row that tells most in one number.
    pub fn headline(&self) -> &'static str {
        match &self.state {
            _ if self.synthesis().is_some() => "made",
            StageState::Documents { .. } => "answer",
            StageState::Rewards(..) => "accuracy",
        }
    }

    /// What makes the batches of [`Trainer::step_on`], for a host that makes them ahead; None for a
    /// stage whose steps make their own data.
    pub fn batches(&self) -> Option<Batches> {
        let stage = self.recipe.language()?;
        let whole = matches!(self.recipe.stage, Stage::Language(_)) || self.data.synthetic.is_some();
        whole.then(|| Batches {
            source: self.data.clone(),
            rows: stage.rows,
            length: stage.length,
            weights: stage.loss_weights,
            waiting: self.waiting.clone(),
        })
    }

    /// One step of the optimizer: what it measured. While Zero's examples are being made, one try at
    /// another example instead, which isn't counted as a step. A step that ends with an error has changed
    /// nothing.
    pub async fn step(&mut self, host: &mut impl Host) -> Result<Row> {
        if self.synthesis().is_some() {
            return self.make(host).await;
        }
        if let Some(mut batches) = self.batches() {
            let batch = batches.make(self.progress.step).await?;
            host.pause().await?;
            return self.step_on(&batch).await;
        }
        let (step, factor) = (self.progress.step, self.progress.factor(&self.recipe.schedule));
        let (row, tokens) = match &mut self.state {
            StageState::Documents { .. } => return Err(not_the_transformer()),
            StageState::Rewards(perpo, last) => {
                *last = perpo.step(&mut self.learner, &self.data, step, factor, host).await?;
                (last.row.clone(), last.tokens)
            }
        };
        self.advance(tokens);
        Ok(row)
    }

    /// What the last step by rewards did.
    pub fn record(&self) -> Option<(&Perpo, &StepOutcome)> {
        match &self.state {
            StageState::Rewards(perpo, record) => Some((perpo, record)),
            StageState::Documents { .. } => None,
        }
    }

    /// Zero's examples so far.
    pub fn examples(&self) -> Option<&Examples> {
        match &self.state {
            StageState::Documents { synthesis: Some(synthesis), .. } => Some(&synthesis.examples),
            _ => None,
        }
    }

    /// Where its data comes from.
    pub fn data(&self) -> &DataSource {
        &self.data
    }

    /// As [`Trainer::step`], on the batch that [`Trainer::batches`] made for this step.
    pub async fn step_on(&mut self, batch: &Batch) -> Result<Row> {
        let StageState::Documents { perception, .. } = &self.state else { return Err(not_documents()) };
        let factor = self.progress.factor(&self.recipe.schedule);
        let mut row = language::step(&mut self.learner, batch, perception.as_deref(), factor).await?;
        let tokens = batch.real_tokens();
        for label in self.data.labels() {
            let share = batch.shares.get(&label).copied().unwrap_or(0);
            row.add(&format!("{SHARE}{label}"), share as f64, tokens as f64);
        }
        row.add(&format!("{SHARE}too long"), batch.too_long as f64, (tokens + batch.too_long) as f64);
        self.waiting.clone_from(&batch.waiting);
        self.advance(tokens);
        Ok(row)
    }

    async fn make(&mut self, host: &mut impl Host) -> Result<Row> {
        let StageState::Documents { synthesis: Some(synthesis), .. } = &mut self.state else {
            return Err(not_documents());
        };
        let mut model = CachedTransformer::new(self.learner.model.clone());
        let row = synthesis.attempt(&mut model, &self.data, host).await?;
        if synthesis.done() {
            self.data.synthetic = Some(Arc::new(synthesis.examples.made.clone()));
        } else if synthesis.examples.attempts > synthesis.stage.examples * zero::PATIENCE {
            return Err(Error::config(
                format!("Of {} chains only {} passed.", synthesis.examples.attempts, synthesis.examples.made.len()),
                "Turn a filter off: whole = false, no band, or same_answer = false under [zero].",
            ));
        }
        self.progress.seconds += self.ticked.elapsed().as_secs_f64();
        self.ticked = Instant::now();
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

    /// The losses on a batch of held-out items; None for a stage that has no batches.
    pub async fn held_out(&self, number: usize) -> Result<Option<Row>> {
        let Some(batch) = self.held_out_batch(number).await? else { return Ok(None) };
        Ok(Some(language::measure(&self.learner.model, &batch, &self.learner.device).await?))
    }

    /// All the documents of it, in as many rows as they need: none may be left out for its length.
    pub(super) async fn held_out_batch(&self, number: usize) -> Result<Option<Batch>> {
        let Some(Batches { source, rows, length, weights, .. }) = self.batches() else { return Ok(None) };
        let source =
            DataSource { setting: self.recipe.setting(Split::Test), synthetic: None, annotated: None, ..source };
        let documents = source.documents_of(HELD_OUT + number, rows * length).await?;
        Ok(Some(Batch::of_all(documents, length, &weights)))
    }

    /// The model as it is now, ready to answer.
    pub fn bundle(&self) -> ModelBundle {
        ModelBundle {
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
        if let StageState::Documents { synthesis: Some(synthesis), .. } = &self.state {
            files.push((Examples::FILE.into(), serde_json::to_vec(&synthesis.examples).expect("plain data")));
        }
        if !self.waiting.is_empty() {
            files.push((WAITING.into(), serde_json::to_vec(&self.waiting).expect("plain data")));
        }
        files.push(self.progress.to_file());
        Ok(files)
    }
}

async fn perception(stage: &LanguageStage, data: &DataSource) -> Result<Option<Perception>> {
    match stage.perception {
        // A loss of no weight needs neither projection nor time.
        Some(settings) if settings.weight != 0.0 => {
            Ok(Some(Perception::new(settings, &data.codec.vq.codebook.tensor, &data.vocab).await?))
        }
        _ => Ok(None),
    }
}

pub(super) fn not_the_transformer() -> Error {
    Error::config(
        "This recipe trains the VQ-GAN, not the transformer.",
        "Train it with omni-r1 train, or choose a recipe with [language], [perpo] or [zero].",
    )
}

fn not_documents() -> Error {
    Error::config("This stage makes its own data.", "Take its steps without a batch.")
}

fn nothing_to_improve() -> Error {
    Error::config("This stage improves a trained transformer, but has none.", "Name one under `from`.")
}
