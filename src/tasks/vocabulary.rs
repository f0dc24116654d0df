//! The words of the tasks as a tokenizer.json.

use super::{Bank, Split, corpus};
use crate::tokens::learn::{MINI, learn, to_text};

/// A tokenizer.json as data/tokenizer.json is one, from the bank and the text of data/words.txt. The committed
/// file is older than half of the wordings; models keep the tokenizer that they were trained with.
pub fn mini(bank: &Bank, words: &str) -> String {
    let lines = words.lines().filter(|line| !line.starts_with('#'));
    let wanted: Vec<&str> = lines.flat_map(str::split_whitespace).collect();
    // Scenes are few words in many places: some hundred items of each kind hold all of them.
    let texts: Vec<String> =
        [Split::Train, Split::Test].into_iter().flat_map(|split| corpus(bank, split, 6000, 1)).collect();
    to_text(&learn(&MINI, &texts, &wanted))
}
