//! The door for the benchmarks in the browser: the whole model beside Burn's own operations, and
//! our part in the race against other programs. `cargo xtask bench` alone builds it.

use burn::tensor::Device;
use js_sys::Float32Array;
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use crate::bench::gpt::{Gpt, Shape};
use crate::bench::{Decoding, Drawing, Training, Whose};
use crate::bundle::ModelBundle;
use crate::error::{Error, Result};
use crate::kernels::check::timing::{self, Prepared, Timed};
use crate::kernels::check::{self};
use crate::web::device::open_device;
use crate::web::to_js;

type JsResult<T> = std::result::Result<T, JsValue>;

fn whose(name: &str) -> Result<Whose> {
    match name {
        "ours" => Ok(Whose::Ours),
        "stock" => Ok(Whose::Stock),
        _ => Err(Error::config(format!("There is no contestant {name:?}."), "Choose ours or stock.")),
    }
}

/// A device to measure on.
#[wasm_bindgen]
pub struct Bench {
    device: Device,
}

#[wasm_bindgen]
impl Bench {
    /// On "cpu" or "webgpu"; the module must have been built for it.
    pub async fn open(device: &str) -> JsResult<Bench> {
        Ok(Bench { device: open_device(device, None).await?.device })
    }

    /// The files of a model, for training steps of `rows` x `length` tokens and for decoding.
    pub fn model(
        &self,
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
        rows: usize,
        length: usize,
    ) -> JsResult<Model> {
        let bundle = ModelBundle::from_bytes(config, tokenizer, weights, &self.device)?;
        let transformer = &bundle.language.transformer;
        Ok(Model {
            training: Training::new(transformer, [rows, length], &self.device),
            decoding: Decoding::new(transformer, bundle.vocab.code_ranges()),
            drawing: Drawing::new(&bundle, ITEMS),
        })
    }

    /// A contestant: "matmul" of a size, "attention" of so many tokens, or "conv2d" of a side and
    /// channels.
    pub fn contestant(&self, what: &str, size: usize, channels: usize) -> JsResult<Contestant> {
        let timed = match what {
            "matmul" => timing::square(size),
            "attention" => timing::causal(size),
            "conv2d" => timing::convolution(size, channels),
            _ => return Err(Error::config(format!("There is no contest {what:?}."), "Choose another.").into()),
        };
        Ok(Contestant(Prepared::new(timed, &self.device)))
    }

    /// A GPT to train, see [`Gpt::new`].
    pub fn gpt(&self, shape: JsValue, weights: &[f32], tokens: &[i32], targets: &[i32]) -> JsResult<TrainedGpt> {
        let shape = Shape::deserialize(serde_wasm_bindgen::Deserializer::from(shape))?;
        Ok(TrainedGpt(Gpt::new(shape, weights, tokens, targets, &self.device)))
    }
}

/// Questions of each kind whose pictures are drawn.
const ITEMS: usize = 1;

/// The whole model, by ours and by Burn's operations.
#[wasm_bindgen]
pub struct Model {
    training: Training,
    decoding: Decoding,
    drawing: Drawing,
}

#[wasm_bindgen]
impl Model {
    /// One training step of "ours" or "stock": milliseconds and loss.
    pub async fn step(&mut self, name: &str) -> JsResult<JsValue> {
        Ok(to_js(&self.training.step(whose(name)?).await?))
    }

    /// Milliseconds a token, over `count` tokens one at a time; `picture` samples codes.
    pub async fn decode(&mut self, name: &str, count: usize, picture: bool) -> JsResult<f64> {
        let whose = whose(name)?;
        let ms = self.decoding.run(whose, count, picture).await?;
        self.decoding.check(whose).await?;
        Ok(ms)
    }

    /// What answers with pictures take, drawn along drafts or without; see `Drawn`.
    pub async fn draw(&mut self, drafts: bool) -> JsResult<JsValue> {
        Ok(to_js(&self.drawing.run(drafts).await?))
    }
}

/// Our part in one contest.
#[wasm_bindgen]
pub struct Contestant(Prepared);

#[wasm_bindgen]
impl Contestant {
    /// Once, until the first number of the result has been read.
    pub async fn run(&self) -> JsResult<()> {
        self.0.forward(1).await?;
        Ok(())
    }

    /// One of the inputs, as all contestants get it.
    pub fn input(&self, index: usize) -> Option<Vec<f32>> {
        self.0.timed().case().inputs.get(index).map(|(_, _, values)| values.clone())
    }

    pub async fn output(&self) -> JsResult<Float32Array> {
        Ok(Float32Array::from(self.0.output().await?.as_slice()))
    }

    /// What the result should be, from the reference in f64.
    pub fn expected(&self) -> Vec<f64> {
        let Timed { op, .. } = self.0.timed();
        check::expected(&op.cases[0])
    }
}

#[wasm_bindgen]
pub struct TrainedGpt(Gpt);

#[wasm_bindgen]
impl TrainedGpt {
    /// One step; the loss before it.
    pub async fn step(&mut self) -> JsResult<f32> {
        Ok(self.0.step().await?)
    }
}
