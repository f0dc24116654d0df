// A few rows times the transpose of a matrix, for a step of generation: y[n] = x[k] weight[n,k]^T of
// each row; see src/kernels/fused_linear.rs.
//
// ALIGNED: rows in memory are multiples of four long and are read four elements at a time;
// otherwise reads are guarded one by one.
// NORM: x is normalised by its root mean square and weighted by `other`.
// GATED: the weight has 2n rows; y is silu(the first n results) times the last n.
// ADDED: `other` is added to y. OTHER: there is an `other`.
// WIDE: rows are read sixteen elements at a time.
// ROWS: so many rows of x share each read of the weight.

const ALIGNED = 1;
const OTHER = 0;
const NORM = 0;
const GATED = 0;
const ADDED = 0;
const WIDE = 0;
const ROWS = 1;

struct Sizes { m: u32, n: u32, k: u32, eps: f32 }

#include element
#if WIDE
alias Block = mat4x4f;
#else
alias Block = Element;
#end
@group(0) @binding(0) var<storage, read> x: array<Block>;
@group(0) @binding(1) var<storage, read> weight: array<Block>;
#if OTHER
#if NORM
@group(0) @binding(2) var<storage, read> other: array<Block>;
#else
@group(0) @binding(2) var<storage, read> other: array<Element>;
#end
@group(0) @binding(3) var<storage, read_write> y: array<Element>;
@group(0) @binding(4) var<uniform> sizes: Sizes;
#else
@group(0) @binding(2) var<storage, read_write> y: array<Element>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
#end

#if WIDE
#else
#include load_fours x
#include load_fours weight
#if NORM
#include load_fours other
#end
#end
#if ADDED
#include load_fours other
#end
#include store_fours y

// The row of x that is number `r` of the workgroup's; behind the last one it is the last again.
fn row_of(group: u32, r: u32) -> u32 {
    return min(group * u32(ROWS) + r, sizes.m - 1u);
}

// Four results of one row: `products` of the first n rows of the weight, `gated` of the others,
// `squares` is the sum of x^2.
fn finish(row: u32, column: u32, products: vec4f, gated: vec4f, squares: f32) {
    let start = row * sizes.n + column;
    let count = sizes.n - column;
    var value = products;
#if NORM
    let inverse = 1.0 / sqrt(squares / f32(sizes.k) + sizes.eps);
    value *= inverse;
#end
#if GATED
    value = value / (1.0 + exp(-value)) * (gated * inverse);
#end
#if ADDED
    value += load_other(start, count);
#end
    store_y(start, count, value);
}

fn sum4(v: vec4f) -> f32 {
    return v.x + v.y + v.z + v.w;
}

// 16 lanes share one result, each adding up every 16th four of the inner dimension, so that there
// are enough lanes and the weights are read in order.
#entry row_product

// Products, those that are gated, squares.
var<workgroup> lane_sums: array<vec3f, 64 * ROWS>;

@compute @workgroup_size(64)
fn row_product(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let k = sizes.k;
    let column = group.x * 4u + lane / 16u;
#repeat r ROWS
    let row$r = row_of(group.y, $ru) * k;
    var products$r = vec4f();
    var gated$r = vec4f();
    var squares$r = vec4f();
#end
    if (column < sizes.n) {
        for (var e = lane % 16u * 4u; e < k; e += 64u) {
            let weights = load_weight(column * k + e, k - e);
#if GATED
            let gates = load_weight((sizes.n + column) * k + e, k - e);
#end
#if NORM
            let norm = load_other(e, k - e);
#end
#repeat r ROWS
            var left$r = load_x(row$r + e, k - e);
#if NORM
            squares$r += left$r * left$r;
            left$r *= norm;
#end
            products$r += left$r * weights;
#if GATED
            gated$r += left$r * gates;
#end
#end
        }
    }
#repeat r ROWS
    lane_sums[$ru * 64u + lane] = vec3f(sum4(products$r), sum4(gated$r), sum4(squares$r));
#end
    workgroupBarrier();
    if (lane < u32(ROWS) && group.y * u32(ROWS) + lane < sizes.m) {
#repeat j 4
        var sum$j = vec3f();
#end
        for (var i = 0u; i < 16u; i++) {
#repeat j 4
            sum$j += lane_sums[lane * 64u + $ju * 16u + i];
#end
        }
        let results = vec4f(sum0.x, sum1.x, sum2.x, sum3.x);
        let row = row_of(group.y, lane);
        finish(row, group.x * 4u, results, vec4f(sum0.y, sum1.y, sum2.y, sum3.y), sum0.z);
    }
}

// The same without workgroup memory: each invocation has four results of one row. An adapter that
// runs on the CPU spends more on the barrier than on the products. For rows that WIDE can't read.
#entry row_product_alone

@compute @workgroup_size(16)
fn row_product_alone(@builtin(global_invocation_id) id: vec3u) {
    let k = sizes.k;
    let column = id.x * 4u;
    if (column >= sizes.n) { return; }
    let row = id.y * k;
    var squares = vec4f();
#repeat j 4
    let weight$j = min(column + $ju, sizes.n - 1u) * k;
    var products$j = vec4f();
    var gated$j = vec4f();
#end
    for (var e = 0u; e < k; e += 4u) {
        var left = load_x(row + e, k - e);
#if NORM
        squares += left * left;
        left *= load_other(e, k - e);
#end
#repeat j 4
        products$j += left * load_weight(weight$j + e, k - e);
#if GATED
        gated$j += left * load_weight(sizes.n * k + weight$j + e, k - e);
#end
#end
    }
    let results = vec4f(sum4(products0), sum4(products1), sum4(products2), sum4(products3));
    let other_half = vec4f(sum4(gated0), sum4(gated1), sum4(gated2), sum4(gated3));
    finish(id.y, column, results, other_half, sum4(squares));
}

// The same with eight results: in a browser every read is checked, however wide it is, so that an adapter
// that runs on the CPU spends most of its time on the checks.
#entry row_product_wide

@compute @workgroup_size(8)
fn row_product_wide(@builtin(global_invocation_id) id: vec3u) {
    let blocks = sizes.k / 16u;
    let column = id.x * 8u;
    if (column >= sizes.n) { return; }
#repeat r ROWS
    let row$r = row_of(id.y, $ru) * blocks;
    var squares$r = vec4f();
#repeat j 8
    var products$r_$j = vec4f();
    var gated$r_$j = vec4f();
#end
#end
#repeat j 8
    let weight$j = min(column + $ju, sizes.n - 1u) * blocks;
#end
    for (var b = 0u; b < blocks; b++) {
#if NORM
        let norm = other[b];
#end
#repeat r ROWS
        var left$r = x[row$r + b];
#if NORM
        squares$r += left$r[0] * left$r[0] + left$r[1] * left$r[1] + left$r[2] * left$r[2] + left$r[3] * left$r[3];
        left$r = mat4x4f(left$r[0] * norm[0], left$r[1] * norm[1], left$r[2] * norm[2], left$r[3] * norm[3]);
#end
#end
#repeat j 8
        let right$j = weight[weight$j + b];
#if GATED
        let gate$j = weight[sizes.n * blocks + weight$j + b];
#end
#repeat r ROWS
        products$r_$j +=
            left$r[0] * right$j[0] + left$r[1] * right$j[1] + left$r[2] * right$j[2] + left$r[3] * right$j[3];
#if GATED
        gated$r_$j += left$r[0] * gate$j[0] + left$r[1] * gate$j[1] + left$r[2] * gate$j[2] + left$r[3] * gate$j[3];
#end
#end
#end
    }
#repeat r ROWS
    if (id.y * u32(ROWS) + $ru < sizes.m) {
        let at = row_of(id.y, $ru);
        let squares = sum4(squares$r);
        let results = vec4f(sum4(products$r_0), sum4(products$r_1), sum4(products$r_2), sum4(products$r_3));
        let other_half = vec4f(sum4(gated$r_0), sum4(gated$r_1), sum4(gated$r_2), sum4(gated$r_3));
        finish(at, column, results, other_half, squares);
        if (column + 4u < sizes.n) {
            let results = vec4f(sum4(products$r_4), sum4(products$r_5), sum4(products$r_6), sum4(products$r_7));
            let other_half = vec4f(sum4(gated$r_4), sum4(gated$r_5), sum4(gated$r_6), sum4(gated$r_7));
            finish(at, column + 4u, results, other_half, squares);
        }
    }
#end
}
