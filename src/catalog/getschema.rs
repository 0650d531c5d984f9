//! Schema files of the user: the CSV that the portal gives for `Table | getschema`.
//!
//! Only text in, table out; the files are read by whoever knows the folder.

use std::str::FromStr;

use super::{HuntingTable, KustoType, builtin};

/// Why a schema file could not be read; says the line and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SchemaFileError {
    /// The heading does not name the two columns.
    #[error(
        "line 1 must name the columns ColumnName and ColumnType, as the portal's `{table} | getschema` exports them; found: {found}"
    )]
    Heading {
        /// The table that the file is for.
        table: String,
        /// The first line of the file.
        found: String,
    },
    /// A line cannot be read.
    #[error("line {line}: {problem}")]
    Line {
        /// Line number from 1.
        line: usize,
        /// What is wrong with it.
        problem: String,
    },
    /// The file has a heading only.
    #[error("the file names no columns")]
    Empty,
}

impl HuntingTable {
    /// Reads the portal's `getschema` output (CSV with `ColumnName` and `ColumnType` among its columns, in any order; a `DataType`
    /// column with .NET names serves where `ColumnType` is missing).
    ///
    /// # Errors
    /// [`SchemaFileError`] names the line.
    pub fn from_getschema(name: &str, csv: &str) -> Result<Self, SchemaFileError> {
        let csv = csv.trim_start_matches('\u{feff}');
        let mut lines = csv.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let heading = lines.next().map(|(_, line)| fields(line)).unwrap_or_default();
        let position = |wanted: &str| heading.iter().position(|field| field.eq_ignore_ascii_case(wanted));
        let kind_at = position("ColumnType").or_else(|| position("DataType"));
        let (Some(name_at), Some(kind_at)) = (position("ColumnName"), kind_at) else {
            return Err(SchemaFileError::Heading { table: name.to_owned(), found: heading.join(",") });
        };
        let mut columns = Vec::new();
        for (index, line) in lines {
            let bad = |problem: String| SchemaFileError::Line { line: index + 1, problem };
            let cells = fields(line);
            let (Some(column), Some(kind)) = (cells.get(name_at), cells.get(kind_at)) else {
                return Err(bad(format!(
                    "expected at least {} fields, found {}",
                    name_at.max(kind_at) + 1,
                    cells.len()
                )));
            };
            if column.is_empty() {
                return Err(bad("the column name is empty".into()));
            }
            columns.push((column.clone(), KustoType::from_str(kind).map_err(bad)?));
        }
        if columns.is_empty() {
            return Err(SchemaFileError::Empty);
        }
        Ok(Self::new(name, &columns, &builtin::other_names(name)))
    }
}

/// Splits a CSV line into fields; the portal quotes none that matter, Excel quotes all.
fn fields(line: &str) -> Vec<String> {
    line.split([',', ';', '\t']).map(|field| field.trim().trim_matches('"').to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_portals_columns_in_any_order() {
        let csv = "\u{feff}ColumnName,ColumnOrdinal,DataType,ColumnType\r\n\"Timestamp\",0,System.DateTime,datetime\r\nScore,1,System.Double,real\r\n";
        let table = HuntingTable::from_getschema("MyTable", csv).expect("table");
        let columns: Vec<_> = table.visible_columns().iter().map(|c| (c.name.as_str(), c.kind)).collect();
        assert_eq!(
            columns,
            [("Timestamp", KustoType::DateTime), ("Score", KustoType::Real), ("_Extra", KustoType::Dynamic)]
        );
    }

    #[test]
    fn errors_name_the_line() {
        let error = HuntingTable::from_getschema("T", "ColumnName,ColumnType\nA,string\nB,strin\n").expect_err("error");
        assert_eq!(
            error.to_string(),
            "line 3: unknown column type 'strin': expected one of string, datetime, long, int, bool, real, decimal, guid, dynamic, timespan"
        );
        assert!(
            HuntingTable::from_getschema("T", "a,b\n").expect_err("error").to_string().starts_with("line 1 must name")
        );
    }
}
