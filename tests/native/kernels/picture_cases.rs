//! Cases of the picture codec's kernels.

use crate::harness::{Case, Leaves, check, check_indices, random};
use crate::pictures::{self, Picture};
use omni_r1_web::kernels::{self, Conv2d};

fn picture(batch: usize, h: usize, w: usize, c: usize) -> Picture {
    Picture { batch, h, w, c }
}

#[test]
fn conv2d() {
    let case = |x: Picture, co: usize, conv: Conv2d| {
        let weight = vec![co, conv.kernel * conv.kernel * x.c];
        Case {
            name: format!("{:?} to {co}, {conv:?}", x.shape()),
            inputs: vec![
                ("x", x.shape(), random(1, x.len(), 1.0)),
                ("weight", weight.clone(), random(2, weight[0] * weight[1], 1.0)),
                ("bias", vec![co], random(3, co, 1.0)),
            ],
            forward: Box::new(move |v: &[_]| pictures::conv2d(&v[0], &v[1], &v[2], x, conv)),
            backward: Some(Box::new(move |v: &[_], g: &[_]| pictures::conv2d_backward(&v[0], &v[1], g, x, conv))),
            kernel: Box::new(move |v: &Leaves| {
                v.output(kernels::conv2d(v.get::<4>(0), v.get::<2>(1), v.get::<1>(2), conv))
            }),
        }
    };
    check(
        "conv2d",
        &[
            case(picture(1, 1, 1, 1), 1, Conv2d::same(1)),
            case(picture(2, 5, 7, 3), 5, Conv2d::same(3)),
            case(picture(1, 8, 8, 4), 8, Conv2d::same(3)),
            case(picture(5, 9, 6, 8), 12, Conv2d::same(1)),
            case(picture(2, 8, 6, 5), 7, Conv2d::DOWN),
            case(picture(1, 9, 11, 8), 4, Conv2d::DOWN),
            case(picture(1, 17, 16, 16), 33, Conv2d::same(3)),
            case(picture(1, 7, 6, 2), 3, Conv2d { kernel: 5, stride: 3, pad_before: 1, pad_after: 2 }),
        ],
    );
}

#[test]
fn group_norm() {
    let case = |x: Picture, scale: f32, swish: bool| Case {
        name: format!("{:?} of size {scale}{}", x.shape(), if swish { " with swish" } else { "" }),
        inputs: vec![
            ("x", x.shape(), random(1, x.len(), scale)),
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
    };
    check(
        "group_norm",
        &[
            case(picture(1, 1, 2, 32), 1.0, false),
            case(picture(2, 5, 7, 32), 2e-3, true),
            case(picture(3, 9, 8, 64), 1.0, true),
            case(picture(1, 17, 16, 96), 3.0, false),
        ],
    );
}

#[test]
fn upsample() {
    let case = |x: Picture| Case {
        name: format!("{:?}", x.shape()),
        inputs: vec![("x", x.shape(), random(1, x.len(), 1.0))],
        forward: Box::new(move |v: &[_]| pictures::upsample(&v[0], x)),
        backward: Some(Box::new(move |_: &[_], g: &[_]| pictures::upsample_backward(g, x))),
        kernel: Box::new(|v: &Leaves| v.output(kernels::upsample(v.get::<4>(0)))),
    };
    // The last has more elements than one dimension of workgroups.
    check(
        "upsample",
        &[
            case(picture(1, 1, 1, 1)),
            case(picture(2, 3, 5, 7)),
            case(picture(1, 16, 8, 4)),
            case(picture(1, 1025, 1025, 1)),
        ],
    );
}

/// The distance of the chosen code may exceed the least by no more than f32 can tell.
#[test]
fn nearest_code() {
    for (rows, k, d) in [(1, 1, 1), (3, 7, 5), (64, 1024, 8), (65, 129, 33), (17, 100, 256)] {
        let (z, codebook) = (random(1, rows * d, 1.0), random(2, k * d, 1.0));
        let what = format!("nearest_code {rows} of {k}x{d}");
        check_indices(&what, (&z, [rows, d]), (&codebook, [k, d]), kernels::nearest_code, |chosen| {
            for (z, &code) in z.chunks_exact(d).zip(chosen) {
                let distances: Vec<f64> = codebook.chunks_exact(d).map(|e| squared_distance(z, e)).collect();
                let least = distances.iter().copied().fold(f64::MAX, f64::min);
                assert!(distances[code] <= least + rounding(z, &codebook), "{what}: {code} is not the nearest");
            }
        });
    }
}

#[test]
fn the_lowest_of_equal_codes_is_taken() {
    let (z, codebook) = (random(1, 5 * 4, 1.0), random(2, 4, 1.0).repeat(150));
    check_indices("equal codes", (&z, [5, 4]), (&codebook, [150, 4]), kernels::nearest_code, |chosen| {
        assert_eq!(chosen, [0; 5])
    });
}

fn squared_distance(z: &[f32], e: &[f32]) -> f64 {
    z.iter().zip(e).map(|(z, e)| (*z as f64 - *e as f64).powi(2)).sum()
}

/// Twice the rounding of `|e|^2 - 2 z e` for the largest code: `2 d` terms of at most this size.
fn rounding(z: &[f32], codebook: &[f32]) -> f64 {
    let largest = codebook.iter().fold(0.0_f64, |a, e| a.max(e.abs() as f64));
    let terms: f64 = z.iter().map(|z| largest * (largest + 2.0 * z.abs() as f64)).sum();
    2.0 * (2 * z.len()) as f64 * crate::real::UNIT * terms
}
