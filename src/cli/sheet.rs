//! `sheet`: a contact sheet of answers that the seed alone chooses.

use super::ask::bench_items;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::eval::{Prediction, sheet};
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
        let text = std::fs::read_to_string(&self.predictions).map_err(Error::file(&self.predictions))?;
        let predictions = text.lines().map(serde_json::from_str).collect::<std::result::Result<Vec<Prediction>, _>>();
        let predictions = predictions.map_err(|e| {
            Error::data(format!("A line is no prediction: {e}."), "Make the file with omni-r1 eval --output.")
        })?;
        let shown = sheet::chosen(&questions, &predictions, self.n, self.seed);
        let folder = self.predictions.parent().unwrap_or(Path::new(""));
        sheet::draw(&shown, folder)?.save(&self.out).map_err(|e| {
            Error::picture(
                format!("{} can't be written: {e}.", self.out.display()),
                "Name a .png file in a folder that exists.",
            )
        })?;
        for (at, one) in shown.iter().enumerate() {
            let kind = one.question.kind.map_or_else(|| "-".into(), |kind| kind.to_string());
            let mark = if one.right == Some(false) { " (wrong)" } else { "" };
            println!("{}. {kind}: {} {}{mark}", at + 1, one.question.question, one.prediction.answer);
        }
        Ok(())
    }
}
