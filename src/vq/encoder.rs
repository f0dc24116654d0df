//! Folded pixels `[B, R, R, in]` to latents `[B, g, g, latent]`.

use crate::config::VqConfig;
use crate::error::Result;
use crate::kernels::Conv2d;
use crate::model::weight::{Weight, WeightSource};
use crate::vq::blocks::{AttnBlock, Convolution, Level, Middle, Norm, ResBlock};
use burn::tensor::{Device, Tensor};

#[derive(Clone)]
pub struct Encoder {
    conv_in: Convolution,
    /// From full resolution down.
    levels: Vec<Level>,
    middle: Middle,
    norm_out: Norm,
    conv_out: Convolution,
}

impl Encoder {
    pub fn build(config: &VqConfig, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let three = Conv2d::same(3);
        let of = |what: &str| format!("model.vqmodel.encoder.{what}");
        let channels = config.channels();
        let mut width = config.base_channels;
        let conv_in = Convolution::build(&of("conv_in"), config.in_channels, width, three, source, device)?;
        let mut levels = Vec::new();
        for (i, &output) in channels.iter().enumerate() {
            let name = of(&format!("down.{i}"));
            let (mut blocks, mut attention) = (Vec::new(), Vec::new());
            for j in 0..config.num_res_blocks {
                blocks.push(ResBlock::build(&format!("{name}.block.{j}"), width, output, source, device)?);
                width = output;
                if config.attends_at(config.resolution >> i) {
                    attention.push(AttnBlock::build(&format!("{name}.attn.{j}"), width, source, device)?);
                }
            }
            let resample = (i + 1 < channels.len())
                .then(|| {
                    Convolution::build(&format!("{name}.downsample.conv"), width, width, Conv2d::DOWN, source, device)
                })
                .transpose()?;
            levels.push(Level { blocks, attention, resample });
        }
        let latent = if config.double_latent { 2 * config.latent_channels } else { config.latent_channels };
        Ok(Self {
            conv_in,
            levels,
            middle: Middle::build(&of("mid"), width, config.has_attention(), source, device)?,
            norm_out: Norm::build(&of("norm_out"), width, source, device)?,
            conv_out: Convolution::build(&of("conv_out"), width, latent, three, source, device)?,
        })
    }

    pub fn forward(&self, pixels: Tensor<4>) -> Tensor<4> {
        let mut x = self.conv_in.forward(pixels);
        for level in &self.levels {
            x = level.run_blocks(x);
            if let Some(down) = &level.resample {
                x = down.forward(x);
            }
        }
        let x = self.middle.forward(x);
        self.conv_out.forward(self.norm_out.forward(x, true))
    }

    pub fn weights(&self) -> Vec<&Weight> {
        let mut weights = self.conv_in.weights();
        weights.extend(self.levels.iter().flat_map(Level::weights));
        weights.extend(self.middle.weights());
        weights.extend(self.norm_out.weights());
        weights.extend(self.conv_out.weights());
        weights
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let mut weights = self.conv_in.weights_mut();
        weights.extend(self.levels.iter_mut().flat_map(Level::weights_mut));
        weights.extend(self.middle.weights_mut());
        weights.extend(self.norm_out.weights_mut());
        weights.extend(self.conv_out.weights_mut());
        weights
    }
}
