//! Operands rounded to bfloat16 as in `bf16`, multiplied in the tile registers of AMX: one instruction adds up the
//! products of 16 rows and 16 columns over 32 values of `k`, many times faster than vectors do.
//!
//! A tile register holds 16 lines of 64 bytes. Of `A` a line is a row and 16 pairs of neighbouring `k`, of `B` it is
//! one pair of `k` and 16 columns (Intel, Architecture Instruction Set Extensions Programming Reference, chapter 3).

use super::bf16::{neighbours, woven};
use super::{Format, Matrix, Rows};
use std::arch::asm;
use std::arch::x86_64::{
    __cpuid, __cpuid_count, __m512i, _mm512_shuffle_i32x4, _mm512_storeu_si512, _mm512_unpackhi_epi32,
    _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
};
use std::ops::Range;
use std::sync::OnceLock;

pub struct Amx;

/// Lines of a tile, and words of a line.
const LINES: usize = 16;
/// Values of `k` that a tile reaches over.
const STEP: usize = 2 * LINES;
type Tile = [__m512i; LINES];
// SAFETY: any bits are a vector.
const ZEROS: Tile = unsafe { std::mem::zeroed() };
/// Rows and columns of the micro-kernel: two tiles by two.
const MR: usize = 2 * LINES;
const NR: usize = 2 * LINES;

/// Whether the processor has the instructions and the system lets this process use them; asked once.
pub fn available() -> bool {
    static AVAILABLE: OnceLock<bool> = OnceLock::new();
    *AVAILABLE.get_or_init(|| {
        const FEATURES: u32 = 7;
        const BF16_AND_TILES: u32 = 1 << 22 | 1 << 24;
        if __cpuid(0).eax < FEATURES || __cpuid_count(FEATURES, 0).edx & BF16_AND_TILES != BF16_AND_TILES {
            return false;
        }
        const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
        const TILE_DATA: libc::c_long = 18;
        // SAFETY: asks that the contents of tile registers be kept for this process's threads, no more.
        unsafe { libc::syscall(libc::SYS_arch_prctl, ARCH_REQ_XCOMP_PERM, TILE_DATA) == 0 }
    })
}

/// What `ldtilecfg` reads: the shape of each tile register.
#[repr(C, align(64))]
struct Shapes {
    palette: u8,
    start_line: u8,
    reserved: [u8; 14],
    line_bytes: [u16; 16],
    lines: [u8; 16],
}

/// Eight registers of whole tiles.
static SHAPES: Shapes = {
    let (mut line_bytes, mut lines) = ([0; 16], [0; 16]);
    let mut register = 0;
    while register < 8 {
        line_bytes[register] = 4 * LINES as u16;
        lines[register] = LINES as u8;
        register += 1;
    }
    Shapes { palette: 1, start_line: 0, reserved: [0; 14], line_bytes, lines }
};

impl Format for Amx {
    type Word = u32;
    const MR: usize = MR;
    const NR: usize = NR;
    const KC: usize = 512;
    const DEPTH: usize = 2;
    const STEP: usize = STEP;
    // The rows of `out` that are written then lie on few pages.
    const PANEL_STAYS: bool = false;

    /// Packed tile by tile, those of 16 rows one after the other.
    fn rows<'a>(packed: &'a mut [u32], a: Matrix<'a>, rows: Range<usize>, depth: Range<usize>) -> Rows<'a, u32> {
        let pairs = depth.len().next_multiple_of(STEP) / 2;
        let of_row = |row: usize, step: usize| (row * pairs + step * LINES) * LINES;
        if a.column_stride == 1 {
            along(a, rows, depth, |row, step, tile| store(&mut packed[of_row(row, step)..], LINES, tile));
        } else {
            across(a, rows, depth, |row, step, tile| store(&mut packed[of_row(row, step)..], LINES, &transposed(tile)));
        }
        Rows { values: packed, row_stride: pairs, depth_stride: 1 }
    }

    fn pack(packed: &mut [u32], panel_words: usize, b: Matrix, depth: Range<usize>, columns: usize) {
        let of_column = |column: usize, step: usize| column / 2 * panel_words + step * LINES * NR + column % 2 * LINES;
        let (b, columns) = (b.transposed(), 0..columns);
        if b.row_stride == 1 {
            across(b, columns, depth, |column, step, tile| store(&mut packed[of_column(column, step)..], NR, tile));
        } else {
            along(b, columns, depth, |column, step, tile| {
                store(&mut packed[of_column(column, step)..], NR, &transposed(tile));
            });
        }
    }

    fn enter() {
        // SAFETY: nobody comes here unless the registers are available.
        unsafe { asm!("ldtilecfg [{}]", in(reg) &raw const SHAPES, options(nostack, readonly, preserves_flags)) };
    }

    fn leave() {
        // SAFETY: as above. Without it every switch between threads would save the registers.
        unsafe { asm!("tilerelease", options(nostack, nomem, preserves_flags)) };
    }

    unsafe fn micro_kernel(out: *mut f32, out_stride: usize, a: Rows<u32>, b: &[u32], add: bool, height: usize) {
        let steps = b.len() / (LINES * NR);
        assert!(a.values.len() >= MR * a.row_stride && a.row_stride == steps * LINES);
        if height == MR {
            // SAFETY: the caller gives a tile of MR rows.
            return unsafe { multiply(out, out_stride, a.values, b, add) };
        }
        let mut whole = [0.0; MR * NR];
        // SAFETY: `whole` has MR rows, and of them the caller's tile has `height`.
        unsafe {
            multiply(whole.as_mut_ptr(), NR, a.values, b, false);
            for (i, whole) in whole.chunks_exact(NR).take(height).enumerate() {
                for (j, value) in whole.iter().enumerate() {
                    let out = out.add(i * out_stride + j);
                    out.write(if add { out.read() + value } else { *value });
                }
            }
        }
    }
}

/// Pieces of `size` with their numbers; the last is as long as what is left.
fn pieces(range: &Range<usize>, size: usize) -> impl Iterator<Item = (usize, Range<usize>)> + use<> {
    let end = range.end;
    range.clone().step_by(size).map(move |from| from..(from + size).min(end)).enumerate()
}

/// Tiles of 16 rows of `x`: a line is a row, in pairs of neighbours. They come with their numbers, in the order in
/// which they lie in memory. Where `x` ends there are zeros.
#[inline(always)]
fn along(x: Matrix, rows: Range<usize>, depth: Range<usize>, mut give: impl FnMut(usize, usize, &Tile)) {
    assert_eq!(x.column_stride, 1, "one of the two strides is one");
    for (block, rows) in pieces(&rows, LINES) {
        for (step, depth) in pieces(&depth, STEP) {
            let mut tile = ZEROS;
            for (row, line) in rows.clone().zip(&mut tile) {
                // SAFETY: the processor has the instructions.
                *line = unsafe { neighbours(&x.values[row * x.row_stride + depth.start..][..depth.len()]) };
            }
            give(block, step, &tile);
        }
    }
}

/// The same tiles transposed: a line is two columns of `x`, woven, over 16 rows.
#[inline(always)]
fn across(x: Matrix, rows: Range<usize>, depth: Range<usize>, mut give: impl FnMut(usize, usize, &Tile)) {
    assert_eq!(x.row_stride, 1, "one of the two strides is one");
    for (step, depth) in pieces(&depth, STEP) {
        for (block, rows) in pieces(&rows, LINES) {
            let column = |at: usize| &x.values[at * x.column_stride + rows.start..][..rows.len()];
            let mut tile = ZEROS;
            for (low, line) in depth.clone().step_by(2).zip(&mut tile) {
                let high = if low + 1 < depth.end { column(low + 1) } else { &[0.0; LINES][..rows.len()] };
                // SAFETY: the processor has the instructions.
                *line = unsafe { woven(column(low), high) };
            }
            give(block, step, &tile);
        }
    }
}

fn transposed(x: &Tile) -> Tile {
    // SAFETY: the processor has the instructions.
    unsafe { transposed_lines(x) }
}

#[target_feature(enable = "avx512f")]
fn transposed_lines(x: &Tile) -> Tile {
    // Pairs of lines, then fours, inside each quarter of a line.
    let twos: [_; LINES] = std::array::from_fn(|i| {
        let (low, high) = (x[i & !1], x[i | 1]);
        if i % 2 == 0 { _mm512_unpacklo_epi32(low, high) } else { _mm512_unpackhi_epi32(low, high) }
    });
    let fours: [_; LINES] = std::array::from_fn(|i| {
        let first = i & !3 | (i >> 1) & 1;
        let (low, high) = (twos[first], twos[first + 2]);
        if i % 2 == 0 { _mm512_unpacklo_epi64(low, high) } else { _mm512_unpackhi_epi64(low, high) }
    });
    // Then the quarters: line 4 q + j is quarter q of the four fours j.
    let mut out = fours;
    for j in 0..4 {
        let even = |i: usize| _mm512_shuffle_i32x4::<0x88>(fours[i + j], fours[i + j + 4]);
        let odd = |i: usize| _mm512_shuffle_i32x4::<0xdd>(fours[i + j], fours[i + j + 4]);
        let (even, odd) = ([even(0), even(8)], [odd(0), odd(8)]);
        out[j] = _mm512_shuffle_i32x4::<0x88>(even[0], even[1]);
        out[j + 4] = _mm512_shuffle_i32x4::<0x88>(odd[0], odd[1]);
        out[j + 8] = _mm512_shuffle_i32x4::<0xdd>(even[0], even[1]);
        out[j + 12] = _mm512_shuffle_i32x4::<0xdd>(odd[0], odd[1]);
    }
    out
}

/// Writes lines `stride` words apart.
fn store(packed: &mut [u32], stride: usize, tile: &Tile) {
    for (line, packed) in tile.iter().zip(packed.chunks_mut(stride)) {
        // SAFETY: there are as many words.
        unsafe { _mm512_storeu_si512(packed[..LINES].as_mut_ptr().cast(), *line) };
    }
}

/// `out (+)= a b` for two tiles by two, over as many tiles of `k` as `b` has.
///
/// # Safety
/// `out` must reach over MR rows of NR values, and the registers be shaped by [`Amx::enter`].
unsafe fn multiply(out: *mut f32, out_stride: usize, a: &[u32], b: &[u32], add: bool) {
    let steps = b.len() / (LINES * NR);
    assert!(steps > 0 && a.len() >= 2 * steps * LINES * LINES);
    let (upper, lower) = (a.as_ptr(), a[steps * LINES * LINES..].as_ptr());
    // SAFETY: `a` and `b` hold the tiles that are read, `out` those that are written; LLVM uses no tile register.
    unsafe {
        asm!(
            "test {add:e}, {add:e}",
            "jz 2f",
            "tileloadd tmm0, [{out} + {out_line}]",
            "tileloadd tmm1, [{out} + {out_line} + 64]",
            "tileloadd tmm2, [{out_lower} + {out_line}]",
            "tileloadd tmm3, [{out_lower} + {out_line} + 64]",
            "jmp 3f",
            "2:",
            "tilezero tmm0",
            "tilezero tmm1",
            "tilezero tmm2",
            "tilezero tmm3",
            "3:",
            "tileloadd tmm4, [{upper} + {a_line}]",
            "tileloadd tmm6, [{b} + {b_line}]",
            "tdpbf16ps tmm0, tmm4, tmm6",
            "tileloadd tmm7, [{b} + {b_line} + 64]",
            "tdpbf16ps tmm1, tmm4, tmm7",
            "tileloadd tmm5, [{lower} + {a_line}]",
            "tdpbf16ps tmm2, tmm5, tmm6",
            "tdpbf16ps tmm3, tmm5, tmm7",
            "add {upper}, 1024",
            "add {lower}, 1024",
            "add {b}, 2048",
            "dec {steps}",
            "jnz 3b",
            "tilestored [{out} + {out_line}], tmm0",
            "tilestored [{out} + {out_line} + 64], tmm1",
            "tilestored [{out_lower} + {out_line}], tmm2",
            "tilestored [{out_lower} + {out_line} + 64], tmm3",
            add = in(reg) u32::from(add),
            out = in(reg) out,
            out_lower = in(reg) out.add(LINES * out_stride),
            out_line = in(reg) 4 * out_stride,
            upper = inout(reg) upper => _,
            lower = inout(reg) lower => _,
            a_line = in(reg) 4 * LINES,
            b = inout(reg) b.as_ptr() => _,
            b_line = in(reg) 4 * NR,
            steps = inout(reg) steps => _,
            options(nostack),
        );
    }
}

#[cfg(test)]
#[test]
fn products_in_tiles() {
    if available() {
        super::tests::equals_the_product::<Amx>(super::bf16::rounded);
    }
}
