//! A maze as a plan: cells and passages, without any picture.

use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

/// The four moves, as words and as steps over columns and rows.
pub const MOVES: [(&str, (i32, i32)); 4] = [("up", (0, -1)), ("right", (1, 0)), ("down", (0, 1)), ("left", (-1, 0))];

/// The cell next to `cell` in a square grid; `None` outside it or for an unknown word.
pub fn beside(size: usize, cell: usize, word: &str) -> Option<usize> {
    let (dx, dy) = MOVES.iter().find(|(name, _)| *name == word && size > 0)?.1;
    let (x, y) = ((cell % size) as i32 + dx, (cell / size) as i32 + dy);
    let inside = |v: i32| (0..size as i32).contains(&v);
    (inside(x) && inside(y)).then(|| y as usize * size + x as usize)
}

/// A maze on a square grid; cells are numbered in reading order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Maze {
    pub size: usize,
    /// Pairs of neighbouring cells with no wall between them.
    pub open: Vec<[usize; 2]>,
    pub start: usize,
    pub goal: usize,
}

impl Maze {
    /// Where a move leads, or `None` if a wall or the edge is in the way.
    pub fn step(&self, from: usize, word: &str) -> Option<usize> {
        let to = beside(self.size, from, word)?;
        let free = self.open.iter().any(|pair| *pair == [from, to] || *pair == [to, from]);
        free.then_some(to)
    }

    /// The moves that no wall is in the way of.
    pub fn ways(&self, from: usize) -> Vec<&'static str> {
        MOVES.iter().filter_map(|(word, _)| self.step(from, word).map(|_| *word)).collect()
    }

    /// The number of moves from every cell to one; `usize::MAX` where there is no way.
    fn distances(&self, to: usize) -> Vec<usize> {
        let mut far = vec![usize::MAX; self.size * self.size];
        far[to] = 0;
        let mut queue = std::collections::VecDeque::from([to]);
        while let Some(cell) = queue.pop_front() {
            for next in MOVES.iter().filter_map(|(word, _)| self.step(cell, word)) {
                if far[next] == usize::MAX {
                    far[next] = far[cell] + 1;
                    queue.push_back(next);
                }
            }
        }
        far
    }

    /// A shortest list of moves between two cells, the first by the order of `MOVES`; empty if there is none.
    pub fn path(&self, from: usize, to: usize) -> Vec<&'static str> {
        let far = self.distances(to);
        let (mut moves, mut cell) = (Vec::new(), from);
        while let Some((next, word)) = MOVES.iter().find_map(|(word, _)| {
            let next = self.step(cell, word)?;
            (far[cell] != usize::MAX && far[next] < far[cell]).then_some((next, *word))
        }) {
            moves.push(word);
            cell = next;
        }
        moves
    }

    /// A maze by chance whose shortest path has exactly `length` moves.
    pub fn sample(rng: &mut ChaCha8Rng, loops: bool, size: usize, length: usize) -> Maze {
        let cells = size * size;
        loop {
            // A random tree by growing from one cell along random neighbours.
            let mut open: Vec<[usize; 2]> = Vec::new();
            let mut reached = vec![rng.random_range(0..cells)];
            while reached.len() < cells {
                // Mostly from the newest cell: long corridors; sometimes from any: branches.
                let newest = reached.len() - 1;
                let from = reached[if rng.random_bool(0.6) { newest } else { rng.random_range(0..=newest) }];
                let word = MOVES.choose(rng).expect("not empty").0;
                if let Some(to) = beside(size, from, word)
                    && !reached.contains(&to)
                {
                    open.push([from.min(to), from.max(to)]);
                    reached.push(to);
                }
            }
            // The hardest mazes may have a ring: more than one way is right then.
            if loops && rng.random_bool(0.3) {
                let cell = rng.random_range(0..cells);
                let word = MOVES.choose(rng).expect("not empty").0;
                open.extend(beside(size, cell, word).map(|to| [cell.min(to), cell.max(to)]));
            }
            open.sort_unstable();
            open.dedup();
            let mut maze = Maze { size, open, start: 0, goal: 0 };
            let starts_at = |goal: usize| {
                let far = maze.distances(goal);
                (0..cells).filter(move |start| far[*start] == length).map(move |start| (start, goal))
            };
            let pairs: Vec<(usize, usize)> = (0..cells).flat_map(starts_at).collect();
            if let Some((start, goal)) = pairs.choose(rng) {
                (maze.start, maze.goal) = (*start, *goal);
                return maze;
            }
        }
    }
}
