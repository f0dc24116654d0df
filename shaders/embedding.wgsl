// Rows of a table by their ids, and the sum back into the table.

#entry embedding_forward

struct Sizes { elements: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> weight: array<f32>;
@group(0) @binding(1) var<storage, read> ids: array<i32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn embedding_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let last = arrayLength(&weight) / sizes.columns - 1u;
    y[e] = weight[min(u32(ids[e / sizes.columns]), last) * sizes.columns + e % sizes.columns];
}

// One invocation adds up 16 columns of one row of the table. It looks through all ids in order, so
// that the sum is the same every time (and needs no atomics).
#entry embedding_backward

struct Sizes { rows: u32, columns: u32, ids: u32 }

@group(0) @binding(0) var<storage, read> ids: array<i32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn embedding_backward(@builtin(global_invocation_id) id: vec3u) {
    let row = id.x;
    if (row >= sizes.rows) { return; }
    let start = id.y * 16u;
    let end = min(start + 16u, sizes.columns);
    for (var c = start; c < end; c++) { dweight[row * sizes.columns + c] = 0.0; }
    for (var i = 0u; i < sizes.ids; i++) {
        if (u32(ids[i]) == row) {
            for (var c = start; c < end; c++) { dweight[row * sizes.columns + c] += dy[i * sizes.columns + c]; }
        }
    }
}
