//! Recorded runs of training in the page: a plan file for each, in tests/browser/plans.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};
use clap::{Args, ValueEnum};
use serde::Deserialize;
use xshell::Shell;

use crate::{build, serve, tools};

#[derive(Clone, Args)]
pub struct Train {
    /// One of the runs that are described in docs/training.md.
    #[arg(long, value_enum, required_unless_present = "plan")]
    run: Option<Run>,
    /// A plan file of one's own instead.
    #[arg(long, conflicts_with = "run")]
    plan: Option<PathBuf>,
    /// Keep every row, check and drawn example: a file a seed, whose names begin with this path.
    #[arg(long)]
    record: Option<PathBuf>,
    /// Use what was built before, without building.
    #[arg(long)]
    no_build: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Run {
    /// A nano model learns one question type from nothing.
    A,
    /// PeSFT of the shipped model.
    B,
    /// PeRPO from the shipped model.
    C,
    /// Zero: chains of words alone become drawings, and are learned from.
    D,
}

impl Run {
    fn plan(self) -> &'static str {
        match self {
            Run::A => "a-nano.json",
            Run::B => "b-pesft.json",
            Run::C => "c-perpo.json",
            Run::D => "d-zero.json",
        }
    }
}

/// A check: held-out questions answered freely, and losses on worked examples of them.
#[derive(Deserialize)]
struct Probe {
    right: f64,
    thought: Option<f64>,
    picture: Option<f64>,
    answer: Option<f64>,
}

/// What runs.mjs prints of a seed.
#[derive(Deserialize)]
struct Summary {
    seed: u64,
    items: f64,
    steps: usize,
    seen: u64,
    /// Of steps alone, and with the checks between them.
    training: f64,
    seconds: f64,
    before: Probe,
    after: Probe,
    /// Of the program, in bytes: after twenty steps, and at the end.
    memory: [f64; 2],
    /// Keys pressed while it trained, and the milliseconds of the slowest answer.
    presses: usize,
    slowest: f64,
}

pub fn run(sh: &Shell, wishes: &Train) -> Result<()> {
    if !wishes.no_build {
        build::page(sh, Some(build::Module::Relaxed))?;
    }
    let repository = tools::repository();
    let plan = match (&wishes.plan, wishes.run) {
        (Some(plan), _) => std::path::absolute(plan)?,
        (None, Some(run)) => repository.join("tests/browser/plans").join(run.plan()),
        (None, None) => unreachable!("clap asks for one of them"),
    };
    ensure!(plan.is_file(), "there is no plan {}", plan.display());
    let chromium = tools::ensure_chromium(sh)?;
    tools::ensure_browser_tests(sh)?;
    let (address, _thread) = serve::start(0)?;
    let mut command = Command::new("node");
    command.arg("runs.mjs").current_dir(repository.join("tests/browser")).stdout(Stdio::piped());
    command.env("PAGE", address).env("CHROMIUM", chromium).env("PLAN", plan);
    if let Some(record) = &wishes.record {
        command.env("RECORD", std::path::absolute(record)?);
    }
    let mut child = command.spawn().context("node can't be started")?;
    print!("{HEAD}");
    // A seed's row is printed when it is there: a run may take an hour.
    for line in BufReader::new(child.stdout.take().context("node prints nothing")?).lines() {
        let line = line?;
        print!("{}", row(&serde_json::from_str(&line).with_context(|| format!("what runs.mjs printed: {line}"))?));
    }
    ensure!(child.wait()?.success(), "the run failed");
    Ok(())
}

const HEAD: &str = "| seed | steps | tokens | minutes, with checks | right before | right after | loss before (thought, drawing, answer) | loss after | memory, MiB | slowest answer to a key, ms |\n\
                    |--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n";

fn row(summary: &Summary) -> String {
    let Summary { seed, items, steps, seen, training, seconds, before, after, memory, presses, slowest } = summary;
    let right = |probe: &Probe| format!("{:.1}% of {items:.0}", 100.0 * probe.right / items);
    let losses = |probe: &Probe| {
        let parts = [probe.thought, probe.picture, probe.answer];
        parts.map(|loss| loss.map_or("–".into(), |loss| format!("{loss:.4}"))).join(", ")
    };
    format!(
        "| {seed} | {steps} | {seen} | {:.1}, {:.1} | {} | {} | {} | {} | {:.0} to {:.0} | {slowest:.0} of {presses} |\n",
        training / 60.0,
        seconds / 60.0,
        right(before),
        right(after),
        losses(before),
        losses(after),
        memory[0] / f64::from(1 << 20),
        memory[1] / f64::from(1 << 20),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_says_what_was_learned() {
        let summary = serde_json::json!({
            "seed": 7, "items": 50, "steps": 12, "seen": 6000, "training": 84.0, "seconds": 90.0, "drawn": 0,
            "before": { "right": 10 }, "after": { "right": 45, "thought": 0.5, "picture": 1.25, "answer": 0.125 },
            "memory": [104857600, 209715200], "presses": 80, "slowest": 41.6,
        });
        let expected = "| 7 | 12 | 6000 | 1.4, 1.5 | 20.0% of 50 | 90.0% of 50 | –, –, – | 0.5000, 1.2500, 0.1250 | 100 to 200 | 42 of 80 |\n";
        assert_eq!(row(&serde_json::from_value(summary).unwrap()), expected);
    }
}
