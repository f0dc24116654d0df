//! Omni-R1-Zero's examples: from a text-only chain of thought the base model draws one picture a step.
//! Of a sample only its picture, question, step words and answer are used; no executor's picture is
//! even encoded here.

use crate::bundle::CachedTransformer;
use crate::error::{Error, Result};
use crate::generate::{LanguageModel, PictureCodec, Sampler, Sampling};
use crate::tasks::judge;
use crate::tokens::{Codes, Prompt, Token, Vocab, template};
use crate::train::data::{DataSource, Sample};
use crate::train::host::Host;
use crate::train::recipe::{Draws, ZeroStage};
use crate::train::roughness::Codebook;
use crate::train::row::Row;
use crate::train::start::{Files, file};
pub use crate::train::synthetic::SyntheticExample;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What has been made so far; it is a file of the checkpoint.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Examples {
    /// Chains tried.
    pub attempts: usize,
    pub made: Vec<SyntheticExample>,
}

impl Examples {
    /// Its name in a checkpoint.
    pub const FILE: &str = "examples.json";
}

/// The examples of a run, in the making or made.
pub struct Synthesis {
    pub stage: ZeroStage,
    pub examples: Examples,
    codebook: Codebook,
}

impl Synthesis {
    /// Begins, or goes on from the files of a checkpoint.
    pub async fn open(stage: ZeroStage, data: &DataSource, resume: Option<&Files>) -> Result<Self> {
        let examples = match resume {
            Some(files) => serde_json::from_slice(file(files, Examples::FILE)?).map_err(|e| {
                Error::checkpoint(format!("{} is damaged: {e}.", Examples::FILE), "Start the run anew.")
            })?,
            None => Examples::default(),
        };
        Ok(Self { stage, examples, codebook: Codebook::of(&data.codec).await? })
    }

    pub fn done(&self) -> bool {
        self.examples.made.len() >= self.stage.examples
    }

    /// One more round of chains.
    pub async fn attempt(
        &mut self,
        model: &mut CachedTransformer,
        data: &DataSource,
        host: &mut impl Host,
    ) -> Result<Row> {
        attempt(&self.stage, &mut self.examples, model, data, &self.codebook, host).await
    }
}

/// Chains tried for each example wanted before the filters are called too strict.
pub const PATIENCE: usize = 200;

/// The sample of an attempt, and the numbers that are drawn by chance after it.
pub fn sample_of(data: &DataSource, attempt: usize) -> (Sample, ChaCha8Rng) {
    let mut rng = ChaCha8Rng::seed_from_u64(data.seed);
    rng.set_stream((1 << 34) + attempt as u64);
    let sample = data.trace(&mut rng);
    (sample, rng)
}

/// Draws the pictures of one more chain, chosen by the number of the attempt, and keeps it if the filters
/// let it pass. The row tells the share that each filter let pass.
pub async fn attempt(
    stage: &ZeroStage,
    examples: &mut Examples,
    model: &mut CachedTransformer,
    data: &DataSource,
    codebook: &Codebook,
    host: &mut impl Host,
) -> Result<Row> {
    let (sample, mut rng) = sample_of(data, examples.attempts);
    let picture = data.codec.encode(&sample.picture).await?;
    let mut artist = Artist { stage, model, data, sampler: Sampler::new(rng.random()), host };

    let mut row = Row::default();
    let drawn = artist.draw(&sample, &picture).await?;
    row.one("whole", f64::from(drawn.is_some()));
    let mut kept = None;
    if let Some(pictures) = drawn {
        let words = sample.steps.iter().map(|step| data.without_pictures(step).to_string());
        let steps = words.zip(pictures).collect();
        let made =
            SyntheticExample { question: sample.question.clone(), picture, steps, answer: sample.answer.clone() };
        let likeness = |drawn: &Codes, band: f64| codebook.likeness(drawn, &made.picture, band) >= 1.0;
        let in_band = stage.band.is_none_or(|band| made.steps.iter().all(|(_, drawn)| likeness(drawn, band)));
        row.one("in band", f64::from(in_band));
        let sequence = template::build(&data.vocab, &made.document())?.tokens;
        let fits = sequence.len() <= stage.training.length.min(artist.model.context());
        if in_band && fits {
            let same = !stage.same_answer || artist.answers(&sample, &sequence).await?;
            row.one("same answer", f64::from(same));
            kept = same.then_some(made);
        }
    }
    row.one("made", f64::from(kept.is_some()));
    examples.attempts += 1;
    examples.made.extend(kept);
    Ok(row)
}

/// The base model at work.
struct Artist<'a, D> {
    stage: &'a ZeroStage,
    model: &'a mut CachedTransformer,
    data: &'a DataSource,
    sampler: Sampler,
    host: &'a mut D,
}

impl<D: Host> Artist<'_, D> {
    /// A picture for each step; None if one isn't a whole grid.
    async fn draw(&mut self, sample: &Sample, picture: &Codes) -> Result<Option<Vec<Codes>>> {
        let vocab = &self.data.vocab;
        let mut pictures = Vec::new();
        let asked = Prompt::Reason { draw: true, question: &sample.question, picture };
        let mut waiting = template::prompt(vocab, &asked)?.tokens;
        self.model.reset();
        for step in &sample.steps {
            match self.stage.draws {
                Draws::Thought => waiting.extend(template::words(vocab, self.data.without_pictures(step))),
                Draws::Paint => {
                    waiting =
                        template::prompt(vocab, &Prompt::Paint { caption: self.data.without_pictures(step) })?.tokens;
                    self.model.reset();
                }
            }
            waiting.push(vocab.boi);
            let Some(codes) = self.picture(std::mem::take(&mut waiting)).await? else { return Ok(None) };
            waiting.extend(codes.last);
            waiting.push(vocab.eoi);
            pictures.push(codes.codes);
        }
        Ok(Some(pictures))
    }

    /// One picture after `waiting`. With the filter for whole grids the model ends it where it will, and
    /// None says that it isn't one full grid; without it only whole grids can come.
    async fn picture(&mut self, mut waiting: Vec<Token>) -> Result<Option<Drawn>> {
        let vocab = &self.data.vocab;
        let grid = self.data.codec.grid();
        let sampling = Sampling { temperature: self.stage.temperature, top_p: 1.0 };
        let ranges = if self.stage.whole { everything(vocab) } else { vocab.code_ranges().to_vec() };
        // A prompt that leaves no room for a picture makes none.
        if self.model.position() + waiting.len() + grid * grid + 2 > self.model.context() {
            return Ok(None);
        }
        let mut codes = Vec::new();
        while codes.len() < grid * grid {
            self.host.pause().await?;
            let logits = self.model.feed(&waiting).await?;
            let token = self.sampler.pick(&logits, &ranges, sampling)?;
            let Some(code) = vocab.code_number(token) else { return Ok(None) };
            codes.push(code);
            waiting = vec![token];
        }
        if self.stage.whole {
            let logits = self.model.feed(&waiting).await?;
            if self.sampler.pick(&logits, &ranges, sampling)? != vocab.eoi {
                return Ok(None);
            }
            // The last code is in the cache already: the end mark alone is still to be read.
            return Ok(Some(Drawn { codes: Codes::new(grid, codes)?, last: None }));
        }
        Ok(Some(Drawn { codes: Codes::new(grid, codes)?, last: waiting.first().copied() }))
    }

    /// Whether the model, shown the whole thought with its pictures, gives the right answer.
    async fn answers(&mut self, sample: &Sample, sequence: &[Token]) -> Result<bool> {
        let vocab = &self.data.vocab;
        let open = sequence.iter().position(|t| *t == vocab.answer_open).expect("every document has an answer");
        self.model.reset();
        let mut logits = self.model.feed(&sequence[..=open]).await?;
        let mut ranges = vocab.text_ranges().to_vec();
        ranges.push(vocab.answer_close.0..vocab.answer_close.0 + 1);
        let mut words = Vec::new();
        while words.len() < LONGEST_ANSWER && self.model.position() < self.model.context() {
            self.host.pause().await?;
            let token = self.sampler.pick(&logits, &ranges, Sampling::GREEDY)?;
            if token == vocab.answer_close {
                break;
            }
            words.push(token);
            logits = self.model.feed(&[token]).await?;
        }
        Ok(judge(&sample.truth, vocab.text().decode(&words).trim()))
    }
}

/// In tokens.
const LONGEST_ANSWER: usize = 48;

struct Drawn {
    codes: Codes,
    /// The last code, if the model hasn't read it yet.
    last: Option<Token>,
}

/// Codes, text and the end mark of pictures.
fn everything(vocab: &Vocab) -> Vec<Range<u32>> {
    let mut ranges = vocab.code_ranges().to_vec();
    ranges.extend_from_slice(vocab.text_ranges());
    ranges.push(vocab.eoi.0..vocab.eoi.0 + 1);
    ranges
}
