//! `probe`: what picture codes still tell, and how near pictures come back from them.

use super::say;
use burn::tensor::Device;
use omni_r1_web::bundle::VqCodec;
use omni_r1_web::error::Result;
use omni_r1_web::model::checkpoint::Checkpoint;
use omni_r1_web::paths;
use omni_r1_web::tasks::{Bank, TaskType};
use omni_r1_web::train::fidelity::{self, Fidelity};
use omni_r1_web::train::native::weights_dir;
use omni_r1_web::train::probe::{Settings, probe, table};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Probe {
    /// Run or folder with the VQ-GAN.
    #[arg(long, visible_alias = "model", default_value_os_t = paths::shipped(paths::MODEL))]
    vq: PathBuf,
    /// Items of each type to learn from, each seen once.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..))]
    learn: u32,
    /// Items of each type by unseen hands.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..))]
    test: u32,
    /// Question types, such as N2; all without it.
    #[arg(long = "type")]
    task_types: Vec<TaskType>,
    /// Items of each type whose pictures are compared with what comes back.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    compare: u32,
    #[arg(long, default_value_t = 0)]
    seed: u64,
}

impl Probe {
    pub fn run(&self) -> Result<()> {
        let device = Device::flex();
        let checkpoint = Checkpoint::load(&weights_dir(&self.vq), &device)?;
        let codec = VqCodec::new(checkpoint.vq()?.clone(), device.clone());
        let bank = Bank::load(&paths::shipped(paths::DATA))?;
        let task_types = if self.task_types.is_empty() { TaskType::ALL.to_vec() } else { self.task_types.clone() };
        let bar = indicatif::ProgressBar::new(1).with_style(
            indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} {eta} {msg}").expect("a fixed template"),
        );
        let settings = Settings { task_types, learn: self.learn as usize, test: self.test as usize, seed: self.seed };
        let told = |step: usize, steps: usize, [codes, pixels]: [f64; 2]| {
            bar.set_length(steps as u64);
            bar.set_position(step as u64);
            bar.set_message(format!("{codes:.3} nats an answer by codes, {pixels:.3} by pixels"));
        };
        let outcomes = pollster::block_on(probe(&bank, &codec, &settings, &device, told))?;
        let mut measured = Vec::new();
        for &task_type in &settings.task_types {
            let items = self.compare as usize;
            measured.push((task_type, pollster::block_on(Fidelity::of(task_type, items, &bank, &codec, self.seed))?));
        }
        bar.finish_and_clear();
        say(&format!("{}\n{}", table(&outcomes), fidelity::table(&measured)))
    }
}
