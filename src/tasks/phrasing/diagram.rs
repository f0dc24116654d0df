//! Diagrams.

use super::Phrases;

pub const D1: Phrases = Phrases {
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

pub const D2: Phrases = Phrases {
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

pub const D3: Phrases = Phrases {
    train: &[
        "is the angle acute, right or obtuse?",
        "which kind of angle is this?",
        "what kind of angle is it?",
        "what kind of angle do you see?",
        "is this angle acute, right or obtuse?",
        "name the kind of angle.",
        "acute, right or obtuse?",
        "tell me the kind of this angle.",
        "is the angle smaller than a right angle, right or larger?",
        "look at the angle. is it acute, right or obtuse?",
        "do the lines make an acute, a right or an obtuse angle?",
        "what angle do the two lines make: acute, right or obtuse?",
        "the angle is of what kind?",
    ],
    test: &[
        "what kind of angle is this?",
        "tell me if the angle is acute, right or obtuse.",
        "which kind of angle do the lines make?",
        "look at this angle. which kind is it?",
    ],
    examples: &["is the angle acute, right or obtuse?", "what kind of angle is it?"],
};

pub const D4: Phrases = Phrases {
    train: &[
        "are the {one} and the {other} node connected?",
        "is {one} connected to {other}?",
        "is there a path from {one} to {other}?",
        "can you go from {one} to {other}?",
        "can i get from {one} to {other} along the lines?",
        "are {one} and {other} connected?",
        "do the lines connect {one} and {other}?",
        "is the {one} node connected to the {other} node?",
        "does a path lead from {one} to {other}?",
        "is there a way along the edges from {one} to {other}?",
        "tell me if {one} and {other} are connected.",
        "yes or no, is there a path between {one} and {other}?",
        "can {one} reach {other} in this graph?",
    ],
    test: &[
        "yes or no, are {one} and {other} connected?",
        "is there a path between the {one} and the {other} node?",
        "can you get from the {one} node to the {other} node?",
        "tell me if there is a way from {one} to {other}.",
    ],
    examples: &["are the red and the blue node connected?", "is there a path from green to orange?"],
};

pub const D5: Phrases = Phrases {
    train: &[
        "what fraction is shaded?",
        "what fraction of the shape is shaded?",
        "which fraction is shaded?",
        "how much of the shape is shaded?",
        "what part of the shape is shaded?",
        "give the shaded part as a fraction.",
        "name the fraction that is shaded.",
        "which part of the whole is shaded?",
        "tell me what fraction is shaded.",
        "what fraction of the parts is filled?",
        "how much is shaded, as a fraction?",
        "what fraction of the figure has colour?",
        "the shaded part is what fraction of the whole?",
        "count the shaded parts. what fraction is it?",
    ],
    test: &[
        "tell me what part of the shape is shaded.",
        "which fraction of the figure is shaded?",
        "how much of the whole is shaded, as a fraction?",
        "name the shaded fraction of the shape.",
    ],
    examples: &["what fraction is shaded?", "how much of the shape is shaded?"],
};
