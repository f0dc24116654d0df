//! Many questions at once: JSON lines in, JSON lines out, and the table of what was right.
//!
//! The functions know no command line; `generate` does the asking, `tasks::judge` the judging,
//! `report` the counting, `calibrate` the doubting, `compare` the comparing, `sheet` the showing.

pub mod calibrate;
pub mod compare;
pub mod mini;
pub mod report;
pub mod sheet;

pub use report::{Report, Score};

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use image::RgbImage;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Error, Result};
use crate::generate::events::png;
use crate::generate::{Engine, LanguageModel, Likelihood, Outcome, PictureCodec, PictureSource, Request, Settings};
use crate::input;
use crate::tasks::{GENERATOR, Item, SceneState, TaskType, Truth, judge};
use crate::vq::pixels::decode_picture;

/// One line of an items file. Only `image` and `question` are needed to ask, `answer` (or `truth`)
/// to judge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Line {
    /// Text or a number; the line's number if there is none.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    pub id: Value,
    /// The task type, such as "N1"; other words are taken as no task type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub task_type: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difficulty: Option<u8>,
    /// Path of the picture, relative to the file.
    pub image: String,
    pub question: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// All that the judge needs, where the answer alone isn't enough (any way through a maze is right).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub truth: Option<Truth>,
    /// The version of the generator that drew it; other items have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<u32>,
}

impl Line {
    /// The line of a drawn item whose picture is saved as `image`.
    pub fn of(item: &Item, image: &str) -> Self {
        Self {
            id: item.id.clone().into(),
            task_type: Some(item.task_type.to_string()),
            difficulty: Some(item.difficulty),
            image: image.into(),
            question: item.question.clone(),
            answer: Some(item.answer.clone()),
            truth: Some(item.truth.clone()),
            generator: Some(GENERATOR),
        }
    }
}

/// A picture in memory or still in its file.
#[derive(Clone, Debug)]
pub enum PictureAt {
    File(PathBuf),
    Memory(RgbImage),
}

impl PictureAt {
    fn load(&self) -> Result<RgbImage> {
        match self {
            PictureAt::Memory(picture) => Ok(picture.clone()),
            PictureAt::File(path) => decode_picture(&input::read_picture(path)?),
        }
    }
}

/// A question to be asked, and judged if its truth is known.
#[derive(Clone, Debug)]
pub struct Question {
    pub id: String,
    pub task_type: Option<TaskType>,
    pub picture: PictureAt,
    pub question: String,
    pub truth: Option<Truth>,
    /// The scene behind a drawn picture, for executed PRED.
    pub state: Option<SceneState>,
}

impl From<Item> for Question {
    fn from(item: Item) -> Self {
        Self {
            id: item.id,
            task_type: Some(item.task_type),
            picture: PictureAt::Memory(item.picture),
            question: item.question,
            truth: Some(item.truth),
            state: item.state,
        }
    }
}

/// Reads an items file. Pictures are opened later, one at a time.
pub fn read_items(path: &Path) -> Result<Vec<Question>> {
    let text = input::read_text(path)?;
    parse_items(&text, path.parent().unwrap_or(Path::new("")))
}

/// Reads JSON lines; `folder` is what the paths of pictures are relative to.
pub fn parse_items(text: &str, folder: &Path) -> Result<Vec<Question>> {
    let lines = input::without_mark(text).lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let questions: Vec<Question> = lines
        .map(|(at, line)| {
            let line: Line = serde_json::from_str(line).map_err(|e| {
                Error::data(
                    format!("Line {} of the items can't be read: {e}.", at + 1),
                    "Each line is one JSON object with id, image and question.",
                )
            })?;
            let id = match &line.id {
                Value::String(id) => id.clone(),
                Value::Null => (at + 1).to_string(),
                other => other.to_string(),
            };
            Ok(Question {
                id,
                task_type: line.task_type.and_then(|task_type| task_type.parse().ok()),
                picture: PictureAt::File(folder.join(line.image)),
                question: line.question,
                truth: line.truth.or_else(|| line.answer.map(|answer| Truth::from_answer(&answer))),
                state: None,
            })
        })
        .collect::<Result<_>>()?;
    if questions.is_empty() {
        return Err(Error::data("There are no items to ask.", "Give a file with one JSON object a line."));
    }
    Ok(questions)
}

/// One line of a predictions file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    pub id: String,
    pub answer: String,
    /// The thought's words, a line a step.
    pub text: String,
    /// Files of the thought's pictures, relative to the predictions file.
    pub pictures: Vec<String>,
    /// Whether everything is as the template and the actions say.
    pub valid: bool,
    /// Tokens that were written, codes of pictures included.
    pub tokens: usize,
    pub ms: f64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub likelihood: Option<Likelihood>,
    /// Why the item couldn't be asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A prediction and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Record {
    pub prediction: Prediction,
    #[serde(rename = "kind")]
    pub task_type: Option<TaskType>,
    /// None where the truth isn't known.
    pub right: Option<bool>,
    /// Steps that should have a picture.
    pub pictures: usize,
    /// Those that have one after a valid action.
    pub valid_pictures: usize,
}

/// Where pictures of predictions are written.
#[derive(Clone, Debug)]
pub struct PictureFolder {
    pub path: PathBuf,
    /// The folder as the predictions file names it.
    pub name: String,
}

/// Asks all questions in order and judges the answers. `each` hears every record as soon as it is
/// there. Item i is asked with the seed `settings.seed + i`, so that its answer doesn't depend on
/// the others. An item whose picture or question can't be used counts as wrong; only what would be
/// the same for every item, a model or a device that fails, ends the run.
pub async fn run<M: LanguageModel, P: PictureCodec>(
    engine: &mut Engine<'_, M, P>,
    questions: &[Question],
    settings: &Settings,
    folder: Option<&PictureFolder>,
    stop: &AtomicBool,
    mut pause: impl AsyncFnMut(),
    mut each: impl FnMut(&Record) -> Result<()>,
) -> Result<Vec<Record>> {
    let mut records = Vec::with_capacity(questions.len());
    for (at, question) in questions.iter().enumerate() {
        let settings = Settings { seed: settings.seed.wrapping_add(at as u64), rows: false, ..*settings };
        let result = ask(engine, questions, at, settings, stop, &mut pause).await;
        let record = match result {
            Ok(outcome) => {
                let pictures = save(&outcome, folder, at, &question.id)?;
                record(question, outcome, pictures)
            }
            Err(error) if matches!(error.code(), "picture" | "question" | "file" | "data") => refused(question, &error),
            Err(error) => return Err(error),
        };
        each(&record)?;
        records.push(record);
    }
    Ok(records)
}

async fn ask<M: LanguageModel, P: PictureCodec>(
    engine: &mut Engine<'_, M, P>,
    questions: &[Question],
    at: usize,
    settings: Settings,
    stop: &AtomicBool,
    pause: &mut impl AsyncFnMut(),
) -> Result<Outcome> {
    let question = &questions[at];
    let picture = question.picture.load()?;
    let other = match settings.pictures {
        PictureSource::Shuffled => another(questions, at).map(|other| other.picture.load()).transpose()?,
        _ => None,
    };
    let mut request = Request::new(&picture, &question.question, settings);
    (request.other, request.state) = (other.as_ref(), question.state.as_ref());
    engine.ask(&request, stop, async || pause().await, |_| {}).await
}

/// The next question of the same kind, round the end; the next of any kind if there is no such.
fn another(questions: &[Question], at: usize) -> Option<&Question> {
    let others = || (1..questions.len()).map(|step| &questions[(at + step) % questions.len()]);
    others().find(|other| other.task_type == questions[at].task_type).or_else(|| others().next())
}

fn record(question: &Question, outcome: Outcome, pictures: Vec<String>) -> Record {
    let drawn = |step: &&crate::generate::OutcomeStep| step.picture.is_some();
    Record {
        task_type: question.task_type,
        right: question.truth.as_ref().map(|truth| judge(truth, &outcome.answer)),
        pictures: outcome.steps.iter().filter(drawn).count(),
        valid_pictures: outcome.steps.iter().filter(drawn).filter(|step| step.problem.is_none()).count(),
        prediction: Prediction {
            id: question.id.clone(),
            text: outcome.text(),
            valid: outcome.valid(),
            tokens: outcome.tokens.len(),
            ms: outcome.ms,
            likelihood: Some(outcome.likelihood),
            answer: outcome.answer,
            pictures,
            error: None,
        },
    }
}

fn refused(question: &Question, error: &Error) -> Record {
    let prediction = Prediction {
        id: question.id.clone(),
        answer: String::new(),
        text: String::new(),
        pictures: Vec::new(),
        valid: false,
        tokens: 0,
        ms: 0.0,
        likelihood: None,
        error: Some(error.to_string()),
    };
    Record {
        prediction,
        task_type: question.task_type,
        right: question.truth.as_ref().map(|_| false),
        pictures: 0,
        valid_pictures: 0,
    }
}

/// Writes the pictures of an answer; their names as the predictions file tells them.
fn save(outcome: &Outcome, folder: Option<&PictureFolder>, at: usize, id: &str) -> Result<Vec<String>> {
    let Some(folder) = folder else { return Ok(Vec::new()) };
    std::fs::create_dir_all(&folder.path).map_err(Error::file(&folder.path))?;
    let plain: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).take(60).collect();
    let mut names = Vec::new();
    for (number, picture) in outcome.steps.iter().filter_map(|step| step.picture.as_ref()).enumerate() {
        // The item's place keeps apart ids that look the same as file names.
        let name = format!("{:04}-{plain}-{}.png", at + 1, number + 1);
        let path = folder.path.join(&name);
        std::fs::write(&path, png(picture)?).map_err(Error::file(&path))?;
        names.push(format!("{}/{name}", folder.name));
    }
    Ok(names)
}

#[cfg(test)]
mod tests;
