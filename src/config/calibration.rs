//! How a model's likelihoods are to be read.

use serde::{Deserialize, Serialize};

/// What `omni-r1 calibrate` found on held-out items.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Of the logistic regression of whether an answer is right: the bias, then a weight for what the answer, the
    /// thought, the picture and the question cost.
    pub sure: [f64; 5],
    /// Mean and deviation of what a picture costs.
    pub picture: [f64; 2],
    /// The same for a question.
    pub question: [f64; 2],
    /// One in forty held-out items is further than this from those means, in deviations.
    pub strange: f64,
}
