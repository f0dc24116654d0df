// Attention over packed projections with the heads of a few queries (or keys) in an invocation's
// registers: HEAD = 4 FOURS elements, up to 64. The formulas are in src/kernels/attention.rs;
// attention_wide.wgsl does any other size.

const FOURS = 8;
// Neighbouring queries (or keys) of one invocation: what it reads serves all of them.
const TOKENS = 1;
// Invocations of a workgroup.
const LANES = 64;

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

// Keys four at a time, each query with a running maximum and sum.
#entry attention_forward

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> lse: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(LANES)
fn attention_forward(@builtin(global_invocation_id) id: vec3u) {
#include attention_queries
#repeat t TOKENS
    var largest$t = -3e38;
    var total$t = 0.0;
#repeat d FOURS
    let q$t_$d = qkv[query_at$t + $du] * sizes.scale;
    var o$t_$d = vec4f();
#end
#end
    for (var j = begin; j < end; j += 4u) {
#repeat n 4
        let key$n = keys_at + min(j + $nu, end - 1u) * row;
#repeat t TOKENS
        var products$t_$n = vec4f();
#end
#repeat d FOURS
        let k$n_$d = qkv[key$n + $du];
#repeat t TOKENS
        products$t_$n += q$t_$d * k$n_$d;
#end
#end
#end
        let keys = vec4u(j, j + 1u, j + 2u, j + 3u);
#repeat t TOKENS
        let all$t = vec4f(sum4(products$t_0), sum4(products$t_1), sum4(products$t_2), sum4(products$t_3));
        let seen$t = (keys >= vec4u(begin$t)) & (keys < vec4u(end$t));
        let scores$t = select(vec4f(-3e38), all$t, seen$t);
        let new_largest$t = max(max(largest$t, max(scores$t.x, scores$t.y)), max(scores$t.z, scores$t.w));
        let p$t = select(vec4f(), exp(scores$t - new_largest$t), seen$t);
        let shrink$t = exp(largest$t - new_largest$t);
        total$t = total$t * shrink$t + sum4(p$t);
        largest$t = new_largest$t;
#end
#repeat d FOURS
#repeat n 4
        let v$n_$d = qkv[key$n + to_value + $du];
#end
#repeat t TOKENS
        o$t_$d = o$t_$d * shrink$t + p$t.x * v0_$d + p$t.y * v1_$d + p$t.z * v2_$d + p$t.w * v3_$d;
#end
#end
    }
#repeat t TOKENS
    if (first + $tu < tokens) {
        let out_at = ((batch * tokens + i$t) * sizes.query_heads + head) * fours;
#repeat d FOURS
        o[out_at + $du] = o$t_$d / total$t;
#end
        lse[id.y * tokens + i$t] = largest$t + log(total$t);
    }
#end
}

// The queries' gradients, and delta = do . o for each query and head.
#entry attention_query_gradient

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> o: array<vec4f>;
@group(0) @binding(3) var<storage, read> lse: array<f32>;
@group(0) @binding(4) var<storage, read> d_o: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> delta: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(LANES)
fn attention_query_gradient(@builtin(global_invocation_id) id: vec3u) {
#include attention_queries
#repeat t TOKENS
    let out_at$t = ((batch * tokens + i$t) * sizes.query_heads + head) * fours;
    var products$t = vec4f();
#repeat d FOURS
    let q$t_$d = qkv[query_at$t + $du] * sizes.scale;
    let g$t_$d = d_o[out_at$t + $du];
    products$t += g$t_$d * o[out_at$t + $du];
    var dq$t_$d = vec4f();
#end
    let delta$t = sum4(products$t);
    let lse$t = lse[id.y * tokens + i$t];
#end
    for (var j = begin; j < end; j++) {
        let key = keys_at + j * row;
#repeat t TOKENS
        var scores$t = vec4f();
        var dp$t = vec4f();
#end
#repeat d FOURS
        let k$d = qkv[key + $du];
        let v$d = qkv[key + to_value + $du];
#repeat t TOKENS
        scores$t += q$t_$d * k$d;
        dp$t += g$t_$d * v$d;
#end
#end
#repeat t TOKENS
        let all$t = exp(sum4(scores$t) - lse$t) * (sum4(dp$t) - delta$t) * sizes.scale;
        let ds$t = select(0.0, all$t, (j >= begin$t) & (j < end$t));
#repeat d FOURS
        dq$t_$d += ds$t * k$d;
#end
#end
    }
#repeat t TOKENS
    if (first + $tu < tokens) {
        delta[id.y * tokens + i$t] = delta$t;
#repeat d FOURS
        dqkv[query_at$t + $du] = dq$t_$d;
#end
    }
#end
}

// The gradients of keys and values, for each key/value head.
#entry attention_key_value_gradient

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> delta: array<f32>;
@group(0) @binding(4) var<storage, read> d_o: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dqkv: array<vec4f>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(LANES)
fn attention_key_value_gradient(@builtin(global_invocation_id) id: vec3u) {
    let tokens = sizes.tokens;
    let first = id.x * u32(TOKENS);
    if (first >= tokens) { return; }
    let last = min(first + u32(TOKENS), tokens) - 1u;
    let key_value = id.y % sizes.key_value_heads;
    let batch = id.y / sizes.key_value_heads;
    let fours = u32(FOURS);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let group = sizes.query_heads / sizes.key_value_heads;
    let to_value = sizes.key_value_heads * fours;

    // Places past the last token repeat it and are not stored.
#repeat t TOKENS
    let j$t = min(first + $tu, last);
    let key_at$t = (batch * tokens + j$t) * row + (sizes.query_heads + key_value) * fours;
#repeat d FOURS
    let k$t_$d = qkv[key_at$t + $du] * sizes.scale;
    let v$t_$d = qkv[key_at$t + to_value + $du];
    var dk$t_$d = vec4f();
    var dv$t_$d = vec4f();
#end
#end
    for (var head = key_value * group; head < (key_value + 1u) * group; head++) {
        for (var i = select(0u, first, sizes.causal == 1u); i < tokens; i++) {
            let begin = first_key(sizes, starts[batch * tokens + i]);
            if (begin > last) { continue; }
            let end = end_of_keys(sizes, i);
            let query_at = (batch * tokens + i) * row + head * fours;
            let out_at = ((batch * tokens + i) * sizes.query_heads + head) * fours;
            let statistic = (batch * sizes.query_heads + head) * tokens + i;
#repeat t TOKENS
            var scores$t = vec4f();
            var dp$t = vec4f();
#end
#repeat d FOURS
            let q$d = qkv[query_at + $du];
            let g$d = d_o[out_at + $du];
#repeat t TOKENS
            scores$t += q$d * k$t_$d;
            dp$t += g$d * v$t_$d;
#end
#end
            let own_lse = lse[statistic];
            let own_delta = delta[statistic];
#repeat t TOKENS
            let p$t = select(0.0, exp(sum4(scores$t) - own_lse), (j$t >= begin) & (j$t < end));
            let ds$t = p$t * (sum4(dp$t) - own_delta) * sizes.scale;
#repeat d FOURS
            dk$t_$d += ds$t * q$d;
            dv$t_$d += p$t * g$d;
#end
#end
        }
    }
#repeat t TOKENS
    if (first + $tu < tokens) {
#repeat d FOURS
        dqkv[key_at$t + $du] = dk$t_$d;
        dqkv[key_at$t + to_value + $du] = dv$t_$d;
#end
    }
#end
}
