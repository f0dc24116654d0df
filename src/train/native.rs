//! Drives a run on this machine: weights from folders, batches made ahead on a thread, the log,
//! checkpoints on disk, Ctrl-C.

use crate::error::{Error, Result};
use crate::loaded::VqCodec;
use crate::model::checkpoint::{Checkpoint, load_tensors};
use crate::tasks::Bank;
use crate::train::prefetch::Prefetch;
use crate::train::recipe::{LanguageStage, Recipe, Stage};
use crate::train::row::Row;
use crate::train::run::{Run, checkpoint_dir};
use crate::train::tokenizer;
use crate::train::trainer::{Start, Trainer};
use burn::tensor::Device;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Trains what the recipe says, in `runs/<name>`.
pub fn train(recipe: &Path, resume: bool, runs: &Path) -> Result<()> {
    let recipe = Recipe::load(recipe)?;
    let mut run = Run::open(runs.join(&recipe.name), &recipe, resume)?;
    if recipe.bfloat16 && !crate::kernels::cpu::allow_bfloat16(true) {
        eprintln!("This processor has no bfloat16 products: the run goes on in f32, at about half the speed.");
    }
    let device = Device::flex();
    let bank = Arc::new(Bank::load(Path::new("data"))?);
    match &recipe.stage {
        Stage::Tokenizer(stage) => tokenizer::train(&recipe, stage, bank, &mut run, &device),
        Stage::Language(stage) => {
            let start = start(stage, &device)?;
            let trainer = Trainer::open(recipe.clone(), start, run.resumed.as_ref(), bank, &device)?;
            language(trainer, stage, &mut run)
        }
    }
}

/// The folder with the weights: a run's last checkpoint, or the folder itself.
pub fn weights_dir(dir: &Path) -> PathBuf {
    checkpoint_dir(dir).unwrap_or_else(|| dir.to_path_buf())
}

fn start(stage: &LanguageStage, device: &Device) -> Result<Start> {
    let tokenizer = std::fs::read(&stage.tokenizer).map_err(Error::file(&stage.tokenizer))?;
    let vq = Checkpoint::load(&weights_dir(&stage.vq), device)?.vq()?.clone();
    let codec = VqCodec::new(vq, device.clone());
    Ok(Start {
        config: Start::config(&stage.preset, &tokenizer, &codec)?,
        weights: stage.from.as_ref().map(|dir| load_tensors(&weights_dir(dir))).transpose()?,
        tokenizer,
        codec,
    })
}

/// Trains until the schedule ends or the user stops it.
fn language(mut trainer: Trainer, stage: &LanguageStage, run: &mut Run) -> Result<()> {
    let batches = trainer.batches()?;
    let prefetch = Prefetch::new(trainer.progress.step, 2, move |step| pollster::block_on(batches.make(step)));
    let mut row = Row::default();
    let at_row = |trainer: &Trainer| trainer.progress.step.is_multiple_of(trainer.log_every());
    while !(trainer.done() || run.interrupted() && at_row(&trainer)) {
        row.join(&pollster::block_on(trainer.step_on(&prefetch.take()?))?);
        let headline = trainer.headline();
        run.show(&trainer.progress, format!("{headline} {:.3}", row.mean(headline).unwrap_or(f64::NAN)));
        if at_row(&trainer) {
            run.log(&trainer.progress, std::mem::take(&mut row).means())?;
        }
        if stage.validate_items > 0 && (trainer.progress.step.is_multiple_of(stage.validate_every) || trainer.done()) {
            let accuracies = pollster::block_on(trainer.accuracies(stage.validate_items))?;
            run.log(&trainer.progress, accuracies)?;
        }
        if trainer.done() || (run.should_save() && at_row(&trainer)) {
            run.save(pollster::block_on(trainer.checkpoint())?)?;
        }
    }
    run.finish();
    Ok(())
}
