//! What all kinds of scene share: the maker that draws by chance, the draft of an item, and words for it.

use std::ops::Range;

use image::RgbImage;
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::action::Action;
use super::bank::Bank;
use super::camera::{Camera, Shot};
use super::hand::Hand;
pub use super::region::Region;
use super::state::SceneState;
use super::style::Style;
use super::task_type::Split;
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
    pub state: Option<SceneState>,
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
