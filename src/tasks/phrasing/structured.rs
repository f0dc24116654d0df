//! Structured pictures: bars, lines and pies.

use super::Phrases;

pub const S1: Phrases = Phrases {
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

pub const S2: Phrases = Phrases {
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

pub const S3: Phrases = Phrases {
    train: &[
        "how much taller is {one} than {other}?",
        "how much taller is the {one} bar than the {other} bar?",
        "by how much is the {one} bar taller than the {other} bar?",
        "what is the difference between the {one} and the {other} bar?",
        "how much higher is {one} than {other}?",
        "how much more is {one} than {other}?",
        "give the difference between {one} and {other}.",
        "compare {one} and {other}. what is the difference?",
        "the {one} bar is taller than the {other} bar by how much?",
        "how much shorter is {other} than {one}?",
        "{one} minus {other}: what is the number?",
        "tell me how much taller {one} is than {other}.",
        "how much less is {other} than {one}?",
    ],
    test: &[
        "by how much is {one} higher than {other}?",
        "tell me the difference between the {one} bar and the {other} bar.",
        "how much shorter is the {other} bar than the {one} bar?",
        "in this chart, how much more is {one} than {other}?",
    ],
    examples: &["how much taller is red than blue?", "what is the difference between the green and the purple bar?"],
};

pub const S4: Phrases = Phrases {
    train: &[
        "at which point is the line {which}?",
        "which point of the line is the {which}?",
        "where is the line {which}, at which point?",
        "which point is the {which}?",
        "what is the {which} point of the line?",
        "find the {which} point. which one is it?",
        "at what point is the line {which}?",
        "count the points from the left. which is the {which}?",
        "look at the line. which point is the {which}?",
        "tell me at which point the line is {which}.",
        "the line is {which} at which point?",
        "name the {which} point of the line.",
        "in this chart, at which point is the line {which}?",
    ],
    test: &[
        "tell me which point of the line is the {which}.",
        "in this chart, which point is the {which}?",
        "look at the chart. at which point is the line {which}?",
        "count from the left. at which point is the line {which}?",
    ],
    examples: &["at which point is the line highest?", "which point is the lowest?"],
};

pub const S5: Phrases = Phrases {
    train: &[
        "which slice is the {which}?",
        "what colour is the {which} slice?",
        "which slice of the pie is the {which}?",
        "find the {which} slice. what colour is it?",
        "name the colour of the {which} slice.",
        "which colour has the {which} slice?",
        "the {which} slice has what colour?",
        "look at the pie. which slice is the {which}?",
        "tell me which slice is the {which}.",
        "which part of the pie is the {which}?",
        "what is the colour of the {which} part?",
        "which one is the {which} of the slices?",
        "is {colour} more than half?",
        "is the {colour} slice more than half of the pie?",
        "is more than half of the pie {colour}?",
        "does {colour} take more than half?",
        "is the {colour} part larger than half?",
        "yes or no, is {colour} more than half?",
        "tell me if {colour} is more than half of the whole.",
        "look at the {colour} slice. is it more than half?",
        "is {colour} larger than all other slices of the pie in one?",
        "is the share of {colour} more than half?",
        "does the {colour} slice fill more than half of the pie?",
        "is the {colour} slice larger than half the pie?",
    ],
    test: &[
        "which of the slices is the {which}?",
        "tell me the colour of the {which} slice of the pie.",
        "look at the slices. which is the {which}?",
        "what colour has the {which} part of the pie?",
        "is {colour} more than half of the pie?",
        "yes or no, is the {colour} slice larger than half?",
        "look at the pie. is {colour} more than half?",
        "does the {colour} part fill more than half?",
    ],
    examples: &["which slice is the largest?", "is red more than half?"],
};
