//! The shape of a VQ-GAN.

use serde::{Deserialize, Serialize};

/// `vq_config`: the VQ-GAN.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(default)]
pub struct VqConfig {
    /// Elements of a codebook row.
    pub embed_dim: usize,
    /// Rows of the codebook.
    pub num_embeddings: usize,
    /// Channels between encoder and `quant_conv`.
    pub latent_channels: usize,
    /// Side of the encoder's input. With more than 3 input channels the picture is folded first,
    /// see [`VqConfig::fold`].
    pub resolution: usize,
    pub in_channels: usize,
    pub base_channels: usize,
    pub channel_multiplier: Vec<usize>,
    pub num_res_blocks: usize,
    pub attn_resolutions: Option<Vec<usize>>,
    /// `vanilla`, or `none` for no attention at all.
    #[serde(serialize_with = "attention_by_name")]
    pub attn_type: Option<String>,
    pub double_latent: bool,
    pub dropout: f32,
    #[serde(flatten)]
    pub other: serde_json::Map<String, serde_json::Value>,
}

impl Default for VqConfig {
    fn default() -> Self {
        Self {
            embed_dim: 256,
            num_embeddings: 8192,
            latent_channels: 256,
            resolution: 512,
            in_channels: 3,
            base_channels: 128,
            channel_multiplier: vec![1, 1, 2, 2, 4],
            num_res_blocks: 2,
            attn_resolutions: None,
            attn_type: default_attention(),
            double_latent: false,
            dropout: 0.0,
            other: serde_json::Map::new(),
        }
    }
}

fn default_attention() -> Option<String> {
    Some("vanilla".into())
}

/// `null` is read as no attention, but `transformers` takes the word alone.
fn attention_by_name<S: serde::Serializer>(
    attention: &Option<String>,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(attention.as_deref().unwrap_or("none"))
}

impl VqConfig {
    /// 96x96 pixels to 12x12 of 1024 codes, without attention: what small readers find in a picture is nearly all
    /// in these codes, where 64 keep some four fifths of it, however large the codebook.
    pub fn of_144_codes() -> Self {
        Self { resolution: 24, attn_type: None, ..Self::of_64_codes() }
    }

    /// 64x64 pixels to 8x8 of 1024 codes. The picture is folded 4x4 first (48 channels at 16x16),
    /// so that the convolutions run at 16x16 and 8x8 only: affordable on a CPU.
    pub fn of_64_codes() -> Self {
        Self {
            embed_dim: 32,
            num_embeddings: 1024,
            latent_channels: 64,
            resolution: 16,
            in_channels: 48,
            base_channels: 64,
            channel_multiplier: vec![1, 1],
            num_res_blocks: 1,
            attn_resolutions: None,
            attn_type: default_attention(),
            double_latent: false,
            dropout: 0.0,
            other: serde_json::Map::new(),
        }
    }

    /// Pixels that are folded into channels along each side before the encoder: 1 for plain RGB,
    /// 4 for 48 input channels.
    pub fn fold(&self) -> usize {
        (self.in_channels / 3).isqrt()
    }
    /// Side of a picture in pixels.
    pub fn picture_size(&self) -> usize {
        self.resolution * self.fold()
    }
    /// Side of the grid of codes.
    pub fn grid(&self) -> usize {
        self.resolution >> (self.channel_multiplier.len() - 1)
    }
    pub fn has_attention(&self) -> bool {
        self.attn_type.as_deref() == Some("vanilla")
    }
    /// Whether residual blocks at this resolution are followed by attention.
    pub fn attends_at(&self, resolution: usize) -> bool {
        self.has_attention() && self.attn_resolutions.as_ref().is_some_and(|r| r.contains(&resolution))
    }
    /// Channels at each level, from full resolution down.
    pub fn channels(&self) -> Vec<usize> {
        self.channel_multiplier.iter().map(|m| m * self.base_channels).collect()
    }
}
