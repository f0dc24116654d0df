//! The squared distance of each row from the codebook's row that it should be:
//! `d_n = |y_n - E[c_n]|^2`. With `g` its gradient, `dy_n = 2 g_n (y_n - E[c_n])`; the codebook is
//! frozen.

use crate::kernels::autodiff::autodiff;
use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait CodeDistanceKernel: Backend {
    fn code_distance_forward(
        y: FloatTensor<Self>,
        codebook: FloatTensor<Self>,
        codes: IntTensor<Self>,
    ) -> FloatTensor<Self>;
    /// `dy`.
    fn code_distance_backward(
        y: FloatTensor<Self>,
        codebook: FloatTensor<Self>,
        codes: IntTensor<Self>,
        upstream: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// `y [N, D]`, `codebook [K, D]`, `codes [N]` below `K`; result `[N]`.
pub fn code_distance(y: Tensor<2>, codebook: Tensor<2>, codes: Tensor<1, Int>) -> Tensor<1> {
    let codebook = if y.is_autodiff() { codebook.autodiff() } else { codebook };
    let (codebook, codes) = (codebook.into_dispatch(), codes.into_dispatch());
    Tensor::from_dispatch(Dispatch::code_distance_forward(y.into_dispatch(), codebook, codes))
}

autodiff!(CodeDistanceKernel, CodeDistanceBackward;
    code_distance_forward(y: float, codebook: float, codes: int) -> (d);
    code_distance_backward(y: float, codebook: float, codes: int, dd: upstream) -> (y);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{ROWS, contiguous, for_each_chunk, indices, rows_columns, slice, tensor};
    use burn::backend::{Flex, flex::FlexTensor};

    impl CodeDistanceKernel for Flex {
        fn code_distance_forward(y: FlexTensor, codebook: FlexTensor, codes: FlexTensor) -> FlexTensor {
            let (y, codebook, codes) = (contiguous(y), contiguous(codebook), indices(&codes));
            let (n, d) = rows_columns(&y);
            let (ys, es) = (slice(&y), slice(&codebook));
            let mut distances = vec![0.0; n];
            for_each_chunk(&mut distances, ROWS, |chunk, distances| {
                for (i, distance) in distances.iter_mut().enumerate() {
                    let row = chunk * ROWS + i;
                    let pairs = ys[row * d..][..d].iter().zip(&es[codes[row] * d..][..d]);
                    *distance = pairs.map(|(y, e)| (y - e) * (y - e)).sum();
                }
            });
            tensor(distances, [n])
        }

        fn code_distance_backward(
            y: FlexTensor,
            codebook: FlexTensor,
            codes: FlexTensor,
            upstream: FlexTensor,
        ) -> FlexTensor {
            let (y, codebook, codes, upstream) =
                (contiguous(y), contiguous(codebook), indices(&codes), contiguous(upstream));
            let (n, d) = rows_columns(&y);
            let (ys, es, gs) = (slice(&y), slice(&codebook), slice(&upstream));
            let mut dy = vec![0.0; n * d];
            for_each_chunk(&mut dy, ROWS * d, |chunk, dy| {
                for (i, dy) in dy.chunks_exact_mut(d).enumerate() {
                    let row = chunk * ROWS + i;
                    let pairs = ys[row * d..][..d].iter().zip(&es[codes[row] * d..][..d]);
                    for (dy, (y, e)) in dy.iter_mut().zip(pairs) {
                        *dy = 2.0 * gs[row] * (y - e);
                    }
                }
            });
            tensor(dy, [n, d])
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, groups_of_lanes, indices, launch, rows_columns, words};
    use crate::kernels::shaders::{CODE_DISTANCE_BACKWARD, CODE_DISTANCE_FORWARD};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl CodeDistanceKernel for CubeBackend {
        fn code_distance_forward(y: CubeTensor, codebook: CubeTensor, codes: CubeTensor) -> CubeTensor {
            let (y, codebook, codes) = (contiguous(y), contiguous(codebook), indices(codes));
            let (n, d) = rows_columns(&y);
            let distances = empty(&y, [n]);
            let buffers = [&y, &codebook, &codes, &distances];
            launch(&CODE_DISTANCE_FORWARD, &[], &buffers, &words([n, d]), groups_of_lanes(n));
            distances
        }

        fn code_distance_backward(
            y: CubeTensor,
            codebook: CubeTensor,
            codes: CubeTensor,
            upstream: CubeTensor,
        ) -> CubeTensor {
            let (y, codebook, codes, upstream) =
                (contiguous(y), contiguous(codebook), indices(codes), contiguous(upstream));
            let (n, d) = rows_columns(&y);
            let dy = empty(&y, [n, d]);
            let buffers = [&y, &codebook, &codes, &upstream, &dy];
            launch(&CODE_DISTANCE_BACKWARD, &[], &buffers, &words([n, d]), groups_of_lanes(n * d));
            dy
        }
    }
}
