//! Matrix products of our own, for processors with AVX-512 or AMX and for WebAssembly with 128-bit vectors.
//!
//! `B` is packed into panels as wide as a tile, so that each step of the micro-kernel reads one line;
//! `A` is read by rows. The micro-kernel keeps a tile's sums in registers. Sums over `k` run in the same
//! order whatever the number of cores.

#[cfg(all(feature = "native", target_os = "linux", target_arch = "x86_64", target_feature = "avx512bf16"))]
pub mod amx;
#[cfg(all(target_arch = "x86_64", target_feature = "avx512bf16"))]
mod bf16;
mod f32;

#[cfg(all(target_arch = "x86_64", target_feature = "avx512bf16"))]
pub use bf16::Bf16;
pub use f32::F32;

use crate::kernels::cpu::{Matrix, for_each_chunk};
use std::cell::RefCell;
use std::mem::MaybeUninit;
use std::ops::Range;

/// How operands are held while they are multiplied.
pub trait Format {
    /// What holds one value, or several neighbours in `k`.
    type Word: bytemuck::Pod + Sync;
    /// Rows and columns of a tile.
    const MR: usize;
    const NR: usize;
    /// Depth of a block.
    const KC: usize;
    /// Values of `k` in a word.
    const DEPTH: usize;
    /// Packed operands reach to a multiple of this in `k`, with zeros.
    const STEP: usize = Self::DEPTH;
    /// Whether a panel of `B` fits the first-level cache beside a tile's rows: then it stays there while the
    /// rows go by, else the rows stay.
    const PANEL_STAYS: bool;

    /// Rows of `a` where they lie, or packed.
    fn rows<'a>(
        packed: &'a mut [Self::Word],
        a: Matrix<'a>,
        rows: Range<usize>,
        depth: Range<usize>,
    ) -> Rows<'a, Self::Word>;

    /// Packs `b`, `columns` wide, into panels of `panel_words`: word `p NR + i` of one holds depth `p` of its column
    /// `i`.
    fn pack(packed: &mut [Self::Word], panel_words: usize, b: Matrix, depth: Range<usize>, columns: usize);

    /// Before a thread multiplies, and after it.
    fn enter() {}
    fn leave() {}

    /// `out (+)= a b` for a tile of `height` rows, on a thread that has entered.
    ///
    /// # Safety
    /// `out` must reach over `height` rows of `NR` values, and `height` be 1 to `MR`.
    unsafe fn micro_kernel(
        out: *mut f32,
        out_stride: usize,
        a: Rows<Self::Word>,
        b: &[Self::Word],
        add: bool,
        height: usize,
    );
}

/// Rows of `A`: the word of row `i` at depth `p` is at `i row_stride + p depth_stride`.
#[derive(Clone, Copy)]
pub struct Rows<'a, W> {
    values: &'a [W],
    row_stride: usize,
    depth_stride: usize,
}

/// The most values of a tile.
const TILE: usize = 32 * 32;
/// Tiles below each other that one core takes at a time.
const TILES: usize = 16;

thread_local! {
    static PACKED_A: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
    static PACKED_B: RefCell<Vec<u32>> = const { RefCell::new(Vec::new()) };
}

/// The first `n` words of a buffer that grows as needed.
fn words<W: bytemuck::Pod>(buffer: &mut Vec<u32>, n: usize) -> &mut [W] {
    buffer.resize(buffer.len().max(n), 0);
    bytemuck::cast_slice_mut(&mut buffer[..n])
}

/// `out (+)= a b`; see [`crate::kernels::cpu_product::gemm`], which has checked the bounds. Without `add` every value
/// is written, and none is read before.
pub fn gemm<F: Format>(
    out: &mut [MaybeUninit<f32>],
    out_stride: usize,
    a: Matrix,
    b: Matrix,
    (m, n, k): (usize, usize, usize),
    add: bool,
    cores: bool,
) {
    let (panels, height) = (n.div_ceil(F::NR), TILES * F::MR);
    PACKED_B.with_borrow_mut(|buffer| {
        for from in (0..k).step_by(F::KC) {
            let depth = from..(from + F::KC).min(k);
            let words_deep = depth.len().next_multiple_of(F::STEP) / F::DEPTH;
            let panel_words = words_deep * F::NR;
            let packed_b = words::<F::Word>(buffer, panels * panel_words);
            F::pack(packed_b, panel_words, b, depth.clone(), n);
            let packed_b = &*packed_b;
            let add = add || from > 0;
            let block = |index: usize, out: &mut [MaybeUninit<f32>]| {
                let rows = index * height..m.min((index + 1) * height);
                PACKED_A.with_borrow_mut(|buffer| {
                    let packed = words::<F::Word>(buffer, height * words_deep);
                    let a = F::rows(packed, a, rows.clone(), depth.clone());
                    let mut multiply = |row: usize, panel: usize| {
                        let a = Rows { values: &a.values[row * a.row_stride..], ..a };
                        let packed_b = &packed_b[panel * panel_words..][..panel_words];
                        let size = (F::MR.min(rows.len() - row), F::NR.min(n - panel * F::NR));
                        let out = &mut out[row * out_stride + panel * F::NR..];
                        tile::<F>(out, out_stride, a, packed_b, size, add);
                    };
                    F::enter();
                    let starts = (0..rows.len()).step_by(F::MR);
                    if F::PANEL_STAYS {
                        (0..panels).for_each(|panel| starts.clone().for_each(|row| multiply(row, panel)));
                    } else {
                        starts.for_each(|row| (0..panels).for_each(|panel| multiply(row, panel)));
                    }
                    F::leave();
                });
            };
            let out = &mut out[..(m - 1) * out_stride + n];
            if cores {
                for_each_chunk(out, height * out_stride, block);
            } else {
                out.chunks_mut(height * out_stride).enumerate().for_each(|(index, out)| block(index, out));
            }
        }
    });
}

/// The panels that `columns` are packed into, with the columns of each.
fn panels<F: Format>(
    packed: &mut [F::Word],
    panel_words: usize,
    columns: usize,
) -> impl Iterator<Item = (&mut [F::Word], Range<usize>)> {
    let columns_of = move |panel: usize| panel * F::NR..columns.min((panel + 1) * F::NR);
    packed.chunks_exact_mut(panel_words).enumerate().map(move |(panel, packed)| (packed, columns_of(panel)))
}

/// One tile of the result.
fn tile<F: Format>(
    out: &mut [MaybeUninit<f32>],
    out_stride: usize,
    a: Rows<F::Word>,
    b: &[F::Word],
    (height, width): (usize, usize),
    add: bool,
) {
    if width == F::NR {
        assert!(out.len() >= (height - 1) * out_stride + F::NR);
        // SAFETY: the tile lies inside `out`.
        unsafe { F::micro_kernel(out.as_mut_ptr().cast(), out_stride, a, b, add, height) };
        return;
    }
    let mut whole = [0.0; TILE];
    // SAFETY: `whole` is at least one tile.
    unsafe { F::micro_kernel(whole.as_mut_ptr(), F::NR, a, b, false, height) };
    for (i, whole) in whole.chunks_exact(F::NR).take(height).enumerate() {
        for (out, value) in out[i * out_stride..][..width].iter_mut().zip(whole) {
            // SAFETY: what is added to has been written.
            let before = if add { unsafe { out.assume_init() } } else { 0.0 };
            out.write(before + value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Compares a format's products with those of operands rounded as it rounds them.
    pub fn equals_the_product<F: Format>(rounded: impl Fn(f32) -> f32) {
        let value = |i: usize| ((i * 7919 % 1013) as f32 / 506.5) - 1.0;
        for (m, n, k) in [(1, 1, 1), (5, 63, 3), (6, 64, 2), (7, 65, 513), (3, 9, 257), (100, 130, 1030)] {
            let a: Vec<f32> = (0..m * k).map(value).collect();
            let b: Vec<f32> = (0..k * n).map(|i| value(i + 31)).collect();
            let exact = |i: usize, j: usize| {
                (0..k).map(|p| f64::from(rounded(a[i * k + p])) * f64::from(rounded(b[p * n + j]))).sum::<f64>()
            };
            let a_transposed: Vec<f32> = (0..k * m).map(|i| a[i % m * k + i / m]).collect();
            let b_transposed: Vec<f32> = (0..k * n).map(|i| b[i % k * n + i / k]).collect();
            for (a, b) in [
                (Matrix::new(&a, k), Matrix::new(&b, n)),
                (Matrix::new(&a_transposed, m).transposed(), Matrix::new(&b, n)),
                (Matrix::new(&a, k), Matrix::new(&b_transposed, k).transposed()),
            ] {
                for cores in [false, true] {
                    let mut out = vec![MaybeUninit::new(1.0_f32); m * n];
                    gemm::<F>(&mut out, n, a, b, (m, n, k), true, cores);
                    for i in 0..m {
                        for j in 0..n {
                            // SAFETY: it began with ones.
                            let found = unsafe { out[i * n + j].assume_init() };
                            let error = (f64::from(found) - 1.0 - exact(i, j)).abs();
                            assert!(error <= 1e-6 * k as f64 + 1e-6, "{m}x{n}x{k} at {i},{j}: off by {error}");
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn f32_products() {
        equals_the_product::<F32>(|x| x);
    }
}
