// The nearest row of a codebook; ties go to the lowest index.
// One workgroup a vector: each lane looks at every 64th code, then lane 0 compares the lanes.

#entry nearest_code

struct Sizes { rows: u32, codes: u32, columns: u32 }

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> codebook: array<f32>;
@group(0) @binding(2) var<storage, read_write> nearest: array<i32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

var<workgroup> lane_distance: array<f32, 64>;
var<workgroup> lane_code: array<u32, 64>;

@compute @workgroup_size(64)
fn nearest_code(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let row = group.y * groups.x + group.x;
    if (row >= sizes.rows) { return; }
    var least = 3e38;
    var best = 0u;
    for (var code = lane; code < sizes.codes; code += 64u) {
        var distance = 0.0; // less |z|^2, the same for all
        for (var c = 0u; c < sizes.columns; c++) {
            let e = codebook[code * sizes.columns + c];
            distance += e * (e - 2.0 * z[row * sizes.columns + c]);
        }
        if (distance < least) {
            least = distance;
            best = code;
        }
    }
    lane_distance[lane] = least;
    lane_code[lane] = best;
    workgroupBarrier();
    if (lane == 0u) {
        for (var i = 1u; i < 64u; i++) {
            let nearer = lane_distance[i] < least;
            if (nearer || (lane_distance[i] == least && lane_code[i] < best)) {
                least = lane_distance[i];
                best = lane_code[i];
            }
        }
        nearest[row] = i32(best);
    }
}
