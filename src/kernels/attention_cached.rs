//! Attention of new tokens against the key/value cache, for generation.
//!
//! `qkv [R, N, packed]` holds the projections of `N` new tokens (after normalisation and RoPE) of each of
//! `R` sequences. `cache [S, 2, T_max, n_kv d]` holds the keys and values of `S` sequences: row `r` goes on
//! with sequence `sequence[r]`, no two rows with the same, and its first new token stands at `position[r]`.
//! New keys and values are written into the cache behind that; token `i` then attends to everything up to
//! itself. Both numbers are tensors, so that nothing has to be read back between two tokens.

use crate::kernels::qk_norm_rope::Heads;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{
    Autodiff, Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait AttentionCachedKernel: Backend {
    /// `(o [R, N, n_q d], cache)`; the cache is changed in place where nobody else holds it.
    fn attention_cached_kernel(
        qkv: FloatTensor<Self>,
        cache: FloatTensor<Self>,
        sequence: IntTensor<Self>,
        position: IntTensor<Self>,
        heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// `(o [R, N, n_q d], cache)` of `qkv [R, N, packed]`, `cache [S, 2, T_max, n_kv d]`, `sequence [R]`,
/// `position [R]`.
pub fn attention_cached(
    qkv: Tensor<3>,
    cache: Tensor<4>,
    sequence: Tensor<1, Int>,
    position: Tensor<1, Int>,
    heads: Heads,
) -> (Tensor<3>, Tensor<4>) {
    let (qkv, cache) = (qkv.into_dispatch(), cache.into_dispatch());
    let (sequence, position) = (sequence.into_dispatch(), position.into_dispatch());
    let (o, cache) = Dispatch::attention_cached_kernel(qkv, cache, sequence, position, heads);
    (Tensor::from_dispatch(o), Tensor::from_dispatch(cache))
}

impl<B: AttentionCachedKernel, C: CheckpointStrategy> AttentionCachedKernel for Autodiff<B, C> {
    fn attention_cached_kernel(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: IntTensor<B>,
        _: IntTensor<B>,
        _: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("generation takes no gradient")
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{contiguous, exp, indices, map_ranges, maximum, shape, slice, sum, tensor};
    use crate::kernels::cpu_rows::{add_weighted, products};
    use burn::backend::{Flex, flex::FlexTensor};

    impl AttentionCachedKernel for Flex {
        fn attention_cached_kernel(
            qkv: FlexTensor,
            cache: FlexTensor,
            sequence: FlexTensor,
            position: FlexTensor,
            heads: Heads,
        ) -> (FlexTensor, FlexTensor) {
            let (qkv, mut cache) = (contiguous(qkv), contiguous(cache));
            let (sequence, first) = (indices(&sequence), indices(&position));
            let (rows, n, row, d) = (shape(&qkv)[0], shape(&qkv)[1], heads.packed(), heads.size);
            let (t_max, width) = (shape(&cache)[2], heads.key_value * d);
            let longest = first.iter().max().map_or(0, |first| first + n);
            assert!(longest <= t_max, "the cache holds {t_max} tokens");
            let xs = slice(&qkv);
            // Where the keys and the values of a row begin.
            let places = |r: usize| [2 * sequence[r], 2 * sequence[r] + 1].map(|half| half * t_max * width);
            let held = cache.storage_mut::<f32>();
            for (token, x) in xs.chunks_exact(row).enumerate() {
                let (r, i) = (token / n, token % n);
                let [keys, values] = places(r).map(|place| place + (first[r] + i) * width);
                held[keys..][..width].copy_from_slice(&x[heads.key_start()..heads.value_start()]);
                held[values..][..width].copy_from_slice(&x[heads.value_start()..]);
            }
            let held = slice(&cache);
            let scale = 1.0 / (d as f32).sqrt();
            let outputs = map_ranges(rows * n, 8, |range| {
                let mut o = vec![0.0; range.len() * heads.query * d];
                let mut p = vec![0.0; longest];
                for (o, token) in o.chunks_exact_mut(heads.query * d).zip(range) {
                    let r = token / n;
                    let seen = first[r] + token % n + 1;
                    let [keys, values] = places(r).map(|place| &held[place..][..t_max * width]);
                    for h in 0..heads.query {
                        let q = &xs[token * row + h * d..][..d];
                        let column = heads.key_value_of(h) * d;
                        let p = &mut p[..seen];
                        products(q, &keys[column..], width, p);
                        let max = maximum(p);
                        for p in &mut *p {
                            *p = exp((*p - max) * scale);
                        }
                        let share = 1.0 / sum(p);
                        let out = &mut o[h * d..][..d];
                        add_weighted(out, p, &values[column..], width);
                        for out in out {
                            *out *= share;
                        }
                    }
                }
                o
            });
            (tensor(outputs.concat(), [rows, n, heads.query * d]), cache)
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, indices, launch, owned, shape, words};
    use crate::kernels::shaders::{ATTENTION_CACHED, ATTENTION_CACHED_WIDE, Constant, Entry};
    use crate::kernels::variants::{Tiling, preferred};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    /// Heads up to this size fit an invocation's registers.
    const REGISTERS: usize = 64;

    /// The entry for heads of `size` elements and `n` new tokens.
    fn plan(size: usize, n: usize) -> (&'static Entry, Vec<Constant>) {
        if size.is_multiple_of(4) && size <= REGISTERS {
            // All lanes' outputs together must fit the workgroup's memory.
            let lanes = if size <= REGISTERS / 2 { 64 } else { 32 };
            // An adapter that runs on the CPU has few lanes in truth, and each waits for all others.
            let lanes = if preferred().tiling == Tiling::Large { 4 } else { lanes };
            return (&ATTENTION_CACHED, vec![("LANES", lanes), ("FOURS", size as u32 / 4)]);
        }
        // A single token has few workgroups: each then looks at more keys at a time.
        let lanes = if n == 1 { 128 } else { 64 };
        let (parts, slots) = ((lanes / size).max(1), size.div_ceil(lanes));
        let constants = [("LANES", lanes), ("HEAD", size), ("PARTS", parts), ("SLOTS", slots)];
        (&ATTENTION_CACHED_WIDE, constants.map(|(name, value)| (name, value as u32)).to_vec())
    }

    impl AttentionCachedKernel for CubeBackend {
        fn attention_cached_kernel(
            qkv: CubeTensor,
            cache: CubeTensor,
            sequence: CubeTensor,
            position: CubeTensor,
            heads: Heads,
        ) -> (CubeTensor, CubeTensor) {
            let (qkv, cache) = (contiguous(qkv), owned(cache));
            let (sequence, position) = (indices(sequence), indices(position));
            let (rows, n, t_max, d) = (shape(&qkv)[0], shape(&qkv)[1], shape(&cache)[2], heads.size);
            let o = empty(&qkv, [rows, n, heads.query * d]);
            let (entry, constants) = plan(d, n);
            let mut sizes = words([n, t_max, heads.query, heads.key_value]).to_vec();
            sizes.push((1.0 / (d as f32).sqrt()).to_bits());
            let tensors = [&qkv, &sequence, &position, &cache, &o];
            launch(entry, &constants, &tensors, &sizes, [n, heads.query, rows]);
            (o, cache)
        }
    }
}
