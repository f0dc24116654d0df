//! The types of questions and their families, and what items of them are drawn from.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::hand::Hand;
use crate::error::{Error, Result};

/// The four families of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Family {
    Natural,
    Structured,
    Diagram,
    Operational,
}

/// A type of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum TaskType {
    /// Where a thing is.
    N1,
    /// What is in a region.
    N2,
    /// Whether a thing is there.
    N3,
    /// Whether a thing is left or right of, above or below another.
    N4,
    /// The value of a bar.
    S1,
    /// The tallest, shortest or second tallest bar.
    S2,
    /// How much taller one bar is than another.
    S3,
    /// The highest or lowest point of a line.
    S4,
    /// The largest or smallest slice of a pie, or whether one is more than half.
    S5,
    /// Counting shapes.
    D1,
    /// The sides of a polygon.
    D2,
    /// The sort of an angle.
    D3,
    /// Whether two nodes are connected.
    D4,
    /// The fraction that is shaded.
    D5,
    /// The way through a maze.
    V1,
    /// Moves over a frozen lake.
    V2,
    /// The piece that fits a hole.
    V3,
    /// Where a box is after it was pushed.
    V4,
    /// How many discs are left.
    V5,
}

/// One line a task type, in the order of the variants: its name and its family.
const TYPES: [(TaskType, &str, Family); 19] = [
    (TaskType::N1, "N1", Family::Natural),
    (TaskType::N2, "N2", Family::Natural),
    (TaskType::N3, "N3", Family::Natural),
    (TaskType::N4, "N4", Family::Natural),
    (TaskType::S1, "S1", Family::Structured),
    (TaskType::S2, "S2", Family::Structured),
    (TaskType::S3, "S3", Family::Structured),
    (TaskType::S4, "S4", Family::Structured),
    (TaskType::S5, "S5", Family::Structured),
    (TaskType::D1, "D1", Family::Diagram),
    (TaskType::D2, "D2", Family::Diagram),
    (TaskType::D3, "D3", Family::Diagram),
    (TaskType::D4, "D4", Family::Diagram),
    (TaskType::D5, "D5", Family::Diagram),
    (TaskType::V1, "V1", Family::Operational),
    (TaskType::V2, "V2", Family::Operational),
    (TaskType::V3, "V3", Family::Operational),
    (TaskType::V4, "V4", Family::Operational),
    (TaskType::V5, "V5", Family::Operational),
];

impl TaskType {
    /// Every task type, family by family.
    pub const ALL: [TaskType; TYPES.len()] = {
        let mut all = [TaskType::N1; TYPES.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = TYPES[i].0;
            i += 1;
        }
        all
    };

    /// Those of the names that the program knows; all if there is none.
    pub fn named(names: &[String]) -> Vec<TaskType> {
        if names.is_empty() { Self::ALL.to_vec() } else { names.iter().filter_map(|name| name.parse().ok()).collect() }
    }

    /// The family that the task type belongs to.
    pub fn family(self) -> Family {
        TYPES[self as usize].2
    }
}

impl fmt::Display for TaskType {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(TYPES[*self as usize].1)
    }
}

impl FromStr for TaskType {
    type Err = Error;

    fn from_str(text: &str) -> Result<TaskType> {
        TaskType::ALL.into_iter().find(|task_type| task_type.to_string().eq_ignore_ascii_case(text.trim())).ok_or_else(
            || {
                let names: Vec<String> = TaskType::ALL.iter().map(TaskType::to_string).collect();
                Error::config(
                    format!("There is no question type \"{text}\"."),
                    format!("Use one of {}.", names.join(", ")),
                )
            },
        )
    }
}

/// What an item may be made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Training scenes, stickers and phrasings.
    Train,
    /// Held-out scenes and held-out phrasings.
    Test,
    /// As `Test`, by hands, a camera, fonts and stickers that training never shows.
    UnseenHand,
}

/// What items are drawn from and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    pub split: Split,
    /// 1 (easy) to 3 (hard); by chance if not given: 40% easy, 35% middle, 25% hard.
    pub difficulty: Option<u8>,
    /// By one hand alone, and without a camera: for first steps, and for models that have practised no more.
    pub hand: Option<Hand>,
}

impl From<Split> for Setting {
    fn from(split: Split) -> Setting {
        Setting { split, difficulty: None, hand: None }
    }
}
