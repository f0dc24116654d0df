//! Training of the picture tokenizer for the page, which asks for its steps as for those of a `Trainer`.

use super::JsResult;
use super::trainer::{Page, commonest_type, export, files_of, js_files, recipe_of};
use super::{Session, bytes, to_js};
use crate::bundle::ModelBundle;
use crate::error::Result;
use crate::generate::events;
use crate::model::checkpoint::read_tensors;
use crate::train::tokenizer::TokenizerTrainer as Run;
use crate::vq::pixels::from_folded;
use js_sys::{Function, Object};
use serde::Serialize;
use wasm_bindgen::prelude::*;

/// Held-out pictures that are shown.
const SHOWN: usize = 6;

/// A run of training on the VQ-GAN.
#[wasm_bindgen]
pub struct TokenizerTrainer {
    run: Run,
    /// The transformer and the vocabulary that an export holds beside it.
    model: ModelBundle,
    tokenizer: Vec<u8>,
}

/// A held-out picture, and what comes back from its codes.
#[derive(Serialize)]
struct Reconstructions {
    #[serde(serialize_with = "bytes")]
    png: Vec<u8>,
    #[serde(serialize_with = "bytes")]
    again: Vec<u8>,
}

#[wasm_bindgen]
impl Session {
    /// Begins a run of a recipe (JSON) on the VQ-GAN of a model, or anew where it isn't `known`, or goes on
    /// from the files of `saved`, an object of byte arrays by name.
    pub async fn train_tokenizer(
        &self,
        recipe: &str,
        known: bool,
        config: &[u8],
        tokenizer: &[u8],
        weights: &[u8],
        saved: &JsValue,
    ) -> JsResult<TokenizerTrainer> {
        let recipe = recipe_of(recipe)?;
        let bank = self.bank.borrow().clone();
        commonest_type(&recipe, &bank)?;
        let resume = saved.dyn_ref::<Object>().map(files_of).transpose()?;
        let model = ModelBundle::from_bytes(config, tokenizer, weights, &self.device)?;
        let from = known.then(|| read_tensors(weights)).transpose()?;
        let run = Run::open(recipe, model.config.clone(), from, resume.as_ref(), bank, &self.device).await?;
        Ok(TokenizerTrainer { run, model, tokenizer: tokenizer.to_vec() })
    }
}

#[wasm_bindgen]
impl TokenizerTrainer {
    /// One step of the optimizer: its number, the pictures so far, and what it measured. `pause` is called
    /// once the pictures are drawn, and its promise awaited; one of `false` ends the step, with nothing
    /// changed.
    pub async fn step(&mut self, pause: Function) -> JsResult {
        let mut row = self.run.step(&mut Page::new(pause, None)).await?.means();
        row.insert("step".into(), self.run.progress.step.into());
        row.insert("seen".into(), self.run.progress.seen.into());
        Ok(to_js(&row))
    }

    /// Whether the last step of the schedule was taken.
    pub fn done(&self) -> bool {
        self.run.done()
    }

    /// How well batch `number` of held-out pictures comes back.
    pub async fn held_out(&self, number: u32) -> JsResult {
        Ok(to_js(&self.run.held_out(number as usize).await?.means()))
    }

    /// Held-out pictures beside what the VQ-GAN as it is now makes of them.
    pub async fn reconstructions(&self) -> JsResult {
        let config = &self.run.vq.config;
        let [originals, copies] = self.run.reconstructions(SHOWN).await?;
        let size = originals.len() / SHOWN;
        let png = |values: &[f32]| events::png(&from_folded(values, config.picture_size(), config.fold()));
        let pairs = originals.chunks_exact(size).zip(copies.chunks_exact(size));
        let reconstructions =
            pairs.map(|(original, copy)| Ok(Reconstructions { png: png(original)?, again: png(copy)? }));
        Ok(to_js(&reconstructions.collect::<Result<Vec<_>>>()?))
    }

    /// Everything that the run needs to go on, as byte arrays by name.
    pub async fn checkpoint(&self) -> JsResult {
        js_files(self.run.checkpoint().await?)
    }

    /// The model with this VQ-GAN as a checkpoint in the layout of the shipped ones, in half precision. Only
    /// where the codes were kept does its transformer still understand them.
    pub async fn export(&self) -> JsResult {
        let ModelBundle { config, language, .. } = &self.model;
        export(config.clone(), &self.tokenizer, &language.transformer, &self.run.vq).await
    }
}
