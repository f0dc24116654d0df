//! A training step of `omni-r1` beside the same step in PyTorch (xtask/torch/step.py): two programs
//! that take turns on the same cores.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use xshell::{Shell, cmd};

use crate::{bench, tools};

#[derive(Clone, clap::Args)]
pub struct Torch {
    /// Steps of each that count, after one that doesn't.
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Rows of a step.
    #[arg(long, default_value_t = 8)]
    rows: usize,
    /// Tokens of a row.
    #[arg(long, default_value_t = 256)]
    length: usize,
    /// Threads of each.
    #[arg(long, default_value_t = 2)]
    threads: usize,
}

/// Losses in f32 may be so far apart, as a share; those in bfloat16 aren't compared.
const AGREEMENT: f64 = 1e-3;
/// Between the turns, in which the threads of the last one still wait for work.
const REST: Duration = Duration::from_millis(50);

pub fn run(sh: &Shell, wishes: Torch) -> Result<()> {
    cmd!(sh, "cargo build --release --bin omni-r1").run()?;
    let target = tools::target_dir(sh)?;
    let program = target.join("release/omni-r1");
    let python = tools::ensure_torch(sh, "torch", &[])?;
    let Torch { rounds, rows, length, threads } = wishes;
    let words = |line: &str| line.split(' ').map(String::from).collect::<Vec<_>>();
    let ours = words(&format!("bench step --paced --batch {rows} --length {length}"));
    let theirs = words(&format!(
        "xtask/torch/step.py --model www/models/mini --rows {rows} --length {length} --threads {threads}"
    ));
    let with = |words: &[String], word: &str| [words, &[word.to_string()]].concat();
    let mut contestants = vec![
        Contestant::start("omni-r1", &program, &ours, threads)?,
        Contestant::start("PyTorch", &python, &theirs, threads)?,
        Contestant::start("PyTorch, bfloat16 autocast", &python, &with(&theirs, "--bfloat16"), threads)?,
    ];
    // Not every processor has these products: then the program says so and ends.
    contestants.extend(Contestant::start("omni-r1, bfloat16", &program, &with(&ours, "--bfloat16"), threads).ok());
    for round in 0..=rounds {
        for contestant in &mut contestants {
            contestant.step(round > 0)?;
        }
        let [ours, theirs] = [0, 1].map(|index| contestants[index].loss);
        ensure!((ours - theirs).abs() <= AGREEMENT * theirs, "step {round}: our loss is {ours}, PyTorch's {theirs}");
        std::thread::sleep(REST);
    }
    println!("A training step of {rows} x {length} tokens on {threads} threads, medians of {rounds} turns:\n");
    println!("| | ms | tokens per second | times omni-r1 |\n|---|--:|--:|--:|");
    let first = contestants[0].times.clone();
    for Contestant { name, times, .. } in &contestants {
        let ratios = times.iter().zip(&first).map(|(ms, ours)| ms / ours).collect();
        let (ms, ratio) = (bench::spread(times.clone()).0, bench::spread(ratios).0);
        println!("| {name} | {ms:.0} | {:.0} | {ratio:.2} |", (rows * length) as f64 / ms * 1e3);
    }
    Ok(())
}

/// A program that takes a step for each line it is sent.
struct Contestant {
    name: &'static str,
    child: Child,
    turns: ChildStdin,
    answers: BufReader<ChildStdout>,
    times: Vec<f64>,
    loss: f64,
}

impl Contestant {
    /// Takes a first step, which isn't counted.
    fn start(name: &'static str, program: &Path, words: &[String], threads: usize) -> Result<Self> {
        let mut child = Command::new(program)
            .args(words)
            .env("RAYON_NUM_THREADS", threads.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| program.display().to_string())?;
        let turns = child.stdin.take().context("a pipe")?;
        let answers = BufReader::new(child.stdout.take().context("a pipe")?);
        let mut contestant = Self { name, child, turns, answers, times: Vec::new(), loss: f64::NAN };
        contestant.step(false)?;
        Ok(contestant)
    }

    fn step(&mut self, counts: bool) -> Result<()> {
        writeln!(self.turns)?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let (ms, loss) = line.trim().split_once(' ').with_context(|| format!("{} ended", self.name))?;
        self.loss = loss.parse()?;
        if counts {
            self.times.push(ms.parse()?);
        }
        Ok(())
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
