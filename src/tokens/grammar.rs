//! What may follow a prefix: one pure, incremental state machine over whole sequences (see
//! `template`). The sampler masks with it, and the trainer replays it, so that sampled and scored
//! probabilities are taken over the same tokens.
//!
//! A picture is exactly one full grid of codes between its two marks.
//!
//! It also makes every generation end: steps and texts have limits, and whatever would not leave
//! room to close the sequence within the context isn't allowed.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::mode::Mode;
use super::scan::ActionScan;
use super::{Token, Vocab};
use crate::error::{Error, Result};

/// Where a step may have its picture.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PictureRule {
    /// Right after an action's closing bracket, and then always.
    #[default]
    Action,
    /// After any text of a thought.
    Anywhere,
}

/// The limits that the grammar keeps. Lengths are in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rules {
    /// Side of the grid of a picture.
    pub grid: usize,
    /// Longest sequence, prompt included.
    pub context: usize,
    /// Most steps of a thought.
    pub max_steps: usize,
    /// Longest text of one step. In text mode a step ends with its action.
    pub max_step: usize,
    /// Longest answer or caption.
    pub max_answer: usize,
    pub pictures: PictureRule,
}

impl Default for Rules {
    fn default() -> Self {
        Self { grid: 8, context: 1024, max_steps: 12, max_step: 64, max_answer: 48, pictures: PictureRule::Action }
    }
}

/// A set of kinds of tokens. [`Grammar::ranges`] turns it into ranges of ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Allowed(u16);

impl Allowed {
    pub const NONE: Allowed = Allowed(0);
    pub const TEXT: Allowed = Allowed(1);
    pub const CODE: Allowed = Allowed(1 << 1);
    pub const BOI: Allowed = Allowed(1 << 2);
    pub const EOI: Allowed = Allowed(1 << 3);
    pub const THOUGHT_OPEN: Allowed = Allowed(1 << 4);
    pub const THOUGHT_CLOSE: Allowed = Allowed(1 << 5);
    pub const ANSWER_OPEN: Allowed = Allowed(1 << 6);
    pub const ANSWER_CLOSE: Allowed = Allowed(1 << 7);
    pub const BOS: Allowed = Allowed(1 << 8);
    pub const EOS: Allowed = Allowed(1 << 9);
    pub const MODE: Allowed = Allowed(1 << 10);

    pub fn has(self, kind: Allowed) -> bool {
        self.0 & kind.0 == kind.0 && kind.0 != 0
    }

    /// This set with `kind`, if `condition` holds.
    fn with(self, kind: Allowed, condition: bool) -> Allowed {
        if condition { Allowed(self.0 | kind.0) } else { self }
    }
}

/// Whose picture is being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PictureOf {
    Question,
    Step,
    Painted,
}

/// Where in a sequence a prefix ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Start,
    Mode,
    /// In the question, before its picture.
    Question,
    /// In the caption of a paint prompt, before its picture.
    Wish,
    /// In a caption prompt, before its picture.
    Shown,
    /// In a picture, before its code number `cell`; after the last code, before EOI.
    Picture {
        cell: usize,
        part: PictureOf,
    },
    /// After the question's picture.
    Asked,
    Thought,
    /// After `</thought>`.
    Concluded,
    Answer,
    Caption,
    /// Before `</s>`.
    Closing,
    End,
}

/// A prefix, as far as the grammar cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GrammarState {
    phase: Phase,
    mode: Mode,
    /// Tokens of the whole prefix.
    position: usize,
    /// Tokens of the text that is being read.
    length: usize,
    steps: usize,
    scan: ActionScan,
}

impl GrammarState {
    /// Before `<s>`.
    pub fn start() -> Self {
        Self { phase: Phase::Start, mode: Mode::Draw, position: 0, length: 0, steps: 0, scan: ActionScan::default() }
    }

    /// Tokens of the prefix.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Finished steps of the thought.
    pub fn steps(&self) -> usize {
        self.steps
    }

    /// The code that comes next, when a picture is being read (`grid * grid` before its end mark).
    pub fn cell(&self) -> Option<usize> {
        if let Phase::Picture { cell, .. } = self.phase { Some(cell) } else { None }
    }

    pub fn in_answer(&self) -> bool {
        self.phase == Phase::Answer
    }

    /// After `</s>`.
    pub fn ended(&self) -> bool {
        self.phase == Phase::End
    }
}

/// The rules applied to one vocabulary.
#[derive(Clone, Debug)]
pub struct Grammar<'v> {
    vocab: &'v Vocab,
    rules: Rules,
}

impl<'v> Grammar<'v> {
    pub fn new(vocab: &'v Vocab, rules: Rules) -> Self {
        Self { vocab, rules }
    }

    pub fn vocab(&self) -> &'v Vocab {
        self.vocab
    }

    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// The state after a prefix; an error names the first token that isn't allowed.
    pub fn read(&self, prefix: &[Token]) -> Result<GrammarState> {
        prefix.iter().try_fold(GrammarState::start(), |state, token| self.advance(&state, *token))
    }

    /// What may follow `state`. Never empty before the end, as long as the prompt left room to
    /// close the sequence.
    pub fn allowed(&self, state: &GrammarState) -> Allowed {
        let rules = &self.rules;
        let room = rules.context.saturating_sub(state.position);
        // Whether a token fits after which at least `rest` more are needed.
        let fits = |rest: usize| room > rest;
        let cells = rules.grid * rules.grid;
        match state.phase {
            Phase::Start => Allowed::BOS,
            Phase::Mode => Allowed::MODE,
            Phase::Question => Allowed::BOI.with(Allowed::TEXT, fits(cells + 2 + 1 + THOUGHT_TAIL)),
            Phase::Wish => Allowed::BOI.with(Allowed::TEXT, fits(cells + 2 + 1)),
            Phase::Shown => Allowed::BOI,
            Phase::Picture { cell, .. } if cell < cells => Allowed::CODE,
            Phase::Picture { .. } => Allowed::EOI,
            Phase::Asked => Allowed::THOUGHT_OPEN,
            Phase::Thought => {
                let draw = state.mode == Mode::Draw;
                let more = state.steps < rules.max_steps;
                let text = more && state.length < rules.max_step && fits(THOUGHT_TAIL);
                let due = match rules.pictures {
                    PictureRule::Action => state.scan.closed(),
                    PictureRule::Anywhere => state.length > 0,
                };
                let picture = draw && more && due && fits(cells + 1 + THOUGHT_TAIL);
                if draw && rules.pictures == PictureRule::Action && due {
                    return if picture { Allowed::BOI } else { Allowed::THOUGHT_CLOSE };
                }
                // An action that has begun must be finished, if there is room for it.
                let close = !state.scan.open() || !text;
                Allowed::NONE.with(Allowed::TEXT, text).with(Allowed::BOI, picture).with(Allowed::THOUGHT_CLOSE, close)
            }
            Phase::Concluded => Allowed::ANSWER_OPEN,
            Phase::Answer => {
                let text = state.length == 0 || (state.length < rules.max_answer && fits(2));
                Allowed::NONE.with(Allowed::TEXT, text).with(Allowed::ANSWER_CLOSE, state.length > 0)
            }
            Phase::Caption => {
                let text = state.length == 0 || (state.length < rules.max_answer && fits(1));
                Allowed::NONE.with(Allowed::TEXT, text).with(Allowed::EOS, state.length > 0)
            }
            Phase::Closing => Allowed::EOS,
            Phase::End => Allowed::NONE,
        }
    }

    /// The state after one more token; an error if the token isn't allowed there.
    pub fn advance(&self, state: &GrammarState, token: Token) -> Result<GrammarState> {
        let kind = self.kind(token);
        if !self.allowed(state).has(kind) {
            return Err(Error::data(
                format!("The token {:?} can't stand at position {}.", self.vocab.name(token), state.position),
                "A sequence must follow the template, within the limits on steps, texts and context.",
            ));
        }
        let mut next = GrammarState { position: state.position + 1, ..*state };
        let text = |phase| (phase, 0);
        (next.phase, next.length) = match (state.phase, kind) {
            (Phase::Start, _) => text(Phase::Mode),
            (Phase::Mode, _) => {
                next.mode = self.vocab.mode_of(token).unwrap_or(Mode::Draw);
                text(match next.mode {
                    Mode::Draw | Mode::Text => Phase::Question,
                    Mode::Caption => Phase::Shown,
                    Mode::Paint => Phase::Wish,
                })
            }
            (Phase::Question | Phase::Shown, Allowed::BOI) => {
                (Phase::Picture { cell: 0, part: PictureOf::Question }, 0)
            }
            (Phase::Wish, Allowed::BOI) => (Phase::Picture { cell: 0, part: PictureOf::Painted }, 0),
            (Phase::Thought, Allowed::BOI) => (Phase::Picture { cell: 0, part: PictureOf::Step }, 0),
            (Phase::Picture { cell, part }, Allowed::CODE) => (Phase::Picture { cell: cell + 1, part }, 0),
            (Phase::Picture { part, .. }, _) => text(match part {
                PictureOf::Question if state.mode == Mode::Caption => Phase::Caption,
                PictureOf::Question => Phase::Asked,
                PictureOf::Painted => Phase::Closing,
                PictureOf::Step => {
                    next.steps += 1;
                    next.scan = ActionScan::default();
                    Phase::Thought
                }
            }),
            (Phase::Asked, _) => text(Phase::Thought),
            (Phase::Thought, Allowed::TEXT) => {
                self.vocab.text().bytes_of(token).iter().for_each(|byte| next.scan.push(*byte));
                if state.mode == Mode::Text && next.scan.closed() {
                    next.steps += 1;
                    next.scan = ActionScan::default();
                    text(Phase::Thought)
                } else {
                    (Phase::Thought, state.length + 1)
                }
            }
            (Phase::Thought, _) => text(Phase::Concluded),
            (Phase::Concluded, _) => text(Phase::Answer),
            (Phase::Answer, Allowed::ANSWER_CLOSE) => text(Phase::Closing),
            (Phase::Closing | Phase::Caption, Allowed::EOS) => text(Phase::End),
            (same, _) => (same, state.length + 1),
        };
        Ok(next)
    }

    /// The kind that a token is of; `NONE` for tokens that no sequence holds.
    pub fn kind(&self, token: Token) -> Allowed {
        let v = self.vocab;
        if v.is_text(token) {
            return Allowed::TEXT;
        }
        if v.code_number(token).is_some() {
            return Allowed::CODE;
        }
        if v.mode_of(token).is_some() {
            return Allowed::MODE;
        }
        self.singles().into_iter().find(|(_, single)| *single == token).map_or(Allowed::NONE, |(kind, _)| kind)
    }

    /// The kinds that are one token each.
    fn singles(&self) -> [(Allowed, Token); 8] {
        let v = self.vocab;
        [
            (Allowed::BOS, v.bos),
            (Allowed::EOS, v.eos),
            (Allowed::BOI, v.boi),
            (Allowed::EOI, v.eoi),
            (Allowed::THOUGHT_OPEN, v.thought_open),
            (Allowed::THOUGHT_CLOSE, v.thought_close),
            (Allowed::ANSWER_OPEN, v.answer_open),
            (Allowed::ANSWER_CLOSE, v.answer_close),
        ]
    }

    /// The ids of a set: sorted ranges that don't overlap, so that a mask is a few fills.
    pub fn ranges(&self, allowed: Allowed) -> Vec<Range<u32>> {
        let one = |token: Token| token.0..token.0 + 1;
        let mut ranges = Vec::with_capacity(4);
        if allowed.has(Allowed::TEXT) {
            ranges.extend_from_slice(self.vocab.text_ranges());
        }
        if allowed.has(Allowed::CODE) {
            ranges.extend_from_slice(self.vocab.code_ranges());
        }
        if allowed.has(Allowed::MODE) {
            ranges.extend(Mode::ALL.map(|mode| one(self.vocab.mode_token(mode))));
        }
        ranges.extend(self.singles().into_iter().filter(|(kind, _)| allowed.has(*kind)).map(|(_, token)| one(token)));
        ranges.sort_unstable_by_key(|range| range.start);
        ranges
    }

    /// The only token of a set, if it has just one: nothing to choose.
    pub fn forced(&self, allowed: Allowed) -> Option<Token> {
        self.singles().into_iter().find(|(kind, _)| *kind == allowed).map(|(_, token)| token)
    }
}

/// Fewest tokens that end a sequence from within a thought: `</thought> <answer> word </answer> </s>`.
const THOUGHT_TAIL: usize = 5;

/// Fewest tokens that a model must be able to write after a reasoning prompt.
pub const SHORTEST_REPLY: usize = THOUGHT_TAIL;
