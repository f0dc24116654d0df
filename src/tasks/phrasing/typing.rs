//! Questions as people type them: short forms, missing marks, slips of the finger.
//! Case and curly quotes need nothing here: `generate::question::written` puts every question into one form.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::super::TaskType;
use super::super::style::COLOURS;
use super::frames::Form;

/// Short forms of two words, with what they stand for and how often they are taken.
const SHORT_FORMS: [(&str, &str); 14] = [
    ("what is ", "what's "),
    ("where is the ", "where's the "),
    ("how is ", "how's "),
    ("there is ", "there's "),
    ("is not ", "isn't "),
    ("are not ", "aren't "),
    ("do not ", "don't "),
    ("i would ", "i'd "),
    ("i am ", "i'm "),
    ("i have ", "i've "),
    ("here is ", "here's "),
    ("let us ", "let's "),
    ("can not ", "can't "),
    ("that is ", "that's "),
];

/// Words that are often cut short.
const CLIPPED: [(&str, &[&str]); 4] =
    [("please", &["pls", "plz"]), ("thanks", &["thx", "ty"]), ("you", &["u"]), ("okay", &["k"])];

/// The rows of a keyboard.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// The words of all wordings themselves: a slip in one of them can't change what is asked for.
static PLAIN_WORDS: LazyLock<BTreeSet<&'static str>> = LazyLock::new(|| {
    let wordings = TaskType::ALL.into_iter().flat_map(|task_type| {
        let phrases = super::of(task_type);
        let forms = [phrases.questions, phrases.clauses, phrases.commands, phrases.shorts];
        forms.into_iter().flatten().copied().chain([phrases.picture])
    });
    let forms = [Form::Question, Form::Clause, Form::Command, Form::Short].into_iter();
    let frames = forms.flat_map(Form::frames).flat_map(|(head, tail)| [*head, *tail]);
    let literal = |text: &'static str| {
        // What stands between gaps.
        text.split('{')
            .enumerate()
            .map(|(i, part)| if i == 0 { part } else { part.split_once('}').map_or("", |p| p.1) })
    };
    let word = |text: &'static str| text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    wordings.chain(frames).flat_map(literal).flat_map(word).collect()
});

/// Whether a word is one of the wordings themselves, or names a colour.
pub fn says(word: &str) -> bool {
    PLAIN_WORDS.contains(word) || COLOURS.iter().any(|(colour, _)| *colour == word)
}

/// A question as somebody in a hurry types it: some of its words cut short, some marks missing, in some one or
/// two slips of the finger. Names, colours and numbers are spared but for a few light slips.
pub fn typed(question: &str, rng: &mut ChaCha8Rng) -> String {
    let mut text = shortened(question, rng);
    let slips = match rng.random_range(0..100) {
        0..4 => 2,
        4..18 => 1,
        _ => 0,
    };
    for _ in 0..slips {
        text = slipped(&text, rng);
    }
    marked(&text, rng)
}

/// With short forms ("what's", "whats", "pls").
fn shortened(question: &str, rng: &mut ChaCha8Rng) -> String {
    let mut text = question.to_string();
    for (long, short) in SHORT_FORMS {
        if let Some(at) = find_word(&text, long)
            && rng.random_bool(0.25)
        {
            text.replace_range(at..at + long.len(), short);
        }
    }
    if text.contains('\'') && rng.random_bool(0.5) {
        text = text.replace('\'', "");
    }
    for (long, shorts) in CLIPPED {
        if let Some(at) = find_word(&text, long)
            && rng.random_bool(if long == "you" { 0.06 } else { 0.35 })
        {
            text.replace_range(at..at + long.len(), shorts.choose(rng).expect("not empty"));
        }
    }
    text
}

/// Where words stand in a text that begin at a word's start and end at a word's end.
fn find_word(text: &str, words: &str) -> Option<usize> {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
    text.match_indices(words).map(|(at, _)| at).find(|at| {
        let (before, after) = (text[..*at].chars().next_back(), text[at + words.len()..].chars().next());
        !letter(before) && (words.ends_with(' ') || !letter(after))
    })
}

/// Other marks at the end, or none; commas left out.
fn marked(question: &str, rng: &mut ChaCha8Rng) -> String {
    let text = if rng.random_bool(0.12) { question.replace(", ", " ") } else { question.to_string() };
    let bare = text.trim_end_matches(['?', '.', '!']);
    let end = match (text.chars().next_back(), rng.random_range(0..100)) {
        (Some('?'), 0..32) | (Some('.'), 0..45) => "",
        (Some('?'), 32..36) => "??",
        (Some('?'), 36..39) => " ?",
        (Some('?'), 39..41) => "?!",
        (Some('?'), 41..43) => ".",
        (Some('?' | '.'), 45..48) => "!",
        (Some('?' | '.'), 48..50) => "...",
        (Some('.'), 50..53) => "?",
        _ => return text,
    };
    format!("{bare}{end}")
}

/// One slip in a word of at least four letters; nothing where the chosen word can't bear one.
fn slipped(question: &str, rng: &mut ChaCha8Rng) -> String {
    let mut words: Vec<(usize, &str)> = Vec::new();
    let mut at = 0;
    for part in question.split_inclusive(|c: char| !c.is_ascii_lowercase()) {
        let word = part.trim_end_matches(|c: char| !c.is_ascii_lowercase());
        let spared = !PLAIN_WORDS.contains(word) && (word.len() < 6 || rng.random_bool(0.8));
        if word.len() >= 4 && !spared {
            words.push((at, word));
        }
        at += part.len();
    }
    let Some((at, word)) = words.choose(rng).copied() else { return question.to_string() };
    let content = !PLAIN_WORDS.contains(word);
    let wrong = slip(word, content, rng);
    // No slip makes another word.
    if wrong == word || says(&wrong) {
        return question.to_string();
    }
    format!("{}{wrong}{}", &question[..at], &question[at + word.len()..])
}

/// A word with two letters swapped, one doubled, one dropped or one of a neighbouring key. The first letter
/// stays, and in a light slip both ends and every key.
fn slip(word: &str, light: bool, rng: &mut ChaCha8Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let last = letters.len() - 1;
    match rng.random_range(0..if light { 2 } else { 4 }) {
        0 => {
            let i = rng.random_range(1..last);
            letters.swap(i, if light && i + 1 == last { i - 1 } else { i + 1 });
        }
        1 => {
            let i = rng.random_range(1..last);
            letters.insert(i, letters[i]);
        }
        2 => {
            letters.remove(rng.random_range(1..=last));
        }
        _ => {
            let i = rng.random_range(1..=last);
            letters[i] = neighbour(letters[i], rng);
        }
    }
    letters.into_iter().collect()
}

/// The key to the left or right of a letter's.
fn neighbour(letter: char, rng: &mut ChaCha8Rng) -> char {
    let Some((row, at)) = KEYS.iter().find_map(|row| Some((*row, row.find(letter)?))) else { return letter };
    let right = at + 1 < row.len() && (at == 0 || rng.random_bool(0.5));
    row.as_bytes()[if right { at + 1 } else { at.saturating_sub(1) }] as char
}
