//! Training, in any stage: data, batches, objectives, the optimizer and the run that survives a
//! kill.

pub mod batch;
#[cfg(feature = "native")]
pub mod codebook;
pub mod data;
#[cfg(feature = "native")]
pub mod language;
pub mod optimizer;
#[cfg(feature = "native")]
pub mod plot;
#[cfg(feature = "native")]
pub mod prefetch;
#[cfg(feature = "native")]
pub mod recipe;
#[cfg(feature = "native")]
pub mod run;
pub mod schedule;
#[cfg(feature = "native")]
pub mod tokenizer;
#[cfg(feature = "native")]
pub mod validate;

/// Trains what the recipe says, in `runs/<name>`.
#[cfg(feature = "native")]
pub fn train(recipe: &std::path::Path, resume: bool, runs: &std::path::Path) -> crate::error::Result<()> {
    let recipe = recipe::Recipe::load(recipe)?;
    let mut run = run::Run::open(runs.join(&recipe.name), &recipe, resume)?;
    if recipe.bfloat16 && !crate::kernels::cpu::allow_bfloat16(true) {
        eprintln!("This processor has no bfloat16 products: the run goes on in f32, at about half the speed.");
    }
    let device = burn::tensor::Device::flex();
    let bank = std::sync::Arc::new(crate::tasks::Bank::load(std::path::Path::new("data"))?);
    match &recipe.stage {
        recipe::Stage::Tokenizer(stage) => tokenizer::train(&recipe, stage, bank, &mut run, &device),
        recipe::Stage::Language(stage) => language::train(&recipe, stage, bank, &mut run, &device),
    }
}
