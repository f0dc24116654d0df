//! The engine against the naive oracle and against its promises: the same tokens for the same seed,
//! stop at any token, one ending, well-formed output whatever the model wants.

use std::sync::atomic::{AtomicBool, Ordering};

use image::{Rgb, RgbImage};
use pollster::block_on;

use super::fixtures::{Fake, Greys};
use super::naive::naive;
use super::*;
use crate::error::Result;
use crate::tokens::{Document, Grammar, Prompt, ThoughtStep, Vocab, fixtures, template};

const CODEC: Greys = Greys { grid: 3 };

fn picture() -> RgbImage {
    RgbImage::from_fn(48, 40, |x, y| Rgb([(x * 5) as u8, (y * 6) as u8, 90]))
}

fn settings() -> Settings {
    Settings {
        max_steps: 4,
        max_step: 12,
        max_answer: 6,
        text: Sampling { temperature: 1.0, top_p: 0.9 },
        ..Settings::default()
    }
}

/// Asks, and hears the events.
fn ask(model: &mut Fake, vocab: &Vocab, request: &Request, stop_at: Option<usize>) -> (Result<Outcome>, Vec<Event>) {
    let stop = AtomicBool::new(stop_at == Some(0));
    let mut events = Vec::new();
    let mut engine = Engine { model, codec: &CODEC, vocab, device: "test", calibration: None };
    let result = block_on(engine.ask(
        request,
        &stop,
        async || {},
        |event| {
            events.push(event);
            if stop_at == Some(events.len()) {
                stop.store(true, Ordering::Relaxed);
            }
        },
    ));
    (result, events)
}

fn prompt_of(vocab: &Vocab, draw: bool, asked: &RgbImage) -> Vec<crate::tokens::Token> {
    let codes = block_on(CODEC.encode(&crate::vq::pixels::pad_to_square(asked))).unwrap();
    template::prompt(vocab, &Prompt::Reason { draw, question: "where is the fox?", picture: &codes }).unwrap().tokens
}

#[test]
fn cached_and_naive_write_the_same_tokens() {
    let vocab = fixtures::own();
    let asked = picture();
    let mut pictures = 0;
    for seed in 0..40 {
        let draw = seed % 4 != 3;
        let source = if draw { PictureSource::Imagined } else { PictureSource::None };
        let settings = Settings {
            seed,
            pictures: source,
            rule: if seed % 2 == 0 { crate::tokens::PictureRule::Anywhere } else { Default::default() },
            ..settings()
        };
        let mut model = Fake::garbage(&vocab);
        let (outcome, _) = ask(&mut model, &vocab, &Request::new(&asked, "Where is  the fox?", settings), None);
        let outcome = outcome.unwrap();
        pictures += outcome.steps.iter().filter(|step| step.picture.is_some()).count();

        let grammar = Grammar::new(&vocab, settings.rules(CODEC.grid, model.context));
        let prompt = prompt_of(&vocab, draw, &asked);
        assert_eq!(block_on(naive(&mut model, &grammar, &prompt, &settings)).unwrap(), outcome.tokens);
    }
    assert!(pictures > 10, "only {pictures} pictures");
}

#[test]
fn garbage_in_well_formed_out() {
    let vocab = fixtures::own();
    let asked = picture();
    for seed in 0..200 {
        let settings =
            Settings { seed, pictures: PictureSource::ALL[seed as usize % PictureSource::ALL.len()], ..settings() };
        let (outcome, events) =
            ask(&mut Fake::garbage(&vocab), &vocab, &Request::new(&asked, "where is it?", settings), None);
        let outcome = outcome.unwrap();
        // The template holds: at most the words are nonsense.
        let draw = settings.pictures != PictureSource::None;
        let problem = template::parse(&vocab, CODEC.grid, draw, &outcome.tokens).problem;
        assert!(problem.is_none() || problem.as_deref() == Some("The answer is empty."), "{problem:?}");
        assert!(matches!(events.last(), Some(Event::End { tokens, .. }) if *tokens == outcome.tokens.len()));
        let endings = events.iter().filter(|e| matches!(e, Event::End { .. } | Event::Error { .. })).count();
        assert_eq!(endings, 1);
        let answers: Vec<&Event> = events.iter().filter(|e| matches!(e, Event::Answer { .. })).collect();
        assert_eq!(answers, [&Event::Answer { text: outcome.answer.clone() }]);
    }
}

/// A model that has learned the template, on a question about a square of the picture.
fn script(vocab: &Vocab, draw: bool) -> (Vec<crate::tokens::Token>, usize) {
    let picture = draw.then(|| fixtures::picture(3, 2));
    let step = |text: &str| ThoughtStep { text: text.into(), picture: picture.clone() };
    let document = Document::Reason {
        draw,
        question: "where is the fox?".into(),
        picture: block_on(CODEC.encode(&crate::vq::pixels::pad_to_square(&self::picture()))).unwrap(),
        steps: vec![step("look there BBOX(0.10,0.10,0.50,0.50)"), step("closer ZOOM(0.10,0.10,0.50,0.50)")],
        rest: String::new(),
        answer: "top left".into(),
    };
    let sequence = template::build(vocab, &document).unwrap().tokens;
    let from = prompt_of(vocab, draw, &self::picture()).len();
    (sequence[from..].to_vec(), from)
}

#[test]
fn a_good_model_is_heard_in_order() {
    let vocab = fixtures::own();
    let (written, from) = script(&vocab, true);
    let asked = picture();
    let settings = Settings { text: Sampling::GREEDY, max_step: 40, ..settings() };
    let (outcome, events) = ask(
        &mut Fake::scripted(&vocab, written.clone(), from),
        &vocab,
        &Request::new(&asked, "where is the fox?", settings),
        None,
    );
    let outcome = outcome.unwrap();
    assert_eq!(outcome.tokens, written);
    assert_eq!((outcome.valid(), outcome.answer.as_str()), (true, "top left"));
    assert_eq!(outcome.text(), "look there BBOX(0.10,0.10,0.50,0.50)\ncloser ZOOM(0.10,0.10,0.50,0.50)");

    let mut heard = String::new();
    let mut step = String::new();
    for event in &events {
        match event {
            Event::Text { text } => step += text,
            Event::PictureRow { index, row, rows, rgba } => {
                assert_eq!((*rows, rgba.len()), (3, 12 * 12 * 4 / 3));
                heard += &format!("row {index}.{row} ");
            }
            Event::Picture { index, png, .. } => {
                let decoded = image::load_from_memory(png).unwrap().to_rgb8();
                assert_eq!(Some(&decoded), outcome.steps[*index].picture.as_ref());
                heard += &format!("[{}] picture {index} ", std::mem::take(&mut step));
            }
            Event::Answer { text } => heard += &format!("answer {text} "),
            Event::End { device, .. } => heard += device,
            Event::Error { .. } => panic!("{event:?}"),
        }
    }
    assert_eq!(
        heard,
        "row 0.0 row 0.1 row 0.2 [look there BBOX(0.10,0.10,0.50,0.50)] picture 0 \
         row 1.0 row 1.1 row 1.2 [closer ZOOM(0.10,0.10,0.50,0.50)] picture 1 answer top left test"
    );
    let quiet = Settings { rows: false, ..settings };
    let (again, events) = ask(
        &mut Fake::scripted(&vocab, written, from),
        &vocab,
        &Request::new(&asked, "where is the fox?", quiet),
        None,
    );
    assert_eq!(again.unwrap().tokens, outcome.tokens);
    assert!(!events.iter().any(|e| matches!(e, Event::PictureRow { .. })));
}

#[test]
fn each_source_draws_its_own_picture() {
    let vocab = fixtures::own();
    let asked = picture();
    let other = RgbImage::from_pixel(30, 30, Rgb([200; 3]));
    let run = |source: PictureSource, other: Option<&RgbImage>| {
        let (written, from) = script(&vocab, source != PictureSource::None);
        let settings = Settings { pictures: source, text: Sampling::GREEDY, max_step: 40, ..settings() };
        let request = Request { other, ..Request::new(&asked, "where is the fox?", settings) };
        let mut model = Fake::scripted(&vocab, written, from);
        let outcome = ask(&mut model, &vocab, &request, None).0.unwrap();
        assert!(outcome.valid(), "{source}: {:?}", outcome.problems);
        assert_eq!(outcome.steps.len(), 2);
        outcome.steps.into_iter().map(|step| step.picture).collect::<Vec<_>>()
    };
    let shape = |p: &Option<RgbImage>| p.as_ref().map(|p| p.dimensions());
    assert_eq!(run(PictureSource::None, None), [None, None]);
    assert_eq!(shape(&run(PictureSource::Imagined, None)[0]), Some((12, 12)));
    let blank = run(PictureSource::Blank, None);
    assert!(blank[0].as_ref().unwrap().pixels().all(|p| p.0 == [255; 3]));
    // The executor works at the picture's own resolution, padded to a square.
    let executed = run(PictureSource::Executed, None);
    let square = crate::vq::pixels::pad_to_square(&asked);
    let boxed = crate::tasks::execute(&square, &crate::tasks::Action::Bbox([0.1, 0.1, 0.5, 0.5]), None).unwrap();
    let zoomed = crate::tasks::execute(&boxed, &crate::tasks::Action::Zoom([0.1, 0.1, 0.5, 0.5]), None).unwrap();
    assert_eq!(executed, [Some(boxed), Some(zoomed.clone())]);
    // The box is imagined; the zoom shows it nevertheless, at full resolution.
    let cut = run(PictureSource::Zoomed, None);
    assert_eq!((shape(&cut[0]), &cut[1]), (Some((12, 12)), &Some(zoomed)));
    assert_eq!(shape(&run(PictureSource::Shuffled, Some(&other))[0]), Some((30, 30)));
    assert_eq!(shape(&run(PictureSource::Shuffled, None)[0]), Some((12, 12)));
}

#[test]
fn what_cannot_be_executed_is_imagined() {
    let vocab = fixtures::own();
    let asked = picture();
    for action in ["PRED(right)", "ZOOM(0.90,0.90,0.50,0.50)"] {
        let step = ThoughtStep { text: format!("go {action}"), picture: Some(fixtures::picture(3, 2)) };
        let codes = block_on(CODEC.encode(&crate::vq::pixels::pad_to_square(&asked))).unwrap();
        let document = Document::Reason {
            draw: true,
            question: "where is the fox?".into(),
            picture: codes,
            steps: vec![step],
            rest: String::new(),
            answer: "top".into(),
        };
        let from = prompt_of(&vocab, true, &asked).len();
        let written = template::build(&vocab, &document).unwrap().tokens.split_off(from);
        let settings =
            Settings { pictures: PictureSource::Executed, text: Sampling::GREEDY, max_step: 40, ..settings() };
        let mut model = Fake::scripted(&vocab, written, from);
        let outcome = ask(&mut model, &vocab, &Request::new(&asked, "where is the fox?", settings), None).0.unwrap();
        assert_eq!(outcome.steps[0].picture.as_ref().unwrap().dimensions(), (12, 12));
        // An action out of range is a format error, and is said to be one.
        assert_eq!(outcome.valid(), action.starts_with("PRED"));
    }
}

#[test]
fn stop_works_at_any_event() {
    let vocab = fixtures::own();
    let (written, from) = script(&vocab, true);
    let asked = picture();
    let settings = Settings { text: Sampling::GREEDY, max_step: 40, ..settings() };
    let request = Request::new(&asked, "where is the fox?", settings);
    let whole = ask(&mut Fake::scripted(&vocab, written.clone(), from), &vocab, &request, None).1;
    // The answer is told before its closing tokens, so a stop still works there.
    for at in 0..whole.len() - 1 {
        let (result, events) = ask(&mut Fake::scripted(&vocab, written.clone(), from), &vocab, &request, Some(at));
        assert!(matches!(result, Err(crate::error::Error::Stopped)), "at {at}");
        // Rows of a picture and the picture itself may be told with one token.
        let told = &events[..events.len() - 1];
        let drawn = |event: &Event| matches!(event, Event::PictureRow { .. } | Event::Picture { .. });
        assert!(told.len() >= at && told[at..].iter().all(drawn), "at {at}");
        assert_eq!(told, &whole[..told.len()]);
        assert!(matches!(events.last(), Some(Event::Error { code, .. }) if code == "stopped"));
    }
}

#[test]
fn a_pause_comes_between_tokens() {
    let vocab = fixtures::own();
    let asked = picture();
    let stop = AtomicBool::new(false);
    let mut model = Fake::garbage(&vocab);
    let mut engine = Engine { model: &mut model, codec: &CODEC, vocab: &vocab, device: "test", calibration: None };
    let mut pauses = 0;
    let slow = |_: Event| std::thread::sleep(std::time::Duration::from_millis(11));
    let pause = async || {
        pauses += 1;
        stop.store(pauses == 3, Ordering::Relaxed);
    };
    let request =
        Request::new(&asked, "where is it?", Settings { rule: crate::tokens::PictureRule::Anywhere, ..settings() });
    let result = block_on(engine.ask(&request, &stop, pause, slow));
    assert!(matches!(result, Err(crate::error::Error::Stopped)));
    assert_eq!(pauses, 3);
}

#[test]
fn errors_end_a_request_once() {
    let vocab = fixtures::own();
    let asked = picture();
    let long = "x".repeat(501);
    let bad = Settings { text: Sampling { temperature: -1.0, top_p: 1.0 }, ..settings() };
    for (question, settings, code) in [
        ("", settings(), "question"),
        (" \n\t", settings(), "question"),
        (long.as_str(), settings(), "question"),
        ("where?", bad, "config"),
    ] {
        let (result, events) = ask(&mut Fake::garbage(&vocab), &vocab, &Request::new(&asked, question, settings), None);
        assert_eq!(result.unwrap_err().code(), code);
        assert!(
            matches!(&events[..], [Event::Error { code: told, message, hint }] if told == code && !message.is_empty() && !hint.is_empty())
        );
    }
    for at in [0, 1, 7] {
        let mut model = Fake { fails_at: Some(at), ..Fake::garbage(&vocab) };
        let (result, events) = ask(&mut model, &vocab, &Request::new(&asked, "where?", settings()), None);
        assert_eq!(result.unwrap_err().code(), "device");
        assert_eq!(events.iter().filter(|e| matches!(e, Event::Error { .. } | Event::End { .. })).count(), 1);
    }
    let mut small = Fake { context: 20, ..Fake::garbage(&vocab) };
    let (result, _) = ask(&mut small, &vocab, &Request::new(&asked, "where is the fox?", settings()), None);
    assert_eq!(result.unwrap_err().code(), "question");
}
