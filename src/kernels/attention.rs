//! Attention over packed projections, causal and bounded to documents, or over everything.
//!
//! `qkv [B, T, (n_q + 2 n_kv) d]`; query `i` sees the keys `j` with `starts[i] <= j <= i`
//! (causal: packed documents don't see each other) or all `T` keys. For each query head, with
//! `s = 1 / sqrt(d)`:
//! `p_ij = exp(s q_i k_j - lse_i)`, `lse_i = log sum_j exp(s q_i k_j)`, `o_i = sum_j p_ij v_j`.
//! The forward pass saves `lse`; the backward pass recomputes `p`, with `D_i = do_i . o_i`:
//! `dv_j = sum_i p_ij do_i`, `ds_ij = p_ij (do_i . v_j - D_i) s`, `dq_i = sum_j ds_ij k_j`,
//! `dk_j = sum_i ds_ij q_i` (Dao et al. 2022).

use crate::kernels::{qk_norm_rope::Heads, untracked};
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

#[derive(Debug)]
struct AttentionBackward;

impl<B: AttentionKernel> Backward<B, 1> for AttentionBackward {
    type State = (FloatTensor<B>, IntTensor<B>, FloatTensor<B>, FloatTensor<B>, Heads, bool);

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let [node] = ops.parents;
        let d_o = grads.consume::<B>(&ops.node);
        let (qkv, starts, o, lse, heads, causal) = ops.state;
        if let Some(node) = node {
            grads.register::<B>(node.id, B::attention_backward(qkv, starts, o, lse, d_o, heads, causal));
        }
    }
}

impl<B: AttentionKernel, C: CheckpointStrategy> AttentionKernel for Autodiff<B, C> {
    fn attention_forward(
        qkv: FloatTensor<Self>,
        starts: IntTensor<B>,
        heads: Heads,
        causal: bool,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        let (qkv, node) = qkv.into_parts();
        let (o, lse) = B::attention_forward(qkv.clone(), starts.clone(), heads, causal);
        let saved = untracked::<B, C>(lse.clone());
        match AttentionBackward.prepare::<C>([node]).compute_bound().stateful() {
            OpsKind::Tracked(prep) => (prep.finish((qkv, starts, o.clone(), lse, heads, causal), o), saved),
            OpsKind::UnTracked(prep) => (prep.finish(o), saved),
        }
    }
    fn attention_backward(
        _: FloatTensor<Self>,
        _: IntTensor<B>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: Heads,
        _: bool,
    ) -> FloatTensor<Self> {
        unreachable!("gradients of gradients are not taken")
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{
        Matrix, contiguous, dot, exp, gemm, indices, map_ranges, maximum, shape, slice, sum, tensor,
    };
    use burn::backend::{Flex, flex::FlexTensor};
    use std::ops::Range;

    /// Queries worked on together: their scores against all keys stay in the second-level cache.
    const QUERIES: usize = 64;

    /// One head's view of the packed projections of one row of the batch.
    struct Head<'a> {
        packed: &'a [f32],
        heads: Heads,
        query: usize,
        scale: f32,
    }

    impl<'a> Head<'a> {
        fn new(packed: &'a [f32], heads: Heads, query: usize) -> Self {
            Self { packed, heads, query, scale: 1.0 / (heads.size as f32).sqrt() }
        }
        fn queries(&self, from: usize) -> Matrix<'a> {
            self.part(from, self.query * self.heads.size)
        }
        fn keys(&self, from: usize) -> Matrix<'a> {
            self.part(from, self.heads.key_start() + self.heads.key_value_of(self.query) * self.heads.size)
        }
        fn values(&self, from: usize) -> Matrix<'a> {
            self.part(from, self.heads.value_start() + self.heads.key_value_of(self.query) * self.heads.size)
        }
        fn part(&self, from: usize, offset: usize) -> Matrix<'a> {
            let row = self.heads.packed();
            Matrix::new(&self.packed[from * row + offset..], row)
        }
    }

    /// Blocks of queries with the range of keys that any of them sees. No block reaches into the next
    /// document, so that none scores the keys of two.
    fn blocks(starts: &[usize], causal: bool) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + '_ {
        let t = starts.len();
        // A token that nobody after it sees, as in padding, needs no block of its own.
        let begins = move |i: &usize| causal && starts[*i] == *i && starts.get(i + 1) == Some(i);
        let mut from = 0;
        std::iter::from_fn(move || {
            let most = (from + QUERIES).min(t);
            let queries = from..(from + 1..most).find(begins).unwrap_or(most);
            from = queries.end;
            let first = starts[queries.clone()].iter().copied().min()?;
            let keys = if causal { first..queries.end } else { 0..t };
            Some((queries, keys))
        })
    }

    /// The keys that query `i` sees, counted from the start of its block's keys.
    fn seen(i: usize, keys: &Range<usize>, starts: &[usize], causal: bool) -> Range<usize> {
        if causal { starts[i] - keys.start..i + 1 - keys.start } else { 0..keys.len() }
    }

    /// `(o [t, d], lse [t])` of one head.
    fn forward(head: &Head, starts: &[usize], causal: bool) -> (Vec<f32>, Vec<f32>) {
        let (t, d) = (starts.len(), head.heads.size);
        let (mut o, mut lse, mut scores) = (vec![0.0; t * d], vec![0.0; t], Vec::new());
        for (queries, keys) in blocks(starts, causal) {
            let (m, n) = (queries.len(), keys.len());
            scores.resize(m * n, 0.0);
            gemm(
                &mut scores,
                n,
                head.queries(queries.start),
                head.keys(keys.start).transposed(),
                (m, n, d),
                false,
                false,
            );
            for (row, i) in scores.chunks_exact_mut(n).zip(queries.clone()) {
                let seen = seen(i, &keys, starts, causal);
                let max = maximum(&row[seen.clone()]);
                row[..seen.start].fill(0.0);
                row[seen.end..].fill(0.0);
                for p in &mut row[seen.clone()] {
                    *p = exp((*p - max) * head.scale);
                }
                let sum = sum(&row[seen.clone()]);
                for p in &mut row[seen] {
                    *p /= sum;
                }
                lse[i] = max * head.scale + sum.ln();
            }
            gemm(
                &mut o[queries.start * d..],
                d,
                Matrix::new(&scores, n),
                head.values(keys.start),
                (m, d, n),
                false,
                false,
            );
        }
        (o, lse)
    }

    /// Gradients of one head's queries, keys and values, `[t, d]` each; `o` and `d_o` have rows
    /// `stride` apart.
    fn backward(
        head: &Head,
        starts: &[usize],
        causal: bool,
        o: &[f32],
        lse: &[f32],
        d_o: &[f32],
        stride: usize,
    ) -> [Vec<f32>; 3] {
        let (t, d) = (starts.len(), head.heads.size);
        let (mut dq, mut dk, mut dv) = (vec![0.0; t * d], vec![0.0; t * d], vec![0.0; t * d]);
        let (mut p, mut ds) = (Vec::new(), Vec::new());
        for (queries, keys) in blocks(starts, causal) {
            let (m, n) = (queries.len(), keys.len());
            p.resize(m * n, 0.0);
            ds.resize(m * n, 0.0);
            let d_out = Matrix::new(&d_o[queries.start * stride..], stride);
            gemm(&mut p, n, head.queries(queries.start), head.keys(keys.start).transposed(), (m, n, d), false, false);
            gemm(&mut ds, n, d_out, head.values(keys.start).transposed(), (m, n, d), false, false);
            for ((p, ds), i) in p.chunks_exact_mut(n).zip(ds.chunks_exact_mut(n)).zip(queries.clone()) {
                let seen = seen(i, &keys, starts, causal);
                let delta = dot(&d_o[i * stride..][..d], &o[i * stride..][..d]);
                for row in [&mut *p, &mut *ds] {
                    row[..seen.start].fill(0.0);
                    row[seen.end..].fill(0.0);
                }
                for (p, ds) in p[seen.clone()].iter_mut().zip(&mut ds[seen]) {
                    *p = exp(*p * head.scale - lse[i]);
                    *ds = *p * (*ds - delta) * head.scale;
                }
            }
            gemm(&mut dq[queries.start * d..], d, Matrix::new(&ds, n), head.keys(keys.start), (m, d, n), false, false);
            gemm(
                &mut dk[keys.start * d..],
                d,
                Matrix::new(&ds, n).transposed(),
                head.queries(queries.start),
                (n, d, m),
                true,
                false,
            );
            gemm(&mut dv[keys.start * d..], d, Matrix::new(&p, n).transposed(), d_out, (n, d, m), true, false);
        }
        [dq, dk, dv]
    }

    /// Copies (or adds) `[t, d]` into the columns at `offset` of rows `stride` apart.
    fn scatter(out: &mut [f32], stride: usize, offset: usize, part: &[f32], d: usize) {
        for (row, part) in out.chunks_exact_mut(stride).zip(part.chunks_exact(d)) {
            for (o, p) in row[offset..offset + d].iter_mut().zip(part) {
                *o += p;
            }
        }
    }

    impl AttentionKernel for Flex {
        fn attention_forward(
            qkv: FlexTensor,
            starts: FlexTensor,
            heads: Heads,
            causal: bool,
        ) -> (FlexTensor, FlexTensor) {
            let (qkv, starts) = (contiguous(qkv), indices(&starts));
            let dims = shape(&qkv);
            let (b, t, row) = (dims[0], dims[1], dims[2]);
            let (xs, width) = (slice(&qkv), heads.query * heads.size);
            let results = map_ranges(b * heads.query, 1, |range| {
                let (batch, query) = (range.start / heads.query, range.start % heads.query);
                forward(&Head::new(&xs[batch * t * row..][..t * row], heads, query), &starts[batch * t..][..t], causal)
            });
            let (mut o, mut lse) = (vec![0.0; b * t * width], Vec::with_capacity(b * heads.query * t));
            for (index, (part, part_lse)) in results.into_iter().enumerate() {
                let (batch, query) = (index / heads.query, index % heads.query);
                scatter(&mut o[batch * t * width..][..t * width], width, query * heads.size, &part, heads.size);
                lse.extend(part_lse);
            }
            (tensor(o, [b, t, width]), tensor(lse, [b, heads.query, t]))
        }

        fn attention_backward(
            qkv: FlexTensor,
            starts: FlexTensor,
            o: FlexTensor,
            lse: FlexTensor,
            d_o: FlexTensor,
            heads: Heads,
            causal: bool,
        ) -> FlexTensor {
            let (qkv, d_o, starts) = (contiguous(qkv), contiguous(d_o), indices(&starts));
            let dims = shape(&qkv);
            let (b, t, row) = (dims[0], dims[1], dims[2]);
            let (xs, os, ls, gs) = (slice(&qkv), slice(&o), slice(&lse), slice(&d_o));
            let width = heads.query * heads.size;
            let results = map_ranges(b * heads.query, 1, |range| {
                let (batch, query) = (range.start / heads.query, range.start % heads.query);
                let head = Head::new(&xs[batch * t * row..][..t * row], heads, query);
                let from = batch * t * width + query * heads.size;
                backward(
                    &head,
                    &starts[batch * t..][..t],
                    causal,
                    &os[from..],
                    &ls[range.start * t..][..t],
                    &gs[from..],
                    width,
                )
            });
            let mut dx = vec![0.0; b * t * row];
            for (index, [dq, dk, dv]) in results.into_iter().enumerate() {
                let (batch, query) = (index / heads.query, index % heads.query);
                let key_value = heads.key_value_of(query) * heads.size;
                let out = &mut dx[batch * t * row..][..t * row];
                scatter(out, row, query * heads.size, &dq, heads.size);
                scatter(out, row, heads.key_start() + key_value, &dk, heads.size);
                scatter(out, row, heads.value_start() + key_value, &dv, heads.size);
            }
            tensor(dx, dims)
        }
    }
}

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
    struct Plan {
        forward: &'static Entry,
        query_gradient: &'static Entry,
        key_value_gradient: &'static Entry,
        constants: Vec<Constant>,
        /// Tokens of one workgroup.
        tokens: usize,
    }

    impl Plan {
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
            let (qkv, starts, plan) = (contiguous(qkv), indices(starts), Plan::new(heads.size));
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
            let (qkv, starts, d_o, plan) = (contiguous(qkv), indices(starts), contiguous(d_o), Plan::new(heads.size));
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
