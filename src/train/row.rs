//! What one or several steps measured: means, each over what it was counted on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Stands between a question type and what was measured on it.
const OF: char = '/';

/// Named sums with their counts, in the order in which they were first added.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    entries: Vec<(String, f64, f64)>,
}

impl Row {
    /// Adds `sum` over `count` elements to the mean of `name`.
    pub fn add(&mut self, name: &str, sum: f64, count: f64) {
        match self.entries.iter_mut().find(|(known, ..)| known == name) {
            Some(entry) => {
                entry.1 += sum;
                entry.2 += count;
            }
            None => self.entries.push((name.to_string(), sum, count)),
        }
    }

    /// Adds one value of `name`.
    pub fn one(&mut self, name: &str, value: impl Into<f64>) {
        self.add(name, value.into(), 1.0);
    }

    /// Adds everything that another row has measured.
    pub fn join(&mut self, other: &Row) {
        for (name, sum, count) in &other.entries {
            self.add(name, *sum, *count);
        }
    }

    /// The same, as what was measured on one question type alone.
    pub fn join_of(&mut self, task_type: &str, other: &Row) {
        for (name, sum, count) in &other.entries {
            self.add(&format!("{task_type}{OF}{name}"), *sum, *count);
        }
    }

    /// The mean of `name` on one question type.
    pub fn mean_of(&self, task_type: &str, name: &str) -> Option<f64> {
        self.mean(&format!("{task_type}{OF}{name}"))
    }

    /// The mean of `name`; None if nothing was counted.
    pub fn mean(&self, name: &str) -> Option<f64> {
        self.entries.iter().find(|(known, _, count)| known == name && *count > 0.0).map(|(_, sum, count)| sum / count)
    }

    /// The means to six digits after the point; what nothing was counted for is left out. Those on one
    /// question type are in `types`, an object by type.
    pub fn means(&self) -> Map<String, Value> {
        let (mut means, mut types) = (Map::new(), Map::new());
        for (name, ..) in &self.entries {
            let Some(mean) = self.mean(name) else { continue };
            let mean = Value::from((mean * 1e6).round() / 1e6);
            match name.split_once(OF) {
                None => _ = means.insert(name.clone(), mean),
                Some((task_type, name)) => types.entry(task_type).or_insert_with(|| Map::new().into())[name] = mean,
            }
        }
        if !types.is_empty() {
            means.insert("types".into(), types.into());
        }
        means
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn means_are_over_what_was_counted() {
        let (mut row, mut other) = (Row::default(), Row::default());
        row.add("answer", 6.0, 2.0);
        row.add("picture", 0.0, 0.0);
        other.add("answer", 4.0, 3.0);
        other.one("norm", 0.5_f32);
        row.join(&other);
        assert_eq!(row.mean("answer"), Some(2.0));
        assert_eq!(row.mean("picture"), None);
        assert_eq!(Value::from(row.means()), serde_json::json!({ "answer": 2.0, "norm": 0.5 }));
    }

    #[test]
    fn question_types_have_rows_of_their_own() {
        let (mut row, mut v4) = (Row::default(), Row::default());
        v4.add("accuracy", 3.0, 4.0);
        v4.add("empty", 0.0, 0.0);
        row.join(&v4);
        row.join_of("V4", &v4);
        row.join_of("N3", &v4);
        row.join_of("V4", &v4);
        assert_eq!(row.mean_of("V4", "accuracy"), Some(0.75));
        let types = serde_json::json!({ "V4": { "accuracy": 0.75 }, "N3": { "accuracy": 0.75 } });
        assert_eq!(Value::from(row.means()), serde_json::json!({ "accuracy": 0.75, "types": types }));
    }
}
