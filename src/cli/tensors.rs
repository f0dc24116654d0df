//! The model's parts alone: `encode`, `decode`, `logits`.

use super::Model;
use burn::tensor::{Device, Int, Tensor, TensorData};
use omni_r1_web::bundle::VqCodec;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::generate::PictureCodec;
use omni_r1_web::generate::events::png;
use omni_r1_web::input;
use omni_r1_web::model::Rows;
use omni_r1_web::model::checkpoint::{Checkpoint, Precision, write_file, write_tensors};
use omni_r1_web::model::weight::read_values;
use omni_r1_web::tokens::Codes;
use omni_r1_web::vq::pixels::decode_picture;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Encode {
    #[command(flatten)]
    model: Model,
    #[arg(long)]
    image: PathBuf,
    /// JSON file for the codes, `{"grid": g, "codes": [...]}`, row by row.
    #[arg(long)]
    output: PathBuf,
}

#[derive(clap::Args)]
pub struct Decode {
    #[command(flatten)]
    model: Model,
    /// JSON file as `encode` writes it.
    #[arg(long)]
    codes: PathBuf,
    /// PNG file for the picture.
    #[arg(long)]
    output: PathBuf,
}

#[derive(clap::Args)]
pub struct Logits {
    #[command(flatten)]
    model: Model,
    /// JSON file `[[id, ...], ...]`, rows of one length.
    #[arg(long)]
    tokens: PathBuf,
    /// safetensors file for `logits [B, T, V]`, f32, unmasked.
    #[arg(long)]
    output: PathBuf,
}

fn codec(model: &Path) -> Result<VqCodec> {
    let device = Device::flex();
    Ok(VqCodec::new(Checkpoint::load(model, &device)?.vq()?.clone(), device))
}

fn read_json<T: serde::de::DeserializeOwned>(path: &Path, expected: &str) -> Result<T> {
    let text = input::read_text(path)?;
    serde_json::from_str(&text).map_err(|e| {
        Error::data(format!("{} can't be read: {e}.", path.display()), format!("It must hold {expected}."))
    })
}

impl Encode {
    pub fn run(&self) -> Result<()> {
        let picture = decode_picture(&input::read_picture(&self.image)?)?;
        let codes = pollster::block_on(codec(&self.model.model)?.encode(&picture))?;
        write_file(&self.output, serde_json::to_string(&codes).expect("plain numbers").as_bytes())
    }
}

impl Decode {
    pub fn run(&self) -> Result<()> {
        let codes: Codes = read_json(&self.codes, "{\"grid\": g, \"codes\": [...]} as encode writes it")?;
        let codec = codec(&self.model.model)?;
        let (grid, count) = (codec.grid(), codec.vq.config.num_embeddings);
        if codes.grid != grid
            || codes.codes.len() != grid * grid
            || codes.codes.iter().any(|c| usize::from(*c) >= count)
        {
            return Err(Error::data(
                format!("{} doesn't hold {grid}x{grid} codes below {count}.", self.codes.display()),
                "Use codes that encode wrote with the same model.",
            ));
        }
        let picture = pollster::block_on(codec.decode(&codes))?;
        write_file(&self.output, &png(&picture)?)
    }
}

impl Logits {
    pub fn run(&self) -> Result<()> {
        let tokens: Vec<Vec<u32>> = read_json(&self.tokens, "rows of token ids, [[1, 2], [3, 4]]")?;
        let device = Device::flex();
        let checkpoint = Checkpoint::load(&self.model.model, &device)?;
        let transformer = checkpoint.transformer()?;
        let (b, t) = (tokens.len(), tokens.first().map_or(0, Vec::len));
        let vocab = checkpoint.config.vocab_size;
        let wrong = |message: String| Err(Error::data(message, "Correct the tokens file."));
        if t == 0 || tokens.iter().any(|row| row.len() != t) {
            return wrong("The rows of tokens must have one length, at least 1.".into());
        }
        if let Some(id) = tokens.iter().flatten().find(|id| **id as usize >= vocab) {
            return wrong(format!("The token {id} isn't below the vocabulary's size {vocab}."));
        }
        let ints = |values: Vec<i32>| Tensor::<2, Int>::from_data(TensorData::new(values, [b, t]), &device);
        let rows = Rows {
            tokens: ints(tokens.iter().flatten().map(|&id| id as i32).collect()),
            positions: ints((0..b).flat_map(|_| 0..t as i32).collect()),
            starts: ints(vec![0; b * t]),
        };
        let logits = pollster::block_on(read_values(transformer.logits(transformer.hidden(&rows))))?;
        let file = write_tensors(vec![("logits".into(), TensorData::new(logits, [b, t, vocab]))], Precision::F32)?;
        write_file(&self.output, &file)
    }
}
