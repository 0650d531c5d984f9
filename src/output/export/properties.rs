//! How Parquet files are written so that hunting in them is fast.

use std::io::Write;

use datafusion::arrow::datatypes::{DataType, IntervalUnit, Schema, SchemaRef};
use datafusion::parquet::arrow::{ArrowSchemaConverter, ArrowWriter};
use datafusion::parquet::file::metadata::{KeyValue, SortingColumn};
use datafusion::parquet::file::properties::{EnabledStatistics, WriterProperties};
use datafusion::parquet::schema::types::ColumnPath;

use super::{ExportLayout, ExportOptions};
use crate::output::OutputError;

/// Columns that hunters look single values up in: their min and max prune nothing, a bloom filter does.
pub(super) const LOOKED_UP: &[&str] = &[
    "AccountObjectId",
    "AccountSid",
    "AccountUpn",
    "AlertId",
    "ApplicationId",
    "CorrelationId",
    "DestinationIPAddress",
    "DeviceId",
    "InitiatingProcessAccountObjectId",
    "InitiatingProcessAccountSid",
    "InitiatingProcessAccountUpn",
    "InitiatingProcessMD5",
    "InitiatingProcessSHA1",
    "InitiatingProcessSHA256",
    "InitiatingProcessUniqueId",
    "InternetMessageId",
    "IPAddress",
    "IpAddress",
    "LocalIP",
    "LogonId",
    "MD5",
    "NetworkMessageId",
    "ProcessUniqueId",
    "RecipientEmailAddress",
    "RemoteIP",
    "RemoteUrl",
    "RequestId",
    "SenderFromAddress",
    "SessionId",
    "SHA1",
    "SHA256",
    "UniqueTokenId",
    "Url",
    "UrlDomain",
];

/// A lookup of an absent value reads a row group in vain once in a hundred times.
const FALSE_POSITIVES: f64 = 0.01;

/// Enough of a value for `LIKE 'C:\Windows\System32\%'` to prune.
const STATISTICS_BYTES: usize = 64;

/// Memory that a row group may take before it is written.
const ROW_GROUP_BYTES: usize = 128 << 20;

/// The properties of an export's files.
pub(in crate::output) fn writer(
    options: &ExportOptions,
    layout: &ExportLayout,
    schema: &Schema,
) -> Result<WriterProperties, OutputError> {
    let version = KeyValue::new("huntql.version".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let pairs = options.metadata.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
    let mut builder = WriterProperties::builder()
        .set_created_by(format!("huntql version {}", env!("CARGO_PKG_VERSION")))
        .set_compression(options.compression.codec())
        .set_max_row_group_row_count(Some(options.row_group_rows.max(1)))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_column_index_truncate_length(Some(STATISTICS_BYTES))
        .set_statistics_truncate_length(Some(STATISTICS_BYTES))
        .set_key_value_metadata(Some(std::iter::once(version).chain(pairs).collect()))
        .set_sorting_columns(sorting_columns(layout, schema)?);
    for name in schema.fields().iter().map(|field| field.name()).filter(|name| LOOKED_UP.contains(&name.as_str())) {
        let path = ColumnPath::new(vec![name.clone()]);
        builder = builder
            .set_column_bloom_filter_enabled(path.clone(), true)
            .set_column_bloom_filter_fpp(path, FALSE_POSITIVES);
    }
    Ok(builder.build())
}

/// Opens a writer, refusing first the types that would make it panic.
pub(in crate::output) fn open<W: Write + Send>(
    sink: W,
    schema: &SchemaRef,
    properties: WriterProperties,
) -> Result<ArrowWriter<W>, OutputError> {
    check_types(schema)?;
    Ok(ArrowWriter::try_new(sink, SchemaRef::clone(schema), Some(properties))?)
}

/// Ends the row group under way if it takes too much memory; rows of megabytes each do that long before there are enough of them.
pub(in crate::output) fn bound_memory<W: Write + Send>(writer: &mut ArrowWriter<W>) -> Result<(), OutputError> {
    if writer.memory_size() >= ROW_GROUP_BYTES {
        writer.flush()?;
    }
    Ok(())
}

/// Parquet counts leaves, of which a nested column has several.
fn sorting_columns(layout: &ExportLayout, schema: &Schema) -> Result<Option<Vec<SortingColumn>>, OutputError> {
    if layout.sort().is_empty() {
        return Ok(None);
    }
    check_types(schema)?;
    let leaves = ArrowSchemaConverter::new().convert(schema)?;
    let leaf =
        |name: &String| leaves.columns().iter().position(|leaf| leaf.path().parts() == std::slice::from_ref(name));
    let indexes = layout.sort().iter().map_while(leaf).filter_map(|leaf| i32::try_from(leaf).ok());
    Ok(Some(indexes.map(|column_idx| SortingColumn { column_idx, descending: false, nulls_first: false }).collect()))
}

/// # Errors
/// [`OutputError::Type`] for a column that Parquet cannot hold.
pub(in crate::output) fn check_types(schema: &Schema) -> Result<(), OutputError> {
    match schema.fields().iter().find(|field| !fits(field.data_type())) {
        None => Ok(()),
        Some(field) => Err(OutputError::Type {
            column: field.name().clone(),
            kind: field.data_type().to_string(),
            format: "Parquet",
        }),
    }
}

fn fits(kind: &DataType) -> bool {
    match kind {
        DataType::Union(_, _) | DataType::Interval(IntervalUnit::MonthDayNano) => false,
        DataType::Struct(fields) => !fields.is_empty() && fields.iter().all(|field| fits(field.data_type())),
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::RunEndEncoded(_, item)
        | DataType::Map(item, _) => fits(item.data_type()),
        DataType::Dictionary(_, values) => fits(values),
        _ => true,
    }
}
