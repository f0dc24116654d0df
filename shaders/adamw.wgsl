// AdamW in place, one invocation a weight; the formulas are in src/kernels/adamw.rs.

#entry adamw

struct Sizes {
    elements: u32,
    learning_rate: f32,
    beta1: f32,
    beta2: f32,
    eps: f32,
    weight_decay: f32,
    correction1: f32,
    correction2: f32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> m: array<f32>;
@group(0) @binding(3) var<storage, read_write> v: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn adamw(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let mean = sizes.beta1 * m[e] + (1.0 - sizes.beta1) * g[e];
    let square = sizes.beta2 * v[e] + (1.0 - sizes.beta2) * g[e] * g[e];
    m[e] = mean;
    v[e] = square;
    let step = mean * sizes.correction1 / (sqrt(square * sizes.correction2) + sizes.eps);
    w[e] = w[e] * (1.0 - sizes.learning_rate * sizes.weight_decay) - sizes.learning_rate * step;
}
