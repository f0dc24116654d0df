//! The devices of a browser.

use burn::tensor::Device;

use crate::error::{Error, Result};
#[cfg(feature = "webgpu")]
use crate::kernels::{autotune::open_webgpu, variants::Tuning};

pub(crate) struct Opened {
    pub device: Device,
    pub name: &'static str,
    /// About the shaders' variants, to be kept for the next time.
    pub tuned: Option<String>,
}

/// `tuning` is for [`Tuning`]: how the variants of shaders are chosen.
#[cfg_attr(not(feature = "webgpu"), allow(unused_variables))]
pub(crate) async fn open_device(name: &str, tuning: Option<String>) -> Result<Opened> {
    match name {
        #[cfg(feature = "cpu")]
        "cpu" => Ok(Opened { device: Device::flex(), name: "cpu", tuned: None }),
        #[cfg(feature = "webgpu")]
        "webgpu" => {
            let tuning = tuning.map_or(Ok(Tuning::Auto), |text| text.parse())?;
            let (device, adapter) = open_webgpu(|_| tuning).await?;
            Ok(Opened { device, name: "webgpu", tuned: adapter.tuned })
        }
        _ => Err(Error::device(format!("This program was not built for the device {name:?}."), "Use the CPU.")),
    }
}
