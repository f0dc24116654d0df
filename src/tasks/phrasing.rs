//! How questions are worded. Gaps such as {colour} are filled from the scene.
//! The words of the test-only wordings all occur in training; the sentences don't.

use super::Kind;

/// The wordings of one kind.
pub struct Phrases {
    pub train: &'static [&'static str],
    /// Only tests use these.
    pub test: &'static [&'static str],
    /// Questions to try, complete.
    pub examples: &'static [&'static str],
}

/// The wordings of a kind.
pub fn of(kind: Kind) -> &'static Phrases {
    match kind {
        Kind::N1 => &N1,
        Kind::N2 => &N2,
        Kind::N3 => &N3,
        Kind::S1 => &S1,
        Kind::S2 => &S2,
        Kind::D1 => &D1,
        Kind::D2 => &D2,
        Kind::V1 => &V1,
        Kind::V2 => &V2,
    }
}

/// A wording with its gaps filled.
pub fn fill(wording: &str, slots: &[(&'static str, String)]) -> String {
    slots.iter().fold(wording.to_string(), |text, (gap, words)| text.replace(&format!("{{{gap}}}"), words))
}

const N1: Phrases = Phrases {
    train: &[
        "where is the {name}?",
        "find the {name}.",
        "in which part is the {name}?",
        "where do you see the {name}?",
        "where can i find the {name}?",
        "tell me where the {name} is.",
        "look for the {name}. where is it?",
        "which part of the picture has the {name}?",
        "show me the {name}. where is it?",
        "where in the picture is the {name}?",
        "the {name} is where?",
        "at which place is the {name}?",
        "name the place of the {name}.",
    ],
    test: &[
        "where is the {name} in the picture?",
        "in which part do you see the {name}?",
        "find the {name} and tell me where it is.",
        "at which place can i find the {name}?",
    ],
    examples: &["where is the fox?", "where is the key in the picture?"],
};

const N2: Phrases = Phrases {
    train: &[
        "what is {where}?",
        "what do you see {where}?",
        "which thing is {where}?",
        "name the thing {where}.",
        "what is there {where}?",
        "tell me what is {where}.",
        "look {where}. what is it?",
        "what can you find {where}?",
        "what does the picture show {where}?",
        "what thing do you see {where}?",
        "there is something {where}. what is it?",
        "the thing {where} is what?",
    ],
    test: &[
        "which thing do you see {where}?",
        "tell me the name of the thing {where}.",
        "what is the thing {where}?",
        "look at the thing {where}. name it.",
    ],
    examples: &["what is in the top left?", "what do you see on the right?"],
};

const N3: Phrases = Phrases {
    train: &[
        "is there {a_name}?",
        "is there {a_name} in the picture?",
        "do you see {a_name}?",
        "can you find {a_name}?",
        "does the picture show {a_name}?",
        "is {a_name} here?",
        "look for {a_name}. is there one?",
        "does the picture have {a_name}?",
        "can you see {a_name} here?",
        "tell me if there is {a_name}.",
        "yes or no, is there {a_name}?",
        "is one of the things {a_name}?",
        "do you see {a_name} in the picture?",
    ],
    test: &[
        "can you find {a_name} in the picture?",
        "yes or no, do you see {a_name}?",
        "does the picture have {a_name} or not?",
        "tell me if you see {a_name} here.",
    ],
    examples: &["is there a key?", "do you see an umbrella?"],
};

const S1: Phrases = Phrases {
    train: &[
        "what is the value of the {colour} bar?",
        "how high is the {colour} bar?",
        "what number does the {colour} bar reach?",
        "how tall is the {colour} bar?",
        "read the value of the {colour} bar.",
        "which value does the {colour} bar have?",
        "the {colour} bar shows what value?",
        "tell me the height of the {colour} bar.",
        "at which number does the {colour} bar end?",
        "how much is {colour}?",
        "what value is shown for {colour}?",
        "give the value of {colour} in the chart.",
        "what does the chart say for {colour}?",
        "up to which number does {colour} go?",
    ],
    test: &[
        "what is the height of the {colour} bar?",
        "which number does {colour} have in the chart?",
        "tell me how high the {colour} bar is.",
        "what value does {colour} reach?",
    ],
    examples: &["what is the value of the red bar?", "how high is the blue bar?"],
};

const S2: Phrases = Phrases {
    train: &[
        "which bar is the {which}?",
        "what colour is the {which} bar?",
        "what is the colour of the {which} bar?",
        "find the {which} bar.",
        "name the {which} bar.",
        "which colour has the {which} bar?",
        "tell me which bar is {which}.",
        "the {which} bar has what colour?",
        "which one is the {which} of the bars?",
        "show me the {which} bar. what colour is it?",
        "look at the bars. which is the {which}?",
        "in this chart, which bar is the {which}?",
    ],
    test: &[
        "which of the bars is the {which}?",
        "name the colour of the {which} bar.",
        "in this chart, what is the {which} bar?",
        "find the {which} bar and tell me the colour.",
    ],
    examples: &["which bar is the tallest?", "what colour is the shortest bar?"],
};

const D1: Phrases = Phrases {
    train: &[
        "how many {things} are there?",
        "how many {things} are in the picture?",
        "how many {things} do you see?",
        "count the {things}.",
        "what is the number of {things}?",
        "tell me how many {things} there are.",
        "how many {things} can you find?",
        "give the number of {things} in the picture.",
        "count all {things} here.",
        "how many of the shapes are {things}?",
        "find all {things}. how many are there?",
        "look for {things} and count them.",
        "the picture has how many {things}?",
    ],
    test: &[
        "how many {things} are here?",
        "count the {things} in the picture.",
        "tell me the number of {things}.",
        "how many {things} has the picture?",
    ],
    examples: &["how many triangles are there?", "count the red shapes."],
};

const D2: Phrases = Phrases {
    train: &[
        "how many sides has the shape?",
        "how many sides does the shape have?",
        "how many corners has the shape?",
        "how many corners does the shape have?",
        "count the sides of the shape.",
        "count the corners of the shape.",
        "what is the number of sides?",
        "what is the number of corners?",
        "tell me how many sides there are.",
        "how many sides do you see?",
        "the shape has how many sides?",
        "how many corners can you find?",
        "give the number of sides of this shape.",
    ],
    test: &[
        "how many sides has this shape?",
        "tell me the number of corners.",
        "what is the number of sides of the shape?",
        "count all corners of this shape.",
    ],
    examples: &["how many sides has the shape?", "how many corners does the shape have?"],
};

const V1: Phrases = Phrases {
    train: &[
        "how do i get from {start} to {goal}?",
        "which way leads from {start} to {goal}?",
        "find the way from {start} to {goal}.",
        "what moves take {start} to {goal}?",
        "go from {start} to {goal}. what are the moves?",
        "name the moves from {start} to {goal}.",
        "show me the way from {start} to {goal}.",
        "i am at {start}. how do i reach {goal}?",
        "give all moves from {start} to {goal}.",
        "solve the maze from {start} to {goal}.",
        "{start} wants to reach {goal}. which way?",
        "walk from {start} to {goal}. which moves?",
        "in this maze, how does {start} get to {goal}?",
        "what is the way from {start} to {goal}?",
    ],
    test: &[
        "tell me the moves from {start} to {goal}.",
        "how does {start} reach {goal} in this maze?",
        "which moves take {start} to {goal}?",
        "i am at {start}. show me the way to {goal}.",
    ],
    examples: &["how do i get from green to red?", "solve the maze from blue to orange."],
};

const V2: Phrases = Phrases {
    train: &[
        "from the start go {moves}: safe or not?",
        "is it safe to go {moves}?",
        "go {moves}. safe or falls?",
        "if i go {moves}, do i fall?",
        "the moves are {moves}. is that safe?",
        "walk {moves}. what happens?",
        "do the moves {moves} end in a hole?",
        "what happens after {moves}?",
        "i walk {moves} on the ice. safe or not?",
        "can i go {moves} and stay out of the holes?",
        "is the way {moves} safe?",
        "take the moves {moves}. safe or falls?",
        "are the moves {moves} safe on this ice?",
    ],
    test: &[
        "i go {moves}. is it safe?",
        "what happens if i walk {moves}?",
        "are the moves {moves} safe or not?",
        "is it safe to walk {moves} on the ice?",
    ],
    examples: &["from the start go right, right, down: safe or not?", "is it safe to go up, left, left?"],
};
