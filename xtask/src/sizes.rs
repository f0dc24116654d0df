//! What a visitor downloads: sizes as they are and as a server with gzip sends them.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use flate2::{Compression, write::GzEncoder};

/// Bytes of `path`, raw and after gzip -9.
pub fn of(path: &Path) -> Result<(usize, usize)> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(&bytes)?;
    Ok((bytes.len(), encoder.finish()?.len()))
}

/// One line for people.
pub fn line(path: &Path) -> Result<String> {
    let (raw, gzip) = of(path)?;
    let mib = |bytes: usize| bytes as f64 / (1024.0 * 1024.0);
    Ok(format!("{}: {:.2} MiB, {:.2} MiB with gzip", path.display(), mib(raw), mib(gzip)))
}
