// Matrix product C[m,n] = op(A) op(B) for all transposes; see src/kernels/matmul.rs.
//
// LEFT: A lies in memory as [k,m]. RIGHT: B lies in memory as [n,k].
// ALIGNED: rows in memory are multiples of four long and are read four elements at a time;
// otherwise reads are guarded one by one.
// ADDED: `other` is added to C.

const LEFT = 0;
const RIGHT = 0;
const ALIGNED = 1;
const ADDED = 0;

struct Sizes { m: u32, n: u32, k: u32 }

#include element
@group(0) @binding(0) var<storage, read> a: array<Element>;
@group(0) @binding(1) var<storage, read> b: array<Element>;
#if ADDED
@group(0) @binding(2) var<storage, read> other: array<Element>;
@group(0) @binding(3) var<storage, read_write> c: array<Element>;
@group(0) @binding(4) var<uniform> sizes: Sizes;
#else
@group(0) @binding(2) var<storage, read_write> c: array<Element>;
@group(0) @binding(3) var<uniform> sizes: Sizes;
#end

#include load_fours a
#include load_fours b
#if ADDED
#include load_fours other
#end
#include store_fours c

// Four results of one row from `start` in memory, of which the first `count` exist.
fn finish(start: u32, count: u32, products: vec4f) {
#if ADDED
    store_c(start, count, load_other(start, count) + products);
#else
    store_c(start, count, products);
#end
}

// Each invocation keeps 4 ROWS x 4 COLUMNS results in registers. No workgroup memory and no
// barriers: software adapters pay for those, and neighbours read the same values through the cache.
#entry matmul_tile

const ROWS = 1;
const COLUMNS = 1;
// Invocations of a workgroup, down and across.
const DOWN = 8;
const ACROSS = 8;

@compute @workgroup_size(ACROSS, DOWN)
fn matmul_tile(@builtin(global_invocation_id) id: vec3u) {
    let m = sizes.m;
    let n = sizes.n;
    let k = sizes.k;
    let row = id.y * 4u * u32(ROWS);
    let column = id.x * 4u * u32(COLUMNS);
    if (row >= m || column >= n) { return; }

    // Places past the edge repeat the last one and are not stored.
#repeat j COLUMNS
    let column$j = min(column + $ju * 4u, (n - 1u) / 4u * 4u);
#end
#repeat g ROWS
    let rows$g = min(row + $gu * 4u, (m - 1u) / 4u * 4u);
#repeat r 4
    let row$g_$r = min(row + $gu * 4u + $ru, m - 1u);
#repeat j COLUMNS
    var c$g_$r_$j = vec4f();
#end
#end
#end

#if LEFT
    for (var x = 0u; x < k; x++) {
#repeat j COLUMNS
        let b$j = load_b(x * n + column$j, n - column$j);
#end
#repeat g ROWS
        let a$g = load_a(x * m + rows$g, m - rows$g);
#repeat r 4
#repeat j COLUMNS
        c$g_$r_$j += a$g[$r] * b$j;
#end
#end
#end
    }
#else
    for (var x = 0u; x < k; x += 4u) {
#repeat j COLUMNS
#if RIGHT
        // Four rows of B, turned over in registers.
#repeat i 4
        let w$i_$j = load_b(min(column$j + $iu, n - 1u) * k + x, k - x);
#end
#repeat i 4
        let b$i_$j = vec4f(w0_$j[$i], w1_$j[$i], w2_$j[$i], w3_$j[$i]);
#end
#else
#repeat i 4
        let b$i_$j = load_b(min(x + $iu, k - 1u) * n + column$j, n - column$j);
#end
#end
#end
#repeat g ROWS
#repeat r 4
        let a$g_$r = load_a(row$g_$r * k + x, k - x);
#repeat j COLUMNS
        c$g_$r_$j += a$g_$r.x * b0_$j + a$g_$r.y * b1_$j + a$g_$r.z * b2_$j + a$g_$r.w * b3_$j;
#end
#end
#end
    }
#end

#repeat g ROWS
#repeat r 4
    if (row + $gu * 4u + $ru < m) {
#repeat j COLUMNS
        if (column + $ju * 4u < n) { finish(row$g_$r * n + column$j, n - column$j, c$g_$r_$j); }
#end
    }
#end
#end
}

// A workgroup computes 32 x 32 results, 4 x 4 each invocation, from tiles of A and B that it keeps
// in workgroup memory, 16 of the inner dimension at a time. For adapters where that pays.
#entry matmul_staged

var<workgroup> tile_a: array<f32, 512>; // [inner 16, row 32]
var<workgroup> tile_b: array<vec4f, 128>; // [inner 16, four columns 8]

fn element_a(row: u32, x: u32) -> f32 {
    if (row >= sizes.m || x >= sizes.k) { return 0.0; }
#if LEFT
    let e = x * sizes.m + row;
#else
    let e = row * sizes.k + x;
#end
#if ALIGNED
    return a[e / 4u][e % 4u];
#else
    return a[e];
#end
}

fn element_b(x: u32, column: u32) -> f32 {
    if (column >= sizes.n || x >= sizes.k) { return 0.0; }
#if RIGHT
    let e = column * sizes.k + x;
#else
    let e = x * sizes.n + column;
#end
#if ALIGNED
    return b[e / 4u][e % 4u];
#else
    return b[e];
#end
}

@compute @workgroup_size(8, 8)
fn matmul_staged(
    @builtin(workgroup_id) group: vec3u,
    @builtin(local_invocation_id) local: vec3u,
    @builtin(local_invocation_index) lane: u32,
) {
    let first_row = group.y * 32u;
    let first_column = group.x * 32u;
#repeat r 4
    var c$r = vec4f();
#end
    for (var x = 0u; x < sizes.k; x += 16u) {
        for (var e = lane; e < 512u; e += 64u) {
#if LEFT
            tile_a[e] = element_a(first_row + e % 32u, x + e / 32u);
#else
            // Neighbouring lanes read along the row.
            tile_a[e % 16u * 32u + e / 16u] = element_a(first_row + e / 16u, x + e % 16u);
#end
        }
        for (var e = lane; e < 128u; e += 64u) {
#if RIGHT
            let inner = e % 16u;
            let four = e / 16u;
#else
            let inner = e / 8u;
            let four = e % 8u;
#end
            let column = first_column + four * 4u;
            tile_b[inner * 8u + four] = vec4f(
                element_b(x + inner, column),
                element_b(x + inner, column + 1u),
                element_b(x + inner, column + 2u),
                element_b(x + inner, column + 3u),
            );
        }
        workgroupBarrier();
        for (var inner = 0u; inner < 16u; inner++) {
            let right = tile_b[inner * 8u + local.x];
#repeat r 4
            c$r += tile_a[inner * 32u + local.y * 4u + $ru] * right;
#end
        }
        workgroupBarrier();
    }
    let row = first_row + local.y * 4u;
    let column = first_column + local.x * 4u;
    if (column < sizes.n) {
#repeat r 4
        if (row + $ru < sizes.m) { finish((row + $ru) * sizes.n + column, sizes.n - column, c$r); }
#end
    }
}
