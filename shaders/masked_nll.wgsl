// Cost and entropy of choices among allowed tokens; the formulas are in src/kernels/masked_nll.rs.

const LANES = 64;
const WORKGROUP = 64;

#include lanes

struct Sizes { rows: u32, columns: u32, ranges: u32 }

// One workgroup a row: lanes take every 64th logit of each of the row's ranges.
#entry masked_nll_forward

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> chosen: array<i32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> ranges: array<vec2i>;
@group(0) @binding(4) var<storage, read_write> found: array<f32>;
@group(0) @binding(5) var<storage, read_write> lse: array<f32>;
@group(0) @binding(6) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn masked_nll_forward(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) index: u32,
) {
    let row = row_of(group, groups, index);
    let lane = lane_of(index);
    if (row >= sizes.rows) { return; }
    let start = row * sizes.columns;
    let first = u32(chosen[sizes.rows + row]) * sizes.ranges;
    let scale = scales[row];

    var largest = -3e38;
    for (var r = first; r < first + sizes.ranges; r++) {
        for (var c = u32(ranges[r].x) + lane; c < u32(ranges[r].y); c += u32(LANES)) {
            largest = max(largest, logits[start + c]);
        }
    }
    largest = maximum_of_lanes(lane, largest) * scale;

    // exp(d), and exp(d) d, with d the distance to the largest.
    var sums = vec2f();
    for (var r = first; r < first + sizes.ranges; r++) {
        for (var c = u32(ranges[r].x) + lane; c < u32(ranges[r].y); c += u32(LANES)) {
            let d = logits[start + c] * scale - largest;
            sums += exp(d) * vec2f(1.0, d);
        }
    }
    sums = pair_of_lanes(lane, sums);
    if (lane == 0u) {
        let log_sum = log(sums.x);
        lse[row] = largest + log_sum;
        found[row] = log_sum + (largest - logits[start + u32(chosen[row])] * scale);
        found[sizes.rows + row] = log_sum - sums.y / sums.x;
    }
}

// One invocation an element.
#entry masked_nll_backward

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> chosen: array<i32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> ranges: array<vec2i>;
@group(0) @binding(4) var<storage, read> found: array<f32>;
@group(0) @binding(5) var<storage, read> lse: array<f32>;
@group(0) @binding(6) var<storage, read> upstream: array<f32>;
@group(0) @binding(7) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(8) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn masked_nll_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.rows * sizes.columns) { return; }
    let row = e / sizes.columns;
    let column = e % sizes.columns;
    let first = u32(chosen[sizes.rows + row]) * sizes.ranges;
    var allowed = false;
    for (var r = first; r < first + sizes.ranges; r++) {
        allowed = allowed || (column >= u32(ranges[r].x) && column < u32(ranges[r].y));
    }
    let log_p = logits[e] * scales[row] - lse[row];
    let slopes = vec2f(upstream[row], upstream[sizes.rows + row]);
    let hit = select(0.0, 1.0, column == u32(chosen[row]));
    // What isn't allowed may be far above the allowed: its exponential is never taken.
    let p = exp(select(-100.0, log_p, allowed));
    let slope = slopes.x * (p - hit) - slopes.y * p * (log_p + found[sizes.rows + row]);
    dlogits[e] = select(0.0, slope * scales[row], allowed);
}
