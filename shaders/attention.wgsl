// Attention over packed projections with the head of one query (or key) in an invocation's
// registers: HEAD = 4 FOURS elements, up to 64. The formulas are in src/kernels/attention.rs;
// attention_wide.wgsl does any other size.
//
// QUERIES (or KEYS) of them can share an invocation, which then reads every key (or query) once for
// all; one past the end repeats the last and isn't stored.

const FOURS = 8;
const QUERIES = 1;
const KEYS = 1;

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

// One invocation QUERIES and a head; keys four at a time with a running maximum and sum.
#entry attention_forward

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> lse: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn attention_forward(@builtin(global_invocation_id) id: vec3u) {
    let tokens = sizes.tokens;
    let first_query = id.x * u32(QUERIES);
    if (first_query >= tokens) { return; }
    let head = id.y % sizes.query_heads;
    let batch = id.y / sizes.query_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let key_value = head / (sizes.query_heads / sizes.key_value_heads);
    let keys_at = batch * tokens * row + (sizes.query_heads + key_value) * fours;
    let to_value = sizes.key_value_heads * fours;

    var begin = tokens;
    var end = 0u;
#repeat m QUERIES
    let i$m = min(first_query + $mu, tokens - 1u);
    let first$m = first_key(sizes, starts[batch * tokens + i$m]);
    let end$m = end_of_keys(sizes, i$m);
    begin = min(begin, first$m);
    end = max(end, end$m);
#repeat d FOURS
    let q$m_$d = qkv[(batch * tokens + i$m) * row + head * fours + $du] * sizes.scale;
    var o$m_$d = vec4f();
#end
    var largest$m = -3e38;
    var sum$m = 0.0;
#end
    for (var j = begin; j < end; j += 4u) {
        // Keys that a query doesn't see stand in with a probability of zero.
        let j4 = vec4u(j, j + 1u, j + 2u, j + 3u);
#repeat n 4
        let key$n = keys_at + min(j + $nu, end - 1u) * row;
#repeat m QUERIES
        var products$n_$m = vec4f();
#end
#repeat d FOURS
        let k$n_$d = qkv[key$n + $du];
#repeat m QUERIES
        products$n_$m += q$m_$d * k$n_$d;
#end
#end
#end
#repeat m QUERIES
        let all$m = vec4f(sum4(products0_$m), sum4(products1_$m), sum4(products2_$m), sum4(products3_$m));
        let scores$m = select(all$m, vec4f(-3e38), (j4 >= vec4u(end$m)) | (j4 < vec4u(first$m)));
        let new_largest$m = max(max(largest$m, max(scores$m.x, scores$m.y)), max(scores$m.z, scores$m.w));
        let p$m = exp(scores$m - new_largest$m);
        let shrink$m = exp(largest$m - new_largest$m);
        sum$m = sum$m * shrink$m + sum4(p$m);
        largest$m = new_largest$m;
#end
#repeat d FOURS
#repeat n 4
        let v$n_$d = qkv[key$n + to_value + $du];
#end
#repeat m QUERIES
        o$m_$d = o$m_$d * shrink$m + p$m.x * v0_$d + p$m.y * v1_$d + p$m.z * v2_$d + p$m.w * v3_$d;
#end
#end
    }
#repeat m QUERIES
    if (first_query + $mu < tokens) {
        let out_at = ((batch * tokens + i$m) * sizes.query_heads + head) * fours;
#repeat d FOURS
        o[out_at + $du] = o$m_$d / sum$m;
#end
        lse[id.y * tokens + i$m] = largest$m + log(sum$m);
    }
#end
}

// One invocation QUERIES and a head: delta = do . o, and the query's gradient.
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
    let first_query = id.x * u32(QUERIES);
    if (first_query >= tokens) { return; }
    let head = id.y % sizes.query_heads;
    let batch = id.y / sizes.query_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let key_value = head / (sizes.query_heads / sizes.key_value_heads);
    let keys_at = batch * tokens * row + (sizes.query_heads + key_value) * fours;
    let to_value = sizes.key_value_heads * fours;

    var begin = tokens;
    var end = 0u;
#repeat m QUERIES
    let i$m = min(first_query + $mu, tokens - 1u);
    let first$m = first_key(sizes, starts[batch * tokens + i$m]);
    let end$m = end_of_keys(sizes, i$m);
    begin = min(begin, first$m);
    end = max(end, end$m);
    let query_at$m = (batch * tokens + i$m) * row + head * fours;
    let out_at$m = ((batch * tokens + i$m) * sizes.query_heads + head) * fours;
    var products$m = vec4f();
#repeat d FOURS
    let q$m_$d = qkv[query_at$m + $du] * sizes.scale;
    let g$m_$d = d_o[out_at$m + $du];
    products$m += g$m_$d * o[out_at$m + $du];
    var dq$m_$d = vec4f();
#end
    let delta$m = sum4(products$m);
    let lse$m = lse[id.y * tokens + i$m];
#end
    for (var j = begin; j < end; j++) {
        let key = keys_at + j * row;
#repeat m QUERIES
        var scores$m = vec4f();
        var dp$m = vec4f();
#end
#repeat d FOURS
        let k$d = qkv[key + $du];
        let v$d = qkv[key + to_value + $du];
#repeat m QUERIES
        scores$m += q$m_$d * k$d;
        dp$m += g$m_$d * v$d;
#end
#end
#repeat m QUERIES
        let p$m = select(0.0, exp(sum4(scores$m) - lse$m), j >= first$m && j < end$m);
        let ds$m = p$m * (sum4(dp$m) - delta$m) * sizes.scale;
#end
#repeat d FOURS
#repeat m QUERIES
        dq$m_$d += ds$m * k$d;
#end
#end
    }
#repeat m QUERIES
    if (first_query + $mu < tokens) {
        delta[id.y * tokens + i$m] = delta$m;
#repeat d FOURS
        dqkv[query_at$m + $du] = dq$m_$d;
#end
    }
#end
}

// One invocation KEYS and a key/value head: the gradients of key and value.
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
    let first_j = id.x * u32(KEYS);
    if (first_j >= tokens) { return; }
    let key_value = id.y % sizes.key_value_heads;
    let batch = id.y / sizes.key_value_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let group = sizes.query_heads / sizes.key_value_heads;
    let to_value = sizes.key_value_heads * fours;
    let causal = sizes.causal == 1u;

#repeat m KEYS
    let j$m = min(first_j + $mu, tokens - 1u);
    let key_at$m = (batch * tokens + j$m) * row + (sizes.query_heads + key_value) * fours;
#repeat d FOURS
    let k$m_$d = qkv[key_at$m + $du] * sizes.scale;
    let v$m_$d = qkv[key_at$m + to_value + $du];
    var dk$m_$d = vec4f();
    var dv$m_$d = vec4f();
#end
#end
    for (var head = key_value * group; head < (key_value + 1u) * group; head++) {
        for (var i = select(0u, first_j, causal); i < tokens; i++) {
            let first = first_key(sizes, starts[batch * tokens + i]);
            var seen = false;
#repeat m KEYS
            let seen$m = first <= j$m && (i >= j$m || !causal);
            seen = seen || seen$m;
#end
            if (!seen) { continue; }
            let query_at = (batch * tokens + i) * row + head * fours;
            let out_at = ((batch * tokens + i) * sizes.query_heads + head) * fours;
            let statistic = (batch * sizes.query_heads + head) * tokens + i;
#repeat m KEYS
            var scores$m = vec4f();
            var dp$m = vec4f();
#end
#repeat d FOURS
            let q$d = qkv[query_at + $du];
            let g$d = d_o[out_at + $du];
#repeat m KEYS
            scores$m += q$d * k$m_$d;
            dp$m += g$d * v$m_$d;
#end
#end
#repeat m KEYS
            let p$m = select(0.0, exp(sum4(scores$m) - lse[statistic]), seen$m);
            let ds$m = p$m * (sum4(dp$m) - delta[statistic]) * sizes.scale;
#end
#repeat d FOURS
#repeat m KEYS
            dk$m_$d += ds$m * q$d;
            dv$m_$d += p$m * g$d;
#end
#end
        }
    }
#repeat m KEYS
    if (first_j + $mu < tokens) {
#repeat d FOURS
        dqkv[key_at$m + $du] = dk$m_$d;
        dqkv[key_at$m + to_value + $du] = dv$m_$d;
#end
    }
#end
}
