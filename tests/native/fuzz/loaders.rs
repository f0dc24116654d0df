//! Everything that is read from the world, each by the function that the program and the page read it with.

use crate::seeds::{self, ROOT};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use burn::tensor::Device;
use omni_r1_web::bundle::ModelBundle;
use omni_r1_web::config::ModelConfig;
use omni_r1_web::eval::{self, compare};
use omni_r1_web::generate::question;
use omni_r1_web::generate::transcript::Transcript;
use omni_r1_web::model::checkpoint::read_tensors;
use omni_r1_web::tasks::{Action, Bank, Truth, execute, judge};
use omni_r1_web::tokens::{Codes, Token, Vocab};
use omni_r1_web::train::host::Alone;
use omni_r1_web::train::pipeline::Pipeline;
use omni_r1_web::train::recipe::Recipe;
use omni_r1_web::train::run::rows_up_to;
use omni_r1_web::train::zero::Examples;
use omni_r1_web::train::{Files, Start, Trainer, custom, plot};
use omni_r1_web::vq::pixels::{decode_picture, fit};
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;

/// How a file is damaged.
#[derive(Clone, Copy, PartialEq)]
pub enum Form {
    Bytes,
    Text,
    /// With checksums that are mended after the damage.
    Png,
}

pub struct Loader {
    pub name: &'static str,
    pub form: Form,
    /// Each is taken as it is.
    pub seeds: Vec<Vec<u8>>,
    /// Whether the bytes are taken, or refused with an error.
    #[allow(clippy::type_complexity)]
    pub read: Box<dyn Fn(&[u8]) -> bool + std::panic::RefUnwindSafe>,
}

fn loader(
    name: &'static str,
    form: Form,
    seeds: Vec<Vec<u8>>,
    read: impl Fn(&[u8]) -> bool + std::panic::RefUnwindSafe + 'static,
) -> Loader {
    Loader { name, form, seeds, read: Box::new(read) }
}

/// Bytes that aren't UTF-8 are refused before text is looked at.
fn text(read: impl Fn(&str) -> bool) -> impl Fn(&[u8]) -> bool {
    move |bytes| std::str::from_utf8(bytes).is_ok_and(&read)
}

pub fn all() -> Vec<Loader> {
    let mut all = pictures();
    all.extend(models());
    all.extend(questions());
    all.extend(answers());
    all.extend(runs());
    all
}

fn pictures() -> Vec<Loader> {
    let look = |bytes: &[u8]| decode_picture(bytes).map(|picture| fit(&picture, 64)).is_ok();
    vec![
        loader("png", Form::Png, seeds::pngs(), look),
        loader("jpeg", Form::Bytes, seeds::jpegs(), look),
        loader("gif, webp, bmp", Form::Bytes, seeds::others(), look),
        loader("profile", Form::Bytes, vec![seeds::profile()], move |bytes| look(&seeds::png_with_profile(bytes))),
        loader("bank", Form::Bytes, vec![seeds::file("data/bank.safetensors")], |bytes| {
            Bank::from_bytes(bytes).is_ok()
        }),
    ]
}

fn models() -> Vec<Loader> {
    let model = seeds::model();
    let (config, tokenizer) = (model.config.to_json().into_bytes(), seeds::tokenizer());
    let load = |config: &[u8], tokenizer: &[u8], weights: &[u8]| {
        ModelBundle::from_bytes(config, tokenizer, weights, &Device::flex()).is_ok()
    };
    let (c, t, w) = (config.clone(), tokenizer.clone(), model.weights.clone());
    let (t2, w2) = (tokenizer.clone(), model.weights.clone());
    vec![
        loader("config", Form::Text, vec![config.clone()], |bytes| ModelConfig::from_json(bytes).is_ok()),
        loader("config with weights", Form::Text, vec![config], move |bytes| load(bytes, &t2, &w2)),
        loader("tokenizer", Form::Text, vec![tokenizer], |bytes| {
            let words = |vocab: Vocab| vocab.text().encode("Where is the fox? 0.42 \u{1F98A}").len();
            Vocab::from_json(bytes).map(words).is_ok()
        }),
        loader("tensors", Form::Bytes, vec![seeds::tensors()], |bytes| read_tensors(bytes).is_ok()),
        loader("weights", Form::Bytes, vec![w], move |bytes| load(&c, &t, bytes)),
    ]
}

fn bytes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().map(|text| text.as_bytes().to_vec()).collect()
}

/// A few lines of Mini Omni-Bench.
fn items() -> Vec<u8> {
    let items = seeds::file("data/mini-bench/items.jsonl");
    items.split_inclusive(|b| *b == b'\n').step_by(47).take(17).collect::<Vec<_>>().concat()
}

fn questions() -> Vec<Loader> {
    let address = format!("data:image/png;base64,{}", BASE64_STANDARD.encode(&seeds::pngs()[0]));
    let example = json!({
        "image": address, "question": "Where is it?", "answer": "top left",
        "steps": ["the cat BBOX(0.10,0.20,0.30,0.30)", { "text": "closer ZOOM(0.1,0.2,0.3,0.3)", "image": address }],
    });
    let prediction =
        json!({ "id": "1", "answer": "red", "text": "t", "pictures": [], "valid": true, "tokens": 3, "ms": 1.5 });
    let asked =
        "{\"id\": \"1\", \"type\": \"S2\", \"image\": \"a.png\", \"question\": \"which?\", \"answer\": \"red\"}\n";
    let asked = eval::parse_items(asked, Path::new("")).expect("an item");
    let settings = omni_r1_web::generate::Settings::default();
    let transcript = json!({
        "model": "mini", "device": "cpu", "seed": 1, "settings": settings, "question": "how many?", "picture": "q.png",
        "steps": [{ "text": "MARK(0.5,0.5,1)", "picture": "step-1.png" }], "answer": "3", "valid": true, "problems": [],
        "tokens": 80, "ms": 12.5,
    });
    vec![
        loader("items", Form::Text, vec![items()], text(|text| eval::parse_items(text, Path::new("")).is_ok())),
        loader(
            "examples",
            Form::Text,
            vec![format!("{example}\n").into_bytes()],
            text(|text| custom::read(text, |_| Err(omni_r1_web::error::Error::data("no file.", ""))).is_ok()),
        ),
        loader(
            "predictions",
            Form::Text,
            vec![prediction.to_string().into_bytes()],
            text(move |text| compare::contestants(&asked, &[("a".into(), text.into())]).is_ok()),
        ),
        loader("transcript", Form::Text, vec![transcript.to_string().into_bytes()], |bytes| {
            serde_json::from_slice::<Transcript>(bytes).is_ok()
        }),
        loader("question", Form::Text, bytes(&["Where is the fox?"]), text(|text| question::written(text).is_ok())),
    ]
}

fn answers() -> Vec<Loader> {
    let picture = seeds::pngs().pop().map(|bytes| decode_picture(&bytes).expect("a picture")).expect("pictures");
    let answers = [
        "3 of 4",
        "top left",
        "up, up, right, down",
        "yes, it is safe",
        "the second one",
        "1/2",
        "50%",
        "b) the red one",
    ];
    let actions = [
        "the cat BBOX(0.10,0.20,0.30,0.30)",
        "closer ZOOM(0.1,0.2,0.3,0.3)",
        "MARK(0.5,0.5,1)",
        "LINE(0.1,0.1,0.9,0.9)",
        "PRED(right)",
    ];
    let maze = first_truth(&items(), "moves");
    vec![
        loader(
            "answers",
            Form::Text,
            bytes(&answers),
            text(|answer| {
                let truth = Truth::from_answer(answer);
                judge(&truth, answer) | judge(&truth, "3") | judge(&Truth::Number { value: 3.0 }, answer) | true
            }),
        ),
        loader("truth", Form::Text, vec![maze, br#"{"rule":"fraction","part":1,"whole":2}"#.to_vec()], move |bytes| {
            let truth = serde_json::from_slice::<Truth>(bytes);
            truth.map(|truth| answers.map(|answer| judge(&truth, answer))).is_ok()
        }),
        loader(
            "actions",
            Form::Text,
            bytes(&actions),
            text(move |step| {
                let drawn = |action: &Action| {
                    matches!(action, Action::Pred(_)) || execute(&fit(&picture, 32), action, None).is_ok()
                };
                Action::find(step).is_some_and(|(_, action)| action.is_ok_and(|action| drawn(&action)))
            }),
        ),
        loader(
            "codes and tokens",
            Form::Text,
            bytes(&["{\"grid\":2,\"codes\":[1,2,3,4]}", "[[1,2],[3,4]]"]),
            |bytes| {
                let codes = serde_json::from_slice::<Codes>(bytes)
                    .is_ok_and(|codes| Codes::new(codes.grid, codes.codes).is_ok());
                codes || serde_json::from_slice::<Vec<Vec<u32>>>(bytes).is_ok()
            },
        ),
    ]
}

/// The truth of the first item whose rule is this.
fn first_truth(items: &[u8], rule: &str) -> Vec<u8> {
    let lines = items.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let truth = lines.map(|item| item["truth"].clone()).find(|truth| truth["rule"] == rule);
    truth.expect("an item of each rule").to_string().into_bytes()
}

fn recipe() -> Value {
    json!({
        "name": "test", "seed": 7, "schedule": { "steps": 4, "warmup": 1, "decay": 0.5 }, "mix": { "V2": 1.0 },
        "language": {
            "preset": "nano", "tokenizer": "t", "vq": "v", "rows": 1, "length": 500, "validate_every": 0, "validate_items": 0,
        },
    })
}

/// What a run of Zero keeps of the chains that it has drawn.
fn drawn_examples() -> Vec<u8> {
    let codes = json!({ "grid": 2, "codes": [1, 2, 3, 4] });
    let made = json!({ "question": "which?", "picture": codes, "steps": [["it is red BBOX(0.1,0.1,0.2,0.2)", codes]], "answer": "red" });
    let examples = Examples { attempts: 3, ..Examples::default() };
    let mut examples = serde_json::to_value(examples).expect("plain data");
    examples["made"] = json!([made]);
    examples.to_string().into_bytes()
}

fn runs() -> Vec<Loader> {
    let names = ["archive/mini-tokenizer", "archive/mini-pesft", "nano-v4-perpo", "archive/mini-zero", "nano-v4"];
    let tomls = names.map(|name| seeds::file(&format!("recipes/{name}.toml"))).to_vec();
    let log = seeds::file("www/models/mini-from-base/logs/mini-from-base-5.jsonl");
    let log: Vec<u8> = log.split_inclusive(|byte| *byte == b'\n').take(6).collect::<Vec<_>>().concat();
    // Beside the file with the number of the case, which is this process's own.
    let at = std::env::args().find_map(|argument| argument.strip_prefix("--at=").map(String::from));
    let drawn = std::path::PathBuf::from(at.unwrap_or_else(|| format!("{ROOT}/target/fuzz"))).with_extension("jsonl");
    let mut loaders = vec![
        loader("recipe", Form::Text, tomls, text(|text| Recipe::read(Path::new("recipe.toml"), text).is_ok())),
        loader("plan", Form::Text, vec![recipe().to_string().into_bytes()], |bytes| {
            serde_json::from_slice::<Recipe>(bytes).is_ok_and(|recipe| recipe.check().is_ok())
        }),
        loader(
            "pipeline",
            Form::Text,
            vec![seeds::file("models/mini/pipeline.toml")],
            text(|text| Pipeline::read(Path::new("models/mini/pipeline.toml"), text, Path::new("runs")).is_ok()),
        ),
        loader("drawn examples of a run", Form::Text, vec![drawn_examples()], |bytes| {
            serde_json::from_slice::<Examples>(bytes).is_ok()
        }),
        loader("log", Form::Text, vec![log], move |bytes| {
            let kept = rows_up_to(bytes, 1 << 40);
            std::fs::write(&drawn, bytes).expect("a temporary file");
            let done = plot::draw(&drawn).is_ok();
            let _ = std::fs::remove_file(&drawn);
            done && !kept.is_empty()
        }),
    ];
    let files = saved();
    for name in ["progress.json", "waiting.json", "optimizer.safetensors", "model.safetensors"] {
        let whole = files.iter().find(|(known, _)| known == name).map(|(_, bytes)| bytes.clone());
        let form = if name.ends_with("json") { Form::Text } else { Form::Bytes };
        let files = files.clone();
        let title = match name {
            "progress.json" => "progress of a run",
            "waiting.json" => "documents of a run",
            "optimizer.safetensors" => "optimizer of a run",
            _ => "weights of a run",
        };
        loaders.push(loader(title, form, vec![whole.expect("a file of the run")], move |bytes| {
            let damaged = |(known, whole): &(String, Vec<u8>)| {
                (known.clone(), if known == name { bytes.to_vec() } else { whole.clone() })
            };
            open(Some(&files.iter().map(damaged).collect())).is_some()
        }));
    }
    loaders
}

/// A run on the small model.
fn open(resume: Option<&Files>) -> Option<Trainer> {
    thread_local! { static MODEL: seeds::Model = seeds::model(); }
    let recipe: Recipe = serde_json::from_value(recipe()).expect("a recipe");
    let device = Device::flex();
    let start = MODEL.with(|model| {
        Start::from_bytes(model.config.to_json().as_bytes(), &seeds::tokenizer(), &model.weights, None, &device)
    });
    let bank = Arc::new(Bank::empty());
    pollster::block_on(Trainer::open(recipe, start.expect("the small model"), resume, bank, &device)).ok()
}

/// The files of a run after a step, with a document that waits.
fn saved() -> Files {
    let mut trainer = open(None).expect("a run");
    pollster::block_on(trainer.step(&mut Alone)).expect("a step");
    let mut files = pollster::block_on(trainer.checkpoint()).expect("its files");
    if !files.iter().any(|(name, _)| name == "waiting.json") {
        let document =
            json!([{ "label": "V2", "sequence": { "tokens": [Token(0), Token(5)], "roles": ["given", "answer"] } }]);
        files.push(("waiting.json".into(), document.to_string().into_bytes()));
    }
    files
}
