//! SwiGLU: `y = silu(a) b` with `silu(a) = a sigmoid(a)`; `a` and `b` are the halves of the last
//! dimension of the packed `gate_up [.., 2F]`; `y [.., F]`.
//!
//! `da = dy b s (1 + a (1 - s))`, `db = dy a s`, with `s = sigmoid(a)`.

use crate::kernels::autodiff::autodiff;
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait SwigluKernel: Backend {
    fn swiglu_forward(gate_up: FloatTensor<Self>) -> FloatTensor<Self>;
    fn swiglu_backward(gate_up: FloatTensor<Self>, dy: FloatTensor<Self>) -> FloatTensor<Self>;
}

/// `gate_up [.., 2F]` gives `[.., F]`.
pub fn swiglu<const D: usize>(gate_up: Tensor<D>) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::swiglu_forward(gate_up.into_dispatch()))
}

autodiff!(SwigluKernel, SwigluBackward;
    swiglu_forward(gate_up: float) -> (y);
    swiglu_backward(gate_up: float, dy: upstream) -> (gate_up);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{ROWS, contiguous, rows_columns, shape, sigmoid, slice, tensor, written};
    use burn::backend::{Flex, flex::FlexTensor};
    use std::mem::MaybeUninit;

    impl SwigluKernel for Flex {
        fn swiglu_forward(gate_up: FlexTensor) -> FlexTensor {
            let gate_up = contiguous(gate_up);
            let (rows, c) = rows_columns(&gate_up);
            let (f, xs) = (c / 2, slice(&gate_up));
            let gated = |chunk: usize, y: &mut [MaybeUninit<f32>]| {
                for (i, y) in y.chunks_exact_mut(f).enumerate() {
                    let (a, b) = xs[(chunk * ROWS + i) * c..][..c].split_at(f);
                    for ((y, a), b) in y.iter_mut().zip(a).zip(b) {
                        y.write(a * sigmoid(*a) * b);
                    }
                }
            };
            // SAFETY: every row is written.
            let y = unsafe { written(rows * f, ROWS * f, gated) };
            let mut dims = shape(&gate_up);
            *dims.last_mut().expect("at least one dimension") = f;
            tensor(y, dims)
        }

        fn swiglu_backward(gate_up: FlexTensor, dy: FlexTensor) -> FlexTensor {
            let (gate_up, dy) = (contiguous(gate_up), contiguous(dy));
            let (rows, c) = rows_columns(&gate_up);
            let (f, xs, gs) = (c / 2, slice(&gate_up), slice(&dy));
            let back = |chunk: usize, dx: &mut [MaybeUninit<f32>]| {
                for (i, dx) in dx.chunks_exact_mut(c).enumerate() {
                    let row = chunk * ROWS + i;
                    let ((a, b), g) = (xs[row * c..][..c].split_at(f), &gs[row * f..][..f]);
                    let (da, db) = dx.split_at_mut(f);
                    // Lengths that the compiler sees, so that it vectorises.
                    let (a, b, db) = (&a[..f], &b[..f], &mut db[..f]);
                    for k in 0..f {
                        let s = sigmoid(a[k]);
                        da[k].write(g[k] * b[k] * s * (1.0 + a[k] * (1.0 - s)));
                        db[k].write(g[k] * a[k] * s);
                    }
                }
            };
            // SAFETY: every row is written.
            let dx = unsafe { written(rows * c, ROWS * c, back) };
            tensor(dx, shape(&gate_up))
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, groups_of_lanes, launch, rows_columns, shape, words};
    use crate::kernels::shaders::{SWIGLU_BACKWARD, SWIGLU_FORWARD};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl SwigluKernel for CubeBackend {
        fn swiglu_forward(gate_up: CubeTensor) -> CubeTensor {
            let gate_up = contiguous(gate_up);
            let (rows, c) = rows_columns(&gate_up);
            let mut dims = shape(&gate_up);
            *dims.last_mut().expect("at least one dimension") = c / 2;
            let (y, n) = (empty(&gate_up, dims), rows * c / 2);
            launch(&SWIGLU_FORWARD, &[], &[&gate_up, &y], &words([n, c / 2]), groups_of_lanes(n));
            y
        }

        fn swiglu_backward(gate_up: CubeTensor, dy: CubeTensor) -> CubeTensor {
            let (gate_up, dy) = (contiguous(gate_up), contiguous(dy));
            let (rows, c) = rows_columns(&gate_up);
            let (dx, n) = (empty(&gate_up, shape(&gate_up)), rows * c / 2);
            launch(&SWIGLU_BACKWARD, &[], &[&gate_up, &dy, &dx], &words([n, c / 2]), groups_of_lanes(n));
            dx
        }
    }
}
