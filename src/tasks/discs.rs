//! Discs that are taken away (V5).

use image::RgbImage;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::Dot;
use super::scene::{Draft, Maker, Region, counted, joined};
use super::state::{Changing, SceneState};
use super::style::{Style, colour_names};
use super::truth::Truth;

/// Discs of some colours.
#[derive(Clone, Debug)]
pub struct DiscScene {
    /// Colour and middle of each.
    pub discs: Vec<(&'static str, Dot)>,
    radius: f32,
    style: Style,
}

impl Changing for DiscScene {
    fn apply(&mut self, change: &str) -> Option<()> {
        DiscScene::apply(self, change)
    }

    fn in_words(&self) -> Option<String> {
        Some(format!("{} left", self.discs.len()))
    }

    fn picture(&self) -> RgbImage {
        DiscScene::picture(self)
    }

    fn copy(&self) -> Box<dyn Changing> {
        Box::new(self.clone())
    }
}

impl DiscScene {
    /// "remove red" takes the red ones away; `None` if there are none.
    pub fn apply(&mut self, change: &str) -> Option<()> {
        let colour = change.strip_prefix("remove ")?;
        let before = self.discs.len();
        self.discs.retain(|(other, _)| *other != colour);
        (self.discs.len() < before).then_some(())
    }

    pub fn picture(&self) -> RgbImage {
        let style = &self.style;
        let mut canvas = style.canvas();
        for (colour, middle) in &self.discs {
            canvas.disc(*middle, self.radius, style.shade(colour));
            if style.edge > 0.0 {
                canvas.ring(*middle, self.radius, style.edge, style.ink);
            }
        }
        style.finish(&canvas)
    }
}

/// V5: how many discs are left when those of one colour are gone. The steps mark each of those, in
/// reading order, then show the picture without them.
pub fn left(m: &mut Maker) -> Draft {
    let (most, gone, colours) = m.by_difficulty([(4, 2, 2), (5, 3, 3), (6, 3, 4)]);
    let (left, gone) = (m.rng.random_range(0..=most), m.rng.random_range(1..=gone));
    let colours = colour_names(m.rng, colours);
    let mut names: Vec<&'static str> = vec![colours[0]; gone];
    names.extend((0..left).map(|_| *colours[1..].choose(m.rng).expect("two colours at least")));
    names.shuffle(m.rng);
    let mut cells: Vec<usize> = (0..9).collect();
    cells.shuffle(m.rng);
    cells.truncate(names.len());
    cells.sort_unstable();
    let style = m.style();
    let (pitch, size) = (m.within(0.24..0.33), m.within(0.3..0.44));
    let mut loose = || m.rng.random_range(-0.02..0.02f32);
    let middles: Vec<Dot> = cells
        .iter()
        .map(|cell| {
            (0.5 + pitch * (cell % 3) as f32 - pitch + loose(), 0.5 + pitch * (cell / 3) as f32 - pitch + loose())
        })
        .collect();
    let discs = names.iter().copied().zip(middles.iter().copied()).collect();
    let scene = DiscScene { discs, radius: pitch * size, style };
    let canvas = scene.style.canvas();
    let colour = colours[0];
    let taken = (0..names.len()).filter(|i| names[*i] == colour);
    let mut steps: Vec<(String, Action)> = taken
        .enumerate()
        .map(|(number, i)| {
            let (x, y) = canvas.place(middles[i]);
            let words = format!("{colour} {} {}", number + 1, Region(cells[i]).in_step());
            (words, Action::Mark { x: two(x), y: two(y), id: number as u8 + 1 })
        })
        .collect();
    // What is left is for the drawing to show.
    steps.push((format!("take {colour} away"), Action::Pred(format!("remove {colour}"))));
    let count = |name: &&str| names.iter().filter(|other| *other == name).count();
    let groups: Vec<String> = colours
        .iter()
        .filter(|name| count(name) > 0)
        .map(|name| counted(count(name), &format!("{name} disc")))
        .collect();
    let state = SceneState::of(scene);
    Draft {
        picture: state.picture(),
        slots: vec![("colour", colour.to_string())],
        steps,
        answer: left.to_string(),
        caption: joined(&groups),
        truth: Truth::Number { value: left as f64 },
        state: Some(state),
    }
}
