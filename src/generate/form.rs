//! What a thought should look like: one definition for the engine, for rewards and for the page.

use super::pictures::action_of;
use crate::tasks::Action;
use crate::tokens::{Parsed, PictureRule};

/// Why a step isn't as it should be; None if all is well.
pub fn of_step(text: &str, rule: PictureRule) -> Option<String> {
    match rule {
        PictureRule::Action => action_of(text).err().map(|error| error.to_string()),
        PictureRule::Anywhere => None,
    }
}

/// Whatever about a thought isn't as the template and the actions say. `due` tells whether its question
/// needs steps, where that is known: a thing that isn't there can't be boxed, and the thought about it has
/// none, though it may say so in words. The parser sees to it that each step of a drawn thought has its picture.
pub fn problems(parsed: &Parsed, draw: bool, rule: PictureRule, due: Option<bool>) -> Vec<String> {
    let mut problems: Vec<String> = parsed.problem.clone().into_iter().collect();
    problems.extend(parsed.steps.iter().filter_map(|step| of_step(&step.text, rule)));
    if rule == PictureRule::Action {
        if Action::find(&parsed.rest).is_some() {
            problems.push(format!("The thought ends within an action: {:?}.", parsed.rest));
        } else if draw && !parsed.rest.is_empty() && !parsed.steps.is_empty() {
            problems.push(format!("The thought ends with words that lead to no picture: {:?}.", parsed.rest));
        }
    }
    match due {
        Some(true) if parsed.steps.is_empty() => problems.push("The thought has no step, but one is due.".into()),
        Some(false) if !parsed.steps.is_empty() => problems.push("The thought has steps, but none is due.".into()),
        _ => {}
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::{Codes, ThoughtStep};

    fn thought(texts: &[&str], rest: &str) -> Parsed {
        let picture = Some(Codes { grid: 1, codes: vec![0] });
        let steps = texts.iter().map(|text| ThoughtStep { text: text.to_string(), picture: picture.clone() }).collect();
        Parsed { steps, rest: rest.into(), answer: "3".into(), problem: None }
    }

    #[test]
    fn a_thought_has_the_steps_that_are_due() {
        let problems = |texts: &[&str], due| problems(&thought(texts, ""), true, PictureRule::Action, due).len();
        let step = "the fox MARK(0.50,0.50,1)";
        assert_eq!([problems(&[step], Some(true)), problems(&[], Some(false))], [0, 0]);
        assert_eq!([problems(&[], Some(true)), problems(&[step], Some(false))], [1, 1]);
        assert_eq!([problems(&[], None), problems(&[step, step], None)], [0, 0]);
    }

    #[test]
    fn steps_end_with_an_action_and_nothing_follows_the_last() {
        let problems = |texts: &[&str], rest, draw, rule| problems(&thought(texts, rest), draw, rule, None).len();
        let (action, anywhere) = (PictureRule::Action, PictureRule::Anywhere);
        assert_eq!(problems(&["the fox", "closer ZOOM(0.90,0.90,0.50,0.50)"], "", true, action), 2);
        assert_eq!(problems(&["the fox"], "and so", true, anywhere), 0);
        assert_eq!(problems(&["the fox MARK(0.50,0.50,1)"], "and so", true, action), 1);
        // Words alone are a thought too; half of an action is none.
        assert_eq!([true, false].map(|draw| problems(&[], "and so", draw, action)), [0, 0]);
        assert_eq!(problems(&[], "there MARK(0.5", false, action), 1);
        let cut = Parsed { problem: Some("cut off".into()), ..thought(&[], "") };
        assert_eq!(super::problems(&cut, true, action, None), ["cut off"]);
    }
}
