//! Training, in any stage.
//!
//! | file | what |
//! |---|---|
//! | `recipe`, `schedule` | what is trained, on what, how long |
//! | `data`, `batch` | items -> documents -> packed rows with their targets |
//! | `language` | cross-entropy on documents |
//! | `optimizer`, `learner` | weights that move against their gradients |
//! | `row`, `validate` | what a step measured; what the model gets right |
//! | `trainer` | a run as a value: one step at a time, its state as files |
//! | `native`, `run`, `prefetch`, `plot` | drives it on this machine; the run that survives a kill |
//! | `tokenizer`, `codebook` | the VQ-GAN, natively alone |

pub mod batch;
#[cfg(feature = "native")]
pub mod codebook;
pub mod data;
pub mod language;
pub mod learner;
#[cfg(feature = "native")]
pub mod native;
pub mod optimizer;
#[cfg(feature = "native")]
pub mod plot;
#[cfg(feature = "native")]
pub mod prefetch;
pub mod recipe;
pub mod row;
#[cfg(feature = "native")]
pub mod run;
pub mod schedule;
#[cfg(feature = "native")]
pub mod tokenizer;
pub mod trainer;
pub mod validate;

#[cfg(feature = "native")]
pub use native::train;
pub use trainer::{Files, Progress, Start, Trainer};
