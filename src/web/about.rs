//! What the page shows before anything is asked, and whether what it is given can be used.

use super::picture::decoded;
use super::to_js;
use crate::generate::question;
use crate::tasks::{TaskType, phrasing};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// What the page shows before anything is asked.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct About {
    task_types: Vec<String>,
    suggestions: Vec<&'static str>,
}

/// About the task types that a model was trained on.
#[wasm_bindgen]
pub fn about(task_types: Vec<String>) -> JsValue {
    let task_types = TaskType::named(&task_types);
    // One question of each family: enough to begin with, few enough to read.
    let families = task_types.chunk_by(|a, b| a.family() == b.family()).map(|task_types| &task_types[0]);
    to_js(&About {
        task_types: task_types.iter().map(TaskType::to_string).collect(),
        suggestions: families.map(|task_type| phrasing::of(*task_type).examples[0]).collect(),
    })
}

#[derive(Serialize)]
struct Checked {
    width: u32,
    height: u32,
}

/// Whether a file is a picture that can be used.
#[wasm_bindgen]
pub fn check_picture(bytes: &[u8]) -> std::result::Result<JsValue, JsValue> {
    let picture = decoded(bytes)?;
    Ok(to_js(&Checked { width: picture.width(), height: picture.height() }))
}

/// Whether a question can be asked.
#[wasm_bindgen]
pub fn check_question(question: &str) -> std::result::Result<(), JsValue> {
    question::written(question)?;
    Ok(())
}
