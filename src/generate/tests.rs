//! The sampler, questions, events as JSON, transcripts.

#![allow(clippy::single_range_in_vec_init)] // one range of ids is meant

use image::{Rgb, RgbImage};
use serde_json::json;

use super::events::{Event, png, stripe};
use super::transcript::{Provenance, Transcript, files};
use super::*;
use crate::tokens::Token;

#[test]
fn greedy_takes_the_likeliest_allowed_token() {
    let logits = [9.0, 1.0, 3.0, 3.0, f32::NAN, 2.0];
    let mut sampler = Sampler::new(0);
    assert_eq!(sampler.pick(&logits, &[1..6], Sampling::GREEDY).unwrap(), Token(2));
    assert_eq!(sampler.pick(&logits, &[1..2, 5..6], Sampling::GREEDY).unwrap(), Token(5));
    assert_eq!(sampler.pick(&[f32::NAN; 3], &[0..3], Sampling::GREEDY).unwrap_err().code(), "checkpoint");
    assert_eq!(sampler.pick(&[f32::NEG_INFINITY; 3], &[0..3], Sampling::GREEDY).unwrap_err().code(), "checkpoint");
    assert_eq!(sampler.pick(&logits, &[4..9], Sampling::GREEDY).unwrap_err().code(), "checkpoint");
}

#[test]
fn samples_follow_the_probabilities() {
    // Probabilities 1/2, 1/4, 1/8, 1/8 among the allowed ids; a likelier id isn't allowed.
    let logits: Vec<f32> = [50.0, 0.5f32.ln(), 0.25f32.ln(), 0.125f32.ln(), 0.125f32.ln()].to_vec();
    let count = |sampling: Sampling, seed: u64| {
        let mut sampler = Sampler::new(seed);
        let mut counts = [0u32; 5];
        (0..8000).for_each(|_| counts[sampler.pick(&logits, &[1..3, 3..5], sampling).unwrap().0 as usize] += 1);
        counts
    };
    let free = count(Sampling { temperature: 1.0, top_p: 1.0 }, 1);
    for (seen, expected) in free.iter().zip([0, 4000, 2000, 1000, 1000u32]) {
        // Six standard deviations of a binomial count.
        assert!(seen.abs_diff(expected) <= 270, "{free:?}");
    }
    assert_eq!(free, count(Sampling { temperature: 1.0, top_p: 1.0 }, 1));
    assert_ne!(free, count(Sampling { temperature: 1.0, top_p: 1.0 }, 2));
    let cut = count(Sampling { temperature: 1.0, top_p: 0.6 }, 1);
    assert!(cut[1] > 5000 && cut[2] > 2000 && cut[3] == 0 && cut[4] == 0, "{cut:?}");
    assert_eq!(count(Sampling { temperature: 1.0, top_p: 0.01 }, 1)[1], 8000);
    let cold = count(Sampling { temperature: 0.5, top_p: 1.0 }, 1);
    assert!(cold[1] > 5400 && cold[4] < 500, "{cold:?}");
    for (temperature, top_p) in
        [(-1.0, 1.0), (f32::NAN, 1.0), (f32::INFINITY, 1.0), (1.0, 0.0), (1.0, 1.1), (1.0, f32::NAN)]
    {
        assert!(Sampling { temperature, top_p }.check().is_err());
    }
}

#[test]
fn questions_are_written_as_the_model_learned_them() {
    for (asked, written) in [
        ("  Where IS\nthe\tfox? ", "where is the fox?"),
        ("Which piece fits, A, B or C?", "which piece fits, A, B or C?"),
        ("How do I get there?", "how do i get there?"),
        ("IS THERE A KEY?", "is there a key?"),
        ("A fox, where is it?", "a fox, where is it?"),
        ("WHICH PIECE FITS, A, B OR C?", "which piece fits, A, B or C?"),
        ("WHICH ONE OF A B OR C IS IT", "which one of A B or C is it"),
        ("A or B?", "A or B?"),
        ("CAN U SEE IT", "can u see it"),
        ("C", "c"),
        ("what\u{2019}s this \u{201C}thing\u{201D}", "what's this \"thing\""),
        ("bar\u{0}\u{7}value", "bar value"),
        ("Über 🦊?", "über 🦊?"),
    ] {
        assert_eq!(question::written(asked).unwrap(), written);
    }
    assert!(question::written(&"é".repeat(500)).is_ok());
    assert!(question::written(&"é".repeat(501)).unwrap_err().to_string().contains("501"));
}

#[test]
fn events_have_the_names_of_the_contract() {
    let told = |event: Event| serde_json::to_value(event).unwrap();
    assert_eq!(told(Event::Text { text: "a".into() }), json!({"type": "text", "text": "a"}));
    assert_eq!(
        told(Event::PictureRow { index: 1, row: 2, rows: 8, rgba: vec![1, 2] }),
        json!({"type": "picture-row", "index": 1, "row": 2, "rows": 8, "rgba": [1, 2]})
    );
    assert_eq!(
        told(Event::Picture { index: 0, imagined: true, png: vec![7] }),
        json!({"type": "picture", "index": 0, "imagined": true, "png": [7]})
    );
    assert_eq!(told(Event::Answer { text: "4".into() }), json!({"type": "answer", "text": "4"}));
    assert_eq!(
        told(Event::End { tokens: 3, ms: 1.5, device: "cpu".into(), judged: None }),
        json!({"type": "end", "tokens": 3, "ms": 1.5, "device": "cpu"})
    );
    assert_eq!(
        told(Event::from(&crate::error::Error::question("m", "h"))),
        json!({"type": "error", "code": "question", "message": "m", "hint": "h"})
    );
}

#[test]
fn stripes_make_up_the_picture() {
    let picture = RgbImage::from_fn(6, 7, |x, y| Rgb([x as u8, y as u8, 9]));
    let all: Vec<u8> = (0..3).flat_map(|row| stripe(&picture, row, 3)).collect();
    let expected: Vec<u8> = picture.pixels().flat_map(|p| [p.0[0], p.0[1], p.0[2], 255]).collect();
    assert_eq!(all, expected);
    assert_eq!(image::load_from_memory(&png(&picture).unwrap()).unwrap().to_rgb8(), picture);
}

#[test]
fn sources_are_named_as_the_command_line_names_them() {
    for source in PictureSource::ALL {
        assert_eq!(source.to_string().parse::<PictureSource>().unwrap(), source);
        assert_eq!(serde_json::to_value(source).unwrap(), json!(source.to_string()));
    }
    assert!(
        "sketched"
            .parse::<PictureSource>()
            .unwrap_err()
            .hint()
            .contains("imagined, executed, zoomed, none, blank, shuffled")
    );
}

#[test]
fn a_transcript_is_read_back_and_its_page_needs_nothing_else() {
    let step = |text: &str, picture: bool| OutcomeStep {
        text: text.into(),
        picture: picture.then(|| RgbImage::from_pixel(4, 4, Rgb([1, 2, 3]))),
        problem: None,
    };
    let outcome = Outcome {
        prompt: vec![Token(1); 3],
        tokens: vec![Token(1); 9],
        steps: vec![step("look <b>here</b> BBOX(0.10,0.10,0.20,0.20)", true), step("and there", false)],
        rest: "so & so".into(),
        answer: "top \"left\"".into(),
        problems: vec!["The step \"and there\" doesn't end with an action.".into()],
        ms: 1234.5,
        likelihood: Default::default(),
    };
    let settings = Settings { seed: 7, ..Settings::default() };
    let asked = RgbImage::from_pixel(5, 5, Rgb([9; 3]));
    let files = files(
        Provenance { model: "mini", device: "cpu", judged: Some(Judged { sure: 0.75, strange: true }) },
        " where? ",
        &asked,
        &settings,
        &outcome,
    )
    .unwrap();
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["question.png", "step-1.png", "transcript.json", "transcript.html"]);
    let transcript: Transcript = serde_json::from_slice(&files[2].1).unwrap();
    assert_eq!(
        (transcript.seed, transcript.question.as_str(), transcript.tokens, transcript.valid),
        (7, "where?", 9, false)
    );
    assert_eq!(transcript.settings, settings);
    assert_eq!(transcript.judged, Some(Judged { sure: 0.75, strange: true }));
    assert_eq!(transcript.steps[0].picture.as_deref(), Some("step-1.png"));
    assert_eq!((transcript.steps[2].text.as_str(), &transcript.steps[2].picture), ("so & so", &None));
    let page = String::from_utf8(files[3].1.clone()).unwrap();
    assert_eq!(page.matches("data:image/png;base64,").count(), 2);
    assert!(
        page.contains("look &lt;b&gt;here&lt;/b&gt;")
            && page.contains("so &amp; so")
            && page.contains("top &quot;left&quot;")
    );
    for outside in ["<script", "http", "<link", "src=\"step"] {
        assert!(!page.contains(outside), "{outside}");
    }
}
