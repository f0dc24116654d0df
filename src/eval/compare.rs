//! Several sets of predictions, side by side, with their differences: item by item where the questions are
//! the same, otherwise type by type.
//!
//! An item's score is the share of a contestant's seeds that got it right, so that every item counts
//! once however often it was asked. Intervals are over items: items are what a benchmark samples; asking
//! the same item again tells nothing of others. Those of shares are Wilson's, of as many items as would
//! vary so little by themselves where scores are means over seeds; those of differences are normal ones,
//! within what a difference of shares can be.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::report::{Z, family_name, wilson_of};
use super::{Prediction, Question};
use crate::error::{Error, Result};
use crate::tasks::{Family, TaskType, judge};

/// A model, or one way of asking it.
#[derive(Clone, Debug, PartialEq)]
pub struct Contestant {
    pub name: String,
    pub seeds: usize,
    /// For each question the share of seeds that were right.
    scores: Vec<f64>,
}

/// A mean with its 95% interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    pub low: f64,
    pub high: f64,
}

impl Estimate {
    /// Of the mean of shares; without one there is nothing to estimate.
    pub fn of(shares: &[f64]) -> Option<Self> {
        let n = shares.len() as f64;
        let mean = shares.iter().sum::<f64>() / n;
        let variance = shares.iter().map(|share| (share - mean) * (share - mean)).sum::<f64>() / n;
        // One seed's scores are 0 or 1: then this is n.
        let items = if variance > 0.0 { n * mean * (1.0 - mean) / variance } else { n };
        let (low, high) = wilson_of(mean, items.max(n));
        (!shares.is_empty()).then_some(Self { mean, low, high })
    }

    /// Of the mean of differences of shares, which lies between -1 and 1.
    pub fn of_differences(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0).max(1.0);
        let half = Z * (variance / n).sqrt();
        (!values.is_empty()).then(|| Self::within_one(mean, half, half))
    }

    fn within_one(mean: f64, below: f64, above: f64) -> Self {
        Self { mean, low: (mean - below).max(-1.0), high: (mean + above).min(1.0) }
    }

    fn percent(&self) -> String {
        let [mean, low, high] = [self.mean, self.low, self.high].map(|share| 100.0 * share);
        format!("{mean:.1} ({low:.1} to {high:.1})")
    }
}

/// Files of predictions, `(name, text)`, as contestants in order of their first file. Files whose names
/// differ in a last number alone (`mini-0`, `mini-1`) are seeds of one contestant.
pub fn contestants(questions: &[Question], files: &[(String, String)]) -> Result<Vec<Contestant>> {
    let mut contestants: Vec<Contestant> = Vec::new();
    for (file, text) in files {
        let (name, _) = file.rsplit_once('-').filter(|(_, seed)| seed.parse::<u64>().is_ok()).unwrap_or((file, ""));
        let scores = scores(questions, file, text)?;
        match contestants.iter_mut().find(|known| known.name == name) {
            Some(known) => {
                known.scores.iter_mut().zip(scores).for_each(|(sum, score)| *sum += score);
                known.seeds += 1;
            }
            None => contestants.push(Contestant { name: name.into(), seeds: 1, scores }),
        }
    }
    for contestant in &mut contestants {
        contestant.scores.iter_mut().for_each(|sum| *sum /= contestant.seeds as f64);
    }
    Ok(contestants)
}

/// 1 for each question that was answered rightly.
fn scores(questions: &[Question], file: &str, text: &str) -> Result<Vec<f64>> {
    let mut answers = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let prediction: Prediction = serde_json::from_str(line).map_err(|e| {
            Error::data(
                format!("Line {} of {file} is no prediction: {e}.", at + 1),
                "Make the file with omni-r1 eval --output.",
            )
        })?;
        answers.insert(prediction.id, prediction.answer);
    }
    let score = |question: &Question| {
        let answer = answers.get(&question.id).ok_or_else(|| {
            Error::data(
                format!("{file} has no answer to {}.", question.id),
                "Compare predictions for the whole benchmark, and name the one that was asked under --bench.",
            )
        })?;
        let truth = question.truth.as_ref().ok_or_else(|| {
            Error::data(format!("The truth of {} isn't known.", question.id), "Use a benchmark with answers.")
        })?;
        Ok(f64::from(judge(truth, answer)))
    };
    questions.iter().map(score).collect()
}

/// How a contestant's scores differ from another's, item by item.
pub fn difference(one: &Contestant, other: &Contestant) -> Option<Estimate> {
    let values: Vec<f64> = one.scores.iter().zip(&other.scores).map(|(a, b)| a - b).collect();
    Estimate::of_differences(&values)
}

/// How scores differ from those for other questions: type by type, each weighing as often as `one` was asked it.
/// None where the other has no question of a type.
pub fn difference_by_type(one: &Asked, other: &Asked) -> Option<Estimate> {
    let (ones, others) = (scores_by_type(one), scores_by_type(other));
    let parts = ones.iter().map(|(task_type, scores)| {
        let weight = scores.len() as f64 / one.0.len() as f64;
        let (one, other) = (Estimate::of(scores)?, Estimate::of(others.get(task_type)?)?);
        // The samples are independent of each other: the squares of their distances add up (Newcombe 1998).
        let below = (one.mean - one.low).powi(2) + (other.high - other.mean).powi(2);
        let above = (one.high - one.mean).powi(2) + (other.mean - other.low).powi(2);
        Some([weight * (one.mean - other.mean), weight * weight * below, weight * weight * above])
    });
    let parts: Vec<[f64; 3]> = parts.collect::<Option<_>>()?;
    let [mean, below, above] = [0, 1, 2].map(|place| parts.iter().map(|part| part[place]).sum::<f64>());
    (!parts.is_empty()).then(|| Estimate::within_one(mean, below.sqrt(), above.sqrt()))
}

fn scores_by_type((questions, contestant): &Asked) -> BTreeMap<Option<TaskType>, Vec<f64>> {
    let mut scores: BTreeMap<Option<TaskType>, Vec<f64>> = BTreeMap::new();
    for (question, score) in questions.iter().zip(&contestant.scores) {
        scores.entry(question.task_type).or_default().push(*score);
    }
    scores
}

/// A contestant, and what it was asked.
pub type Asked<'a> = (&'a [Question], Contestant);

/// A row a contestant: each family, everything, and the difference to the first, in percent and points.
pub fn to_markdown(rows: &[Asked]) -> String {
    let families: BTreeSet<Family> =
        rows.iter().flat_map(|(questions, _)| questions.iter().filter_map(family)).collect();
    let names: Vec<&str> = families.iter().map(|family| family_name(*family)).collect();
    let mut text = format!("| | n | seeds | {} | all | against the first |\n|---|--:|--:|", names.join(" | "));
    text += &"--:|".repeat(names.len() + 2);
    text.push('\n');
    for (at, row) in rows.iter().enumerate() {
        let (questions, contestant) = row;
        let of = |wanted: &dyn Fn(&Question) -> bool| {
            let asked = questions.iter().zip(&contestant.scores).filter(|(question, _)| wanted(question));
            let scores: Vec<f64> = asked.map(|(_, score)| *score).collect();
            Estimate::of(&scores).map_or("-".into(), |estimate| estimate.percent())
        };
        let mut cells = vec![contestant.name.clone(), questions.len().to_string(), contestant.seeds.to_string()];
        cells.extend(families.iter().map(|wanted| of(&|question| family(question) == Some(*wanted))));
        cells.push(of(&|_| true));
        let first = &rows[0];
        let same = first.0.iter().map(|q| &q.id).eq(questions.iter().map(|q| &q.id));
        let against = match at {
            0 => None,
            _ if same => difference(contestant, &first.1),
            _ => difference_by_type(row, first),
        };
        cells.push(against.map_or("-".into(), |estimate| estimate.percent()));
        text += &format!("| {} |\n", cells.join(" | "));
    }
    text
}

fn family(question: &Question) -> Option<Family> {
    question.task_type.map(|task_type| task_type.family())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::parse_items;
    use std::path::Path;

    fn questions() -> Vec<Question> {
        let line = |i: usize| {
            format!(r#"{{"id":"{i}","type":"{}","image":"","question":"?","answer":"red"}}"#, ["N1", "V1"][i % 2])
        };
        parse_items(&(0..4).map(|i| line(i) + "\n").collect::<String>(), Path::new("")).unwrap()
    }

    /// Predictions that are right where the pattern has a 1.
    fn file(name: &str, right: [u8; 4]) -> (String, String) {
        let line = |(i, right): (usize, &u8)| {
            let answer = if *right == 1 { "red" } else { "blue" };
            format!(r#"{{"id":"{i}","answer":"{answer}","text":"","pictures":[],"valid":true,"tokens":1,"ms":1.0}}"#)
                + "\n"
        };
        (name.into(), right.iter().enumerate().map(line).collect())
    }

    #[test]
    fn seeds_of_one_name_are_averaged_item_by_item() {
        let files = [file("a-0", [1, 0, 1, 0]), file("b", [0; 4]), file("a-1", [1, 1, 0, 0])];
        let found = contestants(&questions(), &files).unwrap();
        assert_eq!(found.iter().map(|c| (c.name.as_str(), c.seeds)).collect::<Vec<_>>(), [("a", 2), ("b", 1)]);
        assert_eq!(found[0].scores, [1.0, 0.5, 0.5, 0.0]);
    }

    #[test]
    fn differences_are_paired() {
        let files = [file("a", [1, 1, 0, 0]), file("b", [1, 1, 1, 1])];
        let found = contestants(&questions(), &files).unwrap();
        let estimate = difference(&found[1], &found[0]).unwrap();
        // Values 0, 0, 1, 1: mean 1/2, variance 1/3, half an interval of 1.96 sqrt(1/12).
        assert_eq!(estimate.mean, 0.5);
        assert!((0.5 - estimate.low - 1.959_963_984 * (1.0_f64 / 12.0).sqrt()).abs() < 1e-9);
        assert_eq!(estimate.high, 1.0);
        let asked = questions();
        let mut rows: Vec<Asked> = found.into_iter().map(|contestant| (&asked[..], contestant)).collect();
        let table = to_markdown(&rows);
        // Wilson's interval of 2 of 2, and of 4 of 4.
        assert!(
            table.contains("| b | 4 | 1 | 100.0 (34.2 to 100.0) | 100.0 (34.2 to 100.0) | 100.0 (51.0 to 100.0)"),
            "{table}"
        );
        let ends = |table: &str| table.lines().skip(2).map(|l| l.ends_with("| - |")).collect::<Vec<_>>();
        assert_eq!(ends(&table), [true, false], "{table}");
        // Fewer questions, both right: N1 from 1/2 (values 1, 0), V1 from 1/2 (1, 0), a half of the weight each.
        let others = &asked[..2];
        rows[1] = (others, Contestant { scores: vec![1.0; 2], ..rows[1].1.clone() });
        let estimate = difference_by_type(&rows[1], &rows[0]).unwrap();
        // Wilson's intervals: of 1 of 2 0.0945 to 0.9055, of 1 of 1 0.2065 to 1. Of each type half of
        // sqrt(0.7935^2 + 0.4055^2) below, half of 0.4055 above; and both types' squares.
        assert_eq!(estimate.mean, 0.5);
        assert!((estimate.low - (0.5 - 0.8911 / 2_f64.sqrt())).abs() < 1e-3, "{estimate:?}");
        assert!((estimate.high - (0.5 + 0.4055 / 2_f64.sqrt())).abs() < 1e-3, "{estimate:?}");
        rows.swap(0, 1);
        rows[0].0 = &asked[..1];
        assert_eq!(difference_by_type(&rows[1], &rows[0]), None, "no question of one type");
    }

    #[test]
    fn intervals_stay_within_what_can_be() {
        let one = Estimate::of(&[1.0; 8]).unwrap();
        assert!(one.high == 1.0 && (one.low - 0.6756).abs() < 1e-3, "{one:?}");
        // Three seeds: 7 of 8 items always right, one in a third. Varying less, they tell more than one seed.
        let seeds = Estimate::of(&[1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0 / 3.0]).unwrap();
        assert!(seeds.low > 0.6 && seeds.high < 1.0 && seeds.low < seeds.mean && seeds.mean < seeds.high, "{seeds:?}");
        let apart = Estimate::of_differences(&[1.0, 1.0, 0.0]).unwrap();
        assert!(apart.high <= 1.0 && apart.low < apart.mean, "{apart:?}");
    }

    #[test]
    fn a_missing_answer_is_an_error() {
        let (name, text) = file("a", [1; 4]);
        let short = text.lines().take(3).collect::<Vec<_>>().join("\n");
        let error = contestants(&questions(), &[(name, short)]).unwrap_err();
        assert!(error.to_string().contains("no answer to 3"), "{error}");
    }
}
