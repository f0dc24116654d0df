// Sums of squares of blocks of elements; see src/kernels/sum_squares.rs. One workgroup a block:
// each lane adds up every 64th element, then the lanes' sums are added up.

const LANES = 64;
const WORKGROUP = 64;

#include lanes

#entry sum_squares

const BLOCK = 4096;

struct Sizes { elements: u32, at: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sums: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(WORKGROUP)
fn sum_squares(
    @builtin(workgroup_id) group: vec3u,
    @builtin(num_workgroups) groups: vec3u,
    @builtin(local_invocation_index) index: u32,
) {
    let block = row_of(group, groups, index);
    let lane = lane_of(index);
    let start = block * u32(BLOCK);
    if (start >= sizes.elements) { return; }
    let end = min(start + u32(BLOCK), sizes.elements);
    var sum = 0.0;
    for (var e = start + lane; e < end; e += u32(LANES)) { sum += x[e] * x[e]; }
    sum = sum_of_lanes(lane, sum);
    if (lane == 0u) { sums[sizes.at + block] = sum; }
}
