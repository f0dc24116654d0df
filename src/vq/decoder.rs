//! Latents `[B, g, g, latent]` to folded pixels `[B, R, R, in]`: the encoder's mirror, with one
//! residual block more a level.

use crate::config::VqConfig;
use crate::error::Result;
use crate::kernels::{Conv2d, upsample};
use crate::model::weight::{Weight, WeightSource};
use crate::vq::blocks::{AttnBlock, Convolution, Level, Middle, Norm, ResBlock};
use burn::tensor::{Device, Tensor};

#[derive(Clone)]
pub struct Decoder {
    conv_in: Convolution,
    middle: Middle,
    /// From the lowest resolution up.
    levels: Vec<Level>,
    norm_out: Norm,
    conv_out: Convolution,
}

impl Decoder {
    pub fn build(config: &VqConfig, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let three = Conv2d::same(3);
        let of = |what: &str| format!("model.vqmodel.decoder.{what}");
        let channels = config.channels();
        let mut width = *channels.last().expect("checked: at least one level");
        let conv_in = Convolution::build(&of("conv_in"), config.latent_channels, width, three, source, device)?;
        let middle = Middle::build(&of("mid"), width, config.has_attention(), source, device)?;
        let mut levels = Vec::new();
        // The checkpoint counts levels from full resolution; they run the other way round.
        for (i, &output) in channels.iter().enumerate().rev() {
            let name = of(&format!("up.{i}"));
            let (mut blocks, mut attention) = (Vec::new(), Vec::new());
            for j in 0..=config.num_res_blocks {
                blocks.push(ResBlock::build(&format!("{name}.block.{j}"), width, output, source, device)?);
                width = output;
                if config.attends_at(config.resolution >> i) {
                    attention.push(AttnBlock::build(&format!("{name}.attn.{j}"), width, source, device)?);
                }
            }
            let resample = (i > 0)
                .then(|| Convolution::build(&format!("{name}.upsample.conv"), width, width, three, source, device))
                .transpose()?;
            levels.push(Level { blocks, attention, resample });
        }
        Ok(Self {
            conv_in,
            middle,
            levels,
            norm_out: Norm::build(&of("norm_out"), width, source, device)?,
            conv_out: Convolution::build(&of("conv_out"), width, config.in_channels, three, source, device)?,
        })
    }

    pub fn forward(&self, latents: Tensor<4>) -> Tensor<4> {
        let mut x = self.middle.forward(self.conv_in.forward(latents));
        for level in &self.levels {
            x = level.run_blocks(x);
            if let Some(up) = &level.resample {
                x = up.forward(upsample(x));
            }
        }
        self.conv_out.forward(self.norm_out.forward(x, true))
    }

    pub fn weights(&self) -> Vec<&Weight> {
        let mut weights = self.conv_in.weights();
        weights.extend(self.middle.weights());
        weights.extend(self.levels.iter().flat_map(Level::weights));
        weights.extend(self.norm_out.weights());
        weights.extend(self.conv_out.weights());
        weights
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let mut weights = self.conv_in.weights_mut();
        weights.extend(self.middle.weights_mut());
        weights.extend(self.levels.iter_mut().flat_map(Level::weights_mut));
        weights.extend(self.norm_out.weights_mut());
        weights.extend(self.conv_out.weights_mut());
        weights
    }
}
