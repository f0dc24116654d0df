//! What an answer earns. Two rewards: the paper's, as its published code computes it, and a repaired
//! one that its known weaknesses can't fool (a blank picture is the smoothest of all; a right answer
//! without pictures earns more than one with them; a picture that isn't whole still earns).

use crate::error::Result;
use crate::generate::pictures::action_of;
use crate::loaded::VqCodec;
use crate::model::weight::read_values;
use crate::tasks::{Truth, judge};
use crate::tokens::{Codes, Parsed, Token, Vocab};
use crate::train::accuracy;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RewardForm {
    /// Nothing for a trace that isn't well-formed with whole pictures. Else accuracy by the judge, a
    /// constant for the form, and how near the pictures' roughness is to that of the question's picture.
    #[default]
    Repaired,
    /// The paper's: accuracy by its rules, form by the presence of the marks, pictures by smoothness.
    Paper,
}

/// How the scores of several pictures become one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregate {
    /// As the paper says.
    #[default]
    Mean,
    /// As its code has it.
    Min,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RewardSettings {
    pub form: RewardForm,
    /// Weights of the three parts; those of the published code.
    pub accuracy: f64,
    pub format: f64,
    pub perception: f64,
    /// The paper's tau: smoothness is `1 / (1 + E / tau)`.
    pub tau: f64,
    pub aggregate: Aggregate,
    /// Roughness up to this factor from the question's picture is as good as its own.
    pub band: f64,
}

impl RewardSettings {
    const STANDARD: Self = Self {
        form: RewardForm::Repaired,
        accuracy: 0.855,
        format: 0.095,
        perception: 0.05,
        tau: 3.0,
        aggregate: Aggregate::Mean,
        band: 2.0,
    };
}

impl Default for RewardSettings {
    fn default() -> Self {
        Self::STANDARD
    }
}

/// The parts of a reward, each 0 to 1, and their weighted sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reward {
    pub accuracy: f64,
    pub format: f64,
    /// None where no picture was scored.
    pub perception: Option<f64>,
    pub total: f64,
}

/// An answer, and what it answers.
#[derive(Clone, Copy)]
pub struct Answered<'a> {
    pub parsed: &'a Parsed,
    /// Everything after the prompt.
    pub tokens: &'a [Token],
    /// The question's picture.
    pub picture: &'a Codes,
    pub truth: &'a Truth,
    /// The right answer in words.
    pub answer: &'a str,
}

/// Codebook rows `[K, width]`, for the roughness of pictures.
#[derive(Clone, Debug)]
pub struct Codebook {
    pub rows: Vec<f32>,
    pub width: usize,
}

impl Codebook {
    pub async fn of(codec: &VqCodec) -> Result<Self> {
        let rows = read_values(codec.vq.codebook.tensor.clone()).await?;
        Ok(Self { rows, width: codec.vq.config.embed_dim })
    }

    /// `E = (E_h + E_v) / D`: mean squared differences of the vectors of neighbouring codes (Omni-R1,
    /// equations 6 to 8).
    pub fn roughness(&self, picture: &Codes) -> f64 {
        let grid = picture.grid;
        self.edges(picture).iter().sum::<f64>() / (grid * (grid - 1).max(1)) as f64
    }

    /// How much of the roughness lies between each cell and its neighbours to the right and below, row by
    /// row.
    pub fn edges(&self, picture: &Codes) -> Vec<f64> {
        let (grid, codes) = (picture.grid, &picture.codes);
        let row = |cell: usize| &self.rows[usize::from(codes[cell]) * self.width..][..self.width];
        let apart =
            |a: usize, b: usize| -> f64 { row(a).iter().zip(row(b)).map(|(a, b)| f64::from(a - b).powi(2)).sum() };
        let of_cell = |cell: usize| {
            let right = if cell % grid + 1 < grid { apart(cell, cell + 1) } else { 0.0 };
            let below = if cell + grid < codes.len() { apart(cell, cell + grid) } else { 0.0 };
            (right + below) / self.width as f64
        };
        (0..codes.len()).map(of_cell).collect()
    }

    /// 1 where the roughness of `picture` is that of `other` up to the factor `band`, falling towards 0
    /// as they differ by more.
    pub fn likeness(&self, picture: &Codes, other: &Codes, band: f64) -> f64 {
        const FLAT: f64 = 1e-6;
        let (a, b) = (self.roughness(picture) + FLAT, self.roughness(other) + FLAT);
        (band * (a / b).min(b / a)).min(1.0)
    }
}

impl RewardSettings {
    /// The reward of an answer.
    pub fn of(&self, answered: &Answered, vocab: &Vocab, codebook: &Codebook) -> Reward {
        match self.form {
            RewardForm::Repaired => self.repaired(answered, codebook),
            RewardForm::Paper => self.paper(answered, vocab, codebook),
        }
    }

    fn paper(&self, answered: &Answered, vocab: &Vocab, codebook: &Codebook) -> Reward {
        let pictures = answered.parsed.steps.iter().filter_map(|step| step.picture.as_ref());
        let smooth = pictures.map(|picture| 1.0 / (1.0 + codebook.roughness(picture) / self.tau));
        let perception = self.aggregated(smooth.collect());
        let accuracy = accuracy::grade(answered.answer, &answered.parsed.answer);
        let has = |mark: Token| answered.tokens.contains(&mark);
        // The prompt has opened the thought.
        let marks = [vocab.thought_close, vocab.answer_open, vocab.answer_close];
        let format = f64::from(marks.into_iter().all(has));
        let words = self.accuracy * accuracy + self.format * format;
        let total = match perception {
            Some(smooth) => words + self.perception * smooth,
            None => words / (1.0 - self.perception),
        };
        Reward { accuracy, format, perception, total }
    }

    fn repaired(&self, answered: &Answered, codebook: &Codebook) -> Reward {
        let parsed = answered.parsed;
        let accuracy = f64::from(judge(answered.truth, &parsed.answer));
        if !well_formed(parsed) {
            return Reward { accuracy, format: 0.0, perception: None, total: 0.0 };
        }
        let pictures = parsed.steps.iter().filter_map(|step| step.picture.as_ref());
        let alike = pictures.map(|picture| codebook.likeness(picture, answered.picture, self.band));
        let perception = self.aggregated(alike.collect());
        let total = self.accuracy * accuracy + self.format + self.perception * perception.unwrap_or(0.0);
        Reward { accuracy, format: 1.0, perception, total }
    }

    fn aggregated(&self, scores: Vec<f64>) -> Option<f64> {
        let n = scores.len() as f64;
        match self.aggregate {
            _ if scores.is_empty() => None,
            Aggregate::Mean => Some(scores.iter().sum::<f64>() / n),
            Aggregate::Min => scores.into_iter().reduce(f64::min),
        }
    }
}

/// Whether a trace is as the template says, has at least one step, and each of its steps ends with a
/// valid action and has a whole picture.
pub fn well_formed(parsed: &Parsed) -> bool {
    let good = |step: &crate::tokens::Step| step.picture.is_some() && action_of(&step.text).is_ok();
    parsed.valid() && parsed.rest.is_empty() && !parsed.steps.is_empty() && parsed.steps.iter().all(good)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{Step, fixtures};

    /// Code 0 is (0, 0), code 1 (2, 0), code 2 (0, 4).
    fn codebook() -> Codebook {
        Codebook { rows: vec![0.0, 0.0, 2.0, 0.0, 0.0, 4.0], width: 2 }
    }

    fn codes(codes: [u16; 4]) -> Codes {
        Codes { grid: 2, codes: codes.to_vec() }
    }

    fn parsed(pictures: &[Codes], answer: &str) -> Parsed {
        let step = |picture: &Codes| Step { text: "the fox MARK(0.5,0.5,1)".into(), picture: Some(picture.clone()) };
        Parsed { steps: pictures.iter().map(step).collect(), rest: String::new(), answer: answer.into(), problem: None }
    }

    fn reward(settings: RewardSettings, parsed: &Parsed) -> Reward {
        let vocab = fixtures::own();
        let tokens = [vocab.thought_close, vocab.answer_open, vocab.answer_close];
        let truth = Truth::Number { value: 3.0 };
        let picture = codes([0, 1, 0, 1]);
        let answered = Answered { parsed, tokens: &tokens, picture: &picture, truth: &truth, answer: "3" };
        settings.of(&answered, &vocab, &codebook())
    }

    const PAPER: RewardSettings = RewardSettings { form: RewardForm::Paper, ..RewardSettings::STANDARD };

    #[test]
    fn roughness_by_hand() {
        // Across: 4 and 4, mean 4; down: 0. (4 + 0) / 2.
        assert_eq!(codebook().roughness(&codes([0, 1, 0, 1])), 2.0);
        // Across: 4 and 16, mean 10; down: 0 and 20, mean 10. 20 / 2.
        assert_eq!(codebook().roughness(&codes([0, 1, 0, 2])), 10.0);
        assert_eq!(codebook().roughness(&codes([1, 1, 1, 1])), 0.0);
    }

    #[test]
    fn the_papers_reward_by_hand() {
        let right = reward(PAPER, &parsed(&[codes([0, 1, 0, 1])], "3"));
        // 1 / (1 + 2 / 3) = 0.6; 0.855 + 0.095 + 0.05 * 0.6.
        assert!((right.perception.unwrap() - 0.6).abs() < 1e-12);
        assert!((right.total - 0.98).abs() < 1e-12);
        let wrong = reward(PAPER, &parsed(&[codes([0, 1, 0, 1])], "4"));
        assert!((wrong.total - 0.125).abs() < 1e-12);
        let both = parsed(&[codes([0, 1, 0, 1]), codes([1; 4])], "3");
        assert!((reward(PAPER, &both).perception.unwrap() - 0.8).abs() < 1e-12);
        let least = RewardSettings { aggregate: Aggregate::Min, ..PAPER };
        assert!((reward(least, &both).perception.unwrap() - 0.6).abs() < 1e-12);
    }

    #[test]
    fn the_papers_reward_prefers_no_picture_and_a_blank_one() {
        let none = reward(PAPER, &parsed(&[], "3")).total;
        let blank = reward(PAPER, &parsed(&[codes([1; 4])], "3")).total;
        let honest = reward(PAPER, &parsed(&[codes([0, 1, 0, 1])], "3")).total;
        assert!((none - 1.0).abs() < 1e-12 && (blank - 1.0).abs() < 1e-12 && honest < 0.99);
    }

    #[test]
    fn the_repaired_reward_does_not() {
        let repaired = RewardSettings::default();
        let none = reward(repaired, &parsed(&[], "3")).total;
        let blank = reward(repaired, &parsed(&[codes([1; 4])], "3")).total;
        let honest = reward(repaired, &parsed(&[codes([0, 1, 0, 1])], "3"));
        assert_eq!(none, 0.0);
        assert!((honest.total - 1.0).abs() < 1e-12, "{honest:?}");
        assert!(blank < 0.951);
        // Five times as rough: 2 / 5 of the part for pictures.
        let rough = reward(repaired, &parsed(&[codes([0, 1, 0, 2])], "3"));
        assert!((rough.perception.unwrap() - 0.4).abs() < 1e-5);
    }

    #[test]
    fn only_well_formed_traces_are_paid() {
        let repaired = RewardSettings::default();
        let good = parsed(&[codes([0, 1, 0, 1])], "3");
        let damaged = Parsed { problem: Some("cut off".into()), ..good.clone() };
        let idle = Parsed { steps: vec![Step { text: "the fox".into(), ..good.steps[0].clone() }], ..good.clone() };
        let cut = Parsed { steps: vec![Step { picture: None, ..good.steps[0].clone() }], ..good.clone() };
        let trailing = Parsed { rest: "and so".into(), ..good.clone() };
        for bad in [damaged, idle, cut, trailing] {
            assert_eq!(reward(repaired, &bad).total, 0.0);
        }
        assert!(well_formed(&good));
    }
}
