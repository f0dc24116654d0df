//! The whole model in Chromium: training steps and decoding by our kernels and by Burn's own operations.

use std::path::PathBuf;

use anyhow::Result;
use xshell::{Shell, cmd};

use crate::{build, race, tools};

#[derive(Clone, clap::Args)]
pub struct Whole {
    /// Which one: for one core of the processor, with fused multiply-adds or without, or for WebGPU.
    #[arg(long, value_enum, default_value = "relaxed")]
    module: build::Module,
    /// On this machine's graphics processor instead of Chromium's software adapter.
    #[arg(long)]
    hardware: bool,
    /// The processor core that the browser may use on the CPU, where `taskset` is there.
    #[arg(long, default_value_t = 0)]
    core: usize,
    /// Turns of each that count, after one that doesn't.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Rows of a training step.
    #[arg(long, default_value_t = 2)]
    rows: usize,
    /// Tokens of a row.
    #[arg(long, default_value_t = 128)]
    length: usize,
    /// Tokens of one measurement of decoding.
    #[arg(long, default_value_t = 64)]
    tokens: usize,
    /// The folder of a model.
    #[arg(long, default_value = "www/models/mini")]
    model: PathBuf,
    /// Measure what was built before, without building.
    #[arg(long)]
    no_build: bool,
}

pub fn run(sh: &Shell, wishes: Whole) -> Result<()> {
    let chromium = tools::ensure_chromium(sh)?;
    let folder = race::folder(sh, wishes.module, wishes.no_build)?;
    let model = folder.join("model");
    sh.create_dir(&model)?;
    for file in ["config.json", "tokenizer.json", "model.safetensors"] {
        sh.copy_file(wishes.model.join(file), &model)?;
    }
    let core = wishes.core.to_string();
    let pinned = wishes.module.device() == "cpu" && tools::has(sh, "taskset");
    let pin: &[&str] = if pinned { &["taskset", "-c", &core] } else { &[] };
    let command = [pin, &["node", "whole.mjs"]].concat();
    let (program, words) = command.split_first().expect("a command has a first word");
    let hardware = if wishes.hardware { "1" } else { "" };
    let _inside = sh.push_dir(&folder);
    cmd!(sh, "{program} {words...}")
        .env("CHROMIUM", chromium)
        .env("MODULE", wishes.module.name())
        .env("DEVICE", wishes.module.device())
        .env("HARDWARE", hardware)
        .env("ROUNDS", wishes.rounds.to_string())
        .env("ROWS", wishes.rows.to_string())
        .env("LENGTH", wishes.length.to_string())
        .env("TOKENS", wishes.tokens.to_string())
        .run()?;
    Ok(())
}
