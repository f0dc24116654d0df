//! A question with its trace and answer, of the generator or of the reader's own.

use crate::tasks::{Item, SceneState, TaskType, Truth};
use image::RgbImage;

/// The name in the mix of examples of one's own.
pub const OWN: &str = "own";

/// What items count as that have no answer.
pub(super) const UNANSWERABLE: &str = "unanswerable";

/// A question with its trace and answer.
#[derive(Clone, Debug)]
pub struct Sample {
    pub picture: RgbImage,
    pub question: String,
    pub steps: Vec<SampleStep>,
    /// Words of the thought after its last step; mostly none.
    pub rest: String,
    pub answer: String,
    /// The whole scene in a few words, where they are known.
    pub caption: Option<String>,
    pub truth: Truth,
    /// None for an example of the reader's own.
    pub task_type: Option<TaskType>,
    /// The scene behind the picture, where its actions change it.
    pub state: Option<SceneState>,
}

impl Sample {
    /// What it counts as in logs: its question type, or one for all of the generator's that can't be answered.
    pub fn type_name(&self) -> String {
        match (&self.truth, self.task_type) {
            (_, None) => OWN.to_string(),
            (Truth::Unknown, Some(_)) => UNANSWERABLE.to_string(),
            (_, Some(task_type)) => task_type.to_string(),
        }
    }

    /// Whether each of its steps has a picture.
    pub(super) fn is_drawn(&self) -> bool {
        self.steps.iter().all(|step| step.picture.is_some())
    }

    /// Whether an answer to it needs steps. Who writes an example of their own without any may have left
    /// them out.
    pub fn steps_due(&self) -> Option<bool> {
        let due = !self.steps.is_empty();
        (due || self.task_type.is_some()).then_some(due)
    }
}

#[derive(Clone, Debug)]
pub struct SampleStep {
    pub text: String,
    /// The same for a thought without pictures (see [`crate::tasks::TraceStep`]).
    pub spelled_out: String,
    /// None in a chain of words alone.
    pub picture: Option<RgbImage>,
}

impl From<Item> for Sample {
    fn from(item: Item) -> Self {
        let Item { task_type, picture, question, steps, rest, answer, caption, truth, state, .. } = item;
        let step = |step: crate::tasks::TraceStep| SampleStep {
            text: step.text,
            spelled_out: step.spelled_out,
            picture: Some(step.picture),
        };
        let steps = steps.into_iter().map(step).collect();
        Self {
            picture,
            question,
            steps,
            rest,
            answer,
            caption: Some(caption),
            truth,
            task_type: Some(task_type),
            state,
        }
    }
}
