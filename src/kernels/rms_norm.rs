//! RMSNorm: `y = x w / rms(x)` with `rms(x) = sqrt(mean(x^2) + eps)` over the last dimension.
//!
//! With `r = 1 / rms(x)` and `g` the gradient of `y`:
//! `dx = r g w - x r^3 mean(g w x)`, `dw = sum over rows of g x r`.

use crate::kernels::autodiff::autodiff;
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait RmsNormKernel: Backend {
    /// `(y, r)`; `r` has one element a row.
    fn rms_norm_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        eps: f32,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    /// `(dx, dw)`.
    fn rms_norm_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        r: FloatTensor<Self>,
        dy: FloatTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// `x [.., C]`, `weight [C]`.
pub fn rms_norm<const D: usize>(x: Tensor<D>, weight: Tensor<1>, eps: f32) -> Tensor<D> {
    Tensor::from_dispatch(Dispatch::rms_norm_forward(x.into_dispatch(), weight.into_dispatch(), eps).0)
}

autodiff!(RmsNormKernel, RmsNormBackward;
    rms_norm_forward(x: float, weight: float, eps: (f32)) -> (y, r);
    rms_norm_backward(x: float, weight: float, r: float, dy: upstream) -> (x, weight);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{ROWS, contiguous, dot, rows_columns, shape, slice, sum_parts, tensor, written_beside};
    use burn::backend::{Flex, flex::FlexTensor};
    use std::mem::MaybeUninit;

    impl RmsNormKernel for Flex {
        fn rms_norm_forward(x: FlexTensor, weight: FlexTensor, eps: f32) -> (FlexTensor, FlexTensor) {
            let (x, weight) = (contiguous(x), contiguous(weight));
            let (rows, c) = rows_columns(&x);
            let (xs, ws) = (slice(&x), slice(&weight));
            let mut r = vec![0.0; rows];
            let norm = |chunk: usize, y: &mut [MaybeUninit<f32>], r: &mut [f32]| {
                for (i, (y, r)) in y.chunks_exact_mut(c).zip(r).enumerate() {
                    let x = &xs[(chunk * ROWS + i) * c..][..c];
                    *r = 1.0 / (dot(x, x) / c as f32 + eps).sqrt();
                    for ((y, x), w) in y.iter_mut().zip(x).zip(ws) {
                        y.write(x * *r * w);
                    }
                }
            };
            // SAFETY: every row is written.
            let y = unsafe { written_beside(rows * c, ROWS * c, &mut r, ROWS, norm) };
            (tensor(y, shape(&x)), tensor(r, [rows]))
        }

        fn rms_norm_backward(
            x: FlexTensor,
            weight: FlexTensor,
            r: FlexTensor,
            dy: FlexTensor,
        ) -> (FlexTensor, FlexTensor) {
            let (x, weight, dy) = (contiguous(x), contiguous(weight), contiguous(dy));
            let (rows, c) = rows_columns(&x);
            let (xs, ws, rs, gs) = (slice(&x), &slice(&weight)[..c], slice(&r), slice(&dy));
            let mut dw = vec![0.0; rows.div_ceil(ROWS) * c];
            let back = |chunk: usize, dx: &mut [MaybeUninit<f32>], dw: &mut [f32]| {
                let mut direct = vec![0.0; c];
                let (direct, dw) = (&mut direct[..c], &mut dw[..c]);
                for (i, dx) in dx.chunks_exact_mut(c).enumerate() {
                    let i = chunk * ROWS + i;
                    let (x, g, r) = (&xs[i * c..][..c], &gs[i * c..][..c], rs[i]);
                    for k in 0..c {
                        direct[k] = g[k] * ws[k] * r;
                        dw[k] += g[k] * x[k] * r;
                    }
                    let q = dot(direct, x) * r * r / c as f32;
                    for ((dx, direct), x) in dx.iter_mut().zip(&*direct).zip(x) {
                        dx.write(direct - x * q);
                    }
                }
            };
            // SAFETY: every row is written.
            let dx = unsafe { written_beside(rows * c, ROWS * c, &mut dw, c, back) };
            (tensor(dx, shape(&x)), tensor(sum_parts(&dw, c), [c]))
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{
        BLOCK, contiguous, empty, launch, launch_rows, rows_columns, shape, sum_rows, with_shape, words,
    };
    use crate::kernels::shaders::{RMS_NORM_BACKWARD, RMS_NORM_FORWARD, RMS_NORM_WEIGHT_GRADIENT};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl RmsNormKernel for CubeBackend {
        fn rms_norm_forward(x: CubeTensor, weight: CubeTensor, eps: f32) -> (CubeTensor, CubeTensor) {
            let (x, weight) = (contiguous(x), contiguous(weight));
            let (rows, c) = rows_columns(&x);
            let (y, r) = (empty(&x, shape(&x)), empty(&x, [rows]));
            let [rows_word, c_word] = words([rows, c]);
            let sizes = [rows_word, c_word, eps.to_bits()];
            launch_rows(&RMS_NORM_FORWARD, &[], &[&x, &weight, &y, &r], &sizes, rows);
            (y, r)
        }

        fn rms_norm_backward(
            x: CubeTensor,
            weight: CubeTensor,
            r: CubeTensor,
            dy: CubeTensor,
        ) -> (CubeTensor, CubeTensor) {
            let (x, weight, dy) = (contiguous(x), contiguous(weight), contiguous(dy));
            let (rows, c) = rows_columns(&x);
            // One launch for few rows: adding blocks up would be another.
            let block = if rows > 4 * BLOCK { BLOCK } else { rows.max(1) };
            let blocks = rows.div_ceil(block);
            let (dx, dw) = (empty(&x, shape(&x)), empty(&x, [blocks, c]));
            let buffers = [&x, &weight, &r, &dy, &dx];
            launch_rows(&RMS_NORM_BACKWARD, &[], &buffers, &words([rows, c]), rows);
            let groups = [c.div_ceil(64), blocks, 1];
            launch(&RMS_NORM_WEIGHT_GRADIENT, &[], &[&x, &r, &dy, &dw], &words([rows, c, block]), groups);
            (dx, if blocks == 1 { with_shape(dw, [c]) } else { sum_rows(&dw, c) })
        }
    }
}
