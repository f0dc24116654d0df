//! What a recipe may say: numbers within bounds, since all memory is sized by them, and weights that can be
//! drawn by. An error names the key, and the line where there is a file.

use crate::error::{Error, Result};
use crate::train::recipe::{Recipe, Stage};
use serde_json::Value;

/// What is wrong with the value of a key.
struct Fault {
    /// As a path, such as `schedule.steps`.
    key: String,
    what: String,
}

/// Bounds of numbers, by the end of their paths. All others are between -1e8 and 1e8.
const BOUNDS: [(&str, f64, f64); 36] = [
    ("unanswerable", 0.0, 1.0),
    ("plain", 0.0, 1.0),
    ("schedule.steps", 1.0, 1e8),
    ("schedule.warmup", 0.0, 1e8),
    ("schedule.decay", 0.0, 1.0),
    ("optimizer.learning_rate", 0.0, 10.0),
    ("optimizer.muon_learning_rate", 0.0, 10.0),
    ("optimizer.beta1", 0.0, 0.999_999),
    ("optimizer.beta2", 0.0, 0.999_999),
    ("optimizer.eps", 1e-20, 1.0),
    ("optimizer.weight_decay", 0.0, 100.0),
    ("optimizer.muon_momentum", 0.0, 0.999_999),
    ("optimizer.clip", 1e-6, 1e6),
    ("log_every", 1.0, 1e6),
    ("tokenizer.batch", 1.0, 4096.0),
    ("tokenizer.commitment", 0.0, 1e6),
    ("tokenizer.codebook_decay", 0.0, 0.999_999),
    ("tokenizer.foreground", 0.0, 1e6),
    ("tokenizer.reader", 0.0, 1e6),
    ("free_steps", 0.0, 1e8),
    ("rows", 1.0, 4096.0),
    ("length", 1.0, 65_536.0),
    ("fill", 1.0, 65_536.0),
    ("perception.weight", 0.0, 1e6),
    ("validate_every", 0.0, 1e8),
    ("validate_items", 0.0, 1e5),
    ("perpo.prompts", 1.0, 4096.0),
    ("perpo.group", 2.0, 1024.0),
    ("perpo.batches", 1.0, 1000.0),
    ("perpo.updates", 1.0, 1000.0),
    ("temperatures.text", 1e-3, 100.0),
    ("temperatures.picture", 1e-3, 100.0),
    ("reward.tau", 1e-9, 1e9),
    ("band", 1.0, 1e9),
    ("zero.examples", 1.0, 1e7),
    ("zero.temperature", 0.0, 100.0),
];
const OTHERS: (f64, f64) = (-1e8, 1e8);

/// Keys of any value, such as seeds, and those that may be left out.
const FREE: [&str; 6] = ["seed", "examples", "from", "perception", "muon_learning_rate", "band"];

/// Most tokens of a batch.
const LARGEST_BATCH: usize = 1 << 20;

impl Recipe {
    /// An error that names the first key whose value can't be used.
    pub fn check(&self) -> Result<()> {
        self.first_fault().map_or(Ok(()), |Fault { key, what }| {
            Err(Error::config(format!("{key} {what}."), "Correct the recipe: compare it with those in recipes/."))
        })
    }

    /// As [`Recipe::check`], for the recipe in a file with this text.
    #[cfg(feature = "native")]
    pub fn check_in(&self, path: &std::path::Path, text: &str) -> Result<()> {
        self.first_fault().map_or(Ok(()), |Fault { key, what }| {
            let line = super::lines::of_key(text, &key).map_or(String::new(), |line| format!(", line {line}"));
            Err(Error::config(format!("{}{line}: {key} {what}.", path.display()), "Compare it with those in recipes/."))
        })
    }

    fn first_fault(&self) -> Option<Fault> {
        let fault = |key: &str, what: String| Some(Fault { key: key.into(), what });
        if !is_folder(&self.name) {
            return fault("name", format!("is {:?}, which is no name of a folder", self.name));
        }
        let values = serde_json::to_value(self).expect("a recipe is plain data");
        // JSON has no word for what isn't finite, nor for what was left out: those are looked at first.
        let band = match &self.stage {
            Stage::Zero(stage) => stage.band,
            _ => None,
        };
        let optional =
            [("optimizer.muon_learning_rate", self.optimizer.muon_learning_rate.map(f64::from)), ("zero.band", band)];
        let mut optional = optional.into_iter().filter_map(|(key, value)| Some((key, value?)));
        if let Some((key, value)) = optional.find(|(_, value)| !value.is_finite()) {
            return fault(key, format!("is {value}"));
        }
        numbers(&values, "").or_else(|| self.weights(&values)).or_else(|| self.batch())
    }

    /// Something must have a chance of being drawn.
    fn weights(&self, values: &Value) -> Option<Fault> {
        for key in
            ["mix", "language.modes", "zero.training.modes", "language.loss_weights", "zero.training.loss_weights"]
        {
            let Some(weights) = values.pointer(&format!("/{}", key.replace('.', "/"))) else { continue };
            let weights: Vec<f64> = weights.as_object()?.values().filter_map(Value::as_f64).collect();
            let what = if weights.iter().any(|weight| *weight < 0.0) {
                "has a weight below zero"
            } else if weights.iter().sum::<f64>() <= 0.0 {
                "has no weight above zero"
            } else {
                continue;
            };
            return Some(Fault { key: key.into(), what: what.into() });
        }
        let unknown =
            |name: &&String| name.as_str() != super::sample::OWN && name.parse::<crate::tasks::TaskType>().is_err();
        self.mix
            .keys()
            .find(unknown)
            .map(|name| Fault { key: format!("mix.{name}"), what: "is no question type".into() })
    }

    fn batch(&self) -> Option<Fault> {
        let (key, rows, length) = match &self.stage {
            Stage::Tokenizer(_) => return None,
            Stage::Language(stage) => ("language.rows", stage.rows, stage.length),
            Stage::Zero(stage) => ("zero.training.rows", stage.training.rows, stage.training.length),
            Stage::Perpo(stage) => ("perpo.rows", stage.rows, stage.length),
        };
        let what = || format!("is {rows}: with a length of {length} that is more than {LARGEST_BATCH} tokens a batch");
        (rows * length > LARGEST_BATCH).then(|| Fault { key: key.into(), what: what() })
    }
}

/// A name that stays inside the folder of all runs.
pub(super) fn is_folder(name: &str) -> bool {
    const LONGEST: usize = 100;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    (1..=LONGEST).contains(&name.len()) && name.chars().all(plain) && !name.starts_with(['.', ' '])
}

/// The first number that is out of bounds.
fn numbers(value: &Value, path: &str) -> Option<Fault> {
    let fault = |what: String| Some(Fault { key: path.into(), what });
    let named = |key: &str| path == key || path.ends_with(&format!(".{key}"));
    match value {
        Value::Object(values) => values.iter().find_map(|(name, value)| {
            numbers(value, &if path.is_empty() { name.clone() } else { format!("{path}.{name}") })
        }),
        Value::Null if !FREE.into_iter().any(named) => fault("isn't a finite number".into()),
        Value::Number(number) if !path.ends_with("seed") => {
            let (least, most) =
                BOUNDS.iter().find(|(key, ..)| named(key)).map_or(OTHERS, |(_, least, most)| (*least, *most));
            let number = number.as_f64().unwrap_or(f64::NAN);
            if (least..=most).contains(&number) {
                None
            } else {
                fault(format!("is {number}; it must be between {least} and {most}"))
            }
        }
        _ => None,
    }
}

#[cfg(all(test, feature = "native"))]
#[path = "checks_tests.rs"]
mod tests;
