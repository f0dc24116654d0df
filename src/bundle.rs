//! A checkpoint ready to answer: tokenizer, transformer with its cache, picture codec.

mod codec;

pub use codec::VqCodec;

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::generate::draft::{along, standing};
use crate::generate::sampler::{check_ids, no_numbers};
use crate::generate::{Choice, LanguageModel, Sampler, one_by_one};
use crate::input;
use crate::kernels::sample::{Chain, MAX_RANGES};
use crate::model::checkpoint::Checkpoint;
use crate::model::weight::read_values;
use crate::model::{Cache, Piece, Transformer};
use crate::tasks::{Setting, Split, TaskType};
use crate::tokens::{Token, Vocab};
use burn::tensor::{Device, Int, Tensor};
use std::path::Path;

/// Everything that a folder under `www/models/` holds, on one device.
pub struct ModelBundle {
    pub config: ModelConfig,
    pub vocab: Vocab,
    pub language: CachedTransformer,
    pub codec: VqCodec,
}

impl ModelBundle {
    /// From a folder with `config.json`, `tokenizer.json` and `.safetensors` files.
    pub fn load(dir: &Path, device: &Device) -> Result<Self> {
        let path = dir.join("tokenizer.json");
        let tokenizer = input::read_text(&path)?;
        Self::new(Checkpoint::load(dir, device)?, tokenizer.as_bytes(), device)
    }

    pub fn from_bytes(config: &[u8], tokenizer: &[u8], weights: &[u8], device: &Device) -> Result<Self> {
        Self::new(Checkpoint::from_bytes(config, weights, device)?, tokenizer, device)
    }

    fn new(checkpoint: Checkpoint, tokenizer: &[u8], device: &Device) -> Result<Self> {
        let vocab = Vocab::from_json(tokenizer)?;
        let transformer = checkpoint.transformer()?.clone();
        let codec = VqCodec::new(checkpoint.vq()?.clone(), device.clone());
        check_fit(&vocab, &checkpoint.config)?;
        Ok(Self { config: checkpoint.config, vocab, language: CachedTransformer::new(transformer), codec })
    }

    /// The question types that the model was trained on; all if its config.json doesn't say.
    pub fn task_types(&self) -> Vec<TaskType> {
        let named = self.config.capabilities().map(|capabilities| capabilities.task_types).unwrap_or_default();
        let known: Vec<TaskType> = named.iter().filter_map(|name| name.parse().ok()).collect();
        if known.is_empty() { TaskType::ALL.to_vec() } else { known }
    }

    /// What items of a split are drawn with, so that they look like those that the model was trained on.
    pub fn setting(&self, split: Split) -> Setting {
        let hand = self.config.capabilities().and_then(|capabilities| capabilities.hand);
        Setting { hand, ..split.into() }
    }
}

/// An error unless the model knows all tokens and codes of a vocabulary.
pub fn check_fit(vocab: &Vocab, config: &ModelConfig) -> Result<()> {
    let few = |what: &str, has: usize, knows: usize| {
        Err(Error::checkpoint(
            format!("tokenizer.json has {has} {what}, but config.json only {knows}."),
            "Use the tokenizer.json of this checkpoint.",
        ))
    };
    match (vocab.code_count(), config.vq_config.num_embeddings) {
        _ if vocab.size > config.vocab_size => few("tokens", vocab.size, config.vocab_size),
        (has, knows) if has > knows => few("picture codes", has, knows),
        _ => Ok(()),
    }
}

/// The transformer with the cache of one sequence.
#[derive(Clone)]
pub struct CachedTransformer {
    pub transformer: Transformer,
    cache: Cache,
    /// See [`LanguageModel::draft_cost`].
    pub draft_cost: f64,
}

/// What one more token costs in a pass of a few, as a share of a pass of one (shaders/LOG.md).
const DRAFT_COST: f64 = 0.2;
/// So many times that where many sequences go on together: they share the weights' way to the processor already.
const TOGETHER: f64 = 3.0;

impl CachedTransformer {
    pub fn new(transformer: Transformer) -> Self {
        let cache = transformer.new_cache(1, transformer.config.max_position_embeddings);
        Self { transformer, cache, draft_cost: DRAFT_COST }
    }

    /// An error if the cache can't hold so many more tokens.
    fn room_for(&self, tokens: usize) -> Result<()> {
        let (needed, capacity) = (self.cache.position() + tokens, self.cache.capacity);
        if needed <= capacity {
            return Ok(());
        }
        Err(Error::question(
            format!("The question with its answer takes {needed} tokens, but the model has room for {capacity}."),
            "Ask a shorter question, or use a model with more max_position_embeddings.",
        ))
    }

    /// `count` sequences from each prompt, one prompt's behind the other's, and the logits after each prompt.
    /// They go on some tokens of each at a time: the weights, which are what a token costs, are then read once
    /// for all of them.
    pub async fn fan_out(&mut self, prompts: &[Vec<Token>], count: usize) -> Result<(Vec<Vec<f32>>, Sequences<'_>)> {
        let mut all = self.transformer.new_cache(prompts.len() * count, self.cache.capacity);
        let mut logits = Vec::new();
        for (i, prompt) in prompts.iter().enumerate() {
            self.reset();
            logits.push(self.feed(prompt).await?);
            all.go_on_from(&self.cache, i * count..(i + 1) * count);
        }
        let draft_cost = self.draft_cost * TOGETHER;
        Ok((logits, Sequences { transformer: &self.transformer, cache: all, draft_cost }))
    }
}

/// Several sequences that go on together.
pub struct Sequences<'a> {
    transformer: &'a Transformer,
    cache: Cache,
    /// See [`LanguageModel::draft_cost`].
    pub draft_cost: f64,
}

/// What a sequence reads next, and after how many of these tokens, the last ones, logits are wanted.
pub struct Next {
    pub sequence: usize,
    pub tokens: Vec<Token>,
    pub wanted: usize,
}

impl Sequences<'_> {
    /// Some sequences read on; the logits that each wants, row by row, one sequence's behind the other's.
    pub async fn read(&mut self, next: &[Next]) -> Result<Vec<f32>> {
        let ids: Vec<Vec<u32>> = next.iter().map(|next| ids(&next.tokens)).collect();
        let piece = |(next, tokens): (&Next, _)| Piece { sequence: next.sequence, tokens, wanted: next.wanted };
        let pieces: Vec<Piece> = next.iter().zip(ids.iter().map(Vec::as_slice)).map(piece).collect();
        read_values(self.transformer.feed_each(&pieces, &mut self.cache)).await
    }

    /// A sequence forgets the last tokens that it read.
    pub fn forget(&mut self, sequence: usize, count: usize) {
        let position = self.cache.positions()[sequence];
        self.cache.rewind(sequence, position - count);
    }
}

fn ids(tokens: &[Token]) -> Vec<u32> {
    tokens.iter().map(|token| token.0).collect()
}

impl LanguageModel for CachedTransformer {
    fn vocab_size(&self) -> usize {
        self.transformer.config.vocab_size
    }
    fn context(&self) -> usize {
        self.cache.capacity
    }
    fn position(&self) -> usize {
        self.cache.position()
    }
    fn rewind(&mut self, position: usize) {
        self.cache.rewind(0, position);
    }
    fn draft_cost(&self) -> f64 {
        self.draft_cost
    }
    async fn read(&mut self, tokens: &[Token], wanted: usize) -> Result<Vec<f32>> {
        self.room_for(tokens.len())?;
        read_values(self.transformer.feed(&ids(tokens), wanted, &mut self.cache)).await
    }
    /// The tokens stay on the device until the last is drawn.
    async fn draw(&mut self, tokens: &[Token], choice: &Choice<'_>, sampler: &mut Sampler) -> Result<Vec<Token>> {
        let Choice { count, ranges, sampling, draft } = *choice;
        let many = ranges.len() > MAX_RANGES;
        match draft.is_empty() {
            true if many || count == 1 => return one_by_one(self, tokens, choice, sampler).await,
            false if many => return along(self, tokens, choice, sampler).await,
            _ => {}
        }
        self.room_for(tokens.len() + if draft.is_empty() { count - 1 } else { draft.len() })?;
        let Self { transformer, cache, .. } = self;
        check_ids(ranges, transformer.config.vocab_size)?;
        let first = (cache.position() + tokens.len()) as u32;
        let read = [tokens, draft].concat();
        let mut logits = transformer.feed(&ids(&read), draft.len() + 1, cache);
        let device = logits.device();
        let chain = Chain::new(sampler.next(sampling), first, ranges, &device);
        let positions: Vec<i32> = (0..=draft.len() as i32).map(|i| first as i32 + i).collect();
        let mut position = Tensor::<1, Int>::from_ints(positions.as_slice(), &device);
        if !draft.is_empty() {
            let mut drawn = usable(read_ids(chain.sample(logits, position).0).await?, transformer)?;
            drawn.truncate(standing(draft, &drawn));
            cache.rewind(0, first as usize + drawn.len() - 1);
            sampler.drew(drawn.len());
            return Ok(drawn);
        }
        let zero = Tensor::<1, Int>::from_ints([0], &device);
        let mut drawn = Vec::with_capacity(count);
        for i in 0..count {
            let (token, next) = chain.sample(logits.clone(), position.clone());
            drawn.push(token.clone());
            if i + 1 < count {
                logits = transformer.step(token, zero.clone(), position, cache);
                position = next;
            }
        }
        sampler.drew(count);
        usable(read_ids(Tensor::cat(drawn, 0)).await?, transformer)
    }
}

/// Drawn tokens; an error where there was no number to draw by, which the device tells by an id out of range.
fn usable(drawn: Vec<u32>, transformer: &Transformer) -> Result<Vec<Token>> {
    match drawn.iter().any(|id| *id as usize >= transformer.config.vocab_size) {
        true => Err(no_numbers()),
        false => Ok(drawn.into_iter().map(Token).collect()),
    }
}

/// Ids of tokens or codes, read back from their device.
async fn read_ids(ids: Tensor<1, Int>) -> Result<Vec<u32>> {
    let data = ids.into_data_async().await.map_err(|e| {
        Error::device(format!("The device gave no tokens back: {e:?}."), "Reload, or choose another device.")
    })?;
    Ok(data.iter::<i64>().map(|id| id as u32).collect())
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;
    use crate::generate::Sampling;
    use crate::model::WeightSource;

    fn model() -> CachedTransformer {
        let config = ModelConfig { max_position_embeddings: 16, ..ModelConfig::preset("nano", 64).unwrap() };
        CachedTransformer::new(Transformer::build(&config, &mut WeightSource::random(1), &Device::flex()).unwrap())
    }

    fn draw(model: &mut CachedTransformer, count: usize, temperature: f32) -> Result<Vec<Token>> {
        let ids = 10..20;
        let choice = Choice {
            count,
            ranges: std::slice::from_ref(&ids),
            sampling: Sampling { temperature, top_p: 1.0 },
            draft: &[],
        };
        pollster::block_on(model.draw(&[Token(1), Token(2)], &choice, &mut Sampler::new(3)))
    }

    /// A token by itself and a row of codes, the likeliest and one by chance: all say the same.
    #[test]
    fn without_numbers_nothing_is_drawn() {
        for (count, temperature) in [(1, 0.0), (1, 0.5), (8, 0.0), (8, 0.5)] {
            assert_eq!(draw(&mut model(), count, temperature).map_or(0, |drawn| drawn.len()), count);
            let mut broken = model();
            let head = broken.transformer.weights_mut().pop().expect("a head");
            head.tensor = head.tensor.clone() * f32::NAN;
            let error = draw(&mut broken, count, temperature).unwrap_err();
            assert!(error.to_string().contains("no usable numbers"), "{count}: {error}");
            assert_eq!(error.code(), "checkpoint", "the device is as good as before");
        }
    }

    #[test]
    fn more_than_the_cache_holds_is_an_error() {
        let mut model = model();
        assert!(pollster::block_on(model.feed(&[Token(1); 17])).unwrap_err().to_string().contains("room for 16"));
        assert!(pollster::block_on(model.feed(&[Token(1); 10])).is_ok());
        assert_eq!(draw(&mut model, 6, 0.5).unwrap_err().code(), "question");
        assert_eq!(draw(&mut model, 5, 0.5).unwrap().len(), 5);
    }
}
