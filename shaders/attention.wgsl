// Attention over packed projections with the head of one query (or key) in an invocation's
// registers: HEAD = 4 FOURS elements, up to 64. The formulas are in src/kernels/attention.rs;
// attention_wide.wgsl does any other size.

const FOURS = 8;

struct Sizes {
    tokens: u32,
    query_heads: u32,
    key_value_heads: u32,
    causal: u32,
    scale: f32,
}

// The keys a query sees: from its document's start to itself, or all.
fn first_key(sizes: Sizes, start: i32) -> u32 {
    return select(0u, u32(start), sizes.causal == 1u);
}

fn end_of_keys(sizes: Sizes, query: u32) -> u32 {
    return select(sizes.tokens, query + 1u, sizes.causal == 1u);
}

fn sum4(v: vec4f) -> f32 {
    return v.x + v.y + v.z + v.w;
}

// One invocation a query and head; keys four at a time with a running maximum and sum.
#entry attention_forward

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> lse: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn attention_forward(@builtin(global_invocation_id) id: vec3u) {
    let tokens = sizes.tokens;
    let i = id.x;
    if (i >= tokens) { return; }
    let head = id.y % sizes.query_heads;
    let batch = id.y / sizes.query_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let key_value = head / (sizes.query_heads / sizes.key_value_heads);
    let query_at = (batch * tokens + i) * row + head * fours;
    let keys_at = batch * tokens * row + (sizes.query_heads + key_value) * fours;
    let to_value = sizes.key_value_heads * fours;

#repeat d FOURS
    let q$d = qkv[query_at + $du] * sizes.scale;
    var o$d = vec4f();
#end
    var largest = -3e38;
    var sum = 0.0;
    let end = end_of_keys(sizes, i);
    for (var j = first_key(sizes, starts[batch * tokens + i]); j < end; j += 4u) {
        // Past the end the last key stands in, with a probability of zero.
#repeat n 4
        let key$n = keys_at + min(j + $nu, end - 1u) * row;
        var products$n = vec4f();
#repeat d FOURS
        products$n += q$d * qkv[key$n + $du];
#end
#end
        let all = vec4f(sum4(products0), sum4(products1), sum4(products2), sum4(products3));
        let scores = select(all, vec4f(-3e38), vec4u(j, j + 1u, j + 2u, j + 3u) >= vec4u(end));
        let new_largest = max(max(largest, max(scores.x, scores.y)), max(scores.z, scores.w));
        let p = exp(scores - new_largest);
        let shrink = exp(largest - new_largest);
        sum = sum * shrink + sum4(p);
        largest = new_largest;
#repeat d FOURS
        o$d = o$d * shrink + p.x * qkv[key0 + to_value + $du] + p.y * qkv[key1 + to_value + $du]
            + p.z * qkv[key2 + to_value + $du] + p.w * qkv[key3 + to_value + $du];
#end
    }
    let out_at = ((batch * tokens + i) * sizes.query_heads + head) * fours;
#repeat d FOURS
    o[out_at + $du] = o$d / sum;
#end
    lse[id.y * tokens + i] = largest + log(sum);
}

// One invocation a query and head: delta = do . o, and the query's gradient.
#entry attention_query_gradient

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> o: array<vec4f>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> d_o: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> delta: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn attention_query_gradient(@builtin(global_invocation_id) id: vec3u) {
    let tokens = sizes.tokens;
    let i = id.x;
    if (i >= tokens) { return; }
    let head = id.y % sizes.query_heads;
    let batch = id.y / sizes.query_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let key_value = head / (sizes.query_heads / sizes.key_value_heads);
    let query_at = (batch * tokens + i) * row + head * fours;
    let keys_at = batch * tokens * row + (sizes.query_heads + key_value) * fours;
    let to_value = sizes.key_value_heads * fours;
    let out_at = ((batch * tokens + i) * sizes.query_heads + head) * fours;

    var products = vec4f();
#repeat d FOURS
    let q$d = qkv[query_at + $du] * sizes.scale;
    let g$d = d_o[out_at + $du];
    products += g$d * o[out_at + $du];
    var dq$d = vec4f();
#end
    let own_delta = sum4(products);
    delta[id.y * tokens + i] = own_delta;
    let own_lse = lse[id.y * tokens + i];
    let end = end_of_keys(sizes, i);
    for (var j = first_key(sizes, starts[batch * tokens + i]); j < end; j++) {
        let key = keys_at + j * row;
        var scores = vec4f();
        var dp = vec4f();
#repeat d FOURS
        let k$d = qkv[key + $du];
        scores += q$d * k$d;
        dp += g$d * qkv[key + to_value + $du];
#end
        let ds = exp(sum4(scores) - own_lse) * (sum4(dp) - own_delta) * sizes.scale;
#repeat d FOURS
        dq$d += ds * k$d;
#end
    }
#repeat d FOURS
    dqkv[query_at + $du] = dq$d;
#end
}

// One invocation a key and key/value head: the gradients of key and value.
#entry attention_key_value_gradient

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read> d_o: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn attention_key_value_gradient(@builtin(global_invocation_id) id: vec3u) {
    let tokens = sizes.tokens;
    let j = id.x;
    if (j >= tokens) { return; }
    let key_value = id.y % sizes.key_value_heads;
    let batch = id.y / sizes.key_value_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let group = sizes.query_heads / sizes.key_value_heads;
    let key_at = (batch * tokens + j) * row + (sizes.query_heads + key_value) * fours;
    let to_value = sizes.key_value_heads * fours;

#repeat d FOURS
    let k$d = qkv[key_at + $du] * sizes.scale;
    let v$d = qkv[key_at + to_value + $du];
    var dk$d = vec4f();
    var dv$d = vec4f();
#end
    for (var head = key_value * group; head < (key_value + 1u) * group; head++) {
        for (var i = select(0u, j, sizes.causal == 1u); i < tokens; i++) {
            if (first_key(sizes, starts[batch * tokens + i]) > j) { continue; }
            let query_at = (batch * tokens + i) * row + head * fours;
            let out_at = ((batch * tokens + i) * sizes.query_heads + head) * fours;
            let statistic = (batch * sizes.query_heads + head) * tokens + i;
            var scores = vec4f();
            var dp = vec4f();
#repeat d FOURS
            let q$d = qkv[query_at + $du];
            let g$d = d_o[out_at + $du];
            scores += q$d * k$d;
            dp += g$d * v$d;
#end
            let p = exp(sum4(scores) - lse[statistic]);
            let ds = p * (sum4(dp) - delta[statistic]) * sizes.scale;
#repeat d FOURS
            dk$d += ds * q$d;
            dv$d += p * g$d;
#end
        }
    }
#repeat d FOURS
    dqkv[key_at + $du] = dk$d;
    dqkv[key_at + to_value + $du] = dv$d;
#end
}
