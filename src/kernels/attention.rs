//! Attention over packed projections, causal and bounded to documents, or over everything.
//!
//! `qkv [B, T, (n_q + 2 n_kv) d]`; query `i` sees the keys `j` with `starts[i] <= j <= i`
//! (causal: packed documents don't see each other) or all `T` keys. For each query head, with
//! `s = 1 / sqrt(d)`:
//! `p_ij = exp(s q_i k_j - lse_i)`, `lse_i = log sum_j exp(s q_i k_j)`, `o_i = sum_j p_ij v_j`.
//! The forward pass saves `lse`; the backward pass recomputes `p`, with `D_i = do_i . o_i`:
//! `dv_j = sum_i p_ij do_i`, `ds_ij = p_ij (do_i . v_j - D_i) s`, `dq_i = sum_j ds_ij k_j`,
//! `dk_j = sum_i ds_ij q_i` (Dao et al. 2022).

use crate::kernels::autodiff::autodiff;
use crate::kernels::heads::Heads;
use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait AttentionKernel: Backend {
    /// `(o [B, T, n_q d], lse [B, n_q, T])`.
    fn attention_forward(
        qkv: FloatTensor<Self>,
        starts: IntTensor<Self>,
        heads: Heads,
        causal: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    /// `dqkv`.
    fn attention_backward(
        qkv: FloatTensor<Self>,
        starts: IntTensor<Self>,
        o: FloatTensor<Self>,
        lse: FloatTensor<Self>,
        d_o: FloatTensor<Self>,
        heads: Heads,
        causal: bool,
    ) -> FloatTensor<Self>;
}

/// `qkv [B, T, packed]`, `starts [B, T]` (the first key each query sees; ignored if not causal);
/// the result is `[B, T, n_q d]`.
pub fn attention(qkv: Tensor<3>, starts: Tensor<2, Int>, heads: Heads, causal: bool) -> Tensor<3> {
    Tensor::from_dispatch(Dispatch::attention_forward(qkv.into_dispatch(), starts.into_dispatch(), heads, causal).0)
}

autodiff!(AttentionKernel, AttentionBackward;
    attention_forward(qkv: float, starts: int, heads: (Heads), causal: (bool)) -> (o, lse);
    attention_backward(qkv: float, starts: int, o: float, lse: float, d_o: upstream, heads: (Heads), causal: (bool))
        -> (qkv);
);

#[cfg(feature = "cpu")]
mod on_cpu;

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, indices, launch, shape, words};
    use crate::kernels::shaders::{self, Constant, Entry};
    use crate::kernels::variants::preferred;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    /// Heads up to this size fit an invocation's registers.
    const REGISTERS: usize = 64;

    /// The launches for heads of one size.
    struct Launches {
        forward: &'static Entry,
        query_gradient: &'static Entry,
        key_value_gradient: &'static Entry,
        constants: Vec<Constant>,
        /// Tokens of one workgroup.
        tokens: usize,
    }

    impl Launches {
        fn new(size: usize) -> Self {
            if size.is_multiple_of(4) && size <= REGISTERS {
                // Where lanes are few and reads dear, each serves several tokens with what it has read.
                let tokens = if preferred().several { 4 } else { 1 };
                return Self {
                    forward: &shaders::ATTENTION_FORWARD,
                    query_gradient: &shaders::ATTENTION_QUERY_GRADIENT,
                    key_value_gradient: &shaders::ATTENTION_KEY_VALUE_GRADIENT,
                    constants: vec![("FOURS", (size / 4) as u32), ("TOKENS", tokens), ("LANES", 64 / tokens)],
                    tokens: 64,
                };
            }
            Self {
                forward: &shaders::ATTENTION_WIDE_FORWARD,
                query_gradient: &shaders::ATTENTION_WIDE_QUERY_GRADIENT,
                key_value_gradient: &shaders::ATTENTION_WIDE_KEY_VALUE_GRADIENT,
                constants: vec![("HEAD", size as u32), ("SLOTS", size.div_ceil(64) as u32)],
                tokens: 1,
            }
        }
    }

    fn sizes(t: usize, heads: Heads, causal: bool) -> Vec<u32> {
        let mut sizes = words([t, heads.query, heads.key_value, causal as usize]).to_vec();
        sizes.push((1.0 / (heads.size as f32).sqrt()).to_bits());
        sizes
    }

    impl AttentionKernel for CubeBackend {
        fn attention_forward(
            qkv: CubeTensor,
            starts: CubeTensor,
            heads: Heads,
            causal: bool,
        ) -> (CubeTensor, CubeTensor) {
            let (qkv, starts, plan) = (contiguous(qkv), indices(starts), Launches::new(heads.size));
            let dims = shape(&qkv);
            let (b, t) = (dims[0], dims[1]);
            let (o, lse) = (empty(&qkv, [b, t, heads.query * heads.size]), empty(&qkv, [b, heads.query, t]));
            let groups = [t.div_ceil(plan.tokens), b * heads.query, 1];
            launch(plan.forward, &plan.constants, &[&qkv, &starts, &o, &lse], &sizes(t, heads, causal), groups);
            (o, lse)
        }

        fn attention_backward(
            qkv: CubeTensor,
            starts: CubeTensor,
            o: CubeTensor,
            lse: CubeTensor,
            d_o: CubeTensor,
            heads: Heads,
            causal: bool,
        ) -> CubeTensor {
            let (qkv, starts, d_o, plan) =
                (contiguous(qkv), indices(starts), contiguous(d_o), Launches::new(heads.size));
            let dims = shape(&qkv);
            let (b, t) = (dims[0], dims[1]);
            let (dqkv, delta) = (empty(&qkv, dims), empty(&qkv, [b, heads.query, t]));
            let (sizes, blocks) = (sizes(t, heads, causal), t.div_ceil(plan.tokens));
            let buffers = [&qkv, &starts, &o, &lse, &d_o, &dqkv, &delta];
            launch(plan.query_gradient, &plan.constants, &buffers, &sizes, [blocks, b * heads.query, 1]);
            let buffers = [&qkv, &starts, &lse, &delta, &d_o, &dqkv];
            launch(plan.key_value_gradient, &plan.constants, &buffers, &sizes, [blocks, b * heads.key_value, 1]);
            dqkv
        }
    }
}
