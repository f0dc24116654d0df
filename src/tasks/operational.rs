//! Vision-operational scenes: the states that PRED works on, and two boards, a maze (V1) and a
//! frozen lake (V2). The other scenes with a state are in `jigsaw`, `robot` and `discs`.

use image::RgbImage;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::Action;
use super::canvas::{Canvas, Colour, Dot, corners, mixed};
use super::maze::{MOVES, Maze, beside};
use super::scene::{Draft, Maker};
use super::state::{Changing, SceneState};
use super::style::{Style, colour_names};
use super::truth::Truth;

/// A square board on the canvas.
#[derive(Clone, Debug)]
struct Board {
    size: usize,
    left: f32,
    top: f32,
    cell: f32,
    style: Style,
}

impl Board {
    fn sample(m: &mut Maker, size: usize) -> Board {
        let side = m.rng.random_range(0.7..0.95f32);
        let room = 1.0 - side;
        Board {
            size,
            left: room * m.rng.random_range(0.3..0.7),
            top: room * m.rng.random_range(0.3..0.7),
            cell: side / size as f32,
            style: m.style(),
        }
    }

    fn corner(&self, column: usize, row: usize) -> Dot {
        (self.left + self.cell * column as f32, self.top + self.cell * row as f32)
    }

    fn middle(&self, cell: usize) -> Dot {
        let (x, y) = self.corner(cell % self.size, cell / self.size);
        (x + self.cell / 2.0, y + self.cell / 2.0)
    }

    fn grid(&self, canvas: &mut Canvas, width: f32, colour: Colour) {
        for i in 0..=self.size {
            canvas.line(self.corner(i, 0), self.corner(i, self.size), width, colour);
            canvas.line(self.corner(0, i), self.corner(self.size, i), width, colour);
        }
    }
}

/// A maze, and the traveller's way so far.
#[derive(Clone, Debug)]
pub struct MazeScene {
    pub maze: Maze,
    /// Cells from the start to where the traveller is.
    pub trail: Vec<usize>,
    colours: [&'static str; 2],
    square: [bool; 2],
    grid: bool,
    board: Board,
}

/// A frozen lake: cells with holes, and where the traveller stands.
#[derive(Clone, Debug)]
pub struct LakeScene {
    pub size: usize,
    pub holes: Vec<usize>,
    pub at: usize,
    traveller: &'static str,
    ice: Colour,
    hole: Colour,
    board: Board,
}

impl Changing for MazeScene {
    /// Makes a move.
    fn apply(&mut self, change: &str) -> Option<()> {
        let here = *self.trail.last().unwrap_or(&self.maze.start);
        self.trail.push(self.maze.step(here, change)?);
        Some(())
    }

    fn in_words(&self) -> Option<String> {
        let (here, goal) = (*self.trail.last().unwrap_or(&self.maze.start), self.maze.goal);
        let way = format!("{} to {}", place(self.board.size, here), place(self.board.size, goal));
        // Where the two are the same the way ends.
        Some(if here == goal { way } else { format!("{way} open {}", self.maze.ways(here).join(" ")) })
    }

    fn begins(&self) -> Option<String> {
        Some(format!("open {}", self.maze.ways(self.maze.start).join(" ")))
    }

    fn picture(&self) -> RgbImage {
        self.board.style.finish(&self.draw())
    }

    fn copy(&self) -> Box<dyn Changing> {
        Box::new(self.clone())
    }
}

impl MazeScene {
    fn draw(&self) -> Canvas {
        let Board { size, cell, style, .. } = &self.board;
        let mut canvas = style.canvas();
        if self.grid {
            self.board.grid(&mut canvas, 0.008, style.faint);
        }
        let wall = style.broad(0.02) * 1.15;
        for row in 0..*size {
            for column in 0..*size {
                let here = row * size + column;
                if column + 1 < *size && self.maze.step(here, "right").is_none() {
                    canvas.line(
                        self.board.corner(column + 1, row),
                        self.board.corner(column + 1, row + 1),
                        wall,
                        style.ink,
                    );
                }
                if row + 1 < *size && self.maze.step(here, "down").is_none() {
                    canvas.line(
                        self.board.corner(column, row + 1),
                        self.board.corner(column + 1, row + 1),
                        wall,
                        style.ink,
                    );
                }
            }
        }
        let edge = [(0, 0), (*size, 0), (*size, *size), (0, *size)].map(|(c, r)| self.board.corner(c, r));
        canvas.outline(&edge, wall, style.ink);
        let [from, to] = self.colours.map(|name| style.shade(name));
        blob(&mut canvas, self.board.middle(self.maze.goal), cell * 0.32, self.square[1], to);
        let way: Vec<Dot> = self.trail.iter().map(|c| self.board.middle(*c)).collect();
        canvas.lines(&way, cell * 0.2, from);
        let here = *self.trail.last().unwrap_or(&self.maze.start);
        blob(&mut canvas, self.board.middle(here), cell * 0.28, self.square[0], from);
        canvas
    }
}

/// A filled square or disc.
fn blob(canvas: &mut Canvas, (x, y): Dot, radius: f32, square: bool, colour: Colour) {
    if square {
        let half = radius * 0.92;
        canvas.rect(x - half, y - half, half * 2.0, half * 2.0, colour);
    } else {
        canvas.disc((x, y), radius, colour);
    }
}

impl Changing for LakeScene {
    /// Makes a move; none is possible after a fall.
    fn apply(&mut self, change: &str) -> Option<()> {
        if self.holes.contains(&self.at) {
            return None;
        }
        self.at = beside(self.size, self.at, change)?;
        Some(())
    }

    fn in_words(&self) -> Option<String> {
        let hole = self.holes.contains(&self.at);
        Some(format!("{} {}", place(self.size, self.at), if hole { "falls" } else { "safe" }))
    }

    fn picture(&self) -> RgbImage {
        self.board.style.finish(&self.draw())
    }

    fn copy(&self) -> Box<dyn Changing> {
        Box::new(self.clone())
    }
}

impl LakeScene {
    fn draw(&self) -> Canvas {
        let Board { size, cell, style, .. } = &self.board;
        let mut canvas = style.canvas();
        let (left, top) = self.board.corner(0, 0);
        let side = cell * *size as f32;
        canvas.area(&corners(left, top, side, side), self.ice);
        let thin = (style.line * 0.5).clamp(0.008, 0.016);
        self.board.grid(&mut canvas, thin, mixed(self.ice, style.ink, 0.4));
        for hole in &self.holes {
            canvas.disc(self.board.middle(*hole), cell * 0.40, self.hole);
        }
        let (x, y) = self.board.middle(self.at);
        let shade = style.shade(self.traveller);
        if self.holes.contains(&self.at) {
            // In the water: a cross instead of a body.
            let arm = cell * 0.22;
            for (a, b) in [((x - arm, y - arm), (x + arm, y + arm)), ((x - arm, y + arm), (x + arm, y - arm))] {
                canvas.line(a, b, cell * 0.16, shade);
            }
        } else {
            canvas.disc((x, y), cell * 0.30, shade);
        }
        canvas
    }
}

/// "row 1 column 2", counted from 1.
fn place(size: usize, cell: usize) -> String {
    format!("row {} column {}", cell / size + 1, cell % size + 1)
}

/// Where each cell of a small maze is open, row by row: what a way through it is found by. The words of a large one
/// would be longer than its picture.
fn openings(maze: &Maze, size: usize) -> String {
    if size > 4 {
        return String::new();
    }
    let row = |row: usize| {
        let cell = |column: usize| format!("{} {}", column + 1, maze.ways(row * size + column).join(" "));
        format!("row {}: {}, ", row + 1, (0..size).map(cell).collect::<Vec<_>>().join(", "))
    };
    (0..size).map(row).collect()
}

/// V1: the way through a maze. Each step makes one move and shows the trail.
pub fn maze(m: &mut Maker) -> Draft {
    let (size, most) = [(3, 5), (4, 6), (m.rng.random_range(4..=6), 8)][usize::from(m.difficulty.clamp(1, 3)) - 1];
    let length = m.rng.random_range(2..=most);
    let maze = Maze::sample(m.rng, m.difficulty == 3, size, length);
    let board = Board::sample(m, size);
    // Half of the mazes in the usual colours, the rest in any two.
    let colours = if m.chance(0.4) { vec!["green", "red"] } else { colour_names(m.rng, 2) };
    let scene = MazeScene {
        trail: vec![maze.start],
        colours: [colours[0], colours[1]],
        square: [m.chance(0.4), m.chance(0.6)],
        grid: m.chance(0.2),
        maze: maze.clone(),
        board,
    };
    let moves = maze.path(maze.start, maze.goal);
    let state = SceneState::of(scene);
    Draft {
        picture: state.picture(),
        slots: vec![("start", colours[0].to_string()), ("goal", colours[1].to_string())],
        steps: moves.iter().map(|word| (format!("go {word} now"), Action::Pred(word.to_string()))).collect(),
        answer: moves.join(", "),
        caption: format!(
            "a maze, {} at {}, {} at {}, {}way {}",
            colours[0],
            place(size, maze.start),
            colours[1],
            place(size, maze.goal),
            openings(&maze, size),
            moves.join(" ")
        ),
        truth: Truth::Moves { maze },
        state: Some(state),
    }
}

/// V2: three moves over a frozen lake: safe, or into a hole? Each step makes one move, up to the fall.
pub fn lake(m: &mut Maker) -> Draft {
    let size = [3, 4, m.rng.random_range(4..=5)][usize::from(m.difficulty.clamp(1, 3)) - 1];
    let safe = m.chance(0.5);
    // A walk of three moves that never comes back to a cell.
    let (start, moves, visited) = loop {
        let start = m.rng.random_range(0..size * size);
        let moves: Vec<&'static str> = (0..3).map(|_| MOVES.choose(m.rng).expect("not empty").0).collect();
        let mut visited = vec![start];
        for word in &moves {
            match beside(size, visited[visited.len() - 1], word) {
                Some(next) if !visited.contains(&next) => visited.push(next),
                _ => break,
            }
        }
        if visited.len() == 4 {
            break (start, moves, visited);
        }
    };
    // The same number of holes whatever the answer; one of them on the walk if it ends in a fall.
    let fall = if safe { 3 } else { m.rng.random_range(1..=3) };
    let count = if m.difficulty == 1 { m.rng.random_range(1..=3) } else { m.rng.random_range(2..=6) };
    let mut free: Vec<usize> = (0..size * size).filter(|c| !visited.contains(c)).collect();
    if !safe {
        // After the fall the rest of the walk may be a hole or not.
        free.extend(&visited[fall + 1..]);
    }
    free.shuffle(m.rng);
    let mut holes: Vec<usize> = if safe { Vec::new() } else { vec![visited[fall]] };
    holes.extend(free.into_iter().take(count - holes.len()));
    holes.sort_unstable();
    let travellers = ["red", "orange", "green", "purple"];
    let scene = LakeScene {
        size,
        at: start,
        traveller: travellers.choose(m.rng).expect("not empty"),
        ice: [m.rng.random_range(185..225), m.rng.random_range(215..240), m.rng.random_range(240..=255)],
        hole: [m.rng.random_range(10..40), m.rng.random_range(30..60), m.rng.random_range(80..130)],
        board: Board::sample(m, size),
        holes,
    };
    // The words don't tell how the move ends: that is for the drawing to show.
    let step = |word: &&str| (format!("step {word} now"), Action::Pred(word.to_string()));
    let holes: Vec<String> = scene.holes.iter().map(|h| format!("{} {}", h / size + 1, h % size + 1)).collect();
    let caption = format!("a lake, {} at {}, holes {}", scene.traveller, place(size, start), holes.join(", "));
    let state = SceneState::of(scene);
    Draft {
        picture: state.picture(),
        slots: vec![("moves", moves.join(", "))],
        steps: moves.iter().take(fall).map(step).collect(),
        answer: if safe { "safe" } else { "falls" }.to_string(),
        caption,
        truth: Truth::Fate { safe },
        state: Some(state),
    }
}
