//! Omni-R1 in the browser.
#[cfg(feature = "bench")]
pub mod bench;
pub mod bundle;
pub mod config;
pub mod error;
pub mod eval;
pub mod generate;
pub mod input;
pub mod kernels;
pub mod model;
#[cfg(feature = "native")]
pub mod paths;
pub mod tasks;
pub mod tokens;
pub mod train;
pub mod vq;
#[cfg(target_arch = "wasm32")]
pub mod web;
#[cfg(all(target_arch = "wasm32", feature = "bench"))]
pub mod web_bench;
#[cfg(all(target_arch = "wasm32", feature = "webgpu"))]
pub mod web_kernels;
