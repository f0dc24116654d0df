//! The committed benchmark is what the seed makes, and nothing of training is in it.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::*;
use crate::tasks::{judge, phrasing};

static BANK: LazyLock<Bank> = LazyLock::new(|| Bank::load(&root("data")).expect("the bank"));
static MADE: LazyLock<Vec<Item>> = LazyLock::new(|| items(&BANK).collect());

fn root(path: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

#[test]
fn the_committed_files_are_what_the_seed_makes() {
    let folder = root(FOLDER);
    let text = std::fs::read_to_string(folder.join(ITEMS)).expect("the items");
    assert!(text == lines(&MADE), "items.jsonl is not what the seed makes: omni-r1 generate --bench --out {FOLDER}");
    let questions = questions(&folder, Some(&BANK)).unwrap();
    for (item, question) in MADE.iter().zip(&questions) {
        let file = std::fs::read(folder.join(picture_name(item))).expect("its picture");
        assert!(file == encoded(&item.picture).unwrap(), "{}", item.id);
        assert_eq!(question.state.is_some(), item.state.is_some(), "{}", item.id);
        assert!(judge(question.truth.as_ref().expect("a truth"), &item.answer));
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1 + MADE.len(), "no other files");
}

#[test]
fn the_split_is_the_papers() {
    let mut families: BTreeMap<Family, usize> = BTreeMap::new();
    MADE.iter().for_each(|item| *families.entry(item.task_type.family()).or_default() += 1);
    assert_eq!(families.into_values().collect::<Vec<_>>(), [100, 200, 200, 300]);
    let mut shown: Vec<_> = MADE.iter().map(|item| (item.picture.as_raw(), &item.question)).collect();
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len(), MADE.len(), "no item twice");
}

/// Whether a question is a wording with its gaps filled, the same gap always by the same words; `known` are the gaps
/// that were read before.
fn reads<'a>(wording: &'static str, question: &'a str, known: &mut Vec<(&'static str, &'a str)>) -> bool {
    let Some((before, rest)) = wording.split_once('{') else { return wording == question };
    let (gap, after) = rest.split_once('}').expect("a closed gap");
    let Some(question) = question.strip_prefix(before) else { return false };
    if let Some((_, words)) = known.iter().copied().find(|(other, _)| *other == gap) {
        return question.strip_prefix(words).is_some_and(|rest| reads(after, rest, known));
    }
    (1..=question.len()).filter(|end| question.is_char_boundary(*end)).any(|end| {
        known.push((gap, &question[..end]));
        let fits = reads(after, &question[end..], known);
        known.pop();
        fits
    })
}

/// That these are no phrasings of training is a test of `phrasing`.
#[test]
fn every_phrasing_is_held_out() {
    for item in MADE.iter() {
        let british = item.question.replace("color", "colour").replace("center", "centre");
        let known = phrasing::of(item.task_type).test.iter().any(|wording| reads(wording, &british, &mut Vec::new()));
        assert!(known, "{}: \"{}\" is no held-out phrasing", item.id, item.question);
    }
}

#[test]
fn no_training_scene_is_behind_a_natural_item() {
    let natural = |item: &&Item| item.task_type.family() == Family::Natural;
    let again = |bank: Bank| -> Vec<Item> { items(&bank).filter(|item| natural(&item)).collect() };
    let bank = || Bank::load(&root("data")).expect("the bank");
    let same = |others: Vec<Item>| {
        MADE.iter().filter(natural).zip(others).filter(|(item, other)| item.picture == other.picture).count()
    };
    // Without the scenes of training the same items come out, and without the held-out ones others.
    let all = MADE.iter().filter(natural).count();
    assert_eq!(same(again(bank().scenes_alone(true))), all);
    assert!(same(again(bank().scenes_alone(false))) < all);
}

/// Items of the other families have no scenes that could be held out: what keeps them apart is their seed.
#[test]
fn no_training_draws_by_its_seeds() {
    let files = |folder: &str| std::fs::read_dir(root(folder)).unwrap().map(|entry| entry.unwrap().path());
    let recipes: Vec<_> = files("recipes").chain(files("recipes/archive")).filter(|path| path.is_file()).collect();
    let pipelines: Vec<_> = files("models").map(|model| model.join("pipeline.toml")).filter(|p| p.exists()).collect();
    assert!(!recipes.is_empty() && !pipelines.is_empty());
    for path in recipes.iter().chain(&pipelines) {
        let text = std::fs::read_to_string(path).unwrap();
        // A pipeline has one for each stage.
        let seeds = text.lines().filter_map(|line| line.strip_prefix("seed = "));
        let seeds: Vec<u64> = seeds.map(|seed| seed.parse().expect("a number")).collect();
        let held_out = SEED..SEED + ((TaskType::ALL.len() as u64) << 16);
        assert!(
            !seeds.is_empty() && !seeds.iter().any(|seed| held_out.contains(seed)),
            "{}: {seeds:?}",
            path.display()
        );
    }
    // No drawn item looks like one of the first of a run.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for task_type in TaskType::ALL.into_iter().filter(|task_type| task_type.family() != Family::Natural) {
        let trained: Vec<RgbImage> =
            (0..40).map(|_| generate(&BANK, task_type, Split::Train, &mut rng).picture).collect();
        let shown = MADE.iter().find(|item| item.task_type == task_type && trained.contains(&item.picture));
        assert!(shown.is_none(), "{task_type}");
    }
}
