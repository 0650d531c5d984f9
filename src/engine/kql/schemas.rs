//! The tables of an engine as KQL sees them: hunting tables under their names and former names, and views.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::datatypes::{DataType, Field, TimeUnit};
use datafusion::catalog::TableProvider;

use super::service::Service;
use crate::catalog::{Catalog, Feed, HuntingTable, KustoType};
use crate::engine::inner::Inner;
use crate::kql::bind::{Schemas, TableSchema};
use crate::kql::syntax::ast::FunctionDecl;

/// The names that a script can use. Letter case counts, as it does in Kusto.
pub(in crate::engine) struct EngineSchemas {
    catalog: Arc<Catalog>,
    former: HashMap<String, String>,
    views: Vec<(String, Arc<dyn TableProvider>)>,
    service: Service,
    /// The tables that were asked for: a script names them more than once.
    known: Mutex<HashMap<String, Arc<TableSchema>>>,
}

impl EngineSchemas {
    /// What the engine knows now.
    pub(in crate::engine) fn new(inner: &Inner) -> Self {
        let catalog = inner.catalog();
        let former = catalog.former_names().map(|(former, table)| (former.to_owned(), table.to_owned())).collect();
        Self { catalog, former, views: inner.views.all(), service: Service::default(), known: Mutex::default() }
    }

    /// The hunting table of a present or former name.
    pub(super) fn hunting_table(&self, name: &str) -> Option<&Arc<HuntingTable>> {
        let name = self.former.get(name).map_or(name, String::as_str);
        self.catalog.table(name).filter(|table| table.name() == name)
    }

    /// What a reader should know of the functions that scripts asked for since.
    pub(super) fn notes(&self) -> Vec<String> {
        self.service.notes()
    }

    /// The view of this name.
    pub(super) fn view(&self, name: &str) -> Option<&Arc<dyn TableProvider>> {
        self.views.iter().find(|(view, _)| view == name).map(|(_, provider)| provider)
    }
}

impl Schemas for EngineSchemas {
    fn table(&self, name: &str) -> Option<Arc<TableSchema>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = known.get(name) {
            return Some(Arc::clone(table));
        }
        let table = self.read_table(name)?;
        known.insert(name.to_owned(), Arc::clone(&table));
        Some(table)
    }

    fn function(&self, name: &str) -> Option<Arc<FunctionDecl>> {
        self.service.function(name, self.table(name).is_some())
    }

    fn table_names(&self) -> Vec<String> {
        let tables = self.catalog.tables().map(|table| table.name().to_owned());
        tables.chain(self.views.iter().map(|(name, _)| name.clone())).collect()
    }
}

impl EngineSchemas {
    fn read_table(&self, name: &str) -> Option<Arc<TableSchema>> {
        if let Some(view) = self.view(name) {
            let schema = view.schema();
            let column = |field: &Arc<Field>| Some((Arc::from(field.name().as_str()), kusto_type(field)?));
            let columns: Vec<_> = schema.fields().iter().filter_map(column).collect();
            return Some(Arc::new(TableSchema { name: name.to_owned(), visible: columns.len(), columns }));
        }
        let table = self.hunting_table(name)?;
        // A query that comes from the portal gives the portal's columns: what is huntql's own answers by name.
        let (own, shown): (Vec<_>, Vec<_>) =
            table.visible_columns().iter().partition(|column| column.feed == Feed::Extra);
        let visible = shown.len();
        let columns = shown.into_iter().chain(own).chain(table.hidden_columns());
        let columns = columns.map(|column| (Arc::from(column.name.as_str()), column.kind)).collect();
        Some(Arc::new(TableSchema { name: table.name().to_owned(), columns, visible }))
    }
}

/// Kusto's type for a column of a view; `None` for what KQL has no type for, such as lists: such a column is not there in KQL.
pub(in crate::engine) fn kusto_type(field: &Field) -> Option<KustoType> {
    Some(match field.data_type() {
        DataType::Boolean => KustoType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => KustoType::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => KustoType::Long,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => KustoType::Real,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) => KustoType::Decimal,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View
            if KustoType::Dynamic.field("").metadata() == field.metadata() =>
        {
            KustoType::Dynamic
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => KustoType::String,
        DataType::Date32 | DataType::Date64 | DataType::Timestamp(..) => KustoType::DateTime,
        DataType::Duration(TimeUnit::Second | TimeUnit::Millisecond | TimeUnit::Microsecond | TimeUnit::Nanosecond) => {
            KustoType::Timespan
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_views_have_the_nearest_kusto_type() {
        let kind = |data: DataType| kusto_type(&Field::new("x", data, true));
        assert_eq!(kind(DataType::UInt32), Some(KustoType::Long));
        assert_eq!(kind(DataType::Utf8), Some(KustoType::String));
        assert_eq!(kind(DataType::Date32), Some(KustoType::DateTime));
        assert_eq!(kind(DataType::new_list(DataType::Int32, true)), None);
        assert_eq!(kusto_type(&KustoType::Dynamic.field("x")), Some(KustoType::Dynamic));
    }
}
