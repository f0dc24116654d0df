// RMSNorm over rows; the formulas are in src/kernels/rms_norm.rs.
// One workgroup a row: each lane adds up every 64th column, then the lanes' sums are added up.

const LANES = 64;
const WORKGROUP = 64;

#include lanes

#entry rms_norm_forward

struct Sizes { rows: u32, columns: u32, eps: f32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> r: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn rms_norm_forward(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) index: u32,
) {
    let row = row_of(group, groups, index);
    let lane = lane_of(index);
    if (row >= sizes.rows) { return; }
    let start = row * sizes.columns;
    var squares = 0.0;
    for (var c = lane; c < sizes.columns; c += u32(LANES)) {
        squares += x[start + c] * x[start + c];
    }
    let inverse = 1.0 / sqrt(sum_of_lanes(lane, squares) / f32(sizes.columns) + sizes.eps);
    for (var c = lane; c < sizes.columns; c += u32(LANES)) {
        y[start + c] = x[start + c] * inverse * weight[c];
    }
    if (lane == 0u) { r[row] = inverse; }
}

#entry rms_norm_backward

struct Sizes { rows: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> r: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn rms_norm_backward(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) index: u32,
) {
    let row = row_of(group, groups, index);
    let lane = lane_of(index);
    if (row >= sizes.rows) { return; }
    let start = row * sizes.columns;
    var sum = 0.0;
    for (var c = lane; c < sizes.columns; c += u32(LANES)) {
        sum += dy[start + c] * weight[c] * x[start + c];
    }
    let inverse = r[row];
    let q = sum_of_lanes(lane, sum) / f32(sizes.columns) * inverse * inverse * inverse;
    for (var c = lane; c < sizes.columns; c += u32(LANES)) {
        dx[start + c] = dy[start + c] * weight[c] * inverse - x[start + c] * q;
    }
}

// The weight's gradient, summed over blocks of rows; sum_rows.wgsl adds the blocks up.
#entry rms_norm_weight_gradient

struct Sizes { rows: u32, columns: u32, block: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> r: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn rms_norm_weight_gradient(@builtin(global_invocation_id) id: vec3u) {
    let column = id.x;
    if (column >= sizes.columns) { return; }
    let start = id.y * sizes.block;
    let end = min(start + sizes.block, sizes.rows);
    var sum = 0.0;
    for (var row = start; row < end; row++) {
        let e = row * sizes.columns + column;
        sum += dy[e] * x[e] * r[row];
    }
    dweight[id.y * sizes.columns + column] = sum;
}
