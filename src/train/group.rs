//! The answers to one question: what each has earned, and what that is worth beside the others.

use crate::bundle::CachedTransformer;
use crate::error::{Error, Result};
use crate::generate::PictureCodec;
use crate::model::Transformer;
use crate::tasks::Action;
use crate::tokens::grammar::SHORTEST_REPLY;
use crate::tokens::{Codes, Parsed, Prompt, Token, template};
use crate::train::advantage::{Credit, pictures_apart, varies};
use crate::train::agreement;
use crate::train::data::{DataSource, Sample};
use crate::train::host::{Host, RewardInput};
use crate::train::recipe::PerpoStage;
use crate::train::reward::{Answered, Drawings, Reward, RewardForm};
use crate::train::rollout::{Rollout, sample};
use crate::train::roughness::Codebook;
use crate::train::row::Row;
use std::collections::BTreeMap;

/// Everything that stays the same over a run.
pub struct Perpo {
    pub(super) settings: PerpoStage,
    /// The frozen model that the policy stays near to.
    pub(super) reference: Transformer,
    pub(super) codebook: Codebook,
}

/// The answers to one question.
pub struct Group {
    pub asked: Sample,
    pub prompt: Vec<Token>,
    pub rollouts: Vec<Rollout>,
    /// As they were read.
    pub parsed: Vec<Parsed>,
    pub rewards: Vec<Reward>,
    /// What is wrong with the form of each.
    pub problems: Vec<Vec<String>>,
    /// What each was worth beside the others.
    pub advantages: Vec<f64>,
    /// What each of its drawings was worth, where their codes have that besides.
    pub of_drawings: Vec<Vec<f64>>,
    /// Whether anything is learned from it.
    pub kept: bool,
}

impl Group {
    /// The advantage of each token of an answer.
    pub fn of_tokens(&self, data: &DataSource, number: usize) -> Vec<f64> {
        let (whole, drawings) = (self.advantages[number], &self.of_drawings[number]);
        let mut begun = 0;
        let each = |token: &Token| {
            begun += usize::from(*token == data.vocab.boi);
            let own =
                (data.vocab.code_number(*token).is_some() && begun > 0).then(|| drawings.get(begun - 1)).flatten();
            whole + own.copied().unwrap_or(0.0)
        };
        self.rollouts[number].tokens.iter().map(each).collect()
    }
}

impl Perpo {
    /// The groups of some questions, each with the seed of its answers.
    pub(super) async fn sample(
        &self,
        policy: &mut CachedTransformer,
        data: &DataSource,
        asked: Vec<(Sample, u64)>,
        row: &mut Row,
        host: &mut impl Host,
    ) -> Result<Vec<Group>> {
        let grammar = self.grammar(data, &policy.transformer);
        let questions: Vec<&image::RgbImage> = asked.iter().map(|(asked, _)| &asked.picture).collect();
        let pictures = data.codec.encode_all(&questions).await?;
        let mut prompts = Vec::new();
        for ((asked, _), picture) in asked.iter().zip(&pictures) {
            let question = Prompt::Reason { draw: true, question: &asked.question, picture };
            prompts.push(template::prompt(&data.vocab, &question)?.tokens);
        }
        let context = policy.transformer.config.max_position_embeddings.min(self.settings.length);
        if let Some(long) = prompts.iter().map(Vec::len).find(|tokens| tokens + SHORTEST_REPLY > context) {
            return Err(Error::config(
                format!("A question with its picture takes {long} of {context} tokens, so there is no room to answer."),
                "Raise length under [perpo].",
            ));
        }
        let (asked, seeds): (Vec<Sample>, Vec<u64>) = asked.into_iter().unzip();
        let PerpoStage { group, temperatures, .. } = &self.settings;
        let rollouts = sample(policy, &grammar, &prompts, &seeds, *group, temperatures, host).await?;
        let mut groups = Vec::new();
        for (((asked, prompt), picture), rollouts) in asked.into_iter().zip(prompts).zip(pictures).zip(rollouts) {
            groups.push(self.group(policy, data, (asked, prompt, &picture), rollouts, row, host).await?);
        }
        Ok(groups)
    }

    /// What the answers to a question have earned.
    async fn group(
        &self,
        policy: &CachedTransformer,
        data: &DataSource,
        (asked, prompt, picture): (Sample, Vec<Token>, &Codes),
        rollouts: Vec<Rollout>,
        row: &mut Row,
        host: &mut impl Host,
    ) -> Result<Group> {
        let read = |rollout: &Rollout| template::parse(&data.vocab, data.codec.grid(), true, &rollout.tokens);
        let parsed: Vec<Parsed> = rollouts.iter().map(read).collect();
        let measured = self.measure(policy, data, (&asked, &prompt, picture), (&parsed, &rollouts), host).await?;
        let PerpoStage { reward, credit, scaled, dynamic, pictures: rule, .. } = &self.settings;
        let (mut rewards, mut scores, mut problems) = (Vec::new(), Vec::new(), Vec::new());
        for ((parsed, rollout), measured) in parsed.iter().zip(&rollouts).zip(&measured) {
            let answered = Answered { asked: &asked, picture, parsed, tokens: &rollout.tokens, rule: *rule, measured };
            rewards.push(reward.of(&answered, &data.vocab, &self.codebook));
            scores.push(reward.of_drawings(&answered, &self.codebook));
            problems.push(answered.problems());
        }
        let inputs: Vec<RewardInput> =
            (0..rollouts.len()).map(|i| input(data, &asked, &parsed[i], &rollouts[i], rewards[i])).collect();
        let own = host.rewards(&inputs).await?;
        if let Some(own) = &own {
            rewards.iter_mut().zip(own).for_each(|(reward, own)| reward.total = *own);
        }
        let mut measured_row = Row::default();
        inputs.iter().zip(&rewards).for_each(|(input, reward)| count(&mut measured_row, input, reward));
        count_drawings(&mut measured_row, &parsed, &measured);
        let totals: Vec<f64> = rewards.iter().map(|reward| reward.total).collect();
        // The program's rewards are nearly always different, if only by their pictures.
        let metric = match own {
            Some(_) => totals.clone(),
            None => rewards.iter().map(|reward| reward.accuracy).collect(),
        };
        let kept = !dynamic || varies(&metric);
        measured_row.one("kept", f64::from(kept));
        row.join(&measured_row);
        row.join_of(&asked.type_name(), &measured_row);
        // Only the program's own sum says which part of it the drawings are.
        let apart = *credit == Credit::Own && own.is_none() && reward.form == RewardForm::Repaired;
        let weight = if apart { reward.perception } else { 0.0 };
        let paid = |reward: &Reward| weight * reward.perception.unwrap_or(0.0);
        let paid: Vec<f64> = rewards.iter().map(paid).collect();
        let (advantages, of_drawings) = pictures_apart(&totals, &paid, &scores, weight, *scaled);
        Ok(Group { asked, prompt, rollouts, parsed, rewards, problems, advantages, of_drawings, kept })
    }

    /// Agreement or gain of every drawing, where the reward needs that.
    async fn measure(
        &self,
        policy: &CachedTransformer,
        data: &DataSource,
        (asked, prompt, picture): (&Sample, &[Token], &Codes),
        (parsed, rollouts): (&[Parsed], &[Rollout]),
        host: &mut impl Host,
    ) -> Result<Vec<Vec<Option<f64>>>> {
        let reward = &self.settings.reward;
        match reward.measured() {
            Some(Drawings::Agreement) => {
                agreement::of_answers(&data.codec, (asked, picture), parsed, reward.scene, host).await
            }
            Some(Drawings::Gain) => {
                let answers: Vec<(&Parsed, &Rollout)> = parsed.iter().zip(rollouts).collect();
                let question = (prompt, asked.answer.as_str());
                let gains = self.gains(&policy.transformer, data, question, &answers, host).await?;
                Ok(gains.into_iter().zip(parsed).map(|(gain, parsed)| vec![gain; parsed.steps.len()]).collect())
            }
            _ => Ok(vec![Vec::new(); parsed.len()]),
        }
    }
}

fn input(data: &DataSource, asked: &Sample, parsed: &Parsed, rollout: &Rollout, reward: Reward) -> RewardInput {
    let codes = rollout.tokens.iter().filter(|token| data.vocab.code_number(**token).is_some()).count();
    let texts: Vec<&str> = parsed.steps.iter().map(|step| step.text.as_str()).collect();
    RewardInput {
        question: asked.question.clone(),
        text: texts.join(" "),
        answer: parsed.answer.clone(),
        right: asked.answer.clone(),
        reward,
        steps: parsed.steps.len(),
        pictures: parsed.steps.iter().filter(|step| step.picture.is_some()).count(),
        words: rollout.tokens.len() - codes,
        tokens: rollout.tokens.len(),
    }
}

fn count(row: &mut Row, input: &RewardInput, reward: &Reward) {
    row.one("reward", reward.total);
    row.one("accuracy", reward.accuracy);
    row.one("format", reward.format);
    if let Some(perception) = reward.perception {
        row.one("perception", perception);
    }
    row.one("no steps", f64::from(input.steps == 0));
    row.one("length text", input.words as f64);
    row.one("length picture", (input.tokens - input.words) as f64);
}

/// Whether drawings are whole, and what was measured on them, by the actions that they follow.
fn count_drawings(row: &mut Row, parsed: &[Parsed], measured: &[Vec<Option<f64>>]) {
    for (parsed, measured) in parsed.iter().zip(measured) {
        for (i, step) in parsed.steps.iter().enumerate() {
            row.one("whole", f64::from(step.picture.is_some()));
            if let (Some(Some(score)), Some((_, Ok(action)))) = (measured.get(i), Action::find(&step.text)) {
                row.one(&format!("drawing {}", action.name()), *score);
            }
        }
    }
}

/// How far the answers of each question type have become one: the share of the commonest answer, and of the
/// commonest right one beside it. Of types that were asked at least twice.
pub fn count_answers(row: &mut Row, groups: &[&Group]) {
    let mut types: BTreeMap<String, Vec<&&Group>> = BTreeMap::new();
    for group in groups {
        types.entry(group.asked.type_name()).or_default().push(group);
    }
    for (task_type, groups) in types.into_iter().filter(|(_, groups)| groups.len() > 1) {
        let said = groups.iter().flat_map(|group| group.parsed.iter().map(|parsed| parsed.answer.as_str()));
        let right = groups.iter().map(|group| group.asked.answer.as_str());
        for (name, share) in [("one answer", commonest(said)), ("one right answer", commonest(right))] {
            let mut measured_row = Row::default();
            measured_row.one(name, share);
            row.join_of(&task_type, &measured_row);
        }
    }
}

/// The share of the commonest of some words.
fn commonest<'a>(words: impl Iterator<Item = &'a str>) -> f64 {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    words.for_each(|word| *counts.entry(word.trim().to_lowercase()).or_default() += 1);
    let all: usize = counts.values().sum();
    counts.values().max().map_or(0.0, |most| *most as f64 / all as f64)
}
