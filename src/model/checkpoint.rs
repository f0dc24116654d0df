//! Checkpoints in Hugging Face's Chameleon layout: `config.json`, `tokenizer.json`,
//! `model*.safetensors`. A missing VQ decoder is tolerated (the released Chameleon has none).

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::model::weight::Init;
use crate::model::{Role, Source, Tensors, Transformer, Weight};
use crate::vq::VqGan;
use burn::tensor::{Device, TensorData};
use half::{bf16, f16};
use safetensors::{Dtype, SafeTensors, tensor::TensorView};
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

    fn from_tensors(config: ModelConfig, tensors: Tensors, device: &Device) -> Result<Self> {
        let mut source = Source::Read(tensors);
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
                source.matrix(&[(PROJECTION, width)], hidden, Init::Constant(0.0), Role::Table, device)
            })
            .transpose()?;
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

/// Replaces a file as a whole: after a kill it is either the old or the new one.
pub fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let partial = path.with_extension("partial");
    // The reader knows the file by its own name, not by the passing one.
    std::fs::write(&partial, bytes).map_err(Error::file(path))?;
    std::fs::rename(&partial, path).map_err(Error::file(path))
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
            tensors.extend(read_tensors(&std::fs::read(&path).map_err(Error::file(&path))?)?);
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
    let damaged = |e: String| Error::checkpoint(format!("The weights file is damaged: {e}."), "Download it again.");
    let file = SafeTensors::deserialize(bytes).map_err(|e| damaged(e.to_string()))?;
    let mut tensors = Tensors::new();
    for (name, view) in file.tensors() {
        let values = values(&view).ok_or_else(|| damaged(format!("{name} is stored as {:?}", view.dtype())))?;
        tensors.insert(name, TensorData::new(values, view.shape().to_vec()));
    }
    Ok(tensors)
}

fn values(view: &TensorView) -> Option<Vec<f32>> {
    let bytes = view.data();
    Some(match view.dtype() {
        Dtype::F32 => bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect(),
        Dtype::F16 => bytes.chunks_exact(2).map(|b| f16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        Dtype::BF16 => bytes.chunks_exact(2).map(|b| bf16::from_le_bytes([b[0], b[1]]).to_f32()).collect(),
        Dtype::I64 => {
            bytes.chunks_exact(8).map(|b| i64::from_le_bytes(b.try_into().expect("eight bytes")) as f32).collect()
        }
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
    safetensors::serialize(views, None).map_err(|e| failed(e.to_string()))
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;

    fn fixture(case: &str) -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(case)
    }

    /// What one checkpoint holds is written back, no tensor less: `plain` has the convolution before
    /// a VQ decoder, but no decoder. Other files of its folder are none of its weights.
    #[test]
    fn what_is_saved_is_what_was_read() {
        let dir = std::env::temp_dir().join(format!("omni-r1-checkpoint-{}", std::process::id()));
        for case in ["plain", "odd"] {
            let read = Checkpoint::load(&fixture(case), &Device::flex()).unwrap();
            pollster::block_on(read.save(&dir, Precision::F32)).unwrap();
            std::fs::write(dir.join("optimizer.safetensors"), "of a run").unwrap();
            assert_eq!(load_tensors(&dir).unwrap(), load_tensors(&fixture(case)).unwrap(), "{case}");
        }
        std::fs::remove_dir_all(&dir).unwrap();
        let message = write_file(&dir.join("codes.json"), b"[]").unwrap_err().to_string();
        assert!(message.contains("codes.json: ") && message.ends_with('.'), "{message}");
    }

    #[test]
    fn no_attention_is_written_as_a_word() {
        let text = std::fs::read_to_string(fixture("plain").join("config.json")).unwrap();
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        json["vq_config"]["attn_type"] = serde_json::Value::Null;
        let config = ModelConfig::from_json(json.to_string().as_bytes()).unwrap();
        let written: serde_json::Value = serde_json::from_str(&config.to_json()).unwrap();
        assert_eq!((config.vq_config.has_attention(), &written["vq_config"]["attn_type"]), (false, &"none".into()));
    }
}
