//! What Zero learns from: chains with pictures that the model drew itself.

use crate::tokens::{Codes, Document, ThoughtStep};
use serde::{Deserialize, Serialize};

/// A chain of thought with the pictures that the base model drew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SyntheticExample {
    pub question: String,
    pub picture: Codes,
    pub steps: Vec<(String, Codes)>,
    pub answer: String,
}

impl SyntheticExample {
    pub fn document(&self) -> Document {
        let step =
            |(text, picture): &(String, Codes)| ThoughtStep { text: text.clone(), picture: Some(picture.clone()) };
        Document::Reason {
            draw: true,
            question: self.question.clone(),
            picture: self.picture.clone(),
            steps: self.steps.iter().map(step).collect(),
            rest: String::new(),
            answer: self.answer.clone(),
        }
    }
}
