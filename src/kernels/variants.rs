//! Which variants of the WebGPU shaders run, by adapter: no one division of the work is best
//! everywhere.
//!
//! What suits an adapter that runs on the CPU has been measured (shaders/LOG.md). Every other
//! adapter is asked: short races on layers of the model's size, whose verdict holds for as long as
//! the program runs. A variant whose results differ doesn't take part.

use std::fmt;
use std::sync::atomic::{AtomicU8, Ordering};

/// How a product of more than a few rows is divided; what it says of the adapter also chooses
/// variants of other ops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiling {
    /// 4 x 4 results in each invocation's registers: work for many lanes.
    Small,
    /// 16 x 16 results: fewest reads, for adapters with many registers and few lanes, such as
    /// those that run on the CPU.
    Large,
    /// 4 x 4 results from tiles in workgroup memory, for adapters where that is quick.
    Staged,
}

impl Tiling {
    pub const ALL: [Tiling; 3] = [Tiling::Small, Tiling::Large, Tiling::Staged];
}

/// The variants in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variants {
    pub tiling: Tiling,
    /// Attention with four queries (or keys) in an invocation's registers instead of one: a quarter of the
    /// reads, four times the registers, a quarter of the invocations.
    pub several: bool,
    /// Sums over a workgroup by subgroup operations; only where the adapter has them.
    pub subgroups: bool,
}

impl Variants {
    /// What any adapter can run.
    pub const PLAIN: Variants = Variants { tiling: Tiling::Small, several: false, subgroups: false };
    /// What was measured best on adapters that run on the CPU; with subgroups, where they have them.
    pub const SOFTWARE: Variants = Variants { tiling: Tiling::Large, several: true, subgroups: false };

    const fn to_bits(self) -> u8 {
        self.tiling as u8 | (self.several as u8) << 2 | (self.subgroups as u8) << 3
    }

    fn from_bits(bits: u8) -> Self {
        let tiling = Tiling::ALL.into_iter().find(|tiling| *tiling as u8 == bits & 3).expect("made by to_bits");
        Self { tiling, several: bits & 4 > 0, subgroups: bits & 8 > 0 }
    }
}

impl fmt::Display for Variants {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let [several, subgroups] = [(self.several, ", several tokens together"), (self.subgroups, ", subgroups")]
            .map(|(on, name)| if on { name } else { "" });
        write!(f, "{:?} tiles{several}{subgroups}", self.tiling)
    }
}

static PREFERRED: AtomicU8 = AtomicU8::new(Variants::PLAIN.to_bits());

/// Chooses the variants of all ops from now on. [`open_webgpu`] does; tests may force others.
pub fn prefer(variants: Variants) {
    PREFERRED.store(variants.to_bits(), Ordering::Relaxed);
}

/// The variants in use.
pub fn preferred() -> Variants {
    Variants::from_bits(PREFERRED.load(Ordering::Relaxed))
}

#[cfg(feature = "webgpu")]
pub use on_gpu::{Adapter, open_webgpu};

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::error::{Error, Result};
    use crate::kernels::{Heads, attention, group_norm, linear, rms_norm};
    use burn::tensor::{Device, Int, Tensor, TensorData};
    use burn_cubecl::cubecl::wgpu::wgpu::{DeviceType, Features};
    use std::sync::Mutex;
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
    }

    /// The variants that each adapter was found to prefer.
    static VERDICTS: Mutex<Vec<(String, Variants)>> = Mutex::new(Vec::new());

    /// Rounds of a race; the first also compiles.
    const ROUNDS: usize = 4;

    /// The default adapter's device, with the variants that suit it.
    pub async fn open_webgpu() -> Result<(Device, Adapter)> {
        let (device, setup) = Device::wgpu_options()
            .init_with_setup_async()
            .await
            .map_err(|e| Error::device(format!("WebGPU could not be started: {e:?}."), "Use the CPU."))?;
        let info = setup.adapter.get_info();
        let adapter = Adapter {
            name: info.name,
            software: info.device_type == DeviceType::Cpu,
            subgroups: setup.device.features().contains(Features::SUBGROUP),
        };
        let known = || VERDICTS.lock().expect("nobody panics with it");
        let verdict = known().iter().find(|(name, _)| *name == adapter.name).map(|(_, verdict)| *verdict);
        let variants = match verdict {
            Some(verdict) => verdict,
            None if adapter.software => Variants { subgroups: adapter.subgroups, ..Variants::SOFTWARE },
            None => races(&device, adapter.subgroups).await?,
        };
        known().push((adapter.name.clone(), variants));
        prefer(variants);
        Ok((device, adapter))
    }

    /// One race for each choice, with the winners of those before.
    async fn races(device: &Device, subgroups: bool) -> Result<Variants> {
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
        if !subgroups {
            return Ok(best);
        }
        let norm = Tensor::<1>::ones([inputs], device);
        let picture = numbers(rows, 32).reshape([1, 16, 16, 32]);
        let of_channels = Tensor::<1>::ones([32], device);
        let subgroups = [false, true].map(|subgroups| Variants { subgroups, ..best });
        fastest(&subgroups, || {
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_hold_every_variant() {
        for tiling in Tiling::ALL {
            for (several, subgroups) in [(false, false), (true, false), (false, true), (true, true)] {
                let variants = Variants { tiling, several, subgroups };
                assert_eq!(Variants::from_bits(variants.to_bits()), variants);
            }
        }
    }
}
