//! Items, questions and answers: `generate`, `reason`, `compare`.

use super::harness::{Folder, ROOT, omni_r1, succeed, untrained};
use serde_json::{Value, json};
use std::path::Path;

/// Question types that `generate` must know.
const TYPES: [&str; 19] =
    ["N1", "N2", "N3", "N4", "S1", "S2", "S3", "S4", "S5", "D1", "D2", "D3", "D4", "D5", "V1", "V2", "V3", "V4", "V5"];

#[test]
fn items_are_drawn_by_seed() {
    let folders = [Folder::new(), Folder::new(), Folder::new()];
    for (folder, seed) in folders.iter().zip(["7", "7", "8"]) {
        succeed(&["generate", "--n", "38", "--seed", seed, "--out", &folder.path("items")]);
    }
    let lines: Vec<_> = folders.iter().map(|folder| folder.lines("items/items.jsonl")).collect();
    assert_eq!(lines[0], lines[1], "one seed, one set of items");
    assert_ne!(lines[0], lines[2], "another seed, other items");
    assert_eq!(lines[0].len(), 38);
    for (at, item) in lines[0].iter().enumerate() {
        assert_eq!(item["type"], TYPES[at % TYPES.len()], "{item}");
        assert!((1..=3).contains(&item["difficulty"].as_u64().expect("a number")), "{item}");
        for key in ["id", "question", "answer"] {
            assert!(item[key].as_str().is_some_and(|text| !text.trim().is_empty()), "{key} of {item}");
        }
        let image = format!("items/{}", item["image"].as_str().expect("a path relative to the file"));
        assert_eq!(folders[0].read(&image), folders[1].read(&image), "{image}");
        let picture = folders[0].picture(&image);
        assert!(picture.width() == picture.height() && picture.width() >= 64, "{image}");
    }
}

#[test]
fn items_of_one_type_are_all_of_it() {
    for task_type in TYPES {
        let folder = Folder::new();
        succeed(&[
            "generate",
            "--type",
            task_type,
            "--n",
            "3",
            "--difficulty",
            "2",
            "--steps",
            "--out",
            &folder.path(""),
        ]);
        let items = folder.lines("items.jsonl");
        assert_eq!(items.len(), 3);
        for item in items {
            assert_eq!((&item["type"], &item["difficulty"]), (&json!(task_type), &json!(2)));
            for step in item["steps"].as_array().expect("steps were asked for") {
                assert!(!step["text"].as_str().expect("words").is_empty());
                folder.picture(step["image"].as_str().expect("a path"));
            }
        }
    }
}

#[test]
fn a_question_is_answered_with_a_transcript() {
    let folder = Folder::new();
    let ask = |out: &str, more: &[&str]| {
        let picture = format!("{ROOT}/www/samples/shapes.png");
        let (model, out) = (untrained(), folder.path(out));
        let question = "How many triangles are there?";
        let arguments = ["reason", "--model", model, "--image", &picture, "--question", question, "--out", &out];
        succeed(&[&arguments, more].concat())
    };
    let said = ask("first", &[]);
    assert!(said.contains("Answer:") && said.contains(" tokens in "), "{said}");
    let transcript = folder.json("first/transcript.json");
    assert_eq!(transcript["question"], "How many triangles are there?");
    for key in ["model", "device", "seed", "steps", "answer", "valid", "tokens", "ms"] {
        assert!(!transcript[key].is_null(), "{key}: {transcript}");
    }
    let pictures = |transcript: &Value| -> Vec<String> {
        let steps = transcript["steps"].as_array().expect("steps").clone();
        steps.iter().filter_map(|step| step["picture"].as_str().map(String::from)).collect()
    };
    for name in pictures(&transcript) {
        folder.picture(&format!("first/{name}"));
    }
    let page = String::from_utf8(folder.read("first/transcript.html")).expect("a page");
    assert!(page.starts_with("<!doctype html>") || page.starts_with("<!DOCTYPE html>"), "{page}");
    assert!(!page.contains("src=\"http") && !page.contains("<script"), "the page needs nothing else");

    ask("again", &[]);
    let same = |name: &str| {
        let mut transcript = folder.json(name);
        transcript["ms"].take();
        transcript
    };
    assert_eq!(same("first/transcript.json"), same("again/transcript.json"), "one seed, one answer");
    ask("words", &["--pictures", "none", "--seed", "3", "--temperature", "0.7", "--top-p", "0.9"]);
    let words = folder.json("words/transcript.json");
    assert_eq!((&words["seed"], pictures(&words).len()), (&json!(3), 0));
}

#[test]
fn a_batch_goes_on_past_a_broken_item() {
    let folder = Folder::new();
    let ids = ["whole", "gone", "text"];
    std::fs::copy(format!("{ROOT}/www/samples/bars.png"), folder.path("whole.png")).expect("a sample");
    folder.file("text.png", "no picture at all");
    let lines =
        ids.map(|id| json!({ "id": id, "image": format!("{id}.png"), "question": "Which bar is the tallest?" }));
    let items = folder.file("items.jsonl", lines.map(|line| format!("{line}\n")).concat());
    let output = folder.path("predictions.jsonl");
    let outcome = omni_r1(&["reason", "--model", untrained(), "--input", &items, "--output", &output]);
    assert!(outcome.code == 1 && outcome.stderr.contains("2 of 3 items"), "{}", outcome.stderr);
    let predictions = folder.lines("predictions.jsonl");
    assert_eq!(predictions.len(), ids.len());
    for (id, prediction) in ids.iter().zip(&predictions) {
        assert_eq!(prediction["id"], *id);
        for key in ["answer", "text", "pictures", "valid", "tokens", "ms"] {
            assert!(!prediction[key].is_null(), "{key}: {prediction}");
        }
        assert_eq!(prediction["error"].is_string(), *id != "whole", "{prediction}");
        for picture in prediction["pictures"].as_array().expect("paths") {
            folder.picture(picture.as_str().expect("a path relative to the file"));
        }
    }
    let table = succeed(&["eval", "--model", untrained(), "--fresh", "1", "--type", "D1", "--type", "V2"]);
    assert!(table.contains("D1") && table.contains("V2"), "{table}");
}

#[test]
fn the_readmes_tables_are_those_of_the_committed_predictions() {
    let tables = succeed(&["tables"]);
    assert!(tables.lines().filter(|line| line.starts_with("| ")).count() > 6, "{tables}");
    let results = std::fs::read_to_string(Path::new(ROOT).join("docs/results.md")).unwrap();
    assert!(results.contains(tables.trim_end()), "run omni-r1 tables --into docs/results.md");
    // The same again, into a file that has a place for them.
    let folder = Folder::new();
    let file = folder.path("page.md");
    std::fs::write(&file, "before\n<!-- tables -->\nold\n<!-- end of tables -->\nafter\n").unwrap();
    succeed(&["tables", "--into", &file]);
    let written = std::fs::read_to_string(&file).unwrap();
    assert!(written.starts_with("before\n<!-- tables -->\n") && written.ends_with("<!-- end of tables -->\nafter\n"));
    assert!(written.contains(tables.trim_end()) && !written.contains("old"), "{written}");
    let outcome = omni_r1(&["tables", "--into", &folder.file("plain.md", b"no place")]);
    assert_eq!((outcome.code, outcome.stderr.contains("has no place for the tables")), (1, true), "{}", outcome.stderr);
}

#[test]
fn without_a_name_the_shipped_model_answers() {
    let folder = Folder::new();
    let picture = format!("{ROOT}/www/samples/ice.png");
    let question = "From the start go right, right, down: safe or not?";
    succeed(&["reason", "--image", &picture, "--question", question, "--out", &folder.path("out")]);
    let transcript = folder.json("out/transcript.json");
    // A trained model draws its steps and ends its answer; whether that's right, `eval` measures.
    assert_eq!(transcript["valid"], true, "{transcript}");
    assert!(!transcript["steps"].as_array().expect("steps").is_empty(), "{transcript}");
}
