//! Cases of the transformer's kernels: sizes around the tiles, primes, one, and none.

use super::{Case, Gradients, Leaves, Op, Output, random, random_indices, reference};
use crate::kernels::{self, AdamWStep, Heads, Rope, Transpose};
use burn::tensor::Tensor;

const EPS: f32 = 1e-5;

pub fn matmul_case((m, n, k): (usize, usize, usize), transpose: Transpose) -> Case {
    let a = if transpose == Transpose::Left { [k, m] } else { [m, k] };
    let b = if transpose == Transpose::Right { [n, k] } else { [k, n] };
    // A product with the left side transposed is itself a gradient and has none.
    let backward: Gradients = Box::new(move |x, g| reference::matmul_backward(&x[0], &x[1], g, (m, n, k), transpose));
    Case {
        name: format!("{transpose:?} {m}x{n}x{k}"),
        inputs: vec![("a", a.to_vec(), random(1, m * k, 1.0)), ("b", b.to_vec(), random(2, k * n, 1.0))],
        forward: Box::new(move |x| reference::matmul(&x[0], &x[1], (m, n, k), transpose)),
        backward: (transpose != Transpose::Left).then_some(backward),
        kernel: Box::new(move |x| x.output(kernels::matmul(x.get::<2>(0), x.get::<2>(1), transpose))),
    }
}

fn matmul_cases() -> Vec<Case> {
    let sizes = [
        (1, 1, 1),
        (1, 7, 5),
        (1, 64, 32),
        (1, 129, 67),
        (2, 3, 192),
        (4, 31, 64),
        (5, 12, 8),
        (7, 9, 3),
        (8, 16, 4),
        (9, 17, 5),
        (31, 33, 29),
        (32, 32, 32),
        (33, 65, 31),
        (64, 64, 64),
        (65, 129, 67),
        (128, 16, 256),
    ];
    let transposes = [Transpose::None, Transpose::Right, Transpose::Left];
    sizes.iter().flat_map(|&size| transposes.map(|transpose| matmul_case(size, transpose))).collect()
}

pub fn matmul() -> Op {
    Op::new("matmul", matmul_cases())
}

pub fn linear() -> Op {
    let (batch, t, k, n) = (2, 3, 5, 7);
    Op::new(
        "linear",
        vec![Case {
            name: "batched".into(),
            inputs: vec![
                ("x", vec![batch, t, k], random(1, batch * t * k, 1.0)),
                ("w", vec![n, k], random(2, n * k, 1.0)),
            ],
            forward: Box::new(move |x| reference::matmul(&x[0], &x[1], (batch * t, n, k), Transpose::Right)),
            backward: Some(Box::new(move |x, g| {
                reference::matmul_backward(&x[0], &x[1], g, (batch * t, n, k), Transpose::Right)
            })),
            kernel: Box::new(|x| x.output(kernels::linear(x.get::<3>(0), x.get::<2>(1)))),
        }],
    )
}

pub fn no_rows() -> Op {
    let case = |name: &str, inputs, kernel: fn(&Leaves) -> Output| Case {
        name: name.into(),
        inputs,
        forward: Box::new(|_| Vec::new()),
        backward: None,
        kernel: Box::new(kernel),
    };
    let row = |c: usize| ("x", vec![0, c], Vec::new());
    let weight = |shape: Vec<usize>| ("w", shape.clone(), random(1, shape.iter().product(), 1.0));
    Op::new(
        "no rows",
        vec![
            case("linear", vec![row(5), weight(vec![7, 5])], |x| {
                x.output(kernels::linear(x.get::<2>(0), x.get::<2>(1)))
            }),
            case("rms_norm", vec![row(5), weight(vec![5])], |x| {
                x.output(kernels::rms_norm(x.get::<2>(0), x.get::<1>(1), EPS))
            }),
            case("swiglu", vec![row(6)], |x| x.output(kernels::swiglu(x.get::<2>(0)))),
            case("cross_entropy", vec![row(6)], |x| {
                x.output(kernels::cross_entropy(x.get::<2>(0), x.indices([0], &[])))
            }),
            case("embedding", vec![weight(vec![7, 5])], |x| {
                x.output(kernels::embedding(x.get::<2>(0), x.indices([0, 0], &[])))
            }),
        ],
    )
}

pub fn rms_norm_case(rows: usize, c: usize, scale: f32) -> Case {
    Case {
        name: format!("{rows}x{c} of size {scale}"),
        inputs: vec![("x", vec![rows, c], random(1, rows * c, scale)), ("w", vec![c], random(2, c, 1.0))],
        forward: Box::new(|x| reference::rms_norm(&x[0], &x[1], EPS)),
        backward: Some(Box::new(|x, g| reference::rms_norm_backward(&x[0], &x[1], g, EPS))),
        kernel: Box::new(|x| x.output(kernels::rms_norm(x.get::<2>(0), x.get::<1>(1), EPS))),
    }
}

pub fn rms_norm() -> Op {
    Op::new(
        "rms_norm",
        vec![
            rms_norm_case(1, 1, 1.0),
            rms_norm_case(3, 7, 3e-3), // small values are where eps matters
            rms_norm_case(63, 64, 1.0),
            rms_norm_case(65, 63, 10.0),
            rms_norm_case(2, 193, 1.0),
            rms_norm_case(65_537, 2, 1.0), // more rows than workgroups in one dimension
        ],
    )
}

pub fn swiglu() -> Op {
    let case = |rows: usize, f: usize, scale: f32| Case {
        name: format!("{rows}x{f} of size {scale}"),
        inputs: vec![("gate_up", vec![rows, 2 * f], random(1, rows * 2 * f, scale))],
        forward: Box::new(move |x| reference::swiglu(&x[0], f)),
        backward: Some(Box::new(move |x, g| reference::swiglu_backward(&x[0], g, f))),
        kernel: Box::new(|x| x.output(kernels::swiglu(x.get::<2>(0)))),
    };
    Op::new("swiglu", vec![case(1, 1, 1.0), case(3, 5, 30.0), case(64, 16, 4.0), case(65, 17, 1.0), case(7, 512, 1.0)])
}

pub fn embedding() -> Op {
    let case = |rows: usize, c: usize, b: usize, t: usize| {
        let ids = random_indices(3, b * t, rows);
        let backward_ids = ids.clone();
        let kernel_ids = ids.clone();
        Case {
            name: format!("{rows}x{c}, {b}x{t} ids"),
            inputs: vec![("w", vec![rows, c], random(1, rows * c, 1.0))],
            forward: Box::new(move |x: &[_]| reference::embedding(&x[0], &ids, c)),
            backward: Some(Box::new(move |_: &[_], g: &[_]| reference::embedding_backward(g, &backward_ids, rows, c))),
            kernel: Box::new(move |x: &Leaves| {
                x.output(kernels::embedding(x.get::<2>(0), x.indices([b, t], &kernel_ids)))
            }),
        }
    };
    Op::new(
        "embedding",
        vec![case(1, 1, 1, 1), case(5, 3, 2, 7), case(64, 16, 1, 65), case(67, 17, 3, 31), case(11, 192, 2, 128)],
    )
}

pub fn cross_entropy_case(rows: usize, v: usize, scale: f32) -> Case {
    let targets = random_indices(3, rows, v);
    let backward_targets = targets.clone();
    let kernel_targets = targets.clone();
    Case {
        name: format!("{rows}x{v} of size {scale}"),
        inputs: vec![("logits", vec![rows, v], random(1, rows * v, scale))],
        forward: Box::new(move |x: &[_]| reference::cross_entropy(&x[0], &targets, v)),
        backward: Some(Box::new(move |x: &[_], g: &[_]| {
            reference::cross_entropy_backward(&x[0], g, &backward_targets, v)
        })),
        kernel: Box::new(move |x: &Leaves| {
            x.output(kernels::cross_entropy(x.get::<2>(0), x.indices([rows], &kernel_targets)))
        }),
    }
}

pub fn cross_entropy() -> Op {
    Op::new(
        "cross_entropy",
        vec![
            cross_entropy_case(1, 1, 1.0),
            cross_entropy_case(3, 7, 50.0),
            cross_entropy_case(17, 63, 4.0),
            cross_entropy_case(16, 257, 4.0),
            cross_entropy_case(5, 2048, 4.0),
        ],
    )
}

pub fn qk_norm_rope() -> Op {
    let case = |heads: Heads, b: usize, t: usize, first: usize| {
        let normed = heads.query + heads.key_value;
        let rope = Rope { theta: 10_000.0, eps: EPS };
        let positions: Vec<usize> = (0..b * t).map(|i| first + i % t * 13).collect();
        let (for_backward, for_kernel) = (positions.clone(), positions.clone());
        let weights = vec![normed, heads.size];
        Case {
            name: format!("{heads:?} {b}x{t} from {first}"),
            inputs: vec![
                ("qkv", vec![b, t, heads.packed()], random(1, b * t * heads.packed(), 2.0)),
                ("weight", weights.clone(), random(2, normed * heads.size, 1.0)),
                ("bias", weights, random(3, normed * heads.size, 1.0)),
            ],
            forward: Box::new(move |x: &[_]| reference::qk_norm_rope(&x[0], &x[1], &x[2], &positions, heads, rope)),
            backward: Some(Box::new(move |x: &[_], g: &[_]| {
                reference::qk_norm_rope_backward(&x[0], &x[1], g, &for_backward, heads, rope)
            })),
            kernel: Box::new(move |x: &Leaves| {
                let positions = x.indices([b, t], &for_kernel);
                x.output(kernels::qk_norm_rope(x.get::<3>(0), x.get::<2>(1), x.get::<2>(2), positions, heads, rope))
            }),
        }
    };
    let heads = |query, key_value, size| Heads { query, key_value, size };
    Op::new(
        "qk_norm_rope",
        vec![
            case(heads(1, 1, 2), 1, 1, 0),
            case(heads(2, 1, 6), 2, 3, 1000),
            case(heads(4, 2, 32), 1, 67, 0),
            case(heads(3, 3, 34), 2, 33, 5),
            case(heads(2, 2, 128), 1, 9, 4000),
        ],
    )
}

/// Query and key/value heads, sizes, and documents of the given lengths packed into each row.
pub fn attention_case(heads: Heads, b: usize, documents: &[usize], causal: bool) -> Case {
    let t: usize = documents.iter().sum();
    let mut row = Vec::new();
    for len in documents {
        row.extend(vec![row.len(); *len]);
    }
    let starts = row.repeat(b);
    let (for_backward, for_kernel) = (starts.clone(), starts.clone());
    Case {
        name: format!("{heads:?} {b}x{documents:?}{}", if causal { "" } else { " not causal" }),
        inputs: vec![("qkv", vec![b, t, heads.packed()], random(1, b * t * heads.packed(), 2.0))],
        forward: Box::new(move |x: &[_]| reference::attention(&x[0], t, causal.then_some(&starts), heads)),
        backward: Some(Box::new(move |x: &[_], g: &[_]| {
            reference::attention_backward(&x[0], g, t, causal.then_some(&for_backward), heads)
        })),
        kernel: Box::new(move |x: &Leaves| {
            x.output(kernels::attention(x.get::<3>(0), x.indices([b, t], &for_kernel), heads, causal))
        }),
    }
}

pub fn attention() -> Op {
    let heads = |query, key_value, size| Heads { query, key_value, size };
    Op::new(
        "attention",
        vec![
            attention_case(heads(1, 1, 1), 1, &[1], true),
            attention_case(heads(2, 1, 6), 2, &[5, 2], true),
            attention_case(heads(4, 2, 32), 1, &[3, 61, 1, 70], true),
            attention_case(heads(2, 2, 32), 2, &[65], true),
            attention_case(heads(2, 2, 36), 1, &[67], false),
            attention_case(heads(3, 1, 64), 1, &[63, 2], true),
            attention_case(heads(1, 1, 65), 1, &[30], true),
            attention_case(heads(1, 1, 128), 2, &[66], false),
            attention_case(heads(1, 1, 512), 1, &[17], false),
        ],
    )
}

/// Numbers of an optimizer step.
pub const STEP: AdamWStep =
    AdamWStep { learning_rate: 1e-2, beta1: 0.9, beta2: 0.95, eps: 1e-8, gradient_scale: 0.3, time: 1 };

const DECAY: f32 = 0.1;

pub fn adamw() -> Op {
    let case = |n: usize, time: u32| {
        let step = AdamWStep { time, ..STEP };
        let squares = random(4, n, 1.0).into_iter().map(|x| x * x).collect();
        Case {
            name: format!("{n} at step {time}"),
            inputs: vec![
                ("w", vec![n], random(1, n, 1.0)),
                ("g", vec![n], random(2, n, 1.0)),
                ("m", vec![n], random(3, n, 1.0)),
                ("v", vec![n], squares),
            ],
            forward: Box::new(move |x: &[_]| reference::adamw(&x[0], &x[1], &x[2], &x[3], step, DECAY)),
            backward: None,
            kernel: Box::new(move |x: &Leaves| {
                let (w, g, m, v) = (x.get::<1>(0), x.get(1), x.get(2), x.get(3));
                let numbers = step.on(&w.device());
                let (w, m, v) = kernels::adamw(w, g, m, v, numbers, DECAY);
                x.output(Tensor::cat(vec![w, m, v], 0))
            }),
        }
    };
    Op::new("adamw", vec![case(1, 1), case(63, 2), case(65, 1000), case(1024, 7)])
}
