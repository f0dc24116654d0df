//! A contact sheet: some answers as pictures, each in a strip of the question's picture and what was
//! drawn after it, on a bar that is green where the answer was right and red where it was wrong.

use std::path::Path;

use image::{Rgb, RgbImage, imageops};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

use super::{Prediction, Question};
use crate::error::Result;
use crate::input;
use crate::tasks::canvas::resample;
use crate::tasks::judge;
use crate::vq::pixels::decode_picture;

/// Side of a picture on the sheet, in pixels.
const SIDE: u32 = 64;
/// Pictures of a strip: longer thoughts are cut off.
const LONGEST: u32 = 8;
/// Strips beside each other.
const COLUMNS: u32 = 2;
const GAP: u32 = 4;
const BAR: u32 = 4;

/// One answer of the sheet.
pub struct Shown<'a> {
    pub question: &'a Question,
    pub prediction: &'a Prediction,
    /// None where the truth isn't known.
    pub right: Option<bool>,
}

/// `n` of the predictions, chosen by the seed alone, in the order of the questions.
pub fn chosen<'a>(questions: &'a [Question], predictions: &'a [Prediction], n: usize, seed: u64) -> Vec<Shown<'a>> {
    let known: Vec<Shown> = questions
        .iter()
        .filter_map(|question| {
            let prediction = predictions.iter().find(|prediction| prediction.id == question.id)?;
            let right = question.truth.as_ref().map(|truth| judge(truth, &prediction.answer));
            Some(Shown { question, prediction, right })
        })
        .collect();
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut places = rand::seq::index::sample(&mut rng, known.len(), n.min(known.len())).into_vec();
    places.sort_unstable();
    let mut known: Vec<Option<Shown>> = known.into_iter().map(Some).collect();
    places.into_iter().filter_map(|place| known[place].take()).collect()
}

/// The sheet; `folder` is what the predictions' pictures are relative to.
pub fn draw(shown: &[Shown], folder: &Path) -> Result<RgbImage> {
    let strip = (LONGEST * (SIDE + GAP), SIDE + BAR + GAP);
    let rows = (shown.len() as u32).div_ceil(COLUMNS);
    let mut sheet = RgbImage::from_pixel(COLUMNS * (strip.0 + GAP) + GAP, rows * strip.1 + GAP, Rgb([255; 3]));
    for (at, one) in shown.iter().enumerate() {
        let (column, row) = (at as u32 / rows, at as u32 % rows);
        let (left, top) = (GAP + column * (strip.0 + GAP), GAP + row * strip.1);
        let drawn = one.prediction.pictures.iter().map(|name| {
            let path = folder.join(name);
            decode_picture(&input::read_picture(&path)?)
        });
        let pictures = std::iter::once(one.question.picture.load()).chain(drawn).take(LONGEST as usize);
        for (place, picture) in (0..).zip(pictures) {
            let small = resample(&picture?, [0.0, 0.0, 1.0, 1.0], SIDE, SIDE);
            imageops::replace(&mut sheet, &small, i64::from(left + place * (SIDE + GAP)), i64::from(top));
        }
        let colour = match one.right {
            Some(true) => [40, 165, 70],
            Some(false) => [222, 36, 40],
            None => [160; 3],
        };
        let bar = RgbImage::from_pixel(SIDE, BAR, Rgb(colour));
        imageops::replace(&mut sheet, &bar, i64::from(left), i64::from(top + SIDE));
    }
    Ok(sheet)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::PictureAt;
    use crate::tasks::Truth;

    fn asked(n: usize) -> (Vec<Question>, Vec<Prediction>) {
        let question = |i: usize| Question {
            id: i.to_string(),
            task_type: None,
            picture: PictureAt::Memory(RgbImage::from_pixel(30, 30, Rgb([0, 0, 255]))),
            question: "?".into(),
            truth: Some(Truth::from_answer("red")),
            state: None,
        };
        let prediction = |i: usize| Prediction {
            id: i.to_string(),
            answer: if i.is_multiple_of(2) { "red" } else { "blue" }.into(),
            text: String::new(),
            pictures: Vec::new(),
            valid: true,
            tokens: 1,
            ms: 0.0,
            likelihood: None,
            error: None,
        };
        ((0..n).map(question).collect(), (0..n).map(prediction).collect())
    }

    #[test]
    fn the_seed_alone_chooses() {
        let (questions, predictions) = asked(50);
        let ids = |seed| -> Vec<String> {
            chosen(&questions, &predictions, 8, seed).iter().map(|shown| shown.question.id.clone()).collect()
        };
        assert_eq!(ids(1), ids(1));
        assert_ne!(ids(1), ids(2));
        assert_eq!(ids(1).len(), 8);
        assert_eq!(chosen(&questions, &predictions, 99, 1).len(), 50);
    }

    #[test]
    fn right_is_green_and_wrong_is_red() {
        let (questions, predictions) = asked(2);
        let sheet = draw(&chosen(&questions, &predictions, 2, 0), Path::new("")).unwrap();
        let left = |column: u32| GAP + column * (LONGEST * (SIDE + GAP) + GAP);
        assert_eq!(sheet.get_pixel(left(0) + 1, GAP + 1).0, [0, 0, 255]);
        assert!(sheet.get_pixel(left(0) + 1, GAP + SIDE + 1).0[1] > 100);
        assert!(sheet.get_pixel(left(1) + 1, GAP + SIDE + 1).0[0] > 200);
    }
}
