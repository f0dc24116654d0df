//! Training for the page: a run as www/training.js holds it. The page decides when a step is taken,
//! and keeps the files.

use super::{JsResult, Session, bytes, perhaps_bytes, rest, to_js};
use crate::bundle::ModelBundle;
use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::generate::{Engine, Outcome, PictureSource, Request, Settings, events};
use crate::model::checkpoint::{Precision, write_weights};
use crate::model::{Transformer, WeightSource};
use crate::tasks::{self, Bank, Family, Setting, Split, TaskType};
use crate::tokens::vocab::vocabulary_map;
use crate::tokens::{LossWeights, Sequence, Token, TokenRole};
use crate::train::batch::Batch;
use crate::train::custom;
use crate::train::data::Sample;
use crate::train::host::{Host, RewardInput};
use crate::train::language;
use crate::train::learner::Learner;
use crate::train::optimizer::OptimizerSettings;
use crate::train::recipe::Recipe;
use crate::train::{Files, Start, Trainer as Run};
use crate::vq::VqGan;
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_time::Instant;

/// Held-out items are drawn by seeds that no batch is drawn by.
const HELD_OUT: u64 = 0x7e57 << 32;
/// Work between two pauses.
const TURN: Duration = Duration::from_millis(30);

/// A run of training.
#[wasm_bindgen]
pub struct Trainer {
    pub(super) run: Run,
    bank: Arc<Bank>,
    tokenizer: Vec<u8>,
    device_name: &'static str,
    /// What is answered again and again, to see what has changed.
    pinned: Sample,
}

/// A held-out question.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(serialize_with = "bytes")]
    png: Vec<u8>,
    question: &'a str,
    answer: &'a str,
}

/// What the model makes of it.
#[derive(Serialize)]
struct Answered {
    answer: String,
    right: bool,
    steps: Vec<AnsweredStep>,
}

#[derive(Serialize)]
struct AnsweredStep {
    text: String,
    #[serde(serialize_with = "perhaps_bytes")]
    png: Option<Vec<u8>>,
}

#[wasm_bindgen]
impl Session {
    /// Begins a run of a recipe (JSON) on the files of a model, or goes on from those of `saved`, an
    /// object of byte arrays by name. With a `preset` the transformer begins anew in that size; the
    /// model then gives the vocabulary and the picture tokenizer alone. `examples` are the reader's own,
    /// in JSON lines whose pictures are data: addresses.
    #[allow(clippy::too_many_arguments)] // one call from JavaScript
    pub async fn train(
        &self,
        recipe: &str,
        preset: Option<String>,
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
        examples: &str,
        saved: &JsValue,
    ) -> JsResult<Trainer> {
        let recipe = recipe_of(recipe)?;
        let bank = self.bank.borrow().clone();
        let task_type = commonest_type(&recipe, &bank)?;
        let resume = saved.dyn_ref::<Object>().map(files_of).transpose()?;
        let mut start = Start::from_bytes(config, tokenizer, weights, preset.as_deref(), &self.device)?;
        if !examples.is_empty() {
            start.custom = custom::read(examples, super::examples::no_files)?;
        }
        let pinned = match (task_type, start.custom.first()) {
            (Some(task_type), _) => {
                held_out(&bank, task_type, recipe.setting(Split::Test), HELD_OUT.wrapping_sub(1 + recipe.seed))
            }
            (None, Some(example)) => example.clone(),
            (None, None) => return Err(nothing().into()),
        };
        let run = Run::open(recipe, start, resume.as_ref(), bank.clone(), &self.device).await?;
        Ok(Trainer { run, bank, tokenizer: tokenizer.to_vec(), device_name: self.device_name, pinned })
    }

    /// How many tokens a second a new nano model would be trained on here: steps for two seconds.
    pub async fn measure(&self, pause: Function) -> JsResult<f64> {
        const LENGTH: usize = 128;
        const FOR: Duration = Duration::from_secs(2);
        let config = ModelConfig::preset("nano", 2048)?;
        let model = Transformer::build(&config, &mut WeightSource::random(1), &self.device)?;
        let mut learner = Learner::new(model, None, OptimizerSettings::default(), &self.device);
        let document = Sequence { tokens: vec![Token(1); LENGTH], roles: vec![TokenRole::Thought; LENGTH] };
        let batch = Batch::of_rows(&[vec![document]], LENGTH, &LossWeights::default());
        let mut tokens_per_second = 0.0;
        // The first step also prepares the device: the last one counts.
        let begin = Instant::now();
        while begin.elapsed() < FOR {
            let step = Instant::now();
            language::step(&mut learner, &batch, None, 0.0).await?;
            tokens_per_second = LENGTH as f64 / step.elapsed().as_secs_f64();
            rest(&pause).await;
        }
        Ok(tokens_per_second)
    }

    /// Questions are answered by the model of a run, as it is now. Returns what it has practised.
    pub fn take_up(&self, trainer: &Trainer, title: String) -> JsValue {
        self.answer_with(title, trainer.run.bundle())
    }
}

/// What a plan says in JSON.
pub(super) fn recipe_of(json: &str) -> Result<Recipe> {
    let recipe: Recipe = serde_json::from_str(json)
        .map_err(|e| Error::config(format!("The plan of the run can't be read: {e}."), "Choose its settings again."))?;
    recipe.check()?;
    Ok(recipe)
}

/// The page as a step knows it.
pub(super) struct Page {
    pause: Function,
    /// Sheets of a group -> a promise of their rewards.
    reward: Option<Function>,
    heard: Instant,
}

impl Page {
    pub(super) fn new(pause: Function, reward: Option<Function>) -> Self {
        Self { pause, reward, heard: Instant::now() }
    }
}

impl Host for Page {
    async fn pause(&mut self) -> Result<()> {
        if self.heard.elapsed() < TURN {
            return Ok(());
        }
        let may_go_on = rest(&self.pause).await;
        self.heard = Instant::now();
        if may_go_on { Ok(()) } else { Err(Error::Stopped) }
    }

    async fn rewards(&mut self, inputs: &[RewardInput]) -> Result<Option<Vec<f64>>> {
        let Some(reward) = &self.reward else { return Ok(None) };
        let promise = reward.call1(&JsValue::NULL, &to_js(&inputs)).map_err(reward_failed)?;
        let rewards = JsFuture::from(Promise::resolve(&promise)).await.map_err(reward_failed)?;
        let rewards: Vec<f64> = serde_wasm_bindgen::from_value(rewards)
            .map_err(|e| Error::reward(format!("The reward isn't a number: {e}."), "Correct the rule, then go on."))?;
        Ok(Some(rewards))
    }
}

/// The page says what is wrong.
fn reward_failed(thrown: JsValue) -> Error {
    let part = |name: &str| Reflect::get(&thrown, &name.into()).ok().and_then(|words| words.as_string());
    Error::reward(part("message").unwrap_or_else(|| "The reward fails.".into()), part("hint").unwrap_or_default())
}

/// The question type that is trained most, if any is; an error if a batch can't be drawn.
pub(super) fn commonest_type(recipe: &Recipe, bank: &Bank) -> Result<Option<TaskType>> {
    let task_types = recipe.task_types()?;
    if task_types.iter().any(|(task_type, _)| task_type.family() == Family::Natural) && bank.is_empty() {
        return Err(Error::data("The photos for this task type are not there.", "Choose another type."));
    }
    let trained = task_types.iter().filter(|(_, share)| *share > 0.0);
    Ok(trained.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(task_type, _)| *task_type))
}

fn nothing() -> Error {
    Error::config("No task type is to be practised.", "Choose at least one.")
}

fn held_out(bank: &Bank, task_type: TaskType, setting: Setting, seed: u64) -> Sample {
    tasks::generate(bank, task_type, setting, &mut ChaCha8Rng::seed_from_u64(seed)).into()
}

#[wasm_bindgen]
impl Trainer {
    /// One step of the optimizer: its number, the tokens so far, and what it measured. `pause` is called
    /// every now and then, and its promise awaited; one of `false` ends the step, with nothing changed.
    /// `reward` pays the answers of a step by rewards, where the reader wrote a rule.
    pub async fn step(&mut self, pause: Function, reward: Option<Function>) -> JsResult {
        let mut page = Page::new(pause, reward);
        let mut row = self.run.step(&mut page).await?.means();
        row.insert("step".into(), self.run.progress.step.into());
        row.insert("seen".into(), self.run.progress.seen.into());
        Ok(to_js(&row))
    }

    /// While examples are drawn before training: how many there are, and how many are wanted.
    pub fn synthesis(&self) -> Option<Vec<usize>> {
        self.run.synthesis().map(|(made, wanted)| vec![made, wanted])
    }

    /// Whether the last step of the schedule was taken.
    pub fn done(&self) -> bool {
        self.run.done()
    }

    /// Whether the model is right about held-out item `number`, drawing by itself, or in words alone
    /// where it has practised nothing with drawings. The kinds take turns; where only own examples are
    /// practised, those do.
    pub async fn probe(&self, number: u32, pause: Function) -> JsResult<bool> {
        let task_types = self.run.recipe.task_types()?;
        let task_types: Vec<TaskType> =
            task_types.into_iter().filter(|(_, share)| *share > 0.0).map(|(task_type, _)| task_type).collect();
        let place = |count: usize| number as usize % count;
        let sample = match &self.run.data().custom {
            Some(own) if task_types.is_empty() => own.samples[place(own.samples.len())].clone(),
            _ => held_out(
                &self.bank,
                task_types[place(task_types.len())],
                self.run.recipe.setting(Split::Test),
                HELD_OUT + u64::from(number),
            ),
        };
        let outcome = self.ask(&sample, &pause).await?;
        Ok(tasks::judge(&sample.truth, &outcome.answer))
    }

    /// The losses on batch `number` of held-out items; nothing in stages that make their own data.
    pub async fn held_out(&self, number: u32) -> JsResult {
        let row = self.run.held_out(number as usize).await?;
        Ok(row.map_or(JsValue::NULL, |row| to_js(&row.means())))
    }

    /// The pinned question.
    pub fn pinned(&self) -> JsResult {
        let Sample { picture, question, answer, .. } = &self.pinned;
        Ok(to_js(&Shown { png: events::png(picture)?, question, answer }))
    }

    /// What the model as it is now makes of the pinned question.
    pub async fn answer_pinned(&self, pause: Function) -> JsResult {
        let outcome = self.ask(&self.pinned, &pause).await?;
        let steps = outcome
            .steps
            .into_iter()
            .map(|step| Ok(AnsweredStep { text: step.text, png: step.picture.as_ref().map(events::png).transpose()? }));
        let right = tasks::judge(&self.pinned.truth, &outcome.answer);
        Ok(to_js(&Answered { steps: steps.collect::<Result<_>>()?, answer: outcome.answer, right }))
    }

    /// Everything that the run needs to go on, as byte arrays by name.
    pub async fn checkpoint(&self) -> JsResult {
        js_files(self.run.checkpoint().await?)
    }

    /// The model as a checkpoint in the layout of the shipped ones, in half precision.
    pub async fn export(&self) -> JsResult {
        let ModelBundle { config, language, codec, .. } = self.run.bundle();
        export(config, &self.tokenizer, &language.transformer, &codec.vq).await
    }

    async fn ask(&self, sample: &Sample, pause: &Function) -> Result<Outcome> {
        let ModelBundle { mut language, codec, vocab, .. } = self.run.bundle();
        let mut engine =
            Engine { model: &mut language, codec: &codec, vocab: &vocab, device: self.device_name, calibration: None };
        let pictures = if self.run.data().modes.draw > 0.0 { PictureSource::Imagined } else { PictureSource::None };
        let settings = Settings { rows: false, pictures, ..Settings::default() };
        let request = Request::new(&sample.picture, &sample.question, settings);
        let stop = AtomicBool::new(false);
        let pause = async || stop.store(!rest(pause).await, Ordering::Relaxed);
        engine.ask(&request, &stop, pause, |_| {}).await
    }
}

/// A checkpoint in the layout of the shipped ones.
pub(super) async fn export(
    mut config: ModelConfig,
    tokenizer: &[u8],
    transformer: &Transformer,
    vq: &VqGan,
) -> JsResult {
    config.other.insert("vocabulary_map".into(), vocabulary_map(tokenizer)?);
    let weights: Vec<_> = transformer.weights().into_iter().chain(vq.weights()).collect();
    js_files(vec![
        ("config.json".into(), config.to_json().into_bytes()),
        ("tokenizer.json".into(), tokenizer.to_vec()),
        ("model.safetensors".into(), write_weights(&weights, Precision::F16).await?),
    ])
}

pub(super) fn js_files(files: Files) -> JsResult {
    let object = Object::new();
    for (name, bytes) in files {
        Reflect::set(&object, &name.into(), &Uint8Array::from(bytes.as_slice()))?;
    }
    Ok(object.into())
}

pub(super) fn files_of(object: &Object) -> Result<Files> {
    let odd = || Error::checkpoint("The saved run is damaged.", "Begin a new one.");
    Object::entries(object)
        .iter()
        .map(|entry| {
            let entry: Array = entry.dyn_into().map_err(|_| odd())?;
            let bytes: Uint8Array = entry.get(1).dyn_into().map_err(|_| odd())?;
            Ok((entry.get(0).as_string().ok_or_else(odd)?, bytes.to_vec()))
        })
        .collect()
}
