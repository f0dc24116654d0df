//! Training, in any stage.
//!
//! | file | what |
//! |---|---|
//! | `recipe`, `checks`, `lines`, `schedule` | what is trained, on what, how long; which values can be used |
//! | `sample`, `mix`, `data`, `custom`, `batch` | items and custom examples -> documents -> packed rows with their targets |
//! | `language`, `perception` | cross-entropy on documents, and PeSFT's perception loss |
//! | `rollout`, `score` | sampled answers, and their log-probabilities over the same choices |
//! | `reward`, `accuracy`, `actions`, `roughness`, `advantage`, `objective` | PeRPO's numbers: no tensors in here |
//! | `agreement`, `gain` | what a drawing shows, and what it brings |
//! | `perpo`, `group`, `policy` | a step of PeRPO: its groups, and what is learned from them |
//! | `headroom` | what PeRPO could win on each task type |
//! | `synthetic`, `zero` | Zero's examples |
//! | `optimizer`, `learner` | weights that move against their gradients |
//! | `cores` | parts of a step side by side |
//! | `row`, `validate` | what a step measured; what the model gets right |
//! | `host` | who takes the steps, as a step knows them |
//! | `fits` | whether what a run is given fits it |
//! | `start`, `trainer` | what a run starts from; a run as a value: one step at a time, its state as files |
//! | `native`, `run`, `prefetch`, `plot` | drives either on this machine; the run that survives a kill |
//! | `pipeline`, `lock` | the stages that make a model, in order; what each made |
//! | `hashes` | hashes beside files |
//! | `shards`, `question` | what a run sees, written ahead for other engines; a question as they are given it |
//! | `tokenizer`, `pictures`, `codebook` | a run on the VQ-GAN, what it looks at, and its codes |
//! | `reader` | a small reader of pictures, and what it is asked |
//! | `probe`, `fidelity` | what the codes of a VQ-GAN still tell, and how near pictures come back from them |

pub mod accuracy;
pub mod actions;
pub mod advantage;
pub mod agreement;
pub mod batch;
pub mod checks;
pub mod codebook;
pub mod cores;
pub mod custom;
pub mod data;
#[cfg(feature = "native")]
pub mod fidelity;
pub mod fits;
pub mod gain;
pub mod group;
#[cfg(feature = "native")]
pub mod hashes;
#[cfg(feature = "native")]
pub mod headroom;
pub mod host;
pub mod language;
pub mod learner;
#[cfg(feature = "native")]
pub mod lines;
#[cfg(feature = "native")]
pub mod lock;
pub mod mix;
#[cfg(feature = "native")]
pub mod native;
pub mod objective;
pub mod optimizer;
pub mod perception;
pub mod perpo;
pub mod pictures;
#[cfg(feature = "native")]
pub mod pipeline;
#[cfg(feature = "native")]
pub mod plot;
pub mod policy;
#[cfg(feature = "native")]
pub mod prefetch;
#[cfg(feature = "native")]
pub mod probe;
#[cfg(feature = "native")]
pub mod question;
pub mod reader;
pub mod recipe;
pub mod reward;
pub mod rollout;
pub mod roughness;
pub mod row;
#[cfg(feature = "native")]
pub mod run;
pub mod sample;
pub mod schedule;
pub mod score;
#[cfg(feature = "native")]
pub mod shards;
pub mod start;
pub mod synthetic;
pub mod tokenizer;
pub mod trainer;
pub mod validate;
pub mod zero;

#[cfg(feature = "native")]
pub use native::{train, train_recipe};
pub use start::{Files, Progress, Start};
pub use trainer::Trainer;

#[cfg(all(test, feature = "native"))]
mod annotated_tests;
#[cfg(all(test, feature = "native"))]
mod perpo_tests;
#[cfg(all(test, feature = "native"))]
mod reward_tests;
#[cfg(all(test, feature = "native"))]
mod tokenizer_tests;
#[cfg(all(test, feature = "native"))]
mod trainer_tests;
#[cfg(all(test, feature = "native"))]
mod zero_tests;
