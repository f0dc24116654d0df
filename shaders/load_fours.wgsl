// Four neighbours of `$name` from `start`, of which the first `count` exist (at least one); the rest are zero.
fn load_$name(start: u32, count: u32) -> vec4f {
#if ALIGNED
    return $name[start / 4u];
#else
    let last = min(count, 4u) - 1u;
    let values = vec4f($name[start], $name[start + min(1u, last)], $name[start + min(2u, last)], $name[start + min(3u, last)]);
    return select(vec4f(), values, vec4u(0u, 1u, 2u, 3u) <= vec4u(last));
#end
}
