//! What all kinds of scene share: the maker that draws by chance, the draft of an item, and regions.

use std::ops::Range;

use image::RgbImage;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::Split;
use super::action::Action;
use super::bank::Bank;
use super::camera::{Camera, Shot};
use super::canvas::Dot;
use super::hands::Hand;
use super::operational::State;
use super::style::Style;
use super::truth::Truth;

/// What a scene is made from.
pub struct Maker<'a> {
    pub bank: &'a Bank,
    pub split: Split,
    /// 1 (easy) to 3 (hard).
    pub difficulty: u8,
    /// Who draws, if it isn't left to chance; then no camera is between the drawing and the picture.
    pub hand: Option<Hand>,
    /// Who drew, and what took the picture.
    pub drawn_by: (Hand, Camera),
    pub rng: &'a mut ChaCha8Rng,
}

impl Maker<'_> {
    /// The look of the scene.
    pub fn style(&mut self) -> Style {
        let hand = self.hand.unwrap_or_else(|| Hand::choose(self.split, self.rng));
        let mut style = hand.style(self.bank, self.split, self.rng);
        if self.hand.is_some() {
            style.shot = Shot::none();
        }
        self.drawn_by = (hand, style.shot.camera);
        style
    }

    /// A length by chance.
    pub fn within(&mut self, range: Range<f32>) -> f32 {
        self.rng.random_range(range)
    }

    /// True for this share of items.
    pub fn chance(&mut self, share: f64) -> bool {
        self.rng.random_bool(share)
    }

    /// One of three by the difficulty.
    pub fn by_difficulty<T>(&self, [easy, middle, hard]: [T; 3]) -> T {
        match self.difficulty {
            0 | 1 => easy,
            2 => middle,
            _ => hard,
        }
    }
}

/// An item before its question is worded and its steps are drawn.
pub struct Draft {
    pub picture: RgbImage,
    /// Words for the gaps in a phrasing, such as ("colour", "red").
    pub slots: Vec<(&'static str, String)>,
    /// Words before the action, and the action.
    pub steps: Vec<(String, Action)>,
    pub answer: String,
    pub caption: String,
    pub truth: Truth,
    /// The scene behind the picture, where PRED needs it.
    pub state: Option<State>,
}

/// One of the nine regions of a picture, in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region(pub usize);

/// The regions as answers name them.
pub const REGIONS: [&str; 9] =
    ["top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"];

/// The regions as steps name them: always two words, so that every step of a kind is equally long.
const IN_STEPS: [&str; 9] =
    ["top left", "at top", "top right", "at left", "in middle", "at right", "bottom left", "at bottom", "bottom right"];

/// The regions as questions name them.
const IN_QUESTIONS: [&str; 9] = [
    "in the top left",
    "at the top",
    "in the top right",
    "on the left",
    "in the middle",
    "on the right",
    "in the bottom left",
    "at the bottom",
    "in the bottom right",
];

impl Region {
    /// The region of the picture that a point is in.
    pub fn of((x, y): Dot) -> Region {
        let third = |v: f32| ((v * 3.0) as usize).min(2);
        Region(third(y) * 3 + third(x))
    }

    /// The side or corner of a figure on which a point lies, seen from the figure's middle.
    pub fn seen_from(middle: Dot, dot: Dot) -> Region {
        // Eight directions clockwise from the right; y grows downward.
        const AROUND: [usize; 8] = [5, 8, 7, 6, 3, 0, 1, 2];
        let eighth = (dot.1 - middle.1).atan2(dot.0 - middle.0) / std::f32::consts::FRAC_PI_4;
        Region(AROUND[(eighth.round() as i32).rem_euclid(8) as usize])
    }

    /// As an answer says it, such as "top".
    pub fn name(self) -> &'static str {
        REGIONS[self.0]
    }

    /// As a question says it, such as "at the top".
    pub fn in_question(self) -> &'static str {
        IN_QUESTIONS[self.0]
    }

    /// As a step says it, such as "at top".
    pub fn in_step(self) -> &'static str {
        IN_STEPS[self.0]
    }
}

/// "1 star", "2 stars".
pub fn counted(n: usize, thing: &str) -> String {
    format!("{n} {thing}{}", if n == 1 { "" } else { "s" })
}

/// "a, b and c".
pub fn joined(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., last] => format!("{} and {last}", most.join(", ")),
    }
}
