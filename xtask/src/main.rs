//! The repository's commands. `cargo xtask help` lists them; each installs what it lacks.

mod bank;
mod bench;
mod build;
mod dist;
mod encode;
mod fuzz;
mod models;
mod peers;
mod race;
mod runs;
mod serve;
mod sizes;
mod test;
mod tools;
mod torch;
mod whole;

use anyhow::Result;
use clap::{Parser, Subcommand, ValueEnum};
use xshell::Shell;

#[derive(Parser)]
#[command(about = "Build, serve and test Omni-R1 in the browser")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Build the page and serve it on this machine.
    Serve {
        /// Port on 127.0.0.1.
        #[arg(long, default_value_t = 8080)]
        port: u16,
        /// Open the page in the browser.
        #[arg(long, value_enum, default_value_t = Choice::Yes)]
        open: Choice,
        /// Serve what was built before, without building.
        #[arg(long)]
        no_build: bool,
    },
    /// Build the WebAssembly modules into www/wasm and the npm package into pkg.
    Build {
        /// Build one module only.
        #[arg(long, value_enum)]
        only: Option<build::Module>,
    },
    /// Write the npm package into pkg, out of the modules that were built before.
    Pack,
    /// Write the page into one folder for any static host, under any path.
    Dist(dist::Dist),
    /// Run every check: format, lints, native tests, WebAssembly build, browser tests.
    Test {
        /// Run one part only.
        #[arg(long, value_enum)]
        only: Option<test::Suite>,
    },
    /// Measure, and print a table.
    Bench {
        #[command(subcommand)]
        what: bench::Bench,
    },
    /// Damaged files for everything that is read, a million of them: none may panic, abort or hang.
    Fuzz(fuzz::Fuzz),
    /// Rebuild the committed bank of scenes and stickers from its packages.
    Bank,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Choice {
    Yes,
    No,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let sh = Shell::new()?;
    sh.change_dir(tools::repository());
    match arguments.task {
        Task::Serve { port, open, no_build } => {
            if !no_build {
                build::page(&sh, None)?;
            }
            serve::run(port, open == Choice::Yes)
        }
        Task::Build { only } => build::page(&sh, only),
        Task::Pack => build::package(&sh),
        Task::Dist(dist) => dist.run(&sh),
        Task::Test { only } => test::run(&sh, only),
        Task::Bench { what } => bench::run(&sh, what),
        Task::Fuzz(fuzz) => fuzz.run(&sh),
        Task::Bank => bank::rebuild(&sh),
    }
}
