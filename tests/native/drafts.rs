//! Drafts on the shipped model: the tokens of plain sampling, by its distribution. `DRAWS=20000` draws more often.

use burn::tensor::Device;
use omni_r1_web::bundle::ModelBundle;
use omni_r1_web::generate::writer::{Samplings, Writer};
use omni_r1_web::generate::{Choice, LanguageModel, PictureCodec, Sampler, Sampling, Settings};
use omni_r1_web::tasks::{Bank, Split, TaskType, generate};
use omni_r1_web::tokens::{Grammar, Prompt, Token, template};
use pollster::block_on;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::ops::Range;
use std::path::Path;

fn shipped() -> ModelBundle {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("www/models/mini");
    ModelBundle::load(&folder, &Device::flex()).expect("the shipped model")
}

/// The prompt of a drawn question, and the codes of its picture.
fn asked(bundle: &ModelBundle, task_type: TaskType) -> (Vec<Token>, Vec<Token>) {
    let mut rng = ChaCha8Rng::seed_from_u64(7 + task_type as u64);
    let item = generate(&Bank::empty(), task_type, Split::Test, &mut rng);
    let picture = block_on(bundle.codec.encode(&item.picture)).expect("codes");
    let prompt = Prompt::Reason { draw: true, question: &item.question, picture: &picture };
    let codes = picture.codes.iter().map(|code| bundle.vocab.code_token(*code).expect("a known code")).collect();
    (template::prompt(&bundle.vocab, &prompt).expect("a prompt").tokens, codes)
}

/// All that the model writes, and its passes for codes.
fn written(bundle: &mut ModelBundle, prompt: &[Token], samplings: Samplings, draft_cost: f64) -> (Vec<Token>, usize) {
    let settings = Settings::default();
    bundle.language.draft_cost = draft_cost;
    let rules = settings.rules(bundle.codec.grid(), bundle.language.context());
    let grammar = Grammar::new(&bundle.vocab, rules);
    let writer = Writer::new(&mut bundle.language, grammar, prompt.to_vec(), samplings, Sampler::new(5));
    let mut writer = writer.expect("a prompt within the grammar");
    let mut tokens = Vec::new();
    while !writer.state().ended() {
        tokens.push(block_on(writer.next(None)).expect("a token"));
    }
    (tokens, writer.counts.passes)
}

#[test]
fn the_shipped_model_writes_the_same_with_drafts_of_any_length() {
    let mut bundle = shipped();
    let sampled = |temperature| Sampling { temperature, top_p: 1.0 };
    let mut passes = [0; 2];
    for task_type in [TaskType::D1, TaskType::S3, TaskType::V1] {
        let (prompt, _) = asked(&bundle, task_type);
        for samplings in [
            Samplings { text: Sampling::GREEDY, picture: Sampling::GREEDY },
            Samplings { text: sampled(0.7), picture: sampled(0.5) },
        ] {
            let (expected, plain) = written(&mut bundle, &prompt, samplings, f64::INFINITY);
            for cost in [0.0, 0.3] {
                let (tokens, along) = written(&mut bundle, &prompt, samplings, cost);
                assert_eq!(tokens, expected, "{task_type:?} {samplings:?} at {cost}");
                passes[1] += along;
            }
            passes[0] += plain;
        }
    }
    // Both costs together still take fewer passes than plain sampling once.
    assert!(passes[0] > 300 && passes[1] < passes[0] * 3 / 2, "{passes:?}");
}

/// Whether `counts` of draws are those of the distribution: `(chi-square, degrees of freedom)`.
fn chi_square(counts: &[(f64, u32)]) -> (f64, f64) {
    let draws = f64::from(counts.iter().map(|(_, count)| count).sum::<u32>());
    let (mut square, mut cells, mut rare) = (0.0, 0, (0.0, 0.0));
    for &(p, count) in counts {
        match p * draws < 10.0 {
            true => rare = (rare.0 + p * draws, rare.1 + f64::from(count)),
            false => (square, cells) = (square + (f64::from(count) - p * draws).powi(2) / (p * draws), cells + 1),
        }
    }
    if rare.0 >= 1.0 {
        (square, cells) = (square + (rare.1 - rare.0).powi(2) / rare.0, cells + 1);
    }
    (square, f64::from((cells - 1).max(1)))
}

fn probabilities(logits: &[f32], ids: Range<u32>, temperature: f32) -> Vec<f64> {
    let weight = |id: u32| f64::from(logits[id as usize] / temperature).exp();
    let sum: f64 = ids.clone().map(weight).sum();
    ids.map(|id| weight(id) / sum).collect()
}

#[test]
fn codes_along_a_draft_have_the_models_probabilities() {
    let draws: u64 = std::env::var("DRAWS").ok().and_then(|draws| draws.parse().ok()).unwrap_or(2000);
    let mut bundle = shipped();
    let (prompt, before) = asked(&bundle, TaskType::D1);
    let samplings = Settings::default().samplings();
    let (tokens, _) = written(&mut bundle, &prompt, samplings, f64::INFINITY);
    let sampling = Sampling { temperature: 1.0, top_p: 1.0 };
    let [ids] = bundle.vocab.code_ranges() else { panic!("the codes' ids lie together") };
    let (ids, model) = (ids.clone(), &mut bundle.language);
    let begin = prompt.len() + 1 + tokens.iter().position(|token| *token == bundle.vocab.boi).expect("a picture");
    let tokens = [prompt, tokens].concat();
    // Where the draft's next code is least certain to stand or to fall.
    let even = |p: f64| (p - 0.5).abs();
    let mut best: Option<(f64, usize, Vec<Vec<f64>>)> = None;
    for cell in 0..before.len() - 3 {
        model.reset();
        let read = [&tokens[..begin + cell], &before[cell..cell + 2]].concat();
        let logits = block_on(model.read(&read, 3)).expect("logits");
        let rows = logits.chunks_exact(logits.len() / 3).map(|row| probabilities(row, ids.clone(), 1.0));
        let rows: Vec<Vec<f64>> = rows.collect();
        let share = rows[0][(before[cell].0 - ids.start) as usize];
        if best.as_ref().is_none_or(|(most, ..)| even(share) < even(*most)) {
            best = Some((share, cell, rows));
        }
    }
    let (share, cell, exact) = best.expect("a picture has cells");
    assert!((0.02..0.98).contains(&share), "the draft stands with probability {share}");
    let (prefix, draft) = (&tokens[..begin + cell], &before[cell..cell + 2]);
    let mut counts = vec![vec![0_u32; ids.len()]; 3];
    model.reset();
    block_on(model.feed(&prefix[..prefix.len() - 1])).expect("logits");
    for seed in 0..draws {
        model.rewind(prefix.len() - 1);
        let choice = Choice { count: 1, ranges: std::slice::from_ref(&ids), sampling, draft };
        let drawn = block_on(model.draw(&prefix[prefix.len() - 1..], &choice, &mut Sampler::new(seed)));
        for (counts, token) in counts.iter_mut().zip(drawn.expect("tokens")) {
            counts[(token.0 - ids.start) as usize] += 1;
        }
    }
    // Each is the distribution behind what stood before it: with fewer draws the further behind.
    for (counts, exact) in counts.iter().zip(exact) {
        let pairs: Vec<(f64, u32)> = exact.into_iter().zip(counts.iter().copied()).collect();
        let (square, freedom) = chi_square(&pairs);
        println!("{} draws: {square:.1} of {freedom}", counts.iter().sum::<u32>());
        assert!(square < freedom + 5.0 * (2.0 * freedom).sqrt(), "{square:.1} of {freedom}");
    }
}
