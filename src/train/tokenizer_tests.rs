//! Runs on the VQ-GAN.

use crate::config::ModelConfig;
use crate::error::Error;
use crate::tasks::Bank;
use crate::train::host::{Alone, Host, RewardInput};
use crate::train::recipe::Recipe;
use crate::train::start::Files;
use crate::train::tokenizer::TokenizerTrainer;
use crate::{error::Result, train::row::Row};
use burn::tensor::Device;
use serde_json::{Value, json};
use std::sync::Arc;

fn recipe(changes: Value) -> Recipe {
    let mut stage = json!({
        "preset": "nano", "batch": 2, "free_steps": 2, "commitment": 0.25, "codebook_decay": 0.9, "foreground": 3.0,
    });
    stage.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    serde_json::from_value(json!({
        "name": "test", "seed": 3, "schedule": { "steps": 40, "warmup": 1, "decay": 0.0 }, "mix": { "V2": 1.0 },
        "tokenizer": stage,
    }))
    .unwrap()
}

fn open(recipe: Recipe, resume: Option<&Files>) -> Result<TokenizerTrainer> {
    let config = ModelConfig::preset("nano", 1100).unwrap();
    pollster::block_on(TokenizerTrainer::open(recipe, config, None, resume, Arc::new(Bank::default()), &Device::flex()))
}

fn step(trainer: &mut TokenizerTrainer) -> Row {
    pollster::block_on(trainer.step(&mut Alone)).unwrap()
}

/// Before the codes are used and after.
#[test]
fn a_checkpoint_in_the_middle_changes_nothing() {
    for (before, reader) in [(1, 0.0), (3, 0.0), (3, 0.5)] {
        let changes = || json!({ "reader": reader });
        let mut whole = open(recipe(changes()), None).unwrap();
        for _ in 0..before {
            step(&mut whole);
        }
        let files = pollster::block_on(whole.checkpoint()).unwrap();
        let mut parts = open(recipe(changes()), Some(&files)).unwrap();
        assert_eq!(parts.progress.step, before);
        for number in 0..3 {
            assert_eq!(step(&mut parts), step(&mut whole), "step {number} after {before}");
        }
    }
}

#[test]
fn a_reader_along_learns_and_steers_the_codes() {
    let mut read = open(recipe(json!({ "batch": 8, "free_steps": 0, "reader": 1.0 })), None).unwrap();
    let mut unread = open(recipe(json!({ "batch": 8, "free_steps": 0 })), None).unwrap();
    let rows: Vec<Row> = (0..24).map(|_| step(&mut read)).collect();
    assert!((0..2).any(|_| step(&mut unread).mean("reader").is_none()));
    let paid = |rows: &[Row]| rows.iter().filter_map(|row| row.mean("reader")).sum::<f64>() / rows.len() as f64;
    assert!(paid(&rows[20..]) < 0.5 * paid(&rows[..4]), "{} nats a word after {}", paid(&rows[20..]), paid(&rows[..4]));
    let first = |trainer: &TokenizerTrainer| {
        let weights: Vec<f32> = trainer.vq.weights()[0].tensor.to_data().try_to_vec().unwrap();
        weights
    };
    let moved = |a: Vec<f32>, b: Vec<f32>| a.iter().zip(&b).any(|(a, b)| a != b);
    let mut same = open(recipe(json!({ "batch": 8, "free_steps": 0 })), None).unwrap();
    let mut other = open(recipe(json!({ "batch": 8, "free_steps": 0, "reader": 1.0 })), None).unwrap();
    step(&mut same);
    step(&mut other);
    assert!(moved(first(&same), first(&other)), "the reader's gradient reaches the encoder");
}

#[test]
fn held_out_pictures_come_back_better() {
    let mut trainer = open(recipe(json!({ "batch": 8, "free_steps": 10 })), None).unwrap();
    let psnr = |trainer: &TokenizerTrainer| {
        pollster::block_on(trainer.held_out(0)).unwrap().mean("psnr").expect("pictures were compared")
    };
    let before = psnr(&trainer);
    while !trainer.done() {
        step(&mut trainer);
    }
    assert!(psnr(&trainer) > before + 3.0, "{} dB after {before} dB", psnr(&trainer));
    let [originals, copies] = pollster::block_on(trainer.reconstructions(2)).unwrap();
    assert_eq!(originals.len(), 2 * 64 * 64 * 3);
    assert_eq!(copies.len(), originals.len());
}

#[test]
fn a_step_that_is_stopped_is_taken_again_as_it_would_have_been() {
    struct Stops;
    impl Host for Stops {
        async fn pause(&mut self) -> Result<()> {
            Err(Error::Stopped)
        }
        async fn rewards(&mut self, _: &[RewardInput]) -> Result<Option<Vec<f64>>> {
            Ok(None)
        }
    }
    let (mut stopped, mut whole) = (open(recipe(json!({})), None).unwrap(), open(recipe(json!({})), None).unwrap());
    assert!(matches!(pollster::block_on(stopped.step(&mut Stops)), Err(Error::Stopped)));
    assert_eq!(step(&mut stopped), step(&mut whole));
}

#[test]
fn what_can_not_be_trained_is_told() {
    let message = |recipe: Recipe| open(recipe, None).err().expect("it can't be trained").to_string();
    assert!(message(recipe(json!({ "decoder_only": true }))).contains("no codes to keep"));
    let own = Recipe { mix: [("own".to_string(), 1.0)].into(), ..recipe(json!({})) };
    assert!(message(own).contains("question types alone"));
}
