//! Zero's examples hold nothing that the executor drew.

use super::driver::Alone;
use super::perpo_tests::world;
use super::recipe::ZeroStage;
use super::reward::Codebook;
use super::zero::{Examples, Made, attempt};
use crate::generate::PictureCodec;
use crate::loaded::CachedTransformer;
use crate::tasks::{Kind, Split, generate};
use crate::tokens::{Codes, LossWeights, Role};
use crate::train::data::ModeMix;
use pollster::block_on;
use rand::SeedableRng;
use rand::distr::{Distribution, weighted::WeightedIndex};
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
        // The item of attempt 0.
        let mut rng = ChaCha8Rng::seed_from_u64(world.data.seed);
        rng.set_stream(1 << 34);
        WeightedIndex::new([1.0_f32]).unwrap().sample(&mut rng);
        let item = generate(&world.data.bank, Kind::V2, Split::Train, &mut rng);
        let [made] = made.as_slice() else { panic!("without filters everything passes") };
        assert_eq!((&made.question, &made.answer), (&item.question, &item.answer));
        assert_eq!(made.picture, block_on(world.data.codec.encode(&item.picture)).unwrap());
        assert_eq!(made.steps.len(), item.steps.len());
        for ((text, drawn), step) in made.steps.iter().zip(&item.steps) {
            assert_eq!(*text, step.text);
            assert!(*drawn != block_on(world.data.codec.encode(&step.picture)).unwrap());
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

#[test]
fn batches_hold_no_picture_of_the_executor() {
    let mut data = world(0.0, 0.0).data;
    let picture = |code: u16| Codes { grid: 8, codes: vec![code; 64] };
    let made = Made {
        question: "where is the fox?".into(),
        picture: picture(3),
        steps: vec![("here MARK(0.5,0.5,1)".into(), picture(7))],
        answer: "top".into(),
    };
    data.made = Some(Arc::new(vec![made]));
    data.modes = ModeMix { draw: 0.5, text: 0.5, caption: 0.0, paint: 0.0, told: false };
    let batch = block_on(data.batch(0, 4, 1000, &LossWeights::default())).unwrap();
    let drawn = batch.targets.iter().zip(&batch.roles).filter(|(_, role)| **role == Role::Picture);
    let codes: Vec<u16> = drawn.filter_map(|(token, _)| data.vocab.code_number(crate::tokens::Token(*token))).collect();
    assert!(codes.len() >= 64 && codes.iter().all(|code| *code == 7));
}
