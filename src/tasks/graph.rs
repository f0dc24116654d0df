//! Graphs (D4): are two nodes connected?

use std::f32::consts::TAU;

use rand::Rng;
use rand::seq::SliceRandom;

use super::action::{Action, two};
use super::canvas::Dot;
use super::pie::towards;
use super::scene::{Draft, Maker, Region};
use super::style::colour_names;
use super::truth::Truth;

/// Nodes on a ring, numbered round it; no two edges cross, but for some that training alone sees.
struct Graph {
    n: usize,
    edges: Vec<[usize; 2]>,
}

impl Graph {
    fn sample(m: &mut Maker, n: usize, count: usize) -> Graph {
        let mut pairs: Vec<[usize; 2]> = (0..n).flat_map(|a| (a + 1..n).map(move |b| [a, b])).collect();
        pairs.shuffle(m.rng);
        let may_cross = m.chance(0.3);
        let mut edges: Vec<[usize; 2]> = Vec::new();
        for [a, b] in pairs {
            let inside = |v: usize| a < v && v < b;
            // Chords of a ring cross where each parts the ends of the other.
            let crosses =
                |[c, d]: &[usize; 2]| ![*c, *d].iter().any(|v| [a, b].contains(v)) && inside(*c) != inside(*d);
            if edges.len() < count && (may_cross || !edges.iter().any(crosses)) {
                edges.push([a, b]);
            }
        }
        Graph { n, edges }
    }

    fn beside(&self, node: usize) -> impl Iterator<Item = usize> {
        (0..self.n).filter(move |other| self.edges.contains(&[node.min(*other), node.max(*other)]))
    }

    /// Every node that can be reached, nearest first, with the one before it.
    fn reached(&self, from: usize) -> Vec<(usize, usize)> {
        let mut found = vec![(from, from)];
        let mut at = 0;
        while let Some((node, _)) = found.get(at).copied() {
            for next in self.beside(node) {
                if found.iter().all(|(known, _)| *known != next) {
                    found.push((next, node));
                }
            }
            at += 1;
        }
        found
    }
}

/// D4: whether two nodes are connected. The steps mark the way, or all that can be reached if there is none.
pub fn connected(m: &mut Maker) -> Draft {
    let n = m.by_difficulty([4, 5, 6]);
    let yes = m.chance(0.5);
    // As many edges whether they are connected or not; a start with no edge at all would give it away.
    let farthest = if n == 4 { 2 } else { 3 };
    let (graph, start, goal, way) = loop {
        let graph = Graph::sample(m, n, n - 2);
        let (start, goal) = (m.rng.random_range(0..n), m.rng.random_range(0..n));
        let reached = graph.reached(start);
        let joined = reached.iter().any(|(node, _)| *node == goal);
        if start == goal || joined != yes || reached.len() < 2 || graph.beside(goal).next().is_none() {
            continue;
        }
        let way: Vec<usize> = if yes {
            let before = |node: usize| reached.iter().find(|(known, _)| *known == node).map_or(start, |(_, b)| *b);
            let mut way = vec![goal];
            while let Some(node) = way.last().copied().filter(|node| *node != start) {
                way.push(before(node));
            }
            way.reverse();
            way
        } else {
            reached.iter().map(|(node, _)| *node).collect()
        };
        if way.len() <= farthest + 1 {
            break (graph, start, goal, way);
        }
    };
    let colours = colour_names(m.rng, n);
    let style = m.style();
    let spin = m.rng.random_range(0.0..TAU);
    let ring = m.within(0.28..0.39);
    // With few nodes they may stand less evenly, never in the same direction.
    let loose = [0.2, 0.14, 0.08][n - 4];
    let dots: Vec<Dot> = (0..n)
        .map(|i| towards((0.5, 0.5), ring, spin + TAU * (i as f32 + m.rng.random_range(-loose..loose)) / n as f32))
        .collect();
    let radius = [0.13, 0.125, 0.115][n - 4] * m.within(0.55..1.0) * (ring / 0.36).min(1.0);
    let width = style.broad(0.016);
    let mut canvas = style.canvas();
    for [a, b] in &graph.edges {
        canvas.line(dots[*a], dots[*b], width, style.ink);
    }
    for (dot, colour) in dots.iter().zip(&colours) {
        canvas.disc(*dot, radius, style.shade(colour));
        if style.edge > 0.0 {
            canvas.ring(*dot, radius, style.edge, style.ink);
        }
    }
    let step = |(i, node): (usize, &usize)| {
        let (x, y) = canvas.place(dots[*node]);
        let place = Region::seen_from((0.5, 0.5), (x, y)).in_step();
        let word = if i == 0 { "start" } else { "next" };
        (format!("{word} {place}"), Action::Mark { x: two(x), y: two(y), id: i as u8 + 1 })
    };
    let edges: Vec<String> = graph.edges.iter().map(|[a, b]| format!("{} {}", colours[*a], colours[*b])).collect();
    Draft {
        picture: style.finish(&canvas),
        slots: vec![("one", colours[start].to_string()), ("other", colours[goal].to_string())],
        steps: way.iter().enumerate().map(step).collect(),
        answer: if yes { "yes" } else { "no" }.to_string(),
        caption: format!("{n} nodes, edges {}", edges.join(", ")),
        truth: Truth::YesNo { yes },
        state: None,
    }
}
