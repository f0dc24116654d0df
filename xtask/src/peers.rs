//! The race against other programs: onnxruntime-web, tfjs and jax-js, from npm into a folder of
//! cargo's target, in one page with our module on the same adapter. Its page is in xtask/race.

use std::path::Path;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::{build, race, tools};

#[derive(Clone, clap::Args)]
pub struct Peers {
    /// Turns of each contestant that count.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// The contests whose names begin so: R1 to R5.
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
    let folder = race::folder(sh, build::Module::Webgpu, wishes.no_build)?;
    race::copy(sh, Path::new("www/wasm/webgpu"), &folder.join("shipped"))?;
    let _inside = sh.push_dir(&folder);
    cmd!(sh, "npx esbuild jax.mjs tfjs.mjs --bundle --minify --format=esm --outdir=bundled --out-extension:.js=.mjs --log-level=warning").run()?;
    let hardware = if wishes.hardware { "1" } else { "" };
    cmd!(sh, "node run.mjs")
        .env("CHROMIUM", chromium)
        .env("ROUNDS", wishes.rounds.to_string())
        .env("ONLY", wishes.only)
        .env("HARDWARE", hardware)
        .run()?;
    Ok(())
}
