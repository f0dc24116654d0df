//! Attention on the CPU.

use super::*;
use crate::kernels::cpu::{Matrix, contiguous, dot, exp, indices, map_ranges, maximum, shape, slice, sum, tensor};
use crate::kernels::cpu_product::gemm;
use burn::backend::{Flex, flex::FlexTensor};
use std::ops::Range;

/// Queries worked on together: their scores against all keys stay in the second-level cache.
const QUERIES: usize = 64;

/// One head's view of the packed projections of one row of the batch.
struct Head<'a> {
    packed: &'a [f32],
    heads: Heads,
    query: usize,
    scale: f32,
}

impl<'a> Head<'a> {
    fn new(packed: &'a [f32], heads: Heads, query: usize) -> Self {
        Self { packed, heads, query, scale: 1.0 / (heads.size as f32).sqrt() }
    }
    fn queries(&self, from: usize) -> Matrix<'a> {
        self.part(from, self.query * self.heads.size)
    }
    fn keys(&self, from: usize) -> Matrix<'a> {
        self.part(from, self.heads.key_start() + self.heads.key_value_of(self.query) * self.heads.size)
    }
    fn values(&self, from: usize) -> Matrix<'a> {
        self.part(from, self.heads.value_start() + self.heads.key_value_of(self.query) * self.heads.size)
    }
    fn part(&self, from: usize, offset: usize) -> Matrix<'a> {
        let row = self.heads.packed();
        Matrix::new(&self.packed[from * row + offset..], row)
    }
}

/// Blocks of queries with the range of keys that any of them sees. No block reaches into the next
/// document, so that none scores the keys of two.
fn blocks(starts: &[usize], causal: bool) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + '_ {
    let t = starts.len();
    // A token that nobody after it sees, as in padding, needs no block of its own.
    let begins = move |i: &usize| causal && starts[*i] == *i && starts.get(i + 1) == Some(i);
    let mut from = 0;
    std::iter::from_fn(move || {
        let most = (from + QUERIES).min(t);
        let queries = from..(from + 1..most).find(begins).unwrap_or(most);
        from = queries.end;
        let first = starts[queries.clone()].iter().copied().min()?;
        let keys = if causal { first..queries.end } else { 0..t };
        Some((queries, keys))
    })
}

/// The keys that query `i` sees, counted from the start of its block's keys.
fn seen(i: usize, keys: &Range<usize>, starts: &[usize], causal: bool) -> Range<usize> {
    if causal { starts[i] - keys.start..i + 1 - keys.start } else { 0..keys.len() }
}

/// `(o [t, d], lse [t])` of one head.
fn forward(head: &Head, starts: &[usize], causal: bool) -> (Vec<f32>, Vec<f32>) {
    let (t, d) = (starts.len(), head.heads.size);
    let (mut o, mut lse, mut scores) = (vec![0.0; t * d], vec![0.0; t], Vec::new());
    let mut sums = Vec::with_capacity(QUERIES);
    for (queries, keys) in blocks(starts, causal) {
        let (m, n) = (queries.len(), keys.len());
        scores.resize(m * n, 0.0);
        gemm(&mut scores, n, head.queries(queries.start), head.keys(keys.start).transposed(), (m, n, d), false, false);
        for (row, i) in scores.chunks_exact_mut(n).zip(queries.clone()) {
            let seen = seen(i, &keys, starts, causal);
            let max = maximum(&row[seen.clone()]);
            row[..seen.start].fill(0.0);
            row[seen.end..].fill(0.0);
            for p in &mut row[seen.clone()] {
                *p = exp((*p - max) * head.scale);
            }
            let sum = sum(&row[seen]);
            lse[i] = max * head.scale + sum.ln();
            sums.push(sum);
        }
        let o = &mut o[queries.start * d..];
        gemm(o, d, Matrix::new(&scores, n), head.values(keys.start), (m, d, n), false, false);
        for (o, sum) in o.chunks_exact_mut(d).zip(sums.drain(..)) {
            let inverse = 1.0 / sum;
            o.iter_mut().for_each(|o| *o *= inverse);
        }
    }
    (o, lse)
}

/// Gradients of one head's queries, keys and values, `[t, d]` each; `o` and `d_o` have rows
/// `stride` apart.
fn backward(
    head: &Head,
    starts: &[usize],
    causal: bool,
    o: &[f32],
    lse: &[f32],
    d_o: &[f32],
    stride: usize,
) -> [Vec<f32>; 3] {
    let (t, d) = (starts.len(), head.heads.size);
    let (mut dq, mut dk, mut dv) = (vec![0.0; t * d], vec![0.0; t * d], vec![0.0; t * d]);
    let (mut p, mut ds) = (Vec::new(), Vec::new());
    for (queries, keys) in blocks(starts, causal) {
        let (m, n) = (queries.len(), keys.len());
        p.resize(m * n, 0.0);
        ds.resize(m * n, 0.0);
        let d_out = Matrix::new(&d_o[queries.start * stride..], stride);
        gemm(&mut p, n, head.queries(queries.start), head.keys(keys.start).transposed(), (m, n, d), false, false);
        gemm(&mut ds, n, d_out, head.values(keys.start).transposed(), (m, n, d), false, false);
        for ((p, ds), i) in p.chunks_exact_mut(n).zip(ds.chunks_exact_mut(n)).zip(queries.clone()) {
            let seen = seen(i, &keys, starts, causal);
            let delta = dot(&d_o[i * stride..][..d], &o[i * stride..][..d]);
            for row in [&mut *p, &mut *ds] {
                row[..seen.start].fill(0.0);
                row[seen.end..].fill(0.0);
            }
            for (p, ds) in p[seen.clone()].iter_mut().zip(&mut ds[seen]) {
                *p = exp(*p * head.scale - lse[i]);
                *ds = *p * (*ds - delta) * head.scale;
            }
        }
        gemm(&mut dq[queries.start * d..], d, Matrix::new(&ds, n), head.keys(keys.start), (m, d, n), false, false);
        gemm(
            &mut dk[keys.start * d..],
            d,
            Matrix::new(&ds, n).transposed(),
            head.queries(queries.start),
            (n, d, m),
            true,
            false,
        );
        gemm(&mut dv[keys.start * d..], d, Matrix::new(&p, n).transposed(), d_out, (n, d, m), true, false);
    }
    [dq, dk, dv]
}

/// Copies (or adds) `[t, d]` into the columns at `offset` of rows `stride` apart.
fn scatter(out: &mut [f32], stride: usize, offset: usize, part: &[f32], d: usize) {
    for (row, part) in out.chunks_exact_mut(stride).zip(part.chunks_exact(d)) {
        for (o, p) in row[offset..offset + d].iter_mut().zip(part) {
            *o += p;
        }
    }
}

impl AttentionKernel for Flex {
    fn attention_forward(qkv: FlexTensor, starts: FlexTensor, heads: Heads, causal: bool) -> (FlexTensor, FlexTensor) {
        let (qkv, starts) = (contiguous(qkv), indices(&starts));
        let dims = shape(&qkv);
        let (b, t, row) = (dims[0], dims[1], dims[2]);
        let (xs, width) = (slice(&qkv), heads.query * heads.size);
        let results = map_ranges(b * heads.query, 1, |range| {
            let (batch, query) = (range.start / heads.query, range.start % heads.query);
            forward(&Head::new(&xs[batch * t * row..][..t * row], heads, query), &starts[batch * t..][..t], causal)
        });
        let (mut o, mut lse) = (vec![0.0; b * t * width], Vec::with_capacity(b * heads.query * t));
        for (index, (part, part_lse)) in results.into_iter().enumerate() {
            let (batch, query) = (index / heads.query, index % heads.query);
            scatter(&mut o[batch * t * width..][..t * width], width, query * heads.size, &part, heads.size);
            lse.extend(part_lse);
        }
        (tensor(o, [b, t, width]), tensor(lse, [b, heads.query, t]))
    }

    fn attention_backward(
        qkv: FlexTensor,
        starts: FlexTensor,
        o: FlexTensor,
        lse: FlexTensor,
        d_o: FlexTensor,
        heads: Heads,
        causal: bool,
    ) -> FlexTensor {
        let (qkv, d_o, starts) = (contiguous(qkv), contiguous(d_o), indices(&starts));
        let dims = shape(&qkv);
        let (b, t, row) = (dims[0], dims[1], dims[2]);
        let (xs, os, ls, gs) = (slice(&qkv), slice(&o), slice(&lse), slice(&d_o));
        let width = heads.query * heads.size;
        let results = map_ranges(b * heads.query, 1, |range| {
            let (batch, query) = (range.start / heads.query, range.start % heads.query);
            let head = Head::new(&xs[batch * t * row..][..t * row], heads, query);
            let from = batch * t * width + query * heads.size;
            backward(
                &head,
                &starts[batch * t..][..t],
                causal,
                &os[from..],
                &ls[range.start * t..][..t],
                &gs[from..],
                width,
            )
        });
        let mut dx = vec![0.0; b * t * row];
        for (index, [dq, dk, dv]) in results.into_iter().enumerate() {
            let (batch, query) = (index / heads.query, index % heads.query);
            let key_value = heads.key_value_of(query) * heads.size;
            let out = &mut dx[batch * t * row..][..t * row];
            scatter(out, row, query * heads.size, &dq, heads.size);
            scatter(out, row, heads.key_start() + key_value, &dk, heads.size);
            scatter(out, row, heads.value_start() + key_value, &dv, heads.size);
        }
        tensor(dx, dims)
    }
}
