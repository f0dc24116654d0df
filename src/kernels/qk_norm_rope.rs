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

use crate::kernels::heads::{Heads, Rope};
use burn::backend::autodiff::{
    checkpoint::{base::Checkpointer, strategy::CheckpointStrategy},
    grads::Gradients,
    ops::{Backward, Ops, OpsKind},
};
use burn::backend::{
    Autodiff, Backend, Dispatch, backend_extension,
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

#[derive(Debug)]
struct QkNormRopeBackward;

impl<B: QkNormRopeKernel> Backward<B, 3> for QkNormRopeBackward {
    type State = (FloatTensor<B>, FloatTensor<B>, IntTensor<B>, Heads, Rope);

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let nodes = ops.parents;
        let dy = grads.consume::<B>(&ops.node);
        let (qkv, weight, positions, heads, rope) = ops.state;
        let (dqkv, dweight, dbias) = B::qk_norm_rope_backward(qkv, weight, positions, dy, heads, rope);
        for (node, gradient) in nodes.into_iter().zip([dqkv, dweight, dbias]) {
            if let Some(node) = node {
                grads.register::<B>(node.id, gradient);
            }
        }
    }
}

impl<B: QkNormRopeKernel, C: CheckpointStrategy> QkNormRopeKernel for Autodiff<B, C> {
    fn qk_norm_rope_forward(
        qkv: FloatTensor<Self>,
        weight: FloatTensor<Self>,
        bias: FloatTensor<Self>,
        positions: IntTensor<B>,
        heads: Heads,
        rope: Rope,
    ) -> FloatTensor<Self> {
        let ((qkv, n1), (weight, n2), (bias, n3)) = (qkv.into_parts(), weight.into_parts(), bias.into_parts());
        let y = B::qk_norm_rope_forward(qkv.clone(), weight.clone(), bias, positions.clone(), heads, rope);
        match QkNormRopeBackward.prepare::<C>([n1, n2, n3]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => prep.finish((qkv, weight, positions, heads, rope), y),
            OpsKind::UnTracked(prep) => prep.finish(y),
        }
    }
    fn qk_norm_rope_backward(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: IntTensor<B>,
        _: FloatTensor<Self>,
        _: Heads,
        _: Rope,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("gradients of gradients are not taken")
    }
}

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
