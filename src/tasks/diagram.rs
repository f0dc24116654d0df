//! Diagrams: counting shapes (D1) and the sides of a polygon (D2).

use std::f32::consts::{PI, TAU};

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::{Action, two};
use super::canvas::{Canvas, Colour, Dot};
use super::scene::{Draft, Maker, Region, counted, joined};
use super::style::COLOURS;
use super::truth::Truth;

/// What questions ask for.
const SHAPES: [&str; 6] = ["circle", "square", "triangle", "star", "cross", "heart"];

/// What may lie beside it, and is never asked for.
const OTHERS: [&str; 2] = ["hexagon", "bar"];

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

/// A heart of about radius 1.
fn heart() -> Vec<Dot> {
    let at = |i: usize| {
        let t = TAU * i as f32 / 28.0;
        let y = 13.0 * t.cos() - 5.0 * (2.0 * t).cos() - 2.0 * (3.0 * t).cos() - (4.0 * t).cos();
        (t.sin().powi(3) * 16.0 / 15.0, -(y + 2.0) / 14.0)
    };
    (0..28).map(at).collect()
}

impl Shape {
    fn draw(&self, canvas: &mut Canvas, fill: Colour, edge: f32, ink: Colour) {
        let Shape { centre: (x, y), radius, .. } = *self;
        let dots: Vec<Dot> = match self.shape {
            "square" => [(-0.84, -0.84), (0.84, -0.84), (0.84, 0.84), (-0.84, 0.84)].to_vec(),
            "triangle" => spokes(3, &[1.1]).into_iter().map(|(x, y)| (x, y + 0.2)).collect(),
            "star" => spokes(10, &[1.12, 0.46]),
            "hexagon" => spokes(6, &[1.0]),
            "bar" => [(-1.1, -0.36), (1.1, -0.36), (1.1, 0.36), (-1.1, 0.36)].to_vec(),
            "heart" => heart(),
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

/// What is counted: shapes of a kind, of a colour, or of both.
#[derive(Clone, Copy)]
struct Asked {
    shape: Option<&'static str>,
    colour: Option<&'static str>,
}

impl Asked {
    fn counts(&self, shape: &str, colour: &str) -> bool {
        self.shape.is_none_or(|asked| asked == shape) && self.colour.is_none_or(|asked| asked == colour)
    }

    /// As a question says it.
    fn things(&self) -> String {
        match (self.shape, self.colour) {
            (Some(shape), Some(colour)) => format!("{colour} {}", plural_word(shape)),
            (Some(shape), None) => plural_word(shape),
            (None, colour) => format!("{} shapes", colour.unwrap_or_default()),
        }
    }
}

/// Shape and colour of `n` that count and of `others` that don't.
fn assortment(m: &mut Maker, asked: Asked, n: usize, others: usize) -> Vec<(&'static str, &'static str)> {
    let mut kinds = Vec::new();
    while kinds.len() < n + others {
        let counts = kinds.len() < n;
        let mut shape = *SHAPES.choose(m.rng).expect("not empty");
        if !counts && m.chance(0.2) {
            shape = OTHERS.choose(m.rng).expect("not empty");
        }
        let mut colour = COLOURS.choose(m.rng).expect("not empty").0;
        if counts || m.chance(0.3) {
            // What doesn't count may have one of two asked features.
            let both = asked.shape.is_some() && asked.colour.is_some();
            let keep = counts || both;
            let first = counts || m.chance(0.5);
            shape = asked.shape.filter(|_| keep && first).unwrap_or(shape);
            colour = asked.colour.filter(|_| keep && (counts || !first)).unwrap_or(colour);
        }
        if asked.counts(shape, colour) == counts {
            kinds.push((shape, colour));
        }
    }
    kinds
}

/// D1: how many shapes of one kind (or colour) there are. The steps mark each, in reading order.
pub fn count(m: &mut Maker) -> Draft {
    let (most, total) = m.by_difficulty([(4, 5), (6, 8), (9, 12)]);
    let n = m.rng.random_range(0..=most);
    let others = m.rng.random_range(usize::from(n == 0)..=total - n);
    let (shape, colour) = (*SHAPES.choose(m.rng).expect("not empty"), COLOURS.choose(m.rng).expect("not empty").0);
    let asked = match m.rng.random_range(0..10) {
        0 | 1 => Asked { shape: None, colour: Some(colour) },
        2 => Asked { shape: Some(shape), colour: Some(colour) },
        _ => Asked { shape: Some(shape), colour: None },
    };
    let kinds = assortment(m, asked, n, others);
    let mut style = m.style();
    style.monochrome &= asked.colour.is_none();
    // Three by three places, or four by four where there are more shapes.
    let side = if kinds.len() > 9 || (kinds.len() > 4 && m.chance(0.3)) { 4 } else { 3 };
    let mut cells: Vec<usize> = (0..side * side).collect();
    cells.shuffle(m.rng);
    let pitch = m.within(0.78..0.99) / side as f32;
    let size = m.within(0.26..0.45);
    let mut shapes: Vec<(usize, Shape)> = Vec::new();
    for ((shape, colour), cell) in kinds.into_iter().zip(cells) {
        let radius = pitch * size * m.within(0.85..1.0);
        let room = (pitch * 0.5 - radius * 1.12).max(0.0);
        let mut along = |at: usize| 0.5 + pitch * (at as f32 - (side as f32 - 1.0) / 2.0) + m.within(-1.0..1.0) * room;
        let centre = (along(cell % side), along(cell / side));
        let angle = m.rng.random_range(-0.4..0.4);
        shapes.push((cell, Shape { shape, colour, centre, radius, angle }));
    }
    shapes.sort_by_key(|(cell, _)| *cell);

    let mut canvas = style.canvas();
    let mut steps = Vec::new();
    let thing = asked.shape.or(asked.colour).unwrap_or("shape");
    for (_, s) in &shapes {
        s.draw(&mut canvas, style.free_shade(s.colour), style.edge, style.ink);
        if asked.counts(s.shape, s.colour) {
            let id = steps.len() + 1;
            let (x, y) = canvas.place(s.centre);
            let words = format!("{thing} {id} {}", Region::of((x, y)).in_step());
            steps.push((words, Action::Mark { x: two(x), y: two(y), id: id as u8 }));
        }
    }
    let (mut groups, mut placed): (Vec<(String, usize)>, Vec<String>) = Default::default();
    for (_, s) in &shapes {
        let name = if style.monochrome { s.shape.to_string() } else { format!("{} {}", s.colour, s.shape) };
        placed.push(format!("{name} {}", Region::of(canvas.place(s.centre)).in_step()));
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, n)) => *n += 1,
            None => groups.push((name, 1)),
        }
    }
    let parts: Vec<String> = groups.iter().map(|(name, n)| plural(*n, name)).collect();
    Draft {
        picture: style.finish(&canvas),
        slots: vec![("things", asked.things())],
        steps,
        answer: n.to_string(),
        // Each by its place first: what the numbers are counted from.
        caption: format!("{}, {}", placed.join(", "), joined(&parts)),
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
    let most = m.by_difficulty([6usize, 8, 10]);
    let n = m.rng.random_range(3..=most);
    let style = m.style();
    let jitter = if m.chance(0.4) { 0.0 } else { m.by_difficulty([0.12, 0.3, 0.3]) };
    let (rx, ry) = (m.within(0.24..0.44), m.within(0.24..0.44));
    let ry = if m.chance(0.5) { rx } else { ry };
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
    let hollow = style.monochrome || m.chance(0.25);
    if !hollow {
        canvas.polygon(&dots, style.free_shade(name));
    }
    if hollow || style.edge > 0.0 {
        let colour = if hollow { style.free_shade(name) } else { style.ink };
        canvas.outline(&dots, style.line.min(0.035), colour);
    }
    let mut placed: Vec<Dot> = dots.iter().map(|dot| canvas.place(*dot)).collect();
    let middle = canvas.place((cx, cy));
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
        caption: format!("a shape with {n} sides"),
        truth: Truth::Number { value: n as f64 },
        state: None,
    }
}
