// Cross-entropy of rows of logits; the formulas are in src/kernels/cross_entropy.rs.

const LANES = 64;
const WORKGROUP = 64;

#include lanes

#entry cross_entropy_forward

// One workgroup a row: lanes take every 64th logit.

struct Sizes { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> nll: array<f32>;
@group(0) @binding(3) var<storage, read_write> lse: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn cross_entropy_forward(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) index: u32,
) {
    let row = row_of(group, groups, index);
    let lane = lane_of(index);
    if (row >= sizes.rows) { return; }
    let start = row * sizes.columns;

    var largest = -3e38;
    for (var c = lane; c < sizes.columns; c += u32(LANES)) { largest = max(largest, logits[start + c]); }
    largest = maximum_of_lanes(lane, largest);

    var sum = 0.0;
    for (var c = lane; c < sizes.columns; c += u32(LANES)) { sum += exp(logits[start + c] - largest); }
    sum = sum_of_lanes(lane, sum);
    if (lane == 0u) {
        let log_sum = largest + log(sum);
        lse[row] = log_sum;
        nll[row] = log_sum - logits[start + u32(targets[row])];
    }
}

#entry cross_entropy_backward

// One invocation an element.

struct Sizes { elements: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> lse: array<f32>;
@group(0) @binding(3) var<storage, read> dnll: array<f32>;
@group(0) @binding(4) var<storage, read_write> dlogits: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn cross_entropy_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let row = e / sizes.columns;
    let hit = e % sizes.columns == u32(targets[row]);
    dlogits[e] = (exp(logits[e] - lse[row]) - select(0.0, 1.0, hit)) * dnll[row];
}
