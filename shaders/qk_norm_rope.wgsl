// LayerNorm and rotary embedding of query and key heads of HEAD elements; the formulas are in
// src/kernels/qk_norm_rope.rs. One invocation a row and head.

const HEAD = 32;
const FREQUENCIES = 4; // HEAD / 8, rounded up: fours of theta^(-2j/HEAD)

struct Sizes {
    rows: u32,
    query_heads: u32,
    key_value_heads: u32,
    eps: f32,
    frequencies: array<vec4f, FREQUENCIES>,
}

// (cos, sin) to about 2 units of rounding. The built-in functions promise no more than 2^-11, and
// nothing beyond pi: whole quarter turns are taken off in three parts, the rest is a polynomial.
fn cos_sin(angle: f32) -> vec2f {
    let quarters = round(angle * 0.6366197723675814);
    let r = ((angle - quarters * 1.5703125) - quarters * 4.837512969970703e-4) - quarters * 7.549789954891882e-8;
    let r2 = r * r;
    let cosine = 1.0 - 0.5 * r2 + r2 * r2 * (4.166664568298827e-2 + r2 * (-1.388731625493765e-3 + r2 * 2.443315711809948e-5));
    let sine = r + r * r2 * (-1.6666654611e-1 + r2 * (8.3321608736e-3 - r2 * 1.9515295891e-4));
    switch (i32(quarters) & 3) {
        case 1: { return vec2f(-sine, cosine); }
        case 2: { return vec2f(-cosine, -sine); }
        case 3: { return vec2f(sine, -cosine); }
        default: { return vec2f(cosine, sine); }
    }
}

#entry qk_norm_rope_forward

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> positions: array<i32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn qk_norm_rope_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let size = u32(HEAD);
    let half = size / 2u;
    let heads = sizes.query_heads + 2u * sizes.key_value_heads;
    let index = id.y * groups.x * 64u + id.x;
    if (index >= sizes.rows * heads) { return; }
    let start = index * size;
    let head = index % heads;
    if (head >= sizes.query_heads + sizes.key_value_heads) {
        for (var j = 0u; j < size; j++) { out[start + j] = qkv[start + j]; }
        return;
    }
    var mean = 0.0;
    for (var j = 0u; j < size; j++) { mean += qkv[start + j]; }
    mean /= f32(HEAD);
    var variance = 0.0;
    for (var j = 0u; j < size; j++) { variance += (qkv[start + j] - mean) * (qkv[start + j] - mean); }
    let r = 1.0 / sqrt(variance / f32(HEAD) + sizes.eps);
    let position = f32(positions[index / heads]);
    for (var j = 0u; j < half; j++) {
        let at = vec2u(j, j + half);
        let x = vec2f(qkv[start + at.x], qkv[start + at.y]);
        let w = vec2f(weight[head * size + at.x], weight[head * size + at.y]);
        let b = vec2f(bias[head * size + at.x], bias[head * size + at.y]);
        let y = (x - mean) * r * w + b;
        let turn = cos_sin(position * sizes.frequencies[j / 4u][j % 4u]);
        out[start + at.x] = y.x * turn.x - y.y * turn.y;
        out[start + at.y] = y.y * turn.x + y.x * turn.y;
    }
}

// The gradient of qkv; saves mean and 1 / deviation of each row and head for the next entry.
#entry qk_norm_rope_input_gradient

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> positions: array<i32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(5) var<storage, read_write> statistics: array<vec2f>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn qk_norm_rope_input_gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let size = u32(HEAD);
    let half = size / 2u;
    let heads = sizes.query_heads + 2u * sizes.key_value_heads;
    let index = id.y * groups.x * 64u + id.x;
    if (index >= sizes.rows * heads) { return; }
    let start = index * size;
    let head = index % heads;
    if (head >= sizes.query_heads + sizes.key_value_heads) {
        for (var j = 0u; j < size; j++) { dqkv[start + j] = dy[start + j]; }
        return;
    }
    var mean = 0.0;
    for (var j = 0u; j < size; j++) { mean += qkv[start + j]; }
    mean /= f32(HEAD);
    var variance = 0.0;
    for (var j = 0u; j < size; j++) { variance += (qkv[start + j] - mean) * (qkv[start + j] - mean); }
    let r = 1.0 / sqrt(variance / f32(HEAD) + sizes.eps);
    statistics[index] = vec2f(mean, r);

    // Turned back and weighted, g waits in dqkv for its means over the head.
    let position = f32(positions[index / heads]);
    var mean_g = 0.0;
    var mean_gn = 0.0;
    for (var j = 0u; j < half; j++) {
        let at = vec2u(j, j + half);
        let turn = cos_sin(position * sizes.frequencies[j / 4u][j % 4u]);
        let low = dy[start + at.x];
        let high = dy[start + at.y];
        let back = vec2f(low * turn.x + high * turn.y, high * turn.x - low * turn.y);
        let g = back * vec2f(weight[head * size + at.x], weight[head * size + at.y]);
        let n = (vec2f(qkv[start + at.x], qkv[start + at.y]) - mean) * r;
        mean_g += g.x + g.y;
        mean_gn += g.x * n.x + g.y * n.y;
        dqkv[start + at.x] = g.x;
        dqkv[start + at.y] = g.y;
    }
    mean_g /= f32(HEAD);
    mean_gn /= f32(HEAD);
    for (var j = 0u; j < size; j++) {
        let n = (qkv[start + j] - mean) * r;
        dqkv[start + j] = r * (dqkv[start + j] - mean_g - n * mean_gn);
    }
}

// The gradients of weight and bias, summed over blocks of rows; sum_rows.wgsl adds the blocks up.
// One invocation a pair of elements that turn together.
#entry qk_norm_rope_weight_gradient

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> positions: array<i32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(5) var<storage, read_write> dbias: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

const BLOCK = 64;

@compute @workgroup_size(64)
fn qk_norm_rope_weight_gradient(@builtin(global_invocation_id) id: vec3u) {
    let size = u32(HEAD);
    let half = size / 2u;
    let heads = sizes.query_heads + 2u * sizes.key_value_heads;
    let normed = sizes.query_heads + sizes.key_value_heads;
    let head = id.x / half;
    let j = id.x % half;
    if (head >= normed) { return; }
    var dw = vec2f();
    var db = vec2f();
    for (var row = id.y * u32(BLOCK); row < min((id.y + 1u) * u32(BLOCK), sizes.rows); row++) {
        let index = row * heads + head;
        let at = index * size + j;
        let turn = cos_sin(f32(positions[row]) * sizes.frequencies[j / 4u][j % 4u]);
        let g = vec2f(dy[at] * turn.x + dy[at + half] * turn.y, dy[at + half] * turn.x - dy[at] * turn.y);
        let statistic = statistics[index];
        dw += g * (vec2f(qkv[at], qkv[at + half]) - statistic.x) * statistic.y;
        db += g;
    }
    let out = (id.y * normed + head) * size + j;
    dweight[out] = dw.x;
    dweight[out + half] = dw.y;
    dbias[out] = db.x;
    dbias[out + half] = db.y;
}
