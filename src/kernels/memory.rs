//! How much memory a WebGPU device holds, so that tests can see that it stays flat.

use burn::backend::wgpu::Wgpu;
use burn::tensor::{Device, Tensor};
use burn_cubecl::cubecl::MemoryScope;

/// What all tensors on a device take up. (Uniforms are not counted: CubeCL keeps the last 4,096.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeviceMemory {
    /// Buffers of tensors that are alive.
    pub allocations: u64,
    /// Their bytes.
    pub used: u64,
    /// Bytes of the pages that they lie in, free space included.
    pub reserved: u64,
}

/// None on a device that isn't WebGPU's.
pub fn device_memory(device: &Device) -> Option<DeviceMemory> {
    let tensor = Tensor::<1>::zeros([1], device).try_into_primitive::<Wgpu>().ok()?;
    let client = tensor.client.clone();
    drop(tensor);
    let pools = client.memory_report(MemoryScope::Device).streams.into_iter().map(|stream| stream.pools.usage());
    Some(pools.fold(DeviceMemory::default(), |sum, usage| DeviceMemory {
        allocations: sum.allocations + usage.number_allocs,
        used: sum.used + usage.bytes_in_use,
        reserved: sum.reserved + usage.bytes_reserved,
    }))
}
