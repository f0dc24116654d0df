//! Nearest-neighbour upsampling by two: `x [B, H, W, C]` gives `[B, 2H, 2W, C]`. The gradient of a
//! pixel is the sum over its four copies.

use crate::kernels::autodiff::autodiff;
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait UpsampleKernel: Backend {
    fn upsample_forward(x: FloatTensor<Self>) -> FloatTensor<Self>;
    fn upsample_backward(dy: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// `x [B, H, W, C]`, result `[B, 2H, 2W, C]`.
pub fn upsample(x: Tensor<4>) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::upsample_forward(x.into_dispatch()))
}

autodiff!(UpsampleKernel, UpsampleBackward;
    upsample_forward(x: float) -> (y);
    upsample_backward(dy: upstream) -> (x);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{axpy, contiguous, shape, slice, tensor};
    use burn::backend::{Flex, flex::FlexTensor};

    impl UpsampleKernel for Flex {
        fn upsample_forward(x: FlexTensor) -> FlexTensor {
            let x = contiguous(x);
            let dims = shape(&x);
            let (b, h, w, c) = (dims[0], dims[1], dims[2], dims[3]);
            let mut y = Vec::with_capacity(b * h * w * c * 4);
            for row in slice(&x).chunks_exact(w * c) {
                for _ in 0..2 {
                    for pixel in row.chunks_exact(c) {
                        y.extend_from_slice(pixel);
                        y.extend_from_slice(pixel);
                    }
                }
            }
            tensor(y, [b, 2 * h, 2 * w, c])
        }

        fn upsample_backward(dy: FlexTensor) -> FlexTensor {
            let dy = contiguous(dy);
            let dims = shape(&dy);
            let (b, h, w, c) = (dims[0], dims[1] / 2, dims[2] / 2, dims[3]);
            let mut dx = vec![0.0; b * h * w * c];
            for (row, dy) in slice(&dy).chunks_exact(2 * w * c).enumerate() {
                let dx = &mut dx[row / 2 * w * c..][..w * c];
                for (dx, pair) in dx.chunks_exact_mut(c).zip(dy.chunks_exact(2 * c)) {
                    axpy(dx, 1.0, &pair[..c]);
                    axpy(dx, 1.0, &pair[c..]);
                }
            }
            tensor(dx, [b, h, w, c])
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, groups_of_lanes, launch, shape, words};
    use crate::kernels::shaders::{UPSAMPLE_BACKWARD, UPSAMPLE_FORWARD};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl UpsampleKernel for CubeBackend {
        fn upsample_forward(x: CubeTensor) -> CubeTensor {
            let x = contiguous(x);
            let dims = shape(&x);
            let (b, h, w, c) = (dims[0], dims[1], dims[2], dims[3]);
            let (n, y) = (4 * b * h * w * c, empty(&x, [b, 2 * h, 2 * w, c]));
            launch(&UPSAMPLE_FORWARD, &[], &[&x, &y], &words([n, w, c]), groups_of_lanes(n));
            y
        }

        fn upsample_backward(dy: CubeTensor) -> CubeTensor {
            let dy = contiguous(dy);
            let dims = shape(&dy);
            let (b, h, w, c) = (dims[0], dims[1] / 2, dims[2] / 2, dims[3]);
            let (n, dx) = (b * h * w * c, empty(&dy, [b, h, w, c]));
            launch(&UPSAMPLE_BACKWARD, &[], &[&dy, &dx], &words([n, w, c]), groups_of_lanes(n));
            dx
        }
    }
}
