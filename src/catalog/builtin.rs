//! The compiled-in schemas of `schemas/`, parsed.
//!
//! The files are the project's own data: a malformed line in them is a defect that the tests of this module find, so readers here
//! skip what they cannot read instead of failing at run time.

use std::str::FromStr;

use super::{Catalog, HuntingTable, KustoType};

const HUNTING_TABLES: &str = include_str!("../../schemas/hunting_tables.tsv");
const FORMER_TABLES: &str = include_str!("../../schemas/former_tables.tsv");
const COLUMN_NAMES: &str = include_str!("../../schemas/column_names.tsv");

/// The names under which a value of `table` also arrives or is asked for: `(column, other name)`.
pub(super) fn other_names(table: &str) -> Vec<(String, String)> {
    let of_table = rows(COLUMN_NAMES).filter(|row| row.first() == Some(&table));
    of_table.filter_map(|row| Some((row.get(1)?.to_string(), row.get(2)?.to_string()))).collect()
}

/// The catalogue as compiled in.
pub(super) fn catalog() -> Catalog {
    let mut catalog = Catalog::empty();
    let mut columns: Vec<(String, KustoType)> = Vec::new();
    let mut lines = rows(HUNTING_TABLES).peekable();
    while let Some(row) = lines.next() {
        let [table, column, kind, ..] = row[..] else { continue };
        if let Ok(kind) = KustoType::from_str(kind) {
            columns.push((column.to_owned(), kind));
        }
        if lines.peek().and_then(|next| next.first()) != Some(&table) {
            catalog.insert(HuntingTable::new(table, &columns, &other_names(table)));
            columns.clear();
        }
    }
    for row in rows(FORMER_TABLES) {
        if let [former, table, ..] = row[..] {
            catalog.insert_former(former, table);
        }
    }
    catalog
}

/// The rows of a tab-separated file, without its heading.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().skip(1).filter(|line| !line.is_empty()).map(|line| line.split('\t').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_data_is_readable() {
        for row in rows(HUNTING_TABLES) {
            assert!(row.len() == 4 && KustoType::from_str(row[2]).is_ok(), "{row:?}");
        }
        assert!(rows(FORMER_TABLES).all(|row| row.len() == 3));
        assert!(rows(COLUMN_NAMES).all(|row| row.len() == 4));
    }

    #[test]
    fn other_names_and_former_tables_point_at_what_is_there() {
        let catalog = catalog();
        for row in rows(FORMER_TABLES) {
            assert!(catalog.table(row[1]).is_some(), "{row:?}");
            assert!(catalog.table(row[0]).is_none(), "{} is a table and a former name", row[0]);
        }
        for row in rows(COLUMN_NAMES) {
            let table = catalog.table(row[0]).expect(row[0]);
            let (column, other) = (table.column(row[1]).expect(row[1]), table.column(row[2]).expect(row[2]));
            assert!(column.reads(row[2]) && other.reads(row[1]), "{row:?}");
        }
    }
}
