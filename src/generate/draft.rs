//! Drawing along a draft: speculative sampling (Leviathan et al. 2022) whose draft is a picture that is there
//! already. Most of a drawn picture is the picture before it.
//!
//! A draft goes through the model in one pass, which gives the distribution behind each of its tokens. From each
//! a token is drawn with the number that it would have anyway. As long as it is the drafted one, the next
//! distribution is the right one too; the first that differs stands, and everything behind it is forgotten. So a
//! drafted token is kept with its probability, and what is drawn instead comes out of the rest: the tokens are
//! those of drawing one by one with the same seed, whatever the draft. A wrong draft costs time alone.

use super::{Choice, LanguageModel, Sampler};
use crate::error::Result;
use crate::tokens::{Token, Vocab};

/// How many of the tokens that were drawn behind a draft stand: up to the first that isn't as drafted.
pub fn standing(draft: &[Token], drawn: &[Token]) -> usize {
    let as_drafted = draft.iter().zip(drawn).take_while(|(draft, drawn)| draft == drawn).count();
    drawn.len().min(as_drafted + 1)
}

/// [`LanguageModel::draw`] along the choice's draft, by reading and picking.
pub async fn along<M: LanguageModel + ?Sized>(
    model: &mut M,
    tokens: &[Token],
    choice: &Choice<'_>,
    sampler: &mut Sampler,
) -> Result<Vec<Token>> {
    let Choice { ranges, sampling, draft, .. } = *choice;
    let behind = model.position() + tokens.len();
    let logits = model.read(&[tokens, draft].concat(), draft.len() + 1).await?;
    let mut drawn = Vec::new();
    for logits in logits.chunks_exact(model.vocab_size()) {
        drawn.push(sampler.pick(logits, ranges, sampling)?);
        if draft.get(drawn.len() - 1) != drawn.last() {
            break;
        }
    }
    model.rewind(behind + drawn.len() - 1);
    Ok(drawn)
}

/// No draft is longer: a pass of more tokens gains little.
const LONGEST: usize = 15;
/// A code that was read counts so much less with each code that follows.
const FADES: f64 = 0.98;

/// Reads along a sequence, and knows what its next codes will probably be.
#[derive(Clone, Debug)]
pub struct Drafter {
    /// Side of the grid of a picture.
    grid: usize,
    /// What one more token costs in a pass, as a share of a pass of one.
    cost: f64,
    /// The last whole picture.
    before: Vec<Token>,
    /// Codes of the picture that is being read.
    codes: Vec<Token>,
    /// Of codes, the later the more: how many there were and how many of them as drafted, by whether the code above
    /// was as drafted, and by whether the one to the left was.
    seen: [[Seen; 2]; 2],
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    all: f64,
    kept: f64,
}

impl Drafter {
    /// `cost` is [`LanguageModel::draft_cost`].
    pub fn new(grid: usize, cost: f64) -> Self {
        // What is expected before anything was seen: one that differs seldom comes alone.
        let seen = |kept: f64| Seen { all: 4.0, kept: 4.0 * kept };
        let seen = [[seen(0.5), seen(0.7)], [seen(0.7), seen(0.9)]];
        Self { grid, cost, before: Vec::new(), codes: Vec::new(), seen }
    }

    /// One more token of the sequence.
    pub fn read(&mut self, token: Token, vocab: &Vocab) {
        if token == vocab.boi {
            self.codes.clear();
        } else if token == vocab.eoi {
            self.before = std::mem::take(&mut self.codes);
        } else if vocab.code_number(token).is_some() {
            let cell = self.codes.len();
            self.codes.push(token);
            if cell < self.before.len() {
                let kept = self.as_drafted(cell);
                self.seen.as_flattened_mut().iter_mut().for_each(|seen| {
                    seen.all *= FADES;
                    seen.kept *= FADES;
                });
                let seen = &mut self.seen[usize::from(self.above(cell))][usize::from(self.left(cell))];
                seen.all += 1.0;
                seen.kept += f64::from(kept);
            }
        }
    }

    /// The next codes, as many as pay. One is left over, so that the last that is drawn is a code too.
    pub fn draft(&self) -> &[Token] {
        let cell = self.codes.len();
        let rest = self.before.get(cell..).unwrap_or_default();
        let rest = &rest[..rest.len().saturating_sub(1).min(LONGEST)];
        // Of a pass: how many tokens stand, and the probability that its whole draft does.
        let (mut stand, mut whole) = (1.0, 1.0);
        let (mut best, mut rate) = (0, 1.0);
        for length in 1..=rest.len() {
            let next = cell + length - 1;
            let Seen { all, kept } = self.seen[usize::from(self.above(next))][usize::from(self.left(next))];
            whole *= (kept / all).min(1.0);
            stand += whole;
            let now = stand / (1.0 + self.cost * length as f64);
            if now > rate {
                (best, rate) = (length, now);
            }
        }
        &rest[..best]
    }

    /// Whether the code of a cell is as drafted; those to come are taken to be.
    fn as_drafted(&self, cell: usize) -> bool {
        self.codes.get(cell).is_none_or(|code| self.before.get(cell) == Some(code))
    }

    fn above(&self, cell: usize) -> bool {
        cell < self.grid || self.as_drafted(cell - self.grid)
    }

    fn left(&self, cell: usize) -> bool {
        cell.is_multiple_of(self.grid) || self.as_drafted(cell - 1)
    }
}
