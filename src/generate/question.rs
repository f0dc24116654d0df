//! What may be asked, and how a question is written for the model.

use crate::error::{Error, Result};

/// The longest question, in characters.
pub const LONGEST: usize = 500;

/// The question as the model was taught to read it: on one line, with plain quotes, in small
/// letters (but for lone capitals such as the names of options). What is typed in capitals or in small letters
/// is the same question. An empty or over-long question is an error.
pub fn written(question: &str) -> Result<String> {
    let words: Vec<&str> =
        question.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    if words.is_empty() {
        return Err(Error::question(
            "The question is empty.",
            "Ask something about the picture, such as \"where is the fox?\".",
        ));
    }
    let length = question.trim().chars().count();
    if length > LONGEST {
        return Err(Error::question(
            format!("The question has {length} characters; at most {LONGEST} can be read."),
            "Ask a shorter question.",
        ));
    }
    let shouted = !question.chars().any(char::is_lowercase);
    let option = |at: usize| {
        is_letter(words[at]) && !words[at].contains('I') && (!(shouted || at == 0) || is_option(&words, at))
    };
    let plain = |(at, word): (usize, &&str)| plain(word, option(at));
    Ok(words.iter().enumerate().map(plain).collect::<Vec<String>>().join(" "))
}

/// One letter, with or without marks.
fn is_letter(word: &str) -> bool {
    word.chars().filter(|c| c.is_alphabetic()).count() == 1
}

/// Whether a lone letter among capitals names an option: it has a mark or stands beside another one. An "A"
/// before a word is an article.
fn is_option(words: &[&str], at: usize) -> bool {
    let marked = words[at].chars().count() > 1;
    let option = |word: &&&str| is_letter(word) || ["or", "and"].contains(&word.to_lowercase().as_str());
    let next = words.get(at + 1);
    let before = at.checked_sub(1).and_then(|before| words.get(before));
    marked
        || next.as_ref().is_some_and(option)
        || match words[at] {
            "A" => next.is_none(),
            _ => before.as_ref().is_some_and(option),
        }
}

fn plain(word: &str, option: bool) -> String {
    let plain = |c: char| match c {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201C}' | '\u{201D}' => '"',
        '\u{2013}' | '\u{2014}' => '-',
        c => c,
    };
    let word: String = word.chars().map(plain).collect();
    if option { word } else { word.to_lowercase() }
}
