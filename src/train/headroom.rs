//! What PeRPO could win on each question type, measured before it is trained: how often sampled answers
//! are right, what the best of them and their majority would be, what is right greedily and with the
//! executor's pictures, and how much groups of answers can tell.

use crate::bundle::CachedTransformer;
use crate::error::{Error, Result};
use crate::generate::{Engine, PictureCodec, PictureSource, Request, Settings};
use crate::model::{Transformer, WeightSource};
use crate::paths;
use crate::tasks::{Bank, Item, Split, TaskType, generate, judge};
use crate::tokens::{Codes, Vocab, template};
use crate::train::agreement::{self, SHOWN};
use crate::train::data::{DataSource, Sample};
use crate::train::group::Group;
use crate::train::host::Alone;
use crate::train::native;
use crate::train::perpo::Perpo;
use crate::train::recipe::{PerpoStage, Recipe, Stage};
use crate::train::row::Row;
use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// Items are drawn by seeds that no run draws by.
const SEED: u64 = 0x4ead << 32;
/// Questions whose answers are sampled together.
const TOGETHER: usize = 4;

#[derive(Clone, Copy, Debug)]
pub struct HeadroomSettings {
    /// Of each question type.
    pub items: usize,
    /// Sampled to each question.
    pub answers: usize,
    pub seed: u64,
}

/// What was measured on one question type; shares of items or of answers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Headroom {
    pub items: usize,
    /// Of the sampled answers, those that are right.
    pub mean: f64,
    /// Questions whose commonest answer is right.
    pub majority: f64,
    /// Questions with at least one right answer.
    pub pass: f64,
    /// `p (1 - p)` of a question's right answers, without bias, as a mean over the questions: how much the
    /// rewards of a group differ.
    pub spread: f64,
    /// Right with the likeliest words and own drawings.
    pub greedy: f64,
    /// Right with the likeliest words and the executor's drawings.
    pub executed: f64,
    /// Of those own drawings, the ones that show what their action says; None without any.
    pub shown: Option<f64>,
}

/// Measures the model that a recipe of PeRPO begins from, on the question types of its mix, at its
/// temperatures. `progress` hears of each type.
pub fn measure(
    recipe: &Path,
    settings: HeadroomSettings,
    mut progress: impl FnMut(TaskType, usize, usize),
) -> Result<Vec<(TaskType, Headroom)>> {
    let recipe = Recipe::load(recipe)?;
    let Stage::Perpo(stage) = &recipe.stage else {
        return Err(Error::config(
            "This recipe has no rewards.",
            "Choose one with [perpo], such as recipes/nano-v4-perpo.toml.",
        ));
    };
    if settings.items == 0 || settings.answers < 2 {
        return Err(Error::config("There is nothing to measure.", "Ask at least one item a type, twice each."));
    }
    if recipe.bfloat16 {
        crate::kernels::cpu_product::allow_bfloat16(true);
    }
    let device = Device::flex();
    let start = native::start_of(stage, &device)?;
    let weights = start.weights.clone().unwrap_or_default();
    let model = Transformer::build(&start.config, &mut WeightSource::Read(weights), &device)?;
    let bank = Arc::new(Bank::load(&paths::shipped(paths::DATA))?);
    let task_types: Vec<TaskType> =
        recipe.task_types()?.into_iter().filter(|(_, weight)| *weight > 0.0).map(|(task_type, _)| task_type).collect();
    let own = start.config.capabilities().is_some_and(|capabilities| capabilities.own);
    let data = DataSource {
        vocab: Arc::new(Vocab::from_json(&start.tokenizer)?),
        codec: start.codec,
        task_types: recipe.task_types()?,
        custom: None,
        modes: Default::default(),
        seed: recipe.seed,
        setting: recipe.setting(Split::Train),
        unanswerable: 0.0,
        plain: 0.0,
        synthetic: None,
        annotated: None,
        bank,
    };
    let mut stage = stage.clone();
    stage.group = settings.answers;
    // Drawings are looked at once, not in every rollout.
    stage.reward.perception = 0.0;
    let mut measuring = pollster::block_on(Measuring::new(stage, model, data, own))?;
    let mut measured = Vec::new();
    for (number, task_type) in task_types.iter().enumerate() {
        progress(*task_type, number, task_types.len());
        measured.push((*task_type, pollster::block_on(measuring.of(*task_type, settings))?));
    }
    Ok(measured)
}

/// The mix that a run should use: the spread of each type beside the largest, to two digits. Types that
/// tell nothing are left out.
pub fn mix(measured: &[(TaskType, Headroom)]) -> BTreeMap<String, f64> {
    let most = measured.iter().map(|(_, headroom)| headroom.spread).fold(0.0, f64::max);
    let weight = |headroom: &Headroom| if most > 0.0 { (headroom.spread / most * 100.0).round() / 100.0 } else { 0.0 };
    measured
        .iter()
        .map(|(task_type, headroom)| (task_type.to_string(), weight(headroom)))
        .filter(|(_, w)| *w > 0.0)
        .collect()
}

struct Measuring {
    perpo: Perpo,
    policy: CachedTransformer,
    data: DataSource,
}

impl Measuring {
    async fn new(stage: PerpoStage, model: Transformer, data: DataSource, own: bool) -> Result<Self> {
        let perpo = Perpo::new(stage, model.clone(), &data, own).await?;
        Ok(Self { perpo, policy: CachedTransformer::new(model), data })
    }

    async fn of(&mut self, task_type: TaskType, settings: HeadroomSettings) -> Result<Headroom> {
        let mut rng = ChaCha8Rng::seed_from_u64(SEED.wrapping_add(settings.seed));
        rng.set_stream(task_type as u64);
        let items: Vec<Item> =
            (0..settings.items).map(|_| generate(&self.data.bank, task_type, self.data.setting, &mut rng)).collect();
        let mut groups = Vec::new();
        for items in items.chunks(TOGETHER) {
            let asked = items.iter().map(|item| (item.clone().into(), rng.random())).collect();
            let Self { perpo, policy, data } = self;
            groups.extend(perpo.sample(policy, data, asked, &mut Row::default(), &mut Alone).await?);
        }
        let (mut right, mut shown) = ([0; 2], Vec::new());
        for item in &items {
            for (slot, pictures) in [(0, PictureSource::Imagined), (1, PictureSource::Executed)] {
                let (is_right, scores) = self.greedy(item, pictures).await?;
                right[slot] += usize::from(is_right);
                shown.extend(scores.into_iter().flatten().map(|score| f64::from(score >= SHOWN)));
            }
        }
        let n = items.len() as f64;
        let mean = |of: fn(&Group) -> f64| groups.iter().map(of).sum::<f64>() / n;
        Ok(Headroom {
            items: items.len(),
            mean: mean(share),
            majority: mean(majority),
            pass: mean(|group| f64::from(share(group) > 0.0)),
            spread: mean(spread),
            greedy: right[0] as f64 / n,
            executed: right[1] as f64 / n,
            shown: (!shown.is_empty()).then(|| shown.iter().sum::<f64>() / shown.len() as f64),
        })
    }

    /// Whether the likeliest words end in the right answer, and how far own drawings agree with the executor's.
    async fn greedy(&mut self, item: &Item, pictures: PictureSource) -> Result<(bool, Vec<Option<f64>>)> {
        let Self { policy, data, .. } = self;
        let settings = Settings { pictures, rows: false, ..Settings::default() };
        let request = Request { state: item.state.as_ref(), ..Request::new(&item.picture, &item.question, settings) };
        let mut engine =
            Engine { model: policy, codec: &data.codec, vocab: &data.vocab, device: "cpu", calibration: None };
        let outcome = engine.ask(&request, &AtomicBool::new(false), async || {}, |_| {}).await?;
        let right = judge(&item.truth, &outcome.answer);
        if pictures != PictureSource::Imagined {
            return Ok((right, Vec::new()));
        }
        let parsed = template::parse(&data.vocab, data.codec.grid(), true, &outcome.tokens);
        let (sample, picture): (Sample, Codes) = (item.clone().into(), data.codec.encode(&item.picture).await?);
        let scores = agreement::of_answers(&data.codec, (&sample, &picture), &[parsed], true, &mut Alone).await?;
        Ok((right, scores.into_iter().flatten().collect()))
    }
}

fn share(group: &Group) -> f64 {
    group.rewards.iter().map(|reward| f64::from(reward.accuracy >= 1.0)).sum::<f64>() / group.rewards.len() as f64
}

fn spread(group: &Group) -> f64 {
    let (n, p) = (group.rewards.len() as f64, share(group));
    p * (1.0 - p) * n / (n - 1.0)
}

/// 1 if the commonest answer is right; of several that are equally common, the first.
fn majority(group: &Group) -> f64 {
    let said: Vec<String> = group.parsed.iter().map(|parsed| parsed.answer.trim().to_lowercase()).collect();
    let count = |answer: &String| said.iter().filter(|other| *other == answer).count();
    let most = said.iter().map(count).max().unwrap_or(0);
    let first = said.iter().find(|answer| count(answer) == most);
    f64::from(first.is_some_and(|answer| judge(&group.asked.truth, answer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::Truth;
    use crate::tokens::Parsed;
    use crate::train::reward::Reward;

    fn group(answers: &[&str]) -> Group {
        let asked = Sample {
            picture: image::RgbImage::new(1, 1),
            question: "how many?".into(),
            steps: Vec::new(),
            rest: String::new(),
            answer: "3".into(),
            caption: None,
            truth: Truth::Number { value: 3.0 },
            task_type: Some(TaskType::D1),
            state: None,
        };
        let reward = |answer: &&str| {
            let accuracy = f64::from(judge(&asked.truth, answer));
            Reward { accuracy, format: 1.0, perception: None, total: accuracy }
        };
        let parsed = |answer: &&str| Parsed { answer: answer.to_string(), ..Parsed::default() };
        Group {
            rewards: answers.iter().map(reward).collect(),
            parsed: answers.iter().map(parsed).collect(),
            asked,
            prompt: Vec::new(),
            rollouts: Vec::new(),
            problems: Vec::new(),
            advantages: Vec::new(),
            of_drawings: Vec::new(),
            kept: true,
        }
    }

    #[test]
    fn shares_of_a_group_by_hand() {
        let mixed = group(&["3", "4", "2", "3"]);
        assert_eq!((share(&mixed), majority(&mixed)), (0.5, 1.0));
        assert!((spread(&mixed) - 1.0 / 3.0).abs() < 1e-12);
        let split = group(&["4", "3", "4 ", "3"]);
        assert_eq!((share(&split), majority(&split)), (0.5, 0.0));
        assert_eq!(spread(&group(&["3", "3"])), 0.0);
    }

    #[test]
    fn the_mix_is_the_spread() {
        let of = |spread| Headroom {
            items: 1,
            mean: 0.5,
            majority: 0.5,
            pass: 1.0,
            spread,
            greedy: 0.5,
            executed: 0.5,
            shown: None,
        };
        let mix = mix(&[(TaskType::V4, of(0.2)), (TaskType::V1, of(0.05)), (TaskType::V2, of(0.0))]);
        assert_eq!(mix, BTreeMap::from([("V1".to_string(), 0.25), ("V4".to_string(), 1.0)]));
    }
}
