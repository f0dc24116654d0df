//! `compare` and `tables`: predictions side by side.

use super::ask::bench_items;
use super::say;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::eval::Question;
use omni_r1_web::eval::compare::{self, Asked, Contestant};
use omni_r1_web::input;
use omni_r1_web::paths;
use serde::Deserialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Compare {
    /// What was asked: a benchmark's name as `eval` takes it, or an items file.
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
        let rows: Vec<Asked> =
            contestants(&questions, &self.predictions)?.into_iter().map(|row| (&questions[..], row)).collect();
        say(&compare::to_markdown(&rows))
    }
}

fn contestants(questions: &[Question], paths: &[PathBuf]) -> Result<Vec<Contestant>> {
    let read = |path: &PathBuf| {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok((name, input::read_text(path)?))
    };
    compare::contestants(questions, &paths.iter().map(read).collect::<Result<Vec<_>>>()?)
}

#[derive(clap::Args)]
pub struct Tables {
    /// Writes the tables into this file, between the lines "<!-- tables -->" and "<!-- end of tables -->".
    #[arg(long)]
    into: Option<PathBuf>,
}

/// data/predictions/tables.toml.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TablesFile {
    table: Vec<Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    title: String,
    #[serde(default)]
    note: String,
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    /// The predictions are <file>-0.jsonl, <file>-1.jsonl and so on, a file a seed.
    file: String,
    #[serde(default = "mini")]
    bench: PathBuf,
}

fn mini() -> PathBuf {
    "mini".into()
}

const FOLDER: &str = "data/predictions";
const MARKS: [&str; 2] = ["<!-- tables -->\n", "<!-- end of tables -->\n"];

impl Tables {
    pub fn run(&self) -> Result<()> {
        let folder = paths::shipped(FOLDER);
        let path = folder.join("tables.toml");
        let plan = input::read_text(&path)?;
        let plan: TablesFile = toml::from_str(&plan).map_err(|e| {
            Error::config(format!("{} can't be read: {}.", path.display(), e.message()), "Correct the file.")
        })?;
        let mut benches: HashMap<&Path, Vec<Question>> = HashMap::new();
        for row in plan.table.iter().flat_map(|table| &table.row) {
            if !benches.contains_key(row.bench.as_path()) {
                benches.insert(&row.bench, bench_items(&row.bench, false)?);
            }
        }
        let mut text = String::new();
        for Table { title, note, row } in &plan.table {
            let rows = row.iter().map(|row| row.read(&folder, &benches)).collect::<Result<Vec<_>>>()?;
            text += &format!("**{title}**\n\n{}\n{note}\n", compare::to_markdown(&rows));
            text += if note.is_empty() { "" } else { "\n" };
        }
        match &self.into {
            Some(path) => write_between(path, &text),
            None => say(&text),
        }
    }
}

impl Row {
    fn read<'q>(&self, folder: &Path, benches: &'q HashMap<&Path, Vec<Question>>) -> Result<Asked<'q>> {
        let questions = &benches[self.bench.as_path()][..];
        let seed = |seed: usize| folder.join(format!("{}-{seed}.jsonl", self.file));
        let files: Vec<PathBuf> = (0..).map(seed).take_while(|path| path.exists()).collect();
        let missing = || {
            Error::data(
                format!("There is no {}.", seed(0).display()),
                "Make it with omni-r1 eval --output, or take the row out of tables.toml.",
            )
        };
        let mut contestant = contestants(questions, &files)?.pop().ok_or_else(missing)?;
        contestant.name = self.name.clone();
        Ok((questions, contestant))
    }
}

fn write_between(path: &Path, text: &str) -> Result<()> {
    let old = input::read_text(path)?;
    let parts = old.split_once(MARKS[0]).and_then(|(before, rest)| Some((before, rest.split_once(MARKS[1])?.1)));
    let (before, after) = parts.ok_or_else(|| {
        Error::data(
            format!("{} has no place for the tables.", path.display()),
            format!("Add the lines {} and {}.", MARKS[0].trim(), MARKS[1].trim()),
        )
    })?;
    let new = format!("{before}{}\n{text}{}{after}", MARKS[0], MARKS[1]);
    input::write_file(path, new.as_bytes())
}
