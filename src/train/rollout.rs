//! Answers sampled from the model within the grammar: each prompt is read once, and its cache is handed
//! to every answer of its group. What could be chosen at each token is a pure function of the tokens, so
//! that scoring replays it.

use crate::error::{Error, Result};
use crate::generate::{Sampler, Sampling};
use crate::loaded::CachedTransformer;
use crate::tokens::{Allowed, Grammar, State, Token};
use crate::train::driver::Driver;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

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

/// `count` answers to each prompt, those to prompt `p` by the seeds `seeds[p]`, `seeds[p] + 1` and so on. All go
/// on together, a token of each at a time.
pub async fn sample(
    model: &mut CachedTransformer,
    grammar: &Grammar<'_>,
    prompts: &[Vec<Token>],
    seeds: &[u64],
    count: usize,
    temperatures: &Temperatures,
    driver: &mut impl Driver,
) -> Result<Vec<Vec<Rollout>>> {
    let (first, mut sequences) = model.fan_out(prompts, count).await?;
    let mut tries = Vec::new();
    for ((prompt, logits), seed) in prompts.iter().zip(&first).zip(seeds) {
        let state = grammar.read(prompt)?;
        for i in 0..count {
            let mut one = Try {
                state,
                rollout: Rollout { tokens: Vec::new(), log_probabilities: Vec::new() },
                sampler: Sampler::new(seed.wrapping_add(i as u64)),
                unread: VecDeque::new(),
            };
            one.go_on(grammar, logits, temperatures)?;
            tries.push(one);
        }
    }
    loop {
        driver.breathe().await?;
        let next: Vec<(usize, Token)> = (tries.iter_mut().enumerate())
            .filter(|(_, one)| !one.state.ended())
            .map(|(i, one)| (i, one.unread.pop_front().expect("a token goes before a choice")))
            .collect();
        if next.is_empty() {
            let mut rollouts = tries.into_iter().map(|one| one.rollout);
            return Ok(prompts.iter().map(|_| rollouts.by_ref().take(count).collect()).collect());
        }
        let logits = sequences.feed(&next).await?;
        for (logits, (i, _)) in logits.chunks_exact(logits.len() / next.len()).zip(next) {
            if tries[i].unread.is_empty() {
                tries[i].go_on(grammar, logits, temperatures)?;
            }
        }
    }
}

/// An answer on its way.
struct Try {
    state: State,
    rollout: Rollout,
    sampler: Sampler,
    /// Tokens that the model hasn't read yet.
    unread: VecDeque<Token>,
}

impl Try {
    /// Chooses once by the logits behind everything read, and takes what must come before and after.
    fn go_on(&mut self, grammar: &Grammar<'_>, logits: &[f32], temperatures: &Temperatures) -> Result<()> {
        while !self.state.ended() {
            let allowed = grammar.allowed(&self.state);
            let (token, log_probability) = match grammar.forced(allowed) {
                Some(token) => (token, 0.0),
                // The next choice needs what the model makes of these.
                None if !self.unread.is_empty() => break,
                None => {
                    let (ranges, temperature) = (grammar.ranges(allowed), temperatures.of(allowed));
                    let token = self.sampler.pick(logits, &ranges, Sampling { temperature, top_p: 1.0 })?;
                    (token, log_probability(logits, ranges.into_iter().flatten(), temperature, token))
                }
            };
            self.state = grammar.advance(&self.state, token)?;
            self.rollout.tokens.push(token);
            self.rollout.log_probabilities.push(log_probability);
            self.unread.push_back(token);
        }
        Ok(())
    }
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
