//! Cross-entropy of each row: `nll = lse - logits[target]`, `lse = log sum exp(logits)`.
//!
//! `dlogits = (softmax(logits) - onehot(target)) dnll`. The saved `lse` makes the backward pass
//! one sweep. What each token's loss is worth is decided outside, by weights on `nll`.

use crate::kernels::autodiff::autodiff;
use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait CrossEntropyKernel: Backend {
    /// `(nll, lse)`, one element a row.
    fn cross_entropy_forward(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    fn cross_entropy_backward(
        logits: FloatTensor<Self>,
        targets: IntTensor<Self>,
        lse: FloatTensor<Self>,
        dnll: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// `logits [N, V]`, `targets [N]` below `V`; the loss of each row `[N]`, in nats.
pub fn cross_entropy(logits: Tensor<2>, targets: Tensor<1, Int>) -> Tensor<1> {
    Tensor::from_dispatch(Dispatch::cross_entropy_forward(logits.into_dispatch(), targets.into_dispatch()).0)
}

autodiff!(CrossEntropyKernel, CrossEntropyBackward;
    cross_entropy_forward(logits: float, targets: int) -> (nll, lse);
    cross_entropy_backward(logits: float, targets: int, lse: float, dnll: upstream) -> (logits);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{
        contiguous, exp, for_each_chunk2, indices, maximum, rows_columns, slice, tensor, written,
    };
    use burn::backend::{Flex, flex::FlexTensor};
    use std::mem::MaybeUninit;

    const ROWS: usize = 16;

    impl CrossEntropyKernel for Flex {
        fn cross_entropy_forward(logits: FlexTensor, targets: FlexTensor) -> (FlexTensor, FlexTensor) {
            let logits = contiguous(logits);
            let (rows, v) = rows_columns(&logits);
            let (xs, targets) = (slice(&logits), indices(&targets));
            let (mut nll, mut lse) = (vec![0.0; rows], vec![0.0; rows]);
            for_each_chunk2(&mut nll, ROWS, &mut lse, ROWS, |chunk, nll, lse| {
                for (i, (nll, lse)) in nll.iter_mut().zip(lse).enumerate() {
                    let row = chunk * ROWS + i;
                    let x = &xs[row * v..][..v];
                    let max = maximum(x);
                    *lse = max + sum_exp(x, max).ln();
                    *nll = *lse - x[targets[row]];
                }
            });
            (tensor(nll, [rows]), tensor(lse, [rows]))
        }

        fn cross_entropy_backward(
            logits: FlexTensor,
            targets: FlexTensor,
            lse: FlexTensor,
            dnll: FlexTensor,
        ) -> FlexTensor {
            let (logits, dnll) = (contiguous(logits), contiguous(dnll));
            let (rows, v) = rows_columns(&logits);
            let (xs, ls, gs, targets) = (slice(&logits), slice(&lse), slice(&dnll), indices(&targets));
            let back = |chunk: usize, dx: &mut [MaybeUninit<f32>]| {
                for (i, dx) in dx.chunks_exact_mut(v).enumerate() {
                    let row = chunk * ROWS + i;
                    let (lse, g) = (ls[row], gs[row]);
                    if g == 0.0 {
                        dx.fill(MaybeUninit::new(0.0)); // a token without weight, as in padding
                        continue;
                    }
                    let (x, target) = (&xs[row * v..][..v], targets[row]);
                    for (dx, x) in dx.iter_mut().zip(x) {
                        dx.write(exp(x - lse) * g);
                    }
                    dx[target].write(exp(x[target] - lse) * g - g);
                }
            };
            // SAFETY: every row is written.
            let dx = unsafe { written(rows * v, ROWS * v, back) };
            tensor(dx, [rows, v])
        }
    }

    fn sum_exp(x: &[f32], max: f32) -> f32 {
        let mut lanes = [0.0_f32; 16];
        let chunks = x.chunks_exact(16);
        let rest: f32 = chunks.remainder().iter().map(|x| exp(x - max)).sum();
        for x in chunks {
            for (lane, x) in lanes.iter_mut().zip(x) {
                *lane += exp(x - max);
            }
        }
        lanes.iter().sum::<f32>() + rest
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{
        contiguous, empty, groups_of_lanes, indices, launch, launch_rows, rows_columns, shape, words,
    };
    use crate::kernels::shaders::{CROSS_ENTROPY_BACKWARD, CROSS_ENTROPY_FORWARD};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl CrossEntropyKernel for CubeBackend {
        fn cross_entropy_forward(logits: CubeTensor, targets: CubeTensor) -> (CubeTensor, CubeTensor) {
            let (logits, targets) = (contiguous(logits), indices(targets));
            let (rows, v) = rows_columns(&logits);
            let (nll, lse) = (empty(&logits, [rows]), empty(&logits, [rows]));
            let buffers = [&logits, &targets, &nll, &lse];
            launch_rows(&CROSS_ENTROPY_FORWARD, &[], &buffers, &words([rows, v]), rows);
            (nll, lse)
        }

        fn cross_entropy_backward(
            logits: CubeTensor,
            targets: CubeTensor,
            lse: CubeTensor,
            dnll: CubeTensor,
        ) -> CubeTensor {
            let (logits, targets, dnll) = (contiguous(logits), indices(targets), contiguous(dnll));
            let (rows, v) = rows_columns(&logits);
            let dlogits = empty(&logits, shape(&logits));
            let buffers = [&logits, &targets, &lse, &dnll, &dlogits];
            launch(&CROSS_ENTROPY_BACKWARD, &[], &buffers, &words([rows * v, v]), groups_of_lanes(rows * v));
            dlogits
        }
    }
}
