//! Rewards of a group of answers to one question -> how much better or worse each is than the rest.

use serde::{Deserialize, Serialize};

/// Which tokens the part of a reward that is for drawings goes to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Credit {
    /// To the codes of each drawing its own.
    #[default]
    Own,
    /// The mean over an answer's drawings to all its tokens, as in the paper.
    All,
}

/// Keeps the quotient finite, as verl has it.
const EPS: f64 = 1e-6;

/// `A_i = (r_i - mean) / (deviation + 1e-6)`, the deviation with `n - 1`, as verl and GRPO have it;
/// without `scaled` the differences alone (Dr. GRPO). A group of one keeps its reward: it has nothing to
/// be compared with.
pub fn advantages(rewards: &[f64], scaled: bool) -> Vec<f64> {
    if rewards.len() < 2 {
        return rewards.to_vec();
    }
    apart(rewards, scale(rewards, scaled))
}

/// The advantages of answers without what their drawings earned, `paid`, and those of each drawing by its
/// score beside all drawings of the group, `weight (s - mean)`. With `scaled` both are divided by the
/// deviation of the totals.
pub fn pictures_apart(
    totals: &[f64],
    paid: &[f64],
    scores: &[Vec<Option<f64>>],
    weight: f64,
    scaled: bool,
) -> (Vec<f64>, Vec<Vec<f64>>) {
    let rest: Vec<f64> = totals.iter().zip(paid).map(|(total, paid)| total - paid).collect();
    let scale = scale(totals, scaled);
    let known: Vec<f64> = scores.iter().flatten().flatten().copied().collect();
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    let one = |score: &Option<f64>| score.map_or(0.0, |score| weight * (score - mean) * scale);
    (apart(&rest, scale), scores.iter().map(|scores| scores.iter().map(one).collect()).collect())
}

/// Differences from the mean, times `scale`.
fn apart(values: &[f64], scale: f64) -> Vec<f64> {
    if !varies(values) {
        // Rounding in the mean would be blown up by the scale.
        return vec![0.0; values.len()];
    }
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    values.iter().map(|value| (value - mean) * scale).collect()
}

fn scale(rewards: &[f64], scaled: bool) -> f64 {
    if !scaled || !varies(rewards) {
        return 1.0;
    }
    let n = rewards.len() as f64;
    let mean = rewards.iter().sum::<f64>() / n;
    (((rewards.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt()) + EPS).recip()
}

/// Whether the values of a group differ, so that there is something to learn from it.
pub fn varies(values: &[f64]) -> bool {
    values.iter().any(|value| *value != values[0])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len());
        assert!(a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5), "{a:?} isn't {b:?}");
    }

    #[test]
    fn by_hand() {
        // Mean 0.5, squared differences 4 * 0.25 = 1, / 3, root 0.57735.
        close(&advantages(&[1.0, 0.0, 0.0, 1.0], true), &[0.866024, -0.866024, -0.866024, 0.866024]);
        close(&advantages(&[1.0, 0.0, 0.0, 1.0], false), &[0.5, -0.5, -0.5, 0.5]);
        // Mean 2, deviation 1.
        close(&advantages(&[1.0, 2.0, 3.0], true), &[-0.999999, 0.0, 0.999999]);
    }

    #[test]
    fn drawings_are_paid_apart_by_hand() {
        // Right with a good and a bad drawing, right with a copy, wrong with none that could be scored.
        let totals = [0.9 + 0.05 * 0.25, 0.9, 0.1];
        let paid = [0.05 * 0.25, 0.0, 0.0];
        let scores = [vec![Some(1.0), Some(-0.5)], vec![Some(0.0)], vec![None]];
        let (words, drawings) = pictures_apart(&totals, &paid, &scores, 0.05, false);
        // Of the rest the mean is 1.9 / 3, of the scores 0.5 / 3.
        close(&words, &[0.266667, 0.266667, -0.533333]);
        close(&drawings[0], &[0.041667, -0.033333]);
        close(&drawings[1], &[-0.008333]);
        close(&drawings[2], &[0.0]);
        // Divided by the deviation of the totals: mean 0.6375, squares 0.0756 + 0.0689 + 0.2889, / 2, root 0.465531.
        let (scaled, of_drawings) = pictures_apart(&totals, &paid, &scores, 0.05, true);
        close(&scaled, &[0.572822, 0.572822, -1.145644]);
        close(&of_drawings[0], &[0.089503, -0.071603]);
        // Where nothing is paid for drawings, the whole is the whole.
        assert_eq!(pictures_apart(&totals, &[0.0; 3], &scores, 0.0, true).0, advantages(&totals, true));
    }

    #[test]
    fn equal_rewards_teach_nothing() {
        assert_eq!(advantages(&[0.25; 5], true), [0.0; 5]);
        assert!(!varies(&[0.25; 5]));
        assert!(varies(&[0.25, 0.25, 0.26]));
        assert!(!varies(&[]));
    }

    #[test]
    fn a_single_answer_keeps_its_reward() {
        assert_eq!(advantages(&[0.7], true), [0.7]);
    }
}
