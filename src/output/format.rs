//! The output formats by name.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// For people: columns that fit the terminal, long cells cut, nothing that a terminal would act on.
    Table,
    /// One JSON array of objects.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values, quoted as in RFC 4180. Null is an empty field, the empty string is `""`.
    Csv,
    /// Tab-separated values, with `\t`, `\n`, `\r`, `\\` escaped. Null is `\N`.
    Tsv,
    /// A table of GitHub-flavoured Markdown.
    Markdown,
    /// A Parquet file.
    Parquet,
    /// An Arrow IPC file.
    Arrow,
}

impl Format {
    /// All formats, in the order of the documentation.
    pub const ALL: [Self; 8] =
        [Self::Table, Self::Json, Self::Jsonl, Self::Csv, Self::Tsv, Self::Markdown, Self::Parquet, Self::Arrow];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Tsv => "tsv",
            Self::Markdown => "markdown",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
        }
    }

    /// The ending of a file of this format, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Table => "txt",
            Self::Markdown => "md",
            other => other.name(),
        }
    }

    /// The format that a file's ending asks for, in any letter case.
    pub fn of_path(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "ndjson" => Some(Self::Jsonl),
            "tab" => Some(Self::Tsv),
            "feather" | "ipc" => Some(Self::Arrow),
            "pq" => Some(Self::Parquet),
            _ => Self::ALL.into_iter().find(|format| format.extension() == ending),
        }
    }

    /// True if the output is not for a terminal.
    pub fn is_binary(self) -> bool {
        matches!(self, Self::Parquet | Self::Arrow)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = String;

    /// Reads a name in any letter case.
    fn from_str(text: &str) -> Result<Self, String> {
        let named = Self::ALL.into_iter().find(|format| text.eq_ignore_ascii_case(format.name()));
        named
            .or_else(|| Self::of_path(Path::new(&format!("x.{text}"))))
            .ok_or_else(|| format!("unknown format '{text}': expected one of {}", Self::ALL.map(Self::name).join(", ")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_endings_are_understood() {
        for format in Format::ALL {
            assert_eq!(format.name().parse(), Ok(format));
            assert_eq!(Format::of_path(Path::new(&format!("a/b.{}", format.extension().to_uppercase()))), Some(format));
        }
        assert_eq!("md".parse(), Ok(Format::Markdown));
        assert_eq!("NDJSON".parse(), Ok(Format::Jsonl));
        assert_eq!(Format::of_path(Path::new("rows")), None);
        insta::assert_snapshot!(Format::from_str("xlsx").expect_err("error"), @"unknown format 'xlsx': expected one of table, json, jsonl, csv, tsv, markdown, parquet, arrow");
    }
}
