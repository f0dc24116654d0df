//! Which variants of the WebGPU shaders run, by adapter: no one division of a matrix product is
//! best everywhere.
//!
//! An adapter that runs on the CPU has been measured to want large register tiles and no barriers
//! (shaders/LOG.md). Every other adapter is asked: a short race of a linear layer of the model's
//! size, whose verdict holds for as long as the program runs.

use std::sync::atomic::{AtomicU8, Ordering};

/// How a product of more than a few rows is divided; what it says of the adapter also chooses
/// variants of other ops.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tiling {
    /// 4 x 4 results in each invocation's registers: work for many lanes.
    Small,
    /// 8 x 16 results: fewest reads, for adapters with many registers and few lanes, such as
    /// those that run on the CPU.
    Large,
    /// 4 x 4 results from tiles in workgroup memory, for adapters where that is quick.
    Staged,
}

impl Tiling {
    pub const ALL: [Tiling; 3] = [Tiling::Small, Tiling::Large, Tiling::Staged];
}

static PREFERRED: AtomicU8 = AtomicU8::new(Tiling::Small as u8);

/// Chooses the tiling of all products from now on. [`open_webgpu`] does; tests may force another.
pub fn prefer(tiling: Tiling) {
    PREFERRED.store(tiling as u8, Ordering::Relaxed);
}

/// The tiling in use.
pub fn preferred() -> Tiling {
    let chosen = PREFERRED.load(Ordering::Relaxed);
    Tiling::ALL.into_iter().find(|tiling| *tiling as u8 == chosen).expect("stored by prefer")
}

#[cfg(feature = "webgpu")]
pub use on_gpu::{Adapter, open_webgpu};

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::error::{Error, Result};
    use crate::kernels::linear;
    use burn::tensor::{Device, Tensor, TensorData};
    use burn_cubecl::cubecl::wgpu::wgpu::DeviceType;
    use std::sync::Mutex;
    use web_time::Instant;

    /// What runs the shaders.
    #[derive(Clone, Debug)]
    pub struct Adapter {
        /// As the driver says it; empty where a browser keeps it to itself.
        pub name: String,
        /// Whether it runs on the CPU.
        pub software: bool,
    }

    /// The tiling that each adapter was found to prefer.
    static VERDICTS: Mutex<Vec<(String, Tiling)>> = Mutex::new(Vec::new());

    /// Rounds of the race; the first also compiles.
    const ROUNDS: usize = 4;

    /// The default adapter's device, with the tiling that suits it.
    pub async fn open_webgpu() -> Result<(Device, Adapter)> {
        let (device, setup) = Device::wgpu_options()
            .init_with_setup_async()
            .await
            .map_err(|e| Error::device(format!("WebGPU could not be started: {e:?}."), "Use the CPU."))?;
        let info = setup.adapter.get_info();
        let adapter = Adapter { name: info.name, software: info.device_type == DeviceType::Cpu };
        let known = || VERDICTS.lock().expect("nobody panics with it");
        let verdict = known().iter().find(|(name, _)| *name == adapter.name).map(|(_, tiling)| *tiling);
        let tiling = match verdict {
            Some(tiling) => tiling,
            None if adapter.software => Tiling::Large,
            None => fastest(&device).await?,
        };
        known().push((adapter.name.clone(), tiling));
        prefer(tiling);
        Ok((device, adapter))
    }

    /// The tiling with the shortest round; the rounds take turns, so that a disturbance hits all.
    async fn fastest(device: &Device) -> Result<Tiling> {
        let (rows, inputs, outputs) = (256, 256, 768);
        let ones =
            |rows: usize| Tensor::<2>::from_data(TensorData::new(vec![1.0_f32; rows * inputs], [rows, inputs]), device);
        let (x, weight) = (ones(rows), ones(outputs));
        let mut best = [f64::MAX; Tiling::ALL.len()];
        for round in 0..ROUNDS {
            for (tiling, best) in Tiling::ALL.into_iter().zip(&mut best) {
                prefer(tiling);
                let begin = Instant::now();
                let y = linear(x.clone(), weight.clone()).slice([0..1, 0..1]);
                y.into_data_async()
                    .await
                    .map_err(|e| Error::device(format!("The graphics processor failed: {e:?}."), "Use the CPU."))?;
                if round > 0 {
                    *best = best.min(begin.elapsed().as_secs_f64());
                }
            }
        }
        let fastest = (0..best.len()).min_by(|&a, &b| best[a].total_cmp(&best[b])).expect("there are tilings");
        Ok(Tiling::ALL[fastest])
    }
}
