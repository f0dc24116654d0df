//! Training of the transformer on documents: base pretraining, SFT and PeSFT differ in their recipes
//! alone. The loss is the weighted mean of the tokens' cross-entropies, and in PeSFT the perception
//! loss besides.

use crate::error::Result;
use crate::kernels::cross_entropy;
use crate::model::Transformer;
use crate::model::weight::read_values;
use crate::tokens::TokenRole;
use crate::train::batch::{Batch, Predictions};
use crate::train::cores;
use crate::train::learner::{Learner, WeightGradients, sum_gradients};
use crate::train::perception::Perception;
use crate::train::row::Row;
use burn::tensor::{Device, Tensor};

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
    let (mut measured, mut sum) = (Vec::new(), None);
    let work = async |part: Batch| gradients(learner, part, perception, &whole);
    for (losses, gradients) in cores::each(parts, work).await {
        measured.push(losses);
        sum = Some(sum_gradients(sum, gradients));
    }
    // All numbers come back in one trip: a graphics processor would stand still in each.
    let along = measured.iter().flat_map(Measured::tensors).collect();
    let (norm, values) = learner.learn_along(sum.unwrap_or_default(), factor, along).await?;
    let (mut row, mut values) = (Row::default(), values.as_slice());
    for measured in &measured {
        let (own, rest) = values.split_at(measured.tensors().map(|tensor| tensor.dims()[0]).sum());
        row.join(&measured.row(own));
        values = rest;
    }
    row.one("norm", norm);
    Ok(row)
}

/// What the losses of a part are means over.
struct Whole {
    /// Of all tokens.
    weight: f32,
    /// Codes that the perception loss compares.
    codes: usize,
}

/// The losses of a part of a batch, still on the device.
struct Measured {
    predictions: Predictions,
    nll: Tensor<1>,
    /// The perception loss, and of how many codes it is the mean.
    perceived: Option<(Tensor<1>, usize)>,
}

impl Measured {
    fn tensors(&self) -> impl Iterator<Item = Tensor<1>> + '_ {
        std::iter::once(self.nll.clone()).chain(self.perceived.iter().map(|(value, _)| value.clone()))
    }

    /// From the values of [`Measured::tensors`].
    fn row(&self, values: &[f32]) -> Row {
        let (nll, perceived) = values.split_at(self.predictions.count());
        let mut row = losses(&self.predictions, nll);
        if let (Some((_, count)), [value]) = (&self.perceived, perceived) {
            row.add("perception", f64::from(*value) * *count as f64, *count as f64);
        }
        row
    }
}

/// The losses of a part of a batch, and the gradients of its share in the whole batch's loss.
fn gradients(
    learner: &Learner,
    part: Batch,
    perception: Option<&Perception>,
    whole: &Whole,
) -> (Measured, WeightGradients) {
    let tracked = learner.tracked();
    let hidden = tracked.model.hidden(&part.model_rows(&learner.device));
    let [b, t, h] = hidden.dims();
    let hidden = hidden.reshape([b * t, h]);
    // The perception loss compares the logits of other tokens too.
    let predictions = part.predictions(perception.is_some());
    let logits = tracked.model.logits(predictions.rows_of(hidden.clone()));
    let nll = cross_entropy(logits.clone(), predictions.targets(&learner.device));
    let mut loss = (nll.clone() * predictions.loss_weights(whole.weight, &learner.device).autodiff()).sum();
    let mut perceived = None;
    if let Some(perception) = perception {
        let (value, count) = perception.loss(&hidden, &logits, tracked.projection.as_ref(), &part);
        loss = loss + value.clone() * (perception.settings.weight * count as f32 / whole.codes.max(1) as f32);
        perceived = Some((value.inner(), count));
    }
    drop((hidden, logits));
    (Measured { predictions, nll: nll.inner(), perceived }, tracked.gradients(loss))
}

/// The losses of a batch that nothing is learned from.
pub async fn measure(model: &Transformer, batch: &Batch, device: &Device) -> Result<Row> {
    let hidden = model.hidden(&batch.model_rows(device));
    let [b, t, h] = hidden.dims();
    let predictions = batch.predictions(false);
    let logits = model.logits(predictions.rows_of(hidden.reshape([b * t, h])));
    let nll = cross_entropy(logits, predictions.targets(device));
    Ok(losses(&predictions, &read_values(nll).await?))
}

const ROLES: [(TokenRole, &str); 4] = [
    (TokenRole::Prompt, "prompt"),
    (TokenRole::Thought, "thought"),
    (TokenRole::Picture, "picture"),
    (TokenRole::Answer, "answer"),
];

/// Losses by the part that the predicted token plays.
fn losses(predictions: &Predictions, nll: &[f32]) -> Row {
    let mut row = Row::default();
    for (role, name) in ROLES {
        let of_role = || predictions.roles.iter().zip(nll).filter(|(r, _)| **r == role);
        row.add(name, of_role().map(|(_, nll)| f64::from(*nll)).sum(), of_role().count() as f64);
    }
    row
}
