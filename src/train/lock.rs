//! What the stages of a pipeline were made of, and what they made, as JSON: `lock.json` beside a pipeline's runs tells
//! of all that were made or taken up there, `pipeline.lock` beside the pipeline of those that are kept with it.

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::input::{read, read_text, write_file};
use crate::train::hashes::sha256;
use crate::train::learner::WEIGHTS;
use crate::train::native::weights_dir;
use crate::train::pipeline::{Pipeline, PipelineStage, Work};
use crate::train::recipe::Stage;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// In the folder of a pipeline's runs.
pub const MADE: &str = "lock.json";
/// In the folder of a pipeline.
pub const KEPT: &str = "pipeline.lock";

/// The files of a stage. Picture tokenizers have no tokenizer of text, and it isn't kept with each stage.
const FILES: [&str; 3] = ["config.json", WEIGHTS, "tokenizer.json"];

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Locked {
    /// Of the generator of items, if the stage's config or an earlier lock says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generator: Option<u32>,
    /// The recipe's seed; a mean has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// SHA-256 of the stage as the pipeline has it.
    recipe: String,
    /// SHA-256 of the tokenizer's file that it reads.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokenizer: Option<String>,
    /// SHA-256 of each file that it made.
    outputs: BTreeMap<String, String>,
}

impl Locked {
    /// A stage as it is now, whose run or kept files are in a folder.
    pub fn of(stage: &PipelineStage, folder: &Path, earlier: Option<&Self>) -> Result<Self> {
        let folder = weights_dir(folder);
        let hash = |path: &Path| Ok(sha256(&read(path, u64::MAX - 1)?));
        let recipe = match &stage.work {
            Work::Train(recipe) => Some(recipe),
            Work::Mean { .. } => None,
        };
        let tokenizer = recipe.and_then(|recipe| match &recipe.stage {
            Stage::Perpo(stage) => Some(&stage.tokenizer),
            _ => recipe.language().map(|stage| &stage.tokenizer),
        });
        let files = FILES.into_iter().filter(|name| folder.join(name).exists());
        Ok(Self {
            generator: ModelConfig::load(&folder)?.generator().or(earlier.and_then(|earlier| earlier.generator)),
            seed: recipe.map(|recipe| recipe.seed),
            recipe: sha256(stage.text.as_bytes()),
            tokenizer: tokenizer.map(|path| hash(path)).transpose()?,
            outputs: files.map(|name| Ok((name.into(), hash(&folder.join(name))?))).collect::<Result<_>>()?,
        })
    }
}

/// The stages of one pipeline, by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    path: PathBuf,
    pub stages: BTreeMap<String, Locked>,
}

impl Lock {
    /// Of no stage where there is no such file.
    pub fn read(path: PathBuf) -> Result<Self> {
        let damaged =
            |e| Error::data(format!("{} can't be read: {e}.", path.display()), "Take it from the repository.");
        let stages = match path.exists() {
            true => serde_json::from_str(&read_text(&path)?).map_err(damaged)?,
            false => BTreeMap::new(),
        };
        Ok(Self { path, stages })
    }

    /// Of what is kept in the folder of a pipeline, as it is now.
    pub fn of_kept(pipeline: &Pipeline, folder: &Path) -> Result<Self> {
        let mut lock = Self::read(folder.join(KEPT))?;
        let kept = |stage: &&PipelineStage| folder.join(&stage.name).join(WEIGHTS).exists();
        let stages = pipeline.stages.iter().filter(kept).map(|stage| {
            let locked = Locked::of(stage, &folder.join(&stage.name), lock.stages.get(&stage.name))?;
            Ok((stage.name.clone(), locked))
        });
        lock.stages = stages.collect::<Result<_>>()?;
        Ok(lock)
    }

    pub fn write(&self) -> Result<()> {
        let folder = self.path.parent().unwrap_or(Path::new(""));
        std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
        let text = serde_json::to_string_pretty(&self.stages).expect("plain data") + "\n";
        write_file(&self.path, text.as_bytes())
    }

    /// A stage that was made by another recipe isn't passed off as this one's.
    pub fn same_recipe(&self, stage: &PipelineStage) -> Result<()> {
        match self.stages.get(&stage.name) {
            Some(locked) if locked.recipe != sha256(stage.text.as_bytes()) => Err(Error::config(
                format!("{} was made by another recipe than the pipeline has now.", stage.name),
                "Give the stage another name, or delete what was made of it to make it again.",
            )),
            _ => Ok(()),
        }
    }

    /// A kept stage, if it is the one that the lock tells of.
    pub fn taken_up(&self, stage: &PipelineStage, folder: &Path) -> Result<Locked> {
        self.same_recipe(stage)?;
        let earlier = self.stages.get(&stage.name);
        let now = Locked::of(stage, folder, earlier)?;
        match earlier {
            Some(earlier) if *earlier != now => Err(Error::checkpoint(
                format!("{} isn't what {} tells of.", folder.display(), self.path.display()),
                "Take both from the repository, or lock what is there with omni-r1 make --lock.",
            )),
            _ => Ok(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_its_lock_tells() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let folders = std::fs::read_dir(models).unwrap().map(|entry| entry.unwrap().path());
        let folders: Vec<PathBuf> =
            folders.filter(|folder| folder.join(crate::train::pipeline::FILE).exists()).collect();
        assert!(!folders.is_empty());
        for folder in folders {
            let pipeline = Pipeline::load(&folder, Path::new("runs")).unwrap();
            let lock = Lock::read(folder.join(KEPT)).unwrap();
            let name = pipeline.name.as_str();
            assert_eq!(lock, Lock::of_kept(&pipeline, &folder).unwrap(), "omni-r1 make {name} --lock writes it anew");
            for (stage, locked) in &lock.stages {
                assert!(locked.generator.is_some(), "{name}: nothing tells which generator {stage} learned from");
            }
        }
    }
}
