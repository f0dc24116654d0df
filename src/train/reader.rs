//! A small reader of pictures: a few convolutions over the cells of a picture, and one hidden layer that also knows
//! the question's words. With a VQ-GAN it learns along to tell from the latents what the picture shows, so that
//! codes keep what is asked; `probe` judges codes by one of the same shape.

use crate::config::VqConfig;
use crate::error::Result;
use crate::kernels::{Conv2d, linear};
use crate::model::weight::{Init, StoredTensor, Tensors, WeightSource};
use crate::model::{Weight, WeightRole};
use crate::tasks::{Action, Item};
use crate::train::learner::taken;
use crate::train::optimizer::{Optimizer, OptimizerSettings, Trained};
use crate::vq::blocks::Convolution;
use burn::tensor::activation::{relu, softplus};
use burn::tensor::{Device, Gradients, Int, Tensor, TensorData};

/// Channels of the convolutions.
const CHANNELS: usize = 64;
/// A question's words are counted in so many places, by a hash: two words in one place are rare.
pub const WORDS: usize = 512;
/// So are the words of an account.
pub const ACCOUNT: usize = 1024;

pub const ADAMW: OptimizerSettings = OptimizerSettings {
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

fn place(text: &str, places: usize) -> usize {
    text.bytes().fold(7_usize, |hash, b| (hash * 31 + usize::from(b)) % 1_000_003) % places
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// The places of a question's words, below [`WORDS`].
pub fn question_places(question: &str) -> Vec<usize> {
    words(question).map(|word| place(word, WORDS)).collect()
}

/// The places of all that an item says of its picture, below [`ACCOUNT`]: the words of its caption and its
/// thought, the arguments of its actions to a tenth of the picture, and the whole answer.
pub fn account_places(item: &Item) -> Vec<usize> {
    let mut account: Vec<String> = vec![format!("answer {}", item.answer)];
    account.extend(words(&item.caption).map(str::to_string));
    for step in &item.steps {
        let Some((range, action)) = Action::find(&step.spelled_out) else { continue };
        account.extend(words(&step.spelled_out[..range.start]).map(str::to_string));
        match action {
            Ok(Action::Zoom(at) | Action::Bbox(at) | Action::Line(at)) => {
                account.extend(at.iter().enumerate().map(|(i, v)| format!("{i} at {:.0}", v * 10.0)));
            }
            Ok(Action::Mark { x, y, .. }) => {
                account.extend([x, y].iter().enumerate().map(|(i, v)| format!("mark {i} at {:.0}", v * 10.0)));
            }
            _ => {}
        }
    }
    let mut places: Vec<usize> = account.iter().map(|word| place(word, ACCOUNT)).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Counts of places, `[rows, size]`.
pub fn counts<'a>(rows: impl ExactSizeIterator<Item = &'a [usize]>, size: usize) -> Vec<f32> {
    let mut counts = vec![0.0; rows.len() * size];
    for (row, places) in rows.enumerate() {
        places.iter().for_each(|at| counts[row * size + at] += 1.0);
    }
    counts
}

/// What a reader is given and gives.
#[derive(Clone, Copy)]
pub struct Shape {
    /// Cells of a side, and values of each.
    pub grid: usize,
    pub features: usize,
    /// Width of the hidden layer.
    pub hidden: usize,
    /// Scores.
    pub outputs: usize,
    /// What all scores begin with.
    pub bias: f32,
}

/// Convolutions over the cells, whose channels the question's words turn up and down (FiLM, arXiv 1709.07871), and
/// `relu(cells A + words W + a) B + b`.
#[derive(Clone)]
pub struct Reader {
    shape: Shape,
    convolutions: [Convolution; 3],
    /// The gate of the channels, A, W, a, B, b.
    dense: [Weight; 6],
}

impl Reader {
    pub fn build(shape: Shape, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let Shape { grid, features, hidden, outputs, bias } = shape;
        let mut convolution = |name: &str, input, side| {
            Convolution::build(&format!("reader.{name}"), input, CHANNELS, Conv2d::same(side), source, device)
        };
        let convolutions = [
            convolution("first", features, 1)?,
            convolution("second", CHANNELS, 3)?,
            convolution("third", CHANNELS, 3)?,
        ];
        let mut weight = |name: &str, rows: usize, columns: usize, init, role| {
            let parts = vec![StoredTensor { name: format!("reader.{name}"), shape: vec![rows, columns], rows }];
            source.stacked(parts, columns, init, role, device)
        };
        let scale = |inputs: usize| Init::Normal((1.0 / inputs as f32).sqrt());
        let cells = grid * grid * CHANNELS;
        let dense = [
            weight("gate", CHANNELS, WORDS, Init::Constant(0.0), WeightRole::Matrix)?,
            weight("cells", hidden, cells, scale(cells), WeightRole::Matrix)?,
            weight("words", hidden, WORDS, scale(16), WeightRole::Matrix)?,
            weight("hidden.bias", 1, hidden, Init::Constant(0.0), WeightRole::Vector)?,
            weight("answer", outputs, hidden, scale(hidden), WeightRole::Matrix)?,
            weight("answer.bias", 1, outputs, Init::Constant(bias), WeightRole::Vector)?,
        ];
        Ok(Self { shape, convolutions, dense })
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        self.convolutions.iter_mut().flat_map(Convolution::weights_mut).chain(&mut self.dense).collect()
    }

    pub fn weights(&self) -> Vec<&Weight> {
        self.convolutions.iter().flat_map(Convolution::weights).chain(&self.dense).collect()
    }

    /// A copy that records gradients.
    pub fn tracked(&self) -> Self {
        let mut tracked = self.clone();
        for weight in tracked.weights_mut() {
            weight.tensor = weight.tensor.clone().autodiff().require_grad();
        }
        tracked
    }

    /// Scores `[B, outputs]` of cells `[B, g, g, features]` and the words of a question `[B, WORDS]`.
    pub fn scores(&self, cells: Tensor<4>, words: Tensor<2>) -> Tensor<2> {
        let [b, ..] = cells.dims();
        let [first, second, third] = &self.convolutions;
        let x = relu(first.forward(cells));
        let x = relu(second.forward(x.clone())) + x;
        let [gate, a, w, bias_a, answer, bias] = self.dense.each_ref().map(Weight::matrix);
        let x = x * (linear(words.clone(), gate) + 1.0).reshape([b, 1, 1, CHANNELS]);
        let x = relu(third.forward(x.clone())) + x;
        let flat: Tensor<2> = x.reshape([b, self.shape.grid * self.shape.grid * CHANNELS]);
        linear(relu(linear(flat, a) + linear(words, w) + bias_a), answer) + bias
    }
}

/// What a reader is asked about some pictures of a batch.
#[derive(Default)]
pub struct Asked {
    /// Which ones, by their numbers.
    pub pictures: Vec<usize>,
    /// Words of their questions and of the accounts of them, as places.
    pub questions: Vec<Vec<usize>>,
    pub accounts: Vec<Vec<usize>>,
}

impl Asked {
    pub fn push(&mut self, picture: usize, question: Vec<usize>, account: Vec<usize>) {
        self.pictures.push(picture);
        self.questions.push(question);
        self.accounts.push(account);
    }

    /// Tensors `[n, WORDS]` and `[n, ACCOUNT]`.
    pub fn tensors(&self, device: &Device) -> [Tensor<2>; 2] {
        let n = self.pictures.len();
        [(&self.questions, WORDS), (&self.accounts, ACCOUNT)].map(|(rows, size)| {
            let values = counts(rows.iter().map(Vec::as_slice), size);
            Tensor::from_data(TensorData::new(values, [n, size]), device)
        })
    }
}

/// A reader that learns along with a VQ-GAN.
pub struct Companion {
    reader: Reader,
    optimizer: Optimizer,
}

/// What it pays, in nats a word that is said, and the copy of it that recorded why.
pub struct Reading {
    pub loss: Tensor<1>,
    tracked: Reader,
}

impl Companion {
    pub fn new(config: &VqConfig, seed: u64, device: &Device) -> Result<Self> {
        // Of all words few are said.
        let bias = -4.0;
        let shape = Shape { grid: config.grid(), features: config.embed_dim, hidden: 128, outputs: ACCOUNT, bias };
        let reader = Reader::build(shape, &mut WeightSource::random(seed), device)?;
        let optimizer = Optimizer::new(ADAMW, &reader.weights());
        Ok(Self { reader, optimizer })
    }

    /// Takes its weights and the optimizer's state out of those that [`Companion::read_back`] wrote, after `time`
    /// steps.
    pub fn restore(&mut self, state: &mut Tensors, time: u32, device: &Device) -> Result<()> {
        let others = state.split_off("reader.");
        let (mut own, after): (Tensors, Tensors) =
            others.into_iter().partition(|(name, _)| name.starts_with("reader."));
        state.extend(after);
        let weights = own.clone();
        own.retain(|name, _| name.ends_with(".m") || name.ends_with(".v"));
        self.reader = Reader::build(self.reader.shape, &mut WeightSource::Read(weights), device)?;
        self.optimizer.restore(&self.reader.weights(), own, time, device)
    }

    /// Weights and the optimizer's state, by their names.
    pub async fn read_back(&self) -> Result<Vec<(String, TensorData)>> {
        let weights = self.reader.weights();
        let mut tensors = self.optimizer.read_back(&weights).await?;
        for weight in weights {
            tensors.extend(weight.read_back().await?);
        }
        Ok(tensors)
    }

    /// Reads the latents of those pictures of a batch `[B, g, g, D]` that it is asked about.
    pub fn read(&self, latents: Tensor<4>, asked: &Asked) -> Reading {
        let device = latents.device();
        let n = asked.pictures.len();
        let chosen: Vec<i32> = asked.pictures.iter().map(|at| *at as i32).collect();
        let chosen = Tensor::<1, Int>::from_data(TensorData::new(chosen, [n]), &device);
        let [questions, said] = asked.tensors(&device).map(Tensor::autodiff);
        let tracked = self.reader.tracked();
        let loss = account_loss(tracked.scores(latents.select(0, chosen), questions), said);
        Reading { loss, tracked }
    }

    /// Moves its weights against their part of the gradients.
    pub async fn learn(&mut self, reading: Reading, gradients: &mut Gradients, factor: f32) -> Result<()> {
        let own = taken(reading.tracked.weights(), gradients);
        drop(reading);
        self.optimizer.step(self.reader.weights_mut(), own, factor).await.map(|_| ())
    }
}

/// The cross-entropy of each place, said or not, summed over them and divided by the number of those that are:
/// in nats a word that is said. `scores` and `said [n, ACCOUNT]`.
pub fn account_loss(scores: Tensor<2>, said: Tensor<2>) -> Tensor<1> {
    let words = said.clone().inner().sum();
    let costs = softplus(scores.clone(), 1.0) - scores * said;
    costs.sum() / words.autodiff()
}
