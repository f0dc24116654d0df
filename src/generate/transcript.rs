//! An answer as files: `transcript.json`, its pictures as PNG, and `transcript.html`, one page that
//! needs nothing else (pictures inside, no scripts, light and dark).

use std::path::Path;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use image::RgbImage;
use serde::{Deserialize, Serialize};

use super::Judged;
use super::engine::{Outcome, Settings};
use super::events::png;
use crate::error::{Error, Result};
use crate::input::write_file;

/// What `transcript.json` holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Transcript {
    pub model: String,
    pub device: String,
    pub seed: u64,
    pub settings: Settings,
    pub question: String,
    /// File of the question's picture.
    pub picture: String,
    pub steps: Vec<TranscriptStep>,
    pub answer: String,
    pub valid: bool,
    /// Why the answer isn't valid.
    pub problems: Vec<String>,
    /// Tokens that were written, codes of pictures included.
    pub tokens: usize,
    pub ms: f64,
    /// How sure the answer is, and whether the question is strange, where the model was calibrated.
    #[serde(flatten)]
    pub judged: Option<Judged>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TranscriptStep {
    pub text: String,
    /// File of the picture that followed.
    pub picture: Option<String>,
}

/// Who answered, and where.
#[derive(Clone, Copy, Debug)]
pub struct Provenance<'a> {
    pub model: &'a str,
    pub device: &'a str,
    pub judged: Option<Judged>,
}

/// The files of an answer: names and bytes.
pub fn files(
    source: Provenance,
    question: &str,
    picture: &RgbImage,
    settings: &Settings,
    outcome: &Outcome,
) -> Result<Vec<(String, Vec<u8>)>> {
    let mut files = vec![("question.png".to_string(), png(picture)?)];
    let mut steps = Vec::new();
    for (at, step) in outcome.steps.iter().enumerate() {
        let name = step.picture.as_ref().map(|_| format!("step-{}.png", at + 1));
        if let (Some(name), Some(picture)) = (&name, &step.picture) {
            files.push((name.clone(), png(picture)?));
        }
        steps.push(TranscriptStep { text: step.text.clone(), picture: name });
    }
    if !outcome.rest.is_empty() {
        steps.push(TranscriptStep { text: outcome.rest.clone(), picture: None });
    }
    let transcript = Transcript {
        model: source.model.into(),
        device: source.device.into(),
        seed: settings.seed,
        settings: *settings,
        question: question.trim().into(),
        picture: files[0].0.clone(),
        steps,
        answer: outcome.answer.clone(),
        valid: outcome.valid(),
        problems: outcome.problems.clone(),
        tokens: outcome.tokens.len(),
        ms: outcome.ms,
        judged: source.judged,
    };
    let json = serde_json::to_string_pretty(&transcript).expect("plain data") + "\n";
    let page = html(&transcript, &files);
    files.push(("transcript.json".into(), json.into_bytes()));
    files.push(("transcript.html".into(), page.into_bytes()));
    Ok(files)
}

/// Writes files into a folder, which is made if it isn't there.
pub fn write(folder: &Path, files: &[(String, Vec<u8>)]) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    for (name, bytes) in files {
        let path = folder.join(name);
        write_file(&path, bytes)?;
    }
    Ok(())
}

const STYLE: &str = "\
:root{color-scheme:light dark;font:17px/1.5 system-ui,sans-serif}\
body{max-width:42rem;margin:2rem auto;padding:0 1rem}\
h1{font-size:1.3rem}figure{margin:1rem 0}\
img{display:block;width:min(100%,20rem);height:auto;border:1px solid #8886;border-radius:6px}\
figcaption,footer{color:GrayText;font-size:.85rem}\
ol{padding-left:1.5rem}code{font-size:.9em}\
.answer{font-size:1.2rem;font-weight:600;border-left:4px solid #2a7;padding-left:.8rem}\
footer{margin-top:2rem;border-top:1px solid #8886;padding-top:.6rem}";

fn html(transcript: &Transcript, files: &[(String, Vec<u8>)]) -> String {
    let picture = |name: &str, what: &str| {
        let bytes = files.iter().find(|(file, _)| file == name).map_or(&[][..], |(_, bytes)| bytes);
        let data = BASE64_STANDARD.encode(bytes);
        format!(
            "<figure><img alt=\"{what}\" src=\"data:image/png;base64,{data}\"><figcaption>{what}</figcaption></figure>\n"
        )
    };
    let mut steps = String::new();
    for (at, step) in transcript.steps.iter().enumerate() {
        let drawn = step.picture.as_deref().map(|name| picture(name, &format!("Picture {}", at + 1)));
        steps += &format!("<li><p>{}</p>\n{}</li>\n", escaped(&step.text), drawn.unwrap_or_default());
    }
    let problems: String =
        transcript.problems.iter().map(|problem| format!("<p>Problem: {}</p>\n", escaped(problem))).collect();
    let question = escaped(&transcript.question);
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
         <title>{question}</title>\n<style>{STYLE}</style>\n\
         <h1>{question}</h1>\n{asked}<h2>Reasoning</h2>\n<ol>\n{steps}</ol>\n\
         <h2>Answer</h2>\n<p class=\"answer\">{answer}</p>\n{problems}\
         <footer>{model} on {device}, seed {seed}, pictures {pictures}: {tokens} tokens in {seconds:.1} s</footer>\n</html>\n",
        asked = picture(&transcript.picture, "The question's picture"),
        answer = escaped(&transcript.answer),
        model = escaped(&transcript.model),
        device = escaped(&transcript.device),
        seed = transcript.seed,
        pictures = transcript.settings.pictures,
        tokens = transcript.tokens,
        seconds = transcript.ms / 1e3,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
