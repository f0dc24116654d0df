//! Operands as they are.

use super::{Format, Matrix, Rows, TILES, panels};
use crate::kernels::cpu_lanes::{self as lanes, LANES, Lanes, ROWS, VECTORS};
use std::ops::Range;

pub struct F32;

const NR: usize = LANES * VECTORS;
const KILOBYTES_OF_PANEL: usize = NR * lanes::DEPTH * size_of::<f32>() / 1024;
/// Rows of a packed block.
const HEIGHT: usize = TILES * ROWS;

impl Format for F32 {
    type Word = f32;
    const MR: usize = ROWS;
    const NR: usize = NR;
    const KC: usize = lanes::DEPTH;
    const DEPTH: usize = 1;
    const PANEL_STAYS: bool = KILOBYTES_OF_PANEL <= 16;

    fn rows<'a>(packed: &'a mut [f32], a: Matrix<'a>, rows: Range<usize>, depth: Range<usize>) -> Rows<'a, f32> {
        if a.column_stride == 1 {
            let values = &a.values[rows.start * a.row_stride + depth.start..];
            return Rows { values, row_stride: a.row_stride, depth_stride: 1 };
        }
        // Each step of the micro-kernel would read another line of the cache.
        assert_eq!(a.row_stride, 1, "one of the two strides is one");
        for (p, packed) in depth.zip(packed.chunks_exact_mut(HEIGHT)) {
            packed[..rows.len()].copy_from_slice(&a.values[p * a.column_stride + rows.start..][..rows.len()]);
        }
        Rows { values: packed, row_stride: 1, depth_stride: HEIGHT }
    }

    fn pack(packed: &mut [f32], panel_words: usize, b: Matrix, depth: Range<usize>, columns: usize) {
        for (packed, columns) in panels::<Self>(packed, panel_words, columns) {
            pack_panel(packed, b, depth.clone(), columns);
        }
    }

    unsafe fn micro_kernel(out: *mut f32, out_stride: usize, a: Rows<f32>, b: &[f32], add: bool, height: usize) {
        macro_rules! of_height {
            ($($rows:literal)*) => {
                match height {
                    // SAFETY: this file is compiled only where the processor has the instructions, and the
                    // caller gives a tile of `height` rows.
                    $($rows => unsafe { micro_kernel::<$rows>(out, out_stride, a, b, add) },)*
                    _ => unreachable!("a tile has at most {ROWS} rows"),
                }
            };
        }
        #[cfg(target_arch = "x86_64")]
        of_height!(1 2 3 4 5 6 7 8 9 10 11 12 13 14);
        #[cfg(not(target_arch = "x86_64"))]
        of_height!(1 2 3 4);
    }
}

/// One panel of columns.
fn pack_panel(packed: &mut [f32], b: Matrix, depth: Range<usize>, columns: Range<usize>) {
    let (packed, _) = packed.as_chunks_mut::<NR>();
    if b.column_stride == 1 {
        for (p, packed) in depth.zip(packed) {
            let line = &b.values[p * b.row_stride + columns.start..][..columns.len()];
            // A length that the compiler knows: in WebAssembly any other copy is a call, however short.
            match line.first_chunk() {
                Some(whole) => *packed = *whole,
                None => packed[..line.len()].copy_from_slice(line),
            }
        }
        return;
    }
    assert_eq!(b.row_stride, 1, "one of the two strides is one");
    let column = |i: usize| &b.values[(columns.start + i) * b.column_stride + depth.start..][..depth.len()];
    let fours = columns.len() / 4 * 4;
    for i in (0..fours).step_by(4) {
        turn(packed, i, [0, 1, 2, 3].map(|next| column(i + next)));
    }
    for i in fours..columns.len() {
        for (packed, value) in packed.iter_mut().zip(column(i)) {
            packed[i] = *value;
        }
    }
}

/// Four columns, from `i` on, into the lines of a panel: squares of 4 x 4 are turned over in registers.
#[inline(always)]
fn turn(packed: &mut [[f32; NR]], i: usize, columns: [&[f32]; 4]) {
    let squares = columns.map(|column| column.as_chunks::<4>().0);
    for (p, packed) in packed.chunks_exact_mut(4).enumerate() {
        let square = squares.map(|column| column[p]);
        for (r, packed) in packed.iter_mut().enumerate() {
            packed[i..i + 4].copy_from_slice(&square.map(|column| column[r]));
        }
    }
    for p in packed.len() / 4 * 4..packed.len() {
        packed[p][i..i + 4].copy_from_slice(&columns.map(|column| column[p]));
    }
}

#[cfg_attr(target_arch = "x86_64", target_feature(enable = "avx512f"))]
#[cfg_attr(feature = "relaxed", target_feature(enable = "simd128,relaxed-simd"))]
unsafe fn micro_kernel<const H: usize>(out: *mut f32, out_stride: usize, a: Rows<f32>, b: &[f32], add: bool) {
    let depth = b.len() / NR;
    assert!((H - 1) * a.row_stride + (depth - 1) * a.depth_stride < a.values.len());
    // SAFETY: `a` reaches as far as was just checked, `b` is `depth` lines of NR values, and the caller gives
    // H rows of NR values.
    unsafe {
        let mut sums = [[lanes::zero(); VECTORS]; H];
        let (mut from, mut line) = (a.values.as_ptr(), b.as_ptr());
        for _ in 0..depth {
            let columns: [Lanes; VECTORS] = std::array::from_fn(|j| lanes::load(line.add(LANES * j)));
            for (i, sums) in sums.iter_mut().enumerate() {
                let value = lanes::splat(from.add(i * a.row_stride));
                for (sum, column) in sums.iter_mut().zip(columns) {
                    *sum = lanes::multiply_add(value, column, *sum);
                }
            }
            from = from.wrapping_add(a.depth_stride);
            line = line.add(NR);
        }
        for (i, sums) in sums.iter().enumerate() {
            for (j, sum) in sums.iter().enumerate() {
                let to = out.add(i * out_stride + LANES * j);
                lanes::store(to, if add { lanes::add(lanes::load(to), *sum) } else { *sum });
            }
        }
    }
}
