//! Makes a tokenizer.json: a byte-level BPE in Chameleon's order of ids, learned from texts.
//!
//! A small model reads best when a word is one token, so the vocabulary is mostly whole words: the
//! file says `ignore_merges`, and a piece that is in the vocabulary is taken as it is. The merges
//! that are learned on top spell the words that nobody foresaw. Every two-decimal number from 0.00
//! to 1.00 is one token, every other digit and sign stands alone.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::split::{self, Rule};
use super::template::spaced;
use super::text::alphabet;
use super::vocab::names;

/// Sizes of a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VocabularySizes {
    /// Picture codes.
    pub codes: usize,
    /// The first id of text; what lies between the picture marks and it are reserved tags.
    pub text_from: usize,
    /// All ids.
    pub total: usize,
    /// Ids kept for learned pieces of words.
    pub pieces: usize,
}

/// The plan of the mini models.
pub const MINI: VocabularySizes = VocabularySizes { codes: 1024, text_from: 1088, total: 2560, pieces: 320 };

/// How often a word of the texts must occur to be one token.
const OFTEN: usize = 2;

/// A tokenizer.json for `texts`. `wanted` are further words, the most important first; they fill
/// what the words of the texts leave. `(word` stands for the word with no space before it.
///
/// # Panics
/// If there are so few words that their pieces can't fill the plan.
pub fn learn(plan: &VocabularySizes, texts: &[String], wanted: &[&str]) -> Value {
    let counts = pieces_of(texts);
    let coordinates = (0..=100).map(|hundredths| format!("{}.{:02}", hundredths / 100, hundredths % 100));
    let mut text: Vec<String> = (0..=255u8).map(|byte| alphabet()[byte as usize].to_string()).collect();
    text.extend(coordinates);
    let mut taken: BTreeSet<String> = text.iter().cloned().collect();

    // Words: those of the texts by how often they occur, then the wanted ones.
    let room = plan.total - plan.text_from - plan.pieces;
    let mut words: Vec<(&str, usize)> = counts.iter().map(|(word, n)| (word.as_str(), *n)).collect();
    words.retain(|(word, n)| *n >= OFTEN && is_word(word));
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let known = words.iter().map(|(word, _)| word.to_string());
    let wanted: Vec<String> = wanted.iter().map(|word| as_piece(word)).filter(|word| is_word(word)).collect();
    for word in known.chain(wanted.iter().cloned()) {
        let name = spell(&word);
        if text.len() < room && !taken.contains(&name) {
            taken.insert(name.clone());
            text.push(name);
        }
    }

    // Pieces of words: learned from each word once, so that they are the pieces of many words.
    let mut lexicon: BTreeSet<String> = counts.into_keys().filter(|word| is_word(word)).collect();
    lexicon.extend(wanted);
    let mut merges = Vec::new();
    let mut spelled: Vec<Vec<String>> = lexicon.iter().map(|w| spell(w).chars().map(String::from).collect()).collect();
    while text.len() < plan.total - plan.text_from {
        let (left, right) = most_frequent_pair(&spelled).expect("more words than room for their pieces");
        let joined = format!("{left}{right}");
        spelled.iter_mut().for_each(|word| merge(word, &left, &right));
        if taken.insert(joined.clone()) {
            text.push(joined);
        }
        merges.push(json!([left, right]));
    }
    file(plan, &text, merges)
}

/// How often each piece occurs, each text as it stands in a sequence.
fn pieces_of(texts: &[String]) -> HashMap<String, usize> {
    let mut counts = HashMap::new();
    for text in texts {
        for piece in split::split(&spaced(text), &[Rule::Own]) {
            *counts.entry(piece.to_string()).or_insert(0) += 1;
        }
    }
    counts
}

/// A wanted word as a piece: with the space before it, unless it is written with a bracket.
fn as_piece(word: &str) -> String {
    word.strip_prefix('(').map_or_else(|| spaced(word), String::from)
}

/// Letters with or without the space before them: not a number and not a lone sign.
fn is_word(piece: &str) -> bool {
    let letters = piece.strip_prefix(' ').unwrap_or(piece);
    !letters.is_empty() && piece.len() > 1 && letters.bytes().all(|b| b.is_ascii_alphabetic())
}

/// A text in the byte alphabet.
fn spell(text: &str) -> String {
    let alphabet = alphabet();
    text.bytes().map(|byte| alphabet[byte as usize]).collect()
}

/// Of equally frequent pairs the one that comes first in the alphabet, so that a rerun agrees.
fn most_frequent_pair(words: &[Vec<String>]) -> Option<(String, String)> {
    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for word in words {
        for two in word.windows(2) {
            *counts.entry((&two[0], &two[1])).or_insert(0) += 1;
        }
    }
    let best = counts.into_iter().rev().max_by_key(|(_, n)| *n)?.0;
    Some((best.0.to_string(), best.1.to_string()))
}

fn merge(word: &mut Vec<String>, left: &str, right: &str) {
    let mut at = 0;
    while at + 1 < word.len() {
        if word[at] == left && word[at + 1] == right {
            let tail = word.remove(at + 1);
            word[at].push_str(&tail);
        }
        at += 1;
    }
}

/// The names of the special tokens in order of id, picture codes among them.
fn specials(plan: &VocabularySizes) -> Vec<String> {
    let mut all: Vec<String> = [names::BOS, names::PAD, names::EOS, names::UNK].map(String::from).to_vec();
    all.extend((0..plan.codes).map(names::code));
    all.extend([names::EOI, names::BOI, names::SEPARATOR, names::IMAGE].map(String::from));
    // Reserved tags in Chameleon's order; the range holds all that have a part here.
    all.extend((12820..).map(|number| format!("<reserved{number}>")).take(plan.text_from - all.len()));
    all
}

fn file(plan: &VocabularySizes, text: &[String], merges: Vec<Value>) -> Value {
    let specials = specials(plan);
    let added: Vec<Value> = specials
        .iter()
        .enumerate()
        .filter(|(_, name)| names::code_number(name).is_none())
        .map(|(id, name)| {
            json!({"id": id, "content": name, "single_word": false, "lstrip": false, "rstrip": false,
                   "normalized": false, "special": true})
        })
        .collect();
    let vocab: Map<String, Value> =
        specials.iter().chain(text).enumerate().map(|(id, name)| (name.clone(), json!(id))).collect();
    json!({
        "version": "1.0",
        "truncation": null,
        "padding": null,
        "added_tokens": added,
        "normalizer": null,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": split::OWN}, "behavior": "Isolated", "invert": false},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
        ]},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": true,
            "vocab": vocab, "merges": merges,
        },
    })
}

/// The file's text: one token and one merge a line, in order of id, so that changes can be read.
pub fn to_text(tokenizer: &Value) -> String {
    let pretty = |value: &Value| serde_json::to_string(value).expect("plain JSON");
    let mut vocab: Vec<(&String, u64)> = tokenizer["model"]["vocab"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, id)| (name, id.as_u64().unwrap_or(0)))
        .collect();
    vocab.sort_unstable_by_key(|(_, id)| *id);
    let lines = |items: Vec<String>| items.join(",\n      ");
    let vocab = lines(vocab.into_iter().map(|(name, id)| format!("{}: {id}", pretty(&json!(name)))).collect());
    let merges = lines(tokenizer["model"]["merges"].as_array().into_iter().flatten().map(pretty).collect());
    let added: Vec<String> = tokenizer["added_tokens"].as_array().into_iter().flatten().map(pretty).collect();
    let options: Vec<String> = tokenizer["model"]
        .as_object()
        .into_iter()
        .flatten()
        .filter(|(key, _)| !["vocab", "merges"].contains(&key.as_str()))
        .map(|(key, value)| format!("    {}: {},\n", pretty(&json!(key)), pretty(value)))
        .collect();
    let top: Vec<String> =
        ["version", "truncation", "padding", "normalizer", "pre_tokenizer", "post_processor", "decoder"]
            .iter()
            .map(|key| format!("  \"{key}\": {},\n", pretty(&tokenizer[*key])))
            .collect();
    format!(
        "{{\n{}  \"added_tokens\": [\n    {}\n  ],\n  \"model\": {{\n{}    \"vocab\": {{\n      {vocab}\n    }},\n    \"merges\": [\n      {merges}\n    ]\n  }}\n}}\n",
        top.concat(),
        added.join(",\n    "),
        options.concat(),
    )
}
