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
        assert_eq!(question.picture.load().unwrap(), small(&item.picture), "{}", item.id);
        assert_eq!(question.state.is_some(), item.state.is_some(), "{}", item.id);
        assert!(judge(question.truth.as_ref().expect("a truth"), &item.answer));
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1 + MADE.len(), "no other files");
}

#[test]
fn the_split_is_the_papers() {
    let mut families: BTreeMap<Family, usize> = BTreeMap::new();
    MADE.iter().for_each(|item| *families.entry(item.kind.family()).or_default() += 1);
    assert_eq!(families.into_values().collect::<Vec<_>>(), [100, 200, 200, 300]);
    let mut shown: Vec<_> = MADE.iter().map(|item| (item.picture.as_raw(), &item.question)).collect();
    shown.sort_unstable();
    shown.dedup();
    assert_eq!(shown.len(), MADE.len(), "no item twice");
}

/// The words in a wording's gaps, if the question is that wording.
fn read<'a>(wording: &'static str, question: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let Some((before, rest)) = wording.split_once('{') else { return (wording == question).then(Vec::new) };
    let (gap, after) = rest.split_once('}').expect("a closed gap");
    let question = question.strip_prefix(before)?;
    (1..=question.len()).find_map(|end| {
        let mut gaps = read(after, question.get(end..)?)?;
        gaps.push((gap, question.get(..end)?));
        let same = |(other, words): &&(&str, &str)| *other == gap && *words != &question[..end];
        gaps.iter().find(same).is_none().then_some(gaps)
    })
}

#[test]
fn no_training_phrasing_is_in_it() {
    for item in MADE.iter() {
        let phrases = phrasing::of(item.kind);
        let gaps: Vec<_> = phrases.test.iter().filter_map(|wording| read(wording, &item.question)).collect();
        assert!(!gaps.is_empty(), "{}: \"{}\" is no held-out phrasing", item.id, item.question);
        for gaps in gaps {
            let slots: Vec<_> = gaps.into_iter().map(|(gap, words)| (gap, words.to_string())).collect();
            let same = phrases.train.iter().find(|wording| phrasing::fill(wording, &slots) == item.question);
            assert_eq!(same, None, "{}", item.id);
        }
    }
}

#[test]
fn no_training_scene_is_behind_a_natural_item() {
    let natural = |item: &&Item| item.kind.family() == Family::Natural;
    let again = |bank: Bank| -> Vec<Item> { items(&bank).take(MADE.iter().filter(natural).count()).collect() };
    let bank = || Bank::load(&root("data")).expect("the bank");
    let same = |others: Vec<Item>| {
        MADE.iter().filter(natural).zip(others).filter(|(item, other)| item.picture == other.picture).count()
    };
    // Without the scenes of training the same items come out, and without the held-out ones none of them.
    assert_eq!(same(again(bank().scenes_alone(true))), 100);
    assert_eq!(same(again(bank().scenes_alone(false))), 0);
}

/// Items of the other families have no scenes that could be held out: what keeps them apart is their seed.
#[test]
fn no_training_draws_by_its_seeds() {
    let mut recipes = 0;
    for entry in std::fs::read_dir(root("recipes")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let seed = text.lines().find_map(|line| line.strip_prefix("seed = ")).expect("a seed");
        let seed: u64 = seed.parse().expect("a number");
        assert!(!(SEED..SEED + ((Kind::ALL.len() as u64) << 16)).contains(&seed), "{text}");
        recipes += 1;
    }
    assert!(recipes > 0);
    // No drawn item looks like one of the first of a run.
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for kind in Kind::ALL.into_iter().filter(|kind| kind.family() != Family::Natural) {
        let trained: Vec<RgbImage> =
            (0..40).map(|_| generate(&BANK, kind, Split::Train, None, &mut rng).picture).collect();
        let shown = MADE.iter().find(|item| item.kind == kind && trained.contains(&item.picture));
        assert!(shown.is_none(), "{kind}");
    }
}
