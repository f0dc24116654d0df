//! The Uni-Tasks in miniature: seeded scenes with a question, an exact trace, an exact answer and a judge.
//!
//! A task type makes a scene: plain data with its exact truth. A hand (`hands`) draws it, a camera takes the picture.
//!
//! Reading order: `action`, `plane`, `touch`, `lens`, `digits`, `canvas`, `camera`, `hand`, `task_type`, `style`, `hands`, `region`, `state`, `scene`, then the task types, family by family
//! (`natural` with `sticker`; `structured`, `line_chart`, `pie`; `diagram`, `angle`, `graph`, `fraction`; `operational` with `maze`,
//! `jigsaw`, `robot`, `discs`), `phrasing`, `executor`, `reading`, `naming`, `truth`, `judge`, `bank`, `unanswerable`.
//! How to add a task type is in README.md.

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
pub mod hand;
pub mod hands;
mod jigsaw;
pub mod judge;
mod lens;
mod line_chart;
pub mod maze;
mod naming;
mod natural;
mod operational;
pub mod phrasing;
mod pie;
mod plane;
mod reading;
mod region;
mod robot;
mod scene;
mod state;
mod sticker;
mod structured;
pub mod style;
mod task_type;
mod touch;
mod truth;
pub mod unanswerable;
#[cfg(not(target_arch = "wasm32"))]
pub mod vocabulary;

use image::RgbImage;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub use action::Action;
pub use bank::Bank;
use camera::Camera;
pub use executor::execute;
pub use hand::Hand;
pub use judge::judge;
use scene::{Draft, Maker};
pub use state::SceneState;
pub use task_type::{Family, Setting, Split, TaskType};
pub use truth::Truth;

/// The version of the generator: another one draws other items from the same seeds.
pub const GENERATOR: u32 = 4;

/// One step of a trace.
#[derive(Clone, Debug)]
pub struct TraceStep {
    /// A short sentence that ends with its action.
    pub text: String,
    /// The same, which also says in words what the action leads to where its picture alone shows that: for
    /// a thought without pictures.
    pub spelled_out: String,
    /// The picture after the action, `canvas::SIZE` square.
    pub picture: RgbImage,
}

/// A question with its picture, trace and answer.
#[derive(Clone, Debug)]
pub struct Item {
    pub id: String,
    pub task_type: TaskType,
    /// 1 (easy) to 3 (hard).
    pub difficulty: u8,
    /// Who drew it, and what took the picture.
    pub drawn_by: (Hand, Camera),
    /// `canvas::SIZE` square.
    pub picture: RgbImage,
    pub question: String,
    pub steps: Vec<TraceStep>,
    /// Words of the thought after its last step; mostly none.
    pub rest: String,
    pub answer: String,
    /// The whole scene in a few words.
    pub caption: String,
    pub truth: Truth,
    /// The scene behind the picture where the actions change it (V1 to V5): for executed pictures.
    pub state: Option<SceneState>,
}

/// Good questions to try on pictures of a task type.
pub fn suggestions(task_type: TaskType) -> Vec<String> {
    phrasing::of(task_type).examples.iter().map(|question| question.to_string()).collect()
}

/// Text to train a tokenizer on: questions, steps, answers and captions of `n` items of every task type in turn
/// (of the drawn kinds only if the bank is empty), and every coordinate once.
pub fn corpus(bank: &Bank, split: Split, n: usize, seed: u64) -> Vec<String> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let task_types: Vec<TaskType> = TaskType::ALL
        .into_iter()
        .filter(|task_type| !bank.is_empty() || task_type.family() != Family::Natural)
        .collect();
    let mut lines: Vec<String> = (0..=100).map(|hundredths| format!("{:.2}", f64::from(hundredths) / 100.0)).collect();
    for task_type in task_types.into_iter().cycle().take(n) {
        let item = worded(bank, task_type, split.into(), &mut rng);
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
pub fn generate(bank: &Bank, task_type: TaskType, setting: impl Into<Setting>, rng: &mut ChaCha8Rng) -> Item {
    let setting = setting.into();
    let item = worded(bank, task_type, setting, rng);
    let question = if setting.split == Split::Train { phrasing::typed(&item.question, rng) } else { item.question };
    Item { question, ..item }
}

/// An item whose question is spelled as it should be.
fn worded(bank: &Bank, task_type: TaskType, setting: Setting, rng: &mut ChaCha8Rng) -> Item {
    let Drafted { difficulty, drawn_by, draft } = drafted(bank, task_type, setting, rng);
    let Draft { picture, slots, steps: plan, answer, caption, truth, state } = draft;
    let question = phrasing::ask(task_type, setting.split, &slots, rng);
    let id = format!("{task_type}-{:08x}", rng.random::<u32>());
    let mut moving = state.clone();
    let mut steps: Vec<TraceStep> = Vec::with_capacity(plan.len());
    for (words, action) in plan {
        let before = steps.last().map_or(&picture, |step| &step.picture);
        let begins = moving.as_ref().filter(|_| steps.is_empty()).and_then(|state| state.begins());
        let after = execute(before, &action, moving.as_mut()).expect("the generator's own actions are valid");
        let state = match (&action, &moving) {
            (Action::Pred(_), Some(state)) => state.in_words(),
            _ => None,
        };
        let spelled_out = [begins, Some(words.clone()), state].into_iter().flatten().collect::<Vec<_>>().join(", ");
        steps.push(TraceStep {
            text: format!("{words} {action}"),
            spelled_out: format!("{spelled_out} {action}"),
            picture: after,
        });
    }
    let rest = String::new();
    Item { id, task_type, difficulty, drawn_by, picture, question, steps, rest, answer, caption, truth, state }
}

/// A scene of a task type before it is asked about.
struct Drafted {
    difficulty: u8,
    drawn_by: (Hand, Camera),
    draft: Draft,
}

/// What draws an item of a task type.
fn maker(task_type: TaskType) -> fn(&mut Maker) -> Draft {
    match task_type {
        TaskType::N1 => natural::find,
        TaskType::N2 => natural::name,
        TaskType::N3 => natural::presence,
        TaskType::N4 => natural::relation,
        TaskType::S1 => structured::value,
        TaskType::S2 => structured::extreme,
        TaskType::S3 => structured::difference,
        TaskType::S4 => line_chart::extreme,
        TaskType::S5 => pie::slices,
        TaskType::D1 => diagram::count,
        TaskType::D2 => diagram::sides,
        TaskType::D3 => angle::sort,
        TaskType::D4 => graph::connected,
        TaskType::D5 => fraction::shaded,
        TaskType::V1 => operational::maze,
        TaskType::V2 => operational::lake,
        TaskType::V3 => jigsaw::fit,
        TaskType::V4 => robot::pushes,
        TaskType::V5 => discs::left,
    }
}

fn drafted(bank: &Bank, task_type: TaskType, setting: Setting, rng: &mut ChaCha8Rng) -> Drafted {
    let Setting { split, difficulty, hand } = setting;
    let difficulty = difficulty.unwrap_or_else(|| match rng.random_range(0..100) {
        0..40 => 1,
        40..75 => 2,
        _ => 3,
    });
    let difficulty = difficulty.clamp(1, 3);
    let mut with = Maker { bank, split, difficulty, hand, drawn_by: (Hand::Plain, Camera::None), rng };
    let draft = maker(task_type)(&mut with);
    Drafted { difficulty, drawn_by: with.drawn_by, draft }
}

#[cfg(test)]
mod bank_tests;
#[cfg(test)]
mod tests;
