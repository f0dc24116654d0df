//! The transformer's ops in plain loops over [`Real`], forward and backward, written from the
//! formulas in `src/kernels` and from nothing else of them.

use super::real::{Real, mean, sum};
use crate::kernels::{AdamWStep, Heads, Rope, Transpose};

pub type Values = Vec<Real>;

/// `(m, n, k)`; left `[m, k]`, right `[k, n]`, either transposed in memory.
pub fn matmul(a: &[Real], b: &[Real], (m, n, k): (usize, usize, usize), transpose: Transpose) -> Values {
    let left = |i: usize, x: usize| if transpose == Transpose::Left { a[x * m + i] } else { a[i * k + x] };
    let right = |x: usize, j: usize| if transpose == Transpose::Right { b[j * k + x] } else { b[x * n + j] };
    (0..m * n).map(|e| sum((0..k).map(|x| left(e / n, x) * right(x, e % n)))).collect()
}

pub fn matmul_backward(
    a: &[Real],
    b: &[Real],
    g: &[Real],
    (m, n, k): (usize, usize, usize),
    transpose: Transpose,
) -> Vec<Values> {
    match transpose {
        Transpose::Right => vec![matmul(g, b, (m, k, n), Transpose::None), matmul(g, a, (n, k, m), Transpose::Left)],
        _ => vec![matmul(g, b, (m, k, n), Transpose::Right), matmul(a, g, (k, n, m), Transpose::Left)],
    }
}

fn inverse_rms(x: &[Real], eps: f32) -> Real {
    Real::exact(1.0) / (mean(x.iter().map(|&x| x * x)) + Real::exact(eps as f64)).sqrt()
}

pub fn rms_norm(x: &[Real], w: &[Real], eps: f32) -> Values {
    let row = |x: &[Real]| {
        let r = inverse_rms(x, eps);
        x.iter().zip(w).map(|(&x, &w)| x * r * w).collect::<Values>()
    };
    x.chunks_exact(w.len()).flat_map(row).collect()
}

pub fn rms_norm_backward(x: &[Real], w: &[Real], g: &[Real], eps: f32) -> Vec<Values> {
    let c = w.len();
    let (mut dx, mut dw) = (Values::new(), vec![Values::new(); c]);
    for (x, g) in x.chunks_exact(c).zip(g.chunks_exact(c)) {
        let r = inverse_rms(x, eps);
        let q = mean((0..c).map(|k| g[k] * w[k] * x[k])) * r * r * r;
        for k in 0..c {
            dx.push(r * g[k] * w[k] - x[k] * q);
            dw[k].push(g[k] * x[k] * r);
        }
    }
    vec![dx, dw.into_iter().map(sum).collect()]
}

pub fn swiglu(x: &[Real], f: usize) -> Values {
    let row = |x: &[Real]| (0..f).map(|k| x[k] * x[k].sigmoid() * x[f + k]).collect::<Values>();
    x.chunks_exact(2 * f).flat_map(row).collect()
}

pub fn swiglu_backward(x: &[Real], g: &[Real], f: usize) -> Vec<Values> {
    let mut dx = Values::new();
    for (x, g) in x.chunks_exact(2 * f).zip(g.chunks_exact(f)) {
        let s: Values = x[..f].iter().map(|a| a.sigmoid()).collect();
        dx.extend((0..f).map(|k| g[k] * x[f + k] * s[k] * (Real::exact(1.0) + x[k] * (Real::exact(1.0) - s[k]))));
        dx.extend((0..f).map(|k| g[k] * x[k] * s[k]));
    }
    vec![dx]
}

pub fn embedding(w: &[Real], ids: &[usize], c: usize) -> Values {
    ids.iter().flat_map(|id| w[id * c..][..c].to_vec()).collect()
}

pub fn embedding_backward(g: &[Real], ids: &[usize], rows: usize, c: usize) -> Vec<Values> {
    let terms =
        |e: usize| ids.iter().enumerate().filter(move |(_, id)| **id == e / c).map(move |(i, _)| g[i * c + e % c]);
    vec![(0..rows * c).map(|e| sum(terms(e))).collect()]
}

fn log_sum_exp(x: &[Real]) -> Real {
    let max = x.iter().map(|x| x.value).fold(f64::MIN, f64::max);
    Real::exact(max) + sum(x.iter().map(|&x| (x - Real::exact(max)).exp())).ln()
}

pub fn cross_entropy(x: &[Real], targets: &[usize], v: usize) -> Values {
    x.chunks_exact(v).zip(targets).map(|(x, &target)| log_sum_exp(x) - x[target]).collect()
}

pub fn cross_entropy_backward(x: &[Real], g: &[Real], targets: &[usize], v: usize) -> Vec<Values> {
    let mut dx = Values::new();
    for ((x, &g), &target) in x.chunks_exact(v).zip(g).zip(targets) {
        let lse = log_sum_exp(x);
        dx.extend((0..v).map(|j| ((x[j] - lse).exp() - Real::exact((j == target) as u8 as f64)) * g));
    }
    vec![dx]
}

/// Mean and `1 / deviation`.
pub fn statistics(x: &[Real], eps: f32) -> (Real, Real) {
    let centre = mean(x.iter().copied());
    let variance = mean(x.iter().map(|&x| (x - centre) * (x - centre)));
    (centre, Real::exact(1.0) / (variance + Real::exact(eps as f64)).sqrt())
}

/// `((x - mean) / deviation, 1 / deviation)`
pub fn normalised(x: &[Real], eps: f32) -> (Values, Real) {
    let (centre, r) = statistics(x, eps);
    (x.iter().map(|&x| (x - centre) * r).collect(), r)
}

fn cos_sin(position: usize, j: usize, size: usize, theta: f32) -> (Real, Real) {
    let exponent = (2 * j) as f64 / size as f64;
    // Powers are known to their exponent's rounding times ln(theta), and a few units.
    let frequency = Real::rounded((theta as f64).powf(-exponent), 4.0 + 2.0 * exponent * (theta as f64).ln());
    (Real::exact(position as f64) * frequency).cos_sin()
}

pub fn qk_norm_rope(qkv: &[Real], w: &[Real], b: &[Real], positions: &[usize], heads: Heads, rope: Rope) -> Values {
    let (c, d) = (heads.packed(), heads.size);
    let mut out = qkv.to_vec();
    for (out, &position) in out.chunks_exact_mut(c).zip(positions) {
        for h in 0..heads.query + heads.key_value {
            let (normed, _) = normalised(&out[h * d..][..d], rope.eps);
            let y: Values = (0..d).map(|j| normed[j] * w[h * d + j] + b[h * d + j]).collect();
            for j in 0..d / 2 {
                let (cos, sin) = cos_sin(position, j, d, rope.theta);
                out[h * d + j] = y[j] * cos - y[j + d / 2] * sin;
                out[h * d + j + d / 2] = y[j + d / 2] * cos + y[j] * sin;
            }
        }
    }
    out
}

pub fn qk_norm_rope_backward(
    qkv: &[Real],
    w: &[Real],
    g: &[Real],
    positions: &[usize],
    heads: Heads,
    rope: Rope,
) -> Vec<Values> {
    let (c, d) = (heads.packed(), heads.size);
    let mut dx = g.to_vec();
    let (mut dw, mut db) = (vec![Values::new(); w.len()], vec![Values::new(); w.len()]);
    for ((x, dx), &position) in qkv.chunks_exact(c).zip(dx.chunks_exact_mut(c)).zip(positions) {
        for h in 0..heads.query + heads.key_value {
            let (normed, r) = normalised(&x[h * d..][..d], rope.eps);
            let dx = &mut dx[h * d..][..d];
            let mut dy = vec![Real::ZERO; d];
            for j in 0..d / 2 {
                let (cos, sin) = cos_sin(position, j, d, rope.theta);
                dy[j] = dx[j] * cos + dx[j + d / 2] * sin;
                dy[j + d / 2] = dx[j + d / 2] * cos - dx[j] * sin;
            }
            let gw: Values = (0..d).map(|j| dy[j] * w[h * d + j]).collect();
            let (mean_g, mean_gn) = (mean(gw.iter().copied()), mean((0..d).map(|j| gw[j] * normed[j])));
            for j in 0..d {
                dw[h * d + j].push(dy[j] * normed[j]);
                db[h * d + j].push(dy[j]);
                dx[j] = r * (gw[j] - mean_g - normed[j] * mean_gn);
            }
        }
    }
    vec![dx, dw.into_iter().map(sum).collect(), db.into_iter().map(sum).collect()]
}

/// One query head of one row of the batch, over `t` tokens.
struct Head<'a> {
    qkv: &'a [Real],
    heads: Heads,
    query: usize,
}

impl Head<'_> {
    fn part(&self, token: usize, offset: usize) -> &[Real] {
        &self.qkv[token * self.heads.packed() + offset..][..self.heads.size]
    }
    fn query(&self, token: usize) -> &[Real] {
        self.part(token, self.query * self.heads.size)
    }
    fn key_offset(&self) -> usize {
        self.heads.key_start() + self.heads.key_value_of(self.query) * self.heads.size
    }
    fn value_offset(&self) -> usize {
        self.heads.value_start() + self.heads.key_value_of(self.query) * self.heads.size
    }
    fn scale(&self) -> Real {
        Real::rounded(1.0 / (self.heads.size as f64).sqrt(), 1.0)
    }
    /// Probabilities of the keys that a query sees, and the query's output.
    fn attend(&self, token: usize, seen: std::ops::Range<usize>) -> (Values, Values) {
        let scores: Values =
            seen.clone().map(|j| dot(self.query(token), self.part(j, self.key_offset())) * self.scale()).collect();
        let lse = log_sum_exp(&scores);
        let p: Values = scores.into_iter().map(|s| (s - lse).exp()).collect();
        let o = (0..self.heads.size)
            .map(|k| sum(p.iter().zip(seen.clone()).map(|(&p, j)| p * self.part(j, self.value_offset())[k])));
        let o = o.collect();
        (p, o)
    }
}

fn dot(a: &[Real], b: &[Real]) -> Real {
    sum(a.iter().zip(b).map(|(&a, &b)| a * b))
}

/// `starts [B, T]`; `None` is not causal.
fn seen(starts: Option<&[usize]>, batch: usize, i: usize, t: usize) -> std::ops::Range<usize> {
    starts.map_or(0..t, |starts| starts[batch * t + i]..i + 1)
}

pub fn attention(qkv: &[Real], t: usize, starts: Option<&[usize]>, heads: Heads) -> Values {
    let mut o = Values::new();
    for (batch, qkv) in qkv.chunks_exact(t * heads.packed()).enumerate() {
        for i in 0..t {
            for query in 0..heads.query {
                o.extend(Head { qkv, heads, query }.attend(i, seen(starts, batch, i, t)).1);
            }
        }
    }
    o
}

pub fn attention_backward(qkv: &[Real], g: &[Real], t: usize, starts: Option<&[usize]>, heads: Heads) -> Vec<Values> {
    let (row, d) = (heads.packed(), heads.size);
    let mut terms = vec![Values::new(); qkv.len()];
    for (batch, qkv) in qkv.chunks_exact(t * row).enumerate() {
        for query in 0..heads.query {
            let head = Head { qkv, heads, query };
            for i in 0..t {
                let g = &g[((batch * t + i) * heads.query + query) * d..][..d];
                let seen = seen(starts, batch, i, t);
                let (p, o) = head.attend(i, seen.clone());
                let delta = dot(g, &o);
                let at = |token: usize, offset: usize| (batch * t + token) * row + offset;
                for (p, j) in p.into_iter().zip(seen) {
                    let ds = p * (dot(g, head.part(j, head.value_offset())) - delta) * head.scale();
                    for k in 0..d {
                        terms[at(i, query * d + k)].push(ds * head.part(j, head.key_offset())[k]);
                        terms[at(j, head.key_offset() + k)].push(ds * head.query(i)[k]);
                        terms[at(j, head.value_offset() + k)].push(p * g[k]);
                    }
                }
            }
        }
    }
    vec![terms.into_iter().map(sum).collect()]
}

/// `(o [N, n_q d], cache [2, T_max, n_kv d])` of `N` new tokens of one sequence at `position`.
pub fn attention_cached(qkv: &[Real], cache: &[Real], position: usize, heads: Heads) -> (Values, Values) {
    let (row, width) = (heads.packed(), heads.key_value * heads.size);
    let (n, t_max) = (qkv.len() / row, cache.len() / 2 / width);
    let mut cache = cache.to_vec();
    for i in 0..n {
        let keys_and_values = &qkv[i * row + heads.key_start()..(i + 1) * row];
        cache[(position + i) * width..][..width].copy_from_slice(&keys_and_values[..width]);
        cache[(t_max + position + i) * width..][..width].copy_from_slice(&keys_and_values[width..]);
    }
    let mut all = vec![Real::ZERO; (position + n) * row];
    for (j, all) in all.chunks_exact_mut(row).enumerate() {
        if j >= position {
            all.copy_from_slice(&qkv[(j - position) * row..][..row]);
        }
        all[heads.key_start()..heads.value_start()].copy_from_slice(&cache[j * width..][..width]);
        all[heads.value_start()..].copy_from_slice(&cache[(t_max + j) * width..][..width]);
    }
    let mut o = Values::new();
    for i in position..position + n {
        for query in 0..heads.query {
            o.extend(Head { qkv: &all, heads, query }.attend(i, 0..i + 1).1);
        }
    }
    (o, cache)
}

/// `w, m, v` one after the other.
pub fn adamw(w: &[Real], g: &[Real], m: &[Real], v: &[Real], step: AdamWStep, decay: f32) -> Values {
    let real = |x: f32| Real::rounded(x as f64, 1.0);
    let (beta1, beta2) = (real(step.beta1), real(step.beta2));
    let one = Real::exact(1.0);
    // 1 - beta is what f32 makes of it, here and in the implementations.
    let rest = |beta: f32| Real::exact((1.0 - beta) as f64);
    let correction = |beta: f32| Real::rounded(1.0 / (1.0 - (beta as f64).powi(step.time as i32)), 1.0);
    let rate = real(step.learning_rate);
    let g: Values = g.iter().map(|&g| g * real(step.gradient_scale)).collect();
    let m: Values = m.iter().zip(&g).map(|(&m, &g)| beta1 * m + rest(step.beta1) * g).collect();
    let v: Values = v.iter().zip(&g).map(|(&v, &g)| beta2 * v + rest(step.beta2) * g * g).collect();
    let w = w.iter().zip(&m).zip(&v).map(|((&w, &m), &v)| {
        let moved = m * correction(step.beta1) / ((v * correction(step.beta2)).sqrt() + real(step.eps));
        w * (one - rate * real(decay)) - rate * moved
    });
    w.chain(m.iter().copied()).chain(v.iter().copied()).collect()
}
