//! What the CPU implementations share: slices of flex tensors, matrices inside them, loops over cores.

use burn::backend::{TensorMetadata, flex::FlexTensor};
use burn::tensor::{DType, TensorData};
use std::mem::MaybeUninit;
use std::ops::Range;

/// The tensor with its elements in row-major order, copied only if they aren't.
pub fn contiguous(tensor: FlexTensor) -> FlexTensor {
    if tensor.is_contiguous() { tensor } else { tensor.to_contiguous() }
}

/// The elements of a contiguous f32 tensor.
pub fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice::<f32>().expect("a contiguous f32 tensor")
}

pub fn tensor(values: Vec<f32>, shape: impl Into<Vec<usize>>) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.into()))
}

pub fn shape(tensor: &FlexTensor) -> Vec<usize> {
    tensor.shape().iter().copied().collect()
}

/// All leading dimensions as rows, the last as columns.
pub fn rows_columns(tensor: &FlexTensor) -> (usize, usize) {
    let dims = shape(tensor);
    let columns = *dims.last().expect("at least one dimension");
    (dims[..dims.len() - 1].iter().product(), columns)
}

/// An integer tensor as indices.
pub fn indices(tensor: &FlexTensor) -> Vec<usize> {
    let tensor = tensor.to_contiguous();
    match tensor.dtype() {
        DType::I64 => tensor.as_slice::<i64>().expect("contiguous").iter().map(|&i| i as usize).collect(),
        DType::I32 => tensor.as_slice::<i32>().expect("contiguous").iter().map(|&i| i as usize).collect(),
        other => panic!("indices must be i32 or i64, not {other:?}"),
    }
}

/// A matrix inside a slice: where it starts and how far its rows and columns lie apart.
#[derive(Clone, Copy)]
pub struct Matrix<'a> {
    pub values: &'a [f32],
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<'a> Matrix<'a> {
    pub fn new(values: &'a [f32], row_stride: usize) -> Self {
        Self { values, row_stride, column_stride: 1 }
    }
    pub fn transposed(self) -> Self {
        Self { values: self.values, row_stride: self.column_stride, column_stride: self.row_stride }
    }
    pub fn assert_holds(&self, rows: usize, columns: usize) {
        if rows > 0 && columns > 0 {
            assert!((rows - 1) * self.row_stride + (columns - 1) * self.column_stride < self.values.len());
        }
    }
}

pub fn threads() -> usize {
    #[cfg(feature = "native")]
    return rayon::current_num_threads();
    #[cfg(not(feature = "native"))]
    1
}

/// Calls `f(index, piece)` for each piece of `len` elements of `out`, on all cores.
pub fn for_each_chunk<T: Send>(out: &mut [T], len: usize, f: impl Fn(usize, &mut [T]) + Sync) {
    #[cfg(feature = "native")]
    {
        use rayon::prelude::*;
        out.par_chunks_mut(len).enumerate().for_each(|(index, piece)| f(index, piece));
    }
    #[cfg(not(feature = "native"))]
    out.chunks_mut(len).enumerate().for_each(|(index, piece)| f(index, piece));
}

/// As [`for_each_chunk`] for two outputs of different widths.
pub fn for_each_chunk2<A: Send, B: Send>(
    a: &mut [A],
    a_len: usize,
    b: &mut [B],
    b_len: usize,
    f: impl Fn(usize, &mut [A], &mut [B]) + Sync,
) {
    #[cfg(feature = "native")]
    {
        use rayon::prelude::*;
        a.par_chunks_mut(a_len).zip(b.par_chunks_mut(b_len)).enumerate().for_each(|(index, (a, b))| f(index, a, b));
    }
    #[cfg(not(feature = "native"))]
    a.chunks_mut(a_len).zip(b.chunks_mut(b_len)).enumerate().for_each(|(index, (a, b))| f(index, a, b));
}

/// `n` values that `f(index, piece)` writes, in pieces of `len` on all cores. To fill them with zeros first would go
/// through the memory twice.
///
/// # Safety
/// `f` must write every value of its piece.
pub unsafe fn written(n: usize, len: usize, f: impl Fn(usize, &mut [MaybeUninit<f32>]) + Sync) -> Vec<f32> {
    let mut out = Vec::with_capacity(n);
    for_each_chunk(&mut out.spare_capacity_mut()[..n], len, f);
    // SAFETY: all of it was written.
    unsafe { out.set_len(n) };
    out
}

/// As [`written`], beside pieces of another output.
///
/// # Safety
/// `f` must write every value of its first piece.
pub unsafe fn written_beside(
    n: usize,
    len: usize,
    beside: &mut [f32],
    beside_len: usize,
    f: impl Fn(usize, &mut [MaybeUninit<f32>], &mut [f32]) + Sync,
) -> Vec<f32> {
    assert!(beside.len().div_ceil(beside_len) >= n.div_ceil(len), "each piece has one beside it");
    let mut out = Vec::with_capacity(n);
    for_each_chunk2(&mut out.spare_capacity_mut()[..n], len, beside, beside_len, f);
    // SAFETY: all of it was written.
    unsafe { out.set_len(n) };
    out
}

/// The results of `f(range)` over `0..n` in ranges of `len`, in order, computed on all cores.
pub fn map_ranges<T: Send>(n: usize, len: usize, f: impl Fn(Range<usize>) -> T + Sync) -> Vec<T> {
    let range = |i: usize| i * len..((i + 1) * len).min(n);
    #[cfg(feature = "native")]
    {
        use rayon::prelude::*;
        (0..n.div_ceil(len)).into_par_iter().map(|i| f(range(i))).collect()
    }
    #[cfg(not(feature = "native"))]
    (0..n.div_ceil(len)).map(|i| f(range(i))).collect()
}

/// Rows of work handed to a core at once. Fixed, so that sums come out the same on any machine.
pub const ROWS: usize = 64;

/// Adds up partial sums that lie one after the other, `len` values each, in order.
pub fn sum_parts(parts: &[f32], len: usize) -> Vec<f32> {
    let mut total = vec![0.0; len];
    for part in parts.chunks_exact(len) {
        for (t, p) in total.iter_mut().zip(part) {
            *t += p;
        }
    }
    total
}

/// `e^x` to about 2 ulp, in a form that the compiler vectorises: split `x log2(e)` into a whole
/// and a fractional part, a polynomial for `2^fraction`, the whole part put into the exponent.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.3, 88.3);
    // Adding 1.5 * 2^23 leaves the whole part, rounded, in the lowest bits. A cast to an integer would be
    // checked number by number, and not vectorised.
    let shifted = x * std::f32::consts::LOG2_E + 12_582_912.0;
    let whole = shifted - 12_582_912.0;
    // ln 2 in two parts keeps the remainder exact.
    let r = x - whole * 0.693_359_4 + whole * 2.121_944_4e-4;
    let p = 1.987_569_1e-4_f32;
    let p = p * r + 1.398_199_9e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    p * f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23))
}

#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The inner product, in 16 lanes so that it vectorises.
#[inline(always)]
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let (a_chunks, b_chunks) = (a.chunks_exact(16), b.chunks_exact(16));
    let rest: f32 = a_chunks.remainder().iter().zip(b_chunks.remainder()).map(|(x, y)| x * y).sum();
    for (x, y) in a_chunks.zip(b_chunks) {
        for i in 0..16 {
            lanes[i] += x[i] * y[i];
        }
    }
    total(lanes) + rest
}

/// The sum of the lanes, by halves: one after the other each addition would wait for the one before.
#[inline(always)]
fn total(lanes: [f32; 16]) -> f32 {
    let eight: [f32; 8] = std::array::from_fn(|i| lanes[i] + lanes[i + 8]);
    let four: [f32; 4] = std::array::from_fn(|i| eight[i] + eight[i + 4]);
    (four[0] + four[2]) + (four[1] + four[3])
}

/// The sum, in 16 lanes too.
#[inline(always)]
pub fn sum(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<16>();
    let mut lanes = [0.0_f32; 16];
    for x in chunks {
        for (lane, x) in lanes.iter_mut().zip(x) {
            *lane += x;
        }
    }
    total(lanes) + rest.iter().sum::<f32>()
}

/// The largest; the least of all numbers if there is none.
#[inline(always)]
pub fn maximum(x: &[f32]) -> f32 {
    let (chunks, rest) = x.as_chunks::<16>();
    let mut lanes = [f32::MIN; 16];
    for x in chunks {
        for (lane, x) in lanes.iter_mut().zip(x) {
            *lane = if *x > *lane { *x } else { *lane };
        }
    }
    let larger = |a: f32, b: f32| if b > a { b } else { a };
    let eight: [f32; 8] = std::array::from_fn(|i| larger(lanes[i], lanes[i + 8]));
    let four: [f32; 4] = std::array::from_fn(|i| larger(eight[i], eight[i + 4]));
    rest.iter().fold(larger(larger(four[0], four[1]), larger(four[2], four[3])), |a, b| larger(a, *b))
}

#[inline(always)]
pub fn axpy(y: &mut [f32], a: f32, x: &[f32]) {
    for (y, x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernels::cpu_product::gemm;

    #[test]
    fn exp_is_within_three_ulp_over_its_range() {
        for i in -8700..8800 {
            let x = i as f32 / 100.0;
            let exact = (x as f64).exp();
            assert!(((exp(x) as f64 - exact) / exact).abs() < 4e-7, "exp({x}) = {} not {exact}", exp(x));
        }
    }

    #[test]
    fn sums_and_largest_of_any_length() {
        for n in [0, 1, 15, 16, 33] {
            let x: Vec<f32> = (0..n).map(|i| ((i * 7 % 11) as f32) - 5.0).collect();
            assert_eq!(sum(&x), x.iter().sum::<f32>());
            assert_eq!(maximum(&x), x.iter().copied().fold(f32::MIN, f32::max));
        }
    }

    #[test]
    fn gemm_adds_or_overwrites() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0], [1.0, 0.0, 0.0, 1.0]);
        let mut out = vec![10.0; 4];
        gemm(&mut out, 2, Matrix::new(&a, 2), Matrix::new(&b, 2), (2, 2, 2), true, false);
        assert_eq!(out, [11.0, 12.0, 13.0, 14.0]);
        gemm(&mut out, 2, Matrix::new(&a, 2).transposed(), Matrix::new(&b, 2), (2, 2, 2), false, false);
        assert_eq!(out, [1.0, 3.0, 2.0, 4.0]);
    }
}
