//! How likely a model found what it was given and what it wrote.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::config::Calibration;
use crate::tokens::{Token, Vocab};

/// Costs in nats: minus the logarithm of a probability. What a model has practised is cheap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Likelihood {
    /// Mean over the codes of the question's picture.
    pub picture: f32,
    /// Mean over the question's words.
    pub question: f32,
    /// Sum over the words of the thought, each among those that the grammar allowed.
    pub thought: f32,
    /// The same for the answer.
    pub answer: f32,
    /// Whether the answer says that there is none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub declined: bool,
}

impl Likelihood {
    /// Of a prompt, with the logits after each of its tokens but the last, `[n - 1, vocab]` row by row. The first two
    /// tokens, the beginning and the mode, are nobody's question.
    pub fn of_prompt(prompt: &[Token], logits: &[f32], vocab: &Vocab) -> Self {
        let width = logits.len() / (prompt.len() - 1).max(1);
        let all = 0..width as u32;
        let mut sums = [(0.0, 0); 2];
        for (row, token) in logits.chunks_exact(width.max(1)).zip(&prompt[1..]).skip(1) {
            let sum = match vocab.code_number(*token) {
                Some(_) => &mut sums[0],
                None => &mut sums[1],
            };
            sum.0 += cost(row, std::slice::from_ref(&all), *token);
            sum.1 += 1;
        }
        let [picture, question] = sums.map(|(sum, count)| sum / count.max(1) as f32);
        Self { picture, question, ..Self::default() }
    }
}

/// What a likelihood says of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// The share of answers like this one that are right, 0 to 1.
    pub sure: f64,
    /// Whether picture or question are unlike what was practised.
    pub strange: bool,
}

impl Likelihood {
    pub fn judged(&self, calibration: &Calibration) -> Judged {
        Judged { sure: self.sure(&calibration.sure), strange: self.unlike(calibration) > calibration.strange }
    }

    /// What the regression of [`Calibration::sure`] has a weight for.
    pub fn features(&self) -> [f64; 5] {
        // Long thoughts cost much although each word is cheap.
        let thought = f64::from(self.thought).max(0.0).sqrt();
        [1.0, self.answer.into(), thought, self.picture.into(), self.question.into()]
    }

    /// The probability that the answer is right, by the weights of a regression.
    pub fn sure(&self, weights: &[f64; 5]) -> f64 {
        logistic(&self.features(), weights)
    }

    /// What the regression of [`Calibration::unlike`] has a weight for. What costs little is as unlike as what costs
    /// much: a blank page is cheap.
    pub fn deviations(&self, picture: [f64; 2], question: [f64; 2]) -> [f64; 6] {
        let deviation = |cost: f32, [mean, deviation]: [f64; 2]| (f64::from(cost) - mean) / deviation;
        let (picture, question) = (deviation(self.picture, picture), deviation(self.question, question));
        let certain = f64::from((-self.thought - self.answer).exp());
        let declined = if self.declined { certain } else { -certain };
        [1.0, picture, picture * picture, question, question * question, declined]
    }

    /// How likely picture and question are unlike what was practised, 0 to 1.
    pub fn unlike(&self, calibration: &Calibration) -> f64 {
        logistic(&self.deviations(calibration.picture, calibration.question), &calibration.unlike)
    }
}

/// The probability that a logistic regression gives.
pub fn logistic<const N: usize>(features: &[f64; N], weights: &[f64; N]) -> f64 {
    let sum: f64 = features.iter().zip(weights).map(|(x, weight)| x * weight).sum();
    1.0 / (1.0 + (-sum).exp())
}

/// What a token costs among those in `ranges`.
pub fn cost(logits: &[f32], ranges: &[Range<u32>], token: Token) -> f32 {
    let allowed = || ranges.iter().flat_map(|range| &logits[range.start as usize..range.end as usize]);
    let highest = allowed().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = allowed().map(|logit| (logit - highest).exp()).sum();
    highest + sum.ln() - logits[token.0 as usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::fixtures;

    #[test]
    fn a_cost_is_minus_the_logarithm_of_a_probability() {
        let logits = [0.0, 1.0, 2.0, 50.0];
        let all: f32 = [0.0, 1.0, 2.0].into_iter().map(f32::exp).sum();
        let one = cost(&logits, &[0..2, 2..3], Token(1));
        assert!((one - (all.ln() - 1.0)).abs() < 1e-6, "{one}");
        let probabilities: f32 =
            (0..3).map(|id| (-cost(&logits, std::slice::from_ref(&(0..3)), Token(id))).exp()).sum();
        assert!((probabilities - 1.0).abs() < 1e-6);
    }

    #[test]
    fn words_and_codes_of_a_prompt_are_counted_apart() {
        let vocab = fixtures::own();
        let code = vocab.code_token(0).unwrap();
        let word = vocab.text().encode(" red")[0];
        let prompt = [vocab.bos, vocab.eos, word, code, code, vocab.eoi];
        let width = vocab.size;
        let mut logits = vec![0.0; (prompt.len() - 1) * width];
        // Codes are certain, the word and the end mark are any of all.
        for row in [2, 3] {
            logits[row * width + code.0 as usize] = 100.0;
        }
        let of = Likelihood::of_prompt(&prompt, &logits, &vocab);
        assert!(of.picture.abs() < 1e-3 && (of.question - (width as f32).ln()).abs() < 1e-3, "{of:?}");
    }
}
