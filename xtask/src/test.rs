//! Every check of the repository, in the order in which a failure costs least.

use anyhow::{Context, Result};
use clap::ValueEnum;
use xshell::{Shell, cmd};

use crate::dist::Dist;
use crate::{build, serve, tools};

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub enum Suite {
    /// Format and lints of the Rust code.
    Lint,
    /// Unit and integration tests on this machine.
    Native,
    /// The page in Chromium, on the CPU and on WebGPU, and its main paths in Firefox and WebKit where apt has them.
    Browser,
    /// The package for PyTorch (scale/) beside this program. It installs PyTorch, and so is no part of the whole.
    Scale,
}

pub fn run(sh: &Shell, only: Option<Suite>) -> Result<()> {
    let wanted = |part| only.is_none_or(|only| only == part);
    if wanted(Suite::Lint) {
        lint(sh)?;
    }
    if wanted(Suite::Native) {
        // One package at a time: together they would share features, and be built once more.
        cmd!(sh, "cargo test --release --package xtask").run()?;
        cmd!(sh, "cargo test --release --package tokenizer-reference").run()?;
        cmd!(sh, "cargo test --release --package omni-r1-web").run()?;
    }
    if wanted(Suite::Browser) {
        browser(sh)?;
    }
    if only == Some(Suite::Scale) {
        scale(sh)?;
    }
    Ok(())
}

fn lint(sh: &Shell) -> Result<()> {
    if tools::has(sh, "rustfmt") {
        cmd!(sh, "cargo fmt --all --check").run().context("run `cargo fmt --all`")?;
    }
    if tools::has(sh, "cargo-clippy") {
        // In the profile of the tests: build scripts and macros serve both.
        cmd!(sh, "cargo clippy --release --workspace --all-targets -- -D warnings").run()?;
    }
    Ok(())
}

fn browser(sh: &Shell) -> Result<()> {
    build::page(sh, None)?;
    // The page must give the tokens that the program gives: the tests run both.
    cmd!(sh, "cargo build --release --bin omni-r1").run()?;
    let program = tools::target_dir(sh)?.join("release/omni-r1");
    let chromium = tools::ensure_chromium(sh)?;
    tools::try_other_browsers(sh);
    tools::ensure_browser_tests(sh)?;
    let dist = tools::target_dir(sh)?.join("dist-page");
    Dist { out: dist.clone(), no_build: true, url: None }.run(sh)?;
    let _inside = sh.push_dir("tests/browser");
    cmd!(sh, "npm run --silent types").run()?;
    let (page, _thread) = serve::start(0)?;
    cmd!(sh, "npm test --silent")
        .env("PAGE", page)
        .env("DIST", dist)
        .env("CHROMIUM", chromium)
        .env("OMNI_R1", program)
        .run()?;
    Ok(())
}

fn scale(sh: &Shell) -> Result<()> {
    cmd!(sh, "cargo build --release --bin omni-r1").run()?;
    let program = tools::target_dir(sh)?.join("release/omni-r1");
    let python = tools::ensure_torch(sh, "scale", &["scale[perpo,test]"])?;
    let tests = ["-m", "pytest", "-q", "-rP", "scale/tests"];
    cmd!(sh, "{python} {tests...}").env("OMNI_R1", program).env("PYTHONPATH", "scale").run()?;
    Ok(())
}
