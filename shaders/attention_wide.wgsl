// Attention over packed projections for heads of any size; attention.wgsl is quicker where it fits.
// One workgroup a query (or key) and head. 64 keys (or queries) at a time: each lane scores one of
// them, then each lane adds up the output's elements lane, lane + 64, .., SLOTS of them.
// The formulas are in src/kernels/attention.rs.

const HEAD = 65;
const SLOTS = 2;

struct Sizes {
    tokens: u32,
    query_heads: u32,
    key_value_heads: u32,
    causal: u32,
    scale: f32,
}

fn first_key(sizes: Sizes, start: i32) -> u32 {
    return select(0u, u32(start), sizes.causal == 1u);
}

#entry attention_wide_forward

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read_write> o: array<f32>;
@group(0) @binding(3) var<storage, read_write> lse: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

var<workgroup> scores: array<f32, 64>;
var<workgroup> weights: array<f32, 64>;

@compute @workgroup_size(64)
fn attention_wide_forward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let tokens = sizes.tokens;
    let i = group.x;
    let head = group.y % sizes.query_heads;
    let batch = group.y / sizes.query_heads;
    let size = u32(HEAD);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * size;
    let key_value = head / (sizes.query_heads / sizes.key_value_heads);
    let query_at = (batch * tokens + i) * row + head * size;
    let keys_at = batch * tokens * row + (sizes.query_heads + key_value) * size;
    let values_at = keys_at + sizes.key_value_heads * size;
    let end = select(tokens, i + 1u, sizes.causal == 1u);

    var largest = -3e38;
    var sum = 0.0;
#repeat s SLOTS
    var o$s = 0.0;
#end
    for (var block = first_key(sizes, starts[batch * tokens + i]); block < end; block += 64u) {
        let keys = min(64u, end - block);
        var score = -3e38;
        if (lane < keys) {
            score = 0.0;
            for (var d = 0u; d < size; d++) {
                score += qkv[query_at + d] * qkv[keys_at + (block + lane) * row + d];
            }
            score *= sizes.scale;
        }
        scores[lane] = score;
        workgroupBarrier();
        var new_largest = largest;
        for (var n = 0u; n < keys; n++) { new_largest = max(new_largest, scores[n]); }
        weights[lane] = exp(score - new_largest);
        workgroupBarrier();
        let shrink = exp(largest - new_largest);
        largest = new_largest;
        sum *= shrink;
        for (var n = 0u; n < keys; n++) { sum += weights[n]; }
#repeat s SLOTS
        if (lane + $su * 64u < size) {
            o$s *= shrink;
            for (var n = 0u; n < keys; n++) { o$s += weights[n] * qkv[values_at + (block + n) * row + lane + $su * 64u]; }
        }
#end
    }
    let out_at = ((batch * tokens + i) * sizes.query_heads + head) * size;
#repeat s SLOTS
    if (lane + $su * 64u < size) { o[out_at + lane + $su * 64u] = o$s / sum; }
#end
    if (lane == 0u) { lse[group.y * tokens + i] = largest + log(sum); }
}

// delta = do . o, and the query's gradient.
#entry attention_wide_query_gradient

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> o: array<f32>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> d_o: array<f32>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(6) var<storage, read_write> delta: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

var<workgroup> dscores: array<f32, 64>;

@compute @workgroup_size(64)
fn attention_wide_query_gradient(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let tokens = sizes.tokens;
    let i = group.x;
    let head = group.y % sizes.query_heads;
    let batch = group.y / sizes.query_heads;
    let size = u32(HEAD);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * size;
    let key_value = head / (sizes.query_heads / sizes.key_value_heads);
    let query_at = (batch * tokens + i) * row + head * size;
    let keys_at = batch * tokens * row + (sizes.query_heads + key_value) * size;
    let values_at = keys_at + sizes.key_value_heads * size;
    let out_at = ((batch * tokens + i) * sizes.query_heads + head) * size;
    let end = select(tokens, i + 1u, sizes.causal == 1u);

    var own_delta = 0.0;
    for (var d = 0u; d < size; d++) { own_delta += d_o[out_at + d] * o[out_at + d]; }
    if (lane == 0u) { delta[group.y * tokens + i] = own_delta; }
#repeat s SLOTS
    var dq$s = 0.0;
#end
    for (var block = first_key(sizes, starts[batch * tokens + i]); block < end; block += 64u) {
        let keys = min(64u, end - block);
        if (lane < keys) {
            var score = 0.0;
            var dp = 0.0;
            for (var d = 0u; d < size; d++) {
                score += qkv[query_at + d] * qkv[keys_at + (block + lane) * row + d];
                dp += d_o[out_at + d] * qkv[values_at + (block + lane) * row + d];
            }
            dscores[lane] = exp(score * sizes.scale - lse[group.y * tokens + i]) * (dp - own_delta) * sizes.scale;
        }
        workgroupBarrier();
#repeat s SLOTS
        if (lane + $su * 64u < size) {
            for (var n = 0u; n < keys; n++) { dq$s += dscores[n] * qkv[keys_at + (block + n) * row + lane + $su * 64u]; }
        }
#end
        workgroupBarrier();
    }
#repeat s SLOTS
    if (lane + $su * 64u < size) { dqkv[query_at + lane + $su * 64u] = dq$s; }
#end
}

// The gradients of key and value.
#entry attention_wide_key_value_gradient

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read> d_o: array<f32>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> weights: array<f32, 64>;
var<workgroup> dscores: array<f32, 64>;

@compute @workgroup_size(64)
fn attention_wide_key_value_gradient(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let tokens = sizes.tokens;
    let j = group.x;
    let key_value = group.y % sizes.key_value_heads;
    let batch = group.y / sizes.key_value_heads;
    let size = u32(HEAD);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * size;
    let width = sizes.query_heads * size;
    let heads = sizes.query_heads / sizes.key_value_heads;
    let key_at = (batch * tokens + j) * row + (sizes.query_heads + key_value) * size;
    let value_at = key_at + sizes.key_value_heads * size;

#repeat s SLOTS
    var dk$s = 0.0;
    var dv$s = 0.0;
#end
    for (var head = key_value * heads; head < (key_value + 1u) * heads; head++) {
        let queries_at = batch * tokens * row + head * size;
        let outs_at = batch * tokens * width + head * size;
        for (var block = select(0u, j, sizes.causal == 1u); block < tokens; block += 64u) {
            let queries = min(64u, tokens - block);
            let i = block + lane;
            var p = 0.0;
            var ds = 0.0;
            if (i < tokens) {
                if (first_key(sizes, starts[batch * tokens + i]) <= j) {
                    var score = 0.0;
                    var dp = 0.0;
                    for (var d = 0u; d < size; d++) {
                        score += qkv[queries_at + i * row + d] * qkv[key_at + d];
                        dp += d_o[outs_at + i * width + d] * qkv[value_at + d];
                    }
                    let statistic = (batch * sizes.query_heads + head) * tokens + i;
                    p = exp(score * sizes.scale - lse[statistic]);
                    ds = p * (dp - delta[statistic]) * sizes.scale;
                }
            }
            weights[lane] = p;
            dscores[lane] = ds;
            workgroupBarrier();
#repeat s SLOTS
            if (lane + $su * 64u < size) {
                let d = lane + $su * 64u;
                for (var n = 0u; n < queries; n++) {
                    dk$s += dscores[n] * qkv[queries_at + (block + n) * row + d];
                    dv$s += weights[n] * d_o[outs_at + (block + n) * width + d];
                }
            }
#end
            workgroupBarrier();
        }
    }
#repeat s SLOTS
    if (lane + $su * 64u < size) {
        dqkv[key_at + lane + $su * 64u] = dk$s;
        dqkv[value_at + lane + $su * 64u] = dv$s;
    }
#end
}
