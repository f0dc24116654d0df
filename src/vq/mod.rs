//! Pixels to picture codes and back: the VQ-GAN of Chameleon, with its decoder.
//!
//! Inside, pictures lie with channels last, `[B, H, W, C]`.

pub(crate) mod blocks;
pub mod decode;
mod decoder;
mod encoder;
pub mod last;
pub mod pixels;
mod profile;

pub use decoder::Decoder;
pub use encoder::Encoder;

use crate::config::VqConfig;
use crate::error::{Error, Result};
use crate::kernels::{embedding, nearest_code};
use crate::model::weight::{Init, Weight, WeightRole, WeightSource};
use blocks::Convolution;
use burn::tensor::{Device, Int, Tensor};

/// Encoder, codebook and, where the checkpoint has one, decoder.
#[derive(Clone)]
pub struct VqGan {
    pub config: VqConfig,
    encoder: Encoder,
    quant_conv: Convolution,
    pub codebook: Weight,
    /// Checkpoints without a decoder may still have this one, which feeds it.
    post_quant_conv: Option<Convolution>,
    decoder: Option<Decoder>,
}

impl VqGan {
    pub fn build(config: &VqConfig, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let (k, d) = (config.num_embeddings, config.embed_dim);
        let one = crate::kernels::Conv2d::same(1);
        let codebook = Init::Uniform(1.0 / k as f32);
        const POST: &str = "model.vqmodel.post_quant_conv";
        let decodes = source.has("model.vqmodel.decoder.conv_in.weight");
        Ok(Self {
            config: config.clone(),
            encoder: Encoder::build(config, source, device)?,
            quant_conv: Convolution::build("model.vqmodel.quant_conv", config.latent_channels, d, one, source, device)?,
            codebook: source.matrix(
                &[("model.vqmodel.quantize.embedding.weight", k)],
                d,
                codebook,
                WeightRole::Fixed,
                device,
            )?,
            post_quant_conv: (decodes || source.has(&format!("{POST}.weight")))
                .then(|| Convolution::build(POST, d, config.latent_channels, one, source, device))
                .transpose()?,
            decoder: decodes.then(|| Decoder::build(config, source, device)).transpose()?,
        })
    }

    pub fn weights(&self) -> Vec<&Weight> {
        let mut weights = self.encoder.weights();
        weights.extend(self.quant_conv.weights());
        weights.push(&self.codebook);
        weights.extend(self.post_quant_conv.iter().flat_map(Convolution::weights));
        weights.extend(self.decoder.iter().flat_map(Decoder::weights));
        weights
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let mut weights = self.encoder.weights_mut();
        weights.extend(self.quant_conv.weights_mut());
        weights.push(&mut self.codebook);
        weights.extend(self.post_quant_conv.iter_mut().flat_map(Convolution::weights_mut));
        weights.extend(self.decoder.iter_mut().flat_map(Decoder::weights_mut));
        weights
    }

    /// Encoder output before quantisation, `[B, g, g, D]`, of folded pixels `[B, R, R, in]`.
    pub fn latents(&self, pixels: Tensor<4>) -> Tensor<4> {
        self.quant_conv.forward(self.encoder.forward(pixels))
    }

    /// The nearest code of each latent, `[B g g]`, row by row.
    pub fn quantize(&self, latents: Tensor<4>) -> Tensor<1, Int> {
        let [b, h, w, d] = latents.dims();
        nearest_code(latents.reshape([b * h * w, d]), self.codebook.matrix())
    }

    /// Codebook rows of codes `[B, g g]`, as `[B, g, g, D]`.
    pub fn look_up(&self, codes: Tensor<2, Int>) -> Tensor<4> {
        let [b, _] = codes.dims();
        let grid = self.config.grid();
        embedding(self.codebook.matrix(), codes).reshape([b, grid, grid, self.config.embed_dim])
    }

    /// Whether pictures can be made from codes.
    pub fn has_decoder(&self) -> bool {
        self.decoder.is_some()
    }

    /// Folded pixels `[B, R, R, in]` of quantised latents `[B, g, g, D]`.
    pub fn pixels(&self, latents: Tensor<4>) -> Result<Tensor<4>> {
        let (Some(post), Some(decoder)) = (&self.post_quant_conv, &self.decoder) else {
            return Err(Error::checkpoint(
                "This checkpoint has no VQ decoder, so it can't draw.",
                "Use a checkpoint with model.vqmodel.decoder tensors.",
            ));
        };
        Ok(decoder.forward(post.forward(latents)))
    }
}
