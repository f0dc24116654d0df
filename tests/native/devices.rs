//! The devices that tests run on.

use burn::tensor::Device;

/// Every device this build can test on, by name.
pub fn devices() -> Vec<(&'static str, Device)> {
    #[allow(unused_mut)]
    let mut devices = vec![("cpu", Device::flex())];
    #[cfg(feature = "webgpu")]
    devices.extend(webgpu().map(|device| ("webgpu", device)));
    devices
}

/// The default adapter, if this machine has one.
#[cfg(feature = "webgpu")]
pub fn webgpu() -> Option<Device> {
    opened().map(|(device, _)| device)
}

/// The same, and what its adapter is.
#[cfg(feature = "webgpu")]
pub fn opened() -> Option<(Device, omni_r1_web::kernels::autotune::Adapter)> {
    static DEVICE: std::sync::OnceLock<Option<(Device, omni_r1_web::kernels::autotune::Adapter)>> =
        std::sync::OnceLock::new();
    let open = || pollster::block_on(omni_r1_web::kernels::autotune::open_webgpu(|_| Default::default()));
    let open = || open().inspect_err(|error| eprintln!("webgpu is skipped: {error}")).ok();
    DEVICE.get_or_init(open).clone()
}
