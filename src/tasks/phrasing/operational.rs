//! Scenes that change.

use super::Phrases;

pub const V1: Phrases = Phrases {
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

pub const V2: Phrases = Phrases {
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

pub const V3: Phrases = Phrases {
    train: &[
        "which piece fits the hole, {letters}?",
        "which piece fits, {letters}?",
        "what piece is missing, {letters}?",
        "find the missing piece: {letters}?",
        "which of the pieces fits the hole, {letters}?",
        "fill the hole: {letters}?",
        "which piece goes into the hole, {letters}?",
        "the picture has a hole. which piece fits, {letters}?",
        "name the piece that fits the hole: {letters}?",
        "which piece is the missing part, {letters}?",
        "solve the puzzle. which piece fits, {letters}?",
        "look at the hole. which piece is right, {letters}?",
        "what goes in the hole: {letters}?",
    ],
    test: &[
        "what piece fits the hole, {letters}?",
        "name the missing piece: {letters}?",
        "solve the puzzle: which piece is missing, {letters}?",
        "the hole is a missing piece. which one is it, {letters}?",
    ],
    examples: &["which piece fits the hole, A, B, C or D?", "which piece is missing, A, B or C?"],
};

pub const V4: Phrases = Phrases {
    train: &[
        "the robot pushes the box {pushes}: where is the box?",
        "the robot pushes the box {pushes}. where is it?",
        "the robot pushes {pushes}. where is the box then?",
        "where is the box after the robot pushes it {pushes}?",
        "push the box {pushes}. where is it now?",
        "if the robot pushes {pushes}, where is the box?",
        "the box is pushed {pushes}. where is it then?",
        "where does the box go if it is pushed {pushes}?",
        "where is the box when the robot has pushed it {pushes}?",
        "after pushes {pushes}, where is the box?",
        "move the box {pushes}. in which part is it now?",
        "the robot moves the box {pushes}. in which place is the box?",
    ],
    test: &[
        "where is the box if the robot pushes it {pushes}?",
        "push the box {pushes}. in which part is it then?",
        "the box is pushed {pushes}. in which place is it now?",
        "after the robot has pushed {pushes}, where is the box?",
    ],
    examples: &[
        "the robot pushes the box up twice: where is the box?",
        "push the box right once and up once. where is it now?",
    ],
};

pub const V5: Phrases = Phrases {
    train: &[
        "how many discs are left when the {colour} ones are gone?",
        "take the {colour} discs away. how many are left?",
        "how many discs are left without the {colour} ones?",
        "remove the {colour} discs. how many are left?",
        "if all {colour} discs are removed, how many remain?",
        "how many discs are not {colour}?",
        "the {colour} discs go away. how many discs remain?",
        "count the discs without the {colour} ones.",
        "how many are left after the {colour} discs are taken away?",
        "what is the number of discs when {colour} is gone?",
        "how many discs remain if you take the {colour} ones?",
        "all {colour} ones are gone. how many discs do you see?",
        "tell me how many discs remain without {colour}.",
    ],
    test: &[
        "remove all {colour} discs. how many remain?",
        "how many discs remain when the {colour} ones are taken away?",
        "count the discs that are not {colour}.",
        "if the {colour} discs are gone, how many are left?",
    ],
    examples: &["how many discs are left when the red ones are gone?", "remove the blue discs. how many are left?"],
};
