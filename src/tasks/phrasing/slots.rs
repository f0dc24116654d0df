//! Other words for what a scene says of itself: synonyms, and the ways in which people list things.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Words that may stand for a slot's last word, each as often as it is listed.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("tallest", &["tallest", "tallest", "highest", "biggest", "largest", "longest"]),
    ("shortest", &["shortest", "shortest", "smallest", "lowest"]),
    ("largest", &["largest", "largest", "biggest", "greatest"]),
    ("smallest", &["smallest", "smallest", "littlest", "tiniest"]),
    ("left of", &["left of", "left of", "to the left of", "on the left of", "on the left side of"]),
    ("right of", &["right of", "right of", "to the right of", "on the right of", "on the right side of"]),
    ("above", &["above", "above", "over", "higher than", "higher up than"]),
    ("below", &["below", "below", "under", "underneath", "lower than"]),
    ("circles", &["circles", "circles", "circles", "discs", "dots", "round shapes"]),
    ("crosses", &["crosses", "crosses", "crosses", "plus signs"]),
    ("shapes", &["shapes", "shapes", "figures", "things", "objects", "ones"]),
    ("purple", &["purple", "purple", "purple", "purple", "purple", "purple", "purple", "violet"]),
    ("at the top", &["at the top", "at the top", "in the top middle", "at the top edge", "at the top in the middle"]),
    (
        "at the bottom",
        &[
            "at the bottom",
            "at the bottom",
            "in the bottom middle",
            "at the bottom edge",
            "at the bottom in the middle",
        ],
    ),
    ("on the left", &["on the left", "on the left", "on the left side", "at the left", "at the left edge"]),
    ("on the right", &["on the right", "on the right", "on the right side", "at the right", "at the right edge"]),
    ("in the middle", &["in the middle", "in the middle", "in the centre", "at the centre", "right in the middle"]),
];

/// Words for the nouns that go with the outermost: "which bar has the {extreme}?".
const EXTREMES: &[(&str, &[&str])] = &[
    ("second tallest", &["second highest value", "second largest value", "second biggest value"]),
    ("second shortest", &["second lowest value", "second smallest value"]),
    ("tallest", &["highest value", "largest value", "biggest value", "greatest height", "most"]),
    ("shortest", &["lowest value", "smallest value", "least", "smallest height"]),
    ("highest", &["maximum", "peak", "highest value", "highest spot"]),
    ("lowest", &["minimum", "lowest value", "lowest spot"]),
    ("largest", &["largest share", "biggest share", "biggest part", "most"]),
    ("smallest", &["smallest share", "least", "smallest part"]),
];

/// A scene's slots in words by chance, and the slots that follow from them.
pub fn varied(slots: &[(&'static str, String)], rng: &mut ChaCha8Rng) -> Vec<(&'static str, String)> {
    let mut varied = Vec::with_capacity(slots.len() + 3);
    for (gap, words) in slots {
        let other = match *gap {
            "moves" => moves(words, rng),
            "pushes" => pushes(words, rng),
            "letters" => letters(words, rng),
            "name" | "a_name" => words.clone(),
            "where" => corner(words, rng),
            _ => synonym(words, rng),
        };
        varied.push((*gap, other));
        if *gap == "which"
            && let Some((_, nouns)) = EXTREMES.iter().find(|(known, _)| known == words)
        {
            varied.push(("extreme", chosen(nouns, rng)));
        }
    }
    let known = |gap: &str| slots.iter().find(|(known, _)| *known == gap).map(|(_, words)| words);
    if let (Some(name), None) = (known("name"), known("a_name")) {
        varied.push(("a_name", with_article(name)));
    }
    if let (Some(_), Some(other)) = (known("name"), known("other")) {
        varied.push(("other_a", with_article(other)));
    }
    varied
}

/// "a fox", "an apple".
pub fn with_article(name: &str) -> String {
    let vowel = name.starts_with(['a', 'e', 'i', 'o', 'u']) && !name.starts_with("uni");
    format!("{} {name}", if vowel { "an" } else { "a" })
}

fn chosen(options: &[&str], rng: &mut ChaCha8Rng) -> String {
    options.choose(rng).expect("not empty").to_string()
}

/// The words with another word for their end, where there is one.
fn synonym(words: &str, rng: &mut ChaCha8Rng) -> String {
    let end = |known: &str| words.strip_suffix(known).filter(|rest| rest.is_empty() || rest.ends_with(' '));
    match SYNONYMS.iter().find_map(|(known, others)| Some((end(known)?, *others))) {
        Some((rest, others)) => format!("{rest}{}", chosen(others, rng)),
        None => words.to_string(),
    }
}

/// "in the top left" also as "in the upper left corner", and other regions by their synonyms.
fn corner(words: &str, rng: &mut ChaCha8Rng) -> String {
    let parts: Vec<&str> = words.split(' ').collect();
    let ["in", "the", row @ ("top" | "bottom"), side @ ("left" | "right")] = parts[..] else {
        return synonym(words, rng);
    };
    let other = if row == "top" { "upper" } else { "lower" };
    match rng.random_range(0..8) {
        0 => format!("in the {row} {side} corner"),
        1 => format!("at the {row} {side}"),
        2 => format!("in the {other} {side}"),
        3 => format!("in the {other} {side} corner"),
        4 => format!("{row} {side}"),
        _ => words.to_string(),
    }
}

/// "a, b, c" with other joining words; the first part of `joins` stands between two, the second before the last.
fn joined(parts: &[String], joins: &[(&str, &str)], rng: &mut ChaCha8Rng) -> String {
    let (between, last) = joins.choose(rng).expect("not empty");
    match parts {
        [] => String::new(),
        [end] => end.clone(),
        [most @ .., end] => format!("{}{last}{end}", most.join(between)),
    }
}

/// "right, right, down" also as "right then right then down".
fn moves(words: &str, rng: &mut ChaCha8Rng) -> String {
    const JOINS: [(&str, &str); 8] = [
        (", ", ", "),
        (", ", ", "),
        (", ", ", "),
        (" ", " "),
        (", ", " and "),
        (", ", " and then "),
        (", ", ", then "),
        (" then ", " then "),
    ];
    let parts: Vec<String> = words.split(", ").map(String::from).collect();
    joined(&parts, &JOINS, rng)
}

/// "up twice and left once" also as "two times up, then one time left" or "up, up, left".
fn pushes(words: &str, rng: &mut ChaCha8Rng) -> String {
    const JOINS: [(&str, &str); 5] =
        [(", ", " and "), (", ", " and "), (", ", ", "), (", ", ", then "), (", ", " and then ")];
    let plain = words.replace(" and ", ", ");
    let parts: Option<Vec<(&str, usize)>> = plain
        .split(", ")
        .map(|part| match part.split_once(' ') {
            Some((way, "once")) => Some((way, 1)),
            Some((way, "twice")) => Some((way, 2)),
            _ => None,
        })
        .collect();
    let Some(parts) = parts else { return words.to_string() };
    let style = rng.random_range(0..10);
    if style == 9 {
        let each: Vec<&str> = parts.iter().flat_map(|(way, times)| std::iter::repeat_n(*way, *times)).collect();
        return moves(&each.join(", "), rng);
    }
    let said = |(way, times): &(&str, usize)| match (style, *times) {
        (5, 1) => format!("once {way}"),
        (5, _) => format!("twice {way}"),
        (6, 1) => format!("one time {way}"),
        (6, _) => format!("two times {way}"),
        (7, 1) => format!("{way} one time"),
        (7, _) => format!("{way} two times"),
        (8, 1) => format!("{way} 1 time"),
        (8, n) => format!("{way} {n} times"),
        (_, 1) => format!("{way} once"),
        (_, _) => format!("{way} twice"),
    };
    joined(&parts.iter().map(said).collect::<Vec<_>>(), &JOINS, rng)
}

/// "A, B or C" also as "A B or C" or "a/b/c".
fn letters(words: &str, rng: &mut ChaCha8Rng) -> String {
    const JOINS: [(&str, &str); 5] = [(", ", " or "), (", ", " or "), (", ", ", "), (" ", " or "), (" or ", " or ")];
    let parts: Vec<String> = words.replace(" or ", ", ").split(", ").map(String::from).collect();
    match rng.random_range(0..20) {
        0 => parts.join("/").to_lowercase(),
        1..4 => joined(&parts, &JOINS, rng).to_lowercase(),
        _ => joined(&parts, &JOINS, rng),
    }
}
