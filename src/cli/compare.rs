//! `compare`: the tables of the README, from committed predictions.

use super::ask::bench_items;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::eval::compare;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Compare {
    /// What was asked: "mini", "outside", or an items file.
    #[arg(long, default_value = "mini")]
    bench: PathBuf,
    /// Predictions by `eval --output`; the others are compared with the first. Names that differ in a last
    /// number alone (sft-0.jsonl, sft-1.jsonl) are seeds of one row.
    #[arg(required = true)]
    predictions: Vec<PathBuf>,
}

impl Compare {
    pub fn run(&self) -> Result<()> {
        let questions = bench_items(&self.bench, false)?;
        let read = |path: &PathBuf| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            Ok((name, std::fs::read_to_string(path).map_err(Error::file(path))?))
        };
        let files = self.predictions.iter().map(read).collect::<Result<Vec<_>>>()?;
        print!("{}", compare::to_markdown(&questions, &compare::contestants(&questions, &files)?));
        Ok(())
    }
}
