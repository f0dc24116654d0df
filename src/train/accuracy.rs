//! The accuracy rules of Omni-R1's published reward (appendix B), false positives included: partial
//! credit for similar words, and no more than the numbers compared where both sides have some. The tests
//! name what each rule gets wrong; `tasks::judge` is what is used instead.

/// The answer within a whole text: what follows the first `Final Answer:`, to the end.
pub fn final_answer(text: &str) -> &str {
    text.split_once("Final Answer:").map_or("", |(_, answer)| answer.trim())
}

/// From 0 to 1. `truth` is the right answer.
pub fn grade(truth: &str, answer: &str) -> f64 {
    let (truth, answer) = (truth.trim(), answer.trim());
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if digits(truth) && digits(answer) {
        return f64::from(truth == answer);
    }
    if let (Some(a), Some(b)) = (quantity(truth), quantity(answer)) {
        return f64::from(same_quantity(a, b));
    }
    let formula = |text: &str| text.contains(['=', '+', '*', '/', '^', '\\']);
    if formula(truth) || formula(answer) {
        return f64::from(plain_formula(truth) == plain_formula(answer));
    }
    let (truth, answer) = (bare(truth), bare(answer));
    match (choice(truth), choice(answer)) {
        (Some((right, "")), said) => f64::from(said.is_some_and(|(said, _)| said == right)),
        (Some((right, _)), Some((said, _))) if right == said => 1.0,
        (Some((_, text)), said) => words(text, said.map_or(answer, |(_, text)| text)),
        (None, _) => words(truth, answer),
    }
}

/// A number, and whether it is a percentage. Currency signs, commas and blanks don't count; brackets make
/// it negative.
fn quantity(text: &str) -> Option<(f64, bool)> {
    let plain: String = text.chars().filter(|c| !",$€£¥ ".contains(*c)).collect();
    let (plain, negative) = match plain.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) => (inner, true),
        None => (plain.as_str(), false),
    };
    let (plain, percent) = plain.strip_suffix('%').map_or((plain, false), |number| (number, true));
    let number: f64 = plain.parse().ok().filter(|number: &f64| number.is_finite())?;
    // "inf" and "nan" are words.
    plain.bytes().any(|b| b.is_ascii_digit()).then_some((if negative { -number } else { number }, percent))
}

fn same_quantity((a, a_percent): (f64, bool), (b, b_percent): (f64, bool)) -> bool {
    let equal = |a: f64, b: f64| (a - b).abs() <= 1e-9;
    equal(a, b)
        || match (a_percent, b_percent) {
            (true, false) => equal(a, 100.0 * b),
            (false, true) => equal(b, 100.0 * a),
            _ => false,
        }
}

/// A formula as far as it can be compared by its signs: blanks, dollar signs, brackets of LaTeX and a
/// short left side (`x =`) don't count; fractions are quotients.
fn plain_formula(text: &str) -> String {
    let right = match text.split_once('=') {
        Some((left, right)) if left.trim().chars().count() <= 2 => right,
        _ => text,
    };
    let fractions = right.replace("\\dfrac", "\\frac").replace("\\frac{", "(").replace("}{", ")/(");
    let plain = fractions.replace("\\left", "").replace("\\right", "").replace("\\cdot", "*").replace("\\times", "*");
    plain.chars().filter(|c| !c.is_whitespace() && !"${}()".contains(*c)).collect::<String>().to_lowercase()
}

/// Without the words that lead to an answer and the marks that end it.
fn bare(text: &str) -> &str {
    let lower = text.to_ascii_lowercase();
    let lead = ["the final answer is", "the correct answer is", "the answer is", "answer is", "answer:"];
    let rest = lead.iter().find(|lead| lower.starts_with(**lead)).map_or(text, |lead| &text[lead.len()..]);
    rest.trim().trim_end_matches(['.', '?', '!', ';', ':']).trim()
}

/// The label of an option at the start of a text, as a number from 1, and what follows it.
fn choice(text: &str) -> Option<(usize, &str)> {
    const ROMAN: [&str; 10] = ["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"];
    let lower = text.to_ascii_lowercase();
    let rest = if lower.starts_with("option ") { &text[7..] } else { text };
    let open = rest.starts_with(['(', '[']);
    let rest = if open { &rest[1..] } else { rest };
    let length = rest.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let (label, after) = rest.split_at(length);
    let small = label.to_ascii_lowercase();
    let number = match small.as_bytes() {
        [letter @ b'a'..=b'h' | letter @ b'j'] => Some(usize::from(letter - b'a') + 1),
        _ => ROMAN.iter().position(|roman| *roman == small).map(|at| at + 1),
    };
    let number = number.or_else(|| small.parse().ok().filter(|n| (1..=10).contains(n)))?;
    if after.starts_with(['-', '(']) {
        return None;
    }
    let text = after.trim_start_matches([')', ']', '.', ':', ',', ' ']);
    // "a fox" names a fox.
    let word = label.len() == 1 && label.bytes().all(|b| b.is_ascii_lowercase()) && after.starts_with(' ');
    (!word || text.is_empty()).then_some((number, text.trim()))
}

/// Rules 7 to 10: chemistry, numbers, similarity.
fn words(truth: &str, answer: &str) -> f64 {
    if let (Some(a), Some(b)) = (elements(truth), elements(answer)) {
        return f64::from(a == b);
    }
    let (lower, other) = (truth.to_lowercase(), answer.to_lowercase());
    if chemical(&lower) && chemical(&other) {
        return f64::from(overlap(&lower, &other) >= 0.85 && similarity(&lower, &other) >= 0.9);
    }
    let (a, b) = (numbers(truth), numbers(answer));
    if !a.0.is_empty() && !b.0.is_empty() {
        if a.0 == b.0 {
            return 1.0;
        }
        if similarity(&a.1, &b.1) >= 0.9 {
            return 0.0;
        }
    }
    let article =
        |text: &str| ["a ", "an ", "the "].iter().find(|article| text.starts_with(**article)).map(|a| a.len());
    let (lower, other) = match (article(&lower), article(&other)) {
        (Some(a), Some(b)) => (&lower[a..], &other[b..]),
        _ => (lower.as_str(), other.as_str()),
    };
    let ratio = similarity(lower, other);
    if ratio > 0.77 { ratio } else { 0.0 }
}

/// How often each element occurs in a formula such as `H2O`. The rule doesn't know which names are
/// elements: any word of capitals is a formula.
fn elements(text: &str) -> Option<Vec<(String, u32)>> {
    let mut counts: Vec<(String, u32)> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if !first.is_ascii_uppercase() {
            return None;
        }
        let small = usize::from(rest.as_bytes().get(1).is_some_and(u8::is_ascii_lowercase));
        let digits = rest[1 + small..].bytes().take_while(u8::is_ascii_digit).count();
        let count = rest[1 + small..][..digits].parse().unwrap_or(1);
        match counts.iter_mut().find(|(name, _)| *name == rest[..1 + small]) {
            Some((_, known)) => *known += count,
            None => counts.push((rest[..1 + small].to_string(), count)),
        }
        rest = &rest[1 + small + digits..];
    }
    counts.sort();
    (!counts.is_empty()).then_some(counts)
}

/// Whether a text looks like the name of a compound: a syllable of such names, and a number, dash or
/// bracket.
fn chemical(text: &str) -> bool {
    const SYLLABLES: [&str; 10] = ["meth", "eth", "prop", "but", "pent", "hex", "benz", "phen", "chlor", "amin"];
    SYLLABLES.iter().any(|syllable| text.contains(syllable))
        && text.contains(|c: char| c.is_ascii_digit() || "-([".contains(c))
}

/// Share of common tokens in all tokens (Jaccard).
fn overlap(a: &str, b: &str) -> f64 {
    let tokens = |text: &str| -> std::collections::BTreeSet<String> {
        text.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty()).map(String::from).collect()
    };
    let (a, b) = (tokens(a), tokens(b));
    a.intersection(&b).count() as f64 / a.union(&b).count().max(1) as f64
}

/// The numbers of a text in order, and the text without them.
fn numbers(text: &str) -> (Vec<String>, String) {
    let (mut found, mut rest, mut current) = (Vec::new(), String::new(), String::new());
    for c in text.to_lowercase().chars().chain([' ']) {
        if c.is_ascii_digit() || (c == '.' && !current.is_empty()) {
            current.push(c);
            continue;
        }
        if let Ok(number) = current.trim_end_matches('.').parse::<f64>() {
            found.push(number.to_string());
        }
        current.clear();
        rest.push(c);
    }
    (found, rest.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Ratcliff and Obershelp's similarity: twice the characters in matching blocks over all characters.
fn similarity(a: &str, b: &str) -> f64 {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.is_empty() && b.is_empty() {
        return 1.0;
    }
    2.0 * matching(&a, &b) as f64 / (a.len() + b.len()) as f64
}

/// The longest common block, the earliest in `a` and then in `b`, and what matches on either side of it.
fn matching(a: &[char], b: &[char]) -> usize {
    let (mut best, mut from_a, mut from_b) = (0, 0, 0);
    for i in 0..a.len() {
        for j in 0..b.len() {
            let length = a[i..].iter().zip(&b[j..]).take_while(|(a, b)| a == b).count();
            if length > best {
                (best, from_a, from_b) = (length, i, j);
            }
        }
    }
    match best {
        0 => 0,
        _ => best + matching(&a[..from_a], &b[..from_b]) + matching(&a[from_a + best..], &b[from_b + best..]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_is_everything_after_the_first_mark() {
        assert_eq!(final_answer("THOUGHT 1: a box. Final Answer: red"), "red");
        assert_eq!(final_answer("red"), "");
        // A second mark belongs to the first one's answer.
        assert_eq!(final_answer("Final Answer: red. Final Answer: blue"), "red. Final Answer: blue");
    }

    #[test]
    fn digits_are_compared_as_they_stand() {
        assert_eq!(grade("7", "7"), 1.0);
        assert_eq!(grade("7", "007"), 0.0); // the same number
        assert_eq!(grade("7", "8"), 0.0);
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert_eq!(grade("$1,200", "1200.0"), 1.0);
        assert_eq!(grade("-5", "(5)"), 1.0);
        assert_eq!(grade("50%", "0.5"), 1.0);
        assert_eq!(grade("0.5", "50%"), 1.0);
        assert_eq!(grade("50%", "50.0"), 1.0); // a hundred times as much
        assert_eq!(grade("3.14", "3.1415"), 0.0);
    }

    #[test]
    fn formulas_are_right_or_wrong() {
        assert_eq!(grade("x = 3/4", "\\frac{3}{4}"), 1.0);
        assert_eq!(grade("3/4", "4/3"), 0.0);
    }

    #[test]
    fn labels() {
        assert_eq!(grade("B", "(b)"), 1.0);
        assert_eq!(grade("B", "II"), 1.0);
        assert_eq!(grade("B", "option B. a fox"), 1.0);
        assert_eq!(grade("B", "fox"), 0.0);
        assert_eq!(grade("B. fox", "B. wolf"), 1.0); // the words disagree
        assert_eq!(grade("B. fox", "fox"), 1.0);
        assert_eq!(grade("B", "B-flat"), 0.0);
        assert_eq!(choice("a fox"), None);
    }

    #[test]
    fn formulas_of_compounds_by_their_elements() {
        assert_eq!(grade("H2O", "OH2"), 1.0);
        assert_eq!(grade("H2O", "H2O2"), 0.0);
        assert_eq!(grade("NO", "ON"), 1.0); // words of capitals count as formulas
        assert_eq!(grade("No", "NO"), 0.0); // nobelium isn't nitrogen monoxide, but "no" is "no"
    }

    #[test]
    fn names_of_compounds_must_nearly_agree() {
        assert_eq!(grade("2-methylpropane", "2-methylpropane"), 1.0);
        assert_eq!(grade("2-methylpropane", "2-methylbutane"), 0.0);
    }

    #[test]
    fn texts_with_numbers() {
        assert_eq!(grade("12 foxes", "12 wolves"), 1.0); // only the numbers count
        assert_eq!(grade("3 foxes", "3 wolves"), 1.0); // and 3 could be the label of an option
        assert_eq!(grade("12 red foxes", "13 red foxes"), 0.0);
        // Other numbers and other words, and yet paid: 2 * 16 / (19 + 19).
        assert!((grade("at 10 the fox jumps", "at 11 the ox jumped") - 0.842105).abs() < 1e-5);
    }

    #[test]
    fn similar_words_are_partly_right() {
        assert_eq!(grade("the fox", "the fox."), 1.0);
        // Longest block "top left", 2 * 8 / (8 + 10).
        assert!((grade("top left", "top left;x") - 0.888889).abs() < 1e-5);
        assert_eq!(grade("red", "blue"), 0.0);
        // Nearly the same letters: wrong, and yet paid.
        assert!(grade("bottom right", "bottom bright") > 0.95);
        assert_eq!(grade("the fox", "fox"), 0.0); // an article on one side alone
    }
}
