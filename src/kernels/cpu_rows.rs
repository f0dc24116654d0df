//! A vector against many rows, which is what generation spends its time on.

use std::array::from_fn;

/// Rows, or vectors, taken at a time: as many as have registers for their sums. In Chromium a single stream
/// of rows comes quickest.
const ROWS_TOGETHER: usize = if cfg!(target_arch = "wasm32") { 1 } else { 4 };
const VECTORS_TOGETHER: usize = if cfg!(target_arch = "wasm32") { 2 } else { 4 };

/// `out[r]` is the inner product of `x` with row `r`; rows begin `stride` apart in `rows`.
pub fn products(x: &[f32], rows: &[f32], stride: usize, out: &mut [f32]) {
    let row = |r: usize| &rows[r * stride..][..x.len()];
    let whole = out.len() / ROWS_TOGETHER * ROWS_TOGETHER;
    let (several, single) = out.split_at_mut(whole);
    for (block, out) in several.chunks_exact_mut(ROWS_TOGETHER).enumerate() {
        out.copy_from_slice(&dots(x, from_fn::<_, ROWS_TOGETHER, _>(|i| row(block * ROWS_TOGETHER + i))));
    }
    for (r, out) in single.iter_mut().enumerate() {
        [*out] = dots(x, [row(whole + r)]);
    }
}

/// [`products`] of several vectors `[m, k]` with all `rows [n, k]`, into `out [m, n]`: each row is read once.
pub fn products_of_each(xs: &[f32], rows: &[f32], k: usize, out: &mut [f32]) {
    let (m, n) = (xs.len() / k, rows.len() / k);
    if m == 1 {
        return products(xs, rows, k, out);
    }
    let x = |i: usize| &xs[i * k..][..k];
    let whole = m / VECTORS_TOGETHER * VECTORS_TOGETHER;
    for (r, row) in rows.chunks_exact(k).enumerate() {
        for i in (0..whole).step_by(VECTORS_TOGETHER) {
            let results = dots(row, from_fn::<_, VECTORS_TOGETHER, _>(|j| x(i + j)));
            for (j, result) in results.into_iter().enumerate() {
                out[(i + j) * n + r] = result;
            }
        }
        for i in whole..m {
            [out[i * n + r]] = dots(row, [x(i)]);
        }
    }
}

/// The inner products of `a` with others of its length; none depends on the rest of them.
#[inline(always)]
fn dots<const N: usize>(a: &[f32], others: [&[f32]; N]) -> [f32; N] {
    #[cfg(any(all(target_arch = "x86_64", target_feature = "avx512f"), target_arch = "wasm32"))]
    // SAFETY: compiled only where the processor has the instructions.
    return unsafe { dots_in_lanes(a, others) };
    #[cfg(not(any(all(target_arch = "x86_64", target_feature = "avx512f"), target_arch = "wasm32")))]
    others.map(|other| crate::kernels::cpu::dot(a, other))
}

#[cfg(any(all(target_arch = "x86_64", target_feature = "avx512f"), target_arch = "wasm32"))]
#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx512f"))]
#[cfg_attr(feature = "relaxed", target_feature(enable = "simd128,relaxed-simd"))]
#[inline]
unsafe fn dots_in_lanes<const N: usize>(a: &[f32], others: [&[f32]; N]) -> [f32; N] {
    use crate::kernels::cpu_gemm::lanes::{LANES, Lanes, add, load, multiply_add, sum, zero};
    // A sum waits for itself, so that each product has 16 sums, however many a vector holds.
    const VECTORS: usize = 16 / LANES;
    let whole = a.len() / 16 * 16;
    let others = others.map(|other| &other[..a.len()]);
    let rest = |other: &[f32]| a[whole..].iter().zip(&other[whole..]).map(|(a, b)| a * b).sum::<f32>();
    // SAFETY: all are as long as `a`.
    unsafe {
        let mut sums: [[Lanes; VECTORS]; N] = [[zero(); VECTORS]; N];
        for from in (0..whole).step_by(16) {
            let x: [Lanes; VECTORS] = from_fn(|v| load(a.as_ptr().add(from + v * LANES)));
            for (sums, other) in sums.iter_mut().zip(&others) {
                for (v, total) in sums.iter_mut().enumerate() {
                    *total = multiply_add(x[v], load(other.as_ptr().add(from + v * LANES)), *total);
                }
            }
        }
        from_fn(|n| sum(sums[n].into_iter().reduce(|a, b| add(a, b)).expect("at least one")) + rest(others[n]))
    }
}

/// Rows taken at a time: `out` is read and written once for all of them.
const ROWS: usize = 4;

/// Adds to `out` each row times its weight, in their order; rows begin `stride` apart in `rows`.
pub fn add_weighted(out: &mut [f32], weights: &[f32], rows: &[f32], stride: usize) {
    let n = out.len();
    let row = |r: usize| &rows[r * stride..][..n];
    let whole = weights.len() / ROWS * ROWS;
    for (block, weights) in weights.chunks_exact(ROWS).enumerate() {
        let [a, b, c, d] = from_fn(|r| row(block * ROWS + r));
        for i in 0..n {
            out[i] = out[i] + weights[0] * a[i] + weights[1] * b[i] + weights[2] * c[i] + weights[3] * d[i];
        }
    }
    for (r, weight) in weights.iter().enumerate().skip(whole) {
        for (out, value) in out.iter_mut().zip(row(r)) {
            *out += weight * value;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::proof::random;

    #[test]
    fn rows_are_taken_as_they_lie() {
        for (count, k) in [(1, 1), (3, 7), (4, 16), (5, 32), (9, 45)] {
            let stride = k + 3;
            let (x, rows) = (random(1, k, 1.0), random(2, count * stride, 1.0));
            let weights = random(3, count, 1.0);
            let mut found = vec![0.0; count];
            products(&x, &rows, stride, &mut found);
            let mut sum = vec![0.5; k];
            add_weighted(&mut sum, &weights, &rows, stride);
            for (r, found) in found.iter().enumerate() {
                let exact: f64 = x.iter().zip(&rows[r * stride..]).map(|(x, y)| f64::from(x * y)).sum();
                assert!((f64::from(*found) - exact).abs() < 1e-5, "{found} and {exact}");
            }
            for (i, sum) in sum.iter().enumerate() {
                let exact: f64 = (0..count).map(|r| f64::from(weights[r]) * f64::from(rows[r * stride + i])).sum();
                assert!((f64::from(*sum) - 0.5 - exact).abs() < 1e-5, "{sum} and {exact}");
            }
        }
    }

    #[test]
    fn a_rows_product_does_not_depend_on_the_others() {
        let (x, rows) = (random(1, 45, 1.0), random(2, 45 * 6, 1.0));
        let (mut all, mut one) = (vec![0.0; 6], vec![0.0; 1]);
        products(&x, &rows, 45, &mut all);
        products(&x, &rows[45 * 2..], 45, &mut one);
        assert_eq!(all[2], one[0]);
    }

    #[test]
    fn several_vectors_give_what_each_gives_alone() {
        for (m, n, k) in [(1, 1, 1), (3, 50, 192), (8, 7, 5000)] {
            let (xs, rows) = (random(1, m * k, 1.0), random(2, n * k, 1.0));
            let (mut together, mut alone) = (vec![0.0; m * n], vec![0.0; n]);
            products_of_each(&xs, &rows, k, &mut together);
            for (x, together) in xs.chunks_exact(k).zip(together.chunks_exact(n)) {
                products(x, &rows, k, &mut alone);
                assert_eq!(together, alone);
            }
        }
    }
}
