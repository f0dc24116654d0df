//! Pie charts (S5): the largest or smallest slice, and whether a slice is more than half.

use std::f32::consts::{PI, TAU};

use rand::Rng;
use rand::seq::SliceRandom;

use super::action::{Action, two};
use super::canvas::{Canvas, Colour, Dot};
use super::scene::{Draft, Maker, Region};
use super::style::{Style, colour_names};
use super::truth::Truth;

/// The outline of a slice of a disc, from the middle, between two angles (0 is up, clockwise).
pub fn slice(middle: Dot, radius: f32, from: f32, to: f32) -> Vec<Dot> {
    let steps = ((to - from) / 0.1).ceil().max(1.0) as usize;
    let rim = (0..=steps).map(|i| towards(middle, radius, from + (to - from) * i as f32 / steps as f32));
    std::iter::once(middle).chain(rim).collect()
}

/// The point at a distance from the middle in a direction (0 is up, clockwise).
pub fn towards((x, y): Dot, distance: f32, angle: f32) -> Dot {
    (x + distance * angle.sin(), y - distance * angle.cos())
}

struct Pie {
    /// Colour and share of the whole; the shares sum to 1.
    slices: Vec<(&'static str, f32)>,
    /// Where the first slice begins, in radians.
    turn: f32,
    middle: Dot,
    radius: f32,
    /// Radius of the hole of a ring, a share of the whole; 0 is none.
    hollow: f32,
    /// Whether a line parts the slices.
    parted: bool,
    style: Style,
}

impl Pie {
    fn sample(m: &mut Maker, shares: Vec<f32>) -> Pie {
        let colours = colour_names(m.rng, shares.len());
        let style = m.style().filling();
        let radius = m.within(0.28..0.46);
        let room = (0.47 - radius).max(0.0);
        Pie {
            slices: colours.into_iter().zip(shares).collect(),
            turn: m.rng.random_range(0.0..TAU),
            middle: (0.5 + room * m.rng.random_range(-1.0..1.0), 0.5 + room * m.rng.random_range(-1.0..1.0)),
            radius,
            parted: m.chance(0.5),
            hollow: if m.chance(0.2) { m.rng.random_range(0.3..0.6) } else { 0.0 },
            style,
        }
    }

    /// The angles between which a slice lies.
    fn span(&self, index: usize) -> (f32, f32) {
        let before: f32 = self.slices[..index].iter().map(|(_, share)| share).sum();
        let from = self.turn + TAU * before;
        (from, from + TAU * self.slices[index].1)
    }

    fn draw(&self) -> Canvas {
        let mut canvas = self.style.canvas();
        // A line of the ground between the slices, or of ink.
        let rim: Colour = if self.style.edge > 0.0 { self.style.ink } else { self.style.background };
        let width = if self.style.edge > 0.0 { self.style.edge } else { 0.016 };
        for (i, (colour, _)) in self.slices.iter().enumerate() {
            let (from, to) = self.span(i);
            let dots = slice(self.middle, self.radius, from, to);
            canvas.polygon(&dots, self.style.shade(colour));
            if self.parted {
                canvas.outline(&dots, width, rim);
            }
        }
        if self.hollow > 0.0 {
            canvas.hole(self.middle, self.radius * self.hollow);
        }
        canvas
    }

    /// Words and marker on a slice.
    fn mark(&self, canvas: &Canvas, word: &str, index: usize) -> (String, Action) {
        let (from, to) = self.span(index);
        // A slice of more than half has its middle nearer to the pie's.
        let far = if self.hollow > 0.0 {
            (1.0 + self.hollow) / 2.0
        } else if to - from > PI {
            0.45
        } else {
            0.62
        };
        let (x, y) = canvas.place(towards(self.middle, self.radius * far, (from + to) / 2.0));
        let where_ = Region::seen_from(canvas.place(self.middle), (x, y)).in_step();
        (format!("{word} is {where_}"), Action::Mark { x: two(x), y: two(y), id: 1 })
    }

    fn caption(&self) -> String {
        let percent = |share: f32| (share * 100.0).round();
        let slices: Vec<String> = self.slices.iter().map(|(c, share)| format!("{c} {}", percent(*share))).collect();
        format!("a pie {}", slices.join(" "))
    }
}

/// S5: which slice is the largest or smallest, or whether one is more than half. The step marks the slice.
pub fn slices(m: &mut Maker) -> Draft {
    let (least, most) = m.by_difficulty([(3, 3), (3, 5), (4, 6)]);
    let n = m.rng.random_range(least..=most);
    // How clearly the asked slice differs from the next, or from a half.
    let gap = m.by_difficulty([0.14, 0.10, 0.07]);
    if m.chance(0.35) { half(m, n, gap) } else { outermost(m, n, gap) }
}

fn outermost(m: &mut Maker, n: usize, gap: f32) -> Draft {
    let largest = m.rng.random_bool(0.6);
    let least = if m.chance(0.4) { 0.04 } else { 0.08 };
    let shares = loop {
        let shares = spread(m, n, 1.0);
        let mut sorted = shares.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let clear = if largest { sorted[n - 1] - sorted[n - 2] >= gap } else { sorted[1] - sorted[0] >= gap * 0.6 };
        if clear && sorted[0] >= least {
            break shares;
        }
    };
    let pie = Pie::sample(m, shares);
    let size = |i: &usize| if largest { pie.slices[*i].1 } else { -pie.slices[*i].1 };
    let asked = (0..n).max_by(|a, b| size(a).total_cmp(&size(b))).unwrap_or(0);
    let which = if largest { "largest" } else { "smallest" };
    let canvas = pie.draw();
    let colour = pie.slices[asked].0.to_string();
    Draft {
        picture: pie.style.finish(&canvas),
        slots: vec![("which", which.to_string())],
        steps: vec![pie.mark(&canvas, which, asked)],
        answer: colour.clone(),
        caption: pie.caption(),
        truth: Truth::Colour { colour },
        state: None,
    }
}

fn half(m: &mut Maker, n: usize, gap: f32) -> Draft {
    let n = n.min(4);
    let yes = m.chance(0.5);
    let (low, high) = if yes { (0.5 + gap, 0.72) } else { (0.26, 0.5 - gap) };
    let share = m.rng.random_range(low..high);
    let rest = loop {
        let rest = spread(m, n - 1, 1.0 - share);
        if rest.iter().all(|other| *other >= 0.06) {
            break rest;
        }
    };
    let mut shares: Vec<f32> = std::iter::once(share).chain(rest).collect();
    let asked = m.rng.random_range(0..n);
    shares.swap(0, asked);
    let pie = Pie::sample(m, shares);
    let canvas = pie.draw();
    let colour = pie.slices[asked].0;
    Draft {
        picture: pie.style.finish(&canvas),
        slots: vec![("colour", colour.to_string())],
        steps: vec![pie.mark(&canvas, colour, asked)],
        answer: if yes { "yes" } else { "no" }.to_string(),
        caption: pie.caption(),
        truth: Truth::YesNo { yes },
        state: None,
    }
}

/// `n` shares by chance that sum to `total`.
fn spread(m: &mut Maker, n: usize, total: f32) -> Vec<f32> {
    let mut shares: Vec<f32> = (0..n).map(|_| m.rng.random_range(0.2..1.0f32)).collect();
    let sum: f32 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share *= total / sum);
    shares.shuffle(m.rng);
    shares
}
