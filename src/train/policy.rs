//! What PeRPO learns from groups of answers: the clipped policy update, packed and weighted (Omni-R1,
//! section 4.1.2).

use crate::error::Result;
use crate::model::Transformer;
use crate::model::weight::read_values;
use crate::tokens::{Allowed, Grammar};
use crate::train::data::Source;
use crate::train::driver::Driver;
use crate::train::learner::{Learner, WeightGradients, sum_gradients};
use crate::train::objective::shares;
use crate::train::perpo::{Group, Perpo, Record};
use crate::train::recipe::PerpoStage;
use crate::train::score::{Answer, Scored};
use burn::tensor::{Tensor, TensorData};

impl Perpo {
    /// The groups are dealt out to `updates` steps of the optimizer.
    pub(super) async fn updates(
        &self,
        learner: &mut Learner,
        groups: &[Group],
        data: &Source,
        factor: f32,
        record: &mut Record,
        driver: &mut impl Driver,
    ) -> Result<()> {
        let chunk = groups.len().div_ceil(self.settings.updates).max(1);
        let old = match groups.len() > chunk {
            true => Some(self.scores(&learner.model, groups, data, learner, driver).await?),
            // A single update: the policy is the one that has sampled.
            false => None,
        };
        let mut from = 0;
        for groups in groups.chunks(chunk) {
            let answers = groups.iter().map(|group| group.rollouts.len()).sum::<usize>();
            let old = old.as_ref().map(|old| &old[from..from + answers]);
            from += answers;
            let gradients = self.gradients(learner, groups, old, data, record, driver).await?;
            record.row.one("norm", learner.learn(gradients, factor).await?);
        }
        Ok(())
    }

    /// The log-probability of every token of every answer under a model that learns nothing here.
    pub(super) async fn scores(
        &self,
        model: &Transformer,
        groups: &[Group],
        data: &Source,
        learner: &Learner,
        driver: &mut impl Driver,
    ) -> Result<Vec<Vec<f32>>> {
        let grammar = self.grammar(data, model);
        let answers = answers(groups);
        let mut scores = vec![Vec::new(); answers.len()];
        for pack in self.packs(&answers, &grammar)? {
            driver.breathe().await?;
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
        let PerpoStage { rows, length, fill, .. } = self.settings;
        let sizes = (rows, length, fill.map_or(length, |fill| fill.min(length)));
        Scored::pack(answers, grammar, &self.settings.temperatures, sizes)
    }

    /// The gradients of the objective's cost over some groups. Without `old` the policy itself is the
    /// one that has sampled.
    pub(super) async fn gradients(
        &self,
        learner: &Learner,
        groups: &[Group],
        old: Option<&[Vec<f32>]>,
        data: &Source,
        record: &mut Record,
        driver: &mut impl Driver,
    ) -> Result<WeightGradients> {
        let row = &mut record.row;
        let objective = &self.settings.objective;
        let grammar = self.grammar(data, &learner.model);
        let reference = match objective.kl_weight {
            0.0 => None,
            _ => Some(self.scores(&self.reference, groups, data, learner, driver).await?),
        };
        let answers = answers(groups);
        let advantages: Vec<f64> = groups.iter().flat_map(|group| &group.advantages).copied().collect();
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
            driver.breathe().await?;
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
                    let ratio = (now - before).exp();
                    record.ratios.push(ratio);
                    row.one(&format!("ratio {kind}"), ratio);
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
}

fn answers(groups: &[Group]) -> Vec<Answer<'_>> {
    groups
        .iter()
        .flat_map(|group| group.rollouts.iter().map(|rollout| Answer { prompt: &group.prompt, rollout }))
        .collect()
}
