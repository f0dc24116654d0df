//! `reason`, `eval` and `generate`.

use super::answers::{self, Answers};
use super::{Model, say};
use burn::tensor::Device;
use omni_r1_web::bundle::ModelBundle;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::eval::{self, Question};
use omni_r1_web::generate::{Engine, Event, PictureSource, Request, Sampling, Settings, transcript};
use omni_r1_web::input;
use omni_r1_web::paths;
use omni_r1_web::tasks::{self, Bank, Hand, Setting, Split, TaskType};
use omni_r1_web::vq::pixels::decode_picture;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

#[derive(clap::Args)]
pub struct Reason {
    #[command(flatten)]
    model: Model,
    #[arg(long, requires = "question", required_unless_present = "input")]
    image: Option<PathBuf>,
    #[arg(long, requires = "image")]
    question: Option<String>,
    #[command(flatten)]
    sampling: Sample,
    /// Folder for transcript.json, its pictures and transcript.html.
    #[arg(long, requires = "image")]
    out: Option<PathBuf>,
    /// JSON lines with id, image and question, to answer many.
    #[arg(long, requires = "output", conflicts_with = "image")]
    input: Option<PathBuf>,
    /// JSON lines for the answers; their pictures go into a folder beside it.
    #[arg(long, requires = "input")]
    output: Option<PathBuf>,
}

/// How answers are made.
#[derive(clap::Args)]
pub struct Sample {
    /// Where the picture after an action comes from: imagined, executed, none, blank or shuffled.
    #[arg(long, default_value = "imagined")]
    pictures: PictureSource,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Of words; 0 takes the likeliest.
    #[arg(long, default_value_t = 0.0)]
    temperature: f32,
    /// Of picture codes.
    #[arg(long, default_value_t = 0.5)]
    picture_temperature: f32,
    #[arg(long, default_value_t = 1.0)]
    top_p: f32,
}

impl Sample {
    pub fn settings(&self, rows: bool) -> Settings {
        Settings {
            seed: self.seed,
            text: Sampling { temperature: self.temperature, top_p: self.top_p },
            picture: Sampling { temperature: self.picture_temperature, top_p: self.top_p },
            pictures: self.pictures,
            rows,
            ..Settings::default()
        }
    }
}

/// The name a model goes by in transcripts.
pub fn model_name(model: &Path) -> String {
    model.file_name().map_or_else(|| model.display().to_string(), |name| name.to_string_lossy().into_owned())
}

impl Reason {
    pub fn run(&self) -> Result<()> {
        let mut bundle = ModelBundle::load(&self.model.model, &Device::flex())?;
        match (&self.image, &self.question, &self.input, &self.output) {
            (Some(image), Some(question), ..) => self.one(&mut bundle, image, question),
            (_, _, Some(input), Some(output)) => {
                let questions = eval::read_items(input)?;
                answers::apart(input, output)?;
                let records = answer_all(&mut bundle, &questions, &self.sampling.settings(false), Some(output))?;
                all_asked(&records, Some(output))
            }
            _ => unreachable!("clap asks for a picture with its question, or for input and output"),
        }
    }

    fn one(&self, bundle: &mut ModelBundle, image: &Path, question: &str) -> Result<()> {
        let picture = decode_picture(&input::read_picture(image)?)?;
        let settings = self.sampling.settings(false);
        let calibration = bundle.config.calibration();
        let mut engine = Engine {
            model: &mut bundle.language,
            codec: &bundle.codec,
            vocab: &bundle.vocab,
            device: "cpu",
            calibration,
        };
        let request = Request::new(&picture, question, settings);
        let stop = AtomicBool::new(false);
        let outcome = pollster::block_on(engine.ask(&request, &stop, async || {}, print_event))?;
        if let Some(out) = &self.out {
            let name = model_name(&self.model.model);
            let judged = calibration.map(|calibration| outcome.likelihood.judged(&calibration));
            let source = transcript::Provenance { model: &name, device: "cpu", judged };
            transcript::write(out, &transcript::files(source, question, &picture, &settings, &outcome)?)?;
        }
        Ok(())
    }
}

/// Answers everything, with a progress bar. Predictions are written as they come, beside the file that they
/// replace when all are there.
pub fn answer_all(
    bundle: &mut ModelBundle,
    questions: &[Question],
    settings: &Settings,
    output: Option<&Path>,
) -> Result<Vec<eval::Record>> {
    let calibration = bundle.config.calibration();
    let mut engine =
        Engine { model: &mut bundle.language, codec: &bundle.codec, vocab: &bundle.vocab, device: "cpu", calibration };
    let mut answers = output.map(Answers::begin).transpose()?;
    let folder = answers.as_ref().map(|answers| answers.pictures.clone());
    let bar = indicatif::ProgressBar::new(questions.len() as u64);
    let stop = AtomicBool::new(false);
    let each = |record: &eval::Record| {
        bar.inc(1);
        answers.as_mut().map_or(Ok(()), |answers| answers.add(&record.prediction))
    };
    let records =
        pollster::block_on(eval::run(&mut engine, questions, settings, folder.as_ref(), &stop, async || {}, each))?;
    bar.finish_and_clear();
    if let Some(answers) = answers {
        answers.finish()?;
    }
    Ok(records)
}

/// An error that says how many items couldn't be asked, if any couldn't.
fn all_asked(records: &[eval::Record], output: Option<&Path>) -> Result<()> {
    let mut refused =
        records.iter().filter_map(|record| Some((&record.prediction.id, record.prediction.error.as_ref()?)));
    let count = refused.clone().count();
    let Some((id, error)) = refused.next() else { return Ok(()) };
    let rest = match output {
        Some(output) => format!("Each says why under \"error\" in {}.", output.display()),
        None => "Name a file under --output to see why of each.".into(),
    };
    Err(Error::data(
        format!("{count} of {} items couldn't be asked, the first being {id}: {error}", records.len()),
        rest,
    ))
}

#[derive(clap::Args)]
pub struct Eval {
    #[command(flatten)]
    model: Model,
    /// What to ask: "mini-2" (Mini Omni-Bench 2), "mini" (the first), "outside-2" and "outside" (other programs' pictures),
    /// "unanswerable", "unseen" (by hands
    /// that training never shows), "fresh-V4" (400 items of one type, always the same), or an items file; without
    /// it, fresh items are drawn.
    #[arg(long)]
    bench: Option<PathBuf>,
    /// Fresh items of each question type.
    #[arg(long, default_value_t = 100, conflicts_with = "bench")]
    fresh: usize,
    /// Only these question types; by default all of the benchmark, or those that the model was trained on.
    #[arg(long = "type")]
    task_types: Vec<TaskType>,
    /// Of the fresh items: test, or unseen-hand.
    #[arg(long, default_value = "test", value_parser = parse_split, conflicts_with = "bench")]
    split: Split,
    #[command(flatten)]
    sampling: Sample,
    /// JSON lines for the predictions.
    #[arg(long)]
    output: Option<PathBuf>,
    /// Prints the table as Markdown.
    #[arg(long)]
    markdown: bool,
}

/// The questions of a benchmark by name, or of an items file; with the scenes behind their pictures where
/// those are to be executed.
pub fn bench_items(bench: &Path, executed: bool) -> Result<Vec<Question>> {
    match bench.to_str() {
        Some("mini") if executed => Err(Error::config(
            "The scenes behind the pictures of the first Mini Omni-Bench are not known any more.",
            "Use --bench mini-2.",
        )),
        Some("mini") => eval::read_items(&paths::shipped(MINI_1)),
        Some("mini-2") => {
            let bank = executed.then(|| Bank::load(&paths::shipped(paths::DATA))).transpose()?;
            eval::mini::questions(&paths::shipped(eval::mini::FOLDER), bank.as_ref())
        }
        Some("outside") => eval::read_items(&paths::shipped(OUTSIDE)),
        Some(name @ ("unseen-1" | "fresh-V4-1")) => {
            eval::read_items(&paths::shipped(EARLIER).join(format!("{name}.jsonl")))
        }
        Some("outside-2") => eval::read_items(&paths::shipped(OUTSIDE_2)),
        Some("unanswerable") => eval::read_items(&paths::shipped(UNANSWERABLE)),
        Some("unseen") => {
            let bank = Bank::load(&paths::shipped(paths::DATA))?;
            Ok(fresh(&bank, &TaskType::ALL, UNSEEN, Split::UnseenHand.into(), 0))
        }
        Some(name) if name.starts_with(FRESH) => {
            let bank = Bank::load(&paths::shipped(paths::DATA))?;
            Ok(fresh(
                &bank,
                &[name[FRESH.len()..].parse()?],
                OF_ONE_TYPE,
                Setting { hand: Some(Hand::Plain), ..Split::Test.into() },
                0,
            ))
        }
        _ => eval::read_items(bench),
    }
}

/// The first Mini Omni-Bench: by the plain hand as it drew then.
const MINI_1: &str = "data/mini-bench/items.jsonl";

/// Pictures that other programs drew; training was widened after a look at them.
const OUTSIDE: &str = "data/outside-bench/items.jsonl";
/// The same by more programs and by hands: data/build_outside_2.py.
const OUTSIDE_2: &str = "data/outside-bench-2/items.jsonl";
/// Questions that their pictures don't answer: data/build_unanswerable.py.
const UNANSWERABLE: &str = "data/unanswerable-bench/items.jsonl";

/// Questions that the generator drew by seed before it had hands: to judge the predictions of then. Their pictures
/// are gone.
const EARLIER: &str = "data/predictions/earlier";

/// "fresh-V4" is a benchmark of one type, for what is trained on it alone.
const FRESH: &str = "fresh-";

const OF_ONE_TYPE: usize = 400;

/// Items of each type by the hands that training never shows.
const UNSEEN: usize = 22;

/// Fresh items are drawn from this seed on: training and validation never reach it.
const EVAL_SEED: u64 = 0xe7a1_0000;

/// `n` new items of each type.
pub fn fresh(bank: &Bank, task_types: &[TaskType], n: usize, setting: Setting, seed: u64) -> Vec<Question> {
    let mut rng = ChaCha8Rng::seed_from_u64(EVAL_SEED.wrapping_add(seed));
    let item = |task_type| tasks::generate(bank, task_type, setting, &mut rng);
    task_types.iter().flat_map(|task_type| std::iter::repeat_n(*task_type, n)).map(item).map(Question::from).collect()
}

impl Eval {
    pub fn run(&self) -> Result<()> {
        if let (Some(bench), Some(output)) = (&self.bench, &self.output) {
            answers::apart(bench, output)?;
        }
        let asked = self.bench.as_deref().map(|bench| self.items_of(bench)).transpose()?;
        let mut bundle = ModelBundle::load(&self.model.model, &Device::flex())?;
        let questions = match asked {
            Some(questions) => questions,
            None => self.fresh_items(&bundle)?,
        };
        let records = answer_all(&mut bundle, &questions, &self.sampling.settings(false), self.output.as_deref())?;
        let report = eval::Report::of(&records);
        say(&if self.markdown { report.to_markdown() } else { report.to_text() })?;
        all_asked(&records, self.output.as_deref())
    }

    fn items_of(&self, bench: &Path) -> Result<Vec<Question>> {
        let mut questions = bench_items(bench, self.sampling.pictures == PictureSource::Executed)?;
        let wanted = |task_type: Option<TaskType>| {
            self.task_types.is_empty() || task_type.is_some_and(|task_type| self.task_types.contains(&task_type))
        };
        questions.retain(|question| wanted(question.task_type));
        if questions.is_empty() {
            return Err(Error::config("The benchmark has no item of these types.", "Leave out --type to ask all."));
        }
        Ok(questions)
    }

    fn fresh_items(&self, bundle: &ModelBundle) -> Result<Vec<Question>> {
        let bank = Bank::load(&paths::shipped(paths::DATA))?;
        let task_types = if self.task_types.is_empty() { bundle.task_types() } else { self.task_types.clone() };
        Ok(fresh(&bank, &task_types, self.fresh, bundle.setting(self.split), self.sampling.seed))
    }
}

fn print_event(event: Event) {
    // An output that fails doesn't end the answer, whose files are still to be written.
    let _ = match event {
        Event::Text { text } => say(&text),
        Event::Picture { index, .. } => say(&format!(" [picture {}]\n", index + 1)),
        Event::Answer { text } => say(&format!("\nAnswer: {text}\n")),
        Event::End { tokens, ms, .. } => say(&format!("{tokens} tokens in {ms:.0} ms\n")),
        Event::PictureRow { .. } | Event::Error { .. } => Ok(()),
    };
}

pub(super) fn parse_split(text: &str) -> Result<Split> {
    serde_json::from_value(text.into())
        .map_err(|_| Error::config(format!("There is no split {text:?}."), "Use train, test or unseen-hand."))
}
