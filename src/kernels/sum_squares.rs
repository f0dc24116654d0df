//! Sums of squares of blocks of [`BLOCK`] elements, for the norm of a gradient: block `i` of `x`
//! goes to `sums[at + i]`. The few sums of all gradients lie in one tensor, are read back in one
//! trip, and are added up in f64.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{Autodiff, Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// Elements of one sum.
pub const BLOCK: usize = 4096;

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait SumSquaresKernel: Backend {
    /// `sums`, changed in place where nobody else holds it.
    fn sum_squares_kernel(x: FloatTensor<Self>, sums: FloatTensor<Self>, at: usize) -> FloatTensor<Self>;
}

/// The sums of squares of all blocks of some tensors, one tensor's after the other's.
pub fn sum_squares<'a>(tensors: impl Iterator<Item = &'a Tensor<2>> + Clone) -> Option<Tensor<1>> {
    let blocks = |x: &Tensor<2>| x.dims().iter().product::<usize>().div_ceil(BLOCK);
    let device = tensors.clone().next()?.device();
    let mut sums = Tensor::empty([tensors.clone().map(blocks).sum::<usize>()], &device);
    let mut at = 0;
    for x in tensors {
        let (x_now, sums_now) = (x.clone().into_dispatch(), sums.into_dispatch());
        sums = Tensor::from_dispatch(Dispatch::sum_squares_kernel(x_now, sums_now, at));
        at += blocks(x);
    }
    Some(sums)
}

impl<B: SumSquaresKernel, C: CheckpointStrategy> SumSquaresKernel for Autodiff<B, C> {
    fn sum_squares_kernel(_: FloatTensor<Self>, _: FloatTensor<Self>, _: usize) -> FloatTensor<Self> {
        unreachable!("the norm of a gradient has no gradient")
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{contiguous, dot, for_each_chunk, slice};
    use burn::backend::{Flex, flex::FlexTensor};

    impl SumSquaresKernel for Flex {
        fn sum_squares_kernel(x: FlexTensor, sums: FlexTensor, at: usize) -> FlexTensor {
            let (x, mut sums) = (contiguous(x), contiguous(sums));
            let xs = slice(&x);
            let sums_at = &mut sums.storage_mut::<f32>()[at..at + xs.len().div_ceil(BLOCK)];
            for_each_chunk(sums_at, 1, |block, sum| {
                let x = &xs[block * BLOCK..xs.len().min((block + 1) * BLOCK)];
                sum[0] = dot(x, x);
            });
            sums
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, launch_rows, owned, words};
    use crate::kernels::shaders::SUM_SQUARES;
    use burn::backend::TensorMetadata;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl SumSquaresKernel for CubeBackend {
        fn sum_squares_kernel(x: CubeTensor, sums: CubeTensor, at: usize) -> CubeTensor {
            let (x, sums) = (contiguous(x), owned(sums));
            let n = x.shape().num_elements();
            let blocks = n.div_ceil(BLOCK);
            launch_rows(&SUM_SQUARES, &[("BLOCK", BLOCK as u32)], &[&x, &sums], &words([n, at]), blocks);
            sums
        }
    }
}
