//! Rewards of a group of answers to one question -> how much better or worse each is than the rest.

/// Keeps the quotient finite, as verl has it.
const EPS: f64 = 1e-6;

/// `A_i = (r_i - mean) / (deviation + 1e-6)`, the deviation with `n - 1`, as verl and GRPO have it;
/// without `scaled` the differences alone (Dr. GRPO). A group of one keeps its reward: it has nothing to
/// be compared with.
pub fn advantages(rewards: &[f64], scaled: bool) -> Vec<f64> {
    let n = rewards.len() as f64;
    if rewards.len() < 2 {
        return rewards.to_vec();
    }
    if !varies(rewards) {
        // Rounding in the mean would be blown up by the division.
        return vec![0.0; rewards.len()];
    }
    let mean = rewards.iter().sum::<f64>() / n;
    let deviation = (rewards.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let scale = if scaled { 1.0 / (deviation + EPS) } else { 1.0 };
    rewards.iter().map(|r| (r - mean) * scale).collect()
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
