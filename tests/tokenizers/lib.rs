//! src/tokens by itself: it needs no tensors, and nothing of the library but its errors.

#[path = "../../src/error.rs"]
pub mod error;
#[path = "../../src/tokens/mod.rs"]
pub mod tokens;
