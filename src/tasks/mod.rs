//! The Uni-Tasks in miniature: seeded scenes with a question, an exact trace, an exact answer and a judge.
//!
//! A kind makes a scene: plain data with its exact truth. A hand (`hands`) draws it, a camera takes the picture.
//!
//! Reading order: `action`, `plane`, `touch`, `lens`, `digits`, `canvas`, `camera`, `style`, `hands`, `scene`, then the kinds, family by family
//! (`natural` with `sticker`; `structured`, `line_chart`, `pie`; `diagram`, `angle`, `graph`, `fraction`; `operational` with `maze`,
//! `jigsaw`, `robot`, `discs`), `phrasing`, `executor`, `truth`, `reading`, `judge`, `bank`, `unanswerable`.
//! To add a kind: a variant and its line in `KINDS` here, one function that returns a `Draft`, its phrasings.

pub mod action;
mod angle;
pub mod bank;
pub mod camera;
pub mod canvas;
mod diagram;
mod digits;
mod discs;
pub mod executor;
mod fraction;
mod graph;
pub mod hands;
mod jigsaw;
pub mod judge;
mod lens;
mod line_chart;
pub mod maze;
mod natural;
mod operational;
pub mod phrasing;
mod pie;
mod plane;
mod reading;
mod robot;
mod scene;
mod sticker;
mod structured;
pub mod style;
mod touch;
mod truth;
pub mod unanswerable;
#[cfg(not(target_arch = "wasm32"))]
pub mod vocabulary;

use std::fmt;
use std::str::FromStr;

use image::RgbImage;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

pub use action::Action;
pub use bank::Bank;
use camera::Camera;
pub use executor::execute;
pub use hands::Hand;
pub use judge::judge;
pub use operational::State;
use scene::{Draft, Maker};
pub use truth::Truth;

/// The four families of questions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Family {
    Natural,
    Structured,
    Diagram,
    Operational,
}

/// A type of question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// Where a thing is.
    N1,
    /// What is in a region.
    N2,
    /// Whether a thing is there.
    N3,
    /// Whether a thing is left or right of, above or below another.
    N4,
    /// The value of a bar.
    S1,
    /// The tallest, shortest or second tallest bar.
    S2,
    /// How much taller one bar is than another.
    S3,
    /// The highest or lowest point of a line.
    S4,
    /// The largest or smallest slice of a pie, or whether one is more than half.
    S5,
    /// Counting shapes.
    D1,
    /// The sides of a polygon.
    D2,
    /// The sort of an angle.
    D3,
    /// Whether two nodes are connected.
    D4,
    /// The fraction that is shaded.
    D5,
    /// The way through a maze.
    V1,
    /// Moves over a frozen lake.
    V2,
    /// The piece that fits a hole.
    V3,
    /// Where a box is after it was pushed.
    V4,
    /// How many discs are left.
    V5,
}

/// Draws an item of one kind.
type Make = fn(&mut Maker) -> Draft;

/// One line a kind, in the order of the variants: its name, its family, and what draws it.
const KINDS: [(Kind, &str, Family, Make); 19] = [
    (Kind::N1, "N1", Family::Natural, natural::find),
    (Kind::N2, "N2", Family::Natural, natural::name),
    (Kind::N3, "N3", Family::Natural, natural::presence),
    (Kind::N4, "N4", Family::Natural, natural::relation),
    (Kind::S1, "S1", Family::Structured, structured::value),
    (Kind::S2, "S2", Family::Structured, structured::extreme),
    (Kind::S3, "S3", Family::Structured, structured::difference),
    (Kind::S4, "S4", Family::Structured, line_chart::extreme),
    (Kind::S5, "S5", Family::Structured, pie::slices),
    (Kind::D1, "D1", Family::Diagram, diagram::count),
    (Kind::D2, "D2", Family::Diagram, diagram::sides),
    (Kind::D3, "D3", Family::Diagram, angle::sort),
    (Kind::D4, "D4", Family::Diagram, graph::connected),
    (Kind::D5, "D5", Family::Diagram, fraction::shaded),
    (Kind::V1, "V1", Family::Operational, operational::maze),
    (Kind::V2, "V2", Family::Operational, operational::lake),
    (Kind::V3, "V3", Family::Operational, jigsaw::fit),
    (Kind::V4, "V4", Family::Operational, robot::pushes),
    (Kind::V5, "V5", Family::Operational, discs::left),
];

impl Kind {
    /// Every kind, family by family.
    pub const ALL: [Kind; KINDS.len()] = {
        let mut all = [Kind::N1; KINDS.len()];
        let mut i = 0;
        while i < all.len() {
            all[i] = KINDS[i].0;
            i += 1;
        }
        all
    };

    /// The family that the kind belongs to.
    pub fn family(self) -> Family {
        KINDS[self as usize].2
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.pad(KINDS[*self as usize].1)
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Kind> {
        Kind::ALL.into_iter().find(|kind| kind.to_string().eq_ignore_ascii_case(text.trim())).ok_or_else(|| {
            let names: Vec<String> = Kind::ALL.iter().map(Kind::to_string).collect();
            Error::config(format!("There is no question type \"{text}\"."), format!("Use one of {}.", names.join(", ")))
        })
    }
}

/// The version of the generator: another one draws other items from the same seeds.
pub const GENERATOR: u32 = 2;

/// What an item may be made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// Training scenes, stickers and phrasings.
    Train,
    /// Held-out scenes and held-out phrasings.
    Test,
    /// As `Test`, by hands, a camera, fonts and stickers that training never shows.
    UnseenHand,
}

/// What items are drawn from and how.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setting {
    pub split: Split,
    /// 1 (easy) to 3 (hard); by chance if not given: 40% easy, 35% middle, 25% hard.
    pub difficulty: Option<u8>,
    /// By one hand alone, and without a camera: for lessons, and for models that have practised no more.
    pub hand: Option<Hand>,
}

impl From<Split> for Setting {
    fn from(split: Split) -> Setting {
        Setting { split, difficulty: None, hand: None }
    }
}

/// One step of a trace.
#[derive(Clone, Debug)]
pub struct Step {
    /// A short sentence that ends with its action.
    pub text: String,
    /// The same, which also says in words what the action leads to where its picture alone shows that: for
    /// a thought without pictures.
    pub told: String,
    /// The picture after the action, `canvas::SIZE` square.
    pub picture: RgbImage,
}

/// A question with its picture, trace and answer.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: String,
    pub kind: Kind,
    /// 1 (easy) to 3 (hard).
    pub difficulty: u8,
    /// Who drew it, and what took the picture.
    pub drawn_by: (Hand, Camera),
    /// `canvas::SIZE` square.
    pub picture: RgbImage,
    pub question: String,
    pub steps: Vec<Step>,
    /// Words of the thought after its last step; mostly none.
    pub rest: String,
    pub answer: String,
    /// The whole scene in a few words.
    pub caption: String,
    pub truth: Truth,
    /// The scene behind the picture where the actions change it (V1 to V5): for executed pictures.
    pub state: Option<State>,
}

/// Good questions to try on pictures of a kind.
pub fn suggestions(kind: Kind) -> Vec<String> {
    phrasing::of(kind).examples.iter().map(|question| question.to_string()).collect()
}

/// Text to train a tokenizer on: questions, steps, answers and captions of `n` items of every kind in turn
/// (of the drawn kinds only if the bank is empty), and every coordinate once.
pub fn corpus(bank: &Bank, split: Split, n: usize, seed: u64) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let kinds: Vec<Kind> =
        Kind::ALL.into_iter().filter(|kind| !bank.is_empty() || kind.family() != Family::Natural).collect();
    let mut lines: Vec<String> = (0..=100).map(|hundredths| format!("{:.2}", f64::from(hundredths) / 100.0)).collect();
    for kind in kinds.into_iter().cycle().take(n) {
        let item = worded(bank, kind, split.into(), &mut rng);
        lines.push(item.question);
        lines.extend(item.steps.into_iter().map(|step| step.text));
        lines.extend([item.answer, item.caption]);
    }
    lines.extend(unanswerable::texts());
    lines
}

/// Draws one item by chance. Questions of training are typed as people type.
///
/// # Panics
/// For a natural kind if the bank is empty.
pub fn generate(bank: &Bank, kind: Kind, setting: impl Into<Setting>, rng: &mut ChaCha8Rng) -> Item {
    let setting = setting.into();
    let item = worded(bank, kind, setting, rng);
    let question = if setting.split == Split::Train { phrasing::typed(&item.question, rng) } else { item.question };
    Item { question, ..item }
}

/// An item whose question is spelled as it should be.
fn worded(bank: &Bank, kind: Kind, setting: Setting, rng: &mut ChaCha8Rng) -> Item {
    let Drafted { difficulty, drawn_by, draft } = drafted(bank, kind, setting, rng);
    let Draft { picture, slots, steps: plan, answer, caption, truth, state } = draft;
    let question = phrasing::ask(kind, setting.split, &slots, rng);
    let id = format!("{kind}-{:08x}", rng.random::<u32>());
    let mut moving = state.clone();
    let mut steps: Vec<Step> = Vec::with_capacity(plan.len());
    for (words, action) in plan {
        let before = steps.last().map_or(&picture, |step| &step.picture);
        let after = execute(before, &action, moving.as_mut()).expect("the generator's own actions are valid");
        let state = match (&action, &moving) {
            (Action::Pred(_), Some(state)) => state.told(),
            _ => None,
        };
        let told = state.map_or_else(|| words.clone(), |state| format!("{words}, {state}"));
        steps.push(Step { text: format!("{words} {action}"), told: format!("{told} {action}"), picture: after });
    }
    let rest = String::new();
    Item { id, kind, difficulty, drawn_by, picture, question, steps, rest, answer, caption, truth, state }
}

/// A scene of a kind before it is asked about.
struct Drafted {
    difficulty: u8,
    drawn_by: (Hand, Camera),
    draft: Draft,
}

fn drafted(bank: &Bank, kind: Kind, setting: Setting, rng: &mut ChaCha8Rng) -> Drafted {
    let Setting { split, difficulty, hand } = setting;
    let difficulty = difficulty.unwrap_or_else(|| match rng.random_range(0..100) {
        0..40 => 1,
        40..75 => 2,
        _ => 3,
    });
    let difficulty = difficulty.clamp(1, 3);
    let make = KINDS[kind as usize].3;
    let mut maker = Maker { bank, split, difficulty, hand, drawn_by: (Hand::Plain, Camera::None), rng };
    let draft = make(&mut maker);
    Drafted { difficulty, drawn_by: maker.drawn_by, draft }
}

#[cfg(test)]
mod tests;
