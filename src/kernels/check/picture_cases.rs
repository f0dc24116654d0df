//! Cases of the picture codec's kernels.

use super::pictures::{self, Picture};
use super::real::{Real, UNIT};
use super::{Case, Leaves, Op, random};
use crate::kernels::{self, Conv2d};

pub fn picture(batch: usize, h: usize, w: usize, c: usize) -> Picture {
    Picture { batch, h, w, c }
}

/// `x` through a convolution to `co` channels.
pub fn conv2d_case(x: Picture, co: usize, conv: Conv2d) -> Case {
    let weight = vec![co, conv.kernel * conv.kernel * x.c];
    Case {
        name: format!("{:?} to {co}, {conv:?}", x.shape()),
        inputs: vec![
            ("x", x.shape(), random(1, x.elements(), 1.0)),
            ("weight", weight.clone(), random(2, weight[0] * weight[1], 1.0)),
            ("bias", vec![co], random(3, co, 1.0)),
        ],
        forward: Box::new(move |v: &[_]| pictures::conv2d(&v[0], &v[1], &v[2], x, conv)),
        backward: Some(Box::new(move |v: &[_], g: &[_]| pictures::conv2d_backward(&v[0], &v[1], g, x, conv))),
        kernel: Box::new(move |v: &Leaves| {
            v.output(kernels::conv2d(v.get::<4>(0), v.get::<2>(1), v.get::<1>(2), conv))
        }),
    }
}

pub fn conv2d() -> Op {
    Op::new(
        "conv2d",
        vec![
            conv2d_case(picture(1, 1, 1, 1), 1, Conv2d::same(1)),
            conv2d_case(picture(2, 5, 7, 3), 5, Conv2d::same(3)),
            conv2d_case(picture(1, 8, 8, 4), 8, Conv2d::same(3)),
            conv2d_case(picture(5, 9, 6, 8), 12, Conv2d::same(1)),
            conv2d_case(picture(2, 8, 6, 5), 7, Conv2d::DOWN),
            conv2d_case(picture(1, 9, 11, 8), 4, Conv2d::DOWN),
            conv2d_case(picture(1, 17, 16, 16), 33, Conv2d::same(3)),
            conv2d_case(picture(1, 7, 6, 2), 3, Conv2d { kernel: 5, stride: 3, pad_before: 1, pad_after: 2 }),
        ],
    )
}

pub fn group_norm_case(x: Picture, scale: f32, swish: bool) -> Case {
    Case {
        name: format!("{:?} of size {scale}{}", x.shape(), if swish { " with swish" } else { "" }),
        inputs: vec![
            ("x", x.shape(), random(1, x.elements(), scale)),
            ("weight", vec![x.c], random(2, x.c, 1.0)),
            ("bias", vec![x.c], random(3, x.c, 1.0)),
        ],
        forward: Box::new(move |v: &[_]| pictures::group_norm(&v[0], &v[1], &v[2], x, swish)),
        backward: Some(Box::new(move |v: &[_], g: &[_]| {
            pictures::group_norm_backward(&v[0], &v[1], &v[2], g, x, swish)
        })),
        kernel: Box::new(move |v: &Leaves| {
            v.output(kernels::group_norm(v.get::<4>(0), v.get::<1>(1), v.get::<1>(2), swish))
        }),
    }
}

pub fn group_norm() -> Op {
    Op::new(
        "group_norm",
        vec![
            group_norm_case(picture(1, 1, 2, 32), 1.0, false),
            group_norm_case(picture(2, 5, 7, 32), 2e-3, true),
            group_norm_case(picture(3, 9, 8, 64), 1.0, true),
            group_norm_case(picture(1, 17, 16, 96), 3.0, false),
        ],
    )
}

pub fn upsample() -> Op {
    let case = |x: Picture| Case {
        name: format!("{:?}", x.shape()),
        inputs: vec![("x", x.shape(), random(1, x.elements(), 1.0))],
        forward: Box::new(move |v: &[_]| pictures::upsample(&v[0], x)),
        backward: Some(Box::new(move |_: &[_], g: &[_]| pictures::upsample_backward(g, x))),
        kernel: Box::new(|v: &Leaves| v.output(kernels::upsample(v.get::<4>(0)))),
    };
    // The last has more elements than one dimension of workgroups.
    Op::new(
        "upsample",
        vec![
            case(picture(1, 1, 1, 1)),
            case(picture(2, 3, 5, 7)),
            case(picture(1, 16, 8, 4)),
            case(picture(1, 1025, 1025, 1)),
        ],
    )
}

/// Rows of random numbers never lie as near to two codes as f32 could confuse: there is one answer.
pub fn nearest_code() -> Op {
    let case = |rows: usize, k: usize, d: usize| Case {
        name: format!("{rows} of {k}x{d}"),
        inputs: vec![("z", vec![rows, d], random(1, rows * d, 1.0)), ("codebook", vec![k, d], random(2, k * d, 1.0))],
        forward: Box::new(move |v: &[_]| v[0].chunks_exact(d).map(|z| nearest(z, &v[1])).collect()),
        backward: None,
        kernel: Box::new(|v: &Leaves| v.output(kernels::nearest_code(v.get::<2>(0), v.get::<2>(1)).float())),
    };
    let equal = Case {
        name: "150 equal codes: the lowest".into(),
        inputs: vec![("z", vec![5, 4], random(1, 20, 1.0)), ("codebook", vec![150, 4], random(2, 4, 1.0).repeat(150))],
        forward: Box::new(|_| vec![Real::ZERO; 5]),
        backward: None,
        kernel: Box::new(|v: &Leaves| v.output(kernels::nearest_code(v.get::<2>(0), v.get::<2>(1)).float())),
    };
    let mut cases: Vec<Case> =
        [(1, 1, 1), (3, 7, 5), (64, 1024, 8), (65, 129, 33), (17, 100, 256)].map(|(r, k, d)| case(r, k, d)).into();
    cases.push(equal);
    Op::new("nearest_code", cases)
}

/// The number of the code that is nearest to `z`; a margin that f32 can't tell is a fault of the case.
fn nearest(z: &[Real], codebook: &[Real]) -> Real {
    let distance = |e: &[Real]| z.iter().zip(e).map(|(z, e)| (z.value - e.value).powi(2)).sum::<f64>();
    let mut order: Vec<(f64, usize)> = codebook.chunks_exact(z.len()).map(distance).zip(0..).collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let [first, second, ..] = order.as_slice() {
        // Twice the rounding of `|e|^2 - 2 z e`, whose terms are below 3.
        assert!(second.0 - first.0 > 4.0 * (z.len() as f64) * 3.0 * (z.len() as f64) * UNIT, "choose other numbers");
    }
    Real::exact(order[0].1 as f64)
}
