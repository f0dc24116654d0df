//! Items that can't be answered: a picture, and a question that it leaves open. The thought says why in a few
//! words and draws nothing; the answer is always the same.

mod kinds;
mod lists;
mod words;

use image::RgbImage;
use rand::Rng;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

use super::canvas::{SIZE, resample};
use super::scene::Draft;
use super::style::COLOURS;
use super::truth::Truth;
use super::{Bank, Camera, Drafted, Family, Hand, Item, Setting, Split, TaskType, drafted, phrasing};
use kinds::{foreign, is, needs};
use lists::Lists;

/// The answer of every such item.
pub const ANSWER: &str = "i can't tell";

/// Words for the gaps of a wording.
type Slots = Vec<(&'static str, String)>;

/// Why a question can't be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Why {
    /// What it asks for isn't in the picture.
    Absent,
    /// It is about another kind of picture.
    OtherKind,
    /// It asks for something by a word that nobody taught.
    UnknownWord,
    Language,
    Sum,
    Chat,
    /// It asks for more than the tasks do.
    Open,
}

/// How often each reason is drawn.
const WHYS: [(Why, u32); 7] = [
    (Why::Absent, 24),
    (Why::OtherKind, 30),
    (Why::UnknownWord, 16),
    (Why::Language, 10),
    (Why::Sum, 6),
    (Why::Chat, 7),
    (Why::Open, 7),
];

/// Share of pictures that are photos with nothing on them.
const BARE: f64 = 0.2;

/// Colours of which nothing is drawn.
const OTHER_COLOURS: [&str; 3] = ["pink", "brown", "turquoise"];

/// A picture that is asked about: its scene, or a photo with nothing on it.
struct Shown {
    task_type: Option<TaskType>,
    difficulty: u8,
    drawn_by: (Hand, Camera),
    picture: RgbImage,
    caption: String,
    slots: Slots,
}

/// A question and why it can't be answered.
struct Asked {
    task_type: Option<TaskType>,
    question: String,
    reason: String,
}

/// Draws one item that can't be answered. Its kind is that of the question, or that of the picture where the
/// question is of none; `Truth::Unknown` tells it from others.
pub fn generate(bank: &Bank, setting: impl Into<Setting>, rng: &mut ChaCha8Rng) -> Item {
    let setting = setting.into();
    let why = WHYS[WeightedIndex::new(WHYS.map(|(_, share)| share)).expect("shares are positive").sample(rng)].0;
    let (shown, asked) = loop {
        // Some pictures leave nothing to ask: another one then.
        if let Some(made) = make(why, bank, setting, rng) {
            break made;
        }
    };
    let task_type = asked.task_type.or(shown.task_type).unwrap_or(TaskType::N2);
    let question = if setting.split == Split::Train { phrasing::typed(&asked.question, rng) } else { asked.question };
    Item {
        id: format!("{task_type}-{:08x}", rng.random::<u32>()),
        task_type,
        difficulty: shown.difficulty,
        drawn_by: shown.drawn_by,
        picture: shown.picture,
        question,
        steps: Vec::new(),
        rest: asked.reason,
        answer: ANSWER.to_string(),
        caption: shown.caption,
        truth: Truth::Unknown,
        state: None,
    }
}

/// What such items say of themselves: for a tokenizer.
pub fn texts() -> Vec<String> {
    let shown = TaskType::ALL.into_iter().map(Some).chain([None]);
    let mut texts: Vec<String> =
        shown.flat_map(|shown| TaskType::ALL.map(|asked| format!("{}, no {}", is(shown), needs(asked)))).collect();
    for reason in [NOT_A_WORD, NOT_ENGLISH, NOT_ABOUT_IT, TOO_OPEN, NOTHING_KNOWN] {
        texts.extend([reason.to_string(), ANSWER.to_string()]);
    }
    texts.extend(
        OTHER_COLOURS.iter().flat_map(|colour| ["bar", "node"].map(|thing| format!("no {colour} {thing} here"))),
    );
    texts
}

const NOT_A_WORD: &str = "not a word i know";
const NOT_ENGLISH: &str = "not in english";
const NOT_ABOUT_IT: &str = "not about the picture";
const TOO_OPEN: &str = "more than i can say";
const NOTHING_KNOWN: &str = "nothing there that i know";

fn make(why: Why, bank: &Bank, setting: Setting, rng: &mut ChaCha8Rng) -> Option<(Shown, Asked)> {
    match why {
        Why::Absent => absent(bank, setting, rng),
        Why::OtherKind => other_kind(bank, setting, rng),
        Why::UnknownWord => unknown_word(bank, setting, rng),
        Why::Language => Some(listed(any(bank, setting, rng), &lists::LANGUAGES, NOT_ENGLISH, setting, rng)),
        Why::Chat => Some(listed(any(bank, setting, rng), &lists::CHAT, NOT_ABOUT_IT, setting, rng)),
        Why::Sum => Some(sum(any(bank, setting, rng), setting, rng)),
        Why::Open => {
            // "What is this?" has an answer where one thing is shown.
            let answerable = |task_type: TaskType| {
                task_type.family() == Family::Natural || matches!(task_type, TaskType::D1 | TaskType::D2)
            };
            let shown = Some(any(bank, setting, rng)).filter(|shown| !shown.task_type.is_some_and(answerable))?;
            Some(listed(shown, &lists::OPEN, TOO_OPEN, setting, rng))
        }
    }
}

/// A scene of a kind.
fn scene(bank: &Bank, task_type: TaskType, setting: Setting, rng: &mut ChaCha8Rng) -> Shown {
    let Drafted { difficulty, drawn_by, draft: Draft { picture, caption, slots, .. } } =
        drafted(bank, task_type, setting, rng);
    Shown { task_type: Some(task_type), difficulty, drawn_by, picture, caption, slots }
}

/// A piece of a photo with nothing on it; `None` if the bank is empty.
fn photo(bank: &Bank, setting: Setting, rng: &mut ChaCha8Rng) -> Option<Shown> {
    let scene = bank.scene(setting.split, rng)?;
    let side = rng.random_range(0.4..1.0);
    let (x, y) = (rng.random_range(0.0..1.0 - side), rng.random_range(0.0..1.0 - side));
    let mut picture = resample(scene, [x, y, side, side], SIZE, SIZE);
    if rng.random_bool(0.5) {
        image::imageops::flip_horizontal_in_place(&mut picture);
    }
    let drawn_by = (Hand::Plain, Camera::None);
    Some(Shown { task_type: None, difficulty: 1, drawn_by, picture, caption: "a photo".to_string(), slots: Vec::new() })
}

/// The kinds that a bank has material for.
fn task_types(bank: &Bank) -> Vec<TaskType> {
    TaskType::ALL.into_iter().filter(|task_type| !bank.is_empty() || task_type.family() != Family::Natural).collect()
}

/// Any picture.
fn any(bank: &Bank, setting: Setting, rng: &mut ChaCha8Rng) -> Shown {
    let bare = if rng.random_bool(BARE) { photo(bank, setting, rng) } else { None };
    bare.unwrap_or_else(|| {
        let task_type = *task_types(bank).choose(rng).expect("some kinds need no bank");
        scene(bank, task_type, setting, rng)
    })
}

/// A question for something that the picture lacks, where it could have it.
fn absent(bank: &Bank, setting: Setting, rng: &mut ChaCha8Rng) -> Option<(Shown, Asked)> {
    // Of D1, V5 and S5 the answer would be none, all or no.
    let task_types = task_types(bank);
    let lacking = [
        TaskType::N1,
        TaskType::N1,
        TaskType::N4,
        TaskType::S1,
        TaskType::S1,
        TaskType::S3,
        TaskType::D4,
        TaskType::V1,
    ];
    let lacking: Vec<TaskType> = lacking.into_iter().filter(|task_type| task_types.contains(task_type)).collect();
    let task_type = *lacking.choose(rng)?;
    let mut shown = scene(bank, task_type, setting, rng);
    let mut slots = shown.slots.clone();
    if task_type == TaskType::N1 && rng.random_bool(0.3) {
        shown = photo(bank, setting, rng)?;
    }
    let gaps: &[&str] = match task_type {
        TaskType::N1 => &["name"],
        TaskType::N4 => &["name", "other"],
        TaskType::S1 => &["colour"],
        TaskType::V1 => &["start", "goal"],
        _ => &["one", "other"],
    };
    let thing = match task_type.family() {
        Family::Natural => missing_name(bank, &shown.caption, rng)?,
        _ => missing_colour(&shown.caption, rng)?,
    };
    let gap = gaps.choose(rng)?;
    let asked = &mut slots.iter_mut().find(|(known, _)| known == gap)?.1;
    // What isn't called by its colour can't be missed by it.
    if task_type.family() != Family::Natural && !COLOURS.iter().any(|(colour, _)| colour == asked) {
        return None;
    }
    asked.clone_from(&thing);
    let reason = match task_type {
        TaskType::S1 | TaskType::S3 => format!("no {thing} bar here"),
        TaskType::D4 => format!("no {thing} node here"),
        _ => format!("no {thing} here"),
    };
    let question = phrasing::ask(task_type, setting.split, &slots, rng);
    Some((shown, Asked { task_type: Some(task_type), question, reason }))
}

/// Whether a caption has a word, in the singular or plural.
fn says(caption: &str, word: &str) -> bool {
    let words = caption.split(|c: char| !c.is_alphabetic());
    words.map(|said| said.strip_suffix('s').unwrap_or(said)).any(|said| said == word.strip_suffix('s').unwrap_or(word))
}

fn missing_name(bank: &Bank, caption: &str, rng: &mut ChaCha8Rng) -> Option<String> {
    let missing = |name: &&String| !says(caption, name) && !words::in_scenery(name);
    bank.names().iter().filter(missing).collect::<Vec<_>>().choose(rng).map(|name| name.to_string())
}

fn missing_colour(caption: &str, rng: &mut ChaCha8Rng) -> Option<String> {
    let named = COLOURS.iter().map(|(colour, _)| *colour);
    let missing: Vec<&str> = named.chain(OTHER_COLOURS).filter(|colour| !says(caption, colour)).collect();
    missing.choose(rng).map(|colour| colour.to_string())
}

/// A question of one kind about a picture of another.
fn other_kind(bank: &Bank, setting: Setting, rng: &mut ChaCha8Rng) -> Option<(Shown, Asked)> {
    let asked = *task_types(bank).choose(rng)?;
    let bare = if foreign(asked, None) && rng.random_bool(BARE) { photo(bank, setting, rng) } else { None };
    let shown = match bare {
        Some(photo) => photo,
        None => {
            let others: Vec<TaskType> =
                task_types(bank).into_iter().filter(|task_type| foreign(asked, Some(*task_type))).collect();
            scene(bank, *others.choose(rng)?, setting, rng)
        }
    };
    let slots = drafted(bank, asked, setting, rng).draft.slots;
    let seems = |(_, words): &(&str, String)| says(&shown.caption, words) || words::like_shape(words);
    if matches!(asked, TaskType::N1 | TaskType::N4) && slots.iter().any(seems) {
        return None;
    }
    let reason = match (asked, shown.task_type) {
        (TaskType::N2, None) => NOTHING_KNOWN.to_string(),
        (_, task_type) => format!("{}, no {}", is(task_type), needs(asked)),
    };
    Some((shown, Asked { task_type: Some(asked), question: phrasing::ask(asked, setting.split, &slots, rng), reason }))
}

/// A question of a kind about a picture of it, for something that nobody can know.
fn unknown_word(bank: &Bank, setting: Setting, rng: &mut ChaCha8Rng) -> Option<(Shown, Asked)> {
    let asked = [
        TaskType::N1,
        TaskType::N1,
        TaskType::N3,
        TaskType::N3,
        TaskType::N4,
        TaskType::D1,
        TaskType::D1,
        TaskType::S1,
    ];
    // The slots of N4 come from a photo.
    let task_type = *asked.choose(rng).filter(|task_type| **task_type != TaskType::N4 || !bank.is_empty())?;
    let natural = task_type.family() == Family::Natural;
    let shown = match natural && (bank.is_empty() || rng.random_bool(0.3)) {
        true => any(bank, setting, rng),
        false => scene(bank, task_type, setting, rng),
    };
    let word = words::unknown(bank, setting.split, rng);
    let slots: Slots = match task_type {
        TaskType::N1 => vec![("name", word)],
        TaskType::N3 => vec![("a_name", phrasing::with_article(&word)), ("name", word)],
        TaskType::N4 => {
            let mut slots = drafted(bank, task_type, setting, rng).draft.slots;
            let gap = ["name", "other"].choose(rng)?;
            slots.iter_mut().find(|(known, _)| known == gap)?.1 = word;
            slots
        }
        TaskType::D1 => vec![("things", words::plural(&word))],
        _ => vec![("colour", word)],
    };
    let question = phrasing::ask(task_type, setting.split, &slots, rng);
    Some((shown, Asked { task_type: Some(task_type), question, reason: NOT_A_WORD.to_string() }))
}

/// A question of a list.
fn listed(shown: Shown, list: &Lists, reason: &str, setting: Setting, rng: &mut ChaCha8Rng) -> (Shown, Asked) {
    let question = list.of(setting.split).choose(rng).expect("not empty").to_string();
    (shown, Asked { task_type: None, question, reason: reason.to_string() })
}

/// A sum, whatever the picture.
fn sum(shown: Shown, setting: Setting, rng: &mut ChaCha8Rng) -> (Shown, Asked) {
    let most = *[10, 20, 100, 1000].choose(rng).expect("not empty");
    let mut number = || rng.random_range(2..most).to_string();
    let mut slots = vec![("a", number()), ("b", number())];
    slots.push(("op", lists::OPERATORS.choose(rng).expect("not empty").to_string()));
    let wording = lists::SUMS.of(setting.split).choose(rng).expect("not empty");
    let question = phrasing::fill(wording, &slots);
    (shown, Asked { task_type: None, question, reason: NOT_ABOUT_IT.to_string() })
}

#[cfg(test)]
#[path = "unanswerable_tests.rs"]
mod tests;
