//! The hunting tables: names, columns, types, former names.
//!
//! A catalogue is a value made once and then only read. It does no I/O: whoever reads a user's schema files hands their text to
//! [`HuntingTable::from_getschema`]. The tables that are compiled in come from `schemas/`.

mod builtin;
mod getschema;
mod table;
mod types;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use getschema::SchemaFileError;
pub use table::{Column, Feed, HuntingTable};
pub use types::KustoType;

/// What a streaming category puts before the table's name.
pub const CATEGORY_PREFIX: &str = "AdvancedHunting-";

/// The known hunting tables, found by name in any letter case.
#[derive(Debug, Clone)]
pub struct Catalog {
    tables: BTreeMap<String, Arc<HuntingTable>>,
    former: BTreeMap<String, (String, String)>,
}

impl Catalog {
    /// A catalogue without tables.
    pub fn empty() -> Self {
        Self { tables: BTreeMap::new(), former: BTreeMap::new() }
    }

    /// The tables of advanced hunting as compiled in.
    pub fn builtin() -> Self {
        builtin::catalog()
    }

    /// Adds a table; one of the same name (in any letter case) is replaced.
    pub fn insert(&mut self, table: HuntingTable) {
        let key = table.name().to_ascii_lowercase();
        self.former.remove(&key);
        self.tables.insert(key, Arc::new(table));
    }

    fn insert_former(&mut self, former: &str, table: &str) {
        let key = former.to_ascii_lowercase();
        if !self.tables.contains_key(&key) {
            self.former.insert(key, (former.to_owned(), table.to_owned()));
        }
    }

    /// The table of this name, in any letter case. Former names do not count: see [`Catalog::resolve`].
    pub fn table(&self, name: &str) -> Option<&Arc<HuntingTable>> {
        self.tables.get(&name.to_ascii_lowercase())
    }

    /// The table of this name or former name, in any letter case.
    pub fn resolve(&self, name: &str) -> Option<&Arc<HuntingTable>> {
        let key = name.to_ascii_lowercase();
        self.tables.get(&key).or_else(|| self.former.get(&key).and_then(|(_, table)| self.table(table)))
    }

    /// The table that a streaming category stands for; the category may lack its prefix.
    pub fn table_of_category(&self, category: &str) -> Option<&Arc<HuntingTable>> {
        self.resolve(strip_category_prefix(category))
    }

    /// All tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<HuntingTable>> {
        self.tables.values()
    }

    /// Former names with the table each stands for now: `(former name, table)`.
    pub fn former_names(&self) -> impl Iterator<Item = (&str, &str)> {
        self.former.values().map(|(former, table)| (former.as_str(), table.as_str()))
    }
}

/// The table part of a streaming category: `AdvancedHunting-DeviceEvents` gives `DeviceEvents`.
pub fn strip_category_prefix(category: &str) -> &str {
    match category.get(..CATEGORY_PREFIX.len()) {
        Some(prefix) if prefix.eq_ignore_ascii_case(CATEGORY_PREFIX) => &category[CATEGORY_PREFIX.len()..],
        _ => category,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_holds_every_table_and_column_of_the_data() {
        let catalog = Catalog::builtin();
        assert_eq!(catalog.tables().count(), 66);
        let text = include_str!("../../schemas/hunting_tables.tsv");
        for line in text.lines().skip(1) {
            let mut cells = line.split('\t');
            let (table, column) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
            let found = catalog.table(table).and_then(|t| t.column(column));
            assert_eq!(found.map(|c| c.name.as_str()), Some(column), "{table}");
        }
    }

    #[test]
    fn names_match_in_any_case_and_prefer_the_exact_one() {
        let catalog = Catalog::builtin();
        let table = catalog.table("cloudappevents").expect("table");
        assert_eq!(table.name(), "CloudAppEvents");
        assert_eq!(table.column("isp").map(|c| c.name.as_str()), Some("ISP"));
        assert_eq!(table.column("Isp").map(|c| c.name.as_str()), Some("Isp"));
        assert!(table.visible_columns().iter().any(|c| c.name == "ISP"));
        assert!(!table.visible_columns().iter().any(|c| c.name == "Isp"));
    }

    #[test]
    fn time_generated_is_the_event_time_everywhere() {
        for table in Catalog::builtin().tables() {
            assert!(table.is_event_time("TimeGenerated"), "{}", table.name());
            assert!(table.is_event_time("Timestamp"), "{}", table.name());
        }
        let catalog = Catalog::builtin();
        assert_eq!(catalog.table("CallActivityEvents").map(|t| t.event_time()), Some("ActivityTimestamp"));
    }

    #[test]
    fn categories_resolve_with_and_without_prefix_and_under_old_names() {
        let catalog = Catalog::builtin();
        let name = |category: &str| catalog.table_of_category(category).map(|t| t.name().to_owned());
        assert_eq!(name("AdvancedHunting-DeviceEvents").as_deref(), Some("DeviceEvents"));
        assert_eq!(name("advancedhunting-deviceevents").as_deref(), Some("DeviceEvents"));
        assert_eq!(name("AdvancedHunting-MiscEvents").as_deref(), Some("DeviceEvents"));
        assert_eq!(name("EmailEvents").as_deref(), Some("EmailEvents"));
        assert_eq!(name("AdvancedHunting-Nothing"), None);
    }
}
