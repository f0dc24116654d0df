//! Natural scenes: stickers on photos.

use super::Phrases;

pub const N1: Phrases = Phrases {
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

pub const N2: Phrases = Phrases {
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

pub const N3: Phrases = Phrases {
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

pub const N4: Phrases = Phrases {
    train: &[
        "is the {name} {relation} the {other}?",
        "is the {name} {relation} the {other} in the picture?",
        "do you see the {name} {relation} the {other}?",
        "yes or no, is the {name} {relation} the {other}?",
        "tell me if the {name} is {relation} the {other}.",
        "look at the {name} and the {other}. is the {name} {relation} the {other}?",
        "in the picture, is the {name} {relation} the {other}?",
        "compare the {name} and the {other}. is the {name} {relation} the {other}?",
        "the {name} is {relation} the {other}, yes or no?",
        "is it true that the {name} is {relation} the {other}?",
        "does the picture show the {name} {relation} the {other}?",
        "can you see the {name} {relation} the {other}?",
    ],
    test: &[
        "yes or no, do you see the {name} {relation} the {other}?",
        "tell me, is the {name} {relation} the {other}?",
        "look for the {name} and the {other}. is the {name} {relation} the {other}?",
        "is it true that you see the {name} {relation} the {other}?",
    ],
    examples: &["is the fox left of the key?", "is the car above the tree?"],
};
