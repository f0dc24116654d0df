//! GroupNorm over pictures with channels last, with an optional swish behind it.
//!
//! `x [B, H, W, C]`, channels in `groups` of equal size; mean and variance over each group of each
//! picture: `n = (x - mean) r` with `r = 1 / sqrt(var + eps)`, `y = n w + b`, and with `swish`
//! `out = y sigmoid(y)`. With `g` the gradient of `y`: `db = sum g`, `dw = sum g n`,
//! `dx = r (g w - mean(g w) - n mean(g w n))`, the means over the group.

use crate::kernels::autodiff::autodiff;
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// Chameleon's VQ-GAN has 32 groups everywhere, and this eps.
pub const GROUPS: usize = 32;
pub const EPS: f32 = 1e-6;

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait GroupNormKernel: Backend {
    fn group_norm_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        swish: bool,
    ) -> FloatTensor<Self>;
    /// `(dx, dweight, dbias)`.
    fn group_norm_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        swish: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// `x [B, H, W, C]` with `C` a multiple of [`GROUPS`], `weight` and `bias [C]`.
pub fn group_norm(x: Tensor<4>, weight: Tensor<1>, bias: Tensor<1>, swish: bool) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::group_norm_forward(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        swish,
    ))
}

autodiff!(GroupNormKernel, GroupNormBackward;
    group_norm_forward(x: float, weight: float, bias: float, swish: (bool)) -> (y);
    group_norm_backward(x: float, weight: float, bias: float, dy: upstream, swish: (bool)) -> (x, weight, bias);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{contiguous, for_each_chunk, map_ranges, shape, sigmoid, slice, sum_parts, tensor};
    use burn::backend::{Flex, flex::FlexTensor};

    /// Per channel: the mean of its group and its group's inverse deviation.
    fn statistics(picture: &[f32], c: usize) -> (Vec<f32>, Vec<f32>) {
        let n = (picture.len() / GROUPS) as f32;
        let sums = |f: &dyn Fn(usize, f32) -> f32| {
            let mut sums = vec![0.0; c];
            for pixel in picture.chunks_exact(c) {
                for k in 0..c {
                    sums[k] += f(k, pixel[k]);
                }
            }
            over_groups(&sums, n)
        };
        let mean = sums(&|_, x| x);
        let variance = sums(&|k, x| (x - mean[k]) * (x - mean[k]));
        let r = variance.iter().map(|v| 1.0 / (v + EPS).sqrt()).collect();
        (mean, r)
    }

    /// For every channel the sum over its group, divided by `n`.
    fn over_groups(channels: &[f32], n: f32) -> Vec<f32> {
        let size = channels.len() / GROUPS;
        channels.chunks_exact(size).flat_map(|group| std::iter::repeat_n(group.iter().sum::<f32>() / n, size)).collect()
    }

    impl GroupNormKernel for Flex {
        fn group_norm_forward(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, swish: bool) -> FlexTensor {
            let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
            let dims = shape(&x);
            let (c, size) = (dims[3], dims[1] * dims[2] * dims[3]);
            let (xs, ws, bs) = (slice(&x), slice(&weight), slice(&bias));
            let mut out = vec![0.0; xs.len()];
            for_each_chunk(&mut out, size, |picture, out| {
                let picture = &xs[picture * size..][..size];
                let (mean, r) = statistics(picture, c);
                let scale: Vec<f32> = r.iter().zip(ws).map(|(r, w)| r * w).collect();
                let shift: Vec<f32> = (0..c).map(|k| bs[k] - mean[k] * scale[k]).collect();
                for (out, x) in out.chunks_exact_mut(c).zip(picture.chunks_exact(c)) {
                    for k in 0..c {
                        let y = x[k] * scale[k] + shift[k];
                        out[k] = if swish { y * sigmoid(y) } else { y };
                    }
                }
            });
            tensor(out, dims)
        }

        fn group_norm_backward(
            x: FlexTensor,
            weight: FlexTensor,
            bias: FlexTensor,
            dy: FlexTensor,
            swish: bool,
        ) -> (FlexTensor, FlexTensor, FlexTensor) {
            let (x, weight, bias, dy) = (contiguous(x), contiguous(weight), contiguous(bias), contiguous(dy));
            let dims = shape(&x);
            let (batch, c, size) = (dims[0], dims[3], dims[1] * dims[2] * dims[3]);
            let (xs, ws, bs, gs) = (slice(&x), slice(&weight), slice(&bias), slice(&dy));
            let parts = map_ranges(batch, 1, |range| {
                let picture = &xs[range.start * size..][..size];
                let (mean, r) = statistics(picture, c);
                let (mut dx, mut dw, mut db) = (gs[range.start * size..][..size].to_vec(), vec![0.0; c], vec![0.0; c]);
                for (g, x) in dx.chunks_exact_mut(c).zip(picture.chunks_exact(c)) {
                    for k in 0..c {
                        let n = (x[k] - mean[k]) * r[k];
                        if swish {
                            let y = n * ws[k] + bs[k];
                            let s = sigmoid(y);
                            g[k] *= s * (1.0 + y * (1.0 - s));
                        }
                        dw[k] += g[k] * n;
                        db[k] += g[k];
                    }
                }
                let count = (size / GROUPS) as f32;
                let weighted =
                    |d: &[f32]| over_groups(&d.iter().zip(ws).map(|(d, w)| d * w).collect::<Vec<_>>(), count);
                let (mean_g, mean_gn) = (weighted(&db), weighted(&dw));
                for (dx, x) in dx.chunks_exact_mut(c).zip(picture.chunks_exact(c)) {
                    for k in 0..c {
                        let n = (x[k] - mean[k]) * r[k];
                        dx[k] = r[k] * (dx[k] * ws[k] - mean_g[k] - n * mean_gn[k]);
                    }
                }
                (dx, (dw, db))
            });
            let (dx, rest): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let (dw, db): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
            (
                tensor(dx.concat(), dims),
                tensor(sum_parts(&dw.concat(), c), [c]),
                tensor(sum_parts(&db.concat(), c), [c]),
            )
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{
        BLOCK, contiguous, empty, groups_of_lanes, launch, launch_rows, shape, sum_blocks, sum_rows, words,
    };
    use crate::kernels::shaders::{
        GROUP_NORM_FORWARD, GROUP_NORM_INPUT_GRADIENT, GROUP_NORM_STATISTICS, GROUP_NORM_SUMS,
    };
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    /// Batch, pixels and channels of `x`.
    fn sizes(x: &CubeTensor) -> (usize, usize, usize) {
        let dims = shape(x);
        assert_eq!(dims[3] % GROUPS, 0, "{} channels in {GROUPS} groups", dims[3]);
        (dims[0], dims[1] * dims[2], dims[3])
    }

    /// Mean and inverse deviation of each group of each picture.
    fn statistics(x: &CubeTensor) -> CubeTensor {
        let (b, pixels, c) = sizes(x);
        let statistics = empty(x, [b, GROUPS, 2]);
        let [rows, pixels, c] = words([b * GROUPS, pixels, c]);
        let sizes = [rows, pixels, c, EPS.to_bits()];
        launch_rows(&GROUP_NORM_STATISTICS, &[], &[x, &statistics], &sizes, b * GROUPS);
        statistics
    }

    impl GroupNormKernel for CubeBackend {
        fn group_norm_forward(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, swish: bool) -> CubeTensor {
            let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
            let (b, pixels, c) = sizes(&x);
            let (n, statistics, out) = (b * pixels * c, statistics(&x), empty(&x, shape(&x)));
            let buffers = [&x, &statistics, &weight, &bias, &out];
            launch(&GROUP_NORM_FORWARD, &[], &buffers, &words([n, pixels, c, swish as usize]), groups_of_lanes(n));
            out
        }

        fn group_norm_backward(
            x: CubeTensor,
            weight: CubeTensor,
            bias: CubeTensor,
            dy: CubeTensor,
            swish: bool,
        ) -> (CubeTensor, CubeTensor, CubeTensor) {
            let (x, weight, bias, dy) = (contiguous(x), contiguous(weight), contiguous(bias), contiguous(dy));
            let (b, pixels, c) = sizes(&x);
            let (n, blocks, statistics) = (b * pixels * c, pixels.div_ceil(BLOCK), statistics(&x));
            // Sums of g and of g n over blocks of pixels, then over each picture: dx needs those.
            let (sums_g, sums_gn) = (empty(&x, [b * blocks, c]), empty(&x, [b * blocks, c]));
            let buffers = [&x, &statistics, &weight, &bias, &dy, &sums_g, &sums_gn];
            let numbers = words([pixels, c, swish as usize, BLOCK, blocks]);
            launch(&GROUP_NORM_SUMS, &[], &buffers, &numbers, [c.div_ceil(64), blocks, b]);
            let of_pictures = |sums| sum_blocks(sums, b * blocks, c, blocks);
            let (sums_g, sums_gn) = (of_pictures(&sums_g), of_pictures(&sums_gn));
            let dx = empty(&x, shape(&x));
            let buffers = [&x, &statistics, &weight, &bias, &dy, &sums_g, &sums_gn, &dx];
            launch(
                &GROUP_NORM_INPUT_GRADIENT,
                &[],
                &buffers,
                &words([n, pixels, c, swish as usize]),
                groups_of_lanes(n),
            );
            (dx, sum_rows(&sums_gn, c), sum_rows(&sums_g, c))
        }
    }
}
