//! A checkpoint ready to answer: tokenizer, transformer with its cache, picture codec.

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::generate::sampler::check_ids;
use crate::generate::{Choice, LanguageModel, PictureCodec, Sampler, one_by_one};
use crate::kernels::sample::{Chain, MAX_RANGES};
use crate::model::checkpoint::Checkpoint;
use crate::model::weight::read_values;
use crate::model::{Cache, Transformer};
use crate::tasks::{Kind, Setting, Split};
use crate::tokens::{Codes, Token, Vocab};
use crate::vq::{VqGan, pixels};
use burn::tensor::{Device, Int, Tensor, TensorData};
use image::RgbImage;
use std::path::Path;

/// Everything that a folder under `www/models/` holds, on one device.
pub struct Loaded {
    pub config: ModelConfig,
    pub vocab: Vocab,
    pub language: CachedTransformer,
    pub codec: VqCodec,
}

impl Loaded {
    /// From a folder with `config.json`, `tokenizer.json` and `.safetensors` files.
    pub fn load(dir: &Path, device: &Device) -> Result<Self> {
        let path = dir.join("tokenizer.json");
        let tokenizer = std::fs::read(&path).map_err(Error::file(&path))?;
        Self::new(Checkpoint::load(dir, device)?, &tokenizer, device)
    }

    pub fn from_bytes(config: &[u8], tokenizer: &[u8], weights: &[u8], device: &Device) -> Result<Self> {
        Self::new(Checkpoint::from_bytes(config, weights, device)?, tokenizer, device)
    }

    fn new(checkpoint: Checkpoint, tokenizer: &[u8], device: &Device) -> Result<Self> {
        let vocab = Vocab::from_json(tokenizer)?;
        let transformer = checkpoint.transformer()?.clone();
        let codec = VqCodec::new(checkpoint.vq()?.clone(), device.clone());
        if vocab.size > checkpoint.config.vocab_size {
            return Err(Error::checkpoint(
                format!(
                    "tokenizer.json has {} tokens, but config.json only {}.",
                    vocab.size, checkpoint.config.vocab_size
                ),
                "Use the tokenizer.json of this checkpoint.",
            ));
        }
        Ok(Self { config: checkpoint.config, vocab, language: CachedTransformer::new(transformer), codec })
    }

    /// The question types that the model was trained on; all if its config.json doesn't say.
    pub fn kinds(&self) -> Vec<Kind> {
        let named = self.config.practised().map(|practised| practised.kinds).unwrap_or_default();
        let known: Vec<Kind> = named.iter().filter_map(|name| name.parse().ok()).collect();
        if known.is_empty() { Kind::ALL.to_vec() } else { known }
    }

    /// What items of a split are drawn with, so that they look like those that the model was trained on.
    pub fn setting(&self, split: Split) -> Setting {
        let hand = self.config.practised().and_then(|practised| practised.hand);
        Setting { hand, ..split.into() }
    }
}

/// The transformer with the cache of one sequence.
#[derive(Clone)]
pub struct CachedTransformer {
    pub transformer: Transformer,
    cache: Cache,
}

impl CachedTransformer {
    pub fn new(transformer: Transformer) -> Self {
        let cache = transformer.new_cache(1, transformer.config.max_position_embeddings);
        Self { transformer, cache }
    }

    /// `count` sequences from each prompt, one prompt's behind the other's, and the logits after each prompt.
    /// They go on a token of each at a time: the weights, which are what a token costs, are then read once for
    /// all of them.
    pub async fn fan_out(&mut self, prompts: &[Vec<Token>], count: usize) -> Result<(Vec<Vec<f32>>, Sequences<'_>)> {
        let mut all = self.transformer.new_cache(prompts.len() * count, self.cache.capacity);
        let mut logits = Vec::new();
        for (i, prompt) in prompts.iter().enumerate() {
            self.reset();
            logits.push(self.feed(prompt).await?);
            all.go_on_from(&self.cache, i * count..(i + 1) * count);
        }
        Ok((logits, Sequences { transformer: &self.transformer, cache: all }))
    }
}

/// Several sequences that go on together.
pub struct Sequences<'a> {
    transformer: &'a Transformer,
    cache: Cache,
}

impl Sequences<'_> {
    /// One more token of each of some sequences, `(sequence, token)`; the logits after each, row by row.
    pub async fn feed(&mut self, next: &[(usize, Token)]) -> Result<Vec<f32>> {
        let next: Vec<(usize, u32)> = next.iter().map(|&(sequence, token)| (sequence, token.0)).collect();
        read_values(self.transformer.feed_each(&next, &mut self.cache)).await
    }
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
    fn reset(&mut self) {
        self.cache.reset();
    }
    async fn feed(&mut self, tokens: &[Token]) -> Result<Vec<f32>> {
        let ids: Vec<u32> = tokens.iter().map(|t| t.0).collect();
        read_values(self.transformer.feed(&ids, &mut self.cache)).await
    }
    /// The tokens stay on the device until the last is drawn.
    async fn draw(&mut self, tokens: &[Token], choice: &Choice<'_>, sampler: &mut Sampler) -> Result<Vec<Token>> {
        let ranges = choice.ranges;
        if choice.count == 1 || ranges.len() > MAX_RANGES {
            return one_by_one(self, tokens, choice, sampler).await;
        }
        let Self { transformer, cache } = self;
        check_ids(ranges, transformer.config.vocab_size)?;
        let ids: Vec<u32> = tokens.iter().map(|t| t.0).collect();
        let mut logits = transformer.feed(&ids, cache);
        let first = cache.position() as u32;
        let draw = sampler.next(choice.sampling, choice.count);
        let chain = Chain::new(draw, first, ranges, &logits.device());
        let mut position = Tensor::<1, Int>::from_ints([first as i32], &logits.device());
        let sequence = Tensor::<1, Int>::from_ints([0], &logits.device());
        let mut drawn = Vec::with_capacity(choice.count);
        for i in 0..choice.count {
            let (token, next) = chain.sample(logits.clone(), position.clone());
            drawn.push(token.clone());
            if i + 1 < choice.count {
                logits = transformer.step(token, sequence.clone(), position, cache);
                position = next;
            }
        }
        Ok(read_ids(Tensor::cat(drawn, 0)).await?.into_iter().map(Token).collect())
    }
}

/// The VQ-GAN on its device.
#[derive(Clone)]
pub struct VqCodec {
    pub vq: VqGan,
    device: Device,
}

impl VqCodec {
    pub fn new(vq: VqGan, device: Device) -> Self {
        Self { vq, device }
    }

    /// Codes of pictures of any size, in one pass of the encoder.
    pub async fn encode_all(&self, pictures: &[&RgbImage]) -> Result<Vec<Codes>> {
        let fitted: Vec<RgbImage> = pictures.iter().map(|picture| pixels::fit(picture, self.size())).collect();
        self.encode_fitted(&fitted).await
    }

    /// Codes of chains of pictures, each drawn on the one before it: where a cell's pixels stay, so does its code.
    pub async fn encode_chains(&self, chains: &[Vec<&RgbImage>]) -> Result<Vec<Vec<Codes>>> {
        let fitted: Vec<RgbImage> = chains.iter().flatten().map(|picture| pixels::fit(picture, self.size())).collect();
        let mut codes = self.encode_fitted(&fitted).await?;
        let mut ends = 0;
        let mut done = Vec::with_capacity(chains.len());
        for chain in chains {
            let first = ends;
            ends += chain.len();
            for i in first + 1..ends {
                let (before, after) = codes.split_at_mut(i);
                keep_untouched((&fitted[i - 1], &before[i - 1]), &fitted[i], &mut after[0]);
            }
            done.push(codes[first..ends].to_vec());
        }
        Ok(done)
    }

    async fn encode_fitted(&self, pictures: &[RgbImage]) -> Result<Vec<Codes>> {
        let config = &self.vq.config;
        let (fold, grid) = (config.fold(), config.grid());
        let values: Vec<f32> = pictures.iter().flat_map(|picture| pixels::to_folded(picture, fold)).collect();
        let shape = [pictures.len(), config.resolution, config.resolution, config.in_channels];
        let latents = self.vq.latents(Tensor::from_data(TensorData::new(values, shape), &self.device));
        let codes: Vec<u16> = read_ids(self.vq.quantize(latents)).await?.into_iter().map(|code| code as u16).collect();
        codes.chunks_exact(grid * grid).map(|codes| Codes::new(grid, codes.to_vec())).collect()
    }
}

/// The codes of `after`, which was drawn on `before`, with those of `before` wherever a cell has the same pixels.
///
/// The encoder sees the whole picture, so what changes in one place moves codes elsewhere; a drawing that copies
/// its picture must not have to guess how. Both pictures have the tokenizer's size.
fn keep_untouched(before: (&RgbImage, &Codes), after: &RgbImage, codes: &mut Codes) {
    let grid = codes.grid;
    let side = after.width() as usize / grid;
    let stride = after.width() as usize * 3;
    let (old, new) = (before.0.as_raw(), after.as_raw());
    for (cell, code) in codes.codes.iter_mut().enumerate() {
        let corner = cell / grid * side * stride + cell % grid * side * 3;
        let same = |row: usize| {
            let at = corner + row * stride;
            old[at..at + side * 3] == new[at..at + side * 3]
        };
        if (0..side).all(same) {
            *code = before.1.codes[cell];
        }
    }
}

/// Ids of tokens or codes, read back from their device.
async fn read_ids(ids: Tensor<1, Int>) -> Result<Vec<u32>> {
    let data = ids.into_data_async().await.map_err(|e| {
        Error::device(format!("The device gave no tokens back: {e:?}."), "Reload, or choose another device.")
    })?;
    Ok(data.iter::<i64>().map(|id| id as u32).collect())
}

impl PictureCodec for VqCodec {
    fn grid(&self) -> usize {
        self.vq.config.grid()
    }
    fn size(&self) -> u32 {
        self.vq.config.picture_size() as u32
    }
    async fn encode(&self, picture: &RgbImage) -> Result<Codes> {
        Ok(self.encode_all(&[picture]).await?.remove(0))
    }
    async fn encode_after(&self, before: &RgbImage, codes: &Codes, after: &RgbImage) -> Result<Codes> {
        let [before, after] = [before, after].map(|picture| pixels::fit(picture, self.size()));
        let mut new = self.encode(&after).await?;
        keep_untouched((&before, codes), &after, &mut new);
        Ok(new)
    }
    async fn decode(&self, codes: &Codes) -> Result<RgbImage> {
        let config = &self.vq.config;
        let ids: Vec<i32> = codes.codes.iter().map(|&c| i32::from(c)).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, codes.codes.len()]), &self.device);
        let values = read_values(self.vq.pixels(self.vq.look_up(ids))?).await?;
        Ok(pixels::from_folded(&values, config.picture_size(), config.fold()))
    }
}
