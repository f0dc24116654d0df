//! Every stage of the transformer: a run that is stopped and resumed ends with the files, bit for bit, of
//! one that never stopped.

use super::driver::{Alone, Driver, Sheet};
use super::perpo_tests::{codec, config};
use super::recipe::Recipe;
use super::start::{Files, Start};
use super::trainer::Trainer;
use crate::error::{Error, Result};
use crate::model::Source as Weights;
use crate::model::checkpoint::{PROJECTION, read_tensors};
use crate::model::{Tensors, Transformer};
use crate::tasks::Bank;
use crate::tokens::{Role, Token, fixtures};
use burn::tensor::Device;
use pollster::block_on;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

fn recipe(stage: Value) -> Recipe {
    let mut recipe = json!({
        "name": "test", "seed": 7, "schedule": { "steps": 4, "warmup": 1, "decay": 0.5 }, "mix": { "V2": 1.0 },
    });
    recipe.as_object_mut().unwrap().extend(stage.as_object().unwrap().clone());
    serde_json::from_value(recipe).unwrap()
}

fn documents(more: Value) -> Value {
    let mut stage = json!({
        "preset": "nano", "tokenizer": "", "vq": "", "rows": 1, "length": 900, "validate_every": 0, "validate_items": 0,
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

fn start(weights: Option<Tensors>) -> Start {
    let tokenizer = fixtures::own_json(16, &[" where", " is", " the", " fox", " top", " left", "0.42", " ZOOM"]);
    Start { config: config(), tokenizer: tokenizer.to_string().into_bytes(), codec: codec(), weights, own: Vec::new() }
}

fn open(recipe: &Recipe, resume: Option<&Files>) -> Trainer {
    let device = Device::flex();
    let model = Transformer::build(&config(), &mut Weights::random(1), &device).unwrap();
    let mut weights = Tensors::new();
    for weight in model.weights() {
        weights.extend(block_on(weight.read_back()).unwrap());
    }
    let bank = Arc::new(Bank::empty());
    block_on(Trainer::open(recipe.clone(), start(Some(weights)), resume, bank, &device)).unwrap()
}

/// All files but the clock's.
fn run(mut trainer: Trainer, until: usize) -> Files {
    while trainer.progress.step < until {
        block_on(trainer.step(&mut Alone)).unwrap();
    }
    block_on(trainer.checkpoint()).unwrap()
}

fn without_clock(files: Files) -> Files {
    files.into_iter().filter(|(name, _)| name != "progress.json").collect()
}

fn resumes(recipe: &Recipe) -> Files {
    let whole = without_clock(run(open(recipe, None), 4));
    let half = run(open(recipe, None), 2);
    let resumed = without_clock(run(open(recipe, Some(&half)), 4));
    for ((name, whole), (again, resumed)) in whole.iter().zip(&resumed) {
        assert!(name == again && whole == resumed, "{name} differs");
    }
    assert!(without_clock(half) != whole, "two more steps change nothing");
    whole
}

fn projection(files: &Files) -> Vec<f32> {
    let (_, bytes) = files.iter().find(|(name, _)| name == "model.safetensors").unwrap();
    read_tensors(bytes).unwrap()[PROJECTION].try_to_vec().unwrap()
}

#[test]
fn pesft_resumes_with_its_projection() {
    let aligned =
        |trained: bool| recipe(json!({ "language": documents(json!({ "perception": { "trained": trained } })) }));
    let begun = projection(&run(open(&aligned(true), None), 0));
    assert!(projection(&resumes(&aligned(true))) != begun);
    assert!(projection(&run(open(&aligned(false), None), 4)) == begun);
}

#[test]
fn without_weight_the_perception_loss_changes_nothing() {
    let plain = recipe(json!({ "language": documents(json!({})) }));
    let weightless = recipe(json!({ "language": documents(json!({ "perception": { "weight": 0.0 } })) }));
    let [plain, weightless] = [plain, weightless].map(|recipe| without_clock(run(open(&recipe, None), 2)));
    assert!(plain == weightless);
}

fn rewards(more: Value) -> Recipe {
    let mut stage = json!({
        "tokenizer": "", "vq": "", "from": "", "prompts": 2, "group": 2, "updates": 2, "dynamic": false, "rows": 2,
        "length": 320, "pictures": "anywhere", "reward": { "form": "paper" }, "validate_every": 0, "validate_items": 0,
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    recipe(json!({ "optimizer": { "learning_rate": 1e-4, "muon_learning_rate": 0.0 }, "perpo": stage }))
}

#[test]
fn perpo_resumes() {
    resumes(&rewards(json!({})));
}

#[test]
fn an_early_end_is_kept_with_the_run() {
    let recipe = rewards(json!({}));
    let mut trainer = open(&recipe, None);
    block_on(trainer.step(&mut Alone)).unwrap();
    assert!(trainer.finish_at(1).is_err() && trainer.finish_at(5).is_err());
    trainer.finish_at(3).unwrap();
    let files = block_on(trainer.checkpoint()).unwrap();
    let mut resumed = open(&recipe, Some(&files));
    let factors: Vec<f32> = (0..2)
        .map(|_| {
            let factor = resumed.progress.factor(&recipe.schedule);
            block_on(resumed.step(&mut Alone)).unwrap();
            factor
        })
        .collect();
    // From 1 on, half a step before the schedule's own decay would begin.
    assert_eq!(factors, [1.0, 0.5]);
    assert!(resumed.done() && resumed.progress.factor(&recipe.schedule) == 0.0);
}

/// Stops the step at a breath, and pays for words.
struct Impatient {
    breaths: usize,
}

impl Driver for Impatient {
    async fn breathe(&mut self) -> Result<()> {
        self.breaths = self.breaths.checked_sub(1).ok_or(Error::Stopped)?;
        Ok(())
    }

    async fn rewards(&mut self, sheets: &[Sheet]) -> Result<Option<Vec<f64>>> {
        Ok(Some(sheets.iter().map(|sheet| sheet.words as f64).collect()))
    }
}

#[test]
fn a_step_that_breaks_off_changes_nothing() {
    let recipe = rewards(json!({ "fill": 1 }));
    let mut trainer = open(&recipe, None);
    let begun = block_on(trainer.checkpoint()).unwrap();
    let mut breaths = 0;
    // Ever later, so that it breaks off between the two updates as well.
    while block_on(trainer.step(&mut Impatient { breaths })).is_err() {
        assert!(block_on(trainer.checkpoint()).unwrap() == begun, "after {breaths} breaths");
        breaths = breaths * 5 / 4 + 1;
    }
    assert!(breaths > 100);
    let (_, record) = trainer.record().unwrap();
    let is_word = |token: &&Token| trainer.data().vocab.code_number(**token).is_none();
    for (reward, rollout) in record.groups.iter().flat_map(|group| group.rewards.iter().zip(&group.rollouts)) {
        assert_eq!(reward.total, rollout.tokens.iter().filter(is_word).count() as f64);
    }
    let interrupted = without_clock(block_on(trainer.checkpoint()).unwrap());
    let mut straight = open(&recipe, None);
    block_on(straight.step(&mut Impatient { breaths: usize::MAX })).unwrap();
    assert!(interrupted == without_clock(block_on(straight.checkpoint()).unwrap()));
}

#[test]
fn what_is_not_trained_stays() {
    let trained = |trained: &str| {
        let mut recipe = recipe(json!({ "language": documents(json!({})) }));
        recipe.optimizer.trained = serde_json::from_value(trained.into()).unwrap();
        let weights = |step| {
            let files = run(open(&recipe, None), step);
            let (_, bytes) = files.into_iter().find(|(name, _)| name == "model.safetensors").unwrap();
            read_tensors(&bytes).unwrap()
        };
        let (begun, ended) = (weights(0), weights(1));
        let moved = |name: &str| begun[name] != ended[name];
        [moved("model.embed_tokens.weight"), moved("model.layers.0.mlp.down_proj.weight")]
    };
    assert_eq!(trained("all"), [true, true]);
    assert_eq!(trained("blocks"), [false, true]);
    assert_eq!(trained("tables"), [true, false]);
}

/// The questions of the traces of some batches.
fn questions(more: Value, seed: u64) -> BTreeSet<Vec<u32>> {
    let mut recipe = recipe(json!({ "language": documents(more) }));
    recipe.seed = seed;
    let trainer = open(&recipe, None);
    let (data, mut questions) = (trainer.data(), BTreeSet::new());
    for step in 0..12 {
        for sequence in block_on(data.sequences(step, 1, 900)).unwrap() {
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
    let sequences = block_on(trainer.data().sequences(0, 2, 900)).unwrap();
    assert!(sequences.iter().all(|sequence| !sequence.roles.contains(&Role::Picture)));
    assert_eq!(trainer.loaded().config.practised().map(|practised| practised.draws), Some(false));
}

#[test]
fn annotated_traces_leave_captions_free() {
    let modes = json!({ "draw": 0.0, "text": 0.0, "caption": 1.0 });
    assert!(questions(json!({ "annotated": 2, "modes": modes }), 7).len() > 20);
}

#[test]
fn zero_resumes_in_the_making_and_after() {
    let recipe = recipe(json!({ "zero": {
        "examples": 3, "draws": "paint", "temperature": 1.0, "whole": false, "same_answer": false,
        "training": documents(json!({ "modes": { "draw": 1.0, "text": 0.0 } })),
    } }));
    let whole = resumes(&recipe);
    let mut making = open(&recipe, None);
    while making.making().is_some_and(|(made, _)| made == 0) {
        block_on(making.step(&mut Alone)).unwrap();
    }
    let files = block_on(making.checkpoint()).unwrap();
    assert!(without_clock(run(open(&recipe, Some(&files)), 4)) == whole);
}
