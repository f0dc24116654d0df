//! The door for the page: all of wasm_bindgen. It converts and calls; www/worker.js is its only
//! caller, and www/protocol.js says what the values look like there.

mod about;
mod answer_files;
mod console;
pub(crate) mod device;
mod examples;
mod look;
mod picture;
mod tokenizer;

mod trainer;
mod watch;

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use burn::tensor::Device;
use js_sys::{Function, Promise};
use rand::SeedableRng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use answer_files::AnswerFiles;
use device::{Opened, open_device};
use picture::decoded;

use crate::bundle::ModelBundle;
use crate::error::{Error, Result};
use crate::generate::{Engine, Event, Outcome, PictureSource, Request, Settings, events};
use crate::tasks::{self, Bank, Family, Item, Setting, Split, TaskType, phrasing};

unsafe extern "C" {
    fn __wasm_call_ctors();
}

/// Runs once, when the module is loaded. Without a reference to `__wasm_call_ctors` the linker
/// would wrap every export so that each call from JavaScript runs all static constructors again.
#[wasm_bindgen(start)]
fn start() {
    // SAFETY: the linker defines it, and nothing has run before.
    unsafe { __wasm_call_ctors() };
    console_error_panic_hook::set_once();
    // WebGPU reports faulty shaders to the log alone.
    if log::set_logger(&console::Console).is_ok() {
        log::set_max_level(log::LevelFilter::Warn);
    }
}

/// An error as JavaScript gets it.
#[derive(Serialize)]
struct Failure<'a> {
    code: &'a str,
    message: String,
    hint: &'a str,
}

impl From<Error> for JsValue {
    fn from(error: Error) -> JsValue {
        to_js(&Failure { code: error.code(), message: error.to_string(), hint: error.hint() })
    }
}

/// What JavaScript gets, or an error that it catches.
pub(crate) type JsResult<T = JsValue> = std::result::Result<T, JsValue>;

/// Byte arrays become `Uint8Array`, maps become objects.
pub(crate) fn to_js(value: &impl Serialize) -> JsValue {
    value
        .serialize(&serde_wasm_bindgen::Serializer::json_compatible().serialize_bytes_as_arrays(false))
        .expect("plain data")
}

/// A device, and a model on it.
#[wasm_bindgen]
pub struct Session {
    device: Device,
    device_name: &'static str,
    /// About the shaders' variants.
    tuned: Option<String>,
    /// Absent while it answers.
    model: Cell<Option<Box<Model>>>,
    stop: AtomicBool,
    bank: RefCell<Arc<Bank>>,
    /// What surprises are drawn with: as the model that is asked has practised it.
    setting: Cell<Setting>,
    /// The last surprise: its judge, and the scene behind its picture.
    surprise: RefCell<Option<Item>>,
}

struct Model {
    title: String,
    bundle: ModelBundle,
}

/// What is asked; the rest of the settings are the program's defaults.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Asked {
    question: String,
    seed: u64,
    pictures: Option<PictureSource>,
    /// The file of another's picture, for `Pictures::Shuffled`.
    other: Option<Vec<u8>>,
    temperature: Option<f32>,
    picture_temperature: Option<f32>,
    top_p: Option<f32>,
}

impl Asked {
    fn settings(&self) -> Settings {
        let mut settings =
            Settings { seed: self.seed, pictures: self.pictures.unwrap_or_default(), ..Settings::default() };
        let chosen = [(&mut settings.text, self.temperature), (&mut settings.picture, self.picture_temperature)];
        for (sampling, temperature) in chosen {
            sampling.temperature = temperature.unwrap_or(sampling.temperature);
            sampling.top_p = self.top_p.unwrap_or(sampling.top_p);
        }
        settings
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Surprise<'a> {
    #[serde(serialize_with = "bytes")]
    png: Vec<u8>,
    task_type: String,
    question: &'a str,
    answer: &'a str,
    suggestions: &'static [&'static str],
}

fn bytes<S: serde::Serializer>(bytes: &[u8], serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_bytes(bytes)
}

fn perhaps_bytes<S: serde::Serializer>(png: &Option<Vec<u8>>, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    match png {
        Some(png) => serializer.serialize_bytes(png),
        None => serializer.serialize_none(),
    }
}

impl Session {
    /// Makes a model the one that is asked; what it has practised, as JavaScript gets it.
    fn answer_with(&self, title: String, bundle: ModelBundle) -> JsValue {
        let capabilities = to_js(&bundle.config.capabilities());
        let setting = bundle.setting(Split::Test);
        // Models that know the plain hand alone were trained on what is easy now.
        self.setting.set(Setting { difficulty: setting.hand.map(|_| 1), ..setting });
        self.model.set(Some(Box::new(Model { title, bundle })));
        capabilities
    }

    /// Whoever takes the model sets it again, so that nobody is answered meanwhile.
    fn take_model(&self) -> Result<Box<Model>> {
        self.model
            .take()
            .ok_or_else(|| Error::config("The model is not there yet, or busy.", "Wait until it is ready."))
    }
}

#[wasm_bindgen]
impl Session {
    /// On "cpu" or "webgpu"; the module must have been built for it. `tuned` is what an earlier session
    /// there found.
    pub async fn create(device: &str, tuned: Option<String>) -> std::result::Result<Session, JsValue> {
        let Opened { device, name: device_name, tuned } = open_device(device, tuned).await?;
        Ok(Session {
            device,
            device_name,
            tuned,
            model: Cell::default(),
            stop: AtomicBool::new(false),
            bank: RefCell::new(Arc::new(Bank::empty())),
            setting: Cell::new(Split::Test.into()),
            surprise: RefCell::default(),
        })
    }

    /// What `create` wants to be told the next time, if it has found something.
    pub fn tuned(&self) -> Option<String> {
        self.tuned.clone()
    }

    /// The three files of a model. Returns what it has practised, if they say so.
    pub fn load(
        &self,
        title: String,
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
    ) -> std::result::Result<JsValue, JsValue> {
        Ok(self.answer_with(title, ModelBundle::from_bytes(config, tokenizer, weights, &self.device)?))
    }

    /// Whether three files are a model that can be trained.
    pub fn check_model(&self, config: &[u8], tokenizer: &[u8], weights: &[u8]) -> std::result::Result<(), JsValue> {
        ModelBundle::from_bytes(config, tokenizer, weights, &self.device)?;
        Ok(())
    }

    /// Answers a question about the picture in a file. `on_event` hears the events, `pause` gives a
    /// promise that is awaited every now and then. Resolves to a [`AnswerFiles`], or to nothing when the
    /// last event was an error.
    pub async fn ask(
        &self,
        picture: Vec<u8>,
        asked: JsValue,
        on_event: Function,
        pause: Function,
    ) -> std::result::Result<JsValue, JsValue> {
        let asked: Asked = serde_wasm_bindgen::from_value(asked)
            .map_err(|e| Error::config(format!("The request can't be read: {e}."), "Check its options."))?;
        let file = picture;
        let picture = decoded(&file)?;
        let other = asked.other.as_deref().map(crate::vq::pixels::decode_picture).transpose()?;
        let mut model = self.take_model()?;
        let outcome = self.answer(&mut model, &picture, other.as_ref(), &asked, &on_event, &pause).await;
        let title = model.title.clone();
        let calibration = model.bundle.config.calibration();
        self.stop.store(false, Ordering::Relaxed);
        self.model.set(Some(model));
        let settings = asked.settings();
        let files = |outcome: Outcome| AnswerFiles {
            model: title,
            device: self.device_name,
            judged: calibration.map(|calibration| outcome.likelihood.judged(&calibration)),
            question: asked.question,
            picture: file,
            settings,
            outcome,
        };
        Ok(outcome.map(files).map_or(JsValue::NULL, JsValue::from))
    }

    async fn answer(
        &self,
        model: &mut Model,
        picture: &image::RgbImage,
        other: Option<&image::RgbImage>,
        asked: &Asked,
        on_event: &Function,
        pause: &Function,
    ) -> Option<Outcome> {
        let settings = asked.settings();
        // The scene is known when the page asks about the picture of the last surprise.
        let state =
            self.surprise.borrow().as_ref().filter(|item| item.picture == *picture).and_then(|item| item.state.clone());
        let request = Request { other, state: state.as_ref(), ..Request::new(picture, &asked.question, settings) };
        let Model { bundle: ModelBundle { config, vocab, language, codec }, .. } = model;
        let calibration = config.calibration();
        let mut engine = Engine { model: language, codec, vocab, device: self.device_name, calibration };
        let emit = |event: Event| {
            // A listener that throws loses its event, not the answer.
            on_event.call1(&JsValue::NULL, &to_js(&event)).ok();
        };
        engine.ask(&request, &self.stop, async || _ = rest(pause).await, emit).await.ok()
    }

    /// Ends the answer that is being made.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Scenes and stickers, for surprises with photos.
    pub fn set_bank(&self, bytes: &[u8]) -> std::result::Result<(), JsValue> {
        *self.bank.borrow_mut() = Arc::new(Bank::from_bytes(bytes)?);
        Ok(())
    }

    /// A task drawn by chance, of one of the named task types; of any if none is named.
    pub fn surprise(&self, task_types: Vec<String>, seed: u32) -> std::result::Result<JsValue, JsValue> {
        let bank = self.bank.borrow();
        let mut rng = ChaCha8Rng::seed_from_u64(seed.into());
        let drawable = |task_type: &TaskType| task_type.family() != Family::Natural || !bank.is_empty();
        let drawable: Vec<TaskType> = TaskType::named(&task_types).into_iter().filter(drawable).collect();
        let task_type = *drawable
            .choose(&mut rng)
            .ok_or_else(|| Error::data("The photos for this task are not there.", "Choose another kind of task."))?;
        let item = tasks::generate(&bank, task_type, self.setting.get(), &mut rng);
        let value = to_js(&Surprise {
            png: events::png(&item.picture)?,
            task_type: task_type.to_string(),
            question: &item.question,
            answer: &item.answer,
            suggestions: phrasing::of(task_type).examples,
        });
        *self.surprise.borrow_mut() = Some(item);
        Ok(value)
    }

    /// Whether this is a right answer to the last surprise; nothing when there was none.
    pub fn judge(&self, answer: &str) -> Option<bool> {
        self.surprise.borrow().as_ref().map(|item| tasks::judge(&item.truth, answer))
    }
}

/// Awaits the promise that the page's `pause` gives: whether it may go on, which only `false` denies.
async fn rest(pause: &Function) -> bool {
    let Ok(promise) = pause.call0(&JsValue::NULL) else { return true };
    let said = JsFuture::from(Promise::resolve(&promise)).await;
    !said.is_ok_and(|said| said == JsValue::FALSE)
}
