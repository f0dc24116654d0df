//! Small vocabularies for tests, built in memory.

use serde_json::{Value, json};

use super::text::alphabet;
use super::vocab::{Vocab, names};
use super::{Codes, split};

/// The order of our own tokenizers: specials, codes, picture marks, tags, text.
pub fn own_json(codes: usize, words: &[&str]) -> Value {
    let mut names: Vec<String> = [names::BOS, names::PAD, names::EOS, names::UNK].map(String::from).to_vec();
    names.extend((0..codes).map(names::code));
    names.extend([names::EOI, names::BOI].map(String::from));
    let tags = [
        names::DRAW,
        names::TEXT,
        names::CAPTION,
        names::PAINT,
        names::THOUGHT_OPEN,
        names::THOUGHT_CLOSE,
        names::ANSWER_OPEN,
        names::ANSWER_CLOSE,
    ];
    names.extend(tags.map(String::from));
    let special = names.len();
    let alphabet = alphabet();
    names.extend(alphabet.iter().map(char::to_string));
    names.extend(words.iter().map(|word| word.bytes().map(|b| alphabet[b as usize]).collect()));
    let added: Vec<Value> = names[..special]
        .iter()
        .enumerate()
        .map(|(id, name)| json!({"id": id, "content": name, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false}))
        .collect();
    let vocab: serde_json::Map<String, Value> =
        names.iter().enumerate().map(|(id, name)| (name.clone(), json!(id))).collect();
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": null,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            {"type": "Split", "pattern": {"Regex": split::OWN}, "behavior": "Isolated", "invert": false},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false},
        ]},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "ignore_merges": true,
            "vocab": vocab, "merges": [],
        },
    })
}

/// 16 codes; a few whole words.
pub fn own() -> Vocab {
    let json = own_json(16, &[" where", " is", " the", " fox", " top", " left", "0.42", " ZOOM"]);
    Vocab::from_json(json.to_string().as_bytes()).expect("the fixture is whole")
}

/// A picture of `grid * grid` codes that count up from `first`, within the 16 codes of `own`.
pub fn picture(grid: usize, first: u16) -> Codes {
    Codes { grid, codes: (0..grid * grid).map(|cell| (first + cell as u16) % 16).collect() }
}

/// Chameleon's order and numbers in small: 8192 codes, 4 + 8192 + ... tags, text from 16384, its
/// splitting rules, its renamed `<image>`, merges in the old spelling.
pub fn chameleon_json() -> Value {
    let mut vocab = serde_json::Map::new();
    let mut put = |name: String, id: usize| vocab.insert(name, json!(id));
    for (id, name) in [names::BOS, names::PAD, names::EOS, names::UNK].iter().enumerate() {
        put(name.to_string(), id);
    }
    for code in 0..8192 {
        put(names::code(code), code + 4);
    }
    put(names::EOI.into(), 8196);
    put(names::BOI.into(), 8197);
    for reserved in 8706..16380 {
        put(format!("<reserved{reserved:05}>"), reserved + 4);
    }
    let alphabet = alphabet();
    let mut id = 16384;
    for character in alphabet {
        put(character.to_string(), id);
        id += 1;
    }
    let mut merges = Vec::new();
    for (left, right) in [
        ("h", "e"),
        ("Ġ", "t"),
        ("Ġt", "he"),
        ("l", "l"),
        ("he", "ll"),
        ("hell", "o"),
        ("i", "s"),
        ("Ġ", "Ġ"),
        ("ð", "Ł"),
    ] {
        put(format!("{left}{right}"), id);
        id += 1;
        merges.push(format!("{left} {right}"));
    }
    let added = |id: usize, content: &str| json!({"id": id, "content": content, "special": true, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false});
    let isolated =
        |regex: &str| json!({"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false});
    json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [added(0, names::BOS), added(1, names::PAD), added(2, names::EOS), added(3, names::UNK), added(8711, names::IMAGE)],
        "normalizer": null,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [
            isolated(split::SENTINEL), isolated(split::IMAGE_NAME), isolated(split::BLANKS),
            {"type": "Digits", "individual_digits": true},
            {"type": "Punctuation", "behavior": "Isolated"},
            {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
        ]},
        "post_processor": null,
        "decoder": {"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": true, "use_regex": true},
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
            "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false,
            "vocab": vocab, "merges": merges,
        },
    })
}
