//! A picture of four quarters, one of them missing, and the pieces to choose from (V3).

use image::RgbImage;
use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};

use super::action::Action;
use super::canvas::{Canvas, Dot, corners};
use super::line_chart::PLACES;
use super::pie::towards;
use super::scene::{Draft, Maker, Region};
use super::state::{Changing, SceneState};
use super::style::{Style, colour_names};
use super::truth::Truth;

/// The names of the pieces, left to right.
pub const LETTERS: [char; 4] = ['A', 'B', 'C', 'D'];

/// What the whole picture shows on its ground.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Motif {
    Disc,
    Diamond,
    Cross,
}

/// A quarter of a motif.
#[derive(Clone, Debug, PartialEq)]
struct Piece {
    motif: Motif,
    /// Which quarter of the whole, in reading order.
    quarter: usize,
    colour: &'static str,
    ground: &'static str,
}

/// The picture, its hole and the pieces.
#[derive(Clone, Debug)]
pub struct JigsawScene {
    whole: Piece,
    hole: usize,
    pieces: Vec<Piece>,
    /// The piece that lies in the hole.
    filled: Option<usize>,
    style: Style,
}

impl Changing for JigsawScene {
    fn apply(&mut self, change: &str) -> Option<()> {
        JigsawScene::apply(self, change)
    }

    fn in_words(&self) -> Option<String> {
        None
    }

    fn picture(&self) -> RgbImage {
        JigsawScene::picture(self)
    }

    fn copy(&self) -> Box<dyn Changing> {
        Box::new(self.clone())
    }
}

impl JigsawScene {
    /// "fill hole" puts in the piece that fits, "fill B" the named one; `None` if the hole is filled already.
    pub fn apply(&mut self, change: &str) -> Option<()> {
        let named = match change.strip_prefix("fill ")? {
            "hole" => self.fitting()?,
            name => LETTERS.iter().position(|letter| name.eq_ignore_ascii_case(&letter.to_string()))?,
        };
        if self.filled.is_some() || named >= self.pieces.len() {
            return None;
        }
        self.filled = Some(named);
        Some(())
    }

    fn fitting(&self) -> Option<usize> {
        self.pieces.iter().position(|piece| piece.quarter == self.hole && piece.colour == self.whole.colour)
    }

    /// Left, top and side of a piece that waits below the picture.
    fn waiting(&self, index: usize) -> (f32, f32, f32) {
        // Three pieces have room to be larger than four.
        let n = self.pieces.len() as f32;
        let side = if n < 4.0 { 0.25 } else { 0.205 };
        let gap = (0.96 - n * side) / n;
        (0.02 + gap / 2.0 + (side + gap) * index as f32, 0.96 - side, side)
    }

    /// The box round a piece that waits, as it lies on the canvas.
    fn area(&self, index: usize, canvas: &Canvas) -> [f32; 4] {
        let (left, top, side) = self.waiting(index);
        let (x, y) = canvas.place((left + side / 2.0, top + side / 2.0));
        Action::fit([x - side / 2.0, y - side / 2.0, side, side])
    }

    pub fn picture(&self) -> RgbImage {
        const SIDE: f32 = 0.29;
        let style = &self.style;
        let mut canvas = style.canvas();
        for quarter in 0..4 {
            let (x, y) = (0.5 - SIDE + SIDE * (quarter % 2) as f32, 0.05 + SIDE * (quarter / 2) as f32);
            if quarter != self.hole {
                self.draw(&mut canvas, &Piece { quarter, ..self.whole.clone() }, (x, y), SIDE);
            } else if let Some(piece) = self.filled {
                self.draw(&mut canvas, &self.pieces[piece], (x, y), SIDE);
            } else {
                canvas.outline(&corners(x + 0.02, y + 0.02, SIDE - 0.04, SIDE - 0.04), 0.018, style.faint);
            }
        }
        for (i, piece) in self.pieces.iter().enumerate() {
            let (left, top, side) = self.waiting(i);
            self.draw(&mut canvas, piece, (left, top), side);
        }
        style.finish(&canvas)
    }

    /// A piece with its left top corner at a point.
    fn draw(&self, canvas: &mut Canvas, piece: &Piece, (left, top): Dot, side: f32) {
        let (column, row) = ((piece.quarter % 2) as f32, (piece.quarter / 2) as f32);
        // The corner of the piece that is the middle of the whole.
        let middle = (left + side * (1.0 - column), top + side * (1.0 - row));
        let (sx, sy) = (if column == 0.0 { -side } else { side }, if row == 0.0 { -side } else { side });
        canvas.rect(left, top, side, side, self.style.shade(piece.ground));
        let out = |x: f32, y: f32| (middle.0 + sx * x, middle.1 + sy * y);
        let dots: Vec<Dot> = match piece.motif {
            Motif::Disc => {
                let arc = (0..=8).map(|i| towards((0.0, 0.0), 0.8, std::f32::consts::FRAC_PI_2 * i as f32 / 8.0));
                std::iter::once(middle).chain(arc.map(|(x, y)| out(x, -y))).collect()
            }
            Motif::Diamond => vec![middle, out(0.88, 0.0), out(0.0, 0.88)],
            Motif::Cross => {
                vec![middle, out(0.88, 0.0), out(0.88, 0.42), out(0.42, 0.42), out(0.42, 0.88), out(0.0, 0.88)]
            }
        };
        canvas.polygon(&dots, self.style.shade(piece.colour));
        if self.style.edge > 0.0 {
            canvas.outline(&corners(left, top, side, side), self.style.edge, self.style.ink);
        }
    }
}

/// V3: which piece fits the hole. The steps show the filled picture and say what is missing: which quarter (in
/// reading order) in which colour. Then they say of piece after piece what it is and whether it fits, and box the
/// first that does.
pub fn fit(m: &mut Maker) -> Draft {
    let colours = colour_names(m.rng, 5);
    let motif = *[Motif::Disc, Motif::Diamond, Motif::Cross].choose(m.rng).expect("not empty");
    let whole = Piece { motif, quarter: 0, colour: colours[0], ground: colours[1] };
    let hole = m.rng.random_range(0..4);
    // Easy: the others differ in colour; harder: they are other quarters; in between: both.
    let turned = |by: usize, colour| Piece { quarter: (hole + by) % 4, colour, ..whole.clone() };
    let mut pieces = match m.difficulty {
        1 => vec![turned(0, colours[0]), turned(0, colours[2]), turned(0, colours[3])],
        2 => vec![
            turned(0, colours[0]),
            turned(0, colours[2]),
            turned(m.rng.random_range(1..4), colours[0]),
            turned(m.rng.random_range(1..4), colours[2]),
        ],
        _ => (0..4).map(|by| turned(by, colours[0])).collect(),
    };
    pieces.shuffle(m.rng);
    let n = pieces.len();
    let scene = JigsawScene { whole, hole, pieces, filled: None, style: m.style().solid() };
    let fitting = scene.fitting().unwrap_or(0);
    let letter = LETTERS[fitting];
    let letters: Vec<String> = LETTERS[..n].iter().map(char::to_string).collect();
    let letters = format!("{} or {}", letters[..n - 1].join(", "), letters[n - 1]);
    let quarter = |quarter: usize| Region([0, 2, 6, 8][quarter]).in_step();
    let (colour, ground) = (scene.whole.colour, scene.whole.ground);
    // Few words, so that there is little to be compared, and each piece by itself: to find the same two words
    // again among all pieces was too much for a small model.
    let look = |quarter: usize, colour| format!("{} {colour}", PLACES[quarter]);
    let all = LETTERS.iter().zip(&scene.pieces);
    let all: Vec<String> =
        all.map(|(letter, piece)| format!("{letter} {}", look(piece.quarter, piece.colour))).collect();
    let caption = format!(
        "a {colour} shape on {ground}, hole {} {}, {}, piece {letter}",
        quarter(hole),
        look(hole, colour),
        all.join(", ")
    );
    let verdict = |i: usize| if i == fitting { "yes" } else { "no" };
    let tried: Vec<String> = (LETTERS.iter().zip(&scene.pieces).enumerate())
        .take(fitting + 1)
        .map(|(i, (letter, piece))| format!("{} {letter} {}", look(piece.quarter, piece.colour), verdict(i)))
        .collect();
    let steps = vec![
        (format!("hole {}, {}", quarter(hole), look(hole, colour)), Action::Pred("fill hole".to_string())),
        (tried.join(", "), Action::Bbox(scene.area(fitting, &scene.style.canvas()))),
    ];
    let state = SceneState::of(scene);
    Draft {
        picture: state.picture(),
        slots: vec![("letters", letters)],
        steps,
        answer: letter.to_string(),
        caption,
        truth: Truth::Choice { letter: letter.to_ascii_lowercase(), text: String::new() },
        state: Some(state),
    }
}
