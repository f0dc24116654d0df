//! The verbs of the command line. Exit codes: 0 done, 1 failed, 2 wrong arguments.

mod answers;
mod ask;
#[cfg(feature = "webgpu")]
mod autotune;
mod bench;
#[cfg(feature = "webgpu")]
mod bench_variants;
mod calibrate;
mod compare;
mod export;
mod generate;
mod grammar;
mod headroom;
mod judge;
mod make;
mod prepare;
mod probe;
mod sheet;
mod tensors;
mod vocabulary;

use clap::{Parser, Subcommand};
use omni_r1_web::error::{Error, Result};
use omni_r1_web::paths;
use omni_r1_web::train;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

#[derive(Parser)]
#[command(name = "omni-r1", version, about = "One small model that reasons in text and pictures")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Answers a question about a picture, or a file of them.
    Reason(ask::Reason),
    /// Asks held-out questions and prints what was right.
    Eval(ask::Eval),
    /// Measures how sure a model's answers are, and keeps it in its config.json.
    Calibrate(calibrate::Calibrate),
    /// Puts predictions for a benchmark side by side, with their differences.
    Compare(compare::Compare),
    /// Prints the tables of docs/results.md from the committed predictions.
    Tables(compare::Tables),
    /// Draws a contact sheet of predictions that the seed alone chooses.
    Sheet(sheet::Sheet),
    /// Draws question items with their answers.
    Generate(generate::Generate),
    /// Picture to codes.
    Encode(tensors::Encode),
    /// Codes to picture.
    Decode(tensors::Decode),
    /// Logits of token sequences.
    Logits(tensors::Logits),
    /// Tells what can still be read from a tokenizer's codes.
    Probe(probe::Probe),
    /// Puts a trained transformer and a VQ-GAN into one checkpoint folder.
    Export(export::Export),
    /// Makes the tokenizer.json of a model that is trained from nothing.
    Vocabulary(vocabulary::Vocabulary),
    /// Checks the kernels, then times them, a training step and decoding.
    Bench(bench::Bench),
    /// Trains any stage from a recipe.
    Train {
        recipe: PathBuf,
        /// Goes on with the run of the same name.
        #[arg(long)]
        resume: bool,
        /// Where runs are kept.
        #[arg(long, default_value = "runs")]
        runs: PathBuf,
        /// Ends the run at this step, before its schedule does; the learning rate falls to zero up to there.
        #[arg(long, value_name = "STEP")]
        finish_at: Option<usize>,
        /// Keeps the answers that PeRPO samples beside the log, with their rewards.
        #[arg(long)]
        record: bool,
    },
    /// Makes a model by its pipeline (models/<name>/pipeline.toml), or goes on making it.
    Make(make::Make),
    /// Measures how much PeRPO could win on each question type, and prints the mix that follows from it.
    Headroom(headroom::Headroom),
    /// Writes what a recipe's run would see, for the engines of scale/.
    Prepare(prepare::Prepare),
    /// Gives sampled answers their rewards, over standard input and output.
    Judge(judge::Judge),
    /// Says what may follow in a sequence, over standard input and output.
    Grammar(grammar::Rulebook),
}

/// A checkpoint folder.
#[derive(clap::Args)]
struct Model {
    /// Folder of a checkpoint in Hugging Face's Chameleon layout.
    #[arg(long, default_value_os_t = paths::shipped(paths::MODEL))]
    model: PathBuf,
}

pub fn main() -> ExitCode {
    match run(Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr(), "{}", format!("{error} {}", error.hint()).trim());
            ExitCode::FAILURE
        }
    }
}

/// Prints. A reader who has gone (`| head`) wants no more, which is no failure; a full disk is one.
fn say(text: &str) -> Result<()> {
    is_heard(text).map(|_| ())
}

/// As [`say`]; whether the reader is still there.
fn is_heard(text: &str) -> Result<bool> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Ok(()) => Ok(true),
        Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => Ok(false),
        Err(e) => Err(Error::file("The output")(e)),
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.verb {
        Verb::Reason(reason) => reason.run(),
        Verb::Eval(eval) => eval.run(),
        Verb::Calibrate(calibrate) => calibrate.run(),
        Verb::Compare(compare) => compare.run(),
        Verb::Tables(tables) => tables.run(),
        Verb::Sheet(sheet) => sheet.run(),
        Verb::Generate(generate) => generate.run(),
        Verb::Encode(encode) => encode.run(),
        Verb::Decode(decode) => decode.run(),
        Verb::Logits(logits) => logits.run(),
        Verb::Probe(probe) => probe.run(),
        Verb::Export(export) => export.run(),
        Verb::Vocabulary(vocabulary) => vocabulary.run(),
        Verb::Bench(bench) => bench.run(),
        Verb::Train { recipe, resume, runs, finish_at, record } => {
            train::train(&recipe, resume, &runs, finish_at, record)
        }
        Verb::Make(make) => make.run(),
        Verb::Headroom(headroom) => headroom.run(),
        Verb::Prepare(prepare) => prepare.run(),
        Verb::Judge(judge) => judge.run(),
        Verb::Grammar(rulebook) => rulebook.run(),
    }
}
