//! The race against other programs: onnxruntime-web, tfjs and jax-js, from npm into a folder of
//! cargo's target, in one page with our module on the same adapter. Its page is in xtask/race.

use std::path::Path;

use anyhow::{Context, Result};
use xshell::{Shell, cmd};

use crate::{build, tools};

#[derive(Clone, clap::Args)]
pub struct Peers {
    /// Turns of each contestant that count.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// The contests whose names begin so: R1, R2 or R4.
    #[arg(long, default_value = "")]
    only: String,
    /// On this machine's graphics processor instead of Chromium's software adapter.
    #[arg(long)]
    hardware: bool,
    /// Race what was built before, without building.
    #[arg(long)]
    no_build: bool,
}

pub fn run(sh: &Shell, wishes: Peers) -> Result<()> {
    if !wishes.no_build {
        build::page(sh, Some(build::Module::Webgpu))?;
    }
    let chromium = tools::ensure_chromium(sh)?;
    let folder = tools::target_dir(sh)?.join("race");
    copy(sh, Path::new("xtask/race"), &folder)?;
    copy(sh, Path::new("www/wasm/webgpu"), &folder.join("wasm"))?;
    let _inside = sh.push_dir(&folder);
    if !sh.path_exists("node_modules/.package-lock.json") {
        cmd!(sh, "npm install --no-audit --no-fund").run().context("the race needs Node.js 20.11 or newer")?;
    }
    cmd!(sh, "npx esbuild entry.mjs --bundle --format=esm --outfile=peers.mjs --log-level=warning").run()?;
    let hardware = if wishes.hardware { "1" } else { "" };
    cmd!(sh, "node run.mjs")
        .env("CHROMIUM", chromium)
        .env("ROUNDS", wishes.rounds.to_string())
        .env("ONLY", wishes.only)
        .env("HARDWARE", hardware)
        .run()?;
    Ok(())
}

/// The files of a folder.
fn copy(sh: &Shell, from: &Path, to: &Path) -> Result<()> {
    sh.create_dir(to)?;
    for entry in std::fs::read_dir(from).with_context(|| from.display().to_string())? {
        let path = entry?.path();
        if path.is_file() {
            sh.copy_file(&path, to)?;
        }
    }
    Ok(())
}
