//! Whole answers with their pictures, drawn along drafts and without: the model alone, as in the engine, on
//! questions of the test split.

use crate::bundle::{CachedTransformer, ModelBundle, VqCodec};
use crate::error::{Error, Result};
use crate::generate::writer::{Counts, Writer};
use crate::generate::{LanguageModel, PictureCodec, Sampler, Settings};
use crate::tasks::{Bank, Item, Split, TaskType, generate};
use crate::tokens::{Grammar, Prompt, Token, Vocab, template};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use web_time::Instant;

/// Task types whose pictures need no photos: counting, bars, a maze, ice.
const TYPES: [TaskType; 4] = [TaskType::D1, TaskType::S3, TaskType::V1, TaskType::V2];

/// Questions to a model.
pub struct Drawing {
    model: CachedTransformer,
    vocab: Vocab,
    codec: VqCodec,
    items: Vec<Item>,
    /// Of each item, once there are any.
    prompts: Vec<Vec<Token>>,
    /// What was written to each with the first kind of drafts; all others must give the same.
    written: Option<Vec<Vec<Token>>>,
}

/// What all answers took.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Drawn {
    pub pictures: usize,
    pub codes: usize,
    pub words: usize,
    /// In passes for codes of pictures, and in all others.
    pub picture_ms: f64,
    pub word_ms: f64,
    /// Passes for codes of pictures, codes drafted in them, and those that stood.
    pub passes: usize,
    pub drafted: usize,
    pub stood: usize,
}

impl Drawing {
    /// `items` questions of each kind.
    pub fn new(bundle: &ModelBundle, items: usize) -> Self {
        let of_type = |task_type: TaskType| {
            let mut rng = ChaCha8Rng::seed_from_u64(0xd4af + task_type as u64);
            (0..items).map(|_| generate(&Bank::empty(), task_type, Split::Test, &mut rng)).collect::<Vec<_>>()
        };
        let items = TYPES.into_iter().flat_map(of_type).collect();
        let ModelBundle { vocab, language, codec, .. } = bundle;
        let (model, vocab, codec) = (language.clone(), vocab.clone(), codec.clone());
        Self { model, vocab, codec, items, prompts: Vec::new(), written: None }
    }

    /// Answers all questions, with drafts or without.
    pub async fn run(&mut self, drafts: bool) -> Result<Drawn> {
        if self.prompts.is_empty() {
            for item in &self.items {
                self.prompts.push(prompt(item, &self.vocab, &self.codec).await?);
            }
        }
        let cost = self.model.draft_cost;
        self.model.draft_cost = if drafts { cost } else { f64::INFINITY };
        let result = self.answers().await;
        self.model.draft_cost = cost;
        let (drawn, written) = result?;
        if self.written.get_or_insert_with(|| written.clone()) != &written {
            return Err(Error::device(
                "Along drafts the model writes other tokens.",
                "Report it with the name of the device.",
            ));
        }
        Ok(drawn)
    }

    async fn answers(&mut self) -> Result<(Drawn, Vec<Vec<Token>>)> {
        let settings = Settings::default();
        let (mut drawn, mut all) = (Drawn::default(), Vec::new());
        for (seed, prompt) in self.prompts.iter().enumerate() {
            let rules = settings.rules(self.codec.grid(), self.model.context());
            let grammar = Grammar::new(&self.vocab, rules);
            let sampler = Sampler::new(seed as u64);
            let mut writer = Writer::new(&mut self.model, grammar, prompt.clone(), settings.samplings(), sampler)?;
            let mut written = Vec::new();
            // The prompt is no part of what is timed.
            written.push(writer.next(None).await?);
            while !writer.state().ended() {
                let picture = writer.state().cell().is_some();
                let begin = Instant::now();
                let token = writer.next(None).await?;
                let ms = begin.elapsed().as_secs_f64() * 1e3;
                written.push(token);
                if picture {
                    drawn.picture_ms += ms;
                    match token == self.vocab.eoi {
                        true => drawn.pictures += 1,
                        false => drawn.codes += 1,
                    }
                } else {
                    drawn.word_ms += ms;
                    drawn.words += 1;
                }
            }
            let Counts { passes, drafted, stood } = writer.counts;
            drawn.passes += passes;
            drawn.drafted += drafted;
            drawn.stood += stood;
            all.push(written);
        }
        Ok((drawn, all))
    }
}

async fn prompt(item: &Item, vocab: &Vocab, codec: &VqCodec) -> Result<Vec<Token>> {
    let picture = codec.encode_all(&[&item.picture]).await?.remove(0);
    let prompt = Prompt::Reason { draw: true, question: &item.question, picture: &picture };
    Ok(template::prompt(vocab, &prompt)?.tokens)
}
