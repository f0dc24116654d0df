//! Checkpoints in Hugging Face's Chameleon layout: `config.json`, `tokenizer.json`,
//! `model*.safetensors`. A missing VQ decoder is tolerated (the released Chameleon has none).

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::input;
pub use crate::input::write_file;
use crate::model::weight::Init;
use crate::model::{Tensors, Transformer, Weight, WeightRole, WeightSource};
use crate::vq::VqGan;
use burn::tensor::{Device, TensorData};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use std::collections::HashMap;
use std::path::Path;

/// Name of the perception loss's projection. No other program knows it, and none needs it.
pub const PROJECTION: &str = "perception.projection.weight";

/// A model: its config, the transformer, and the VQ-GAN as far as the checkpoint has it.
#[derive(Clone)]
pub struct Checkpoint {
    pub config: ModelConfig,
    pub transformer: Option<Transformer>,
    pub vq: Option<VqGan>,
    /// The perception loss's projection, `[D, hidden]`, if it was trained with one.
    pub projection: Option<Weight>,
}

/// How weights are stored in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    F32,
    F16,
}

impl Checkpoint {
    /// From a folder with `config.json` and `model*.safetensors`.
    pub fn load(dir: &Path, device: &Device) -> Result<Self> {
        let config = ModelConfig::load(dir)?;
        Self::from_tensors(config, load_tensors(dir)?, device)
    }

    pub fn from_bytes(config: &[u8], weights: &[u8], device: &Device) -> Result<Self> {
        Self::from_tensors(ModelConfig::from_json(config)?, read_tensors(weights)?, device)
    }

    fn from_tensors(mut config: ModelConfig, mut tensors: Tensors, device: &Device) -> Result<Self> {
        untie(&mut config, &mut tensors);
        let mut source = WeightSource::Read(tensors);
        let transformer = source
            .has("model.embed_tokens.weight")
            .then(|| Transformer::build(&config, &mut source, device))
            .transpose()?;
        let vq = source
            .has("model.vqmodel.encoder.conv_in.weight")
            .then(|| VqGan::build(&config.vq_config, &mut source, device))
            .transpose()?;
        if transformer.is_none() && vq.is_none() {
            return Err(Error::checkpoint(
                "The weights hold neither a Chameleon transformer nor a VQ-GAN.",
                "Use a checkpoint in Hugging Face's Chameleon layout.",
            ));
        }
        let projection = source
            .has(PROJECTION)
            .then(|| {
                let (width, hidden) = (config.vq_config.embed_dim, config.hidden_size);
                source.matrix(&[(PROJECTION, width)], hidden, Init::Constant(0.0), WeightRole::Table, device)
            })
            .transpose()?;
        match source {
            WeightSource::Read(left) => nothing_left(&left)?,
            WeightSource::Random(_) => {}
        }
        Ok(Self { config, transformer, vq, projection })
    }

    pub fn transformer(&self) -> Result<&Transformer> {
        self.transformer
            .as_ref()
            .ok_or_else(|| Error::checkpoint("This checkpoint has no transformer.", "Use a complete checkpoint."))
    }

    pub fn vq(&self) -> Result<&VqGan> {
        self.vq.as_ref().ok_or_else(|| {
            Error::checkpoint("This checkpoint has no VQ-GAN.", "Use a checkpoint that holds model.vqmodel tensors.")
        })
    }

    fn weights(&self) -> Vec<&Weight> {
        let transformer = self.transformer.iter().flat_map(Transformer::weights);
        transformer.chain(self.vq.iter().flat_map(VqGan::weights)).chain(&self.projection).collect()
    }

    /// Writes `config.json` and `model.safetensors` into a folder.
    pub async fn save(&self, dir: &Path, precision: Precision) -> Result<()> {
        std::fs::create_dir_all(dir).map_err(Error::file(dir))?;
        write_file(&dir.join("config.json"), self.config.to_json().as_bytes())?;
        write_file(&dir.join("model.safetensors"), &write_weights(&self.weights(), precision).await?)
    }
}

const EMBEDDING: &str = "model.embed_tokens.weight";
const HEAD: &str = "lm_head.weight";

/// Where the config ties the head to the embedding, a file has that table once, or a head that `transformers`
/// doesn't look at. Here each gets its own, which `config` then says.
pub fn untie(config: &mut ModelConfig, tensors: &mut Tensors) {
    if !config.ties_embeddings() {
        return;
    }
    if let Some(table) = tensors.get(EMBEDDING).cloned() {
        tensors.insert(HEAD.into(), table);
        config.untie_embeddings();
    }
}

/// What no part of the model has taken would have changed its answers: it is named rather than left out.
fn nothing_left(left: &Tensors) -> Result<()> {
    // Positions that old versions of transformers stored, though they follow from the config.
    let names: Vec<&str> =
        left.keys().map(String::as_str).filter(|name| !name.ends_with("rotary_emb.inv_freq")).collect();
    const SHOWN: usize = 3;
    match names.as_slice() {
        [] => Ok(()),
        names => {
            let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
            Err(Error::checkpoint(
                format!(
                    "The weights hold what this model has no place for: {}{more}.",
                    names[..names.len().min(SHOWN)].join(", ")
                ),
                "Use weights that belong to this config.json.",
            ))
        }
    }
}

/// All tensors of the `model*.safetensors` files of a folder, as f32: one file, or the pieces
/// `model-00001-of-00002.safetensors` and so on. Others, such as an optimizer's, aren't weights.
pub fn load_tensors(dir: &Path) -> Result<Tensors> {
    let mut tensors = Tensors::new();
    let mut found = false;
    for entry in std::fs::read_dir(dir).map_err(Error::file(dir))? {
        let path = entry.map_err(Error::file(dir))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with("model") && name.ends_with(".safetensors") {
            found = true;
            tensors.extend(read_tensors(&input::read(&path, u64::MAX - 1)?)?);
        }
    }
    if !found {
        return Err(Error::checkpoint(
            format!("{} holds no model.safetensors.", dir.display()),
            "Give the folder of a checkpoint with --model.",
        ));
    }
    Ok(tensors)
}

/// Tensors of one safetensors file, as f32.
pub fn read_tensors(bytes: &[u8]) -> Result<Tensors> {
    let file = SafeTensors::deserialize(bytes)
        .map_err(|e| Error::checkpoint(format!("The weights file is damaged: {e}."), "Download it again."))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        let values = values(&view).ok_or_else(|| {
            Error::checkpoint(
                format!("The tensor {name} is stored as {:?}, which this program doesn't read.", view.dtype()),
                "Convert the weights to F32, F16 or BF16.",
            )
        })?;
        if !values.iter().all(|value| value.is_finite()) {
            return Err(Error::checkpoint(
                format!("The tensor {name} holds values that aren't finite numbers."),
                "Take an earlier checkpoint: such weights answer with noise.",
            ));
        }
        tensors.insert(name, TensorData::new(values, view.shape().to_vec()));
    }
    Ok(tensors)
}

fn values(view: &TensorView) -> Option<Vec<f32>> {
    fn numbers<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f32) -> Vec<f32> {
        bytes.as_chunks().0.iter().map(|chunk| number(*chunk)).collect()
    }
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::F32 => numbers(bytes, f32::from_le_bytes),
        Dtype::F16 => numbers(bytes, |b| f16::from_le_bytes(b).to_f32()),
        Dtype::BF16 => numbers(bytes, |b| bf16::from_le_bytes(b).to_f32()),
        Dtype::F64 => numbers(bytes, |b| f64::from_le_bytes(b) as f32),
        Dtype::I64 => numbers(bytes, |b| i64::from_le_bytes(b) as f32),
        Dtype::I32 => numbers(bytes, |b| i32::from_le_bytes(b) as f32),
        _ => return None,
    })
}

/// A safetensors file of these weights.
pub async fn write_weights(weights: &[&Weight], precision: Precision) -> Result<Vec<u8>> {
    let mut tensors = Vec::new();
    for weight in weights {
        tensors.extend(weight.read_back().await?);
    }
    write_tensors(tensors, precision)
}

/// A safetensors file of named f32 tensors.
pub fn write_tensors(tensors: Vec<(String, TensorData)>, precision: Precision) -> Result<Vec<u8>> {
    let failed = |e: String| Error::checkpoint(format!("The weights can't be written: {e}."), "Check the disk.");
    let mut stored = Vec::new();
    for (name, data) in tensors {
        let shape: Vec<usize> = data.shape().iter().copied().collect();
        let values = data.try_to_vec::<f32>().map_err(|e| failed(format!("{e:?}")))?;
        let (dtype, bytes): (Dtype, Vec<u8>) = match precision {
            Precision::F32 => (Dtype::F32, values.iter().flat_map(|v| v.to_le_bytes()).collect()),
            Precision::F16 => (Dtype::F16, values.iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect()),
        };
        stored.push((name, dtype, shape, bytes));
    }
    let views = stored
        .iter()
        .map(|(name, dtype, shape, bytes)| {
            Ok((name.as_str(), TensorView::new(*dtype, shape.clone(), bytes).map_err(|e| failed(e.to_string()))?))
        })
        .collect::<Result<Vec<_>>>()?;
    // Without it transformers refuses a file of weights.
    let metadata = HashMap::from([("format".to_string(), "pt".to_string())]);
    safetensors::serialize(views, Some(metadata)).map_err(|e| failed(e.to_string()))
}

#[cfg(all(test, feature = "native"))]
#[path = "checkpoint_tests.rs"]
mod tests;
