//! src/tokens by itself: it needs no tensors, and nothing of the library but its errors and how files are read.

#[path = "../../src/error.rs"]
pub mod error;
#[path = "../../src/input.rs"]
pub mod input;
#[path = "../../src/tokens/mod.rs"]
pub mod tokens;
