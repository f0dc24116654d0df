//! Training of the VQ-GAN: reconstruction with straight-through codes, as a run that takes one step at a
//! time on any device. The native program (`native`) and the page drive the same one.
//!
//! `L = mean w (|d| + d^2 / 2) + 1/2 mean |grad d| + commitment mean (z - sg e)^2 + reader R` with
//! `d = reconstruction - picture`, `grad` its differences between neighbouring pixels, `w` the
//! foreground weight, and `R` what a reader that learns along pays for a word of what a question's picture shows,
//! told from its codes. The codebook follows by moving averages.

use crate::config::{ModelConfig, VqConfig};
use crate::error::{Error, Result};
use crate::model::checkpoint::{Precision, read_tensors, write_tensors, write_weights};
use crate::model::weight::read_values;
use crate::model::{Tensors, WeightSource};
use crate::tasks::{Bank, Split};
use crate::train::codebook::CodebookAverages;
use crate::train::host::Host;
use crate::train::learner::{STATE, WEIGHTS, gradients_of};
use crate::train::optimizer::Optimizer;
use crate::train::pictures::{PictureBatch, PictureBatches};
use crate::train::reader::Companion;
use crate::train::recipe::{Recipe, Stage, TokenizerStage};
use crate::train::row::Row;
use crate::train::start::{Files, Progress, file};
use crate::vq::VqGan;
use burn::tensor::{Device, Int, Tensor, TensorData};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;
use web_time::Instant;

/// Held-out pictures are drawn by numbers that no batch is drawn by.
const HELD_OUT: usize = 1 << 31;

/// A run on the VQ-GAN.
pub struct TokenizerTrainer {
    pub recipe: Recipe,
    pub progress: Progress,
    pub vq: VqGan,
    stage: TokenizerStage,
    /// Written beside the weights.
    config: ModelConfig,
    /// It began with trained codes.
    goes_on: bool,
    averages: CodebookAverages,
    optimizer: Optimizer,
    reader: Option<Companion>,
    bank: Arc<Bank>,
    device: Device,
    /// When the last step ended.
    ticked: Instant,
}

impl TokenizerTrainer {
    /// Begins a run, or goes on from the files of a checkpoint. Without the tensors of a trained VQ-GAN it
    /// begins by the recipe's seed, in the shape that `config` gives.
    pub async fn open(
        recipe: Recipe,
        mut config: ModelConfig,
        from: Option<Tensors>,
        resume: Option<&Files>,
        bank: Arc<Bank>,
        device: &Device,
    ) -> Result<Self> {
        let Stage::Tokenizer(stage) = recipe.stage.clone() else {
            return Err(Error::config("This recipe trains no VQ-GAN.", "Choose one with [tokenizer]."));
        };
        if recipe.task_types()?.is_empty() || recipe.own_weight() > 0.0 {
            return Err(Error::config(
                "The VQ-GAN learns from the pictures of question types alone.",
                "Choose at least one type, and no own examples.",
            ));
        }
        if stage.decoder_only && from.is_none() {
            return Err(Error::config(
                "A new VQ-GAN has no codes to keep.",
                "Train all of it, or begin with a trained one.",
            ));
        }
        config.set_generator();
        let goes_on = from.is_some();
        let progress = Progress::of_run(resume, recipe.seed)?;
        let mut source = match (resume, from) {
            (Some(files), _) => WeightSource::Read(read_tensors(file(files, WEIGHTS)?)?),
            (None, Some(tensors)) => WeightSource::Read(tensors),
            (None, None) => WeightSource::random(recipe.seed),
        };
        let vq = VqGan::build(&config.vq_config, &mut source, device)?;
        let VqConfig { num_embeddings, embed_dim, .. } = config.vq_config;
        let mut averages = CodebookAverages::new(num_embeddings, embed_dim, stage.codebook_decay);
        if goes_on {
            let latents = stage.batch * config.vq_config.grid().pow(2);
            averages.go_on(&read_values(vq.codebook.tensor.clone()).await?, latents);
        }
        let mut optimizer = Optimizer::new(recipe.optimizer, &vq.weights());
        let mut reader = None;
        if stage.reader > 0.0 {
            reader = Some(Companion::new(&config.vq_config, recipe.seed, device)?);
        }
        if let Some(files) = resume {
            let mut tensors = read_tensors(file(files, STATE)?)?;
            for (name, values) in [("counts", &mut averages.counts), ("sums", &mut averages.sums)] {
                let read = tensors.remove(&format!("codebook.{name}")).and_then(|data| data.try_to_vec::<f32>().ok());
                *values = read.filter(|read| read.len() == values.len()).ok_or_else(|| {
                    Error::checkpoint(
                        format!("The optimizer's state lacks the codebook's {name}, or they are of another codebook."),
                        "Resume with the recipe that the run began with.",
                    )
                })?;
            }
            if let Some(reader) = &mut reader {
                reader.restore(&mut tensors, progress.time, device)?;
            }
            optimizer.restore(&vq.weights(), tensors, progress.time, device)?;
        }
        let device = device.clone();
        let ticked = Instant::now();
        Ok(Self { recipe, progress, vq, stage, config, goes_on, averages, optimizer, reader, bank, device, ticked })
    }

    /// Whether the schedule has ended.
    pub fn done(&self) -> bool {
        self.progress.done(&self.recipe.schedule)
    }

    /// Ends the run at step `at`, before its schedule does: from here the rate falls to zero.
    pub fn finish_at(&mut self, at: usize) -> Result<()> {
        self.progress.finish_at(at, &self.recipe.schedule)
    }

    /// Whether a row of the log is due.
    pub fn at_row(&self) -> bool {
        self.done() || self.progress.step.is_multiple_of(self.recipe.log_every)
    }

    /// What makes the batches of [`TokenizerTrainer::step_on`], for a host that makes them ahead.
    pub fn batches(&self) -> Result<PictureBatches> {
        Ok(PictureBatches {
            bank: self.bank.clone(),
            task_types: self.recipe.task_types()?,
            config: self.vq.config.clone(),
            seed: self.recipe.seed,
            count: self.stage.batch,
            foreground: self.stage.foreground,
            setting: self.recipe.setting(Split::Train),
        })
    }

    /// One step of the optimizer: what it measured. A step that the host stops has changed nothing.
    pub async fn step(&mut self, host: &mut impl Host) -> Result<Row> {
        let pictures = self.batches()?.make(self.progress.step);
        host.pause().await?;
        self.step_on(pictures).await
    }

    /// As [`TokenizerTrainer::step`], on the pictures that [`TokenizerTrainer::batches`] made for this step.
    pub async fn step_on(&mut self, mut pictures: PictureBatch) -> Result<Row> {
        let (step, count) = (self.progress.step, pictures.count);
        let asked = std::mem::take(&mut pictures.asked);
        let mut rng = ChaCha8Rng::seed_from_u64(self.recipe.seed);
        rng.set_stream((1 << 32) + step as u64);
        let quantized = step >= self.stage.free_steps;
        let [target, weights] = self.tensors(pictures).map(Tensor::autodiff);
        let tracked = self.tracked();
        let z = tracked.latents(target.clone());
        let [b, g, ..] = z.dims();
        let (mut codes, mut latents) = (Vec::new(), Vec::new());
        let (decoded_from, commitment) = if quantized {
            latents = read_values(z.clone().inner()).await?;
            if step == self.stage.free_steps && !self.goes_on {
                self.averages.start(&latents, &mut rng);
                self.set_codebook();
            }
            let nearest = self.vq.quantize(z.clone().inner());
            codes = read_codes(nearest.clone()).await?;
            let e = Tensor::from_inner(self.vq.look_up(nearest.reshape([b, g * g])));
            let difference = z.clone() - e;
            let straight = z.clone() - difference.clone().detach();
            (straight, (difference.clone() * difference).mean())
        } else {
            (z.clone(), Tensor::zeros([1], &self.device).autodiff())
        };
        let difference = tracked.pixels(decoded_from.clone())? - target;
        let error =
            (weights.clone() * (difference.clone().abs() + difference.clone() * difference.clone() * 0.5)).mean();
        let edges = edge_error(difference.clone(), &self.vq.config);
        let mut loss = error.clone() + edges * 0.5 + commitment.clone() * self.stage.commitment;
        let reading = match &self.reader {
            Some(reader) if !asked.pictures.is_empty() => Some(reader.read(decoded_from, &asked)),
            _ => None,
        };
        if let Some(reading) = &reading {
            loss = loss + reading.loss.clone() * self.stage.reader;
        }
        let mut gradients = loss.backward();
        let square = (difference.clone() * difference).mean();
        let mut along = [loss, error, commitment, square].map(Tensor::inner).to_vec();
        let factor = self.progress.factor(&self.recipe.schedule);
        if let (Some(reader), Some(reading)) = (&mut self.reader, reading) {
            along.push(reading.loss.clone().inner());
            reader.learn(reading, &mut gradients, factor).await?;
        }
        let gradients = gradients_of(tracked.weights(), gradients);
        drop((tracked, z));
        let (norm, values) = self.optimizer.step_along(self.vq.weights_mut(), gradients, factor, along).await?;
        if !norm.is_finite() {
            return Err(Error::config(
                "The gradient is no longer finite.",
                "Resume from the last checkpoint with a lower learning rate.",
            ));
        }
        let mut row = Row::default();
        for (name, value) in ["loss", "error", "commitment"].into_iter().zip(&values) {
            row.one(name, *value);
        }
        row.one("psnr", decibels(values[3]));
        if let Some(reading) = values.get(4) {
            row.one("reader", *reading);
        }
        row.one("norm", norm);
        if quantized && !self.stage.decoder_only {
            row.one("dead", self.averages.update(&latents, &codes, &mut rng) as f64);
            self.set_codebook();
        }
        self.advance(count);
        Ok(row)
    }

    /// How well pictures come back that it never trains on.
    pub async fn held_out(&self, number: usize) -> Result<Row> {
        let [target, _] = self.tensors(self.held_out_pictures(number, self.stage.batch)?);
        let difference = self.reconstructed(target.clone())? - target;
        let mut row = Row::default();
        row.one("psnr", decibels(read_values((difference.clone() * difference).mean()).await?[0]));
        Ok(row)
    }

    /// Held-out pictures as they are, and as they come back: folded pixels `[B, R, R, in]`, both.
    pub async fn reconstructions(&self, count: usize) -> Result<[Vec<f32>; 2]> {
        let pictures = self.held_out_pictures(0, count)?;
        let original = pictures.pixels.clone();
        let [target, _] = self.tensors(pictures);
        Ok([original, read_values(self.reconstructed(target)?).await?])
    }

    /// Everything that [`TokenizerTrainer::open`] needs to go on.
    pub async fn checkpoint(&self) -> Result<Files> {
        let weights = self.vq.weights();
        let mut state = self.optimizer.read_back(&weights).await?;
        let (k, d) = (self.averages.counts.len(), self.vq.config.embed_dim);
        state.push(("codebook.counts".into(), TensorData::new(self.averages.counts.clone(), [k])));
        state.push(("codebook.sums".into(), TensorData::new(self.averages.sums.clone(), [k, d])));
        if let Some(reader) = &self.reader {
            state.extend(reader.read_back().await?);
        }
        Ok(vec![
            ("config.json".into(), self.config.to_json().into_bytes()),
            (WEIGHTS.into(), write_weights(&weights, Precision::F32).await?),
            (STATE.into(), write_tensors(state, Precision::F32)?),
            self.progress.to_file(),
        ])
    }

    fn held_out_pictures(&self, number: usize, count: usize) -> Result<PictureBatch> {
        let batches = PictureBatches { setting: self.recipe.setting(Split::Test), count, ..self.batches()? };
        Ok(batches.make(HELD_OUT + number))
    }

    fn reconstructed(&self, target: Tensor<4>) -> Result<Tensor<4>> {
        let z = self.vq.latents(target);
        let [b, g, ..] = z.dims();
        // In the first steps of a new one, pictures pass without being turned into codes.
        match self.goes_on || self.progress.step > self.stage.free_steps {
            true => self.vq.pixels(self.vq.look_up(self.vq.quantize(z).reshape([b, g * g]))),
            false => self.vq.pixels(z),
        }
    }

    /// Pixels and their weights, `[B, R, R, in]`.
    fn tensors(&self, pictures: PictureBatch) -> [Tensor<4>; 2] {
        let VqConfig { resolution, in_channels, .. } = self.vq.config;
        let shape = [pictures.count, resolution, resolution, in_channels];
        [pictures.pixels, pictures.weights]
            .map(|values| Tensor::from_data(TensorData::new(values, shape), &self.device))
    }

    /// A copy that records gradients.
    fn tracked(&self) -> VqGan {
        let mut tracked = self.vq.clone();
        for weight in tracked.weights_mut() {
            let name = &weight.parts[0].name;
            let trained = !self.stage.decoder_only || name.contains("decoder") || name.contains("post_quant");
            weight.tensor = weight.tensor.clone().autodiff();
            if trained {
                weight.tensor = weight.tensor.clone().require_grad();
            }
        }
        tracked
    }

    fn set_codebook(&mut self) {
        let dims = self.vq.codebook.tensor.dims();
        self.vq.codebook.tensor = Tensor::from_data(TensorData::new(self.averages.rows(), dims), &self.device);
    }

    fn advance(&mut self, pictures: usize) {
        let progress = &mut self.progress;
        progress.step += 1;
        progress.seen += pictures as u64;
        progress.seconds += self.ticked.elapsed().as_secs_f64();
        progress.time = self.optimizer.time;
        self.ticked = Instant::now();
    }
}

/// Of the mean squared difference of unclipped values; a difference of 0.0078 is one level of 255.
fn decibels(square: f32) -> f64 {
    -10.0 * (f64::from(square) / 4.0).log10()
}

async fn read_codes(codes: Tensor<1, Int>) -> Result<Vec<usize>> {
    let data = codes.into_data_async().await.map_err(|e| {
        Error::device(format!("The device gave no codes back: {e:?}."), "Reload, or choose another device.")
    })?;
    Ok(data.iter::<i64>().map(|code| code as usize).collect())
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
