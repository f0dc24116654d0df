//! The same cases as benchmarks, at the sizes of the shipped model and of the race against other
//! programs: checked first, then timed.

use super::picture_cases::{self, conv2d_case, picture};
use super::{Case, Layout, Leaves, Op, cases, decode_cases, leaves, read, upstream};
use crate::kernels::variants::{Sums, Tiling, Variants, prefer, preferred};
use crate::kernels::{Conv2d, Heads, Transpose};
use burn::tensor::{Device, Tensor};
use serde::Serialize;
use web_time::Instant;

/// A case with its cost.
pub struct Timed {
    /// The op with this one case.
    pub op: Op,
    /// Floating-point operations of the forward pass.
    pub work: f64,
}

impl Timed {
    fn new(op: &str, case: Case, work: f64) -> Self {
        Self { op: Op::new(op, vec![case]), work }
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.op.name, self.case().name)
    }

    pub fn case(&self) -> &Case {
        &self.op.cases[0]
    }
}

/// `m x n x k` as a linear layer.
fn product(m: usize, n: usize, k: usize, transpose: Transpose) -> Timed {
    Timed::new("matmul", cases::matmul_case((m, n, k), transpose), 2.0 * (m * n * k) as f64)
}

/// A square product, as other programs do it: neither side transposed.
pub fn square(n: usize) -> Timed {
    product(n, n, n, Transpose::None)
}

/// Causal attention of one document of `t` tokens, 4 heads of 32.
pub fn causal(t: usize) -> Timed {
    let heads = Heads { query: 4, key_value: 4, size: 32 };
    let work = 4 * heads.query * heads.size * t * (t + 1) / 2;
    Timed::new("attention", cases::attention_case(heads, 1, &[t], true), work as f64)
}

/// Attention of a draft's tokens, and of the one before it, to a cache that holds 400.
fn drafted() -> Timed {
    let heads = Heads { query: 6, key_value: 6, size: 32 };
    let rows: &[decode_cases::GoesOn] = &[(0, 400, 9)];
    let work = 4 * heads.query * heads.size * (401..=409).sum::<usize>();
    Timed::new("attention_cached", decode_cases::attention_cached_case(heads, 1, 512, rows), work as f64)
}

/// A 3x3 convolution of a square picture, as many channels out as in.
pub fn convolution(side: usize, channels: usize) -> Timed {
    let work = 2 * 9 * side * side * channels * channels;
    Timed::new("conv2d", conv2d_case(picture(1, side, side, channels), channels, Conv2d::same(3)), work as f64)
}

/// What the shipped model spends its time on.
pub fn of_the_model() -> Vec<Timed> {
    vec![
        product(1, 2048, 192, Transpose::Right),
        product(9, 2048, 192, Transpose::Right),
        drafted(),
        product(256, 576, 192, Transpose::Right),
        product(256, 192, 512, Transpose::None),
        product(192, 576, 256, Transpose::Left),
        causal(256),
        convolution(16, 64),
    ]
}

/// The ops that have variants, at the model's sizes, with the names of the variants.
pub fn with_variants(subgroups: bool) -> Vec<(Timed, Vec<(String, Variants)>)> {
    let tilings = || {
        let named = |tiling| (format!("{tiling:?}"), Variants { tiling, ..Variants::PLAIN });
        Tiling::ALL.into_iter().map(named).collect::<Vec<_>>()
    };
    let several = || {
        let plain = Variants::PLAIN;
        vec![("singly".into(), plain), ("several together".into(), Variants { several: true, ..plain })]
    };
    let sums = || {
        let named = |sums: Sums| (sums.name().into(), Variants { sums, ..Variants::PLAIN });
        Sums::available(subgroups).map(named).collect::<Vec<_>>()
    };
    let untimed = |op: &str, case| Timed::new(op, case, 0.0);
    vec![
        (product(1, 576, 192, Transpose::Right), tilings()),
        (product(256, 576, 192, Transpose::Right), tilings()),
        (product(256, 192, 512, Transpose::None), tilings()),
        (product(192, 576, 256, Transpose::Left), tilings()),
        (causal(256), several()),
        (causal(900), several()),
        (untimed("rms_norm", cases::rms_norm_case(1, 192, 1.0)), sums()),
        (untimed("rms_norm", cases::rms_norm_case(128, 64, 1.0)), sums()),
        (untimed("rms_norm", cases::rms_norm_case(2048, 192, 1.0)), sums()),
        (untimed("cross_entropy", cases::cross_entropy_case(256, 2048, 4.0)), sums()),
        (untimed("group_norm", picture_cases::group_norm_case(picture(8, 16, 16, 64), 1.0, true)), sums()),
    ]
}

/// One variant's medians in milliseconds, of a forward pass and with the backward pass.
#[derive(Clone, Debug, Serialize)]
pub struct VariantTiming {
    pub variant: String,
    pub forward: f64,
    pub both: Option<f64>,
}

/// The variants of one op in rounds that take turns, after one that isn't counted.
pub async fn compare(
    timed: Timed,
    variants: &[(String, Variants)],
    device: &Device,
    rounds: usize,
) -> Result<Vec<VariantTiming>, String> {
    const REPEATS: usize = 4;
    let (in_use, prepared) = (preferred(), Prepared::new(timed, device));
    let mut times = vec![(Vec::new(), Vec::new()); variants.len()];
    for round in 0..=rounds {
        for ((_, variant), (forward, both)) in variants.iter().zip(&mut times) {
            prefer(*variant);
            let ms = prepared.forward(REPEATS).await? / REPEATS as f64;
            let whole = prepared.both().await?;
            if round > 0 {
                forward.push(ms);
                both.extend(whole);
            }
        }
    }
    prefer(in_use);
    let timings = variants.iter().zip(times).map(|((name, _), (mut forward, mut both))| VariantTiming {
        variant: name.clone(),
        forward: median(&mut forward),
        both: (!both.is_empty()).then(|| median(&mut both)),
    });
    Ok(timings.collect())
}

/// The inputs of a case on a device, ready to run again and again.
pub struct Prepared {
    timed: Timed,
    device: Device,
    leaves: Leaves,
}

/// Medians, in milliseconds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Timing {
    pub forward: f64,
    /// Of the forward pass: 10^9 operations a second.
    pub gflops: f64,
    /// Forward and backward; None where there is no gradient.
    pub both: Option<f64>,
}

/// So long a measurement takes at least, if it can be repeated: clocks are coarse in browsers.
const LONG_ENOUGH_MS: f64 = 20.0;
const MOST_REPEATS: f64 = 50.0;

impl Prepared {
    pub fn new(timed: Timed, device: &Device) -> Self {
        let tracked = leaves(timed.case(), device, Layout::Rows);
        let differentiable = timed.case().backward.is_some();
        let plain = |leaf: Tensor<1>| if differentiable { leaf.inner() } else { leaf };
        let leaves = tracked.leaves.into_iter().map(|(leaf, shape)| (plain(leaf), shape)).collect();
        let leaves = Leaves { leaves, device: device.clone(), layout: Layout::Rows };
        Self { timed, device: device.clone(), leaves }
    }

    /// Milliseconds of `times` forward passes, until the last result is there.
    pub async fn forward(&self, times: usize) -> Result<f64, String> {
        let begin = Instant::now();
        let mut last = None;
        for _ in 0..times {
            last = Some((self.timed.case().kernel)(&self.leaves).flat);
        }
        wait(last).await?;
        Ok(begin.elapsed().as_secs_f64() * 1e3)
    }

    /// Milliseconds of a forward and a backward pass; None where there is no gradient.
    pub async fn both(&self) -> Result<Option<f64>, String> {
        let case = self.timed.case();
        if case.backward.is_none() {
            return Ok(None);
        }
        let tracked = leaves(case, &self.device, Layout::Rows);
        for (leaf, _) in &tracked.leaves {
            wait(Some(leaf.clone().inner())).await?;
        }
        let begin = Instant::now();
        let output = (case.kernel)(&tracked);
        let (_, upstream) = upstream(&output, &tracked.device, Layout::Rows);
        let gradients = (output.flat * upstream).sum().backward();
        for (leaf, _) in &tracked.leaves {
            wait(leaf.grad(&gradients)).await?;
        }
        Ok(Some(begin.elapsed().as_secs_f64() * 1e3))
    }

    /// The medians of `rounds`, after one that isn't counted.
    pub async fn time(&self, rounds: usize) -> Result<Timing, String> {
        self.forward(1).await?;
        let repeats = (LONG_ENOUGH_MS / self.forward(1).await?).clamp(1.0, MOST_REPEATS) as usize;
        let (mut forward, mut both) = (Vec::new(), Vec::new());
        self.both().await?;
        for _ in 0..rounds {
            forward.push(self.forward(repeats).await? / repeats as f64);
            both.extend(self.both().await?);
        }
        let ms = median(&mut forward);
        let both = (!both.is_empty()).then(|| median(&mut both));
        Ok(Timing { forward: ms, gflops: self.timed.work / ms / 1e6, both })
    }

    /// The whole result.
    pub async fn output(&self) -> Result<Vec<f32>, String> {
        read((self.timed.case().kernel)(&self.leaves).flat).await
    }

    pub fn timed(&self) -> &Timed {
        &self.timed
    }
}

/// Until the device has made this.
async fn wait(tensor: Option<Tensor<1>>) -> Result<(), String> {
    match tensor {
        Some(tensor) if tensor.dims()[0] > 0 => read(tensor.narrow(0, 0, 1)).await.map(|_| ()),
        _ => Ok(()),
    }
}

/// The middle one of some times.
pub fn median(times: &mut [f64]) -> f64 {
    times.sort_by(f64::total_cmp);
    times.get(times.len() / 2).copied().unwrap_or(f64::NAN)
}
