//! A weight: its tensor, and where a checkpoint keeps it.

use crate::error::{Error, Result};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// One weight. Matrices are `[out, in]`, convolutions `[out, window]`, vectors `[1, n]`.
///
/// Weights that are always multiplied together are kept together (query, key and value; gate and
/// up): their parts lie below each other, and each part has its own name in a checkpoint.
#[derive(Clone)]
pub struct Weight {
    pub tensor: Tensor<2>,
    pub parts: Vec<StoredTensor>,
    pub role: WeightRole,
}

/// A tensor of the checkpoint.
#[derive(Clone, Debug)]
pub struct StoredTensor {
    pub name: String,
    /// As the checkpoint has it.
    pub shape: Vec<usize>,
    /// Rows of the weight.
    pub rows: usize,
}

/// How the optimizer treats a weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WeightRole {
    /// A matrix inside a block.
    Matrix,
    /// The embedding or the head: one row a token.
    Table,
    /// A norm's weight, or a bias.
    Vector,
    /// A convolution.
    Convolution,
    /// Learned by other means than the gradient (the codebook).
    Fixed,
}

/// How a new weight begins.
#[derive(Clone, Copy, Debug)]
pub enum Init {
    Normal(f32),
    Uniform(f32),
    Constant(f32),
}

/// Named tensors of a checkpoint, in f32.
pub type Tensors = BTreeMap<String, TensorData>;

/// Where weights come from: drawn by seed, or read.
pub enum WeightSource {
    Random(Box<ChaCha8Rng>),
    Read(Tensors),
}

impl WeightSource {
    pub fn random(seed: u64) -> Self {
        WeightSource::Random(Box::new(ChaCha8Rng::seed_from_u64(seed)))
    }

    /// Whether a tensor can be had.
    pub fn has(&self, name: &str) -> bool {
        match self {
            WeightSource::Random(_) => true,
            WeightSource::Read(tensors) => tensors.contains_key(name),
        }
    }

    fn values(&mut self, name: &str, shape: &[usize], init: Init) -> Result<Vec<f32>> {
        let count: usize = shape.iter().product();
        match self {
            WeightSource::Random(rng) => Ok((0..count)
                .map(|_| match init {
                    Init::Normal(deviation) => normal(rng) * deviation,
                    Init::Uniform(limit) => rng.random_range(-limit..limit),
                    Init::Constant(value) => value,
                })
                .collect()),
            WeightSource::Read(tensors) => {
                let data = tensors.remove(name).ok_or_else(|| {
                    Error::checkpoint(
                        format!("The weights lack the tensor {name}."),
                        "Use weights that belong to this config.json, or download them again.",
                    )
                })?;
                if data.shape().iter().copied().ne(shape.iter().copied()) {
                    return Err(Error::checkpoint(
                        format!(
                            "The tensor {name} has the shape {:?}, but config.json asks for {shape:?}.",
                            data.shape()
                        ),
                        "Use weights that belong to this config.json, or download them again.",
                    ));
                }
                data.try_to_vec::<f32>().map_err(|e| {
                    Error::checkpoint(
                        format!("The tensor {name} isn't f32: {e:?}."),
                        "Convert the weights to f32, f16 or bf16.",
                    )
                })
            }
        }
    }

    /// A matrix `[out, in]`, stacked from parts of `rows` rows each.
    pub fn matrix(
        &mut self,
        names: &[(&str, usize)],
        columns: usize,
        init: Init,
        role: WeightRole,
        device: &Device,
    ) -> Result<Weight> {
        let parts: Vec<StoredTensor> = names
            .iter()
            .map(|&(name, rows)| StoredTensor { name: name.into(), shape: vec![rows, columns], rows })
            .collect();
        self.stacked(parts, columns, init, role, device)
    }

    /// A vector `[1, n]`.
    pub fn vector(&mut self, name: &str, n: usize, init: Init, device: &Device) -> Result<Weight> {
        self.stacked(
            vec![StoredTensor { name: name.into(), shape: vec![n], rows: 1 }],
            n,
            init,
            WeightRole::Vector,
            device,
        )
    }

    /// A convolution: the checkpoint's `[out, in, k, k]` becomes `[out, k k in]`. Several names
    /// are stacked.
    pub fn convolution(
        &mut self,
        names: &[&str],
        out: usize,
        input: usize,
        kernel: usize,
        device: &Device,
    ) -> Result<Weight> {
        let init = Init::Normal((1.0 / (input * kernel * kernel) as f32).sqrt());
        let parts = names
            .iter()
            .map(|name| StoredTensor { name: (*name).into(), shape: vec![out, input, kernel, kernel], rows: out })
            .collect();
        self.stacked(parts, input * kernel * kernel, init, WeightRole::Convolution, device)
    }

    /// Biases of stacked convolutions, in one vector.
    pub fn biases(&mut self, names: &[&str], n: usize, device: &Device) -> Result<Weight> {
        let parts = names.iter().map(|name| StoredTensor { name: (*name).into(), shape: vec![n], rows: 1 }).collect();
        let mut weight = self.stacked(parts, n, Init::Constant(0.0), WeightRole::Vector, device)?;
        weight.tensor = weight.tensor.reshape([1, names.len() * n]);
        Ok(weight)
    }

    /// Rows of norm parameters of several heads, stacked.
    pub fn stacked(
        &mut self,
        parts: Vec<StoredTensor>,
        columns: usize,
        init: Init,
        role: WeightRole,
        device: &Device,
    ) -> Result<Weight> {
        let mut values = Vec::new();
        for part in &parts {
            let read = self.values(&part.name, &part.shape, init)?;
            values.extend(if part.shape.len() == 4 { channels_last(&read, &part.shape) } else { read });
        }
        let rows = values.len() / columns;
        let tensor = Tensor::from_data(TensorData::new(values, [rows, columns]), device);
        Ok(Weight { tensor, parts, role })
    }
}

impl Weight {
    pub fn vector(&self) -> Tensor<1> {
        let [rows, columns] = self.tensor.dims();
        self.tensor.clone().reshape([rows * columns])
    }

    pub fn matrix(&self) -> Tensor<2> {
        self.tensor.clone()
    }

    /// The parts as the checkpoint has them.
    pub async fn read_back(&self) -> Result<Vec<(String, TensorData)>> {
        let values = read_values(self.tensor.clone()).await?;
        let mut from = 0;
        Ok(self
            .parts
            .iter()
            .map(|part| {
                let count: usize = part.shape.iter().product();
                let values = &values[from..from + count];
                from += count;
                let values = if part.shape.len() == 4 { channels_first(values, &part.shape) } else { values.to_vec() };
                (part.name.clone(), TensorData::new(values, part.shape.clone()))
            })
            .collect())
    }
}

/// The elements of a tensor, read back from its device.
pub async fn read_values<const D: usize>(tensor: Tensor<D>) -> Result<Vec<f32>> {
    // The whole report runs over many lines; its first says what happened.
    let lost = |report: String| {
        let what = report.lines().next().unwrap_or_default().trim_end_matches('.');
        Error::device(format!("The device gave nothing back: {what}."), "Reload, or choose another device.")
    };
    let data = tensor.into_data_async().await.map_err(|e| lost(format!("{e:?}")))?;
    data.try_to_vec::<f32>().map_err(|e| lost(format!("{e:?}")))
}

/// `[out, in, k, k]` to `[out, k, k, in]`.
fn channels_last(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let (out, input, window) = (shape[0], shape[1], shape[2] * shape[3]);
    let mut result = Vec::with_capacity(values.len());
    for o in 0..out {
        for k in 0..window {
            result.extend((0..input).map(|i| values[(o * input + i) * window + k]));
        }
    }
    result
}

/// `[out, k, k, in]` to `[out, in, k, k]`.
fn channels_first(values: &[f32], shape: &[usize]) -> Vec<f32> {
    let (out, input, window) = (shape[0], shape[1], shape[2] * shape[3]);
    let mut result = Vec::with_capacity(values.len());
    for o in 0..out {
        for i in 0..input {
            result.extend((0..window).map(|k| values[(o * window + k) * input + i]));
        }
    }
    result
}

/// A standard normal number (Box and Muller).
fn normal(rng: &mut impl Rng) -> f32 {
    let (u, v): (f64, f64) = (rng.random::<f64>().max(f64::MIN_POSITIVE), rng.random());
    ((-2.0 * u.ln()).sqrt() * (std::f64::consts::TAU * v).cos()) as f32
}
