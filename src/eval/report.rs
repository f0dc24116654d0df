//! Scores and their table. Scores of small samples mislead, so every share of right answers comes
//! with its 95% interval.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::Record;
use crate::tasks::Family;

/// Half of a 95% interval, in standard deviations.
pub(super) const Z: f64 = 1.959_963_984_540_054;

/// The 95% interval of a share by Wilson's formula, which stays within 0..1 and honest for few items.
pub fn wilson(right: usize, n: usize) -> (f64, f64) {
    if n == 0 { (0.0, 1.0) } else { wilson_of(right as f64 / n as f64, n as f64) }
}

/// The same of a share `p` of `n` items, which need not be whole.
pub(super) fn wilson_of(p: f64, n: f64) -> (f64, f64) {
    let centre = p + Z * Z / (2.0 * n);
    let half = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + Z * Z / n;
    (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0))
}

/// What a group of records amounts to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    pub items: usize,
    /// Items whose truth is known.
    pub judged: usize,
    pub right: usize,
    /// `right / judged`, with its 95% interval; None if nothing was judged.
    pub accuracy: Option<f64>,
    pub interval: Option<(f64, f64)>,
    /// Well-formed answers.
    pub valid: usize,
    pub pictures: usize,
    pub valid_pictures: usize,
}

impl Score {
    pub fn of<'a>(records: impl IntoIterator<Item = &'a Record>) -> Self {
        let mut score = Score::default();
        for record in records {
            score.items += 1;
            score.judged += usize::from(record.right.is_some());
            score.right += usize::from(record.right == Some(true));
            score.valid += usize::from(record.prediction.valid);
            score.pictures += record.pictures;
            score.valid_pictures += record.valid_pictures;
        }
        if score.judged > 0 {
            score.accuracy = Some(score.right as f64 / score.judged as f64);
            score.interval = Some(wilson(score.right, score.judged));
        }
        score
    }
}

/// Scores by task type, by family, and of everything.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    #[serde(rename = "kinds")]
    pub task_types: BTreeMap<String, Score>,
    pub families: BTreeMap<String, Score>,
    pub all: Score,
}

impl Report {
    pub fn of(records: &[Record]) -> Self {
        let group = |name: &dyn Fn(&Record) -> String| {
            let mut groups: BTreeMap<String, Vec<&Record>> = BTreeMap::new();
            for record in records {
                groups.entry(name(record)).or_default().push(record);
            }
            groups.into_iter().map(|(name, records)| (name, Score::of(records))).collect()
        };
        Self {
            task_types: group(&|record| record.task_type.map_or("other".into(), |task_type| task_type.to_string())),
            families: group(&|record| {
                record.task_type.map_or("other", |task_type| family_name(task_type.family())).into()
            }),
            all: Score::of(records),
        }
    }

    /// The rows of the table: a heading, then kinds, families and everything.
    fn rows(&self) -> Vec<[String; 6]> {
        let row = |name: &str, score: &Score| {
            let share = |part: usize, whole: usize| match whole {
                0 => "-".to_string(),
                _ => format!("{:.0}%", 100.0 * part as f64 / whole as f64),
            };
            [
                name.to_string(),
                score.judged.to_string(),
                score.accuracy.map_or("-".into(), |a| format!("{:.1}%", 100.0 * a)),
                score.interval.map_or("-".into(), |(a, b)| format!("{:.1} to {:.1}", 100.0 * a, 100.0 * b)),
                share(score.valid, score.items),
                share(score.valid_pictures, score.pictures),
            ]
        };
        let mut rows = vec![["", "n", "right", "95% interval", "well-formed", "valid pictures"].map(String::from)];
        rows.extend(self.task_types.iter().map(|(name, score)| row(name, score)));
        rows.extend(self.families.iter().map(|(name, score)| row(name, score)));
        rows.push(row("all", &self.all));
        rows
    }

    /// The table for a terminal.
    pub fn to_text(&self) -> String {
        let rows = self.rows();
        let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or(0);
        let widths: [usize; 6] = std::array::from_fn(width);
        let mut text = String::new();
        for row in &rows {
            let mut line = format!("{:<1$}", row[0], widths[0]);
            for (cell, width) in row.iter().zip(widths).skip(1) {
                write!(line, "  {cell:>width$}").expect("a String takes everything");
            }
            text += line.trim_end();
            text.push('\n');
        }
        text
    }

    /// The table for a page.
    pub fn to_markdown(&self) -> String {
        let line = |row: &[String; 6]| format!("| {} |\n", row.join(" | "));
        let rows = self.rows();
        let body: String = rows[1..].iter().map(line).collect();
        format!("{}|---|--:|--:|--:|--:|--:|\n{body}", line(&rows[0]))
    }
}

pub(crate) fn family_name(family: Family) -> &'static str {
    match family {
        Family::Natural => "natural",
        Family::Structured => "structured",
        Family::Diagram => "diagram",
        Family::Operational => "operational",
    }
}
