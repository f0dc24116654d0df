//! QK-norm and RoPE on the CPU.

use super::*;
use crate::kernels::cpu::{
    ROWS, contiguous, dot, indices, rows_columns, shape, slice, sum, sum_parts, tensor, written, written_beside,
};
use burn::backend::{Flex, flex::FlexTensor};
use std::mem::MaybeUninit;

/// `cos` and `sin` of every position from the smallest to the largest: `[positions, d/2]` each.
struct Angles {
    cos: Vec<f32>,
    sin: Vec<f32>,
    half: usize,
    first: usize,
}

impl Angles {
    fn new(positions: &[usize], size: usize, theta: f32) -> Self {
        let half = size / 2;
        let (first, last) =
            (positions.iter().min().copied().unwrap_or(0), positions.iter().max().copied().unwrap_or(0));
        let frequencies: Vec<f32> = (0..half).map(|j| frequency(j, size, theta)).collect();
        let angles = (first..=last).flat_map(|position| frequencies.iter().map(move |f| position as f32 * f));
        let (sin, cos) = angles.map(f32::sin_cos).unzip();
        Self { cos, sin, half, first }
    }
    /// Cosines and sines.
    fn at(&self, position: usize) -> [&[f32]; 2] {
        let place = (position - self.first) * self.half;
        [&self.cos[place..][..self.half], &self.sin[place..][..self.half]]
    }
}

/// `normal` becomes `x` with mean 0 and deviation 1; the inverse of the deviation that it had.
#[inline(always)]
fn normalise(x: &[f32], normal: &mut [f32], eps: f32) -> f32 {
    let n = x.len() as f32;
    let mean = sum(x) / n;
    for (normal, x) in normal.iter_mut().zip(x) {
        *normal = x - mean;
    }
    let inverse = 1.0 / (dot(normal, normal) / n + eps).sqrt();
    normal.iter_mut().for_each(|x| *x *= inverse);
    inverse
}

/// One head of one token, normalised and turned by its position.
#[inline(always)]
fn turn(
    x: &[f32],
    [w, b]: [&[f32]; 2],
    [cos, sin]: [&[f32]; 2],
    normed: &mut [f32],
    out: &mut [MaybeUninit<f32>],
    eps: f32,
) {
    normalise(x, normed, eps);
    for ((x, w), b) in normed.iter_mut().zip(w).zip(b) {
        *x = *x * w + b;
    }
    let half = x.len() / 2;
    let (low, high) = (&normed[..half], &normed[half..][..half]);
    let (out_low, out_high) = out.split_at_mut(half);
    let (out_low, out_high) = (&mut out_low[..half], &mut out_high[..half]);
    let (cos, sin) = (&cos[..half], &sin[..half]);
    for j in 0..half {
        out_low[j].write(low[j] * cos[j] - high[j] * sin[j]);
        out_high[j].write(high[j] * cos[j] + low[j] * sin[j]);
    }
}

/// Where the gradients of one head of one token go, and room for its computation.
struct HeadGradients<'a> {
    dx: &'a mut [MaybeUninit<f32>],
    dw: &'a mut [f32],
    db: &'a mut [f32],
    g: &'a mut [f32],
    normal: &'a mut [f32],
}

/// The gradients of [`turn`].
#[inline(always)]
fn turn_back(x: &[f32], w: &[f32], dy: &[f32], [cos, sin]: [&[f32]; 2], to: HeadGradients, eps: f32) {
    let (d, half) = (x.len(), x.len() / 2);
    let HeadGradients { dx, dw, db, g, normal } = to;
    let (low, high) = (&dy[..half], &dy[half..][..half]);
    let (g_low, g_high) = g.split_at_mut(half);
    let (g_low, g_high) = (&mut g_low[..half], &mut g_high[..half]);
    let (cos, sin) = (&cos[..half], &sin[..half]);
    for j in 0..half {
        g_low[j] = low[j] * cos[j] + high[j] * sin[j];
        g_high[j] = high[j] * cos[j] - low[j] * sin[j];
    }
    let r = normalise(x, normal, eps);
    for (((g, normal), dw), db) in g.iter().zip(&*normal).zip(dw).zip(db) {
        *dw += g * normal;
        *db += g;
    }
    for (g, w) in g.iter_mut().zip(w) {
        *g *= w;
    }
    let (mean_g, mean_gn) = (sum(g) / d as f32, dot(g, normal) / d as f32);
    for ((dx, g), normal) in dx.iter_mut().zip(g).zip(normal) {
        dx.write(r * (*g - mean_g - *normal * mean_gn));
    }
}

/// A size of heads that loops are compiled for once more: they then have no rest.
const USUAL: usize = 32;

impl QkNormRopeKernel for Flex {
    fn qk_norm_rope_forward(
        qkv: FlexTensor,
        weight: FlexTensor,
        bias: FlexTensor,
        positions: FlexTensor,
        heads: Heads,
        rope: Rope,
    ) -> FlexTensor {
        let (qkv, weight, bias, positions) =
            (contiguous(qkv), contiguous(weight), contiguous(bias), indices(&positions));
        let (rows, c) = rows_columns(&qkv);
        let (xs, ws, bs, d) = (slice(&qkv), slice(&weight), slice(&bias), heads.size);
        let normed_heads = heads.query + heads.key_value;
        let angles = Angles::new(&positions, d, rope.theta);
        let turned = |chunk: usize, out: &mut [MaybeUninit<f32>]| {
            let mut normed = vec![0.0; d];
            for (i, out) in out.chunks_exact_mut(c).enumerate() {
                let row = chunk * ROWS + i;
                let (x, angles) = (&xs[row * c..][..c], angles.at(positions[row]));
                let mut head = |h: usize, d: usize| {
                    let at = h * d..(h + 1) * d;
                    let weights = [&ws[at.clone()], &bs[at.clone()]];
                    turn(&x[at.clone()], weights, angles, &mut normed[..d], &mut out[at], rope.eps);
                };
                (0..normed_heads).for_each(|h| if d == USUAL { head(h, USUAL) } else { head(h, d) });
                out[heads.value_start()..].write_copy_of_slice(&x[heads.value_start()..]);
            }
        };
        // SAFETY: of every row, the heads that are normed are written and the rest is copied.
        let out = unsafe { written(rows * c, ROWS * c, turned) };
        tensor(out, shape(&qkv))
    }

    fn qk_norm_rope_backward(
        qkv: FlexTensor,
        weight: FlexTensor,
        positions: FlexTensor,
        dy: FlexTensor,
        heads: Heads,
        rope: Rope,
    ) -> (FlexTensor, FlexTensor, FlexTensor) {
        let (qkv, weight, dy, positions) = (contiguous(qkv), contiguous(weight), contiguous(dy), indices(&positions));
        let (rows, c) = rows_columns(&qkv);
        let (xs, ws, gs, d) = (slice(&qkv), slice(&weight), slice(&dy), heads.size);
        let normed_heads = heads.query + heads.key_value;
        let angles = Angles::new(&positions, d, rope.theta);
        // Those of the weights, then those of the biases.
        let size = normed_heads * d;
        let mut parts = vec![0.0; rows.div_ceil(ROWS) * 2 * size];
        let back = |chunk: usize, dx: &mut [MaybeUninit<f32>], part: &mut [f32]| {
            let (dw, db) = part.split_at_mut(size);
            let (mut g, mut normal) = (vec![0.0; d], vec![0.0; d]);
            for (i, dx) in dx.chunks_exact_mut(c).enumerate() {
                let row = chunk * ROWS + i;
                let (x, dy, angles) = (&xs[row * c..][..c], &gs[row * c..][..c], angles.at(positions[row]));
                let mut head = |h: usize, d: usize| {
                    let at = h * d..(h + 1) * d;
                    let to = HeadGradients {
                        dx: &mut dx[at.clone()],
                        dw: &mut dw[at.clone()],
                        db: &mut db[at.clone()],
                        g: &mut g[..d],
                        normal: &mut normal[..d],
                    };
                    turn_back(&x[at.clone()], &ws[at.clone()], &dy[at], angles, to, rope.eps);
                };
                (0..normed_heads).for_each(|h| if d == USUAL { head(h, USUAL) } else { head(h, d) });
                dx[heads.value_start()..].write_copy_of_slice(&dy[heads.value_start()..]);
            }
        };
        // SAFETY: as in the forward pass.
        let dx = unsafe { written_beside(rows * c, ROWS * c, &mut parts, 2 * size, back) };
        let mut dw = sum_parts(&parts, 2 * size);
        let db = dw.split_off(size);
        (tensor(dx, shape(&qkv)), tensor(dw, [normed_heads, d]), tensor(db, [normed_heads, d]))
    }
}
