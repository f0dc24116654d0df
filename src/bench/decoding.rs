//! Generation without anything around it: a token goes in, logits come back, one is picked.

use super::Whose;
use super::stock::StockDecoder;
use crate::error::{Error, Result};
use crate::generate::{LanguageModel, Sampler, Sampling};
use crate::loaded::CachedTransformer;
use crate::model::Transformer;
use crate::tokens::Token;
use std::ops::Range;
use web_time::Instant;

/// Tokens in the cache before the clock starts.
pub const PROMPT: usize = 64;
/// How pictures are sampled (`Settings::default` of the engine).
const PICTURE: Sampling = Sampling { temperature: 0.5, top_p: 1.0 };

/// Two decoders of one model. What they read is fixed, so that both do the same whatever they pick.
pub struct Decoding {
    ours: CachedTransformer,
    stock: StockDecoder,
    /// Ids of picture codes.
    codes: Vec<Range<u32>>,
    /// The logits that the last run of each ended with.
    last: [Vec<f32>; 2],
}

impl Decoding {
    pub fn new(model: &Transformer, codes: &[Range<u32>]) -> Self {
        let ours = CachedTransformer::new(model.clone());
        Self { ours, stock: StockDecoder::new(model), codes: codes.to_vec(), last: [Vec::new(), Vec::new()] }
    }

    fn tokens(&self, count: usize) -> Vec<Token> {
        let ids = self.ours.vocab_size();
        (0..PROMPT + count).map(|i| Token((i * 31 % ids) as u32)).collect()
    }

    async fn feed(&mut self, whose: Whose, token: Token) -> Result<Vec<f32>> {
        match whose {
            Whose::Ours => self.ours.feed(&[token]).await,
            Whose::Stock => self.stock.feed(token.0).await,
        }
    }

    /// Reads `count` tokens after the prompt, one at a time; milliseconds a token. After each, words
    /// take the likeliest id of all, a picture (`picture`) samples among its codes.
    pub async fn run(&mut self, whose: Whose, count: usize, picture: bool) -> Result<f64> {
        let tokens = self.tokens(count);
        let all = 0..self.ours.vocab_size() as u32;
        let (sampling, ids) = if picture { (PICTURE, self.codes.clone()) } else { (Sampling::GREEDY, vec![all]) };
        let mut sampler = Sampler::new(1);
        self.ours.reset();
        self.stock.reset();
        for token in &tokens[..PROMPT] {
            self.feed(whose, *token).await?;
        }
        let begin = Instant::now();
        let mut logits = Vec::new();
        for token in &tokens[PROMPT..] {
            logits = self.feed(whose, *token).await?;
            sampler.pick(&logits, &ids, sampling)?;
        }
        let ms = begin.elapsed().as_secs_f64() * 1e3 / count as f64;
        self.last[whose as usize] = logits;
        Ok(ms)
    }

    /// Whether the last run, of `count` tokens, ended with what the model gives for all of them at
    /// once.
    pub async fn check(&mut self, whose: Whose, count: usize) -> Result<()> {
        let tokens = self.tokens(count);
        self.ours.reset();
        let expected = self.ours.feed(&tokens).await?;
        let found = &self.last[whose as usize];
        let largest = expected.iter().fold(1.0_f32, |most, x| most.max(x.abs()));
        let apart = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        if found.len() == expected.len() && found.iter().all(|x| x.is_finite()) && apart <= 1e-3 * largest {
            return Ok(());
        }
        Err(Error::device(
            format!("Token by token the logits ({whose:?}) are {apart} apart from those at once."),
            "Report it with the name of the device.",
        ))
    }
}
