// Four neighbours of `$name` from `start`, of which the first `count` exist.
fn store_$name(start: u32, count: u32, value: vec4f) {
#if ALIGNED
    $name[start / 4u] = value;
#else
    $name[start] = value.x;
    if (count > 1u) { $name[start + 1u] = value.y; }
    if (count > 2u) { $name[start + 2u] = value.z; }
    if (count > 3u) { $name[start + 3u] = value.w; }
#end
}
