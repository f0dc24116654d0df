//! Cases of the kernels that only generation uses.

#![allow(clippy::single_range_in_vec_init)] // a range of ids is one element of a set of them

use super::real::Real;
use super::reference::{Values, matmul, matmul_backward, rms_norm, rms_norm_backward, swiglu, swiglu_backward};
use super::{Case, Leaves, Op, random, reference};
use crate::kernels::sample::{Chain, Draw, pick};
use crate::kernels::{self, Heads, Places, Transpose};
use burn::tensor::Tensor;
use std::ops::Range;

/// A sequence that goes on: which, from where, by how many tokens.
pub type GoesOn = (usize, usize, usize);

/// Some of `sequences` in a cache of `t_max` tokens each go on.
pub fn attention_cached_case(heads: Heads, sequences: usize, t_max: usize, rows: &'static [GoesOn]) -> Case {
    let (width, t) = (heads.key_value * heads.size, rows.iter().map(|row| row.2).sum::<usize>());
    let half = 2 * t_max * width;
    Case {
        name: format!("{heads:?} {rows:?} of {sequences} x {t_max}"),
        inputs: vec![
            ("qkv", vec![1, t, heads.packed()], random(1, t * heads.packed(), 2.0)),
            ("cache", vec![sequences, 2, t_max, width], random(2, sequences * half, 2.0)),
        ],
        forward: Box::new(move |x: &[_]| {
            let mut cache = x[1].to_vec();
            let (mut o, mut rest) = (Vec::new(), &x[0][..]);
            for &(sequence, position, n) in rows {
                let (own, others) = rest.split_at(n * heads.packed());
                let held = &mut cache[sequence * half..][..half];
                let (own, changed) = reference::attention_cached(own, held, position, heads);
                o.extend(own);
                held.copy_from_slice(&changed);
                rest = others;
            }
            [o, cache].concat()
        }),
        backward: None,
        kernel: Box::new(move |x: &Leaves| {
            let [mut sequence, mut position, mut start] = [const { Vec::new() }; 3];
            for &(of, from, n) in rows {
                position.extend(from..from + n);
                start.resize(position.len(), sequence.len());
                sequence.resize(position.len(), of);
            }
            let [sequence, position, start] = [sequence, position, start].map(|numbers| x.indices([t], &numbers));
            let places = Places { sequence, position, start };
            let (o, cache) = kernels::attention_cached(x.get::<3>(0), x.get::<4>(1), places, heads);
            x.output(Tensor::cat(vec![o.flatten::<1>(0, 2), cache.flatten(0, 3)], 0))
        }),
    }
}

pub fn attention_cached() -> Op {
    let case = attention_cached_case;
    let heads = |query, key_value, size| Heads { query, key_value, size };
    Op::new(
        "attention_cached",
        vec![
            case(heads(1, 1, 1), 1, 1, &[(0, 0, 1)]),
            case(heads(2, 1, 6), 1, 7, &[(0, 3, 1)]),
            case(heads(4, 2, 32), 1, 256, &[(0, 64, 1)]),
            case(heads(4, 4, 32), 1, 256, &[(0, 255, 1)]),
            case(heads(6, 6, 32), 1, 120, &[(0, 100, 9)]),
            case(heads(2, 1, 6), 1, 20, &[(0, 3, 9)]),
            case(heads(4, 2, 32), 1, 100, &[(0, 11, 67)]),
            case(heads(2, 2, 34), 1, 130, &[(0, 0, 65)]),
            case(heads(4, 2, 64), 1, 80, &[(0, 13, 64)]),
            case(heads(2, 1, 128), 1, 200, &[(0, 150, 3)]),
            // Several sequences, by different numbers of tokens.
            case(heads(4, 2, 32), 3, 70, &[(2, 66, 1), (0, 3, 1)]),
            case(heads(4, 2, 32), 3, 70, &[(2, 0, 5), (0, 33, 1), (1, 61, 9)]),
            case(heads(2, 1, 6), 4, 20, &[(1, 7, 2), (3, 0, 2), (0, 13, 2)]),
            case(heads(2, 1, 70), 2, 40, &[(0, 33, 3), (1, 5, 1)]),
        ],
    )
}

/// Rows of logits: in the first the likeliest of the ranges is no number, in the second their first id, in the third
/// all of theirs, in the fourth everything.
fn spoil(logits: &mut [f32], v: usize, ranges: &[Range<u32>]) {
    let ids: Vec<usize> = ranges.iter().cloned().flatten().map(|id| id as usize).collect();
    let likeliest = ids.iter().copied().max_by(|a, b| logits[*a].total_cmp(&logits[*b])).expect("an id");
    logits[likeliest] = f32::NAN;
    logits[v + ids[0]] = f32::NAN;
    ids.iter().for_each(|id| logits[2 * v + id] = f32::NAN);
    logits[3 * v..][..v].fill(f32::NAN);
}

/// Draws are whole numbers: every device must give exactly those of `pick`, whose own tests compare
/// it with probabilities. Where it gives none a device gives -1.
pub fn sample() -> Op {
    let case = |v: usize, ranges: &'static [Range<u32>], temperature: f32, top_p: f32, spoilt: bool| {
        // One after the other, or so many by rows of logits of their own.
        const DRAWS: usize = 16;
        const ROWS: usize = 5;
        let draw = Draw { temperature, top_p, seed: 0x0123_4567_89ab_cdef, number: u32::MAX - 40 };
        let mut logits = random(1, ROWS * v, 4.0);
        if spoilt {
            spoil(&mut logits, v, ranges);
        }
        let at = move |i: usize| i * 17;
        let pick = |i: usize, row: usize| {
            let draw = Draw { number: draw.number.wrapping_add(at(i) as u32), ..draw };
            pick(&logits[row * v..][..v], ranges, draw)
        };
        let tokens: Vec<Option<u32>> = (0..DRAWS).map(|i| pick(i, 0)).chain((0..ROWS).map(|i| pick(i, i))).collect();
        Case {
            name: format!(
                "{v}, {ranges:?}, temperature {temperature}, top-p {top_p}{}",
                if spoilt { ", with NaN" } else { "" }
            ),
            inputs: vec![("logits", vec![ROWS, v], logits)],
            forward: Box::new(move |_| tokens.iter().map(|token| Real::exact(token.map_or(-1.0, f64::from))).collect()),
            backward: None,
            kernel: Box::new(move |x: &Leaves| {
                let logits = x.get::<2>(0);
                let chain = Chain::new(draw, 0, ranges, &logits.device());
                let first = logits.clone().slice([0..1, 0..v]);
                let one = |i: usize| chain.sample(first.clone(), x.indices([1], &[at(i)])).0.float();
                let mut drawn: Vec<_> = (0..DRAWS).map(one).collect();
                let places: Vec<usize> = (0..ROWS).map(at).collect();
                drawn.push(chain.sample(logits, x.indices([ROWS], &places)).0.float());
                x.output(Tensor::cat(drawn, 0))
            }),
        }
    };
    const ONE: &[Range<u32>] = &[0..1];
    const FEW: &[Range<u32>] = &[2..5, 9..11];
    const CODES: &[Range<u32>] = &[1000..2024];
    const MANY: &[Range<u32>] = &[0..1, 5..70, 100..163, 164..228, 300..1021];
    Op::new(
        "sample",
        vec![
            // First, so that the short table of a browser has them.
            case(11, FEW, 0.0, 1.0, true),
            case(11, FEW, 0.7, 1.0, true),
            case(1, ONE, 1.0, 1.0, false),
            case(11, FEW, 0.7, 1.0, false),
            case(11, FEW, 0.0, 1.0, false),
            case(2048, CODES, 0.5, 1.0, false),
            case(2048, CODES, 0.0, 1.0, false),
            case(2048, CODES, 1.3, 0.9, false),
            case(1021, MANY, 1.0, 0.5, false),
            case(1021, MANY, 1.0, 1.0, false),
            case(1021, MANY, 2.0, 0.01, false),
            case(1021, MANY, 1.0, 0.5, true),
        ],
    )
}

/// The three forms of one size: `rows` of `k` to `n`.
pub fn fused_linear() -> Op {
    const EPS: f32 = 1e-5;
    let normed = |rows: usize, n: usize, k: usize| {
        let product = move |x: &[Values]| matmul(&rms_norm(&x[0], &x[1], EPS), &x[2], (rows, n, k), Transpose::Right);
        Case {
            name: format!("normed {rows}x{n}x{k}"),
            inputs: inputs(rows, k, ("norm", vec![k]), n),
            forward: Box::new(product),
            backward: Some(Box::new(move |x, g| normed_backward(x, g, (rows, n, k), EPS))),
            kernel: Box::new(move |x| x.output(kernels::normed_linear(x.get::<2>(0), x.get(1), EPS, x.get(2)))),
        }
    };
    let gated = |rows: usize, n: usize, k: usize| {
        let product =
            move |x: &[Values]| matmul(&rms_norm(&x[0], &x[1], EPS), &x[2], (rows, 2 * n, k), Transpose::Right);
        Case {
            name: format!("gated {rows}x{n}x{k}"),
            inputs: inputs(rows, k, ("norm", vec![k]), 2 * n),
            forward: Box::new(move |x| swiglu(&product(x), n)),
            backward: Some(Box::new(move |x, g| {
                let g = swiglu_backward(&product(x), g, n).remove(0);
                normed_backward(x, &g, (rows, 2 * n, k), EPS)
            })),
            kernel: Box::new(move |x| x.output(kernels::gated_linear(x.get::<2>(0), x.get(1), EPS, x.get(2)))),
        }
    };
    let added = |rows: usize, n: usize, k: usize| Case {
        name: format!("added {rows}x{n}x{k}"),
        inputs: inputs(rows, k, ("other", vec![rows, n]), n),
        forward: Box::new(move |x| {
            let product = matmul(&x[0], &x[2], (rows, n, k), Transpose::Right);
            product.into_iter().zip(&x[1]).map(|(product, &other)| other + product).collect()
        }),
        backward: Some(Box::new(move |x, g| {
            let mut gradients = matmul_backward(&x[0], &x[2], g, (rows, n, k), Transpose::Right);
            gradients.insert(1, g.to_vec());
            gradients
        })),
        kernel: Box::new(move |x| x.output(kernels::added_linear(x.get::<2>(0), x.get(2), x.get(1)))),
    };
    // The last two have too many rows for the one launch.
    let sizes = [
        (1, 1, 1),
        (1, 7, 5),
        (1, 64, 32),
        (1, 129, 67),
        (2, 3, 192),
        (4, 32, 64),
        (5, 12, 8),
        (37, 35, 29),
        (64, 96, 32),
    ];
    let cases = sizes.into_iter().flat_map(|(m, n, k)| [normed(m, n, k), gated(m, n, k), added(m, n, k)]);
    Op::new("fused_linear", cases.collect())
}

type Input = (&'static str, Vec<usize>, Vec<f32>);

/// `x [rows, k]`, another tensor, and a weight `[n, k]`.
fn inputs(rows: usize, k: usize, (name, shape): (&'static str, Vec<usize>), n: usize) -> Vec<Input> {
    let other = random(2, shape.iter().product(), 1.0);
    vec![
        ("x", vec![rows, k], random(1, rows * k, 1.0)),
        (name, shape, other),
        ("weight", vec![n, k], random(3, n * k, 1.0)),
    ]
}

fn normed_backward(x: &[Values], g: &[Real], sizes: (usize, usize, usize), eps: f32) -> Vec<Values> {
    let normed = rms_norm(&x[0], &x[1], eps);
    let [of_normed, of_weight] =
        <[Values; 2]>::try_from(matmul_backward(&normed, &x[2], g, sizes, Transpose::Right)).expect("two operands");
    let mut gradients = rms_norm_backward(&x[0], &x[1], &of_normed, eps);
    gradients.push(of_weight);
    gradients
}
