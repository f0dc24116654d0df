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
    /// Of the logistic regression of whether a question has no answer: the bias, then weights for how far picture and
    /// question are from those means, in deviations, each followed by one for its square; last for how certainly the
    /// model declined.
    pub unlike: [f64; 6],
    /// One in forty held-out items that have an answer is above this.
    pub strange: f64,
}
