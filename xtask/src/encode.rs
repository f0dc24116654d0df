//! What travels compressed, and how: brotli and gzip, for the built-in server and for `dist`.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Encoding {
    Brotli,
    Gzip,
}

impl Encoding {
    pub const ALL: [Encoding; 2] = [Encoding::Brotli, Encoding::Gzip];

    /// As `Content-Encoding` has it.
    pub fn name(self) -> &'static str {
        match self {
            Encoding::Brotli => "br",
            Encoding::Gzip => "gzip",
        }
    }

    /// What its siblings end in.
    pub fn ending(self) -> &'static str {
        match self {
            Encoding::Brotli => "br",
            Encoding::Gzip => "gz",
        }
    }

    /// The best that a client takes, by its `Accept-Encoding`; none where it takes the plain bytes alone.
    pub fn accepted(header: &str) -> Option<Encoding> {
        let takes = |name: &str| {
            header.split(',').any(|part| {
                let mut words = part.split(';').map(str::trim);
                let named = words.next().is_some_and(|word| word.eq_ignore_ascii_case(name) || word == "*");
                let refused = words.any(|word| word.strip_prefix("q=").is_some_and(|q| q.parse() == Ok(0.0)));
                named && !refused
            })
        };
        Encoding::ALL.into_iter().find(|encoding| takes(encoding.name()))
    }

    /// Small: for files that are kept.
    pub fn smallest(self, bytes: &[u8]) -> Result<Vec<u8>> {
        self.pack(bytes, 11, 9)
    }

    /// Fast: for files that may change before the next request.
    pub fn fast(self, bytes: &[u8]) -> Result<Vec<u8>> {
        self.pack(bytes, 5, 6)
    }

    pub fn unpacked(self, packed: &[u8]) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        match self {
            Encoding::Brotli => brotli::Decompressor::new(packed, 1 << 16).read_to_end(&mut bytes)?,
            Encoding::Gzip => flate2::read::GzDecoder::new(packed).read_to_end(&mut bytes)?,
        };
        Ok(bytes)
    }

    fn pack(self, bytes: &[u8], brotli: u32, gzip: u32) -> Result<Vec<u8>> {
        const BUFFER: usize = 1 << 16;
        const WINDOW: u32 = 22;
        let mut packed = Vec::new();
        match self {
            Encoding::Brotli => {
                brotli::CompressorWriter::new(&mut packed, BUFFER, brotli, WINDOW).write_all(bytes)?;
            }
            Encoding::Gzip => {
                let mut encoder = GzEncoder::new(&mut packed, Compression::new(gzip));
                encoder.write_all(bytes)?;
                encoder.finish()?;
            }
        }
        Ok(packed)
    }
}

/// Whether compressing it pays: pictures are compressed already, and weights are nearly noise.
pub fn pays(path: &Path) -> bool {
    const PAYING: [&str; 10] = ["js", "css", "html", "json", "svg", "wasm", "webmanifest", "txt", "md", "mjs"];
    path.extension().is_some_and(|ending| PAYING.iter().any(|paying| ending == *paying))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clients_get_the_best_that_they_take() {
        for (header, expected) in [
            ("gzip, deflate, br, zstd", Some(Encoding::Brotli)),
            ("gzip, deflate", Some(Encoding::Gzip)),
            ("gzip;q=1.0, br;q=0", Some(Encoding::Gzip)),
            ("BR;q=0.5", Some(Encoding::Brotli)),
            ("*", Some(Encoding::Brotli)),
            ("identity", None),
            ("brotli-like", None),
            ("", None),
        ] {
            assert_eq!(Encoding::accepted(header), expected, "{header}");
        }
    }

    #[test]
    fn what_is_packed_comes_out_again() {
        let bytes: Vec<u8> = (0..200_000_u64).map(|i| ((i * i) >> 7) as u8).collect();
        for encoding in Encoding::ALL {
            for packed in [encoding.smallest(&bytes).unwrap(), encoding.fast(&bytes).unwrap()] {
                assert!(packed.len() < bytes.len());
                assert!(encoding.unpacked(&packed).unwrap() == bytes);
                let half = encoding.unpacked(&packed[..packed.len() / 2]);
                assert!(half.is_err() || half.unwrap() != bytes, "half of a file is no file");
            }
        }
    }
}
