//! `judge`: answers in, rewards out, in batches of JSON lines, so that every engine has one judge.
//!
//! A line is a question with sampled answers, as `prepare` and `train --record` write it: `picture`, `truth`,
//! `right`, and `answers`, the tokens after the prompt of each. An empty line or the end of the input ends a
//! batch: then a line comes back for each of its lines, and an empty one.

use super::{Model, is_heard};
use burn::tensor::Device;
use omni_r1_web::bundle::VqCodec;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::model::checkpoint::Checkpoint;
use omni_r1_web::tasks::Truth;
use omni_r1_web::tokens::{Codes, PictureRule, Token, Vocab, template};
use omni_r1_web::train::advantage::{advantages, varies};
use omni_r1_web::train::data::Sample;
use omni_r1_web::train::recipe::{Recipe, Stage};
use omni_r1_web::train::reward::{Answered, Drawings, Reward, RewardSettings};
use omni_r1_web::train::roughness::Codebook;
use omni_r1_web::train::shards;
use serde::Deserialize;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Judge {
    /// The checkpoint's tokenizer and codebook say what the tokens mean.
    #[command(flatten)]
    model: Model,
    /// A recipe with [perpo], for the weights of the reward; the defaults without one.
    #[arg(long)]
    recipe: Option<PathBuf>,
    /// JSON lines; standard input without it.
    #[arg(long)]
    input: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Group {
    picture: Codes,
    truth: Truth,
    right: String,
    answers: Vec<Vec<Token>>,
}

struct Bench {
    vocab: Vocab,
    codebook: Codebook,
    reward: RewardSettings,
    /// Where a step may have its picture.
    pictures: PictureRule,
    /// Whether advantages are divided by their group's deviation.
    scaled: bool,
    /// Whether groups of equal accuracy teach nothing.
    dynamic: bool,
}

impl Judge {
    pub fn run(&self) -> Result<()> {
        let bench = Bench::open(&self.model.model, self.recipe.as_deref())?;
        let input: Box<dyn BufRead> = match &self.input {
            Some(path) => Box::new(BufReader::new(File::open(path).map_err(Error::file(path))?)),
            None => Box::new(std::io::stdin().lock()),
        };
        let mut failed = None;
        let mut batch = Vec::new();
        let mut lines = input.lines();
        loop {
            let line = lines.next().transpose().map_err(Error::file("the input"))?;
            match &line {
                Some(line) if !line.trim().is_empty() => batch.push(line.clone()),
                _ if batch.is_empty() => {}
                // Without a reader there is nobody to judge for.
                _ if !bench.batch(&std::mem::take(&mut batch), &mut failed)? => break,
                _ => {}
            }
            if line.is_none() {
                break;
            }
        }
        failed.map_or(Ok(()), Err)
    }
}

/// What can be paid without an item's scene.
fn answers_alone() -> RewardSettings {
    RewardSettings { drawings: Some(Drawings::Roughness), actions: false, ..RewardSettings::default() }
}

impl Bench {
    fn open(model: &Path, recipe: Option<&Path>) -> Result<Self> {
        let recipe = recipe.map(Recipe::load).transpose()?;
        let (reward, pictures, scaled, dynamic) = match recipe.map(|recipe| recipe.stage) {
            Some(Stage::Perpo(stage)) => (stage.reward, stage.pictures, stage.scaled, stage.dynamic),
            Some(_) => return Err(Error::config("This recipe has no rewards.", "Name one with [perpo].")),
            None => (answers_alone(), PictureRule::default(), true, true),
        };
        if reward.measured().is_some() || reward.actions {
            return Err(Error::config(
                "The judge sees answers alone: it has neither the scenes nor the policy that this reward asks for.",
                "Set drawings = \"roughness\" and actions = false under [perpo.reward].",
            ));
        }
        let device = Device::flex();
        let vq = Checkpoint::load(model, &device)?.vq()?.clone();
        let codebook = pollster::block_on(Codebook::of(&VqCodec::new(vq, device)))?;
        Ok(Self { vocab: shards::vocabulary(model)?, codebook, reward, pictures, scaled, dynamic })
    }

    /// Answers each line of a batch; one that can't be judged says why, and the others are judged all the same.
    /// Whether the reader is still there.
    fn batch(&self, lines: &[String], failed: &mut Option<Error>) -> Result<bool> {
        for (number, line) in lines.iter().enumerate() {
            let judged = self.line(line).unwrap_or_else(|error| {
                let line = json!({ "error": error.to_string(), "hint": error.hint() });
                let message = format!("Line {} can't be judged: {error}", number + 1);
                *failed = Some(Error::data(message, error.hint()));
                line
            });
            if !is_heard(&format!("{judged}\n"))? {
                return Ok(false);
            }
        }
        is_heard("\n")
    }

    fn line(&self, line: &str) -> Result<Value> {
        let group: Group = serde_json::from_str(line).map_err(|e| {
            Error::data(
                format!("It can't be read: {e}."),
                "A line holds picture, truth and right, as prepare writes them, and answers, lists of tokens.",
            )
        })?;
        let (picture, cells) = (&group.picture, self.codebook.rows.len() / self.codebook.width);
        let picture = Codes::new(picture.grid, picture.codes.clone())?;
        if picture.codes.iter().any(|code| usize::from(*code) >= cells) {
            return Err(Error::data(
                format!("The picture has a code beyond the {cells} of the codebook."),
                "Name the checkpoint that the answers were sampled from with --model.",
            ));
        }
        let (rewards, said): (Vec<Reward>, Vec<String>) =
            group.answers.iter().map(|tokens| self.reward(&group, &picture, tokens)).unzip();
        let totals: Vec<f64> = rewards.iter().map(|reward| reward.total).collect();
        let accuracies: Vec<f64> = rewards.iter().map(|reward| reward.accuracy).collect();
        Ok(json!({
            "rewards": rewards,
            "advantages": advantages(&totals, self.scaled),
            "kept": !self.dynamic || varies(&accuracies),
            "said": said,
        }))
    }

    fn reward(&self, group: &Group, picture: &Codes, tokens: &[Token]) -> (Reward, String) {
        let parsed = template::parse(&self.vocab, picture.grid, true, tokens);
        // A line knows neither its scene nor its trace, like an example of one's own without steps.
        let asked = Sample {
            picture: image::RgbImage::new(1, 1),
            question: String::new(),
            steps: Vec::new(),
            rest: String::new(),
            answer: group.right.clone(),
            caption: None,
            truth: group.truth.clone(),
            task_type: None,
            state: None,
        };
        let answered = Answered { asked: &asked, parsed: &parsed, tokens, picture, rule: self.pictures, measured: &[] };
        (self.reward.of(&answered, &self.vocab, &self.codebook), parsed.answer.clone())
    }
}
