//! Who draws. How each does it is in `hands`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Who draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Hand {
    Plain,
    Plot,
    Textbook,
    Slide,
    Marker,
    Pencil,
    Chalk,
    Whiteboard,
    Pixel,
    Dark,
    Blueprint,
    Crayon,
    Mixed,
}

/// In the order of the variants.
const NAMES: [(Hand, &str); 13] = [
    (Hand::Plain, "plain"),
    (Hand::Plot, "plot"),
    (Hand::Textbook, "textbook"),
    (Hand::Slide, "slide"),
    (Hand::Marker, "marker"),
    (Hand::Pencil, "pencil"),
    (Hand::Chalk, "chalk"),
    (Hand::Whiteboard, "whiteboard"),
    (Hand::Pixel, "pixel"),
    (Hand::Dark, "dark"),
    (Hand::Blueprint, "blueprint"),
    (Hand::Crayon, "crayon"),
    (Hand::Mixed, "mixed"),
];

impl Hand {
    /// Every hand.
    pub fn all() -> impl Iterator<Item = Hand> {
        NAMES.iter().map(|(hand, _)| *hand)
    }
}

impl fmt::Display for Hand {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(NAMES[*self as usize].1)
    }
}

impl FromStr for Hand {
    type Err = Error;

    fn from_str(text: &str) -> Result<Hand> {
        Hand::all().find(|hand| hand.to_string() == text).ok_or_else(|| {
            let names: Vec<String> = Hand::all().map(|hand| hand.to_string()).collect();
            Error::config(format!("There is no hand \"{text}\"."), format!("Use one of {}.", names.join(", ")))
        })
    }
}
