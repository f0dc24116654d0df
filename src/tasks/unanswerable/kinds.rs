//! Which questions have no answer in which pictures, and how that is said.

use super::super::{Family, Kind};

/// Whether a question of a kind surely has no answer in a picture of another: what could be taken for what it
/// asks about is left out. `None` is a photo with nothing on it.
pub fn foreign(asked: Kind, shown: Option<Kind>) -> bool {
    use Kind::*;
    let Some(shown) = shown else { return !matches!(asked, N1 | N3 | N4 | D1) };
    let photo = shown.family() == Family::Natural;
    match asked {
        // Shapes and nodes are things in places.
        N1 | N4 => !photo && !matches!(shown, D1 | D2),
        N2 => matches!(shown, S1 | S2 | S3 | S4 | D3 | V2),
        // "No" and "none" are answers.
        N3 | D1 => false,
        // "How much is red?" has a meaning wherever something is counted or shared.
        S1 | S3 => photo || matches!(shown, D2 | D3 | D4 | V1 | V2 | V3 | V4),
        S2 => photo || matches!(shown, D1 | D2 | D3 | D4 | V1 | V2 | V3 | V4 | V5),
        S4 => photo || matches!(shown, S5 | D1 | D5 | V2 | V3 | V4 | V5),
        S5 => photo || matches!(shown, S4 | D2 | D3 | D4 | V1 | V2 | V4),
        D2 => photo || matches!(shown, S1 | S2 | S3 | S4 | V1),
        // Corners of anything are angles.
        D3 => photo || matches!(shown, S1 | S2 | S3 | V2 | V5),
        D4 => photo || matches!(shown, S1 | S2 | S3 | D2 | D3 | V2 | V3),
        D5 => photo || matches!(shown, S4 | D3 | D4 | V1 | V4),
        V1 => photo || matches!(shown, S1 | S2 | S3 | S4 | S5 | D2 | D3 | D5 | V3),
        V2 => photo || matches!(shown, S1 | S2 | S3 | S4 | S5 | D1 | D2 | D3 | D4 | D5 | V3 | V5),
        V3 => photo || matches!(shown, S1 | S2 | S3 | S4 | D1 | D2 | D3 | D4 | V1 | V4 | V5),
        V4 => photo || matches!(shown, S1 | S2 | S3 | S4 | S5 | D3 | D4 | D5 | V1),
        // Circles, nodes and points are discs.
        V5 => photo || matches!(shown, S1 | S2 | S3 | D2 | D3 | V3),
    }
}

/// What a picture of a kind is.
pub fn is(shown: Option<Kind>) -> &'static str {
    match shown {
        None | Some(Kind::N1 | Kind::N2 | Kind::N3 | Kind::N4) => "this is a photo",
        Some(Kind::S1 | Kind::S2 | Kind::S3) => "this is a bar chart",
        Some(Kind::S4) => "this is a line chart",
        Some(Kind::S5) => "this is a pie chart",
        Some(Kind::D1) => "these are shapes",
        Some(Kind::D2) => "this is a shape",
        Some(Kind::D3) => "this is an angle",
        Some(Kind::D4) => "this is a graph",
        Some(Kind::D5) => "these are parts",
        Some(Kind::V1) => "this is a maze",
        Some(Kind::V2) => "this is a lake",
        Some(Kind::V3) => "this is a puzzle",
        Some(Kind::V4) => "this is a robot",
        Some(Kind::V5) => "these are discs",
    }
}

/// What a question of a kind needs.
pub fn needs(asked: Kind) -> &'static str {
    match asked {
        Kind::N1 | Kind::N2 | Kind::N3 | Kind::N4 => "photo",
        Kind::S1 | Kind::S2 | Kind::S3 => "bars",
        Kind::S4 => "line",
        Kind::S5 => "pie",
        Kind::D1 => "shapes",
        Kind::D2 => "shape",
        Kind::D3 => "angle",
        Kind::D4 => "graph",
        Kind::D5 => "parts",
        Kind::V1 => "maze",
        Kind::V2 => "ice",
        Kind::V3 => "puzzle",
        Kind::V4 => "robot",
        Kind::V5 => "discs",
    }
}
