//! Training for the page: a run as www/training.js holds it. The page decides when a step is taken,
//! and keeps the files.

use super::{Model, Session, bytes, rest, to_js};
use crate::error::{Error, Result};
use crate::generate::{Engine, Outcome, Request, Settings, events};
use crate::loaded::Loaded;
use crate::model::checkpoint::{Precision, write_weights};
use crate::tasks::{self, Bank, Family, Item, Kind, Split};
use crate::tokens::vocab::vocabulary_map;
use crate::train::recipe::Recipe;
use crate::train::{Files, Start, Trainer as Run};
use js_sys::{Array, Function, Object, Reflect, Uint8Array};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use wasm_bindgen::prelude::*;

type JsResult<T = JsValue> = std::result::Result<T, JsValue>;

/// Held-out items are drawn by seeds that no batch is drawn by.
const HELD_OUT: u64 = 0x7e57 << 32;

/// A run of training.
#[wasm_bindgen]
pub struct Trainer {
    run: Run,
    bank: Arc<Bank>,
    tokenizer: Vec<u8>,
    device_name: &'static str,
    /// The held-out item that is answered again and again, to see what has changed.
    pinned: Item,
}

/// A held-out item.
#[derive(Serialize)]
struct Shown<'a> {
    #[serde(serialize_with = "bytes")]
    png: Vec<u8>,
    kind: String,
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

fn perhaps_bytes<S: serde::Serializer>(png: &Option<Vec<u8>>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match png {
        Some(png) => serializer.serialize_bytes(png),
        None => serializer.serialize_none(),
    }
}

#[wasm_bindgen]
impl Session {
    /// Begins a run of a recipe (JSON) on the files of a model, or goes on from those of `saved`, an
    /// object of byte arrays by name. With a `preset` the transformer begins anew in that size; the
    /// model then gives the vocabulary and the picture tokenizer alone.
    pub async fn train(
        &self,
        recipe: &str,
        preset: Option<String>,
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
        saved: &JsValue,
    ) -> JsResult<Trainer> {
        let recipe: Recipe = serde_json::from_str(recipe).map_err(|e| {
            Error::config(format!("The plan of the run can't be read: {e}."), "Choose its settings again.")
        })?;
        let bank = self.bank.borrow().clone();
        let kind = checked(&recipe, &bank)?;
        let resume = saved.dyn_ref::<Object>().map(files_of).transpose()?;
        let start = Start::from_bytes(config, tokenizer, weights, preset.as_deref(), &self.device)?;
        let pinned = held_out(&bank, kind, HELD_OUT.wrapping_sub(1 + recipe.seed));
        let run = Run::open(recipe, start, resume.as_ref(), bank.clone(), &self.device).await?;
        Ok(Trainer { run, bank, tokenizer: tokenizer.to_vec(), device_name: self.device_name, pinned })
    }

    /// Questions are answered by the model of a run, as it is now.
    pub fn take_up(&self, trainer: &Trainer, title: String) {
        self.model.set(Some(Box::new(Model { title, loaded: trainer.run.loaded() })));
    }
}

/// The question type that is trained most; an error if a batch can't be drawn.
fn checked(recipe: &Recipe, bank: &Bank) -> Result<Kind> {
    let none = || Error::config("No type of puzzle is to be practised.", "Choose at least one.");
    if recipe.mix.is_empty() {
        return Err(none());
    }
    let kinds = recipe.kinds()?;
    if kinds.iter().any(|(kind, _)| kind.family() == Family::Natural) && bank.is_empty() {
        return Err(Error::data("The photos for this type of puzzle are not there.", "Choose another type."));
    }
    let share = |(_, share): &&(Kind, f32)| share.is_finite() && *share > 0.0;
    let most = kinds.iter().filter(share).max_by(|a, b| a.1.total_cmp(&b.1));
    match most {
        Some((kind, _)) if kinds.iter().all(|(_, share)| *share >= 0.0) => Ok(*kind),
        _ => Err(none()),
    }
}

fn held_out(bank: &Bank, kind: Kind, seed: u64) -> Item {
    tasks::generate(bank, kind, Split::Test, None, &mut ChaCha8Rng::seed_from_u64(seed))
}

#[wasm_bindgen]
impl Trainer {
    /// One step of the optimizer: its number, the tokens so far, and what it measured.
    pub async fn step(&mut self) -> JsResult {
        let mut row = self.run.step().await?.means();
        row.insert("step".into(), self.run.progress.step.into());
        row.insert("seen".into(), self.run.progress.seen.into());
        Ok(to_js(&row))
    }

    /// Whether the last step of the schedule was taken.
    pub fn done(&self) -> bool {
        self.run.done()
    }

    /// Whether the model is right about held-out item `number`, drawing by itself. The kinds take
    /// turns.
    pub async fn probe(&self, number: u32, pause: Function) -> JsResult<bool> {
        let kinds = self.run.recipe.kinds()?;
        let kinds: Vec<Kind> = kinds.into_iter().filter(|(_, share)| *share > 0.0).map(|(kind, _)| kind).collect();
        let item = held_out(&self.bank, kinds[number as usize % kinds.len()], HELD_OUT + u64::from(number));
        let outcome = self.ask(&item, &pause).await?;
        Ok(tasks::judge(&item.truth, &outcome.answer))
    }

    /// The pinned item.
    pub fn pinned(&self) -> JsResult {
        let Item { picture, kind, question, answer, .. } = &self.pinned;
        Ok(to_js(&Shown { png: events::png(picture)?, kind: kind.to_string(), question, answer }))
    }

    /// What the model as it is now makes of the pinned item.
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
        let Loaded { mut config, language, codec, .. } = self.run.loaded();
        config.other.insert("vocabulary_map".into(), vocabulary_map(&self.tokenizer)?);
        let weights: Vec<_> = language.transformer.weights().into_iter().chain(codec.vq.weights()).collect();
        js_files(vec![
            ("config.json".into(), config.to_json().into_bytes()),
            ("tokenizer.json".into(), self.tokenizer.clone()),
            ("model.safetensors".into(), write_weights(&weights, Precision::F16).await?),
        ])
    }

    async fn ask(&self, item: &Item, pause: &Function) -> Result<Outcome> {
        let Loaded { mut language, codec, vocab, .. } = self.run.loaded();
        let mut engine = Engine { model: &mut language, codec: &codec, vocab: &vocab, device: self.device_name };
        let settings = Settings { rows: false, ..Settings::default() };
        let request = Request { state: item.state.as_ref(), ..Request::new(&item.picture, &item.question, settings) };
        engine.ask(&request, &AtomicBool::new(false), async || rest(pause).await, |_| {}).await
    }
}

fn js_files(files: Files) -> JsResult {
    let object = Object::new();
    for (name, bytes) in files {
        Reflect::set(&object, &name.into(), &Uint8Array::from(bytes.as_slice()))?;
    }
    Ok(object.into())
}

fn files_of(object: &Object) -> Result<Files> {
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
