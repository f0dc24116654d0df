//! Which questions have no answer in which pictures, and how that is said.

use super::super::{Family, TaskType};

/// Whether a question of a kind surely has no answer in a picture of another: what could be taken for what it
/// asks about is left out. `None` is a photo with nothing on it.
pub fn foreign(asked: TaskType, shown: Option<TaskType>) -> bool {
    use TaskType::*;
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
pub fn is(shown: Option<TaskType>) -> &'static str {
    match shown {
        None | Some(TaskType::N1 | TaskType::N2 | TaskType::N3 | TaskType::N4) => "this is a photo",
        Some(TaskType::S1 | TaskType::S2 | TaskType::S3) => "this is a bar chart",
        Some(TaskType::S4) => "this is a line chart",
        Some(TaskType::S5) => "this is a pie chart",
        Some(TaskType::D1) => "these are shapes",
        Some(TaskType::D2) => "this is a shape",
        Some(TaskType::D3) => "this is an angle",
        Some(TaskType::D4) => "this is a graph",
        Some(TaskType::D5) => "these are parts",
        Some(TaskType::V1) => "this is a maze",
        Some(TaskType::V2) => "this is a lake",
        Some(TaskType::V3) => "this is a puzzle",
        Some(TaskType::V4) => "this is a robot",
        Some(TaskType::V5) => "these are discs",
    }
}

/// What a question of a kind needs.
pub fn needs(asked: TaskType) -> &'static str {
    match asked {
        TaskType::N1 | TaskType::N2 | TaskType::N3 | TaskType::N4 => "photo",
        TaskType::S1 | TaskType::S2 | TaskType::S3 => "bars",
        TaskType::S4 => "line",
        TaskType::S5 => "pie",
        TaskType::D1 => "shapes",
        TaskType::D2 => "shape",
        TaskType::D3 => "angle",
        TaskType::D4 => "graph",
        TaskType::D5 => "parts",
        TaskType::V1 => "maze",
        TaskType::V2 => "ice",
        TaskType::V3 => "puzzle",
        TaskType::V4 => "robot",
        TaskType::V5 => "discs",
    }
}
