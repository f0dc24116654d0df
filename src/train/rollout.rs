//! Answers sampled from the model within the grammar: each prompt is read once, and its cache is handed
//! to every answer of its group. What could be chosen at each token is a pure function of the tokens, so
//! that scoring replays it.

use crate::bundle::{CachedTransformer, Next};
use crate::error::{Error, Result};
use crate::generate::{Drafter, LanguageModel, Sampler, Sampling};
use crate::tokens::{Allowed, Grammar, GrammarState, Token};
use crate::train::host::Host;
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

/// `count` answers to each prompt, those to prompt `p` by the seeds `seeds[p]`, `seeds[p] + 1` and so on. All go
/// on together: in each pass of the model every one of them draws a token, or several along a draft.
pub async fn sample(
    model: &mut CachedTransformer,
    grammar: &Grammar<'_>,
    prompts: &[Vec<Token>],
    seeds: &[u64],
    count: usize,
    temperatures: &Temperatures,
    host: &mut impl Host,
) -> Result<Vec<Vec<Rollout>>> {
    let vocabulary = model.vocab_size();
    let (first, mut sequences) = model.fan_out(prompts, count).await?;
    let mut tries = Vec::new();
    for ((prompt, logits), seed) in prompts.iter().zip(&first).zip(seeds) {
        let state = grammar.read(prompt)?;
        let mut drafter = Drafter::new(grammar.rules().grid, sequences.draft_cost);
        prompt.iter().for_each(|token| drafter.read(*token, grammar.vocab()));
        for i in 0..count {
            let mut one = Try {
                state,
                rollout: Rollout { tokens: Vec::new(), log_probabilities: Vec::new() },
                sampler: Sampler::new(seed.wrapping_add(i as u64)),
                unread: Vec::new(),
                draft: Vec::new(),
                drafter: drafter.clone(),
            };
            one.go_on(grammar, logits.chunks_exact(vocabulary), temperatures)?;
            tries.push(one);
        }
    }
    loop {
        host.pause().await?;
        let going = tries.iter_mut().enumerate().filter(|(_, one)| !one.state.ended());
        let next: Vec<Next> = going.map(|(i, one)| one.next(i)).collect();
        if next.is_empty() {
            let mut rollouts = tries.into_iter().map(|one| one.rollout);
            return Ok(prompts.iter().map(|_| rollouts.by_ref().take(count).collect()).collect());
        }
        let logits = sequences.read(&next).await?;
        let mut rest = logits.as_slice();
        for Next { sequence, wanted, .. } in next {
            let own = rest.split_off(..wanted * vocabulary).expect("as many rows as wanted");
            let forgotten = tries[sequence].go_on(grammar, own.chunks_exact(vocabulary), temperatures)?;
            sequences.forget(sequence, forgotten);
        }
    }
}

/// An answer on its way.
struct Try {
    state: GrammarState,
    rollout: Rollout,
    sampler: Sampler,
    /// Tokens that the model hasn't read yet.
    unread: Vec<Token>,
    /// What it reads behind them, in the hope that they come next.
    draft: Vec<Token>,
    drafter: Drafter,
}

impl Try {
    /// What the model reads next.
    fn next(&mut self, sequence: usize) -> Next {
        self.draft = if self.state.cell().is_some() { self.drafter.draft().to_vec() } else { Vec::new() };
        let tokens = [std::mem::take(&mut self.unread), self.draft.clone()].concat();
        Next { sequence, tokens, wanted: self.draft.len() + 1 }
    }

    /// Chooses by the logits behind everything read and behind each token of the draft, as far as that comes, and
    /// takes what must come before and after. Returns how many tokens of the draft the model must forget.
    fn go_on<'l>(
        &mut self,
        grammar: &Grammar<'_>,
        logits: impl Iterator<Item = &'l [f32]>,
        temperatures: &Temperatures,
    ) -> Result<usize> {
        let draft = std::mem::take(&mut self.draft);
        let mut as_drafted = 0;
        self.take_forced(grammar)?;
        for logits in logits {
            // The next choice needs what the model makes of these.
            if !self.unread.is_empty() {
                break;
            }
            let allowed = grammar.allowed(&self.state);
            let (ranges, temperature) = (grammar.ranges(allowed), temperatures.of(allowed));
            let token = self.sampler.pick(logits, &ranges, Sampling { temperature, top_p: 1.0 })?;
            let log_probability = log_probability(logits, ranges.into_iter().flatten(), temperature, token);
            self.take(grammar, token, log_probability)?;
            match draft.get(as_drafted) == Some(&token) {
                true => as_drafted += 1,
                false => self.unread.push(token),
            }
        }
        self.take_forced(grammar)?;
        Ok(draft.len() - as_drafted)
    }

    /// Takes tokens as long as there is nothing to choose.
    fn take_forced(&mut self, grammar: &Grammar<'_>) -> Result<()> {
        while let Some(token) = grammar.forced(grammar.allowed(&self.state)) {
            self.take(grammar, token, 0.0)?;
            self.unread.push(token);
        }
        Ok(())
    }

    fn take(&mut self, grammar: &Grammar<'_>, token: Token, log_probability: f32) -> Result<()> {
        self.state = grammar.advance(&self.state, token)?;
        self.drafter.read(token, grammar.vocab());
        self.rollout.tokens.push(token);
        self.rollout.log_probabilities.push(log_probability);
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
