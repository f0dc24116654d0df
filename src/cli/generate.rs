//! `generate`: items drawn by seed.

use super::ask::parse_split;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::eval;
use omni_r1_web::generate::events::png;
use omni_r1_web::model::checkpoint::write_file;
use omni_r1_web::paths;
use omni_r1_web::tasks::{self, Bank, Hand, Setting, Split, TaskType};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Generate {
    /// The 800 items of Mini Omni-Bench 2, always the same, and nothing else.
    #[arg(long, conflicts_with_all = ["task_type", "n", "seed", "split", "difficulty", "hand", "steps"])]
    bench: bool,
    /// A question type, such as N1; without it all types in turn.
    #[arg(long = "type")]
    task_type: Option<TaskType>,
    #[arg(long, default_value_t = 10)]
    n: usize,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// train, test, or unseen-hand.
    #[arg(long, default_value = "test", value_parser = parse_split)]
    split: Split,
    /// 1 to 3; without it all by chance.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
    difficulty: Option<u8>,
    /// Drawn by this hand alone, without a camera, such as plain or chalk.
    #[arg(long)]
    hand: Option<Hand>,
    /// Also writes the pictures of each item's steps.
    #[arg(long)]
    steps: bool,
    /// Folder for items.jsonl and the pictures.
    #[arg(long)]
    out: PathBuf,
}

impl Generate {
    pub fn run(&self) -> Result<()> {
        let bank = Bank::load(&paths::shipped(paths::DATA))?;
        if self.bench {
            return eval::mini::write(&bank, &self.out);
        }
        std::fs::create_dir_all(&self.out).map_err(Error::file(&self.out))?;
        let task_types = self.task_type.map_or_else(|| TaskType::ALL.to_vec(), |task_type| vec![task_type]);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut lines = String::new();
        for number in 0..self.n {
            let setting = Setting { split: self.split, difficulty: self.difficulty, hand: self.hand };
            let item = tasks::generate(&bank, task_types[number % task_types.len()], setting, &mut rng);
            let id = format!("{}-{number:05}", item.task_type);
            let save = |name: &str, picture: &image::RgbImage| write_file(&self.out.join(name), &png(picture)?);
            let image = format!("{id}.png");
            save(&image, &item.picture)?;
            let mut row = serde_json::json!({
                "id": id, "type": item.task_type.to_string(), "difficulty": item.difficulty, "hand": item.drawn_by.0, "camera": item.drawn_by.1, "image": image,
                "question": item.question, "answer": item.answer, "truth": item.truth, "generator": tasks::GENERATOR,
            });
            if self.steps {
                let mut steps = Vec::new();
                for (i, step) in item.steps.iter().enumerate() {
                    let image = format!("{id}-step-{}.png", i + 1);
                    save(&image, &step.picture)?;
                    steps.push(serde_json::json!({ "text": step.text, "image": image }));
                }
                row["steps"] = steps.into();
            }
            lines.push_str(&format!("{row}\n"));
        }
        write_file(&self.out.join("items.jsonl"), lines.as_bytes())
    }
}
