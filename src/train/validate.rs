//! The four accuracies that tell reading a drawing from making one: with its own drawings, with
//! text only, given the true thought and drawings, and given another item's drawings.
//!
//! Items come from the test split (held-out scenes and phrasings), by a seed that training never
//! draws from.

use crate::bundle::CachedTransformer;
use crate::error::Result;
use crate::generate::{LanguageModel, PictureCodec, Sampler, Settings, Writer};
use crate::model::Transformer;
use crate::tasks::{Item, Setting, Split, generate, judge};
use crate::tokens::grammar::SHORTEST_REPLY;
use crate::tokens::{Document, Grammar, Prompt, ThoughtStep, Token, template};
use crate::train::data::DataSource;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};

/// A log row: for each task type `[own drawing, text only, true drawing, another's drawing]`.
pub async fn accuracies(model: &Transformer, data: &DataSource, items: usize) -> Result<Map<String, Value>> {
    let mut row = Map::new();
    let (mut model, mut sampler) = (CachedTransformer::new(model.clone()), Sampler::new(data.seed));
    let vocab = &data.vocab;
    for (task_type, _) in &data.task_types {
        let mut rng = ChaCha8Rng::seed_from_u64(0x7e57 + *task_type as u64);
        let setting = Setting { split: Split::Test, ..data.setting };
        let items: Vec<Item> = (0..items).map(|_| generate(&data.bank, *task_type, setting, &mut rng)).collect();
        let mut documents = Vec::new();
        for item in &items {
            documents.push(document(item, data).await?);
        }
        let mut right = [0; 4];
        for (i, item) in items.iter().enumerate() {
            let Document::Reason { question, picture, steps, rest, answer, .. } = &documents[i] else {
                unreachable!("made above")
            };
            for (slot, draw) in [(0, true), (1, false)] {
                let prompt = template::prompt(vocab, &Prompt::Reason { draw, question, picture })?.tokens;
                // What the model has no room for it can't be right about.
                if prompt.len() + SHORTEST_REPLY > model.context() {
                    continue;
                }
                let written = written(&mut model, &prompt, data, &mut sampler).await?;
                let parsed = template::parse(vocab, data.codec.grid(), draw, &written);
                right[slot] += usize::from(judge(&item.truth, &parsed.answer));
            }
            let other = &documents[(i + 1) % documents.len()];
            for (slot, steps) in [(2, steps.clone()), (3, with_pictures_of(steps, other))] {
                let given = Document::Reason {
                    draw: true,
                    question: question.clone(),
                    picture: picture.clone(),
                    steps,
                    rest: rest.clone(),
                    answer: answer.clone(),
                };
                let tokens = template::build(vocab, &given)?.tokens;
                let open = tokens.iter().position(|t| *t == vocab.answer_open).expect("every document has an answer");
                if open + SHORTEST_REPLY > model.context() {
                    continue;
                }
                let written = written(&mut model, &tokens[..=open], data, &mut sampler).await?;
                let words: Vec<Token> = written.into_iter().take_while(|t| vocab.is_text(*t)).collect();
                right[slot] += usize::from(judge(&item.truth, vocab.text().decode(&words).trim()));
            }
        }
        let shares: Vec<f64> = right.iter().map(|r| (*r as f64 / items.len() as f64 * 1e3).round() / 1e3).collect();
        row.insert(task_type.to_string(), shares.into());
    }
    Ok(Map::from_iter([("accuracy".into(), row.into()), ("items".into(), items.into())]))
}

async fn document(item: &Item, data: &DataSource) -> Result<Document> {
    let pictures: Vec<_> = std::iter::once(&item.picture).chain(item.steps.iter().map(|s| &s.picture)).collect();
    let mut codes = data.codec.encode_chains(&[pictures]).await?.into_iter().flatten();
    let picture = codes.next().expect("the question's picture");
    let steps =
        item.steps.iter().zip(codes).map(|(s, codes)| ThoughtStep { text: s.text.clone(), picture: Some(codes) });
    Ok(Document::Reason {
        draw: true,
        question: item.question.clone(),
        picture,
        steps: steps.collect(),
        rest: item.rest.clone(),
        answer: item.answer.clone(),
    })
}

/// The steps' words with the pictures of another item's steps, as far as it has any.
fn with_pictures_of(steps: &[ThoughtStep], other: &Document) -> Vec<ThoughtStep> {
    let Document::Reason { steps: others, .. } = other else { unreachable!("made above") };
    let mut pictures = others.iter().cycle();
    let step = |s: &ThoughtStep| ThoughtStep {
        text: s.text.clone(),
        picture: pictures.next().map_or(s.picture.clone(), |other| other.picture.clone()),
    };
    steps.iter().map(step).collect()
}

/// What the model writes after `prompt`, within the grammar, to the end.
async fn written(
    model: &mut CachedTransformer,
    prompt: &[Token],
    data: &DataSource,
    sampler: &mut Sampler,
) -> Result<Vec<Token>> {
    let settings = Settings::default();
    let grammar = Grammar::new(&data.vocab, settings.rules(data.codec.grid(), model.context()));
    let mut writer = Writer::new(model, grammar, prompt.to_vec(), settings.samplings(), sampler.clone())?;
    let mut written = Vec::new();
    while !writer.state().ended() {
        written.push(writer.next(None).await?);
    }
    *sampler = writer.sampler;
    Ok(written)
}
