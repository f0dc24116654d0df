//! The oracle: writes a sequence with a full forward pass for each token, no cache and no shortcut.
//! The engine must write the same tokens.

use super::engine::Settings;
use super::{LanguageModel, Sampler};
use crate::error::Result;
use crate::tokens::{Grammar, Token};

/// All tokens that follow `prompt`, every picture imagined.
pub async fn naive<M: LanguageModel>(
    model: &mut M,
    grammar: &Grammar<'_>,
    prompt: &[Token],
    settings: &Settings,
) -> Result<Vec<Token>> {
    let mut sampler = Sampler::new(settings.seed);
    let mut tokens = prompt.to_vec();
    let mut state = grammar.read(prompt)?;
    while !state.ended() {
        model.reset();
        let logits = model.feed(&tokens).await?;
        let allowed = grammar.allowed(&state);
        let sampling = if state.cell().is_some() { settings.picture } else { settings.text };
        let token = match grammar.forced(allowed) {
            Some(token) => token,
            None => sampler.pick(&logits, &grammar.ranges(allowed), sampling)?,
        };
        state = grammar.advance(&state, token)?;
        tokens.push(token);
    }
    Ok(tokens.split_off(prompt.len()))
}
