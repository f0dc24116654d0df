//! Attention of new tokens against the key/value cache, for generation.
//!
//! `qkv [.., packed]` holds the projections of `T` new tokens (after normalisation and RoPE), as many of each
//! sequence as come: those of one sequence stand next to each other, in order. `cache [S, 2, T_max, n_kv d]`
//! holds the keys and values of `S` sequences. [`Places`] say where each new token stands. New keys and values
//! are written into the cache there; each token then attends to everything of its sequence up to itself. What
//! the cache held behind the first new token of a sequence is forgotten. Places are tensors, so that nothing
//! has to be read back between two tokens.

use crate::kernels::heads::Heads;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{
    Autodiff, Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

/// Where new tokens stand, `[T]` each.
#[derive(Clone)]
pub struct Places {
    /// The token's sequence in the cache.
    pub sequence: Tensor<1, Int>,
    /// Its place in that sequence.
    pub position: Tensor<1, Int>,
    /// Which of the new tokens is the first one of that sequence.
    pub start: Tensor<1, Int>,
}

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait AttentionCachedKernel: Backend {
    /// `(o [.., n_q d], cache)`; the cache is changed in place where nobody else holds it.
    fn attention_cached_kernel(
        qkv: FloatTensor<Self>,
        cache: FloatTensor<Self>,
        sequence: IntTensor<Self>,
        position: IntTensor<Self>,
        start: IntTensor<Self>,
        heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// `(o [.., n_q d], cache)` of `qkv [.., packed]` and `cache [S, 2, T_max, n_kv d]`.
pub fn attention_cached(qkv: Tensor<3>, cache: Tensor<4>, places: Places, heads: Heads) -> (Tensor<3>, Tensor<4>) {
    let (qkv, cache) = (qkv.into_dispatch(), cache.into_dispatch());
    let [sequence, position, start] =
        [places.sequence, places.position, places.start].map(|numbers| numbers.into_dispatch());
    let (o, cache) = Dispatch::attention_cached_kernel(qkv, cache, sequence, position, start, heads);
    (Tensor::from_dispatch(o), Tensor::from_dispatch(cache))
}

impl<B: AttentionCachedKernel, C: CheckpointStrategy> AttentionCachedKernel for Autodiff<B, C> {
    fn attention_cached_kernel(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: IntTensor<B>,
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
    use std::ops::Range;

    /// A core takes so many neighbouring tokens at a time: a head's keys and values then stay in its cache.
    const TOGETHER: usize = 16;

    /// Ranges of at most `TOGETHER` neighbours of one sequence.
    fn neighbours(start: &[usize]) -> Vec<Range<usize>> {
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for token in 0..start.len() {
            match ranges.last_mut() {
                Some(last) if start[last.start] == start[token] && last.len() < TOGETHER => last.end += 1,
                _ => ranges.push(token..token + 1),
            }
        }
        ranges
    }

    impl AttentionCachedKernel for Flex {
        fn attention_cached_kernel(
            qkv: FlexTensor,
            cache: FlexTensor,
            sequence: FlexTensor,
            position: FlexTensor,
            start: FlexTensor,
            heads: Heads,
        ) -> (FlexTensor, FlexTensor) {
            let (qkv, mut cache) = (contiguous(qkv), contiguous(cache));
            let [sequence, position, start] = [sequence, position, start].map(|numbers| indices(&numbers));
            let (row, d, t_max) = (heads.packed(), heads.size, shape(&cache)[2]);
            let (width, out_row) = (heads.key_value * d, heads.query * d);
            let longest = position.iter().max().map_or(0, |last| last + 1);
            assert!(longest <= t_max, "the cache holds {t_max} tokens");
            let xs = slice(&qkv);
            // Where the keys and the values of a token's sequence begin.
            let places = |token: usize| [0, 1].map(|half| (2 * sequence[token] + half) * t_max * width);
            let held = cache.storage_mut::<f32>();
            for (token, x) in xs.chunks_exact(row).enumerate() {
                let [keys, values] = places(token).map(|place| place + position[token] * width);
                held[keys..][..width].copy_from_slice(&x[heads.key_start()..heads.value_start()]);
                held[values..][..width].copy_from_slice(&x[heads.value_start()..]);
            }
            let held = slice(&cache);
            let scale = 1.0 / (d as f32).sqrt();
            let ranges = neighbours(&start);
            let outputs = map_ranges(ranges.len(), 1, |range| {
                let tokens = ranges[range.start].clone();
                let [keys, values] = places(tokens.start).map(|place| &held[place..][..t_max * width]);
                let mut o = vec![0.0; tokens.len() * out_row];
                let mut p = vec![0.0; longest];
                for h in 0..heads.query {
                    let column = heads.key_value_of(h) * d;
                    for (o, token) in o.chunks_exact_mut(out_row).zip(tokens.clone()) {
                        let q = &xs[token * row + h * d..][..d];
                        let p = &mut p[..position[token] + 1];
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
            let mut dims = shape(&qkv);
            *dims.last_mut().expect("at least one dimension") = out_row;
            (tensor(outputs.concat(), dims), cache)
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty, indices, launch, owned, rows_columns, shape, words};
    use crate::kernels::shaders::{ATTENTION_CACHED, ATTENTION_CACHED_WIDE, Constant, Entry};
    use crate::kernels::variants::{Tiling, preferred};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    /// Heads up to this size fit an invocation's registers.
    const REGISTERS: usize = 64;

    /// Neighbouring tokens that a workgroup takes together on an adapter that runs on the CPU, where reads are
    /// what costs; elsewhere a workgroup each keeps more lanes busy.
    const QUERIES: usize = 4;

    /// The entry for heads of `size` elements and `n` new tokens, of one sequence or of several, and how many of
    /// them a workgroup takes.
    fn plan(size: usize, n: usize, one: bool) -> (&'static Entry, Vec<Constant>, usize) {
        if size.is_multiple_of(4) && size <= REGISTERS {
            // All lanes' outputs together must fit the workgroup's memory.
            let lanes = if size <= REGISTERS / 2 { 64 } else { 32 };
            // An adapter that runs on the CPU has few lanes in truth, and each waits for all others.
            let software = preferred().tiling == Tiling::Large;
            let lanes = if software { 4 } else { lanes };
            let queries = if software && one && n > 1 { QUERIES } else { 1 };
            let constants = vec![("LANES", lanes), ("FOURS", size as u32 / 4), ("QUERIES", queries as u32)];
            return (&ATTENTION_CACHED, constants, queries);
        }
        // A single token has few workgroups: each then looks at more keys at a time.
        let lanes = if n == 1 { 128 } else { 64 };
        let (parts, slots) = ((lanes / size).max(1), size.div_ceil(lanes));
        let constants = [("LANES", lanes), ("HEAD", size), ("PARTS", parts), ("SLOTS", slots)];
        (&ATTENTION_CACHED_WIDE, constants.map(|(name, value)| (name, value as u32)).to_vec(), 1)
    }

    impl AttentionCachedKernel for CubeBackend {
        fn attention_cached_kernel(
            qkv: CubeTensor,
            cache: CubeTensor,
            sequence: CubeTensor,
            position: CubeTensor,
            start: CubeTensor,
            heads: Heads,
        ) -> (CubeTensor, CubeTensor) {
            let (qkv, cache) = (contiguous(qkv), owned(cache));
            let [sequence, position, start] = [sequence, position, start].map(indices);
            let (t, t_max, d) = (rows_columns(&qkv).0, shape(&cache)[2], heads.size);
            let mut dims = shape(&qkv);
            *dims.last_mut().expect("at least one dimension") = heads.query * d;
            let o = empty(&qkv, dims);
            let (entry, constants, queries) = plan(d, t, shape(&cache)[0] == 1);
            let mut sizes = words([t, t_max, heads.query, heads.key_value]).to_vec();
            sizes.push((1.0 / (d as f32).sqrt()).to_bits());
            let tensors = [&qkv, &sequence, &position, &start, &cache, &o];
            launch(entry, &constants, &tensors, &sizes, [t.div_ceil(queries), heads.query, 1]);
            (o, cache)
        }
    }
}
