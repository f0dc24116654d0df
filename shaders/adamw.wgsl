// AdamW in place, one invocation a weight; the formulas are in src/kernels/adamw.rs.

#entry adamw

struct Sizes { elements: u32, weight_decay: f32 }

@group(0) @binding(0) var<storage, read> g: array<f32>;
// Learning rate, two betas, eps, the gradient's scale, two corrections.
@group(0) @binding(1) var<storage, read> numbers: array<f32>;
@group(0) @binding(2) var<storage, read_write> w: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

@compute @workgroup_size(64)
fn adamw(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
    let e = id.y * groups.x * 64u + id.x;
    if (e >= sizes.elements) { return; }
    let learning_rate = numbers[0];
    let gradient = g[e] * numbers[4];
    let mean = numbers[1] * m[e] + (1.0 - numbers[1]) * gradient;
    let square = numbers[2] * v[e] + (1.0 - numbers[2]) * gradient * gradient;
    m[e] = mean;
    v[e] = square;
    let step = mean * numbers[5] / (sqrt(square * numbers[6]) + numbers[3]);
    w[e] = w[e] * (1.0 - learning_rate * sizes.weight_decay) - learning_rate * step;
}
