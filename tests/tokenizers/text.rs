//! Text <-> ids equals the `tokenizers` crate, for our own tokenizer.json and for Chameleon's rules.

#![allow(clippy::single_range_in_vec_init)] // one range of ids is meant

use std::path::Path;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokenizer_reference::tokens::learn::MINI;
use tokenizer_reference::tokens::vocab::names;
use tokenizer_reference::tokens::{Token, Vocab, split};
use tokenizers::Tokenizer;

fn shipped() -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/tokenizer.json"))
        .expect("data/tokenizer.json is committed")
}

/// The shipped file with Chameleon's splitting rules, merges in the other spelling, and merges that
/// apply inside whole words too.
fn chameleon_like() -> Vec<u8> {
    let mut file: Value = serde_json::from_slice(&shipped()).unwrap();
    let isolated =
        |regex: &str| json!({"type": "Split", "pattern": {"Regex": regex}, "behavior": "Isolated", "invert": false});
    file["pre_tokenizer"] = json!({"type": "Sequence", "pretokenizers": [
        isolated(split::SENTINEL), isolated(split::IMAGE_NAME), isolated(split::BLANKS),
        {"type": "Digits", "individual_digits": true},
        {"type": "Punctuation", "behavior": "Isolated"},
        {"type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": true},
    ]});
    file["model"]["ignore_merges"] = json!(false);
    for merge in file["model"]["merges"].as_array_mut().unwrap() {
        *merge = json!(format!("{} {}", merge[0].as_str().unwrap(), merge[1].as_str().unwrap()));
    }
    file.to_string().into_bytes()
}

/// Strings of all kinds: sentences of the tasks, numbers, scripts, emoji, blanks, controls, noise.
fn strings(count: usize, seed: u64) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let fixed = [
        "",
        " ",
        "  ",
        "\n",
        " \n\t ",
        "a",
        " a",
        "a ",
        "0.42",
        "10.25",
        "0.4",
        "1.000",
        ".5",
        "0.425.10",
        "x0.42",
        "where is the fox?",
        "bar 3 red LINE(0.42,0.10,0.55,0.10)",
        "PRED(right)",
        "what's   this??",
        "I'll can't we've",
        "naïve café – “quoted” …",
        "日本語のテキスト",
        "مرحبا بالعالم",
        "हिन्दी में",
        "ไทย",
        "한국어",
        "👩‍👩‍👧‍👦 🏳️‍🌈🇩🇪 🦊",
        "e\u{301}\u{200D}\u{FE0F}",
        "\u{0}\u{1}\u{1F}\u{7F}\u{80}\u{85}\u{A0}",
        "\u{2028}\u{3000}x\u{FEFF}",
        "Ⅷ ² ½ ① ⅔",
        "ǅ ª º ʰ ـ",
        "a\r\nb\r\rc",
        "\t\tindent",
        "<sentinel:12> <sentinel:> <sentinel:3",
        "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~",
    ];
    let words = [
        "the", "fox", "Top", "left", "ZOOM(", ")", ",", "0.37", "1.00", "7", "42", "don't", "über", "Ωmega", "🦀",
        "\u{301}", "ß",
    ];
    let blanks = [" ", "  ", "\t", "\n", "\r\n", "\u{A0}", "\u{3000}", "", "", " ", " "];
    let ranges: [(u32, u32); 9] = [
        (0, 0x7F),
        (0x80, 0x24F),
        (0x300, 0x5FF),
        (0x600, 0xDFF),
        (0xE00, 0x1FFF),
        (0x2000, 0x2BFF),
        (0x3000, 0xD7FF),
        (0xE000, 0xFFFF),
        (0x10000, 0x1FAFF),
    ];
    let mut strings: Vec<String> = fixed.map(String::from).to_vec();
    while strings.len() < count {
        let mut text = String::new();
        for _ in 0..rng.random_range(1..20) {
            match rng.random_range(0..3) {
                0 => text.push_str(words.choose(&mut rng).unwrap()),
                1 => text.push_str(blanks.choose(&mut rng).unwrap()),
                _ => {
                    let (from, to) = *ranges.choose(&mut rng).unwrap();
                    text.extend(char::from_u32(rng.random_range(from..=to)));
                }
            }
        }
        strings.push(text);
    }
    strings
}

fn check(file: &[u8], count: usize, seed: u64) {
    let ours = Vocab::from_json(file).unwrap();
    let theirs = Tokenizer::from_bytes(file).unwrap();
    for text in strings(count, seed) {
        let tokens = ours.text().encode(&text);
        let encoded = theirs.encode(text.as_str(), false).unwrap();
        let expected: Vec<Token> = encoded.get_ids().iter().map(|id| Token(*id)).collect();
        assert_eq!(tokens, expected, "{text:?}: {:?}", encoded.get_tokens());
        assert_eq!(ours.text().decode(&tokens), text);
        assert!(tokens.iter().all(|token| ours.is_text(*token)), "{text:?}");
    }
}

#[test]
fn our_tokenizer_equals_the_reference() {
    check(&shipped(), 20_000, 1);
}

#[test]
fn chameleons_rules_equal_the_reference() {
    check(&chameleon_like(), 20_000, 2);
}

/// Any bytes cut at any place decode as the reference does, or not at all.
#[test]
fn every_token_decodes_as_in_the_reference() {
    let file = shipped();
    let (ours, theirs) = (Vocab::from_json(&file).unwrap(), Tokenizer::from_bytes(&file).unwrap());
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..2000 {
        let ids: Vec<u32> = (0..rng.random_range(1..9)).map(|_| rng.random_range(1088..2048)).collect();
        let tokens: Vec<Token> = ids.iter().map(|id| Token(*id)).collect();
        assert_eq!(ours.text().decode(&tokens), theirs.decode(&ids, false).unwrap());
    }
}

#[test]
fn the_second_vocabulary_is_as_planned() {
    let planned = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/tokenizer-2.json");
    let vocab = Vocab::from_json(&std::fs::read(planned).expect("data/tokenizer-2.json is committed")).unwrap();
    assert_eq!((vocab.size, vocab.code_count()), (MINI.total, MINI.codes));
    assert_eq!(vocab.code_ranges(), [4..1028]);
    assert_eq!(vocab.text_ranges(), [1088..2560]);
    assert_eq!((vocab.eoi, vocab.boi), (Token(1028), Token(1029)));
    assert_eq!(vocab.name(Token(1031)), names::IMAGE);
    let one = |text: &str| assert_eq!(vocab.text().encode(text).len(), 1, "{text:?}");
    (0..=100).for_each(|n| one(&format!("{}.{:02}", n / 100, n % 100)));
    (0..10).for_each(|n| one(&n.to_string()));
    (32..127u8).for_each(|byte| one(&(byte as char).to_string()));
    [" where", " fox", " ZOOM", " BBOX", " MARK", " LINE", " PRED", "right", " robot", " acute"]
        .into_iter()
        .for_each(one);
}
