//! The four accuracies that tell reading a drawing from making one: with its own drawings, with
//! text only, given the true thought and drawings, and given another item's drawings.
//!
//! Items come from the test split (held-out scenes and phrasings), by a seed that training never
//! draws from.

use crate::error::Result;
use crate::generate::{LanguageModel, PictureCodec, Sampler, Settings};
use crate::loaded::CachedTransformer;
use crate::model::Transformer;
use crate::tasks::{Item, Setting, Split, generate, judge};
use crate::tokens::{Document, Grammar, Prompt, Step, Token, template};
use crate::train::data::Source;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value};

/// A log row: for each kind `[own drawing, text only, true drawing, another's drawing]`.
pub async fn accuracies(model: &Transformer, data: &Source, items: usize) -> Result<Map<String, Value>> {
    let mut row = Map::new();
    let mut writer = Writer { model: CachedTransformer::new(model.clone()), data, sampler: Sampler::new(data.seed) };
    let vocab = &data.vocab;
    for (kind, _) in &data.kinds {
        let mut rng = ChaCha8Rng::seed_from_u64(0x7e57 + *kind as u64);
        let setting = Setting { split: Split::Test, ..data.setting };
        let items: Vec<Item> = (0..items).map(|_| generate(&data.bank, *kind, setting, &mut rng)).collect();
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
                let written = writer.go_on(&prompt).await?;
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
                let written = writer.go_on(&tokens[..=open]).await?;
                let words: Vec<Token> = written.into_iter().take_while(|t| vocab.is_text(*t)).collect();
                right[slot] += usize::from(judge(&item.truth, vocab.text().decode(&words).trim()));
            }
        }
        let shares: Vec<f64> = right.iter().map(|r| (*r as f64 / items.len() as f64 * 1e3).round() / 1e3).collect();
        row.insert(kind.to_string(), shares.into());
    }
    Ok(Map::from_iter([("accuracy".into(), row.into()), ("items".into(), items.into())]))
}

async fn document(item: &Item, data: &Source) -> Result<Document> {
    let pictures: Vec<_> = std::iter::once(&item.picture).chain(item.steps.iter().map(|s| &s.picture)).collect();
    let mut codes = data.codec.encode_chains(&[pictures]).await?.into_iter().flatten();
    let picture = codes.next().expect("the question's picture");
    let steps = item.steps.iter().zip(codes).map(|(s, codes)| Step { text: s.text.clone(), picture: Some(codes) });
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
fn with_pictures_of(steps: &[Step], other: &Document) -> Vec<Step> {
    let Document::Reason { steps: others, .. } = other else { unreachable!("made above") };
    let mut pictures = others.iter().cycle();
    let step = |s: &Step| Step {
        text: s.text.clone(),
        picture: pictures.next().map_or(s.picture.clone(), |other| other.picture.clone()),
    };
    steps.iter().map(step).collect()
}

struct Writer<'a> {
    model: CachedTransformer,
    data: &'a Source,
    sampler: Sampler,
}

impl Writer<'_> {
    /// What the model writes after `prompt`, within the grammar, to the end.
    async fn go_on(&mut self, prompt: &[Token]) -> Result<Vec<Token>> {
        let settings = Settings::default();
        let grammar = Grammar::new(&self.data.vocab, settings.rules(self.data.codec.grid(), self.model.context()));
        let mut state = grammar.read(prompt)?;
        self.model.reset();
        let mut logits = self.model.feed(prompt).await?;
        let mut written = Vec::new();
        while !state.ended() {
            let allowed = grammar.allowed(&state);
            let sampling = if state.cell().is_some() { settings.picture } else { settings.text };
            let token = match grammar.forced(allowed) {
                Some(token) => token,
                None => self.sampler.pick(&logits, &grammar.ranges(allowed), sampling)?,
            };
            state = grammar.advance(&state, token)?;
            written.push(token);
            if !state.ended() {
                logits = self.model.feed(&[token]).await?;
            }
        }
        Ok(written)
    }
}
