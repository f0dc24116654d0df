//! PeRPO: groups of sampled answers and their rewards (Omni-R1, section 4.1.2; DAPO's dynamic sampling).
//! What a group has earned is in `group`, what is learned from it in `policy`, what one token costs (clips, KL divergence,
//! entropy) in `objective`.

use crate::bundle::CachedTransformer;
use crate::error::{Error, Result};
use crate::generate::PictureCodec;
use crate::model::Transformer;
use crate::tokens::{Codes, Grammar, Rules};
use crate::train::data::DataSource;
use crate::train::data::Sample;
use crate::train::group::count_answers;
use crate::train::host::Host;
use crate::train::learner::Learner;
use crate::train::recipe::PerpoStage;
use crate::train::reward::{Drawings, RewardForm};
use crate::train::roughness::Codebook;
use crate::train::row::Row;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use crate::train::group::{Group, Perpo};

/// Answers that go on together, at most, unless a group has more: with more of them a token costs little less.
const SEQUENCES: usize = 32;

/// What a step did.
#[derive(Default)]
pub struct StepOutcome {
    pub row: Row,
    /// Those that were kept, then those that were not.
    pub groups: Vec<Group>,
    /// Of each token that was chosen, `pi / pi_old` when it was learned from.
    pub ratios: Vec<f64>,
    /// Tokens sampled.
    pub tokens: usize,
}

impl Perpo {
    /// `own` says that the model has never learned from pictures of the executor's, and is not to.
    pub async fn new(mut settings: PerpoStage, reference: Transformer, data: &DataSource, own: bool) -> Result<Self> {
        settings.temperatures.check()?;
        settings.objective.check()?;
        let drawings = settings.reward.drawings.get_or_insert(if own { Drawings::Gain } else { Drawings::Agreement });
        if own && *drawings == Drawings::Agreement && settings.reward.form == RewardForm::Repaired {
            return Err(Error::config(
                "This model learned from its own drawings alone; agreement would show it the executor's.",
                "Pay its drawings by drawings = \"gain\" under [perpo.reward].",
            ));
        }
        if settings.prompts == 0 || settings.group < 2 || settings.updates == 0 || settings.batches == 0 {
            return Err(Error::config(
                "[perpo] needs at least one prompt, two answers a group, one batch and one update.",
                "Correct prompts, group, batches and updates.",
            ));
        }
        let codebook = Codebook::of(&data.codec).await?;
        Ok(Self { settings, reference, codebook })
    }

    pub(super) fn grammar<'v>(&self, data: &'v DataSource, model: &Transformer) -> Grammar<'v> {
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
        data: &DataSource,
        step: usize,
        factor: f32,
        host: &mut impl Host,
    ) -> Result<StepOutcome> {
        let mut record = StepOutcome::default();
        let kept = self.groups(&learner.model, data, step, &mut record, host).await?;
        // With a single update nothing has changed before the end.
        let before = (self.settings.updates > 1).then(|| learner.clone());
        let updated = self.updates(learner, &kept, data, factor, &mut record, host).await;
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
        data: &DataSource,
        step: usize,
        record: &mut StepOutcome,
        host: &mut impl Host,
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
            for group in self.sample(&mut policy, data, asked, &mut record.row, host).await? {
                record.tokens += group.rollouts.iter().map(|rollout| rollout.tokens.len()).sum::<usize>();
                if group.kept {
                    kept.push(group);
                } else {
                    record.groups.push(group);
                }
            }
        }
        record.row.one("tokens", record.tokens as f64);
        count_answers(&mut record.row, &kept.iter().chain(&record.groups).collect::<Vec<_>>());
        Ok(kept)
    }

    /// How rough each cell of a picture is.
    pub fn edges(&self, picture: &Codes) -> Vec<f64> {
        self.codebook.edges(picture)
    }
}

/// What may be asked in a step, in order, each with the seed of its answers; it depends on the run's seed and
/// the step's number alone.
pub fn questions(data: &DataSource, step: usize) -> impl Iterator<Item = (Sample, u64)> + '_ {
    let mut rng = ChaCha8Rng::seed_from_u64(data.seed);
    rng.set_stream((1 << 33) + step as u64);
    std::iter::from_fn(move || Some((data.sample(&mut rng), rng.random())))
}
