// A few rows times the transpose of a matrix, for a step of generation: y[n] = x[k] weight[n,k]^T of
// each row; see src/kernels/fused_linear.rs.
//
// ALIGNED: rows in memory are multiples of four long and are read four elements at a time;
// otherwise reads are guarded one by one.
// NORM: x is normalised by its root mean square and weighted by `other`.
// GATED: the weight has 2n rows; y is silu(the first n results) times the last n.
// ADDED: `other` is added to y. OTHER: there is an `other`.

const ALIGNED = 1;
const OTHER = 0;
const NORM = 0;
const GATED = 0;
const ADDED = 0;

struct Sizes { n: u32, k: u32, eps: f32 }

#if ALIGNED
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
#if OTHER
@group(0) @binding(2) var<storage, read> other: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;
#else
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;
#end
#else
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
#if OTHER
@group(0) @binding(2) var<storage, read> other: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
#else
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
#end
#end
#if OTHER
@group(0) @binding(4) var<uniform> sizes: Sizes;
#else
@group(0) @binding(3) var<uniform> sizes: Sizes;
#end

// Four neighbours from `start`, of which the first `count` exist (at least one); the rest are zero.
fn load_x(start: u32, count: u32) -> vec4f {
#if ALIGNED
    return x[start / 4u];
#else
    let last = min(count, 4u) - 1u;
    let values = vec4f(x[start], x[start + min(1u, last)], x[start + min(2u, last)], x[start + min(3u, last)]);
    return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) <= vec4u(last));
#end
}

fn load_weight(start: u32, count: u32) -> vec4f {
#if ALIGNED
    return weight[start / 4u];
#else
    let last = min(count, 4u) - 1u;
    let values =
        vec4f(weight[start], weight[start + min(1u, last)], weight[start + min(2u, last)], weight[start + min(3u, last)]);
    return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) <= vec4u(last));
#end
}

#if OTHER
fn load_other(start: u32, count: u32) -> vec4f {
#if ALIGNED
    return other[start / 4u];
#else
    let last = min(count, 4u) - 1u;
    let values = vec4f(other[start], other[start + min(1u, last)], other[start + min(2u, last)], other[start + min(3u, last)]);
    return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) <= vec4u(last));
#end
}
#end

// Four results of one row: `products` of the first n rows of the weight, `gated` of the others,
// `squares` is the sum of x^2.
fn store(row: u32, column: u32, products: vec4f, gated: vec4f, squares: f32) {
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
#if ALIGNED
    y[start / 4u] = value;
#else
    y[start] = value.x;
    if (count > 1u) { y[start + 1u] = value.y; }
    if (count > 2u) { y[start + 2u] = value.z; }
    if (count > 3u) { y[start + 3u] = value.w; }
#end
}

fn sum4(v: vec4f) -> f32 {
    return v.x + v.y + v.z + v.w;
}

// 16 lanes share one result, each adding up every 16th four of the inner dimension, so that there
// are enough lanes and the weights are read in order.
#entry row_product

// Products, those that are gated, squares.
var<workgroup> lane_sums: array<vec3f, 64>;

@compute @workgroup_size(64)
fn row_product(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let k = sizes.k;
    let column = group.x * 4u + lane / 16u;
    let row = group.y * k;
    var products = vec4f();
    var gated = vec4f();
    var squares = vec4f();
    if (column < sizes.n) {
        for (var e = lane % 16u * 4u; e < k; e += 64u) {
            var left = load_x(row + e, k - e);
#if NORM
            squares += left * left;
            left *= load_other(e, k - e);
#end
            products += left * load_weight(column * k + e, k - e);
#if GATED
            gated += left * load_weight((sizes.n + column) * k + e, k - e);
#end
        }
    }
    lane_sums[lane] = vec3f(sum4(products), sum4(gated), sum4(squares));
    workgroupBarrier();
    if (lane == 0u) {
#repeat j 4
        var sum$j = vec3f();
#end
        for (var i = 0u; i < 16u; i++) {
#repeat j 4
            sum$j += lane_sums[$ju * 16u + i];
#end
        }
        let results = vec4f(sum0.x, sum1.x, sum2.x, sum3.x);
        store(group.y, group.x * 4u, results, vec4f(sum0.y, sum1.y, sum2.y, sum3.y), sum0.z);
    }
}

// The same without workgroup memory: each invocation has four results of one row. An adapter that
// runs on the CPU spends more on the barrier than on the products.
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
    store(id.y, column, results, other_half, sum4(squares));
}
