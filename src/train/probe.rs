//! What picture codes still tell: a small reader learns to answer questions from the codes of the question's
//! picture, and another of the same shape, for comparison, from its pixels. Both are judged by pictures of hands
//! that neither saw. Where the pixels do better, the codes have lost something; where both do badly, the reader has
//! seen too few items.

use crate::error::Result;
use crate::eval::report::wilson;
use crate::kernels::{Conv2d, cross_entropy, linear};
use crate::loaded::VqCodec;
use crate::model::weight::{Init, Part, Source, read_values};
use crate::model::{Role, Weight};
use crate::tasks::{Bank, Item, Kind, Split, generate};
use crate::train::learner::gradients_of;
use crate::train::optimizer::{Optimizer, OptimizerSettings, Trained};
use crate::train::schedule::Schedule;
use crate::vq::blocks::Convolution;
use crate::vq::pixels;
use burn::tensor::{Device, Int, Tensor, TensorData, activation::relu};
use image::RgbImage;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// How much is drawn and how long a reader learns.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Items to learn from, of the training split.
    pub learn: usize,
    /// Items to be judged by, of the unseen hands.
    pub test: usize,
    /// Passes over the items.
    pub passes: usize,
    pub seed: u64,
}

/// Right answers on items of unseen hands.
pub struct Outcome {
    pub kind: Kind,
    pub items: usize,
    pub by_codes: usize,
    pub by_pixels: usize,
    /// By the commonest answer of the items learned from.
    pub by_chance: usize,
}

/// Channels of the reader's convolutions, and width of its last hidden layer.
const CHANNELS: usize = 64;
const HIDDEN: usize = 48;
/// The words of a question are counted in so many places, by a hash: two words in one place are rare.
const WORDS: usize = 512;
const BATCH: usize = 64;
const ADAMW: OptimizerSettings = OptimizerSettings {
    learning_rate: 1.5e-3,
    beta1: 0.9,
    beta2: 0.98,
    eps: 1e-8,
    weight_decay: 0.1,
    muon_learning_rate: None,
    muon_momentum: 0.0,
    clip: 1.0,
    trained: Trained::All,
};

/// A picture, what is asked of it, and the answer; of a way through a maze its first move.
struct Example {
    picture: RgbImage,
    words: Vec<usize>,
    answer: String,
}

impl Example {
    fn of(Item { picture, question, answer, kind, .. }: Item) -> Self {
        let place = |word: &str| word.bytes().fold(7_usize, |hash, b| (hash * 31 + usize::from(b)) % 1_000_003) % WORDS;
        let words = question.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).map(place);
        let first = answer.split(',').next().unwrap_or_default().to_string();
        Self { picture, words: words.collect(), answer: if kind == Kind::V1 { first } else { answer } }
    }
}

/// Draws the items of a kind, and trains and judges both readers.
pub async fn probe(kind: Kind, bank: &Bank, codec: &VqCodec, settings: Settings, device: &Device) -> Result<Outcome> {
    let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
    let mut draw = |split: Split, n| (0..n).map(|_| Example::of(generate(bank, kind, split, &mut rng))).collect();
    let learn: Vec<Example> = draw(Split::Train, settings.learn);
    let test: Vec<Example> = draw(Split::UnseenHand, settings.test);
    let mut answers: Vec<&str> = learn.iter().map(|example| example.answer.as_str()).collect();
    answers.sort_unstable();
    let commonest = answers.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map_or("", |same| same[0]);
    let mut classes = answers.clone();
    classes.dedup();
    // An answer that was never learned is wrong in any case: it has a label of its own.
    let label = |e: &Example| classes.iter().position(|class| *class == e.answer).unwrap_or(classes.len());
    let labels = |examples: &[Example]| examples.iter().map(label).collect::<Vec<_>>();
    let (learned, truth) = (labels(&learn), labels(&test));

    let grid = codec.vq.config.grid();
    let mut right = [0; 2];
    for (right, codes) in right.iter_mut().zip([true, false]) {
        let (mut from, mut to) = if codes {
            (code_vectors(codec, &learn).await?, code_vectors(codec, &test).await?)
        } else {
            (colours(codec, &learn), colours(codec, &test))
        };
        standardize(&mut from, &mut to);
        let features = from.len() / learn.len() / (grid * grid);
        let mut reader = Reader::new(grid, features, classes.len() + 1, settings.seed, device)?;
        reader.learn(&Inputs::of(from, &learn), &learned, settings, device).await?;
        let given = reader.answers(&Inputs::of(to, &test), device).await?;
        *right = given.iter().zip(&truth).filter(|(given, truth)| given == truth).count();
    }
    let by_chance = test.iter().filter(|example| example.answer == commonest).count();
    Ok(Outcome { kind, items: test.len(), by_codes: right[0], by_pixels: right[1], by_chance })
}

/// The codebook's rows for the codes of each picture, `[n, g, g, D]`.
async fn code_vectors(codec: &VqCodec, examples: &[Example]) -> Result<Vec<f32>> {
    let rows = read_values(codec.vq.codebook.tensor.clone()).await?;
    let width = codec.vq.config.embed_dim;
    let mut values = Vec::new();
    for chunk in examples.chunks(32) {
        let pictures: Vec<&RgbImage> = chunk.iter().map(|example| &example.picture).collect();
        for codes in codec.encode_all(&pictures).await? {
            values.extend(codes.codes.iter().flat_map(|code| &rows[usize::from(*code) * width..][..width]));
        }
    }
    Ok(values)
}

/// The pixels that the encoder is given, a cell's side by side: `[n, g, g, 3 s s]`.
fn colours(codec: &VqCodec, examples: &[Example]) -> Vec<f32> {
    let config = &codec.vq.config;
    let (size, grid) = (config.picture_size(), config.grid());
    let of = |example: &Example| pixels::to_folded(&pixels::fit(&example.picture, size as u32), size / grid);
    examples.iter().flat_map(of).collect()
}

/// Mean 0 and deviation 1 over all values that are learned from; the others alike.
fn standardize(from: &mut [f32], to: &mut [f32]) {
    let n = from.len() as f64;
    let mean = from.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let deviation = (from.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt().max(1e-6);
    from.iter_mut().chain(to).for_each(|v| *v = ((f64::from(*v) - mean) / deviation) as f32);
}

/// What a reader is given: values of each picture's cells, and the places of its question's words.
struct Inputs<'a> {
    values: Vec<f32>,
    words: Vec<&'a [usize]>,
}

impl<'a> Inputs<'a> {
    fn of(values: Vec<f32>, examples: &'a [Example]) -> Self {
        Self { values, words: examples.iter().map(|example| &example.words[..]).collect() }
    }

    /// The values of some pictures `[B g g features]`, and their words counted, `[B, WORDS]`.
    fn batch(&self, chosen: &[usize]) -> (Vec<f32>, Vec<f32>) {
        let width = self.values.len() / self.words.len();
        let values = chosen.iter().flat_map(|at| &self.values[at * width..][..width]).copied().collect();
        let mut counts = vec![0.0; chosen.len() * WORDS];
        for (row, at) in chosen.iter().enumerate() {
            self.words[*at].iter().for_each(|word| counts[row * WORDS + word] += 1.0);
        }
        (values, counts)
    }
}

/// Two convolutions over the cells, and `relu(cells A + words W + a) B + b`: about half a million weights.
#[derive(Clone)]
struct Reader {
    grid: usize,
    features: usize,
    convolutions: [Convolution; 3],
    /// A, W, a, B, b.
    dense: [Weight; 5],
}

impl Reader {
    fn new(grid: usize, features: usize, classes: usize, seed: u64, device: &Device) -> Result<Self> {
        let mut source = Source::random(seed);
        let mut convolution = |name: &str, input, side| {
            Convolution::build(name, input, CHANNELS, Conv2d::same(side), &mut source, device)
        };
        let convolutions = [
            convolution("first", features, 1)?,
            convolution("second", CHANNELS, 3)?,
            convolution("third", CHANNELS, 3)?,
        ];
        let mut weight = |name: &str, rows: usize, columns: usize, init, role| {
            let parts = vec![Part { name: name.into(), shape: vec![rows, columns], rows }];
            source.stacked(parts, columns, init, role, device)
        };
        let scale = |inputs: usize| Init::Normal((1.0 / inputs as f32).sqrt());
        let cells = grid * grid * CHANNELS;
        let dense = [
            weight("cells", HIDDEN, cells, scale(cells), Role::Matrix)?,
            weight("words", HIDDEN, WORDS, scale(16), Role::Matrix)?,
            weight("hidden.bias", 1, HIDDEN, Init::Constant(0.0), Role::Vector)?,
            weight("answer", classes, HIDDEN, scale(HIDDEN), Role::Matrix)?,
            weight("answer.bias", 1, classes, Init::Constant(0.0), Role::Vector)?,
        ];
        Ok(Self { grid, features, convolutions, dense })
    }

    fn weights_mut(&mut self) -> Vec<&mut Weight> {
        self.convolutions.iter_mut().flat_map(Convolution::weights_mut).chain(&mut self.dense).collect()
    }

    fn weights(&self) -> Vec<&Weight> {
        self.convolutions.iter().flat_map(Convolution::weights).chain(&self.dense).collect()
    }

    /// Scores `[B, classes]`.
    fn scores(&self, cells: Tensor<4>, words: Tensor<2>) -> Tensor<2> {
        let [b, ..] = cells.dims();
        let [first, second, third] = &self.convolutions;
        let x = relu(first.forward(cells));
        let x = relu(second.forward(x.clone())) + x;
        let x = relu(third.forward(x.clone())) + x;
        let [a, w, bias_a, answer, bias] = self.dense.each_ref().map(Weight::matrix);
        let flat: Tensor<2> = x.reshape([b, self.grid * self.grid * CHANNELS]);
        linear(relu(linear(flat, a) + linear(words, w) + bias_a), answer) + bias
    }

    fn tensors(&self, (cells, words): (Vec<f32>, Vec<f32>), device: &Device) -> (Tensor<4>, Tensor<2>) {
        let b = words.len() / WORDS;
        let shape = [b, self.grid, self.grid, self.features];
        let words = Tensor::from_data(TensorData::new(words, [b, WORDS]), device);
        (Tensor::from_data(TensorData::new(cells, shape), device), words)
    }

    async fn learn(
        &mut self,
        inputs: &Inputs<'_>,
        labels: &[usize],
        settings: Settings,
        device: &Device,
    ) -> Result<()> {
        let steps = settings.passes * labels.len().div_ceil(BATCH);
        let schedule = Schedule { steps, warmup: steps / 20, decay: 0.7 };
        let mut optimizer = Optimizer::new(ADAMW, &self.weights());
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        let mut order: Vec<usize> = (0..labels.len()).collect();
        for step in 0..steps {
            let at = step % labels.len().div_ceil(BATCH) * BATCH;
            if at == 0 {
                order.shuffle(&mut rng);
            }
            let chosen = &order[at..(at + BATCH).min(order.len())];
            let (mut cells, words) = inputs.batch(chosen);
            // A little noise keeps the reader from learning single pictures by heart.
            cells.iter_mut().for_each(|v| *v += rng.random_range(-0.3..0.3));
            let (cells, words) = self.tensors((cells, words), device);
            let targets: Vec<i32> = chosen.iter().map(|at| labels[*at] as i32).collect();
            let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [chosen.len()]), device);
            let mut tracked = self.clone();
            for weight in tracked.weights_mut() {
                weight.tensor = weight.tensor.clone().autodiff().require_grad();
            }
            let scores = tracked.scores(cells.autodiff(), words.autodiff());
            let gradients = gradients_of(tracked.weights(), cross_entropy(scores, targets).mean().backward());
            drop(tracked);
            optimizer.step(self.weights_mut(), gradients, schedule.factor(step)).await?;
        }
        Ok(())
    }

    /// The likeliest class of each item.
    async fn answers(&self, inputs: &Inputs<'_>, device: &Device) -> Result<Vec<usize>> {
        let all: Vec<usize> = (0..inputs.words.len()).collect();
        let mut likeliest = Vec::with_capacity(all.len());
        for chosen in all.chunks(BATCH) {
            let (cells, words) = self.tensors(inputs.batch(chosen), device);
            let scores = self.scores(cells, words);
            let [_, classes] = scores.dims();
            let best = |row: &[f32]| (0..classes).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
            likeliest.extend(read_values(scores).await?.chunks_exact(classes).map(best));
        }
        Ok(likeliest)
    }
}

/// Markdown: a row a type.
pub fn table(outcomes: &[Outcome]) -> String {
    let mut table =
        String::from("| type | n | codes | pixels | codes of pixels | chance |\n|---|--:|--:|--:|--:|--:|\n");
    for Outcome { kind, items, by_codes, by_pixels, by_chance } in outcomes {
        let share = |right: usize| {
            let (low, high) = wilson(right, *items);
            format!("{:.1}% ({:.1} to {:.1})", 100.0 * right as f64 / *items as f64, 100.0 * low, 100.0 * high)
        };
        let chance = 100.0 * *by_chance as f64 / *items as f64;
        let kept = 100.0 * *by_codes as f64 / (*by_pixels).max(1) as f64;
        let (codes, pixels) = (share(*by_codes), share(*by_pixels));
        table += &format!("| {kind} | {items} | {codes} | {pixels} | {kept:.0}% | {chance:.1}% |\n");
    }
    table
}
