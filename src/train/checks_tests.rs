use super::*;
use crate::train::pipeline::{Pipeline, Work};
use std::path::Path;

const RECIPE: &str = r#"name = "good"
seed = 5
log_every = 10
[schedule]
steps = 40
warmup = 5
decay = 0.5
[optimizer]
learning_rate = 1e-3
clip = 1.0
[mix]
V2 = 1.0
[language]
preset = "nano"
tokenizer = "t"
vq = "v"
rows = 2
length = 512
validate_every = 0
validate_items = 0
[language.modes]
draw = 0.8
text = 0.2
[language.perception]
weight = 0.1
"#;

fn load(text: &str) -> Result<Recipe> {
    static NUMBER: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("omni-r1-recipe-{}-{number}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    let recipe = Recipe::load(&path);
    std::fs::remove_file(&path).unwrap();
    recipe
}

#[test]
fn values_that_cannot_be_used_are_named_with_their_line() {
    load(RECIPE).unwrap();
    load(&format!("\u{feff}{RECIPE}")).unwrap();
    // Seeds are of any size.
    load(&RECIPE.replace("rows = 2", "rows = 2\nannotated = 5\nannotated_seed = 4294967296000")).unwrap();
    for (old, new, line, words) in [
        ("steps = 40", "steps = 0", 5, "schedule.steps"),
        ("steps = 40", "steps = -1", 5, "steps = -1"),
        ("steps = 40", "steps = 9000000000000000000", 5, "schedule.steps"),
        ("decay = 0.5", "decay = nan", 7, "schedule.decay"),
        ("log_every = 10", "log_every = 0", 3, "log_every"),
        ("log_every = 10", "log_every = \"ten\"", 3, "log_every"),
        ("learning_rate = 1e-3", "learning_rate = inf", 9, "optimizer.learning_rate"),
        ("clip = 1.0", "muon_learning_rate = nan", 10, "optimizer.muon_learning_rate"),
        ("clip = 1.0", "clipp = 1.0", 10, "clipp"),
        ("V2 = 1.0", "V2 = 0.0", 11, "mix"),
        ("V2 = 1.0", "V2 = nan", 12, "mix.V2"),
        ("V2 = 1.0", "V2 = -1.0", 11, "mix"),
        ("V2 = 1.0", "X9 = 1.0", 12, "mix.X9"),
        ("rows = 2", "rows = 0", 17, "language.rows"),
        ("rows = 2", "rows = 4000", 17, "tokens a batch"),
        ("length = 512", "length = 0", 18, "language.length"),
        ("length = 512", "length = 4294967296", 18, "language.length"),
        ("draw = 0.8\ntext = 0.2", "draw = 0.0\ntext = 0.0", 21, "language.modes"),
        ("draw = 0.8", "draw = -0.8", 21, "language.modes"),
        ("weight = 0.1", "weight = nan", 25, "language.perception.weight"),
        ("name = \"good\"", "name = \"../good\"", 1, "name"),
        ("name = \"good\"", "name = \"/tmp/good\"", 1, "name"),
        ("name = \"good\"", "name = \"..\"", 1, "name"),
        ("name = \"good\"", "name = \"\"", 1, "name"),
        ("name = \"good\"", "name = \"a\\\\b\"", 1, "name"),
    ] {
        assert!(RECIPE.contains(old));
        let error = load(&RECIPE.replace(old, new)).expect_err(new).to_string();
        assert!(error.contains(words) && error.contains(&format!("line {line}")), "{new}: {error}");
    }
}

#[test]
fn the_recipes_of_the_repository_are_within_bounds() {
    for folder in ["recipes", "recipes/archive"] {
        let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).unwrap();
        for path in entries.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
            Recipe::load(&path).unwrap();
        }
    }
}

#[test]
fn bounds_are_those_of_keys_that_there_are() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes");
    let of = |name: &str| serde_json::to_value(Recipe::load(&folder.join(name)).unwrap()).unwrap();
    let names =
        ["archive/mini-tokenizer.toml", "archive/mini-pesft.toml", "nano-v4-perpo.toml", "archive/mini-zero.toml"];
    let mut all: Vec<Value> = names.map(of).into();
    let models = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/mini");
    for stage in Pipeline::load(&models, Path::new("runs")).unwrap().stages {
        if let Work::Train(recipe) = stage.work {
            all.push(serde_json::to_value(recipe).unwrap());
        }
    }
    fn paths(value: &Value, path: &str, found: &mut Vec<String>) {
        found.push(path.to_string());
        value
            .as_object()
            .into_iter()
            .flatten()
            .for_each(|(name, value)| paths(value, &format!("{path}.{name}"), found));
    }
    let mut found = Vec::new();
    all.iter().for_each(|recipe| paths(recipe, "", &mut found));
    for (key, ..) in BOUNDS.iter().filter(|(key, ..)| *key != "fill" && *key != "perception.weight") {
        assert!(found.iter().any(|path| path.ends_with(&format!(".{key}"))), "{key}");
    }
}
