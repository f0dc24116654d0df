//! What may be asked, and how a question is written for the model.

use crate::error::{Error, Result};

/// The longest question, in characters.
pub const LONGEST: usize = 500;

/// The question as the model was taught to read it: on one line, with plain quotes, in small
/// letters (but for lone capitals such as the names of options). An empty or over-long question is
/// an error.
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
    Ok(words.into_iter().map(plain).collect::<Vec<String>>().join(" "))
}

fn plain(word: &str) -> String {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    let option = letters == 1 && !word.contains('I');
    let plain = |c: char| match c {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201C}' | '\u{201D}' => '"',
        '\u{2013}' | '\u{2014}' => '-',
        c => c,
    };
    let word: String = word.chars().map(plain).collect();
    if option { word } else { word.to_lowercase() }
}
