//! What a run starts from, and how far it has come: the files of a checkpoint, read.

use crate::bundle::VqCodec;
use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::model::Tensors;
use crate::model::checkpoint::{Checkpoint, read_tensors, untie};
use crate::tokens::Vocab;
use crate::train::data::Sample;
use crate::train::schedule::{Finish, Schedule};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

/// Files of a checkpoint: their names and bytes.
pub type Files = Vec<(String, Vec<u8>)>;

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Steps taken.
    pub step: usize,
    /// Tokens (or pictures, for the tokenizer) seen.
    pub seen: u64,
    /// Seconds trained.
    pub seconds: f64,
    /// Of the optimizer.
    pub time: u32,
    /// What the run's data and first weights are drawn by; files of earlier versions don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// An end before the schedule's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish: Option<Finish>,
}

impl Progress {
    /// The file that keeps it in a checkpoint.
    pub const FILE: &str = "progress.json";

    /// From the files of a checkpoint.
    pub fn of(files: &Files) -> Result<Self> {
        serde_json::from_slice(file(files, Self::FILE)?)
            .map_err(|e| Error::checkpoint(format!("{} is damaged: {e}.", Self::FILE), "Start the run anew."))
    }

    /// How far a run has come that begins, or goes on from the files of a checkpoint. With another seed it would
    /// see other data than those files say.
    pub fn of_run(resume: Option<&Files>, seed: u64) -> Result<Self> {
        let progress = resume.map(Self::of).transpose()?.unwrap_or_default();
        match progress.seed {
            Some(other) if other != seed => Err(Error::config(
                format!("The run was begun with the seed {other}, not {seed}."),
                "Write that seed into the recipe, or begin a run of another name.",
            )),
            _ => Ok(Self { seed: Some(seed), ..progress }),
        }
    }

    /// Whether the last step was taken.
    pub fn done(&self, schedule: &Schedule) -> bool {
        self.step >= schedule.end(self.finish)
    }

    /// The factor on every learning rate of the next step.
    pub fn factor(&self, schedule: &Schedule) -> f32 {
        schedule.factor_until(self.step, self.finish)
    }

    /// Ends the run at step `at`, with a rate that falls to zero from here.
    pub fn finish_at(&mut self, at: usize, schedule: &Schedule) -> Result<()> {
        if at <= self.step || at > schedule.steps {
            return Err(Error::config(
                format!("The run is at step {} of {}, so it can't end at step {at}.", self.step, schedule.steps),
                "Choose a later step: the rate falls to zero up to there.",
            ));
        }
        self.finish = Some(Finish { from: self.step, at });
        Ok(())
    }

    pub fn to_file(&self) -> (String, Vec<u8>) {
        (Self::FILE.into(), serde_json::to_vec(self).expect("plain numbers"))
    }
}

/// One file of a checkpoint.
pub fn file<'a>(files: &'a Files, name: &str) -> Result<&'a [u8]> {
    files.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.as_slice()).ok_or_else(|| {
        Error::checkpoint(format!("The checkpoint has no {name}."), "Start the run anew, or copy the whole checkpoint.")
    })
}

/// What a run starts from.
pub struct Start {
    /// Shape of the transformer and of the VQ-GAN.
    pub config: ModelConfig,
    /// tokenizer.json.
    pub tokenizer: Vec<u8>,
    /// Pictures to codes; it isn't trained.
    pub codec: VqCodec,
    /// The transformer's tensors; without them it begins by the recipe's seed.
    pub weights: Option<Tensors>,
    /// Examples of one's own.
    pub custom: Vec<Sample>,
}

impl Start {
    /// From a whole checkpoint. With `preset` the transformer begins anew in that size, and only
    /// the VQ-GAN and the vocabulary are the checkpoint's.
    pub fn from_bytes(
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
        preset: Option<&str>,
        device: &Device,
    ) -> Result<Self> {
        let checkpoint = Checkpoint::from_bytes(config, weights, device)?;
        let codec = VqCodec::new(checkpoint.vq()?.clone(), device.clone());
        let (config, weights) = match preset {
            Some(preset) => (Self::config(preset, tokenizer, &codec)?, None),
            None => {
                let (mut config, mut tensors) = (ModelConfig::from_json(config)?, read_tensors(weights)?);
                untie(&mut config, &mut tensors);
                (config, Some(tensors))
            }
        };
        Ok(Self { config, tokenizer: tokenizer.to_vec(), codec, weights, custom: Vec::new() })
    }

    /// The config of a new transformer on a vocabulary and a VQ-GAN.
    pub fn config(preset: &str, tokenizer: &[u8], codec: &VqCodec) -> Result<ModelConfig> {
        let mut config = ModelConfig::preset(preset, Vocab::from_json(tokenizer)?.size)?;
        config.vq_config = codec.vq.config.clone();
        Ok(config)
    }
}
