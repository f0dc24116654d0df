//! Which variants of the WebGPU shaders run, by adapter: no one division of the work is best
//! everywhere.
//!
//! What suits an adapter that runs on the CPU has been measured (shaders/LOG.md). Every other
//! adapter is asked: short races on layers of the model's size, whose verdict can be kept for the next
//! time. A variant whose results differ doesn't take part.

use crate::error::{Error, Result};
use crate::kernels::shaders;
use std::fmt;
use std::str::FromStr;
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

    fn name(self) -> &'static str {
        match self {
            Tiling::Small => "small",
            Tiling::Large => "large",
            Tiling::Staged => "staged",
        }
    }
}

/// How sums over a row (of a norm, of a loss) are shared out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sums {
    /// Among the lanes of a workgroup, through its memory.
    Shared,
    /// The same by subgroup operations; only where the adapter has them.
    Subgroups,
    /// Not at all: each invocation has a row of its own, for adapters where a barrier costs more than a long loop.
    Alone,
}

impl Sums {
    pub const ALL: [Sums; 3] = [Sums::Shared, Sums::Subgroups, Sums::Alone];

    pub fn name(self) -> &'static str {
        match self {
            Sums::Shared => "shared",
            Sums::Subgroups => "subgroups",
            Sums::Alone => "alone",
        }
    }

    /// Those that an adapter can run.
    pub fn available(subgroups: bool) -> impl Iterator<Item = Sums> {
        Self::ALL.into_iter().filter(move |sums| subgroups || *sums != Sums::Subgroups)
    }
}

/// The variants in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variants {
    pub tiling: Tiling,
    /// Attention with four queries (or keys) in an invocation's registers instead of one: a quarter of the
    /// reads, four times the registers, a quarter of the invocations.
    pub several: bool,
    pub sums: Sums,
}

impl Variants {
    /// What any adapter can run.
    pub const PLAIN: Variants = Variants { tiling: Tiling::Small, several: false, sums: Sums::Shared };
    /// What was measured best on adapters that run on the CPU.
    pub const SOFTWARE: Variants = Variants { tiling: Tiling::Large, several: true, sums: Sums::Alone };

    const fn to_bits(self) -> u8 {
        self.tiling as u8 | (self.several as u8) << 2 | (self.sums as u8) << 3
    }

    fn from_bits(bits: u8) -> Self {
        let tiling = Tiling::ALL.into_iter().find(|tiling| *tiling as u8 == bits & 3).expect("made by to_bits");
        let sums = Sums::ALL.into_iter().find(|sums| *sums as u8 == bits >> 3).expect("made by to_bits");
        Self { tiling, several: bits & 4 > 0, sums }
    }
}

/// The tiling's name, then what differs from [`Variants::PLAIN`]: `large,several,alone`.
impl fmt::Display for Variants {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let several = if self.several { ",several" } else { "" };
        let sums = if self.sums == Sums::Shared { String::new() } else { format!(",{}", self.sums.name()) };
        write!(f, "{}{several}{sums}", self.tiling.name())
    }
}

impl FromStr for Variants {
    type Err = Error;

    fn from_str(names: &str) -> Result<Self> {
        let mut variants = Variants::PLAIN;
        for name in names.split(',') {
            let (tiling, sums) = (
                Tiling::ALL.into_iter().find(|tiling| tiling.name() == name),
                Sums::ALL.into_iter().find(|sums| sums.name() == name),
            );
            match (tiling, sums) {
                (Some(tiling), _) => variants.tiling = tiling,
                (_, Some(sums)) => variants.sums = sums,
                _ if name == "several" => variants.several = true,
                _ => {
                    let hint =
                        "Choose small, large or staged, and behind commas several and shared, subgroups or alone.";
                    return Err(Error::config(format!("There is no variant {name:?}."), hint));
                }
            }
        }
        Ok(variants)
    }
}

/// How an adapter comes to its variants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pick {
    /// As measured, if it runs on the CPU; by races otherwise.
    #[default]
    Auto,
    /// By races in any case.
    Race,
    /// These, if it can run them.
    These(Variants),
}

impl Pick {
    /// A verdict as text to keep. It holds for these shaders.
    pub fn verdict(variants: Variants) -> String {
        format!("{variants} {:016x}", shaders::fingerprint())
    }
}

/// `race`, the names of variants, or a kept verdict, which counts for nothing if shaders have changed since.
impl FromStr for Pick {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(' ') {
            None if text == "race" => Ok(Pick::Race),
            None => text.parse().map(Pick::These),
            Some((names, _)) => {
                let kept = names.parse().ok().filter(|variants| Pick::verdict(*variants) == text);
                Ok(kept.map_or(Pick::Auto, Pick::These))
            }
        }
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
        /// What to keep for the next time: None where no race was needed.
        pub verdict: Option<String>,
    }

    /// Rounds of a race; the first also compiles.
    const ROUNDS: usize = 4;

    /// The default adapter's device, with variants that suit it: `pick` is told the adapter's name.
    pub async fn open_webgpu(pick: impl FnOnce(&str) -> Pick) -> Result<(Device, Adapter)> {
        let (device, setup) = Device::wgpu_options()
            .init_with_setup_async()
            .await
            .map_err(|e| Error::device(format!("WebGPU could not be started: {e:?}."), "Use the CPU."))?;
        let info = setup.adapter.get_info();
        let (name, software) = (info.name, info.device_type == DeviceType::Cpu);
        let subgroups = setup.device.features().contains(Features::SUBGROUP);
        let (variants, raced) = match pick(&name) {
            Pick::These(these) if subgroups || these.sums != Sums::Subgroups => (these, false),
            Pick::Auto if software => (Variants::SOFTWARE, false),
            _ => (races(&device, subgroups).await?, true),
        };
        prefer(variants);
        let verdict = raced.then(|| Pick::verdict(variants));
        Ok((device, Adapter { name, software, subgroups, verdict }))
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn every() -> impl Iterator<Item = Variants> {
        let of_tiling = |tiling| {
            Sums::ALL.into_iter().flat_map(move |sums| [false, true].map(|several| Variants { tiling, several, sums }))
        };
        Tiling::ALL.into_iter().flat_map(of_tiling)
    }

    #[test]
    fn bits_and_names_hold_every_variant() {
        for variants in every() {
            assert_eq!(Variants::from_bits(variants.to_bits()), variants);
            assert_eq!(variants.to_string().parse::<Variants>().unwrap(), variants);
        }
        let fault = "larger,several".parse::<Variants>().unwrap_err();
        assert!(fault.to_string().contains("larger") && fault.hint().contains("staged"));
    }

    #[test]
    fn a_verdict_holds_while_the_shaders_are_the_same() {
        for variants in every() {
            let verdict = Pick::verdict(variants);
            assert_eq!(verdict.parse::<Pick>().unwrap(), Pick::These(variants));
            assert_eq!(verdict.replace(' ', " 0").parse::<Pick>().unwrap(), Pick::Auto);
        }
        assert_eq!("race".parse::<Pick>().unwrap(), Pick::Race);
        assert_eq!(
            "small,several".parse::<Pick>().unwrap(),
            Pick::These(Variants { several: true, ..Variants::PLAIN })
        );
        assert_eq!("words of an older program".parse::<Pick>().unwrap(), Pick::Auto);
    }
}
