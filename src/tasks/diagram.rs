//! Diagrams: counting shapes (D1) and the sides of a polygon (D2).

use std::f32::consts::{PI, TAU};

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::{Canvas, Colour, Dot, turn};
use super::scene::{Draft, Maker, Region, counted, joined};
use super::style::{COLOURS, Style};
use super::truth::Truth;

const SHAPES: [&str; 5] = ["circle", "square", "triangle", "star", "cross"];

struct Shape {
    shape: &'static str,
    colour: &'static str,
    centre: Dot,
    radius: f32,
    /// Turn in radians.
    angle: f32,
}

/// Corners on a circle of radius 1, the first straight up, radii taken in turn.
fn spokes(n: usize, radii: &[f32]) -> Vec<Dot> {
    let at = |i: usize| {
        let (sin, cos) = (TAU * i as f32 / n as f32).sin_cos();
        let radius = radii[i % radii.len()];
        (sin * radius, -cos * radius)
    };
    (0..n).map(at).collect()
}

impl Shape {
    fn draw(&self, canvas: &mut Canvas, fill: Colour, edge: f32, ink: Colour) {
        let Shape { centre: (x, y), radius, .. } = *self;
        let dots: Vec<Dot> = match self.shape {
            "square" => [(-0.84, -0.84), (0.84, -0.84), (0.84, 0.84), (-0.84, 0.84)].to_vec(),
            "triangle" => spokes(3, &[1.1]).into_iter().map(|(x, y)| (x, y + 0.2)).collect(),
            "star" => spokes(10, &[1.12, 0.46]),
            "cross" => {
                let (a, b) = (0.34, 1.0);
                vec![
                    (-a, -b),
                    (a, -b),
                    (a, -a),
                    (b, -a),
                    (b, a),
                    (a, a),
                    (a, b),
                    (-a, b),
                    (-a, a),
                    (-b, a),
                    (-b, -a),
                    (-a, -a),
                ]
            }
            _ => {
                canvas.disc((x, y), radius, fill);
                if edge > 0.0 {
                    canvas.ring((x, y), radius, edge, ink);
                }
                return;
            }
        };
        let (sin, cos) = self.angle.sin_cos();
        let put = |(dx, dy): Dot| (x + radius * (dx * cos - dy * sin), y + radius * (dx * sin + dy * cos));
        let dots: Vec<Dot> = dots.into_iter().map(put).collect();
        canvas.polygon(&dots, fill);
        if edge > 0.0 {
            canvas.outline(&dots, edge, ink);
        }
    }
}

/// D1: how many shapes of one kind (or colour) there are. The steps mark each, in reading order.
pub fn count(m: &mut Maker) -> Draft {
    let (most, total) = [(3, 4), (4, 5), (5, 6)][usize::from(m.difficulty.clamp(1, 3)) - 1];
    let n = m.rng.random_range(1..=most);
    let others = m.rng.random_range(0..=total - n);
    let by_colour = m.rng.random_bool(0.3);
    let shape = *SHAPES.choose(m.rng).expect("not empty");
    let colour = COLOURS.choose(m.rng).expect("not empty").0;
    let counts = |s: &str, c: &str| if by_colour { c == colour } else { s == shape };
    let mut kinds = Vec::new();
    while kinds.len() < n + others {
        let (s, c) = (*SHAPES.choose(m.rng).expect("not empty"), COLOURS.choose(m.rng).expect("not empty").0);
        // The counted ones share what is asked for; the others must not have it.
        let pair = match (kinds.len() < n, by_colour) {
            (true, true) => (s, colour),
            (true, false) => (shape, c),
            _ => (s, c),
        };
        if (kinds.len() < n) == counts(pair.0, pair.1) {
            kinds.push(pair);
        }
    }
    let style = Style::sample(m.split, m.rng);
    let mut cells: Vec<usize> = (0..9).collect();
    cells.shuffle(m.rng);
    let pitch = m.unless_tested(0.328, 0.24..0.33);
    let mut shapes: Vec<(usize, Shape)> = Vec::new();
    for ((shape, colour), cell) in kinds.into_iter().zip(cells) {
        let mut along = |third: usize| 0.5 - pitch + pitch * third as f32 + m.within(-0.009..0.009, -0.02..0.02);
        let centre = (along(cell % 3), along(cell / 3));
        let radius = m.within(0.141..0.150, 0.085..0.150) * pitch / 0.328;
        let angle = m.rng.random_range(-0.3..0.3);
        shapes.push((cell, Shape { shape, colour, centre, radius, angle }));
    }
    shapes.sort_by_key(|(cell, _)| *cell);

    let mut canvas = style.canvas();
    let mut steps = Vec::new();
    let thing = if by_colour { colour } else { shape };
    for (cell, s) in &shapes {
        s.draw(&mut canvas, style.shade(s.colour), style.edge, style.ink);
        if counts(s.shape, s.colour) {
            let id = steps.len() + 1;
            let (x, y) = canvas.place(s.centre);
            let words = format!("{thing} {id} {}", Region(*cell).in_step());
            steps.push((words, Action::Mark { x: two(x), y: two(y), id: id as u8 }));
        }
    }
    let mut groups: Vec<(String, usize)> = Vec::new();
    for (_, s) in &shapes {
        let name = format!("{} {}", s.colour, s.shape);
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, n)) => *n += 1,
            None => groups.push((name, 1)),
        }
    }
    let parts: Vec<String> = groups.iter().map(|(name, n)| plural(*n, name)).collect();
    let things = if by_colour { format!("{colour} shapes") } else { plural_word(shape) };
    Draft {
        picture: style.finish(&canvas),
        slots: vec![("things", things)],
        steps,
        answer: n.to_string(),
        caption: joined(&parts),
        truth: Truth::Number { value: n as f64 },
        state: None,
    }
}

fn plural_word(shape: &str) -> String {
    if shape.ends_with("cross") { format!("{shape}es") } else { format!("{shape}s") }
}

fn plural(n: usize, name: &str) -> String {
    if n == 1 { counted(1, name) } else { format!("{n} {}", plural_word(name)) }
}

/// D2: how many sides a shape has. The steps mark each corner, clockwise from the top.
pub fn sides(m: &mut Maker) -> Draft {
    let most = if m.difficulty == 3 || m.in_training(0.3) { 8usize } else { 6 };
    let n = m.rng.random_range(3..=most);
    let style = Style::sample(m.split, m.rng);
    let jitter = if m.difficulty == 1 { 0.12 } else { 0.3 };
    let jitter = if m.in_training(0.3) { 0.0 } else { jitter };
    let (rx, ry) = (m.within(0.31..0.37, 0.25..0.42), m.within(0.31..0.37, 0.25..0.42));
    let ry = if m.in_training(0.4) { rx } else { ry };
    let (cx, cy) = (m.rng.random_range(0.46..0.54), m.rng.random_range(0.46..0.54));
    let spin = m.rng.random_range(0.0..TAU);
    // On an ellipse, no angle over half a turn apart: always convex, every corner sharp.
    let corner = |i: usize, m: &mut Maker| {
        let room = TAU / n as f32;
        let angle = spin + room * (i as f32 + m.rng.random_range(-0.5..0.5) * jitter);
        (cx + rx * angle.cos(), cy + ry * angle.sin())
    };
    let dots: Vec<Dot> = (0..n).map(|i| corner(i, m)).collect();
    let name = COLOURS.choose(m.rng).expect("not empty").0;
    let mut canvas = style.canvas();
    // Filled, filled with an outline, or the outline alone.
    let hollow = m.rng.random_bool(0.25);
    if !hollow {
        canvas.polygon(&dots, style.shade(name));
    }
    if hollow || style.edge > 0.0 {
        let colour = if hollow { style.shade(name) } else { style.ink };
        canvas.outline(&dots, style.line.max(m.unless_tested(0.03, 0.012..0.03)), colour);
    }
    let mut placed: Vec<Dot> = dots.iter().map(|dot| turn(*dot, style.tilt)).collect();
    let middle = turn((cx, cy), style.tilt);
    let first = (0..n).min_by(|a, b| placed[*a].1.total_cmp(&placed[*b].1)).unwrap_or(0);
    placed.rotate_left(first);
    debug_assert!(TAU / n as f32 * (1.0 + jitter) < PI || n == 3);
    let step = |(i, dot): (usize, &Dot)| {
        let action = Action::Mark { x: two(dot.0), y: two(dot.1), id: i as u8 + 1 };
        (format!("corner {} {}", i + 1, Region::seen_from(middle, *dot).in_step()), action)
    };
    Draft {
        picture: style.finish(&canvas),
        slots: Vec::new(),
        steps: placed.iter().enumerate().map(step).collect(),
        answer: n.to_string(),
        caption: format!("a {name} shape with {n} sides"),
        truth: Truth::Number { value: n as f64 },
        state: None,
    }
}
