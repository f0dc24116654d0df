//! What training objectives are made of, in plain loops over [`Real`], from the formulas in
//! `src/kernels` and from nothing else of them.

use super::real::{Real, sum};
use super::reference::Values;
use std::ops::Range;

/// The rows' choices as plain numbers.
#[derive(Clone)]
pub struct Chosen {
    pub tokens: Vec<usize>,
    /// Of each row, in `allowed`.
    pub sets: Vec<usize>,
    pub scales: Vec<f32>,
    pub allowed: Vec<Vec<Range<usize>>>,
}

/// The scaled logits of a row's allowed tokens with their ids, and the largest.
fn scaled(x: &[Real], chosen: &Chosen, row: usize) -> (Vec<(usize, Real)>, Real) {
    let scale = Real::exact(chosen.scales[row] as f64);
    let ids = chosen.allowed[chosen.sets[row]].iter().cloned().flatten();
    let l: Vec<(usize, Real)> = ids.map(|id| (id, x[id] * scale)).collect();
    let max = l.iter().map(|(_, l)| l.value).fold(f64::MIN, f64::max);
    (l, Real::rounded(max, 1.0))
}

/// `(log sum exp(l - max), sum p (l - max))`
fn log_sum_and_mean(l: &[(usize, Real)], max: Real) -> (Real, Real) {
    let exps: Values = l.iter().map(|&(_, l)| (l - max).exp()).collect();
    let total = sum(exps.iter().copied());
    (total.ln(), sum(exps.iter().zip(l).map(|(&e, &(_, l))| e * (l - max))) / total)
}

/// All costs, then all entropies.
pub fn masked_nll(x: &[Real], v: usize, chosen: &Chosen) -> Values {
    let (mut costs, mut entropies) = (Values::new(), Values::new());
    for (row, x) in x.chunks_exact(v).enumerate() {
        let (l, max) = scaled(x, chosen, row);
        let (log_sum, mean) = log_sum_and_mean(&l, max);
        let own = x[chosen.tokens[row]] * Real::exact(chosen.scales[row] as f64);
        costs.push(log_sum + (max - own));
        entropies.push(log_sum - mean);
    }
    [costs, entropies].concat()
}

pub fn masked_nll_backward(x: &[Real], g: &[Real], v: usize, chosen: &Chosen) -> Vec<Values> {
    let mut dx = vec![Real::ZERO; x.len()];
    let (of_costs, of_entropies) = g.split_at(chosen.tokens.len());
    for (row, (x, dx)) in x.chunks_exact(v).zip(dx.chunks_exact_mut(v)).enumerate() {
        let scale = Real::exact(chosen.scales[row] as f64);
        let (l, max) = scaled(x, chosen, row);
        let (log_sum, mean) = log_sum_and_mean(&l, max);
        let (lse, entropy) = (max + log_sum, log_sum - mean);
        for (id, l) in l {
            let log_p = l - lse;
            let p = log_p.exp();
            let hit = Real::exact((id == chosen.tokens[row]) as u8 as f64);
            dx[id] = scale * (of_costs[row] * (p - hit) - of_entropies[row] * p * (log_p + entropy));
        }
    }
    vec![dx]
}

pub fn code_distance(y: &[Real], codebook: &[f32], codes: &[usize], d: usize) -> Values {
    let row = |(n, y): (usize, &[Real])| sum(gaps(y, codebook, codes[n]).map(|gap| gap * gap));
    y.chunks_exact(d).enumerate().map(row).collect()
}

pub fn code_distance_backward(y: &[Real], g: &[Real], codebook: &[f32], codes: &[usize], d: usize) -> Vec<Values> {
    let row = |(n, y): (usize, &[Real])| {
        gaps(y, codebook, codes[n]).map(|gap| Real::exact(2.0) * g[n] * gap).collect::<Values>()
    };
    vec![y.chunks_exact(d).enumerate().flat_map(row).collect()]
}

fn gaps<'a>(y: &'a [Real], codebook: &'a [f32], code: usize) -> impl Iterator<Item = Real> + 'a {
    y.iter().zip(&codebook[code * y.len()..]).map(|(&y, &e)| y - Real::exact(e as f64))
}

/// Sums of squares of blocks.
pub fn sum_squares(x: &[Real], block: usize) -> Values {
    x.chunks(block).map(|x| sum(x.iter().map(|&x| x * x))).collect()
}
