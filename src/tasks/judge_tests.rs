//! Every rule of the judge, and the false positives that looser rules would let through.

use super::*;
use crate::tasks::maze::Maze;

fn all(truth: &Truth, right: &[&str], wrong: &[&str]) {
    for answer in right {
        assert!(judge(truth, answer), "{truth:?} should accept \"{answer}\"");
    }
    for answer in wrong.iter().chain(&["", "  ", ".", "<answer></answer>", "i don't know", "maybe", "not sure"]) {
        assert!(!judge(truth, answer), "{truth:?} should refuse \"{answer}\"");
    }
}

#[test]
fn numbers_count_by_value() {
    all(
        &Truth::Number { value: 7.0 },
        &[
            "7",
            "007",
            "7.0",
            "seven",
            "Final Answer: 7",
            "<answer>7</answer>",
            "the answer is 7.",
            "7e0",
            "it is 7",
            "there are 7 stars",
            "the red one is 7",
            "bar 3 reaches 7",
            "0.7e1",
            "14/2",
            "7%",
            "700%",
        ],
        &[
            "8",
            "77",
            "-7",
            "7 or 8",
            "7, 8",
            "between 6 and 7",
            "6-8",
            "probably 7",
            "7.5",
            "7 cm",
            "7th",
            "not 7",
            "seven or eight",
            "1/7",
            "bar 7",
            "70%",
        ],
    );
    all(&Truth::Number { value: 1200.0 }, &["1,200", "1200", "1.2e3"], &["1,2,0,0", "1.2", "120"]);
    all(&Truth::Number { value: 0.5 }, &["1/2", "50%", "0.5", ".5", "50 %"], &["2", "5", "1/3", "50"]);
    all(&Truth::Number { value: -3.0 }, &["-3", "−3"], &["3", "5-3"]);
    all(&Truth::Number { value: 0.0 }, &["0", "zero", "none"], &["1", "o"]);
    // Equal numbers do not make other words right, nor do similar words make other numbers right.
    all(&Truth::Number { value: 12.0 }, &["twelve"], &["13", "1 2", "twelve hundred thirteen"]);
}

#[test]
fn fractions_count_by_value() {
    all(
        &Truth::Fraction { part: 3, whole: 4 },
        &[
            "3/4",
            "6/8",
            "0.75",
            "75%",
            "three quarters",
            "3 quarters",
            "three fourths",
            "3 of 4",
            "3 out of 4",
            "three out of four parts",
            "the fraction is 3/4.",
        ],
        &["3", "4", "4/3", "1/4", "a quarter", "3, 4", "3 4", "3/4 or 1/2", "quarters", "75", "3 of 5", "third"],
    );
    all(
        &Truth::Fraction { part: 2, whole: 4 },
        &["2/4", "1/2", "half", "one half", "a half", "two of four", "50%", "half of it"],
        &["2", "4/2", "second", "one", "half or a third", "not half", "2/3"],
    );
    all(&Truth::Fraction { part: 1, whole: 3 }, &["1/3", "a third", "one third"], &["3", "0.3", "33%", "third 2"]);
}

#[test]
fn places_are_ordinals() {
    all(
        &Truth::Place { place: 2 },
        &["2nd", "second", "the second point", "point 2", "2", "at the 2nd point", "the second one", "number two"],
        &["1st", "22nd", "2.5", "2%", "1st, 2nd", "second or third", "not the second", "2 points, 3", "-2", "top"],
    );
    all(&Truth::Place { place: 1 }, &["1st", "first", "the first one"], &["once", "2nd one", "11th"]);
}

#[test]
fn angles_have_three_sorts() {
    let angle = |angle: &str| Truth::Angle { angle: angle.to_string() };
    all(
        &angle("right"),
        &["right", "a right angle", "90 degrees", "Right.", "right, 90 degrees", "not acute but right"],
        &[
            "acute",
            "right or acute",
            "right and obtuse",
            "bright",
            "upright",
            "91 degrees",
            "right, 80 degrees",
            "not right",
        ],
    );
    all(
        &angle("acute"),
        &["acute", "it is acute", "an acute angle", "acute, not obtuse"],
        &["cute", "obtuse", "acute or right", "not acute", "60 degrees"],
    );
    all(&angle("obtuse"), &["obtuse", "The angle is obtuse."], &["right", "obtusely", "acute", "not obtuse"]);
}

#[test]
fn regions_have_synonyms() {
    let region = |name: &str| Truth::Region { region: name.to_string() };
    all(
        &region("top left"),
        &["top left", "Top-Left.", "upper left corner", "in the top left", "left top", "the fox is at the upper left"],
        &["top", "left", "top right", "top left or top right", "top left, bottom right", "bottom", "not top left"],
    );
    all(
        &region("top"),
        &["top", "at the top", "top middle", "upper center", "top centre"],
        &["top left", "bottom", "middle"],
    );
    all(&region("left"), &["left", "on the left", "middle left", "center left"], &["top left", "right", "middle"]);
    all(&region("middle"), &["middle", "center", "the centre of the picture", "mid"], &["left", "top middle", "fox"]);
    all(&region("nowhere"), &[], &["nowhere", "somewhere"]);
}

#[test]
fn colours_have_synonyms_and_conflict() {
    let colour = |name: &str| Truth::Colour { colour: name.to_string() };
    all(
        &colour("purple"),
        &["purple", "Purple.", "violet", "the purple bar", "dark purple", "not red but purple", "purple, not red"],
        &[
            "red",
            "purple and red",
            "purple or red",
            "pink",
            "purplish-pink",
            "the tallest",
            "not purple",
            "purple, black",
        ],
    );
    all(&colour("red"), &["red", "crimson"], &["bored", "reddish", "infrared", "green"]);
}

#[test]
fn yes_and_no() {
    all(
        &Truth::YesNo { yes: true },
        &["yes", "Yes.", "yes, there is a key", "there is a key", "true", "i see one"],
        &["no", "yes and no", "yes or no", "yesterday", "key", "there is no key", "there isn't a key", "probably yes"],
    );
    // "No" is no chemical formula and no part of another word.
    all(
        &Truth::YesNo { yes: false },
        &["no", "No", "nope", "no, there is none", "there is no key", "i don't see a key", "there isn't one"],
        &["yes", "now", "north", "nobelium", "there is a key", "yes, no"],
    );
}

#[test]
fn fates() {
    all(
        &Truth::Fate { safe: true },
        &["safe", "it is safe", "safely there", "does not fall", "never falls", "safe, no hole"],
        &["falls", "not safe", "unsafe", "safe or falls", "safe, falls", "into the hole", "yes", "unsafely"],
    );
    all(
        &Truth::Fate { safe: false },
        &["falls", "it falls", "not safe", "unsafe", "isn't safe", "falls into a hole", "fell"],
        &["safe", "does not fall", "rainfall", "falls safely", "no"],
    );
}

#[test]
fn a_maze_is_walked() {
    // 0 1   open between 0-1, 1-3, 3-2; a wall between 0 and 2
    // 2 3
    let maze = Maze { size: 2, open: vec![[0, 1], [1, 3], [2, 3]], start: 0, goal: 2 };
    all(
        &Truth::Moves { maze: maze.clone() },
        &[
            "right, down, left",
            "right down left",
            "go right then down and then left",
            "→ ↓ ←",
            "r, d, l",
            "east, south, west",
            "Right, Down, Left.",
            "right, left, right, down, left",
            "1 right, 1 down, 1 left",
            "from the start go right, down, left to the goal",
        ],
        &[
            "down",
            "right, down",
            "right, down, left, right",
            "down, right",
            "right, down, left, left",
            "right or down, left",
            "right, down, fly, left",
            "not right, down, left",
            "left",
            "5",
            "right, up, down, left",
        ],
    );
    let corridor = Maze { size: 3, open: vec![[0, 1], [1, 2], [2, 5]], start: 0, goal: 5 };
    all(
        &Truth::Moves { maze: corridor },
        &["right, right, down", "right twice, down", "2 right, down", "right x2, down"],
        &["right, down", "right 3, down"],
    );
    let broken = Maze { size: 0, open: Vec::new(), start: 0, goal: 0 };
    assert!(!judge(&Truth::Moves { maze: broken }, "right"));
}

#[test]
fn names_are_whole_words() {
    let name = |name: &str| Truth::Name { name: name.to_string() };
    all(
        &name("bicycle"),
        &["bicycle", "a bicycle", "Bike", "it is a red bicycle.", "there is a small bike at the top left"],
        &[
            "motorbike",
            "a bicycle and a key",
            "bicycle, key",
            "bicycle or car",
            "car",
            "not a bicycle",
            "2 bicycle",
            "the",
        ],
    );
    all(&name("fox"), &["the fox"], &["firefox", "foxtrot", "fire fox", "a fox, a frog"]);
    all(&name("ball"), &["soccer ball", "football", "a ball"], &["balloon", "meatball"]);
    all(&name("orange"), &["orange", "an orange"], &["red", "apple"]);
}

#[test]
fn lists_keep_their_order_only_if_asked() {
    let list = |ordered| Truth::List { items: ["red", "blue", "3"].map(String::from).to_vec(), ordered };
    all(
        &list(true),
        &["red, blue, 3", "red, blue and three", "the red; blue; 3"],
        &["blue, red, 3", "red, blue", "red, blue, 3, 4"],
    );
    all(&list(false), &["3, blue, red", "red, blue, 3"], &["red, red, blue, 3", "red, blue"]);
}

#[test]
fn letters_ordinals_and_texts_are_one_choice() {
    let truth = Truth::Choice { letter: 'b', text: "blue circle".to_string() };
    all(
        &truth,
        &[
            "B",
            "b",
            "(b)",
            "b)",
            "option B",
            "the second",
            "2nd",
            "blue circle",
            "b) blue circle",
            "B. blue circle",
            "piece b",
        ],
        &["a", "A or B", "a, b", "a) blue circle", "b) red square", "third", "circle", "blue", "beta", "a blue square"],
    );
    let letter_only = Truth::Choice { letter: 'a', text: String::new() };
    all(&letter_only, &["a", "A.", "first", "1"], &["a fox", "b", "an"]);
}
