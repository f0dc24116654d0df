//! The program `omni-r1` as people and scripts call it: arguments, files, exit codes, messages.

#[path = "cli/answers.rs"]
mod answers;
#[path = "cli/harness.rs"]
mod harness;

use harness::{Folder, ROOT, omni_r1, parity, succeed, tensor, untrained};
use safetensors::SafeTensors;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

#[test]
fn every_verb_has_help() {
    let help = succeed(&["--help"]);
    let commands = help.split("Commands:").nth(1).and_then(|rest| rest.split("Options:").next());
    let verbs: Vec<&str> =
        commands.expect("a list of verbs").lines().filter_map(|line| line.split_whitespace().next()).collect();
    for verb in ["reason", "eval", "train", "generate", "encode", "decode", "logits", "probe", "export", "headroom"] {
        assert!(verbs.contains(&verb), "{verb} isn't among {verbs:?}");
    }
    for verb in verbs.iter().filter(|verb| **verb != "help") {
        let help = succeed(&[verb, "--help"]);
        assert!(help.contains(&format!("Usage: omni-r1 {verb}")), "{verb}: {help}");
    }
    assert_eq!(succeed(&["--version"]).trim(), concat!("omni-r1 ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn wrong_arguments_exit_with_2() {
    let cases: &[&[&str]] = &[
        &[],
        &["draw"],
        &["reason"],
        &["reason", "--image", "picture.png"],
        &["reason", "--question", "How many?"],
        &["reason", "--input", "items.jsonl"],
        &["reason", "--image", "a.png", "--question", "How many?", "--pictures", "dreamed"],
        &["reason", "--image", "a.png", "--question", "How many?", "--seed", "minus one"],
        &["generate"],
        &["generate", "--out", "x", "--type", "X9"],
        &["generate", "--out", "x", "--difficulty", "4"],
        &["generate", "--out", "x", "--split", "validation"],
        &["generate", "--out", "x", "--bench", "--seed", "1"],
        &["encode", "--image", "a.png"],
        &["decode", "--codes", "a.json"],
        &["logits", "--tokens", "a.json"],
        &["logits", "--tokens", "a.json", "--output", "b", "--faster"],
        &["train"],
        &["train", "recipe.toml", "--finish-at", "soon"],
        &["headroom"],
        &["headroom", "recipe.toml", "--answers", "1"],
        &["prepare", "recipes/nano-v4.toml"],
        &["prepare", "recipes/nano-v4.toml", "--out", "x", "--part", "4/3"],
        &["eval", "--fresh", "many"],
        &["export", "--model", "x"],
        &["export", "--model", "x", "--out", "y", "--precision", "f8"],
    ];
    for arguments in cases {
        let outcome = omni_r1(arguments);
        assert_eq!(outcome.code, 2, "{arguments:?}: {}", outcome.stderr);
        assert_eq!(outcome.stdout, "", "{arguments:?}");
        assert!(!outcome.stderr.is_empty(), "{arguments:?} says nothing");
    }
}

/// Arguments that are well-formed, but can't be done, and a word of the message.
#[test]
fn what_fails_exits_with_1_and_says_why_in_a_line() {
    let folder = Folder::new();
    let (plain, odd, model) = (parity("plain"), parity("odd"), untrained());
    let picture = format!("{ROOT}/tests/photos/coffee.jpg");
    let [missing, output] = ["missing", "output"].map(|name| folder.path(name));
    let text = folder.file("text.png", "no picture at all");
    let empty = folder.file("empty.png", "");
    let whole = std::fs::read(format!("{ROOT}/www/samples/photo.png")).expect("a sample");
    let half = folder.file("half.png", &whole[..whole.len() / 2]);
    let [ids, ragged, beyond, none, words] = [
        ("ids.json", "[[0, 5, 6]]"),
        ("ragged.json", "[[0, 5], [0]]"),
        ("beyond.json", "[[0, 5, 100000]]"),
        ("none.json", "[]"),
        ("words.json", "[[\"where\"]]"),
    ]
    .map(|(name, json)| folder.file(name, json));
    let few = folder.file("few.json", "{\"grid\": 5, \"codes\": [1, 2, 3]}");
    let high = folder.file("high.json", json!({ "grid": 5, "codes": vec![200; 25] }).to_string());
    let full = folder.file("full.json", json!({ "grid": 4, "codes": vec![1; 16] }).to_string());
    let items = folder.file("items.jsonl", "{\"id\": 1, \"question\": \"Where is the picture?\"}\n");
    let no_items = folder.file("none.jsonl", "\n");
    let damaged = Folder::new();
    let cut = std::fs::read(format!("{plain}/model.safetensors")).expect("a fixture");
    damaged.file("model.safetensors", &cut[..cut.len() / 2]);
    std::fs::copy(format!("{plain}/config.json"), damaged.path("config.json")).expect("a fixture");
    let damaged = damaged.path("");

    let cases: &[(&[&str], &str)] = &[
        (&["encode", "--model", &odd, "--image", &missing, "--output", &output], "missing"),
        (&["encode", "--model", &odd, "--image", &text, "--output", &output], "picture"),
        (&["encode", "--model", &odd, "--image", &empty, "--output", &output], "empty"),
        (&["encode", "--model", &odd, "--image", &half, "--output", &output], "damaged"),
        (&["encode", "--model", &missing, "--image", &picture, "--output", &output], "config.json"),
        (&["encode", "--model", ROOT, "--image", &picture, "--output", &output], "config.json"),
        (&["encode", "--model", &damaged, "--image", &picture, "--output", &output], "damaged"),
        (&["decode", "--model", &odd, "--codes", &missing, "--output", &output], "missing"),
        (&["decode", "--model", &odd, "--codes", &few, "--output", &output], "5x5 codes below 200"),
        (&["decode", "--model", &odd, "--codes", &high, "--output", &output], "5x5 codes below 200"),
        (&["decode", "--model", &odd, "--codes", &ids, "--output", &output], "ids.json"),
        (&["decode", "--model", &plain, "--codes", &full, "--output", &output], "no VQ decoder"),
        (&["logits", "--model", &odd, "--tokens", &missing, "--output", &output], "missing"),
        (&["logits", "--model", &odd, "--tokens", &ragged, "--output", &output], "one length"),
        (&["logits", "--model", &odd, "--tokens", &none, "--output", &output], "at least 1"),
        (&["logits", "--model", &odd, "--tokens", &beyond, "--output", &output], "100000"),
        (&["logits", "--model", &odd, "--tokens", &words, "--output", &output], "words.json"),
        (&["logits", "--model", &odd, "--tokens", &ids, "--output", "/missing/logits"], "missing"),
        (&["reason", "--model", &odd, "--image", &picture, "--question", "How many?"], "tokenizer.json"),
        (&["reason", "--model", model, "--image", &missing, "--question", "How many?"], "missing"),
        (&["reason", "--model", model, "--image", &picture, "--question", "  "], "question"),
        (&["reason", "--model", model, "--input", &missing, "--output", &output], "missing"),
        (&["reason", "--model", model, "--input", &items, "--output", &output], "Line 1"),
        (&["reason", "--model", model, "--input", &no_items, "--output", &output], "no items"),
        (&["eval", "--model", model, "--bench", &missing], "missing"),
        (&["probe", "--vq", &missing], "--model"),
        (&["export", "--model", &odd, "--out", &output], "tokenizer.json"),
        (&["export", "--model", model, "--vq", &missing, "--out", &output], "missing"),
        (&["train", &missing], "missing"),
        (&["train", &text], "text.png"),
        (&["headroom", "recipes/nano-v4.toml"], "no rewards"),
        (&["headroom", &missing], "missing"),
    ];
    let mut wrong = Vec::new();
    for (arguments, word) in cases {
        let outcome = omni_r1(arguments);
        let message = outcome.stderr.trim_end();
        let well_said = message.lines().count() == 1 && message.ends_with('.') && !message.contains("panicked");
        if outcome.code != 1 || !well_said || !message.contains(word) || Path::new(&output).exists() {
            wrong.push(format!("{arguments:?}: {word:?} expected; exit code {}: {message}", outcome.code));
        }
        let _ = std::fs::remove_file(&output);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_shipped_files_are_found_from_any_folder() {
    let folder = Folder::new();
    let program = |arguments: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_omni-r1")).args(arguments).current_dir(folder.path("")).output();
        let output = output.expect("the program was built with the tests");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    program(&["generate", "--type", "N1", "--n", "1", "--out", "items"]);
    let picture = folder.json("items/items.jsonl")["image"].as_str().expect("a path").to_string();
    program(&["encode", "--image", &format!("items/{picture}"), "--output", "codes.json"]);
    assert_eq!(folder.json("codes.json")["codes"].as_array().map(Vec::len), Some(64));
}

/// Codes of an untrained tokenizer: every probe runs, and the table has what it must.
#[test]
fn a_probe_prints_a_row_a_type() {
    let few = ["--learn", "20", "--test", "10", "--compare", "2"];
    let table = succeed(&[["probe", "--vq", untrained()].as_slice(), &few].concat());
    for task_type in ["N1", "N2", "S1", "S2", "D1", "D2", "V1", "V5"] {
        let row = table.lines().find(|line| line.starts_with(&format!("| {task_type} |")));
        let row = row.unwrap_or_else(|| panic!("no row of {task_type}: {table}"));
        assert!(row.contains("| 10 |") && row.matches(" to ").count() == 2, "{row}");
    }
    for row in ["| V5 | 2 |", "| natural | 8 |", "| operational | 10 |"] {
        assert!(table.contains(row), "no row {row}: {table}");
    }
}

#[test]
fn headroom_is_measured_on_what_a_recipe_begins_from() {
    let folder = Folder::new();
    let recipe = std::fs::read_to_string(Path::new(ROOT).join("recipes/nano-v4-perpo.toml")).unwrap();
    let recipe = folder.file("recipe.toml", recipe.replace("runs/nano-v4-short", "www/models/nano"));
    let (mix, rows) = (folder.path("mix.toml"), folder.path("rows.jsonl"));
    let arguments = ["headroom", &recipe, "--items", "4", "--answers", "4", "--mix", &mix, "--output", &rows];
    let table = succeed(&arguments);
    assert!(table.contains("pass@4") && table.contains("| V4 | 4 |"), "{table}");
    let row: Value = serde_json::from_str(&std::fs::read_to_string(&rows).unwrap()).unwrap();
    let share = |name: &str| row[name].as_f64().unwrap_or_else(|| panic!("no {name} in {row}"));
    for name in ["mean", "majority", "pass", "spread", "greedy", "executed", "shown"] {
        assert!((0.0..=1.0).contains(&share(name)), "{row}");
    }
    // What the best of several answers is right in is no less than the mean.
    assert!(share("pass") >= share("mean") && row["type"] == "V4");
    let expected = if share("spread") > 0.0 { "[mix]\nV4 = 1.00\n" } else { "[mix]\n" };
    assert_eq!(std::fs::read_to_string(&mix).unwrap(), expected);
    assert_eq!(succeed(&arguments), table, "the same seed measures the same");
}

#[test]
fn logits_are_those_of_transformers() {
    for case in ["plain", "grouped", "swin", "odd"] {
        let (folder, check) = (Folder::new(), format!("{}/check", parity(case)));
        let tokens = format!("{check}/tokens.json");
        let out = folder.path("logits.safetensors");
        let said = succeed(&["logits", "--model", &parity(case), "--tokens", &tokens, "--output", &out]);
        assert_eq!(said, "", "{case}");
        let (ours, theirs) =
            (folder.read("logits.safetensors"), std::fs::read(format!("{check}/expected.safetensors")));
        let (ours, theirs) = (tensor(&ours, "logits"), tensor(&theirs.expect("a fixture"), "logits"));
        assert_eq!(ours.0, theirs.0, "{case}: shape");
        let largest = theirs.1.iter().fold(0.0_f32, |a, b| a.max(b.abs()));
        for (ours, theirs) in ours.1.iter().zip(&theirs.1) {
            assert!((ours - theirs).abs() <= 1e-4 * largest, "{case}: {ours} for {theirs}");
        }
    }
}

#[test]
fn pictures_become_codes_and_codes_pictures() {
    let (folder, model) = (Folder::new(), parity("odd"));
    // Wide, grey, with transparency: whatever people have.
    let wide = image::GrayAlphaImage::from_fn(90, 40, |x, y| image::LumaA([(x * 2) as u8, (y * 6) as u8]));
    wide.save(folder.path("wide.png")).expect("room for a picture");
    let picture = folder.path("wide.png");
    for name in ["codes.json", "again.json"] {
        succeed(&["encode", "--model", &model, "--image", &picture, "--output", &folder.path(name)]);
    }
    let codes = folder.json("codes.json");
    assert_eq!(codes, folder.json("again.json"));
    assert_eq!(codes["grid"], 5);
    let numbers = codes["codes"].as_array().expect("a list");
    assert!(numbers.len() == 25 && numbers.iter().all(|code| code.as_u64().is_some_and(|code| code < 200)));

    let codes = folder.path("codes.json");
    succeed(&["decode", "--model", &model, "--codes", &codes, "--output", &folder.path("drawn.png")]);
    assert_eq!(folder.picture("drawn.png").dimensions(), (20, 20));
}

#[test]
fn a_drawn_picture_is_that_of_the_peer() {
    let (folder, case) = (Folder::new(), parity("odd"));
    let expected = std::fs::read(format!("{case}/check/expected.safetensors")).expect("a fixture");
    let file = SafeTensors::deserialize(&expected).expect("a fixture");
    let codes = file.tensor("vq.decoder_codes").expect("a fixture").data().to_vec();
    let codes: Vec<i32> = codes[..100].chunks_exact(4).map(|b| i32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let file = folder.file("codes.json", json!({ "grid": 5, "codes": codes }).to_string());
    succeed(&["decode", "--model", &case, "--codes", &file, "--output", &folder.path("drawn.png")]);
    let drawn = folder.picture("drawn.png");
    let (_, pixels) = tensor(&expected, "vq.decoder_pixels");
    for (x, y, pixel) in drawn.enumerate_pixels() {
        for (colour, value) in pixel.0.into_iter().enumerate() {
            let exact = (pixels[(colour * 20 + y as usize) * 20 + x as usize] + 1.0) / 0.0078;
            // Half a level of rounding, and a hair for the arithmetic.
            assert!((f32::from(value) - exact.clamp(0.0, 255.0)).abs() < 0.55, "{x},{y}: {value} for {exact}");
        }
    }
}

#[test]
fn an_exported_checkpoint_is_the_same_model_with_its_vocabulary() {
    let folder = Folder::new();
    let tokens = folder.file("tokens.json", "[[0, 1100, 1101, 5, 6]]");
    succeed(&["export", "--model", untrained(), "--precision", "f32", "--out", &folder.path("exported")]);
    let logits = |model: &str, name: &str| {
        succeed(&["logits", "--model", model, "--tokens", &tokens, "--output", &folder.path(name)]);
        tensor(&folder.read(name), "logits")
    };
    assert_eq!(logits(untrained(), "before.safetensors"), logits(&folder.path("exported"), "after.safetensors"));
    let config = folder.json("exported/config.json");
    let id = |name: &str| config["vocabulary_map"][name].as_u64();
    // What transformers needs, by name: codes as letters, and the marks.
    assert_eq!([id("<s>"), id("</s>"), id("IMGIMGAZ"), id("IMGIMGBACDZ")], [0, 2, 4, 1027].map(Some));
    assert_eq!([id("<eoss>"), id("<racm3:break>")], [1028, 1029].map(Some));
    // Null would be refused there.
    assert!(config["vq_config"]["attn_type"].is_string());
    succeed(&[
        "reason",
        "--model",
        &folder.path("exported"),
        "--image",
        &format!("{ROOT}/www/samples/ice.png"),
        "--question",
        "Is it safe?",
    ]);
}

#[test]
fn a_vocabulary_is_made_for_the_tasks_and_further_words() {
    let folder = Folder::new();
    let words = folder.file("words.txt", b"# remarks are none of them\nomnivore (umbrellas");
    succeed(&["vocabulary", "--words", &words, "--out", &folder.path("tokenizer.json")]);
    let tokenizer = folder.json("tokenizer.json");
    let vocabulary = tokenizer["model"]["vocab"].as_object().expect("a vocabulary");
    assert_eq!(vocabulary.len(), 2560);
    for token in ["\u{120}omnivore", "umbrellas", "\u{120}where", "\u{120}BBOX"] {
        assert!(vocabulary.contains_key(token), "{token} is missing");
    }
    let outcome = omni_r1(&["vocabulary", "--words", &folder.path("none.txt"), "--out", &folder.path("x.json")]);
    assert_eq!(outcome.code, 1, "{}", outcome.stderr);
}
