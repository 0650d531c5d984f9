//! What `externaldata` reads: local files, copies of URLs, and URLs where that is allowed.
//!
//! Files are read whole when the query runs, up to a limit. Cells come out as text, those of Parquet too; the plan above converts them to the
//! columns' types.

mod cells;
mod parquet;

use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, RecordBatch, StringViewBuilder};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::catalog::memory::MemorySourceConfig;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{DataFusionError, Result, TableReference, plan_err};
use datafusion::datasource::provider_as_source;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, TableType};
use datafusion::object_store::ObjectStoreExt;
use datafusion::physical_plan::ExecutionPlan;
use tokio::runtime::Handle;

use crate::engine::EngineOptions;
use crate::kql::bind::tree::{Column, External, Value};
use crate::source::{Location, StoreOptions};
use cells::{Format, Layout};

/// More bytes of one file, unpacked, are not read: such files are tables, and belong to a source.
const MOST: u64 = 512 << 20;

/// What may be read.
#[derive(Debug, Clone)]
pub(super) struct Outside {
    allow_net: bool,
    copies: Vec<(String, PathBuf)>,
}

impl Outside {
    /// What the options allow.
    pub(super) fn new(options: &EngineOptions) -> Self {
        Self { allow_net: options.allow_net, copies: options.map_url.clone() }
    }

    /// The files of an `externaldata` as a scan of text.
    ///
    /// # Errors
    /// If a file may not be read, or its format is not known, by name.
    pub(super) fn scan(&self, external: &External, columns: &[Column]) -> Result<LogicalPlan> {
        let mut files = Vec::with_capacity(external.sources.len());
        for source in &external.sources {
            match source.as_literal() {
                Some(Value::String(address)) => files.push(self.file(address)?),
                _ => return plan_err!("the address of an externaldata is a constant text"),
            }
        }
        let layout = layout(external, &files)?;
        let field = |column: &Column| Field::new(column.name.as_ref(), DataType::Utf8View, true);
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        let table: Arc<dyn TableProvider> = Arc::new(ExternalTable { files, layout, schema });
        LogicalPlanBuilder::scan(TableReference::bare("externaldata"), provider_as_source(table), None)?.build()
    }

    /// Where an address is read. What stands behind a `;` in it is a key for the service.
    fn file(&self, address: &str) -> Result<Address> {
        let named = address.split(';').next().unwrap_or(address).to_owned();
        if let Some((_, copy)) = self.copies.iter().find(|(url, _)| url == address || *url == named) {
            return Ok(Address { place: copy.display().to_string(), named });
        }
        let is_url = named.contains("://") && !named.starts_with("file://");
        if is_url && !self.allow_net {
            return plan_err!(
                "externaldata names {named}, and URLs are read with --allow-net only; --map-url '{named}=FILE' reads a copy"
            );
        }
        if is_url && named.contains('?') {
            return plan_err!(
                "externaldata names {named}, whose part behind ? cannot be sent; read a copy with --map-url"
            );
        }
        Ok(Address { place: named.clone(), named })
    }
}

/// A file by the name that the query gives it, and where it is read.
#[derive(Debug, Clone)]
struct Address {
    place: String,
    named: String,
}

/// The format that the properties say, else the ending of the first file, else commas.
fn layout(external: &External, files: &[Address]) -> Result<Layout> {
    let property = |name: &str| external.properties.iter().find(|(given, _)| given.eq_ignore_ascii_case(name));
    let ignore_first = match property("ignoreFirstRecord") {
        Some((_, Value::Bool(truth))) => *truth,
        Some((_, Value::String(text))) => text.eq_ignore_ascii_case("true"),
        _ => false,
    };
    let format = match property("format") {
        Some((_, Value::String(name))) => match Format::of_name(name) {
            Some(format) => format,
            None => return plan_err!("externaldata of format '{name}' is not read; {}", Format::ALL),
        },
        _ => files.first().and_then(|file| Format::of_file(&file.named)).unwrap_or(Format::Delimited(',')),
    };
    Ok(Layout { format, ignore_first })
}

/// The rows of files as text.
#[derive(Debug)]
struct ExternalTable {
    files: Vec<Address>,
    layout: Layout,
    schema: SchemaRef,
}

#[async_trait]
impl TableProvider for ExternalTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let mut batches = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let bytes = read(file).await?;
            if self.layout.format == Format::Parquet {
                batches.extend(parquet::batches(bytes, &self.schema, MOST).map_err(|why| cannot_read(file, &why))?);
                continue;
            }
            let text = cells::unpacked(&bytes, MOST).map_err(|error| cannot_read(file, &error))?;
            batches.push(self.batch(file, &text)?);
        }
        let memory = MemorySourceConfig::try_new_exec(&[batches], Arc::clone(&self.schema), projection.cloned())?;
        Ok(memory)
    }
}

impl ExternalTable {
    /// The rows of one file.
    fn batch(&self, file: &Address, text: &str) -> Result<RecordBatch> {
        let names: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let mut columns: Vec<StringViewBuilder> = names.iter().map(|_| StringViewBuilder::new()).collect();
        let mut take = |row: &cells::Row<'_>| {
            for (place, column) in columns.iter_mut().enumerate() {
                column.append_option(row.get(place).and_then(|cell| cell.as_deref()));
            }
        };
        self.layout.read(text, &names, &mut take).map_err(|why| cannot_read(file, &why))?;
        let columns = columns.into_iter().map(|mut column| Arc::new(column.finish()) as ArrayRef).collect();
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

fn cannot_read(file: &Address, why: &dyn std::fmt::Display) -> DataFusionError {
    DataFusionError::Execution(format!("externaldata cannot read {}: {why}", file.place))
}

/// The bytes of a file.
async fn read(file: &Address) -> Result<Bytes> {
    let cannot = |why: &dyn std::fmt::Display| cannot_read(file, why);
    let location = Location::open(&file.place, &StoreOptions::default(), &Handle::current(), None)
        .map_err(|error| cannot(&error))?;
    let found = location.store().get(location.prefix()).await.map_err(|error| cannot(&error))?;
    if found.meta.size > MOST {
        return Err(cannot(&format!("it is longer than {} MB", MOST >> 20)));
    }
    found.bytes().await.map_err(|error| cannot(&error))
}
