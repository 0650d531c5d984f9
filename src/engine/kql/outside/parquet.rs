//! Files in Parquet: columns by name, cells as text.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, RecordBatch, new_null_array};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::common::{DataFusionError, Result, exec_err};
use datafusion::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

/// The rows of a file with the columns of `schema`, which are text; a column that the file lacks is null. More bytes than `most` are not
/// unpacked.
pub(super) fn batches(bytes: Bytes, schema: &SchemaRef, most: u64) -> Result<Vec<RecordBatch>> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(bytes)?.build()?;
    let (mut batches, mut held) = (Vec::new(), 0_u64);
    for batch in reader {
        let batch = batch?;
        held = held.saturating_add(batch.get_array_memory_size() as u64);
        if held > most {
            return exec_err!("it is longer than {} MB", most >> 20);
        }
        let columns = schema.fields().iter().map(|field| {
            let found = batch.schema_ref().index_of(field.name()).ok().map(|place| batch.column(place));
            text(field.name(), found, batch.num_rows())
        });
        batches.push(RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<Vec<_>>>()?)?);
    }
    Ok(batches)
}

fn text(name: &str, column: Option<&ArrayRef>, rows: usize) -> Result<ArrayRef> {
    match column {
        None => Ok(new_null_array(&DataType::Utf8View, rows)),
        Some(column) => cast(column, &DataType::Utf8View).map_err(|_| {
            DataFusionError::Execution(format!(
                "its column `{name}` is of type {}, which has no text",
                column.data_type()
            ))
        }),
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{AsArray, Int64Array, StringArray, TimestampMicrosecondArray};
    use datafusion::arrow::datatypes::{Field, Schema};
    use datafusion::parquet::arrow::ArrowWriter;

    use super::*;

    #[test]
    fn columns_by_name() -> Result<()> {
        let rows = RecordBatch::try_from_iter_with_nullable([
            ("n", Arc::new(Int64Array::from(vec![Some(1), None])) as ArrayRef, true),
            ("s", Arc::new(StringArray::from(vec!["a", "b"])), true),
            ("t", Arc::new(TimestampMicrosecondArray::from(vec![0, 1_500_000]).with_timezone("UTC")), true),
        ])?;
        let mut file = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut file, rows.schema(), None)?;
        writer.write(&rows)?;
        writer.close()?;
        let text = |name| Field::new(name, DataType::Utf8View, true);
        let schema = Arc::new(Schema::new(vec![text("t"), text("missing"), text("n")]));
        let batches = batches(Bytes::from(file.clone()), &schema, 1 << 20)?;
        let cells: Vec<Option<String>> = batches
            .iter()
            .flat_map(|batch| batch.columns())
            .flat_map(|column| column.as_string_view().iter().map(|cell| cell.map(str::to_owned)).collect::<Vec<_>>())
            .collect();
        let some = |text: &str| Some(text.to_owned());
        let expected = [some("1970-01-01T00:00:00Z"), some("1970-01-01T00:00:01.500Z"), None, None, some("1"), None];
        assert_eq!(cells, expected);
        assert!(super::batches(Bytes::from(file), &schema, 1).is_err());
        assert!(super::batches(Bytes::from_static(b"none"), &schema, 1).is_err());
        Ok(())
    }
}
