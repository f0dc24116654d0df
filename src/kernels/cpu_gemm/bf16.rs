//! Operands rounded to bfloat16, sums in f32: with AVX-512 BF16 twice the speed of f32 in training.
//! Chosen by a recipe; everything else computes in f32.
//!
//! `vdpbf16ps` adds to each of 16 sums the products of a pair of neighbouring `k`: a word is such a pair.

use super::{Format, Matrix, Rows, TILES, panels};
use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm512_add_ps, _mm512_cvtne2ps_pbh, _mm512_dpbf16_ps, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_mask_storeu_epi32, _mm512_maskz_loadu_ps, _mm512_permutexvar_epi16, _mm512_set1_epi32,
    _mm512_setzero_ps, _mm512_storeu_ps, _mm512_storeu_si512,
};
use std::ops::Range;

pub struct Bf16;

/// Rows and columns of the micro-kernel: 24 registers of sums.
const MR: usize = 6;
const NR: usize = 64;
/// Depth of a block: its panels of `A` and `B` stay in the second-level cache.
const KC: usize = 512;
/// Rows of a packed block.
const HEIGHT: usize = TILES * MR;

impl Format for Bf16 {
    type Word = u32;
    const MR: usize = MR;
    const NR: usize = NR;
    const KC: usize = KC;
    const DEPTH: usize = 2;
    const PANEL_STAYS: bool = false;

    /// Packed the way that needs no shuffling.
    fn rows<'a>(packed: &'a mut [u32], a: Matrix<'a>, rows: Range<usize>, depth: Range<usize>) -> Rows<'a, u32> {
        if a.column_stride == 1 {
            let pairs = depth.len().div_ceil(2);
            for (row, packed) in rows.zip(packed.chunks_exact_mut(pairs)) {
                // SAFETY: the processor has the instructions.
                unsafe { round_pairs(&a.values[row * a.row_stride + depth.start..][..depth.len()], packed) };
            }
            return Rows { values: packed, row_stride: pairs, depth_stride: 1 };
        }
        assert_eq!(a.row_stride, 1, "one of the two strides is one");
        pack_lines::<HEIGHT>(packed, a.transposed(), depth, rows);
        Rows { values: packed, row_stride: 1, depth_stride: HEIGHT }
    }

    fn pack(packed: &mut [u32], panel_words: usize, b: Matrix, depth: Range<usize>, columns: usize) {
        for (packed, columns) in panels::<Self>(packed, panel_words, columns) {
            pack_panel(packed, b, depth.clone(), columns);
        }
    }

    unsafe fn micro_kernel(out: *mut f32, out_stride: usize, a: Rows<u32>, b: &[u32], add: bool, height: usize) {
        // SAFETY: this file is compiled only where the processor has the instructions, and the caller gives
        // a tile of `height` rows.
        unsafe {
            match height {
                1 => micro_kernel::<1>(out, out_stride, a, b, add),
                2 => micro_kernel::<2>(out, out_stride, a, b, add),
                3 => micro_kernel::<3>(out, out_stride, a, b, add),
                4 => micro_kernel::<4>(out, out_stride, a, b, add),
                5 => micro_kernel::<5>(out, out_stride, a, b, add),
                MR => micro_kernel::<MR>(out, out_stride, a, b, add),
                _ => unreachable!("a tile has at most {MR} rows"),
            }
        }
    }
}

/// One panel of columns.
fn pack_panel(packed: &mut [u32], b: Matrix, depth: Range<usize>, columns: Range<usize>) {
    if b.column_stride == 1 {
        return pack_lines::<NR>(packed, b, depth, columns);
    }
    assert_eq!(b.row_stride, 1, "one of the two strides is one");
    let mut pairs = [0; KC / 2];
    let pairs = &mut pairs[..depth.len().div_ceil(2)];
    for (i, column) in columns.enumerate() {
        // SAFETY: the processor has the instructions.
        unsafe { round_pairs(&b.values[column * b.column_stride + depth.start..][..depth.len()], pairs) };
        for (packed, pair) in packed[i..].iter_mut().step_by(NR).zip(&*pairs) {
            *packed = *pair;
        }
    }
}

/// Weaves the lines `depth` of `x` into pairs, `W` words a pair of lines.
fn pack_lines<const W: usize>(packed: &mut [u32], x: Matrix, depth: Range<usize>, columns: Range<usize>) {
    let line = |at: usize| &x.values[at * x.row_stride + columns.start..][..columns.len()];
    for (low, packed) in depth.clone().step_by(2).zip(packed.chunks_exact_mut(W)) {
        let high = if low + 1 < depth.end { line(low + 1) } else { &[0.0; W][..columns.len()] };
        // SAFETY: the processor has the instructions.
        unsafe { round_columns(line(low), high, packed) };
    }
}

/// Two columns as pairs: word `i` holds `low[i]` in its low half and `high[i]` in its high half.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
fn round_columns(low: &[f32], high: &[f32], pairs: &mut [u32]) {
    for ((low, high), pairs) in low.chunks(16).zip(high.chunks(16)).zip(pairs.chunks_mut(16)) {
        // SAFETY: the mask lets through as many lanes as there are words.
        unsafe { _mm512_mask_storeu_epi32(pairs.as_mut_ptr().cast(), first(pairs.len()), woven(low, high)) };
    }
}

/// A mask of the first `n` of 16 lanes.
fn first(n: usize) -> u16 {
    (u32::MAX >> (32 - n.clamp(1, 16))) as u16
}

/// Up to 16 values of two lines as pairs, zeros behind them.
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub fn woven(low: &[f32], high: &[f32]) -> __m512i {
    // Lanes 0, 16, 1, 17, ...: the two lines interleaved.
    const INTERLEAVED: [u16; 32] = {
        let mut lanes = [0; 32];
        let mut i = 0;
        while i < 32 {
            lanes[i] = (i / 2 + 16 * (i % 2)) as u16;
            i += 1;
        }
        lanes
    };
    assert!(low.len() == high.len() && !low.is_empty());
    let mask = first(low.len());
    // SAFETY: the mask lets through as many lanes as the lines have values.
    unsafe {
        let (low, high) = (_mm512_maskz_loadu_ps(mask, low.as_ptr()), _mm512_maskz_loadu_ps(mask, high.as_ptr()));
        let rounded = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
        _mm512_permutexvar_epi16(_mm512_loadu_si512(INTERLEAVED.as_ptr().cast()), rounded)
    }
}

/// Up to 32 neighbours as pairs, zeros behind them.
#[target_feature(enable = "avx512f,avx512bf16")]
pub fn neighbours(line: &[f32]) -> __m512i {
    assert!(!line.is_empty());
    let (low, high) = line.split_at(line.len().min(16));
    // SAFETY: the masks let through as many lanes as there are values.
    unsafe {
        let high = match high.len() {
            0 => _mm512_setzero_ps(),
            n => _mm512_maskz_loadu_ps(first(n), high.as_ptr()),
        };
        let low = _mm512_maskz_loadu_ps(first(low.len()), low.as_ptr());
        std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low))
    }
}

/// Neighbours of `line` as pairs.
#[target_feature(enable = "avx512f,avx512bf16")]
fn round_pairs(line: &[f32], pairs: &mut [u32]) {
    assert!(line.len() <= 2 * pairs.len());
    let whole = line.len() / 32;
    for (block, pairs) in line.chunks_exact(32).zip(pairs.chunks_exact_mut(16)) {
        // SAFETY: 32 values are read and 16 words written.
        unsafe {
            let (low, high) = (_mm512_loadu_ps(block.as_ptr()), _mm512_loadu_ps(block.as_ptr().add(16)));
            let rounded: __m512i = std::mem::transmute::<__m512bh, __m512i>(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(pairs.as_mut_ptr().cast(), rounded);
        }
    }
    for (values, pair) in line[whole * 32..].chunks(2).zip(&mut pairs[whole * 16..]) {
        *pair = bf16(values[0]) | values.get(1).map_or(0, |v| bf16(*v) << 16);
    }
}

/// Round to nearest, ties to even.
#[inline(always)]
fn bf16(x: f32) -> u32 {
    let bits = x.to_bits();
    (bits + 0x7fff + ((bits >> 16) & 1)) >> 16
}

#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn micro_kernel<const H: usize>(out: *mut f32, out_stride: usize, a: Rows<u32>, b: &[u32], add: bool) {
    let pairs = b.len() / NR;
    let (row_stride, pair_stride) = (a.row_stride, a.depth_stride);
    assert!((H - 1) * row_stride + (pairs - 1) * pair_stride < a.values.len());
    let mut sums = [[_mm512_setzero_ps(); 4]; H];
    let mut a = a.values.as_ptr();
    let mut b = b.as_ptr();
    for _ in 0..pairs {
        // SAFETY: `b` is NR = 4 x 16 words long; the types have the same 512 bits.
        unsafe {
            let columns: [_; 4] = std::array::from_fn(|j| {
                std::mem::transmute::<__m512i, __m512bh>(_mm512_loadu_si512(b.add(16 * j).cast()))
            });
            for (i, sums) in sums.iter_mut().enumerate() {
                let row = std::mem::transmute::<__m512i, __m512bh>(_mm512_set1_epi32(*a.add(i * row_stride) as i32));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = _mm512_dpbf16_ps(*sum, row, column);
                }
            }
            a = a.wrapping_add(pair_stride);
            b = b.add(NR);
        }
    }
    for (i, sums) in sums.iter().enumerate() {
        for (j, sum) in sums.iter().enumerate() {
            // SAFETY: the caller gives a tile of H rows of NR elements.
            unsafe {
                let at = out.add(i * out_stride + 16 * j);
                let sum: __m512 = if add { _mm512_add_ps(_mm512_loadu_ps(at), *sum) } else { *sum };
                _mm512_storeu_ps(at, sum);
            }
        }
    }
}

/// The nearest bfloat16.
#[cfg(test)]
pub fn rounded(x: f32) -> f32 {
    f32::from_bits(bf16(x) << 16)
}

#[cfg(test)]
#[test]
fn bf16_products() {
    super::tests::equals_the_product::<Bf16>(rounded);
}
