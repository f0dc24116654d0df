// Sums over blocks of rows: out[block, column] = sum of x[row, column] over the block's rows.
// One invocation a column, so that neighbours read neighbours.

#entry sum_rows

struct Sizes { rows: u32, columns: u32, block: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> out: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn sum_rows(@builtin(global_invocation_id) id: vec3u) {
    let column = id.x;
    if (column >= sizes.columns) { return; }
    let start = id.y * sizes.block;
    let end = min(start + sizes.block, sizes.rows);
    var sum = 0.0;
    for (var row = start; row < end; row++) {
        sum += x[row * sizes.columns + column];
    }
    out[id.y * sizes.columns + column] = sum;
}
