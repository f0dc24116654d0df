//! Products of matrices on the CPU.

use crate::kernels::cpu::{Matrix, threads};
#[cfg(any(all(target_arch = "x86_64", target_feature = "avx512f"), target_arch = "wasm32"))]
use crate::kernels::cpu_gemm;
use std::mem::MaybeUninit;

/// Whether large products may round their operands to bfloat16; set by a recipe.
static BFLOAT16: std::sync::atomic::AtomicBool = std::sync::atomic::AtomicBool::new(false);

/// Lets large products round their operands to bfloat16 where the processor can, which about
/// doubles their speed. Sums stay in f32. Returns whether it can.
pub fn allow_bfloat16(allow: bool) -> bool {
    let able = cfg!(all(target_arch = "x86_64", target_feature = "avx512bf16"));
    BFLOAT16.store(allow && able, std::sync::atomic::Ordering::Relaxed);
    able
}

/// `a b`, `[m, k] x [k, n]`, on all cores.
pub fn product(a: Matrix, b: Matrix, (m, n, k): (usize, usize, usize)) -> Vec<f32> {
    let mut out = Vec::with_capacity(m * n);
    multiply(&mut out.spare_capacity_mut()[..m * n], n, a, b, (m, n, k), false, true);
    // SAFETY: without `add` all of it is written.
    unsafe { out.set_len(m * n) };
    out
}

/// `out = a b` or `out += a b`, `[m, k] x [k, n]`, `out` with rows `out_stride` apart.
pub fn gemm(
    out: &mut [f32],
    out_stride: usize,
    a: Matrix,
    b: Matrix,
    size: (usize, usize, usize),
    add: bool,
    cores: bool,
) {
    // SAFETY: the two have the same layout, and nothing but numbers is written.
    let out = unsafe { &mut *(std::ptr::from_mut(out) as *mut [MaybeUninit<f32>]) };
    multiply(out, out_stride, a, b, size, add, cores);
}

/// As [`gemm`], into memory that need not have been written.
fn multiply(
    out: &mut [MaybeUninit<f32>],
    out_stride: usize,
    a: Matrix,
    b: Matrix,
    (m, n, k): (usize, usize, usize),
    add: bool,
    cores: bool,
) {
    a.assert_holds(m, k);
    b.assert_holds(k, n);
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * out_stride + n <= out.len());
    if k == 0 {
        if !add {
            out.chunks_mut(out_stride).take(m).for_each(|row| row[..n].fill(MaybeUninit::new(0.0)));
        }
        return;
    }
    let cores = cores && m * n * k > 1 << 18 && threads() > 1;
    #[cfg(all(target_arch = "x86_64", target_feature = "avx512bf16"))]
    if BFLOAT16.load(std::sync::atomic::Ordering::Relaxed) && m >= 32 && n >= 32 && k >= 32 {
        #[cfg(all(feature = "native", target_os = "linux"))]
        if cpu_gemm::amx::available() {
            return cpu_gemm::gemm::<cpu_gemm::amx::Amx>(out, out_stride, a, b, (m, n, k), add, cores);
        }
        return cpu_gemm::gemm::<cpu_gemm::Bf16>(out, out_stride, a, b, (m, n, k), add, cores);
    }
    #[cfg(any(all(target_arch = "x86_64", target_feature = "avx512f"), target_arch = "wasm32"))]
    cpu_gemm::gemm::<cpu_gemm::F32>(out, out_stride, a, b, (m, n, k), add, cores);
    #[cfg(not(any(all(target_arch = "x86_64", target_feature = "avx512f"), target_arch = "wasm32")))]
    // SAFETY: the bounds of all three matrices were checked above.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr().cast(),
            1,
            out_stride as isize,
            add,
            a.values.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.values.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            1.0,
            1.0,
            false,
            false,
            false,
            if cores { gemm::Parallelism::Rayon(0) } else { gemm::Parallelism::None },
        );
    }
}
