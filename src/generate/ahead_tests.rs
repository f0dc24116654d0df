//! What may come next: the grammar's tokens alone, by their probability.

use pollster::block_on;

use super::ahead::{ahead, inside};
use super::fixtures::Fake;
use super::*;
use crate::tokens::{Grammar, Prompt, Rules, Token, fixtures, template};

#[test]
fn guesses_are_what_may_come_and_share_one_probability() {
    let vocab = fixtures::own();
    let picture = fixtures::picture(3, 2);
    let prompt = Prompt::Reason { draw: true, question: "where is the fox?", picture: &picture };
    let prompt = template::prompt(&vocab, &prompt).unwrap().tokens;
    let grammar = Grammar::new(&vocab, Rules { grid: 3, context: 300, ..Rules::default() });

    let mut model = Fake::garbage(&vocab);
    let state = grammar.read(&prompt).unwrap();
    let may: Vec<u32> = grammar.ranges(grammar.allowed(&state)).into_iter().flatten().collect();
    let whole = block_on(ahead(&mut model, &grammar, &prompt, usize::MAX)).unwrap();
    assert_eq!(whole.row.len(), prompt.len());
    assert_eq!(whole.row[0].kind, "begin");
    assert_eq!(whole.row.iter().filter_map(|piece| piece.code).collect::<Vec<_>>(), picture.codes);
    assert_eq!((whole.allowed, whole.size), (may.len(), vocab.size));
    assert!(whole.guesses.iter().all(|guess| may.contains(&guess.piece.id)));
    assert!(whole.guesses.is_sorted_by(|a, b| a.share >= b.share));
    let sum: f64 = whole.guesses.iter().map(|guess| guess.share).sum();
    assert!((sum - 1.0).abs() < 1e-9, "{sum}");
    // The sampler's greedy choice is the first guess.
    let logits = block_on(async {
        model.reset();
        model.feed(&prompt).await
    });
    let ranges = grammar.ranges(grammar.allowed(&state));
    let greedy = Sampler::new(0).pick(&logits.unwrap(), &ranges, Sampling::GREEDY).unwrap();
    assert_eq!(whole.guesses[0].piece.id, greedy.0);

    // What it wants most is forbidden here: nearly all of its probability is.
    model.likes = vocab.code_token(3);
    let few = block_on(ahead(&mut model, &grammar, &prompt, 4)).unwrap();
    assert_eq!(few.guesses.len(), 4);
    assert!(few.forbidden > 0.99, "{}", few.forbidden);

    let odd = [prompt.as_slice(), &[vocab.eos]].concat();
    assert!(block_on(ahead(&mut model, &grammar, &odd, 4)).is_err());
    let word = vocab.text().encode(" fox")[0];
    let tail: Vec<Token> = vec![word, vocab.thought_close, vocab.answer_open, word, vocab.answer_close, vocab.eos];
    let over = block_on(ahead(&mut model, &grammar, &[prompt, tail].concat(), 4)).unwrap();
    assert!(over.guesses.is_empty() && over.allowed == 0);
}

#[test]
fn an_answer_from_inside_is_a_look_ahead_at_each_of_its_tokens() {
    let vocab = fixtures::own();
    let picture = fixtures::picture(3, 2);
    let asked = Prompt::Reason { draw: true, question: "where is the fox?", picture: &picture };
    let prompt = template::prompt(&vocab, &asked).unwrap().tokens;
    let word = vocab.text().encode(" fox")[0];
    let written = [word, vocab.thought_close, vocab.answer_open, word, vocab.answer_close, vocab.eos];
    let grammar = Grammar::new(&vocab, Rules { grid: 3, context: 300, ..Rules::default() });
    let mut model = Fake::garbage(&vocab);

    let seen = block_on(inside(&mut model, &grammar, &prompt, &written, 5)).unwrap();
    assert_eq!((seen.prompt.len(), seen.written.len()), (prompt.len(), written.len()));
    for (i, (token, seen)) in written.iter().zip(&seen.written).enumerate() {
        let ahead = block_on(ahead(&mut model, &grammar, &[&prompt, &written[..i]].concat(), usize::MAX)).unwrap();
        let own = ahead.guesses.iter().find(|guess| guess.piece.id == token.0).expect("it was allowed");
        assert_eq!((seen.piece.id, seen.share), (token.0, own.share), "token {i}");
        assert_eq!(seen.guesses, ahead.guesses[..seen.guesses.len()], "token {i}");
        assert_eq!(seen.guesses.len(), ahead.allowed.min(5), "token {i}");
    }
    let odd = block_on(inside(&mut model, &grammar, &prompt, &[vocab.eos], 5));
    assert!(odd.is_err(), "the grammar forbids it");
}
