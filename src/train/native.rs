//! Drives a run on this machine: weights from folders, batches made ahead on a thread, the log,
//! checkpoints on disk, Ctrl-C.

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::loaded::VqCodec;
use crate::model::checkpoint::{Checkpoint, load_tensors};
use crate::places;
use crate::tasks::Bank;
use crate::train::batch::Batch;
use crate::train::data::Sample;
use crate::train::driver::Alone;
use crate::train::own;
use crate::train::pictures::Pictures;
use crate::train::prefetch::Prefetch;
use crate::train::recipe::{LanguageStage, PerpoStage, Recipe, Stage, TokenizerStage, ZeroStage};
use crate::train::row::Row;
use crate::train::run::{Run, checkpoint_dir};
use crate::train::shards;
use crate::train::start::Start;
use crate::train::tokenizer::TokenizerTrainer;
use crate::train::trainer::{Trainer, not_the_transformer};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Tokens of the transformer whose config stands beside a VQ-GAN that has none yet.
const TABLE: usize = 2048;

/// Trains what the recipe says, in `runs/<name>`. With `record` the answers of PeRPO's steps are kept there
/// as well, with their rewards.
pub fn train(recipe: &Path, resume: bool, runs: &Path, record: bool) -> Result<()> {
    let recipe = Recipe::load(recipe)?;
    let mut run = Run::open(runs.join(&recipe.name), &recipe, resume)?;
    if recipe.bfloat16 && !crate::kernels::cpu::allow_bfloat16(true) {
        eprintln!("This processor has no bfloat16 products: the run goes on in f32, at about half the speed.");
    }
    let device = Device::flex();
    let bank = Arc::new(Bank::load(&places::shipped(places::DATA))?);
    match &recipe.stage {
        Stage::Tokenizer(stage) => tokenizer(recipe.clone(), stage, bank, &mut run, &device),
        _ => {
            let start = begin(&recipe, &device)?;
            transformer(recipe, start, bank, &mut run, record, &device)
        }
    }
}

/// What a recipe for the transformer starts from, the examples of one's own included.
pub fn begin(recipe: &Recipe, device: &Device) -> Result<Start> {
    let mut start = match &recipe.stage {
        Stage::Language(LanguageStage { tokenizer, vq, preset, from, .. })
        | Stage::Zero(ZeroStage { training: LanguageStage { tokenizer, vq, preset, from, .. }, .. }) => {
            start(tokenizer, vq, Some(preset), from.as_deref(), device)?
        }
        Stage::Perpo(PerpoStage { tokenizer, vq, from, .. }) => start(tokenizer, vq, None, Some(from), device)?,
        Stage::Tokenizer(_) => return Err(not_the_transformer()),
    };
    if let Some(path) = &recipe.examples {
        start.own = own_examples(path)?;
    }
    Ok(start)
}

/// The folder with the weights: a run's last checkpoint, or the folder itself.
pub fn weights_dir(dir: &Path) -> PathBuf {
    checkpoint_dir(dir).unwrap_or_else(|| dir.to_path_buf())
}

/// Without a preset the transformer has the shape of the one in `from`.
fn start(tokenizer: &Path, vq: &Path, preset: Option<&str>, from: Option<&Path>, device: &Device) -> Result<Start> {
    let tokenizer = std::fs::read(tokenizer).map_err(Error::file(tokenizer))?;
    let vq = Checkpoint::load(&weights_dir(vq), device)?.vq()?.clone();
    let codec = VqCodec::new(vq, device.clone());
    let config = match (preset, from) {
        (None, Some(from)) => {
            let mut config = ModelConfig::load(&weights_dir(from))?;
            config.vq_config = codec.vq.config.clone();
            config
        }
        (preset, _) => Start::config(preset.unwrap_or("mini"), &tokenizer, &codec)?,
    };
    let weights = from.map(|dir| load_tensors(&weights_dir(dir))).transpose()?;
    Ok(Start { config, tokenizer, codec, weights, own: Vec::new() })
}

/// Examples of one's own; paths of pictures are relative to their file.
fn own_examples(path: &Path) -> Result<Vec<Sample>> {
    let text = std::fs::read_to_string(path).map_err(Error::file(path))?;
    let folder = path.parent().unwrap_or(Path::new(""));
    own::read(&text, |image| std::fs::read(folder.join(image)).map_err(Error::file(folder.join(image))))
}

/// Trains the VQ-GAN until the schedule ends or the user stops it.
fn tokenizer(recipe: Recipe, stage: &TokenizerStage, bank: Arc<Bank>, run: &mut Run, device: &Device) -> Result<()> {
    let from = stage.from.as_ref().map(|dir| load_tensors(&weights_dir(dir))).transpose()?;
    let config = ModelConfig::preset(&stage.preset, TABLE)?;
    let opened = TokenizerTrainer::open(recipe, config, from, run.resumed.as_ref(), bank, device);
    let mut trainer = pollster::block_on(opened)?;
    let batches = trainer.batches()?;
    let ahead: Prefetch<Pictures> = Prefetch::new(trainer.progress.step, 3, move |step| batches.make(step));
    let mut row = Row::default();
    while !(trainer.done() || run.interrupted() && trainer.at_row()) {
        row.join(&pollster::block_on(trainer.step_on(ahead.take()))?);
        run.show(&trainer.progress, format!("loss {:.4}", row.mean("loss").unwrap_or(f64::NAN)));
        if trainer.at_row() {
            run.log(&trainer.progress, std::mem::take(&mut row).means())?;
        }
        if trainer.done() || (run.should_save() && trainer.at_row()) {
            run.save(pollster::block_on(trainer.checkpoint())?)?;
        }
    }
    run.finish();
    Ok(())
}

/// Trains the transformer until the schedule ends or the user stops it.
fn transformer(
    recipe: Recipe,
    start: Start,
    bank: Arc<Bank>,
    run: &mut Run,
    record: bool,
    device: &Device,
) -> Result<()> {
    let validation = recipe.validation();
    let mut trainer = pollster::block_on(Trainer::open(recipe, start, run.resumed.as_ref(), bank, device))?;
    let mut ahead: Option<Prefetch<Result<Batch>>> = None;
    let mut row = Row::default();
    while !(trainer.done() || run.interrupted() && trainer.at_row()) {
        if let (None, Some(batches)) = (&ahead, trainer.batches()) {
            let make = move |step| pollster::block_on(batches.make(step));
            ahead = Some(Prefetch::new(trainer.progress.step, 2, make));
        }
        let making = trainer.making().is_some();
        row.join(&pollster::block_on(async {
            match &ahead {
                Some(ahead) => trainer.step_on(&ahead.take()?).await,
                None => trainer.step(&mut Alone).await,
            }
        })?);
        if let (true, Some((_, of_step))) = (record, trainer.record()) {
            run.keep_answers(&shards::recorded(trainer.data(), trainer.progress.step, of_step)?)?;
        }
        let headline = trainer.headline();
        let message = format!("{headline} {:.3}", row.mean(headline).unwrap_or(f64::NAN));
        let message = trainer.making().map_or(message, |(made, wanted)| format!("{made} of {wanted} examples"));
        run.show(&trainer.progress, message);
        if trainer.at_row() {
            run.log(&trainer.progress, std::mem::take(&mut row).means())?;
        }
        let step = trainer.progress.step;
        if let Some((_, items)) =
            validation.filter(|(every, _)| !making && (step.is_multiple_of(*every) || trainer.done()))
        {
            run.log(&trainer.progress, pollster::block_on(trainer.accuracies(items))?)?;
        }
        if trainer.done() || (run.should_save() && trainer.at_row()) {
            run.save(pollster::block_on(trainer.checkpoint())?)?;
        }
    }
    run.finish();
    Ok(())
}
