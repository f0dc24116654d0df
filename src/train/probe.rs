//! What picture codes still tell: a small network learns to answer from the codes of one picture,
//! and beside it, for comparison, from the picture's pixels. Where the pixels do better, the codes
//! have lost something; where both do badly, the network has seen too few items.

use crate::error::Result;
use crate::eval::report::wilson;
use crate::kernels::{cross_entropy, linear};
use crate::loaded::VqCodec;
use crate::model::weight::{Init, Part, Source, read_values};
use crate::model::{Role, Weight};
use crate::tasks::{Bank, Item, Kind, Split, generate};
use crate::train::learner::gradients_of;
use crate::train::optimizer::{Optimizer, OptimizerSettings, Trained};
use crate::train::schedule::Schedule;
use crate::vq::pixels;
use burn::tensor::{Device, Int, Tensor, TensorData, activation::relu};
use image::RgbImage;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// What is asked of a picture, and of which one. The label always is the item's answer.
pub struct Probe {
    pub kind: Kind,
    pub what: &'static str,
    /// The first step's picture rather than the last one's.
    first: bool,
}

/// Everything that a drawing must still tell.
pub const PROBES: [Probe; 7] = [
    Probe { kind: Kind::N1, what: "the region of the box", first: true },
    Probe { kind: Kind::N2, what: "the name of what is enlarged", first: true },
    Probe { kind: Kind::S1, what: "the value at the line", first: false },
    Probe { kind: Kind::S2, what: "the colour of the boxed bar", first: false },
    Probe { kind: Kind::D1, what: "the number of marked shapes", first: false },
    Probe { kind: Kind::D2, what: "the number of marked corners", first: false },
    Probe { kind: Kind::V2, what: "safe or fallen", first: false },
];

/// How much is drawn and how long a network learns.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Items to learn from, of the training split.
    pub learn: usize,
    /// Items to be judged by, of the test split.
    pub test: usize,
    /// Passes over the items.
    pub passes: usize,
    pub seed: u64,
}

/// Right answers on held-out items.
pub struct Outcome {
    pub items: usize,
    pub by_codes: usize,
    pub by_pixels: usize,
    /// By the commonest answer of the items learned from.
    pub by_chance: usize,
}

const HIDDEN: usize = 128;
const BATCH: usize = 64;
const ADAMW: OptimizerSettings = OptimizerSettings {
    learning_rate: 1e-3,
    beta1: 0.9,
    beta2: 0.98,
    eps: 1e-8,
    weight_decay: 0.1,
    muon_learning_rate: None,
    muon_momentum: 0.0,
    clip: 1.0,
    trained: Trained::All,
};

impl Probe {
    /// Draws the items, and trains and judges both networks.
    pub async fn run(&self, bank: &Bank, codec: &VqCodec, settings: Settings, device: &Device) -> Result<Outcome> {
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        let mut draw = |split, n| (0..n).map(|_| self.example(bank, split, &mut rng)).collect::<Vec<_>>();
        let (learn, test) = (draw(Split::Train, settings.learn), draw(Split::Test, settings.test));
        let mut answers: Vec<&str> = learn.iter().map(|(_, answer)| answer.as_str()).collect();
        answers.sort_unstable();
        let commonest = answers.chunk_by(|a, b| a == b).max_by_key(|same| same.len()).map_or("", |same| same[0]);
        let mut classes = answers.clone();
        classes.dedup();
        // An answer that was never learned is wrong in any case: it has a label of its own.
        let label = |answer: &str| classes.iter().position(|class| *class == answer).unwrap_or(classes.len());
        let labels = |items: &[(RgbImage, String)]| items.iter().map(|(_, answer)| label(answer)).collect::<Vec<_>>();
        let (learned, truth) = (labels(&learn), labels(&test));

        let mut right = [0; 2];
        for (right, codes) in right.iter_mut().zip([true, false]) {
            let (mut from, mut to) = if codes {
                (code_vectors(codec, &learn).await?, code_vectors(codec, &test).await?)
            } else {
                (colours(codec, &learn), colours(codec, &test))
            };
            standardize(&mut from, &mut to);
            let width = from.len() / learn.len();
            let mut network = Network::new(width, classes.len() + 1, settings.seed, device)?;
            network.learn(&from, &learned, settings, device).await?;
            let given = network.answers(&to, device).await?;
            *right = given.iter().zip(&truth).filter(|(given, truth)| given == truth).count();
        }
        let by_chance = test.iter().filter(|(_, answer)| answer == commonest).count();
        Ok(Outcome { items: test.len(), by_codes: right[0], by_pixels: right[1], by_chance })
    }

    /// A picture and what it tells.
    fn example(&self, bank: &Bank, split: Split, rng: &mut ChaCha8Rng) -> (RgbImage, String) {
        let Item { steps, answer, .. } = generate(bank, self.kind, split, rng);
        let mut pictures = steps.into_iter().map(|step| step.picture);
        let picture = if self.first { pictures.next() } else { pictures.next_back() };
        (picture.expect("the probed kinds all have steps"), answer)
    }
}

/// The codebook's rows for the codes of each picture, `[n, g g D]`.
async fn code_vectors(codec: &VqCodec, items: &[(RgbImage, String)]) -> Result<Vec<f32>> {
    let rows = read_values(codec.vq.codebook.tensor.clone()).await?;
    let width = codec.vq.config.embed_dim;
    let mut values = Vec::new();
    for chunk in items.chunks(32) {
        let pictures: Vec<&RgbImage> = chunk.iter().map(|(picture, _)| picture).collect();
        for codes in codec.encode_all(&pictures).await? {
            values.extend(codes.codes.iter().flat_map(|code| &rows[usize::from(*code) * width..][..width]));
        }
    }
    Ok(values)
}

/// The pixels that the encoder is given, `[n, S S 3]`.
fn colours(codec: &VqCodec, items: &[(RgbImage, String)]) -> Vec<f32> {
    let config = &codec.vq.config;
    let of = |picture| pixels::to_folded(&pixels::fit(picture, config.picture_size() as u32), config.fold());
    items.iter().flat_map(|(picture, _)| of(picture)).collect()
}

/// Mean 0 and deviation 1 over all values that are learned from; the others alike.
fn standardize(from: &mut [f32], to: &mut [f32]) {
    let n = from.len() as f64;
    let mean = from.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let deviation = (from.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n).sqrt().max(1e-6);
    from.iter_mut().chain(to).for_each(|v| *v = ((f64::from(*v) - mean) / deviation) as f32);
}

/// `relu(x A + a) B + b`.
#[derive(Clone)]
struct Network {
    /// A, a, B, b.
    weights: [Weight; 4],
}

impl Network {
    fn new(inputs: usize, classes: usize, seed: u64, device: &Device) -> Result<Self> {
        let mut source = Source::random(seed);
        let mut weight = |name: &str, rows: usize, columns: usize, init, role| {
            let parts = vec![Part { name: name.into(), shape: vec![rows, columns], rows }];
            source.stacked(parts, columns, init, role, device)
        };
        let scale = |inputs: usize| Init::Normal((1.0 / inputs as f32).sqrt());
        Ok(Self {
            weights: [
                weight("hidden", HIDDEN, inputs, scale(inputs), Role::Matrix)?,
                weight("hidden.bias", 1, HIDDEN, Init::Constant(0.0), Role::Vector)?,
                weight("answer", classes, HIDDEN, scale(HIDDEN), Role::Matrix)?,
                weight("answer.bias", 1, classes, Init::Constant(0.0), Role::Vector)?,
            ],
        })
    }

    /// Scores `[n, classes]` of inputs `[n, inputs]`.
    fn scores(&self, inputs: Tensor<2>) -> Tensor<2> {
        let [a, bias_a, b, bias_b] = self.weights.each_ref().map(Weight::matrix);
        linear(relu(linear(inputs, a) + bias_a), b) + bias_b
    }

    async fn learn(&mut self, values: &[f32], labels: &[usize], settings: Settings, device: &Device) -> Result<()> {
        let width = values.len() / labels.len();
        let steps = settings.passes * labels.len().div_ceil(BATCH);
        let schedule = Schedule { steps, warmup: steps / 20, decay: 0.7 };
        let mut optimizer = Optimizer::new(ADAMW, &self.weights.each_ref());
        let mut rng = ChaCha8Rng::seed_from_u64(settings.seed);
        let mut order: Vec<usize> = (0..labels.len()).collect();
        let mut step = 0;
        for _ in 0..settings.passes {
            order.shuffle(&mut rng);
            for batch in order.chunks(BATCH) {
                // A little noise keeps the network from learning single pictures by heart.
                let mut noisy = |at: &usize| {
                    let row = &values[at * width..][..width];
                    row.iter().map(|v| v + rng.random_range(-0.3..0.3f32)).collect::<Vec<_>>()
                };
                let inputs: Vec<f32> = batch.iter().flat_map(&mut noisy).collect();
                let inputs = Tensor::<2>::from_data(TensorData::new(inputs, [batch.len(), width]), device).autodiff();
                let targets: Vec<i32> = batch.iter().map(|at| labels[*at] as i32).collect();
                let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [batch.len()]), device);
                let mut tracked = self.clone();
                for weight in &mut tracked.weights {
                    weight.tensor = weight.tensor.clone().autodiff().require_grad();
                }
                let gradients = cross_entropy(tracked.scores(inputs), targets).mean().backward();
                let gradients = gradients_of(tracked.weights.iter().collect(), gradients);
                drop(tracked);
                optimizer.step(self.weights.each_mut().into(), gradients, schedule.factor(step)).await?;
                step += 1;
            }
        }
        Ok(())
    }

    /// The likeliest class of each row.
    async fn answers(&self, values: &[f32], device: &Device) -> Result<Vec<usize>> {
        let [inputs, classes] = [self.weights[0].tensor.dims()[1], self.weights[2].tensor.dims()[0]];
        let data = TensorData::new(values.to_vec(), [values.len() / inputs, inputs]);
        let scores = read_values(self.scores(Tensor::from_data(data, device))).await?;
        let best = |row: &[f32]| (0..classes).max_by(|a, b| row[*a].total_cmp(&row[*b])).unwrap_or(0);
        Ok(scores.chunks_exact(classes).map(best).collect())
    }
}

/// Markdown: a row a probe.
pub fn table(outcomes: &[(&Probe, Outcome)]) -> String {
    let mut table =
        String::from("| picture of | what it tells | n | codes | pixels | chance |\n|---|---|--:|--:|--:|--:|\n");
    for (Probe { kind, what, .. }, Outcome { items, by_codes, by_pixels, by_chance }) in outcomes {
        let share = |right: usize| {
            let (low, high) = wilson(right, *items);
            format!("{:.1}% ({:.1} to {:.1})", 100.0 * right as f64 / *items as f64, 100.0 * low, 100.0 * high)
        };
        let chance = 100.0 * *by_chance as f64 / *items as f64;
        let (codes, pixels) = (share(*by_codes), share(*by_pixels));
        table += &format!("| {kind} | {what} | {items} | {codes} | {pixels} | {chance:.1}% |\n");
    }
    table
}
