//! What picture codes still tell: a small reader learns to answer questions of all types from the codes of their
//! pictures, and another of the same shape, for comparison, from the pixels of the same pictures. Both are judged
//! by pictures of hands that neither saw. Where the pixels do better, the codes have lost something; where both do
//! badly, the readers have seen too few items.

use crate::bundle::VqCodec;
use crate::error::Result;
use crate::eval::report::wilson;
use crate::kernels::cross_entropy;
use crate::model::weight::{WeightSource, read_values};
use crate::tasks::{Bank, Item, Split, TaskType, generate};
use crate::train::learner::gradients_of;
use crate::train::optimizer::Optimizer;
use crate::train::reader::{ADAMW, Reader, Shape, WORDS, counts, question_places};
use crate::train::schedule::Schedule;
use crate::vq::pixels;
use burn::tensor::{Device, Int, Tensor, TensorData};
use image::RgbImage;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

/// How much is drawn.
#[derive(Clone, Debug)]
pub struct Settings {
    pub task_types: Vec<TaskType>,
    /// Items of each type to learn from, each seen once.
    pub learn: usize,
    /// Items of each type to be judged by, of the unseen hands.
    pub test: usize,
    pub seed: u64,
}

/// Right answers on items of unseen hands.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub task_type: TaskType,
    pub items: usize,
    pub by_codes: usize,
    pub by_pixels: usize,
    /// By the commonest answer of the items judged by.
    pub by_chance: usize,
}

const BATCH: usize = 64;
/// Items of each type whose answers are those that can be given.
const SURVEYED: usize = 300;

/// A picture, what is asked of it, and the answer; of a way through a maze its first move.
struct Example {
    picture: RgbImage,
    words: Vec<usize>,
    answer: String,
}

impl Example {
    fn of(Item { picture, question, answer, task_type, .. }: Item) -> Self {
        let words = question_places(&question);
        let first = answer.split(',').next().unwrap_or_default().to_string();
        Self { picture, words, answer: if task_type == TaskType::V1 { first } else { answer } }
    }
}

/// Draws items, and trains and judges both readers; `progress` hears the mean losses by codes and by pixels, in nats
/// an answer, now and then.
pub async fn probe(
    bank: &Bank,
    codec: &VqCodec,
    settings: &Settings,
    device: &Device,
    mut progress: impl FnMut(usize, usize, [f64; 2]),
) -> Result<Vec<Outcome>> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let surveyed = settings.task_types.iter().flat_map(|task_type| {
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed ^ (*task_type as u64 + 1));
        let one = move |_| Example::of(generate(bank, *task_type, Split::Train, &mut rng)).answer;
        (0..SURVEYED.min(settings.learn)).map(one).collect::<Vec<_>>()
    });
    let answers: Vec<String> = surveyed.collect::<BTreeSet<_>>().into_iter().collect();
    let new = |eyes| Probe::new(eyes, codec, answers.len(), settings, device);
    let mut probes = [new(Eyes::Codes)?, new(Eyes::Pixels)?];
    let steps = (settings.learn * settings.task_types.len()).div_ceil(BATCH);
    let schedule = Schedule { steps, warmup: steps / 20, decay: 0.5 };
    let mut losses = [0.0; 2];
    for step in 0..steps {
        let examples: Vec<Example> = (0..BATCH)
            .map(|_| {
                let task_type = *settings.task_types.choose(&mut rng).expect("at least one type");
                Example::of(generate(bank, task_type, Split::Train, &mut rng))
            })
            .collect();
        for (probe, loss) in probes.iter_mut().zip(&mut losses) {
            *loss += probe.learn(codec, &examples, &answers, schedule.factor(step), &mut rng).await?;
        }
        if (step + 1) % EVERY == 0 || step + 1 == steps {
            progress(step + 1, steps, losses.map(|loss| loss / EVERY as f64));
            losses = [0.0; 2];
        }
    }
    let mut outcomes = Vec::new();
    for &task_type in &settings.task_types {
        let draw = |_| Example::of(generate(bank, task_type, Split::UnseenHand, &mut rng));
        let test: Vec<Example> = (0..settings.test).map(draw).collect();
        let mut right = [0; 2];
        for (probe, right) in probes.iter().zip(&mut right) {
            *right = probe.right(codec, &test, &answers).await?;
        }
        let mut given: Vec<&str> = test.iter().map(|example| example.answer.as_str()).collect();
        given.sort_unstable();
        let by_chance = given.chunk_by(|a, b| a == b).map(<[_]>::len).max().unwrap_or(0);
        outcomes.push(Outcome { task_type, items: test.len(), by_codes: right[0], by_pixels: right[1], by_chance });
    }
    Ok(outcomes)
}

/// Steps between two reports.
const EVERY: usize = 100;

/// What a reader sees of a picture.
#[derive(Clone, Copy)]
enum Eyes {
    /// The codebook's rows for its codes.
    Codes,
    /// The pixels that the encoder is given, a cell's side by side.
    Pixels,
}

impl Eyes {
    /// Values of a cell.
    fn features(self, codec: &VqCodec) -> usize {
        let config = &codec.vq.config;
        match self {
            Eyes::Codes => config.embed_dim,
            Eyes::Pixels => 3 * (config.picture_size() / config.grid()).pow(2),
        }
    }

    /// `[n, g, g, features]`.
    async fn see(self, codec: &VqCodec, examples: &[Example]) -> Result<Vec<f32>> {
        match self {
            Eyes::Codes => code_vectors(codec, examples).await,
            Eyes::Pixels => Ok(colours(codec, examples)),
        }
    }
}

async fn code_vectors(codec: &VqCodec, examples: &[Example]) -> Result<Vec<f32>> {
    let rows = read_values(codec.vq.codebook.tensor.clone()).await?;
    let width = codec.vq.config.embed_dim;
    let pictures: Vec<&RgbImage> = examples.iter().map(|example| &example.picture).collect();
    let codes = codec.encode_all(&pictures).await?;
    let all = codes.iter().flat_map(|picture| &picture.codes);
    Ok(all.flat_map(|code| &rows[usize::from(*code) * width..][..width]).copied().collect())
}

fn colours(codec: &VqCodec, examples: &[Example]) -> Vec<f32> {
    let config = &codec.vq.config;
    let (size, grid) = (config.picture_size(), config.grid());
    let of = |example: &Example| pixels::to_folded(&pixels::fit(&example.picture, size as u32), size / grid);
    examples.iter().flat_map(of).collect()
}

/// A reader with its eyes.
struct Probe {
    eyes: Eyes,
    reader: Reader,
    optimizer: Optimizer,
    shape: Shape,
    /// Mean and deviation of what the eyes see in the first batch.
    scale: Option<(f32, f32)>,
    device: Device,
}

impl Probe {
    fn new(eyes: Eyes, codec: &VqCodec, answers: usize, settings: &Settings, device: &Device) -> Result<Self> {
        let (grid, features) = (codec.vq.config.grid(), eyes.features(codec));
        // An answer that isn't among them has a label of its own, which is never right.
        let shape = Shape { grid, features, hidden: 64, outputs: answers + 1, bias: 0.0 };
        let reader = Reader::build(shape, &mut WeightSource::random(settings.seed), device)?;
        let optimizer = Optimizer::new(ADAMW, &reader.weights());
        Ok(Self { eyes, reader, optimizer, shape, scale: None, device: device.clone() })
    }

    /// Cells `[B, g, g, features]` with mean 0 and deviation 1, and the questions' words counted, `[B, WORDS]`.
    fn tensors(&self, mut values: Vec<f32>, examples: &[Example]) -> (Tensor<4>, Tensor<2>) {
        let Shape { grid, features, .. } = self.shape;
        let (mean, deviation) = self.scale.unwrap_or((0.0, 1.0));
        values.iter_mut().for_each(|v| *v = (*v - mean) / deviation);
        let n = examples.len();
        let words = counts(examples.iter().map(|example| &example.words[..]), WORDS);
        let cells = TensorData::new(values, [n, grid, grid, features]);
        (Tensor::from_data(cells, &self.device), Tensor::from_data(TensorData::new(words, [n, WORDS]), &self.device))
    }

    /// One step; its loss, in nats an answer.
    async fn learn(
        &mut self,
        codec: &VqCodec,
        examples: &[Example],
        answers: &[String],
        factor: f32,
        rng: &mut ChaCha8Rng,
    ) -> Result<f64> {
        let mut values = self.eyes.see(codec, examples).await?;
        let (_, deviation) = *self.scale.get_or_insert_with(|| mean_and_deviation(&values));
        // A little noise keeps the reader from trusting single values.
        values.iter_mut().for_each(|v| *v += rng.random_range(-0.3..0.3) * deviation);
        let (cells, words) = self.tensors(values, examples);
        let targets: Vec<i32> = examples.iter().map(|example| label(example, answers) as i32).collect();
        let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [examples.len()]), &self.device);
        let tracked = self.reader.tracked();
        let loss = cross_entropy(tracked.scores(cells.autodiff(), words.autodiff()), targets).mean();
        let gradients = gradients_of(tracked.weights(), loss.backward());
        drop(tracked);
        let (_, along) =
            self.optimizer.step_along(self.reader.weights_mut(), gradients, factor, vec![loss.inner()]).await?;
        Ok(f64::from(along[0]))
    }

    /// How many items get their answer.
    async fn right(&self, codec: &VqCodec, examples: &[Example], answers: &[String]) -> Result<usize> {
        let mut right = 0;
        for chunk in examples.chunks(BATCH) {
            let (cells, words) = self.tensors(self.eyes.see(codec, chunk).await?, chunk);
            let scores = read_values(self.reader.scores(cells, words)).await?;
            let best = |row: &[f32]| (0..answers.len()).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
            let given = scores.chunks_exact(answers.len() + 1).map(best);
            right += given.zip(chunk).filter(|(given, example)| *given == label(example, answers)).count();
        }
        Ok(right)
    }
}

fn label(example: &Example, answers: &[String]) -> usize {
    answers.binary_search(&example.answer).unwrap_or(answers.len())
}

fn mean_and_deviation(values: &[f32]) -> (f32, f32) {
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let deviation = (values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt().max(1e-6);
    (mean as f32, deviation as f32)
}

/// Markdown: a row a type.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table =
        String::from("| type | n | codes | pixels | codes of pixels | chance |\n|---|--:|--:|--:|--:|--:|\n");
    for Outcome { task_type, items, by_codes, by_pixels, by_chance } in outcomes {
        let share = |right: usize| {
            let (low, high) = wilson(right, *items);
            format!("{:.1}% ({:.1} to {:.1})", 100.0 * right as f64 / *items as f64, 100.0 * low, 100.0 * high)
        };
        let chance = 100.0 * *by_chance as f64 / *items as f64;
        let kept = 100.0 * *by_codes as f64 / (*by_pixels).max(1) as f64;
        let (codes, pixels) = (share(*by_codes), share(*by_pixels));
        table += &format!("| {task_type} | {items} | {codes} | {pixels} | {kept:.0}% | {chance:.1}% |\n");
    }
    table
}
