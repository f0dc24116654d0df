//! Text -> pieces, before BPE merges inside each piece.
//!
//! A tokenizer.json names its splitting rules as regular expressions. Only a handful occur in the
//! family of models that this program reads, so each is written out by hand here (a regex engine
//! with Unicode tables would cost more wasm than the rest of tokens/), and a rule that isn't known
//! is an error when the file is read. `tests` compare every rule with the `tokenizers` crate.

use serde_json::Value;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::error::{Error, Result};

/// The rule of our own tokenizers: a two-decimal number, a run of letters with the space before
/// it, or one other ASCII character. Every character beyond ASCII counts as a letter, so that the
/// rule needs no Unicode tables and means the same in every regex dialect.
pub const OWN: &str = r"[0-9]\.[0-9][0-9]| ?[^\x00-\x40\x5b-\x60\x7b-\x7f]+|[\x00-\x7f]";

/// Chameleon's rules, as its tokenizer.json spells them.
pub const SENTINEL: &str = "<sentinel:[0-9]+>";
pub const IMAGE_NAME: &str = "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z";
pub const BLANKS: &str = r"([\t\n]|    |  )";

/// One splitting rule. They run one after another, each on the pieces of the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// [`OWN`].
    Own,
    /// [`SENTINEL`].
    Sentinel,
    /// [`IMAGE_NAME`] (written by its authors without the J, which stands for 9).
    ImageName,
    /// [`BLANKS`].
    Blanks,
    /// Each digit alone, or runs of digits.
    Digits { alone: bool },
    /// Each punctuation character alone.
    Punctuation,
    /// The rule built into GPT-2's byte-level step: contractions, letters, numbers, others, blanks.
    Gpt2,
}

/// Reads the `pre_tokenizer` of a tokenizer.json.
pub fn rules(pre_tokenizer: &Value) -> Result<Vec<Rule>> {
    let mut rules = Vec::new();
    let byte_level = collect(pre_tokenizer, &mut rules)?;
    if !byte_level {
        return Err(unknown("a pre-tokenizer without its byte-level step"));
    }
    Ok(rules)
}

/// Adds the rules of `node` in order; true when the byte-level step was among them.
fn collect(node: &Value, rules: &mut Vec<Rule>) -> Result<bool> {
    let flag = |name: &str, default: bool| node[name].as_bool().unwrap_or(default);
    match node["type"].as_str().unwrap_or("none") {
        "Sequence" => {
            let mut byte_level = false;
            for child in node["pretokenizers"].as_array().into_iter().flatten() {
                byte_level |= collect(child, rules)?;
            }
            return Ok(byte_level);
        }
        "ByteLevel" => {
            if flag("add_prefix_space", true) {
                return Err(unknown("the option add_prefix_space"));
            }
            if flag("use_regex", true) {
                rules.push(Rule::Gpt2);
            }
            return Ok(true);
        }
        "Split" => {
            let pattern = node["pattern"]["Regex"].as_str().unwrap_or("");
            let isolated = node["behavior"].as_str().is_some_and(|b| b.eq_ignore_ascii_case("isolated"));
            let rule = match pattern {
                OWN => Rule::Own,
                SENTINEL => Rule::Sentinel,
                IMAGE_NAME => Rule::ImageName,
                BLANKS => Rule::Blanks,
                _ => return Err(unknown(&format!("the split rule {pattern:?}"))),
            };
            if !isolated || flag("invert", false) {
                return Err(unknown("a split that isn't isolated"));
            }
            rules.push(rule);
        }
        "Digits" => rules.push(Rule::Digits { alone: flag("individual_digits", false) }),
        "Punctuation" => {
            if !node["behavior"].as_str().unwrap_or("Isolated").eq_ignore_ascii_case("isolated") {
                return Err(unknown("a punctuation split that isn't isolated"));
            }
            rules.push(Rule::Punctuation);
        }
        other => return Err(unknown(&format!("the pre-tokenizer {other:?}"))),
    }
    Ok(false)
}

fn unknown(what: &str) -> Error {
    Error::data(
        format!("This tokenizer.json uses {what}, which this program doesn't know."),
        "Use a byte-level BPE tokenizer.json of this project or of the Chameleon family.",
    )
}

/// Cuts `text` by all rules in turn; joined, the pieces are the text again.
pub fn split<'t>(text: &'t str, rules: &[Rule]) -> Vec<&'t str> {
    let mut pieces = if text.is_empty() { Vec::new() } else { vec![text] };
    for rule in rules {
        let mut finer = Vec::with_capacity(pieces.len() * 2);
        for piece in pieces {
            cut(piece, *rule, &mut finer);
        }
        pieces = finer;
    }
    pieces
}

/// Cuts one piece: each match stands alone, and so does each stretch between matches.
fn cut<'t>(text: &'t str, rule: Rule, out: &mut Vec<&'t str>) {
    let (mut from, mut at) = (0, 0);
    while at < text.len() {
        let length = matched(&text[at..], rule);
        if length == 0 {
            at += first(&text[at..]).len_utf8();
            continue;
        }
        if from < at {
            out.push(&text[from..at]);
        }
        out.push(&text[at..at + length]);
        at += length;
        from = at;
    }
    if from < text.len() {
        out.push(&text[from..]);
    }
}

/// Bytes of `rest` that the rule matches at its very start; 0 for none. `rest` is never empty.
fn matched(rest: &str, rule: Rule) -> usize {
    let head = first(rest);
    match rule {
        Rule::Own => own(rest),
        Rule::Gpt2 => gpt2(rest),
        Rule::Sentinel => sentinel(rest).unwrap_or(0),
        Rule::ImageName => image_name(rest).unwrap_or(0),
        Rule::Blanks => match head {
            '\t' | '\n' => 1,
            _ if rest.starts_with("    ") => 4,
            _ if rest.starts_with("  ") => 2,
            _ => 0,
        },
        Rule::Digits { alone: true } => {
            if head.is_numeric() {
                head.len_utf8()
            } else {
                0
            }
        }
        Rule::Digits { alone: false } => run(rest, char::is_numeric),
        Rule::Punctuation => {
            if punctuation(head) {
                head.len_utf8()
            } else {
                0
            }
        }
    }
}

fn own(rest: &str) -> usize {
    let letter = |c: char| c.is_ascii_alphabetic() || !c.is_ascii();
    let b = rest.as_bytes();
    if b.len() >= 4 && b[1] == b'.' && [b[0], b[2], b[3]].iter().all(u8::is_ascii_digit) {
        return 4;
    }
    let space = usize::from(b[0] == b' ');
    match run(&rest[space..], letter) {
        0 => 1, // here the head is ASCII, whatever it is
        letters => space + letters,
    }
}

/// `'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`
fn gpt2(rest: &str) -> usize {
    for contraction in ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"] {
        if rest.starts_with(contraction) {
            return contraction.len();
        }
    }
    let space = usize::from(rest.starts_with(' '));
    let other = |c: char| !c.is_whitespace() && !letter(c) && !c.is_numeric();
    for length in [run(&rest[space..], letter), run(&rest[space..], char::is_numeric), run(&rest[space..], other)] {
        if length > 0 {
            return space + length;
        }
    }
    // Blanks: all of them at the end of the text, else all but the last (which joins the word).
    let blanks = run(rest, char::is_whitespace);
    let last = rest[..blanks].chars().next_back().map_or(0, char::len_utf8);
    if blanks == rest.len() || blanks == last { blanks } else { blanks - last }
}

fn sentinel(rest: &str) -> Option<usize> {
    let tail = rest.strip_prefix("<sentinel:")?;
    let digits = run(tail, |c| c.is_ascii_digit());
    (digits > 0 && tail[digits..].starts_with('>')).then_some("<sentinel:".len() + digits + 1)
}

fn image_name(rest: &str) -> Option<usize> {
    let tail = rest.strip_prefix("IMGIMG")?;
    let letters = run(tail, |c| ('A'..='I').contains(&c));
    ((1..=4).contains(&letters) && tail[letters..].starts_with('Z')).then_some("IMGIMG".len() + letters + 1)
}

/// Bytes of the longest prefix whose characters all satisfy `test`.
fn run(text: &str, test: impl Fn(char) -> bool) -> usize {
    text.find(|c| !test(c)).unwrap_or(text.len())
}

/// `\p{L}`: narrower than `char::is_alphabetic`, which also takes marks and letter numbers.
fn letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { c.general_category_group() == GeneralCategoryGroup::Letter }
}

fn punctuation(c: char) -> bool {
    c.is_ascii_punctuation() || (!c.is_ascii() && c.general_category_group() == GeneralCategoryGroup::Punctuation)
}

fn first(text: &str) -> char {
    text.chars().next().expect("callers pass a non-empty rest")
}
