//! What the page takes for granted where a recipe says nothing is what the program takes.

use omni_r1_web::tasks::executor;
use omni_r1_web::tasks::style::COLOURS;
use omni_r1_web::tokens::scan::ACTIONS;
use omni_r1_web::train::recipe::Recipe;
use serde_json::{Value, json};

fn page(path: &str) -> String {
    std::fs::read_to_string(format!("{}/www/{path}", env!("CARGO_MANIFEST_DIR"))).expect("a file of the page")
}

/// The settings of www/views/settings.js: where each stands in a recipe, and what is taken without it.
fn settings() -> Vec<(Vec<String>, Value)> {
    let text = page("views/settings.js");
    let between = |text: &str, from: &str, to: &[char]| {
        let rest = &text[text.find(from)? + from.len()..];
        Some(rest[..rest.find(to)?].trim().to_string())
    };
    let parts = text.split("path: [").skip(1).map(|part| {
        let names = part[..part.find(']').expect("the end of a path")].split(',');
        let path: Vec<String> = names.map(|name| name.trim().trim_matches('"').to_string()).collect();
        (path, between(part, "absent: ", &[',', '}', '\n']))
    });
    let given = parts.filter_map(|(path, absent)| Some((path, serde_json::from_str(&absent?).expect("a plain value"))));
    given.collect()
}

/// The least that a recipe of a stage must say.
fn least(stage: &str) -> Value {
    let mut recipe = json!({
        "name": "page", "seed": 1, "schedule": { "steps": 1, "warmup": 1, "decay": 0.5 }, "mix": { "V2": 1.0 },
    });
    let documents = json!({
        "preset": "mini", "tokenizer": "", "vq": "", "rows": 1, "length": 512, "validate_every": 0, "validate_items": 0,
    });
    recipe[stage] = match stage {
        "language" => documents,
        "zero" => json!({ "examples": 1, "temperature": 0.5, "training": documents }),
        "tokenizer" => json!({
            "preset": "mini", "batch": 8, "free_steps": 0, "commitment": 0.25, "codebook_decay": 0.98, "foreground": 1.0,
        }),
        _ => json!({
            "tokenizer": "", "vq": "", "from": "", "prompts": 1, "group": 2, "rows": 1, "length": 512,
            "validate_every": 0, "validate_items": 0,
        }),
    };
    recipe
}

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| value.get(name))
}

fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-6,
        _ => one == other,
    }
}

#[test]
fn settings_of_training_are_the_programs() {
    let mut compared = 0;
    for (path, absent) in settings() {
        let stages: &[&str] = match path[0].as_str() {
            "PLACE" => &["language", "zero"],
            "optimizer" => &["language", "perpo", "zero"],
            stage => &[stage],
        };
        for stage in stages {
            let mut path = path.clone();
            if path[0] == "PLACE" {
                let documents: &[&str] = if *stage == "zero" { &["zero", "training"] } else { &["language"] };
                path.splice(..1, documents.iter().map(|name| name.to_string()));
            }
            let said = least(stage);
            // What every recipe says has no default, and without its table there is no perception loss at all.
            if at(&said, &path).is_some() || path.ends_with(&["perception".into(), "weight".into()]) {
                continue;
            }
            let recipe: Recipe = serde_json::from_value(said).expect("enough for a recipe");
            let recipe = serde_json::to_value(recipe).expect("plain data");
            let program = at(&recipe, &path).unwrap_or_else(|| panic!("{path:?} isn't in a recipe"));
            assert!(same(program, &absent), "{path:?}: the page takes {absent}, the program {program}");
            compared += 1;
        }
    }
    assert!(compared >= 15, "only {compared} settings were compared");
}

/// What stands behind `export const NAME = ` in a file of the page.
fn constant(path: &str, name: &str) -> Value {
    let text = page(path);
    let rest = text.split(&format!("export const {name} = ")).nth(1).unwrap_or_else(|| panic!("{path} has no {name}"));
    serde_json::from_str(&rest[..rest.find(';').expect("its end")]).expect("a plain value")
}

#[test]
fn actions_are_the_programs() {
    assert_eq!(constant("actions.js", "ACTIONS"), json!(ACTIONS));
    assert!(same(&constant("actions.js", "MARK_RADIUS"), &json!(executor::MARK)), "the radius of a mark");
}

#[test]
fn the_makers_colours_are_the_programs() {
    let text = page("views/grounds.js");
    let line = text
        .split("const COLOURS = {")
        .nth(1)
        .and_then(|rest| rest.split('}').next())
        .expect("views/grounds.js has COLOURS");
    let theirs: Vec<(String, String)> = line
        .split(',')
        .filter_map(|entry| entry.split_once(':'))
        .map(|(name, colour)| (name.trim().into(), colour.trim().trim_matches('"').into()))
        .collect();
    let ours = COLOURS.map(|(name, [r, g, b])| (name.to_string(), format!("#{r:02x}{g:02x}{b:02x}")));
    assert_eq!(theirs, ours);
}
