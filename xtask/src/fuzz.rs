//! `cargo xtask fuzz`: the cases of tests/native/fuzz.rs, as many as wanted.

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

#[derive(clap::Args)]
pub struct Fuzz {
    #[arg(long, default_value_t = 1_000_000)]
    cases: u64,
    /// Another one gives other cases.
    #[arg(long)]
    seed: Option<u64>,
    /// Cases of one loader alone, such as "png".
    #[arg(long)]
    only: Option<String>,
    /// One case alone, by the number that a failure names.
    #[arg(long)]
    case: Option<u64>,
    /// With --case: a file for its bytes.
    #[arg(long, requires = "case")]
    save: Option<String>,
}

impl Fuzz {
    pub fn run(&self, sh: &Shell) -> Result<()> {
        let mut arguments = vec![format!("--cases={}", self.cases)];
        arguments.extend(self.seed.map(|seed| format!("--seed={seed}")));
        arguments.extend(self.only.as_ref().map(|only| format!("--only={only}")));
        arguments.extend(self.case.map(|case| format!("--case={case}")));
        arguments.extend(self.save.as_ref().map(|file| format!("--save={file}")));
        let test = cmd!(sh, "cargo test --release --package omni-r1-web --test fuzz -- {arguments...}");
        test.run().context("a case failed: run it alone with --case")
    }
}
