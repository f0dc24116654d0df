//! What a sampled token costs under the policy objective, and how that changes with the token's
//! log-probability. Pure numbers: the trainer turns slopes into weights on log-probabilities, so
//! that SFT and RL share everything below.
//!
//! `J = sum over tokens of their shares of
//! min(rho A, clip(rho, 1 - low, 1 + high) A) - kl_weight KL + entropy_weight H`,
//! `rho = pi / pi_old` (Omni-R1, equations 13 to 16), with verl's dual clip: where `A < 0` a token costs at
//! most `dual |A|`. What a token's share is, `Normalise` says. The functions give costs, `-J`.

use crate::error::{Error, Result};
use serde::{Deserialize, Serialize};

/// What the sum over tokens is divided by, `w` being a token's weight (1, or `picture_weight` for codes).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Normalise {
    /// The mean over answers of the means over their tokens, as in the paper: a token of a short answer counts
    /// for more than one of a long answer.
    Answer,
    /// The mean over all tokens of an update (DAPO, arXiv 2503.14476, equation 12).
    #[default]
    Batch,
    /// The number of answers times `constant`, the same in every update (Dr. GRPO, arXiv 2503.20783, section
    /// 3.2).
    Constant,
}

/// Estimates of the KL divergence from the reference, of a sampled token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kl {
    /// `log pi - log pi_ref`, as the paper writes it. As a loss it is zero in expectation: its gradient
    /// is that of the log-probability, whatever the reference says.
    K1,
    /// `exp d - d - 1` with `d = log pi_ref - log pi`: never negative, pulls towards the reference.
    #[default]
    K3,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ObjectiveSettings {
    pub clip_low: f64,
    pub clip_high: f64,
    /// Above 1; with 0 nothing bounds the cost of a token of a bad answer that has become likely.
    pub dual_clip: f64,
    pub kl: Kl,
    pub kl_weight: f64,
    pub entropy_weight: f64,
    /// Weight of picture codes; words have 1. The paper has 1.
    pub picture_weight: f64,
    pub normalise: Normalise,
    /// Tokens that every answer counts as; for `normalise = "constant"`.
    pub constant: f64,
}

impl ObjectiveSettings {
    const STANDARD: Self = Self {
        clip_low: 0.2,
        clip_high: 0.28,
        dual_clip: 3.0,
        kl: Kl::K3,
        kl_weight: 0.003,
        entropy_weight: 0.001,
        picture_weight: 1.0,
        normalise: Normalise::Batch,
        constant: 128.0,
    };
}

impl Default for ObjectiveSettings {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// A cost, and its derivative by the token's log-probability.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    pub value: f64,
    pub slope: f64,
}

impl ObjectiveSettings {
    /// An error unless every answer counts as some tokens.
    pub fn check(&self) -> Result<()> {
        match self.normalise {
            Normalise::Constant if !(self.constant.is_finite() && self.constant > 0.0) => Err(Error::config(
                format!("Answers can't count as {} tokens each.", self.constant),
                "Use a number above zero under [perpo.objective], such as constant = 128.",
            )),
            _ => Ok(()),
        }
    }

    /// The clipped policy cost of a token. Logarithms of ratios are kept within 20, as in verl.
    pub fn policy(&self, log_probability: f64, old: f64, advantage: f64) -> Cost {
        let difference = (log_probability - old).clamp(-20.0, 20.0);
        let ratio = difference.exp();
        let free = -advantage * ratio;
        let clipped = -advantage * ratio.clamp(1.0 - self.clip_low, 1.0 + self.clip_high);
        let bounded = advantage < 0.0 && self.dual_clip > 0.0;
        let most = if bounded { -advantage * self.dual_clip } else { f64::INFINITY };
        let value = free.max(clipped).min(most);
        let moves = free >= clipped && free <= most && difference == log_probability - old;
        Cost { value, slope: if moves { free } else { 0.0 } }
    }

    /// The KL divergence from the reference, unweighted; verl's limits for k3.
    pub fn kl(&self, log_probability: f64, reference: f64) -> Cost {
        match self.kl {
            Kl::K1 => Cost { value: log_probability - reference, slope: 1.0 },
            Kl::K3 => {
                let difference = (reference - log_probability).clamp(-20.0, 20.0);
                let value = difference.exp() - difference - 1.0;
                let moves = value < 10.0 && difference == reference - log_probability;
                Cost { value: value.min(10.0), slope: if moves { 1.0 - difference.exp() } else { 0.0 } }
            }
        }
    }
}

impl ObjectiveSettings {
    /// Each token's share in the sum of an update, of one weight a token, answer by answer. An answer without
    /// weight counts, as in verl, but has no tokens to count with.
    pub fn shares(&self, answers: &[Vec<f64>]) -> Vec<Vec<f64>> {
        let n = answers.len() as f64;
        let all: f64 = answers.iter().flatten().sum();
        let of_answer = |weights: &Vec<f64>| {
            let divisor = match self.normalise {
                Normalise::Answer => n * weights.iter().sum::<f64>(),
                Normalise::Batch => all,
                Normalise::Constant => n * self.constant,
            };
            weights.iter().map(|weight| if divisor > 0.0 { weight / divisor } else { 0.0 }).collect()
        };
        answers.iter().map(of_answer).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: ObjectiveSettings = ObjectiveSettings::STANDARD;

    fn close(cost: Cost, value: f64, slope: f64) {
        assert!((cost.value - value).abs() < 1e-6 && (cost.slope - slope).abs() < 1e-6, "{cost:?}: {value}, {slope}");
    }

    #[test]
    fn policy_costs_by_hand() {
        // Log-ratio 0.1, ratio 1.105171: inside the clip on both sides.
        close(PLAIN.policy(-1.0, -1.1, 2.0), -2.210342, -2.210342);
        close(PLAIN.policy(-1.0, -1.1, -2.0), 2.210342, 2.210342);
        // Ratio 1.648721, above 1.28: a good answer gains no more, a bad one is still pushed down.
        close(PLAIN.policy(-1.0, -1.5, 2.0), -2.56, 0.0);
        close(PLAIN.policy(-1.0, -1.5, -2.0), 3.297443, 3.297443);
        // Ratio 0.606531, below 0.8: the other way round.
        close(PLAIN.policy(-1.5, -1.0, 2.0), -1.213061, -1.213061);
        close(PLAIN.policy(-1.5, -1.0, -2.0), 1.6, 0.0);
        // Ratio 4.481689 of a bad answer: at most 3 |A|.
        close(PLAIN.policy(-0.5, -2.0, -2.0), 6.0, 0.0);
        let single = ObjectiveSettings { dual_clip: 0.0, ..PLAIN };
        close(single.policy(-0.5, -2.0, -2.0), 8.963378, 8.963378);
    }

    #[test]
    fn kl_by_hand() {
        // d = -0.5: exp(-0.5) + 0.5 - 1 = 0.106531, slope 1 - 0.606531.
        close(PLAIN.kl(-1.0, -1.5), 0.106531, 0.393469);
        close(PLAIN.kl(-1.5, -1.0), 0.148721, -0.648721);
        close(PLAIN.kl(-1.0, -1.0), 0.0, 0.0);
        // exp(3) - 3 - 1 = 16.09, above verl's limit.
        close(PLAIN.kl(-4.0, -1.0), 10.0, 0.0);
        let k1 = ObjectiveSettings { kl: Kl::K1, ..PLAIN };
        close(k1.kl(-1.0, -1.5), 0.5, 1.0);
        close(k1.kl(-1.5, -1.0), -0.5, 1.0);
    }

    #[test]
    fn slopes_are_those_of_the_values() {
        const STEP: f64 = 1e-6;
        for (at, old, advantage) in [(-1.0, -1.1, 2.0), (-1.0, -1.5, 2.0), (-0.4, -2.0, -1.5), (-2.0, -1.0, 0.7)] {
            let value = |by: f64| PLAIN.policy(at + by, old, advantage).value;
            let slope = (value(STEP) - value(-STEP)) / (2.0 * STEP);
            assert!((slope - PLAIN.policy(at, old, advantage).slope).abs() < 1e-5);
            let value = |by: f64| PLAIN.kl(at + by, old).value;
            let slope = (value(STEP) - value(-STEP)) / (2.0 * STEP);
            assert!((slope - PLAIN.kl(at, old).slope).abs() < 1e-5);
        }
    }

    fn shares(normalise: Normalise, answers: &[Vec<f64>]) -> Vec<Vec<f64>> {
        ObjectiveSettings { normalise, constant: 8.0, ..PLAIN }.shares(answers)
    }

    #[test]
    fn shares_by_hand() {
        // Three answers; the second token of the first isn't the model's choice, nor is the third answer.
        let answers = [vec![1.0, 0.0, 1.0], vec![1.0], vec![0.0, 0.0]];
        let of = |normalise| shares(normalise, &answers);
        let none = vec![0.0, 0.0];
        assert_eq!(of(Normalise::Answer), [vec![1.0 / 6.0, 0.0, 1.0 / 6.0], vec![1.0 / 3.0], none.clone()]);
        assert_eq!(of(Normalise::Batch), [vec![1.0 / 3.0, 0.0, 1.0 / 3.0], vec![1.0 / 3.0], none.clone()]);
        assert_eq!(of(Normalise::Constant), [vec![1.0 / 24.0, 0.0, 1.0 / 24.0], vec![1.0 / 24.0], none.clone()]);
        assert_eq!(shares(Normalise::Batch, std::slice::from_ref(&none)), [none]);
    }

    #[test]
    fn codes_have_a_weight_of_their_own() {
        // A code of weight 0.5 beside a word, and a word alone: a third of the first answer, a fifth of all.
        let answers = [vec![0.5, 1.0], vec![1.0]];
        let code = |normalise| shares(normalise, &answers)[0][0];
        assert!((code(Normalise::Answer) - 1.0 / 6.0).abs() < 1e-12);
        assert!((code(Normalise::Batch) - 0.2).abs() < 1e-12);
        assert!((code(Normalise::Constant) - 1.0 / 32.0).abs() < 1e-12);
    }

    /// What made a short wrong form the first choice: within each answer, a token of five weighs 18 times as
    /// much as one of ninety.
    #[test]
    fn short_answers_rule_only_where_each_answer_has_a_mean_of_its_own() {
        let answers = [vec![1.0; 5], vec![1.0; 90]];
        let beside = |normalise| {
            let shares = shares(normalise, &answers);
            shares[0][0] / shares[1][0]
        };
        assert!((beside(Normalise::Answer) - 18.0).abs() < 1e-12);
        assert_eq!([beside(Normalise::Batch), beside(Normalise::Constant)], [1.0, 1.0]);
        assert!(ObjectiveSettings { normalise: Normalise::Constant, constant: 0.0, ..PLAIN }.check().is_err());
    }

    #[test]
    fn without_advantage_nothing_is_pushed() {
        assert_eq!(PLAIN.policy(-1.0, -1.0, 0.0).slope, 0.0);
        assert_eq!(PLAIN.policy(-1.0, -3.0, 0.0).slope, 0.0);
    }
}
