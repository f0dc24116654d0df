//! What must hold for every item of every task type.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use super::*;

pub(super) static BANK: LazyLock<Bank> = LazyLock::new(|| {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    Bank::load(&data).expect("data/bank.safetensors")
});

pub(super) fn items(task_type: TaskType, split: Split, seed: u64, n: usize) -> Vec<Item> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| generate(&BANK, task_type, split, &mut rng)).collect()
}

/// Words of a text; the numbers of actions are no words.
pub(super) fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_ascii_alphabetic()).filter(|part| !part.is_empty());
    parts.map(String::from).collect()
}

#[test]
fn the_same_seed_draws_the_same_item() {
    for task_type in TaskType::ALL {
        for (a, b) in items(task_type, Split::Train, 5, 4).into_iter().zip(items(task_type, Split::Train, 5, 4)) {
            assert_eq!((&a.id, &a.question, &a.answer, &a.caption), (&b.id, &b.question, &b.answer, &b.caption));
            assert_eq!(a.picture, b.picture, "{task_type}");
            assert!(
                a.steps.iter().zip(&b.steps).all(|(x, y)| x.text == y.text && x.picture == y.picture),
                "{task_type}"
            );
        }
        assert_ne!(items(task_type, Split::Train, 5, 1)[0].picture, items(task_type, Split::Train, 6, 1)[0].picture);
    }
}

#[test]
fn each_step_is_its_action_executed_on_the_picture_before() {
    for task_type in TaskType::ALL {
        for item in items(task_type, Split::Test, 11, 15) {
            let mut state = item.state.clone();
            let mut before = item.picture.clone();
            for step in &item.steps {
                let (range, action) = Action::find(&step.text).expect("every step has an action");
                assert_eq!(range.end, step.text.len(), "the action ends the step: {}", step.text);
                assert_eq!(action.as_ref().unwrap().to_string(), step.text[range]);
                let after = execute(&before, &action.unwrap(), state.as_mut()).unwrap();
                assert_eq!(after, step.picture, "{task_type}: {}", step.text);
                assert_ne!(after, before, "{task_type}: a step must change the picture");
                before = after;
            }
        }
    }
}

#[test]
fn items_are_well_formed_and_their_answers_right() {
    for task_type in TaskType::ALL {
        for split in [Split::Train, Split::Test, Split::UnseenHand] {
            for item in items(task_type, split, 21, 25) {
                assert_eq!(item.picture.dimensions(), (canvas::SIZE, canvas::SIZE));
                assert!(judge(&item.truth, &item.answer), "{task_type}: {:?} {}", item.truth, item.answer);
                let truth: Truth = serde_json::from_str(&serde_json::to_string(&item.truth).unwrap()).unwrap();
                assert_eq!(truth, item.truth);
                assert!((1..=3).contains(&item.difficulty));
                let texts = [&item.question, &item.answer, &item.caption].into_iter();
                for text in texts.chain(item.steps.iter().map(|step| &step.text)) {
                    let known = |c: char| {
                        c.is_ascii_lowercase() || c.is_ascii_digit() || " ,?!.:()/'-".contains(c) || "ABCD".contains(c)
                    };
                    let plain = Action::find(text).map_or(text.as_str(), |(range, _)| &text[..range.start]);
                    assert!(plain.chars().all(known) && !text.contains("  "), "{text}");
                }
                // At most twelve words before the action, and four letters that name what they are about.
                assert!(item.steps.iter().all(|step| step.text.split(' ').count() <= 17));
            }
        }
    }
}

#[test]
fn a_bare_answer_would_judge_as_the_truth_does() {
    for task_type in TaskType::ALL {
        let items = items(task_type, Split::Test, 23, 30);
        for (item, other) in items.iter().zip(items.iter().skip(1)) {
            let bare = Truth::from_answer(&item.answer);
            assert!(judge(&bare, &item.answer), "{task_type}: {}", item.answer);
            // Another way through the same maze is the one thing a bare answer can't know.
            if task_type != TaskType::V1 {
                assert_eq!(
                    judge(&bare, &other.answer),
                    judge(&item.truth, &other.answer),
                    "{} {}",
                    item.answer,
                    other.answer
                );
            }
        }
    }
}

#[test]
fn the_vocabulary_is_small() {
    let mut all: BTreeSet<String> = BTreeSet::new();
    for split in [Split::Train, Split::Test] {
        for line in corpus(&BANK, split, 600, 9) {
            all.extend(words(&line));
        }
    }
    assert!(all.len() < 900, "{} words", all.len());
    assert_eq!(corpus(&Bank::empty(), Split::Train, 12, 1), corpus(&Bank::empty(), Split::Train, 12, 1));
}

/// Answering the most frequent answer must not pay: measured shares, with a margin.
#[test]
fn no_answer_dominates() {
    let most = [
        (TaskType::N1, 0.16),
        (TaskType::N2, 0.11),
        (TaskType::N3, 0.56),
        (TaskType::N4, 0.56),
        (TaskType::S1, 0.20),
        (TaskType::S2, 0.23),
        (TaskType::S3, 0.30),
        (TaskType::S4, 0.32),
        (TaskType::S5, 0.24),
        (TaskType::D1, 0.34),
        (TaskType::D2, 0.32),
        (TaskType::D3, 0.40),
        (TaskType::D4, 0.56),
        (TaskType::D5, 0.24),
        (TaskType::V1, 0.06),
        (TaskType::V2, 0.56),
        (TaskType::V3, 0.38),
        (TaskType::V4, 0.17),
        (TaskType::V5, 0.34),
    ];
    for (task_type, limit) in most {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let n = 1500;
        for item in items(task_type, Split::Train, 31, n) {
            *counts.entry(item.answer).or_default() += 1;
        }
        let (answer, top) = counts.iter().max_by_key(|(_, count)| **count).unwrap();
        assert!((*top as f64) < limit * n as f64, "{task_type}: \"{answer}\" is {top} of {n}");
    }
}

#[test]
fn stickers_are_where_the_answers_say() {
    for item in items(TaskType::N1, Split::Train, 41, 80) {
        let Some((_, Ok(Action::Zoom([x, y, w, h])))) = Action::find(&item.steps[1].text) else { panic!("a zoom") };
        let third = |v: f32| ((v * 3.0) as usize).min(2);
        let region = region::REGIONS[third(y + h / 2.0) * 3 + third(x + w / 2.0)];
        assert_eq!(region, item.answer, "{}", item.steps[1].text);
        assert!(w >= 0.2 && h >= 0.2, "at least 13 pixels of 64: {}", item.steps[1].text);
    }
}

#[test]
fn names_of_task_types_and_actions_are_read_back() {
    for task_type in TaskType::ALL {
        assert_eq!(task_type.to_string().parse::<TaskType>().unwrap(), task_type);
    }
    assert_eq!("X9".parse::<TaskType>().unwrap_err().code(), "config");
    for text in [
        "ZOOM(0.12,0.30,0.25,0.25)",
        "BBOX(0.00,0.00,1.00,1.00)",
        "MARK(0.31,0.40,2)",
        "LINE(0.10,0.20,0.10,0.90)",
        "PRED(right)",
    ] {
        assert_eq!(Action::parse(text).unwrap().to_string(), text);
    }
    for text in [
        "",
        "ZOOM",
        "ZOOM(",
        "ZOOM(0.1,0.2,0.3)",
        "ZOOM(0.9,0.1,0.3,0.2)",
        "ZOOM(0.1,0.1,0.0,0.2)",
        "BBOX(-0.1,0,0.2,0.2)",
        "BBOX(NaN,0,0.2,0.2)",
        "BBOX(inf,0,0.2,0.2)",
        "MARK(0.1,1.2,1)",
        "MARK(0.1,0.2,300)",
        "MARK(0.1,0.2)",
        "PRED()",
        "PRED(a;b)",
        "LINE(0.1,0.1,0.1,0.1)",
        "WARP(0.1,0.1,0.1,0.1)",
        "ZOOM(1e-1,0.1,0.3,0.2)",
        "MARK(0.1,0.2,1",
    ] {
        assert_eq!(Action::parse(text).unwrap_err().code(), "data", "{text}");
    }
    assert!(Action::find("no action here").is_none());
    assert!(Action::find("broken MARK(0.1,").unwrap().1.is_err());
}

#[test]
fn the_executor_works_on_any_picture() {
    let picture = RgbImage::from_fn(300, 120, |x, y| image::Rgb([(x % 256) as u8, (y * 2) as u8, 90]));
    for text in
        ["ZOOM(0.50,0.00,0.50,0.50)", "BBOX(0.00,0.00,0.40,0.40)", "MARK(1.00,1.00,12)", "LINE(0.00,0.00,1.00,1.00)"]
    {
        let after = execute(&picture, &Action::parse(text).unwrap(), None).unwrap();
        assert_eq!(after.dimensions(), picture.dimensions());
        assert_ne!(after, picture);
    }
    let unknown = execute(&picture, &Action::Pred("up".into()), None).unwrap_err();
    assert_eq!(unknown.code(), "data");
    assert!(execute(&picture, &Action::Zoom([0.5, 0.5, 0.9, 0.1]), None).is_err());
    assert!(execute(&RgbImage::new(0, 5), &Action::Mark { x: 0.5, y: 0.5, id: 1 }, None).is_err());
    // A zoom shows what was there: the right half of the ramp.
    let half = execute(&picture, &Action::Zoom([0.5, 0.0, 0.5, 1.0]), None).unwrap();
    assert!((i32::from(half.get_pixel(0, 60)[0]) - 150).abs() <= 1);
}

#[test]
fn a_jigsaw_takes_one_piece() {
    for item in items(TaskType::V3, Split::Train, 57, 20) {
        let filled = |change: &str| {
            let mut state = item.state.clone().unwrap();
            state.apply(change).unwrap();
            assert!(state.apply("fill hole").is_err(), "the hole is filled");
            state.picture()
        };
        for letter in ["A", "B", "C"] {
            let fits = filled(&format!("fill {letter}")) == filled("fill hole");
            assert_eq!(fits, judge(&item.truth, letter), "piece {letter}, answer {}", item.answer);
        }
        assert!(item.state.clone().unwrap().apply("fill E").is_err());
    }
}

#[test]
fn boxes_end_where_the_answers_say_and_discs_are_gone() {
    for item in items(TaskType::V4, Split::Train, 58, 30) {
        let mut scene = item.state.unwrap().scene::<robot::RobotScene>().expect("a robot").clone();
        for step in &item.steps {
            let Some((_, Ok(Action::Pred(change)))) = Action::find(&step.text) else { panic!("a push") };
            scene.apply(&change).unwrap();
        }
        assert_eq!(region::REGIONS[scene.at], item.answer);
        assert!((0..3).any(|_| scene.apply("push left").is_none()), "the box stays on the floor");
    }
    for item in items(TaskType::V5, Split::Train, 59, 30) {
        let mut scene = item.state.unwrap().scene::<discs::DiscScene>().expect("discs").clone();
        let Some((_, Ok(Action::Pred(change)))) = Action::find(&item.steps.last().unwrap().text) else { panic!() };
        assert_eq!(scene.apply(&change), Some(()));
        assert_eq!(scene.discs.len().to_string(), item.answer);
        assert_eq!(scene.apply(&change), None, "there are none any more");
    }
}

#[test]
fn impossible_moves_are_errors() {
    for task_type in [TaskType::V1, TaskType::V2] {
        for item in items(task_type, Split::Train, 51, 20) {
            let mut state = item.state.unwrap();
            assert!(state.apply("fly").is_err());
            // Against the edge sooner or later.
            assert!((0..6).any(|_| state.apply("left").is_err()), "{task_type}");
        }
    }
}

#[test]
fn the_table_of_task_types_is_in_the_order_of_the_variants() {
    for (at, task_type) in TaskType::ALL.into_iter().enumerate() {
        assert_eq!((task_type as usize, task_type.to_string()), (at, format!("{task_type:?}")));
    }
}

#[test]
fn steps_of_every_kind_are_short() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    let vocab = crate::tokens::Vocab::from_json(&std::fs::read(data.join("tokenizer-2.json")).unwrap()).unwrap();
    for task_type in TaskType::ALL {
        let longest = match task_type {
            // Its last step tells of every piece.
            TaskType::V3 => 45,
            // Its last step also repeats what was asked.
            TaskType::N4 => 32,
            _ => 24,
        };
        for step in items(task_type, Split::Train, 1, 20).iter().flat_map(|item| &item.steps) {
            assert!(vocab.text().encode(&step.text).len() <= longest, "{}", step.text);
        }
    }
}

#[test]
fn a_told_step_says_what_its_picture_shows() {
    for item in items(TaskType::V2, Split::Train, 51, 40) {
        let end = item.steps.last().expect("at least one move");
        let words = &end.spelled_out[..Action::find(&end.spelled_out).expect("an action").0.start];
        assert!(words.trim_end().ends_with(&item.answer), "{}", end.spelled_out);
        assert!(!end.text.contains(&item.answer), "what the drawing is for: {}", end.text);
    }
    for item in items(TaskType::V1, Split::Train, 55, 40) {
        let arrived = |step: &TraceStep| {
            let words = step.spelled_out[..step.spelled_out.find(" PRED").expect("an action")]
                .rsplit_once(", ")
                .expect("a state")
                .1;
            words.split_once(" to ").is_some_and(|(here, goal)| here == goal)
        };
        let (end, way) = item.steps.split_last().expect("at least one move");
        assert!(arrived(end) && !way.iter().any(arrived), "{}", end.spelled_out);
    }
    for item in items(TaskType::V4, Split::Train, 52, 40) {
        let end = item.steps.last().expect("at least one push");
        assert!(end.spelled_out.contains(&format!("{} PRED", item.answer)), "{} {}", end.spelled_out, item.answer);
    }
    for item in items(TaskType::V5, Split::Train, 53, 40) {
        assert!(item.steps.last().expect("a step").spelled_out.contains(&format!(", {} left PRED", item.answer)));
    }
    for item in items(TaskType::D1, Split::Train, 54, 10) {
        assert!(item.steps.iter().all(|step| step.spelled_out == step.text), "there is no more to tell");
    }
}

#[test]
fn training_never_shows_the_unseen_hands() {
    let hands = |split| items(TaskType::D1, split, 61, 400).iter().map(|item| item.drawn_by.0).collect::<BTreeSet<_>>();
    let [mut train, test, unseen] = [Split::Train, Split::Test, Split::UnseenHand].map(hands);
    // What no person draws is practised besides.
    assert!(train.remove(&Hand::Mixed) && train.len() >= 8 && train == test);
    assert!(unseen.len() >= 2 && unseen.is_disjoint(&train));
    let photocopied =
        |split| items(TaskType::D2, split, 62, 200).iter().any(|item| item.drawn_by.1 == Camera::Photocopy);
    assert!(photocopied(Split::UnseenHand) && !photocopied(Split::Train));
}

#[test]
fn one_hand_alone_draws_without_a_camera() {
    let mut rng = ChaCha8Rng::seed_from_u64(63);
    for hand in Hand::all() {
        let setting = Setting { hand: Some(hand), ..Split::Train.into() };
        let item = generate(&BANK, TaskType::S2, setting, &mut rng);
        assert_eq!(item.drawn_by, (hand, Camera::None));
        assert_eq!(hand.to_string().parse::<Hand>().unwrap(), hand);
    }
    assert_eq!("feather".parse::<Hand>().unwrap_err().code(), "config");
}
