//! Angles (D3): acute, right or obtuse.

use std::f32::consts::{FRAC_PI_2, TAU};

use rand::Rng;
use rand::seq::IndexedRandom;

use super::action::{Action, two};
use super::canvas::Dot;
use super::pie::towards;
use super::scene::{Draft, Maker, Region};
use super::style::COLOURS;
use super::truth::Truth;

/// D3: which sort of angle two arms make. The step draws the square line on the first arm: the second
/// arm is inside it, on it or beyond it.
pub fn sort(m: &mut Maker) -> Draft {
    // How far from square the angle is at least, in degrees.
    let apart = m.by_difficulty([35.0, 28.0, 22.0]);
    let (sort, degrees) = match m.rng.random_range(0..3) {
        0 => ("acute", 90.0 - m.rng.random_range(apart..64.0f32)),
        1 => ("right", 90.0),
        _ => ("obtuse", 90.0 + m.rng.random_range(apart..68.0f32)),
    };
    let style = m.style();
    let colour = COLOURS.choose(m.rng).expect("not empty").0;
    // Easy ones lie on the edges of the page, the others anywhere.
    let turn = match m.difficulty {
        1 => FRAC_PI_2 * m.rng.random_range(0..4) as f32,
        _ => m.rng.random_range(0.0..TAU),
    };
    let side = if m.chance(0.5) { 1.0 } else { -1.0 };
    let (first, second) = (turn, turn + side * f32::to_radians(degrees));
    let square = turn + side * FRAC_PI_2;
    let (long, short) = (m.within(0.26..0.62), m.within(0.2..0.6));
    // The figure's middle in the middle of the picture.
    let ends = [towards((0.0, 0.0), long, first), towards((0.0, 0.0), short, second), (0.0, 0.0)];
    let middle = |pick: fn(&Dot) -> f32| {
        let all = ends.iter().map(pick);
        let (low, high) = all.fold((f32::MAX, f32::MIN), |(low, high), v| (low.min(v), high.max(v)));
        (low + high) / 2.0
    };
    let vertex = (0.5 - middle(|d| d.0), 0.5 - middle(|d| d.1));
    let arms = [towards(vertex, long, first), vertex, towards(vertex, short, second)];
    let helper = towards(vertex, 0.34, square);
    let filled = m.chance(0.2);
    let arc = m.chance(0.25);

    let mut canvas = style.canvas();
    if filled {
        canvas.polygon(&super::pie::slice(vertex, 0.26, first.min(second), first.max(second)), style.faint);
    }
    let width = if m.chance(0.5) { style.line } else { m.within(0.012..0.07) };
    let ink = if m.chance(0.5) { style.free_shade(colour) } else { style.ink };
    if arc {
        let rim = super::pie::slice(vertex, 0.14, first.min(second), first.max(second));
        canvas.lines(&rim[1..], width * 0.6, ink);
    }
    canvas.lines(&arms, width, ink);
    let inside = |dot: Dot| (two(dot.0), two(dot.1));
    let ((x1, y1), (x2, y2)) = (inside(canvas.place(vertex)), inside(canvas.place(helper)));
    Draft {
        picture: style.finish(&canvas),
        slots: Vec::new(),
        steps: vec![(format!("corner {}", Region::of((x1, y1)).in_step()), Action::Line([x1, y1, x2, y2]))],
        answer: sort.to_string(),
        caption: format!("an angle of {degrees:.0} degrees"),
        truth: Truth::Angle { angle: sort.to_string() },
        state: None,
    }
}
