// SwiGLU, one invocation an element; the formulas are in src/kernels/swiglu.rs.

fn sigmoid(a: f32) -> f32 {
    return 1.0 / (1.0 + exp(-a));
}

#entry swiglu_forward

struct Sizes { elements: u32, half: u32 }

@group(0) @binding(0) var<storage, read> gate_up: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn swiglu_forward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let gate = e / sizes.half * 2u * sizes.half + e % sizes.half;
    let a = gate_up[gate];
    y[e] = a * sigmoid(a) * gate_up[gate + sizes.half];
}

#entry swiglu_backward

struct Sizes { elements: u32, half: u32 }

@group(0) @binding(0) var<storage, read> gate_up: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn swiglu_backward(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let gate = e / sizes.half * 2u * sizes.half + e % sizes.half;
    let a = gate_up[gate];
    let s = sigmoid(a);
    dx[gate] = dy[e] * gate_up[gate + sizes.half] * s * (1.0 + a * (1.0 - s));
    dx[gate + sizes.half] = dy[e] * a * s;
}
