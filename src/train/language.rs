//! Training of the transformer on documents: base pretraining, SFT and PeSFT differ in their recipes
//! alone. The loss is the weighted mean of the tokens' cross-entropies, and in PeSFT the perception
//! loss besides.

use crate::error::Result;
use crate::kernels::cross_entropy;
use crate::model::weight::read_values;
use crate::tokens::Role;
use crate::train::batch::Batch;
use crate::train::learner::Learner;
use crate::train::perception::Perception;
use crate::train::row::Row;

/// One step: the mean losses of the parts that tokens play in nats, the perception loss, and the norm of
/// the gradient.
pub async fn step(learner: &mut Learner, batch: &Batch, perception: Option<&Perception>, factor: f32) -> Result<Row> {
    let tracked = learner.tracked();
    let hidden = tracked.model.hidden(&batch.model_rows(&learner.device));
    let [b, t, h] = hidden.dims();
    let hidden = hidden.reshape([b * t, h]);
    let logits = tracked.model.logits(hidden.clone());
    let nll = cross_entropy(logits.clone(), batch.targets(&learner.device));
    let mut loss = (nll.clone() * batch.loss_weights(&learner.device).autodiff()).sum();
    let perceived = perception.map(|perception| {
        let (value, count) = perception.loss(&hidden, &logits, tracked.projection.as_ref(), batch);
        (value, count, perception.settings.weight)
    });
    if let Some((value, _, weight)) = &perceived {
        loss = loss + value.clone() * *weight;
    }
    drop((hidden, logits));
    let gradients = tracked.gradients(loss);
    let norm = learner.learn(gradients, factor).await?;
    let mut row = losses(batch, &read_values(nll.inner()).await?);
    if let Some((value, count, _)) = perceived {
        let value = f64::from(read_values(value.inner()).await?[0]);
        row.add("perception", value * count as f64, count as f64);
    }
    row.one("norm", norm);
    Ok(row)
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
