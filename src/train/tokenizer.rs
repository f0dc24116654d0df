//! Training of the VQ-GAN: reconstruction with straight-through codes.
//!
//! `L = mean w (|d| + d^2 / 2) + 1/2 mean |grad d| + commitment mean (z - sg e)^2` with
//! `d = reconstruction - picture`, `grad` its differences between neighbouring pixels, and `w` the
//! foreground weight. The codebook follows by moving averages.

use crate::config::{ModelConfig, VqConfig};
use crate::error::Result;
use crate::model::checkpoint::{Precision, load_tensors, read_tensors, write_tensors, write_weights};
use crate::model::weight::read_values;
use crate::model::{Source, Weight};
use crate::tasks::{Action, Bank, Item, Kind, Split, generate};
use crate::train::codebook::CodebookAverages;
use crate::train::learner::{STATE, WEIGHTS, gradients_of};
use crate::train::native::weights_dir;
use crate::train::optimizer::Optimizer;
use crate::train::prefetch::Prefetch;
use crate::train::recipe::{Recipe, TokenizerStage};
use crate::train::run::Run;
use crate::train::start::{Progress, file};
use crate::vq::{VqGan, pixels};
use burn::tensor::{Device, Tensor, TensorData};
use image::RgbImage;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Instant;

/// Folded pictures `[B, R, R, in]` and their weights, alike.
struct Pictures {
    pixels: Vec<f32>,
    weights: Vec<f32>,
}

/// Trains until the schedule ends or the user stops it.
pub fn train(recipe: &Recipe, stage: &TokenizerStage, bank: Arc<Bank>, run: &mut Run, device: &Device) -> Result<()> {
    let config = VqConfig::preset();
    let mut source = match &stage.from {
        Some(dir) => Source::Read(load_tensors(&weights_dir(dir))?),
        None => Source::random(recipe.seed),
    };
    let mut resumed = None;
    let mut progress = Progress::default();
    if let Some(files) = &run.resumed {
        progress = Progress::of(files)?;
        source = Source::Read(read_tensors(file(files, WEIGHTS)?)?);
        resumed = Some(read_tensors(file(files, STATE)?)?);
    }
    let mut vq = VqGan::build(&config, &mut source, device)?;
    let mut averages = CodebookAverages::new(config.num_embeddings, config.embed_dim, stage.codebook_decay);
    if stage.from.is_some() {
        let latents = stage.batch * config.grid().pow(2);
        averages.go_on(&pollster::block_on(read_values(vq.codebook.tensor.clone()))?, latents);
    }
    let mut optimizer = Optimizer::new(recipe.optimizer, &vq.weights());
    if let Some(mut tensors) = resumed {
        let values = |data: TensorData| data.try_to_vec::<f32>().expect("checked when read: f32");
        averages.counts = tensors.remove("codebook.counts").map(values).unwrap_or_default();
        averages.sums = tensors.remove("codebook.sums").map(values).unwrap_or_default();
        optimizer.restore(&vq.weights(), &mut tensors, progress.time, device);
    }
    let (mix, seed, batch, foreground) = (recipe.kinds()?, recipe.seed, stage.batch, stage.foreground);
    let prefetch = Prefetch::new(progress.step, 3, {
        let config = config.clone();
        move |step| pictures(&bank, &mix, &config, seed, step, batch, foreground)
    });
    let mut ticked = Instant::now();
    while progress.step < recipe.schedule.steps && !run.interrupted() {
        let step = progress.step;
        let pictures = prefetch.take();
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((1 << 32) + step as u64);
        let row = one_step(&mut vq, &mut optimizer, &mut averages, recipe, stage, pictures, step, &mut rng, device)?;
        progress.step += 1;
        progress.seen += batch as u64;
        progress.seconds += ticked.elapsed().as_secs_f64();
        progress.time = optimizer.time;
        ticked = Instant::now();
        run.show(&progress, format!("loss {:.4}", row["loss"].as_f64().unwrap_or(f64::NAN)));
        if progress.step.is_multiple_of(25) {
            run.log(&progress, row)?;
        }
        if run.should_save() || progress.step == recipe.schedule.steps {
            save(run, &progress, &vq, &optimizer, &averages)?;
        }
    }
    run.finish();
    Ok(())
}

#[allow(clippy::too_many_arguments)]
fn one_step(
    vq: &mut VqGan,
    optimizer: &mut Optimizer,
    averages: &mut CodebookAverages,
    recipe: &Recipe,
    stage: &TokenizerStage,
    pictures: Pictures,
    step: usize,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Result<Map<String, Value>> {
    let config = vq.config.clone();
    let shape = [stage.batch, config.resolution, config.resolution, config.in_channels];
    let tensor = |values: Vec<f32>| Tensor::<4>::from_data(TensorData::new(values, shape), device).autodiff();
    let (target, weights) = (tensor(pictures.pixels), tensor(pictures.weights));
    let quantized = step >= stage.free_steps;

    let mut tracked = vq.clone();
    for weight in tracked.weights_mut() {
        let trained = !stage.decoder_only
            || weight.parts[0].name.contains("decoder")
            || weight.parts[0].name.contains("post_quant");
        weight.tensor = weight.tensor.clone().autodiff();
        if trained {
            weight.tensor = weight.tensor.clone().require_grad();
        }
    }
    let z = tracked.latents(target.clone());
    let [b, g, ..] = z.dims();
    let (mut codes, mut latents) = (Vec::new(), Vec::new());
    let (decoded_from, commitment) = if quantized {
        latents = pollster::block_on(read_values(z.clone().inner()))?;
        if step == stage.free_steps && stage.from.is_none() {
            averages.start(&latents, rng);
            set_codebook(vq, averages, device);
        }
        let nearest = vq.quantize(z.clone().inner());
        codes = nearest.clone().into_data().iter::<i64>().map(|c| c as usize).collect();
        let e = Tensor::from_inner(vq.look_up(nearest.reshape([b, g * g])));
        let difference = z.clone() - e.clone();
        let straight = z.clone() - difference.clone().detach();
        (straight, (difference.clone() * difference).mean())
    } else {
        (z.clone(), Tensor::zeros([1], device).autodiff())
    };
    let difference = tracked.pixels(decoded_from)? - target;
    let error = (weights.clone() * (difference.clone().abs() + difference.clone() * difference.clone() * 0.5)).mean();
    let edges = edge_error(difference.clone(), &config);
    let loss = error.clone() + edges * 0.5 + commitment.clone() * stage.commitment;
    let gradients = loss.backward();
    let scalar = |t: Tensor<1>| pollster::block_on(read_values(t.inner())).map(|v| f64::from(v[0]));
    let mut row = Map::new();
    row.insert("loss".into(), scalar(loss)?.into());
    row.insert("error".into(), scalar(error)?.into());
    row.insert("commitment".into(), scalar(commitment)?.into());
    // Of the unclipped values; a difference of 0.0078 is one level of 255.
    let square = scalar((difference.clone() * difference).mean())?;
    row.insert("psnr".into(), (-10.0 * (square / 4.0).log10()).into());
    let gradients = gradients_of(tracked.weights(), gradients);
    drop((tracked, z));
    let norm = pollster::block_on(optimizer.step(vq.weights_mut(), gradients, recipe.schedule.factor(step)))?;
    row.insert("norm".into(), norm.into());
    if quantized && !stage.decoder_only {
        row.insert("dead".into(), averages.update(&latents, &codes, rng).into());
        set_codebook(vq, averages, device);
    }
    Ok(row)
}

fn set_codebook(vq: &mut VqGan, averages: &CodebookAverages, device: &Device) {
    let dims = vq.codebook.tensor.dims();
    vq.codebook.tensor = Tensor::from_data(TensorData::new(averages.rows(), dims), device);
}

/// Mean absolute difference between neighbouring pixels of `difference [B, R, R, 3 f f]`.
fn edge_error(difference: Tensor<4>, config: &VqConfig) -> Tensor<1> {
    let (f, r, size) = (config.fold(), config.resolution, config.picture_size());
    let b = difference.dims()[0];
    // [B, cell y, cell x, y, x, colour] to [B, cell y, y, cell x, x, colour].
    let flat: Tensor<3> =
        difference.reshape([b, r, r, f, f, 3]).permute([0, 1, 3, 2, 4, 5]).reshape([b, size, size * 3]);
    let across =
        flat.clone().slice([0..b, 0..size, 3..size * 3]) - flat.clone().slice([0..b, 0..size, 0..(size - 1) * 3]);
    let down = flat.clone().slice([0..b, 1..size, 0..size * 3]) - flat.slice([0..b, 0..size - 1, 0..size * 3]);
    across.abs().mean() + down.abs().mean()
}

/// The pictures of batch `step`: of each item its question and the picture of one step.
fn pictures(
    bank: &Bank,
    mix: &[(Kind, f32)],
    config: &VqConfig,
    seed: u64,
    step: usize,
    batch: usize,
    foreground: f32,
) -> Pictures {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    rng.set_stream(step as u64);
    let by_weight = WeightedIndex::new(mix.iter().map(|(_, weight)| *weight)).expect("checked: weights of a mix");
    let (size, fold) = (config.picture_size(), config.fold());
    let mut pictures = Pictures { pixels: Vec::new(), weights: Vec::new() };
    for i in 0..batch {
        let item = generate(bank, mix[by_weight.sample(&mut rng)].0, Split::Train, None, &mut rng);
        let drawn =
            if i % 2 == 0 || item.steps.is_empty() { None } else { Some(rng.random_range(0..item.steps.len())) };
        let picture = drawn.map_or(&item.picture, |step| &item.steps[step].picture);
        let fitted = pixels::fit(picture, size as u32);
        pictures.pixels.extend(pixels::to_folded(&fitted, fold));
        let mut weights = vec![1.0; size * size];
        weigh_boxes(&mut weights, size, &item, drawn, foreground);
        if let Some(step) = drawn {
            let before = step.checked_sub(1).map_or(&item.picture, |last| &item.steps[last].picture);
            weigh_changes(&mut weights, &pixels::fit(before, size as u32), &fitted, foreground);
        }
        let folded = |cell: usize| {
            let (cy, cx) = (cell / config.resolution, cell % config.resolution);
            (0..fold * fold).map(move |p| (cy * fold + p / fold) * size + cx * fold + p % fold)
        };
        for cell in 0..config.resolution * config.resolution {
            pictures.weights.extend(folded(cell).flat_map(|at| [weights[at]; 3]));
        }
    }
    pictures
}

/// Objects that a trace boxes weigh more than their surroundings, except in a zoom, which shows
/// little else.
fn weigh_boxes(weights: &mut [f32], size: usize, item: &Item, drawn: Option<usize>, foreground: f32) {
    let action = |text: &str| Action::find(text).and_then(|(_, action)| action.ok());
    if drawn.is_some_and(|step| matches!(action(&item.steps[step].text), Some(Action::Zoom(_)))) {
        return;
    }
    for step in &item.steps {
        let Some(Action::Bbox([x, y, w, h]) | Action::Zoom([x, y, w, h])) = action(&step.text) else { continue };
        let at = |v: f32| ((v * size as f32).round() as usize).min(size);
        for row in at(y)..at(y + h) {
            weights[row * size + at(x)..row * size + at(x + w)].fill(foreground);
        }
    }
}

/// What a step has drawn weighs more than what was there before, except where nearly all is new
/// (a zoom).
fn weigh_changes(weights: &mut [f32], before: &RgbImage, after: &RgbImage, foreground: f32) {
    let changed: Vec<bool> = before.pixels().zip(after.pixels()).map(|(a, b)| differs(a.0, b.0)).collect();
    if changed.iter().filter(|c| **c).count() * 2 < changed.len() {
        for (weight, _) in weights.iter_mut().zip(changed).filter(|(_, changed)| *changed) {
            *weight = foreground;
        }
    }
}

/// Whether two colours differ by more than wear explains.
fn differs(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > 40)
}

fn save(
    run: &mut Run,
    progress: &Progress,
    vq: &VqGan,
    optimizer: &Optimizer,
    averages: &CodebookAverages,
) -> Result<()> {
    let weights: Vec<&Weight> = vq.weights();
    let mut state = pollster::block_on(optimizer.read_back(&weights))?;
    let (k, d) = (averages.counts.len(), vq.config.embed_dim);
    state.push(("codebook.counts".into(), TensorData::new(averages.counts.clone(), [k])));
    state.push(("codebook.sums".into(), TensorData::new(averages.sums.clone(), [k, d])));
    let config = ModelConfig::preset("mini", 2048)?;
    run.save(vec![
        ("config.json".into(), config.to_json().into_bytes()),
        (WEIGHTS.into(), pollster::block_on(write_weights(&weights, Precision::F32))?),
        (STATE.into(), write_tensors(state, Precision::F32)?),
        progress.to_file(),
    ])
}
