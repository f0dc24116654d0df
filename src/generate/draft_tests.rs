//! Drafts change nothing: neither the distribution nor a single token.

#![allow(clippy::single_range_in_vec_init)] // one range of ids is meant

use std::ops::Range;
use std::sync::atomic::AtomicBool;

use image::{Rgb, RgbImage};
use pollster::block_on;

use super::draft::{along, standing};
use super::fixtures::{Fake, Greys};
use super::*;
use crate::tokens::{Token, Vocab, fixtures};

/// Logits are a function of the last token: what follows it is known exactly.
struct Chain {
    tokens: Vec<Token>,
    reads: usize,
}

/// Of the next token, by the last; a likelier one isn't allowed.
const LOGITS: [[f32; 4]; 4] =
    [[0.0, 1.0, -1.0, 9.0], [0.5, -2.0, 0.5, 9.0], [-1.0, 0.0, 2.0, 9.0], [0.3, 0.2, 0.1, 9.0]];
const ALLOWED: Range<u32> = 0..3;

impl LanguageModel for Chain {
    fn vocab_size(&self) -> usize {
        4
    }
    fn context(&self) -> usize {
        16
    }
    fn position(&self) -> usize {
        self.tokens.len()
    }
    fn rewind(&mut self, position: usize) {
        self.tokens.truncate(position);
    }
    fn draft_cost(&self) -> f64 {
        0.0
    }
    async fn read(&mut self, tokens: &[Token], wanted: usize) -> Result<Vec<f32>> {
        self.reads += 1;
        self.tokens.extend_from_slice(tokens);
        Ok(tokens[tokens.len() - wanted..].iter().flat_map(|token| LOGITS[token.0 as usize]).collect())
    }
}

/// The probability of `next` behind `last`.
fn probability(last: Token, next: Token, temperature: f32) -> f64 {
    let weight = |id: u32| f64::from(LOGITS[last.0 as usize][id as usize] / temperature).exp();
    weight(next.0) / ALLOWED.map(weight).sum::<f64>()
}

/// Draws `count` tokens behind token 3, along `draft` as long as it lasts.
fn drawn(seed: u64, sampling: Sampling, draft: &[Token], count: usize) -> (Vec<Token>, usize) {
    let (mut model, mut sampler) = (Chain { tokens: Vec::new(), reads: 0 }, Sampler::new(seed));
    let mut tokens = vec![Token(3)];
    while tokens.len() <= count {
        let (unread, at) = (tokens[model.position()..].to_vec(), tokens.len() - 1);
        let draft = draft.get(at..count - 1).unwrap_or_default();
        let choice = Choice { count: 1, ranges: &[ALLOWED], sampling, draft };
        let new = block_on(model.draw(&unread, &choice, &mut sampler)).unwrap();
        assert!(!new.is_empty() && new.len() <= draft.len() + 1);
        tokens.extend(new);
        assert_eq!(model.tokens, tokens[..tokens.len() - 1]);
    }
    (tokens.split_off(1), model.reads)
}

#[test]
fn the_distribution_is_that_of_the_model() {
    const DRAWS: u64 = 20_000;
    const COUNT: usize = 4;
    let temperature = 0.8;
    let draft = [1, 2, 2, 0].map(Token);
    let mut counts = [0_u32; 81];
    for seed in 0..DRAWS {
        let (tokens, _) = drawn(seed, Sampling { temperature, top_p: 1.0 }, &draft, COUNT);
        counts[tokens.iter().fold(0, |number, token| 3 * number + token.0 as usize)] += 1;
    }
    // All 81 sequences by their exact probabilities; the rare ones count together.
    let (mut square, mut cells, mut rare) = (0.0, 0, [0.0; 2]);
    for (number, count) in counts.into_iter().enumerate() {
        let tokens = [27, 9, 3, 1].map(|place| Token((number / place % 3) as u32));
        let (p, _) =
            tokens.iter().fold((1.0, Token(3)), |(p, last), next| (p * probability(last, *next, temperature), *next));
        let (expected, count) = (p * DRAWS as f64, f64::from(count));
        if expected < 10.0 {
            rare = [rare[0] + expected, rare[1] + count];
            continue;
        }
        (square, cells) = (square + (count - expected).powi(2) / expected, cells + 1);
    }
    if rare[0] > 0.0 {
        (square, cells) = (square + (rare[1] - rare[0]).powi(2) / rare[0], cells + 1);
    }
    // The mean of chi-square is its degrees of freedom, its variance twice that: five deviations.
    let freedom = f64::from(cells - 1);
    assert!(cells > 30 && square < freedom + 5.0 * (2.0 * freedom).sqrt(), "{square:.1} of {freedom}");
}

#[test]
fn every_draft_gives_the_tokens_of_none() {
    for seed in 0..300 {
        for (temperature, top_p) in [(1.0, 1.0), (0.5, 0.8), (0.0, 1.0)] {
            let sampling = Sampling { temperature, top_p };
            let (expected, reads) = drawn(seed, sampling, &[], 8);
            assert_eq!(reads, 8);
            let (tokens, reads) = drawn(seed, sampling, &expected, 8);
            assert_eq!((tokens, reads), (expected.clone(), 1), "a draft that is right takes one pass");
            // Wrong in one place, in two, everywhere.
            for wrong in [&[3][..], &[0, 5], &[0, 1, 2, 3, 4, 5, 6]] {
                let mut draft = expected.clone();
                wrong.iter().for_each(|at| draft[*at] = Token((expected[*at].0 + 1) % 3));
                let (tokens, reads) = drawn(seed, sampling, &draft, 8);
                assert_eq!(tokens, expected, "{seed} {sampling:?} {wrong:?}");
                assert!(reads <= wrong.len() + 1, "behind a refused code the draft goes on");
            }
        }
    }
}

#[test]
fn what_stands_ends_with_the_first_that_differs() {
    let tokens = |ids: &[u32]| ids.iter().map(|id| Token(*id)).collect::<Vec<_>>();
    for (draft, drawn, stand) in [
        (&[5, 6, 7][..], &[5, 6, 7, 8][..], 4),
        (&[5, 6, 7], &[5, 9, 7, 8], 2),
        (&[5, 6, 7], &[4, 6, 7, 8], 1),
        (&[], &[4], 1),
    ] {
        assert_eq!(standing(&tokens(draft), &tokens(drawn)), stand);
    }
}

/// What the engine writes with drafts that cost so much, and how often the model was called.
fn answer(vocab: &Vocab, seed: u64, temperature: f32, draft_cost: f64) -> (Vec<Token>, usize) {
    // A model that mostly draws one code: from the second picture on the draft is good.
    let mut model = Fake { likes: vocab.code_token(3), noise: 28.0, draft_cost, ..Fake::garbage(vocab) };
    let settings = Settings {
        seed,
        rule: crate::tokens::PictureRule::Anywhere,
        max_steps: 4,
        max_step: 6,
        text: Sampling { temperature: 2.0, top_p: 1.0 },
        picture: Sampling { temperature, top_p: 1.0 },
        ..Settings::default()
    };
    let picture = RgbImage::from_pixel(30, 30, Rgb([60; 3]));
    let mut engine = Engine { model: &mut model, codec: &Greys { grid: 4 }, vocab, device: "test", calibration: None };
    let request = Request::new(&picture, "where is it?", settings);
    let outcome = block_on(engine.ask(&request, &AtomicBool::new(false), async || {}, |_| {})).unwrap();
    (outcome.tokens, model.feeds)
}

#[test]
fn answers_are_the_same_with_drafts_of_any_length() {
    let vocab = fixtures::own();
    let (mut with, mut without, mut codes) = (0, 0, 0);
    for seed in 0..20 {
        for temperature in [0.0, 1.0] {
            let (expected, calls) = answer(&vocab, seed, temperature, f64::INFINITY);
            without += calls;
            codes += expected.iter().filter(|token| vocab.code_number(**token).is_some()).count();
            for cost in [0.0, 0.1, 0.3, 0.8] {
                let (tokens, calls) = answer(&vocab, seed, temperature, cost);
                assert_eq!(tokens, expected, "{seed} {temperature} {cost}");
                if cost == 0.1 {
                    with += calls;
                }
            }
        }
    }
    assert!(codes > 500, "only {codes} codes");
    assert!(without - with > codes / 2, "{with} calls with drafts, {without} without, for {codes} codes");
}

#[test]
fn drafts_are_as_long_as_pays() {
    let vocab = fixtures::own();
    let code = |number: u16| vocab.code_token(number).unwrap();
    let picture = |drafter: &mut Drafter, codes: &[u16]| {
        drafter.read(vocab.boi, &vocab);
        codes.iter().for_each(|number| drafter.read(code(*number), &vocab));
        drafter.read(vocab.eoi, &vocab);
    };
    let mut drafter = Drafter::new(4, 0.2);
    assert!(drafter.draft().is_empty(), "a draft of nothing");
    let before: Vec<u16> = (0..16).collect();
    picture(&mut drafter, &before);
    // Copies make the drafts long.
    for _ in 0..4 {
        picture(&mut drafter, &before);
    }
    drafter.read(vocab.boi, &vocab);
    let expected: Vec<Token> = before[..15].iter().map(|number| code(*number)).collect();
    assert_eq!(drafter.draft(), &expected[..drafter.draft().len()]);
    assert!(drafter.draft().len() > 10, "{}", drafter.draft().len());
    before[..15].iter().for_each(|number| drafter.read(code(*number), &vocab));
    assert!(drafter.draft().is_empty(), "the last code is drawn alone");
    drafter.read(code(15), &vocab);
    drafter.read(vocab.eoi, &vocab);
    // Other pictures make them short.
    for shift in 1..9 {
        picture(&mut drafter, &before.iter().map(|code| (code + shift) % 16).collect::<Vec<_>>());
    }
    drafter.read(vocab.boi, &vocab);
    assert!(drafter.draft().len() < 4, "{}", drafter.draft().len());
    (0..5).for_each(|number| drafter.read(code(number), &vocab));
    assert!(drafter.draft().is_empty(), "{}", drafter.draft().len());
    let mut never = Drafter::new(4, f64::INFINITY);
    picture(&mut never, &before);
    picture(&mut never, &before);
    never.read(vocab.boi, &vocab);
    assert!(never.draft().is_empty(), "where a second token costs without end");
}

#[test]
fn an_error_along_a_draft_is_an_error() {
    let vocab = fixtures::own();
    let mut model = Fake { fails_at: Some(0), ..Fake::garbage(&vocab) };
    let choice = Choice { count: 3, ranges: &[0..9], sampling: Sampling::GREEDY, draft: &[Token(1), Token(2)] };
    let result = block_on(along(&mut model, &[Token(0)], &choice, &mut Sampler::new(0)));
    assert_eq!(result.unwrap_err().code(), "device");
}
