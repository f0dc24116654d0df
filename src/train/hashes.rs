//! Hashes beside files, as `sha256sum` writes and checks them.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};

/// SHA-256 in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(super) fn hash_path(shard: &Path) -> PathBuf {
    PathBuf::from(format!("{}.sha256", shard.display()))
}

/// As `sha256sum` writes it, and checks it.
pub(super) fn hash_line(shard: &Path, bytes: &[u8]) -> String {
    format!("{}  {}\n", sha256(bytes), shard.file_name().unwrap_or_default().to_string_lossy())
}

/// Whether a shard is there and undamaged.
pub(super) fn whole(shard: &Path) -> bool {
    let (bytes, hash) = (std::fs::read(shard), std::fs::read_to_string(hash_path(shard)));
    matches!((bytes, hash), (Ok(bytes), Ok(hash)) if hash == hash_line(shard, &bytes))
}
