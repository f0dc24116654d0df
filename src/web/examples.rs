//! The reader's own examples: what an action draws, and whether a file of examples can be used.

use super::{JsResult, bytes, perhaps_bytes, to_js};
use crate::error::{Error, Result};
use crate::generate::{events, pictures::action_of};
use crate::tasks::canvas::SIZE;
use crate::tasks::execute;
use crate::train::custom;
use crate::vq::pixels::{decode_picture, fit};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// The picture in a file as examples have it: square and small, as PNG.
#[wasm_bindgen]
pub fn example_picture(file: &[u8]) -> JsResult<Vec<u8>> {
    Ok(events::png(&fit(&decode_picture(file)?, SIZE))?)
}

/// The picture after the action that ends a step, as PNG.
#[wasm_bindgen]
pub fn perform(picture: &[u8], step: &str) -> JsResult<Vec<u8>> {
    let after = execute(&decode_picture(picture)?, &action_of(step)?, None)?;
    Ok(events::png(&after)?)
}

#[derive(Serialize)]
struct Example {
    #[serde(serialize_with = "bytes")]
    png: Vec<u8>,
    question: String,
    steps: Vec<ExampleStep>,
    answer: String,
}

#[derive(Serialize)]
struct ExampleStep {
    text: String,
    #[serde(serialize_with = "perhaps_bytes")]
    png: Option<Vec<u8>>,
}

/// The examples in JSON lines whose pictures are data: addresses.
#[wasm_bindgen]
pub fn read_examples(lines: &str) -> JsResult {
    let mut examples = Vec::new();
    for sample in custom::read(lines, no_files)? {
        let step = |step: crate::train::data::SampleStep| {
            Ok(ExampleStep { text: step.text, png: step.picture.as_ref().map(events::png).transpose()? })
        };
        examples.push(Example {
            png: events::png(&sample.picture)?,
            question: sample.question,
            steps: sample.steps.into_iter().map(step).collect::<Result<_>>()?,
            answer: sample.answer,
        });
    }
    Ok(to_js(&examples))
}

/// The page can't open files by their paths.
pub(super) fn no_files(path: &str) -> Result<Vec<u8>> {
    Err(Error::data(
        format!("its picture {path:?} is a file beside it, which the page can't open."),
        "Choose the pictures together with the file, or write them as data:image/png;base64,... addresses.",
    ))
}
