//! Properties of the grammar: it accepts what the template builds, whatever it allows can be
//! written, every walk through it ends within the context and reads back as well-formed.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::fixtures::{own, picture};
use super::grammar::SHORTEST_REPLY;
use super::template::{build, parse, prompt};
use super::*;

const GRID: usize = 2;

fn rules() -> Rules {
    Rules { grid: GRID, context: 200, max_steps: 3, max_step: 40, max_answer: 6, pictures: PictureRule::Action }
}

/// A random allowed token; mostly actions and brackets where text may stand, so that steps happen.
fn pick(vocab: &Vocab, grammar: &Grammar, allowed: Allowed, rng: &mut ChaCha8Rng) -> Token {
    let ranges = grammar.ranges(allowed);
    let structure: Vec<u32> = ranges.iter().cloned().flatten().filter(|id| !vocab.is_text(Token(*id))).collect();
    if allowed.has(Allowed::TEXT) && (structure.is_empty() || rng.random_bool(0.9)) {
        let texts = [" ZOOM", "(", ")", " the", "0.42", ","];
        if rng.random_bool(0.7) {
            return vocab.text().encode(texts[rng.random_range(0..texts.len())])[0];
        }
        let range = vocab.text_ranges()[0].clone();
        return Token(rng.random_range(range));
    }
    Token(structure[rng.random_range(0..structure.len())])
}

#[test]
fn every_template_sequence_is_accepted() {
    let vocab = own();
    let grammar = Grammar::new(&vocab, rules());
    let step =
        |draw: bool| ThoughtStep { text: "x BBOX(0.42,0.1,0.2,0.2)".into(), picture: draw.then(|| picture(GRID, 1)) };
    let reason = |draw: bool, n: usize| Document::Reason {
        draw,
        question: "where?".into(),
        picture: picture(GRID, 0),
        steps: (0..n).map(|_| step(draw)).collect(),
        // A thought of words alone, or a few words after its only step.
        rest: if n < 2 { "the fox is not there".into() } else { String::new() },
        answer: "top".into(),
    };
    let documents = [
        reason(true, 0),
        reason(true, 1),
        reason(true, 3),
        reason(false, 0),
        reason(false, 3),
        Document::Caption { picture: picture(GRID, 0), caption: "a fox".into() },
        Document::Paint { caption: "a fox".into(), picture: picture(GRID, 2) },
    ];
    for document in &documents {
        let sequence = build(&vocab, document).unwrap();
        let end = grammar.read(&sequence.tokens).unwrap();
        assert!(end.ended() && end.position() == sequence.tokens.len());
        // Nothing may follow the end, and no token may be missing.
        assert_eq!(grammar.allowed(&end), Allowed::NONE);
        assert!(grammar.advance(&end, vocab.eos).is_err());
    }
    let too_long = build(&vocab, &reason(true, 4)).unwrap();
    assert!(grammar.read(&too_long.tokens).is_err());
}

#[test]
fn every_walk_ends_in_time_and_reads_back() {
    let vocab = own();
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    let (mut pictures, mut forced_ends) = (0, 0);
    for round in 0..3000 {
        let draw = round % 2 == 0;
        let question = "where is it";
        let head = prompt(&vocab, &Prompt::Reason { draw, question, picture: &picture(GRID, 0) }).unwrap();
        let rules = Rules {
            context: head.tokens.len() + rng.random_range(SHORTEST_REPLY..150),
            max_steps: rng.random_range(0..4),
            max_step: rng.random_range(1..20),
            pictures: if round % 3 == 0 { PictureRule::Anywhere } else { PictureRule::Action },
            ..rules()
        };
        let grammar = Grammar::new(&vocab, rules);
        let mut state = grammar.read(&head.tokens).unwrap();
        let mut tokens = head.tokens.clone();
        while !state.ended() {
            let allowed = grammar.allowed(&state);
            assert_ne!(allowed, Allowed::NONE, "stuck at {state:?}");
            let token = grammar.forced(allowed).unwrap_or_else(|| pick(&vocab, &grammar, allowed, &mut rng));
            state = grammar.advance(&state, token).unwrap();
            tokens.push(token);
            assert_eq!(state.position(), tokens.len());
            assert!(tokens.len() <= rules.context, "over the context");
        }
        let parsed = parse(&vocab, GRID, draw, &tokens[head.tokens.len()..]);
        // The only freedom left to garbage is an answer of blanks.
        let blank = parsed.problem.as_deref() == Some("The answer is empty.");
        assert!(parsed.valid() || blank, "{:?}", parsed.problem);
        assert!(parsed.steps.len() <= rules.max_steps);
        if draw {
            pictures += parsed.steps.len();
            assert!(parsed.steps.iter().all(|step| step.picture.is_some()));
        } else {
            assert!(!tokens[head.tokens.len()..].contains(&vocab.boi));
        }
        forced_ends += usize::from(tokens.len() == rules.context);
    }
    assert!(
        pictures > 150 && forced_ends > 100,
        "the walks were too tame: {pictures} pictures, {forced_ends} forced ends"
    );
}

#[test]
fn ranges_are_exactly_what_advance_accepts() {
    let vocab = own();
    let mut rng = ChaCha8Rng::seed_from_u64(8);
    let grammar = Grammar::new(&vocab, rules());
    for _ in 0..40 {
        let mut state = GrammarState::start();
        while !state.ended() {
            let allowed = grammar.allowed(&state);
            let ranges = grammar.ranges(allowed);
            assert!(ranges.windows(2).all(|two| two[0].end <= two[1].start));
            for id in 0..vocab.size as u32 + 3 {
                let inside = ranges.iter().any(|range| range.contains(&id));
                assert_eq!(inside, grammar.advance(&state, Token(id)).is_ok(), "id {id} at {state:?}");
            }
            let count: usize = ranges.iter().map(|range| range.len()).sum();
            assert_eq!(grammar.forced(allowed).is_some(), count == 1);
            state = grammar.advance(&state, pick(&vocab, &grammar, allowed, &mut rng)).unwrap();
        }
    }
}

#[test]
fn a_picture_follows_an_action_and_nothing_else() {
    let vocab = own();
    let grammar = Grammar::new(&vocab, rules());
    let head = prompt(&vocab, &Prompt::Reason { draw: true, question: "where", picture: &picture(GRID, 0) }).unwrap();
    let after = |text: &str| {
        let tokens: Vec<Token> = head.tokens.iter().copied().chain(template::words(&vocab, text)).collect();
        grammar.allowed(&grammar.read(&tokens).unwrap())
    };
    assert_eq!(after("see ZOOM(0.42,0.1)"), Allowed::BOI);
    for text in ["see", "see (this)", "ZOOMS(0.42)", "zoom(0.42)", "ZOOM (0.42)"] {
        assert!(
            !after(text).has(Allowed::BOI) && after(text).has(Allowed::TEXT) && after(text).has(Allowed::THOUGHT_CLOSE),
            "{text}"
        );
    }
    // A begun action is finished first.
    assert_eq!(after("see ZOOM(0.42,"), Allowed::TEXT);
    assert!(after("").has(Allowed::THOUGHT_CLOSE) && !after("").has(Allowed::BOI));
    let anywhere = Grammar::new(&vocab, Rules { pictures: PictureRule::Anywhere, ..rules() });
    let tokens: Vec<Token> = head.tokens.iter().copied().chain(template::words(&vocab, "see")).collect();
    assert!(anywhere.allowed(&anywhere.read(&tokens).unwrap()).has(Allowed::BOI));
}
