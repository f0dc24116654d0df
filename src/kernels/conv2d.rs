//! 2-D convolution over pictures with channels last: `x [B, H, W, Ci]`, `weight [Co, K K Ci]`
//! (for each output channel the window row by row, channels innermost), `bias [Co]`, result
//! `[B, Ho, Wo, Co]`.
//!
//! On the CPU each picture is unfolded into the windows `U [Ho Wo, K K Ci]`, so that
//! `y = U W^T + b`, `dW = dy^T U`, `db = sum dy`, and `dU = dy W` folds back into `dx`.

use crate::kernels::autodiff::autodiff;
use burn::backend::{Backend, Dispatch, backend_extension, tensor::FloatTensor};
use burn::tensor::Tensor;

/// Window, step and zero padding of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Conv2d {
    /// Side of the square window.
    pub kernel: usize,
    pub stride: usize,
    /// Zeros above and to the left.
    pub pad_before: usize,
    /// Zeros below and to the right.
    pub pad_after: usize,
}

impl Conv2d {
    /// Keeps the size: 1x1 without padding, 3x3 with one pixel all round.
    pub const fn same(kernel: usize) -> Self {
        Self { kernel, stride: 1, pad_before: kernel / 2, pad_after: kernel / 2 }
    }
    /// Halves the size: 3x3, stride 2, one pixel of padding below and to the right.
    pub const DOWN: Self = Self { kernel: 3, stride: 2, pad_before: 0, pad_after: 1 };

    /// Side of the output for an input of side `n`.
    pub fn output(&self, n: usize) -> usize {
        (n + self.pad_before + self.pad_after - self.kernel) / self.stride + 1
    }
}

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait Conv2dKernel: Backend {
    fn conv2d_forward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        conv: Conv2d,
    ) -> FloatTensor<Self>;
    /// `(dx, dweight, dbias)`.
    fn conv2d_backward(
        x: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        dy: FloatTensor<Self>,
        conv: Conv2d,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// `x [B, H, W, Ci]`, `weight [Co, K K Ci]`, `bias [Co]`, result `[B, Ho, Wo, Co]`.
pub fn conv2d(x: Tensor<4>, weight: Tensor<2>, bias: Tensor<1>, conv: Conv2d) -> Tensor<4> {
    Tensor::from_dispatch(Dispatch::conv2d_forward(
        x.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        conv,
    ))
}

autodiff!(Conv2dKernel, Conv2dBackward;
    conv2d_forward(x: float, weight: float, bias: float, conv: (Conv2d)) -> (y);
    conv2d_backward(x: float, weight: float, dy: upstream, conv: (Conv2d)) -> (x, weight, bias);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{Matrix, axpy, contiguous, for_each_chunk, map_ranges, shape, slice, sum_parts, tensor};
    use crate::kernels::cpu_product::gemm;
    use burn::backend::{Flex, flex::FlexTensor};

    /// Pictures worked on together. Fixed, so that sums come out the same on any machine.
    const PICTURES: usize = 4;

    /// Sizes of one convolution.
    struct Geometry {
        conv: Conv2d,
        h: usize,
        w: usize,
        ci: usize,
        ho: usize,
        wo: usize,
    }

    impl Geometry {
        fn new(x: &FlexTensor, conv: Conv2d) -> (usize, Self) {
            let dims = shape(x);
            let (h, w) = (dims[1], dims[2]);
            (dims[0], Self { conv, h, w, ci: dims[3], ho: conv.output(h), wo: conv.output(w) })
        }
        fn pixels_in(&self) -> usize {
            self.h * self.w
        }
        fn pixels_out(&self) -> usize {
            self.ho * self.wo
        }
        fn window(&self) -> usize {
            self.conv.kernel * self.conv.kernel * self.ci
        }
        /// Calls `f(offset in the unfolded picture, offset in the picture, length)` for every run
        /// of pixels of a window's row that lies inside the picture.
        fn runs(&self, mut f: impl FnMut(usize, usize, usize)) {
            let Conv2d { kernel, stride, pad_before, .. } = self.conv;
            for y in 0..self.ho {
                for x in 0..self.wo {
                    let row = (y * self.wo + x) * self.window();
                    let left = (x * stride) as isize - pad_before as isize;
                    let (from, to) = (left.max(0) as usize, ((left + kernel as isize) as usize).min(self.w));
                    for ky in 0..kernel {
                        let source = (y * stride + ky) as isize - pad_before as isize;
                        if source < 0 || source as usize >= self.h {
                            continue;
                        }
                        let skipped = (from as isize - left) as usize;
                        f(
                            row + (ky * kernel + skipped) * self.ci,
                            (source as usize * self.w + from) * self.ci,
                            (to - from) * self.ci,
                        );
                    }
                }
            }
        }
        fn unfold(&self, picture: &[f32], unfolded: &mut [f32]) {
            unfolded.fill(0.0);
            self.runs(|to, from, len| unfolded[to..to + len].copy_from_slice(&picture[from..from + len]));
        }
        fn fold(&self, unfolded: &[f32], picture: &mut [f32]) {
            self.runs(|from, to, len| axpy(&mut picture[to..to + len], 1.0, &unfolded[from..from + len]));
        }
    }

    impl Conv2dKernel for Flex {
        fn conv2d_forward(x: FlexTensor, weight: FlexTensor, bias: FlexTensor, conv: Conv2d) -> FlexTensor {
            let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
            let (batch, g) = Geometry::new(&x, conv);
            let (co, window) = (shape(&weight)[0], g.window());
            assert_eq!(shape(&weight)[1], window, "conv2d weight {:?} on {:?}", shape(&weight), shape(&x));
            let (xs, ws, bs) = (slice(&x), slice(&weight), slice(&bias));
            let (size_in, rows) = (g.pixels_in() * g.ci, g.pixels_out());
            let mut y = vec![0.0; batch * rows * co];
            for_each_chunk(&mut y, rows * co, |picture, y| {
                for y in y.chunks_exact_mut(co) {
                    y.copy_from_slice(bs);
                }
                let picture = &xs[picture * size_in..][..size_in];
                let weights = Matrix::new(ws, window).transposed();
                if conv.kernel == 1 && conv.stride == 1 {
                    gemm(y, co, Matrix::new(picture, window), weights, (rows, co, window), true, false);
                } else {
                    let mut unfolded = vec![0.0; rows * window];
                    g.unfold(picture, &mut unfolded);
                    gemm(y, co, Matrix::new(&unfolded, window), weights, (rows, co, window), true, false);
                }
            });
            tensor(y, [batch, g.ho, g.wo, co])
        }

        fn conv2d_backward(
            x: FlexTensor,
            weight: FlexTensor,
            dy: FlexTensor,
            conv: Conv2d,
        ) -> (FlexTensor, FlexTensor, FlexTensor) {
            let (x, weight, dy) = (contiguous(x), contiguous(weight), contiguous(dy));
            let (batch, g) = Geometry::new(&x, conv);
            let (co, window) = (shape(&weight)[0], g.window());
            let (xs, ws, gs) = (slice(&x), slice(&weight), slice(&dy));
            let (size_in, rows) = (g.pixels_in() * g.ci, g.pixels_out());
            let parts = map_ranges(batch, PICTURES, |range| {
                let mut dx = vec![0.0; range.len() * size_in];
                let (mut dw, mut db) = (vec![0.0; co * window], vec![0.0; co]);
                let mut unfolded = vec![0.0; rows * window];
                for (dx, picture) in dx.chunks_exact_mut(size_in).zip(range) {
                    let dy = &gs[picture * rows * co..][..rows * co];
                    for dy in dy.chunks_exact(co) {
                        axpy(&mut db, 1.0, dy);
                    }
                    g.unfold(&xs[picture * size_in..][..size_in], &mut unfolded);
                    let dy = Matrix::new(dy, co);
                    gemm(
                        &mut dw,
                        window,
                        dy.transposed(),
                        Matrix::new(&unfolded, window),
                        (co, window, rows),
                        true,
                        false,
                    );
                    gemm(&mut unfolded, window, dy, Matrix::new(ws, window), (rows, window, co), false, false);
                    g.fold(&unfolded, dx);
                }
                (dx, (dw, db))
            });
            let (dx, rest): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
            let (dw, db): (Vec<_>, Vec<_>) = rest.into_iter().unzip();
            (
                tensor(dx.concat(), shape(&x)),
                tensor(sum_parts(&dw.concat(), co * window), [co, window]),
                tensor(sum_parts(&db.concat(), co), [co]),
            )
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{Groups, contiguous, empty, launch, shape, sum_rows, with_shape, words};
    use crate::kernels::shaders::{CONV2D_FORWARD, CONV2D_INPUT_GRADIENT, CONV2D_WEIGHT_GRADIENT, Constant};
    use crate::kernels::variants::{Tiling, preferred};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    /// Output pixels that one invocation adds up for the weight's gradient.
    const SLICE: usize = 1024;
    /// Slices at most, since each has a weight of its own until they are added up.
    const MAX_SLICES: usize = 32;

    /// Sizes of one convolution.
    struct Geometry {
        batch: usize,
        pixels_in: usize,
        pixels_out: usize,
        ci: usize,
        co: usize,
        window: usize,
        /// Output pixels of a slice.
        slice: usize,
        out: Vec<usize>,
        words: [u32; 11],
    }

    impl Geometry {
        fn new(x: &CubeTensor, weight: &CubeTensor, conv: Conv2d) -> Self {
            let (dims, weights) = (shape(x), shape(weight));
            let (batch, h, w, ci, co) = (dims[0], dims[1], dims[2], dims[3], weights[0]);
            let (ho, wo, window) = (conv.output(h), conv.output(w), conv.kernel * conv.kernel * ci);
            assert_eq!(weights[1], window, "conv2d weight {weights:?} on {dims:?}");
            let slice = SLICE.max((batch * ho * wo).div_ceil(MAX_SLICES));
            let words = words([batch, h, w, ci, ho, wo, co, conv.kernel, conv.stride, conv.pad_before, slice]);
            Self {
                batch,
                pixels_in: h * w,
                pixels_out: ho * wo,
                ci,
                co,
                window,
                slice,
                out: vec![batch, ho, wo, co],
                words,
            }
        }
        fn constants(&self) -> [Constant; 1] {
            [("ALIGNED", (self.ci.is_multiple_of(4) && self.co.is_multiple_of(4)) as u32)]
        }
        /// Workgroups of so many channels (`across`) and pixels (`down`); many pixels go on in z.
        fn groups((channels, across): (usize, usize), (pixels, down): (usize, usize)) -> Groups {
            let [y, z, _] = crate::kernels::gpu::groups_for(pixels.div_ceil(down));
            [channels.div_ceil(across), y, z]
        }
    }

    impl Conv2dKernel for CubeBackend {
        fn conv2d_forward(x: CubeTensor, weight: CubeTensor, bias: CubeTensor, conv: Conv2d) -> CubeTensor {
            let (x, weight, bias) = (contiguous(x), contiguous(weight), contiguous(bias));
            let g = Geometry::new(&x, &weight, conv);
            let y = empty(&x, g.out.clone());
            // Pixels and channels of an invocation, invocations of a workgroup down and across.
            let [pixels, columns, down, across] =
                if preferred().tiling == Tiling::Large { [16, 8, 2, 4] } else { [4, 4, 8, 8] };
            let tiles = [("PIXELS", pixels), ("COLUMNS", columns / 4), ("DOWN", down), ("ACROSS", across)];
            let constants = [g.constants().as_slice(), &tiles.map(|(name, value)| (name, value as u32))].concat();
            let groups = Geometry::groups((g.co, columns * across), (g.batch * g.pixels_out, pixels * down));
            launch(&CONV2D_FORWARD, &constants, &[&x, &weight, &bias, &y], &g.words, groups);
            y
        }

        fn conv2d_backward(
            x: CubeTensor,
            weight: CubeTensor,
            dy: CubeTensor,
            conv: Conv2d,
        ) -> (CubeTensor, CubeTensor, CubeTensor) {
            let (x, weight, dy) = (contiguous(x), contiguous(weight), contiguous(dy));
            let g = Geometry::new(&x, &weight, conv);
            let dx = empty(&x, shape(&x));
            let groups = Geometry::groups((g.ci, 32), (g.batch * g.pixels_in, 32));
            launch(&CONV2D_INPUT_GRADIENT, &g.constants(), &[&weight, &dy, &dx], &g.words, groups);
            let slices = (g.batch * g.pixels_out).div_ceil(g.slice);
            let dw = empty(&x, [slices, g.co * g.window]);
            let fours = conv.kernel * conv.kernel * g.ci.div_ceil(4);
            let groups = [fours.div_ceil(8), g.co.div_ceil(32), slices];
            launch(&CONV2D_WEIGHT_GRADIENT, &g.constants(), &[&x, &dy, &dw], &g.words, groups);
            let dw = with_shape(sum_rows(&dw, g.co * g.window), [g.co, g.window]);
            (dx, dw, sum_rows(&dy, g.co))
        }
    }
}
