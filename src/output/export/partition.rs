//! What a folder of an export stands for, and its name.

use std::fmt;
use std::str::FromStr;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::output::OutputError;

/// What the folders of an export are made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Partition {
    /// The day of the event time, UTC: `day=2026-10-01`.
    Day,
    /// The hour of the event time, UTC: `hour=2026-10-01T13`.
    Hour,
    /// The value of a column: `DeviceName=ws-01`. The column stays in the files.
    Column(String),
}

impl FromStr for Partition {
    type Err = String;

    /// `day` and `hour` in lower case, anything else is a column's name.
    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            "" => Err("an empty name to partition by: expected day, hour or a column".to_owned()),
            "day" => Ok(Self::Day),
            "hour" => Ok(Self::Hour),
            column => Ok(Self::Column(column.to_owned())),
        }
    }
}

impl fmt::Display for Partition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Column(name) => name,
        })
    }
}

/// Hive's name for null, which its readers turn into null.
const NULL: &str = "__HIVE_DEFAULT_PARTITION__";

/// Everything but letters, digits and a few signs is encoded, so that any value is a folder's name on any system.
const ENCODED: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'@').remove(b'+').remove(b',');

/// File systems take names of 255 bytes.
const LONGEST: usize = 255;

/// The folder for a value, `key=value`; `None` is null.
///
/// # Errors
/// A sentence if the name is longer than file systems take.
pub(super) fn folder(key: &str, value: Option<&str>) -> Result<String, OutputError> {
    let value = match value {
        None => NULL.to_owned(),
        // A value that spells null must not read back as null.
        Some(NULL) => NULL.replacen('_', "%5F", 1),
        Some(value) => utf8_percent_encode(value, ENCODED).to_string(),
    };
    let name = format!("{}={value}", utf8_percent_encode(key, ENCODED));
    if name.len() > LONGEST {
        let (start, bytes) = (name.chars().take(80).collect::<String>(), name.len());
        return Err(OutputError::Setting(format!(
            "a folder for {key} would have a name of {bytes} bytes ({start}…) and {LONGEST} fit; partition by another column"
        )));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_safe_names_for_any_value() {
        let values = [
            Some("ws-01.corp"),
            Some(""),
            None,
            Some(NULL),
            Some("../../etc/passwd"),
            Some("a=b c%d\n"),
            Some("größe"),
            Some("a@b.c"),
        ];
        let folders = values.map(|value| folder("Device Name", value).expect("folder"));
        insta::assert_snapshot!(folders.join("\n"), @r"
        Device%20Name=ws-01.corp
        Device%20Name=
        Device%20Name=__HIVE_DEFAULT_PARTITION__
        Device%20Name=%5F_HIVE_DEFAULT_PARTITION__
        Device%20Name=..%2F..%2Fetc%2Fpasswd
        Device%20Name=a%3Db%20c%25d%0A
        Device%20Name=gr%C3%B6%C3%9Fe
        Device%20Name=a@b.c
        ");
        insta::assert_snapshot!(folder("Url", Some(&"/".repeat(100))).expect_err("error"), @"a folder for Url would have a name of 304 bytes (Url=%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%2F%…) and 255 fit; partition by another column");
    }

    #[test]
    fn partitions_are_read_from_the_command_line() {
        assert_eq!(
            ["day", "hour", "DeviceName"].map(|text| text.parse::<Partition>().expect("partition")),
            [Partition::Day, Partition::Hour, Partition::Column("DeviceName".into())]
        );
        assert!(Partition::from_str(" ").is_err());
    }
}
