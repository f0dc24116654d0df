//! Answers sampled from the model within the grammar: the prompt is read once, and its cache is handed
//! to every answer of the group. What could be chosen at each token is a pure function of the tokens, so
//! that scoring replays it.

use crate::error::{Error, Result};
use crate::generate::{LanguageModel, Sampler, Sampling};
use crate::loaded::CachedTransformer;
use crate::tokens::{Allowed, Grammar, Token};
use crate::train::driver::Driver;
use serde::{Deserialize, Serialize};

/// Temperatures of sampling and of scoring. Nothing else narrows the choice: what is sampled and what
/// is scored must be the same distribution.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Temperatures {
    pub text: f32,
    pub picture: f32,
}

impl Default for Temperatures {
    fn default() -> Self {
        Self { text: 1.0, picture: 1.0 }
    }
}

impl Temperatures {
    /// An error unless both are above zero.
    pub fn check(&self) -> Result<()> {
        let good = |temperature: f32| temperature.is_finite() && temperature > 0.0;
        if good(self.text) && good(self.picture) {
            return Ok(());
        }
        Err(Error::config(
            "A temperature of the rollouts isn't above zero.",
            "Use numbers such as 1 under [perpo.temperatures]: the likeliest answer alone teaches nothing.",
        ))
    }

    /// Of a token that is chosen out of `allowed`.
    pub fn of(&self, allowed: Allowed) -> f32 {
        if allowed.has(Allowed::CODE) { self.picture } else { self.text }
    }
}

/// One sampled answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Rollout {
    /// Everything after the prompt.
    pub tokens: Vec<Token>,
    /// Log-probability of each token among those that were allowed; 0 where only one was.
    pub log_probabilities: Vec<f32>,
}

/// `count` answers to `prompt`, the i-th by the seed `seed(i)`.
pub async fn sample(
    model: &mut CachedTransformer,
    grammar: &Grammar<'_>,
    prompt: &[Token],
    count: usize,
    temperatures: &Temperatures,
    seed: impl Fn(usize) -> u64,
    driver: &mut impl Driver,
) -> Result<Vec<Rollout>> {
    model.reset();
    let first = model.feed(prompt).await?;
    let mut rollouts = Vec::with_capacity(count);
    for i in 0..count {
        // The copy shares the cache until it writes its first token.
        let (mut copy, sampler) = (model.clone(), Sampler::new(seed(i)));
        rollouts.push(one(&mut copy, grammar, prompt, first.clone(), temperatures, sampler, driver).await?);
    }
    Ok(rollouts)
}

async fn one(
    model: &mut CachedTransformer,
    grammar: &Grammar<'_>,
    prompt: &[Token],
    mut logits: Vec<f32>,
    temperatures: &Temperatures,
    mut sampler: Sampler,
    driver: &mut impl Driver,
) -> Result<Rollout> {
    let mut state = grammar.read(prompt)?;
    let mut rollout = Rollout { tokens: Vec::new(), log_probabilities: Vec::new() };
    // Tokens that the model hasn't seen yet: it is fed only when there is something to choose.
    let mut waiting: Vec<Token> = Vec::new();
    while !state.ended() {
        driver.breathe().await?;
        let allowed = grammar.allowed(&state);
        let (token, log_probability) = match grammar.forced(allowed) {
            Some(token) => (token, 0.0),
            None => {
                if !waiting.is_empty() {
                    logits = model.feed(&waiting).await?;
                    waiting.clear();
                }
                let (ranges, temperature) = (grammar.ranges(allowed), temperatures.of(allowed));
                let token = sampler.pick(&logits, &ranges, Sampling { temperature, top_p: 1.0 })?;
                (token, log_probability(&logits, ranges.into_iter().flatten(), temperature, token))
            }
        };
        state = grammar.advance(&state, token)?;
        rollout.tokens.push(token);
        rollout.log_probabilities.push(log_probability);
        waiting.push(token);
    }
    Ok(rollout)
}

/// `log softmax(logits / temperature)` of a token among the ids.
fn log_probability(logits: &[f32], ids: impl Iterator<Item = u32> + Clone, temperature: f32, token: Token) -> f32 {
    let scaled = |id: u32| f64::from(logits[id as usize] / temperature);
    let most = ids.clone().map(scaled).fold(f64::NEG_INFINITY, f64::max);
    let sum: f64 = ids.map(|id| (scaled(id) - most).exp()).sum();
    (scaled(token.0) - most - sum.ln()) as f32
}

/// For each token after `prompt` what it was chosen from; None where there was no choice.
pub fn choices(grammar: &Grammar<'_>, prompt: &[Token], tokens: &[Token]) -> Result<Vec<Option<Allowed>>> {
    let mut state = grammar.read(prompt)?;
    tokens
        .iter()
        .map(|token| {
            let allowed = grammar.allowed(&state);
            state = grammar.advance(&state, *token)?;
            Ok(grammar.forced(allowed).is_none().then_some(allowed))
        })
        .collect()
}
