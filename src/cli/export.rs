//! `export`: the transformer of one run and the VQ-GAN of another as one checkpoint folder.
//! Its `config.json` says which question types the run's recipe had.

use burn::tensor::Device;
use omni_r1_web::error::Result;
use omni_r1_web::input;
use omni_r1_web::model::checkpoint::{Checkpoint, Precision, write_file};
use omni_r1_web::tokens::vocab::vocabulary_map;
use omni_r1_web::train::native::weights_dir;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Export {
    /// Run or folder with the transformer.
    #[arg(long)]
    model: PathBuf,
    /// Run or folder with the VQ-GAN, where the first has none.
    #[arg(long)]
    vq: Option<PathBuf>,
    /// Another run of the same shape: each weight becomes the mean of both.
    #[arg(long)]
    mean_with: Option<PathBuf>,
    /// Folder for config.json, tokenizer.json and model.safetensors.
    #[arg(long)]
    out: PathBuf,
    #[arg(long, value_enum, default_value = "f16")]
    precision: Stored,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Stored {
    F16,
    F32,
}

impl Export {
    pub fn run(&self) -> Result<()> {
        let device = Device::flex();
        let dir = weights_dir(&self.model);
        let mut checkpoint = Checkpoint::load(&dir, &device)?;
        if let Some(other) = &self.mean_with {
            let other = Checkpoint::load(&weights_dir(other), &device)?;
            checkpoint.transformer = Some(checkpoint.transformer()?.towards(other.transformer()?, 0.5)?);
        }
        checkpoint.transformer()?;
        if let Some(vq) = &self.vq {
            checkpoint.vq = Some(Checkpoint::load(&weights_dir(vq), &device)?.vq()?.clone());
        }
        let vq = checkpoint.vq()?;
        checkpoint.config.vq_config = vq.config.clone();
        let path = dir.join("tokenizer.json");
        let tokenizer = input::read_text(&path)?;
        let vocabulary = vocabulary_map(tokenizer.as_bytes())?;
        checkpoint.config.other.insert("vocabulary_map".into(), vocabulary);
        let precision = match self.precision {
            Stored::F16 => Precision::F16,
            Stored::F32 => Precision::F32,
        };
        pollster::block_on(checkpoint.save(&self.out, precision))?;
        write_file(&self.out.join("tokenizer.json"), tokenizer.as_bytes())
    }
}
