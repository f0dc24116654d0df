// Sums and the maximum over the LANES invocations that share a row: those of a workgroup. All of them
// must call, and two calls of one function need a barrier between them.
//
// ALONE: an invocation has a row to itself (LANES is 1), and there is nothing to add up and no barrier.
//
// SUBGROUPS: lanes that run together add up without memory, so that only one value of each such
// subgroup goes through it. For any size of subgroups, as long as they are made of neighbours;
// kernels/variants.rs tries that out before it trusts an adapter.

const SUBGROUPS = 0;
const ALONE = 0;

// The row of an invocation and its place among those that share it.
fn row_of(group: vec3u, groups: vec3u, index: u32) -> u32 {
#if ALONE
    return (group.y * groups.x + group.x) * u32(WORKGROUP) + index;
#else
    return group.y * groups.x + group.x;
#end
}

fn lane_of(index: u32) -> u32 {
#if ALONE
    return 0u;
#else
    return index;
#end
}

#if ALONE
fn barrier() {}

fn sum_of_lanes(lane: u32, value: f32) -> f32 {
    return value;
}

fn pair_of_lanes(lane: u32, value: vec2f) -> vec2f {
    return value;
}

fn maximum_of_lanes(lane: u32, value: f32) -> f32 {
    return value;
}
#else
fn barrier() {
    workgroupBarrier();
}

var<workgroup> sums_of_lanes: array<f32, LANES>;
var<workgroup> pairs_of_lanes: array<vec2f, LANES>;
var<workgroup> maxima_of_lanes: array<f32, LANES>;

fn sum_of_lanes(lane: u32, value: f32) -> f32 {
#if SUBGROUPS
    let size = subgroupAdd(1u);
    let own = subgroupAdd(value);
    if (lane % size == 0u) { sums_of_lanes[lane / size] = own; }
#else
    let size = 1u;
    sums_of_lanes[lane] = value;
#end
    workgroupBarrier();
    var sum = 0.0;
    for (var i = 0u; i < u32(LANES) / size; i++) { sum += sums_of_lanes[i]; }
    return sum;
}

fn pair_of_lanes(lane: u32, value: vec2f) -> vec2f {
#if SUBGROUPS
    let size = subgroupAdd(1u);
    let own = subgroupAdd(value);
    if (lane % size == 0u) { pairs_of_lanes[lane / size] = own; }
#else
    let size = 1u;
    pairs_of_lanes[lane] = value;
#end
    workgroupBarrier();
    var sum = vec2f();
    for (var i = 0u; i < u32(LANES) / size; i++) { sum += pairs_of_lanes[i]; }
    return sum;
}

fn maximum_of_lanes(lane: u32, value: f32) -> f32 {
#if SUBGROUPS
    let size = subgroupAdd(1u);
    let own = subgroupMax(value);
    if (lane % size == 0u) { maxima_of_lanes[lane / size] = own; }
#else
    let size = 1u;
    maxima_of_lanes[lane] = value;
#end
    workgroupBarrier();
    var largest = value;
    for (var i = 0u; i < u32(LANES) / size; i++) { largest = max(largest, maxima_of_lanes[i]); }
    return largest;
}
#end
