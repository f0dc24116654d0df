//! The words of the tasks as a tokenizer.json.

use super::{Bank, Split, corpus};
use crate::tokens::learn::{MINI, learn, to_text};

/// The tokenizer.json of data/tokenizer-2.json, from the bank and the text of data/words.txt. data/tokenizer.json
/// is older, and smaller; models keep the tokenizer that they were trained with.
pub fn mini(bank: &Bank, words: &str) -> String {
    let lines = words.lines().filter(|line| !line.starts_with('#'));
    let names = bank.names().iter().map(String::as_str);
    let wanted: Vec<&str> = names.chain(lines.flat_map(str::split_whitespace)).collect();
    // Scenes are few words in many places: some hundred items of each kind hold all of them.
    let texts: Vec<String> =
        [Split::Train, Split::Test].into_iter().flat_map(|split| corpus(bank, split, 6000, 1)).collect();
    to_text(&learn(&MINI, &texts, &wanted))
}
