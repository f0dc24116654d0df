//! The perception loss of PeSFT: states that draw a picture should know the codes' vectors.
//!
//! `L = 1/|O| sum over p in O of || W h_p - E[c_p] ||^2` (Omni-R1, equation 2), `O` the positions
//! whose next token is a code of a drawn picture, `h_p` the state after the last norm, `E` the
//! frozen codebook, `W` a learned projection. The loss of a step is cross-entropy plus `weight L`.

use crate::error::{Error, Result};
use crate::kernels::{code_distance, embedding, linear};
use crate::model::checkpoint::PROJECTION;
use crate::model::weight::{Init, read_values};
use crate::model::{Weight, WeightRole, WeightSource};
use crate::tokens::{TokenRole, Vocab};
use crate::train::batch::Batch;
use burn::tensor::{Device, Int, Tensor, TensorData, activation::softmax};
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Which states are compared with what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The state that predicts a code with that code.
    #[default]
    Aligned,
    /// The state at a code with that same code, which it has just read, as Omni-R1's published code
    /// has it.
    Misaligned,
    /// MVoT's token discrepancy (arXiv 2501.07542): `sum over k of p_k MSE(E[c], E[k])` with the
    /// probabilities `p` among the codes; it needs no projection.
    Discrepancy,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PerceptionSettings {
    /// lambda. The published code averages over the code's `D` elements: that is `1 / D` here.
    pub weight: f32,
    pub form: Form,
    /// Whether the projection is trained; the published code leaves it as it was drawn.
    pub trained: bool,
}

impl Default for PerceptionSettings {
    fn default() -> Self {
        Self { weight: 1.0, form: Form::Aligned, trained: true }
    }
}

impl PerceptionSettings {
    /// The projection `[width, hidden]`, drawn by seed where the source has none; the discrepancy
    /// needs none.
    pub fn projection(
        &self,
        source: &mut WeightSource,
        hidden: usize,
        width: usize,
        seed: u64,
        device: &Device,
    ) -> Result<Option<Weight>> {
        if self.form == Form::Discrepancy {
            return Ok(None);
        }
        let role = if self.trained { WeightRole::Table } else { WeightRole::Fixed };
        let init = Init::Normal((1.0 / hidden as f32).sqrt());
        let mut drawn = WeightSource::random(seed);
        let source = if source.has(PROJECTION) { source } else { &mut drawn };
        source.matrix(&[(PROJECTION, width)], hidden, init, role, device).map(Some)
    }
}

/// The loss over one codebook and vocabulary.
pub struct Perception {
    pub settings: PerceptionSettings,
    /// `[K, D]`; for the discrepancy the distances `[K, K]`.
    table: Tensor<2>,
    /// The token of code 0; the others follow it.
    first: u32,
}

/// A code for each position of a batch, and 1 where it counts.
struct Sites {
    codes: Vec<i32>,
    counts: Vec<f32>,
}

impl Perception {
    /// `codebook [K, D]`.
    pub async fn new(settings: PerceptionSettings, codebook: &Tensor<2>, vocab: &Vocab) -> Result<Self> {
        let [codes] = vocab.code_ranges() else {
            return Err(Error::config(
                "The picture codes of this vocabulary don't lie together.",
                "Train without [language.perception].",
            ));
        };
        let table = match settings.form {
            Form::Discrepancy => {
                let [k, d] = codebook.dims();
                let distances = distances(&read_values(codebook.clone()).await?, d);
                Tensor::from_data(TensorData::new(distances, [k, k]), &codebook.device())
            }
            _ => codebook.clone(),
        };
        Ok(Self { settings, table, first: codes.start })
    }

    /// The positions of a batch that count, and how many they are.
    fn sites(&self, batch: &Batch) -> (Sites, usize) {
        let codes = self.first..self.first + self.table.dims()[0] as u32;
        let found = sites(batch, &codes, self.settings.form);
        let sites = Sites {
            codes: found.iter().map(|code| code.unwrap_or(0) as i32).collect(),
            counts: found.iter().map(|code| f32::from(code.is_some())).collect(),
        };
        (sites, found.iter().flatten().count())
    }

    /// How many positions of a batch count.
    pub fn count(&self, batch: &Batch) -> usize {
        self.sites(batch).1
    }

    /// The loss `[1]` of tracked states `[N, hidden]` and their logits `[N, V]`, and over how many
    /// positions it is the mean.
    pub fn loss(
        &self,
        hidden: &Tensor<2>,
        logits: &Tensor<2>,
        projection: Option<&Weight>,
        batch: &Batch,
    ) -> (Tensor<1>, usize) {
        let (sites, count) = self.sites(batch);
        let (n, device) = (sites.codes.len(), self.table.device());
        let codes = Tensor::<1, Int>::from_data(TensorData::new(sites.codes, [n]), &device);
        let shares: Vec<f32> = sites.counts.iter().map(|c| c / count.max(1) as f32).collect();
        let shares = Tensor::<1>::from_data(TensorData::new(shares, [n]), &device).autodiff();
        let each = match projection {
            Some(projection) => code_distance(linear(hidden.clone(), projection.matrix()), self.table.clone(), codes),
            None => {
                let (first, k) = (self.first as usize, self.table.dims()[0]);
                let distances = embedding(self.table.clone(), codes.reshape([n, 1])).reshape([n, k]);
                let p = softmax(logits.clone().slice([0..n, first..first + k]), 1);
                (p * Tensor::from_inner(distances)).sum_dim(1).reshape([n])
            }
        };
        ((each * shares).sum(), count)
    }
}

/// For each position of a batch the code that its state is compared with; None where it counts for nothing.
/// `codes` are the tokens of the picture codes.
pub fn sites(batch: &Batch, codes: &Range<u32>, form: Form) -> Vec<Option<u16>> {
    let mut sites = vec![None; batch.targets.len()];
    for (position, (target, role)) in batch.targets.iter().zip(&batch.roles).enumerate() {
        if *role == TokenRole::Picture && codes.contains(target) {
            // The state at a code is the one after the state that predicts it.
            sites[position + usize::from(form == Form::Misaligned)] = Some((target - codes.start) as u16);
        }
    }
    sites
}

/// Mean squared differences between all rows of a codebook `[K, width]`, `[K, K]`.
fn distances(codebook: &[f32], width: usize) -> Vec<f32> {
    let rows = || codebook.chunks_exact(width);
    let distance = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>() / width as f32;
    rows().flat_map(|a| rows().map(move |b| distance(a, b))).collect()
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;
    use crate::tokens::fixtures;

    const N: usize = 4;
    const H: usize = 3;
    const D: usize = 2;

    fn numbers(seed: u32, n: usize) -> Vec<f32> {
        (0..n as u32).map(|i| ((i * 37 + seed * 101) % 19) as f32 / 9.5 - 1.0).collect()
    }

    fn tensor(values: &[f32], shape: [usize; 2]) -> Tensor<2> {
        Tensor::from_data(TensorData::new(values.to_vec(), shape), &Device::flex())
    }

    /// Position 1 predicts code 3, position 2 code 5; position 0 predicts a code of the question.
    fn batch(first: u32) -> Batch {
        Batch {
            rows: 1,
            length: N,
            targets: vec![first + 2, first + 3, first + 5, 0],
            roles: vec![TokenRole::Prompt, TokenRole::Picture, TokenRole::Picture, TokenRole::Picture],
            ..Batch::default()
        }
    }

    fn perception(form: Form, codebook: &[f32]) -> Perception {
        let settings = PerceptionSettings { form, ..PerceptionSettings::default() };
        let vocab = fixtures::own();
        pollster::block_on(Perception::new(settings, &tensor(codebook, [16, D]), &vocab)).unwrap()
    }

    /// By hand, in f64.
    fn reference(hidden: &[f32], projection: &[f32], codebook: &[f32], sites: &[(usize, usize)]) -> f64 {
        let mut sum = 0.0;
        for &(position, code) in sites {
            for row in 0..D {
                let dot: f64 =
                    (0..H).map(|i| f64::from(projection[row * H + i]) * f64::from(hidden[position * H + i])).sum();
                sum += (dot - f64::from(codebook[code * D + row])).powi(2);
            }
        }
        sum / sites.len() as f64
    }

    /// Checks a gradient against central differences of `loss` at `at`.
    fn slopes_are(gradient: &[f32], at: &[f32], what: &str, loss: impl Fn(&[f32]) -> f64) {
        const STEP: f32 = 1.0 / 256.0;
        assert_eq!(gradient.len(), at.len(), "{what}");
        for (i, &expected) in gradient.iter().enumerate() {
            let moved = |by: f32| {
                let mut at = at.to_vec();
                at[i] += by;
                loss(&at)
            };
            let slope = (moved(STEP) - moved(-STEP)) / f64::from(2.0 * STEP);
            assert!((slope - f64::from(expected)).abs() < 1e-4, "{what} {i}: {slope}");
        }
    }

    #[test]
    fn value_and_gradients_are_those_of_the_formula() {
        let (hidden, weights, codebook) = (numbers(1, N * H), numbers(2, D * H), numbers(3, 16 * D));
        for (form, sites) in [(Form::Aligned, [(1, 3), (2, 5)]), (Form::Misaligned, [(2, 3), (3, 5)])] {
            let perception = perception(form, &codebook);
            let states = tensor(&hidden, [N, H]).autodiff().require_grad();
            let mut source = WeightSource::random(1);
            let projection = perception.settings.projection(&mut source, H, D, 1, &Device::flex()).unwrap();
            let mut projection = projection.expect("these forms have one");
            projection.tensor = tensor(&weights, [D, H]).autodiff().require_grad();
            let logits = tensor(&numbers(4, N * 64), [N, 64]).autodiff();
            let (loss, count) = perception.loss(&states, &logits, Some(&projection), &batch(perception.first));
            assert_eq!(count, 2);
            let value = loss.clone().inner().into_data().try_to_vec::<f32>().unwrap()[0];
            assert!((f64::from(value) - reference(&hidden, &weights, &codebook, &sites)).abs() < 1e-5, "{form:?}");
            let mut gradients = loss.backward();
            let of_states = states.grad_remove(&mut gradients).unwrap().into_data().try_to_vec::<f32>().unwrap();
            let of_weights =
                projection.tensor.grad_remove(&mut gradients).unwrap().into_data().try_to_vec::<f32>().unwrap();
            let of = |hidden: &[f32], weights: &[f32]| reference(hidden, weights, &codebook, &sites);
            slopes_are(&of_states, &hidden, &format!("{form:?} state"), |hidden| of(hidden, &weights));
            slopes_are(&of_weights, &weights, &format!("{form:?} weight"), |weights| of(&hidden, weights));
        }
    }

    #[test]
    fn the_discrepancy_is_the_expected_distance_to_the_right_code() {
        let codebook = numbers(3, 16 * D);
        let perception = perception(Form::Discrepancy, &codebook);
        let logits = numbers(4, N * 64);
        let states = tensor(&numbers(1, N * H), [N, H]).autodiff();
        let tracked = tensor(&logits, [N, 64]).autodiff();
        let (loss, _) = perception.loss(&states, &tracked, None, &batch(perception.first));
        let mut sum = 0.0;
        for (position, code) in [(1, 3), (2, 5)] {
            let of_codes: Vec<f64> =
                (0..16).map(|k| f64::from(logits[position * 64 + perception.first as usize + k]).exp()).collect();
            let total: f64 = of_codes.iter().sum();
            for (k, p) in of_codes.iter().enumerate() {
                let distance: f64 =
                    (0..D).map(|i| f64::from(codebook[k * D + i] - codebook[code * D + i]).powi(2)).sum::<f64>()
                        / D as f64;
                sum += p / total * distance;
            }
        }
        let value = loss.inner().into_data().try_to_vec::<f32>().unwrap()[0];
        assert!((f64::from(value) - sum / 2.0).abs() < 1e-5);
    }
}
