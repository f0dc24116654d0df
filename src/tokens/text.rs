//! Pieces <-> ids: byte-level BPE, as Hugging Face's tokenizer.json describes it.
//!
//! Text becomes UTF-8 bytes, each byte one printable character (GPT-2's alphabet), and inside each
//! piece of `split` the listed pairs merge, lowest rank first. Nothing is ever unknown. Names of
//! special tokens that a user types stay plain text: only the template writes special tokens.

use std::collections::HashMap;

use serde_json::Value;

use super::Token;
use super::split::{self, Rule};
use crate::error::{Error, Result};

/// The text half of a tokenizer.
#[derive(Clone, Debug)]
pub struct TextCodec {
    rules: Vec<Rule>,
    /// Token of each byte.
    bytes: [u32; 256],
    /// Pair of neighbours -> (rank, what they become).
    merges: HashMap<(u32, u32), (u32, u32)>,
    /// Whole pieces that are tokens and skip the merges; empty unless the file says `ignore_merges`.
    whole: HashMap<Vec<u8>, u32>,
    /// The bytes of each text token, empty for every other id.
    spelled: Vec<Vec<u8>>,
}

impl TextCodec {
    /// Reads the text half of a parsed tokenizer.json. `text` holds (name, id) of each text token;
    /// `size` is one more than the largest id of the whole vocabulary.
    pub(super) fn new(file: &Value, text: &[(&str, u32)], size: usize) -> Result<Self> {
        let model = &file["model"];
        if model["type"].as_str() != Some("BPE") {
            return Err(damaged("its model isn't BPE"));
        }
        for option in ["continuing_subword_prefix", "end_of_word_suffix"] {
            if model[option].as_str().is_some_and(|s| !s.is_empty()) {
                return Err(damaged(&format!("it uses {option}, which byte-level BPE has no place for")));
            }
        }
        if !file["normalizer"].is_null() {
            return Err(damaged("it normalizes text, which would lose what the user wrote"));
        }
        let alphabet = alphabet();
        let byte_of: HashMap<char, u8> = (0..=255u8).map(|b| (alphabet[b as usize], b)).collect();
        let spell = |name: &str| name.chars().map(|c| byte_of.get(&c).copied()).collect::<Option<Vec<u8>>>();

        let mut spelled = vec![Vec::new(); size];
        let mut by_name = HashMap::with_capacity(text.len());
        for (name, id) in text {
            if let Some(bytes) = spell(name) {
                spelled[*id as usize] = bytes;
                by_name.insert(*name, *id);
            }
        }
        let mut bytes = [0; 256];
        for (byte, character) in alphabet.iter().enumerate() {
            let mut buffer = [0; 4];
            let name: &str = character.encode_utf8(&mut buffer);
            bytes[byte] = *by_name.get(name).ok_or_else(|| {
                damaged(&format!("it has no token {name:?} for the byte {byte}, so some text couldn't be written"))
            })?;
        }
        let mut merges = HashMap::new();
        for (rank, entry) in model["merges"].as_array().into_iter().flatten().enumerate() {
            let (left, right) =
                pair(entry).ok_or_else(|| damaged(&format!("merge {rank} is neither \"a b\" nor [a, b]")))?;
            let find = |name: &str| {
                by_name
                    .get(name)
                    .copied()
                    .ok_or_else(|| damaged(&format!("merge {rank} names {name:?}, which isn't in its vocabulary")))
            };
            let joined = find(&format!("{left}{right}"))?;
            merges.entry((find(left)?, find(right)?)).or_insert((rank as u32, joined));
        }
        let whole = if model["ignore_merges"].as_bool() == Some(true) {
            by_name.values().map(|id| (spelled[*id as usize].clone(), *id)).collect()
        } else {
            HashMap::new()
        };
        Ok(Self { rules: split::rules(&file["pre_tokenizer"])?, bytes, merges, whole, spelled })
    }

    /// The tokens of `text`. Never fails: every byte has a token.
    pub fn encode(&self, text: &str) -> Vec<Token> {
        let mut tokens = Vec::with_capacity(text.len() / 3 + 1);
        for piece in split::split(text, &self.rules) {
            if let Some(id) = self.whole.get(piece.as_bytes()) {
                tokens.push(Token(*id));
            } else {
                tokens.extend(self.merge(piece).into_iter().map(Token));
            }
        }
        tokens
    }

    /// Merges inside one piece: the pair of lowest rank first, the leftmost of equals first.
    /// Quadratic in the piece, and pieces are words.
    fn merge(&self, piece: &str) -> Vec<u32> {
        let mut ids: Vec<u32> = piece.bytes().map(|b| self.bytes[b as usize]).collect();
        loop {
            let best = ids
                .windows(2)
                .enumerate()
                .filter_map(|(at, two)| self.merges.get(&(two[0], two[1])).map(|(rank, joined)| (*rank, at, *joined)))
                .min();
            let Some((_, at, joined)) = best else { return ids };
            ids[at] = joined;
            ids.remove(at + 1);
        }
    }

    /// The bytes that a token spells; empty for tokens that aren't text.
    pub fn bytes_of(&self, token: Token) -> &[u8] {
        self.spelled.get(token.0 as usize).map_or(&[], Vec::as_slice)
    }

    /// Text of tokens; tokens that aren't text spell nothing, broken UTF-8 becomes U+FFFD.
    pub fn decode(&self, tokens: &[Token]) -> String {
        let bytes: Vec<u8> = tokens.iter().flat_map(|t| self.bytes_of(*t)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Text that arrives token by token, cut only between characters.
#[derive(Clone, Debug, Default)]
pub struct TextStream {
    waiting: Vec<u8>,
}

impl TextStream {
    /// Adds bytes; returns the text that is complete now (empty while a character is unfinished).
    pub fn push(&mut self, bytes: &[u8]) -> String {
        self.waiting.extend_from_slice(bytes);
        let mut text = String::new();
        loop {
            match std::str::from_utf8(&self.waiting) {
                Ok(whole) => {
                    text.push_str(whole);
                    self.waiting.clear();
                    return text;
                }
                Err(error) => {
                    let good = error.valid_up_to();
                    text.push_str(std::str::from_utf8(&self.waiting[..good]).unwrap_or_default());
                    let Some(bad) = error.error_len() else {
                        self.waiting.drain(..good);
                        return text;
                    };
                    text.push('\u{FFFD}');
                    self.waiting.drain(..good + bad);
                }
            }
        }
    }

    /// What is left at the end of the text: nothing, or U+FFFD for an unfinished character.
    pub fn finish(&mut self) -> String {
        let rest = String::from_utf8_lossy(&self.waiting).into_owned();
        self.waiting.clear();
        rest
    }
}

/// GPT-2's byte alphabet: printable Latin-1 stands for itself, the other bytes for U+0100 onwards.
pub fn alphabet() -> [char; 256] {
    let printable = |b: u8| matches!(b, b'!'..=b'~' | 0xA1..=0xAC | 0xAE..=0xFF);
    let mut table = ['\0'; 256];
    let mut next = 0x100;
    for byte in 0..=255u8 {
        table[byte as usize] = if printable(byte) {
            byte as char
        } else {
            next += 1;
            char::from_u32(next - 1).expect("below the surrogates")
        };
    }
    table
}

fn pair(entry: &Value) -> Option<(&str, &str)> {
    match entry {
        Value::String(joined) => joined.split_once(' '),
        Value::Array(two) if two.len() == 2 => Some((two[0].as_str()?, two[1].as_str()?)),
        _ => None,
    }
}

fn damaged(why: &str) -> Error {
    Error::data(
        format!("This tokenizer.json can't be used: {why}."),
        "Use the tokenizer.json that belongs to the checkpoint.",
    )
}
