//! The model's hot operations, one file an op: the maths and shapes, the CPU implementation, the
//! WebGPU launch of the shader of the same name, and the backward pass, written once for both (`autodiff`).
//!
//! Each op is a Burn backend extension: a trait implemented for `Flex` (CPU), for `CubeBackend`
//! (WebGPU) and, with the hand-written gradient, for `Autodiff` over either. The free functions
//! are what the model calls.

pub mod adamw;
pub mod attention;
pub mod attention_cached;
mod autodiff;
#[cfg(feature = "webgpu")]
pub mod autotune;
pub mod check;
pub mod code_distance;
pub mod conv2d;
#[cfg(feature = "cpu")]
pub mod cpu;
#[cfg(all(feature = "cpu", any(all(target_arch = "x86_64", target_feature = "avx512f"), target_arch = "wasm32")))]
mod cpu_gemm;
#[cfg(all(feature = "cpu", any(all(target_arch = "x86_64", target_feature = "fma"), target_arch = "wasm32")))]
mod cpu_lanes;
#[cfg(feature = "cpu")]
pub mod cpu_product;
#[cfg(feature = "cpu")]
mod cpu_rows;
pub mod cross_entropy;
pub mod embedding;
pub mod fused_linear;
#[cfg(feature = "webgpu")]
mod gpu;
pub mod group_norm;
mod heads;
pub mod masked_nll;
pub mod matmul;
#[cfg(feature = "webgpu")]
pub mod memory;
pub mod nearest_code;
pub mod qk_norm_rope;
pub mod rms_norm;
pub mod row_product;
pub mod sample;
pub mod shaders;
pub mod sum_squares;
pub mod swiglu;
pub mod upsample;
pub mod variants;

pub use adamw::{AdamWStep, adamw};
pub use attention::attention;
pub use attention_cached::{Places, attention_cached};
pub use code_distance::code_distance;
pub use conv2d::{Conv2d, conv2d};
pub use cross_entropy::cross_entropy;
pub use embedding::embedding;
pub use fused_linear::{added_linear, gated_linear, normed_linear};
pub use group_norm::group_norm;
pub use heads::{Heads, Rope};
pub use masked_nll::{Choices, masked_nll};
pub use matmul::{Transpose, linear, matmul};
pub use nearest_code::nearest_code;
pub use qk_norm_rope::qk_norm_rope;
pub use rms_norm::rms_norm;
pub use sample::Draw;
pub use sum_squares::sum_squares;
pub use swiglu::swiglu;
pub use upsample::upsample;
