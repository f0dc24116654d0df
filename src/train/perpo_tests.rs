//! PeRPO on a small random model.

use super::advantage::advantages;
use super::data::DataSource;
use super::host::Alone;
use super::learner::Learner;
use super::optimizer::OptimizerSettings;
use super::perpo::{Group, Perpo, StepOutcome};
use super::recipe::PerpoStage;
use super::reward::Drawings;
use super::rollout::Rollout;
use super::row::Row;
use crate::bundle::{CachedTransformer, VqCodec};
use crate::config::ModelConfig;
use crate::generate::{LanguageModel, PictureCodec};
use crate::model::weight::read_values;
use crate::model::{Transformer, WeightSource};
use crate::tasks::{Bank, Setting, Split, TaskType, generate};
use crate::tokens::{Document, Prompt, ThoughtStep, Token, fixtures, template};
use crate::vq::VqGan;
use burn::tensor::{Device, Tensor};
use pollster::block_on;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::sync::Arc;

pub struct World {
    pub data: DataSource,
    pub learner: Learner,
    perpo: Perpo,
}

/// Two layers over the 16 codes of `fixtures::own`.
pub fn config() -> ModelConfig {
    let mut config = ModelConfig::preset("nano", fixtures::own().size).unwrap();
    config.num_hidden_layers = 2;
    config.vq_config.num_embeddings = 16;
    config
}

pub fn codec() -> VqCodec {
    let device = Device::flex();
    VqCodec::new(VqGan::build(&config().vq_config, &mut WeightSource::random(2), &device).unwrap(), device)
}

pub fn world(kl_weight: f64, entropy_weight: f64) -> World {
    let (device, config) = (Device::flex(), config());
    let data = DataSource {
        bank: Arc::new(Bank::empty()),
        vocab: Arc::new(fixtures::own()),
        codec: codec(),
        task_types: vec![(TaskType::V2, 1.0)],
        custom: None,
        modes: Default::default(),
        seed: 3,
        setting: Split::Train.into(),
        unanswerable: 0.0,
        plain: 0.0,
        synthetic: None,
        annotated: None,
    };
    let stage: PerpoStage = serde_json::from_value(json!({
        "tokenizer": "", "vq": "", "from": "", "prompts": 2, "group": 3, "rows": 2, "length": 400, "pictures": "anywhere",
        "temperatures": { "text": 0.8, "picture": 0.5 },
        "objective": { "kl_weight": kl_weight, "entropy_weight": entropy_weight },
        "validate_every": 0, "validate_items": 0,
    }))
    .unwrap();
    let model = |seed| Transformer::build(&config, &mut WeightSource::random(seed), &device).unwrap();
    let settings = OptimizerSettings { learning_rate: 1e-3, muon_learning_rate: None, ..Default::default() };
    let learner = Learner::new(model(1), None, settings, &device);
    let perpo = block_on(Perpo::new(stage, model(4), &data, false)).unwrap();
    World { data, learner, perpo }
}

/// Groups of sampled answers whose advantages come from rewards set by hand.
fn groups(world: &World, rewards: &[&[f64]]) -> Vec<Group> {
    groups_drafted_at(world, rewards, 0.0)
}

/// Those whose drafts cost so much.
fn groups_drafted_at(world: &World, rewards: &[&[f64]], draft_cost: f64) -> Vec<Group> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut policy = CachedTransformer::new(world.learner.model.clone());
    policy.draft_cost = draft_cost;
    let each = |rewards: &&[f64]| {
        let item = generate(&world.data.bank, TaskType::V2, Split::Train, &mut rng);
        let mut row = Row::default();
        let (asked, mut alone) = (vec![(item.into(), 5)], Alone);
        let groups = world.perpo.sample(&mut policy, &world.data, asked, &mut row, &mut alone);
        let mut group = block_on(groups).unwrap().pop().expect("one question");
        assert_eq!(group.rollouts.len(), rewards.len());
        group.advantages = advantages(rewards, true);
        group
    };
    rewards.iter().map(each).collect()
}

fn gradients(world: &World, groups: &[Group]) -> (Vec<Option<Tensor<2>>>, Row) {
    let mut record = StepOutcome::default();
    let gradients =
        block_on(world.perpo.gradients(&world.learner, groups, None, &world.data, &mut record, &mut Alone)).unwrap();
    (gradients, record.row)
}

fn scores(world: &World, groups: &[Group]) -> Vec<Vec<f32>> {
    let World { data, learner, perpo } = world;
    block_on(perpo.scores(&learner.model, groups, data, learner, &mut Alone)).unwrap()
}

fn largest(gradients: &[Option<Tensor<2>>]) -> f32 {
    let values = |gradient: &Tensor<2>| block_on(read_values(gradient.clone())).unwrap();
    gradients.iter().flatten().flat_map(values).fold(0.0, |most, g| most.max(g.abs()))
}

#[test]
fn drafts_change_no_rollout() {
    let world = world(0.0, 0.0);
    let rewards: &[&[f64]] = &[&[0.0; 3], &[0.0; 3]];
    let [with, without] = [0.0, f64::INFINITY].map(|cost| groups_drafted_at(&world, rewards, cost));
    let mut codes = 0;
    for (with, without) in with.iter().zip(&without).flat_map(|(a, b)| a.rollouts.iter().zip(&b.rollouts)) {
        assert_eq!(with.tokens, without.tokens);
        codes += with.tokens.iter().filter(|token| world.data.vocab.code_number(**token).is_some()).count();
        for (with, without) in with.log_probabilities.iter().zip(&without.log_probabilities) {
            assert!((with - without).abs() < 1e-4, "{with} and {without}");
        }
    }
    assert!(codes >= 64, "{codes} codes");
}

#[test]
fn scores_at_unchanged_weights_are_the_samplers() {
    let world = world(0.0, 0.0);
    let groups = groups(&world, &[&[0.0; 3], &[0.0; 3]]);
    let scores = scores(&world, &groups);
    let rollouts: Vec<_> = groups.iter().flat_map(|group| &group.rollouts).collect();
    assert_eq!(scores.len(), rollouts.len());
    let (mut chosen, mut different) = (0, 0);
    for (score, rollout) in scores.iter().zip(&rollouts) {
        assert_eq!(score.len(), rollout.tokens.len());
        for (score, sampled) in score.iter().zip(&rollout.log_probabilities) {
            // Where there was no choice the sampler says 0, and the score isn't used.
            if *sampled != 0.0 {
                chosen += 1;
                assert!((score - sampled).abs() < 2e-4, "{score} isn't {sampled}");
            }
        }
        different += usize::from(rollout.tokens != rollouts[0].tokens);
    }
    let codes = rollouts.iter().flat_map(|r| &r.tokens).filter(|t| world.data.vocab.code_number(**t).is_some());
    assert!(codes.count() >= 64 && chosen > 100 && different > 0);
}

#[test]
fn equal_rewards_give_no_gradient() {
    let world = world(0.0, 0.0);
    let groups = groups(&world, &[&[0.4; 3], &[1.0; 3]]);
    let (equal, _) = gradients(&world, &groups);
    assert!(equal.iter().any(Option::is_some));
    assert_eq!(largest(&equal), 0.0);
}

#[test]
fn a_better_answer_becomes_likelier() {
    let mut world = world(0.0, 0.0);
    let groups = groups(&world, &[&[1.0, 0.0, 0.0]]);
    let sum = |world: &World| -> Vec<f32> {
        let scores = scores(world, &groups);
        let chosen = |(scores, group): (&Vec<f32>, &super::rollout::Rollout)| {
            let of_choice = scores.iter().zip(&group.log_probabilities).filter(|(_, sampled)| **sampled != 0.0);
            let (sum, count) = of_choice.fold((0.0, 0), |(sum, n), (score, _)| (sum + score, n + 1));
            sum / count as f32
        };
        scores.iter().zip(&groups[0].rollouts).map(chosen).collect()
    };
    let before = sum(&world);
    let (gradients, row) = gradients(&world, &groups);
    assert!(largest(&gradients) > 0.0);
    // Before an update the ratio is one, and advantages sum up to nothing.
    assert_eq!(row.mean("ratio text"), Some(1.0));
    assert_eq!(row.mean("clipped picture"), Some(0.0));
    block_on(world.learner.learn(gradients, 1.0)).unwrap();
    let after = sum(&world);
    let gain = |i: usize| after[i] - before[i];
    assert!(gain(0) > gain(1) && gain(0) > gain(2), "{before:?} {after:?}");
}

#[test]
fn the_reference_pulls_and_entropy_is_measured() {
    let world = world(0.1, 0.01);
    let groups = groups(&world, &[&[0.5; 3]]);
    let (gradients, row) = gradients(&world, &groups);
    // Equal rewards: all that is left is the pull of another model, and of entropy.
    assert!(largest(&gradients) > 0.0);
    assert!(row.mean("kl picture").unwrap() > 0.0);
    let entropy = row.mean("entropy picture").unwrap();
    // 16 codes at temperature 0.5.
    assert!(entropy > 0.0 && entropy <= 16f64.ln() + 1e-6, "{entropy}");
}

/// A good answer of the generator's, as if it had been sampled, and one with other drawings.
fn true_rollout(world: &World, blank: bool) -> (super::data::Sample, Vec<Token>, Rollout) {
    let mut rng = ChaCha8Rng::seed_from_u64(4);
    let item =
        generate(&world.data.bank, TaskType::V2, Setting { difficulty: Some(1), ..Split::Train.into() }, &mut rng);
    let codec = &world.data.codec;
    let encoded = |picture: &image::RgbImage| block_on(codec.encode(picture)).unwrap();
    let white = image::RgbImage::from_pixel(codec.size(), codec.size(), image::Rgb([255; 3]));
    let step = |step: &crate::tasks::TraceStep| ThoughtStep {
        text: step.text.clone(),
        picture: Some(encoded(if blank { &white } else { &step.picture })),
    };
    let (question, picture) = (item.question.clone(), encoded(&item.picture));
    let steps = item.steps.iter().map(step).collect();
    let prompt = Prompt::Reason { draw: true, question: &question, picture: &picture };
    let prompt = template::prompt(&world.data.vocab, &prompt).unwrap().tokens;
    let document = Document::Reason {
        draw: true,
        question: question.clone(),
        picture,
        steps,
        rest: String::new(),
        answer: "so".into(),
    };
    let tokens = template::build(&world.data.vocab, &document).unwrap().tokens.split_off(prompt.len());
    (item.into(), prompt, Rollout { log_probabilities: vec![0.0; tokens.len()], tokens })
}

#[test]
fn gain_is_what_the_drawings_do_to_the_right_answer() {
    let mut world = world(0.0, 0.0);
    world.perpo.settings.length = 1024;
    world.perpo.settings.rows = 1;
    let (asked, prompt, own) = true_rollout(&world, false);
    let (_, _, blank) = true_rollout(&world, true);
    let vocab = &world.data.vocab;
    let read = |rollout: &Rollout| template::parse(vocab, world.data.codec.grid(), true, &rollout.tokens);
    let mut stepless = own.clone();
    stepless.tokens.drain(..stepless.tokens.iter().position(|t| *t == vocab.thought_close).unwrap());
    let rollouts = [own, blank, stepless];
    let parsed: Vec<_> = rollouts.iter().map(read).collect();
    assert!(parsed.iter().all(|parsed| parsed.valid()), "{parsed:?}");
    let answers: Vec<_> = parsed.iter().zip(&rollouts).collect();
    let question = (prompt.as_slice(), asked.answer.as_str());
    let gains = block_on(world.perpo.gains(&world.learner.model, &world.data, question, &answers, &mut Alone)).unwrap();
    // Blank drawings add nothing to blank ones; a thought without drawings has none to be paid.
    assert!(gains[1].unwrap().abs() < 1e-5 && gains[2].is_none(), "{gains:?}");
    // The same by feeding the tokens one after the other: log-probabilities at temperature 0.8.
    let likely = |rollout: &Rollout| {
        let mut model = CachedTransformer::new(world.learner.model.clone());
        let open = rollout.tokens.iter().position(|t| *t == vocab.answer_open).unwrap();
        let mut words = template::words(vocab, &asked.answer);
        words.push(vocab.answer_close);
        let mut fed: Vec<Token> = prompt.iter().chain(&rollout.tokens[..=open]).copied().collect();
        let mut sum = 0.0;
        for (i, word) in words.into_iter().enumerate() {
            let logits = block_on(model.feed(&fed)).unwrap();
            let mut ids: Vec<u32> = vocab.text_ranges().iter().flat_map(Clone::clone).collect();
            // An answer has at least one word.
            ids.extend((i > 0).then_some(vocab.answer_close.0));
            let scaled = |id: u32| f64::from(logits[id as usize]) / f64::from(0.8_f32);
            sum += scaled(word.0) - ids.iter().map(|id| scaled(*id).exp()).sum::<f64>().ln();
            fed = vec![word];
        }
        sum
    };
    let expected = (likely(&rollouts[0]) - likely(&rollouts[1])).clamp(-1.0, 1.0);
    assert!(expected.abs() > 1e-4 && (gains[0].unwrap() - expected).abs() < 1e-3, "{gains:?}, {expected}");
}

#[test]
fn a_drawing_is_paid_to_its_own_codes() {
    let world = world(0.0, 0.0);
    let (asked, prompt, rollout) = true_rollout(&world, false);
    let vocab = &world.data.vocab;
    let steps = rollout.tokens.iter().filter(|token| **token == vocab.boi).count();
    let worth: Vec<f64> = (1..=steps).map(|i| i as f64 / 10.0).collect();
    let group = Group {
        asked,
        prompt,
        parsed: Vec::new(),
        rewards: Vec::new(),
        problems: Vec::new(),
        advantages: vec![0.5],
        of_drawings: vec![worth.clone()],
        kept: true,
        rollouts: vec![rollout.clone()],
    };
    let mut expected = Vec::new();
    for token in &rollout.tokens {
        let drawn = rollout.tokens[..expected.len()].iter().filter(|token| **token == vocab.boi).count();
        expected.push(if vocab.code_number(*token).is_some() { 0.5 + worth[drawn - 1] } else { 0.5 });
    }
    assert!(steps > 0 && group.of_tokens(&world.data, 0) == expected);
}

#[test]
fn rows_tell_of_each_question_type() {
    let mut world = world(0.1, 0.0);
    world.data.task_types = vec![(TaskType::V2, 1.0), (TaskType::V4, 1.0)];
    world.perpo.settings.dynamic = false;
    world.perpo.settings.prompts = 10;
    let World { data, learner, perpo } = &mut world;
    let record = block_on(perpo.step(learner, data, 0, 1.0, &mut Alone)).unwrap();
    let means = serde_json::Value::from(record.row.means());
    let mut answers = 0.0;
    for task_type in ["V2", "V4"] {
        let of_type = &means["types"][task_type];
        for name in ["accuracy", "format", "no steps", "kept", "length text", "length picture", "one answer"] {
            assert!(of_type[name].is_number(), "{task_type}: no {name} in {of_type}");
        }
        for name in ["entropy text", "kl text", "kl picture", "entropy picture"] {
            assert!(of_type[name].as_f64().is_some_and(|value| value >= 0.0), "{task_type}: no {name} in {of_type}");
        }
        let asked = record.groups.iter().filter(|group| group.asked.type_name() == task_type).count() as f64;
        answers += of_type["length text"].as_f64().unwrap() * asked / 10.0;
    }
    // The parts are those of the whole.
    assert!((answers - means["length text"].as_f64().unwrap()).abs() < 1e-4);
}

#[test]
fn zero_never_sees_the_executors_pictures() {
    let world = world(0.0, 0.0);
    let new = |drawings: &str, own: bool| {
        let mut stage = world.perpo.settings.clone();
        stage.reward.drawings = serde_json::from_value(drawings.into()).unwrap();
        block_on(Perpo::new(stage, world.learner.model.clone(), &world.data, own))
            .map(|perpo| perpo.settings.reward.drawings)
    };
    assert!(new("agreement", true).is_err() && new("agreement", false).is_ok());
    let mut stage = world.perpo.settings.clone();
    stage.reward.drawings = None;
    let perpo = block_on(Perpo::new(stage, world.learner.model.clone(), &world.data, true)).unwrap();
    assert_eq!(perpo.settings.reward.drawings, Some(Drawings::Gain));
}
