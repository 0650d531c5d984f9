//! The compression of Parquet pages by name: `zstd:3`.

use std::fmt;
use std::str::FromStr;

use datafusion::parquet::basic::{BrotliLevel, Compression as Codec, GzipLevel, ZstdLevel};

/// How Parquet pages are compressed; default `zstd:3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compression(Codec);

impl Compression {
    pub(super) fn codec(self) -> Codec {
        self.0
    }
}

impl Default for Compression {
    fn default() -> Self {
        Self(Codec::ZSTD(ZstdLevel::try_new(3).unwrap_or_default()))
    }
}

impl fmt::Display for Compression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Codec::ZSTD(level) => write!(f, "zstd:{}", level.compression_level()),
            Codec::GZIP(level) => write!(f, "gzip:{}", level.compression_level()),
            Codec::BROTLI(level) => write!(f, "brotli:{}", level.compression_level()),
            Codec::SNAPPY => f.write_str("snappy"),
            Codec::LZ4 | Codec::LZ4_RAW => f.write_str("lz4"),
            Codec::LZO | Codec::UNCOMPRESSED => f.write_str("none"),
        }
    }
}

impl FromStr for Compression {
    type Err = String;

    /// Reads `zstd`, `gzip`, `brotli` with or without a level, `snappy`, `lz4`, `none`.
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim().to_ascii_lowercase();
        let (name, level) = match name.split_once(':') {
            Some((name, level)) => (name, Some(level)),
            None => (name.as_str(), None),
        };
        let bad = |reason: &str| format!("compression '{text}': {reason}");
        let number = |default: i32| {
            level.map_or(Ok(default), |level| level.parse().map_err(|_| bad("the level is not a number")))
        };
        let codec = match name {
            "zstd" => Codec::ZSTD(ZstdLevel::try_new(number(3)?).map_err(|_| bad("zstd has levels 1 to 22"))?),
            "gzip" => {
                let level = u32::try_from(number(6)?).ok().and_then(|level| GzipLevel::try_new(level).ok());
                Codec::GZIP(level.ok_or_else(|| bad("gzip has levels 0 to 9"))?)
            }
            "brotli" => {
                let level = u32::try_from(number(1)?).ok().and_then(|level| BrotliLevel::try_new(level).ok());
                Codec::BROTLI(level.ok_or_else(|| bad("brotli has levels 0 to 11"))?)
            }
            "snappy" | "lz4" | "none" if level.is_some() => return Err(bad("only zstd, gzip and brotli have levels")),
            "snappy" => Codec::SNAPPY,
            "lz4" => Codec::LZ4_RAW,
            "none" => Codec::UNCOMPRESSED,
            _ => return Err(bad("expected zstd, gzip or brotli (with a level, as in zstd:3), snappy, lz4 or none")),
        };
        Ok(Self(codec))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_levels_are_understood() {
        for text in ["zstd:3", "zstd:22", "gzip:6", "brotli:1", "snappy", "lz4", "none"] {
            assert_eq!(Compression::from_str(text).map(|compression| compression.to_string()).as_deref(), Ok(text));
        }
        assert_eq!("ZSTD".parse(), Ok(Compression::default()));
        let errors = ["zstd:99", "gzip:-1", "snappy:1", "zip", "zstd:fast"]
            .map(|text| Compression::from_str(text).expect_err("error"));
        insta::assert_snapshot!(errors.join("\n"), @"
        compression 'zstd:99': zstd has levels 1 to 22
        compression 'gzip:-1': gzip has levels 0 to 9
        compression 'snappy:1': only zstd, gzip and brotli have levels
        compression 'zip': expected zstd, gzip or brotli (with a level, as in zstd:3), snappy, lz4 or none
        compression 'zstd:fast': the level is not a number
        ");
    }
}
