//! What one or several steps measured: means, each over what it was counted on.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

    /// The mean of `name`; None if nothing was counted.
    pub fn mean(&self, name: &str) -> Option<f64> {
        self.entries.iter().find(|(known, _, count)| known == name && *count > 0.0).map(|(_, sum, count)| sum / count)
    }

    /// The means to six digits after the point; what nothing was counted for is left out.
    pub fn means(&self) -> Map<String, Value> {
        let rounded = |mean: f64| Value::from((mean * 1e6).round() / 1e6);
        self.entries.iter().filter_map(|(name, ..)| Some((name.clone(), rounded(self.mean(name)?)))).collect()
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
}
