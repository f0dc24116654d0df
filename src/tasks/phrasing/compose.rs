//! The notation of wordings: {gap} and [one|or another].

use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// A wording with its gaps filled.
pub fn fill(wording: &str, slots: &[(&'static str, String)]) -> String {
    slots.iter().fold(wording.to_string(), |text, (gap, words)| text.replace(&format!("{{{gap}}}"), words))
}

/// Whether the scene fills every gap of a wording: a task type may have wordings for two sorts of question.
pub fn fits(wording: &str, slots: &[(&'static str, String)]) -> bool {
    gaps(wording).all(|gap| slots.iter().any(|(known, _)| *known == gap))
}

/// The names of a wording's gaps.
pub fn gaps(wording: &str) -> impl Iterator<Item = &str> {
    wording.split('{').skip(1).filter_map(|rest| rest.split('}').next())
}

/// A wording with one of each [a|b] by chance.
pub fn one_of(wording: &str, rng: &mut ChaCha8Rng) -> String {
    let (mut text, mut rest) = (String::with_capacity(wording.len()), wording);
    while let Some((before, options, after)) = next_choice(rest) {
        let options: Vec<&str> = options.split('|').collect();
        text.push_str(before);
        text.push_str(options.choose(rng).expect("a split is never empty"));
        rest = after;
    }
    text + rest
}

/// What stands before the first [a|b], what is in it and what follows.
fn next_choice(wording: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = wording.split_once('[')?;
    let (options, after) = rest.split_once(']').expect("a closed choice");
    Some((before, options, after))
}

/// Without the blanks that empty options leave.
pub fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !tidy.is_empty() && !word.starts_with(['?', '.', ',', ':', '!']) {
            tidy.push(' ');
        }
        tidy.push_str(word);
    }
    tidy
}

/// Every reading of a wording's choices, its gaps open.
#[cfg(test)]
pub fn readings(wording: &str) -> Vec<String> {
    let Some((before, options, after)) = next_choice(wording) else { return vec![wording.to_string()] };
    let rest = readings(after);
    let joined = |option| rest.iter().map(move |rest| format!("{before}{option}{rest}"));
    options.split('|').flat_map(joined).collect()
}

/// Every sentence that training can ask of a task type, in every frame: words alone, its gaps open but for {picture}.
#[cfg(test)]
pub(crate) fn sentences(task_type: super::TaskType) -> std::collections::BTreeSet<String> {
    use super::frames::Form;
    let phrases = super::of(task_type);
    let mut all = std::collections::BTreeSet::new();
    for form in Form::ALL {
        for reading in phrases.of_form(form).iter().flat_map(|wording| readings(wording)) {
            let reading = reading.trim_end_matches('?');
            for (head, tail) in form.frames() {
                let sentence = plain(&format!("{head}{reading}{tail}"));
                all.extend(phrases.picture.split('|').map(|picture| sentence.replace("{picture}", picture)));
            }
        }
    }
    all
}

/// The words of a wording, without punctuation.
#[cfg(test)]
pub(crate) fn plain(wording: &str) -> String {
    let kept: String =
        wording.chars().map(|c| if c.is_alphanumeric() || "{_}'".contains(c) { c } else { ' ' }).collect();
    kept.split_whitespace().collect::<Vec<&str>>().join(" ")
}
