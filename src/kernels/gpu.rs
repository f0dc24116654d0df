//! What the WebGPU implementations share: launching WGSL through CubeCL, tensors, sums of rows.

use crate::kernels::shaders::{self, Constant, Entry};
use crate::kernels::variants::{Sums, preferred};
use burn::backend::TensorMetadata;
use burn::tensor::{DType, Shape};
use burn_cubecl::cubecl::{
    CubeKernel, PrecompiledSource,
    ir::{ElemType, UIntKind, metadata::Info, settings::Dim3},
    prelude::*,
    server::{KernelArguments, MetadataBindingInfo},
};
use burn_cubecl::{kernel::into_contiguous, tensor::CubeTensor};

/// Access of buffers that are only read; see [`Entry::wgsl`].
const READ: &str = if cfg!(target_family = "wasm") { "read" } else { "read_write" };
/// Invocations of a workgroup in the shaders that take an element each.
const LANES: usize = 64;
/// No dimension of a launch may have more workgroups.
const MAX_GROUPS: usize = 65_535;
/// Rows that one invocation adds up.
pub const BLOCK: usize = 64;

/// Workgroups in x, y and z.
pub type Groups = [usize; 3];

/// One workgroup for each of `n` rows, or as many more as make a rectangle.
pub fn groups_for(n: usize) -> Groups {
    let y = n.div_ceil(MAX_GROUPS).max(1);
    [n.div_ceil(y), y, 1]
}

/// One invocation for each of `n` elements, or some more.
pub fn groups_of_lanes(n: usize) -> Groups {
    groups_for(n.div_ceil(LANES))
}

/// A variant of a shader, as CubeCL wants to see it.
struct Variant {
    entry: &'static Entry,
    constants: Vec<Constant>,
}

impl KernelMetadata for Variant {
    fn name(&self) -> &'static str {
        self.entry.name
    }
    /// Pipelines are kept by this: all that changes the text is in it.
    fn id(&self) -> KernelId {
        KernelId::new::<Self>().info((self.entry.name, self.constants.clone())).mode(ExecutionMode::Unchecked)
    }
    fn address_type(&self) -> ElemType {
        ElemType::UInt(UIntKind::U32)
    }
}

impl CubeKernel for Variant {
    fn define(&self) -> KernelDefinition {
        let settings = KernelSettings::new(Dim3::new_single(), ExecutionMode::Unchecked, AddressType::U32);
        KernelDefinition { body: Scope::root(settings.clone()), settings, info: Info::default() }
    }
    fn source(&self) -> Option<PrecompiledSource> {
        let mut source = self.entry.wgsl(&self.constants, READ);
        // Browsers want to be told; the native compiler doesn't know the directive.
        if cfg!(target_family = "wasm") && self.constants.contains(&("SUBGROUPS", 1)) {
            source.insert_str(0, "enable subgroups;\n");
        }
        Some(PrecompiledSource { source, entrypoint_name: self.entry.name.into(), lang: "wgsl" })
    }
}

/// Queues one launch. `buffers` are in the order of the entry's list, `sizes` are the words of its
/// uniform (floats as their bits). Without any workgroup there is nothing to do.
pub fn launch(entry: &'static Entry, constants: &[Constant], buffers: &[&CubeTensor], sizes: &[u32], groups: Groups) {
    assert_eq!(buffers.len(), entry.buffer_count(), "{} takes {}", entry.name, entry.buffers);
    assert!(groups.iter().all(|&n| n <= MAX_GROUPS), "{}: {groups:?} workgroups", entry.name);
    if groups.contains(&0) {
        return;
    }
    let words = sizes.chunks(2).map(|pair| pair[0] as u64 | (pair.get(1).copied().unwrap_or(0) as u64) << 32).collect();
    // Uniforms with the same words share a buffer, which an upload of their own would not.
    let arguments = KernelArguments::new()
        .with_buffers(buffers.iter().map(|tensor| tensor.handle.clone().binding()).collect())
        .with_info(MetadataBindingInfo::custom(words));
    let [x, y, z] = groups.map(|n| n as u32);
    let kernel = Variant { entry, constants: constants.to_vec() };
    buffers[0].client.launch(Box::new(kernel), CubeCount::Static(x, y, z), arguments);
}

/// Queues one launch of a shader with sums over `rows` rows, shared out as suits the adapter.
pub fn launch_rows(entry: &'static Entry, constants: &[Constant], buffers: &[&CubeTensor], sizes: &[u32], rows: usize) {
    let (own, rows_of_group): (&[Constant], _) = match preferred().sums {
        Sums::Shared => (&[], 1),
        Sums::Subgroups => (shaders::SUBGROUPS, 1),
        Sums::Alone => (shaders::ALONE, shaders::ROWS_ALONE as usize),
    };
    let constants = [constants, own].concat();
    launch(entry, &constants, buffers, sizes, groups_for(rows.div_ceil(rows_of_group)));
}

/// Sizes as the words of a uniform.
pub fn words<const N: usize>(sizes: [usize; N]) -> [u32; N] {
    sizes.map(|size| u32::try_from(size).expect("a size below 2^32"))
}

/// The tensor with its elements in row-major order, copied only if they aren't.
pub fn contiguous(tensor: CubeTensor) -> CubeTensor {
    into_contiguous(tensor)
}

/// As [`contiguous`], with buffers that nobody else holds: for results in place.
pub fn owned(tensor: CubeTensor) -> CubeTensor {
    let tensor = into_contiguous(tensor);
    if tensor.can_mut() { tensor } else { tensor.copy() }
}

/// Ids or positions; the shaders read 32 bits.
pub fn indices(tensor: CubeTensor) -> CubeTensor {
    assert_eq!(tensor.dtype, DType::I32, "indices on WebGPU");
    into_contiguous(tensor)
}

/// A new tensor on the device of another, not yet written.
pub fn empty(like: &CubeTensor, shape: impl Into<Vec<usize>>) -> CubeTensor {
    empty_of(like, shape, DType::F32)
}

pub fn empty_of(like: &CubeTensor, shape: impl Into<Vec<usize>>, dtype: DType) -> CubeTensor {
    let shape = Shape::from(shape.into());
    let handle = like.client.empty(shape.num_elements() * dtype.size());
    CubeTensor::new_contiguous(like.client.clone(), like.device.clone(), shape, handle, dtype)
}

pub fn shape(tensor: &CubeTensor) -> Vec<usize> {
    tensor.shape().iter().copied().collect()
}

/// All leading dimensions as rows, the last as columns.
pub fn rows_columns(tensor: &CubeTensor) -> (usize, usize) {
    let dims = shape(tensor);
    let columns = *dims.last().expect("at least one dimension");
    (dims[..dims.len() - 1].iter().product(), columns)
}

/// `x [rows, columns]` to `[rows / block, columns]`, the last block as long as it comes.
pub fn sum_blocks(x: &CubeTensor, rows: usize, columns: usize, block: usize) -> CubeTensor {
    let blocks = rows.div_ceil(block);
    let out = empty(x, [blocks, columns]);
    launch(&shaders::SUM_ROWS, &[], &[x, &out], &words([rows, columns, block]), [columns.div_ceil(LANES), blocks, 1]);
    out
}

/// The sum of all rows `[columns]` of `x [.., columns]`, in blocks of blocks, so that many lanes
/// have work and the order of the sum doesn't depend on the device.
pub fn sum_rows(x: &CubeTensor, columns: usize) -> CubeTensor {
    let rows = x.shape().num_elements() / columns;
    let block = if rows > 2 * BLOCK { BLOCK } else { rows };
    let sums = sum_blocks(x, rows, columns, block);
    if rows > block { sum_rows(&sums, columns) } else { with_shape(sums, [columns]) }
}

/// The same elements in another shape.
pub fn with_shape(tensor: CubeTensor, shape: impl Into<Vec<usize>>) -> CubeTensor {
    CubeTensor::new_contiguous(tensor.client, tensor.device, Shape::from(shape.into()), tensor.handle, tensor.dtype)
}
