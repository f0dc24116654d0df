//! Every stage of the transformer: a run that is stopped and resumed ends with the files, bit for bit, of
//! one that never stopped.

use super::data::{Batches, DataSource, Sample, SampleStep};
use super::host::{Alone, Host, RewardInput};
use super::perpo_tests::{codec, config};
use super::recipe::Recipe;
use super::start::{Files, Start};
use super::trainer::Trainer;
use crate::error::{Error, Result};
use crate::model::WeightSource;
use crate::model::checkpoint::{PROJECTION, Precision, read_tensors, write_tensors};
use crate::model::{Tensors, Transformer};
use crate::tasks::{Bank, Split, Truth};
use crate::tokens::{Token, fixtures};
use burn::tensor::{Device, TensorData};
use pollster::block_on;
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) fn recipe(stage: Value) -> Recipe {
    let mut recipe = json!({
        "name": "test", "seed": 7, "schedule": { "steps": 4, "warmup": 1, "decay": 0.5 }, "mix": { "V2": 1.0 },
    });
    recipe.as_object_mut().unwrap().extend(stage.as_object().unwrap().clone());
    serde_json::from_value(recipe).unwrap()
}

pub(super) fn documents(more: Value) -> Value {
    let mut stage = json!({
        "preset": "nano", "tokenizer": "", "vq": "", "rows": 1, "length": 900, "validate_every": 0, "validate_items": 0,
    });
    stage.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stage
}

fn start(weights: Option<Tensors>) -> Start {
    let tokenizer = fixtures::own_json(16, &[" where", " is", " the", " fox", " top", " left", "0.42", " ZOOM"]);
    Start {
        config: config(),
        tokenizer: tokenizer.to_string().into_bytes(),
        codec: codec(),
        weights,
        custom: Vec::new(),
    }
}

pub(super) fn open(recipe: &Recipe, resume: Option<&Files>) -> Trainer {
    let device = Device::flex();
    let model = Transformer::build(&config(), &mut WeightSource::random(1), &device).unwrap();
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

impl Host for Impatient {
    async fn pause(&mut self) -> Result<()> {
        self.breaths = self.breaths.checked_sub(1).ok_or(Error::Stopped)?;
        Ok(())
    }

    async fn rewards(&mut self, inputs: &[RewardInput]) -> Result<Option<Vec<f64>>> {
        Ok(Some(inputs.iter().map(|input| input.words as f64).collect()))
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

#[test]
fn zero_resumes_in_the_making_and_after() {
    let recipe = recipe(json!({ "zero": {
        "examples": 3, "draws": "paint", "temperature": 1.0, "whole": false, "same_answer": false,
        "training": documents(json!({ "modes": { "draw": 1.0, "text": 0.0 } })),
    } }));
    let whole = resumes(&recipe);
    let mut synthesis = open(&recipe, None);
    while synthesis.synthesis().is_some_and(|(made, _)| made == 0) {
        block_on(synthesis.step(&mut Alone)).unwrap();
    }
    let files = block_on(synthesis.checkpoint()).unwrap();
    assert!(without_clock(run(open(&recipe, Some(&files)), 4)) == whole);
}

/// The codes of the pictures in a batch, in order.
fn codes(trainer: &Trainer, tokens: &[u32]) -> Vec<u16> {
    tokens.iter().filter_map(|token| trainer.data().vocab.code_number(Token(*token))).collect()
}

/// A scene by one hand doesn't depend on the split: only the numbers that it is drawn by keep it out of training.
#[test]
fn held_out_batches_are_drawn_by_numbers_of_their_own() {
    let trainer = open(&recipe(json!({ "hand": "plain", "language": documents(json!({})) })), None);
    let trained = codes(&trainer, &block_on(trainer.batches().unwrap().make(0)).unwrap().tokens);
    let grid = 64;
    let shared = |tokens: &[u32]| {
        let pictures = codes(&trainer, tokens);
        assert!(pictures.len() >= grid && trained.len() >= grid);
        pictures.chunks_exact(grid).filter(|picture| trained.chunks_exact(grid).any(|other| other == *picture)).count()
    };
    assert_eq!(shared(&block_on(trainer.held_out_batch(0)).unwrap().unwrap().tokens), 0);
    // By the numbers of the first step the held-out split shows its pictures.
    let Batches { source, rows, length, .. } = trainer.batches().unwrap();
    let source = DataSource { setting: trainer.recipe.setting(Split::Test), ..source };
    let documents = block_on(source.documents_of(0, rows * length)).unwrap();
    let tokens = documents.iter().flat_map(|document| document.sequence.tokens.iter().map(|token| token.0));
    assert!(shared(&tokens.collect::<Vec<_>>()) > 0);
}

/// What had no room in one batch comes with the next, also after a stop.
#[test]
fn documents_that_wait_are_not_lost() {
    let recipe = recipe(json!({ "language": documents(json!({})) }));
    let mut trainer = open(&recipe, None);
    let mut files = run(open(&recipe, None), 1);
    for step in 1..8 {
        block_on(trainer.step(&mut Alone)).unwrap();
        files = block_on(trainer.checkpoint()).unwrap();
        if files.iter().any(|(name, _)| name == "waiting.json") {
            break;
        }
        assert!(step < 7, "nothing waits");
    }
    let mut resumed = open(&recipe, Some(&files));
    let next = |trainer: &Trainer| block_on(trainer.batches().unwrap().make(trainer.progress.step)).unwrap();
    assert!(next(&resumed) == next(&trainer));
    let row = block_on(resumed.step(&mut Alone)).unwrap();
    assert_eq!((row.mean("share V2"), row.mean("share too long").is_some()), (Some(1.0), true));
    // A damaged one is refused.
    let (_, bytes) = files.iter_mut().find(|(name, _)| name == "waiting.json").unwrap();
    *bytes = String::from_utf8(bytes.clone()).unwrap().replacen("[0,", "[999999,", 1).into_bytes();
    assert!(refused(&recipe, &files, Vec::new()).contains("waiting.json is damaged"));
}

/// What a run says that can't be opened.
fn refused(recipe: &Recipe, files: &Files, custom: Vec<Sample>) -> String {
    let device = Device::flex();
    let mut weights = Tensors::new();
    for weight in Transformer::build(&config(), &mut WeightSource::random(1), &device).unwrap().weights() {
        weights.extend(block_on(weight.read_back()).unwrap());
    }
    let start = Start { custom, ..start(Some(weights)) };
    let resume = (!files.is_empty()).then_some(files);
    let opened = block_on(Trainer::open(recipe.clone(), start, resume, Arc::new(Bank::empty()), &device));
    opened.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_resumed_run_is_the_one_that_was_saved() {
    let recipe = recipe(json!({ "language": documents(json!({})) }));
    let files = run(open(&recipe, None), 1);
    assert_eq!(refused(&recipe, &files, Vec::new()), "");
    let other = Recipe { seed: recipe.seed + 1, ..recipe.clone() };
    assert!(refused(&other, &files, Vec::new()).contains("seed 7, not 8"));
    let changed = |change: &dyn Fn(&mut Tensors)| {
        let mut files = files.clone();
        let (_, bytes) = files.iter_mut().find(|(name, _)| name == "optimizer.safetensors").unwrap();
        let mut tensors = read_tensors(bytes).unwrap();
        change(&mut tensors);
        *bytes = write_tensors(tensors.into_iter().collect(), Precision::F32).unwrap();
        refused(&recipe, &files, Vec::new())
    };
    assert_eq!(changed(&|_| {}), "");
    assert!(changed(&|tensors| _ = tensors.pop_first()).contains("state lacks"));
    let one = || TensorData::new(vec![0.0_f32], [1, 1]);
    assert!(changed(&|tensors| *tensors.values_mut().next().unwrap() = one()).contains("shape"));
    assert!(changed(&|tensors| _ = tensors.insert("more.m".into(), one())).contains("more.m"));
}

/// An example with so many steps, all of them with their pictures.
fn example(steps: usize, question: &str) -> Sample {
    let picture = image::RgbImage::from_pixel(64, 64, image::Rgb([200; 3]));
    let text = "the fox MARK(0.5,0.5,1)".to_string();
    let step = SampleStep { spelled_out: text.clone(), text, picture: Some(picture.clone()) };
    let truth = Truth::from_answer("top left");
    Sample {
        picture,
        question: question.into(),
        steps: vec![step; steps],
        rest: String::new(),
        answer: "top left".into(),
        caption: None,
        truth,
        task_type: None,
        state: None,
    }
}

#[test]
fn an_example_that_no_row_has_room_for_is_told() {
    let mut practise = recipe(json!({ "language": documents(json!({})) }));
    practise.mix.insert("own".into(), 1.0);
    assert_eq!(refused(&practise, &Vec::new(), vec![example(1, "where is the fox?")]), "");
    let said = refused(&practise, &Vec::new(), vec![example(1, "where is the fox?"), example(12, "where is the fox?")]);
    assert!(said.contains("Example 2 takes") && said.contains("a row has 900"), "{said}");
    // Rewards have room for the question alone.
    let mut rewarded = rewards(json!({}));
    rewarded.mix.insert("own".into(), 1.0);
    assert_eq!(refused(&rewarded, &Vec::new(), vec![example(12, "where is the fox?")]), "");
    let long = "umbrella ".repeat(40);
    assert!(refused(&rewarded, &Vec::new(), vec![example(1, &long)]).contains("Example 1 takes"));
}

#[test]
fn a_question_without_room_for_an_answer_ends_a_step_by_rewards() {
    let mut trainer = open(&rewards(json!({ "length": 72 })), None);
    let error = block_on(trainer.step(&mut Alone)).unwrap_err();
    assert!(error.to_string().contains("no room to answer"), "{error}");
}
