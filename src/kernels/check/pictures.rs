//! The ops on pictures `[batch, h, w, c]` in plain loops over [`Real`], forward and backward.

use super::real::{Real, mean, sum};
use super::reference::{Values, normalised, statistics};
use crate::kernels::Conv2d;
use crate::kernels::group_norm::{EPS, GROUPS};

/// Sizes of a picture `[batch, h, w, c]`.
#[derive(Clone, Copy)]
pub struct Picture {
    pub batch: usize,
    pub h: usize,
    pub w: usize,
    pub c: usize,
}

impl Picture {
    pub fn at(&self, b: usize, y: usize, x: usize, c: usize) -> usize {
        ((b * self.h + y) * self.w + x) * self.c + c
    }
    pub fn shape(&self) -> Vec<usize> {
        vec![self.batch, self.h, self.w, self.c]
    }
    pub fn elements(&self) -> usize {
        self.batch * self.h * self.w * self.c
    }
    pub fn convolved(&self, conv: Conv2d, co: usize) -> Self {
        Self { h: conv.output(self.h), w: conv.output(self.w), c: co, ..*self }
    }
}

/// Calls `f(output, input, weight)` with the indices of every product of a convolution.
fn for_each_product(x: Picture, conv: Conv2d, co: usize, mut f: impl FnMut(usize, usize, usize)) {
    let y = x.convolved(conv, co);
    for b in 0..x.batch {
        for (oy, ox) in (0..y.h * y.w).map(|p| (p / y.w, p % y.w)) {
            for (ky, kx) in (0..conv.kernel * conv.kernel).map(|k| (k / conv.kernel, k % conv.kernel)) {
                let (iy, ix) = (oy * conv.stride + ky, ox * conv.stride + kx);
                let inside = iy >= conv.pad_before
                    && ix >= conv.pad_before
                    && iy - conv.pad_before < x.h
                    && ix - conv.pad_before < x.w;
                if !inside {
                    continue;
                }
                for (o, i) in (0..co * x.c).map(|e| (e / x.c, e % x.c)) {
                    let weight = (o * conv.kernel * conv.kernel + ky * conv.kernel + kx) * x.c + i;
                    f(y.at(b, oy, ox, o), x.at(b, iy - conv.pad_before, ix - conv.pad_before, i), weight);
                }
            }
        }
    }
}

pub fn conv2d(values: &[Real], w: &[Real], bias: &[Real], x: Picture, conv: Conv2d) -> Values {
    let co = bias.len();
    let mut terms: Vec<Values> = (0..x.convolved(conv, co).elements()).map(|e| vec![bias[e % co]]).collect();
    for_each_product(x, conv, co, |y, x, k| terms[y].push(values[x] * w[k]));
    terms.into_iter().map(sum).collect()
}

pub fn conv2d_backward(values: &[Real], w: &[Real], g: &[Real], x: Picture, conv: Conv2d) -> Vec<Values> {
    let co = w.len() / (conv.kernel * conv.kernel * x.c);
    let (mut dx, mut dw) = (vec![Values::new(); values.len()], vec![Values::new(); w.len()]);
    for_each_product(x, conv, co, |y, x, k| {
        dx[x].push(g[y] * w[k]);
        dw[k].push(g[y] * values[x]);
    });
    let db = (0..co).map(|o| sum(g.iter().skip(o).step_by(co).copied())).collect();
    vec![dx.into_iter().map(sum).collect(), dw.into_iter().map(sum).collect(), db]
}

/// Per picture and group the indices of its elements.
fn groups(x: Picture) -> impl Iterator<Item = Vec<usize>> {
    let size = x.c / GROUPS;
    let group = move |b, group| {
        (0..x.h * x.w).flat_map(|p| (0..size).map(move |k| x.at(b, p / x.w, p % x.w, group * size + k))).collect()
    };
    (0..x.batch * GROUPS).map(move |i| group(i / GROUPS, i % GROUPS))
}

fn gather(values: &[Real], elements: &[usize]) -> Values {
    elements.iter().map(|&e| values[e]).collect()
}

pub fn group_norm(values: &[Real], w: &[Real], bias: &[Real], x: Picture, swish: bool) -> Values {
    let mut out = values.to_vec();
    for elements in groups(x) {
        let (centre, r) = statistics(&gather(values, &elements), EPS);
        for e in elements {
            // One scale and one shift a channel: the form with the wider bound.
            let scale = r * w[e % x.c];
            let y = values[e] * scale + (bias[e % x.c] - centre * scale);
            out[e] = if swish { y * y.sigmoid() } else { y };
        }
    }
    out
}

pub fn group_norm_backward(
    values: &[Real],
    w: &[Real],
    bias: &[Real],
    g: &[Real],
    x: Picture,
    swish: bool,
) -> Vec<Values> {
    let mut dx = values.to_vec();
    let (mut dw, mut db) = (vec![Values::new(); x.c], vec![Values::new(); x.c]);
    for elements in groups(x) {
        let (normed, r) = normalised(&gather(values, &elements), EPS);
        let mut weighted = Values::new();
        for (&e, &n) in elements.iter().zip(&normed) {
            let y = n * w[e % x.c] + bias[e % x.c];
            let s = y.sigmoid();
            let g = if swish { g[e] * s * (Real::exact(1.0) + y * (Real::exact(1.0) - s)) } else { g[e] };
            dw[e % x.c].push(g * n);
            db[e % x.c].push(g);
            weighted.push(g * w[e % x.c]);
        }
        let mean_g = mean(weighted.iter().copied());
        let mean_gn = mean(weighted.iter().zip(&normed).map(|(&g, &n)| g * n));
        for ((e, n), g) in elements.into_iter().zip(normed).zip(weighted) {
            dx[e] = r * (g - mean_g - n * mean_gn);
        }
    }
    vec![dx, dw.into_iter().map(sum).collect(), db.into_iter().map(sum).collect()]
}

pub fn upsample(values: &[Real], x: Picture) -> Values {
    let y = Picture { h: 2 * x.h, w: 2 * x.w, ..x };
    let source = |e: usize| x.at(e / (y.h * y.w * y.c), e / (y.w * y.c) % y.h / 2, e / y.c % y.w / 2, e % y.c);
    (0..y.elements()).map(|e| values[source(e)]).collect()
}

pub fn upsample_backward(g: &[Real], x: Picture) -> Vec<Values> {
    let y = Picture { h: 2 * x.h, w: 2 * x.w, ..x };
    let copies = |b, p: usize, c| (0..4).map(move |k| g[y.at(b, p / x.w * 2 + k / 2, p % x.w * 2 + k % 2, c)]);
    vec![(0..x.elements()).map(|e| sum(copies(e / (x.h * x.w * x.c), e / x.c % (x.h * x.w), e % x.c))).collect()]
}
