//! What single words of an answer name: a value, a region, a move.

use super::maze::MOVES;
use super::reading::Number;
use super::region::REGIONS;

pub(super) fn value_of(number: Number) -> f64 {
    if number.percent { number.value / 100.0 } else { number.value }
}

/// The one region that some words name; an error if there is none or they conflict.
pub(super) fn region_of(words: &[&str]) -> Result<&'static str, ()> {
    let (mut row, mut column, mut middle) = (None, None, false);
    let put = |slot: &mut Option<usize>, to: usize| match slot.replace(to) {
        Some(before) if before != to => Err(()),
        _ => Ok(()),
    };
    for word in words {
        match *word {
            "top" | "upper" | "up" | "above" | "uppermost" | "north" => put(&mut row, 0)?,
            "bottom" | "lower" | "down" | "below" | "lowest" | "south" => put(&mut row, 2)?,
            "left" | "west" | "leftmost" => put(&mut column, 0)?,
            "right" | "east" | "rightmost" => put(&mut column, 2)?,
            "middle" | "center" | "centre" | "central" | "mid" => middle = true,
            _ => {}
        }
    }
    match (row, column) {
        (None, None) if !middle => Err(()),
        // "the middle of the top left" could be anything.
        (Some(_), Some(_)) if middle => Err(()),
        _ => Ok(REGIONS[row.unwrap_or(1) * 3 + column.unwrap_or(1)]),
    }
}

pub(super) fn as_move(word: &str) -> Option<&'static str> {
    let plain = match word {
        "north" | "u" | "upward" | "upwards" => "up",
        "south" | "d" | "downward" | "downwards" => "down",
        "west" | "l" => "left",
        "east" | "r" => "right",
        other => other,
    };
    MOVES.iter().find(|(name, _)| *name == plain).map(|(name, _)| *name)
}
