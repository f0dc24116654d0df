//! How questions are worded: wordings by task type, frames round them, words for their gaps, and how people type.
//! Gaps such as {colour} are filled from the scene; of [bar|column] one is taken.
//! The words of the test-only wordings all occur in training; the sentences don't.

mod compose;
mod diagram;
mod frames;
mod natural;
mod operational;
mod slots;
mod structured;
mod typing;

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::{Split, TaskType};
pub use compose::{fill, fits};
use compose::{one_of, tidied};
use frames::Form;
pub use slots::with_article;
pub use typing::{says, typed};

/// The wordings of one task type, by form. Frames (see `frames`) go round a form of training; tests' wordings
/// stand as they are.
pub struct Phrases {
    /// What the task type's pictures are called, parted by "|": for the gap {picture}.
    pub picture: &'static str,
    /// "what is the value of the {colour} bar?"
    pub questions: &'static [&'static str],
    /// What is wanted, as it ends "tell me ...": "how high the {colour} bar is".
    pub clauses: &'static [&'static str],
    /// "read the {colour} bar"
    pub commands: &'static [&'static str],
    /// Key words, as they are typed into a search box: "value of {colour} bar".
    pub shorts: &'static [&'static str],
    /// Only tests use these.
    pub test: &'static [&'static str],
    /// Questions to try, complete.
    pub examples: &'static [&'static str],
}

impl Phrases {
    fn of_form(&self, form: Form) -> &'static [&'static str] {
        match form {
            Form::Question => self.questions,
            Form::Clause => self.clauses,
            Form::Command => self.commands,
            Form::Short => self.shorts,
        }
    }
}

/// The wordings of a task type.
pub fn of(task_type: TaskType) -> &'static Phrases {
    match task_type {
        TaskType::N1 => &natural::N1,
        TaskType::N2 => &natural::N2,
        TaskType::N3 => &natural::N3,
        TaskType::N4 => &natural::N4,
        TaskType::S1 => &structured::S1,
        TaskType::S2 => &structured::S2,
        TaskType::S3 => &structured::S3,
        TaskType::S4 => &structured::S4,
        TaskType::S5 => &structured::S5,
        TaskType::D1 => &diagram::D1,
        TaskType::D2 => &diagram::D2,
        TaskType::D3 => &diagram::D3,
        TaskType::D4 => &diagram::D4,
        TaskType::D5 => &diagram::D5,
        TaskType::V1 => &operational::V1,
        TaskType::V2 => &operational::V2,
        TaskType::V3 => &operational::V3,
        TaskType::V4 => &operational::V4,
        TaskType::V5 => &operational::V5,
    }
}

/// A question of a task type about a scene, by chance: a wording that the split allows and whose gaps the scene
/// fills, spelled in British or American English.
pub fn ask(task_type: TaskType, split: Split, slots: &[(&'static str, String)], rng: &mut ChaCha8Rng) -> String {
    let phrases = of(task_type);
    let mut slots = slots::varied(slots, rng);
    let calls: Vec<&str> = phrases.picture.split('|').collect();
    slots.push(("picture", calls.choose(rng).expect("every kind has a picture").to_string()));
    let fitting = |wordings: &'static [&'static str]| -> Vec<&'static str> {
        wordings.iter().copied().filter(|wording| fits(wording, &slots)).collect()
    };
    let wording = if split == Split::Train {
        let form = Form::by_chance(rng);
        let wording = *fitting(phrases.of_form(form)).choose(rng).expect("every form has wordings");
        frames::framed(form, wording, rng)
    } else {
        fitting(phrases.test).choose(rng).expect("every kind has wordings for tests").to_string()
    };
    spelled(tidied(&fill(&one_of(&wording, rng), &slots)), rng)
}

/// British as it is, or American.
fn spelled(question: String, rng: &mut ChaCha8Rng) -> String {
    if rng.random_bool(0.6) {
        return question;
    }
    [("colour", "color"), ("centre", "center"), ("grey", "gray")]
        .iter()
        .fold(question, |text, (british, american)| text.replace(british, american))
}

#[cfg(test)]
pub(crate) use compose::sentences;
#[cfg(test)]
mod tests;
