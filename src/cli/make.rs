//! `make`: a model from its pipeline, stage by stage; what is done already isn't done again.

use super::say;
use burn::tensor::Device;
use omni_r1_web::config::ModelConfig;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::input::{read, read_text, write_file};
use omni_r1_web::model::checkpoint::{Checkpoint, Precision};
use omni_r1_web::paths;
use omni_r1_web::train::lock::{self, Lock, Locked};
use omni_r1_web::train::pipeline::{self, Input, Pipeline, PipelineStage, Work, describe, output};
use omni_r1_web::train::recipe::{Recipe, Stage};
use omni_r1_web::train::run::checkpoint_dir;
use omni_r1_web::train::{self, Progress};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Make {
    /// A model with a pipeline, such as mini; or its folder.
    model: PathBuf,
    /// Only prints the stages, how far each has come, and the hours that are left.
    #[arg(long)]
    dry: bool,
    /// Only writes pipeline.lock, which tells of the stages that are kept beside the pipeline.
    #[arg(long, conflicts_with_all = ["dry", "until"])]
    lock: bool,
    /// Stops after this stage.
    #[arg(long, value_name = "STAGE")]
    until: Option<String>,
    /// Where runs are kept.
    #[arg(long, default_value = "runs")]
    runs: PathBuf,
}

/// How far a stage has come.
#[derive(Clone, Copy, PartialEq)]
enum StageProgress {
    Done,
    /// The repository has its weights.
    Kept,
    At(f64),
}

impl Make {
    pub fn run(&self) -> Result<()> {
        let named = paths::shipped("models").join(&self.model);
        let folder = if self.model.join(pipeline::FILE).exists() { self.model.clone() } else { named };
        let pipeline = Pipeline::load(&folder, &self.runs)?;
        if self.lock {
            return Lock::of_kept(&pipeline, &folder)?.write();
        }
        let last = match &self.until {
            None => pipeline.stages.len(),
            Some(until) => {
                1 + pipeline.stages.iter().position(|stage| stage.name == *until).ok_or_else(|| {
                    let names: Vec<&str> = pipeline.stages.iter().map(|stage| stage.name.as_str()).collect();
                    Error::config(format!("There is no stage {until:?}."), format!("Use one of {}.", names.join(", ")))
                })?
            }
        };
        let stages = &pipeline.stages[..last];
        let runs = self.runs.join(&pipeline.name);
        if self.dry {
            return say(&table(stages, &runs, &folder)?);
        }
        let (kept, mut made) = (Lock::read(folder.join(lock::KEPT))?, Lock::read(runs.join(lock::MADE))?);
        let needed = needed(stages, &runs, &folder)?;
        for (at, needed) in needed.into_iter().enumerate() {
            // The folders of earlier stages are there now.
            let stage = &Pipeline::load(&folder, &self.runs)?.stages[at];
            if !needed {
                say(&format!("{}: not needed, what goes on from it is there\n", stage.name))?;
                continue;
            }
            let found = output(&runs, &folder, &stage.name);
            let locked = match state(stage, &runs, &folder)? {
                StageProgress::Kept => {
                    say(&format!("{}: kept in {}\n", stage.name, found.display()))?;
                    kept.taken_up(stage, &found)?
                }
                StageProgress::Done => {
                    made.same_recipe(stage)?;
                    Locked::of(stage, &found, made.stages.get(&stage.name))?
                }
                StageProgress::At(_) => {
                    say(&format!("{}: {}\n", stage.name, describe(&stage.work)))?;
                    make(stage, &runs)?;
                    if state(stage, &runs, &folder)? != StageProgress::Done {
                        return say(&format!("{} was stopped. The same command goes on.\n", stage.name));
                    }
                    Locked::of(stage, &runs.join(&stage.name), None)?
                }
            };
            made.stages.insert(stage.name.clone(), locked);
            made.write()?;
        }
        Ok(())
    }
}

/// Whether each stage must be there: the last one, those that are there, and what those read that are still to be made.
fn needed(stages: &[PipelineStage], runs: &Path, kept: &Path) -> Result<Vec<bool>> {
    let mut needed = vec![false; stages.len()];
    if let Some(last) = needed.last_mut() {
        *last = true;
    }
    for at in (0..stages.len()).rev() {
        if !matches!(state(&stages[at], runs, kept)?, StageProgress::At(_)) {
            needed[at] = true;
        } else if needed[at] {
            let read = |input: &Input| {
                stages.iter().position(|stage| matches!(input, Input::Stage(name) if *name == stage.name))
            };
            stages[at].inputs.iter().filter_map(read).for_each(|earlier| needed[earlier] = true);
        }
    }
    Ok(needed)
}

fn make(stage: &PipelineStage, runs: &Path) -> Result<()> {
    let run = runs.join(&stage.name);
    match &stage.work {
        Work::Train(recipe) => {
            train::train_recipe((**recipe).clone(), checkpoint_dir(&run).is_some(), runs, None, false)
        }
        Work::Mean { of, vq } => mean(of, vq, &run),
    }
}

/// The mean of transformers of one shape, each weighing the same.
fn mean(of: &[PathBuf], vq: &Path, out: &Path) -> Result<()> {
    let device = Device::flex();
    let load = |dir: &PathBuf| Checkpoint::load(&train::native::weights_dir(dir), &device);
    let mut checkpoint = load(&of[0])?;
    let mut sum = checkpoint.transformer()?.clone();
    for (already, other) in of.iter().enumerate().skip(1) {
        sum = sum.towards(load(other)?.transformer()?, 1.0 / (already + 1) as f32)?;
    }
    checkpoint.transformer = Some(sum);
    checkpoint.vq = Some(load(&vq.to_path_buf())?.vq()?.clone());
    checkpoint.config.vq_config = checkpoint.vq()?.config.clone();
    pollster::block_on(checkpoint.save(out, Precision::F32))?;
    let tokenizer = train::native::weights_dir(&of[0]).join("tokenizer.json");
    write_file(&out.join("tokenizer.json"), &read(&tokenizer, u64::MAX - 1)?)
}

fn state(stage: &PipelineStage, runs: &Path, kept: &Path) -> Result<StageProgress> {
    let run = runs.join(&stage.name);
    if output(runs, kept, &stage.name) != run {
        return Ok(StageProgress::Kept);
    }
    Ok(match &stage.work {
        Work::Mean { .. } if run.join("model.safetensors").exists() => StageProgress::Done,
        Work::Mean { .. } => StageProgress::At(0.0),
        Work::Train(recipe) => match checkpoint_dir(&run) {
            None => StageProgress::At(0.0),
            Some(dir) => {
                let progress: Progress = serde_json::from_str(&read_text(&dir.join(Progress::FILE))?).map_err(|e| {
                    Error::checkpoint(format!("{} is damaged: {e}.", dir.display()), "Begin the run anew.")
                })?;
                let share = progress.step as f64 / recipe.schedule.end(progress.finish) as f64;
                if progress.done(&recipe.schedule) { StageProgress::Done } else { StageProgress::At(share) }
            }
        },
    })
}

/// Markdown: the stages, how far they have come, and how long each still takes.
fn table(stages: &[PipelineStage], runs: &Path, kept: &Path) -> Result<String> {
    let mut table = String::from("| stage | what | reads | steps | done | hours left |\n|---|---|---|--:|--:|--:|\n");
    let mut all = 0.0;
    for (stage, needed) in stages.iter().zip(needed(stages, runs, kept)?) {
        let state = state(stage, runs, kept)?;
        let reads: Vec<String> = stage
            .inputs
            .iter()
            .map(|input| match input {
                Input::Stage(name) => name.clone(),
                Input::Path(path) => path.display().to_string(),
            })
            .collect();
        let (steps, hours) = match &stage.work {
            Work::Train(recipe) => (recipe.schedule.steps.to_string(), hours(recipe, &runs.join(&stage.name))?),
            Work::Mean { .. } => ("-".into(), 0.0),
        };
        let (done, left) = match state {
            StageProgress::Done => ("all".to_string(), 0.0),
            StageProgress::Kept => ("kept".to_string(), 0.0),
            StageProgress::At(_) if !needed => ("not needed".to_string(), 0.0),
            StageProgress::At(share) => (format!("{:.0}%", 100.0 * share), hours * (1.0 - share)),
        };
        all += left;
        table += &format!(
            "| {} | {} | {} | {steps} | {done} | {left:.1} |\n",
            stage.name,
            describe(&stage.work),
            reads.join(", ")
        );
    }
    Ok(table + &format!("| all | | | | | {all:.1} |\n"))
}

/// Of the whole stage: by its own log where it has one, else by what was measured on two cores of 2.6 GHz with AVX-512
/// and bfloat16.
fn hours(recipe: &Recipe, run: &Path) -> Result<f64> {
    if let Some(dir) = checkpoint_dir(run) {
        let progress: Progress = serde_json::from_str(&read_text(&dir.join(Progress::FILE))?).unwrap_or_default();
        if progress.step > 0 {
            return Ok(progress.seconds / progress.step as f64 * recipe.schedule.steps as f64 / 3600.0);
        }
    }
    /// Pictures a second of the tokenizer with 144 codes, 0.9 M weights.
    const PICTURES: f64 = 40.0;
    /// Tokens a second times weights, forward and backward.
    const TOKENS_AND_WEIGHTS: f64 = 3.4e10;
    let seconds = match &recipe.stage {
        Stage::Tokenizer(stage) => stage.batch as f64 / PICTURES,
        Stage::Language(stage) => (stage.rows * stage.length) as f64 * weights(&stage.preset)? / TOKENS_AND_WEIGHTS,
        Stage::Zero(stage) => {
            let training = &stage.training;
            (training.rows * training.length) as f64 * weights(&training.preset)? / TOKENS_AND_WEIGHTS
        }
        // An answer is written code by code, which takes about ten times as long as learning from it.
        Stage::Perpo(stage) => (stage.prompts * stage.group) as f64 * 10.0 * 500.0 * 3.4e6 / TOKENS_AND_WEIGHTS,
    };
    Ok(seconds * recipe.schedule.steps as f64 / 3600.0)
}

/// Weights of a transformer of a preset.
fn weights(preset: &str) -> Result<f64> {
    let config = ModelConfig::preset(preset, 2560)?;
    let (width, inner) = (config.hidden_size as f64, config.intermediate_size as f64);
    Ok(config.num_hidden_layers as f64 * (4.0 * width * width + 3.0 * width * inner) + 2.0 * 2560.0 * width)
}
