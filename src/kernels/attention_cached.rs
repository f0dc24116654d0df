//! Attention of new tokens against the key/value cache, for generation.
//!
//! `qkv [1, N, packed]` holds the projections of `N` new tokens (after normalisation and RoPE),
//! the first of which stands at `position`. Their keys and values are written into
//! `cache [2, T_max, n_kv d]` at `position..position + N`; token `i` then attends to everything up
//! to itself. `position` is a tensor, so that a recorded list of launches can be replayed.

use crate::kernels::qk_norm_rope::Heads;
use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{
    Autodiff, Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait AttentionCachedKernel: Backend {
    /// `(o [1, N, n_q d], cache)`; the cache is changed in place where nobody else holds it.
    fn attention_cached_kernel(
        qkv: FloatTensor<Self>,
        cache: FloatTensor<Self>,
        position: IntTensor<Self>,
        heads: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
}

/// `(o [1, N, n_q d], cache)` of `qkv [1, N, packed]`, `cache [2, T_max, n_kv d]`, `position [1]`.
pub fn attention_cached(
    qkv: Tensor<3>,
    cache: Tensor<3>,
    position: Tensor<1, Int>,
    heads: Heads,
) -> (Tensor<3>, Tensor<3>) {
    let (o, cache) =
        Dispatch::attention_cached_kernel(qkv.into_dispatch(), cache.into_dispatch(), position.into_dispatch(), heads);
    (Tensor::from_dispatch(o), Tensor::from_dispatch(cache))
}

impl<B: AttentionCachedKernel, C: CheckpointStrategy> AttentionCachedKernel for Autodiff<B, C> {
    fn attention_cached_kernel(
        _: FloatTensor<Self>,
        _: FloatTensor<Self>,
        _: IntTensor<B>,
        _: Heads,
    ) -> (FloatTensor<Self>, FloatTensor<Self>) {
        unreachable!("generation takes no gradient")
    }
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{contiguous, exp, indices, map_ranges, shape, slice, tensor};
    use crate::kernels::cpu_rows::{add_weighted, products};
    use burn::backend::{Flex, flex::FlexTensor};

    impl AttentionCachedKernel for Flex {
        fn attention_cached_kernel(
            qkv: FlexTensor,
            cache: FlexTensor,
            position: FlexTensor,
            heads: Heads,
        ) -> (FlexTensor, FlexTensor) {
            let (qkv, mut cache, first) = (contiguous(qkv), contiguous(cache), indices(&position)[0]);
            let (n, row, d) = (shape(&qkv)[1], heads.packed(), heads.size);
            let (t_max, width) = (shape(&cache)[1], heads.key_value * d);
            assert!(first + n <= t_max, "the cache holds {t_max} tokens");
            let xs = slice(&qkv);
            {
                let (keys, values) = cache.storage_mut::<f32>().split_at_mut(t_max * width);
                for (i, x) in xs.chunks_exact(row).enumerate() {
                    keys[(first + i) * width..][..width].copy_from_slice(&x[heads.key_start()..heads.value_start()]);
                    values[(first + i) * width..][..width].copy_from_slice(&x[heads.value_start()..]);
                }
            }
            let (keys, values) = slice(&cache).split_at(t_max * width);
            let scale = 1.0 / (d as f32).sqrt();
            let rows = map_ranges(n, 8, |range| {
                let mut o = vec![0.0; range.len() * heads.query * d];
                let mut p = vec![0.0; first + range.end];
                for (o, i) in o.chunks_exact_mut(heads.query * d).zip(range) {
                    let seen = first + i + 1;
                    for h in 0..heads.query {
                        let q = &xs[i * row + h * d..][..d];
                        let column = heads.key_value_of(h) * d;
                        let p = &mut p[..seen];
                        products(q, &keys[column..], width, p);
                        let max = p.iter().fold(f32::MIN, |a, b| if *b > a { *b } else { a });
                        for p in &mut *p {
                            *p = exp((*p - max) * scale);
                        }
                        let share = 1.0 / p.iter().sum::<f32>();
                        let out = &mut o[h * d..][..d];
                        add_weighted(out, p, &values[column..], width);
                        for out in out {
                            *out *= share;
                        }
                    }
                }
                o
            });
            (tensor(rows.concat(), [1, n, heads.query * d]), cache)
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
            let lanes = if preferred().tiling == Tiling::Large { 16 } else { lanes };
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
            position: CubeTensor,
            heads: Heads,
        ) -> (CubeTensor, CubeTensor) {
            let (qkv, cache, position) = (contiguous(qkv), owned(cache), indices(position));
            let (n, t_max, d) = (shape(&qkv)[1], shape(&cache)[1], heads.size);
            let o = empty(&qkv, [1, n, heads.query * d]);
            let (entry, constants) = plan(d, n);
            let mut sizes = words([n, t_max, heads.query, heads.key_value]).to_vec();
            sizes.push((1.0 / (d as f32).sqrt()).to_bits());
            launch(entry, &constants, &[&qkv, &position, &cache, &o], &sizes, [n, heads.query, 1]);
            (o, cache)
        }
    }
}
