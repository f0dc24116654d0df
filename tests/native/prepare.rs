//! What is written for other engines is what the trainer here sees, whoever writes it and however often.

use burn::tensor::Device;
use omni_r1_web::paths;
use omni_r1_web::tasks::Bank;
use omni_r1_web::train::data::{Batches, DataSource};
use omni_r1_web::train::native::begin;
use omni_r1_web::train::recipe::Recipe;
use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

const LANGUAGE: &str = r#"
name = "prepared"
seed = 5
[schedule]
steps = 66
warmup = 1
decay = 0.5
[mix]
V4 = 1.0
N1 = 1.0
[language]
preset = "nano"
tokenizer = "www/models/mini/tokenizer.json"
vq = "www/models/mini"
rows = 2
length = 448
validate_every = 1000
validate_items = 0
[language.perception]
weight = 0.03
"#;
const PERPO: &str = r#"
name = "asked"
seed = 5
[schedule]
steps = 2
warmup = 1
decay = 0.5
[mix]
V4 = 1.0
[perpo]
tokenizer = "www/models/nano/tokenizer.json"
vq = "www/models/mini"
from = "www/models/nano"
prompts = 2
group = 2
rows = 2
length = 768
validate_every = 1000
validate_items = 0
[perpo.reward]
drawings = "roughness"
actions = false
"#;

/// A folder of its own for one test, gone when the test is over.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("omni-r1-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
    fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.path(name)
    }
    fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().into()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn command(words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omni-r1"));
    command.args(words).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

fn succeed(words: &[&str]) -> String {
    let output = command(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs with lines on standard input.
fn pipe(words: &[&str], lines: &[String]) -> Output {
    let mut child = command(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines.concat().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn answers(output: &Output) -> Vec<Value> {
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    text.lines().filter(|line| !line.is_empty()).map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Numbers of a tensor, whatever their type.
fn numbers(file: &SafeTensors, name: &str) -> Vec<f64> {
    let view = file.tensor(name).unwrap();
    let bytes = view.data();
    match view.dtype() {
        safetensors::Dtype::I32 => {
            bytes.chunks_exact(4).map(|b| f64::from(i32::from_le_bytes(b.try_into().unwrap()))).collect()
        }
        safetensors::Dtype::F32 => {
            bytes.chunks_exact(4).map(|b| f64::from(f32::from_le_bytes(b.try_into().unwrap()))).collect()
        }
        safetensors::Dtype::I16 => {
            bytes.chunks_exact(2).map(|b| f64::from(i16::from_le_bytes(b.try_into().unwrap()))).collect()
        }
        _ => bytes.iter().map(|b| f64::from(*b)).collect(),
    }
}

fn batches(recipe: &Path) -> Batches {
    let recipe = Recipe::load(recipe).unwrap();
    let start = begin(&recipe, &Device::flex()).unwrap();
    let bank = Arc::new(Bank::load(&paths::shipped(paths::DATA)).unwrap());
    let source = DataSource::of(&recipe, &start.tokenizer, start.codec, start.custom, bank).unwrap();
    let stage = recipe.language().unwrap();
    Batches { source, rows: stage.rows, length: stage.length, weights: stage.loss_weights, waiting: Vec::new() }
}

#[test]
fn shards_hold_the_batches_of_every_step() {
    let folder = Folder::new("prepare");
    let recipe = folder.file("recipe.toml", LANGUAGE);
    let out = folder.path("shards");
    let part = |part: &str| succeed(&["prepare", &recipe, "--out", &out, "--part", part, "--steps-per-shard", "31"]);
    // Documents wait from batch to batch for 64 steps: these are the work of one part.
    assert!(part("2/2").starts_with("1 shards written and 0 kept, of 5"));
    assert!(part("1/2").starts_with("4 shards written and 0 kept, of 5"));
    let mut waited = 0;
    let mut batches = batches(Path::new(&recipe));
    for step in 0..66 {
        let bytes = std::fs::read(folder.0.join(format!("shards/shard-{:05}.safetensors", step / 16))).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        waited += usize::from(step == 16 && !batches.waiting.is_empty());
        let batch = pollster::block_on(batches.make(step)).unwrap();
        let n = batch.tokens.len();
        let of = |name: &str| numbers(&file, name)[step % 16 * n..][..n].to_vec();
        assert_eq!(of("ids"), batch.tokens.iter().map(|id| f64::from(*id)).collect::<Vec<_>>());
        assert_eq!(of("starts"), batch.starts.iter().map(|start| f64::from(*start)).collect::<Vec<_>>());
        assert_eq!(of("weights"), batch.weights.iter().map(|weight| f64::from(*weight)).collect::<Vec<_>>());
        // A code stands where it is the next token of a drawn picture, and nowhere else.
        let (codes, roles) = (of("codes"), of("roles"));
        assert!(codes.iter().filter(|code| **code >= 0.0).count().is_multiple_of(64));
        for place in 0..n {
            let code = batch.targets[place].wrapping_sub(4);
            let drawn = roles[place] == 3.0 && code < 1024;
            assert_eq!(codes[place], if drawn { f64::from(code) } else { -1.0 });
        }
    }
    assert_eq!(waited, 1, "the second shard begins with what the first had no room for");
    // Killed in the middle: what is whole stays, what is damaged or missing is written again, the same.
    let second = folder.0.join("shards/shard-00001.safetensors");
    let whole = std::fs::read(&second).unwrap();
    std::fs::write(&second, &whole[..whole.len() / 2]).unwrap();
    std::fs::remove_file(folder.0.join("shards/shard-00002.safetensors.sha256")).unwrap();
    assert!(part("1/1").starts_with("2 shards written and 3 kept, of 5"));
    assert!(std::fs::read(&second).unwrap() == whole);
    // Another recipe would mix its shards with these.
    let other = folder.file("other.toml", &LANGUAGE.replace("seed = 5", "seed = 6"));
    let output = command(&["prepare", &other, "--out", &out]).output().unwrap();
    assert!(String::from_utf8_lossy(&output.stderr).contains("is of another recipe"));
    // The start answers, with what it has practised.
    let config: Value =
        serde_json::from_slice(&std::fs::read(folder.0.join("shards/start/config.json")).unwrap()).unwrap();
    assert_eq!(config["omni_r1"]["kinds"], json!(["N1", "V4"]));
    let tokens = folder.file("tokens.json", "[[0, 5, 1100]]");
    succeed(&["logits", "--model", &folder.path("shards/start"), "--tokens", &tokens, "--output", &folder.path("l")]);
}

#[test]
fn larger_models_are_begun_elsewhere() {
    let folder = Folder::new("large");
    let recipe =
        folder.file("recipe.toml", &LANGUAGE.replace("nano", "chameleon_7b").replace("steps = 5", "steps = 1"));
    succeed(&["prepare", &recipe, "--out", &folder.path("shards"), "--data-only"]);
    let bytes = std::fs::read(folder.0.join("shards/start/model.safetensors")).unwrap();
    let names = SafeTensors::deserialize(&bytes).unwrap();
    assert!(names.names().iter().all(|name| name.starts_with("model.vqmodel.")));
    let config: Value =
        serde_json::from_slice(&std::fs::read(folder.0.join("shards/start/config.json")).unwrap()).unwrap();
    assert_eq!((&config["hidden_size"], &config["num_hidden_layers"]), (&json!(4096), &json!(32)));
}

#[test]
fn questions_are_judged_and_their_grammar_is_asked() {
    let folder = Folder::new("judge");
    let recipe = folder.file("recipe.toml", PERPO);
    succeed(&["prepare", &recipe, "--out", &folder.path("shards")]);
    let text = std::fs::read_to_string(folder.0.join("shards/shard-00000.jsonl")).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2 * 2 * 3);
    let start = folder.path("shards/start");
    let prompt = lines[0]["prompt"].clone();
    // A word of the question, which may stand anywhere in a thought.
    let word = &prompt[2];

    let asked = pipe(
        &["grammar", "--model", &start],
        &[format!("{}\n", json!({ "open": [prompt] })), format!("{}\n", json!({ "choices": [[prompt, [word]]] }))],
    );
    let said = answers(&asked);
    assert_eq!(said[0]["allowed"], json!([0]));
    assert!(said[0]["new"][0]["ranges"][0][1].as_u64() > said[0]["new"][0]["ranges"][0][0].as_u64());
    assert_eq!(said[0]["new"][0]["picture"], json!(false));
    assert_eq!(said[1], json!({ "allowed": [[0]], "new": [] }));

    let mut group = lines[0].clone();
    group["answers"] = json!([[word], [word, word]]);
    let good = format!("{group}\n");
    let judged = pipe(
        &["judge", "--model", &start, "--recipe", &recipe],
        &[good.clone(), "{\"picture\": \n".into(), good.clone(), "\n".into(), good],
    );
    assert!(!judged.status.success());
    assert!(String::from_utf8_lossy(&judged.stderr).contains("Line 2 can't be judged"));
    let verdicts = answers(&judged);
    assert_eq!(verdicts.len(), 4, "what can be judged is");
    assert_eq!(verdicts[0]["rewards"][0]["total"], json!(0.0));
    assert_eq!((&verdicts[0]["advantages"], &verdicts[0]["kept"]), (&json!([0.0, 0.0]), &json!(false)));
    assert!(verdicts[1]["error"].as_str().unwrap().contains("can't be read"));
    assert_eq!(verdicts[2], verdicts[0]);
}
