//! Codes and text tokens to logits: the transformer, its weights, and checkpoints.

pub mod checkpoint;
pub mod transformer;
pub mod weight;

pub use checkpoint::Checkpoint;
pub use transformer::{Cache, Piece, Rows, Transformer};
pub use weight::{Role, Source, Tensors, Weight};
