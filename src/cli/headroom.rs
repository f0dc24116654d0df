//! `headroom`: what PeRPO could win on each question type.

use super::say;
use omni_r1_web::error::Result;
use omni_r1_web::model::checkpoint::write_file;
use omni_r1_web::tasks::TaskType;
use omni_r1_web::train::headroom::{self, HeadroomSettings};
use std::fmt::Write;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Headroom {
    /// A recipe with [perpo]: the model that it begins from is asked the types of its mix, at its temperatures.
    recipe: PathBuf,
    /// Questions of each type.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    items: u32,
    /// Sampled answers to each question.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..))]
    answers: u32,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// File for the [mix] to put into the recipe; without it the mix is printed.
    #[arg(long)]
    mix: Option<PathBuf>,
    /// JSON lines for what was measured.
    #[arg(long)]
    output: Option<PathBuf>,
}

impl Headroom {
    pub fn run(&self) -> Result<()> {
        let settings = HeadroomSettings { items: self.items as usize, answers: self.answers as usize, seed: self.seed };
        let bar = indicatif::ProgressBar::new(0);
        let told = |task_type: TaskType, number: usize, all: usize| {
            bar.set_length(all as u64);
            bar.set_position(number as u64);
            bar.set_message(task_type.to_string());
        };
        let measured = headroom::measure(&self.recipe, settings, told)?;
        bar.finish_and_clear();
        say(&table(&measured, self.answers))?;
        if let Some(path) = &self.output {
            let line = |(task_type, headroom): &(TaskType, headroom::Headroom)| {
                let mut line = serde_json::to_value(headroom).expect("plain numbers");
                line["type"] = task_type.to_string().into();
                format!("{line}\n")
            };
            write_file(path, measured.iter().map(line).collect::<String>().as_bytes())?;
        }
        let mix = headroom::mix(&measured)
            .iter()
            .fold("[mix]\n".to_string(), |text, (task_type, weight)| format!("{text}{task_type} = {weight:.2}\n"));
        match &self.mix {
            Some(path) => write_file(path, mix.as_bytes()),
            None => say(&format!("\n{mix}")),
        }
    }
}

fn table(measured: &[(TaskType, headroom::Headroom)], answers: u32) -> String {
    let mut text = format!(
        "| | n | sampled | majority | pass@{answers} | p (1 - p) | greedy | executed | drawings that show their action |\n|---|{}\n",
        "--:|".repeat(8)
    );
    for (task_type, of) in measured {
        let shown = of.shown.map_or_else(|| "-".to_string(), |share| format!("{:.1}", share * 100.0));
        let percent = [of.mean, of.majority, of.pass].map(|share| format!("{:.1}", share * 100.0)).join(" | ");
        let (greedy, executed) = (of.greedy * 100.0, of.executed * 100.0);
        let _ = writeln!(
            text,
            "| {task_type} | {} | {percent} | {:.3} | {greedy:.1} | {executed:.1} | {shown} |",
            of.items, of.spread
        );
    }
    text
}
