//! A look inside the model that answers: pictures as codes and back, and what may come next.

use super::answer_files::AnswerFiles;
use super::picture::decoded;
use super::{JsResult, Model, Session, to_js};
use crate::bundle::{CachedTransformer, ModelBundle};
use crate::error::{Error, Result};
use crate::generate::ahead::{Ahead, Inside, ahead, inside};
use crate::generate::pictures::Scene;
use crate::generate::{LanguageModel, PictureCodec, PictureSource, Sampler, Settings, Writer, events, question};
use crate::model::Rows;
use crate::tokens::{Codes, Grammar, Prompt, Token, template};
use burn::tensor::{Int, Tensor};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

/// Likeliest tokens that are told.
const GUESSES: usize = 12;
/// The same for each token of an answer.
const RUNNERS_UP: usize = 6;

/// A picture as codes.
#[derive(Serialize)]
struct Coded {
    grid: usize,
    codes: Vec<u16>,
    /// So many codes there are to choose from.
    known: usize,
}

/// A sequence so far: what is asked, and the ids of what was written after it.
#[derive(Deserialize)]
struct Prefix {
    question: String,
    /// Reasons in words and drawings, or in words alone.
    draw: bool,
    written: Vec<u32>,
    /// Tokens that the model writes on before the look, fewer where the sequence ends.
    more: usize,
    seed: u64,
}

#[wasm_bindgen]
impl Session {
    /// The codes of the picture in a file, row by row.
    pub async fn codes(&self, picture: &[u8]) -> JsResult {
        let picture = decoded(picture)?;
        let model = self.take_model()?;
        let (codes, known) = (codes_of(&model, &picture).await, model.bundle.vocab.code_count());
        self.model.set(Some(model));
        let Codes { grid, codes } = codes?;
        Ok(to_js(&Coded { grid, codes, known }))
    }

    /// The picture of a grid of codes, as PNG.
    pub async fn picture_of(&self, codes: Vec<u16>) -> JsResult<Vec<u8>> {
        let model = self.take_model()?;
        let png = png_of(&model, codes).await;
        self.model.set(Some(model));
        Ok(png?)
    }

    /// A question's row of tokens, and what may come next.
    pub async fn ahead(&self, picture: &[u8], prefix: JsValue) -> JsResult {
        let prefix: Prefix = serde_wasm_bindgen::from_value(prefix)
            .map_err(|e| Error::config(format!("The request can't be read: {e}."), "Check its options."))?;
        let picture = decoded(picture)?;
        let mut model = self.take_model()?;
        let ahead = after(&mut model, &picture, prefix).await;
        self.model.set(Some(model));
        Ok(to_js(&ahead?))
    }
}

#[wasm_bindgen]
impl Session {
    /// An answer from inside: each of its tokens with its probability and what else might have come.
    pub async fn inside(&self, answer: &AnswerFiles) -> JsResult {
        let mut model = self.model_of(answer)?;
        let inside = inside_of(&mut model, answer).await;
        self.model.set(Some(model));
        Ok(to_js(&inside?))
    }

    /// What the model attended to when it wrote token `written` of an answer: shares of 1 for each token of the
    /// question, its picture and the answer before it.
    pub async fn attended(&self, answer: &AnswerFiles, written: usize) -> JsResult<Vec<f32>> {
        let model = self.model_of(answer)?;
        let attended = attended_by(&model, answer, written).await;
        self.model.set(Some(model));
        Ok(attended?)
    }
}

impl Session {
    /// The model, if it is the one that gave the answer.
    fn model_of(&self, answer: &AnswerFiles) -> Result<Box<Model>> {
        let model = self.take_model()?;
        if model.title == answer.model {
            return Ok(model);
        }
        let message = format!("This answer is by {}, but {} answers now.", answer.model, model.title);
        self.model.set(Some(model));
        Err(Error::question(message, "Ask again."))
    }
}

async fn inside_of(model: &mut Model, answer: &AnswerFiles) -> Result<Inside> {
    let ModelBundle { vocab, language, codec, .. } = &mut model.bundle;
    let grammar = Grammar::new(vocab, answer.settings.rules(codec.grid(), language.context()));
    let AnswerFiles { outcome, .. } = answer;
    inside(language, &grammar, &outcome.prompt, &outcome.tokens, RUNNERS_UP).await
}

async fn attended_by(model: &Model, answer: &AnswerFiles, written: usize) -> Result<Vec<f32>> {
    let AnswerFiles { outcome, .. } = answer;
    let before = outcome
        .tokens
        .get(..written)
        .ok_or_else(|| Error::question(format!("The answer has no token {written}."), "Choose one of its tokens."))?;
    let ids: Vec<i32> = outcome.prompt.iter().chain(before).map(|token| token.0 as i32).collect();
    let (n, device) = (ids.len(), model.bundle.codec.device());
    let row = |values: Vec<i32>| Tensor::<1, Int>::from_ints(values.as_slice(), device).reshape([1, n]);
    let rows = Rows { tokens: row(ids), positions: row((0..n as i32).collect()), starts: row(vec![0; n]) };
    model.bundle.language.transformer.attended(&rows).await
}

/// As the engine sees a picture.
async fn codes_of(model: &Model, picture: &image::RgbImage) -> Result<Codes> {
    let scene = Scene::new(PictureSource::Imagined, picture, None, None);
    model.bundle.codec.encode(scene.asked()).await
}

async fn png_of(model: &Model, codes: Vec<u16>) -> Result<Vec<u8>> {
    let ModelBundle { vocab, codec, .. } = &model.bundle;
    if let Some(code) = codes.iter().find(|code| vocab.code_token(**code).is_none()) {
        return Err(Error::data(
            format!("There is no code {code}."),
            format!("Codes go up to {}.", vocab.code_count() - 1),
        ));
    }
    events::png(&codec.decode(&Codes::new(codec.grid(), codes)?).await?)
}

async fn after(model: &mut Model, picture: &image::RgbImage, prefix: Prefix) -> Result<Ahead> {
    let asked = codes_of(model, picture).await?;
    let ModelBundle { vocab, language, codec, .. } = &mut model.bundle;
    let question = question::written(&prefix.question)?;
    let prompt = Prompt::Reason { draw: prefix.draw, question: &question, picture: &asked };
    let mut tokens = template::prompt(vocab, &prompt)?.tokens;
    tokens.extend(prefix.written.into_iter().map(Token));
    let settings = Settings { seed: prefix.seed, ..Settings::default() };
    let grammar = Grammar::new(vocab, settings.rules(codec.grid(), language.context()));
    if prefix.more > 0 {
        write_on(language, &grammar, &mut tokens, prefix.more, &settings).await?;
    }
    ahead(language, &grammar, &tokens, GUESSES).await
}

/// As the engine answers, up to `more` tokens or the end.
async fn write_on(
    language: &mut CachedTransformer,
    grammar: &Grammar<'_>,
    tokens: &mut Vec<Token>,
    more: usize,
    settings: &Settings,
) -> Result<()> {
    let sampler = Sampler::new(settings.seed);
    let mut writer = Writer::new(language, grammar.clone(), tokens.clone(), settings.samplings(), sampler)?;
    for _ in 0..more {
        if writer.state().ended() {
            break;
        }
        tokens.push(writer.next(None).await?);
    }
    Ok(())
}
