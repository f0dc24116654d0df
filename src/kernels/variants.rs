//! Which variants of the WebGPU shaders run, by adapter: no one division of the work is best
//! everywhere.
//!
//! What suits an adapter that runs on the CPU has been measured (shaders/LOG.md). Every other
//! adapter is asked: short measurements on layers of the model's size, whose outcome can be kept for the next
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
pub enum Tuning {
    /// As measured, if it runs on the CPU; by measuring otherwise.
    #[default]
    Auto,
    /// By measuring in any case.
    Autotune,
    /// These, if it can run them.
    These(Variants),
}

impl Tuning {
    /// What was measured, as text to keep. It holds for these shaders.
    pub fn tuned(variants: Variants) -> String {
        format!("{variants} {:016x}", shaders::fingerprint())
    }
}

/// `race`, the names of variants, or what was kept, which counts for nothing if shaders have changed since.
impl FromStr for Tuning {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text.split_once(' ') {
            None if text == "race" => Ok(Tuning::Autotune),
            None => text.parse().map(Tuning::These),
            Some((names, _)) => {
                let kept = names.parse().ok().filter(|variants| Tuning::tuned(*variants) == text);
                Ok(kept.map_or(Tuning::Auto, Tuning::These))
            }
        }
    }
}

static PREFERRED: AtomicU8 = AtomicU8::new(Variants::PLAIN.to_bits());

/// Chooses the variants of all ops from now on. `autotune` does; tests may force others.
pub fn prefer(variants: Variants) {
    PREFERRED.store(variants.to_bits(), Ordering::Relaxed);
}

/// The variants in use.
pub fn preferred() -> Variants {
    Variants::from_bits(PREFERRED.load(Ordering::Relaxed))
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
    fn what_was_tuned_holds_while_the_shaders_are_the_same() {
        for variants in every() {
            let tuned = Tuning::tuned(variants);
            assert_eq!(tuned.parse::<Tuning>().unwrap(), Tuning::These(variants));
            assert_eq!(tuned.replace(' ', " 0").parse::<Tuning>().unwrap(), Tuning::Auto);
        }
        assert_eq!("race".parse::<Tuning>().unwrap(), Tuning::Autotune);
        assert_eq!(
            "small,several".parse::<Tuning>().unwrap(),
            Tuning::These(Variants { several: true, ..Variants::PLAIN })
        );
        assert_eq!("words of an older program".parse::<Tuning>().unwrap(), Tuning::Auto);
    }
}
