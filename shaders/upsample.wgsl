// Nearest-neighbour upsampling by two, channels last, and the sum of four back.

#entry upsample_forward

// One invocation an output element.

struct Sizes { elements: u32, width: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn upsample_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let pixel = e / sizes.channels;
    // Rows of the whole batch, one below the other: heights are even, so halving keeps pictures apart.
    let row = pixel / (2u * sizes.width) / 2u;
    let column = pixel % (2u * sizes.width) / 2u;
    y[e] = x[(row * sizes.width + column) * sizes.channels + e % sizes.channels];
}

#entry upsample_backward

// One invocation an input element.

struct Sizes { elements: u32, width: u32, channels: u32 }

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn upsample_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let pixel = e / sizes.channels;
    let row = pixel / sizes.width;
    let column = pixel % sizes.width;
    let below = 2u * sizes.width * sizes.channels;
    let first = 2u * row * below + 2u * column * sizes.channels + e % sizes.channels;
    dx[e] = dy[first] + dy[first + sizes.channels] + dy[first + below] + dy[first + below + sizes.channels];
}
