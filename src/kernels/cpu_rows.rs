//! A vector against many rows, which is what generation spends its time on.

use crate::kernels::cpu::dot;
use std::array::from_fn;

/// `out[r]` is the inner product of `x` with row `r`; rows begin `stride` apart in `rows`. Each in turn:
/// rows come from far caches, and a single stream comes quickest (several rows at a time are 1.4 times
/// slower in Chromium and more natively).
pub fn products(x: &[f32], rows: &[f32], stride: usize, out: &mut [f32]) {
    for (r, out) in out.iter_mut().enumerate() {
        *out = dot(x, &rows[r * stride..][..x.len()]);
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
}
