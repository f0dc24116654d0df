//! Examples that people made themselves: JSON lines, as `omni-r1 generate --steps` writes them. A line
//! needs `image`, `question` and `answer`; its `steps` are sentences that end with an action, or
//! `{"text", "image"}` with a picture of their own.

use crate::error::{Error, Result};
use crate::generate::{pictures::action_of, question};
use crate::input::without_mark;
use crate::tasks::canvas::SIZE;
use crate::tasks::{Truth, execute};
use crate::train::data::{Sample, SampleStep};
use crate::vq::pixels::{decode_picture, fit};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use image::RgbImage;
use serde::Deserialize;

/// Most steps of a thought, as the grammar has it.
const MOST_STEPS: usize = 12;
/// Longest step and answer, in characters: no row has room for more.
const LONGEST: usize = 2_000;

#[derive(Deserialize)]
struct Line {
    image: String,
    question: String,
    answer: String,
    #[serde(default)]
    truth: Option<Truth>,
    #[serde(default)]
    steps: Vec<Written>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Written {
    Text(String),
    Drawn {
        text: String,
        #[serde(default)]
        image: Option<String>,
    },
}

/// The examples of a file. `file` gives the bytes of a picture that is named by its path; pictures may also
/// be `data:` addresses. Blank lines are skipped; the first line that can't be used is an error that names it.
pub fn read(text: &str, mut file: impl FnMut(&str) -> Result<Vec<u8>>) -> Result<Vec<Sample>> {
    let mut samples = Vec::new();
    for (number, line) in without_mark(text).lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let sample = serde_json::from_str(line)
            .map_err(|e| Error::data(format!("it can't be read ({e})."), HINT))
            .and_then(|line| sample(line, &mut file));
        samples.push(sample.map_err(|e| {
            let hint = if e.hint().is_empty() { HINT } else { e.hint() };
            Error::data(format!("Line {} of the examples can't be used: {e}", number + 1), hint)
        })?);
    }
    if samples.is_empty() {
        return Err(Error::data("There is no example in the file.", HINT));
    }
    Ok(samples)
}

const HINT: &str = "A line looks like {\"image\": \"cat.png\", \"question\": \"where is the cat?\", \
    \"steps\": [\"the cat BBOX(0.10,0.20,0.30,0.30)\"], \"answer\": \"top left\"}.";

fn sample(line: Line, file: &mut impl FnMut(&str) -> Result<Vec<u8>>) -> Result<Sample> {
    let Line { image, question, answer, truth, steps } = line;
    let answer = answer.trim().to_string();
    if answer.is_empty() {
        return Err(Error::data("it has no answer.", "Write what the model should answer."));
    }
    let text = |step: &Written| match step {
        Written::Text(text) | Written::Drawn { text, .. } => text.chars().count(),
    };
    if let Some(length) = steps.iter().map(text).chain([answer.chars().count()]).find(|length| *length > LONGEST) {
        let message = format!("a step or the answer has {length} characters.");
        return Err(Error::data(message, format!("Write at most {LONGEST}.")));
    }
    if steps.len() > MOST_STEPS {
        return Err(Error::data(format!("it has {} steps.", steps.len()), "A thought has at most 12 steps."));
    }
    let mut picture = |image: &str| -> Result<RgbImage> { Ok(fit(&decode_picture(&bytes(image, file)?)?, SIZE)) };
    let asked = picture(&image)?;
    let mut made: Vec<SampleStep> = Vec::new();
    for step in steps {
        let (text, own) = match step {
            Written::Text(text) => (text, None),
            Written::Drawn { text, image } => (text, image.as_deref().map(&mut picture).transpose()?),
        };
        let text = text.trim().to_string();
        if text.is_empty() {
            return Err(Error::data("one of its steps is empty.", "Write a sentence, or delete the step."));
        }
        let before = made.iter().rev().find_map(|step| step.picture.as_ref()).unwrap_or(&asked);
        let picture = own.or_else(|| perform(before, &text));
        made.push(SampleStep { spelled_out: text.clone(), text, picture });
    }
    let truth = truth.unwrap_or_else(|| Truth::from_answer(&answer));
    Ok(Sample {
        picture: asked,
        question: question::written(&question)?,
        steps: made,
        rest: String::new(),
        answer,
        caption: None,
        truth,
        task_type: None,
        state: None,
    })
}

/// The picture after the action that ends a step; None where the step is in words alone, or nobody can draw it.
fn perform(before: &RgbImage, step: &str) -> Option<RgbImage> {
    execute(before, &action_of(step).ok()?, None).ok()
}

fn bytes(image: &str, file: &mut impl FnMut(&str) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
    let Some(address) = image.strip_prefix("data:") else { return file(image) };
    let code = address.split_once(";base64,").map(|(_, code)| code.trim());
    code.and_then(|code| BASE64_STANDARD.decode(code).ok()).ok_or_else(|| {
        Error::data("its picture's data: address is damaged.", "Write it as data:image/png;base64,... or give a file.")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::events::png;
    use crate::tasks::Action;

    fn picture() -> RgbImage {
        RgbImage::from_fn(SIZE, SIZE, |x, y| image::Rgb([x as u8, y as u8, 90]))
    }

    fn address() -> String {
        format!("data:image/png;base64,{}", BASE64_STANDARD.encode(png(&picture()).unwrap()))
    }

    fn no_files(path: &str) -> Result<Vec<u8>> {
        Err(Error::data(format!("{path} isn't there."), ""))
    }

    fn line(steps: serde_json::Value) -> String {
        serde_json::json!({ "image": address(), "question": "Where is it?", "steps": steps, "answer": " top left " })
            .to_string()
    }

    #[test]
    fn the_executor_draws_what_the_steps_say() {
        let steps =
            serde_json::json!(["the cat BBOX(0.10,0.20,0.30,0.30)", { "text": "closer ZOOM(0.10,0.20,0.30,0.30)" }]);
        let text = format!("\n{}\n", line(steps));
        let [sample] = &read(&text, no_files).unwrap()[..] else { panic!("one line, one example") };
        let boxed = execute(&picture(), &Action::Bbox([0.1, 0.2, 0.3, 0.3]), None).unwrap();
        let zoomed = execute(&boxed, &Action::Zoom([0.1, 0.2, 0.3, 0.3]), None).unwrap();
        assert_eq!(sample.picture, picture());
        assert_eq!((sample.question.as_str(), sample.answer.as_str()), ("where is it?", "top left"));
        assert_eq!(
            sample.steps.iter().map(|step| step.picture.clone()).collect::<Vec<_>>(),
            [Some(boxed), Some(zoomed)]
        );
        assert!(matches!(&sample.truth, Truth::Region { region } if region == "top left"));
    }

    #[test]
    fn words_alone_have_no_picture() {
        let [sample] = &read(&line(serde_json::json!(["it is up there", "PRED(right)"])), no_files).unwrap()[..] else {
            panic!("one line, one example")
        };
        assert!(sample.steps.iter().all(|step| step.picture.is_none()));
    }

    #[test]
    fn a_line_that_cannot_be_used_is_named() {
        let good = line(serde_json::json!([]));
        for (bad, words) in [
            ("{\"image\": ", "Line 2 of the examples can't be used: it can't be read"),
            (r#"{"image": "a.png", "answer": "b"}"#, "missing field `question`"),
            (r#"{"image": "a.png", "question": "what?", "answer": "b"}"#, "a.png isn't there."),
            (r#"{"image": "data:image/png;base64,%", "question": "what?", "answer": "b"}"#, "address is damaged"),
            (&line(serde_json::json!([" "])), "one of its steps is empty"),
            (&line(serde_json::json!(vec!["a"; 13])), "13 steps"),
            (&line(serde_json::json!(["a".repeat(3000)])), "3000 characters"),
            (&good.replace(" top left ", " "), "no answer"),
            (&good.replace("Where is it?", " "), "The question is empty."),
        ] {
            let error = read(&format!("{good}\n{bad}"), no_files).unwrap_err();
            assert!(error.to_string().contains(words), "{error}");
            assert!(error.to_string().starts_with("Line 2") && !error.hint().is_empty(), "{error}");
        }
        assert!(read("\n \n", no_files).is_err());
        assert_eq!(read(&format!("\u{feff}{good}"), no_files).map_or(0, |samples| samples.len()), 1);
    }
}
