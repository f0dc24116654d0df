//! What people put round a question: how they begin, and how they end.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// How a wording stands in a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Question,
    Clause,
    Command,
    Short,
}

/// Before and after a whole question.
const QUESTIONS: &[(&str, &str)] = &[
    ("", "?"),
    ("", ", please?"),
    ("", " please?"),
    ("please tell me, ", "?"),
    ("please tell me: ", "?"),
    ("tell me, ", "?"),
    ("tell me: ", "?"),
    ("can you tell me, ", "?"),
    ("just tell me, ", "?"),
    ("please: ", "?"),
    ("hi, ", "?"),
    ("hi. ", "?"),
    ("hi there, ", "?"),
    ("hey, ", "?"),
    ("hello, ", "?"),
    ("hello! ", "?"),
    ("ok, ", "?"),
    ("ok so ", "?"),
    ("so ", "?"),
    ("and ", "?"),
    ("now, ", "?"),
    ("well, ", "?"),
    ("look at the {picture}. ", "?"),
    ("look at this {picture}: ", "?"),
    ("have a look at the {picture}. ", "?"),
    ("in this {picture}, ", "?"),
    ("in the {picture}, ", "?"),
    ("here is my {picture}. ", "?"),
    ("this is my {picture}. ", "?"),
    ("question: ", "?"),
    ("my question: ", "?"),
    ("quick question: ", "?"),
    ("i have a question: ", "?"),
    ("i wonder, ", "?"),
    ("help me: ", "?"),
    ("", "? thanks"),
    ("", "? thank you."),
];

/// Round the end of "tell me ...".
const CLAUSES: &[(&str, &str)] = &[
    ("tell me ", "."),
    ("tell me ", ", please."),
    ("please tell me ", "."),
    ("please say ", "."),
    ("say ", "."),
    ("just tell me ", "."),
    ("can you tell me ", "?"),
    ("can you please tell me ", "?"),
    ("can you say ", "?"),
    ("could you tell me ", "?"),
    ("could you please tell me ", "?"),
    ("could you say ", "?"),
    ("would you tell me ", "?"),
    ("do you know ", "?"),
    ("i want to know ", "."),
    ("i need to know ", "."),
    ("i would like to know ", "."),
    ("i'd like to know ", "."),
    ("i wonder ", "."),
    ("find out ", "."),
    ("please find out ", "."),
    ("work out ", "."),
    ("let me know ", "."),
    ("help me find out ", "."),
    ("look at the {picture} and tell me ", "."),
    ("look at this {picture} and say ", "."),
    ("hi, can you tell me ", "?"),
    ("hey, do you know ", "?"),
    ("tell me ", ". thanks"),
];

/// Round a command.
const COMMANDS: &[(&str, &str)] = &[
    ("", "."),
    ("", "."),
    ("", "."),
    ("please ", "."),
    ("", " please."),
    ("", ", please."),
    ("", " for me."),
    ("can you ", "?"),
    ("can you please ", "?"),
    ("could you ", "?"),
    ("could you please ", "?"),
    ("would you ", "?"),
    ("would you please ", "?"),
    ("now ", "."),
    ("ok, ", "."),
    ("hi, please ", "."),
    ("i want you to ", "."),
    ("i need you to ", "."),
    ("i would like you to ", "."),
    ("i'd like you to ", "."),
    ("try to ", "."),
    ("help me ", "."),
    ("your task: ", "."),
    ("look at the {picture} and ", "."),
    ("in this {picture}, ", "."),
    ("", ". thank you."),
];

/// Round key words.
const SHORTS: &[(&str, &str)] = &[
    ("", ""),
    ("", "?"),
    ("", "?"),
    ("", " please"),
    ("", ", please?"),
    ("so ", "?"),
    ("and ", "?"),
    ("ok, ", "?"),
    ("{picture}: ", "?"),
    ("this {picture}: ", "?"),
    ("quick: ", "?"),
    ("", "? thanks"),
];

impl Form {
    #[cfg(test)]
    pub const ALL: [Form; 4] = [Form::Question, Form::Clause, Form::Command, Form::Short];

    /// Half of the time a question.
    pub fn by_chance(rng: &mut ChaCha8Rng) -> Form {
        match rng.random_range(0..100) {
            0..50 => Form::Question,
            50..65 => Form::Clause,
            65..84 => Form::Command,
            _ => Form::Short,
        }
    }

    /// What stands before and after a wording of this form.
    pub fn frames(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Form::Question => QUESTIONS,
            Form::Clause => CLAUSES,
            Form::Command => COMMANDS,
            Form::Short => SHORTS,
        }
    }
}

/// A wording in a frame by chance; most questions stand alone.
pub fn framed(form: Form, wording: &str, rng: &mut ChaCha8Rng) -> String {
    if form == Form::Question && rng.random_bool(0.65) {
        return wording.to_string();
    }
    let (head, tail) = form.frames().choose(rng).expect("every form has frames");
    format!("{head}{}{tail}", wording.trim_end_matches('?'))
}
