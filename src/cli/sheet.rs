//! `sheet`: a contact sheet of answers that the seed alone chooses.

use super::ask::bench_items;
use super::say;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::eval::{Prediction, sheet};
use omni_r1_web::generate::events::png;
use omni_r1_web::input;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Sheet {
    /// Predictions by `eval --output`, with their pictures beside them.
    predictions: PathBuf,
    /// What was asked: a benchmark's name as `eval` takes it, or an items file.
    #[arg(long, default_value = "mini")]
    bench: PathBuf,
    #[arg(long, default_value_t = 32)]
    n: usize,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// The sheet, a PNG file.
    #[arg(long)]
    out: PathBuf,
}

impl Sheet {
    pub fn run(&self) -> Result<()> {
        let questions = bench_items(&self.bench, false)?;
        let text = input::read_text(&self.predictions)?;
        let predictions = text.lines().map(serde_json::from_str).collect::<std::result::Result<Vec<Prediction>, _>>();
        let predictions = predictions.map_err(|e| {
            Error::data(format!("A line is no prediction: {e}."), "Make the file with omni-r1 eval --output.")
        })?;
        let shown = sheet::chosen(&questions, &predictions, self.n, self.seed);
        let folder = self.predictions.parent().unwrap_or(Path::new(""));
        input::write_file(&self.out, &png(&sheet::draw(&shown, folder)?)?)?;
        for (at, one) in shown.iter().enumerate() {
            let task_type = one.question.task_type.map_or_else(|| "-".into(), |task_type| task_type.to_string());
            let mark = if one.right == Some(false) { " (wrong)" } else { "" };
            say(&format!("{}. {task_type}: {} {}{mark}\n", at + 1, one.question.question, one.prediction.answer))?;
        }
        Ok(())
    }
}
