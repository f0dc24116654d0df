//! How near pictures come back from their codes.

use crate::bundle::VqCodec;
use crate::error::Result;
use crate::eval::report::family_name;
use crate::generate::PictureCodec;
use crate::tasks::{Bank, Family, Split, TaskType, generate};
use crate::vq::pixels;
use image::RgbImage;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Sums over held-out items, in dB.
#[derive(Clone, Copy, Debug, Default)]
pub struct Fidelity {
    items: usize,
    /// Of the question's picture, and of the first step's; the same number of each.
    question: f64,
    step: f64,
}

/// Peak signal-to-noise ratio of two pictures of one size, in dB: `10 log10(255^2 / MSE)` over all colour
/// values; 99 where they are equal.
pub fn psnr(a: &RgbImage, b: &RgbImage) -> f64 {
    assert_eq!(a.dimensions(), b.dimensions(), "pictures of one size");
    let squares = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2));
    let mean = squares.sum::<f64>() / a.as_raw().len() as f64;
    (10.0 * (255.0 * 255.0 / mean).log10()).min(99.0)
}

impl Fidelity {
    /// Over `items` items of the test split that have a step.
    pub async fn of(task_type: TaskType, items: usize, bank: &Bank, codec: &VqCodec, seed: u64) -> Result<Self> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut sum = Self::default();
        while sum.items < items {
            let item = generate(bank, task_type, Split::Test, &mut rng);
            let Some(step) = item.steps.first() else { continue };
            sum.items += 1;
            sum.question += come_back(codec, &item.picture).await?;
            sum.step += come_back(codec, &step.picture).await?;
        }
        Ok(sum)
    }
}

/// PSNR of a picture after it was turned into codes and back, at the tokenizer's size.
async fn come_back(codec: &VqCodec, picture: &RgbImage) -> Result<f64> {
    let again = codec.decode(&codec.encode(picture).await?).await?;
    Ok(psnr(&pixels::fit(picture, codec.size()), &again))
}

/// Markdown: a row a type, then a row a family.
pub fn table(measured: &[(TaskType, Fidelity)]) -> String {
    let mut table = String::from("| PSNR in dB of | n | question | first step |\n|---|--:|--:|--:|\n");
    let mut families: BTreeMap<Family, Fidelity> = BTreeMap::new();
    let mut row = |name: String, of: &Fidelity| {
        let n = of.items as f64;
        table += &format!("| {name} | {} | {:.1} | {:.1} |\n", of.items, of.question / n, of.step / n);
    };
    for (task_type, of) in measured {
        row(task_type.to_string(), of);
        let family = families.entry(task_type.family()).or_default();
        family.items += of.items;
        family.question += of.question;
        family.step += of.step;
    }
    families.iter().for_each(|(family, of)| row(family_name(*family).to_string(), of));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn psnr_is_that_of_the_formula() {
        let grey = |level| RgbImage::from_pixel(4, 4, image::Rgb([level; 3]));
        // A difference of 5 everywhere: 20 log10(255 / 5).
        assert!((psnr(&grey(100), &grey(105)) - 34.151_4).abs() < 1e-3);
        assert_eq!(psnr(&grey(7), &grey(7)), 99.0);
        let mut one = grey(0);
        one.get_pixel_mut(1, 2).0[1] = 48;
        // One of 48 values is off by 48: MSE 48.
        assert!((psnr(&grey(0), &one) - 31.318_4).abs() < 1e-3);
    }
}
