//! Documents to train on, drawn fresh for every step: an item of the generator, its pictures
//! through the tokenizer, one of the four modes.

use crate::error::Result;
use crate::generate::PictureCodec;
use crate::loaded::VqCodec;
use crate::tasks::{Bank, Item, Kind, Split, generate};
use crate::tokens::{Document, LossWeights, Sequence, Step, Vocab, template};
use crate::train::batch::Batch;
use crate::train::zero::Made;
use image::RgbImage;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// How often each mode is drawn.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ModeMix {
    /// Interleaved traces.
    pub draw: f32,
    /// The same traces without pictures.
    pub text: f32,
    /// Picture to caption.
    pub caption: f32,
    /// Caption to picture.
    pub paint: f32,
}

impl Default for ModeMix {
    fn default() -> Self {
        Self { draw: 0.8, text: 0.2, caption: 0.0, paint: 0.0 }
    }
}

/// Everything that batches are drawn from.
#[derive(Clone)]
pub struct Source {
    pub bank: Arc<Bank>,
    pub vocab: Arc<Vocab>,
    pub codec: VqCodec,
    pub kinds: Vec<(Kind, f32)>,
    pub modes: ModeMix,
    pub seed: u64,
    /// Interleaved traces to draw from, instead of the generator's: Zero's own.
    pub made: Option<Arc<Vec<Made>>>,
}

/// Makes the batches of a run.
#[derive(Clone)]
pub struct Batches {
    pub source: Source,
    /// Rows of a batch, and tokens of a row.
    pub rows: usize,
    pub length: usize,
    pub weights: LossWeights,
}

impl Batches {
    /// The batch of a step; it depends on the seed and the step's number alone.
    pub async fn make(&self, step: usize) -> Result<Batch> {
        self.source.batch(step, self.rows, self.length, &self.weights).await
    }
}

#[derive(Clone, Copy)]
enum Drawn {
    Draw,
    Text,
    Caption,
    Paint,
}

impl Source {
    /// The batch of a step; it depends on the seed and the step's number alone.
    pub async fn batch(&self, step: usize, rows: usize, length: usize, weights: &LossWeights) -> Result<Batch> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step as u64);
        let kinds = WeightedIndex::new(self.kinds.iter().map(|(_, w)| *w)).expect("checked: weights of a mix");
        let ModeMix { draw, text, caption, paint } = self.modes;
        let modes = WeightedIndex::new([draw, text, caption, paint]).expect("checked: weights of modes");
        // Somewhat more documents than fit: what is left over is dropped.
        let (mut items, mut expected) = (Vec::new(), 0);
        while expected < rows * length + length / 2 {
            let item = generate(&self.bank, self.kinds[kinds.sample(&mut rng)].0, Split::Train, None, &mut rng);
            let mode = [Drawn::Draw, Drawn::Text, Drawn::Caption, Drawn::Paint][modes.sample(&mut rng)];
            let picture = self.codec.grid() * self.codec.grid() + 2;
            expected += picture + 16 + item.steps.len() * if matches!(mode, Drawn::Draw) { picture + 12 } else { 12 };
            items.push((item, mode));
        }
        let mut documents = self.documents(&items).await?;
        if let Some(made) = &self.made {
            for (document, _) in documents.iter_mut().zip(&items).filter(|(_, (_, mode))| matches!(mode, Drawn::Draw)) {
                *document = made[rng.random_range(0..made.len())].document();
            }
        }
        let sequences = documents.iter().map(|d| template::build(&self.vocab, d)).collect::<Result<Vec<Sequence>>>()?;
        Ok(Batch::pack(sequences, rows, length, weights))
    }

    /// Whether the generator's pictures of an item's steps are used.
    fn has_pictures(&self, mode: Drawn) -> bool {
        matches!(mode, Drawn::Draw) && self.made.is_none()
    }

    async fn documents(&self, items: &[(Item, Drawn)]) -> Result<Vec<Document>> {
        let pictures: Vec<&RgbImage> = items
            .iter()
            .flat_map(|(item, mode)| {
                let steps = if self.has_pictures(*mode) { item.steps.as_slice() } else { &[] };
                std::iter::once(&item.picture).chain(steps.iter().map(|s| &s.picture))
            })
            .collect();
        let mut codes = self.codec.encode_all(&pictures).await?.into_iter();
        let mut next = || codes.next().expect("one picture, one grid of codes");
        Ok(items
            .iter()
            .map(|(item, mode)| {
                let picture = next();
                match mode {
                    Drawn::Caption => Document::Caption { picture, caption: item.caption.clone() },
                    Drawn::Paint => Document::Paint { caption: item.caption.clone(), picture },
                    Drawn::Draw | Drawn::Text => {
                        let draw = self.has_pictures(*mode);
                        let steps = item
                            .steps
                            .iter()
                            .map(|s| Step { text: s.text.clone(), picture: draw.then(&mut next) })
                            .collect();
                        Document::Reason {
                            draw,
                            question: item.question.clone(),
                            picture,
                            steps,
                            answer: item.answer.clone(),
                        }
                    }
                }
            })
            .collect())
    }
}
