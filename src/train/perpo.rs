//! PeRPO: groups of sampled answers, their rewards, and a clipped policy update (Omni-R1, section
//! 4.1.2; DAPO's dynamic sampling).

use crate::error::{Error, Result};
use crate::generate::PictureCodec;
use crate::loaded::CachedTransformer;
use crate::model::Transformer;
use crate::model::weight::read_values;
use crate::tasks::{Item, Split, generate};
use crate::tokens::{Allowed, Codes, Grammar, Parsed, Prompt, Rules, Token, template};
use crate::train::advantage::{advantages, varies};
use crate::train::data::Source;
use crate::train::learner::{Learner, WeightGradients, sum_gradients};
use crate::train::objective::shares;
use crate::train::recipe::PerpoStage;
use crate::train::reward::{Answered, Codebook, Reward};
use crate::train::rollout::{Rollout, sample};
use crate::train::row::Row;
use crate::train::score::{Answer, Scored};
use burn::tensor::{Tensor, TensorData};
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Everything that stays the same over a run.
pub struct Perpo {
    pub(super) settings: PerpoStage,
    /// The frozen model that the policy stays near to.
    reference: Transformer,
    codebook: Codebook,
}

/// The answers to one question.
pub struct Group {
    pub prompt: Vec<Token>,
    pub rollouts: Vec<Rollout>,
    pub rewards: Vec<Reward>,
}

impl Perpo {
    pub async fn new(settings: PerpoStage, reference: Transformer, data: &Source) -> Result<Self> {
        settings.temperatures.check()?;
        if settings.prompts == 0 || settings.group < 2 || settings.updates == 0 || settings.batches == 0 {
            return Err(Error::config(
                "[perpo] needs at least one prompt, two answers a group, one batch and one update.",
                "Correct prompts, group, batches and updates.",
            ));
        }
        let codebook = Codebook::of(&data.codec).await?;
        Ok(Self { settings, reference, codebook })
    }

    pub(super) fn grammar<'v>(&self, data: &'v Source, model: &Transformer) -> Grammar<'v> {
        let context = model.config.max_position_embeddings.min(self.settings.length);
        Grammar::new(
            &data.vocab,
            Rules { grid: data.codec.grid(), context, pictures: self.settings.pictures, ..Rules::default() },
        )
    }

    /// One step: sampling, rewards, updates. Also how many tokens were sampled.
    pub async fn step(&self, learner: &mut Learner, data: &Source, step: usize, factor: f32) -> Result<(Row, usize)> {
        let mut row = Row::default();
        let groups = self.groups(&learner.model, data, step, &mut row).await?;
        let sampled = row.mean("tokens").unwrap_or(0.0) as usize;
        let chunk = groups.len().div_ceil(self.settings.updates).max(1);
        let old = match groups.len() > chunk {
            true => Some(self.scores(&learner.model, &groups, data, learner).await?),
            // A single update: the policy is the one that has sampled.
            false => None,
        };
        let mut from = 0;
        for groups in groups.chunks(chunk) {
            let answers = groups.iter().map(|group| group.rollouts.len()).sum::<usize>();
            let old = old.as_ref().map(|old| &old[from..from + answers]);
            from += answers;
            let gradients = self.gradients(learner, groups, old, data, &mut row).await?;
            row.one("norm", learner.learn(gradients, factor).await?);
        }
        Ok((row, sampled))
    }

    /// Groups with something to learn from: until there are enough of them, or `batches` times as many
    /// questions as wanted were asked.
    async fn groups(&self, model: &Transformer, data: &Source, step: usize, row: &mut Row) -> Result<Vec<Group>> {
        let settings = &self.settings;
        let mut rng = ChaCha8Rng::seed_from_u64(data.seed);
        rng.set_stream((1 << 33) + step as u64);
        let kinds = WeightedIndex::new(data.kinds.iter().map(|(_, w)| *w)).expect("checked: weights of a mix");
        let mut policy = CachedTransformer::new(model.clone());
        let mut groups = Vec::new();
        let (mut asked, mut sampled) = (0, 0);
        while groups.len() < settings.prompts && asked < settings.prompts * settings.batches {
            let item = generate(&data.bank, data.kinds[kinds.sample(&mut rng)].0, Split::Train, None, &mut rng);
            let group = self.group(&mut policy, data, &item, rng.random(), row).await?;
            asked += 1;
            sampled += group.rollouts.iter().map(|rollout| rollout.tokens.len()).sum::<usize>();
            let metric: Vec<f64> = group.rewards.iter().map(|reward| reward.accuracy).collect();
            let keep = !settings.dynamic || varies(&metric);
            row.one("kept", f64::from(keep));
            if keep {
                groups.push(group);
            }
        }
        row.one("tokens", sampled as f64);
        Ok(groups)
    }

    pub(super) async fn group(
        &self,
        policy: &mut CachedTransformer,
        data: &Source,
        item: &Item,
        seed: u64,
        row: &mut Row,
    ) -> Result<Group> {
        let grammar = self.grammar(data, &policy.transformer);
        let picture = data.codec.encode(&item.picture).await?;
        let asked = Prompt::Reason { draw: true, question: &item.question, picture: &picture };
        let prompt = template::prompt(&data.vocab, &asked)?.tokens;
        let seeds = |i: usize| seed.wrapping_add(i as u64);
        let rollouts =
            sample(policy, &grammar, &prompt, self.settings.group, &self.settings.temperatures, seeds).await?;
        let rewards = rollouts.iter().map(|rollout| self.reward(data, item, &picture, rollout, row)).collect();
        Ok(Group { prompt, rollouts, rewards })
    }

    fn reward(&self, data: &Source, item: &Item, picture: &Codes, rollout: &Rollout, row: &mut Row) -> Reward {
        let parsed = template::parse(&data.vocab, data.codec.grid(), true, &rollout.tokens);
        let answered =
            Answered { parsed: &parsed, tokens: &rollout.tokens, picture, truth: &item.truth, answer: &item.answer };
        let reward = self.settings.reward.of(&answered, &data.vocab, &self.codebook);
        row.one("reward", reward.total);
        row.one("accuracy", reward.accuracy);
        row.one("format", reward.format);
        if let Some(perception) = reward.perception {
            row.one("perception", perception);
        }
        self.count(data, &parsed, rollout, row);
        reward
    }

    fn count(&self, data: &Source, parsed: &Parsed, rollout: &Rollout, row: &mut Row) {
        let codes = rollout.tokens.iter().filter(|t| data.vocab.code_number(**t).is_some()).count() as f64;
        row.one("length text", rollout.tokens.len() as f64 - codes);
        row.one("length picture", codes);
        for step in &parsed.steps {
            row.one("whole", f64::from(step.picture.is_some()));
        }
    }

    /// The log-probability of every token of every answer under a model that learns nothing here.
    pub(super) async fn scores(
        &self,
        model: &Transformer,
        groups: &[Group],
        data: &Source,
        learner: &Learner,
    ) -> Result<Vec<Vec<f32>>> {
        let grammar = self.grammar(data, model);
        let answers = answers(groups);
        let mut scores = vec![Vec::new(); answers.len()];
        for pack in self.packs(&answers, &grammar)? {
            let costs = read_values(pack.costs(model, &grammar, &learner.device)).await?;
            for &(number, first) in &pack.places {
                let n = answers[number].rollout.tokens.len();
                // Entropies come behind the costs.
                scores[number] = costs[first..first + n].iter().map(|cost| -cost).collect();
            }
        }
        Ok(scores)
    }

    fn packs(&self, answers: &[Answer], grammar: &Grammar) -> Result<Vec<Scored>> {
        Scored::pack(answers, grammar, &self.settings.temperatures, (self.settings.rows, self.settings.length))
    }

    /// The gradients of the objective's cost over some groups. Without `old` the policy itself is the
    /// one that has sampled.
    pub(super) async fn gradients(
        &self,
        learner: &Learner,
        groups: &[Group],
        old: Option<&[Vec<f32>]>,
        data: &Source,
        row: &mut Row,
    ) -> Result<WeightGradients> {
        let objective = &self.settings.objective;
        let grammar = self.grammar(data, &learner.model);
        let reference = match objective.kl_weight {
            0.0 => None,
            _ => Some(self.scores(&self.reference, groups, data, learner).await?),
        };
        let answers = answers(groups);
        let advantages: Vec<f64> = groups.iter().flat_map(|group| self.advantages(group)).collect();
        let packs = self.packs(&answers, &grammar)?;
        let mut weights: Vec<Vec<f64>> = vec![Vec::new(); answers.len()];
        for pack in &packs {
            for &(number, first) in &pack.places {
                let positions = first..first + answers[number].rollout.tokens.len();
                let worth = |position: usize| match pack.chosen(position) {
                    true if pack.allowed(position).has(Allowed::CODE) => objective.picture_weight,
                    true => 1.0,
                    false => 0.0,
                };
                weights[number] = positions.map(worth).collect();
            }
        }
        let weights = shares(&weights);
        let mut sum: Option<WeightGradients> = None;
        for pack in &packs {
            let tracked = learner.tracked();
            let costs = pack.costs(&tracked.model, &grammar, &learner.device);
            let [_, n] = costs.dims();
            let values = read_values(costs.clone().inner()).await?;
            let (values, measured) = values.split_at(n);
            // Weights on the costs, which are minus the log-probabilities, and on the entropies.
            let mut slopes = vec![0.0; 2 * n];
            for &(number, first) in &pack.places {
                for (i, share) in weights[number].iter().enumerate() {
                    let position = first + i;
                    if !pack.chosen(position) {
                        continue;
                    }
                    let now = -f64::from(values[position]);
                    let before = old.map_or(now, |old| f64::from(old[number][i]));
                    let policy = objective.policy(now, before, advantages[number]);
                    let mut slope = policy.slope;
                    let kind = if pack.allowed(position).has(Allowed::CODE) { "picture" } else { "text" };
                    if let Some(reference) = &reference {
                        let distance = objective.distance(now, f64::from(reference[number][i]));
                        slope += objective.kl_weight * distance.slope;
                        row.one(&format!("kl {kind}"), distance.value);
                    }
                    slopes[position] = (-share * slope) as f32;
                    slopes[n + position] = (-share * objective.entropy_weight) as f32;
                    row.add("loss", share * policy.value, 0.0);
                    row.one(&format!("advantage {kind}"), advantages[number]);
                    row.one(&format!("ratio {kind}"), (now - before).exp());
                    row.one(&format!("clipped {kind}"), f64::from(policy.slope == 0.0 && advantages[number] != 0.0));
                    row.one(&format!("entropy {kind}"), measured[position]);
                }
            }
            let slopes = Tensor::<2>::from_data(TensorData::new(slopes, [2, n]), &learner.device).autodiff();
            let cost = (costs * slopes).sum();
            sum = Some(sum_gradients(sum, tracked.gradients(cost)));
        }
        row.add("loss", 0.0, 1.0);
        Ok(sum.unwrap_or_default())
    }

    fn advantages(&self, group: &Group) -> Vec<f64> {
        let totals: Vec<f64> = group.rewards.iter().map(|reward| reward.total).collect();
        advantages(&totals, self.settings.scaled)
    }
}

fn answers(groups: &[Group]) -> Vec<Answer<'_>> {
    groups
        .iter()
        .flat_map(|group| group.rollouts.iter().map(|rollout| Answer { prompt: &group.prompt, rollout }))
        .collect()
}
