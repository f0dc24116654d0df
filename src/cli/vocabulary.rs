//! `vocabulary`: a tokenizer.json for the words of the tasks, for a model that is trained from nothing.

use omni_r1_web::error::Result;
use omni_r1_web::input;
use omni_r1_web::paths;
use omni_r1_web::tasks::{Bank, vocabulary};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Vocabulary {
    /// Further words, the most important first; lines that begin with # are remarks.
    #[arg(long, default_value_os_t = paths::shipped("data/words.txt"))]
    words: PathBuf,
    #[arg(long)]
    out: PathBuf,
}

impl Vocabulary {
    pub fn run(&self) -> Result<()> {
        let words = input::read_text(&self.words)?;
        let bank = Bank::load(&paths::shipped(paths::DATA))?;
        input::write_file(&self.out, vocabulary::mini(&bank, &words).as_bytes())
    }
}
