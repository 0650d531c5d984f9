//! Real statements over small hunting tables, from text to rows.

mod errors;
mod hidden;
mod json;
mod limits;
mod names;
mod parameters;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
    TimestampNanosecondArray, new_null_array,
};
use datafusion::arrow::datatypes::{Field, Schema};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::catalog::{
    CatalogProvider, MemTable, MemoryCatalogProvider, MemorySchemaProvider, SchemaProvider, TableProvider,
};
use datafusion::common::Result;
use datafusion::datasource::ViewTable;
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::prelude::{SessionConfig, SessionContext};
use serde_json::Value;

use super::*;
use crate::catalog::{Catalog, Column, HuntingTable, KustoType};

/// A session with a few rows in some tables of the built-in catalogue.
struct Lab {
    catalog: Catalog,
    rows: BTreeMap<String, Vec<Value>>,
    views: Mutex<BTreeMap<String, Arc<dyn TableProvider>>>,
    allow_write: Vec<PathBuf>,
}

/// An answer: the names of its columns and its rows, cells as text.
#[derive(Debug, PartialEq)]
struct Rows {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Lab {
    fn new() -> Self {
        let rows: BTreeMap<String, Vec<Value>> = serde_json::from_str(include_str!("rows.json")).expect("rows");
        Self { catalog: Catalog::builtin(), rows, views: Mutex::default(), allow_write: Vec::new() }
    }

    fn dictionary(&self) -> Dictionary {
        let views = self.views.lock().expect("views");
        let functions = self.functions();
        let dictionary = Dictionary::new(&self.catalog)
            .with_system_table("rejects", ["File", "Line", "Reason"])
            .with_functions(functions);
        views.iter().fold(dictionary, |dictionary, (name, view)| {
            dictionary.with_view(name, view.schema().fields().iter().map(|field| field.name().clone()))
        })
    }

    fn functions(&self) -> Vec<String> {
        let state = SessionContext::new().state();
        let (scalar, aggregate) = (state.scalar_functions().keys(), state.aggregate_functions().keys());
        scalar.chain(aggregate).chain(state.table_functions().keys()).cloned().chain(["json_get".to_owned()]).collect()
    }

    /// A session that shows each table with its visible columns and the named hidden ones.
    fn session(&self, hidden: &BTreeSet<String>) -> Result<SessionContext> {
        let mut config =
            SessionConfig::new().with_information_schema(true).with_default_catalog_and_schema(CATALOG, SCHEMA);
        config.options_mut().sql_parser.enable_ident_normalization = false;
        let state =
            SessionStateBuilder::new_with_default_features().with_config(config).with_analyzer_rules(analyzer_rules());
        let mut context = SessionContext::new_with_state(state.build());
        datafusion_functions_json::register_all(&mut context)?;
        let schema = MemorySchemaProvider::new();
        for table in self.catalog.tables() {
            schema.register_table(table.name().to_owned(), Arc::new(self.table(table, hidden)?))?;
        }
        for (former, now) in self.catalog.former_names() {
            if let Some(table) = self.catalog.table(now) {
                schema.register_table(former.to_owned(), Arc::new(self.table(table, hidden)?))?;
            }
        }
        for (name, view) in self.views.lock().expect("views").iter() {
            schema.register_table(name.clone(), Arc::clone(view))?;
        }
        let catalog = MemoryCatalogProvider::new();
        catalog.register_schema(SCHEMA, Arc::new(schema))?;
        context.register_catalog(CATALOG, Arc::new(catalog));
        Ok(context)
    }

    fn table(&self, table: &HuntingTable, hidden: &BTreeSet<String>) -> Result<MemTable> {
        let named = table.hidden_columns().iter().filter(|column| hidden.contains(&column.name));
        let columns: Vec<&Column> = table.visible_columns().iter().chain(named).collect();
        let schema = Arc::new(Schema::new(columns.iter().map(|c| c.kind.field(&c.name)).collect::<Vec<Field>>()));
        let rows = self.rows.get(table.name()).map_or(&[][..], Vec::as_slice);
        let cells = columns.iter().map(|column| {
            let names = [column.name.as_str(), if table.is_event_time(&column.name) { "Timestamp" } else { "" }];
            let values =
                rows.iter().map(|row| names.iter().find_map(|name| row.get(name)).cloned().unwrap_or(Value::Null));
            array(column.kind, &values.collect::<Vec<_>>())
        });
        let batch = RecordBatch::try_new(Arc::clone(&schema), cells.collect())?;
        MemTable::try_new(schema, vec![vec![batch]])
    }

    async fn run(&self, text: &str) -> Result<Rows, SqlError> {
        self.run_with(text, &[]).await
    }

    /// Runs a statement the way the engine does.
    async fn run_with(&self, text: &str, params: &[(&str, &str)]) -> Result<Rows, SqlError> {
        let dictionary = self.dictionary();
        let parsed = parse(text, &dictionary)?;
        guard(&parsed.statement, &self.allow_write)?;
        let params: Vec<_> = params.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let explained = |error| explain_error(text, &error, &dictionary);
        let context = self.session(&parsed.hidden).map_err(explained)?;
        let plan = context.state().statement_to_plan(parsed.statement).await.map_err(explained)?;
        let plan = bind(plan, &params)?;
        if let LogicalPlan::Ddl(DdlStatement::CreateView(view)) = plan {
            let table = ViewTable::new(Arc::unwrap_or_clone(view.input), view.definition);
            self.views.lock().expect("views").insert(view.name.table().to_owned(), Arc::new(table));
            return Ok(Rows { columns: Vec::new(), rows: Vec::new() });
        }
        let frame = context.execute_logical_plan(plan).await.map_err(explained)?;
        let columns = frame.schema().fields().iter().map(|field| field.name().clone()).collect();
        let batches = frame.collect().await.map_err(explained)?;
        Ok(Rows { columns, rows: batches.iter().flat_map(cells).collect() })
    }

    /// The rows of a statement that works, one a line, cells separated by `|`.
    async fn rows(&self, text: &str) -> String {
        let answer = self.run(text).await.unwrap_or_else(|error| panic!("{text}\n{error}"));
        answer.rows.iter().map(|row| row.join("|")).collect::<Vec<_>>().join("\n")
    }

    /// The columns of a statement that works.
    async fn columns(&self, text: &str) -> Vec<String> {
        self.run(text).await.unwrap_or_else(|error| panic!("{text}\n{error}")).columns
    }

    /// The error of a statement that does not.
    async fn error(&self, text: &str) -> String {
        self.run(text).await.err().unwrap_or_else(|| panic!("{text} works")).to_string()
    }
}

fn cells(batch: &RecordBatch) -> Vec<Vec<String>> {
    let options = FormatOptions::default().with_null("null");
    let columns: Vec<_> =
        batch.columns().iter().map(|c| ArrayFormatter::try_new(c, &options).expect("formatter")).collect();
    (0..batch.num_rows()).map(|row| columns.iter().map(|column| column.value(row).to_string()).collect()).collect()
}

fn array(kind: KustoType, values: &[Value]) -> ArrayRef {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    match kind {
        KustoType::String | KustoType::Guid | KustoType::Dynamic => {
            Arc::new(values.iter().map(text).collect::<StringViewArray>())
        }
        KustoType::DateTime => {
            let time =
                |value: &Value| chrono::DateTime::parse_from_rfc3339(value.as_str()?).ok()?.timestamp_nanos_opt();
            Arc::new(values.iter().map(time).collect::<TimestampNanosecondArray>().with_timezone("UTC"))
        }
        KustoType::Long => Arc::new(values.iter().map(Value::as_i64).collect::<Int64Array>()),
        KustoType::Int => Arc::new(values.iter().map(|v| v.as_i64()?.try_into().ok()).collect::<Int32Array>()),
        KustoType::Bool => Arc::new(values.iter().map(Value::as_bool).collect::<BooleanArray>()),
        KustoType::Real => Arc::new(values.iter().map(Value::as_f64).collect::<Float64Array>()),
        KustoType::Decimal | KustoType::Timespan => new_null_array(&kind.arrow(), values.len()),
    }
}
