//! Reading an answer into words and numbers, for the judge.

/// A piece of an answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// Lower-case letters.
    Word(String),
    /// A number by its value.
    Number(Number),
    /// A comma, full stop, bracket or the like: the end of a clause.
    Stop,
}

/// A number as it was written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Number {
    pub value: f64,
    pub percent: bool,
    /// "2nd" rather than "2".
    pub ordinal: bool,
}

/// Words that make an answer a guess.
const GUESSES: [&str; 9] =
    ["maybe", "perhaps", "probably", "possibly", "presumably", "likely", "guess", "think", "seems"];

/// Further words that say that the answer is not certain.
const HEDGES: [&str; 8] = ["might", "may", "could", "unsure", "uncertain", "either", "or", "unclear"];

const COUNTED: [&str; 21] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
    "twenty",
];

const ORDINALS: [&str; 11] =
    ["zeroth", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

/// The value of a number word, such as "three".
pub fn counted(word: &str) -> Option<f64> {
    COUNTED.iter().position(|known| *known == word).map(|at| at as f64)
}

/// The value of an ordinal word, such as "third".
pub fn ordinal(word: &str) -> Option<f64> {
    ORDINALS.iter().position(|known| *known == word).map(|at| at as f64)
}

/// The answer without tags and without an introduction such as "the answer is".
pub fn bare(answer: &str) -> String {
    let mut plain = String::with_capacity(answer.len());
    let mut in_tag = false;
    for (at, c) in answer.char_indices() {
        match c {
            '<' if answer[at..].contains('>') => in_tag = true,
            '>' if in_tag => in_tag = false,
            _ if in_tag => {}
            '’' | '‘' => plain.push('\''),
            '−' | '–' | '—' => plain.push('-'),
            _ => plain.extend(c.to_lowercase()),
        }
    }
    for introduction in ["final answer:", "final answer is", "answer is", "answer:"] {
        if let Some(at) = plain.rfind(introduction) {
            plain = plain[at + introduction.len()..].to_string();
        }
    }
    plain.trim().to_string()
}

/// Splits an answer into pieces; contractions are written out ("isn't" becomes "is not").
pub fn pieces(answer: &str) -> Vec<Piece> {
    let text = bare(answer).replace("can't", "can not").replace("cannot", "can not").replace("n't", " not");
    let chars: Vec<char> = text.chars().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let c = chars[at];
        let signed = c == '-' && !(at > 0 && chars[at - 1].is_alphanumeric());
        if c.is_ascii_digit() || (signed || c == '.') && chars.get(at + 1).is_some_and(char::is_ascii_digit) {
            let (number, end) = read_number(&chars, at);
            found.push(Piece::Number(number));
            at = end;
        } else if c.is_alphabetic() {
            let end = (at..chars.len()).find(|i| !chars[*i].is_alphabetic()).unwrap_or(chars.len());
            found.push(Piece::Word(chars[at..end].iter().collect()));
            at = end;
        } else {
            let arrow = match c {
                '↑' => Some("up"),
                '→' => Some("right"),
                '↓' => Some("down"),
                '←' => Some("left"),
                _ => None,
            };
            match arrow {
                Some(word) => found.push(Piece::Word(word.to_string())),
                None if ",;.:()!?\n".contains(c) => found.push(Piece::Stop),
                None => {}
            }
            at += 1;
        }
    }
    found
}

/// Reads a number at `from`: sign, thousands, decimals, exponent, fraction, percent, ordinal ending.
fn read_number(chars: &[char], from: usize) -> (Number, usize) {
    let digit = |i: usize| chars.get(i).is_some_and(char::is_ascii_digit);
    let mut at = from;
    let mut text = String::new();
    if chars[at] == '-' {
        text.push('-');
        at += 1;
    }
    loop {
        if digit(at) {
            text.push(chars[at]);
            at += 1;
        } else if chars.get(at) == Some(&',') && (1..=3).all(|i| digit(at + i)) && !digit(at + 4) {
            at += 1; // a comma between thousands
        } else {
            break;
        }
    }
    if chars.get(at) == Some(&'.') && digit(at + 1) {
        text.push('.');
        at += 1;
        while digit(at) {
            text.push(chars[at]);
            at += 1;
        }
    }
    if chars.get(at) == Some(&'e') {
        let sign = usize::from(chars.get(at + 1).is_some_and(|c| "+-".contains(*c)));
        if digit(at + 1 + sign) {
            let end = (at + 1 + sign..chars.len()).find(|i| !digit(*i)).unwrap_or(chars.len());
            text.extend(&chars[at..end]);
            at = end;
        }
    }
    let mut value: f64 = text.parse().unwrap_or(f64::NAN);
    if chars.get(at) == Some(&'/') && digit(at + 1) {
        let end = (at + 1..chars.len()).find(|i| !digit(*i)).unwrap_or(chars.len());
        let below: String = chars[at + 1..end].iter().collect();
        value /= below.parse().unwrap_or(f64::NAN);
        at = end;
    }
    let rest: String = chars[at..].iter().take(2).collect();
    let ends = !chars.get(at + 2).is_some_and(|c| c.is_alphabetic());
    let ordinal = ends && ["st", "nd", "rd", "th"].contains(&rest.as_str());
    if ordinal {
        at += 2;
    }
    let gap = usize::from(chars.get(at) == Some(&' '));
    let percent = chars.get(at + gap) == Some(&'%');
    if percent {
        at += gap + 1;
    }
    (Number { value, percent, ordinal }, at)
}

/// Fractions in words as numbers: "three quarters", "a half", "2 of 4", "1 out of 3".
pub fn fractions(found: &[Piece]) -> Vec<Piece> {
    let word = |i: usize| match found.get(i) {
        Some(Piece::Word(word)) => word.as_str(),
        _ => "",
    };
    let whole = |i: usize| match found.get(i) {
        Some(Piece::Number(n)) if !n.percent && !n.ordinal && n.value.fract() == 0.0 => Some(n.value),
        Some(Piece::Word(word)) => counted(word),
        _ => None,
    };
    let below = |i: usize| match word(i) {
        "half" | "halves" => Some(2.0),
        "quarter" | "quarters" => Some(4.0),
        other => ordinal(other.strip_suffix('s').unwrap_or(other)).filter(|below| *below > 2.0),
    };
    let number = |value: f64| Piece::Number(Number { value, percent: false, ordinal: false });
    let (mut read, mut at) = (Vec::new(), 0);
    while let Some(piece) = found.get(at) {
        let of = match (word(at + 1), word(at + 2)) {
            ("of", _) => 2,
            ("out", "of") => 3,
            _ => 0,
        };
        let (value, taken) = match (whole(at), below(at), below(at + 1)) {
            (Some(part), _, Some(below)) => (Some(part / below), 2),
            (Some(part), _, None) if of > 0 && whole(at + of).is_some() => {
                (whole(at + of).map(|whole| part / whole), of + 1)
            }
            (None, Some(below), _) => (Some(1.0 / below), 1),
            _ => (None, 1),
        };
        read.push(value.map_or_else(|| piece.clone(), number));
        at += taken;
    }
    read
}

/// The word at a place; empty for what is no word.
fn word_at(pieces: &[Piece], at: usize) -> &str {
    match pieces.get(at) {
        Some(Piece::Word(word)) => word.as_str(),
        _ => "",
    }
}

/// Whether the answer is a guess.
pub fn guesses(pieces: &[Piece]) -> bool {
    (0..pieces.len()).any(|i| GUESSES.contains(&word_at(pieces, i)))
}

/// Whether the answer says that it is not certain, or leaves a choice open.
pub fn hedges(pieces: &[Piece]) -> bool {
    let word = |i: usize| word_at(pieces, i);
    let open = |i: usize| word(i) == "not" && ["sure", "know", "certain", "tell"].contains(&word(i + 1));
    guesses(pieces) || (0..pieces.len()).any(|i| HEDGES.contains(&word(i)) || open(i))
}

/// Whether the answer is that there is none to be given: "i can't tell", "don't know", "unclear".
pub fn declines(pieces: &[Piece]) -> bool {
    /// What can't be done.
    const TELLING: [&str; 8] = ["tell", "know", "say", "sure", "certain", "answer", "determine", "decide"];
    const TOLD: [&str; 6] = ["told", "known", "said", "answered", "determined", "decided"];
    /// Alone they say it all; with other words they may mean anything.
    const ALONE: [&str; 8] =
        ["unclear", "unknown", "unsure", "uncertain", "undetermined", "unanswerable", "idk", "dunno"];
    const ROUND: [&str; 14] =
        ["i", "am", "it", "is", "that", "this", "the", "answer", "sorry", "to", "me", "very", "quite", "still"];
    let word = |i: usize| word_at(pieces, i);
    let not = |i: usize| match word(i) {
        "not" | "cant" | "dont" | "couldnt" => true,
        "hard" | "impossible" => word(i + 1) == "to",
        _ => false,
    };
    let telling = |i: usize| TELLING.contains(&word(i)) || word(i) == "be" && TOLD.contains(&word(i + 1));
    let declined = |i: usize| {
        not(i) && (telling(i + 1) || ["to", "possible", "really"].contains(&word(i + 1)) && telling(i + 2))
            || not(i) && word(i + 1) == "possible" && word(i + 2) == "to" && telling(i + 3)
            || word(i) == "no" && ["idea", "clue", "answer"].contains(&word(i + 1))
    };
    let mut words = pieces.iter().filter_map(|piece| match piece {
        Piece::Word(word) => Some(word.as_str()),
        _ => None,
    });
    let mut alone = pieces.iter().any(|piece| matches!(piece, Piece::Word(word) if ALONE.contains(&word.as_str())));
    alone &= words.all(|word| ALONE.contains(&word) || ROUND.contains(&word));
    alone || (0..pieces.len()).any(declined)
}

/// The words that are claimed, and those that are denied ("not red", "no key here") up to the end of the clause.
pub fn claims(pieces: &[Piece]) -> (Vec<&str>, Vec<&str>) {
    let (mut claimed, mut denied) = (Vec::new(), Vec::new());
    let mut negated = false;
    for piece in pieces {
        match piece {
            Piece::Word(word) => match word.as_str() {
                "not" | "no" | "never" | "neither" | "nor" | "without" | "nothing" => negated = true,
                "but" | "rather" | "instead" => negated = false,
                word if negated => denied.push(word),
                word => claimed.push(word),
            },
            Piece::Stop => negated = false,
            Piece::Number(_) => {}
        }
    }
    (claimed, denied)
}
