//! Training of the transformer on documents: base pretraining and SFT differ in their recipes
//! alone. The loss is the weighted mean of the tokens' cross-entropies.

use crate::error::Result;
use crate::kernels::cross_entropy;
use crate::model::Transformer;
use crate::model::weight::read_values;
use crate::tokens::Role;
use crate::train::batch::Batch;
use crate::train::learner::{Learner, gradients_of};
use crate::train::row::Row;
use burn::tensor::{Device, Tensor};

/// One step: the mean losses of the parts that tokens play in nats, and the norm of the gradient.
pub async fn step(learner: &mut Learner, batch: &Batch, factor: f32) -> Result<Row> {
    let tracked = learner.tracked();
    let nll = token_losses(&tracked, batch, &learner.device);
    let weights = batch.loss_weights(&learner.device).autodiff();
    let gradients = gradients_of(tracked.weights(), (nll.clone() * weights).sum().backward());
    drop(tracked);
    let norm = learner.learn(gradients, factor).await?;
    let mut row = losses(batch, &read_values(nll.inner()).await?);
    row.one("norm", norm);
    Ok(row)
}

/// The cross-entropy of every position of a batch, `[rows * length]`.
fn token_losses(model: &Transformer, batch: &Batch, device: &Device) -> Tensor<1> {
    let hidden = model.hidden(&batch.model_rows(device));
    let [b, t, h] = hidden.dims();
    cross_entropy(model.logits(hidden.reshape([b * t, h])), batch.targets(device))
}

const ROLES: [(Role, &str); 4] =
    [(Role::Prompt, "prompt"), (Role::Thought, "thought"), (Role::Picture, "picture"), (Role::Answer, "answer")];

/// Losses by the part that the predicted token plays.
fn losses(batch: &Batch, nll: &[f32]) -> Row {
    let mut row = Row::default();
    for (role, name) in ROLES {
        let of_role = || batch.roles.iter().zip(nll).filter(|(r, _)| **r == role);
        row.add(name, of_role().map(|(_, nll)| f64::from(*nll)).sum(), of_role().count() as f64);
    }
    row
}
