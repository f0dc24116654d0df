//! The vocabulary, the segments and the template. (Text is compared with the `tokenizers` crate in
//! tests/tokenizers; the grammar has its own properties in grammar_tests.rs.)

#![allow(clippy::single_range_in_vec_init)] // one range of ids is meant

use super::fixtures::{chameleon_json, own, own_json, picture};
use super::template::{build, parse, prompt, split_steps};
use super::vocab::{LARGEST_VOCABULARY, names};
use super::*;
use serde_json::json;

fn load(json: &serde_json::Value) -> crate::error::Result<Vocab> {
    Vocab::from_json(json.to_string().as_bytes())
}

#[test]
fn roles_are_found_by_name_in_both_layouts() {
    let small = own();
    assert_eq!((small.bos, small.pad, small.eos, small.unk), (Token(0), Token(1), Token(2), Token(3)));
    assert_eq!((small.code_count(), small.code_token(5), small.code_number(Token(9))), (16, Some(Token(9)), Some(5)));
    assert_eq!(small.code_ranges(), [4..20]);
    assert_eq!(small.text_ranges(), [30..30 + 256 + 8]);

    let large = load(&chameleon_json()).unwrap();
    assert_eq!((large.eoi, large.boi), (Token(8196), Token(8197)));
    assert_eq!((large.thought_open, large.thought_close), (Token(12860), Token(12861)));
    assert_eq!((large.answer_open, large.answer_close), (Token(12870), Token(12871)));
    assert_eq!((large.code_count(), large.code_token(8191)), (8192, Some(Token(8195))));
    assert_eq!(large.text_ranges(), [16384..16384 + 256 + 9]);
    assert_eq!(large.name(Token(8711)), "<image>");
    assert_eq!(large.text().decode(&large.text().encode("the hello is")), "the hello is");
}

#[test]
fn code_names_are_letters_for_digits() {
    assert_eq!(names::code(12), "IMGIMGBCZ");
    assert_eq!(names::code_number("IMGIMGBJZ"), Some(19));
    for odd in ["IMGIMGZ", "IMGIMGABZ", "IMGIMGKZ", "IMGIMGB", "xIMGIMGBZ"] {
        assert_eq!(names::code_number(odd), None, "{odd}");
    }
    assert!((0..9000).all(|n| names::code_number(&names::code(n)) == Some(n)));
}

#[test]
fn a_missing_part_is_named() {
    for name in [names::THOUGHT_OPEN, names::BOI, names::PAINT, "IMGIMGFZ", "!"] {
        let mut json = own_json(16, &[]);
        json["model"]["vocab"].as_object_mut().unwrap().remove(name);
        json["added_tokens"].as_array_mut().unwrap().retain(|token| token["content"] != name);
        let error = load(&json).unwrap_err();
        assert!(error.to_string().contains(name), "{error}");
    }
    assert!(Vocab::from_json(b"{\"model\":").unwrap_err().to_string().contains("can't be read"));
    let mut json = own_json(16, &[]);
    json["pre_tokenizer"]["pretokenizers"][0]["pattern"]["Regex"] = "\\w+".into();
    assert!(load(&json).unwrap_err().to_string().contains("\\\\w+"));
}

/// Tables are as long as the largest id says.
#[test]
fn an_id_beyond_every_vocabulary_is_refused() {
    let word = "Ġfox";
    let in_the_vocabulary = |id: u32| {
        let mut json = own_json(16, &[" fox"]);
        json["model"]["vocab"][word] = id.into();
        load(&json)
    };
    let among_the_added = |id: u32| {
        let mut json = own_json(16, &[]);
        json["added_tokens"].as_array_mut().unwrap().push(json!({ "id": id, "content": word }));
        load(&json)
    };
    for id in [LARGEST_VOCABULARY as u32, u32::MAX] {
        for refused in [in_the_vocabulary(id), among_the_added(id)] {
            let said = refused.unwrap_err().to_string();
            assert!(said.contains(word) && said.contains("262144"), "{id}: {said}");
        }
    }
    for taken in [in_the_vocabulary(LARGEST_VOCABULARY as u32 - 1), among_the_added(LARGEST_VOCABULARY as u32 - 1)] {
        assert_eq!(taken.unwrap().size, 1 << 18);
    }
}

#[test]
fn special_names_in_a_text_stay_text() {
    let vocab = own();
    for text in ["<s>", "<reserved12856>", "IMGIMGBZ", "a <racm3:break> b"] {
        let tokens = vocab.text().encode(text);
        assert!(tokens.iter().all(|t| vocab.is_text(*t)));
        assert_eq!(vocab.text().decode(&tokens), text);
    }
}

#[test]
fn words_and_coordinates_are_one_token() {
    let vocab = own();
    assert_eq!(template::words(&vocab, "where is the fox").len(), 4);
    // " ZOOM" ( 0.42 , 0.42 )
    assert_eq!(template::words(&vocab, "ZOOM(0.42,0.42)").len(), 6);
    assert_eq!(template::words(&vocab, " 3 ").len(), 1);
}

#[test]
fn segments_go_there_and_back() {
    let vocab = own();
    let segments = [
        Segment::Text("where is".into()),
        Segment::Image(picture(3, 1)),
        Segment::Image(picture(3, 7)),
        Segment::Text("é🦊 ?".into()),
    ];
    let tokens = to_tokens(&vocab, &segments).unwrap();
    assert_eq!(from_tokens(&vocab, 3, &tokens).unwrap(), segments);
}

#[test]
fn a_broken_picture_is_an_error_that_says_where() {
    let vocab = own();
    let tokens =
        to_tokens(&vocab, &[Segment::Text("fox".into()), Segment::Image(picture(2, 0)), Segment::Text("x".into())])
            .unwrap();
    let boi = tokens.iter().position(|t| *t == vocab.boi).unwrap();
    let fails = |tokens: &[Token], says: &str| {
        let error = from_tokens(&vocab, 2, tokens).unwrap_err().to_string();
        assert!(error.contains(says), "{error}");
    };
    let mut short = tokens.clone();
    short.remove(boi + 2);
    fails(&short, "code 3 of 4");
    let mut long = tokens.clone();
    long.insert(boi + 2, vocab.code_token(1).unwrap());
    fails(&long, "should end");
    fails(&tokens[..boi + 3], "ends after 2 of 4 codes");
    fails(&tokens[..boi + 5], "has no end mark");
    let mut stray = tokens.clone();
    stray[boi] = vocab.pad;
    fails(&stray, &format!("At position {boi} stands \"<pad>\""));
    assert!(to_tokens(&vocab, &[Segment::Image(Codes { grid: 2, codes: vec![1; 3] })]).is_err());
    assert!(to_tokens(&vocab, &[Segment::Image(Codes { grid: 1, codes: vec![16] })]).is_err());
}

fn example(draw: bool) -> Document {
    let step = |text: &str, first| ThoughtStep { text: text.into(), picture: draw.then(|| picture(2, first)) };
    Document::Reason {
        draw,
        question: "where is the fox?".into(),
        picture: picture(2, 0),
        steps: vec![step("look BBOX(0.42,0.10,0.20,0.20)", 3), step("closer ZOOM(0.42,0.10,0.20,0.20)", 5)],
        rest: "is it".into(),
        answer: "top left".into(),
    }
}

#[test]
fn the_template_is_read_back_and_has_weights_by_role() {
    let vocab = own();
    for draw in [true, false] {
        let document = example(draw);
        let sequence = build(&vocab, &document).unwrap();
        let Document::Reason { question, picture: asked, steps, rest, answer, .. } = &document else { unreachable!() };
        let head = prompt(&vocab, &Prompt::Reason { draw, question, picture: asked }).unwrap();
        assert_eq!(head.tokens[..], sequence.tokens[..head.tokens.len()]);
        let parsed = parse(&vocab, 2, draw, &sequence.tokens[head.tokens.len()..]);
        assert_eq!((&parsed.steps, &parsed.rest, &parsed.answer, parsed.valid()), (steps, rest, answer, true));

        let weights = sequence.weights(&LossWeights::default());
        assert_eq!(weights.len(), sequence.tokens.len());
        assert_eq!(weights[..2], [0.0, 0.0]);
        assert!(weights[2..head.tokens.len()].iter().all(|w| *w == 0.1));
        let drawn = sequence.roles.iter().filter(|r| **r == TokenRole::Picture).count();
        assert_eq!(drawn, if draw { 2 * 5 } else { 0 });
        // " top", " left", </answer>, </s>
        assert_eq!(weights[weights.len() - 4..], [5.0; 4]);
        assert_eq!(sequence.roles[weights.len() - 5], TokenRole::Thought);
    }
}

#[test]
fn captions_and_paintings_have_their_own_order() {
    let vocab = own();
    let caption = build(&vocab, &Document::Caption { picture: picture(2, 0), caption: "the fox".into() }).unwrap();
    assert_eq!(caption.tokens[1], vocab.mode_token(Mode::Caption));
    assert_eq!(caption.tokens[2], vocab.boi);
    assert_eq!(caption.roles[8..], [TokenRole::Thought; 3]);
    let paint = build(&vocab, &Document::Paint { caption: "the fox".into(), picture: picture(2, 0) }).unwrap();
    assert_eq!(paint.tokens[1], vocab.mode_token(Mode::Paint));
    assert_eq!(paint.tokens[4], vocab.boi);
    assert_eq!(paint.tokens.last(), Some(&vocab.eos));
}

#[test]
fn damage_is_reported_and_the_rest_is_still_read() {
    let vocab = own();
    let sequence = build(&vocab, &example(true)).unwrap();
    let from = sequence.tokens.iter().position(|t| *t == vocab.thought_open).unwrap() + 1;
    let whole = &sequence.tokens[from..];
    // Each proper prefix is a problem, and so is each token left out.
    for cut in 0..whole.len() {
        assert!(!parse(&vocab, 2, true, &whole[..cut]).valid(), "cut at {cut}");
    }
    let structure = |t: &Token| !vocab.is_text(*t);
    for gone in (0..whole.len()).filter(|at| structure(&whole[*at])) {
        let mut damaged = whole.to_vec();
        damaged.remove(gone);
        assert!(!parse(&vocab, 2, true, &damaged).valid(), "without {gone}");
    }
    let last_picture = whole.iter().rposition(|t| *t == vocab.boi).unwrap();
    let parsed = parse(&vocab, 2, true, &whole[..last_picture + 2]);
    assert_eq!(parsed.steps.len(), 2);
    assert!(parsed.steps[0].picture.is_some() && parsed.steps[1].picture.is_none());
}

#[test]
fn a_thought_without_pictures_is_cut_at_its_actions() {
    let (steps, rest) =
        split_steps("bar 3 red (the tallest) MARK(0.42,0.10,1) then LINE(0.10,0.10,0.20,0.20) so it is 4");
    assert_eq!(steps, ["bar 3 red (the tallest) MARK(0.42,0.10,1)", "then LINE(0.10,0.10,0.20,0.20)"]);
    assert_eq!(rest, "so it is 4");
}

#[test]
fn streamed_text_is_cut_between_characters() {
    let mut stream = text::TextStream::default();
    let mut out = String::new();
    for byte in "aé🦊\u{301}".bytes() {
        out += &stream.push(&[byte]);
    }
    assert_eq!(out, "aé🦊\u{301}");
    assert_eq!(stream.push(&[0xF0, 0x9F, b'x', 0xFF, 0xC3]), "\u{FFFD}x\u{FFFD}");
    assert_eq!(stream.finish(), "\u{FFFD}");
    assert_eq!(stream.finish(), "");
}

#[test]
fn a_learned_vocabulary_holds_the_words_it_was_given() {
    let texts: Vec<String> = (0..3)
        .flat_map(|_| ["where is the fox?", "the frog is there ZOOM(0.10,0.20,0.30,0.40)"])
        .map(String::from)
        .collect();
    let plan = learn::VocabularySizes { codes: 16, text_from: 90, total: 90 + 256 + 101 + 22, pieces: 8 };
    let tokenizer = learn::learn(&plan, &texts, &["umbrella", "(remove", "thereof", "frozen", "shoes", "another"]);
    // The text form is the same JSON.
    let vocab = Vocab::from_json(learn::to_text(&tokenizer).as_bytes()).unwrap();
    assert_eq!(vocab.size, plan.total);
    assert_eq!(load(&tokenizer).unwrap().text_ranges(), [90..plan.total as u32]);
    for one in [" where", " fox", " ZOOM", " umbrella", "remove", "0.00", "0.37", "1.00"] {
        assert_eq!(vocab.text().encode(one).len(), 1, "{one:?}");
    }
    // A word that nobody foresaw is spelled with learned pieces, fewer than its bytes.
    let unseen = vocab.text().encode(" theorem");
    assert!(unseen.len() < " theorem".len() && vocab.text().decode(&unseen) == " theorem");
    assert_eq!(learn::learn(&plan, &texts, &["umbrella"]), learn::learn(&plan, &texts, &["umbrella"]));
}
