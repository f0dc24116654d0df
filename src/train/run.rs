//! A training run on disk: `runs/<name>/` with the log (JSON lines) and the last checkpoint. A
//! killed run loses at most the minutes since that checkpoint, and resumes to the same losses.

use crate::error::{Error, Result};
use crate::model::checkpoint::write_file;
use crate::model::weight::Tensors;
use crate::train::plot;
use crate::train::recipe::Recipe;
use burn::tensor::TensorData;
use indicatif::{ProgressBar, ProgressStyle};
use serde::{Deserialize, Serialize};
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Between checkpoints.
const SAVE_EVERY: Duration = Duration::from_secs(5 * 60);

/// Set by Ctrl-C: the run saves itself and ends.
static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// Steps taken.
    pub step: usize,
    /// Tokens (or pictures, for the tokenizer) seen.
    pub seen: u64,
    /// Seconds trained.
    pub seconds: f64,
    /// Of the optimizer.
    pub time: u32,
}

pub struct Run {
    pub dir: PathBuf,
    pub progress: Progress,
    log: File,
    bar: ProgressBar,
    saved: Instant,
    ticked: Instant,
}

impl Run {
    /// Opens `dir`, new or to be resumed.
    pub fn open(dir: PathBuf, recipe: &Recipe, resume: bool) -> Result<Self> {
        fs::create_dir_all(&dir).map_err(Error::file(&dir))?;
        let checkpoint = checkpoint_dir(&dir);
        let progress: Progress = match (&checkpoint, resume) {
            (Some(checkpoint), true) => {
                let path = checkpoint.join("progress.json");
                let bytes = fs::read(&path).map_err(Error::file(&path))?;
                serde_json::from_slice(&bytes).map_err(|e| {
                    Error::checkpoint(format!("{} is damaged: {e}.", path.display()), "Start the run anew.")
                })?
            }
            (Some(_), false) => {
                return Err(Error::config(
                    format!("{} already holds a run.", dir.display()),
                    "Add --resume to go on with it, or move it away.",
                ));
            }
            (None, _) => Progress::default(),
        };
        let log_path = dir.join("log.jsonl");
        keep_rows_up_to(&log_path, progress.step)?;
        let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(Error::file(&log_path))?;
        write_file(&dir.join("recipe.toml"), toml::to_string(recipe).expect("a recipe is valid TOML").as_bytes())?;
        // A second handler is refused when several runs share a process; the first one serves all.
        let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
        let bar = ProgressBar::new(recipe.schedule.steps as u64).with_position(progress.step as u64);
        bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {msg}").expect("a valid template"));
        Ok(Self { dir, progress, log, bar, saved: Instant::now(), ticked: Instant::now() })
    }

    /// Counts one step.
    pub fn advance(&mut self, seen: u64, message: String) {
        self.progress.step += 1;
        self.progress.seen += seen;
        self.progress.seconds += self.ticked.elapsed().as_secs_f64();
        self.ticked = Instant::now();
        self.bar.set_position(self.progress.step as u64);
        self.bar.set_message(message);
    }

    /// Adds a row to the log; the step, what was seen and the time stand first.
    pub fn log(&mut self, row: serde_json::Value) -> Result<()> {
        let mut full = serde_json::json!({
            "step": self.progress.step, "seen": self.progress.seen, "seconds": self.progress.seconds.round(),
        });
        if let (Some(full), serde_json::Value::Object(row)) = (full.as_object_mut(), row) {
            full.extend(row);
        }
        writeln!(self.log, "{full}").map_err(Error::file(self.dir.join("log.jsonl")))
    }

    pub fn interrupted(&self) -> bool {
        INTERRUPTED.load(Ordering::SeqCst)
    }

    pub fn should_save(&self) -> bool {
        self.saved.elapsed() > SAVE_EVERY || self.interrupted()
    }

    /// Writes the checkpoint beside the old one, then puts it in its place.
    pub fn save(&mut self, files: Vec<(&str, Vec<u8>)>) -> Result<()> {
        let (new, current, old) =
            (self.dir.join("checkpoint.new"), self.dir.join("checkpoint"), self.dir.join("checkpoint.old"));
        remove_dir(&new)?;
        fs::create_dir_all(&new).map_err(Error::file(&new))?;
        for (name, bytes) in files {
            write_file(&new.join(name), &bytes)?;
        }
        write_file(
            &new.join("progress.json"),
            serde_json::to_string(&self.progress).expect("plain numbers").as_bytes(),
        )?;
        if current.exists() {
            remove_dir(&old)?;
            fs::rename(&current, &old).map_err(Error::file(&current))?;
        }
        fs::rename(&new, &current).map_err(Error::file(&new))?;
        remove_dir(&old)?;
        self.saved = Instant::now();
        plot::draw(&self.dir.join("log.jsonl"))
    }

    pub fn checkpoint(&self) -> Option<PathBuf> {
        checkpoint_dir(&self.dir)
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
        .find(|dir| dir.join("progress.json").exists())
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
            serde_json::from_str::<serde_json::Value>(line)
                .is_ok_and(|row| row["step"].as_u64().is_some_and(|s| s <= step as u64))
        })
        .collect();
    let text = rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    write_file(path, text.as_bytes())
}

/// Tensors of a checkpoint file, or none.
pub fn read_tensor_file(path: &Path) -> Result<Tensors> {
    crate::model::checkpoint::read_tensors(&fs::read(path).map_err(Error::file(path))?)
}

/// As a safetensors file in full precision.
pub fn tensor_file(tensors: Vec<(String, TensorData)>) -> Result<Vec<u8>> {
    crate::model::checkpoint::write_tensors(tensors, crate::model::checkpoint::Precision::F32)
}
