//! Zero's examples hold nothing that the executor drew.

use super::host::Alone;
use super::perpo_tests::world;
use super::recipe::ZeroStage;
use super::roughness::Codebook;
use super::zero::{Examples, SyntheticExample, attempt, sample_of};
use crate::bundle::CachedTransformer;
use crate::generate::PictureCodec;
use crate::tokens::{Codes, LossWeights, TokenRole};
use crate::train::data::{Batches, DataSource, ModeMix};
use pollster::block_on;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use std::sync::Arc;

fn stage(more: Value) -> ZeroStage {
    let mut stage = json!({
        "examples": 1, "temperature": 1.0, "same_answer": false, "whole": false,
        "training": {
            "preset": "nano", "tokenizer": "", "vq": "", "rows": 1, "length": 1000, "validate_every": 0,
            "validate_items": 0,
        },
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(stage).unwrap()
}

#[test]
fn the_base_model_draws_to_the_generators_words() {
    let world = world(0.0, 0.0);
    let codebook = block_on(Codebook::of(&world.data.codec)).unwrap();
    let mut model = CachedTransformer::new(world.learner.model.clone());
    let mut tried = |more: Value| {
        let mut examples = Examples::default();
        let row =
            block_on(attempt(&stage(more), &mut examples, &mut model, &world.data, &codebook, &mut Alone)).unwrap();
        (examples.made, row)
    };
    for draws in ["thought", "paint"] {
        let (made, _) = tried(json!({ "draws": draws }));
        let (item, _) = sample_of(&world.data, 0);
        let [made] = made.as_slice() else { panic!("without filters everything passes") };
        assert_eq!((&made.question, &made.answer), (&item.question, &item.answer));
        assert_eq!(made.picture, block_on(world.data.codec.encode(&item.picture)).unwrap());
        assert_eq!(made.steps.len(), item.steps.len());
        for ((text, drawn), step) in made.steps.iter().zip(&item.steps) {
            assert_eq!(*text, step.text);
            let executed = step.picture.as_ref().expect("the executor draws every step");
            assert!(*drawn != block_on(world.data.codec.encode(executed)).unwrap());
        }
    }
    // Noise isn't one full grid by itself, nor as smooth as a picture, nor does it answer.
    let (made, row) = tried(json!({ "whole": true }));
    assert!(made.is_empty() && row.mean("whole") == Some(0.0));
    let (made, row) = tried(json!({ "band": 1.0 }));
    assert!(made.is_empty() && row.mean("in band") == Some(0.0));
    let (made, row) = tried(json!({ "same_answer": true }));
    assert!(made.is_empty() && row.mean("same answer") == Some(0.0));
}

/// Each attempt has a sample of its own, which no batch of training begins with.
#[test]
fn attempts_draw_apart_from_each_other_and_from_training() {
    let data = world(0.0, 0.0).data;
    let pictures = [0, 1].map(|attempt| sample_of(&data, attempt).0.picture);
    assert!(pictures[0] != pictures[1] && sample_of(&data, 0).0.picture == pictures[0]);
    for step in [0, 1] {
        let first = block_on(data.documents_of(step, 1)).unwrap().remove(0);
        for picture in &pictures {
            let codes = block_on(data.codec.encode(picture)).unwrap();
            let drawn: Vec<u16> =
                first.sequence.tokens.iter().filter_map(|token| data.vocab.code_number(*token)).take(64).collect();
            assert!(drawn != codes.codes, "step {step}");
        }
    }
}

#[test]
fn batches_hold_no_picture_of_the_executor() {
    let mut data = world(0.0, 0.0).data;
    let picture = |code: u16| Codes { grid: 8, codes: vec![code; 64] };
    let made = SyntheticExample {
        question: "where is the fox?".into(),
        picture: picture(3),
        steps: vec![("here MARK(0.5,0.5,1)".into(), picture(7))],
        answer: "top".into(),
    };
    data.synthetic = Some(Arc::new(vec![made]));
    data.modes = ModeMix { draw: 0.5, text: 0.5, ..ModeMix::default() };
    let weights = LossWeights::default();
    let mut batches = Batches { source: data.clone(), rows: 4, length: 1000, weights, waiting: Vec::new() };
    let batch = block_on(batches.make(0)).unwrap();
    assert!(batch.shares["made"] > 0 && batch.shares["V2"] > 0, "{:?}", batch.shares);
    let drawn = batch.targets.iter().zip(&batch.roles).filter(|(_, role)| **role == TokenRole::Picture);
    let codes: Vec<u16> = drawn.filter_map(|(token, _)| data.vocab.code_number(crate::tokens::Token(*token))).collect();
    assert!(codes.len() >= 64 && codes.iter().all(|code| *code == 7));
}

/// Of the same numbers the same items are drawn; a share of them is plain.
#[test]
fn a_share_of_the_items_is_plain() {
    let mut data = world(0.0, 0.0).data;
    let item = |data: &DataSource, stream| {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        rng.set_stream(stream);
        data.sample(&mut rng).picture
    };
    data.plain = 1.0;
    let plain: Vec<_> = (0..8).map(|stream| item(&data, stream)).collect();
    // With a hand that is named, the share changes nothing.
    data.setting.hand = Some(crate::tasks::Hand::Plain);
    assert!((0..8).all(|stream| item(&data, stream) == plain[stream as usize]));
    data.setting.hand = None;
    data.plain = 1e-9;
    assert!((0..8).any(|stream| item(&data, stream) != plain[stream as usize]));
}

#[test]
fn captions_follow_answers() {
    let mut data = world(0.0, 0.0).data;
    data.modes = ModeMix { draw: 0.0, text: 1.0, ..ModeMix::default() };
    let plain = block_on(data.documents_of(0, 400)).unwrap();
    data.modes.captioned = true;
    let captioned = block_on(data.documents_of(0, 400)).unwrap();
    for (plain, captioned) in plain.iter().zip(&captioned) {
        let caption = captioned.sequence.tokens.strip_prefix(&plain.sequence.tokens[..]).unwrap();
        assert!(caption.len() > 2 && caption[0] == data.vocab.mode_token(crate::tokens::Mode::Caption));
        assert_eq!(
            (caption.last(), captioned.sequence.roles.last()),
            (Some(&data.vocab.eos), Some(&TokenRole::Thought))
        );
    }
}
