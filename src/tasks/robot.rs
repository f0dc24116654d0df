//! A robot that pushes a box (V4).

use image::RgbImage;
use rand::Rng;
use rand::seq::IndexedRandom;

use super::action::Action;
use super::canvas::{Canvas, Dot, corners};
use super::maze::{MOVES, beside};
use super::scene::{Draft, Maker, Region, joined};
use super::state::{Changing, SceneState};
use super::style::{Style, colour_names};
use super::truth::Truth;

/// The floor has 3 x 3 cells, the nine regions of the picture, and a path round them for the robot.
const SIZE: usize = 3;

/// A box on the floor, and the robot behind it.
#[derive(Clone, Debug)]
pub struct RobotScene {
    /// The box's cell, in reading order.
    pub at: usize,
    /// The step of the next push: the robot stands on the other side of the box.
    towards: (i32, i32),
    colours: [&'static str; 2],
    cell: f32,
    style: Style,
}

impl Changing for RobotScene {
    fn apply(&mut self, change: &str) -> Option<()> {
        RobotScene::apply(self, change)
    }

    fn in_words(&self) -> Option<String> {
        Some(format!("box {}", Region(self.at).in_step()))
    }

    fn picture(&self) -> RgbImage {
        RobotScene::picture(self)
    }

    fn copy(&self) -> Box<dyn Changing> {
        Box::new(self.clone())
    }
}

impl RobotScene {
    /// "push up" moves the box by one cell; `None` if it would leave the floor.
    pub fn apply(&mut self, change: &str) -> Option<()> {
        let word = change.strip_prefix("push ")?;
        self.at = beside(SIZE, self.at, word)?;
        self.towards = MOVES.iter().find(|(name, _)| *name == word)?.1;
        Some(())
    }

    fn middle(&self, column: f32, row: f32) -> Dot {
        (0.5 + (column - 1.0) * self.cell, 0.5 + (row - 1.0) * self.cell)
    }

    pub fn picture(&self) -> RgbImage {
        let style = &self.style;
        let mut canvas = style.canvas();
        let edge = 0.5 - 1.5 * self.cell;
        let thin = (style.line * 0.5).clamp(0.008, 0.018);
        for i in 0..=SIZE {
            let at = edge + self.cell * i as f32;
            canvas.line((at, edge), (at, 1.0 - edge), thin, style.faint);
            canvas.line((edge, at), (1.0 - edge, at), thin, style.faint);
        }
        let (column, row) = ((self.at % SIZE) as f32, (self.at / SIZE) as f32);
        let (x, y) = self.middle(column, row);
        let half = self.cell * 0.42;
        let [robot, carton] = self.colours.map(|name| style.shade(name));
        canvas.rect(x - half, y - half, half * 2.0, half * 2.0, carton);
        let dots = corners(x - half, y - half, half * 2.0, half * 2.0);
        let bold = style.line.clamp(0.010, 0.022);
        canvas.outline(&dots, bold, style.ink);
        canvas.line(dots[0], dots[2], bold, style.ink);
        let behind = self.middle(column - 0.82 * self.towards.0 as f32, row - 0.82 * self.towards.1 as f32);
        self.robot(&mut canvas, behind, robot);
        style.finish(&canvas)
    }

    /// A disc with two eyes that look towards the box.
    fn robot(&self, canvas: &mut Canvas, (x, y): Dot, colour: [u8; 3]) {
        canvas.disc((x, y), 0.09, colour);
        let (dx, dy) = (self.towards.0 as f32 * 0.034, self.towards.1 as f32 * 0.034);
        for side in [-1.0, 1.0] {
            canvas.disc((x + dx + dy * side, y + dy + dx * side), 0.024, [255; 3]);
        }
    }
}

/// "up twice", "left once".
fn said((word, times): &(&'static str, usize)) -> String {
    format!("{word} {}", if *times == 1 { "once" } else { "twice" })
}

/// V4: where the box is after some pushes. Each step makes one push.
pub fn pushes(m: &mut Maker) -> Draft {
    // One way, two ways of one push each, or two ways with up to two pushes.
    let (turns, most) = m.by_difficulty([(1, 2), (2, 1), (2, 2)]);
    // Every end is as likely as any other.
    let goal = m.rng.random_range(0..SIZE * SIZE);
    let (start, plan) = loop {
        let start = m.rng.random_range(0..SIZE * SIZE);
        let mut plan: Vec<(&'static str, usize)> = Vec::new();
        for _ in 0..turns {
            let (word, (dx, _)) = *MOVES.choose(m.rng).expect("not empty");
            // The second way is across the first: "up, then down" would be silly.
            let across =
                |(other, _): &(&str, usize)| MOVES.iter().any(|(n, (x, _))| n == other && (*x == 0) != (dx == 0));
            if plan.iter().all(across) {
                plan.push((word, m.rng.random_range(1..=most)));
            }
        }
        let mut words = plan.iter().flat_map(|(word, times)| std::iter::repeat_n(*word, *times));
        let end = words.try_fold(start, |at, word| beside(SIZE, at, word));
        if plan.len() == turns && end == Some(goal) {
            break (start, plan);
        }
    };
    let words: Vec<&'static str> = plan.iter().flat_map(|(word, times)| std::iter::repeat_n(*word, *times)).collect();
    let colours = colour_names(m.rng, 2);
    let towards = MOVES.iter().find(|(name, _)| *name == words[0]).map_or((0, 0), |(_, step)| *step);
    let scene = RobotScene {
        at: start,
        towards,
        colours: [colours[0], colours[1]],
        cell: m.rng.random_range(0.21..0.265),
        style: m.style(),
    };
    let caption = format!("a {} robot, a {} box {}", colours[0], colours[1], Region(start).in_step());
    let state = SceneState::of(scene);
    Draft {
        picture: state.picture(),
        slots: vec![("pushes", joined(&plan.iter().map(said).collect::<Vec<_>>()))],
        // Where the box goes is for the drawing to show.
        steps: words.iter().map(|word| (format!("push {word} now"), Action::Pred(format!("push {word}")))).collect(),
        answer: Region(goal).name().to_string(),
        caption,
        truth: Truth::Region { region: Region(goal).name().to_string() },
        state: Some(state),
    }
}
