//! Damage: what a file can become by accident and by intent.

use crate::loaders::{Form, Loader};
use rand::Rng;
use rand::seq::IndexedRandom;
use rand_chacha::ChaCha8Rng;

/// Words that readers stumble over.
const WORDS: [&str; 26] = [
    "-1",
    "0",
    "1",
    "65535",
    "65536",
    "1048576",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775807",
    "18446744073709551615",
    "99999999999999999999999",
    "1e39",
    "1e308",
    "-1e999",
    "0.0000000001",
    "NaN",
    "null",
    "true",
    "\"\"",
    "[]",
    "{}",
    "\u{feff}",
    "\\ud800",
    "\u{0}",
    "\"\u{1F98A}\"",
];
const BYTES: [u8; 8] = [0, 1, 0x7f, 0x80, 0xff, 0xfe, b'"', b'\n'];
const NUMBERS: [u64; 9] = [0, 1, 0x7fff, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 40, u64::MAX];
/// Longest case: what is spliced again and again must not grow without end.
const LONGEST: usize = 1 << 20;

/// One of the seeds, damaged one to four times.
pub fn mutated(loader: &Loader, rng: &mut ChaCha8Rng) -> Vec<u8> {
    let mut bytes = loader.seeds.choose(rng).expect("every loader has seeds").clone();
    let longest = LONGEST.max(bytes.len());
    for _ in 0..rng.random_range(1..5) {
        let text = loader.form == Form::Text && rng.random_bool(0.6);
        if text {
            damage_text(&mut bytes, rng)
        } else {
            damage(&mut bytes, loader, rng)
        }
        bytes.truncate(longest);
    }
    match loader.form {
        Form::Png if rng.random_bool(0.8) => fix_checksums(&mut bytes),
        _ => {}
    }
    bytes
}

/// A place, most often near the beginning, where headers are.
fn place(length: usize, rng: &mut ChaCha8Rng) -> usize {
    let within = if rng.random_bool(0.5) { length.min(256) } else { length };
    rng.random_range(0..within.max(1))
}

fn range(length: usize, rng: &mut ChaCha8Rng) -> std::ops::Range<usize> {
    let from = place(length, rng).min(length);
    let most = if rng.random_bool(0.8) { 16 } else { 4096 };
    from..(from + rng.random_range(0..=most)).min(length)
}

fn damage(bytes: &mut Vec<u8>, loader: &Loader, rng: &mut ChaCha8Rng) {
    let length = bytes.len();
    match rng.random_range(0..9) {
        0 | 1 if length > 0 => bytes[place(length, rng)] ^= 1 << rng.random_range(0..8),
        2 if length > 0 => bytes[place(length, rng)] = *BYTES.choose(rng).expect("some"),
        3 => bytes.truncate(if rng.random_bool(0.5) { place(length, rng) } else { rng.random_range(0..=length) }),
        4 => {
            let other = loader.seeds.choose(rng).expect("some");
            let (cut, from) = (rng.random_range(0..=length), rng.random_range(0..=other.len()));
            bytes.truncate(cut);
            bytes.extend_from_slice(&other[from..]);
        }
        5 => drop(bytes.drain(range(length, rng))),
        6 => {
            let (copied, to) = (bytes[range(length, rng)].to_vec(), place(length + 1, rng).min(length));
            let times = if rng.random_bool(0.9) { 1 } else { rng.random_range(1..200) };
            bytes.splice(to..to, copied.repeat(times));
        }
        // A field of a length or a size.
        7 | 8 if length > 0 => {
            let number = NUMBERS.choose(rng).expect("some").wrapping_add(rng.random_range(0..3)).wrapping_sub(1);
            let width = *[1, 2, 4, 8].choose(rng).expect("some");
            let at = place(length, rng);
            let (low, high) = (number.to_le_bytes(), number.to_be_bytes());
            let field = if rng.random_bool(0.5) { &low[..width] } else { &high[8 - width..] };
            let end = (at + width).min(length);
            bytes[at..end].copy_from_slice(&field[..end - at]);
        }
        _ => bytes.insert(place(length + 1, rng).min(length), rng.random()),
    }
}

/// Damage that leaves most of the grammar whole.
fn damage_text(bytes: &mut Vec<u8>, rng: &mut ChaCha8Rng) {
    let length = bytes.len();
    let starts = |class: fn(&u8) -> bool, rng: &mut ChaCha8Rng| {
        let from = rng.random_range(0..length.max(1));
        (from..length).chain(0..from).find(|at| class(&bytes[*at]) && (*at == 0 || !class(&bytes[*at - 1])))
    };
    let number: fn(&u8) -> bool = |byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-');
    let word: fn(&u8) -> bool = |byte| byte.is_ascii_alphanumeric() || *byte == b'_';
    match rng.random_range(0..10) {
        0..6 => {
            let class = if rng.random_bool(0.7) { number } else { word };
            let Some(start) = starts(class, rng) else { return };
            let end = (start..length).find(|at| !class(&bytes[*at])).unwrap_or(length);
            let with = WORDS.choose(rng).expect("some");
            bytes.splice(start..end, with.bytes());
        }
        6 => drop(bytes.splice(0..0, "\u{feff}".bytes())),
        // Deeper than any reader wants to go.
        7 => {
            let at = place(length, rng).min(length);
            let open = *["[", "{\"a\":", "a.", "[["].choose(rng).expect("some");
            bytes.splice(at..at, open.repeat(rng.random_range(1..20_000)).into_bytes());
        }
        // A line or a key twice, or not at all.
        8 => {
            let Some(start) = starts(|byte| *byte != b'\n', rng) else { return };
            let end = (start..length).find(|at| bytes[*at] == b'\n').unwrap_or(length);
            let line = bytes[start..end].to_vec();
            if rng.random_bool(0.5) { drop(bytes.drain(start..end)) } else { drop(bytes.splice(end..end, line)) }
        }
        // A word without end.
        _ => {
            let at = place(length, rng).min(length);
            bytes.splice(at..at, "a".repeat(rng.random_range(1..100_000)).into_bytes());
        }
    }
}

/// The checksums of a PNG's chunks as they ought to be: else damage is seen before anything is read.
fn fix_checksums(bytes: &mut [u8]) {
    let mut at = 8;
    while let Some(head) = bytes.get(at..at + 8) {
        let length = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
        let Some(end) = at.checked_add(8 + length).filter(|end| end + 4 <= bytes.len()) else { return };
        let checksum = crate::seeds::crc(&bytes[at + 4..end]);
        bytes[end..end + 4].copy_from_slice(&checksum.to_be_bytes());
        at = end + 4;
    }
}
