//! A vector against many rows, which is what generation spends its time on.

use crate::kernels::cpu::axpy;
use std::array::from_fn;

/// Rows that a vector is multiplied with at a time. With AVX-512 as many as a register has lanes, so that the sums
/// of all are added up together. Elsewhere a single stream of rows comes quickest.
const ROWS: usize = if cfg!(target_feature = "avx512f") { 16 } else { 1 };
/// Of several vectors with several rows, how many of each at a time: so many sums fit the registers.
const ROWS_AT_A_TIME: usize = 2;
const VECTORS_AT_A_TIME: usize = if cfg!(target_feature = "avx512f") { 8 } else { 4 };

/// Vectors of sums that the registers hold beside what is multiplied.
const MOST_SUMS: usize = if cfg!(target_feature = "avx512f") { 16 } else { 8 };

/// `out[r]` is the inner product of `x` with row `r`; rows begin `stride` apart in `rows`.
pub fn products(x: &[f32], rows: &[f32], stride: usize, out: &mut [f32]) {
    let row = |r: usize| &rows[r * stride..][..x.len()];
    let whole = out.len() / ROWS * ROWS;
    let (several, single) = out.split_at_mut(whole);
    for (block, out) in several.chunks_exact_mut(ROWS).enumerate() {
        let [products] = dots([x], from_fn::<_, ROWS, _>(|i| row(block * ROWS + i)));
        out.copy_from_slice(&products);
    }
    for (r, out) in single.iter_mut().enumerate() {
        [[*out]] = dots([x], [row(whole + r)]);
    }
}

/// [`products`] of several vectors `[m, k]` with all `rows [n, k]`, into `out [m, n]`: each row is read once.
pub fn products_of_each(xs: &[f32], rows: &[f32], k: usize, out: &mut [f32]) {
    let (m, n) = (xs.len() / k, rows.len() / k);
    if m == 1 {
        return products(xs, rows, k, out);
    }
    let pairs = n / ROWS_AT_A_TIME * ROWS_AT_A_TIME;
    for r in (0..pairs).step_by(ROWS_AT_A_TIME) {
        let mut i = 0;
        while i + VECTORS_AT_A_TIME <= m {
            block::<ROWS_AT_A_TIME, VECTORS_AT_A_TIME>(xs, rows, k, (i, r), out);
            i += VECTORS_AT_A_TIME;
        }
        while i + 2 <= m {
            block::<ROWS_AT_A_TIME, 2>(xs, rows, k, (i, r), out);
            i += 2;
        }
        (i..m).for_each(|i| block::<ROWS_AT_A_TIME, 1>(xs, rows, k, (i, r), out));
    }
    for r in pairs..n {
        (0..m).for_each(|i| block::<1, 1>(xs, rows, k, (i, r), out));
    }
}

/// The products of `V` vectors from `i` on with `R` rows from `r` on.
#[inline(always)]
fn block<const R: usize, const V: usize>(xs: &[f32], rows: &[f32], k: usize, (i, r): (usize, usize), out: &mut [f32]) {
    let n = rows.len() / k;
    let products =
        dots(from_fn::<_, R, _>(|a| &rows[(r + a) * k..][..k]), from_fn::<_, V, _>(|b| &xs[(i + b) * k..][..k]));
    for (a, products) in products.into_iter().enumerate() {
        products.into_iter().enumerate().for_each(|(b, product)| out[(i + b) * n + r + a] = product);
    }
}

/// The inner products of each of `these` with each of `those`, all of one length; none depends on the rest.
#[inline(always)]
fn dots<const R: usize, const N: usize>(these: [&[f32]; R], those: [&[f32]; N]) -> [[f32; N]; R] {
    #[cfg(any(all(target_arch = "x86_64", target_feature = "fma"), target_arch = "wasm32"))]
    // SAFETY: compiled only where the processor has the instructions.
    return unsafe { dots_in_lanes(these, those) };
    #[cfg(not(any(all(target_arch = "x86_64", target_feature = "fma"), target_arch = "wasm32")))]
    these.map(|a| those.map(|b| crate::kernels::cpu::dot(a, b)))
}

#[cfg(any(all(target_arch = "x86_64", target_feature = "fma"), target_arch = "wasm32"))]
#[cfg_attr(feature = "relaxed", target_feature(enable = "simd128,relaxed-simd"))]
#[inline]
unsafe fn dots_in_lanes<const R: usize, const N: usize>(these: [&[f32]; R], those: [&[f32]; N]) -> [[f32; N]; R] {
    use crate::kernels::cpu_lanes::{LANES, Lanes, add, load, multiply_add, sum, zero};
    #[cfg(target_feature = "avx512f")]
    use crate::kernels::cpu_lanes::{store, sum_each};
    // A sum waits for itself, so that each product has 16 sums, however many a vector holds.
    const VECTORS: usize = 16 / LANES;
    let len = these[0].len();
    let whole = len / 16 * 16;
    let (these, those) = (these.map(|a| &a[..len]), those.map(|b| &b[..len]));
    // The sums of vectors `V` by `V`: all at once if the registers hold them, else one after the other.
    #[inline(always)]
    unsafe fn sums_of<const R: usize, const N: usize, const V: usize>(
        these: [*const f32; R],
        those: [*const f32; N],
        whole: usize,
    ) -> [[Lanes; N]; R] {
        // SAFETY: the caller's rows are `whole` long.
        unsafe {
            let mut sums: [[[Lanes; V]; N]; R] = [[[zero(); V]; N]; R];
            for from in (0..whole).step_by(16) {
                let a = these.map(|a| from_fn::<Lanes, V, _>(|v| load(a.add(from + v * LANES))));
                for (n, b) in those.iter().enumerate() {
                    for v in 0..V {
                        let b = load(b.add(from + v * LANES));
                        for r in 0..R {
                            sums[r][n][v] = multiply_add(a[r][v], b, sums[r][n][v]);
                        }
                    }
                }
            }
            sums.map(|sums| sums.map(|sums| sums.into_iter().reduce(|a, b| add(a, b)).expect("at least one")))
        }
    }
    let (a, b) = (these.map(<[f32]>::as_ptr), those.map(<[f32]>::as_ptr));
    // SAFETY: all have that length.
    let sums = unsafe {
        if R * N * VECTORS <= MOST_SUMS {
            sums_of::<R, N, VECTORS>(a, b, whole)
        } else {
            let mut sums = sums_of::<R, N, 1>(a, b, whole);
            for v in (0..VECTORS).skip(1) {
                let (a, b) = (a.map(|a| a.add(v * LANES)), b.map(|b| b.add(v * LANES)));
                let more = sums_of::<R, N, 1>(a, b, whole);
                sums.iter_mut().zip(more).for_each(|(sums, more)| {
                    sums.iter_mut().zip(more).for_each(|(sum, more)| *sum = add(*sum, more));
                });
            }
            sums
        }
    };
    let mut totals = [[0.0; N]; R];
    // SAFETY: compiled only where the processor has the instructions; there are as many totals as sums.
    unsafe {
        let (to, sums) = (totals.as_flattened_mut(), sums.as_flattened());
        #[cfg(target_feature = "avx512f")]
        let stored = sums.first_chunk::<LANES>().is_some_and(|sums| {
            store(to.as_mut_ptr(), sum_each(*sums));
            true
        });
        #[cfg(not(target_feature = "avx512f"))]
        let stored = false;
        if !stored {
            to.iter_mut().zip(sums).for_each(|(total, sums)| *total = sum(*sums));
        }
    }
    if whole < len {
        for (totals, a) in totals.iter_mut().zip(these) {
            for (total, b) in totals.iter_mut().zip(those) {
                *total += a[whole..].iter().zip(&b[whole..]).map(|(a, b)| a * b).sum::<f32>();
            }
        }
    }
    totals
}

/// Adds to `out` each row times its weight; rows begin `stride` apart in `rows`.
pub fn add_weighted(out: &mut [f32], weights: &[f32], rows: &[f32], stride: usize) {
    let (whole, rest) = out.as_chunks_mut::<COLUMNS>();
    let first = whole.len() * COLUMNS;
    for (block, out) in whole.iter_mut().enumerate() {
        add_weighted_columns(out, weights, &rows[block * COLUMNS..], stride);
    }
    if !rest.is_empty() {
        add_one_by_one(rest, weights, &rows[first..], stride);
    }
}

fn add_one_by_one(out: &mut [f32], weights: &[f32], rows: &[f32], stride: usize) {
    for (r, weight) in weights.iter().enumerate() {
        axpy(out, *weight, &rows[r * stride..][..out.len()]);
    }
}

/// Columns whose sums stay in registers while the rows go by.
const COLUMNS: usize = 32;

#[cfg(any(all(target_arch = "x86_64", target_feature = "fma"), target_arch = "wasm32"))]
#[inline(always)]
fn add_weighted_columns(out: &mut [f32; COLUMNS], weights: &[f32], rows: &[f32], stride: usize) {
    if let Some(last) = weights.len().checked_sub(1) {
        assert!(rows.len() >= last * stride + COLUMNS);
        // SAFETY: compiled only where the processor has the instructions; the rows reach far enough.
        unsafe { add_weighted_in_lanes(out, weights, rows.as_ptr(), stride) }
    }
}

#[cfg(not(any(all(target_arch = "x86_64", target_feature = "fma"), target_arch = "wasm32")))]
fn add_weighted_columns(out: &mut [f32; COLUMNS], weights: &[f32], rows: &[f32], stride: usize) {
    add_one_by_one(out, weights, rows, stride);
}

#[cfg(any(all(target_arch = "x86_64", target_feature = "fma"), target_arch = "wasm32"))]
#[cfg_attr(feature = "relaxed", target_feature(enable = "simd128,relaxed-simd"))]
#[inline]
unsafe fn add_weighted_in_lanes(out: &mut [f32; COLUMNS], weights: &[f32], rows: *const f32, stride: usize) {
    use crate::kernels::cpu_lanes::{LANES, Lanes, add, load, multiply_add, splat, store, zero};
    const VECTORS: usize = COLUMNS / LANES;
    // A sum waits for itself, so that neighbouring rows have sums of their own; eight of them in all.
    const SETS: usize = 8 / VECTORS;
    // SAFETY: the caller's rows reach over the columns.
    unsafe {
        let mut sums: [[Lanes; VECTORS]; SETS] = [[zero(); VECTORS]; SETS];
        let (sets, rest) = weights.as_chunks::<SETS>();
        let add_row = |sums: &mut [Lanes; VECTORS], row: usize| {
            let (weight, row) = (splat(weights.as_ptr().add(row)), rows.add(row * stride));
            for (v, total) in sums.iter_mut().enumerate() {
                *total = multiply_add(weight, load(row.add(v * LANES)), *total);
            }
        };
        for set in 0..sets.len() {
            for (i, sums) in sums.iter_mut().enumerate() {
                add_row(sums, set * SETS + i);
            }
        }
        for i in 0..rest.len() {
            add_row(&mut sums[0], sets.len() * SETS + i);
        }
        for v in 0..VECTORS {
            let to = out.as_mut_ptr().add(v * LANES);
            let total = sums.iter().fold(load(to), |total, sums| add(total, sums[v]));
            store(to, total);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::check::random;

    #[test]
    fn rows_are_taken_as_they_lie() {
        for (count, k) in [(1, 1), (3, 7), (4, 16), (5, 32), (9, 45), (33, 64), (40, 77)] {
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
        let (x, rows) = (random(1, 45, 1.0), random(2, 45 * 21, 1.0));
        let (mut all, mut one) = (vec![0.0; 21], vec![0.0; 1]);
        products(&x, &rows, 45, &mut all);
        for (r, found) in all.iter().enumerate() {
            products(&x, &rows[45 * r..], 45, &mut one);
            assert_eq!(*found, one[0]);
        }
    }

    #[test]
    fn several_vectors_give_what_each_gives_alone() {
        for (m, n, k) in [(1, 1, 1), (3, 50, 192), (8, 7, 5000), (13, 40, 192)] {
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
