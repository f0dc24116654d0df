//! What PeRPO learns from groups of answers: the clipped policy update, packed and weighted (Omni-R1,
//! section 4.1.2).

use crate::error::Result;
use crate::model::Transformer;
use crate::model::weight::read_values;
use crate::tokens::{Allowed, Grammar};
use crate::train::data::DataSource;
use crate::train::host::Host;
use crate::train::learner::{Learner, WeightGradients, sum_gradients};
use crate::train::objective::ObjectiveSettings;
use crate::train::perpo::{Group, Perpo, StepOutcome};
use crate::train::recipe::PerpoStage;
use crate::train::row::Row;
use crate::train::score::{Answer, Scored};
use burn::tensor::{Tensor, TensorData};

impl Perpo {
    /// The groups are dealt out to `updates` steps of the optimizer.
    pub(super) async fn updates(
        &self,
        learner: &mut Learner,
        groups: &[Group],
        data: &DataSource,
        factor: f32,
        record: &mut StepOutcome,
        host: &mut impl Host,
    ) -> Result<()> {
        let chunk = groups.len().div_ceil(self.settings.updates).max(1);
        let old = match groups.len() > chunk {
            true => Some(self.scores(&learner.model, groups, data, learner, host).await?),
            // A single update: the policy is the one that has sampled.
            false => None,
        };
        let mut from = 0;
        for groups in groups.chunks(chunk) {
            let answers = groups.iter().map(|group| group.rollouts.len()).sum::<usize>();
            let old = old.as_ref().map(|old| &old[from..from + answers]);
            from += answers;
            let gradients = self.gradients(learner, groups, old, data, record, host).await?;
            record.row.one("norm", learner.learn(gradients, factor).await?);
        }
        Ok(())
    }

    /// The log-probability of every token of every answer under a model that learns nothing here.
    pub(super) async fn scores(
        &self,
        model: &Transformer,
        groups: &[Group],
        data: &DataSource,
        learner: &Learner,
        host: &mut impl Host,
    ) -> Result<Vec<Vec<f32>>> {
        let grammar = self.grammar(data, model);
        let answers = answers(groups);
        let mut scores = vec![Vec::new(); answers.len()];
        for pack in self.packs(&answers, &grammar)? {
            host.pause().await?;
            let costs = read_values(pack.costs(model, &grammar, &learner.device)).await?;
            for &(number, first) in &pack.places {
                let n = answers[number].rollout.tokens.len();
                // Entropies come behind the costs.
                scores[number] = costs[first..first + n].iter().map(|cost| -cost).collect();
            }
        }
        Ok(scores)
    }

    pub(super) fn packs(&self, answers: &[Answer], grammar: &Grammar) -> Result<Vec<Scored>> {
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
        data: &DataSource,
        record: &mut StepOutcome,
        host: &mut impl Host,
    ) -> Result<WeightGradients> {
        let objective = &self.settings.objective;
        let grammar = self.grammar(data, &learner.model);
        let reference = match objective.kl_weight {
            0.0 => None,
            _ => Some(self.scores(&self.reference, groups, data, learner, host).await?),
        };
        let answers = answers(groups);
        let packs = self.packs(&answers, &grammar)?;
        let shares = objective.shares(&self.weights(&packs, &answers));
        let numbered = groups.iter().flat_map(|group| (0..group.rollouts.len()).map(move |i| (group, i)));
        let answer = |(number, (group, i)): (usize, (&Group, usize))| Credited {
            task_type: group.asked.type_name(),
            advantages: group.of_tokens(data, i),
            shares: &shares[number],
            old: old.map(|old| old[number].as_slice()),
            reference: reference.as_ref().map(|reference| reference[number].as_slice()),
        };
        let credited: Vec<Credited> = numbered.enumerate().map(answer).collect();
        let mut sum: Option<WeightGradients> = None;
        for pack in &packs {
            host.pause().await?;
            let tracked = learner.tracked();
            let costs = pack.costs(&tracked.model, &grammar, &learner.device);
            let [_, n] = costs.dims();
            let values = read_values(costs.clone().inner()).await?;
            // Weights on the costs, which are minus the log-probabilities, and on the entropies.
            let mut slopes = vec![0.0; 2 * n];
            for &(number, first) in &pack.places {
                let answer = &credited[number];
                let row = answer.slopes(objective, pack, first, &values, &mut slopes, &mut record.ratios);
                record.row.join(&row);
                record.row.join_of(&answer.task_type, &row);
            }
            let slopes = Tensor::<2>::from_data(TensorData::new(slopes, [2, n]), &learner.device).autodiff();
            let cost = (costs * slopes).sum();
            sum = Some(sum_gradients(sum, tracked.gradients(cost)));
        }
        record.row.add("loss", 0.0, 1.0);
        Ok(sum.unwrap_or_default())
    }

    /// The weight of every token of every answer; 0 where there was no choice.
    fn weights(&self, packs: &[Scored], answers: &[Answer]) -> Vec<Vec<f64>> {
        let mut weights = vec![Vec::new(); answers.len()];
        for pack in packs {
            for &(number, first) in &pack.places {
                let worth = |position: usize| match pack.chosen(position) {
                    true if pack.allowed(position).has(Allowed::CODE) => self.settings.objective.picture_weight,
                    true => 1.0,
                    false => 0.0,
                };
                weights[number] = (first..first + answers[number].rollout.tokens.len()).map(worth).collect();
            }
        }
        weights
    }
}

/// An answer as it is learned from: one value a token.
struct Credited<'a> {
    task_type: String,
    advantages: Vec<f64>,
    /// In the sum over the tokens of an update.
    shares: &'a [f64],
    /// Log-probabilities under the policy that has sampled, where that is another.
    old: Option<&'a [f32]>,
    reference: Option<&'a [f32]>,
}

impl Credited<'_> {
    /// Writes the weights on the costs of its tokens, the first of which stands at `first`, and on their
    /// entropies behind all costs; adds its ratios, and returns what was measured.
    fn slopes(
        &self,
        objective: &ObjectiveSettings,
        pack: &Scored,
        first: usize,
        values: &[f32],
        slopes: &mut [f32],
        ratios: &mut Vec<f64>,
    ) -> Row {
        let n = values.len() / 2;
        let mut row = Row::default();
        for (i, share) in self.shares.iter().enumerate().filter(|(i, _)| pack.chosen(first + i)) {
            let position = first + i;
            let now = -f64::from(values[position]);
            let before = self.old.map_or(now, |old| f64::from(old[i]));
            let advantage = self.advantages[i];
            let policy = objective.policy(now, before, advantage);
            let mut slope = policy.slope;
            let task_type = if pack.allowed(position).has(Allowed::CODE) { "picture" } else { "text" };
            if let Some(reference) = self.reference {
                let kl = objective.kl(now, f64::from(reference[i]));
                slope += objective.kl_weight * kl.slope;
                row.one(&format!("kl {task_type}"), kl.value);
            }
            slopes[position] = (-share * slope) as f32;
            slopes[n + position] = (-share * objective.entropy_weight) as f32;
            row.add("loss", share * policy.value, 0.0);
            row.one(&format!("advantage {task_type}"), advantage);
            let ratio = (now - before).exp();
            ratios.push(ratio);
            row.one(&format!("ratio {task_type}"), ratio);
            row.one(&format!("clipped {task_type}"), f64::from(policy.slope == 0.0 && advantage != 0.0));
            row.one(&format!("entropy {task_type}"), values[n + position]);
        }
        row
    }
}

fn answers(groups: &[Group]) -> Vec<Answer<'_>> {
    groups
        .iter()
        .flat_map(|group| group.rollouts.iter().map(|rollout| Answer { prompt: &group.prompt, rollout }))
        .collect()
}
