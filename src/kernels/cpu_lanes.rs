//! Vectors of f32, as the processor has them.

#[cfg(all(target_arch = "x86_64", not(target_feature = "avx512f")))]
pub use avx2::*;
#[cfg(all(target_arch = "x86_64", target_feature = "avx512f"))]
pub use avx512::*;
#[cfg(target_arch = "wasm32")]
pub use wasm::*;

#[cfg(all(target_arch = "x86_64", target_feature = "avx512f"))]
mod avx512 {
    use std::arch::x86_64::{
        __m512, _mm512_add_ps, _mm512_castpd_ps, _mm512_castps_pd, _mm512_cvtss_f32, _mm512_fmadd_ps, _mm512_loadu_ps,
        _mm512_permute_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_shuffle_f32x4, _mm512_storeu_ps,
        _mm512_unpackhi_pd, _mm512_unpackhi_ps, _mm512_unpacklo_pd, _mm512_unpacklo_ps,
    };

    pub type Lanes = __m512;
    /// Values of a vector.
    pub const LANES: usize = 16;
    /// Rows of a tile, and vectors of one of its lines: 28 of 32 registers hold sums. A wider tile would wait
    /// for the lines of its panel, which come out of the second-level cache.
    pub const ROWS: usize = 14;
    pub const VECTORS: usize = 2;
    /// Depth of a block: its panels stay in the second-level cache.
    pub const DEPTH: usize = 256;

    #[inline(always)]
    pub unsafe fn zero() -> Lanes {
        unsafe { _mm512_setzero_ps() }
    }
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Lanes {
        unsafe { _mm512_loadu_ps(from) }
    }
    #[inline(always)]
    pub unsafe fn splat(from: *const f32) -> Lanes {
        unsafe { _mm512_set1_ps(*from) }
    }
    #[inline(always)]
    pub unsafe fn multiply_add(a: Lanes, b: Lanes, sum: Lanes) -> Lanes {
        unsafe { _mm512_fmadd_ps(a, b, sum) }
    }
    #[inline(always)]
    pub unsafe fn add(a: Lanes, b: Lanes) -> Lanes {
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    pub unsafe fn store(to: *mut f32, values: Lanes) {
        unsafe { _mm512_storeu_ps(to, values) }
    }
    /// In the order of [`sum_each`].
    #[inline(always)]
    pub unsafe fn sum(values: Lanes) -> f32 {
        unsafe {
            let values = _mm512_add_ps(values, _mm512_permute_ps::<0b00_00_11_10>(values));
            let values = _mm512_add_ps(values, _mm512_permute_ps::<0b00_00_00_01>(values));
            let values = _mm512_add_ps(values, _mm512_shuffle_f32x4::<0b00_11_00_01>(values, values));
            let values = _mm512_add_ps(values, _mm512_shuffle_f32x4::<0b00_00_00_10>(values, values));
            _mm512_cvtss_f32(values)
        }
    }
    /// Lane `i` is the sum of `vectors[i]`: half as many lanes of twice as many vectors each time, as when a
    /// matrix is turned over.
    #[inline(always)]
    pub unsafe fn sum_each(vectors: [Lanes; LANES]) -> Lanes {
        unsafe {
            let add_lanes = |a: Lanes, b: Lanes| _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let add_pairs = |a: Lanes, b: Lanes| {
                let (a, b) = (_mm512_castps_pd(a), _mm512_castps_pd(b));
                let (low, high) = (_mm512_unpacklo_pd(a, b), _mm512_unpackhi_pd(a, b));
                _mm512_add_ps(_mm512_castpd_ps(low), _mm512_castpd_ps(high))
            };
            let add_quarters = |a: Lanes, b: Lanes| {
                let even = _mm512_shuffle_f32x4::<0b10_00_10_00>(a, b);
                _mm512_add_ps(even, _mm512_shuffle_f32x4::<0b11_01_11_01>(a, b))
            };
            let four = |v: usize| {
                let [a, b, c, d] = [0, 1, 2, 3].map(|i| vectors[4 * v + i]);
                add_pairs(add_lanes(a, b), add_lanes(c, d))
            };
            add_quarters(add_quarters(four(0), four(1)), add_quarters(four(2), four(3)))
        }
    }
}

#[cfg(all(target_arch = "x86_64", not(target_feature = "avx512f")))]
mod avx2 {
    use std::arch::x86_64::{
        __m256, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehl_ps, _mm_shuffle_ps, _mm256_add_ps,
        _mm256_castps256_ps128, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps,
        _mm256_setzero_ps, _mm256_storeu_ps,
    };

    pub type Lanes = __m256;
    /// Values of a vector.
    pub const LANES: usize = 8;

    #[inline(always)]
    pub unsafe fn zero() -> Lanes {
        unsafe { _mm256_setzero_ps() }
    }
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Lanes {
        unsafe { _mm256_loadu_ps(from) }
    }
    #[inline(always)]
    pub unsafe fn splat(from: *const f32) -> Lanes {
        unsafe { _mm256_set1_ps(*from) }
    }
    #[inline(always)]
    pub unsafe fn multiply_add(a: Lanes, b: Lanes, sum: Lanes) -> Lanes {
        unsafe { _mm256_fmadd_ps(a, b, sum) }
    }
    #[inline(always)]
    pub unsafe fn add(a: Lanes, b: Lanes) -> Lanes {
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    pub unsafe fn store(to: *mut f32, values: Lanes) {
        unsafe { _mm256_storeu_ps(to, values) }
    }
    #[inline(always)]
    pub unsafe fn sum(values: Lanes) -> f32 {
        unsafe {
            let fours = _mm_add_ps(_mm256_castps256_ps128(values), _mm256_extractf128_ps::<1>(values));
            let twos = _mm_add_ps(fours, _mm_movehl_ps(fours, fours));
            _mm_cvtss_f32(_mm_add_ss(twos, _mm_shuffle_ps::<1>(twos, twos)))
        }
    }
}

#[cfg(target_arch = "wasm32")]
mod wasm {
    use std::arch::wasm32::{
        f32x4_add, f32x4_extract_lane, f32x4_splat, i32x4_shuffle, v128, v128_load, v128_load32_splat, v128_store,
    };

    pub type Lanes = v128;
    /// Values of a vector.
    pub const LANES: usize = 4;
    /// Rows of a tile, and vectors of one of its lines: 8 of 16 registers hold sums. More don't fit beside
    /// what the browser's compiler keeps there.
    pub const ROWS: usize = 4;
    pub const VECTORS: usize = 2;
    /// Depth of a block: one of its panels stays in the first-level cache.
    pub const DEPTH: usize = 512;

    #[inline(always)]
    pub unsafe fn zero() -> Lanes {
        f32x4_splat(0.0)
    }
    #[inline(always)]
    pub unsafe fn load(from: *const f32) -> Lanes {
        unsafe { v128_load(from.cast()) }
    }
    #[inline(always)]
    pub unsafe fn splat(from: *const f32) -> Lanes {
        unsafe { v128_load32_splat(from.cast()) }
    }
    /// In one instruction in the module for browsers that have it.
    #[inline(always)]
    pub unsafe fn multiply_add(a: Lanes, b: Lanes, sum: Lanes) -> Lanes {
        #[cfg(feature = "relaxed")]
        return std::arch::wasm32::f32x4_relaxed_madd(a, b, sum);
        #[cfg(not(feature = "relaxed"))]
        f32x4_add(std::arch::wasm32::f32x4_mul(a, b), sum)
    }
    #[inline(always)]
    pub unsafe fn add(a: Lanes, b: Lanes) -> Lanes {
        f32x4_add(a, b)
    }
    #[inline(always)]
    pub unsafe fn store(to: *mut f32, values: Lanes) {
        unsafe { v128_store(to.cast(), values) }
    }
    #[inline(always)]
    pub unsafe fn sum(values: Lanes) -> f32 {
        let halves = f32x4_add(values, i32x4_shuffle::<2, 3, 0, 1>(values, values));
        f32x4_extract_lane::<0>(halves) + f32x4_extract_lane::<1>(halves)
    }
}
