//! Batches, scores and tables, with a scripted model.

use std::sync::atomic::AtomicBool;

use image::Rgb;
use pollster::block_on;

use super::report::wilson;
use super::*;
use crate::generate::fixtures::{Fake, Greys};
use crate::tokens::fixtures;

fn close(a: (f64, f64), b: (f64, f64)) -> bool {
    (a.0 - b.0).abs() < 5e-4 && (a.1 - b.1).abs() < 5e-4
}

#[test]
fn wilsons_interval_has_its_known_values() {
    // Values of scipy.stats.binomtest(k, n).proportion_ci(method="wilson").
    assert!(close(wilson(0, 10), (0.0, 0.2775)));
    assert!(close(wilson(10, 10), (0.7225, 1.0)));
    assert!(close(wilson(5, 10), (0.2366, 0.7634)));
    assert!(close(wilson(127, 800), (0.1351, 0.1857)));
    assert_eq!(wilson(0, 0), (0.0, 1.0));
}

#[test]
fn items_are_read_with_all_that_may_be_left_out() {
    let text = r#"{"id": "a", "type": "S1", "difficulty": 2, "image": "p/1.png", "question": "how high?", "answer": "4"}

{"image": "2.png", "question": "where?", "type": "riddle", "more": [1]}
{"id": 7, "image": "3.png", "question": "which?", "answer": "red"}"#;
    let items = parse_items(text, Path::new("some/folder")).unwrap();
    assert_eq!(items.iter().map(|i| i.id.as_str()).collect::<Vec<_>>(), ["a", "3", "7"]);
    assert_eq!((items[0].task_type, items[1].task_type), (Some(TaskType::S1), None));
    assert!(matches!(&items[0].picture, PictureAt::File(path) if path == Path::new("some/folder/p/1.png")));
    assert!(judge(items[0].truth.as_ref().unwrap(), "4") && items[1].truth.is_none());
    assert_eq!(serde_json::from_str::<Line>(text.lines().next().unwrap()).unwrap().generator, None);
    assert!(parse_items("{}\n", Path::new("")).unwrap_err().to_string().starts_with("Line 1"));
    assert!(parse_items(" \n", Path::new("")).is_err());
}

fn questions() -> Vec<Question> {
    let question = |id: &str, task_type, question: &str, truth| Question {
        id: id.into(),
        task_type,
        picture: PictureAt::Memory(RgbImage::from_pixel(24, 24, Rgb([id.len() as u8 * 40; 3]))),
        question: question.into(),
        truth,
        state: None,
    };
    let four = Some(Truth::Number { value: 4.0 });
    vec![
        question("one", Some(TaskType::S1), "how high?", four.clone()),
        question("../two", Some(TaskType::S1), "", four),
        Question {
            picture: PictureAt::File("no/such/file.png".into()),
            ..question("three", Some(TaskType::V2), "safe?", Some(Truth::Fate { safe: true }))
        },
        question("four", None, "what?", None),
    ]
}

fn run_all(settings: &Settings, folder: Option<&PictureFolder>) -> Vec<Record> {
    let vocab = fixtures::own();
    let mut model = Fake { likes: Some(vocab.boi), ..Fake::garbage(&vocab) };
    let mut engine =
        Engine { model: &mut model, codec: &Greys { grid: 3 }, vocab: &vocab, device: "test", calibration: None };
    let mut heard = Vec::new();
    let each = |record: &Record| {
        heard.push(record.clone());
        Ok(())
    };
    let questions = questions();
    let stop = AtomicBool::new(false);
    let records = block_on(run(&mut engine, &questions, settings, folder, &stop, async || {}, each)).unwrap();
    assert_eq!(records, heard);
    records
}

#[test]
fn a_batch_goes_on_over_items_that_cannot_be_asked() {
    let folder = std::env::temp_dir().join(format!("omni-r1-eval-{}", std::process::id()));
    let pictures = PictureFolder { path: folder.join("out"), name: "out".into() };
    let settings =
        Settings { rule: crate::tokens::PictureRule::Anywhere, max_steps: 2, max_step: 5, ..Settings::default() };
    let records = run_all(&settings, Some(&pictures));
    let refused: Vec<bool> = records.iter().map(|record| record.prediction.error.is_some()).collect();
    assert_eq!(refused, [false, true, true, false]);
    assert_eq!((records[1].right, records[2].right, records[3].right), (Some(false), Some(false), None));
    for record in &records {
        assert_eq!(record.prediction.pictures.len(), record.pictures);
        for name in &record.prediction.pictures {
            assert!(name.starts_with("out/") && folder.join(name).is_file(), "{name}");
        }
    }
    assert!(records[3].pictures > 0);
    std::fs::remove_dir_all(&folder).unwrap();

    let report = Report::of(&records);
    assert_eq!(report.task_types.keys().collect::<Vec<_>>(), ["S1", "V2", "other"]);
    assert_eq!(report.families.keys().collect::<Vec<_>>(), ["operational", "other", "structured"]);
    assert_eq!((report.all.items, report.all.judged), (4, 3));
    assert_eq!(report.task_types["other"].accuracy, None);
}

#[test]
fn every_source_of_pictures_runs() {
    for pictures in PictureSource::ALL {
        let settings = Settings { pictures, max_steps: 2, max_step: 8, ..Settings::default() };
        let records = run_all(&settings, None);
        assert_eq!(records.len(), 4);
        assert!(pictures != PictureSource::None || records.iter().all(|record| record.pictures == 0));
    }
}

#[test]
fn a_stop_ends_the_batch() {
    let vocab = fixtures::own();
    let mut model = Fake::garbage(&vocab);
    let mut engine =
        Engine { model: &mut model, codec: &Greys { grid: 3 }, vocab: &vocab, device: "test", calibration: None };
    let stop = AtomicBool::new(true);
    let result = block_on(run(&mut engine, &questions(), &Settings::default(), None, &stop, async || {}, |_| Ok(())));
    assert!(matches!(result, Err(Error::Stopped)));
}

#[test]
fn tables_line_up() {
    let record = |task_type, right, pictures, valid_pictures| Record {
        prediction: Prediction {
            id: "x".into(),
            answer: "4".into(),
            text: String::new(),
            pictures: Vec::new(),
            valid: true,
            tokens: 9,
            ms: 1.0,
            likelihood: None,
            error: None,
        },
        task_type,
        right,
        pictures,
        valid_pictures,
    };
    let records = [
        record(Some(TaskType::S1), Some(true), 1, 1),
        record(Some(TaskType::S1), Some(false), 1, 0),
        record(Some(TaskType::D1), Some(true), 0, 0),
        record(None, None, 0, 0),
    ];
    let report = Report::of(&records);
    let text = report.to_text();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "            n   right   95% interval  well-formed  valid pictures");
    assert_eq!(lines[2], "S1          2   50.0%    9.5 to 90.5         100%             50%");
    assert_eq!(lines[3], "other       0       -              -         100%               -");
    assert_eq!(lines.len(), 1 + 3 + 3 + 1);
    let page = report.to_markdown();
    assert!(page.starts_with("|  | n | right | 95% interval | well-formed | valid pictures |\n|---|--:|"));
    assert!(page.ends_with("| all | 3 | 66.7% | 20.8 to 93.9 | 100% | 50% |\n"));
}
