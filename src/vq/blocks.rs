//! The parts that encoder and decoder are made of.

use crate::error::Result;
use crate::kernels::{Conv2d, Heads, attention, conv2d, group_norm};
use crate::model::weight::{Init, Weight, WeightSource};
use burn::tensor::{Device, Tensor};

/// A convolution with bias.
#[derive(Clone)]
pub struct Convolution {
    weight: Weight,
    bias: Weight,
    conv: Conv2d,
}

impl Convolution {
    pub fn build(
        name: &str,
        input: usize,
        output: usize,
        conv: Conv2d,
        source: &mut WeightSource,
        device: &Device,
    ) -> Result<Self> {
        Self::stacked(&[name], input, output, conv, source, device)
    }

    /// Several convolutions of the same input, their outputs one after the other.
    fn stacked(
        names: &[&str],
        input: usize,
        output: usize,
        conv: Conv2d,
        source: &mut WeightSource,
        device: &Device,
    ) -> Result<Self> {
        let of = |what: &str| names.iter().map(|name| format!("{name}.{what}")).collect::<Vec<_>>();
        let (weights, biases) = (of("weight"), of("bias"));
        Ok(Self {
            weight: source.convolution(
                &weights.iter().map(String::as_str).collect::<Vec<_>>(),
                output,
                input,
                conv.kernel,
                device,
            )?,
            bias: source.biases(&biases.iter().map(String::as_str).collect::<Vec<_>>(), output, device)?,
            conv,
        })
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        conv2d(x, self.weight.matrix(), self.bias.vector(), self.conv)
    }

    pub fn weights(&self) -> Vec<&Weight> {
        vec![&self.weight, &self.bias]
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        vec![&mut self.weight, &mut self.bias]
    }
}

/// GroupNorm, optionally with swish behind it.
#[derive(Clone)]
pub struct Norm {
    weight: Weight,
    bias: Weight,
}

impl Norm {
    pub fn build(name: &str, channels: usize, source: &mut WeightSource, device: &Device) -> Result<Self> {
        Ok(Self {
            weight: source.vector(&format!("{name}.weight"), channels, Init::Constant(1.0), device)?,
            bias: source.vector(&format!("{name}.bias"), channels, Init::Constant(0.0), device)?,
        })
    }

    pub fn forward(&self, x: Tensor<4>, swish: bool) -> Tensor<4> {
        group_norm(x, self.weight.vector(), self.bias.vector(), swish)
    }

    pub fn weights(&self) -> Vec<&Weight> {
        vec![&self.weight, &self.bias]
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        vec![&mut self.weight, &mut self.bias]
    }
}

/// norm, swish, conv, norm, swish, conv, plus the input (through a 1x1 convolution where the
/// channels differ).
#[derive(Clone)]
pub struct ResBlock {
    norm1: Norm,
    conv1: Convolution,
    norm2: Norm,
    conv2: Convolution,
    shortcut: Option<Convolution>,
}

impl ResBlock {
    pub fn build(name: &str, input: usize, output: usize, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let three = Conv2d::same(3);
        let of = |what: &str| format!("{name}.{what}");
        Ok(Self {
            norm1: Norm::build(&of("norm1"), input, source, device)?,
            conv1: Convolution::build(&of("conv1"), input, output, three, source, device)?,
            norm2: Norm::build(&of("norm2"), output, source, device)?,
            conv2: Convolution::build(&of("conv2"), output, output, three, source, device)?,
            shortcut: (input != output)
                .then(|| Convolution::build(&of("nin_shortcut"), input, output, Conv2d::same(1), source, device))
                .transpose()?,
        })
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let h = self.conv1.forward(self.norm1.forward(x.clone(), true));
        let h = self.conv2.forward(self.norm2.forward(h, true));
        match &self.shortcut {
            Some(shortcut) => shortcut.forward(x) + h,
            None => x + h,
        }
    }

    pub fn weights(&self) -> Vec<&Weight> {
        let mut weights =
            [self.norm1.weights(), self.conv1.weights(), self.norm2.weights(), self.conv2.weights()].concat();
        weights.extend(self.shortcut.iter().flat_map(Convolution::weights));
        weights
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let mut weights = self.norm1.weights_mut();
        weights.extend(self.conv1.weights_mut());
        weights.extend(self.norm2.weights_mut());
        weights.extend(self.conv2.weights_mut());
        weights.extend(self.shortcut.iter_mut().flat_map(Convolution::weights_mut));
        weights
    }
}

/// Attention of every place to every other, one head, with its residual.
#[derive(Clone)]
pub struct AttnBlock {
    norm: Norm,
    qkv: Convolution,
    proj_out: Convolution,
}

impl AttnBlock {
    pub fn build(name: &str, channels: usize, source: &mut WeightSource, device: &Device) -> Result<Self> {
        let of = |what: &str| format!("{name}.{what}");
        let one = Conv2d::same(1);
        Ok(Self {
            norm: Norm::build(&of("norm"), channels, source, device)?,
            qkv: Convolution::stacked(&[&of("q"), &of("k"), &of("v")], channels, channels, one, source, device)?,
            proj_out: Convolution::build(&of("proj_out"), channels, channels, one, source, device)?,
        })
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let [b, h, w, c] = x.dims();
        let qkv = self.qkv.forward(self.norm.forward(x.clone(), false)).reshape([b, h * w, 3 * c]);
        let starts = Tensor::zeros([b, h * w], &x.device());
        let heads = Heads { query: 1, key_value: 1, size: c };
        let attended = attention(qkv, starts, heads, false).reshape([b, h, w, c]);
        x + self.proj_out.forward(attended)
    }

    pub fn weights(&self) -> Vec<&Weight> {
        [self.norm.weights(), self.qkv.weights(), self.proj_out.weights()].concat()
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let mut weights = self.norm.weights_mut();
        weights.extend(self.qkv.weights_mut());
        weights.extend(self.proj_out.weights_mut());
        weights
    }
}

/// Residual blocks, each followed by attention where the config asks for it.
#[derive(Clone)]
pub struct Level {
    pub blocks: Vec<ResBlock>,
    pub attention: Vec<AttnBlock>,
    /// Halves (encoder) or doubles (decoder) the size behind the blocks; the last level has none.
    pub resample: Option<Convolution>,
}

impl Level {
    pub fn run_blocks(&self, mut x: Tensor<4>) -> Tensor<4> {
        for (i, block) in self.blocks.iter().enumerate() {
            x = block.forward(x);
            if let Some(attention) = self.attention.get(i) {
                x = attention.forward(x);
            }
        }
        x
    }

    pub fn weights(&self) -> Vec<&Weight> {
        let blocks = self.blocks.iter().flat_map(ResBlock::weights);
        let attention = self.attention.iter().flat_map(AttnBlock::weights);
        blocks.chain(attention).chain(self.resample.iter().flat_map(Convolution::weights)).collect()
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let blocks = self.blocks.iter_mut().flat_map(ResBlock::weights_mut);
        let attention = self.attention.iter_mut().flat_map(AttnBlock::weights_mut);
        blocks.chain(attention).chain(self.resample.iter_mut().flat_map(Convolution::weights_mut)).collect()
    }
}

/// The middle, at the lowest resolution: a residual block, attention, a residual block.
#[derive(Clone)]
pub struct Middle {
    block_1: ResBlock,
    attn_1: Option<AttnBlock>,
    block_2: ResBlock,
}

impl Middle {
    pub fn build(
        name: &str,
        channels: usize,
        attends: bool,
        source: &mut WeightSource,
        device: &Device,
    ) -> Result<Self> {
        Ok(Self {
            block_1: ResBlock::build(&format!("{name}.block_1"), channels, channels, source, device)?,
            attn_1: attends
                .then(|| AttnBlock::build(&format!("{name}.attn_1"), channels, source, device))
                .transpose()?,
            block_2: ResBlock::build(&format!("{name}.block_2"), channels, channels, source, device)?,
        })
    }

    pub fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        let mut x = self.block_1.forward(x);
        if let Some(attention) = &self.attn_1 {
            x = attention.forward(x);
        }
        self.block_2.forward(x)
    }

    pub fn weights(&self) -> Vec<&Weight> {
        let attention = self.attn_1.iter().flat_map(AttnBlock::weights);
        self.block_1.weights().into_iter().chain(attention).chain(self.block_2.weights()).collect()
    }

    pub fn weights_mut(&mut self) -> Vec<&mut Weight> {
        let attention = self.attn_1.iter_mut().flat_map(AttnBlock::weights_mut);
        self.block_1.weights_mut().into_iter().chain(attention).chain(self.block_2.weights_mut()).collect()
    }
}
