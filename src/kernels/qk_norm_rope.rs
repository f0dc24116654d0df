//! Chameleon's query and key path in one op: LayerNorm with weight and bias over each head, then
//! rotary position embedding; values pass unchanged.
//!
//! Input and output are the packed projections `qkv [B, T, (n_q + 2 n_kv) d]`. For each query and
//! key head `x [d]`: `y = (x - mean) / sqrt(var + eps) w + b`, then, with
//! `a_j = position theta^(-2j/d)` for `j < d/2` (the rotate-half layout of Hugging Face),
//! `out_j = y_j cos a_j - y_(j+d/2) sin a_j`, `out_(j+d/2) = y_(j+d/2) cos a_j + y_j sin a_j`.
//!
//! Backward: RoPE turns the gradient back by the same angles (`dy = R(-a) dout`), then LayerNorm's gradient. On the CPU
//! both are in `on_cpu`, on WebGPU in shaders/qk_norm_rope.wgsl.

use crate::kernels::autodiff::autodiff;
use crate::kernels::heads::{Heads, Rope};
use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

/// `theta^(-2j/d)`, in radians a position.
fn frequency(j: usize, size: usize, theta: f32) -> f32 {
    1.0 / theta.powf((2 * j) as f32 / size as f32)
}

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait QkNormRopeKernel: Backend {
    fn qk_norm_rope_forward(
        qkv: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        positions: IntTensor<Self>,
        heads: Heads,
        rope: Rope,
    ) -> FloatTensor<Self>;
    /// `(dqkv, dweight, dbias)`.
    fn qk_norm_rope_backward(
        qkv: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        positions: IntTensor<Self>,
        dy: FloatTensor<Self>,
        heads: Heads,
        rope: Rope,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>);
}

/// `qkv [B, T, packed]`, `weight` and `bias [n_q + n_kv, d]` (query heads first),
/// `positions [B, T]`; the result has the shape of `qkv`.
pub fn qk_norm_rope(
    qkv: Tensor<3>,
    weight: Tensor<2>,
    bias: Tensor<2>,
    positions: Tensor<2, Int>,
    heads: Heads,
    rope: Rope,
) -> Tensor<3> {
    Tensor::from_dispatch(Dispatch::qk_norm_rope_forward(
        qkv.into_dispatch(),
        weight.into_dispatch(),
        bias.into_dispatch(),
        positions.into_dispatch(),
        heads,
        rope,
    ))
}

autodiff!(QkNormRopeKernel, QkNormRopeBackward;
    qk_norm_rope_forward(qkv: float, weight: float, bias: float, positions: int, heads: (Heads), rope: (Rope)) -> (y);
    qk_norm_rope_backward(qkv: float, weight: float, positions: int, dy: upstream, heads: (Heads), rope: (Rope))
        -> (qkv, weight, bias);
);

#[cfg(feature = "cpu")]
mod on_cpu;

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{
        BLOCK, contiguous, empty, groups_of_lanes, indices, launch, rows_columns, shape, sum_rows, with_shape, words,
    };
    use crate::kernels::shaders::{
        Constant, QK_NORM_ROPE_FORWARD, QK_NORM_ROPE_INPUT_GRADIENT, QK_NORM_ROPE_WEIGHT_GRADIENT,
    };
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    fn constants(heads: Heads) -> [Constant; 3] {
        [("HEAD", heads.size as u32), ("FREQUENCIES", heads.size.div_ceil(8) as u32), ("BLOCK", BLOCK as u32)]
    }

    /// Sizes and eps, then the frequencies, which want 16 bytes of alignment.
    fn sizes(rows: usize, heads: Heads, rope: Rope) -> Vec<u32> {
        let mut sizes = words([rows, heads.query, heads.key_value]).to_vec();
        sizes.push(rope.eps.to_bits());
        sizes.extend((0..heads.size / 2).map(|j| frequency(j, heads.size, rope.theta).to_bits()));
        sizes.resize(4 + heads.size.div_ceil(8) * 4, 0);
        sizes
    }

    impl QkNormRopeKernel for CubeBackend {
        fn qk_norm_rope_forward(
            qkv: CubeTensor,
            weight: CubeTensor,
            bias: CubeTensor,
            positions: CubeTensor,
            heads: Heads,
            rope: Rope,
        ) -> CubeTensor {
            let (qkv, weight, bias, positions) =
                (contiguous(qkv), contiguous(weight), contiguous(bias), indices(positions));
            let (rows, c) = rows_columns(&qkv);
            let out = empty(&qkv, shape(&qkv));
            let buffers = [&qkv, &weight, &bias, &positions, &out];
            let groups = groups_of_lanes(rows * c / heads.size);
            launch(&QK_NORM_ROPE_FORWARD, &constants(heads), &buffers, &sizes(rows, heads, rope), groups);
            out
        }

        fn qk_norm_rope_backward(
            qkv: CubeTensor,
            weight: CubeTensor,
            positions: CubeTensor,
            dy: CubeTensor,
            heads: Heads,
            rope: Rope,
        ) -> (CubeTensor, CubeTensor, CubeTensor) {
            let (qkv, weight, positions, dy) =
                (contiguous(qkv), contiguous(weight), indices(positions), contiguous(dy));
            let (rows, c) = rows_columns(&qkv);
            let (all_heads, normed) = (c / heads.size, heads.query + heads.key_value);
            let (blocks, width) = (rows.div_ceil(BLOCK), normed * heads.size);
            let (dqkv, statistics) = (empty(&qkv, shape(&qkv)), empty(&qkv, [rows, all_heads, 2]));
            let (constants, sizes) = (constants(heads), sizes(rows, heads, rope));
            let buffers = [&qkv, &weight, &positions, &dy, &dqkv, &statistics];
            launch(&QK_NORM_ROPE_INPUT_GRADIENT, &constants, &buffers, &sizes, groups_of_lanes(rows * all_heads));
            let (dw, db) = (empty(&qkv, [blocks, width]), empty(&qkv, [blocks, width]));
            let buffers = [&qkv, &positions, &dy, &statistics, &dw, &db];
            launch(&QK_NORM_ROPE_WEIGHT_GRADIENT, &constants, &buffers, &sizes, [(width / 2).div_ceil(64), blocks, 1]);
            let sum = |x| with_shape(sum_rows(x, width), [normed, heads.size]);
            (dqkv, sum(&dw), sum(&db))
        }
    }
}
