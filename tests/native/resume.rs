//! A run that is stopped and resumed ends with the weights, bit for bit, of one that never stopped.

#![cfg(unix)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const RECIPE: &str = r#"
name = "resume"
seed = 5
[schedule]
steps = 40
warmup = 5
decay = 0.5
[mix]
V2 = 1.0
D1 = 1.0
[language]
preset = "nano"
tokenizer = "data/tokenizer.json"
vq = "www/models/mini"
rows = 1
length = 512
validate_every = 1000
validate_items = 0
"#;

#[test]
fn a_stopped_run_resumes_bit_for_bit() {
    let folder = std::env::temp_dir().join(format!("omni-r1-resume-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let recipe = folder.join("recipe.toml");
    std::fs::write(&recipe, RECIPE).unwrap();

    let whole = folder.join("whole");
    assert!(train(&recipe, &whole, false).wait().unwrap().success());

    let parts = folder.join("parts");
    let mut child = train(&recipe, &parts, false);
    let rows = || std::fs::read_to_string(parts.join("resume/log.jsonl")).map_or(0, |log| log.lines().count());
    let begun = Instant::now();
    while rows() == 0 {
        assert!(begun.elapsed() < Duration::from_secs(300), "the run logs nothing");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert!(child.wait().unwrap().success());
    assert!(rows() < 4, "the run was over before it could be stopped");
    assert!(!train(&recipe, &parts, false).wait().unwrap().success(), "a run isn't begun anew over an old one");
    assert!(train(&recipe, &parts, true).wait().unwrap().success());

    for file in ["model.safetensors", "optimizer.safetensors"] {
        let read = |run: &Path| std::fs::read(run.join("resume/checkpoint").join(file)).unwrap();
        assert!(read(&whole) == read(&parts), "{file} differs");
    }
    assert_eq!(losses(&whole), losses(&parts));
    std::fs::remove_dir_all(&folder).unwrap();
}

fn train(recipe: &Path, runs: &Path, resume: bool) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omni-r1"));
    command.current_dir(PathBuf::from(env!("CARGO_MANIFEST_DIR"))).arg("train").arg(recipe).arg("--runs").arg(runs);
    if resume {
        command.arg("--resume");
    }
    command.spawn().unwrap()
}

/// The log without its clock.
fn losses(runs: &Path) -> Vec<serde_json::Value> {
    let log = std::fs::read_to_string(runs.join("resume/log.jsonl")).unwrap();
    log.lines()
        .map(|line| {
            let mut row: serde_json::Value = serde_json::from_str(line).unwrap();
            row.as_object_mut().unwrap().remove("seconds");
            row
        })
        .collect()
}
