//! Kusto's scalar types and the Arrow types that carry them.
//!
//! The mapping is the project's decision 4 (see `ARCHITECTURE.md`): text is `Utf8View`, datetimes keep nanoseconds in UTC, dynamics
//! are JSON text. Conversions of values live where the values are (`scan::cell`, `functions`).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion_functions_json::json_field_metadata;

/// A Kusto scalar type, as `getschema` names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KustoType {
    /// Text. Null and `""` are kept apart.
    String,
    /// A point in time in UTC, nanoseconds since 1970, 1677 to 2262.
    DateTime,
    /// A signed 64-bit integer.
    Long,
    /// A signed 32-bit integer.
    Int,
    /// True, false or null (unknown).
    Bool,
    /// A 64-bit float.
    Real,
    /// A decimal number of 38 digits, 18 of them behind the point.
    Decimal,
    /// A GUID, kept as the text that arrived.
    Guid,
    /// Any JSON value, kept as compact JSON text.
    Dynamic,
    /// A span of time in nanoseconds.
    Timespan,
}

impl KustoType {
    /// The Arrow type of a column of this type.
    pub fn arrow(self) -> DataType {
        match self {
            Self::String | Self::Guid | Self::Dynamic => DataType::Utf8View,
            Self::DateTime => DataType::Timestamp(TimeUnit::Nanosecond, Some(Arc::from("UTC"))),
            Self::Long => DataType::Int64,
            Self::Int => DataType::Int32,
            Self::Bool => DataType::Boolean,
            Self::Real => DataType::Float64,
            Self::Decimal => DataType::Decimal128(38, 18),
            Self::Timespan => DataType::Duration(TimeUnit::Nanosecond),
        }
    }

    /// A nullable Arrow field of this type; a dynamic one is tagged as Arrow's JSON extension type.
    pub fn field(self, name: &str) -> Field {
        let field = Field::new(name, self.arrow(), true);
        if self == Self::Dynamic { field.with_metadata(json_field_metadata()) } else { field }
    }

    /// Kusto's name of the type, as `getschema` prints it.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::DateTime => "datetime",
            Self::Long => "long",
            Self::Int => "int",
            Self::Bool => "bool",
            Self::Real => "real",
            Self::Decimal => "decimal",
            Self::Guid => "guid",
            Self::Dynamic => "dynamic",
            Self::Timespan => "timespan",
        }
    }
}

impl fmt::Display for KustoType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for KustoType {
    type Err = String;

    /// Reads a type as the portal, the documentation or .NET spells it, in any letter case.
    fn from_str(text: &str) -> Result<Self, String> {
        let name = text.trim().to_ascii_lowercase();
        Ok(match name.strip_prefix("system.").unwrap_or(&name) {
            "string" => Self::String,
            "datetime" | "date" => Self::DateTime,
            "long" | "int64" => Self::Long,
            "int" | "int32" | "integer" => Self::Int,
            "bool" | "boolean" | "sbyte" => Self::Bool,
            "real" | "double" => Self::Real,
            "decimal" | "data.sqltypes.sqldecimal" => Self::Decimal,
            "guid" | "uuid" | "uniqueid" => Self::Guid,
            "dynamic" | "object" => Self::Dynamic,
            "timespan" | "time" => Self::Timespan,
            _ => {
                return Err(format!(
                    "unknown column type '{text}': expected one of string, datetime, long, int, bool, real, decimal, guid, dynamic, timespan"
                ));
            }
        })
    }
}
