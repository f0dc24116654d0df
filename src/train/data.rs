//! Documents to train on, drawn fresh for every step: an item of the generator or an example of the
//! reader's own, its pictures through the tokenizer, one of the four modes.

use crate::bundle::VqCodec;
use crate::error::{Error, Result};
use crate::generate::PictureCodec;
use crate::tasks::{Bank, Hand, Setting, Split, TaskType, generate, unanswerable};
use crate::tokens::{Codes, Document, LossWeights, Prompt, ThoughtStep, Vocab, template};
use crate::train::batch::{Batch, Labelled};
pub use crate::train::mix::{Annotated, ModeMix};
use crate::train::recipe::{LanguageStage, Recipe};
use crate::train::sample::{OWN, UNANSWERABLE};
pub use crate::train::sample::{Sample, SampleStep};
use crate::train::synthetic::SyntheticExample;
use image::RgbImage;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Examples of the reader's own, and how often one of them is drawn, beside the question types' weights.
#[derive(Clone)]
pub struct Custom {
    pub samples: Arc<Vec<Sample>>,
    pub weight: f32,
}

/// Everything that batches are drawn from.
#[derive(Clone)]
pub struct DataSource {
    pub bank: Arc<Bank>,
    pub vocab: Arc<Vocab>,
    pub codec: VqCodec,
    pub task_types: Vec<(TaskType, f32)>,
    pub custom: Option<Custom>,
    pub modes: ModeMix,
    pub seed: u64,
    /// What the generator's items are drawn from and how.
    pub setting: Setting,
    /// Share of the generator's items that can't be answered.
    pub unanswerable: f64,
    /// Share of them by the plain hand and without a camera.
    pub plain: f64,
    /// Interleaved traces to draw from, instead of the generator's: Zero's own.
    pub synthetic: Option<Arc<Vec<SyntheticExample>>>,
    /// All traces that are learned from; without it every one is new.
    pub annotated: Option<Annotated>,
}

/// So many times the tokens of a batch are drawn before it is said that nothing fits.
const MOST_DRAWN: usize = 16;

/// What waits for room is dropped before every step whose number is a multiple of this: batches from there on are the
/// same wherever a run, or one of many processes that prepare it, begins.
pub const CHAIN: usize = 64;

/// Makes the batches of a run, one after the other.
#[derive(Clone)]
pub struct Batches {
    pub source: DataSource,
    /// Rows of a batch, and tokens of a row.
    pub rows: usize,
    pub length: usize,
    pub weights: LossWeights,
    /// What the batch before had no room for.
    pub waiting: Vec<Labelled>,
}

impl Batches {
    /// The batch of a step. What is drawn for it depends on the seed and the step's number alone; before that
    /// comes what has waited since the last multiple of [`CHAIN`].
    pub async fn make(&mut self, step: usize) -> Result<Batch> {
        let Self { source, rows, length, weights, waiting } = self;
        let mut documents = std::mem::take(waiting);
        if step.is_multiple_of(CHAIN) {
            documents.clear();
        }
        let there: usize = documents.iter().map(|document| document.sequence.tokens.len()).sum();
        let mut wanted = (*rows * *length).saturating_sub(there);
        let fits = |document: &Labelled| document.sequence.tokens.len() <= *length;
        let drawn = loop {
            let drawn = source.documents_of(step, wanted).await?;
            if !documents.is_empty() || drawn.iter().any(fits) {
                break drawn;
            }
            // Unlucky ones may all be too long; the longer list begins with the same.
            if wanted > MOST_DRAWN * *rows * *length {
                return Err(Error::config(
                    format!("None of the documents fits into a row of {length} tokens."),
                    "Raise length, or practise questions with fewer steps.",
                ));
            }
            wanted *= 2;
        };
        documents.extend(drawn);
        let batch = Batch::pack(documents, *rows, *length, weights);
        waiting.clone_from(&batch.waiting);
        Ok(batch)
    }
}

/// What Zero's own chains count as.
const MADE: &str = "made";

#[derive(Clone, Copy)]
enum Drawn {
    Draw,
    Text,
    Caption,
    Paint,
}

impl Drawn {
    /// What can be made of a sample: without a caption it is reasoned about, and without a picture for
    /// each step (or without any trace with pictures) that is done in words.
    fn of(self, sample: &Sample, annotated: Option<Annotated>) -> Self {
        let whole = sample.is_drawn() && annotated.is_none_or(|annotated| annotated.count > 0);
        match self {
            Drawn::Caption | Drawn::Paint if sample.caption.is_some() => self,
            Drawn::Text => self,
            _ if whole => Drawn::Draw,
            _ => Drawn::Text,
        }
    }
}

impl DataSource {
    /// What a recipe draws from.
    pub fn of(recipe: &Recipe, tokenizer: &[u8], codec: VqCodec, own: Vec<Sample>, bank: Arc<Bank>) -> Result<Self> {
        Ok(Self {
            bank,
            vocab: Arc::new(Vocab::from_json(tokenizer)?),
            codec,
            task_types: recipe.task_types()?,
            custom: custom_examples(recipe, own)?,
            modes: recipe.language().map_or_else(Default::default, |stage| stage.modes),
            seed: recipe.seed,
            setting: recipe.setting(Split::Train),
            unanswerable: recipe.unanswerable,
            plain: recipe.plain,
            synthetic: None,
            annotated: recipe.language().and_then(LanguageStage::annotated),
        })
    }

    /// What documents may count as.
    pub fn labels(&self) -> Vec<String> {
        let task_types =
            self.task_types.iter().filter(|(_, weight)| *weight > 0.0).map(|(task_type, _)| task_type.to_string());
        let own = self.custom.iter().map(|_| OWN.to_string());
        let unanswerable = (self.unanswerable > 0.0).then(|| UNANSWERABLE.to_string());
        let made = self.synthetic.iter().map(|_| MADE.to_string());
        task_types.chain(own).chain(unanswerable).chain(made).collect()
    }

    /// A sample for training.
    pub fn sample(&self, rng: &mut ChaCha8Rng) -> Sample {
        let own = self.custom.iter().map(|own| own.weight);
        let weights = self.task_types.iter().map(|(_, weight)| *weight).chain(own);
        let drawn = WeightedIndex::new(weights).expect("checked: weights of a mix").sample(rng);
        let plain = self.plain > 0.0 && rng.random_bool(self.plain);
        let hand = self.setting.hand.or(plain.then_some(Hand::Plain));
        let setting = Setting { hand, ..self.setting };
        match (self.task_types.get(drawn), &self.custom) {
            (None, Some(Custom { samples, .. })) => samples[rng.random_range(0..samples.len())].clone(),
            _ if self.unanswerable > 0.0 && rng.random_bool(self.unanswerable) => {
                unanswerable::generate(&self.bank, setting, rng).into()
            }
            _ => generate(&self.bank, self.task_types[drawn].0, setting, rng).into(),
        }
    }

    /// A sample whose trace is learned from: one of the annotated ones, where their number is fixed.
    pub fn trace(&self, rng: &mut ChaCha8Rng) -> Sample {
        match self.annotated {
            Some(Annotated { count, seed }) if count > 0 => {
                let mut fixed = ChaCha8Rng::seed_from_u64(seed);
                fixed.set_stream((1 << 35) + rng.random_range(0..count as u64));
                self.sample(&mut fixed)
            }
            _ => self.sample(rng),
        }
    }

    /// A sample, and what is made of it.
    fn drawn(&self, modes: &WeightedIndex<f32>, rng: &mut ChaCha8Rng) -> (Sample, Drawn) {
        const MODES: [Drawn; 4] = [Drawn::Draw, Drawn::Text, Drawn::Caption, Drawn::Paint];
        let (sample, mode) = match self.annotated {
            None => (self.sample(rng), MODES[modes.sample(rng)]),
            // Captions are no traces: there are as many as one likes.
            Some(_) => match MODES[modes.sample(rng)] {
                mode @ (Drawn::Draw | Drawn::Text) => (self.trace(rng), mode),
                mode => (self.sample(rng), mode),
            },
        };
        let mode = if self.synthetic.is_some() { mode } else { mode.of(&sample, self.annotated) };
        (sample, mode)
    }

    /// Documents of about `tokens` tokens for a step; they depend on the seed and the step's number alone.
    pub async fn documents_of(&self, step: usize, tokens: usize) -> Result<Vec<Labelled>> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step as u64);
        let ModeMix { draw, text, caption, paint, .. } = self.modes;
        let modes = WeightedIndex::new([draw, text, caption, paint]).expect("checked: weights of modes");
        let (mut samples, mut labels, mut expected) = (Vec::new(), Vec::new(), 0);
        while expected < tokens {
            let (sample, mode) = self.drawn(&modes, &mut rng);
            let picture = self.codec.grid() * self.codec.grid() + 2;
            expected += picture + 16 + sample.steps.len() * if matches!(mode, Drawn::Draw) { picture + 12 } else { 12 };
            labels.push(sample.type_name());
            samples.push((sample, mode));
        }
        let mut documents = self.documents(&samples).await?;
        if let Some(made) = &self.synthetic {
            let drawn = documents.iter_mut().zip(&samples).zip(&mut labels);
            for ((document, _), label) in drawn.filter(|((_, (_, mode)), _)| matches!(mode, Drawn::Draw)) {
                *document = made[rng.random_range(0..made.len())].document();
                *label = MADE.into();
            }
        }
        let build = |((label, document), (sample, _)): ((String, &Document), &(Sample, Drawn))| {
            let mut sequence = template::build(&self.vocab, document)?;
            if let (true, Document::Reason { .. }, Some(caption)) = (self.captioned(&label), document, &sample.caption)
            {
                template::push_caption(&self.vocab, &mut sequence, caption);
            }
            Ok(Labelled { label, sequence })
        };
        labels.into_iter().zip(&documents).zip(&samples).map(build).collect()
    }

    /// Whether captions follow documents that count as `label`: Zero's own chains have none.
    fn captioned(&self, label: &str) -> bool {
        self.modes.captioned && label != MADE
    }

    /// Tokens of the document of a sample, at the most.
    pub fn document_length(&self, sample: &Sample) -> Result<usize> {
        let drawn = self.modes.draw > 0.0 && self.annotated.is_none_or(|annotated| annotated.count > 0);
        let whole = drawn && sample.is_drawn();
        let picture = self.blank();
        let step = |step: &SampleStep| match whole {
            true => ThoughtStep { text: step.text.clone(), picture: Some(picture.clone()) },
            false => ThoughtStep { text: self.without_pictures(step).to_string(), picture: None },
        };
        let document = Document::Reason {
            draw: whole,
            question: sample.question.clone(),
            picture: picture.clone(),
            steps: sample.steps.iter().map(step).collect(),
            rest: sample.rest.clone(),
            answer: sample.answer.clone(),
        };
        let mut sequence = template::build(&self.vocab, &document)?;
        if let (true, Some(caption)) = (self.modes.captioned, &sample.caption) {
            template::push_caption(&self.vocab, &mut sequence, caption);
        }
        Ok(sequence.tokens.len())
    }

    /// Tokens of what a sample asks.
    pub fn prompt_length(&self, sample: &Sample) -> Result<usize> {
        let prompt = Prompt::Reason { draw: true, question: &sample.question, picture: &self.blank() };
        Ok(template::prompt(&self.vocab, &prompt)?.tokens.len())
    }

    fn blank(&self) -> Codes {
        let grid = self.codec.grid();
        Codes { grid, codes: vec![0; grid * grid] }
    }

    /// The words of a step where its thought has no pictures.
    pub fn without_pictures<'a>(&self, step: &'a SampleStep) -> &'a str {
        if self.modes.spelled_out { &step.spelled_out } else { &step.text }
    }

    /// Whether the pictures of a sample's steps are used.
    fn has_pictures(&self, mode: Drawn) -> bool {
        matches!(mode, Drawn::Draw) && self.synthetic.is_none()
    }

    async fn documents(&self, samples: &[(Sample, Drawn)]) -> Result<Vec<Document>> {
        let chains: Vec<Vec<&RgbImage>> = samples
            .iter()
            .map(|(sample, mode)| {
                let steps = if self.has_pictures(*mode) { sample.steps.as_slice() } else { &[] };
                std::iter::once(&sample.picture).chain(steps.iter().filter_map(|step| step.picture.as_ref())).collect()
            })
            .collect();
        let mut codes = self.codec.encode_chains(&chains).await?.into_iter().flatten();
        let mut next = || codes.next().expect("one picture, one grid of codes");
        Ok(samples
            .iter()
            .map(|(sample, mode)| {
                let picture = next();
                match (mode, &sample.caption) {
                    (Drawn::Caption, Some(caption)) => Document::Caption { picture, caption: caption.clone() },
                    (Drawn::Paint, Some(caption)) => Document::Paint { caption: caption.clone(), picture },
                    _ => {
                        let draw = self.has_pictures(*mode);
                        let steps = sample.steps.iter();
                        Document::Reason {
                            draw,
                            question: sample.question.clone(),
                            picture,
                            steps: steps
                                .map(|step| match draw {
                                    true => ThoughtStep { text: step.text.clone(), picture: Some(next()) },
                                    false => {
                                        ThoughtStep { text: self.without_pictures(step).to_string(), picture: None }
                                    }
                                })
                                .collect(),
                            rest: sample.rest.clone(),
                            answer: sample.answer.clone(),
                        }
                    }
                }
            })
            .collect())
    }
}

fn custom_examples(recipe: &Recipe, samples: Vec<Sample>) -> Result<Option<Custom>> {
    let weight = recipe.own_weight();
    match (samples.is_empty(), weight > 0.0) {
        (true, false) => Ok(None),
        (false, true) => Ok(Some(Custom { samples: Arc::new(samples), weight })),
        (true, true) => {
            Err(Error::config("There are no own examples to practise.", "Make some, or take own out of the mix."))
        }
        (false, false) => {
            Err(Error::config("The own examples have no weight.", "Give them one, such as own = 1 under [mix]."))
        }
    }
}
