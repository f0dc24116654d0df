//! What may come next, and how likely it is: a look at a model between two tokens, or between all of an answer.

use serde::Serialize;

use super::LanguageModel;
use super::sampler::{check_ids, no_numbers};
use crate::error::Result;
use crate::tokens::{Allowed, Grammar, GrammarState, Token};

/// A token for human eyes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Piece {
    pub id: u32,
    /// "text", "code" or the name of a mark.
    pub kind: &'static str,
    /// Its text, or its name in the vocabulary.
    pub name: String,
    /// The number of a picture code.
    pub code: Option<u16>,
}

/// A token that may come, and its share of the probability of all that may.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Guess {
    pub piece: Piece,
    pub share: f64,
}

/// A sequence so far, and what may follow it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ahead {
    pub row: Vec<Piece>,
    /// Tokens that the grammar lets follow, and all that the model knows.
    pub allowed: usize,
    pub size: usize,
    /// What the model by itself would give to those that the grammar forbids.
    pub forbidden: f64,
    /// The likeliest first; none after the end.
    pub guesses: Vec<Guess>,
}

/// Reads `tokens` from the beginning and looks at what comes then: the `most` likeliest tokens.
pub async fn ahead<M: LanguageModel>(
    model: &mut M,
    grammar: &Grammar<'_>,
    tokens: &[Token],
    most: usize,
) -> Result<Ahead> {
    let state = grammar.read(tokens)?;
    model.reset();
    let logits = model.feed(tokens).await?;
    let odds = Odds::of(grammar, &state, &logits)?;
    Ok(Ahead {
        row: pieces(grammar, tokens),
        allowed: odds.shares.len(),
        size: grammar.vocab().size,
        forbidden: odds.forbidden,
        guesses: odds.guesses(grammar, most),
    })
}

/// A token of an answer as the model saw it before it was there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WrittenToken {
    pub piece: Piece,
    /// Its share of the probability of all that might have come.
    pub share: f64,
    /// The likeliest that might have come, itself among them; the likeliest first.
    pub guesses: Vec<Guess>,
}

/// An answer from inside.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inside {
    /// The question and its picture.
    pub prompt: Vec<Piece>,
    pub written: Vec<WrittenToken>,
}

/// Reads a prompt and what was written after it, and looks at each of the written tokens beside the `most` likeliest.
pub async fn inside<M: LanguageModel>(
    model: &mut M,
    grammar: &Grammar<'_>,
    prompt: &[Token],
    written: &[Token],
    most: usize,
) -> Result<Inside> {
    let whole = [prompt, written].concat();
    model.reset();
    let logits = model.read(&whole, written.len() + 1).await?;
    let mut state = grammar.read(prompt)?;
    let mut tokens = Vec::with_capacity(written.len());
    for (token, logits) in written.iter().zip(logits.chunks_exact(model.vocab_size())) {
        let odds = Odds::of(grammar, &state, logits)?;
        let share = odds.shares.iter().find(|(id, _)| *id == token.0).map_or(0.0, |(_, share)| *share);
        tokens.push(WrittenToken { piece: piece(grammar, *token), share, guesses: odds.guesses(grammar, most) });
        state = grammar.advance(&state, *token)?;
    }
    Ok(Inside { prompt: pieces(grammar, prompt), written: tokens })
}

/// The probabilities of what may come.
struct Odds {
    /// Ids with their shares, the likeliest first.
    shares: Vec<(u32, f64)>,
    forbidden: f64,
}

impl Odds {
    fn of(grammar: &Grammar<'_>, state: &GrammarState, logits: &[f32]) -> Result<Odds> {
        let ranges = grammar.ranges(grammar.allowed(state));
        check_ids(&ranges, logits.len())?;
        let allowed: Vec<u32> = ranges.into_iter().flatten().collect();
        let logit = |id: &u32| f64::from(logits[*id as usize]);
        let within = log_sum(allowed.iter().map(logit));
        let all = log_sum(logits.iter().map(|logit| f64::from(*logit)));
        if !all.is_finite() || (!allowed.is_empty() && !within.is_finite()) {
            return Err(no_numbers());
        }
        let mut shares: Vec<(u32, f64)> = allowed.iter().map(|id| (*id, (logit(id) - within).exp())).collect();
        shares.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(Odds { shares, forbidden: (1.0 - (within - all).exp()).max(0.0) })
    }

    fn guesses(&self, grammar: &Grammar<'_>, most: usize) -> Vec<Guess> {
        let guess = |(id, share): &(u32, f64)| Guess { piece: piece(grammar, Token(*id)), share: *share };
        self.shares.iter().take(most).map(guess).collect()
    }
}

/// The logarithm of a sum of exponentials; minus infinity of none.
fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let largest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if largest.is_infinite() {
        return largest;
    }
    largest + values.map(|value| (value - largest).exp()).sum::<f64>().ln()
}

fn pieces(grammar: &Grammar<'_>, tokens: &[Token]) -> Vec<Piece> {
    tokens.iter().map(|token| piece(grammar, *token)).collect()
}

fn piece(grammar: &Grammar<'_>, token: Token) -> Piece {
    const KINDS: [(Allowed, &str); 11] = [
        (Allowed::TEXT, "text"),
        (Allowed::CODE, "code"),
        (Allowed::BOS, "begin"),
        (Allowed::MODE, "mode"),
        (Allowed::BOI, "picture"),
        (Allowed::EOI, "picture-end"),
        (Allowed::THOUGHT_OPEN, "thought"),
        (Allowed::THOUGHT_CLOSE, "thought-end"),
        (Allowed::ANSWER_OPEN, "answer"),
        (Allowed::ANSWER_CLOSE, "answer-end"),
        (Allowed::EOS, "end"),
    ];
    let kind = grammar.kind(token);
    let kind = KINDS.into_iter().find(|(known, _)| *known == kind).map_or("other", |(_, name)| name);
    let vocab = grammar.vocab();
    Piece { id: token.0, kind, name: vocab.name(token), code: vocab.code_number(token) }
}
