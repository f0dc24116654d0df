//! A vector against many rows, which is what generation spends its time on: rows are taken four at a
//! time, so that the vector is read once for all four and their sums don't wait for each other.

use std::array::from_fn;

/// Rows taken at a time.
const ROWS: usize = 4;

/// `out[r]` is the inner product of `x` with row `r`; rows begin `stride` apart in `rows`.
pub fn products(x: &[f32], rows: &[f32], stride: usize, out: &mut [f32]) {
    let row = |r: usize| &rows[r * stride..][..x.len()];
    let whole = out.len() / ROWS * ROWS;
    for (block, out) in out.chunks_exact_mut(ROWS).enumerate() {
        out.copy_from_slice(&inner::<ROWS>(x, from_fn(|r| row(block * ROWS + r))));
    }
    for (r, out) in out.iter_mut().enumerate().skip(whole) {
        [*out] = inner(x, [row(r)]);
    }
}

/// The inner products of `x` with rows as long as it: each the same sum whatever the number of rows.
#[cfg(target_arch = "wasm32")]
fn inner<const N: usize>(x: &[f32], rows: [&[f32]; N]) -> [f32; N] {
    use crate::kernels::cpu_gemm::lanes::{self, LANES};
    /// Vectors of a row's sum.
    const VECTORS: usize = 2;
    const STEP: usize = LANES * VECTORS;

    #[cfg_attr(feature = "relaxed", target_feature(enable = "simd128,relaxed-simd"))]
    unsafe fn whole_steps<const N: usize>(x: &[f32], rows: [&[f32]; N], n: usize) -> [f32; N] {
        assert!(n <= x.len() && rows.iter().all(|row| n <= row.len()));
        // SAFETY: `n` is a multiple of STEP, and neither `x` nor a row is shorter.
        unsafe {
            let mut sums = [[lanes::zero(); VECTORS]; N];
            for at in (0..n).step_by(STEP) {
                for v in 0..VECTORS {
                    let x = lanes::load(x.as_ptr().add(at + v * LANES));
                    for (sums, row) in sums.iter_mut().zip(rows) {
                        sums[v] = lanes::multiply_add(x, lanes::load(row.as_ptr().add(at + v * LANES)), sums[v]);
                    }
                }
            }
            from_fn(|r| {
                let mut values = [0.0; LANES];
                let sum = sums[r][1..].iter().fold(sums[r][0], |sum, more| lanes::add(sum, *more));
                lanes::store(values.as_mut_ptr(), sum);
                values.iter().sum()
            })
        }
    }

    let n = x.len() / STEP * STEP;
    // SAFETY: `n` is a multiple of STEP, and this is compiled only where the processor has the vectors.
    let sums = unsafe { whole_steps(x, rows, n) };
    from_fn(|r| sums[r] + x[n..].iter().zip(&rows[r][n..]).map(|(x, y)| x * y).sum::<f32>())
}

/// Natively one row after the other: its values come from far caches, and a single stream comes quickest.
#[cfg(not(target_arch = "wasm32"))]
fn inner<const N: usize>(x: &[f32], rows: [&[f32]; N]) -> [f32; N] {
    rows.map(|row| crate::kernels::cpu::dot(x, row))
}

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
}
