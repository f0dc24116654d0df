//! The nine regions of a picture.

use super::plane::Dot;

/// One of the nine regions of a picture, in reading order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Region(pub usize);

/// The regions as answers name them.
pub const REGIONS: [&str; 9] =
    ["top left", "top", "top right", "left", "middle", "right", "bottom left", "bottom", "bottom right"];

/// The regions as steps name them: always two words, so that every step of a task type is equally long.
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
