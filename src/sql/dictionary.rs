//! The spelling of everything that a statement can name.
//!
//! A dictionary is a value made from the catalogue (and from what else the engine offers) and then only read. It answers with the
//! catalogue's spelling for a name in any letter case, and says which columns are hidden. It does not know Arrow types or data.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::catalog::{Catalog, HuntingTable};

/// The catalog that holds the hunting tables; a name without a catalog means it.
pub const CATALOG: &str = "defender";
/// The schema that holds the hunting tables; a name without a schema means it.
pub const SCHEMA: &str = "hunting";
/// The schema of huntql's own tables, such as the rejects.
pub const SYSTEM_SCHEMA: &str = "huntql";

/// The tables of `information_schema`; their names and columns are in lower case. Missing ones only lose their freedom of case.
const INFORMATION_SCHEMA: [(&str, &str); 7] = [
    ("tables", "table_catalog table_schema table_name table_type"),
    ("views", "table_catalog table_schema table_name definition"),
    (
        "columns",
        "table_catalog table_schema table_name column_name ordinal_position column_default is_nullable data_type",
    ),
    ("df_settings", "name value description"),
    ("schemata", "catalog_name schema_name schema_owner"),
    ("routines", "specific_name routine_name routine_type data_type function_type description syntax_example"),
    ("parameters", "specific_name ordinal_position parameter_mode parameter_name data_type is_variadic rid"),
];

/// The spelling of tables, columns and functions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Dictionary {
    relations: BTreeMap<String, Arc<Relation>>,
    functions: Arc<HashMap<String, String>>,
}

/// Something that stands in FROM under a name.
#[derive(Debug)]
pub(super) struct Relation {
    /// The catalogue's spelling, schema first if it is not the default one.
    pub name: String,
    /// True for the tables that huntql itself provides: no view may take their name.
    pub is_table: bool,
    columns: Vec<String>,
    visible: usize,
}

impl Relation {
    fn new(name: impl Into<String>, is_table: bool, visible: Vec<String>, hidden: Vec<String>) -> Self {
        let count = visible.len();
        let columns = visible.into_iter().chain(hidden).collect();
        Self { name: name.into(), is_table, columns, visible: count }
    }

    /// The columns that `*` gives.
    pub fn visible(&self) -> &[String] {
        &self.columns[..self.visible]
    }

    /// The columns that answer only by name.
    pub fn hidden(&self) -> &[String] {
        &self.columns[self.visible..]
    }
}

impl Dictionary {
    /// A dictionary that knows `information_schema` and nothing else.
    pub fn empty() -> Self {
        let mut dictionary = Self { relations: BTreeMap::new(), functions: Arc::default() };
        for (table, columns) in INFORMATION_SCHEMA {
            let columns = columns.split(' ').map(str::to_owned).collect();
            dictionary.insert(Relation::new(format!("information_schema.{table}"), true, columns, Vec::new()));
        }
        dictionary
    }

    /// The dictionary of a catalogue: its tables and their former names.
    pub fn new(catalog: &Catalog) -> Self {
        let mut dictionary = Self::empty();
        for table in catalog.tables() {
            dictionary = dictionary.with_table(table.name(), table);
        }
        for (former, table) in catalog.former_names() {
            if let Some(table) = catalog.table(table) {
                dictionary = dictionary.with_table(former, table);
            }
        }
        dictionary
    }

    /// Adds a hunting table under a name, with its hidden columns. One of the same name is replaced.
    #[must_use]
    pub fn with_table(mut self, name: &str, table: &HuntingTable) -> Self {
        let names = |columns: &[crate::catalog::Column]| columns.iter().map(|column| column.name.clone()).collect();
        self.insert(Relation::new(name, true, names(table.visible_columns()), names(table.hidden_columns())));
        self
    }

    /// Adds a table of [`SYSTEM_SCHEMA`], named without its schema.
    #[must_use]
    pub fn with_system_table<C: Into<String>>(mut self, name: &str, columns: impl IntoIterator<Item = C>) -> Self {
        let columns = columns.into_iter().map(Into::into).collect();
        self.insert(Relation::new(format!("{SYSTEM_SCHEMA}.{name}"), true, columns, Vec::new()));
        self
    }

    /// Adds a view of the user, which hides no column.
    #[must_use]
    pub fn with_view<C: Into<String>>(mut self, name: &str, columns: impl IntoIterator<Item = C>) -> Self {
        self.insert(Relation::new(name, false, columns.into_iter().map(Into::into).collect(), Vec::new()));
        self
    }

    /// Adds functions of any kind (scalar, aggregate, window, table), in the spelling they are registered under.
    #[must_use]
    pub fn with_functions<F: Into<String>>(mut self, names: impl IntoIterator<Item = F>) -> Self {
        let functions = Arc::make_mut(&mut self.functions);
        functions.extend(names.into_iter().map(Into::into).map(|name: String| (name.to_ascii_lowercase(), name)));
        self
    }

    fn insert(&mut self, relation: Relation) {
        self.relations.insert(relation.name.to_ascii_lowercase(), Arc::new(relation));
    }

    /// The relation that the parts of a name stand for, in any letter case; catalog and schema may be left out where they are the
    /// default ones.
    pub(super) fn relation(&self, parts: &[&str]) -> Option<&Arc<Relation>> {
        let parts = match parts {
            [catalog, rest @ ..] if parts.len() == 3 && catalog.eq_ignore_ascii_case(CATALOG) => rest,
            other => other,
        };
        let key = match parts {
            [schema, table] if schema.eq_ignore_ascii_case(SCHEMA) => table.to_ascii_lowercase(),
            other => other.join(".").to_ascii_lowercase(),
        };
        self.relations.get(&key)
    }

    /// All relations, by name.
    pub(super) fn relations(&self) -> impl Iterator<Item = &Arc<Relation>> {
        self.relations.values()
    }

    /// The registered spelling of a function.
    pub(super) fn function(&self, word: &str) -> Option<&str> {
        self.functions.get(&word.to_ascii_lowercase()).map(String::as_str)
    }

    /// All functions, in no order.
    pub(super) fn functions(&self) -> impl Iterator<Item = &str> {
        self.functions.values().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_are_found_in_any_case_and_with_any_part_left_out() {
        let dictionary = Dictionary::new(&Catalog::builtin()).with_system_table("rejects", ["File", "Line"]);
        let name = |parts: &[&str]| dictionary.relation(parts).map(|relation| relation.name.clone());
        for parts in [&["deviceevents"][..], &["HUNTING", "DeviceEvents"], &["Defender", "hunting", "DEVICEEVENTS"]] {
            assert_eq!(name(parts).as_deref(), Some("DeviceEvents"), "{parts:?}");
        }
        assert_eq!(name(&["HuntQL", "Rejects"]).as_deref(), Some("huntql.rejects"));
        assert_eq!(name(&["INFORMATION_SCHEMA", "Tables"]).as_deref(), Some("information_schema.tables"));
        assert_eq!(name(&["miscevents"]).as_deref(), Some("MiscEvents"));
        assert_eq!(name(&["rejects"]), None);
    }

    #[test]
    fn relations_tell_visible_columns_from_hidden_ones() {
        let dictionary = Dictionary::new(&Catalog::builtin()).with_view("Mine", ["a"]);
        let events = dictionary.relation(&["CloudAppEvents"]).expect("table");
        let has = |columns: &[String], name: &str| columns.iter().any(|column| column == name);
        assert!(has(events.visible(), "ISP") && has(events.hidden(), "Isp") && has(events.hidden(), "_File"));
        assert!(!has(events.visible(), "_File") && events.is_table);
        let view = dictionary.relation(&["MINE"]).expect("view");
        assert!(view.hidden().is_empty() && !view.is_table);
    }
}
