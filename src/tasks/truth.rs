//! Truths: what the judge needs to know about an item.

use serde::{Deserialize, Serialize};

use super::maze::Maze;
use super::naming::{as_move, region_of, value_of};
use super::reading::{Piece, bare, claims, counted, declines, pieces};
use super::style::COLOURS;

/// What the judge needs to know about an item.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "lowercase")]
pub enum Truth {
    /// One of the nine regions of a picture.
    Region {
        region: String,
    },
    /// A thing.
    Name {
        name: String,
    },
    YesNo {
        yes: bool,
    },
    /// A number; fractions and percents count by their value.
    Number {
        value: f64,
    },
    /// A part of a whole, by its value: 2 of 4 is also 1/2 and 50%.
    Fraction {
        part: u32,
        whole: u32,
    },
    /// A place in a row, counted from 1.
    Place {
        place: u32,
    },
    /// Acute, right or obtuse.
    Angle {
        angle: String,
    },
    Colour {
        colour: String,
    },
    /// Any valid way from the start to the goal.
    Moves {
        maze: Maze,
    },
    /// Safe, or falls.
    Fate {
        safe: bool,
    },
    /// Several items, in this order where `ordered`.
    List {
        items: Vec<String>,
        ordered: bool,
    },
    /// One of several options: its letter, its place, or its text.
    Choice {
        letter: char,
        text: String,
    },
    /// Words that fit no other rule.
    Text {
        answer: String,
    },
    /// Nothing that the picture tells: to say so is right.
    Unknown,
}

impl Truth {
    /// The rule that fits an answer of which nothing else is known.
    pub fn from_answer(answer: &str) -> Truth {
        let plain = bare(answer);
        let found = pieces(&plain);
        let words: Vec<&str> = claims(&found).0;
        let moves: Option<Vec<&str>> = words.iter().map(|w| as_move(w)).collect();
        let name = plain.trim_end_matches(['.', '!', '?']).to_string();
        match (&found[..], name.as_str()) {
            _ if declines(&found) => Truth::Unknown,
            ([Piece::Number(number)], _) if !number.ordinal => Truth::Number { value: value_of(*number) },
            ([Piece::Number(number)], _) if number.value >= 1.0 && number.value < 100.0 => {
                Truth::Place { place: number.value as u32 }
            }
            ([Piece::Word(word)], _) if counted(word).is_some() => {
                Truth::Number { value: counted(word).unwrap_or_default() }
            }
            (_, "yes" | "true") => Truth::YesNo { yes: true },
            (_, "no" | "false") => Truth::YesNo { yes: false },
            (_, "safe") => Truth::Fate { safe: true },
            (_, "falls" | "fall" | "not safe" | "unsafe") => Truth::Fate { safe: false },
            (_, "acute" | "obtuse") => Truth::Angle { angle: name },
            (_, text) if COLOURS.iter().any(|(colour, _)| *colour == text) => Truth::Colour { colour: name },
            _ if !plain.contains(',')
                && words.iter().all(|word| region_of(&[word]).is_ok())
                && region_of(&words).is_ok() =>
            {
                Truth::Region { region: region_of(&words).unwrap_or_default().to_string() }
            }
            _ if plain.contains(',') => {
                let items = plain.split(',').map(|item| item.trim().to_string()).collect();
                Truth::List { items, ordered: moves.is_some() }
            }
            ([Piece::Word(letter)], _) if letter.len() == 1 && letter != "i" => {
                Truth::Choice { letter: letter.chars().next().unwrap_or('a'), text: String::new() }
            }
            ([Piece::Word(_)], _) => Truth::Name { name },
            _ => Truth::Text { answer: name },
        }
    }
}
