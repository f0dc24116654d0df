//! A training run on disk: `runs/<name>/` with the log (JSON lines) and the last checkpoint. A
//! killed run loses at most the minutes since that checkpoint, and resumes to the same losses.

use crate::error::{Error, Result};
use crate::input::{self, sync_folder, write_file};
use crate::train::plot;
use crate::train::recipe::Recipe;
use crate::train::row::Row;
use crate::train::start::{Files, Progress};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Map, Value};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::Write;
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
    /// What was measured since the last row of the log.
    pub row: Row,
    log: File,
    bar: ProgressBar,
    saved: Instant,
    /// Held while the run goes on: a second process would overwrite what the first has learned.
    _lock: File,
}

/// The row of the log that is not complete yet, as a checkpoint keeps it: a run may be saved at any step.
const ROW: &str = "row.json";

/// The recipe that a run was begun by.
const RECIPE: &str = "recipe.toml";

impl Run {
    /// Opens `dir`, new or to be resumed.
    pub fn open(dir: PathBuf, recipe: &Recipe, resume: bool) -> Result<Self> {
        fs::create_dir_all(&dir).map_err(Error::file(&dir))?;
        let lock = lock(&dir)?;
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
        let row = resumed.iter().flatten().find(|(name, _)| name == ROW);
        let row = row.and_then(|(_, bytes)| serde_json::from_slice(bytes).ok()).unwrap_or_default();
        let step = Progress::of_run(resumed.as_ref(), recipe.seed)?.step;
        if resumed.is_some() {
            same_recipe(&dir, recipe)?;
        }
        let log_path = dir.join("log.jsonl");
        keep_rows_up_to(&log_path, step)?;
        keep_rows_up_to(&dir.join(ANSWERS), step)?;
        let log = OpenOptions::new().create(true).append(true).open(&log_path).map_err(Error::file(&log_path))?;
        write_file(&dir.join(RECIPE), toml::to_string(recipe).expect("a recipe is valid TOML").as_bytes())?;
        // A second handler is refused when several runs share a process; the first one serves all.
        let _ = ctrlc::set_handler(|| INTERRUPTED.store(true, Ordering::SeqCst));
        let bar = ProgressBar::new(recipe.schedule.steps as u64).with_position(step as u64);
        bar.set_style(ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {msg}").expect("a valid template"));
        Ok(Self { dir, resumed, row, log, bar, saved: Instant::now(), _lock: lock })
    }

    /// Moves the progress bar.
    pub fn show(&mut self, progress: &Progress, message: String) {
        self.bar.set_position(progress.step as u64);
        self.bar.set_message(message);
    }

    /// Adds the row that is complete now to the log.
    pub fn log_row(&mut self, progress: &Progress) -> Result<()> {
        let row = std::mem::take(&mut self.row).means();
        self.log(progress, row)
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

    /// Whether the last checkpoint is old.
    pub fn should_save(&self) -> bool {
        self.saved.elapsed() > SAVE_EVERY
    }

    /// Writes the checkpoint beside the old one, then puts it in its place.
    pub fn save(&mut self, mut files: Files) -> Result<()> {
        files.push((ROW.into(), serde_json::to_vec(&self.row).expect("plain numbers")));
        let (new, current, old) =
            (self.dir.join("checkpoint.new"), self.dir.join("checkpoint"), self.dir.join("checkpoint.old"));
        remove_dir(&new)?;
        fs::create_dir_all(&new).map_err(Error::file(&new))?;
        for (name, bytes) in files {
            write_file(&new.join(name), &bytes)?;
        }
        sync_folder(&new);
        if current.exists() {
            remove_dir(&old)?;
            fs::rename(&current, &old).map_err(Error::file(&current))?;
        }
        fs::rename(&new, &current).map_err(Error::file(&new))?;
        // The old one goes when the new one can't be lost any more.
        sync_folder(&self.dir);
        remove_dir(&old)?;
        self.saved = Instant::now();
        plot::draw(&self.dir.join("log.jsonl"))
    }

    pub fn finish(&self) {
        self.bar.finish();
    }
}

/// An error if the run in a folder was begun by another recipe: what its log says would be true of neither.
fn same_recipe(dir: &Path, recipe: &Recipe) -> Result<()> {
    let path = dir.join(RECIPE);
    // Runs of earlier versions may have recipes that can't be read any more.
    let Ok(Ok(begun)) = input::read_text(&path).map(|text| toml::from_str::<Recipe>(&text)) else { return Ok(()) };
    let [begun, now] = [&begun, recipe].map(|recipe| serde_json::to_value(recipe).expect("a recipe is plain data"));
    match difference("", &begun, &now) {
        None => Ok(()),
        Some(key) => Err(Error::config(
            format!("The recipe has changed since {} began: {key} is another.", dir.display()),
            "Go on with the recipe.toml in that folder, or begin a run of another name from its weights.",
        )),
    }
}

/// The path of the first value that isn't the same.
fn difference(path: &str, a: &Value, b: &Value) -> Option<String> {
    let (Value::Object(a), Value::Object(b)) = (a, b) else { return (a != b).then(|| path.to_string()) };
    let none = Value::Null;
    a.keys().chain(b.keys()).find_map(|key| {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        difference(&path, a.get(key).unwrap_or(&none), b.get(key).unwrap_or(&none))
    })
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

/// The only process that works in a run's folder.
fn lock(dir: &Path) -> Result<File> {
    let path = dir.join("lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(Error::file(&path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::config(
            format!("Another process is training {}.", dir.display()),
            "Wait until it is done, or stop it (Ctrl-C): it saves itself.",
        )),
        // Some file systems know no locks.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

fn keep_rows_up_to(path: &Path, step: usize) -> Result<()> {
    if path.exists() { write_file(path, &rows_up_to(&input::read(path, u64::MAX - 1)?, step)) } else { Ok(()) }
}

/// Of a log without the rows of steps that a resumed run will take again, and what can't be read.
pub fn rows_up_to(log: &[u8], step: usize) -> Vec<u8> {
    let mut kept = Vec::new();
    for line in log.split(|byte| *byte == b'\n') {
        let row = serde_json::from_slice::<Value>(line);
        if row.is_ok_and(|row| row["step"].as_u64().is_some_and(|s| s <= step as u64)) {
            kept.extend_from_slice(line.trim_ascii());
            kept.push(b'\n');
        }
    }
    kept
}

/// Every file of a folder.
fn read_files(dir: &Path) -> Result<Files> {
    let mut files = Files::new();
    for entry in fs::read_dir(dir).map_err(Error::file(dir))? {
        let entry = entry.map_err(Error::file(dir))?;
        let bytes = input::read(&entry.path(), u64::MAX - 1)?;
        files.push((entry.file_name().to_string_lossy().into_owned(), bytes));
    }
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of steps 1 to 4, the second damaged.
    #[test]
    fn one_bad_byte_costs_one_row() {
        let folder = std::env::temp_dir().join(format!("omni-r1-log-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let log = folder.join("log.jsonl");
        fs::write(&log, b"{\"step\":1,\"answer\":3.0}\n{\"step\":2,\xff}\n{\"step\":3}\n{\"step\":4}\nhalf a r")
            .unwrap();
        plot::draw(&log).unwrap();
        keep_rows_up_to(&log, 3).unwrap();
        assert_eq!(fs::read_to_string(&log).unwrap(), "{\"step\":1,\"answer\":3.0}\n{\"step\":3}\n");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_run_goes_on_by_the_recipe_that_it_began_by() {
        let folder = std::env::temp_dir().join(format!("omni-r1-recipe-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("recipes/nano-v4.toml");
        let recipe = Recipe::load(&path).unwrap();
        write_file(&folder.join(RECIPE), toml::to_string(&recipe).unwrap().as_bytes()).unwrap();
        same_recipe(&folder, &recipe).unwrap();
        let mut other = recipe.clone();
        other.schedule.warmup += 1;
        assert!(same_recipe(&folder, &other).unwrap_err().to_string().contains("schedule.warmup is another"));
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_run_has_one_process() {
        let folder = std::env::temp_dir().join(format!("omni-r1-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let held = lock(&folder).unwrap();
        assert!(lock(&folder).unwrap_err().to_string().contains("Another process"));
        drop(held);
        assert!(lock(&folder).is_ok());
        fs::remove_dir_all(&folder).unwrap();
    }
}
