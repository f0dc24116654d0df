//! The command line.

use clap::{Parser, Subcommand};
use omni_r1_web::error::Result;
use omni_r1_web::train;
use std::path::PathBuf;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(name = "omni-r1", version, about = "One small model that reasons in text and pictures")]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Trains any stage from a recipe.
    Train {
        recipe: PathBuf,
        /// Goes on with the run of the same name.
        #[arg(long)]
        resume: bool,
        /// Where runs are kept.
        #[arg(long, default_value = "runs")]
        runs: PathBuf,
    },
}

fn main() -> std::process::ExitCode {
    match run(Cli::parse()) {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error} {}", error.hint());
            std::process::ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<()> {
    match cli.verb {
        Verb::Train { recipe, resume, runs } => train::train(&recipe, resume, &runs),
    }
}
