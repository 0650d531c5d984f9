//! The catalogue's tables for the binder, for benchmarks and fuzz targets that run it without an engine.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use huntql::catalog::Catalog;
use huntql::kql::bind::{Schemas, TableSchema};

/// The tables of the catalogue, each made ready once, as a session keeps them.
pub struct Portal {
    catalog: Catalog,
    ready: Mutex<HashMap<String, Arc<TableSchema>>>,
}

impl Default for Portal {
    fn default() -> Self {
        Self { catalog: Catalog::builtin(), ready: Mutex::default() }
    }
}

impl Schemas for Portal {
    fn table(&self, name: &str) -> Option<Arc<TableSchema>> {
        let mut ready = self.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = ready.get(name) {
            return Some(Arc::clone(known));
        }
        let table = self.catalog.resolve(name)?;
        let columns = table.columns().iter().map(|column| (column.name.as_str().into(), column.kind)).collect();
        let visible = table.visible_columns().len();
        let schema = Arc::new(TableSchema { name: table.name().to_owned(), columns, visible });
        ready.insert(name.to_owned(), Arc::clone(&schema));
        Some(schema)
    }

    fn table_names(&self) -> Vec<String> {
        self.catalog.tables().map(|table| table.name().to_owned()).collect()
    }
}
