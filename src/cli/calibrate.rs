//! `calibrate`: how sure answers are, measured on held-out items, and kept in the model's config.json.

use super::ask::{answer_all, fresh};
use super::{Model, say};
use burn::tensor::Device;
use omni_r1_web::bundle::ModelBundle;
use omni_r1_web::config::ModelConfig;
use omni_r1_web::error::Result;
use omni_r1_web::eval::calibrate::{auroc, calibration_error, fit};
use omni_r1_web::eval::{self, Record};
use omni_r1_web::generate::{Likelihood, PictureSource, Settings};
use omni_r1_web::input::write_file;
use omni_r1_web::paths;
use omni_r1_web::tasks::{Bank, Split, unanswerable};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Calibrate {
    #[command(flatten)]
    model: Model,
    /// Held-out items of each question type, by hands that training never shows where the model knows all others;
    /// half of them to fit, half to be judged by.
    #[arg(long, default_value_t = 40, value_parser = clap::value_parser!(u32).range(2..))]
    items: u32,
    /// Items file of pictures unlike any that were practised, to tell apart.
    #[arg(long, default_value_os_t = paths::shipped("data/novel-bench/items.jsonl"))]
    novel: PathBuf,
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

/// Apart from the seeds of `eval`.
const SEED: u64 = 0xca11_0000;

impl Calibrate {
    pub fn run(&self) -> Result<()> {
        let mut bundle = ModelBundle::load(&self.model.model, &Device::flex())?;
        let bank = Bank::load(&paths::shipped(paths::DATA))?;
        let capabilities = bundle.config.capabilities();
        let split = match capabilities.as_ref().and_then(|capabilities| capabilities.hand) {
            Some(_) => Split::Test,
            None => Split::UnseenHand,
        };
        let draws = capabilities.is_none_or(|capabilities| capabilities.draws);
        let pictures = if draws { PictureSource::Imagined } else { PictureSource::None };
        let settings = Settings { pictures, rows: false, ..Settings::default() };
        let setting = bundle.setting(split);
        let mut rng = ChaCha8Rng::seed_from_u64(SEED.wrapping_add(self.seed));
        let held_out = fresh(&bank, &bundle.task_types(), self.items as usize, setting, SEED.wrapping_add(self.seed));
        let answers = judged(&answer_all(&mut bundle, &held_out, &settings, None)?);
        let asked = (0..held_out.len() / 2).map(|_| unanswerable::generate(&bank, setting, &mut rng).into());
        let unanswerable = likelihoods(&answer_all(&mut bundle, &asked.collect::<Vec<_>>(), &settings, None)?);
        let (even, odd): (Vec<_>, Vec<_>) = answers.iter().enumerate().partition(|(at, _)| at % 2 == 0);
        let [even, odd] = [even, odd].map(|half| half.into_iter().map(|(_, answer)| *answer).collect::<Vec<_>>());
        let of_half = fit(&even, &unanswerable);
        let sure: Vec<(f64, bool)> = odd.iter().map(|(l, right)| (l.sure(&of_half.sure), *right)).collect();

        let calibration = fit(&answers, &unanswerable);
        let novel = likelihoods(&answer_all(&mut bundle, &eval::read_items(&self.novel)?, &settings, None)?);
        let unlike = |likelihood: &Likelihood| likelihood.unlike(&calibration);
        let known: Vec<f64> = answers.iter().map(|(likelihood, _)| unlike(likelihood)).collect();
        let novel: Vec<f64> = novel.iter().map(unlike).collect();
        let strange = |unlike: &[f64]| {
            100.0 * unlike.iter().filter(|p| **p > calibration.strange).count() as f64 / unlike.len().max(1) as f64
        };
        let path = self.model.model.join("config.json");
        let mut config = ModelConfig::load(&self.model.model)?;
        config.set_calibration(&calibration);
        write_file(&path, config.to_json().as_bytes())?;
        say(&format!(
            "{} held-out items, {} novel ones\ncalibration error: {:.3} (fitted on one half, judged by the other)\n\
             area under the curve, held-out against novel: {:.3}\nstrange: {:.1}% of held-out, {:.1}% of novel\n\
             written to {}\n",
            answers.len(),
            novel.len(),
            calibration_error(&sure),
            auroc(&known, &novel),
            strange(&known),
            strange(&novel),
            path.display(),
        ))
    }
}

fn likelihoods(records: &[Record]) -> Vec<Likelihood> {
    records.iter().filter_map(|record| record.prediction.likelihood).collect()
}

/// Of those that have a truth: the likelihood of each, and whether it was right.
fn judged(records: &[Record]) -> Vec<(Likelihood, bool)> {
    records.iter().filter_map(|record| Some((record.prediction.likelihood?, record.right?))).collect()
}
