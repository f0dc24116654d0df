//! The cost of a choice among allowed tokens, and how open the choice was: log-softmax over a
//! row's allowed set, gathered at the token that was chosen, and the entropy.
//!
//! Over the allowed `j`, with the row's scale `s` (the inverse temperature): `l_j = s x_j`,
//! `lse = log sum_j exp(l_j)`, `p_j = exp(l_j - lse)`; the cost is `nll = lse - l_chosen` and the
//! entropy `H = -sum_j p_j log p_j`, in nats. With `a` and `b` the gradients of the two:
//! `dx_j = s (a (p_j - [j = chosen]) - b p_j (log p_j + H))`; what isn't allowed has none.

use crate::kernels::autodiff::autodiff;
use burn::backend::{
    Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Int, Tensor};

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait MaskedNllKernel: Backend {
    /// `(costs and entropies [2, N], lse [N])`.
    fn masked_nll_forward(
        logits: FloatTensor<Self>,
        chosen: IntTensor<Self>,
        scales: FloatTensor<Self>,
        ranges: IntTensor<Self>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>);
    /// The gradient of the logits. `found` and `lse` are what the forward pass gave.
    fn masked_nll_backward(
        logits: FloatTensor<Self>,
        chosen: IntTensor<Self>,
        scales: FloatTensor<Self>,
        ranges: IntTensor<Self>,
        found: FloatTensor<Self>,
        lse: FloatTensor<Self>,
        upstream: FloatTensor<Self>,
    ) -> FloatTensor<Self>;
}

/// What was chosen in each of `N` rows, out of which tokens.
#[derive(Clone)]
pub struct Choices {
    /// `[2, N]`: the token, and the number of the set that it was chosen from, to which it belongs.
    pub chosen: Tensor<2, Int>,
    /// `[N]`: inverse temperatures, above zero.
    pub scales: Tensor<1>,
    /// `[sets, 2 R]`: each set as `R` ranges `start, end` of tokens that don't overlap, at least
    /// one of them not empty.
    pub ranges: Tensor<2, Int>,
}

/// Costs and entropies `[2, N]` of choices by logits `[N, V]`, in nats.
pub fn masked_nll(logits: Tensor<2>, choices: Choices) -> Tensor<2> {
    let Choices { chosen, scales, ranges } = choices;
    let scales = if logits.is_autodiff() { scales.autodiff() } else { scales };
    let (chosen, scales, ranges) = (chosen.into_dispatch(), scales.into_dispatch(), ranges.into_dispatch());
    Tensor::from_dispatch(Dispatch::masked_nll_forward(logits.into_dispatch(), chosen, scales, ranges).0)
}

autodiff!(MaskedNllKernel, MaskedNllBackward;
    masked_nll_forward(logits: float, chosen: int, scales: float, ranges: int) -> (found, lse);
    masked_nll_backward(
        logits: float, chosen: int, scales: float, ranges: int, found: float, lse: float, dfound: upstream,
    ) -> (logits);
);

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{
        ROWS, contiguous, exp, for_each_chunk, indices, map_ranges, rows_columns, slice, tensor,
    };
    use burn::backend::{Flex, flex::FlexTensor};
    use std::ops::Range;

    /// The rows' tokens and sets as plain numbers.
    struct Rows {
        chosen: Vec<usize>,
        sets: Vec<Vec<Range<usize>>>,
    }

    impl Rows {
        fn new(chosen: &FlexTensor, ranges: &FlexTensor) -> Self {
            let (sets, bounds) = rows_columns(ranges);
            let range = |pair: &[usize]| pair[0]..pair[1].max(pair[0]);
            let set = |ends: &[usize]| ends.chunks_exact(2).map(range).collect();
            let sets = if sets == 0 { vec![] } else { indices(ranges).chunks_exact(bounds).map(set).collect() };
            Self { chosen: indices(chosen), sets }
        }
        fn chosen(&self, row: usize) -> usize {
            self.chosen[row]
        }
        fn allowed(&self, row: usize) -> &[Range<usize>] {
            &self.sets[self.chosen[self.chosen.len() / 2 + row]]
        }
    }

    /// `(sum exp(d), sum exp(d) d)` with `d = scale x - max`, in 16 lanes so that it vectorises.
    fn sums(x: &[f32], scale: f32, max: f32) -> (f32, f32) {
        let (mut sums, mut products) = ([0.0_f32; 16], [0.0_f32; 16]);
        for x in x.chunks(16) {
            for ((sum, product), x) in sums.iter_mut().zip(&mut products).zip(x) {
                let d = x * scale - max;
                let e = exp(d);
                *sum += e;
                *product += e * d;
            }
        }
        (sums.iter().sum(), products.iter().sum())
    }

    /// `[cost, entropy, lse]` of one row.
    fn of_row(x: &[f32], chosen: usize, scale: f32, allowed: &[Range<usize>]) -> [f32; 3] {
        let larger = |most: f32, x: &f32| if *x > most { *x } else { most };
        let max = allowed.iter().fold(f32::MIN, |most, range| x[range.clone()].iter().fold(most, larger)) * scale;
        let (mut sum, mut product) = (0.0, 0.0);
        for range in allowed {
            let (s, p) = sums(&x[range.clone()], scale, max);
            sum += s;
            product += p;
        }
        let log_sum = sum.ln();
        [log_sum + (max - x[chosen] * scale), log_sum - product / sum, max + log_sum]
    }

    impl MaskedNllKernel for Flex {
        fn masked_nll_forward(
            logits: FlexTensor,
            chosen: FlexTensor,
            scales: FlexTensor,
            ranges: FlexTensor,
        ) -> (FlexTensor, FlexTensor) {
            let (logits, scales) = (contiguous(logits), contiguous(scales));
            let (n, v) = rows_columns(&logits);
            let (xs, ss, rows) = (slice(&logits), slice(&scales), Rows::new(&chosen, &ranges));
            let found = map_ranges(n, ROWS, |range| {
                let of = |row: usize| of_row(&xs[row * v..][..v], rows.chosen(row), ss[row], rows.allowed(row));
                range.map(of).collect::<Vec<_>>()
            });
            let column = |i: usize| found.iter().flatten().map(move |row| row[i]);
            (tensor(column(0).chain(column(1)).collect(), [2, n]), tensor(column(2).collect(), [n]))
        }

        fn masked_nll_backward(
            logits: FlexTensor,
            chosen: FlexTensor,
            scales: FlexTensor,
            ranges: FlexTensor,
            found: FlexTensor,
            lse: FlexTensor,
            upstream: FlexTensor,
        ) -> FlexTensor {
            let (logits, scales, upstream) = (contiguous(logits), contiguous(scales), contiguous(upstream));
            let (n, v) = rows_columns(&logits);
            let (xs, ss, ls, rows) = (slice(&logits), slice(&scales), slice(&lse), Rows::new(&chosen, &ranges));
            let (entropies, (of_costs, of_entropies)) = (&slice(&found)[n..], slice(&upstream).split_at(n));
            let mut dx = vec![0.0; n * v];
            for_each_chunk(&mut dx, ROWS * v, |chunk, dx| {
                for (i, dx) in dx.chunks_exact_mut(v).enumerate() {
                    let row = chunk * ROWS + i;
                    let (a, b) = (of_costs[row] * ss[row], of_entropies[row] * ss[row]);
                    if a == 0.0 && b == 0.0 {
                        continue; // a token that nobody chose
                    }
                    for range in rows.allowed(row) {
                        for (dx, x) in dx[range.clone()].iter_mut().zip(&xs[row * v..][..v][range.clone()]) {
                            let log_p = x * ss[row] - ls[row];
                            *dx = exp(log_p) * (a - b * (log_p + entropies[row]));
                        }
                    }
                    dx[rows.chosen(row)] -= a;
                }
            });
            tensor(dx, [n, v])
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{
        contiguous, empty, groups_of_lanes, indices, launch, launch_rows, rows_columns, shape, words,
    };
    use crate::kernels::shaders::{MASKED_NLL_BACKWARD, MASKED_NLL_FORWARD};
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    fn sizes(logits: &CubeTensor, ranges: &CubeTensor) -> [u32; 3] {
        let (n, v) = rows_columns(logits);
        words([n, v, shape(ranges)[1] / 2])
    }

    impl MaskedNllKernel for CubeBackend {
        fn masked_nll_forward(
            logits: CubeTensor,
            chosen: CubeTensor,
            scales: CubeTensor,
            ranges: CubeTensor,
        ) -> (CubeTensor, CubeTensor) {
            let (logits, scales) = (contiguous(logits), contiguous(scales));
            let (chosen, ranges) = (indices(chosen), indices(ranges));
            let n = shape(&logits)[0];
            let (found, lse) = (empty(&logits, [2, n]), empty(&logits, [n]));
            let buffers = [&logits, &chosen, &scales, &ranges, &found, &lse];
            launch_rows(&MASKED_NLL_FORWARD, &[], &buffers, &sizes(&logits, &ranges), n);
            (found, lse)
        }

        fn masked_nll_backward(
            logits: CubeTensor,
            chosen: CubeTensor,
            scales: CubeTensor,
            ranges: CubeTensor,
            found: CubeTensor,
            lse: CubeTensor,
            upstream: CubeTensor,
        ) -> CubeTensor {
            let (logits, scales, upstream) = (contiguous(logits), contiguous(scales), contiguous(upstream));
            let (chosen, ranges) = (indices(chosen), indices(ranges));
            let (n, v) = rows_columns(&logits);
            let dlogits = empty(&logits, [n, v]);
            let buffers = [&logits, &chosen, &scales, &ranges, &found, &lse, &upstream, &dlogits];
            launch(&MASKED_NLL_BACKWARD, &[], &buffers, &sizes(&logits, &ranges), groups_of_lanes(n * v));
            dlogits
        }
    }
}
