//! Items without an answer say so, and for a reason that holds.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::LazyLock;

use rand::SeedableRng;

use super::super::{Action, judge};
use super::*;
use crate::generate::question::written;

static BANK: LazyLock<Bank> = LazyLock::new(|| {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    Bank::load(&data).expect("data/bank.safetensors")
});

fn items(split: Split, seed: u64, n: usize) -> Vec<Item> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    (0..n).map(|_| generate(&BANK, split, &mut rng)).collect()
}

#[test]
fn they_are_declined_in_words_alone() {
    for split in [Split::Train, Split::Test, Split::UnseenHand] {
        for (item, again) in items(split, 1, 120).into_iter().zip(items(split, 1, 120)) {
            assert_eq!((&item.question, &item.rest, &item.picture), (&again.question, &again.rest, &again.picture));
            assert_eq!((&item.truth, item.picture.dimensions()), (&Truth::Unknown, (SIZE, SIZE)));
            assert!(judge(&item.truth, &item.answer) && item.steps.is_empty());
            assert!(!item.rest.is_empty() && Action::find(&item.rest).is_none(), "{}", item.rest);
            assert!(item.rest.split(' ').count() <= 8, "{}", item.rest);
            assert!(!item.question.contains(['{', '[', '|']), "{}", item.question);
            assert_eq!(written(&item.question).unwrap(), item.question.trim(), "as the program would read it");
        }
    }
}

#[test]
fn every_reason_occurs() {
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    let mut task_types = BTreeSet::new();
    for item in items(Split::Train, 2, 1400) {
        let sort = match item.rest.as_str() {
            NOT_A_WORD | NOT_ENGLISH | NOT_ABOUT_IT | TOO_OPEN | NOTHING_KNOWN => item.rest,
            rest if rest.starts_with("this is") || rest.starts_with("these are") => "other kind".to_string(),
            rest if rest.starts_with("no ") && rest.ends_with(" here") => "absent".to_string(),
            rest => panic!("{rest}"),
        };
        *reasons.entry(sort).or_default() += 1;
        task_types.insert(item.task_type);
    }
    assert_eq!(reasons.len(), 7, "{reasons:?}");
    assert!(task_types.len() >= 18, "{task_types:?}");
    assert!(reasons.values().all(|n| *n < 560), "{reasons:?}");
}

#[test]
fn what_is_absent_is_not_in_the_scene() {
    let mut found = 0;
    for split in [Split::Train, Split::Test] {
        for item in items(split, 3, 300) {
            let Some(thing) = item.rest.strip_prefix("no ").and_then(|rest| rest.split(' ').next()) else { continue };
            found += 1;
            assert!(!says(&item.caption, thing), "{} / {}", item.rest, item.caption);
            assert!(
                !matches!(item.task_type, TaskType::N3 | TaskType::D1 | TaskType::V5),
                "no and none are answers there"
            );
        }
    }
    assert!(found > 80, "{found}");
}

#[test]
fn the_table_of_kinds_leaves_nothing_in_doubt() {
    for asked in TaskType::ALL {
        assert!(!foreign(asked, Some(asked)), "{asked}");
        let others = TaskType::ALL.into_iter().filter(|shown| foreign(asked, Some(*shown))).count();
        assert!(others >= 6 || matches!(asked, TaskType::N3 | TaskType::D1), "{asked}: {others}");
        // Bars are bars, photos are photos.
        for shown in TaskType::ALL.into_iter().filter(|shown| is(Some(*shown)) == is(Some(asked))) {
            assert!(!foreign(asked, Some(shown)), "{asked} of {shown}");
        }
    }
}

#[test]
fn tests_have_questions_and_words_of_their_own() {
    for list in [lists::LANGUAGES, lists::CHAT, lists::OPEN, lists::SUMS] {
        let [train, test] = list.both().map(|part| part.iter().collect::<BTreeSet<_>>());
        assert!(train.is_disjoint(&test) && test.len() >= 8);
    }
    let [train, test] = lists::LANGUAGES.both();
    assert!(train.len() >= 60 && test.len() >= 20);
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let mut unknown = |split, n| (0..n).map(|_| words::unknown(&BANK, split, &mut rng)).collect::<BTreeSet<String>>();
    let (train, test) = (unknown(Split::Train, 3000), unknown(Split::Test, 1000));
    assert!(train.len() > 500 && test.len() > 40 && train.is_disjoint(&test));
    assert!(train.iter().chain(&test).all(|word| !BANK.knows(word) && !phrasing::says(word)));
    // The same question may be asked of no number.
    let asked = |split, n| {
        let letters = |item: Item| item.question.chars().filter(|c| c.is_alphabetic()).collect::<String>();
        items(split, 5, n).into_iter().map(letters).filter(|text| text.len() > 6).collect::<BTreeSet<String>>()
    };
    let (train, test) = (asked(Split::Train, 900), asked(Split::Test, 300));
    assert!(train.is_disjoint(&test), "{:?}", train.intersection(&test));
}

#[test]
fn without_a_bank_pictures_are_drawn() {
    let mut rng = ChaCha8Rng::seed_from_u64(6);
    for _ in 0..150 {
        let item = generate(&Bank::empty(), Split::Train, &mut rng);
        assert!(!item.caption.is_empty() && item.caption != "a photo" && !item.rest.contains("photo"));
    }
}
