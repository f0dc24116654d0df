//! The learning rate over a run: linear warm-up, constant, linear decay to zero. A run that is to end
//! early falls to zero as well, from where it is.

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

/// An end before the schedule's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finish {
    /// The step at which it was decided.
    pub from: usize,
    /// The last step's successor.
    pub at: usize,
}

impl Schedule {
    /// Steps that are taken.
    pub fn end(&self, finish: Option<Finish>) -> usize {
        finish.map_or(self.steps, |finish| finish.at.min(self.steps))
    }

    /// As [`Schedule::factor`], of a run that may end early: from the decision on it falls to zero.
    pub fn factor_until(&self, step: usize, finish: Option<Finish>) -> f32 {
        match finish {
            Some(Finish { from, at }) if step >= from => {
                let left = at.saturating_sub(step) as f32 / at.saturating_sub(from).max(1) as f32;
                self.factor(step).min(self.factor(from) * left)
            }
            _ => self.factor(step),
        }
    }

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

    #[test]
    fn an_early_end_falls_to_zero_too() {
        let schedule = Schedule { steps: 100, warmup: 10, decay: 0.5 };
        let finish = Some(Finish { from: 40, at: 60 });
        let factor = |step| schedule.factor_until(step, finish);
        assert_eq!([factor(39), factor(40), factor(45), factor(50), factor(60)], [1.0, 1.0, 0.75, 0.5, 0.0]);
        // Never above what it would have been.
        let late = Some(Finish { from: 90, at: 99 });
        assert!((90..99).all(|step| schedule.factor_until(step, late) <= schedule.factor(step)));
        assert_eq!((schedule.end(finish), schedule.end(late), schedule.end(None)), (60, 99, 100));
    }
}
