// Attention of new tokens against the key/value cache; see src/kernels/attention_cached.rs.
// A workgroup has a head of a new token, or of a few. Keys before the first new token of the sequence come from the
// cache, the new ones from `qkv`, because nothing orders this launch's own writes to the cache before
// its reads.

const LANES = 64;

struct Sizes {
    tokens: u32,
    capacity: u32,
    query_heads: u32,
    key_value_heads: u32,
    scale: f32,
}

// Heads of 4 FOURS elements: each lane goes through every LANES-th key with a running maximum, sum
// and output in registers; at the end the lanes' outputs are brought to one maximum and added up.
// A workgroup has QUERIES neighbouring tokens, so that each key is read once for all of them; more
// than one only where all new tokens are of one sequence.
#entry attention_cached

const FOURS = 8;
const QUERIES = 1;

@group(0) @binding(0) var<storage, read> qkv: array<vec4f>;
@group(0) @binding(1) var<storage, read> sequence: array<i32>;
@group(0) @binding(2) var<storage, read> position: array<i32>;
@group(0) @binding(3) var<storage, read> start: array<i32>;
@group(0) @binding(4) var<storage, read_write> cache: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> o: array<vec4f>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> lane_largest: array<f32, LANES * QUERIES>;
var<workgroup> lane_sums: array<f32, LANES * QUERIES>;
var<workgroup> lane_outputs: array<vec4f, LANES * QUERIES * FOURS>;

@compute @workgroup_size(LANES)
fn attention_cached(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let token = group.x * u32(QUERIES);
    let head = group.y;
    let fours = u32(FOURS);
    let lanes = u32(LANES);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * fours;
    let width = sizes.key_value_heads * fours;
    let heads = sizes.query_heads / sizes.key_value_heads;
    let key_value = head / heads;
    let begin = u32(start[token]);
    let count = min(u32(QUERIES), sizes.tokens - token);
    // The place of the first new token of the sequence.
    let first = u32(position[begin]);
    let at = first + token - begin;
    let end = at + count;
    let cached_keys = u32(sequence[token]) * 2u * sizes.capacity * width + key_value * fours;
    let cached_values = sizes.capacity * width + cached_keys;
    let new_keys = begin * row + (sizes.query_heads + key_value) * fours;
    let new_values = new_keys + width;

    if (head % heads == 0u) {
        for (var j = at; j < min(end, sizes.capacity); j++) {
            for (var d = lane; d < fours; d += lanes) {
                cache[cached_keys + j * width + d] = qkv[new_keys + (j - first) * row + d];
                cache[cached_values + j * width + d] = qkv[new_values + (j - first) * row + d];
            }
        }
    }

#repeat r QUERIES
    let query$r = (token + min($ru, count - 1u)) * row + head * fours;
#repeat d FOURS
    let q$r_$d = qkv[query$r + $du] * sizes.scale;
    var o$r_$d = vec4f();
#end
    var largest$r = -3e38;
    var sum$r = 0.0;
#end
#repeat new 2
#if $new
    for (var j = first + lane; j < end; j += lanes) {
        let key = new_keys + (j - first) * row;
        let value = new_values + (j - first) * row;
#else
    for (var j = lane; j < first; j += lanes) {
        let key = cached_keys + j * width;
        let value = cached_values + j * width;
#end
#repeat r QUERIES
        var products$r = vec4f();
#end
#repeat d FOURS
#if $new
        let key$d = qkv[key + $du];
#else
        let key$d = cache[key + $du];
#end
#repeat r QUERIES
        products$r += q$r_$d * key$d;
#end
#end
#repeat r QUERIES
        var score$r = products$r.x + products$r.y + products$r.z + products$r.w;
#if $new
        // A later token. What a lane makes of those alone has no share in the end.
        if (j > at + $ru) { score$r = -3e38; }
#end
        let new_largest$r = max(largest$r, score$r);
        let shrink$r = exp(largest$r - new_largest$r);
        let weight$r = exp(score$r - new_largest$r);
        largest$r = new_largest$r;
        sum$r = sum$r * shrink$r + weight$r;
#end
#repeat d FOURS
#if $new
        let value$d = qkv[value + $du];
#else
        let value$d = cache[value + $du];
#end
#repeat r QUERIES
        o$r_$d = o$r_$d * shrink$r + weight$r * value$d;
#end
#end
    }
#end

#repeat r QUERIES
    lane_largest[$ru * lanes + lane] = largest$r;
#end
    workgroupBarrier();
#repeat r QUERIES
    var largest_of_all$r = -3e38;
    for (var l = 0u; l < lanes; l++) { largest_of_all$r = max(largest_of_all$r, lane_largest[$ru * lanes + l]); }
    let share$r = exp(largest$r - largest_of_all$r);
    lane_sums[$ru * lanes + lane] = sum$r * share$r;
#repeat d FOURS
    lane_outputs[($ru * lanes + lane) * fours + $du] = o$r_$d * share$r;
#end
#end
    workgroupBarrier();
#repeat r QUERIES
    if ($ru < count) {
        var total = 0.0;
        for (var l = 0u; l < lanes; l++) { total += lane_sums[$ru * lanes + l]; }
        for (var d = lane; d < fours; d += lanes) {
            var output = vec4f();
            for (var l = 0u; l < lanes; l++) { output += lane_outputs[($ru * lanes + l) * fours + d]; }
            o[((token + $ru) * sizes.query_heads + head) * fours + d] = output / total;
        }
    }
#end
}

// Heads of HEAD elements, any number. LANES keys at a time: each lane scores one of them, then lane
// d + HEAD part adds up element d of the output over every PARTS-th of them, for SLOTS elements
// LANES apart.
#entry attention_cached_wide

const HEAD = 65;
const PARTS = 1;
const SLOTS = 2;

@group(0) @binding(0) var<storage, read> qkv: array<f32>;
@group(0) @binding(1) var<storage, read> sequence: array<i32>;
@group(0) @binding(2) var<storage, read> position: array<i32>;
@group(0) @binding(3) var<storage, read> start: array<i32>;
@group(0) @binding(4) var<storage, read_write> cache: array<f32>;
@group(0) @binding(5) var<storage, read_write> o: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

var<workgroup> scores: array<f32, LANES>;
var<workgroup> weights: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn attention_cached_wide(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    let token = group.x;
    let head = group.y;
    let size = u32(HEAD);
    let lanes = u32(LANES);
    let row = (sizes.query_heads + 2u * sizes.key_value_heads) * size;
    let width = sizes.key_value_heads * size;
    let heads = sizes.query_heads / sizes.key_value_heads;
    let key_value = head / heads;
    let begin = u32(start[token]);
    // The place of the first new token of the sequence.
    let first = u32(position[begin]);
    let at = first + token - begin;
    let end = at + 1u;
    let query_at = token * row + head * size;
    // Of key 0 and value 0: in the cache, and where it would be in qkv. Indices wrap around zero.
    let cached_keys = u32(sequence[token]) * 2u * sizes.capacity * width + key_value * size;
    let cached_values = sizes.capacity * width + cached_keys;
    let new_keys = (begin - first) * row + (sizes.query_heads + key_value) * size;
    let new_values = new_keys + width;

    if (head % heads == 0u && at < sizes.capacity) {
        for (var d = lane; d < size; d += lanes) {
            cache[cached_keys + at * width + d] = qkv[new_keys + at * row + d];
            cache[cached_values + at * width + d] = qkv[new_values + at * row + d];
        }
    }

    let part = lane / size;
    let element = lane - part * size;
    let adds = part < u32(PARTS);
    var largest = -3e38;
    var sum = 0.0;
#repeat s SLOTS
    var o$s = 0.0;
#end
    for (var block = 0u; block < end; block += lanes) {
        let keys = min(lanes, end - block);
        let j = block + lane;
        var score = -3e38;
        if (lane < keys) {
            score = 0.0;
            if (j < first) {
                for (var d = 0u; d < size; d++) { score += qkv[query_at + d] * cache[cached_keys + j * width + d]; }
            } else {
                for (var d = 0u; d < size; d++) { score += qkv[query_at + d] * qkv[new_keys + j * row + d]; }
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
        let cached = min(keys, max(first, block) - block);
#repeat s SLOTS
        if (adds && element + $su * lanes < size) {
            let d = element + $su * lanes;
            o$s *= shrink;
            var n = part;
            for (; n < cached; n += u32(PARTS)) { o$s += weights[n] * cache[cached_values + (block + n) * width + d]; }
            for (; n < keys; n += u32(PARTS)) { o$s += weights[n] * qkv[new_values + (block + n) * row + d]; }
        }
#end
    }

    let out_at = (token * sizes.query_heads + head) * size;
#repeat s SLOTS
    workgroupBarrier();
    scores[lane] = o$s;
    workgroupBarrier();
    if (part == 0u && element + $su * lanes < size) {
        var total = 0.0;
        for (var p = 0u; p < u32(PARTS); p++) { total += scores[p * size + element]; }
        o[out_at + element + $su * lanes] = total / sum;
    }
#end
}
