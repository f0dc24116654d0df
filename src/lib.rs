//! Omni-R1 in the browser.
pub mod error;
pub mod kernels;
