//! Which id plays which part. Ids live in this file alone, and it finds them by name in
//! tokenizer.json: our small vocabularies and Chameleon's 65,536 entries differ in every number.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use serde_json::Value;

use super::mode::Mode;
use super::text::TextCodec;
use super::{Codes, Token};
use crate::error::{Error, Result};
use crate::input::bytes_without_mark;

/// Most ids that a vocabulary may have: embeddings are sized by it.
pub const LARGEST_VOCABULARY: usize = 1 << 18;

/// Names of the special tokens, as Chameleon and Omni-R1 give them.
pub mod names {
    pub const BOS: &str = "<s>";
    pub const PAD: &str = "<pad>";
    pub const EOS: &str = "</s>";
    pub const UNK: &str = "<unk>";
    /// End and begin of a picture.
    pub const EOI: &str = "<eoss>";
    pub const BOI: &str = "<racm3:break>";
    /// Omni-R1's tags round the thought and the answer.
    pub const THOUGHT_OPEN: &str = "<reserved12856>";
    pub const THOUGHT_CLOSE: &str = "<reserved12857>";
    pub const ANSWER_OPEN: &str = "<reserved12866>";
    pub const ANSWER_CLOSE: &str = "<reserved12867>";
    /// What is asked of the model (ours).
    pub const DRAW: &str = "<reserved12840>";
    pub const TEXT: &str = "<reserved12841>";
    pub const CAPTION: &str = "<reserved12842>";
    pub const PAINT: &str = "<reserved12843>";
    /// Chameleon's end of turn and its stand-in for a picture: not used here, kept for its tools.
    pub const SEPARATOR: &str = "<reserved08706>";
    pub const IMAGE: &str = "<image>";

    /// Name of a picture code: its decimal digits as letters A to J (12 -> `IMGIMGBCZ`).
    pub fn code(number: usize) -> String {
        let letters: String = number.to_string().bytes().map(|digit| (digit - b'0' + b'A') as char).collect();
        format!("IMGIMG{letters}Z")
    }

    /// The number of a picture code's name; None for any other name.
    pub fn code_number(name: &str) -> Option<usize> {
        let letters = name.strip_prefix("IMGIMG")?.strip_suffix('Z')?;
        let digits: String = letters
            .chars()
            .map(|c| ('A'..='J').contains(&c).then(|| (c as u8 - b'A' + b'0') as char))
            .collect::<Option<_>>()?;
        let number = digits.parse().ok()?;
        (code(number) == name).then_some(number) // no leading zeros: one name a code
    }
}

/// A tokenizer.json: the parts that ids play, and the text codec.
#[derive(Clone, Debug)]
pub struct Vocab {
    /// One more than the largest id. A model's own vocabulary may be padded beyond it.
    pub size: usize,
    pub bos: Token,
    pub pad: Token,
    pub eos: Token,
    pub unk: Token,
    pub boi: Token,
    pub eoi: Token,
    pub thought_open: Token,
    pub thought_close: Token,
    pub answer_open: Token,
    pub answer_close: Token,
    modes: [Token; 4],
    /// Code number -> token.
    codes: Vec<Token>,
    /// Token -> code number.
    numbers: HashMap<Token, u16>,
    /// Ids of picture codes and of text, as sorted ranges that don't touch.
    code_ranges: Vec<Range<u32>>,
    text_ranges: Vec<Range<u32>>,
    /// Names of the tokens that are neither text nor codes, for messages.
    special: HashMap<Token, String>,
    text: TextCodec,
}

impl Vocab {
    /// Reads the bytes of a tokenizer.json.
    pub fn from_json(bytes: &[u8]) -> Result<Self> {
        let file: Value = serde_json::from_slice(bytes_without_mark(bytes)).map_err(|e| {
            Error::data(
                format!("The tokenizer.json can't be read: {e}."),
                "Fetch the checkpoint again: the file is cut off or isn't JSON.",
            )
        })?;
        let (ids, marked) = entries(&file)?;
        let size = ids.values().max().map_or(0, |largest| *largest as usize + 1);
        let find = |name: &str| ids.get(name).map(|id| Token(*id)).ok_or_else(|| missing(name));

        let mut codes = Vec::new();
        let mut special = HashMap::new();
        let mut text = Vec::new();
        for (name, id) in &ids {
            if let Some(number) = names::code_number(name) {
                codes.push((number, Token(*id)));
            } else if marked.contains(name) || is_tag(name) {
                special.insert(Token(*id), name.to_string());
            } else {
                text.push((*name, *id));
            }
        }
        codes.sort_unstable();
        if let Some(gap) = codes.iter().enumerate().find(|(at, (number, _))| at != number) {
            return Err(missing(&names::code(gap.0)));
        }
        if codes.is_empty() || codes.len() > usize::from(u16::MAX) + 1 {
            return Err(missing(&names::code(0)));
        }
        let codes: Vec<Token> = codes.into_iter().map(|(_, token)| token).collect();
        Ok(Self {
            size,
            bos: find(names::BOS)?,
            pad: find(names::PAD)?,
            eos: find(names::EOS)?,
            unk: find(names::UNK)?,
            boi: find(names::BOI)?,
            eoi: find(names::EOI)?,
            thought_open: find(names::THOUGHT_OPEN)?,
            thought_close: find(names::THOUGHT_CLOSE)?,
            answer_open: find(names::ANSWER_OPEN)?,
            answer_close: find(names::ANSWER_CLOSE)?,
            modes: [find(names::DRAW)?, find(names::TEXT)?, find(names::CAPTION)?, find(names::PAINT)?],
            numbers: codes.iter().enumerate().map(|(number, token)| (*token, number as u16)).collect(),
            code_ranges: ranges(codes.iter().map(|t| t.0)),
            text_ranges: ranges(text.iter().map(|(_, id)| *id)),
            codes,
            special,
            text: TextCodec::new(&file, &text, size)?,
        })
    }

    /// How many picture codes there are (K of the codebook).
    pub fn code_count(&self) -> usize {
        self.codes.len()
    }

    /// The token of a code; None beyond the codebook.
    pub fn code_token(&self, number: u16) -> Option<Token> {
        self.codes.get(usize::from(number)).copied()
    }

    /// The code that a token stands for; None for every other token.
    pub fn code_number(&self, token: Token) -> Option<u16> {
        self.numbers.get(&token).copied()
    }

    pub fn mode_token(&self, mode: Mode) -> Token {
        self.modes[mode as usize]
    }

    pub fn mode_of(&self, token: Token) -> Option<Mode> {
        Mode::ALL.into_iter().find(|mode| self.mode_token(*mode) == token)
    }

    /// Ids of picture codes: sorted ranges that don't touch (one range in all known vocabularies).
    pub fn code_ranges(&self) -> &[Range<u32>] {
        &self.code_ranges
    }

    /// Ids of text: as `code_ranges`.
    pub fn text_ranges(&self) -> &[Range<u32>] {
        &self.text_ranges
    }

    pub fn is_text(&self, token: Token) -> bool {
        self.text_ranges.iter().any(|range| range.contains(&token.0))
    }

    /// Text <-> tokens.
    pub fn text(&self) -> &TextCodec {
        &self.text
    }

    /// A token for human eyes: its text, or its name.
    pub fn name(&self, token: Token) -> String {
        match (self.code_number(token), self.special.get(&token)) {
            (Some(number), _) => names::code(usize::from(number)),
            (None, Some(name)) => name.clone(),
            (None, None) if self.is_text(token) => self.text.decode(&[token]),
            _ => format!("id {}", token.0),
        }
    }
}

/// Names and ids of picture codes and marks in a tokenizer.json, which transformers reads from
/// config.json's `vocabulary_map`.
pub fn vocabulary_map(tokenizer: &[u8]) -> Result<Value> {
    let file: Value = serde_json::from_slice(bytes_without_mark(tokenizer))
        .map_err(|e| Error::data(format!("tokenizer.json can't be read: {e}."), "Export from a whole run."))?;
    let (ids, _) = entries(&file)?;
    let marks = [names::BOS, names::PAD, names::EOS, names::UNK, names::BOI, names::EOI, names::IMAGE];
    let wanted = |name: &str| names::code_number(name).is_some() || marks.contains(&name);
    let map = ids.into_iter().filter(|(name, _)| wanted(name)).map(|(name, id)| (name.to_string(), id.into()));
    Ok(map.collect::<serde_json::Map<_, _>>().into())
}

/// Name -> id of all tokens, and the names that the file marks as special.
type Entries<'f> = (HashMap<&'f str, u32>, HashSet<&'f str>);

/// The model's vocabulary, with the added tokens laid over it: an added token renames its id.
fn entries(file: &Value) -> Result<Entries<'_>> {
    let odd = |what: &str| {
        Error::data(format!("The tokenizer.json has {what}."), "Use the tokenizer.json that belongs to the checkpoint.")
    };
    // Tables are as long as the largest id says.
    let bounded = |id: u64| u32::try_from(id).ok().filter(|id| (*id as usize) < LARGEST_VOCABULARY);
    let vocabulary = file["model"]["vocab"].as_object().ok_or_else(|| odd("no vocabulary (model.vocab)"))?;
    let mut by_id = HashMap::with_capacity(vocabulary.len());
    for (name, id) in vocabulary {
        let id = id
            .as_u64()
            .and_then(bounded)
            .ok_or_else(|| odd(&format!("no number below {LARGEST_VOCABULARY} as the id of {name:?}")))?;
        if let Some(other) = by_id.insert(id, name.as_str()) {
            return Err(odd(&format!("two tokens with the id {id}, {other:?} and {name:?}")));
        }
    }
    let mut marked = HashSet::new();
    for token in file["added_tokens"].as_array().into_iter().flatten() {
        let name = token["content"].as_str().ok_or_else(|| odd("an added token without a name"))?;
        let id = token["id"]
            .as_u64()
            .and_then(bounded)
            .ok_or_else(|| odd(&format!("no id below {LARGEST_VOCABULARY} for the added token {name:?}")))?;
        by_id.insert(id, name);
        if token["special"].as_bool().unwrap_or(false) {
            marked.insert(name);
        }
    }
    Ok((by_id.into_iter().map(|(id, name)| (name, id)).collect(), marked))
}

/// `<reserved12345>`, `<sentinel:3>` and the roles, which a file need not mark as special.
fn is_tag(name: &str) -> bool {
    use names::{BOI, BOS, EOI, EOS, IMAGE, PAD, UNK};
    [BOS, PAD, EOS, UNK, EOI, BOI, IMAGE].contains(&name)
        || ["<reserved", "<sentinel:"].iter().any(|start| name.starts_with(start) && name.ends_with('>'))
}

/// Sorted ranges that cover exactly these ids.
fn ranges(ids: impl Iterator<Item = u32>) -> Vec<Range<u32>> {
    let mut ids: Vec<u32> = ids.collect();
    ids.sort_unstable();
    let mut ranges: Vec<Range<u32>> = Vec::new();
    for id in ids {
        match ranges.last_mut() {
            Some(last) if last.end == id => last.end += 1,
            _ => ranges.push(id..id + 1),
        }
    }
    ranges
}

fn missing(name: &str) -> Error {
    Error::data(
        format!("The tokenizer.json has no token {name:?}."),
        "The vocabulary must be Chameleon's or one of this project's: picture codes IMGIMG..Z and the tags of Omni-R1.",
    )
}

impl Codes {
    /// Checks that the codes fill their grid.
    pub fn new(grid: usize, codes: Vec<u16>) -> Result<Self> {
        if grid == 0 || codes.len() != grid * grid {
            return Err(Error::data(
                format!("A picture of {grid} x {grid} codes can't have {} codes.", codes.len()),
                "A picture is exactly one full grid.",
            ));
        }
        Ok(Self { grid, codes })
    }
}
