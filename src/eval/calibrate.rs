//! Calibration: from how likely a model found questions and answers to how sure an answer is, and to whether a
//! question is unlike what was practised.

use crate::config::Calibration;
use crate::generate::{Likelihood, logistic};

/// Weights of the regression are kept small by this much, in items.
const RIDGE: f64 = 1.0;
const NEWTON_STEPS: usize = 30;
/// Of held-out items, this share counts as strange.
const STRANGE: f64 = 1.0 / 40.0;

/// From answers to held-out items and whether each was right, and from answers to questions that have none.
pub fn fit(answers: &[(Likelihood, bool)], unanswerable: &[Likelihood]) -> Calibration {
    let moments = |of: fn(&Likelihood) -> f32| {
        let n = answers.len().max(1) as f64;
        let mean = answers.iter().map(|(likelihood, _)| f64::from(of(likelihood))).sum::<f64>() / n;
        let square = answers.iter().map(|(likelihood, _)| (f64::from(of(likelihood)) - mean).powi(2)).sum::<f64>() / n;
        [mean, square.sqrt().max(1e-6)]
    };
    let (picture, question) = (moments(|l| l.picture), moments(|l| l.question));
    let sure: Vec<_> = answers.iter().map(|(likelihood, right)| (likelihood.features(), *right)).collect();
    let answerable = answers.iter().map(|(likelihood, _)| (likelihood, false));
    let all = answerable.chain(unanswerable.iter().map(|likelihood| (likelihood, true)));
    let unlike: Vec<_> = all.map(|(likelihood, none)| (likelihood.deviations(picture, question), none)).collect();
    let (sure, unlike) = (regression(&sure), regression(&unlike));
    let mut calibration = Calibration { sure, picture, question, unlike, strange: 0.0 };
    let mut distances: Vec<f64> = answers.iter().map(|(likelihood, _)| likelihood.unlike(&calibration)).collect();
    distances.sort_by(f64::total_cmp);
    let at = (distances.len() as f64 * (1.0 - STRANGE)) as usize;
    calibration.strange = distances.get(at.min(distances.len().saturating_sub(1))).copied().unwrap_or(f64::MAX);
    calibration
}

/// Logistic regression by Newton's method.
fn regression<const N: usize>(cases: &[([f64; N], bool)]) -> [f64; N] {
    let mut weights = [0.0; N];
    for _ in 0..NEWTON_STEPS {
        let mut gradient = weights.map(|weight| -RIDGE * weight);
        let mut curvature = [[0.0; N]; N];
        (0..N).for_each(|i| curvature[i][i] = RIDGE);
        for (x, is) in cases {
            let p = logistic(x, &weights);
            for i in 0..N {
                gradient[i] += (f64::from(*is) - p) * x[i];
                for j in 0..N {
                    curvature[i][j] += p * (1.0 - p) * x[i] * x[j];
                }
            }
        }
        let step = solved(curvature, gradient);
        weights.iter_mut().zip(step).for_each(|(weight, step)| *weight += step);
    }
    weights
}

/// `x` of `a x = b`, for a positive definite `a`, by elimination.
fn solved<const N: usize>(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for i in 0..N {
        let pivot = a[i];
        for below in i + 1..N {
            let factor = a[below][i] / pivot[i];
            a[below].iter_mut().zip(pivot).for_each(|(value, pivot)| *value -= factor * pivot);
            b[below] -= factor * b[i];
        }
    }
    for i in (0..N).rev() {
        let known: f64 = (i + 1..N).map(|column| a[i][column] * b[column]).sum();
        b[i] = (b[i] - known) / a[i][i];
    }
    b
}

/// The expected calibration error (arXiv 1706.04599): in ten bins of how sure answers were, by how much that differs
/// from the share of right ones, on the mean over answers.
pub fn calibration_error(answers: &[(f64, bool)]) -> f64 {
    let mut bins = [(0.0, 0.0, 0_usize); 10];
    for (sure, right) in answers {
        let (sum, hits, count) = &mut bins[((sure * 10.0) as usize).min(9)];
        *sum += sure;
        *hits += f64::from(*right);
        *count += 1;
    }
    bins.iter().map(|(sum, hits, _)| (sum - hits).abs()).sum::<f64>() / answers.len().max(1) as f64
}

/// The probability that one of `high` is above one of `low`; ties count half.
pub fn auroc(low: &[f64], high: &[f64]) -> f64 {
    let above = |value: &f64| {
        let score = |other: &f64| if other < value { 1.0 } else { f64::from(u8::from(other == value)) / 2.0 };
        low.iter().map(score).sum::<f64>()
    };
    high.iter().map(above).sum::<f64>() / (low.len() * high.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    const DEAR: Likelihood = Likelihood { picture: 9.0, question: 3.0, thought: 1.0, answer: 1.0, declined: false };
    /// As a blank page is.
    const CHEAP: Likelihood = Likelihood { picture: -3.0, ..DEAR };

    /// Answers that are right with a probability that follows from what they cost.
    fn answers(n: usize, seed: u64) -> Vec<(Likelihood, bool)> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let one = |_| {
            let answer: f32 = rng.random_range(0.0..3.0);
            let likelihood = Likelihood { answer, picture: rng.random_range(2.0..4.0), question: 3.0, ..DEAR };
            let p = 1.0 / (1.0 + (f64::from(answer) * 2.0 - 2.5).exp());
            (likelihood, rng.random_bool(p))
        };
        (0..n).map(one).collect()
    }

    #[test]
    fn sureness_is_what_comes_true() {
        let calibration = fit(&answers(3000, 1), &[]);
        let judged: Vec<(f64, bool)> =
            answers(3000, 2).iter().map(|(likelihood, right)| (likelihood.sure(&calibration.sure), *right)).collect();
        assert!(calibration_error(&judged) < 0.03, "{}", calibration_error(&judged));
        let always: Vec<(f64, bool)> = judged.iter().map(|(_, right)| (0.99, *right)).collect();
        assert!(calibration_error(&always) > 0.3);
        assert!((calibration.sure[1] + 2.0).abs() < 0.3, "{:?}", calibration.sure);
    }

    #[test]
    fn one_in_forty_is_strange_and_what_is_declined_or_far_off_always() {
        let held_out = answers(2000, 3);
        let declined = Likelihood { declined: true, thought: 0.1, answer: 0.0, ..held_out[0].0 };
        let unanswerable = [[declined; 100], [DEAR; 100], [CHEAP; 100]].concat();
        let calibration = fit(&held_out, &unanswerable);
        let strange = |likelihood: &Likelihood| likelihood.judged(&calibration).strange;
        assert!((30..=55).contains(&held_out.iter().filter(|(likelihood, _)| strange(likelihood)).count()));
        assert!([declined, DEAR, CHEAP].iter().all(strange));
    }

    #[test]
    fn the_area_under_the_curve_counts_pairs() {
        assert_eq!(auroc(&[1.0, 2.0], &[3.0, 4.0]), 1.0);
        assert_eq!(auroc(&[1.0, 2.0], &[2.0]), 0.75);
        assert_eq!(auroc(&[3.0], &[1.0]), 0.0);
    }
}
