// Tokens drawn by their probability; the rules are in src/kernels/sample.rs. One workgroup a token:
// lanes take every 64th id of each range. What decides is whole numbers, so that every device draws
// the same token.

#entry sample

const NUCLEUS = 0;

struct Sizes {
    // Start and end of two ranges each.
    bounds: array<vec4u, 8>,
    ranges: u32,
    greedy: u32,
    bits: u32,
    units: f32,
    share: u32,
    columns: u32,
}

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> position: array<i32>;
// The number of the draw less the position, the two words of the seed.
@group(0) @binding(2) var<storage, read> seed: array<i32>;
@group(0) @binding(3) var<storage, read_write> tokens: array<i32>;
@group(0) @binding(4) var<storage, read_write> next: array<i32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

// Where the logits of the token begin.
var<private> row: u32;

var<workgroup> lane_max: array<f32, 64>;
var<workgroup> lane_sums: array<u32, 64>;

fn bounds(range: u32) -> vec2u {
    let two = sizes.bounds[range / 2u];
    return select(two.xy, two.zw, range % 2u == 1u);
}

// The upper half of a product.
fn high(a: u32, b: u32) -> u32 {
    let low = (a & 0xffffu) * (b & 0xffffu);
    let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
    let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
    return (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u);
}

// The first word of Threefry-2x32 with 20 rounds.
fn random(counter: u32) -> u32 {
    let key = vec2u(u32(seed[1]), u32(seed[2]));
    let keys = vec3u(key, key.x ^ key.y ^ 0x1bd11bdau);
    var x = counter + keys.x;
    var y = keys.y;
    for (var group = 0u; group < 5u; group++) {
        let rotations = select(vec4u(17u, 29u, 16u, 24u), vec4u(13u, 15u, 26u, 6u), group % 2u == 0u);
        for (var r = 0u; r < 4u; r++) {
            x += y;
            y = ((y << rotations[r]) | (y >> (32u - rotations[r]))) ^ x;
        }
        x += keys[(group + 1u) % 3u];
        y += keys[(group + 2u) % 3u] + group + 1u;
    }
    return x;
}

fn weight(below: f32) -> u32 {
    // What isn't a number has no weight. By its bits: a device may take comparisons to be of numbers alone.
    if ((bitcast<u32>(below) & 0x7fffffffu) > 0x7f800000u) { return 0u; }
    let t = i32(max(below * sizes.units, -2097152.0));
    let halvings = u32(-(t >> 16u));
    let fraction = u32(t & 0xffff);
    var slope = 837u;
    slope = 3503u + ((slope * fraction + 32768u) >> 16u);
    slope = 15770u + ((slope * fraction + 32768u) >> 16u);
    slope = 45425u + ((slope * fraction + 32768u) >> 16u);
    let mantissa = 65536u + ((slope * fraction + 32768u) >> 16u);
    if (halvings + 16u <= sizes.bits) { return mantissa << (sizes.bits - halvings - 16u); }
    let right = halvings + 16u - sizes.bits;
    if (right > 31u) { return 0u; }
    return (mantissa + (1u << (right - 1u))) >> right;
}

// The sum of the lane's own weights of at least `least`.
fn own_sum(lane: u32, largest: f32, least: u32) -> u32 {
    var sum = 0u;
    for (var r = 0u; r < sizes.ranges; r++) {
        let range = bounds(r);
        for (var id = range.x + lane; id < range.y; id += 64u) {
            let w = weight(logits[row + id] - largest);
            sum += select(0u, w, w >= least);
        }
    }
    return sum;
}

// The sum over all lanes; the lanes' own stay in lane_sums until the next.
fn total(lane: u32, own: u32) -> u32 {
    workgroupBarrier();
    lane_sums[lane] = own;
    workgroupBarrier();
    var sum = 0u;
    for (var i = 0u; i < 64u; i++) { sum += lane_sums[i]; }
    return sum;
}

@compute @workgroup_size(64)
fn sample(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
    row = group.x * sizes.columns;
    var largest = -3e38;
    var likeliest = 0x7fffffffu;
    for (var r = 0u; r < sizes.ranges; r++) {
        let range = bounds(r);
        for (var id = range.x + lane; id < range.y; id += 64u) {
            if (logits[row + id] > largest || (logits[row + id] == largest && id < likeliest)) {
                largest = logits[row + id];
                likeliest = id;
            }
        }
    }
    lane_max[lane] = largest;
    lane_sums[lane] = likeliest;
    workgroupBarrier();
    for (var i = 0u; i < 64u; i++) { largest = max(largest, lane_max[i]); }
    likeliest = 0x7fffffffu;
    for (var i = 0u; i < 64u; i++) {
        if (lane_max[i] == largest) { likeliest = min(likeliest, lane_sums[i]); }
    }
    // Without a usable number there is no token.
    let none = likeliest == 0x7fffffffu;
    let at = u32(position[group.x]);
    if (lane == 0u) { next[group.x] = i32(at + 1u); }
    if (sizes.greedy == 1u) {
        if (lane == 0u) { tokens[group.x] = select(i32(likeliest), -1, none); }
        return;
    }

    var least = 1u;
    let all = total(lane, own_sum(lane, largest, 0u));
    var kept = all;
#if NUCLEUS
    let wanted = high(all, sizes.share) + 1u;
    least = 0u;
    for (var bit = 0u; bit <= 31u; bit++) {
        // Bits above the largest weight find nothing.
        let higher = least | (1u << (31u - bit));
        if (total(lane, own_sum(lane, largest, higher)) >= wanted) { least = higher; }
    }
    kept = total(lane, own_sum(lane, largest, least));
#end

    if (none) {
        if (lane == 0u) { tokens[group.x] = -1; }
        return;
    }
    if (lane == 0u && kept == 0u) { tokens[group.x] = i32(likeliest); }
    var left = high(random(u32(seed[0]) + at), kept);
    for (var i = 0u; i < lane; i++) {
        // Below zero it wraps around, and no lane behind draws.
        if (left < lane_sums[i]) { left = 0xffffffffu; break; }
        left -= lane_sums[i];
    }
    if (left >= lane_sums[lane]) { return; }
    for (var r = 0u; r < sizes.ranges; r++) {
        let range = bounds(r);
        for (var id = range.x + lane; id < range.y; id += 64u) {
            let w = weight(logits[row + id] - largest);
            if (w < least) { continue; }
            if (left < w) {
                tokens[group.x] = i32(id);
                return;
            }
            left -= w;
        }
    }
}
