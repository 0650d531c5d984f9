//! A script run the way the engine runs it: parsed, bound, planned, collected, over one small table.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef, Schema};
use datafusion::common::{Result as DataResult, TableReference};
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, lit};
use datafusion::prelude::{DataFrame, SessionContext};
use datafusion_functions_json::json_field_metadata;

use super::super::{Planned, Tables, plan};
use crate::catalog::KustoType;
use crate::functions::{kusto, register_all};
use crate::kql::bind::{NoProbe, Schemas, TableSchema, bind};
use crate::kql::syntax::ast::FunctionDecl;
use crate::kql::syntax::parse;

/// 2026-10-01T12:00:00Z.
pub const NOW: i64 = 1_790_856_000_000_000_000;

pub const COLUMNS: [(&str, KustoType); 5] = [
    ("Timestamp", KustoType::DateTime),
    ("DeviceName", KustoType::String),
    ("ProcessId", KustoType::Long),
    ("LogonType", KustoType::Int),
    ("AdditionalFields", KustoType::Dynamic),
];

/// The table `Events`: as scans give it, with nulls in text.
pub struct Events;

impl Schemas for Events {
    fn table(&self, name: &str) -> Option<Arc<TableSchema>> {
        let columns = COLUMNS.map(|(name, kind)| (name.into(), kind)).to_vec();
        (name == "Events").then(|| Arc::new(TableSchema { name: name.to_owned(), visible: columns.len(), columns }))
    }

    fn table_names(&self) -> Vec<String> {
        vec!["Events".to_owned()]
    }

    fn function(&self, _: &str) -> Option<Arc<FunctionDecl>> {
        None
    }

    fn function_names(&self) -> Vec<String> {
        Vec::new()
    }
}

impl Tables for Events {
    fn scan(&self, table: &str) -> Option<DataResult<LogicalPlan>> {
        (table == "Events").then(|| {
            let table = MemTable::try_new(events().schema(), vec![vec![events()]])?;
            LogicalPlanBuilder::scan(TableReference::bare("Events"), provider_as_source(Arc::new(table)), None)?.build()
        })
    }

    fn now(&self) -> i64 {
        NOW
    }
}

fn events() -> RecordBatch {
    let hour = 3_600_000_000_000;
    let rows = [
        (Some(NOW - hour), Some("web-01"), Some(1), Some(2), Some(r#"{"a":1}"#)),
        (Some(NOW - 30 * hour), Some("WEB-02"), Some(2), None, Some(r#"{"a":"x"}"#)),
        (Some(NOW - 2 * hour), None, Some(3), Some(10), None),
        (None, Some("db-01"), None, Some(3), Some("[1,2]")),
    ];
    let times = rows.iter().map(|row| row.0).collect::<datafusion::arrow::array::TimestampNanosecondArray>();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(times.with_timezone("UTC")),
        Arc::new(rows.iter().map(|row| row.1).collect::<datafusion::arrow::array::StringViewArray>()),
        Arc::new(rows.iter().map(|row| row.2).collect::<datafusion::arrow::array::Int64Array>()),
        Arc::new(rows.iter().map(|row| row.3).collect::<datafusion::arrow::array::Int32Array>()),
        Arc::new(rows.iter().map(|row| row.4).collect::<datafusion::arrow::array::StringViewArray>()),
    ];
    let fields: Vec<Field> = COLUMNS.iter().map(|(name, kind)| kind.field(name)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("the table is well formed")
}

/// A session with all functions.
pub fn session() -> SessionContext {
    let mut state = SessionContext::new().state();
    datafusion_functions_json::register_all(&mut state).expect("functions of JSON");
    register_all(&mut state).expect("our functions");
    SessionContext::new_with_state(state)
}

/// The plans of a script, or why there are none.
pub fn planned(query: &str) -> Result<Planned, String> {
    let (script, diagnostics) = parse(query);
    if let Some(error) = diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(format!("does not parse: {}", error.message));
    }
    let bound = bind(&script, &Events, &mut NoProbe, &HashMap::new());
    if let Some(error) = bound.diagnostics.iter().find(|diagnostic| diagnostic.is_error()) {
        return Err(format!("does not bind: {}", error.message));
    }
    plan(&bound.script, &Events).map_err(|error| error.to_string())
}

/// The answers of a script: for each a line of columns with types, then a line a row.
pub async fn run(query: &str) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    for result in planned(query)?.results {
        let frame = session().execute_logical_plan(result.plan).await.map_err(|error| error.to_string())?;
        let fields = frame.schema().fields().clone();
        let head = fields.iter().map(|field| format!("{}:{}", field.name(), kind(field)));
        lines.push(head.collect::<Vec<_>>().join(" | "));
        let batches = frame.collect().await.map_err(|error| error.to_string())?;
        for batch in batches {
            for (column, field) in batch.columns().iter().zip(&fields) {
                assert_eq!(column.data_type(), field.data_type(), "{query}: {}", field.name());
                assert!(kind(field) != "string" || column.null_count() == 0, "{query}: null text in {}", field.name());
            }
            for (field, told) in batch.schema().fields().iter().zip(&fields) {
                assert_eq!(kind(field), kind(told), "{query}: the mark of {}", field.name());
            }
            let cells = texts(batch).await?;
            for row in 0..cells.num_rows() {
                let cells = cells.columns().iter().map(|column| match column.as_string_view().value(row) {
                    "" => "''",
                    text => text,
                });
                lines.push(cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned());
            }
        }
    }
    Ok(lines)
}

/// Every cell as Kusto's text of it, `null` for null.
async fn texts(batch: RecordBatch) -> Result<RecordBatch, String> {
    let context = session();
    let schema = batch.schema();
    let frame: DataFrame = context.read_batch(batch.clone()).map_err(|error| error.to_string())?;
    let text = |field: &FieldRef| {
        let column = datafusion::prelude::ident(field.name());
        let text = kusto("tostring").expect("tostring").call(vec![column.clone()]);
        datafusion::prelude::when(column.is_null(), lit("null")).otherwise(text).map(|text| text.alias(field.name()))
    };
    let exprs = schema.fields().iter().map(text).collect::<DataResult<Vec<_>>>().map_err(|error| error.to_string())?;
    if exprs.is_empty() {
        return Ok(batch);
    }
    let rows = frame.select(exprs).map_err(|error| error.to_string())?;
    let rows = rows.collect().await.map_err(|error| error.to_string())?;
    let schema = rows.first().map(RecordBatch::schema).unwrap_or(schema);
    let rows = datafusion::arrow::compute::concat_batches(&schema, &rows).map_err(|error| error.to_string())?;
    let columns = rows.columns().iter().map(|column| cast(column, &DataType::Utf8View).expect("text")).collect();
    let fields: Vec<Field> =
        schema.fields().iter().map(|field| Field::new(field.name(), DataType::Utf8View, true)).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).map_err(|error| error.to_string())
}

/// Kusto's type of a field.
fn kind(field: &Field) -> &'static str {
    let marked = json_field_metadata().iter().all(|(key, value)| field.metadata().get(key) == Some(value));
    match field.data_type() {
        DataType::Utf8View if marked => "dynamic",
        DataType::Utf8View => "string",
        DataType::Int64 => "long",
        DataType::Int32 => "int",
        DataType::Boolean => "bool",
        DataType::Float64 => "real",
        DataType::Decimal128(38, 18) => "decimal",
        DataType::Timestamp(..) => "datetime",
        DataType::Duration(_) => "timespan",
        _ => "?",
    }
}
