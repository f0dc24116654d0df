//! Batches of pictures for the VQ-GAN: questions and steps of fresh items, and what each pixel is worth.

use crate::config::VqConfig;
use crate::tasks::{Action, Bank, Item, Setting, TaskType, generate};
use crate::train::reader::{Asked, account_places, question_places};
use crate::vq::pixels;
use image::RgbImage;
use rand::distr::{Distribution, weighted::WeightedIndex};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// Folded pictures `[B, R, R, in]` and their weights, alike; and what a reader is asked about those of questions.
pub struct PictureBatch {
    pub pixels: Vec<f32>,
    pub weights: Vec<f32>,
    pub count: usize,
    pub asked: Asked,
}

/// Makes the batches of a run.
#[derive(Clone)]
pub struct PictureBatches {
    pub bank: Arc<Bank>,
    pub task_types: Vec<(TaskType, f32)>,
    pub config: VqConfig,
    pub seed: u64,
    /// Pictures of a batch.
    pub count: usize,
    /// Weight of the pixels inside the boxes that a trace names.
    pub foreground: f32,
    /// What the items are drawn from and how.
    pub setting: Setting,
}

impl PictureBatches {
    /// The pictures of batch `step`: of each item its question and the picture of one step. They depend on
    /// the seed and the step's number alone.
    pub fn make(&self, step: usize) -> PictureBatch {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(step as u64);
        let by_weight =
            WeightedIndex::new(self.task_types.iter().map(|(_, weight)| *weight)).expect("checked: weights of a mix");
        let (size, fold) = (self.config.picture_size(), self.config.fold());
        let mut pictures =
            PictureBatch { pixels: Vec::new(), weights: Vec::new(), count: self.count, asked: Asked::default() };
        for i in 0..self.count {
            let item = generate(&self.bank, self.task_types[by_weight.sample(&mut rng)].0, self.setting, &mut rng);
            let drawn =
                if i % 2 == 0 || item.steps.is_empty() { None } else { Some(rng.random_range(0..item.steps.len())) };
            if drawn.is_none() {
                pictures.asked.push(i, question_places(&item.question), account_places(&item));
            }
            let picture = drawn.map_or(&item.picture, |step| &item.steps[step].picture);
            let fitted = pixels::fit(picture, size as u32);
            pictures.pixels.extend(pixels::to_folded(&fitted, fold));
            let mut weights = vec![1.0; size * size];
            weigh_boxes(&mut weights, size, &item, drawn, self.foreground);
            if let Some(step) = drawn {
                let before = step.checked_sub(1).map_or(&item.picture, |last| &item.steps[last].picture);
                weigh_changes(&mut weights, &pixels::fit(before, size as u32), &fitted, self.foreground);
            }
            let folded = |cell: usize| {
                let (cy, cx) = (cell / self.config.resolution, cell % self.config.resolution);
                (0..fold * fold).map(move |p| (cy * fold + p / fold) * size + cx * fold + p % fold)
            };
            for cell in 0..self.config.resolution * self.config.resolution {
                pictures.weights.extend(folded(cell).flat_map(|at| [weights[at]; 3]));
            }
        }
        pictures
    }
}

/// Objects that a trace boxes weigh more than their surroundings, except in a zoom, which shows
/// little else.
fn weigh_boxes(weights: &mut [f32], size: usize, item: &Item, drawn: Option<usize>, foreground: f32) {
    let action = |text: &str| Action::find(text).and_then(|(_, action)| action.ok());
    if drawn.is_some_and(|step| matches!(action(&item.steps[step].text), Some(Action::Zoom(_)))) {
        return;
    }
    for step in &item.steps {
        let Some(Action::Bbox([x, y, w, h]) | Action::Zoom([x, y, w, h])) = action(&step.text) else { continue };
        let at = |v: f32| ((v * size as f32).round() as usize).min(size);
        for row in at(y)..at(y + h) {
            weights[row * size + at(x)..row * size + at(x + w)].fill(foreground);
        }
    }
}

/// What a step has drawn weighs more than what was there before, except where nearly all is new
/// (a zoom).
fn weigh_changes(weights: &mut [f32], before: &RgbImage, after: &RgbImage, foreground: f32) {
    let changed: Vec<bool> = before.pixels().zip(after.pixels()).map(|(a, b)| differs(a.0, b.0)).collect();
    if changed.iter().filter(|c| **c).count() * 2 < changed.len() {
        for (weight, _) in weights.iter_mut().zip(changed).filter(|(_, changed)| *changed) {
            *weight = foreground;
        }
    }
}

/// Whether two colours differ by more than wear explains.
fn differs(a: [u8; 3], b: [u8; 3]) -> bool {
    a.iter().zip(b).any(|(a, b)| a.abs_diff(b) > 40)
}
