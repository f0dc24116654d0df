//! Training of the transformer on documents: base pretraining and SFT differ in their recipes
//! alone. The loss is the weighted mean of the tokens' cross-entropies.

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::kernels::cross_entropy;
use crate::loaded::VqCodec;
use crate::model::checkpoint::{Checkpoint, Precision, load_tensors, write_weights};
use crate::model::weight::read_values;
use crate::model::{Source as Weights, Transformer};
use crate::tasks::Bank;
use crate::tokens::{Role, Vocab};
use crate::train::batch::Batch;
use crate::train::data::Source;
use crate::train::optimizer::Optimizer;
use crate::train::prefetch::Prefetch;
use crate::train::recipe::{LanguageStage, Recipe};
use crate::train::run::{Run, checkpoint_dir, read_tensor_file, tensor_file};
use crate::train::validate;
use burn::tensor::{Device, Tensor};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Between rows of the log. Checkpoints are saved at these steps alone, so that each row of a resumed
/// run holds what it would have held.
const LOG_EVERY: usize = 10;

/// Trains until the schedule ends or the user stops it.
pub fn train(recipe: &Recipe, stage: &LanguageStage, bank: Arc<Bank>, run: &mut Run, device: &Device) -> Result<()> {
    let tokenizer = std::fs::read(&stage.tokenizer).map_err(Error::file(&stage.tokenizer))?;
    let vocab = Arc::new(Vocab::from_json(&tokenizer)?);
    let vq = Checkpoint::load(&weights_dir(&stage.vq), device)?.vq()?.clone();
    let mut config = ModelConfig::preset(&stage.preset, vocab.size)?;
    config.vq_config = vq.config.clone();
    let mut source = match &stage.from {
        Some(dir) => Weights::Read(load_tensors(&weights_dir(dir))?),
        None => Weights::random(recipe.seed),
    };
    let mut resumed = None;
    if let Some(checkpoint) = run.checkpoint() {
        source = Weights::Read(read_tensor_file(&checkpoint.join("model.safetensors"))?);
        resumed = Some(read_tensor_file(&checkpoint.join("optimizer.safetensors"))?);
    }
    let mut model = Transformer::build(&config, &mut source, device)?;
    let mut optimizer = Optimizer::new(recipe.optimizer, &model.weights());
    if let Some(mut tensors) = resumed {
        optimizer.restore(&model.weights(), &mut tensors, run.progress.time, device);
    }
    let data = Source {
        bank: bank.clone(),
        vocab: vocab.clone(),
        codec: VqCodec::new(vq, device.clone()),
        kinds: recipe.kinds()?,
        modes: stage.modes,
        seed: recipe.seed,
    };
    let prefetch = Prefetch::new(run.progress.step, 2, {
        let (data, rows, length, weights) = (data.clone(), stage.rows, stage.length, stage.loss_weights);
        move |step| pollster::block_on(data.batch(step, rows, length, &weights))
    });
    let mut losses = RoleLosses::default();
    let at_row = |step: usize| step.is_multiple_of(LOG_EVERY);
    while run.progress.step < recipe.schedule.steps && !(run.interrupted() && at_row(run.progress.step)) {
        let batch = prefetch.take()?;
        let (nll, norm) =
            one_step(&mut model, &mut optimizer, &batch, recipe.schedule.factor(run.progress.step), device)?;
        losses.add(&batch, &nll);
        run.progress.time = optimizer.time;
        run.advance(batch.real_tokens() as u64, format!("answer {:.3}", losses.mean(Role::Answer)));
        if at_row(run.progress.step) {
            let mut row = losses.row();
            row["norm"] = norm.into();
            run.log(row)?;
            losses = RoleLosses::default();
        }
        let last = run.progress.step == recipe.schedule.steps;
        if stage.validate_items > 0 && (run.progress.step.is_multiple_of(stage.validate_every) || last) {
            let row = pollster::block_on(validate::accuracies(&model, &data, stage.validate_items))?;
            run.log(row)?;
        }
        if last || (run.should_save() && at_row(run.progress.step)) {
            save(run, &model, &optimizer, &config, &tokenizer)?;
        }
    }
    run.finish();
    Ok(())
}

/// The folder with the weights: a run's last checkpoint, or the folder itself.
pub fn weights_dir(dir: &Path) -> PathBuf {
    checkpoint_dir(dir).unwrap_or_else(|| dir.to_path_buf())
}

/// Each token's loss in nats, and the norm of the gradient.
pub fn one_step(
    model: &mut Transformer,
    optimizer: &mut Optimizer,
    batch: &Batch,
    factor: f32,
    device: &Device,
) -> Result<(Vec<f32>, f32)> {
    let mut tracked = model.clone();
    for weight in tracked.weights_mut() {
        weight.tensor = weight.tensor.clone().autodiff().require_grad();
    }
    let nll = token_losses(&tracked, batch, device);
    let weights = batch.loss_weights(device).autodiff();
    let gradients = (nll.clone() * weights).sum().backward();
    let tensors: Vec<Tensor<2>> = tracked.weights().iter().map(|w| w.tensor.clone()).collect();
    drop(tracked);
    let norm = pollster::block_on(optimizer.step(model.weights_mut(), tensors, gradients, factor))?;
    if !norm.is_finite() {
        return Err(Error::config(
            "The gradient is no longer finite.",
            "Resume from the last checkpoint with a lower learning rate.",
        ));
    }
    Ok((pollster::block_on(read_values(nll.inner()))?, norm))
}

/// The cross-entropy of every position of a batch, `[rows * length]`.
fn token_losses(model: &Transformer, batch: &Batch, device: &Device) -> Tensor<1> {
    let hidden = model.hidden(&batch.model_rows(device));
    let [b, t, h] = hidden.dims();
    cross_entropy(model.logits(hidden.reshape([b * t, h])), batch.targets(device))
}

/// Sums of losses by the part that the predicted token plays.
#[derive(Default)]
struct RoleLosses {
    sums: [f64; 5],
    counts: [u64; 5],
}

const ROLES: [(Role, &str); 4] =
    [(Role::Prompt, "prompt"), (Role::Thought, "thought"), (Role::Picture, "picture"), (Role::Answer, "answer")];

impl RoleLosses {
    fn add(&mut self, batch: &Batch, nll: &[f32]) {
        for (role, nll) in batch.roles.iter().zip(nll) {
            self.sums[*role as usize] += f64::from(*nll);
            self.counts[*role as usize] += 1;
        }
    }
    fn mean(&self, role: Role) -> f64 {
        self.sums[role as usize] / self.counts[role as usize].max(1) as f64
    }
    fn row(&self) -> serde_json::Value {
        ROLES
            .iter()
            .map(|(role, name)| (name.to_string(), serde_json::Value::from((self.mean(*role) * 1e6).round() / 1e6)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

fn save(
    run: &mut Run,
    model: &Transformer,
    optimizer: &Optimizer,
    config: &ModelConfig,
    tokenizer: &[u8],
) -> Result<()> {
    let weights = model.weights();
    let state = pollster::block_on(optimizer.read_back(&weights))?;
    run.save(vec![
        ("config.json", config.to_json().into_bytes()),
        ("tokenizer.json", tokenizer.to_vec()),
        ("model.safetensors", pollster::block_on(write_weights(&weights, Precision::F32))?),
        ("optimizer.safetensors", tensor_file(state)?),
    ])
}
