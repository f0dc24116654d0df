// 2-D convolution, channels last, without unfolding; see src/kernels/conv2d.rs.
// Weights are [output channel, window row, window column, input channel].
//
// ALIGNED: both channel counts are multiples of four and are read four at a time.

// Conditions are joined by &, which computes both: each && would be a branch, and software adapters
// take many seconds to compile a few dozen of them.

const ALIGNED = 1;

#include element

struct Sizes {
    batch: u32,
    height: u32,
    width: u32,
    inputs: u32,
    out_height: u32,
    out_width: u32,
    outputs: u32,
    kernel: u32,
    stride: u32,
    pad: u32,
    slice: u32,
}

fn window(sizes: Sizes) -> u32 {
    return sizes.kernel * sizes.kernel * sizes.inputs;
}

// Each invocation: PIXELS output pixels x 4 COLUMNS output channels.
#entry conv2d_forward

const PIXELS = 4;
const COLUMNS = 1;
// Invocations of a workgroup, down (pixels) and across (channels).
const DOWN = 8;
const ACROSS = 8;

@group(0) @binding(0) var<storage, read> x: array<Element>;
@group(0) @binding(1) var<storage, read> weight: array<Element>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

#include load_fours x
#include load_fours weight

@compute @workgroup_size(ACROSS, DOWN)
fn conv2d_forward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
    let pixels = sizes.batch * sizes.out_height * sizes.out_width;
    let channel = (group.x * u32(ACROSS) + local.x) * 4u * u32(COLUMNS);
    let pixel = ((group.z * groups.y + group.y) * u32(DOWN) + local.y) * u32(PIXELS);
    if (channel >= sizes.outputs || pixel >= pixels) { return; }

    // Places past the edge repeat the last one and are not stored.
#repeat r PIXELS
    let pixel$r = min(pixel + $ru, pixels - 1u);
    let picture$r = pixel$r / (sizes.out_height * sizes.out_width) * sizes.height;
    let top$r = i32(pixel$r / sizes.out_width % sizes.out_height * sizes.stride) - i32(sizes.pad);
    let left$r = i32(pixel$r % sizes.out_width * sizes.stride) - i32(sizes.pad);
#repeat j COLUMNS
    var y$r_$j = vec4f();
#end
#end
#repeat j COLUMNS
#repeat o 4
    let weights$j_$o = min(channel + $ju * 4u + $ou, sizes.outputs - 1u) * window(sizes);
#end
#end
    for (var tap = 0u; tap < sizes.kernel * sizes.kernel; tap++) {
        let down = i32(tap / sizes.kernel);
        let right = i32(tap % sizes.kernel);
#repeat r PIXELS
        let row$r = top$r + down;
        let column$r = left$r + right;
        let inside$r = (row$r >= 0) & (row$r < i32(sizes.height)) & (column$r >= 0) & (column$r < i32(sizes.width));
        let at$r = select(0u, ((picture$r + u32(row$r)) * sizes.width + u32(column$r)) * sizes.inputs, inside$r);
#end
        for (var i = 0u; i < sizes.inputs; i += 4u) {
            let count = sizes.inputs - i;
#repeat j COLUMNS
            // Four output channels' weights, turned over in registers.
#repeat o 4
            let w$j_$o = load_weight(weights$j_$o + tap * sizes.inputs + i, count);
#end
#repeat c 4
            let by_input$j_$c = vec4f(w$j_0[$c], w$j_1[$c], w$j_2[$c], w$j_3[$c]);
#end
#end
#repeat r PIXELS
            let x$r = select(vec4f(), load_x(at$r + i, count), inside$r);
#repeat j COLUMNS
            y$r_$j += x$r.x * by_input$j_0 + x$r.y * by_input$j_1 + x$r.z * by_input$j_2 + x$r.w * by_input$j_3;
#end
#end
        }
    }
#repeat j COLUMNS
#repeat o 4
    if (channel + $ju * 4u + $ou < sizes.outputs) {
        let place = channel + $ju * 4u + $ou;
#repeat r PIXELS
        if (pixel + $ru < pixels) { y[pixel$r * sizes.outputs + place] = y$r_$j[$o] + bias[place]; }
#end
    }
#end
#end
}

// Each invocation: 4 input pixels x 4 input channels.
#entry conv2d_input_gradient

@group(0) @binding(0) var<storage, read> weight: array<Element>;
@group(0) @binding(1) var<storage, read> dy: array<Element>;
@group(0) @binding(2) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

#include load_fours dy
#include load_fours weight

@compute @workgroup_size(8, 8)
fn conv2d_input_gradient(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_id) local: vec3u) {
    let pixels = sizes.batch * sizes.height * sizes.width;
    let channel = (group.x * 8u + local.x) * 4u;
    let pixel = ((group.z * groups.y + group.y) * 8u + local.y) * 4u;
    if (channel >= sizes.inputs || pixel >= pixels) { return; }
    let stride = i32(sizes.stride);

#repeat r 4
    let pixel$r = min(pixel + $ru, pixels - 1u);
    let picture$r = pixel$r / (sizes.height * sizes.width) * sizes.out_height;
    let row$r = i32(pixel$r / sizes.width % sizes.height + sizes.pad);
    let column$r = i32(pixel$r % sizes.width + sizes.pad);
    var dx$r = vec4f();
#end
    for (var tap = 0u; tap < sizes.kernel * sizes.kernel; tap++) {
        let down = i32(tap / sizes.kernel);
        let right = i32(tap % sizes.kernel);
        // The output pixel whose window has this pixel at this tap, if there is one.
#repeat r 4
        let y$r = (row$r - down) / stride;
        let x$r = (column$r - right) / stride;
        let whole$r = (y$r * stride == row$r - down) & (x$r * stride == column$r - right);
        let inside$r = whole$r & (row$r >= down) & (column$r >= right) & (y$r < i32(sizes.out_height)) & (x$r < i32(sizes.out_width));
        let at$r = select(0u, ((picture$r + u32(y$r)) * sizes.out_width + u32(x$r)) * sizes.outputs, inside$r);
#end
        for (var o = 0u; o < sizes.outputs; o += 4u) {
#repeat c 4
            let w$c = load_weight(min(o + $cu, sizes.outputs - 1u) * window(sizes) + tap * sizes.inputs + channel, sizes.inputs - channel);
#end
#repeat r 4
            let g$r = select(vec4f(), load_dy(at$r + o, sizes.outputs - o), inside$r);
            dx$r += g$r.x * w0 + g$r.y * w1 + g$r.z * w2 + g$r.w * w3;
#end
        }
    }
    for (var c = 0u; c < min(4u, sizes.inputs - channel); c++) {
#repeat r 4
        if (pixel + $ru < pixels) { dx[pixel$r * sizes.inputs + channel + c] = dx$r[c]; }
#end
    }
}

// Each invocation: 4 output channels x 4 places of the window, over one slice of the output pixels;
// sum_rows.wgsl adds the slices up.
#entry conv2d_weight_gradient

@group(0) @binding(0) var<storage, read> x: array<Element>;
@group(0) @binding(1) var<storage, read> dy: array<Element>;
@group(0) @binding(2) var<storage, read_write> dweight: array<f32>;
@group(0) @binding(3) var<uniform> sizes: Sizes;

#include load_fours x
#include load_fours dy

@compute @workgroup_size(8, 8)
fn conv2d_weight_gradient(@builtin(global_invocation_id) id: vec3u) {
    let fours = (sizes.inputs + 3u) / 4u;
    let tap = id.x / fours;
    let input = id.x % fours * 4u;
    let output = id.y * 4u;
    if (tap >= sizes.kernel * sizes.kernel || output >= sizes.outputs) { return; }
    let down = i32(tap / sizes.kernel) - i32(sizes.pad);
    let right = i32(tap % sizes.kernel) - i32(sizes.pad);
    let start = id.z * sizes.slice;
    let end = min(start + sizes.slice, sizes.batch * sizes.out_height * sizes.out_width);

#repeat o 4
    var dw$o = vec4f();
#end
    for (var pixel = start; pixel < end; pixel++) {
        let row = i32(pixel / sizes.out_width % sizes.out_height * sizes.stride) + down;
        let column = i32(pixel % sizes.out_width * sizes.stride) + right;
        if (row < 0 || row >= i32(sizes.height) || column < 0 || column >= i32(sizes.width)) { continue; }
        let picture = pixel / (sizes.out_height * sizes.out_width) * sizes.height;
        let at = ((picture + u32(row)) * sizes.width + u32(column)) * sizes.inputs + input;
        let values = load_x(at, sizes.inputs - input);
        let g = load_dy(pixel * sizes.outputs + output, sizes.outputs - output);
#repeat o 4
        dw$o += g[$o] * values;
#end
    }
    for (var c = 0u; c < min(4u, sizes.inputs - input); c++) {
#repeat o 4
        if (output + $ou < sizes.outputs) {
            dweight[(id.z * sizes.outputs + output + $ou) * window(sizes) + tap * sizes.inputs + input + c] = dw$o[c];
        }
#end
    }
}
