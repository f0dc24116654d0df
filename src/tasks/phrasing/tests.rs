//! What must hold for the wordings of every task type.

use std::collections::BTreeSet;

use rand::SeedableRng;

use super::compose::{gaps, plain, readings};
use super::*;
use crate::generate::question::written;

/// What a scene of a task type could fill the gaps with; S5 has two sorts of question.
fn slots(task_type: TaskType) -> Vec<Vec<(&'static str, String)>> {
    let owned = |slots: &[(&'static str, &str)]| slots.iter().map(|(gap, words)| (*gap, words.to_string())).collect();
    let all: &[&[(&'static str, &str)]] = match task_type {
        TaskType::N1 => &[&[("name", "umbrella")]],
        TaskType::N2 => &[&[("where", "in the top left")], &[("where", "on the left")]],
        TaskType::N3 => &[&[("a_name", "a fox"), ("name", "fox")]],
        TaskType::N4 => &[&[("name", "fox"), ("relation", "left of"), ("other", "key")]],
        TaskType::S1 | TaskType::V5 => &[&[("colour", "purple")]],
        TaskType::S2 => &[&[("which", "second tallest")], &[("which", "shortest")]],
        TaskType::S3 | TaskType::D4 => &[&[("one", "red"), ("other", "purple")]],
        TaskType::S4 => &[&[("which", "lowest")]],
        TaskType::S5 => &[&[("which", "largest")], &[("colour", "red")]],
        TaskType::D1 => &[&[("things", "crosses")], &[("things", "red shapes")]],
        TaskType::D2 | TaskType::D3 | TaskType::D5 => &[&[]],
        TaskType::V1 => &[&[("start", "green"), ("goal", "red")]],
        TaskType::V2 => &[&[("moves", "right, right, down")]],
        TaskType::V3 => &[&[("letters", "A, B, C or D")]],
        TaskType::V4 => &[&[("pushes", "up twice and left once")]],
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
    for task_type in TaskType::ALL {
        let phrases = of(task_type);
        for slots in slots(task_type) {
            let slots = slots::varied(&slots, &mut ChaCha8Rng::seed_from_u64(1));
            let slots = [slots, vec![("picture", "picture".to_string())]].concat();
            let forms = Form::ALL.into_iter().flat_map(|form| phrases.of_form(form));
            let fitting: Vec<&str> = forms.copied().filter(|wording| fits(wording, &slots)).collect();
            let train: BTreeSet<String> = fitting.iter().flat_map(|w| readings(w)).map(|w| plain(&w)).collect();
            let test: BTreeSet<&str> = phrases.test.iter().copied().filter(|wording| fits(wording, &slots)).collect();
            assert!(train.len() >= 60 && test.len() >= 11, "{task_type}: {} and {}", train.len(), test.len());
            for form in Form::ALL {
                let has = phrases.of_form(form).iter().any(|wording| fits(wording, &slots));
                assert!(has, "{task_type} has no {form:?} for {slots:?}");
            }
        }
        assert!(phrases.test.len() >= 12, "{task_type}: {}", phrases.test.len());
        let train = sentences(task_type);
        assert!(train.len() > 600, "{task_type}: {}", train.len());
        for wording in phrases.test {
            assert!(!train.contains(&plain(wording)), "{task_type}: \"{wording}\" is one of training");
            for word in literal(wording) {
                assert!(says(&word), "{task_type}: \"{word}\" of \"{wording}\" is in no training wording");
            }
        }
    }
}

#[test]
fn hundreds_of_questions_about_one_scene() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut known: BTreeSet<String> = BTreeSet::new();
    for task_type in TaskType::ALL {
        for slots in slots(task_type) {
            let asked: BTreeSet<String> = (0..1500).map(|_| ask(task_type, Split::Train, &slots, &mut rng)).collect();
            assert!(asked.len() > 300, "{task_type}: {}", asked.len());
            let test: BTreeSet<String> = (0..300).map(|_| ask(task_type, Split::Test, &slots, &mut rng)).collect();
            assert!(test.len() >= 12 && test.is_disjoint(&asked), "{task_type}: {test:?}");
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
    for task_type in TaskType::ALL {
        for slots in slots(task_type) {
            for split in [Split::Train, Split::Test] {
                for _ in 0..200 {
                    let question = ask(task_type, split, &slots, &mut rng);
                    assert_eq!(written(&question).unwrap(), question);
                    // Options that were written small stay so.
                    let options = ["A", "B", "C", "D"].iter().any(|letter| question.contains(letter));
                    if task_type != TaskType::V3 || options {
                        let shouted = question.to_uppercase().replace('\'', "\u{2019}");
                        assert_eq!(written(&shouted).unwrap(), question);
                    }
                    let mut letters = question.chars();
                    let begun: String =
                        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect();
                    assert!(task_type == TaskType::V3 || written(&begun).unwrap() == question, "{begun}");
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
    for task_type in TaskType::ALL {
        for slots in slots(task_type) {
            for _ in 0..400 {
                let question = ask(task_type, Split::Train, &slots, &mut rng);
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
