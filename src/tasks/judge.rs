//! Truths, and what counts as a right answer.

use serde::{Deserialize, Serialize};

use super::operational::Maze;

/// What the judge needs to know about an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase")]
pub enum Truth {
    Region { region: String },
    Name { name: String },
    YesNo { yes: bool },
    Number { value: f64 },
    Colour { colour: String },
    Moves { maze: Maze },
    Fate { safe: bool },
}

/// Whether an answer is right.
pub fn judge(truth: &Truth, answer: &str) -> bool {
    let words = answer.trim();
    match truth {
        Truth::Region { region: word } | Truth::Name { name: word } => words == word,
        Truth::YesNo { yes } => words == if *yes { "yes" } else { "no" },
        Truth::Number { value } => words.parse() == Ok(*value),
        Truth::Colour { colour } => words == colour,
        Truth::Fate { safe } => words == if *safe { "safe" } else { "falls" },
        Truth::Moves { maze } => {
            words.split(", ").try_fold(maze.start, |at, word| maze.step(at, word)) == Some(maze.goal)
        }
    }
}
