//! What must hold for the wordings of every kind.

use std::collections::BTreeSet;

use rand::SeedableRng;

use super::compose::{gaps, plain, readings};
use super::*;
use crate::generate::question::written;

/// What a scene of a kind could fill the gaps with; S5 has two sorts of question.
fn slots(kind: Kind) -> Vec<Vec<(&'static str, String)>> {
    let owned = |slots: &[(&'static str, &str)]| slots.iter().map(|(gap, words)| (*gap, words.to_string())).collect();
    let all: &[&[(&'static str, &str)]] = match kind {
        Kind::N1 => &[&[("name", "umbrella")]],
        Kind::N2 => &[&[("where", "in the top left")], &[("where", "on the left")]],
        Kind::N3 => &[&[("a_name", "a fox"), ("name", "fox")]],
        Kind::N4 => &[&[("name", "fox"), ("relation", "left of"), ("other", "key")]],
        Kind::S1 | Kind::V5 => &[&[("colour", "purple")]],
        Kind::S2 => &[&[("which", "second tallest")], &[("which", "shortest")]],
        Kind::S3 | Kind::D4 => &[&[("one", "red"), ("other", "purple")]],
        Kind::S4 => &[&[("which", "lowest")]],
        Kind::S5 => &[&[("which", "largest")], &[("colour", "red")]],
        Kind::D1 => &[&[("things", "crosses")], &[("things", "red shapes")]],
        Kind::D2 | Kind::D3 | Kind::D5 => &[&[]],
        Kind::V1 => &[&[("start", "green"), ("goal", "red")]],
        Kind::V2 => &[&[("moves", "right, right, down")]],
        Kind::V3 => &[&[("letters", "A, B, C or D")]],
        Kind::V4 => &[&[("pushes", "up twice and left once")]],
    };
    all.iter().map(|slots| owned(slots)).collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

/// The words of a wording itself.
fn literal(wording: &str) -> Vec<String> {
    let open = fill(wording, &gaps(wording).map(|gap| (leaked(gap), String::new())).collect::<Vec<_>>());
    words(&open).map(String::from).collect()
}

fn leaked(gap: &str) -> &'static str {
    String::leak(gap.to_string())
}

#[test]
fn there_are_many_wordings_and_tests_have_their_own() {
    for kind in Kind::ALL {
        let phrases = of(kind);
        for slots in slots(kind) {
            let slots = slots::varied(&slots, &mut ChaCha8Rng::seed_from_u64(1));
            let slots = [slots, vec![("picture", "picture".to_string())]].concat();
            let forms = Form::ALL.into_iter().flat_map(|form| phrases.of_form(form));
            let fitting: Vec<&str> = forms.copied().filter(|wording| fits(wording, &slots)).collect();
            let train: BTreeSet<String> = fitting.iter().flat_map(|w| readings(w)).map(|w| plain(&w)).collect();
            let test: BTreeSet<&str> = phrases.test.iter().copied().filter(|wording| fits(wording, &slots)).collect();
            assert!(train.len() >= 60 && test.len() >= 11, "{kind}: {} and {}", train.len(), test.len());
            for form in Form::ALL {
                let has = phrases.of_form(form).iter().any(|wording| fits(wording, &slots));
                assert!(has, "{kind} has no {form:?} for {slots:?}");
            }
        }
        assert!(phrases.test.len() >= 12, "{kind}: {}", phrases.test.len());
        let train = sentences(kind);
        assert!(train.len() > 600, "{kind}: {}", train.len());
        for wording in phrases.test {
            assert!(!train.contains(&plain(wording)), "{kind}: \"{wording}\" is one of training");
            for word in literal(wording) {
                assert!(says(&word), "{kind}: \"{word}\" of \"{wording}\" is in no training wording");
            }
        }
    }
}

#[test]
fn hundreds_of_questions_about_one_scene() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut known: BTreeSet<String> = BTreeSet::new();
    for kind in Kind::ALL {
        for slots in slots(kind) {
            let asked: BTreeSet<String> = (0..1500).map(|_| ask(kind, Split::Train, &slots, &mut rng)).collect();
            assert!(asked.len() > 300, "{kind}: {}", asked.len());
            let test: BTreeSet<String> = (0..300).map(|_| ask(kind, Split::Test, &slots, &mut rng)).collect();
            assert!(test.len() >= 12 && test.is_disjoint(&asked), "{kind}: {test:?}");
            for question in asked.iter().chain(&test) {
                assert!(!question.contains(['{', '}', '[', ']', '|']) && !question.contains("  "), "{question}");
                assert!(!question.contains(" ?") && !question.ends_with([' ', ',', ':']), "{question}");
            }
            known.extend(asked.iter().chain(&test).flat_map(|question| words(question)).map(String::from));
        }
    }
    assert!(known.len() < 700, "{} words", known.len());
}

#[test]
fn case_and_quotes_make_no_difference() {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for kind in Kind::ALL {
        for slots in slots(kind) {
            for split in [Split::Train, Split::Test] {
                for _ in 0..200 {
                    let question = ask(kind, split, &slots, &mut rng);
                    assert_eq!(written(&question).unwrap(), question);
                    // Options that were written small stay so.
                    let options = ["A", "B", "C", "D"].iter().any(|letter| question.contains(letter));
                    if kind != Kind::V3 || options {
                        let shouted = question.to_uppercase().replace('\'', "\u{2019}");
                        assert_eq!(written(&shouted).unwrap(), question);
                    }
                    let mut letters = question.chars();
                    let begun: String =
                        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
                    assert!(kind == Kind::V3 || written(&begun).unwrap() == question, "{begun}");
                }
            }
        }
    }
}

#[test]
fn typing_leaves_what_is_asked() {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let (mut changed, mut touched, mut total) = (0, 0, 0);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for kind in Kind::ALL {
        for slots in slots(kind) {
            for _ in 0..400 {
                let question = ask(kind, Split::Train, &slots, &mut rng);
                let typed = typed(&question, &mut rng);
                assert!(!typed.trim().is_empty() && written(&typed).unwrap() == typed.trim(), "{typed}");
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
                assert_eq!(digits(&question), digits(&typed));
                total += 1;
                changed += usize::from(typed != question);
                let held = slots.iter().filter(|(gap, _)| ["name", "colour", "one", "other", "start"].contains(gap));
                let mut held = held.filter(|(_, words)| question.contains(words.as_str()));
                touched += usize::from(held.any(|(_, words)| !typed.contains(words.as_str())));
                for mark in ["what's", "whats", "pls", "plz", "??", " ?", "!", "..."] {
                    if typed.contains(mark) {
                        seen.insert(mark);
                    }
                }
            }
        }
    }
    assert_eq!(seen.len(), 8, "{seen:?}");
    assert!((35..75).contains(&(changed * 100 / total)), "{changed} of {total}");
    // A few light slips in names.
    assert!(touched * 100 < total, "{touched} of {total}");
}

#[test]
fn a_slip_makes_no_other_word() {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let (question, mut slips) = ("which shape is the largest umbrella?", 0);
    for _ in 0..4000 {
        let typed = typed(question, &mut rng);
        for (word, was) in words(&typed).zip(words(question)) {
            slips += usize::from(word != was);
            assert!(word == was || !says(word), "{was} became {word}");
            // Red is never blue: what differs is a letter or two.
            assert!(word.len().abs_diff(was.len()) <= 2 && word.starts_with(&was[..1]), "{was} became {word}");
        }
    }
    assert!((400..1200).contains(&slips), "{slips}");
    assert_eq!(says("red") && says("which"), !says("umbrella"));
}
