//! Whether what a run is given fits it.

use crate::config::ModelConfig;
use crate::error::{Error, Result};
use crate::tokens::Sequence;
use crate::tokens::grammar::SHORTEST_REPLY;
use crate::train::batch::Labelled;
use crate::train::data::DataSource;
use crate::train::recipe::{Recipe, Stage};
use crate::train::start::{Files, file};

/// The documents that wait for the next batch, in a checkpoint.
pub(super) const WAITING: &str = "waiting.json";

/// The documents that a checkpoint keeps for the next batch.
pub(super) fn waiting(files: &Files, config: &ModelConfig, recipe: &Recipe) -> Result<Vec<Labelled>> {
    let damaged = |why: String| Error::checkpoint(format!("{WAITING} is damaged: {why}."), "Start the run anew.");
    let Ok(bytes) = file(files, WAITING) else { return Ok(Vec::new()) };
    let waiting: Vec<Labelled> = serde_json::from_slice(bytes).map_err(|e| damaged(e.to_string()))?;
    let length = recipe.language().map_or(0, |stage| stage.length);
    let good = |Labelled { sequence: Sequence { tokens, roles }, .. }: &Labelled| {
        let known = tokens.iter().all(|token| (token.0 as usize) < config.vocab_size);
        known && tokens.len() == roles.len() && (1..=length).contains(&tokens.len())
    };
    if waiting.iter().all(good) { Ok(waiting) } else { Err(damaged("its documents aren't this run's".into())) }
}

/// An example of one's own that no row has room for would never be seen.
pub(super) fn custom_fit(recipe: &Recipe, data: &DataSource, config: &ModelConfig) -> Result<()> {
    let row = match &recipe.stage {
        Stage::Perpo(stage) => stage.length.min(config.max_position_embeddings),
        _ => recipe.language().map_or(usize::MAX, |stage| stage.length),
    };
    let samples = data.custom.iter().flat_map(|own| own.samples.iter());
    for (number, sample) in samples.enumerate() {
        let tokens = match &recipe.stage {
            Stage::Perpo(_) => data.prompt_length(sample)? + SHORTEST_REPLY,
            _ => data.document_length(sample)?,
        };
        if tokens > row {
            return Err(Error::config(
                format!("Example {} takes {tokens} tokens, but a row has {row}.", number + 1),
                "Shorten its words or leave out steps, or raise length in the recipe.",
            ));
        }
    }
    Ok(())
}
