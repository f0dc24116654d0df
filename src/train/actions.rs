//! Which actions of a thought are true: those that its item's own trace has.

use crate::generate::pictures::action_of;
use crate::tasks::{Action, Truth, judge};
use crate::tokens::Parsed;
use crate::train::data::Sample;

/// How far a point may lie from where it should: a marker's radius.
const NEAR: f32 = 0.066;
/// Of two boxes, the part of their union that both cover.
const OVERLAP: f32 = 0.5;

/// The share of true actions, of those of the thought or of those that it should have, whichever are more.
/// Marks, lines and boxes may come in any order, the changes of a scene in theirs; any way through a maze
/// that leads to the goal is true. 1 where the item's trace has no actions.
pub fn true_share(asked: &Sample, parsed: &Parsed) -> f64 {
    let own: Vec<Action> = parsed.steps.iter().filter_map(|step| action_of(&step.text).ok()).collect();
    let right: Vec<Action> = asked.steps.iter().filter_map(|step| action_of(&step.text).ok()).collect();
    let most = own.len().max(right.len());
    if right.is_empty() || leads_to_the_goal(asked, &own) {
        return 1.0;
    }
    let (mut left, mut hits) = (numbered(right), 0);
    for (number, own) in numbered(own) {
        if let Some(at) = left.iter().position(|(other, right)| number == *other && same(&own, right)) {
            left.remove(at);
            hits += 1;
        }
    }
    hits as f64 / most as f64
}

/// Changes with their numbers among the changes; other actions have none.
fn numbered(actions: Vec<Action>) -> Vec<(Option<usize>, Action)> {
    let mut changes = 0..;
    let number = |action: Action| (matches!(action, Action::Pred(_)).then(|| changes.next()).flatten(), action);
    actions.into_iter().map(number).collect()
}

fn same(own: &Action, right: &Action) -> bool {
    let near = |a: (f32, f32), b: (f32, f32)| (a.0 - b.0).hypot(a.1 - b.1) <= NEAR;
    match (own, right) {
        (Action::Zoom(a), Action::Zoom(b)) | (Action::Bbox(a), Action::Bbox(b)) => overlap(*a, *b) >= OVERLAP,
        (Action::Mark { x, y, .. }, Action::Mark { x: right, y: below, .. }) => near((*x, *y), (*right, *below)),
        (Action::Line([a, b, c, d]), Action::Line([p, q, r, s])) => {
            let (from, to) = ((*a, *b), (*c, *d));
            near(from, (*p, *q)) && near(to, (*r, *s)) || near(from, (*r, *s)) && near(to, (*p, *q))
        }
        (Action::Pred(a), Action::Pred(b)) => a == b,
        _ => false,
    }
}

fn overlap([x, y, w, h]: [f32; 4], [p, q, v, g]: [f32; 4]) -> f32 {
    let along = |a: f32, size: f32, b: f32, other: f32| ((a + size).min(b + other) - a.max(b)).max(0.0);
    let both = along(x, w, p, v) * along(y, h, q, g);
    both / (w * h + v * g - both)
}

/// Whether a thought about a maze walks through it.
fn leads_to_the_goal(asked: &Sample, own: &[Action]) -> bool {
    let moves = own.iter().map(|action| match action {
        Action::Pred(change) => Some(change.as_str()),
        _ => None,
    });
    let way: Option<Vec<&str>> = moves.collect();
    matches!(asked.truth, Truth::Moves { .. }) && way.is_some_and(|way| judge(&asked.truth, &way.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boxes_and_points_by_hand() {
        let action = |text: &str| Action::parse(text).unwrap();
        let is = |a: &str, b: &str| same(&action(a), &action(b));
        // 0.4 x 0.4 boxes, 0.1 apart: 0.3 of 0.5 along one side.
        assert!((overlap([0.0, 0.0, 0.4, 0.4], [0.1, 0.0, 0.4, 0.4]) - 0.6).abs() < 1e-6);
        assert!(is("ZOOM(0.00,0.00,0.40,0.40)", "ZOOM(0.10,0.00,0.40,0.40)"));
        assert!(!is("ZOOM(0.00,0.00,0.40,0.40)", "ZOOM(0.20,0.00,0.40,0.40)"));
        assert!(!is("ZOOM(0.00,0.00,0.40,0.40)", "BBOX(0.00,0.00,0.40,0.40)"));
        assert!(is("MARK(0.50,0.50,1)", "MARK(0.53,0.54,2)") && !is("MARK(0.50,0.50,1)", "MARK(0.55,0.55,1)"));
        assert!(is("LINE(0.10,0.20,0.80,0.20)", "LINE(0.80,0.22,0.10,0.20)"));
        assert!(!is("LINE(0.10,0.20,0.80,0.20)", "LINE(0.10,0.20,0.80,0.40)"));
    }
}
