//! The rule that a bare answer is judged by, and answers that decline.

use super::*;

#[test]
fn a_bare_answer_finds_its_rule() {
    let rule = |answer: &str| match Truth::from_answer(answer) {
        Truth::Number { .. } => "number",
        Truth::Fraction { .. } => "fraction",
        Truth::Place { .. } => "place",
        Truth::Angle { .. } => "angle",
        Truth::Region { .. } => "region",
        Truth::Colour { .. } => "colour",
        Truth::YesNo { .. } => "yes",
        Truth::Fate { .. } => "fate",
        Truth::List { ordered: true, .. } => "ordered",
        Truth::List { .. } => "list",
        Truth::Choice { .. } => "choice",
        Truth::Name { .. } => "name",
        Truth::Text { .. } => "text",
        Truth::Moves { .. } => "moves",
        Truth::Unknown => "unknown",
    };
    let cases = [
        ("3", "number"),
        ("three", "number"),
        ("50%", "number"),
        ("1/2", "number"),
        ("2nd", "place"),
        ("obtuse", "angle"),
        ("top left", "region"),
        ("middle", "region"),
        ("red", "colour"),
        ("yes", "yes"),
        ("No", "yes"),
        ("falls", "fate"),
        ("right, right, down", "ordered"),
        ("red, blue", "list"),
        ("B", "choice"),
        ("fox", "name"),
        ("an acute angle", "text"),
        ("the north star", "text"),
        ("I can't tell.", "unknown"),
    ];
    for (answer, expected) in cases {
        assert_eq!(rule(answer), expected, "{answer}");
        assert!(judge(&Truth::from_answer(answer), answer), "{answer} should be right for itself");
    }
    assert!(judge(&Truth::from_answer("an acute angle"), "The acute angle."));
    assert!(!judge(&Truth::from_answer("an acute angle"), "an obtuse angle"));
    assert!(!judge(&Truth::from_answer("right, right, down"), "right, down, right"));
}

#[test]
fn to_decline_is_right_where_nothing_can_be_told() {
    let declined = [
        "i can't tell",
        "I can’t tell.",
        "i cant tell",
        "cannot tell",
        "I don't know.",
        "dont know",
        "unclear",
        "It is unknown.",
        "I'm not sure",
        "no idea",
        "I can not say: there is no purple bar.",
        "it is impossible to say",
        "it is not possible to tell",
        "that can't be determined",
        "The answer is unclear.",
        "sorry, I cannot answer that",
    ];
    let truths = [
        Truth::YesNo { yes: false },
        Truth::YesNo { yes: true },
        Truth::Number { value: 0.0 },
        Truth::Name { name: "key".into() },
        Truth::Region { region: "top".into() },
        Truth::Colour { colour: "purple".into() },
        Truth::Fate { safe: false },
        Truth::Text { answer: "a fox".into() },
    ];
    for answer in declined {
        assert!(judge(&Truth::Unknown, answer), "{answer}");
        assert!(truths.iter().all(|truth| !judge(truth, answer)), "{answer}");
    }
    for answer in
        ["", ".", "red", "no", "none", "3", "i can't tell, 3", "maybe i can't tell", "probably unknown", "top left"]
    {
        assert!(!judge(&Truth::Unknown, answer), "{answer}");
    }
    for answer in ["i can't tell", "unknown", "don't know"] {
        assert_eq!(Truth::from_answer(answer), Truth::Unknown);
    }
    assert_eq!(Truth::from_answer("not safe"), Truth::Fate { safe: false });
    assert_eq!(Truth::from_answer("no"), Truth::YesNo { yes: false });
    assert_eq!(serde_json::to_string(&Truth::Unknown).unwrap(), r#"{"rule":"unknown"}"#);
    assert_eq!(serde_json::from_str::<Truth>(r#"{"rule":"unknown"}"#).unwrap(), Truth::Unknown);
}
