//! A training run on disk: `runs/<name>/` with the log (JSON lines) and the last checkpoint. A
//! killed run loses at most the minutes since that checkpoint, and resumes to the same losses.

use crate::error::{Error, Result};
use crate::model::checkpoint::write_file;
use crate::train::plot;
use crate::train::recipe::Recipe;
use crate::train::start::{Files, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between checkpoints.
const SAVE_EVERY: Duration = Duration::from_secs(5 * 60);

/// Sampled answers, a line a step.
const ANSWERS: &str = "answers.jsonl";

/// Set by Ctrl-C: the run saves itself and ends.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

pub struct Run {
    pub dir: PathBuf,
    /// The checkpoint that the run goes on from.
    pub resumed: Option<Files>,
    log: File,
    bar: ProgressBar,
    saved: Instant,
}

impl Run {
    /// Opens `dir`, new or to be resumed.
    pub fn open(dir: PathBuf, recipe: &Recipe, resume: bool) -> Result<Self> {
        fs::create_dir_all(&dir).map_err(Error::file(&dir))?;
        let checkpoint = checkpoint_dir(&dir);
        let resumed = match (&checkpoint, resume) {
            (Some(checkpoint), true) => Some(read_files(checkpoint)?),
            (Some(_), false) => {
                return Err(Error::config(
                    format!("{} already holds a run.", dir.display()),
                    "Add --resume to go on with it, or move it away.",
                ));
            }
            (None, _) => None,
        };
        let step = resumed.as_ref().map(Progress::of).transpose()?.unwrap_or_default().step;
        let log_path = dir.join("log.jsonl");
        keep_rows_up_to(&log_path, step)?;
        keep_rows_up_to(&dir.join(ANSWERS), step)?;
        let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(Error::file(&log_path))?;
        write_file(&dir.join("recipe.toml"), toml::to_string(recipe).expect("a recipe is valid TOML").as_bytes())?;
        // A second handler is refused when several runs share a process; the first one serves all.
        let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
        let bar = ProgressBar::new(recipe.schedule.steps as u64).with_position(step as u64);
        bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {msg}").expect("a valid template"));
        Ok(Self { dir, resumed, log, bar, saved: Instant::now() })
    }

    /// Moves the progress bar.
    pub fn show(&mut self, progress: &Progress, message: String) {
        self.bar.set_position(progress.step as u64);
        self.bar.set_message(message);
    }

    /// Adds a row to the log, with the step, what was seen and the time.
    pub fn log(&mut self, progress: &Progress, row: Map<String, Value>) -> Result<()> {
        let mut full = Map::new();
        full.insert("step".into(), progress.step.into());
        full.insert("seen".into(), progress.seen.into());
        full.insert("seconds".into(), progress.seconds.round().into());
        full.extend(row);
        let full = Value::from(full);
        writeln!(self.log, "{full}").map_err(Error::file(self.dir.join("log.jsonl")))
    }

    /// Adds what a step by rewards sampled to a file beside the log.
    pub fn keep_answers(&self, answers: &Value) -> Result<()> {
        let path = self.dir.join(ANSWERS);
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(Error::file(&path))?;
        writeln!(file, "{answers}").map_err(Error::file(&path))
    }

    pub fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    pub fn should_save(&self) -> bool {
        self.saved.elapsed() > SAVE_EVERY || self.interrupted()
    }

    /// Writes the checkpoint beside the old one, then puts it in its place.
    pub fn save(&mut self, files: Files) -> Result<()> {
        let (new, current, old) =
            (self.dir.join("checkpoint.new"), self.dir.join("checkpoint"), self.dir.join("checkpoint.old"));
        remove_dir(&new)?;
        fs::create_dir_all(&new).map_err(Error::file(&new))?;
        for (name, bytes) in files {
            write_file(&new.join(name), &bytes)?;
        }
        if current.exists() {
            remove_dir(&old)?;
            fs::rename(&current, &old).map_err(Error::file(&current))?;
        }
        fs::rename(&new, &current).map_err(Error::file(&new))?;
        remove_dir(&old)?;
        self.saved = Instant::now();
        plot::draw(&self.dir.join("log.jsonl"))
    }

    pub fn finish(&self) {
        self.bar.finish();
    }
}

/// The last whole checkpoint of a run.
pub fn checkpoint_dir(run: &Path) -> Option<PathBuf> {
    ["checkpoint", "checkpoint.old"]
        .map(|name| run.join(name))
        .into_iter()
        .find(|dir| dir.join(Progress::FILE).exists())
}

fn remove_dir(dir: &Path) -> Result<()> {
    if dir.exists() { fs::remove_dir_all(dir).map_err(Error::file(dir)) } else { Ok(()) }
}

/// Drops log rows of steps that a resumed run will take again.
fn keep_rows_up_to(path: &Path, step: usize) -> Result<()> {
    let Ok(file) = File::open(path) else { return Ok(()) };
    let rows: Vec<String> = BufReader::new(file)
        .lines()
        .map_while(|line| line.ok())
        .filter(|line| {
            serde_json::from_str::<Value>(line).is_ok_and(|row| row["step"].as_u64().is_some_and(|s| s <= step as u64))
        })
        .collect();
    let text = rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    write_file(path, text.as_bytes())
}

/// Every file of a folder.
fn read_files(dir: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(dir).map_err(Error::file(dir))? {
        let entry = entry.map_err(Error::file(dir))?;
        let bytes = fs::read(entry.path()).map_err(Error::file(entry.path()))?;
        files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
    }
    Ok(files)
}
