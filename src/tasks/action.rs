//! The five actions as they are written in a trace.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// An action; boxes are `[x, y, w, h]`, lines `[x1, y1, x2, y2]`, all fractions of the current picture.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// The box, enlarged to the whole canvas.
    Zoom([f32; 4]),
    /// A box drawn on the picture.
    Bbox([f32; 4]),
    /// A numbered marker at a point.
    Mark { x: f32, y: f32, id: u8 },
    /// A straight helper line.
    Line([f32; 4]),
    /// The next state of the scene after the named change.
    Pred(String),
}

/// Rounds to the two decimals that actions are written with, inside 0..=1.
pub fn two(value: f32) -> f32 {
    (value.clamp(0.0, 1.0) * 100.0).round() / 100.0
}

impl Action {
    /// A box action's box with two decimals, kept inside the picture and at least 0.02 wide.
    pub fn fit([x, y, w, h]: [f32; 4]) -> [f32; 4] {
        let (left, top) = (two(x).min(0.98), two(y).min(0.98));
        let side = |from: f32, to: f32| ((to - from) * 100.0).round().max(2.0) / 100.0;
        [left, top, side(left, two(x + w)), side(top, two(y + h))]
    }

    /// How it begins, such as MARK.
    pub fn name(&self) -> &'static str {
        match self {
            Action::Zoom(_) => "ZOOM",
            Action::Bbox(_) => "BBOX",
            Action::Mark { .. } => "MARK",
            Action::Line(_) => "LINE",
            Action::Pred(_) => "PRED",
        }
    }

    /// Reads one action such as `MARK(0.31,0.40,2)`; anything out of range is an error.
    pub fn parse(text: &str) -> Result<Action> {
        let bad = |why: &str| {
            Error::data(
                format!("\"{text}\" is not a valid action: {why}."),
                "Actions look like ZOOM(0.10,0.20,0.30,0.30), MARK(0.31,0.40,2) or PRED(right).",
            )
        };
        let (name, rest) = text.trim().split_once('(').ok_or_else(|| bad("there is no bracket"))?;
        let inside = rest.strip_suffix(')').ok_or_else(|| bad("the bracket is not closed"))?;
        if name == "PRED" {
            let change = inside.trim();
            let plain = |c: char| c.is_ascii_alphanumeric() || c == ' ';
            return if change.is_empty() || change.len() > 40 || !change.chars().all(plain) {
                Err(bad("the change must be a few plain words"))
            } else {
                Ok(Action::Pred(change.to_string()))
            };
        }
        let parts: Vec<&str> = inside.split(',').map(str::trim).collect();
        let number = |part: &str| {
            // Only plain decimals: "inf", "1e3" and signs are not coordinates.
            let plain = !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit() || b == b'.');
            let value: f32 = if plain { part.parse().map_err(|_| bad("a number can't be read"))? } else { 2.0 };
            if value <= 1.0 { Ok(value) } else { Err(bad("a coordinate is not between 0 and 1")) }
        };
        if name == "MARK" {
            let [x, y, id] = parts[..] else { return Err(bad("it needs x, y and a number")) };
            let id = id.parse().map_err(|_| bad("the marker's number can't be read"))?;
            return Ok(Action::Mark { x: number(x)?, y: number(y)?, id });
        }
        let [a, b, c, d] = parts[..] else { return Err(bad("it needs four numbers")) };
        let four = [number(a)?, number(b)?, number(c)?, number(d)?];
        let [x, y, w, h] = four;
        let inside = w >= 0.01 && h >= 0.01 && x + w <= 1.005 && y + h <= 1.005;
        match name {
            "ZOOM" if inside => Ok(Action::Zoom(four)),
            "BBOX" if inside => Ok(Action::Bbox(four)),
            "ZOOM" | "BBOX" => Err(bad("the box is empty or leaves the picture")),
            "LINE" if (x, y) != (w, h) => Ok(Action::Line(four)),
            "LINE" => Err(bad("the line has no length")),
            _ => Err(bad("there is no such action")),
        }
    }

    /// The first action in a step's text, with the range of bytes it takes; `None` if there is none.
    pub fn find(text: &str) -> Option<(std::ops::Range<usize>, Result<Action>)> {
        let names = ["ZOOM(", "BBOX(", "MARK(", "LINE(", "PRED("];
        let start = names.iter().filter_map(|name| text.find(name)).min()?;
        let end = text[start..].find(')').map_or(text.len(), |at| start + at + 1);
        Some((start..end, Action::parse(&text[start..end])))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Action::Zoom([x, y, w, h]) => write!(f, "ZOOM({x:.2},{y:.2},{w:.2},{h:.2})"),
            Action::Bbox([x, y, w, h]) => write!(f, "BBOX({x:.2},{y:.2},{w:.2},{h:.2})"),
            Action::Mark { x, y, id } => write!(f, "MARK({x:.2},{y:.2},{id})"),
            Action::Line([x, y, w, h]) => write!(f, "LINE({x:.2},{y:.2},{w:.2},{h:.2})"),
            Action::Pred(change) => write!(f, "PRED({change})"),
        }
    }
}

impl FromStr for Action {
    type Err = Error;

    fn from_str(text: &str) -> Result<Action> {
        Action::parse(text)
    }
}
