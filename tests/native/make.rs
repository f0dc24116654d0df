//! `omni-r1 make`: stages made in order and taken up again, and the locks that tell what they are.

#[path = "cli/harness.rs"]
#[allow(dead_code)] // shared with cli.rs
mod harness;

use harness::{Folder, ROOT, omni_r1, succeed};
use omni_r1_web::tasks::GENERATOR;
use omni_r1_web::train::hashes::sha256;
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Pictures for two steps, then words.
const PIPELINE: &str = r#"
name = "small"
[defaults]
log_every = 1
mix = { V2 = 1.0 }
schedule = { steps = 2, warmup = 1, decay = 0.5 }
[[stage]]
name = "eyes"
seed = 4
tokenizer = { preset = "nano", batch = 2, free_steps = 0, commitment = 0.25, codebook_decay = 0.9, foreground = 3.0 }
[[stage]]
name = "words"
seed = 5
[stage.language]
preset = "nano"
tokenizer = "data/tokenizer.json"
vq = "eyes"
rows = 1
length = 512
modes = { draw = 0.0, text = 1.0 }
validate_every = 0
validate_items = 0
"#;

/// A folder with the pipeline.
fn pipeline(text: &str) -> Folder {
    let folder = Folder::new();
    folder.file("pipeline.toml", text);
    folder
}

fn arguments<'a>(model: &'a str, runs: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["make", model, "--runs", runs], more].concat()
}

fn make(folder: &Folder, more: &[&str]) -> String {
    succeed(&arguments(&folder.path(""), &folder.path("runs"), more))
}

/// What it says when it refuses.
fn refused(folder: &Folder) -> String {
    let outcome = omni_r1(&arguments(&folder.path(""), &folder.path("runs"), &[]));
    assert_eq!(outcome.code, 1, "{}", outcome.stdout);
    outcome.stderr
}

/// A stage of a lock against the files that it tells of.
fn assert_locked(folder: &Folder, locked: &Value, files: &str, names: &[&str]) {
    let outputs: Value = names.iter().map(|name| (*name, sha256(&folder.read(&format!("{files}/{name}"))))).collect();
    assert_eq!((&locked["outputs"], &locked["generator"]), (&outputs, &json!(GENERATOR)), "{files}");
}

#[test]
fn stages_are_made_once_and_locked() {
    let folder = pipeline(PIPELINE);
    assert!(make(&folder, &["--dry"]).contains("| words | words | data/tokenizer.json, eyes | 2 | 0% |"));
    assert!(!Path::new(&folder.path("runs")).exists(), "nothing is written");

    make(&folder, &["--until", "eyes"]);
    assert_eq!(folder.json("runs/small/lock.json").as_object().map(|lock| lock.len()), Some(1));
    assert!(!Path::new(&folder.path("runs/small/words")).exists());
    let said = make(&folder, &[]);
    assert!(said.contains("words: words") && !said.contains("eyes"), "{said}");
    let lock = folder.json("runs/small/lock.json");
    assert_locked(&folder, &lock["eyes"], "runs/small/eyes/checkpoint", &["config.json", "model.safetensors"]);
    let files = ["config.json", "model.safetensors", "tokenizer.json"];
    assert_locked(&folder, &lock["words"], "runs/small/words/checkpoint", &files);
    let tokenizer = sha256(&std::fs::read(Path::new(ROOT).join("data/tokenizer.json")).unwrap());
    assert_eq!((&lock["words"]["tokenizer"], &lock["words"]["seed"]), (&json!(tokenizer), &json!(5)));
    for stage in ["eyes", "words"] {
        let config = folder.json(&format!("runs/small/{stage}/checkpoint/config.json"));
        assert_eq!(config["omni_r1"]["generator"], GENERATOR, "{stage}");
    }

    // Again, nothing is left to do.
    assert_eq!(make(&folder, &[]), "");
    assert_eq!(folder.json("runs/small/lock.json"), lock);
    let dry = make(&folder, &["--dry"]);
    assert!(dry.contains("| 2 | all | 0.0 |"), "{dry}");
    folder.file("pipeline.toml", PIPELINE.replace("seed = 5", "seed = 6"));
    let said = refused(&folder);
    assert!(said.contains("words was made by another recipe"), "{said}");
    assert_eq!(folder.json("runs/small/lock.json"), lock);
}

/// What the repository keeps is taken up in place of a run, if it is what its lock tells of.
#[test]
fn kept_stages_are_taken_up_as_they_were_locked() {
    let folder = pipeline(PIPELINE);
    make(&folder, &["--until", "eyes"]);
    std::fs::rename(folder.path("runs/small/eyes/checkpoint"), folder.path("eyes")).unwrap();
    std::fs::remove_dir_all(folder.path("runs")).unwrap();
    assert_eq!(make(&folder, &["--lock"]), "");
    let kept = folder.json("pipeline.lock");
    assert_eq!(kept.as_object().map(|lock| lock.len()), Some(1));
    assert_locked(&folder, &kept["eyes"], "eyes", &["config.json", "model.safetensors"]);

    let said = make(&folder, &[]);
    assert!(said.contains("eyes: kept in") && said.contains("words: words"), "{said}");
    let lock = folder.json("runs/small/lock.json");
    assert_eq!(lock["eyes"], kept["eyes"]);
    assert_eq!(lock.as_object().map(|lock| lock.len()), Some(2));

    // What only led to a stage that is there isn't made again.
    std::fs::rename(folder.path("eyes"), folder.path("elsewhere")).unwrap();
    assert!(make(&folder, &[]).contains("eyes: not needed"));
    assert!(make(&folder, &["--dry"]).contains("| 2 | not needed | 0.0 |"));
    std::fs::rename(folder.path("elsewhere"), folder.path("eyes")).unwrap();

    folder.file("pipeline.toml", PIPELINE.replace("seed = 4", "seed = 3"));
    let said = refused(&folder);
    assert!(said.contains("eyes was made by another recipe"), "{said}");
    folder.file("pipeline.toml", PIPELINE);
    let mut weights = folder.read("eyes/model.safetensors");
    *weights.last_mut().unwrap() ^= 1;
    folder.file("eyes/model.safetensors", weights);
    let said = refused(&folder);
    assert!(said.contains("isn't what") && said.contains("pipeline.lock tells of"), "{said}");
}

#[cfg(unix)]
#[test]
fn a_stopped_stage_goes_on() {
    let folder = pipeline(&PIPELINE.replace("seed = 5", "seed = 5\nschedule = { steps = 60 }"));
    let (model, runs) = (folder.path(""), folder.path("runs"));
    let program = Command::new(env!("CARGO_BIN_EXE_omni-r1"))
        .args(arguments(&model, &runs, &[]))
        .current_dir(ROOT)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let rows =
        || std::fs::read_to_string(folder.path("runs/small/words/log.jsonl")).map_or(0, |log| log.lines().count());
    let begun = Instant::now();
    while rows() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(300), "the second stage logs nothing");
        std::thread::sleep(Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &program.id().to_string()]).status().unwrap().success());
    let stopped = program.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&stopped.stdout);
    assert!(stopped.status.success() && said.contains("words was stopped"), "{said}");
    assert!(rows() < 60, "the stage was over before it could be stopped");
    assert!(folder.json("runs/small/lock.json")["words"].is_null(), "a part of a stage isn't locked");

    assert!(!make(&folder, &[]).contains("eyes"));
    let steps =
        folder.lines("runs/small/words/log.jsonl").iter().filter_map(|row| row["step"].as_u64()).collect::<Vec<_>>();
    assert_eq!(steps, (1..=60).collect::<Vec<_>>());
    assert!(folder.json("runs/small/lock.json")["words"].is_object());
}

#[test]
fn items_say_which_generator_drew_them() {
    let folder = Folder::new();
    succeed(&["generate", "--type", "V2", "--n", "2", "--out", &folder.path("")]);
    assert!(folder.lines("items.jsonl").iter().all(|item| item["generator"] == GENERATOR));
}
