//! PeRPO on a small random model.

use super::advantage::advantages;
use super::data::Source;
use super::driver::Alone;
use super::learner::Learner;
use super::optimizer::OptimizerSettings;
use super::perpo::{Group, Perpo, Record};
use super::recipe::PerpoStage;
use super::row::Row;
use crate::config::ModelConfig;
use crate::loaded::{CachedTransformer, VqCodec};
use crate::model::weight::read_values;
use crate::model::{Source as Weights, Transformer};
use crate::tasks::{Bank, Kind, Split, generate};
use crate::tokens::fixtures;
use crate::vq::VqGan;
use burn::tensor::{Device, Tensor};
use pollster::block_on;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::json;
use std::sync::Arc;

pub struct World {
    pub data: Source,
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
    VqCodec::new(VqGan::build(&config().vq_config, &mut Weights::random(2), &device).unwrap(), device)
}

pub fn world(kl_weight: f64, entropy_weight: f64) -> World {
    let (device, config) = (Device::flex(), config());
    let data = Source {
        bank: Arc::new(Bank::empty()),
        vocab: Arc::new(fixtures::own()),
        codec: codec(),
        kinds: vec![(Kind::V2, 1.0)],
        own: None,
        modes: Default::default(),
        seed: 3,
        setting: Split::Train.into(),
        unanswerable: 0.0,
        made: None,
    };
    let stage: PerpoStage = serde_json::from_value(json!({
        "tokenizer": "", "vq": "", "from": "", "prompts": 2, "group": 3, "rows": 2, "length": 400, "pictures": "anywhere",
        "temperatures": { "text": 0.8, "picture": 0.5 },
        "objective": { "kl_weight": kl_weight, "entropy_weight": entropy_weight },
        "validate_every": 0, "validate_items": 0,
    }))
    .unwrap();
    let model = |seed| Transformer::build(&config, &mut Weights::random(seed), &device).unwrap();
    let settings = OptimizerSettings { learning_rate: 1e-3, muon_learning_rate: None, ..Default::default() };
    let learner = Learner::new(model(1), None, settings, &device);
    let perpo = block_on(Perpo::new(stage, model(4), &data)).unwrap();
    World { data, learner, perpo }
}

/// Groups of sampled answers whose advantages come from rewards set by hand.
fn groups(world: &World, rewards: &[&[f64]]) -> Vec<Group> {
    let mut rng = ChaCha8Rng::seed_from_u64(9);
    let mut policy = CachedTransformer::new(world.learner.model.clone());
    let each = |rewards: &&[f64]| {
        let item = generate(&world.data.bank, Kind::V2, Split::Train, &mut rng);
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
    let mut record = Record::default();
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
