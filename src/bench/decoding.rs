//! Generation without anything around it: a token goes in, the next is chosen.

use super::Whose;
use super::stock::StockDecoder;
use crate::bundle::CachedTransformer;
use crate::error::{Error, Result};
use crate::generate::{Choice, LanguageModel, Sampler, Sampling};
use crate::model::Transformer;
use crate::tokens::Token;
use std::ops::Range;
use web_time::Instant;

/// Tokens in the cache before the clock starts.
pub const PROMPT: usize = 64;
/// How pictures are sampled (`Settings::default` of the engine).
const PICTURE: Sampling = Sampling { temperature: 0.5, top_p: 1.0 };
/// Codes that the engine draws before it shows them: a row of a picture.
const ROW: usize = 8;

/// Two decoders of one model.
pub struct Decoding {
    ours: CachedTransformer,
    stock: StockDecoder,
    /// Ids of picture codes.
    codes: Vec<Range<u32>>,
    /// Of the last run of each: the tokens that it read, and the logits after them.
    pub(super) last: [(Vec<Token>, Vec<f32>); 2],
}

impl Decoding {
    pub fn new(model: &Transformer, codes: &[Range<u32>]) -> Self {
        let ours = CachedTransformer::new(model.clone());
        Self { ours, stock: StockDecoder::new(model), codes: codes.to_vec(), last: Default::default() }
    }

    async fn feed(&mut self, whose: Whose, token: Token) -> Result<Vec<f32>> {
        match whose {
            Whose::Ours => self.ours.feed(&[token]).await,
            Whose::Stock => self.stock.feed(token.0).await,
        }
    }

    /// Writes `count` tokens after a prompt; milliseconds a token. Words are the likeliest id of all, one after
    /// the other; a picture's codes (`picture`) are sampled, ours a row at a time, as the engine does.
    pub async fn run(&mut self, whose: Whose, count: usize, picture: bool) -> Result<f64> {
        let ids = self.ours.vocab_size();
        let (all, codes) = (0..ids as u32, self.codes.clone());
        let (sampling, ranges, at_once) =
            if picture { (PICTURE, &codes[..], ROW) } else { (Sampling::GREEDY, std::slice::from_ref(&all), 1) };
        let mut sampler = Sampler::new(1);
        let mut tokens: Vec<Token> = (0..PROMPT).map(|i| Token((i * 31 % ids) as u32)).collect();
        self.ours.reset();
        self.stock.reset();
        for token in &tokens[..PROMPT - 1] {
            self.feed(whose, *token).await?;
        }
        let begin = Instant::now();
        while tokens.len() < PROMPT + count {
            let last = tokens[tokens.len() - 1];
            match whose {
                Whose::Ours => {
                    let count = at_once.min(PROMPT + count - tokens.len());
                    let choice = Choice { count, ranges, sampling, draft: &[] };
                    tokens.extend(self.ours.draw(&[last], &choice, &mut sampler).await?);
                }
                Whose::Stock => {
                    let logits = self.stock.feed(last.0).await?;
                    tokens.push(sampler.pick(&logits, ranges, sampling)?);
                }
            }
        }
        let ms = begin.elapsed().as_secs_f64() * 1e3 / count as f64;
        let logits = self.feed(whose, tokens[tokens.len() - 1]).await?;
        self.last[whose as usize] = (tokens, logits);
        Ok(ms)
    }

    /// Whether the last run ended with what the model gives for all of its tokens at once.
    pub async fn check(&mut self, whose: Whose) -> Result<()> {
        let (tokens, found) = &self.last[whose as usize];
        self.ours.reset();
        let expected = self.ours.feed(tokens).await?;
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
