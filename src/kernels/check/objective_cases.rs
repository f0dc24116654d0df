//! Cases of the kernels behind training objectives and the optimizer's norm.

#![allow(clippy::single_range_in_vec_init)] // a range of ids is one element of a set of them

use super::objectives::{self, Chosen};
use super::{Case, Gradients, Leaves, Op, random, random_indices};
use crate::kernels::{self, Choices, sum_squares::BLOCK};
use burn::tensor::Tensor;

pub fn masked_nll() -> Op {
    // Rows take turns through the sets and scales; each chooses a token of its set.
    let case = |rows: usize, v: usize, size: f32, allowed: &[&[std::ops::Range<usize>]]| {
        let allowed: Vec<Vec<_>> = allowed.iter().map(|set| set.to_vec()).collect();
        let sets: Vec<usize> = (0..rows).map(|row| row % allowed.len()).collect();
        let ids = |set: usize| allowed[set].iter().cloned().flatten().collect::<Vec<usize>>();
        let tokens = sets.iter().zip(random_indices(3, rows, 1 << 20)).map(|(&set, i)| ids(set)[i % ids(set).len()]);
        let scales = (0..rows).map(|row| [1.0, 2.0, 1.25][row % 3]).collect();
        let chosen = Chosen { tokens: tokens.collect(), sets, scales, allowed };
        let (for_backward, for_kernel) = (chosen.clone(), chosen.clone());
        let backward: Gradients =
            Box::new(move |x: &[_], g: &[_]| objectives::masked_nll_backward(&x[0], g, v, &for_backward));
        Case {
            name: format!("{rows}x{v} of size {size}, sets {:?}", chosen.allowed),
            inputs: vec![("logits", vec![rows, v], random(1, rows * v, size))],
            forward: Box::new(move |x: &[_]| objectives::masked_nll(&x[0], v, &chosen)),
            backward: (rows > 0).then_some(backward),
            kernel: Box::new(move |x: &Leaves| x.output(kernels::masked_nll(x.get::<2>(0), choices(x, &for_kernel)))),
        }
    };
    Op::new(
        "masked_nll",
        vec![
            case(0, 5, 1.0, &[&[0..5]]),
            case(1, 1, 1.0, &[&[0..1]]),
            case(3, 7, 20.0, &[&[0..7], &[2..3]]),
            case(17, 63, 4.0, &[&[0..63], &[1..2, 5..62], &[62..63]]),
            case(65, 257, 4.0, &[&[0..1, 3..7, 200..257], &[10..75]]),
            case(5, 2048, 4.0, &[&[1024..2048], &[0..1024], &[4..5, 300..1000]]),
        ],
    )
}

fn choices(x: &Leaves, chosen: &Chosen) -> Choices {
    let n = chosen.tokens.len();
    let width = chosen.allowed.iter().map(Vec::len).max().expect("a set");
    let padded = |set: &Vec<std::ops::Range<usize>>| {
        let mut ends: Vec<usize> = set.iter().flat_map(|range| [range.start, range.end]).collect();
        ends.resize(2 * width, 0);
        ends
    };
    let ranges: Vec<usize> = chosen.allowed.iter().flat_map(padded).collect();
    Choices {
        chosen: x.indices([2, n], &[chosen.tokens.as_slice(), chosen.sets.as_slice()].concat()),
        scales: x.constants([n], &chosen.scales),
        ranges: x.indices([chosen.allowed.len(), 2 * width], &ranges),
    }
}

pub fn code_distance() -> Op {
    let case = |rows: usize, k: usize, d: usize| {
        let (codes, codebook) = (random_indices(3, rows, k), random(2, k * d, 1.0));
        let (codes2, codebook2) = (codes.clone(), codebook.clone());
        let (codes3, codebook3) = (codes.clone(), codebook.clone());
        let backward: Gradients =
            Box::new(move |x: &[_], g: &[_]| objectives::code_distance_backward(&x[0], g, &codebook2, &codes2, d));
        Case {
            name: format!("{rows} rows, {k}x{d}"),
            inputs: vec![("y", vec![rows, d], random(1, rows * d, 2.0))],
            forward: Box::new(move |x: &[_]| objectives::code_distance(&x[0], &codebook, &codes, d)),
            backward: (rows > 0).then_some(backward),
            kernel: Box::new(move |x: &Leaves| {
                let codebook = x.constants([k, d], &codebook3);
                x.output(kernels::code_distance(x.get::<2>(0), codebook, x.indices([rows], &codes3)))
            }),
        }
    };
    let sizes = [(0, 3, 4), (1, 1, 1), (3, 7, 5), (63, 16, 32), (65, 1024, 33), (17, 100, 256)];
    Op::new("code_distance", sizes.map(|(rows, k, d)| case(rows, k, d)).into())
}

pub fn sum_squares() -> Op {
    let case = |sizes: &'static [[usize; 2]]| Case {
        name: format!("{sizes:?}"),
        inputs: sizes
            .iter()
            .zip(1..)
            .map(|(&[rows, columns], seed)| ("x", vec![rows, columns], random(seed, rows * columns, 3.0)))
            .collect(),
        forward: Box::new(|x: &[_]| x.iter().flat_map(|x| objectives::sum_squares(x, BLOCK)).collect()),
        backward: None,
        kernel: Box::new(move |x: &Leaves| {
            let tensors: Vec<Tensor<2>> = (0..sizes.len()).map(|i| x.get(i)).collect();
            x.output(kernels::sum_squares(tensors.iter()).expect("a tensor"))
        }),
    };
    Op::new(
        "sum_squares",
        vec![
            case(&[[1, 1]]),
            case(&[[1, BLOCK - 1], [1, BLOCK], [1, BLOCK + 1]]),
            case(&[[3, 7], [0, 5], [129, 67], [1, 64]]),
        ],
    )
}
