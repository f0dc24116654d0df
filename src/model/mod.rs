//! Codes and text tokens to logits: the transformer, its weights, and checkpoints.

mod attended;
mod cache;
pub mod checkpoint;
pub mod transformer;
pub mod weight;

pub use cache::Cache;
pub use checkpoint::Checkpoint;
pub use transformer::{Piece, Rows, Transformer};
pub use weight::{Tensors, Weight, WeightRole, WeightSource};
