//! A pipeline: the stages that make a model, in order, as `models/<name>/pipeline.toml`.
//!
//! ```toml
//! name = "mini"
//! [defaults]                  # what every stage has that doesn't say otherwise
//! bfloat16 = true
//! [[stage]]                   # a recipe whose `vq`, `from` and `tokenizer` may be the name of an earlier stage
//! name = "base"
//! seed = 101
//! language = { vq = "tokenizer", ... }
//! [[stage]]                   # the mean of the weights of earlier stages
//! name = "mean"
//! mean = ["drawings", "more-drawings"]
//! vq = "tokenizer"
//! ```

use crate::error::{Error, Result};
use crate::input;
use crate::train::checks::is_folder;
use crate::train::learner::WEIGHTS;
use crate::train::recipe::{Recipe, Stage};
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// The file in a model's folder.
pub const FILE: &str = "pipeline.toml";

/// The stages of a model, each resolved.
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub name: String,
    pub stages: Vec<PipelineStage>,
}

#[derive(Clone, Debug)]
pub struct PipelineStage {
    pub name: String,
    pub work: Work,
    /// Its table as JSON, with the defaults in it and other stages by their names: the same wherever runs are.
    pub text: String,
    /// Folders and files that it reads: those of other stages, and those of the repository.
    pub inputs: Vec<Input>,
}

#[derive(Clone, Debug)]
pub enum Work {
    /// A run of training, as a recipe.
    Train(Box<Recipe>),
    /// The mean of the transformers of runs, with a VQ-GAN.
    Mean { of: Vec<PathBuf>, vq: PathBuf },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    Stage(String),
    Path(PathBuf),
}

/// Keys whose values are the names of stages, or paths.
const REFERENCES: [&str; 4] = ["vq", "from", "tokenizer", "examples"];

impl Pipeline {
    /// Of the model in a folder such as `models/mini`; its runs are in `runs/<name>/<stage>`.
    pub fn load(folder: &Path, runs: &Path) -> Result<Self> {
        let path = folder.join(FILE);
        Self::read(&path, &input::read_text(&path)?, runs)
    }

    pub fn read(path: &Path, text: &str, runs: &Path) -> Result<Self> {
        let wrong = |what: String| {
            Error::config(format!("{}: {what}.", path.display()), "Compare it with models/mini/pipeline.toml.")
        };
        let mut file: Table = toml::from_str(text).map_err(|e| wrong(e.to_string().trim_end().replace('\n', " ")))?;
        let name = match file.remove("name") {
            Some(Value::String(name)) => name,
            _ => return Err(wrong("it has no name".into())),
        };
        if !is_folder(&name) {
            return Err(wrong(format!("its name is {name:?}, which is no name of a folder")));
        }
        let defaults = match file.remove("defaults") {
            Some(Value::Table(defaults)) => defaults,
            None => Table::new(),
            Some(_) => return Err(wrong("defaults is no table".into())),
        };
        let listed = match file.remove("stage") {
            Some(Value::Array(stages)) if !stages.is_empty() => stages,
            _ => return Err(wrong("it has no [[stage]]".into())),
        };
        if let Some(key) = file.keys().next() {
            return Err(wrong(format!("{key} is no part of a pipeline")));
        }
        let mut stages: Vec<PipelineStage> = Vec::new();
        for stage in listed {
            let Value::Table(stage) = stage else { return Err(wrong("a stage is no table".into())) };
            let (runs, kept) = (&runs.join(&name), path.parent().unwrap_or(Path::new("")));
            let stage = Builder { defaults: &defaults, earlier: &stages, runs, kept }.build(stage);
            let stage = stage.map_err(&wrong)?;
            if stages.iter().any(|earlier| earlier.name == stage.name) {
                return Err(wrong(format!("two stages are named {}", stage.name)));
            }
            stages.push(stage);
        }
        Ok(Self { name, stages })
    }
}

/// The folder of a stage's weights: its run, or where there is none what the repository keeps of it beside the
/// pipeline.
pub fn output(runs: &Path, kept: &Path, stage: &str) -> PathBuf {
    let (run, kept) = (runs.join(stage), kept.join(stage));
    if !run.exists() && kept.join(WEIGHTS).exists() { kept } else { run }
}

/// Makes a stage of its table.
struct Builder<'a> {
    defaults: &'a Table,
    earlier: &'a [PipelineStage],
    runs: &'a Path,
    kept: &'a Path,
}

impl Builder<'_> {
    fn build(&self, mut stage: Table) -> std::result::Result<PipelineStage, String> {
        let name = stage.get("name").and_then(Value::as_str).ok_or("a stage has no name")?.to_string();
        if !is_folder(&name) {
            return Err(format!("a stage is named {name:?}, which is no name of a folder"));
        }
        let mut inputs = Vec::new();
        let written = |table: &Table| serde_json::to_string(table).expect("tables are valid JSON");
        let text = written(&stage);
        if let Some(mean) = stage.remove("mean") {
            let of =
                mean.as_array().filter(|of| of.len() > 1).ok_or(format!("{name}: mean lists two stages or more"))?;
            let of =
                of.iter().map(|one| self.resolved(&name, one, &mut inputs)).collect::<std::result::Result<_, _>>()?;
            let vq = stage.remove("vq").ok_or(format!("{name} has no vq"))?;
            let vq = self.resolved(&name, &vq, &mut inputs)?;
            return match stage.keys().find(|key| *key != "name") {
                Some(key) => Err(format!("{name}: {key} is no part of a mean")),
                None => Ok(PipelineStage { name, work: Work::Mean { of, vq }, text, inputs }),
            };
        }
        let mut whole = self.defaults.clone();
        merge(&mut whole, stage);
        let text = written(&whole);
        self.resolve(&name, &mut whole, &mut inputs)?;
        let resolved = toml::to_string(&whole).expect("tables are valid TOML");
        let recipe = Recipe::read(Path::new(&name), &resolved).map_err(|e| format!("{e} {}", e.hint()))?;
        Ok(PipelineStage { name, work: Work::Train(Box::new(recipe)), text, inputs })
    }

    /// Puts paths where names of stages are, in a recipe and all tables in it.
    fn resolve(&self, name: &str, table: &mut Table, inputs: &mut Vec<Input>) -> std::result::Result<(), String> {
        for (key, value) in table.iter_mut() {
            match value {
                Value::Table(inner) => self.resolve(name, inner, inputs)?,
                Value::String(_) if REFERENCES.contains(&key.as_str()) => {
                    *value = Value::String(self.resolved(name, value, inputs)?.to_string_lossy().into_owned());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The path that a reference stands for.
    fn resolved(&self, name: &str, value: &Value, inputs: &mut Vec<Input>) -> std::result::Result<PathBuf, String> {
        let text = value.as_str().ok_or(format!("{name}: {value} is no name of a stage and no path"))?;
        if self.earlier.iter().any(|stage| stage.name == text) {
            inputs.push(Input::Stage(text.into()));
            return Ok(output(self.runs, self.kept, text));
        }
        let path = crate::paths::shipped(text);
        if !path.exists() {
            return Err(format!("{name}: {text} is no earlier stage, and no file or folder"));
        }
        inputs.push(Input::Path(path.clone()));
        Ok(path)
    }
}

/// Values of `over` go over those of `table`, key by key.
fn merge(table: &mut Table, over: Table) {
    for (key, value) in over {
        match (table.get_mut(&key), value) {
            (Some(Value::Table(under)), Value::Table(value)) => merge(under, value),
            (_, value) => _ = table.insert(key, value),
        }
    }
}

/// What a stage is for, in a word.
pub fn describe(work: &Work) -> &'static str {
    match work {
        Work::Mean { .. } => "mean of weights",
        Work::Train(recipe) => match &recipe.stage {
            Stage::Tokenizer(_) => "picture tokenizer",
            Stage::Language(stage) if stage.modes.draw > 0.0 => "words and drawings",
            Stage::Language(_) => "words",
            Stage::Perpo(_) => "rewards",
            Stage::Zero(_) => "own drawings",
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Pipeline> {
        Pipeline::read(Path::new("pipeline.toml"), text, Path::new("runs"))
    }

    const STAGES: &str = r#"
name = "small"
[defaults]
seed = 4
mix = { V2 = 1.0 }
schedule = { steps = 10, warmup = 1, decay = 0.5 }
[[stage]]
name = "eyes"
tokenizer = { preset = "nano", batch = 2, free_steps = 0, commitment = 0.25, codebook_decay = 0.9, foreground = 3.0 }
[[stage]]
name = "words"
seed = 5
schedule = { steps = 20 }
[stage.language]
preset = "nano"
tokenizer = "data/tokenizer.json"
vq = "eyes"
rows = 1
length = 256
validate_every = 0
validate_items = 0
[[stage]]
name = "both"
mean = ["words", "words"]
vq = "eyes"
"#;

    #[test]
    fn stages_have_the_defaults_and_the_folders_of_earlier_ones() {
        let pipeline = read(STAGES).unwrap();
        let [eyes, words, both] = &pipeline.stages[..] else { panic!("three stages") };
        let Work::Train(recipe) = &words.work else { panic!("it is trained") };
        assert_eq!((recipe.seed, recipe.schedule.steps, recipe.schedule.warmup), (5, 20, 1));
        assert_eq!(recipe.language().unwrap().vq, Path::new("runs/small/eyes"));
        assert!(words.inputs.contains(&Input::Stage("eyes".into())));
        let Work::Train(recipe) = &eyes.work else { panic!("it is trained") };
        assert_eq!(recipe.seed, 4);
        assert!(matches!(&both.work, Work::Mean { of, .. } if of.len() == 2));
    }

    #[test]
    fn what_a_pipeline_lacks_is_named() {
        let message = |from: &str, to: &str| read(&STAGES.replace(from, to)).unwrap_err().to_string();
        assert!(message("vq = \"eyes\"\nrows", "vq = \"ears\"\nrows").contains("words: ears is no earlier stage"));
        assert!(message("name = \"words\"", "name = \"eyes\"").contains("two stages are named eyes"));
        assert!(message("rows = 1", "rows = 0").contains("language.rows is 0"));
        assert!(message("mean = [\"words\", \"words\"]", "mean = [\"words\"]").contains("two stages or more"));
        assert!(message("[defaults]", "[standards]").contains("standards"));
        for name in ["small", "eyes", "both"] {
            let said = message(&format!("name = \"{name}\""), &format!("name = \"../{name}\""));
            assert!(said.contains(&format!("\"../{name}\", which is no name of a folder")), "{said}");
        }
    }

    /// Every pipeline of the repository: its recipes are sound, and what they read is there.
    #[test]
    fn every_reference_of_every_pipeline_is_there() {
        let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
        let folders = std::fs::read_dir(models).unwrap().map(|entry| entry.unwrap().path());
        let pipelines: Vec<PathBuf> = folders.filter(|folder| folder.join(FILE).exists()).collect();
        assert!(!pipelines.is_empty());
        for folder in pipelines {
            let pipeline = Pipeline::load(&folder, Path::new("runs")).unwrap();
            assert_eq!(Some(pipeline.name.as_str()), folder.file_name().and_then(|name| name.to_str()));
        }
    }
}
