//! Fractions (D5): which part of a figure is shaded.

use std::f32::consts::TAU;

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::{Dot, corners, mixed};
use super::pie::{slice, towards};
use super::scene::{Draft, Maker, Region};
use super::style::COLOURS;
use super::truth::Truth;

/// A part of the figure: its outline and where its marker goes.
struct Portion {
    outline: Vec<Dot>,
    middle: Dot,
}

/// Equal sectors of a disc.
fn sectors(n: usize, m: &mut Maker) -> Vec<Portion> {
    let turn = *[0.0, m.rng.random_range(0.0..TAU)].choose(m.rng).expect("not empty");
    let radius = m.within(0.3..0.46);
    let part = |i: usize| {
        let (from, to) = (turn + TAU * i as f32 / n as f32, turn + TAU * (i + 1) as f32 / n as f32);
        Portion {
            outline: slice((0.5, 0.5), radius, from, to),
            middle: towards((0.5, 0.5), radius * 0.62, (from + to) / 2.0),
        }
    };
    (0..n).map(part).collect()
}

/// Equal cells of a box.
fn cells(columns: usize, rows: usize, m: &mut Maker) -> Vec<Portion> {
    let mut side = |parts: usize| match parts {
        1 => m.within(0.24..0.6),
        _ => m.within(0.62..0.94),
    };
    let (width, height) = (side(columns), side(rows));
    let (w, h) = (width / columns as f32, height / rows as f32);
    let part = |i: usize| {
        let x = 0.5 - width / 2.0 + w * (i % columns) as f32;
        let y = 0.5 - height / 2.0 + h * (i / columns) as f32;
        Portion { outline: corners(x, y, w, h).to_vec(), middle: (x + w / 2.0, y + h / 2.0) }
    };
    (0..columns * rows).map(part).collect()
}

/// D5: what fraction of a figure is shaded. The steps mark each shaded part, in reading order of a box,
/// clockwise in a disc.
pub fn shaded(m: &mut Maker) -> Draft {
    let (least, most) = m.by_difficulty([(2, 4), (3, 6), (4, 9)]);
    let n = m.rng.random_range(least..=most);
    let parts = match (m.rng.random_range(0..3), n) {
        (0, 2..=8) => sectors(n, m),
        (_, 9) => cells(3, 3, m),
        (1, 8) => cells(4, 2, m),
        (_, 8) => cells(2, 4, m),
        (1, 4) => cells(2, 2, m),
        (1, 6) if m.chance(0.5) => cells(3, 2, m),
        (_, 6) if m.chance(0.5) => cells(2, 3, m),
        (1, _) => cells(n, 1, m),
        _ => cells(1, n, m),
    };
    let count = m.rng.random_range(1..n);
    let mut chosen: Vec<usize> = (0..n).collect();
    chosen.shuffle(m.rng);
    chosen.truncate(count);
    chosen.sort_unstable();
    let style = m.style().filling();
    let colour = COLOURS.choose(m.rng).expect("not empty").0;
    // Where nothing is coloured, shaded means grey.
    let shade = if style.monochrome { mixed(style.background, style.ink, 0.5) } else { style.shade(colour) };
    let mut canvas = style.canvas();
    for (i, part) in parts.iter().enumerate() {
        // Parts that aren't shaded may have a ground of their own.
        match style.panel {
            _ if chosen.contains(&i) => canvas.polygon(&part.outline, shade),
            Some(panel) => canvas.area(&part.outline, panel),
            None => {}
        }
    }
    let line = style.line.min(0.03);
    for part in &parts {
        canvas.outline(&part.outline, line, style.ink);
    }
    let step = |(i, part): (usize, &usize)| {
        let (x, y) = canvas.place(parts[*part].middle);
        let words = format!("part {} {}", i + 1, Region::of((x, y)).in_step());
        (words, Action::Mark { x: two(x), y: two(y), id: i as u8 + 1 })
    };
    Draft {
        picture: style.finish(&canvas),
        slots: Vec::new(),
        steps: chosen.iter().enumerate().map(step).collect(),
        answer: format!("{count}/{n}"),
        caption: format!("a shape of {n} parts, {count} shaded"),
        truth: Truth::Fraction { part: count as u32, whole: n as u32 },
        state: None,
    }
}
