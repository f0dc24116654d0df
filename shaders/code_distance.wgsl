// Squared distances of rows from rows of a codebook; the formulas are in src/kernels/code_distance.rs.

struct Sizes { rows: u32, columns: u32 }

// One invocation a row.
#entry code_distance_forward

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> codebook: array<f32>;
@group(0) @binding(2) var<storage, read> codes: array<i32>;
@group(0) @binding(3) var<storage, read_write> distances: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn code_distance_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let row = id.y * groups.x * 64u + id.x;
    if (row >= sizes.rows) { return; }
    let code = u32(codes[row]) * sizes.columns;
    var sum = 0.0;
    for (var c = 0u; c < sizes.columns; c++) {
        let gap = y[row * sizes.columns + c] - codebook[code + c];
        sum += gap * gap;
    }
    distances[row] = sum;
}

// One invocation an element.
#entry code_distance_backward

@group(0) @binding(0) var<storage, read> y: array<f32>;
@group(0) @binding(1) var<storage, read> codebook: array<f32>;
@group(0) @binding(2) var<storage, read> codes: array<i32>;
@group(0) @binding(3) var<storage, read> upstream: array<f32>;
@group(0) @binding(4) var<storage, read_write> dy: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn code_distance_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.rows * sizes.columns) { return; }
    let row = e / sizes.columns;
    let gap = y[e] - codebook[u32(codes[row]) * sizes.columns + e % sizes.columns];
    dy[e] = 2.0 * upstream[row] * gap;
}
