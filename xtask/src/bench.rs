//! What the program costs, measured: tables in Markdown, medians of repeated measurements.

use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use serde::Deserialize;
use xshell::{Shell, cmd};

use crate::{build, peers, runs, serve, tools, torch, whole};

#[derive(Clone, Subcommand)]
pub enum Bench {
    /// The page in Chromium on the CPU: click to first words, click to answer, tokens per second.
    Page {
        /// Asks of each sample that count, after a cold one and a warm-up.
        #[arg(long, default_value_t = 7)]
        asks: usize,
        /// The processor core that the browser may use, where `taskset` is there.
        #[arg(long, default_value_t = 0)]
        core: usize,
        /// Measure what was built before, without building.
        #[arg(long)]
        no_build: bool,
    },
    /// Our kernels beside those of other programs, in one page in Chromium.
    Peers(peers::Peers),
    /// Training in the page, in Chromium on the CPU: what is learned in how long.
    Train(runs::Train),
    /// The whole model as WebAssembly in Chromium, beside Burn's own operations.
    Wasm(whole::Whole),
    /// A training step of the program beside PyTorch's, on this machine's processor.
    Torch(torch::Torch),
}

pub fn run(sh: &Shell, what: Bench) -> Result<()> {
    match what {
        Bench::Page { asks, core, no_build } => {
            if !no_build {
                // The module that Chromium takes.
                build::page(sh, Some(build::Module::Relaxed))?;
            }
            page(sh, asks, core)
        }
        Bench::Peers(wishes) => peers::run(sh, wishes),
        Bench::Train(wishes) => runs::run(sh, &wishes),
        Bench::Wasm(wishes) => whole::run(sh, wishes),
        Bench::Torch(wishes) => torch::run(sh, wishes),
    }
}

/// One ask; milliseconds since the click, and tokens per second of the whole answer.
#[derive(Deserialize)]
struct Ask {
    text: f64,
    answer: f64,
    tokens: f64,
    rate: f64,
}

/// The asks of one sample.
#[derive(Deserialize)]
struct Asks {
    sample: String,
    first: Ask,
    rest: Vec<Ask>,
}

fn page(sh: &Shell, asks: usize, core: usize) -> Result<()> {
    ensure!(asks > 0, "a median needs at least one ask: --asks 7");
    let chromium = tools::ensure_chromium(sh)?;
    tools::ensure_browser_tests(sh)?;
    let (address, _thread) = serve::start(0)?;
    let core = core.to_string();
    let pinned = tools::has(sh, "taskset");
    let pin: &[&str] = if pinned { &["taskset", "-c", &core] } else { &[] };
    let command = [pin, &["node", "bench.mjs"]].concat();
    let (program, words) = command.split_first().expect("a command has a first word");
    let _inside = sh.push_dir("tests/browser");
    let lines = cmd!(sh, "{program} {words...}")
        .env("PAGE", address)
        .env("CHROMIUM", chromium)
        .env("ASKS", asks.to_string())
        .read()?;
    let samples = lines
        .lines()
        .map(|line| serde_json::from_str(line).with_context(|| format!("what bench.mjs printed: {line}")))
        .collect::<Result<Vec<Asks>>>()?;
    let on = if pinned { "one core" } else { "all cores (there is no taskset)" };
    println!("Chromium on the CPU, {on}; medians of {asks} asks (slowest in brackets), seconds since the click:\n");
    print!("{}", table(&samples));
    Ok(())
}

/// A row a sample.
fn table(samples: &[Asks]) -> String {
    let mut table = String::from(
        "| sample | first words | answer | first words, cold | answer, cold | tokens | tokens per second |\n\
         |---|--:|--:|--:|--:|--:|--:|\n",
    );
    for Asks { sample, first, rest } in samples {
        let seconds = |value: fn(&Ask) -> f64| {
            let (middle, most) = spread(rest.iter().map(value).collect());
            format!("{:.2} ({:.2})", middle / 1e3, most / 1e3)
        };
        let median = |value: fn(&Ask) -> f64| spread(rest.iter().map(value).collect()).0;
        table += &format!(
            "| {sample} | {} | {} | {:.2} | {:.2} | {:.0} | {:.0} |\n",
            seconds(|ask| ask.text),
            seconds(|ask| ask.answer),
            first.text / 1e3,
            first.answer / 1e3,
            median(|ask| ask.tokens),
            median(|ask| ask.rate),
        );
    }
    table
}

/// Median and largest of at least one value.
pub fn spread(mut values: Vec<f64>) -> (f64, f64) {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    ((values[(n - 1) / 2] + values[n / 2]) / 2.0, values[n - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_holds_medians_and_the_slowest() {
        let ask = |text, answer, rate| Ask { text, answer, tokens: 150.0, rate };
        let rest = vec![ask(90.0, 500.0, 600.0), ask(300.0, 900.0, 200.0), ask(100.0, 400.0, 500.0)];
        let samples = [Asks { sample: "A maze".into(), first: ask(210.0, 1200.0, 100.0), rest }];
        let last = "| A maze | 0.10 (0.30) | 0.50 (0.90) | 0.21 | 1.20 | 150 | 500 |";
        assert_eq!(table(&samples).lines().last(), Some(last));
        assert_eq!(spread(vec![4.0, 1.0, 2.0, 3.0]), (2.5, 4.0));
    }
}
