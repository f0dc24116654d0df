//! PeRPO: groups of sampled answers and their rewards (Omni-R1, section 4.1.2; DAPO's dynamic sampling).
//! What is learned from them is in `policy`.

use crate::error::{Error, Result};
use crate::generate::PictureCodec;
use crate::loaded::CachedTransformer;
use crate::model::Transformer;
use crate::tokens::grammar::SHORTEST_REPLY;
use crate::tokens::{Codes, Grammar, Parsed, Prompt, Rules, Token, template};
use crate::train::advantage::{advantages, varies};
use crate::train::data::{Sample, Source};
use crate::train::driver::{Driver, Sheet};
use crate::train::learner::Learner;
use crate::train::recipe::PerpoStage;
use crate::train::reward::{Answered, Codebook, Reward};
use crate::train::rollout::{Rollout, sample};
use crate::train::row::Row;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Answers that go on together, at most, unless a group has more: with more of them a token costs little less.
const SEQUENCES: usize = 32;

/// Everything that stays the same over a run.
pub struct Perpo {
    pub(super) settings: PerpoStage,
    /// The frozen model that the policy stays near to.
    pub(super) reference: Transformer,
    codebook: Codebook,
}

/// The answers to one question.
pub struct Group {
    pub asked: Sample,
    pub prompt: Vec<Token>,
    pub rollouts: Vec<Rollout>,
    pub rewards: Vec<Reward>,
    /// What each was worth beside the others.
    pub advantages: Vec<f64>,
    /// Whether anything is learned from it.
    pub kept: bool,
}

/// What a step did.
#[derive(Default)]
pub struct Record {
    pub row: Row,
    /// Those that were kept, then those that were not.
    pub groups: Vec<Group>,
    /// Of each token that was chosen, `pi / pi_old` when it was learned from.
    pub ratios: Vec<f64>,
    /// Tokens sampled.
    pub tokens: usize,
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

    /// One step: sampling, rewards, updates. If it breaks off, the learner is as it was.
    pub async fn step(
        &self,
        learner: &mut Learner,
        data: &Source,
        step: usize,
        factor: f32,
        driver: &mut impl Driver,
    ) -> Result<Record> {
        let mut record = Record::default();
        let kept = self.groups(&learner.model, data, step, &mut record, driver).await?;
        // With a single update nothing has changed before the end.
        let before = (self.settings.updates > 1).then(|| learner.clone());
        let updated = self.updates(learner, &kept, data, factor, &mut record, driver).await;
        if let (Err(_), Some(before)) = (&updated, before) {
            *learner = before;
        }
        updated?;
        record.groups.splice(0..0, kept);
        Ok(record)
    }

    /// Groups with something to learn from: until there are enough of them, or `batches` times as many
    /// questions as wanted were asked. The others go to the record.
    async fn groups(
        &self,
        model: &Transformer,
        data: &Source,
        step: usize,
        record: &mut Record,
        driver: &mut impl Driver,
    ) -> Result<Vec<Group>> {
        let settings = &self.settings;
        let mut questions = questions(data, step);
        let mut policy = CachedTransformer::new(model.clone());
        let mut kept = Vec::new();
        let (wanted, most) = (settings.prompts, settings.prompts * settings.batches);
        while kept.len() < wanted && kept.len() + record.groups.len() < most {
            let open = (wanted - kept.len()).min(most - kept.len() - record.groups.len());
            let together = (SEQUENCES / settings.group).clamp(1, open);
            let asked = questions.by_ref().take(together).collect();
            for group in self.sample(&mut policy, data, asked, &mut record.row, driver).await? {
                record.tokens += group.rollouts.iter().map(|rollout| rollout.tokens.len()).sum::<usize>();
                record.row.one("kept", f64::from(group.kept));
                if group.kept {
                    kept.push(group);
                } else {
                    record.groups.push(group);
                }
            }
        }
        record.row.one("tokens", record.tokens as f64);
        Ok(kept)
    }

    /// The groups of some questions, each with the seed of its answers.
    pub(super) async fn sample(
        &self,
        policy: &mut CachedTransformer,
        data: &Source,
        asked: Vec<(Sample, u64)>,
        row: &mut Row,
        driver: &mut impl Driver,
    ) -> Result<Vec<Group>> {
        let grammar = self.grammar(data, &policy.transformer);
        let (mut pictures, mut prompts) = (Vec::new(), Vec::new());
        for (asked, _) in &asked {
            let picture = data.codec.encode(&asked.picture).await?;
            let question = Prompt::Reason { draw: true, question: &asked.question, picture: &picture };
            prompts.push(template::prompt(&data.vocab, &question)?.tokens);
            pictures.push(picture);
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
        let rollouts = sample(policy, &grammar, &prompts, &seeds, *group, temperatures, driver).await?;
        let mut groups = Vec::new();
        for (((asked, prompt), picture), rollouts) in asked.into_iter().zip(prompts).zip(pictures).zip(rollouts) {
            groups.push(self.group(data, (asked, prompt, &picture), rollouts, row, driver).await?);
        }
        Ok(groups)
    }

    /// What the answers to a question have earned.
    async fn group(
        &self,
        data: &Source,
        (asked, prompt, picture): (Sample, Vec<Token>, &Codes),
        rollouts: Vec<Rollout>,
        row: &mut Row,
        driver: &mut impl Driver,
    ) -> Result<Group> {
        let parsed: Vec<Parsed> = rollouts
            .iter()
            .map(|rollout| template::parse(&data.vocab, data.codec.grid(), true, &rollout.tokens))
            .collect();
        let mut rewards: Vec<Reward> = Vec::new();
        for (parsed, rollout) in parsed.iter().zip(&rollouts) {
            rewards.push(self.reward(data, &asked, picture, parsed, rollout));
        }
        let sheets: Vec<Sheet> =
            (0..rollouts.len()).map(|i| sheet(data, &asked, &parsed[i], &rollouts[i], rewards[i])).collect();
        let own = driver.rewards(&sheets).await?;
        if let Some(own) = &own {
            rewards.iter_mut().zip(own).for_each(|(reward, own)| reward.total = *own);
        }
        for (sheet, reward) in sheets.iter().zip(&rewards) {
            count(row, sheet, reward);
        }
        for step in parsed.iter().flat_map(|parsed| &parsed.steps) {
            row.one("whole", f64::from(step.picture.is_some()));
        }
        let totals: Vec<f64> = rewards.iter().map(|reward| reward.total).collect();
        // The program's rewards are nearly always different, if only by their pictures.
        let metric = match own {
            Some(_) => totals.clone(),
            None => rewards.iter().map(|reward| reward.accuracy).collect(),
        };
        let kept = !self.settings.dynamic || varies(&metric);
        Ok(Group { asked, prompt, rollouts, rewards, advantages: advantages(&totals, self.settings.scaled), kept })
    }

    fn reward(&self, data: &Source, asked: &Sample, picture: &Codes, parsed: &Parsed, rollout: &Rollout) -> Reward {
        let Sample { truth, answer, .. } = asked;
        let answered = Answered { parsed, tokens: &rollout.tokens, picture, truth, answer };
        self.settings.reward.of(&answered, &data.vocab, &self.codebook)
    }

    /// How rough each cell of a picture is.
    pub fn edges(&self, picture: &Codes) -> Vec<f64> {
        self.codebook.edges(picture)
    }
}

/// What may be asked in a step, in order, each with the seed of its answers; it depends on the run's seed and
/// the step's number alone.
pub fn questions(data: &Source, step: usize) -> impl Iterator<Item = (Sample, u64)> + '_ {
    let mut rng = ChaCha8Rng::seed_from_u64(data.seed);
    rng.set_stream((1 << 33) + step as u64);
    std::iter::from_fn(move || Some((data.sample(&mut rng), rng.random())))
}

fn sheet(data: &Source, asked: &Sample, parsed: &Parsed, rollout: &Rollout, reward: Reward) -> Sheet {
    let codes = rollout.tokens.iter().filter(|token| data.vocab.code_number(**token).is_some()).count();
    let texts: Vec<&str> = parsed.steps.iter().map(|step| step.text.as_str()).collect();
    Sheet {
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

fn count(row: &mut Row, sheet: &Sheet, reward: &Reward) {
    row.one("reward", reward.total);
    row.one("accuracy", reward.accuracy);
    row.one("format", reward.format);
    if let Some(perception) = reward.perception {
        row.one("perception", perception);
    }
    row.one("length text", sheet.words as f64);
    row.one("length picture", (sheet.tokens - sheet.words) as f64);
}
