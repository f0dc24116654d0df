//! Rewards by hand, and what must hold for every question type: nothing earns as much as the item's own
//! trace.

use super::agreement::{Executed, executed, of_pictures};
use super::data::Sample;
use super::reward::{Aggregate, Answered, Drawings, Reward, RewardForm, RewardSettings};
use super::roughness::tests::{codebook, codes};
use crate::generate::pictures::action_of;
use crate::tasks::canvas::SIZE;
use crate::tasks::{Action, Bank, Item, Split, TaskType, Truth, execute, generate, judge, unanswerable};
use crate::tokens::{Codes, Parsed, PictureRule, ThoughtStep, fixtures};
use crate::train::data::SampleStep;
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::LazyLock;

static BANK: LazyLock<Bank> = LazyLock::new(|| {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("data");
    Bank::load(&data).expect("data/bank.safetensors")
});

const PAPER: RewardSettings = RewardSettings { form: RewardForm::Paper, ..RewardSettings::STANDARD };
const ROUGH: RewardSettings = RewardSettings { drawings: Some(Drawings::Roughness), ..RewardSettings::STANDARD };
const STEP: &str = "the fox MARK(0.50,0.50,1)";

fn parsed(pictures: &[Codes], answer: &str) -> Parsed {
    let step = |picture: &Codes| ThoughtStep { text: STEP.into(), picture: Some(picture.clone()) };
    Parsed { steps: pictures.iter().map(step).collect(), rest: String::new(), answer: answer.into(), problem: None }
}

/// A question whose answer is 3, after a step or after none.
fn asked(steps: bool) -> Sample {
    let step = SampleStep { text: STEP.into(), spelled_out: STEP.into(), picture: None };
    Sample {
        picture: RgbImage::new(1, 1),
        question: "how many?".into(),
        steps: if steps { vec![step] } else { Vec::new() },
        rest: String::new(),
        answer: "3".into(),
        caption: None,
        truth: Truth::Number { value: 3.0 },
        task_type: Some(TaskType::D1),
        state: None,
    }
}

fn paid(settings: RewardSettings, asked: &Sample, parsed: &Parsed, measured: &[Option<f64>]) -> Reward {
    let vocab = fixtures::own();
    let tokens = [vocab.thought_close, vocab.answer_open, vocab.answer_close];
    let (picture, rule) = (codes([0, 1, 0, 1]), PictureRule::Action);
    let answered = Answered { asked, picture: &picture, parsed, tokens: &tokens, rule, measured };
    settings.of(&answered, &vocab, &codebook())
}

fn reward(settings: RewardSettings, parsed: &Parsed) -> Reward {
    paid(settings, &asked(true), parsed, &[])
}

#[test]
fn the_papers_reward_by_hand() {
    let right = reward(PAPER, &parsed(&[codes([0, 1, 0, 1])], "3"));
    // 1 / (1 + 2 / 3) = 0.6; 0.855 + 0.095 + 0.05 * 0.6.
    assert!((right.perception.unwrap() - 0.6).abs() < 1e-12);
    assert!((right.total - 0.98).abs() < 1e-12);
    let wrong = reward(PAPER, &parsed(&[codes([0, 1, 0, 1])], "4"));
    assert!((wrong.total - 0.125).abs() < 1e-12);
    let both = parsed(&[codes([0, 1, 0, 1]), codes([1; 4])], "3");
    assert!((reward(PAPER, &both).perception.unwrap() - 0.8).abs() < 1e-12);
    let least = RewardSettings { aggregate: Aggregate::Min, ..PAPER };
    assert!((reward(least, &both).perception.unwrap() - 0.6).abs() < 1e-12);
}

#[test]
fn the_papers_reward_prefers_no_picture_and_a_blank_one() {
    let none = reward(PAPER, &parsed(&[], "3")).total;
    let blank = reward(PAPER, &parsed(&[codes([1; 4])], "3")).total;
    let honest = reward(PAPER, &parsed(&[codes([0, 1, 0, 1])], "3")).total;
    assert!((none - 1.0).abs() < 1e-12 && (blank - 1.0).abs() < 1e-12 && honest < 0.99);
}

#[test]
fn the_repaired_reward_does_not() {
    let none = reward(ROUGH, &parsed(&[], "3")).total;
    let blank = reward(ROUGH, &parsed(&[codes([1; 4])], "3")).total;
    let honest = reward(ROUGH, &parsed(&[codes([0, 1, 0, 1])], "3"));
    assert_eq!(none, 0.0);
    assert!((honest.total - 1.0).abs() < 1e-12, "{honest:?}");
    assert!(blank < 0.951);
    // Five times as rough: 2 / 5 of the part for pictures.
    let rough = reward(ROUGH, &parsed(&[codes([0, 1, 0, 2])], "3"));
    assert!((rough.perception.unwrap() - 0.4).abs() < 1e-5);
}

#[test]
fn only_well_formed_traces_are_paid() {
    let good = parsed(&[codes([0, 1, 0, 1])], "3");
    let damaged = Parsed { problem: Some("cut off".into()), ..good.clone() };
    let idle = Parsed { steps: vec![ThoughtStep { text: "the fox".into(), ..good.steps[0].clone() }], ..good.clone() };
    let trailing = Parsed { rest: "and so".into(), ..good.clone() };
    for bad in [damaged, idle, trailing] {
        assert_eq!(reward(ROUGH, &bad).total, 0.0);
    }
    assert!(reward(ROUGH, &good).total > 0.9);
}

#[test]
fn where_no_step_is_due_none_is_paid_best() {
    let of = |steps, parsed: &Parsed| paid(RewardSettings::STANDARD, &asked(steps), parsed, &[]).total;
    let (none, one) = (parsed(&[], "3"), parsed(&[codes([0; 4])], "3"));
    assert!((of(false, &none) - 1.0).abs() < 1e-12);
    assert_eq!([of(false, &one), of(true, &none)], [0.0, 0.0]);
    assert!(of(true, &one) > 0.9);
    // A question of one's own that was written without steps doesn't tell.
    let own = Sample { task_type: None, ..asked(false) };
    let of = |parsed: &Parsed| paid(RewardSettings::STANDARD, &own, parsed, &[None]).total;
    assert_eq!([of(&none), of(&one)], [0.95, 0.95]);
}

#[test]
fn what_was_measured_on_drawings_is_paid() {
    let pictures = [codes([0; 4]), codes([1; 4])];
    let of = |settings, measured: &[Option<f64>]| paid(settings, &asked(true), &parsed(&pictures, "3"), measured);
    // The second mark is one too many: half of the form.
    let words = 0.855 + 0.095 / 2.0;
    let scored = of(RewardSettings::STANDARD, &[Some(1.0), Some(-0.5)]);
    assert_eq!(scored.perception, Some(0.25));
    assert!((scored.total - words - 0.05 * 0.25).abs() < 1e-12);
    let unknown = of(RewardSettings::STANDARD, &[None, None]);
    assert!(unknown.perception.is_none() && (unknown.total - words).abs() < 1e-12);
    let from_answers_alone = of(RewardSettings { actions: false, ..RewardSettings::STANDARD }, &[None, None]);
    assert!((from_answers_alone.total - 0.95).abs() < 1e-12);
}

/// A thought as words and pictures.
#[derive(Clone)]
struct Thought {
    steps: Vec<(String, RgbImage)>,
    rest: String,
    answer: String,
}

impl Thought {
    fn of(item: &Item) -> Self {
        let steps = item.steps.iter().map(|step| (step.text.clone(), step.picture.clone())).collect();
        Self { steps, rest: item.rest.clone(), answer: item.answer.clone() }
    }

    /// What the executor draws after its actions.
    fn executed(&self, item: &Item) -> Vec<Executed<RgbImage>> {
        let texts: Vec<&str> = self.steps.iter().map(|(text, _)| text.as_str()).collect();
        executed(&item.picture, item.state.as_ref(), &texts)
    }

    /// What each drawing is worth with a codec that loses nothing.
    fn measured(&self, item: &Item, targets: &[Executed<RgbImage>]) -> Vec<Option<f64>> {
        let pictures: Vec<&RgbImage> = self.steps.iter().map(|(_, picture)| picture).collect();
        let targets: Vec<Executed<&RgbImage>> = targets.iter().map(Executed::as_ref).collect();
        of_pictures(&item.picture, &pictures, &targets)
    }

    fn earns(&self, item: &Item, measured: &[Option<f64>]) -> f64 {
        let step = |(text, _): &(String, RgbImage)| ThoughtStep { text: text.clone(), picture: Some(codes([0; 4])) };
        let steps = self.steps.iter().map(step).collect();
        let parsed = Parsed { steps, rest: self.rest.clone(), answer: self.answer.clone(), problem: None };
        paid(RewardSettings::STANDARD, &item.clone().into(), &parsed, measured).total
    }

    fn with(&self, number: usize, text: Option<String>, picture: Option<RgbImage>) -> Self {
        let mut other = self.clone();
        let (old, drawn) = &mut other.steps[number];
        *old = text.unwrap_or_else(|| old.clone());
        *drawn = picture.unwrap_or_else(|| drawn.clone());
        other
    }
}

/// Another action of the same sort, which the trace doesn't have there.
fn false_action(action: &Action) -> Action {
    let away = |v: f32| if v < 0.5 { 0.9 } else { 0.1 };
    match action {
        Action::Zoom([x, y, w, h]) | Action::Bbox([x, y, w, h]) => {
            let corner = |from: f32, size: f32| if from + size / 2.0 < 0.5 { 0.8 } else { 0.0 };
            let area = [corner(*x, *w), corner(*y, *h), 0.2, 0.2];
            if matches!(action, Action::Zoom(_)) { Action::Zoom(area) } else { Action::Bbox(area) }
        }
        Action::Mark { x, y, id } => Action::Mark { x: away(*x), y: away(*y), id: *id },
        Action::Line([x1, y1, x2, y2]) => Action::Line([away(*x1), away(*y1), away(*x2), away(*y2) * 0.5]),
        Action::Pred(change) => {
            let (words, last) = change.rsplit_once(' ').map_or(("", change.as_str()), |(words, last)| (words, last));
            let other = if last == "up" { "down" } else { "up" };
            Action::Pred(format!("{words} {other}").trim().to_string())
        }
    }
}

/// The thought with a false action in the step, with what the executor draws for it where it can, and
/// with the picture of the true one.
fn with_a_false_action(item: &Item, thought: &Thought, number: usize) -> Vec<Thought> {
    let text = &thought.steps[number].0;
    let (range, action) = Action::find(text).expect("a step has an action");
    let other = false_action(&action.unwrap());
    let text = format!("{}{other}", &text[..range.start]);
    let mut state = item.state.clone();
    let mut before = item.picture.clone();
    for (text, picture) in &thought.steps[..number] {
        execute(&before, &action_of(text).unwrap(), state.as_mut()).unwrap();
        before = picture.clone();
    }
    let mut thoughts = vec![thought.with(number, Some(text.clone()), None)];
    if let Ok(picture) = execute(&before, &other, state.as_mut()) {
        thoughts.push(thought.with(number, Some(text), Some(picture)));
    }
    thoughts
}

#[test]
fn nothing_earns_as_much_as_the_items_own_trace() {
    const SEEDS: u64 = 50;
    for task_type in TaskType::ALL.into_iter().map(Some).chain([None]) {
        let item = |seed| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            match task_type {
                Some(task_type) => generate(&BANK, task_type, Split::Train, &mut rng),
                None => unanswerable::generate(&BANK, Split::Train, &mut rng),
            }
        };
        let items: Vec<Item> = (0..SEEDS).map(item).collect();
        let task_type = task_type.map_or_else(|| "unanswerable".to_string(), |task_type| task_type.to_string());
        for (seed, item) in items.iter().enumerate() {
            let gold = Thought::of(item);
            let targets = gold.executed(item);
            let measured = gold.measured(item, &targets);
            let most = gold.earns(item, &measured);
            assert!((most - 1.0).abs() < 1e-9, "{task_type}, seed {seed}: {most}");
            let less_with = |thought: &Thought, measured: &[Option<f64>], what: &str| {
                let earned = thought.earns(item, measured);
                assert!(earned < most - 1e-3, "{task_type}, seed {seed}, {what}: {earned}");
            };
            let less = |thought: &Thought, targets: &[Executed<RgbImage>], what: &str| {
                less_with(thought, &thought.measured(item, targets), what);
            };
            let said = items.iter().map(|other| other.answer.as_str());
            let said: BTreeSet<&str> = said.chain(["", "nonsense", "maybe, maybe not"]).collect();
            for answer in said.into_iter().filter(|answer| !judge(&item.truth, answer)) {
                let wrong = Thought { answer: answer.into(), ..gold.clone() };
                less_with(&wrong, &measured, "a wrong answer");
                less_with(&Thought { steps: Vec::new(), ..wrong }, &[], "a wrong answer without steps");
            }
            let blank = RgbImage::from_pixel(SIZE, SIZE, image::Rgb([255; 3]));
            if gold.steps.is_empty() {
                let text = "there BBOX(0.10,0.10,0.40,0.40)".to_string();
                less_with(&Thought { steps: vec![(text, blank)], ..gold.clone() }, &[], "a step where none is due");
                continue;
            }
            less_with(&Thought { steps: Vec::new(), ..gold.clone() }, &[], "no picture where one is due");
            for number in 0..gold.steps.len() {
                let before = if number == 0 { &item.picture } else { &gold.steps[number - 1].1 };
                // When everything was taken away, the true picture is blank as well.
                let right = &gold.steps[number].1;
                if right.pixels().any(|pixel| pixel != right.get_pixel(0, 0)) {
                    less(&gold.with(number, None, Some(blank.clone())), &targets, "a blank picture");
                }
                less(&gold.with(number, None, Some(before.clone())), &targets, "a copy of the picture before");
                less_with(&gold.with(number, Some("look there".into()), None), &measured, "a step without action");
                let thoughts = with_a_false_action(item, &gold, number);
                let targets = thoughts[0].executed(item);
                for thought in thoughts {
                    less(&thought, &targets, &format!("after {}", thought.steps[number].0));
                }
            }
        }
    }
}
