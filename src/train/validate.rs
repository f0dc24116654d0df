//! The four accuracies that tell reading a drawing from making one: with its own drawings, with
//! text only, given the true thought and drawings, and given another item's drawings.
//!
//! Items come from the test split (held-out scenes and phrasings), by a seed that training never
//! draws from.

use crate::error::Result;
use crate::model::{Cache, Transformer};
use crate::tasks::{Item, Split, generate, judge};
use crate::tokens::{Document, Grammar, PictureRule, Prompt, Rules, Step, Token, Vocab, template};
use crate::train::data::{Source, encode_pictures};
use crate::vq::VqGan;
use burn::tensor::Tensor;
use rand::SeedableRng;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand_chacha::ChaCha8Rng;

/// Temperature of picture codes; text is greedy. Greedy pictures collapse to one colour where the
/// model is uncertain.
const PICTURE_TEMPERATURE: f32 = 0.5;

/// A log row: for each kind `[own drawing, text only, true drawing, another's drawing]`.
pub fn accuracies(
    model: &Transformer,
    vq: &VqGan,
    vocab: &Vocab,
    data: &Source,
    items: usize,
) -> Result<serde_json::Value> {
    let mut row = serde_json::Map::new();
    let mut cache = model.new_cache(model.config.max_position_embeddings);
    for (kind, _) in &data.kinds {
        let mut rng = ChaCha8Rng::seed_from_u64(0x7e57 + *kind as u64);
        let items: Vec<Item> = (0..items).map(|_| generate(&data.bank, *kind, Split::Test, None, &mut rng)).collect();
        let documents = items.iter().map(|item| document(item, vq, data)).collect::<Result<Vec<_>>>()?;
        let mut right = [0; 4];
        for (i, item) in items.iter().enumerate() {
            let Document::Reason { question, picture, steps, answer, .. } = &documents[i] else {
                unreachable!("made above")
            };
            for (slot, draw) in [(0, true), (1, false)] {
                let prompt = template::prompt(vocab, &Prompt::Reason { draw, question, picture })?.tokens;
                let written = continue_freely(model, vocab, data, &prompt, &mut cache, &mut rng)?;
                let parsed = template::parse(vocab, vq.config.grid(), draw, &written);
                right[slot] += usize::from(judge(&item.truth, &parsed.answer));
            }
            let other = &documents[(i + 1) % documents.len()];
            for (slot, steps) in [(2, steps.clone()), (3, with_pictures_of(steps, other))] {
                let given = Document::Reason {
                    draw: true,
                    question: question.clone(),
                    picture: picture.clone(),
                    steps,
                    answer: answer.clone(),
                };
                let tokens = template::build(vocab, &given)?.tokens;
                let open = tokens.iter().position(|t| *t == vocab.answer_open).expect("every document has an answer");
                let written = continue_freely(model, vocab, data, &tokens[..=open], &mut cache, &mut rng)?;
                let words: Vec<Token> = written.into_iter().take_while(|t| vocab.is_text(*t)).collect();
                right[slot] += usize::from(judge(&item.truth, vocab.text().decode(&words).trim()));
            }
        }
        let shares: Vec<f64> = right.iter().map(|r| (*r as f64 / items.len() as f64 * 1e3).round() / 1e3).collect();
        row.insert(kind.to_string(), shares.into());
    }
    Ok(serde_json::json!({ "accuracy": row, "items": items }))
}

fn document(item: &Item, vq: &VqGan, data: &Source) -> Result<Document> {
    let pictures: Vec<_> = std::iter::once(&item.picture).chain(item.steps.iter().map(|s| &s.picture)).collect();
    let mut codes = encode_pictures(vq, &pictures, &data.device)?.into_iter();
    let picture = codes.next().expect("the question's picture");
    let steps =
        item.steps.iter().zip(codes).map(|(s, codes)| Step { text: s.text.clone(), picture: Some(codes) }).collect();
    Ok(Document::Reason { draw: true, question: item.question.clone(), picture, steps, answer: item.answer.clone() })
}

/// The steps' words with the pictures of another item's steps, as far as it has any.
fn with_pictures_of(steps: &[Step], other: &Document) -> Vec<Step> {
    let Document::Reason { steps: others, .. } = other else { unreachable!("made above") };
    let mut pictures = others.iter().cycle();
    steps
        .iter()
        .map(|s| Step {
            text: s.text.clone(),
            picture: pictures.next().map_or(s.picture.clone(), |o| o.picture.clone()),
        })
        .collect()
}

/// What the model writes after `prompt`, within the grammar, to the end.
fn continue_freely(
    model: &Transformer,
    vocab: &Vocab,
    data: &Source,
    prompt: &[Token],
    cache: &mut Cache,
    rng: &mut ChaCha8Rng,
) -> Result<Vec<Token>> {
    let rules = Rules {
        grid: data.vq.config.grid(),
        context: cache.capacity,
        pictures: PictureRule::Action,
        ..Rules::default()
    };
    let grammar = Grammar::new(vocab, rules);
    let mut state = grammar.read(prompt)?;
    cache.reset();
    let ids: Vec<u32> = prompt.iter().map(|t| t.0).collect();
    let mut logits = logits_of(model.feed(&ids, cache));
    let mut written = Vec::new();
    while !state.ended() {
        let allowed = grammar.allowed(&state);
        let token = match grammar.forced(allowed) {
            Some(token) => token,
            None => {
                let temperature = if state.cell().is_some() { PICTURE_TEMPERATURE } else { 0.0 };
                pick(&logits, &grammar.ranges(allowed), temperature, rng)
            }
        };
        state = grammar.advance(&state, token)?;
        written.push(token);
        if !state.ended() {
            logits = logits_of(model.feed(&[token.0], cache));
        }
    }
    Ok(written)
}

fn logits_of(logits: Tensor<2>) -> Vec<f32> {
    logits.into_data().iter::<f32>().collect()
}

fn pick(logits: &[f32], ranges: &[std::ops::Range<u32>], temperature: f32, rng: &mut ChaCha8Rng) -> Token {
    let candidates: Vec<u32> = ranges.iter().cloned().flatten().collect();
    let best = *candidates
        .iter()
        .max_by(|a, b| logits[**a as usize].total_cmp(&logits[**b as usize]))
        .expect("the grammar always allows something");
    if temperature == 0.0 {
        return Token(best);
    }
    let max = logits[best as usize];
    let weights = candidates.iter().map(|&c| ((logits[c as usize] - max) / temperature).exp());
    Token(candidates[WeightedIndex::new(weights).expect("the best has weight one").sample(rng)])
}
