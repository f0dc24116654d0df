//! What the program does with files, outputs and runs that aren't as it would like them: it says so, and loses
//! nothing.

#[path = "cli/harness.rs"]
#[allow(dead_code)] // shared with cli.rs
mod harness;

use harness::{Folder, ROOT, omni_r1, succeed, untrained};
use serde_json::json;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const QUESTION: &str = "Which bar is the tallest?";

fn sample(name: &str) -> String {
    format!("{ROOT}/www/samples/{name}.png")
}

/// An item a picture.
fn items(pictures: &[&str]) -> String {
    let line = |(at, picture): (usize, &&str)| json!({ "id": at, "image": picture, "question": QUESTION }).to_string();
    pictures.iter().enumerate().map(line).map(|line| line + "\n").collect()
}

fn answer(items: &str, output: &str) -> harness::Outcome {
    omni_r1(&["reason", "--model", untrained(), "--pictures", "none", "--input", items, "--output", output])
}

#[test]
fn answers_never_replace_their_questions_nor_half_of_earlier_answers() {
    let folder = Folder::new();
    let input = folder.file("items.jsonl", items(&[&sample("bars")]));
    let before = folder.read("items.jsonl");
    let outcome = answer(&input, &input);
    assert_eq!((outcome.code, folder.read("items.jsonl")), (1, before), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("would replace the questions"), "{}", outcome.stderr);

    // A batch that can't begin leaves what is there.
    let output = folder.file("answers.jsonl", "an earlier answer\n");
    let missing = folder.path("missing.jsonl");
    assert_eq!(answer(&missing, &output).code, 1);
    assert_eq!(folder.read("answers.jsonl"), b"an earlier answer\n");
    assert_eq!(answer(&input, &output).code, 0);
    assert_eq!(folder.lines("answers.jsonl").len(), 1);
    assert!(!Path::new(&folder.path("answers.jsonl.partial")).exists());
}

#[test]
fn predictions_never_replace_their_benchmark() {
    let folder = Folder::new();
    let bench = folder.file("items.jsonl", items(&[&sample("bars")]));
    let before = folder.read("items.jsonl");
    let outcome = omni_r1(&["eval", "--model", untrained(), "--bench", &bench, "--output", &bench]);
    assert_eq!((outcome.code, folder.read("items.jsonl")), (1, before), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("would replace the questions"), "{}", outcome.stderr);
}

/// Killed in the middle, a batch has changed nothing.
#[cfg(unix)]
#[test]
fn a_killed_batch_leaves_the_earlier_answers() {
    let folder = Folder::new();
    let picture = sample("bars");
    let input = folder.file("items.jsonl", items(&vec![picture.as_str(); 200]));
    let output = folder.file("answers.jsonl", "an earlier answer\n");
    let mut child = Command::new(env!("CARGO_BIN_EXE_omni-r1"))
        .args(["reason", "--model", untrained(), "--input", &input, "--output", &output])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let partial = folder.path("answers.jsonl.partial");
    let begun = Instant::now();
    while std::fs::read(&partial).map_or(0, |bytes| bytes.len()) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60), "no answer comes");
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(folder.read("answers.jsonl"), b"an earlier answer\n");
}

#[test]
fn a_batch_says_how_many_items_could_not_be_asked() {
    let folder = Folder::new();
    // Eighty-three bytes that make a decoder panic, and what is no file.
    let palette =
        b"\x89\x50\x4e\x47\x0d\x0a\x1a\x0a\x00\x00\x00\x0d\x49\x48\x44\x52\x00\x00\x00\x01\x00\x00\x00\x01\x08\
        \x03\x00\x00\x00\x28\xcb\x34\xbb\x00\x00\x00\x04\x50\x4c\x54\x45\x09\x08\x07\x06\x61\x9a\x83\xba\x00\
        \x00\x00\x0a\x49\x44\x41\x54\x78\x9c\x63\x60\x04\x00\x00\x03\x00\x02\x4b\xf5\xdd\xea\x00\x00\x00\x00\
        \x49\x45\x4e\x44\xae\x42\x60\x82";
    folder.file("palette.png", palette);
    let bars = sample("bars");
    let input = folder.file("items.jsonl", items(&["palette.png", "/dev/zero", &bars]));
    let outcome = answer(&input, &folder.path("answers.jsonl"));
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("2 of 3 items couldn't be asked"), "{}", outcome.stderr);
    let answers = folder.lines("answers.jsonl");
    let refused: Vec<bool> = answers.iter().map(|answer| answer["error"].is_string()).collect();
    assert_eq!(refused, [true, true, false], "{answers:?}");
}

#[test]
fn files_may_begin_with_a_byte_order_mark() {
    let folder = Folder::new();
    let input = folder.file("items.jsonl", format!("\u{feff}{}", items(&[&sample("bars")])));
    assert_eq!(answer(&input, &folder.path("answers.jsonl")).code, 0);
    let model = Folder::new();
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        let bytes = std::fs::read(Path::new(untrained()).join(file)).unwrap();
        let mark: &[u8] = if file.ends_with("json") { "\u{feff}".as_bytes() } else { b"" };
        model.file(file, [mark, &bytes].concat());
    }
    succeed(&["encode", "--model", &model.path(""), "--image", &sample("ice"), "--output", &folder.path("codes.json")]);
}

#[cfg(unix)]
#[test]
fn what_has_no_end_is_not_read() {
    let folder = Folder::new();
    let pipe = folder.path("pipe.png");
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    for endless in [pipe.as_str(), "/dev/zero"] {
        let begun = Instant::now();
        let outcome = omni_r1(&["reason", "--model", untrained(), "--image", endless, "--question", QUESTION]);
        assert_eq!(outcome.code, 1, "{endless}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("not a file"), "{}", outcome.stderr);
        assert!(begun.elapsed() < Duration::from_secs(10), "{endless}");
    }
}

/// As `omni-r1 ... | head` does.
#[cfg(unix)]
#[test]
fn a_reader_who_has_gone_is_no_failure() {
    let script = |arguments: &str| {
        let program = env!("CARGO_BIN_EXE_omni-r1");
        let script = format!("{program} {arguments} | true; exit ${{PIPESTATUS[0]}}");
        let output = Command::new("bash").args(["-c", &script]).current_dir(ROOT).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments}: {output:?}");
    };
    script("tables");
    script(&format!("reason --model {} --image {} --question '{QUESTION}'", untrained(), sample("bars")));
    let folder = Folder::new();
    let recipe = folder.file("recipe.toml", RECIPE.replace("steps = 5000", "steps = 1"));
    script(&format!("prepare {recipe} --out {} --data-only", folder.path("shards")));
    let (picture, truth) = (json!({ "grid": 1, "codes": [0] }), json!({ "rule": "number", "value": 3.0 }));
    let group = json!({ "picture": picture, "truth": truth, "right": "3", "answers": [[5], [6, 7]] });
    let groups = folder.file("groups.jsonl", format!("{group}\n\n{group}\n"));
    script(&format!("judge --model {} --input {groups}", untrained()));
    let requests = folder.file("requests.jsonl", "{\"push\": []}\n{\"push\": []}\n");
    script(&format!("grammar --model {} < {requests}", untrained()));
    // Nor is one of what goes wrong.
    let program = env!("CARGO_BIN_EXE_omni-r1");
    let script = format!("{program} encode --image missing --output x 2>&1 >/dev/null | true; exit ${{PIPESTATUS[0]}}");
    let status = Command::new("bash").args(["-c", &script]).current_dir(ROOT).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

const RECIPE: &str = r#"
name = "small"
seed = 5
log_every = 1000
[schedule]
steps = 5000
warmup = 5
decay = 0.5
[mix]
V2 = 1.0
[language]
preset = "nano"
tokenizer = "data/tokenizer.json"
vq = "www/models/mini"
rows = 1
length = 512
validate_every = 0
validate_items = 0
"#;

fn train(recipe: &str, runs: &str, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_omni-r1"));
    command.current_dir(ROOT).args(["train", recipe, "--runs", runs]).args(more);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A run that logs nothing for long still hears Ctrl-C, and has its folder for itself; what it saved is only
/// taken up as it was written.
#[cfg(unix)]
#[test]
fn a_run_is_heard_alone_and_resumed_as_it_was() {
    let folder = Folder::new();
    let (recipe, runs) = (folder.file("small.toml", RECIPE), folder.path("runs"));
    let said = |mut command: Command| {
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let mut first = train(&recipe, &runs, &[]).spawn().unwrap();
    let begun = Instant::now();
    while !Path::new(&folder.path("runs/small/log.jsonl")).exists() {
        assert!(begun.elapsed() < Duration::from_secs(60), "the run doesn't begin");
        std::thread::sleep(Duration::from_millis(20));
    }
    let (code, stderr) = said(train(&recipe, &runs, &[]));
    assert!(code == Some(1) && stderr.contains("Another process is training"), "{stderr}");
    std::thread::sleep(Duration::from_secs(3));
    assert!(Command::new("kill").args(["-INT", &first.id().to_string()]).status().unwrap().success());
    let stopped = Instant::now();
    assert!(first.wait().unwrap().success());
    assert!(stopped.elapsed() < Duration::from_secs(20), "it took {:?} to hear", stopped.elapsed());
    let saved = |name: &str| format!("runs/small/checkpoint/{name}");
    let progress = folder.json(&saved("progress.json"));
    assert!(progress["step"].as_u64().is_some_and(|step| (1..5000).contains(&step)), "{progress}");
    assert!(folder.json(&saved("row.json")).to_string().contains("share V2"));

    let other = folder.file("other.toml", RECIPE.replace("seed = 5", "seed = 6"));
    let (code, stderr) = said(train(&other, &runs, &["--resume"]));
    assert!(code == Some(1) && stderr.contains("seed 5, not 6"), "{stderr}");
    let state = folder.read(&saved("optimizer.safetensors"));
    std::fs::copy(folder.path(&saved("model.safetensors")), folder.path(&saved("optimizer.safetensors"))).unwrap();
    let (code, stderr) = said(train(&recipe, &runs, &["--resume"]));
    assert!(code == Some(1) && stderr.contains("optimizer's state lacks"), "{stderr}");
    std::fs::write(folder.path(&saved("optimizer.safetensors")), state).unwrap();
    // Three more steps, to its end.
    let step = progress["step"].as_u64().unwrap() + 3;
    let changed = folder.file("changed.toml", RECIPE.replace("steps = 5000", &format!("steps = {step}")));
    let (code, stderr) = said(train(&changed, &runs, &["--resume"]));
    assert!(code == Some(1) && stderr.contains("schedule.steps is another"), "{stderr}");
    let (code, stderr) = said(train(&recipe, &runs, &["--resume", "--finish-at", &step.to_string()]));
    assert_eq!(code, Some(0), "{stderr}");
    let rows = folder.lines("runs/small/log.jsonl");
    assert_eq!(rows.last().map(|row| &row["step"]), Some(&json!(step)), "the last steps have their row");
}

/// As strace sees it, where there is one that may look.
#[cfg(unix)]
#[test]
fn an_earlier_checkpoint_goes_when_the_new_one_is_on_the_disk() {
    let looks = Command::new("strace").args(["-o", "/dev/null", "true"]).stderr(Stdio::null()).status();
    if !looks.is_ok_and(|status| status.success()) {
        println!("skipped: there is no strace that may look");
        return;
    }
    let folder = Folder::new();
    let (recipe, runs) = (folder.file("small.toml", RECIPE), folder.path("runs"));
    let first = train(&recipe, &runs, &["--finish-at", "1"]).output().unwrap();
    assert!(first.status.success(), "{first:?}");
    let second = Command::new("strace")
        .args(["-f", "-y", "-s", "1000", "-e", "trace=fsync,/^rename,/^unlink", "-o", &folder.path("calls")])
        .args([env!("CARGO_BIN_EXE_omni-r1"), "train", &recipe, "--runs", &runs, "--resume", "--finish-at", "2"])
        .current_dir(ROOT)
        .output()
        .unwrap();
    assert!(second.status.success(), "{second:?}");
    let calls = String::from_utf8(folder.read("calls")).unwrap();
    let mut left = calls.lines();
    for (call, path) in [
        ("fsync", "/small/checkpoint.new/model.safetensors.partial>"),
        ("rename", "/small/checkpoint.new/model.safetensors\""),
        ("fsync", "/small/checkpoint.new>"),
        ("rename", "/small/checkpoint\")"),
        ("fsync", "/small>"),
        ("unlink", "/small/checkpoint.old"),
    ] {
        assert!(left.any(|line| line.contains(call) && line.contains(path)), "no {call} of {path} in turn: {calls}");
    }
}

#[test]
fn a_run_stays_in_the_folder_of_runs() {
    let folder = Folder::new();
    let recipe = folder.file("out.toml", RECIPE.replace("name = \"small\"", "name = \"../out\""));
    let output = train(&recipe, &folder.path("runs"), &[]).output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(1) && stderr.contains("line 2: name"), "{stderr}");
    assert!(!Path::new(&folder.path("out")).exists());
}
