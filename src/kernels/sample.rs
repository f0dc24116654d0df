//! Tokens drawn by their probability, the same ones on every device for the same logits.
//!
//! Whatever decides is whole numbers, since floating-point sums and exponentials differ between
//! devices. With `m` the largest allowed logit and `T` the temperature:
//! `t_j = trunc(65536 log2(e) / T (x_j - m))`, the weight `w_j` is `2^(t_j / 65536)` times `2^b`,
//! rounded, itself known to 3e-5, and `b` such that all weights together stay within 2^31: a
//! token rarer than `2^-(b + 1)` of the likeliest is never drawn (`b` is 21 for 1,024 tokens).
//! Nucleus sampling keeps the tokens with `w_j >= w`, for the largest `w` whose tokens together
//! have the share `top_p`. Of the kept sum `W` the draw takes number `floor(u W / 2^32)`, with the
//! tokens in the order in which 64 lanes walk through them.
//!
//! `u` is a counter-based random number, the first word of Threefry-2x32-20 (Salmon et al. 2011)
//! with the seed as the key: draw number `n` needs nothing of the draws before it.

use burn::backend::autodiff::checkpoint::strategy::CheckpointStrategy;
use burn::backend::{
    Autodiff, Backend, Dispatch, backend_extension,
    tensor::{FloatTensor, IntTensor},
};
use burn::tensor::{Device, Int, Tensor};
use std::ops::Range;

/// How one token is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Draw {
    /// 0 takes the likeliest, of several the one with the smallest id.
    pub temperature: f32,
    /// Above 0; 1 draws among all.
    pub top_p: f32,
    pub seed: u64,
    /// Of the draws with this seed; it wraps around.
    pub number: u32,
}

/// A draw takes at most this many ranges of ids on WebGPU.
pub const MAX_RANGES: usize = 16;

#[backend_extension(Cube: cfg(feature = "webgpu"), Flex: cfg(feature = "cpu"), Autodiff)]
pub trait SampleKernel: Backend {
    /// `(tokens [R], positions + 1 [R])`.
    fn sample_kernel(
        logits: FloatTensor<Self>,
        position: IntTensor<Self>,
        seed: IntTensor<Self>,
        ranges: Vec<Range<u32>>,
        temperature: f32,
        top_p: f32,
    ) -> (IntTensor<Self>, IntTensor<Self>);
}

/// Draws one after the other, out of the same tokens.
pub struct Chain<'a> {
    /// `[3]`: the number of a draw less its token's position, and the two words of the seed. In a
    /// buffer, since a uniform for each seed would crowd out those that are used again.
    seed: Tensor<1, Int>,
    ranges: &'a [Range<u32>],
    temperature: f32,
    top_p: f32,
}

impl<'a> Chain<'a> {
    /// `first` draws the token at `position` out of `ranges` (not empty, not overlapping); the token at each
    /// position behind it has the next number.
    pub fn new(first: Draw, position: u32, ranges: &'a [Range<u32>], device: &Device) -> Self {
        let Draw { temperature, top_p, seed, number } = first;
        let words = [number.wrapping_sub(position), seed as u32, (seed >> 32) as u32].map(|word| word as i32);
        Self { seed: Tensor::from_ints(words, device), ranges, temperature, top_p }
    }

    /// The tokens `[R]` at `positions [R]` by `logits [R, V]`, and `positions + 1`, so that a chain never
    /// waits for the host. Without any usable number among its logits a token is -1, which an embedding reads as its
    /// last row: the host asks for the tokens when all are drawn, and only then is told.
    pub fn sample(&self, logits: Tensor<2>, positions: Tensor<1, Int>) -> (Tensor<1, Int>, Tensor<1, Int>) {
        let (logits, positions) = (logits.into_dispatch(), positions.into_dispatch());
        let (seed, ranges) = (self.seed.clone().into_dispatch(), self.ranges.to_vec());
        let (tokens, next) = Dispatch::sample_kernel(logits, positions, seed, ranges, self.temperature, self.top_p);
        (Tensor::from_dispatch(tokens), Tensor::from_dispatch(next))
    }
}

impl<B: SampleKernel, C: CheckpointStrategy> SampleKernel for Autodiff<B, C> {
    fn sample_kernel(
        _: FloatTensor<Self>,
        _: IntTensor<B>,
        _: IntTensor<B>,
        _: Vec<Range<u32>>,
        _: f32,
        _: f32,
    ) -> (IntTensor<B>, IntTensor<B>) {
        unreachable!("generation takes no gradient")
    }
}

const LANES: usize = 64;

/// Units of `2^(1/65536)` a logit.
fn units(temperature: f32) -> f32 {
    65_536.0 * std::f32::consts::LOG2_E / temperature
}

/// The share that the nucleus must reach, of 2^32.
fn share(top_p: f32) -> u32 {
    (f64::from(top_p) * 2f64.powi(32)) as u32
}

/// The logarithm of the largest weight, so that all together stay within 2^31.
fn bits(ranges: &[Range<u32>]) -> u32 {
    let count: u32 = ranges.iter().map(|range| range.end - range.start).sum();
    31 - count.max(1).next_power_of_two().ilog2()
}

/// Threefry-2x32 with 20 rounds.
fn threefry(counter: [u32; 2], key: [u32; 2]) -> [u32; 2] {
    const ROTATIONS: [[u32; 4]; 2] = [[13, 15, 26, 6], [17, 29, 16, 24]];
    let keys = [key[0], key[1], key[0] ^ key[1] ^ 0x1bd1_1bda];
    let [mut x, mut y] = [counter[0].wrapping_add(keys[0]), counter[1].wrapping_add(keys[1])];
    for group in 0..5 {
        for rotation in ROTATIONS[group % 2] {
            x = x.wrapping_add(y);
            y = y.rotate_left(rotation) ^ x;
        }
        x = x.wrapping_add(keys[(group + 1) % 3]);
        y = y.wrapping_add(keys[(group + 2) % 3]).wrapping_add(group as u32 + 1);
    }
    [x, y]
}

/// `2^bits` times the probability in relation to the likeliest; `below` is the distance to its logit.
fn weight(below: f32, units: f32, bits: u32) -> u32 {
    // 32 halvings leave nothing. What isn't a number has no weight.
    if below.is_nan() {
        return 0;
    }
    let t = (below * units).max(-2_097_152.0) as i32;
    let (halvings, fraction) = ((-(t >> 16)) as u32, (t & 0xffff) as u32);
    // 65536 (2^x - 1) / x in whole numbers.
    let slope = [3_503, 15_770, 45_425].into_iter().fold(837, |c, next| next + ((c * fraction + 32_768) >> 16));
    let mantissa = 65_536 + ((slope * fraction + 32_768) >> 16);
    match (bits + 1).checked_sub(halvings + 17) {
        Some(left) => mantissa << left,
        None => {
            let right = halvings + 16 - bits;
            if right > 31 { 0 } else { (mantissa + (1 << (right - 1))) >> right }
        }
    }
}

/// The token drawn out of `ranges`; None if none of their logits is a number. What a [`Chain`]
/// does, on a slice.
pub fn pick(logits: &[f32], ranges: &[Range<u32>], draw: Draw) -> Option<u32> {
    let mut best: Option<(f32, u32)> = None;
    for id in ranges.iter().cloned().flatten() {
        let logit = logits[id as usize];
        // Any comparison with NaN is false: such a logit is never chosen.
        if best.map_or(!logit.is_nan(), |(most, _)| logit > most) {
            best = Some((logit, id));
        }
    }
    let (most, likeliest) = best.filter(|(most, _)| *most > f32::NEG_INFINITY)?;
    if draw.temperature == 0.0 || most == f32::INFINITY {
        return Some(likeliest);
    }
    let (bits, units) = (bits(ranges), units(draw.temperature));
    let order = (0..LANES as u32)
        .flat_map(|lane| ranges.iter().flat_map(move |range| (range.start + lane..range.end).step_by(LANES)));
    let weights: Vec<(u32, u32)> = order.map(|id| (id, weight(logits[id as usize] - most, units, bits))).collect();
    let above = |least: u32| weights.iter().map(|(_, w)| if *w >= least { *w } else { 0 }).sum::<u32>();
    let mut total = above(0);
    let mut least = 1;
    if draw.top_p < 1.0 {
        let wanted = ((u64::from(total) * u64::from(share(draw.top_p))) >> 32) as u32 + 1;
        least = (0..=bits).rev().fold(0, |least, bit| {
            let higher = least | 1 << bit;
            if above(higher) >= wanted { higher } else { least }
        });
        total = above(least);
    }
    let random = threefry([draw.number, 0], [draw.seed as u32, (draw.seed >> 32) as u32])[0];
    let mut left = ((u64::from(random) * u64::from(total)) >> 32) as u32;
    let kept = weights.into_iter().filter(|(_, weight)| *weight >= least);
    for (id, weight) in kept {
        match left.checked_sub(weight) {
            Some(rest) => left = rest,
            None => return Some(id),
        }
    }
    Some(likeliest)
}

#[cfg(feature = "cpu")]
mod on_cpu {
    use super::*;
    use crate::kernels::cpu::{contiguous, indices, rows_columns, slice};
    use burn::backend::{Flex, flex::FlexTensor};
    use burn::tensor::TensorData;

    impl SampleKernel for Flex {
        fn sample_kernel(
            logits: FlexTensor,
            position: FlexTensor,
            seed: FlexTensor,
            ranges: Vec<Range<u32>>,
            temperature: f32,
            top_p: f32,
        ) -> (FlexTensor, FlexTensor) {
            let (logits, positions) = (contiguous(logits), indices(&position));
            let words: Vec<u32> = indices(&seed).into_iter().map(|word| word as u32).collect();
            let seed = u64::from(words[1]) | u64::from(words[2]) << 32;
            let columns = rows_columns(&logits).1;
            let rows = slice(&logits).chunks_exact(columns).zip(&positions);
            let token = |(logits, position): (&[f32], &usize)| {
                let draw = Draw { temperature, top_p, seed, number: words[0].wrapping_add(*position as u32) };
                pick(logits, &ranges, draw).map_or(-1, i64::from)
            };
            let ints = |values: Vec<i64>| {
                let rows = values.len();
                FlexTensor::from_data(TensorData::new(values, [rows]))
            };
            (ints(rows.map(token).collect()), ints(positions.iter().map(|position| *position as i64 + 1).collect()))
        }
    }
}

#[cfg(feature = "webgpu")]
mod on_gpu {
    use super::*;
    use crate::kernels::gpu::{contiguous, empty_of, indices, launch, rows_columns};
    use crate::kernels::shaders::SAMPLE;
    use burn::tensor::DType;
    use burn_cubecl::{CubeBackend, tensor::CubeTensor};

    impl SampleKernel for CubeBackend {
        fn sample_kernel(
            logits: CubeTensor,
            position: CubeTensor,
            seed: CubeTensor,
            ranges: Vec<Range<u32>>,
            temperature: f32,
            top_p: f32,
        ) -> (CubeTensor, CubeTensor) {
            assert!(ranges.len() <= MAX_RANGES, "{} ranges of ids to draw from", ranges.len());
            let (logits, position, seed) = (contiguous(logits), indices(position), indices(seed));
            let (rows, columns) = rows_columns(&logits);
            let [tokens, next] = [0, 1].map(|_| empty_of(&logits, [rows], DType::I32));
            let (greedy, nucleus) = (temperature == 0.0, top_p < 1.0);
            let units = if greedy { 0.0 } else { units(temperature) };
            let share = if nucleus { share(top_p) } else { u32::MAX };
            let mut sizes: Vec<u32> = ranges.iter().flat_map(|range| [range.start, range.end]).collect();
            sizes.resize(2 * MAX_RANGES, 0);
            // The vectors at its beginning want a uniform of whole vectors.
            let columns = columns as u32;
            sizes.extend([ranges.len() as u32, greedy as u32, bits(&ranges), units.to_bits(), share, columns, 0, 0]);
            let buffers = [&logits, &position, &seed, &tokens, &next];
            launch(&SAMPLE, &[("NUCLEUS", nucleus as u32)], &buffers, &sizes, [rows, 1, 1]);
            (tokens, next)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors that the authors publish with their implementation.
    #[test]
    fn random_numbers_are_those_of_threefry() {
        assert_eq!(threefry([0, 0], [0, 0]), [0x6b20_0159, 0x99ba_4efe]);
        assert_eq!(threefry([!0, !0], [!0, !0]), [0x1cb9_96fc, 0xbb00_2be7]);
        let digits_of_pi = threefry([0x243f_6a88, 0x85a3_08d3], [0x1319_8a2e, 0x0370_7344]);
        assert_eq!(digits_of_pi, [0xc492_3a9c, 0x483d_f7a0]);
    }

    #[test]
    fn weights_are_powers_of_two() {
        for i in 0..2000 {
            let below = -i as f32 / 100.0;
            let exact = 2f64.powi(21) * (f64::from(below)).exp();
            let found = f64::from(weight(below, 65_536.0 * std::f32::consts::LOG2_E, 21));
            assert!((found - exact).abs() <= 0.5 + exact * 3e-5, "{below}: {found}, {exact}");
        }
        assert_eq!(weight(0.0, 1.0, 21), 1 << 21);
        assert_eq!(weight(f32::NEG_INFINITY, 1.0, 21), 0);
        assert_eq!(weight(f32::NAN, 1.0, 21), 0);
    }

    #[test]
    fn what_is_no_number_is_never_drawn() {
        const NAN: f32 = f32::NAN;
        let ranges = [0..2, 3..6];
        for (temperature, top_p) in [(0.0, 1.0), (1.0, 1.0), (1.0, 0.9)] {
            let drawn = |logits: [f32; 6], number| pick(&logits, &ranges, Draw { temperature, top_p, seed: 5, number });
            for number in 0..100 {
                assert_eq!(drawn([NAN, NAN, 1.0, NAN, NAN, NAN], number), None);
                let token = drawn([NAN, 0.5, 2.0, 1.0, NAN, 1.0], number).unwrap();
                assert!([1, 3, 5].contains(&token), "{token}");
            }
        }
    }

    #[test]
    fn frequencies_are_the_probabilities() {
        let logits = [0.5, -1.0, 2.0, 1.0, 0.0, -3.0];
        let ranges = [0..2, 3..6];
        let allowed = || ranges.iter().cloned().flatten();
        let sum: f64 = allowed().map(|id| (f64::from(logits[id as usize]) / 0.7).exp()).sum();
        const DRAWS: u32 = 200_000;
        let mut counts = [0_u32; 6];
        for number in 0..DRAWS {
            let draw = Draw { temperature: 0.7, top_p: 1.0, seed: 5, number };
            counts[pick(&logits, &ranges, draw).unwrap() as usize] += 1;
        }
        assert_eq!(counts[2], 0);
        for id in allowed() {
            let p = (f64::from(logits[id as usize]) / 0.7).exp() / sum;
            let found = f64::from(counts[id as usize]) / f64::from(DRAWS);
            // Five standard deviations.
            assert!((found - p).abs() < 5.0 * (p * (1.0 - p) / f64::from(DRAWS)).sqrt(), "{id}: {found}, {p}");
        }
    }
}
