//! What the bank holds, and what training never sees of it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::tests::{BANK, items, words};
use super::*;

/// data/held-out.json: what training must never see, by name and by hash.
#[derive(Deserialize)]
struct HeldOut {
    scenes: Vec<String>,
    names: Vec<String>,
    styles: Vec<String>,
    fonts: Vec<String>,
    sha256: BTreeMap<String, String>,
}

#[test]
fn nothing_held_out_is_in_the_training_part() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |path: &str| std::fs::read(root.join(path)).unwrap_or_else(|e| panic!("{path}: {e}"));
    let held: HeldOut = serde_json::from_slice(&read("data/held-out.json")).unwrap();
    assert!(held.scenes.len() >= 5 && !held.names.is_empty() && held.sha256.len() > 90);
    assert!(held.names.len() >= 12 && held.styles.len() >= 2 && !held.fonts.is_empty());
    let hash = |data: &[u8]| -> String { Sha256::digest(data).iter().map(|byte| format!("{byte:02x}")).collect() };
    let hashes: BTreeSet<&String> = held.sha256.values().collect();
    let bytes = read("data/bank.safetensors");
    let bank = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut found = 0;
    for (key, view) in bank.tensors() {
        let parts: Vec<&str> = key.split('/').collect();
        if parts[0] == "train" {
            assert!(!hashes.contains(&hash(view.data())), "{key} is a held-out picture");
            // "fox~2" is another glyph of "fox".
            let mut said = parts[1..].iter().map(|part| part.split('~').next().expect("a first part"));
            let mut lists = [&held.scenes, &held.names, &held.styles, &held.fonts].into_iter().flatten();
            assert!(!said.any(|part| lists.any(|held| held == part)), "{key}");
        } else {
            assert_eq!(held.sha256.get(&key), Some(&hash(view.data())), "{key}");
            found += 1;
        }
    }
    for (path, expected) in held.sha256.iter().filter(|(path, _)| path.starts_with("tests/")) {
        assert_eq!(*expected, hash(&read(path)), "{path}");
        found += 1;
    }
    assert_eq!(found, held.sha256.len());
    // Nor does any training item name what is held out.
    for task_type in [TaskType::N1, TaskType::N2, TaskType::N3] {
        for item in items(task_type, Split::Train, 61, 60) {
            let said = words(&format!("{} {} {}", item.question, item.caption, item.answer));
            assert!(held.names.iter().all(|name| !said.contains(name)));
        }
    }
    assert_eq!(BANK.held_out_names().iter().collect::<BTreeSet<_>>(), held.names.iter().collect());
    assert!(held.names.iter().all(|name| BANK.knows(name)) && !BANK.knows("unicorn"));
}

#[test]
fn the_splits_share_no_picture() {
    let mut rng = ChaCha8Rng::seed_from_u64(71);
    let mut seen = |split| -> BTreeSet<Vec<u8>> {
        (0..400).filter_map(|_| BANK.scene(split, &mut rng)).map(|scene| scene.as_raw().clone()).collect()
    };
    let (train, test) = (seen(Split::Train), seen(Split::Test));
    assert!(train.len() > 100 && test.len() > 50 && train.is_disjoint(&test));
    let mut look = |split| -> BTreeSet<Vec<u8>> {
        (0..400).map(|_| BANK.sticker(split, "fox", &mut rng).unwrap().as_raw().clone()).collect()
    };
    let [train, test, unseen] = [Split::Train, Split::Test, Split::UnseenHand].map(&mut look);
    assert!(train.len() >= 9 && unseen.len() >= 2, "{} and {} foxes", train.len(), unseen.len());
    assert!(train == test && train.is_disjoint(&unseen), "tests see the sets of training, the unseen ones others");
}

#[test]
fn every_name_is_drawn_by_many_sets() {
    let mut rng = ChaCha8Rng::seed_from_u64(73);
    assert!(BANK.names().len() >= 110 && BANK.held_out_names().len() >= 12);
    let all: BTreeSet<&String> = BANK.names().iter().chain(BANK.held_out_names()).collect();
    assert_eq!(all.len(), BANK.names().len() + BANK.held_out_names().len(), "no name twice");
    let mut inks = 0;
    for name in &all {
        assert!(name.bytes().all(|letter| letter.is_ascii_lowercase()), "{name} is one word");
        let looks: BTreeSet<&[u8]> =
            (0..200).map(|_| &BANK.sticker(Split::Train, name, &mut rng).unwrap().as_raw()[..]).collect();
        assert!(looks.len() >= 5, "{name} has {} looks", looks.len());
        for split in [Split::Train, Split::UnseenHand] {
            for _ in 0..30 {
                let sticker = BANK.sticker(split, name, &mut rng).unwrap();
                let (w, h) = sticker.dimensions();
                assert!((20..=72).contains(&w.max(h)), "{name}: {w} x {h}");
                assert!(sticker.pixels().filter(|pixel| pixel[3] > 40).count() > 60, "{name} can be seen");
                inks += usize::from(bank::is_ink(sticker));
            }
        }
    }
    let shown = all.len() * 60;
    assert!(inks > shown / 10 && inks < shown / 2, "{inks} of {shown} are plain ink");
    assert!(BANK.sticker(Split::Train, "unicorn", &mut rng).is_none());
}

#[test]
fn fonts_have_the_signs_that_labels_need() {
    use ab_glyph::{Font, FontVec};
    let mut rng = ChaCha8Rng::seed_from_u64(79);
    let mut fonts = |split| -> BTreeMap<usize, std::sync::Arc<FontVec>> {
        let address = |font: std::sync::Arc<FontVec>| (std::sync::Arc::as_ptr(&font) as usize, font);
        (0..200).map(|_| address(BANK.font(split, &mut rng).expect("a font"))).collect()
    };
    let (train, test) = (fonts(Split::Train), fonts(Split::Test));
    assert!(train.len() >= 6 && !test.is_empty() && train.keys().all(|font| !test.contains_key(font)));
    assert_eq!(fonts(Split::UnseenHand).len(), test.len());
    for font in train.values().chain(test.values()) {
        for sign in (' '..='~').chain("\u{b0}\u{d7}\u{2013}".chars()) {
            let id = font.glyph_id(sign);
            assert_ne!(id.0, 0, "no {sign:?}");
            assert!(sign == ' ' || font.outline(id).is_some(), "{sign:?} has no outline");
        }
    }
    assert!(Bank::empty().font(Split::Train, &mut rng).is_none());
}

#[test]
fn a_damaged_bank_is_an_error() {
    for bytes in [&[][..], &[1, 2, 3], b"\x02\0\0\0\0\0\0\0{}"] {
        assert_eq!(Bank::from_bytes(bytes).err().map(|e| e.code()), Some("data"));
    }
    // A byte of a picture that nobody looked at yet.
    let mut bytes = std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/bank.safetensors")).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    assert_eq!(Bank::from_bytes(&bytes).err().map(|e| e.code()), Some("data"));
    assert_eq!(Bank::load(Path::new("/no/such/folder")).err().map(|e| e.code()), Some("file"));
}
