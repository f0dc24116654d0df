//! What the page shows of a run besides its numbers: answers that were paid, examples that were drawn, and
//! which tokens of an example are learned.

use super::trainer::Trainer;
use super::{JsResult, bytes, perhaps_bytes, rest, to_js};
use crate::error::{Error, Result};
use crate::generate::{PictureCodec, events};
use crate::tokens::{Codes, Token, TokenRole, Vocab, picture_at};
use crate::train::perpo::{Group, Perpo, StepOutcome};
use js_sys::Function;
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Ratios are counted in bins of this width around 1; the outer ones hold all that is further away.
const BIN: f64 = 0.02;
const BINS_BESIDE: usize = 24;

#[derive(Serialize)]
struct Watched {
    groups: Vec<WatchedGroup>,
    /// Tokens in each bin; the middle one is around a ratio of 1.
    ratios: Vec<u32>,
    bin: f64,
}

#[derive(Serialize)]
struct WatchedGroup {
    #[serde(serialize_with = "bytes")]
    png: Vec<u8>,
    question: String,
    right: String,
    kept: bool,
    rollouts: Vec<WatchedRollout>,
}

#[derive(Serialize)]
struct WatchedRollout {
    steps: Vec<WatchedStep>,
    answer: String,
    /// What is wrong with its form, in words.
    problem: Option<String>,
    accuracy: f64,
    format: f64,
    perception: Option<f64>,
    total: f64,
    advantage: f64,
}

#[derive(Serialize)]
struct WatchedStep {
    text: String,
    #[serde(serialize_with = "perhaps_bytes")]
    png: Option<Vec<u8>>,
    /// How rough each cell is, row by row; empty where nobody scores it.
    edges: Vec<f64>,
}

/// A chain of thought with the pictures drawn for it.
#[derive(Serialize)]
struct Chain {
    #[serde(serialize_with = "bytes")]
    png: Vec<u8>,
    question: String,
    answer: String,
    steps: Vec<WatchedStep>,
}

/// A stretch of an example whose tokens play the same part.
#[derive(Serialize)]
struct Span {
    role: TokenRole,
    /// Of each of its tokens in the loss.
    weight: f32,
    tokens: usize,
    text: String,
    #[serde(serialize_with = "perhaps_bytes")]
    png: Option<Vec<u8>>,
}

#[wasm_bindgen]
impl Trainer {
    /// The groups of the last step by rewards; nothing in other stages.
    pub async fn watched(&self, pause: Function) -> JsResult {
        let Some((perpo, StepOutcome { groups, ratios, .. })) = self.run.record() else { return Ok(JsValue::NULL) };
        let mut watched = Watched { groups: Vec::new(), ratios: bins(ratios), bin: BIN };
        for group in groups {
            watched.groups.push(self.watched_group(perpo, group, &pause).await?);
        }
        Ok(to_js(&watched))
    }

    /// The last example that was drawn to a chain of words; nothing while there is none.
    pub async fn chain(&self) -> JsResult {
        let Some(made) = self.run.examples().and_then(|examples| examples.made.last()) else {
            return Ok(JsValue::NULL);
        };
        let mut steps = Vec::new();
        for (text, picture) in &made.steps {
            steps.push(WatchedStep { text: text.clone(), png: Some(self.png(picture).await?), edges: Vec::new() });
        }
        let (question, answer) = (made.question.clone(), made.answer.clone());
        Ok(to_js(&Chain { png: self.png(&made.picture).await?, question, answer, steps }))
    }

    /// The first example of the next step as the model reads it; nothing in stages that make their own data.
    pub async fn spans(&self) -> JsResult {
        let (Some(batches), Some(stage)) = (self.run.batches(), self.run.recipe.language()) else {
            return Ok(JsValue::NULL);
        };
        let data = self.run.data();
        let documents = data.documents_of(self.run.progress.step, batches.rows * batches.length).await?;
        let sequence = documents
            .iter()
            .map(|document| &document.sequence)
            .find(|sequence| sequence.tokens.len() <= batches.length)
            .ok_or_else(|| Error::config("No example fits into a row.", "Practise questions with fewer steps."))?;
        let (tokens, roles) = (&sequence.tokens, &sequence.roles);
        let (mut spans, mut at) = (Vec::new(), 0);
        while at < tokens.len() {
            let mut span = Span { role: roles[at], weight: 0.0, tokens: 1, text: String::new(), png: None };
            if tokens[at] == data.vocab.boi {
                let (codes, length) = picture_at(&data.vocab, data.codec.grid(), tokens, at)?;
                // The begin mark belongs to the words before it.
                span = Span { role: roles[at + 1], tokens: length, png: Some(self.png(&codes).await?), ..span };
            } else if data.vocab.is_text(tokens[at]) {
                let same = |i: &usize| data.vocab.is_text(tokens[*i]) && roles[*i] == roles[at];
                span.tokens = (at..tokens.len()).take_while(same).count();
                span.text = data.vocab.text().decode(&tokens[at..at + span.tokens]);
            } else {
                span.text = mark(&data.vocab, tokens[at]).into();
            }
            span.weight = stage.loss_weights.of(span.role);
            at += span.tokens;
            spans.push(span);
        }
        Ok(to_js(&spans))
    }
}

impl Trainer {
    async fn watched_group(&self, perpo: &Perpo, group: &Group, pause: &Function) -> Result<WatchedGroup> {
        let mut rollouts = Vec::new();
        for (i, parsed) in group.parsed.iter().enumerate() {
            let mut steps = Vec::new();
            for step in &parsed.steps {
                let (png, edges) = match &step.picture {
                    Some(picture) => (Some(self.png(picture).await?), perpo.edges(picture)),
                    None => (None, Vec::new()),
                };
                steps.push(WatchedStep { text: step.text.clone(), png, edges });
            }
            rest(pause).await;
            let reward = group.rewards[i];
            rollouts.push(WatchedRollout {
                steps,
                answer: parsed.answer.clone(),
                problem: group.problems[i].first().cloned(),
                accuracy: reward.accuracy,
                format: reward.format,
                perception: reward.perception,
                total: reward.total,
                advantage: group.advantages[i],
            });
        }
        let asked = &group.asked;
        Ok(WatchedGroup {
            png: events::png(&asked.picture)?,
            question: asked.question.clone(),
            right: asked.answer.clone(),
            kept: group.kept,
            rollouts,
        })
    }

    async fn png(&self, picture: &Codes) -> Result<Vec<u8>> {
        events::png(&self.run.data().codec.decode(picture).await?)
    }
}

fn bins(ratios: &[f64]) -> Vec<u32> {
    let mut bins = vec![0; 2 * BINS_BESIDE + 1];
    let beside = BINS_BESIDE as f64;
    for ratio in ratios {
        bins[(((ratio - 1.0) / BIN).round().clamp(-beside, beside) + beside) as usize] += 1;
    }
    bins
}

/// What a mark between the parts of an example says.
fn mark(vocab: &Vocab, token: Token) -> &'static str {
    let marks = [
        (vocab.bos, "begin"),
        (vocab.thought_open, "think:"),
        (vocab.thought_close, "thought over"),
        (vocab.answer_open, "answer:"),
        (vocab.answer_close, "answer over"),
        (vocab.eos, "end"),
    ];
    // What is left are the modes.
    marks.into_iter().find(|(mark, _)| *mark == token).map_or("task", |(_, words)| words)
}
