//! What a run sees, written ahead for engines that train elsewhere (`scale/`): the batches of every step as
//! safetensors, or for PeRPO the questions of every step as JSON lines, and the checkpoint that the run begins
//! with. Every file is a function of the recipe alone, so that many processes can write one folder. Documents wait
//! for the next batch within a chain of steps ([`CHAIN`]), so each chain is the work of one process.
//!
//! ```text
//! index.json                       shape, vocabulary, names of the shards, the recipe with its defaults
//! recipe.toml                      the recipe, for omni-r1 grammar and judge
//! start/                           the checkpoint that the run begins with, VQ-GAN included
//! shard-00000.safetensors, .jsonl  some steps, and beside each its hash as `sha256sum` writes it
//! ```

use crate::bundle::check_fit;
use crate::error::{Error, Result};
use crate::model::Tensors;
use crate::model::checkpoint::{Precision, read_tensors, write_file, write_tensors};
use crate::paths;
use crate::tasks::Bank;
use crate::tokens::vocab::vocabulary_map;
use crate::tokens::{TokenRole, Vocab};
use crate::train::batch::Batch;
use crate::train::cores;
use crate::train::data::{Batches, CHAIN, DataSource};
use crate::train::fits::custom_fit;
use crate::train::hashes::{hash_line, hash_path, whole};
use crate::train::learner::WEIGHTS;
use crate::train::native::{begin, weights_dir};
use crate::train::perception::{Form, sites};
use crate::train::perpo::questions;
use crate::train::question::Question;
use crate::train::recipe::{LanguageStage, PerpoStage, Recipe, Stage};
use crate::train::start::Start;
use crate::train::trainer::Trainer;
use burn::tensor::Device;
use safetensors::{Dtype, tensor::TensorView};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::ops::Range;
use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tokens of a shard, at least one step's.
const SHARD: usize = 1 << 20;
/// Questions of a shard, at least one step's.
const QUESTIONS: usize = 1024;

/// Which shards this process writes: those of the chains whose number is `number` (from 0) modulo `of`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Part {
    pub number: usize,
    pub of: usize,
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let part = text.split_once('/').and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
        match part {
            Some((number @ 1.., of)) if number <= of => Ok(Self { number: number - 1, of }),
            _ => Err("a part is written as 3/16, from 1/16 to 16/16".into()),
        }
    }
}

/// What other engines need to know; the same from every process.
#[derive(Debug, Serialize, Deserialize)]
struct Index {
    format: u32,
    /// `language` or `perpo`.
    stage: String,
    steps: usize,
    /// Rows of a batch and tokens of a row; 0 for questions.
    rows: usize,
    length: usize,
    steps_per_shard: usize,
    shards: Vec<String>,
    /// Tokens in all, and those of the picture codes, from and to.
    vocabulary: usize,
    codes: [u32; 2],
    recipe: Value,
}

/// What a call has done.
#[derive(Debug, PartialEq)]
pub struct Prepared {
    pub written: usize,
    /// Whole from an earlier call.
    pub kept: usize,
    /// All shards, those of other parts too.
    pub shards: usize,
}

/// How a recipe is prepared.
pub struct Wishes {
    pub part: Part,
    /// The start has no transformer: for one that is larger than this machine.
    pub data_only: bool,
    /// As many as make a shard of about a million tokens without it. Rounded down to a power of two, or from
    /// [`CHAIN`] on to whole chains.
    pub steps_per_shard: Option<usize>,
}

/// Writes the shards of one part that aren't there yet.
pub fn prepare(recipe: &Path, out: &Path, wishes: &Wishes) -> Result<Prepared> {
    let Wishes { part, data_only, steps_per_shard } = *wishes;
    let recipe = Recipe::load(recipe)?;
    let device = Device::flex();
    let bank = Arc::new(Bank::load(&paths::shipped(paths::DATA))?);
    let Start { config, tokenizer, codec, weights, custom } = begin(&recipe, &device)?;
    let data = DataSource::of(&recipe, &tokenizer, codec.clone(), custom.clone(), bank.clone())?;
    check_fit(&data.vocab, &config)?;
    custom_fit(&recipe, &data, &config)?;
    let (index, maker) = plan(&recipe, data, steps_per_shard)?;
    std::fs::create_dir_all(out).map_err(Error::file(out))?;
    same_index(&out.join("index.json"), &index)?;
    write_file(&out.join("recipe.toml"), toml::to_string(&recipe).expect("a recipe is valid TOML").as_bytes())?;
    if part.number == 0 {
        let start = Start { config, tokenizer, codec, weights, custom };
        write_start(&out.join("start"), &recipe, start, bank, data_only, &device)?;
    }
    let firsts = (0..index.shards.len()).step_by(index.together()).skip(part.number).step_by(part.of);
    let failed = AtomicBool::new(false);
    let work = async |first: usize| {
        let group = first..(first + index.together()).min(index.shards.len());
        // One that can't be written is told at once, not after all others.
        let group = if failed.load(Ordering::Relaxed) { first..first } else { group };
        maker.clone().write(&index, group, out).inspect_err(|_| failed.store(true, Ordering::Relaxed))
    };
    let mut done = Prepared { written: 0, kept: 0, shards: index.shards.len() };
    for group in pollster::block_on(cores::each(firsts.collect(), work)) {
        let Prepared { written, kept, .. } = group?;
        done.written += written;
        done.kept += kept;
    }
    Ok(done)
}

impl Index {
    /// How many shards are made one after the other: those of a chain.
    fn together(&self) -> usize {
        (CHAIN / self.steps_per_shard).max(1)
    }

    fn steps_of(&self, shard: usize) -> Range<usize> {
        let first = shard * self.steps_per_shard;
        first..(first + self.steps_per_shard).min(self.steps)
    }
}

/// About so many steps that each shard lies in one chain or holds whole ones.
fn in_chains(steps: usize) -> usize {
    const { assert!(CHAIN.is_power_of_two()) }
    match steps / CHAIN {
        0 => 1 << steps.max(1).ilog2(),
        chains => chains * CHAIN,
    }
}

#[derive(Clone)]
enum Maker {
    Batches(Box<Batches>, Form),
    Questions(Box<DataSource>, usize),
}

fn plan(recipe: &Recipe, data: DataSource, steps_per_shard: Option<usize>) -> Result<(Index, Maker)> {
    let [codes] = data.vocab.code_ranges() else {
        return Err(Error::config(
            "The picture codes of this vocabulary don't lie together.",
            "Use a vocabulary whose picture codes are one range of ids, as Chameleon's are.",
        ));
    };
    let mut index = Index {
        format: 1,
        stage: "language".into(),
        steps: recipe.schedule.steps,
        rows: 0,
        length: 0,
        steps_per_shard: 1,
        shards: Vec::new(),
        vocabulary: data.vocab.size,
        codes: [codes.start, codes.end],
        recipe: serde_json::to_value(recipe).expect("a recipe is plain data"),
    };
    let (maker, ending) = match &recipe.stage {
        Stage::Language(LanguageStage { rows, length, loss_weights, perception, .. }) => {
            (index.rows, index.length) = (*rows, *length);
            index.steps_per_shard = (SHARD / (rows * length).max(1)).max(1);
            let (rows, length, weights) = (*rows, *length, *loss_weights);
            let batches = Batches { source: data, rows, length, weights, waiting: Vec::new() };
            (Maker::Batches(Box::new(batches), perception.unwrap_or_default().form), "safetensors")
        }
        Stage::Perpo(PerpoStage { prompts, batches, .. }) => {
            let asked = prompts * batches;
            index.stage = "perpo".into();
            index.steps_per_shard = (QUESTIONS / asked.max(1)).max(1);
            (Maker::Questions(Box::new(data), asked), "jsonl")
        }
        Stage::Tokenizer(_) | Stage::Zero(_) => {
            return Err(Error::config(
                "What this recipe's run sees isn't known before it runs.",
                "Prepare a recipe with [language] or [perpo]; Zero's examples are made by omni-r1 train.",
            ));
        }
    };
    index.steps_per_shard = in_chains(steps_per_shard.unwrap_or(index.steps_per_shard));
    let shards = index.steps.div_ceil(index.steps_per_shard);
    index.shards = (0..shards).map(|number| format!("shard-{number:05}.{ending}")).collect();
    Ok((index, maker))
}

impl Maker {
    /// Makes those of some shards that aren't there yet; the first begins a chain.
    fn write(mut self, index: &Index, shards: Range<usize>, out: &Path) -> Result<Prepared> {
        let there: Vec<bool> = shards.clone().map(|number| whole(&out.join(&index.shards[number]))).collect();
        let kept = there.iter().filter(|whole| **whole).count();
        let needed = there.iter().rposition(|whole| !whole).map_or(0, |last| last + 1);
        for (number, whole) in shards.zip(&there).take(needed) {
            let steps = index.steps_of(number);
            if *whole {
                self.pass(steps)?;
                continue;
            }
            let (path, bytes) = (out.join(&index.shards[number]), self.shard(steps)?);
            write_file(&path, &bytes)?;
            write_file(&hash_path(&path), hash_line(&path, &bytes).as_bytes())?;
        }
        Ok(Prepared { written: there.len() - kept, kept, shards: index.shards.len() })
    }

    /// Goes past steps whose shard is there: what they have no room for waits for the next.
    fn pass(&mut self, steps: Range<usize>) -> Result<()> {
        if let Maker::Batches(batches, _) = self {
            for step in steps {
                pollster::block_on(batches.make(step))?;
            }
        }
        Ok(())
    }

    fn shard(&mut self, steps: Range<usize>) -> Result<Vec<u8>> {
        match self {
            Maker::Batches(batches, form) => {
                let made = steps.map(|step| pollster::block_on(batches.make(step))).collect::<Result<Vec<Batch>>>()?;
                let [codes] = batches.source.vocab.code_ranges() else { unreachable!("checked by the plan") };
                let codes: Vec<Vec<i16>> = made
                    .iter()
                    .map(|batch| sites(batch, codes, *form).iter().map(|code| code.map_or(-1, |c| c as i16)).collect())
                    .collect();
                write_batches(&made, &codes)
            }
            Maker::Questions(data, asked) => {
                let mut lines = String::new();
                for step in steps {
                    for (sample, seed) in questions(data, step).take(*asked) {
                        let question = pollster::block_on(Question::ask(data, &sample))?;
                        let mut line = json!({ "step": step, "seed": seed });
                        let fields = serde_json::to_value(question).expect("plain data");
                        line.as_object_mut().expect("an object").extend(fields.as_object().expect("an object").clone());
                        lines += &format!("{line}\n");
                    }
                }
                Ok(lines.into_bytes())
            }
        }
    }
}

/// Tensors `[steps, rows, length]`.
fn write_batches(batches: &[Batch], codes: &[Vec<i16>]) -> Result<Vec<u8>> {
    let shape = [batches.len(), batches[0].rows, batches[0].length];
    let role = |role: &TokenRole| match role {
        TokenRole::Given => 0,
        TokenRole::Prompt => 1,
        TokenRole::Thought => 2,
        TokenRole::Picture => 3,
        TokenRole::Answer => 4,
    };
    fn bytes<T, const N: usize>(batches: &[Batch], of: impl Fn(&Batch) -> &[T], le: impl Fn(&T) -> [u8; N]) -> Vec<u8> {
        batches.iter().flat_map(|batch| of(batch).iter().flat_map(&le)).collect()
    }
    let tensors: [(&str, Dtype, Vec<u8>); 5] = [
        ("ids", Dtype::I32, bytes(batches, |batch| &batch.tokens, |id| (*id as i32).to_le_bytes())),
        ("starts", Dtype::I32, bytes(batches, |batch| &batch.starts, |start| (*start as i32).to_le_bytes())),
        ("weights", Dtype::F32, bytes(batches, |batch| &batch.weights, |weight| weight.to_le_bytes())),
        ("roles", Dtype::U8, bytes(batches, |batch| &batch.roles, |of| [role(of)])),
        ("codes", Dtype::I16, codes.iter().flatten().flat_map(|code| code.to_le_bytes()).collect()),
    ];
    let failed = |e: String| Error::data(format!("A shard can't be written: {e}."), "Check the disk.");
    let views = tensors.iter().map(|(name, dtype, bytes)| {
        Ok((*name, TensorView::new(*dtype, shape.to_vec(), bytes).map_err(|e| failed(e.to_string()))?))
    });
    safetensors::serialize(views.collect::<Result<Vec<_>>>()?, None).map_err(|e| failed(e.to_string()))
}

/// The checkpoint that a run begins with: what `omni-r1 train` would, and the VQ-GAN.
fn write_start(
    dir: &Path,
    recipe: &Recipe,
    start: Start,
    bank: Arc<Bank>,
    data_only: bool,
    device: &Device,
) -> Result<()> {
    std::fs::create_dir_all(dir).map_err(Error::file(dir))?;
    let (mut config, tokenizer, codec) = (start.config.clone(), start.tokenizer.clone(), start.codec.clone());
    config.set_capabilities(&recipe.capabilities(config.capabilities())?);
    config.other.insert("vocabulary_map".into(), vocabulary_map(&tokenizer)?);
    let mut tensors = Tensors::new();
    if !data_only {
        let trainer = pollster::block_on(Trainer::open(recipe.clone(), start, None, bank, device))?;
        let files = pollster::block_on(trainer.checkpoint())?;
        let weights = files.into_iter().find(|(name, _)| name == WEIGHTS).expect("a checkpoint has weights");
        tensors = read_tensors(&weights.1)?;
    }
    for weight in codec.vq.weights() {
        tensors.extend(pollster::block_on(weight.read_back())?);
    }
    let mut tensors: Vec<_> = tensors.into_iter().collect();
    tensors.sort_by(|a, b| a.0.cmp(&b.0));
    write_file(&dir.join("config.json"), config.to_json().as_bytes())?;
    write_file(&dir.join("tokenizer.json"), &tokenizer)?;
    write_file(&dir.join(WEIGHTS), &write_tensors(tensors, Precision::F32)?)
}

/// Writes the index, or checks that the one of an earlier call is the same.
fn same_index(path: &Path, index: &Index) -> Result<()> {
    let text = serde_json::to_string_pretty(index).expect("plain data");
    match std::fs::read_to_string(path) {
        Ok(old) if old == text => Ok(()),
        Ok(_) => Err(Error::data(
            format!("{} is of another recipe.", path.display()),
            "Choose an empty folder, or delete the old shards.",
        )),
        Err(_) => write_file(path, text.as_bytes()),
    }
}

/// The vocabulary of a folder with a tokenizer.json.
pub fn vocabulary(dir: &Path) -> Result<Vocab> {
    let path = weights_dir(dir).join("tokenizer.json");
    Vocab::from_json(&std::fs::read(&path).map_err(Error::file(&path))?)
}
