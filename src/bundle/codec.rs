//! The VQ-GAN, ready to turn pictures into codes and back.

use super::read_ids;
use crate::error::Result;
use crate::generate::PictureCodec;
use crate::model::weight::read_values;
use crate::tokens::Codes;
use crate::vq::{VqGan, pixels};
use burn::tensor::{Device, Int, Tensor, TensorData};
use image::RgbImage;

/// The VQ-GAN on its device.
#[derive(Clone)]
pub struct VqCodec {
    pub vq: VqGan,
    device: Device,
}

impl VqCodec {
    pub fn new(vq: VqGan, device: Device) -> Self {
        Self { vq, device }
    }

    pub fn device(&self) -> &Device {
        &self.device
    }

    /// Codes of pictures of any size, in one pass of the encoder.
    pub async fn encode_all(&self, pictures: &[&RgbImage]) -> Result<Vec<Codes>> {
        let fitted: Vec<RgbImage> = pictures.iter().map(|picture| pixels::fit(picture, self.size())).collect();
        self.encode_fitted(&fitted).await
    }

    /// Codes of chains of pictures, each drawn on the one before it: where a cell's pixels stay, so does its code.
    pub async fn encode_chains(&self, chains: &[Vec<&RgbImage>]) -> Result<Vec<Vec<Codes>>> {
        let fitted: Vec<RgbImage> = chains.iter().flatten().map(|picture| pixels::fit(picture, self.size())).collect();
        let mut codes = self.encode_fitted(&fitted).await?;
        let mut ends = 0;
        let mut done = Vec::with_capacity(chains.len());
        for chain in chains {
            let first = ends;
            ends += chain.len();
            for i in first + 1..ends {
                let (before, after) = codes.split_at_mut(i);
                keep_untouched((&fitted[i - 1], &before[i - 1]), &fitted[i], &mut after[0]);
            }
            done.push(codes[first..ends].to_vec());
        }
        Ok(done)
    }

    async fn encode_fitted(&self, pictures: &[RgbImage]) -> Result<Vec<Codes>> {
        let config = &self.vq.config;
        let (fold, grid) = (config.fold(), config.grid());
        let values: Vec<f32> = pictures.iter().flat_map(|picture| pixels::to_folded(picture, fold)).collect();
        let shape = [pictures.len(), config.resolution, config.resolution, config.in_channels];
        let latents = self.vq.latents(Tensor::from_data(TensorData::new(values, shape), &self.device));
        let codes: Vec<u16> = read_ids(self.vq.quantize(latents)).await?.into_iter().map(|code| code as u16).collect();
        codes.chunks_exact(grid * grid).map(|codes| Codes::new(grid, codes.to_vec())).collect()
    }
}

/// The codes of `after`, which was drawn on `before`, with those of `before` wherever a cell has the same pixels.
///
/// The encoder sees the whole picture, so what changes in one place moves codes elsewhere; a drawing that copies
/// its picture must not have to guess how. Both pictures have the tokenizer's size.
fn keep_untouched(before: (&RgbImage, &Codes), after: &RgbImage, codes: &mut Codes) {
    let grid = codes.grid;
    let side = after.width() as usize / grid;
    let stride = after.width() as usize * 3;
    let (old, new) = (before.0.as_raw(), after.as_raw());
    for (cell, code) in codes.codes.iter_mut().enumerate() {
        let corner = cell / grid * side * stride + cell % grid * side * 3;
        let same = |row: usize| {
            let at = corner + row * stride;
            old[at..at + side * 3] == new[at..at + side * 3]
        };
        if (0..side).all(same) {
            *code = before.1.codes[cell];
        }
    }
}

impl PictureCodec for VqCodec {
    fn grid(&self) -> usize {
        self.vq.config.grid()
    }
    fn size(&self) -> u32 {
        self.vq.config.picture_size() as u32
    }
    async fn encode(&self, picture: &RgbImage) -> Result<Codes> {
        Ok(self.encode_all(&[picture]).await?.remove(0))
    }
    async fn encode_after(&self, before: &RgbImage, codes: &Codes, after: &RgbImage) -> Result<Codes> {
        let [before, after] = [before, after].map(|picture| pixels::fit(picture, self.size()));
        let mut new = self.encode(&after).await?;
        keep_untouched((&before, codes), &after, &mut new);
        Ok(new)
    }
    async fn decode(&self, codes: &Codes) -> Result<RgbImage> {
        let config = &self.vq.config;
        let ids: Vec<i32> = codes.codes.iter().map(|&c| i32::from(c)).collect();
        let ids = Tensor::<2, Int>::from_data(TensorData::new(ids, [1, codes.codes.len()]), &self.device);
        let values = read_values(self.vq.pixels(self.vq.look_up(ids))?).await?;
        Ok(pixels::from_folded(&values, config.picture_size(), config.fold()))
    }
}
