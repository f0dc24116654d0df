//! A question, its thought and its answer <-> one sequence of tokens.
//!
//! ```text
//! draw, text  <s> MODE question BOI codes EOI <thought> (step BOI codes EOI)* rest </thought> <answer> answer </answer> </s>
//! caption     <s> MODE BOI codes EOI caption </s>
//! paint       <s> MODE caption BOI codes EOI </s>
//! ```
//! In text mode the steps have no pictures; the rest is words without an action and a picture, mostly none. The
//! question stands before its picture: a small model reads the picture better when it knows what is asked. In training
//! `MODE caption </s>` may follow, with the mode of captions.
//!
//! Words are written with the space before them (` red`), as inside a sentence, so that a word is
//! the same token at the start of a text as in its middle; digits and brackets stand as they are.

use serde::{Deserialize, Serialize};

use super::mode::Mode;
use super::segment::{picture_at, push_picture};
use super::{Codes, Token, Vocab};
use crate::error::{Error, Result};

/// One step of a thought.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThoughtStep {
    /// A short sentence that ends with its action.
    pub text: String,
    /// The picture that follows it; None in text mode.
    pub picture: Option<Codes>,
}

/// Everything that one training sequence holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// `draw` or text mode. In text mode pictures of the steps are left out.
    Reason {
        draw: bool,
        question: String,
        picture: Codes,
        steps: Vec<ThoughtStep>,
        /// Words of the thought after its last step.
        rest: String,
        answer: String,
    },
    Caption {
        picture: Codes,
        caption: String,
    },
    Paint {
        caption: String,
        picture: Codes,
    },
}

/// What is given to the model at inference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Prompt<'a> {
    Reason { draw: bool, question: &'a str, picture: &'a Codes },
    Caption { picture: &'a Codes },
    Paint { caption: &'a str },
}

/// The part that a token plays in its sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TokenRole {
    /// `<s>` and the mode: given, never predicted.
    Given,
    /// The question and its picture, and whatever else is put in at inference.
    Prompt,
    /// Step words, the tags round the thought, begin marks of pictures, captions to be written.
    Thought,
    /// Codes and end marks of pictures to be drawn.
    Picture,
    /// Answer words and what closes them.
    Answer,
}

/// Weight of a token's loss by the part it plays (measured best in the study: see recipes).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LossWeights {
    /// Question words and the codes of the question's picture.
    pub prompt: f32,
    /// Of those, one in so many is predicted, with so many times the weight: a picture that is given has most of a
    /// sequence's tokens, and is learned from the least.
    pub prompt_every: u32,
    /// Words of a thought.
    pub thought: f32,
    /// Codes of drawn pictures.
    pub picture: f32,
    /// Words of the answer.
    pub answer: f32,
}

impl Default for LossWeights {
    fn default() -> Self {
        Self { prompt: 0.1, prompt_every: 1, thought: 2.0, picture: 1.0, answer: 5.0 }
    }
}

impl LossWeights {
    /// The weight of predicting the token at `place` of a row.
    pub fn at(&self, role: TokenRole, place: usize) -> f32 {
        match (role, self.prompt_every) {
            (TokenRole::Prompt, every @ 2..) if place.is_multiple_of(every as usize) => every as f32 * self.prompt,
            (TokenRole::Prompt, 2..) => 0.0,
            _ => self.of(role),
        }
    }

    /// The weight of predicting a token of this role.
    pub fn of(&self, role: TokenRole) -> f32 {
        match role {
            TokenRole::Given => 0.0,
            TokenRole::Prompt => self.prompt,
            TokenRole::Thought => self.thought,
            TokenRole::Picture => self.picture,
            TokenRole::Answer => self.answer,
        }
    }
}

/// Tokens with the part each plays. Position i says what token i itself is: the shift (position p
/// predicts token p + 1) is made in train/batch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    pub tokens: Vec<Token>,
    pub roles: Vec<TokenRole>,
}

impl Sequence {
    /// The loss weight of each token.
    pub fn weights(&self, weights: &LossWeights) -> Vec<f32> {
        self.roles.iter().map(|role| weights.of(*role)).collect()
    }

    fn push(&mut self, role: TokenRole, tokens: impl IntoIterator<Item = Token>) {
        self.tokens.extend(tokens);
        self.roles.resize(self.tokens.len(), role);
    }

    /// A picture: its begin mark plays the part `begin`, codes and end mark play `inside`.
    fn push_picture(&mut self, vocab: &Vocab, begin: TokenRole, inside: TokenRole, picture: &Codes) -> Result<()> {
        let mut tokens = Vec::with_capacity(picture.codes.len() + 2);
        push_picture(vocab, picture, &mut tokens)?;
        self.push(begin, tokens[..1].iter().copied());
        self.push(inside, tokens[1..].iter().copied());
        Ok(())
    }
}

/// The whole sequence of a document.
pub fn build(vocab: &Vocab, document: &Document) -> Result<Sequence> {
    match document {
        Document::Reason { draw, question, picture, steps, rest, answer } => {
            let mut sequence = prompt(vocab, &Prompt::Reason { draw: *draw, question, picture })?;
            for step in steps {
                sequence.push(TokenRole::Thought, words(vocab, &step.text));
                match (&step.picture, draw) {
                    (Some(picture), true) => {
                        sequence.push_picture(vocab, TokenRole::Thought, TokenRole::Picture, picture)?
                    }
                    (None, true) => {
                        return Err(Error::data(
                            format!("The step {:?} has no picture.", step.text),
                            "In draw mode each step has exactly one picture.",
                        ));
                    }
                    (_, false) => {}
                }
            }
            sequence.push(TokenRole::Thought, words(vocab, rest));
            sequence.push(TokenRole::Thought, [vocab.thought_close, vocab.answer_open]);
            sequence.push(TokenRole::Answer, words(vocab, answer));
            sequence.push(TokenRole::Answer, [vocab.answer_close, vocab.eos]);
            Ok(sequence)
        }
        Document::Caption { picture, caption } => {
            let mut sequence = prompt(vocab, &Prompt::Caption { picture })?;
            sequence.push(TokenRole::Thought, words(vocab, caption));
            sequence.push(TokenRole::Thought, [vocab.eos]);
            Ok(sequence)
        }
        Document::Paint { caption, picture } => {
            let mut sequence = prompt(vocab, &Prompt::Paint { caption })?;
            sequence.push_picture(vocab, TokenRole::Prompt, TokenRole::Picture, picture)?;
            sequence.push(TokenRole::Picture, [vocab.eos]);
            Ok(sequence)
        }
    }
}

/// Lets the caption of the question's picture follow a document, for training.
pub fn push_caption(vocab: &Vocab, sequence: &mut Sequence, caption: &str) {
    sequence.push(TokenRole::Given, [vocab.mode_token(Mode::Caption)]);
    sequence.push(TokenRole::Thought, words(vocab, caption));
    sequence.push(TokenRole::Thought, [vocab.eos]);
}

/// What stands before the first token that the model writes: up to `<thought>`, the caption's
/// start, or the picture's begin mark (which the grammar then writes).
pub fn prompt(vocab: &Vocab, prompt: &Prompt) -> Result<Sequence> {
    let mut sequence = Sequence::default();
    sequence.push(TokenRole::Given, [vocab.bos]);
    match prompt {
        Prompt::Reason { draw, question, picture } => {
            let mode = if *draw { Mode::Draw } else { Mode::Text };
            sequence.push(TokenRole::Given, [vocab.mode_token(mode)]);
            sequence.push(TokenRole::Prompt, words(vocab, question));
            sequence.push_picture(vocab, TokenRole::Prompt, TokenRole::Prompt, picture)?;
            sequence.push(TokenRole::Prompt, [vocab.thought_open]);
        }
        Prompt::Caption { picture } => {
            sequence.push(TokenRole::Given, [vocab.mode_token(Mode::Caption)]);
            sequence.push_picture(vocab, TokenRole::Prompt, TokenRole::Prompt, picture)?;
        }
        Prompt::Paint { caption } => {
            sequence.push(TokenRole::Given, [vocab.mode_token(Mode::Paint)]);
            sequence.push(TokenRole::Prompt, words(vocab, caption));
        }
    }
    Ok(sequence)
}

/// Tokens of a text: one space before a leading word, blanks at the ends dropped.
pub fn words(vocab: &Vocab, text: &str) -> Vec<Token> {
    vocab.text().encode(&spaced(text))
}

/// `text` as it stands in a sequence: trimmed, with one space before a leading letter.
pub fn spaced(text: &str) -> String {
    let text = text.trim();
    let letter = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || !c.is_ascii());
    if letter { format!(" {text}") } else { text.to_string() }
}

/// What a model wrote after a `Prompt::Reason`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parsed {
    pub steps: Vec<ThoughtStep>,
    /// Text after the last step, before the thought closes; usually empty.
    pub rest: String,
    pub answer: String,
    /// The first thing that isn't as the template says; None for a well-formed sequence.
    pub problem: Option<String>,
}

impl Parsed {
    /// True when every picture is a full grid, every step of draw mode has its picture, the tags
    /// stand in order and there is an answer.
    pub fn valid(&self) -> bool {
        self.problem.is_none()
    }
}

/// Reads what follows `<thought>`, as far as it goes: the steps and the answer of a damaged
/// sequence are those that could be read.
pub fn parse(vocab: &Vocab, grid: usize, draw: bool, generated: &[Token]) -> Parsed {
    let mut parsed = Parsed::default();
    let mut at = 0;
    if let Err(problem) = parse_into(vocab, grid, draw, generated, &mut at, &mut parsed) {
        parsed.problem = Some(problem);
    }
    parsed
}

fn parse_into(
    vocab: &Vocab,
    grid: usize,
    draw: bool,
    tokens: &[Token],
    at: &mut usize,
    parsed: &mut Parsed,
) -> Result<(), String> {
    loop {
        let begin = *at;
        let text = take_text(vocab, tokens, at);
        match tokens.get(*at) {
            Some(token) if *token == vocab.boi => {
                if !draw {
                    return Err(format!("At position {at} a picture begins in a text-only thought."));
                }
                if *at == begin {
                    return Err(format!("The picture at position {at} follows no step."));
                }
                parsed.steps.push(ThoughtStep { text, picture: None });
                let (codes, length) = picture_at(vocab, grid, tokens, *at).map_err(|e| e.to_string())?;
                parsed.steps.last_mut().expect("just pushed").picture = Some(codes);
                *at += length;
            }
            _ if draw => {
                parsed.rest = text;
                break;
            }
            _ => {
                let (steps, rest) = split_steps(&text);
                parsed.steps = steps.into_iter().map(|text| ThoughtStep { text, picture: None }).collect();
                parsed.rest = rest;
                break;
            }
        }
    }
    let expect = |token: Token, at: &mut usize| match tokens.get(*at) {
        Some(found) if *found == token => {
            *at += 1;
            Ok(())
        }
        Some(found) => {
            Err(format!("At position {at} stands {:?} where {:?} should be.", vocab.name(*found), vocab.name(token)))
        }
        None => Err(format!("The sequence ends at position {at}, before {:?}.", vocab.name(token))),
    };
    expect(vocab.thought_close, at)?;
    expect(vocab.answer_open, at)?;
    parsed.answer = take_text(vocab, tokens, at);
    expect(vocab.answer_close, at)?;
    expect(vocab.eos, at)?;
    if *at < tokens.len() {
        return Err(format!("{} tokens follow the end of the sequence.", tokens.len() - *at));
    }
    if parsed.answer.is_empty() {
        return Err("The answer is empty.".to_string());
    }
    Ok(())
}

/// The trimmed text from `at` on, and moves `at` behind it.
fn take_text(vocab: &Vocab, tokens: &[Token], at: &mut usize) -> String {
    let length = tokens[*at..].iter().take_while(|t| vocab.is_text(**t)).count();
    let text = vocab.text().decode(&tokens[*at..*at + length]);
    *at += length;
    text.trim().to_string()
}

/// The steps of a text-only thought: each ends with its action, `NAME(...)`. Also what is left.
pub fn split_steps(thought: &str) -> (Vec<String>, String) {
    let mut scan = super::scan::ActionScan::default();
    let (mut steps, mut from) = (Vec::new(), 0);
    for (at, byte) in thought.bytes().enumerate() {
        scan.push(byte);
        if scan.closed() {
            steps.push(thought[from..=at].trim().to_string());
            from = at + 1;
            scan = Default::default();
        }
    }
    (steps, thought[from..].trim().to_string())
}
