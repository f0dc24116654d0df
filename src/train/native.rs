//! Drives a run on this machine: weights from folders, batches made ahead on a thread, the log,
//! checkpoints on disk, Ctrl-C.

use crate::bundle::VqCodec;
use crate::config::ModelConfig;
use crate::error::Result;
use crate::input;
use crate::model::checkpoint::{Checkpoint, load_tensors, untie};
use crate::paths;
use crate::tasks::Bank;
use crate::train::batch::Batch;
use crate::train::custom;
use crate::train::data::Sample;
use crate::train::host::Alone;
use crate::train::pictures::PictureBatch;
use crate::train::prefetch::Prefetch;
use crate::train::question;
use crate::train::recipe::{LanguageStage, PerpoStage, Recipe, Stage, TokenizerStage, ZeroStage};
use crate::train::run::{Run, checkpoint_dir};
use crate::train::start::Start;
use crate::train::tokenizer::TokenizerTrainer;
use crate::train::trainer::{Trainer, not_the_transformer};
use burn::tensor::Device;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Tokens of the transformer whose config stands beside a VQ-GAN that has none yet.
const TABLE: usize = 2048;

/// Trains what the recipe says, in `runs/<name>`. With `finish_at` it ends at that step instead of the
/// schedule's last, with a rate that falls to zero from where it is. With `record` the answers of PeRPO's steps
/// are kept there as well, with their rewards.
pub fn train(recipe: &Path, resume: bool, runs: &Path, finish_at: Option<usize>, record: bool) -> Result<()> {
    train_recipe(Recipe::load(recipe)?, resume, runs, finish_at, record)
}

/// As [`train`], of a recipe that was read already.
pub fn train_recipe(recipe: Recipe, resume: bool, runs: &Path, finish_at: Option<usize>, record: bool) -> Result<()> {
    let mut run = Run::open(runs.join(&recipe.name), &recipe, resume)?;
    if recipe.bfloat16 && !crate::kernels::cpu_product::allow_bfloat16(true) {
        const SLOW: &str = "This processor has no bfloat16 products: the run goes on in f32, at about half the speed.";
        // Nobody may be there to read it.
        let _ = writeln!(std::io::stderr(), "{SLOW}");
    }
    let device = Device::flex();
    let bank = Arc::new(Bank::load(&paths::shipped(paths::DATA))?);
    match &recipe.stage {
        Stage::Tokenizer(stage) => tokenizer(recipe.clone(), stage, bank, &mut run, finish_at, &device),
        _ => {
            let start = begin(&recipe, &device)?;
            transformer(recipe, start, bank, &mut run, (finish_at, record), &device)
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
        Stage::Perpo(stage) => start_of(stage, device)?,
        Stage::Tokenizer(_) => return Err(not_the_transformer()),
    };
    if let Some(path) = &recipe.examples {
        start.custom = custom_examples(path)?;
    }
    Ok(start)
}

/// The folder with the weights: a run's last checkpoint, or the folder itself.
pub fn weights_dir(dir: &Path) -> PathBuf {
    checkpoint_dir(dir).unwrap_or_else(|| dir.to_path_buf())
}

/// What a run of PeRPO starts from.
pub(super) fn start_of(stage: &PerpoStage, device: &Device) -> Result<Start> {
    start(&stage.tokenizer, &stage.vq, None, Some(&stage.from), device)
}

/// Without a preset the transformer has the shape of the one in `from`; what that one has practised isn't
/// forgotten.
fn start(tokenizer: &Path, vq: &Path, preset: Option<&str>, from: Option<&Path>, device: &Device) -> Result<Start> {
    let tokenizer = input::read_text(tokenizer)?.into_bytes();
    let vq = Checkpoint::load(&weights_dir(vq), device)?.vq()?.clone();
    let codec = VqCodec::new(vq, device.clone());
    let (mut known, mut weights) = (None, None);
    if let Some(dir) = from.map(weights_dir) {
        // Read as a whole first: what has no place in the model is named, not left out.
        Checkpoint::load(&dir, device)?.transformer()?;
        let (mut config, mut tensors) = (ModelConfig::load(&dir)?, load_tensors(&dir)?);
        untie(&mut config, &mut tensors);
        (known, weights) = (Some(config), Some(tensors));
    }
    let mut config = match (preset, &known) {
        (None, Some(known)) => known.clone(),
        (preset, _) => Start::config(preset.unwrap_or("mini"), &tokenizer, &codec)?,
    };
    config.vq_config = codec.vq.config.clone();
    if let Some(capabilities) = known.and_then(|known| known.capabilities()) {
        config.set_capabilities(&capabilities);
    }
    Ok(Start { config, tokenizer, codec, weights, custom: Vec::new() })
}

/// Examples of one's own; paths of pictures are relative to their file.
fn custom_examples(path: &Path) -> Result<Vec<Sample>> {
    let folder = path.parent().unwrap_or(Path::new(""));
    custom::read(&input::read_text(path)?, |image| input::read_picture(&folder.join(image)))
}

/// Trains the VQ-GAN until the schedule ends or the user stops it.
fn tokenizer(
    recipe: Recipe,
    stage: &TokenizerStage,
    bank: Arc<Bank>,
    run: &mut Run,
    finish_at: Option<usize>,
    device: &Device,
) -> Result<()> {
    let from = stage.from.as_ref().map(|dir| load_tensors(&weights_dir(dir))).transpose()?;
    let config = ModelConfig::preset(&stage.preset, TABLE)?;
    let opened = TokenizerTrainer::open(recipe, config, from, run.resumed.as_ref(), bank, device);
    let mut trainer = pollster::block_on(opened)?;
    finish_at.map(|at| trainer.finish_at(at)).transpose()?;
    let batches = trainer.batches()?;
    let ahead: Prefetch<PictureBatch> = Prefetch::new(trainer.progress.step, 3, move |step| batches.make(step));
    let mut stopped = false;
    while !(trainer.done() || stopped) {
        run.row.join(&pollster::block_on(trainer.step_on(ahead.take()))?);
        run.show(&trainer.progress, format!("loss {:.4}", run.row.mean("loss").unwrap_or(f64::NAN)));
        if trainer.at_row() {
            run.log_row(&trainer.progress)?;
        }
        stopped = run.interrupted();
        if trainer.done() || stopped || run.should_save() {
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
    (finish_at, record): (Option<usize>, bool),
    device: &Device,
) -> Result<()> {
    let validation = recipe.validation();
    let mut trainer = pollster::block_on(Trainer::open(recipe, start, run.resumed.as_ref(), bank, device))?;
    finish_at.map(|at| trainer.finish_at(at)).transpose()?;
    let mut ahead: Option<Prefetch<Result<Batch>>> = None;
    let mut stopped = false;
    while !(trainer.done() || stopped) {
        if let (None, Some(mut batches)) = (&ahead, trainer.batches()) {
            let make = move |step| pollster::block_on(batches.make(step));
            ahead = Some(Prefetch::new(trainer.progress.step, 2, make));
        }
        let synthesis = trainer.synthesis().is_some();
        run.row.join(&pollster::block_on(async {
            match &ahead {
                Some(ahead) => trainer.step_on(&ahead.take()?).await,
                None => trainer.step(&mut Alone).await,
            }
        })?);
        if let (true, Some((_, of_step))) = (record, trainer.record()) {
            run.keep_answers(&question::recorded(trainer.data(), trainer.progress.step, of_step)?)?;
        }
        let headline = trainer.headline();
        let message = format!("{headline} {:.3}", run.row.mean(headline).unwrap_or(f64::NAN));
        let message = trainer.synthesis().map_or(message, |(made, wanted)| format!("{made} of {wanted} examples"));
        run.show(&trainer.progress, message);
        if trainer.at_row() {
            run.log_row(&trainer.progress)?;
        }
        let step = trainer.progress.step;
        if let Some((_, items)) =
            validation.filter(|(every, _)| !synthesis && (step.is_multiple_of(*every) || trainer.done()))
        {
            run.log(&trainer.progress, pollster::block_on(trainer.accuracies(items))?)?;
        }
        stopped = run.interrupted();
        if trainer.done() || stopped || run.should_save() {
            run.save(pollster::block_on(trainer.checkpoint())?)?;
        }
    }
    run.finish();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Capabilities;
    use crate::input::write_file;
    use crate::model::Tensors;
    use crate::model::checkpoint::{Precision, write_tensors};
    use burn::tensor::TensorData;
    use serde_json::Value;

    #[test]
    fn what_a_model_has_practised_is_not_forgotten() {
        let folder = std::env::temp_dir().join(format!("omni-r1-from-{}", std::process::id()));
        let (device, model) = (Device::flex(), paths::shipped(paths::MODEL));
        let mut earlier = Checkpoint::load(&model, &device).unwrap();
        let capabilities = Capabilities { task_types: vec!["V5".into()], draws: true, hand: None, own: false };
        earlier.config.set_capabilities(&capabilities);
        pollster::block_on(earlier.save(&folder, Precision::F16)).unwrap();
        write_file(&folder.join("tokenizer.json"), b"{}").unwrap();
        let tokenizer = model.join("tokenizer.json");
        for preset in [Some("mini"), None] {
            let start = start(&tokenizer, &model, preset, Some(&folder), &device).unwrap();
            assert_eq!(start.config.capabilities(), Some(capabilities.clone()), "{preset:?}");
        }
        assert_eq!(start(&tokenizer, &model, Some("mini"), None, &device).unwrap().config.capabilities(), None);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn weights_that_a_start_has_no_place_for_are_named() {
        let folder = std::env::temp_dir().join(format!("omni-r1-start-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let (device, model) = (Device::flex(), paths::shipped(paths::MODEL));
        let from = |change: &dyn Fn(&mut Value, &mut Tensors)| {
            let text = input::read_text(&model.join("config.json")).unwrap();
            let (mut config, mut tensors) = (serde_json::from_str(&text).unwrap(), load_tensors(&model).unwrap());
            change(&mut config, &mut tensors);
            write_file(&folder.join("config.json"), config.to_string().as_bytes()).unwrap();
            let weights = write_tensors(tensors.into_iter().collect(), Precision::F16).unwrap();
            write_file(&folder.join("model.safetensors"), &weights).unwrap();
            start(&model.join("tokenizer.json"), &model, None, Some(&folder), &device)
        };
        let bias = "model.layers.0.self_attn.q_proj.bias";
        let biased = from(&|_, tensors| _ = tensors.insert(bias.into(), TensorData::new(vec![1.0_f32], [1])));
        let said = biased.err().expect("a bias has no place").to_string();
        assert!(said.contains(bias), "{said}");
        // One that is tied to the embedding need not be there.
        let head = "lm_head.weight";
        let tied = from(&|config, tensors| {
            config["tie_word_embeddings"] = true.into();
            tensors.remove(head).expect("a head");
        });
        let weights = tied.unwrap_or_else(|error| panic!("{error}")).weights.expect("those of the folder");
        assert_eq!(weights[head], weights["model.embed_tokens.weight"]);
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
