//! Sizes of models.

use super::vq::VqConfig;

/// What a preset fixes.
#[derive(Clone, Copy)]
pub(super) struct Shape {
    pub(super) hidden: usize,
    pub(super) intermediate: usize,
    pub(super) layers: usize,
    pub(super) heads: usize,
    pub(super) key_value_heads: usize,
    /// Longest sequence.
    pub(super) context: usize,
    /// Norms behind attention and MLP instead of before them.
    pub(super) swin_norm: bool,
}

impl Shape {
    const fn new(hidden: usize, intermediate: usize, layers: usize, heads: usize, context: usize) -> Self {
        Self { hidden, intermediate, layers, heads, key_value_heads: heads, context, swin_norm: false }
    }
}

/// From 1 M to 34 B parameters in the blocks, each with the VQ-GAN that it has where none is named.
pub(super) type Preset = (&'static str, Shape, fn() -> VqConfig);

pub(super) const PRESETS: [Preset; 9] = [
    ("nano", Shape::new(128, 352, 4, 4, 1024), VqConfig::of_64_codes),
    ("mini", Shape::new(192, 512, 6, 6, 1024), VqConfig::of_64_codes),
    ("mini-144", Shape::new(192, 512, 6, 6, 2048), VqConfig::of_144_codes),
    ("small", Shape::new(768, 2048, 12, 12, 4096), VqConfig::of_64_codes),
    ("medium", Shape::new(1024, 2816, 24, 16, 4096), VqConfig::of_64_codes),
    ("large", Shape::new(2048, 5504, 22, 16, 4096), VqConfig::of_64_codes),
    ("xl", Shape::new(2560, 6912, 32, 20, 4096), VqConfig::of_64_codes),
    ("chameleon_7b", Shape::new(4096, 11008, 32, 32, 4096), VqConfig::of_64_codes),
    (
        "chameleon_34b",
        Shape { key_value_heads: 8, swin_norm: true, ..Shape::new(8192, 22016, 48, 64, 4096) },
        VqConfig::of_64_codes,
    ),
];
