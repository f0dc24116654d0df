//! What an answer earns. Two rewards: the paper's, as its published code computes it, and a repaired
//! one that its known weaknesses can't fool (a blank picture is the smoothest of all; a right answer
//! without pictures earns more than one with them; a picture that isn't whole still earns).

use crate::generate::form;
use crate::tasks::judge;
use crate::tokens::{Codes, Parsed, PictureRule, Token, Vocab};
use crate::train::accuracy;
use crate::train::actions::true_share;
use crate::train::data::Sample;
use crate::train::roughness::Codebook;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RewardForm {
    /// Nothing for a thought that isn't as it should be (see `generate::form`): with the steps that its
    /// question needs, or none where it needs none. Else accuracy by the judge, the form, and the drawings.
    #[default]
    Repaired,
    /// The paper's: accuracy by its rules, form by the presence of the marks, pictures by smoothness.
    Paper,
}

/// What a drawing is paid for by the repaired reward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drawings {
    /// Being about as rough as the question's picture, 0 to 1.
    Roughness,
    /// Showing what its action says, as the executor would draw it: -1 to 1, a copy of the picture before
    /// it 0 (see `agreement`).
    Agreement,
    /// Making the right answer likelier than blank pictures do: -1 to 1 (see `gain`).
    Gain,
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
    /// Without it agreement, or gain for a model that never learned from the executor's pictures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drawings: Option<Drawings>,
    /// Whether the form counts how many of the actions are true. That takes the item's own trace: not for
    /// runs that are to learn from answers alone.
    pub actions: bool,
    /// Whether agreement also compares what PRED leads to. That takes the scene behind the picture; the other
    /// actions are executed on pixels.
    pub scene: bool,
    /// The paper's tau: smoothness is `1 / (1 + E / tau)`.
    pub tau: f64,
    pub aggregate: Aggregate,
    /// Roughness up to this factor from the question's picture is as good as its own.
    pub band: f64,
}

impl RewardSettings {
    pub(super) const STANDARD: Self = Self {
        form: RewardForm::Repaired,
        accuracy: 0.855,
        format: 0.095,
        perception: 0.05,
        drawings: None,
        actions: true,
        scene: true,
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

/// The parts of a reward, and their weighted sum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reward {
    /// 0 to 1, as the form.
    pub accuracy: f64,
    pub format: f64,
    /// None where no picture was scored.
    pub perception: Option<f64>,
    pub total: f64,
}

/// An answer, and what it answers.
#[derive(Clone, Copy)]
pub struct Answered<'a> {
    pub asked: &'a Sample,
    /// The question's picture.
    pub picture: &'a Codes,
    pub parsed: &'a Parsed,
    /// Everything after the prompt.
    pub tokens: &'a [Token],
    /// Where its pictures could be.
    pub rule: PictureRule,
    /// The agreement or gain of each of its drawings, where that was measured.
    pub measured: &'a [Option<f64>],
}

impl Answered<'_> {
    /// Whatever isn't as it should be in its thought.
    pub fn problems(&self) -> Vec<String> {
        form::problems(self.parsed, true, self.rule, self.asked.steps_due())
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

    /// What measures drawings, where something has to before an answer can be paid.
    pub fn measured(&self) -> Option<Drawings> {
        let pays = self.form == RewardForm::Repaired && self.perception != 0.0;
        self.drawings.filter(|drawings| pays && *drawings != Drawings::Roughness)
    }

    /// The score of each drawing of a thought that is paid.
    pub fn of_drawings(&self, answered: &Answered, codebook: &Codebook) -> Vec<Option<f64>> {
        if self.form == RewardForm::Paper || !answered.problems().is_empty() {
            return Vec::new();
        }
        if self.drawings != Some(Drawings::Roughness) {
            return answered.measured.to_vec();
        }
        let pictures = answered.parsed.steps.iter().filter_map(|step| step.picture.as_ref());
        pictures.map(|picture| Some(codebook.likeness(picture, answered.picture, self.band))).collect()
    }

    fn paper(&self, answered: &Answered, vocab: &Vocab, codebook: &Codebook) -> Reward {
        let pictures = answered.parsed.steps.iter().filter_map(|step| step.picture.as_ref());
        let smooth = pictures.map(|picture| 1.0 / (1.0 + codebook.roughness(picture) / self.tau));
        let perception = self.aggregated(smooth.collect());
        let accuracy = accuracy::grade(&answered.asked.answer, &answered.parsed.answer);
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
        let Answered { asked, parsed, .. } = answered;
        let accuracy = f64::from(judge(&asked.truth, &parsed.answer));
        if !answered.problems().is_empty() {
            return Reward { accuracy, format: 0.0, perception: None, total: 0.0 };
        }
        let format = if self.actions { true_share(asked, parsed) } else { 1.0 };
        let perception = self.aggregated(self.of_drawings(answered, codebook).into_iter().flatten().collect());
        // Where nothing is to be drawn, nothing is drawn wrong.
        let drawings = if asked.steps_due() == Some(false) { 1.0 } else { perception.unwrap_or(0.0) };
        let total = self.accuracy * accuracy + self.format * format + self.perception * drawings;
        Reward { accuracy, format, perception, total }
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
