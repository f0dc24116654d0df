//! The learning rate over a run: linear warm-up, constant, linear decay to zero.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Steps of the whole run.
    pub steps: usize,
    /// Steps until the full rate.
    pub warmup: usize,
    /// Share of the run, at its end, over which the rate falls to zero.
    pub decay: f32,
}

impl Schedule {
    /// The factor on every learning rate at `step` (counted from zero).
    pub fn factor(&self, step: usize) -> f32 {
        let warm = ((step + 1) as f32 / self.warmup.max(1) as f32).min(1.0);
        let falling = (self.steps as f32 * self.decay).max(1.0);
        let left = (self.steps.saturating_sub(step)) as f32 / falling;
        warm * left.min(1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rises_stays_and_falls() {
        let schedule = Schedule { steps: 100, warmup: 10, decay: 0.5 };
        assert_eq!(schedule.factor(0), 0.1);
        assert_eq!(schedule.factor(30), 1.0);
        assert_eq!(schedule.factor(75), 0.5);
        assert_eq!(schedule.factor(100), 0.0);
    }
}
