//! What counts as a right answer.
//!
//! Numbers are compared by value, words by their accepted synonyms, a way through a maze by walking it.
//! An empty answer, a hedge and several conflicting answers are wrong; there is no partial credit. That it can't
//! tell is right only where nothing can be told.

use super::naming::{as_move, region_of, value_of};
use super::reading::{Piece, bare, claims, counted, declines, fractions, guesses, hedges, ordinal, pieces};
use super::truth::Truth;

/// Whether an answer is right.
pub fn judge(truth: &Truth, answer: &str) -> bool {
    let found = pieces(answer);
    if *truth == Truth::Unknown {
        return declines(&found) && !guesses(&found) && !has_number(&found);
    }
    if !found.iter().any(|piece| *piece != Piece::Stop) || hedges(&found) || declines(&found) {
        return false;
    }
    let (claimed, denied) = claims(&found);
    match truth {
        Truth::Number { value } => number(&found, *value),
        Truth::Fraction { part, whole } => number(&fractions(&found), f64::from(*part) / f64::from(*whole)),
        Truth::Place { place } => places(&found) == Some(*place),
        Truth::Angle { angle } => angle_of(&found, &claimed) == Some(angle.as_str()),
        Truth::Region { region } => region_of(&claimed).is_ok_and(|said| said == region),
        Truth::Colour { colour } => {
            let mut named = claimed.iter().filter_map(|word| as_colour(word)).peekable();
            named.peek().is_some() && named.all(|name| name == colour)
        }
        Truth::YesNo { yes } => says_yes(&found, &claimed) == Some(*yes),
        Truth::Fate { safe } => fate(&claimed, &denied) == Some(*safe),
        Truth::Moves { maze } => {
            let walked = moves(&found).map(|way| way.iter().try_fold(maze.start, |at, word| maze.step(at, word)));
            walked == Some(Some(maze.goal))
        }
        Truth::Name { name } => {
            let said = thing(&claimed);
            !said.is_empty() && said == thing(&[&name.to_lowercase()]) && !has_number(&found)
        }
        Truth::List { items, ordered } => list(answer, items, *ordered),
        Truth::Choice { letter, text } => choice(answer, *letter, text),
        Truth::Text { answer: right } => content(&found) == content(&pieces(right)),
        Truth::Unknown => unreachable!("judged above"),
    }
}

fn has_number(found: &[Piece]) -> bool {
    found.iter().any(|piece| matches!(piece, Piece::Number(_)))
}

fn equal(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * a.abs().max(b.abs()).max(1.0)
}

/// Every number that the answer claims must be the right one. Numbers that name a thing ("bar 3") don't count;
/// a number with a unit of measure is another quantity.
fn number(found: &[Piece], right: f64) -> bool {
    const LABELS: [&str; 6] = ["bar", "row", "column", "step", "corner", "line"];
    const UNITS: [&str; 14] =
        ["cm", "mm", "m", "km", "kg", "g", "s", "h", "min", "hours", "minutes", "seconds", "dollars", "degrees"];
    let word = |i: Option<usize>| match i.and_then(|i| found.get(i)) {
        Some(Piece::Word(word)) => word.as_str(),
        _ => "",
    };
    let mut values = Vec::new();
    for (i, piece) in found.iter().enumerate() {
        match piece {
            Piece::Number(_) if LABELS.contains(&word(i.checked_sub(1))) => {}
            Piece::Number(_) if UNITS.contains(&word(Some(i + 1))) || word(i.checked_sub(1)) == "not" => return false,
            Piece::Number(n) if n.ordinal => return false,
            // 50% is 0.5; it also counts where the truth is the bare 50.
            Piece::Number(n) => values.push(n.percent && equal(n.value, right) || equal(value_of(*n), right)),
            _ => {}
        }
    }
    if values.is_empty() {
        // Only without digits are words numbers: "the red one is 3".
        for piece in found {
            if let Piece::Word(word) = piece {
                let value = if word == "none" { Some(0.0) } else { counted(word) };
                values.extend(value.map(|value| equal(value, right)));
            }
        }
    }
    !values.is_empty() && values.iter().all(|right| *right)
}

fn as_colour(word: &str) -> Option<&'static str> {
    Some(match word {
        "red" | "crimson" | "scarlet" => "red",
        "orange" | "amber" => "orange",
        "yellow" | "gold" | "golden" => "yellow",
        "green" | "lime" => "green",
        "blue" | "navy" | "azure" => "blue",
        "purple" | "violet" => "purple",
        // Other colours are claims too, and conflict with every right one.
        "pink" | "magenta" | "brown" | "black" | "white" | "grey" | "gray" | "cyan" | "turquoise" | "teal" => "other",
        _ => return None,
    })
}

/// Yes, no, or neither.
fn says_yes(found: &[Piece], claimed: &[&str]) -> Option<bool> {
    let has = |list: &[&str]| found.iter().any(|p| matches!(p, Piece::Word(w) if list.contains(&w.as_str())));
    let no = has(&["no", "not", "nope", "false", "none", "never", "nothing", "incorrect"]);
    let yes = has(&["yes", "yeah", "yep", "true", "correct"]);
    match (yes, no) {
        (true, true) => None,
        (true, false) => Some(true),
        (false, true) => Some(false),
        (false, false) => {
            let pair = |a: &str, b: &str| claimed.windows(2).any(|w| w == [a, b]);
            (pair("there", "is") || pair("i", "see") || pair("it", "is")).then_some(true)
        }
    }
}

/// The one place in a row that an answer names: "2nd", "second", "point 2", "2".
fn places(found: &[Piece]) -> Option<u32> {
    const AROUND: [&str; 13] =
        ["the", "it", "is", "at", "point", "number", "one", "on", "line", "from", "left", "its", "in"];
    let mut place = None;
    for piece in found {
        let said = match piece {
            // "The first one": there "one" is no number.
            Piece::Word(word) if place.is_some() && word == "one" => continue,
            Piece::Word(word) => match ordinal(word).or_else(|| counted(word)) {
                Some(said) => said,
                None if AROUND.contains(&word.as_str()) => continue,
                None => return None,
            },
            Piece::Number(n) if !n.percent && n.value.fract() == 0.0 && (0.0..100.0).contains(&n.value) => n.value,
            Piece::Number(_) => return None,
            Piece::Stop => continue,
        };
        if place.replace(said as u32).is_some_and(|before| before != said as u32) {
            return None;
        }
    }
    place
}

/// The one sort of angle that an answer claims; 90 degrees is a right angle.
fn angle_of(found: &[Piece], claimed: &[&str]) -> Option<&'static str> {
    let sort = |word: &&str| ["acute", "right", "obtuse"].into_iter().find(|sort| sort == word);
    let ninety = found.iter().filter_map(|piece| match piece {
        Piece::Number(number) => Some(if number.value == 90.0 { "right" } else { "another" }),
        _ => None,
    });
    let mut said = claimed.iter().filter_map(sort).chain(ninety);
    let first = said.next()?;
    said.all(|other| other == first).then_some(first)
}

/// Safe, falls, or neither.
fn fate(claimed: &[&str], denied: &[&str]) -> Option<bool> {
    const SAFE: [&str; 3] = ["safe", "safely", "survives"];
    const FALLS: [&str; 8] = ["falls", "fall", "fell", "falling", "unsafe", "sinks", "drowns", "hole"];
    let any = |words: &[&str], list: &[&str]| words.iter().any(|word| list.contains(word));
    let safe = any(claimed, &SAFE) || any(denied, &FALLS);
    let falls = any(claimed, &FALLS) || any(denied, &SAFE);
    (safe != falls).then_some(safe)
}

/// The moves in order; `None` if there are other words than moves and joining words, or a denial.
fn moves(found: &[Piece]) -> Option<Vec<&'static str>> {
    const JOINING: [&str; 29] = [
        "go", "goes", "then", "and", "move", "moves", "now", "next", "first", "finally", "to", "the", "goal", "step",
        "steps", "start", "from", "way", "is", "are", "path", "again", "walk", "last", "take", "turn", "you", "i",
        "by",
    ];
    let mut way: Vec<&'static str> = Vec::new();
    let mut times = 1;
    for (i, piece) in found.iter().enumerate() {
        let last = way.last().copied();
        match piece {
            // "2 right", "right 2", "right x2"
            Piece::Number(n) if n.value >= 1.0 && n.value <= 20.0 && n.value.fract() == 0.0 && !n.ordinal => {
                let before = matches!(found.get(i + 1), Some(Piece::Word(w)) if as_move(w).is_some());
                match last {
                    Some(word) if !before => way.extend(vec![word; n.value as usize - 1]),
                    _ => times = n.value as usize,
                }
            }
            Piece::Number(_) => return None,
            Piece::Stop => {}
            Piece::Word(word) => match (word.as_str(), as_move(word)) {
                (_, Some(word)) => way.extend(vec![word; std::mem::replace(&mut times, 1)]),
                ("twice", _) => way.extend(last),
                ("x" | "times", _) => {}
                (word, _) if JOINING.contains(&word) => {}
                _ => return None,
            },
        }
    }
    (!way.is_empty()).then_some(way)
}

/// The words that name a thing: without fillers, sizes, colours and places, in their usual form.
fn thing(claimed: &[&str]) -> Vec<String> {
    const FILLERS: [&str; 34] = [
        "a", "an", "the", "it", "its", "is", "there", "i", "see", "this", "that", "of", "in", "at", "on", "picture",
        "image", "shows", "looks", "like", "here", "s", "one", "thing", "small", "big", "large", "little", "to", "be",
        "with", "pointing", "drawn", "sticker",
    ];
    let place = |word: &str| region_of(&[word]).is_ok();
    let joined = claimed
        .iter()
        .filter(|word| !FILLERS.contains(word) && as_colour(word).is_none_or(|_| **word == "orange") && !place(word))
        .copied()
        .collect::<Vec<_>>()
        .join(" ");
    let usual = match joined.as_str() {
        "bike" => "bicycle",
        "football" | "soccer ball" | "soccerball" => "ball",
        "alarm clock" => "clock",
        "home" => "house",
        "toadstool" => "mushroom",
        "automobile" => "car",
        "panda bear" => "panda",
        "pizza slice" | "slice pizza" => "pizza",
        "electric guitar" => "guitar",
        "spaceship" | "rocketship" | "rocket ship" => "rocket",
        other => other,
    };
    usual.split(' ').filter(|word| !word.is_empty()).map(String::from).collect()
}

/// What an answer says, for comparing words: no articles, numbers by value.
fn content(found: &[Piece]) -> Vec<String> {
    let said = |piece: &Piece| match piece {
        Piece::Word(word) if ["a", "an", "the"].contains(&word.as_str()) => None,
        Piece::Word(word) => {
            Some(counted(word).or_else(|| ordinal(word)).map_or_else(|| word.clone(), |value| value.to_string()))
        }
        Piece::Number(number) => Some(value_of(*number).to_string()),
        Piece::Stop => None,
    };
    found.iter().filter_map(said).collect()
}

fn list(answer: &str, items: &[String], ordered: bool) -> bool {
    let said = |item: &str| content(&pieces(item)).join(" ");
    let plain = bare(answer).trim_end_matches('.').replace(" and ", ",").replace(" then ", ",");
    let mut given: Vec<String> = plain.split([',', ';', '\n']).map(said).filter(|item| !item.is_empty()).collect();
    let mut right: Vec<String> = items.iter().map(|item| said(item)).collect();
    if !ordered {
        given.sort_unstable();
        right.sort_unstable();
    }
    given == right
}

/// A letter, an ordinal or the text of the right option; a letter and a text must agree.
fn choice(answer: &str, letter: char, text: &str) -> bool {
    let right = letter.to_ascii_lowercase();
    let found = pieces(answer);
    let mut labels = Vec::new();
    let mut rest = Vec::new();
    let names: Vec<&Piece> = found.iter().filter(|piece| **piece != Piece::Stop).collect();
    for (i, piece) in names.iter().enumerate() {
        let nth = |value: f64| char::from_u32('a' as u32 + (value as u32).clamp(1, 26) - 1).unwrap_or('?');
        // A small letter followed by a word is a word ("a fox"), unless a mark stands between them ("a) fox").
        let marked =
            i == 0 && answer.trim_start_matches(['(', '[', ' ']).chars().nth(1).is_some_and(|c| ").]:,".contains(c));
        match piece {
            Piece::Word(w) if w.len() == 1 && (marked || i + 1 == names.len()) => labels.extend(w.chars()),
            Piece::Word(w) if ordinal(w).is_some() => labels.extend(ordinal(w).map(nth)),
            Piece::Number(n) if text.is_empty() || n.ordinal => labels.push(nth(n.value)),
            Piece::Word(w)
                if ["the", "option", "piece", "a", "an", "is", "one", "it", "letter"].contains(&w.as_str()) => {}
            Piece::Word(w) => rest.push(w.clone()),
            Piece::Number(n) => rest.push(n.value.to_string()),
            Piece::Stop => {}
        }
    }
    let said = rest.join(" ");
    let agrees = said.is_empty() || said == content(&pieces(text)).join(" ");
    labels.iter().all(|label| *label == right) && agrees && !(labels.is_empty() && said.is_empty())
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
#[cfg(test)]
#[path = "truth_tests.rs"]
mod truth_tests;
