//! Training of the transformer on documents: base pretraining, SFT and PeSFT differ in their recipes
//! alone. The loss is the weighted mean of the tokens' cross-entropies, and in PeSFT the perception
//! loss besides.

use crate::error::Result;
use crate::kernels::cross_entropy;
use crate::model::weight::read_values;
use crate::tokens::Role;
use crate::train::batch::Batch;
use crate::train::cores;
use crate::train::learner::{Learner, WeightGradients, sum_gradients};
use crate::train::perception::Perception;
use crate::train::row::Row;

/// Tokens that a core works on at a time: what an op reads and writes then fits the caches.
const PART: usize = 1024;

/// One step: the mean losses of the parts that tokens play in nats, the perception loss, and the norm of
/// the gradient. Where cores compute, each takes some rows at a time.
pub async fn step(learner: &mut Learner, batch: &Batch, perception: Option<&Perception>, factor: f32) -> Result<Row> {
    let parts = if cores::serve(&learner.device) { batch.in_parts(PART) } else { vec![batch.clone()] };
    let whole = Whole {
        weight: batch.total_weight(),
        codes: perception.map_or(0, |perception| parts.iter().map(|part| perception.count(part)).sum()),
    };
    let (mut row, mut sum) = (Row::default(), None);
    for outcome in cores::each(parts, async |part| gradients(learner, &part, perception, &whole).await).await {
        let (losses, gradients) = outcome?;
        row.join(&losses);
        sum = Some(sum_gradients(sum, gradients));
    }
    row.one("norm", learner.learn(sum.unwrap_or_default(), factor).await?);
    Ok(row)
}

/// What the losses of a part are means over.
struct Whole {
    /// Of all tokens.
    weight: f32,
    /// Codes that the perception loss compares.
    codes: usize,
}

/// The losses of a part of a batch, and the gradients of its share in the whole batch's loss.
async fn gradients(
    learner: &Learner,
    part: &Batch,
    perception: Option<&Perception>,
    whole: &Whole,
) -> Result<(Row, WeightGradients)> {
    let tracked = learner.tracked();
    let hidden = tracked.model.hidden(&part.model_rows(&learner.device));
    let [b, t, h] = hidden.dims();
    let hidden = hidden.reshape([b * t, h]);
    let logits = tracked.model.logits(hidden.clone());
    let nll = cross_entropy(logits.clone(), part.targets(&learner.device));
    let mut loss = (nll.clone() * part.loss_weights(whole.weight, &learner.device).autodiff()).sum();
    let perceived = perception.map(|perception| {
        let (value, count) = perception.loss(&hidden, &logits, tracked.projection.as_ref(), part);
        (value, count, perception.settings.weight * count as f32 / whole.codes.max(1) as f32)
    });
    if let Some((value, _, weight)) = &perceived {
        loss = loss + value.clone() * *weight;
    }
    drop((hidden, logits));
    let gradients = tracked.gradients(loss);
    let mut row = losses(part, &read_values(nll.inner()).await?);
    if let Some((value, count, _)) = perceived {
        let value = f64::from(read_values(value.inner()).await?[0]);
        row.add("perception", value * count as f64, count as f64);
    }
    Ok((row, gradients))
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
