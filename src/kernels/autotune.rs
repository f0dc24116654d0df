//! Opens WebGPU, and finds the variants of its shaders that suit the adapter: short measurements on layers of the model's
//! size.

use crate::error::{Error, Result};
use crate::kernels::variants::{Sums, Tiling, Tuning, Variants, prefer};
use crate::kernels::{Heads, attention, group_norm, linear, rms_norm};
use burn::tensor::{Device, Int, Tensor, TensorData};
use burn_cubecl::cubecl::wgpu::wgpu::{DeviceType, Features};
use web_time::Instant;

/// What runs the shaders.
#[derive(Clone, Debug)]
pub struct Adapter {
    /// As the driver says it; empty where a browser keeps it to itself.
    pub name: String,
    /// Whether it runs on the CPU.
    pub software: bool,
    /// Whether it has subgroup operations.
    pub subgroups: bool,
    /// What to keep for the next time: None where nothing had to be measured.
    pub tuned: Option<String>,
}

/// Rounds of a measurement; the first also compiles.
const ROUNDS: usize = 4;

/// The default adapter's device, with variants that suit it: `tuning` is told the adapter's name.
pub async fn open_webgpu(tuning: impl FnOnce(&str) -> Tuning) -> Result<(Device, Adapter)> {
    let (device, setup) = Device::wgpu_options()
        .init_with_setup_async()
        .await
        .map_err(|e| Error::device(format!("WebGPU could not be started: {e:?}."), "Use the CPU."))?;
    let info = setup.adapter.get_info();
    let (name, software) = (info.name, info.device_type == DeviceType::Cpu);
    let subgroups = setup.device.features().contains(Features::SUBGROUP);
    let (variants, measured) = match tuning(&name) {
        Tuning::These(these) if subgroups || these.sums != Sums::Subgroups => (these, false),
        Tuning::Auto if software => (Variants::SOFTWARE, false),
        _ => (measure(&device, subgroups).await?, true),
    };
    prefer(variants);
    let tuned = measured.then(|| Tuning::tuned(variants));
    Ok((device, Adapter { name, software, subgroups, tuned }))
}

/// One measurement for each choice, with the fastest of those before.
async fn measure(device: &Device, subgroups: bool) -> Result<Variants> {
    let (rows, inputs, outputs) = (256, 256, 768);
    let numbers = |rows: usize, columns: usize| {
        let values: Vec<f32> = (0..rows * columns).map(|i| (i % 7) as f32 - 2.5).collect();
        Tensor::<2>::from_data(TensorData::new(values, [rows, columns]), device)
    };
    let (x, weight) = (numbers(rows, inputs), numbers(outputs, inputs));
    let tilings = Tiling::ALL.map(|tiling| Variants { tiling, ..Variants::PLAIN });
    let best = fastest(&tilings, || linear(x.clone(), weight.clone()).flatten(0, 1)).await?;

    let heads = Heads { query: 8, key_value: 8, size: 32 };
    let qkv = numbers(rows, heads.packed()).reshape([1, rows, heads.packed()]);
    let starts = Tensor::<2, Int>::zeros([1, rows], device);
    let several = [false, true].map(|several| Variants { several, ..best });
    let best = fastest(&several, || attention(qkv.clone(), starts.clone(), heads, true).flatten(0, 2)).await?;
    let norm = Tensor::<1>::ones([inputs], device);
    let picture = numbers(rows, 32).reshape([1, 16, 16, 32]);
    let of_channels = Tensor::<1>::ones([32], device);
    let sums: Vec<_> = Sums::available(subgroups).map(|sums| Variants { sums, ..best }).collect();
    fastest(&sums, || {
        let of_rows = rms_norm(x.clone(), norm.clone(), 1e-5).flatten::<1>(0, 1);
        let of_groups = group_norm(picture.clone(), of_channels.clone(), of_channels.clone(), false);
        Tensor::cat(vec![of_rows, of_groups.flatten(0, 3)], 0)
    })
    .await
}

/// The candidate with the shortest round; the rounds take turns, so that a disturbance hits all.
/// A candidate whose result isn't the first one's is out.
async fn fastest(candidates: &[Variants], run: impl Fn() -> Tensor<1>) -> Result<Variants> {
    let mut best = vec![f64::MAX; candidates.len()];
    let mut right: Vec<f32> = Vec::new();
    for round in 0..ROUNDS {
        for (candidate, best) in candidates.iter().zip(&mut best) {
            prefer(*candidate);
            let begin = Instant::now();
            let found = run()
                .into_data_async()
                .await
                .map_err(|e| Error::device(format!("The graphics processor failed: {e:?}."), "Use the CPU."))?;
            let seconds = begin.elapsed().as_secs_f64();
            let found: Vec<f32> = found.iter().collect();
            if right.is_empty() {
                right = found;
            } else if !same(&found, &right) {
                *best = f64::INFINITY;
            } else if round > 0 && best.is_finite() {
                *best = best.min(seconds);
            }
        }
    }
    let fastest = (0..best.len()).min_by(|&a, &b| best[a].total_cmp(&best[b])).expect("there are candidates");
    Ok(candidates[fastest])
}

/// Up to rounding.
fn same(found: &[f32], right: &[f32]) -> bool {
    let largest = right.iter().fold(1.0_f32, |most, x| most.max(x.abs()));
    found.iter().zip(right).all(|(a, b)| (a - b).abs() <= 1e-4 * largest)
}
