//! The door for kernels.html: the proof of the kernels on this machine's graphics processor.

use burn::tensor::Device;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use crate::kernels::autotune::{Adapter, open_webgpu};
use crate::kernels::check::timing::{self, Prepared};
use crate::kernels::check::{self, Op};
use crate::kernels::variants::{Tuning, preferred};
use crate::web::to_js;

/// The table of cases, and the device to run them on.
#[wasm_bindgen]
pub struct Kernels {
    device: Device,
    adapter: Adapter,
    ops: Vec<Op>,
}

/// What there is to run.
#[derive(Serialize)]
struct Contents<'a> {
    adapter: &'a str,
    software: bool,
    variants: String,
    /// To be kept for the next time, if variants were measured.
    tuned: Option<&'a str>,
    ops: Vec<Listed<'a>>,
    timings: usize,
    comparisons: usize,
}

#[derive(Serialize)]
struct Listed<'a> {
    name: &'a str,
    cases: Vec<&'a str>,
}

#[derive(Serialize)]
struct Measured {
    name: String,
    #[serde(flatten)]
    timing: timing::Timing,
}

#[derive(Serialize)]
struct Comparison {
    name: String,
    variants: Vec<timing::VariantTiming>,
}

#[wasm_bindgen]
impl Kernels {
    /// `tuning` says how the variants are chosen: see [`Tuning`].
    pub async fn open(tuning: Option<String>) -> Result<Kernels, JsValue> {
        let tuning = tuning.map_or(Ok(Tuning::Auto), |text| text.parse())?;
        let (device, adapter) = open_webgpu(|_| tuning).await?;
        let ops = check::table().into_iter().chain(check::variants(adapter.subgroups)).collect();
        Ok(Kernels { device, adapter, ops })
    }

    pub fn contents(&self) -> JsValue {
        let listed = |op| {
            let Op { name, cases, .. }: &Op = op;
            Listed { name, cases: cases.iter().map(|case| case.name.as_str()).collect() }
        };
        to_js(&Contents {
            adapter: &self.adapter.name,
            software: self.adapter.software,
            variants: preferred().to_string(),
            tuned: self.adapter.tuned.as_deref(),
            ops: self.ops.iter().map(listed).collect(),
            timings: timing::of_the_model().len(),
            comparisons: timing::with_variants(self.adapter.subgroups).len(),
        })
    }

    /// The worst errors of one case of one op; a fault is thrown as a sentence.
    pub async fn check(&self, op: usize, case: usize) -> Result<JsValue, JsValue> {
        let op = self.ops.get(op).ok_or("there is no such op")?;
        let case = op.cases.get(case).ok_or("there is no such case")?;
        Ok(to_js(&check::compare(op, case, &self.device).await?))
    }

    /// Name and medians of one of the timings.
    pub async fn time(&self, index: usize, rounds: usize) -> Result<JsValue, JsValue> {
        let timed = timing::of_the_model().into_iter().nth(index).ok_or("there is no such timing")?;
        let name = timed.name();
        let timing = Prepared::new(timed, &self.device).time(rounds).await?;
        Ok(to_js(&Measured { name, timing }))
    }

    /// Name and medians of the variants of one of the ops that have some.
    pub async fn compare(&self, index: usize, rounds: usize) -> Result<JsValue, JsValue> {
        let comparisons = timing::with_variants(self.adapter.subgroups);
        let (timed, variants) = comparisons.into_iter().nth(index).ok_or("there is no such comparison")?;
        let name = timed.name();
        let variants = timing::compare(timed, &variants, &self.device, rounds).await?;
        Ok(to_js(&Comparison { name, variants }))
    }
}
