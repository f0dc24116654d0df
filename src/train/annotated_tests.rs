//! A fixed number of worked examples.

use super::batch::Labelled;
use super::trainer_tests::{documents, open, recipe};
use crate::tokens::TokenRole;
use pollster::block_on;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The questions of the traces of some batches.
fn questions(more: Value, seed: u64) -> BTreeSet<Vec<u32>> {
    let mut recipe = recipe(json!({ "language": documents(more) }));
    recipe.seed = seed;
    let trainer = open(&recipe, None);
    let (data, mut questions) = (trainer.data(), BTreeSet::new());
    for step in 0..12 {
        for Labelled { sequence, .. } in block_on(data.documents_of(step, 1350)).unwrap() {
            let picture = sequence.tokens.iter().position(|token| *token == data.vocab.boi).unwrap();
            // The mode, the words, and the codes of the picture tell an item from others.
            questions.insert(sequence.tokens[2..picture + 65].iter().map(|token| token.0).collect());
        }
    }
    questions
}

#[test]
fn annotated_traces_are_few_and_the_same_in_every_run() {
    let of = |annotated, seed| questions(json!({ "annotated": annotated }), seed);
    let few = of(5, 7);
    assert_eq!(few.len(), 5, "twelve batches see each of five traces");
    assert_eq!(of(5, 8), few);
    assert!(questions(json!({ "annotated": 5, "annotated_seed": 1 }), 7) != few);
    let always_new = questions(json!({}), 7);
    assert!(always_new.len() > 20 && questions(json!({}), 8) != always_new);
}

#[test]
fn without_annotated_traces_nothing_is_drawn() {
    let recipe = recipe(json!({ "language": documents(json!({ "annotated": 0 })) }));
    let trainer = open(&recipe, None);
    let documents = block_on(trainer.data().documents_of(0, 2250)).unwrap();
    assert!(documents.iter().all(|document| !document.sequence.roles.contains(&TokenRole::Picture)));
    assert_eq!(trainer.bundle().config.capabilities().map(|capabilities| capabilities.draws), Some(false));
}

#[test]
fn annotated_traces_leave_captions_free() {
    let modes = json!({ "draw": 0.0, "text": 0.0, "caption": 1.0 });
    assert!(questions(json!({ "annotated": 2, "modes": modes }), 7).len() > 20);
}
