//! `reason` and `generate`.

use super::{DATA, Model};
use burn::tensor::Device;
use omni_r1_web::error::{Error, Result};
use omni_r1_web::generate::{Engine, Event, Pictures, Request, Sampling, Settings, transcript};
use omni_r1_web::loaded::Loaded;
use omni_r1_web::model::checkpoint::write_file;
use omni_r1_web::tasks::{self, Bank, Kind, Split};
use omni_r1_web::vq::pixels::decode_picture;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

#[derive(clap::Args)]
pub struct Reason {
    #[command(flatten)]
    model: Model,
    #[arg(long, requires = "question")]
    image: PathBuf,
    #[arg(long)]
    question: String,
    #[command(flatten)]
    sampling: Sample,
    /// Folder for transcript.json, its pictures and transcript.html.
    #[arg(long)]
    out: Option<PathBuf>,
}

/// How answers are made.
#[derive(clap::Args)]
pub struct Sample {
    /// Where the picture after an action comes from: imagined, executed, none, blank or shuffled.
    #[arg(long, default_value = "imagined")]
    pictures: Pictures,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Of words; 0 takes the likeliest.
    #[arg(long, default_value_t = 0.0)]
    temperature: f32,
    /// Of picture codes.
    #[arg(long, default_value_t = 0.5)]
    picture_temperature: f32,
    #[arg(long, default_value_t = 1.0)]
    top_p: f32,
}

impl Sample {
    pub fn settings(&self, rows: bool) -> Settings {
        Settings {
            seed: self.seed,
            text: Sampling { temperature: self.temperature, top_p: self.top_p },
            picture: Sampling { temperature: self.picture_temperature, top_p: self.top_p },
            pictures: self.pictures,
            rows,
            ..Settings::default()
        }
    }
}

/// The name a model goes by in transcripts.
pub fn model_name(model: &Path) -> String {
    model.file_name().map_or_else(|| model.display().to_string(), |name| name.to_string_lossy().into_owned())
}

impl Reason {
    pub fn run(&self) -> Result<()> {
        let picture = decode_picture(&std::fs::read(&self.image).map_err(Error::file(&self.image))?)?;
        let mut loaded = Loaded::load(&self.model.model, &Device::flex())?;
        let settings = self.sampling.settings(false);
        let mut engine =
            Engine { model: &mut loaded.language, codec: &loaded.codec, vocab: &loaded.vocab, device: "cpu" };
        let request = Request::new(&picture, &self.question, settings);
        let stop = AtomicBool::new(false);
        let outcome = pollster::block_on(engine.ask(&request, &stop, async || {}, print_event))?;
        if let Some(out) = &self.out {
            let name = model_name(&self.model.model);
            let source = transcript::Source { model: &name, device: "cpu" };
            transcript::write(out, &transcript::files(source, &self.question, &picture, &settings, &outcome)?)?;
        }
        Ok(())
    }
}

fn print_event(event: Event) {
    match event {
        Event::Text { text } => print!("{text}"),
        Event::Picture { index, .. } => println!(" [picture {}]", index + 1),
        Event::Answer { text } => println!("\nAnswer: {text}"),
        Event::End { tokens, ms, .. } => println!("{tokens} tokens in {ms:.0} ms"),
        Event::PictureRow { .. } | Event::Error { .. } => {}
    }
    // A broken pipe shows at the next print.
    let _ = std::io::stdout().flush();
}

#[derive(clap::Args)]
pub struct Generate {
    /// A question type, such as N1; without it all types in turn.
    #[arg(long = "type")]
    kind: Option<Kind>,
    #[arg(long, default_value_t = 10)]
    n: usize,
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// train, test, or unseen-style.
    #[arg(long, default_value = "test", value_parser = parse_split)]
    split: Split,
    /// 1 to 3; without it all by chance.
    #[arg(long, value_parser = clap::value_parser!(u8).range(1..=3))]
    difficulty: Option<u8>,
    /// Also writes the pictures of each item's steps.
    #[arg(long)]
    steps: bool,
    /// Folder for items.jsonl and the pictures.
    #[arg(long)]
    out: PathBuf,
}

fn parse_split(text: &str) -> Result<Split> {
    serde_json::from_value(text.into())
        .map_err(|_| Error::config(format!("There is no split {text:?}."), "Use train, test or unseen-style."))
}

impl Generate {
    pub fn run(&self) -> Result<()> {
        let bank = Bank::load(Path::new(DATA))?;
        std::fs::create_dir_all(&self.out).map_err(Error::file(&self.out))?;
        let kinds = self.kind.map_or_else(|| Kind::ALL.to_vec(), |kind| vec![kind]);
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut lines = String::new();
        for number in 0..self.n {
            let item = tasks::generate(&bank, kinds[number % kinds.len()], self.split, self.difficulty, &mut rng);
            let id = format!("{}-{number:05}", item.kind);
            let save = |name: &str, picture: &image::RgbImage| {
                picture
                    .save_with_format(self.out.join(name), image::ImageFormat::Png)
                    .map_err(|e| Error::picture(format!("{name} can't be written: {e}."), "Check the folder of --out."))
            };
            let image = format!("{id}.png");
            save(&image, &item.picture)?;
            let mut row = serde_json::json!({
                "id": id, "type": item.kind.to_string(), "difficulty": item.difficulty, "image": image,
                "question": item.question, "answer": item.answer, "truth": item.truth,
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
