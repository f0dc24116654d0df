// GroupNorm with an optional swish, channels last; the formulas are in src/kernels/group_norm.rs.

const GROUPS = 32;
const LANES = 256;
const WORKGROUP = 256;

#include lanes

fn sigmoid(a: f32) -> f32 {
    return 1.0 / (1.0 + exp(-a));
}

// Mean and 1 / deviation of each group; a group of a picture is a row.
#entry group_norm_statistics

struct Sizes { rows: u32, pixels: u32, channels: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> statistics: array<vec2f>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn group_norm_statistics(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) index: u32,
) {
    let row = row_of(group, groups, index);
    let lane = lane_of(index);
    if (row >= sizes.rows) { return; }
    let size = sizes.channels / u32(GROUPS);
    let start = row / u32(GROUPS) * sizes.pixels * sizes.channels + row % u32(GROUPS) * size;
    let elements = sizes.pixels * size;
    var sum = 0.0;
    for (var e = lane; e < elements; e += u32(LANES)) { sum += x[start + e / size * sizes.channels + e % size]; }
    let mean = sum_of_lanes(lane, sum) / f32(elements);
    // Around the mean, not from the sum of squares, which would lose the small against the large.
    var squares = 0.0;
    for (var e = lane; e < elements; e += u32(LANES)) {
        let centred = x[start + e / size * sizes.channels + e % size] - mean;
        squares += centred * centred;
    }
    barrier();
    let variance = sum_of_lanes(lane, squares);
    if (lane == 0u) {
        statistics[row] = vec2f(mean, 1.0 / sqrt(variance / f32(elements) + sizes.eps));
    }
}

// One invocation an element.
#entry group_norm_forward

struct Sizes { elements: u32, pixels: u32, channels: u32, swish: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn group_norm_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let channel = e % sizes.channels;
    let picture = e / (sizes.pixels * sizes.channels);
    let statistic = statistics[picture * u32(GROUPS) + channel / (sizes.channels / u32(GROUPS))];
    let y = (x[e] - statistic.x) * statistic.y * weight[channel] + bias[channel];
    out[e] = select(y, y * sigmoid(y), sizes.swish == 1u);
}

// Per picture, block of pixels and channel: the sums of g and of g n, where g is the gradient
// before the swish and n the normalised value. One invocation a channel.
#entry group_norm_sums

struct Sizes { pixels: u32, channels: u32, swish: u32, block: u32, blocks: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> sums_g: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums_gn: array<f32>;
@group(0) @binding(7) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn group_norm_sums(@builtin(global_invocation_id) id: vec3u) {
    let channel = id.x;
    if (channel >= sizes.channels) { return; }
    let picture = id.z;
    let statistic = statistics[picture * u32(GROUPS) + channel / (sizes.channels / u32(GROUPS))];
    var sum = vec2f();
    for (var pixel = id.y * sizes.block; pixel < min((id.y + 1u) * sizes.block, sizes.pixels); pixel++) {
        let e = (picture * sizes.pixels + pixel) * sizes.channels + channel;
        let n = (x[e] - statistic.x) * statistic.y;
        var g = dy[e];
        if (sizes.swish == 1u) {
            let y = n * weight[channel] + bias[channel];
            let s = sigmoid(y);
            g *= s * (1.0 + y * (1.0 - s));
        }
        sum += vec2f(g, g * n);
    }
    let at = (picture * sizes.blocks + id.y) * sizes.channels + channel;
    sums_g[at] = sum.x;
    sums_gn[at] = sum.y;
}

// One invocation an element; the sums have one row a picture.
#entry group_norm_input_gradient

struct Sizes { elements: u32, pixels: u32, channels: u32, swish: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(2) var<storage, read> weight: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read> sums_g: array<f32>;
@group(0) @binding(6) var<storage, read> sums_gn: array<f32>;
@group(0) @binding(7) var<storage, read_write> dx: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn group_norm_input_gradient(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let channel = e % sizes.channels;
    let picture = e / (sizes.pixels * sizes.channels);
    let size = sizes.channels / u32(GROUPS);
    let group = channel / size;
    let statistic = statistics[picture * u32(GROUPS) + group];
    let n = (x[e] - statistic.x) * statistic.y;
    var g = dy[e];
    if (sizes.swish == 1u) {
        let y = n * weight[channel] + bias[channel];
        let s = sigmoid(y);
        g *= s * (1.0 + y * (1.0 - s));
    }
    var means = vec2f();
    for (var c = group * size; c < (group + 1u) * size; c++) {
        let at = picture * sizes.channels + c;
        means += weight[c] * vec2f(sums_g[at], sums_gn[at]);
    }
    means /= f32(sizes.pixels * size);
    dx[e] = statistic.y * (g * weight[channel] - means.x - n * means.y);
}
