//! Operands as they are.

use super::lanes::{self, LANES, Lanes, ROWS, VECTORS};
use super::{Format, Matrix, Rows, TILES};
use std::ops::Range;

pub struct F32;

const NR: usize = LANES * VECTORS;
/// Rows of a packed block.
const HEIGHT: usize = TILES * ROWS;

impl Format for F32 {
    type Word = f32;
    const MR: usize = ROWS;
    const NR: usize = NR;
    const KC: usize = 256;
    const DEPTH: usize = 1;

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

    fn pack_columns(packed: &mut [f32], b: Matrix, depth: Range<usize>, columns: Range<usize>) {
        if b.column_stride == 1 {
            for (p, packed) in depth.zip(packed.chunks_exact_mut(NR)) {
                packed[..columns.len()].copy_from_slice(&b.values[p * b.row_stride + columns.start..][..columns.len()]);
            }
            return;
        }
        assert_eq!(b.row_stride, 1, "one of the two strides is one");
        for (i, column) in columns.enumerate() {
            let values = &b.values[column * b.column_stride + depth.start..][..depth.len()];
            for (packed, value) in packed[i..].iter_mut().step_by(NR).zip(values) {
                *packed = *value;
            }
        }
    }

    unsafe fn micro_kernel(out: *mut f32, out_stride: usize, a: Rows<f32>, b: &[f32], add: bool, height: usize) {
        // SAFETY: this file is compiled only where the processor has the instructions, and the caller gives
        // a tile of `height` rows.
        unsafe {
            match height {
                1 => micro_kernel::<1>(out, out_stride, a, b, add),
                2 => micro_kernel::<2>(out, out_stride, a, b, add),
                3 => micro_kernel::<3>(out, out_stride, a, b, add),
                ROWS => micro_kernel::<ROWS>(out, out_stride, a, b, add),
                4 => micro_kernel::<4>(out, out_stride, a, b, add),
                5 => micro_kernel::<5>(out, out_stride, a, b, add),
                _ => unreachable!("a tile has at most {ROWS} rows"),
            }
        }
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
