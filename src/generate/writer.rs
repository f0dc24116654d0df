//! A model writing on: one token after the other, each what the grammar leaves no choice about, what is given, or
//! what the model draws.

use std::vec::IntoIter;

use super::likelihood::cost;
use super::{Choice, Drafter, LanguageModel, Likelihood, Sampler, Sampling};
use crate::error::Result;
use crate::tokens::{Grammar, GrammarState, Token};

/// How tokens are drawn.
#[derive(Clone, Copy, Debug)]
pub struct Samplings {
    /// For words.
    pub text: Sampling,
    /// For codes of pictures.
    pub picture: Sampling,
}

/// How drafts have gone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Passes of the model for codes of pictures.
    pub passes: usize,
    /// Codes that were drafted in them, and those that stood.
    pub drafted: usize,
    pub stood: usize,
}

/// A sequence that a model writes on.
pub struct Writer<'a, M> {
    model: &'a mut M,
    grammar: Grammar<'a>,
    samplings: Samplings,
    pub sampler: Sampler,
    state: GrammarState,
    drafter: Drafter,
    /// Tokens that the model hasn't seen yet: it is fed only when there is something to choose.
    waiting: Vec<Token>,
    /// Codes that the model has drawn ahead: along a draft, or a row at a time.
    ahead: IntoIter<Token>,
    pub counts: Counts,
    /// What the words have cost so far.
    pub likelihood: Likelihood,
}

impl<'a, M: LanguageModel> Writer<'a, M> {
    /// Goes on from `prompt`, with nothing before it.
    pub fn new(
        model: &'a mut M,
        grammar: Grammar<'a>,
        prompt: Vec<Token>,
        samplings: Samplings,
        sampler: Sampler,
    ) -> Result<Self> {
        let state = grammar.read(&prompt)?;
        model.reset();
        let mut drafter = Drafter::new(grammar.rules().grid, model.draft_cost());
        prompt.iter().for_each(|token| drafter.read(*token, grammar.vocab()));
        let (ahead, counts) = (Vec::new().into_iter(), Counts::default());
        let likelihood = Likelihood::default();
        Ok(Self { model, grammar, samplings, sampler, state, drafter, waiting: prompt, ahead, counts, likelihood })
    }

    /// Reads the prompt and finds how likely it is. Before the first token, by those who want to know.
    pub async fn weigh_prompt(&mut self) -> Result<()> {
        let last = self.waiting.len() - 1;
        if last > 0 {
            let logits = self.model.read(&self.waiting[..last], last).await?;
            self.likelihood = Likelihood::of_prompt(&self.waiting, &logits, self.grammar.vocab());
            self.waiting.drain(..last);
        }
        Ok(())
    }

    /// Where the sequence stands.
    pub fn state(&self) -> &GrammarState {
        &self.state
    }

    /// Of a token.
    pub fn grammar(&self) -> &Grammar<'a> {
        &self.grammar
    }

    /// The next token of a sequence that hasn't ended: the only one that is allowed, or the one that is given, or
    /// one that the model draws.
    pub async fn next(&mut self, given: Option<Token>) -> Result<Token> {
        let allowed = self.grammar.allowed(&self.state);
        let token = match self.grammar.forced(allowed).or(given) {
            Some(token) => token,
            None => match self.ahead.next() {
                Some(token) => token,
                None => {
                    self.ahead = self.draw().await?.into_iter();
                    self.ahead.next().expect("at least one")
                }
            },
        };
        self.state = self.grammar.advance(&self.state, token)?;
        self.drafter.read(token, self.grammar.vocab());
        // Of those drawn ahead the model has seen all but the last.
        if self.ahead.len() == 0 {
            self.waiting.push(token);
        }
        Ok(token)
    }

    /// The next tokens, at least one.
    async fn draw(&mut self) -> Result<Vec<Token>> {
        let ranges = &self.grammar.ranges(self.grammar.allowed(&self.state));
        let Some(cell) = self.state.cell() else {
            let logits = self.model.feed(&self.waiting).await?;
            self.waiting.clear();
            let token = self.sampler.pick(&logits, ranges, self.samplings.text)?;
            let costs = &mut self.likelihood;
            *(if self.state.in_answer() { &mut costs.answer } else { &mut costs.thought }) +=
                cost(&logits, ranges, token);
            return Ok(vec![token]);
        };
        let grid = self.grammar.rules().grid;
        let draft = self.drafter.draft();
        let choice = Choice { count: grid - cell % grid, ranges, sampling: self.samplings.picture, draft };
        let drawn = self.model.draw(&self.waiting, &choice, &mut self.sampler).await?;
        self.waiting.clear();
        self.counts.passes += if draft.is_empty() { drawn.len() } else { 1 };
        self.counts.drafted += draft.len();
        self.counts.stood += draft.iter().zip(&drawn).filter(|(draft, drawn)| draft == drawn).count();
        Ok(drawn)
    }
}
