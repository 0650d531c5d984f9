//! Rows kept in memory, up to a limit, to be shown again or drawn.

use std::sync::Arc;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};

/// Bytes that are kept unless said otherwise.
const MOST_BYTES: usize = 256 << 20;

/// The first rows of an answer, as many as fit.
#[derive(Debug, Clone)]
pub struct Kept {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    rows: u64,
    bytes: usize,
    most: usize,
    beyond: u64,
}

impl Kept {
    /// Nothing yet of an answer with these columns; names that are there twice get numbers, as in every output.
    pub fn new(schema: &SchemaRef) -> Self {
        let schema = super::distinct(schema);
        // What an answer calls not null may hold nulls after an outer join.
        let fields: Vec<_> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
        let schema = Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()));
        Self { schema, batches: Vec::new(), rows: 0, bytes: 0, most: MOST_BYTES, beyond: 0 }
    }

    /// The same with another limit, in bytes of memory.
    #[must_use]
    pub fn at_most(mut self, bytes: usize) -> Self {
        self.most = bytes;
        self
    }

    /// Keeps the rows, unless they are too many: then these and all after them are only counted.
    pub fn push(&mut self, batch: &RecordBatch) {
        let (rows, bytes) = (batch.num_rows() as u64, batch.get_array_memory_size());
        let full = self.beyond > 0 || self.bytes.saturating_add(bytes) > self.most;
        // Columns that are not those of the answer could not be shown.
        match RecordBatch::try_new(Arc::clone(&self.schema), batch.columns().to_vec()) {
            Ok(batch) if !full => {
                self.bytes += bytes;
                self.rows += rows;
                self.batches.push(batch);
            }
            _ => self.beyond += rows,
        }
    }

    /// The columns.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows, in their order.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows are kept.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// A sentence about rows that were too many to be kept.
    pub fn note(&self) -> Option<String> {
        let most = super::bytes(self.most as u64);
        (self.beyond > 0).then(|| {
            let (kept, beyond) = (super::human::count(self.rows, "row"), super::human::count(self.beyond, "row"));
            format!("only the first {kept} fit into the {most} that are kept, {beyond} did not")
        })
    }

    /// A row, counted from 1, as a batch of its own.
    pub fn row(&self, number: u64) -> Option<RecordBatch> {
        let mut before = number.checked_sub(1)?;
        for batch in &self.batches {
            if before < batch.num_rows() as u64 {
                return Some(batch.slice(usize::try_from(before).ok()?, 1));
            }
            before -= batch.num_rows() as u64;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::array::{ArrayRef, Int64Array};

    use super::*;

    fn batch(numbers: &[i64]) -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from(numbers.to_vec()));
        RecordBatch::try_from_iter([("n", column)]).expect("batch")
    }

    #[test]
    fn rows_are_found_by_number() {
        let mut kept = Kept::new(&batch(&[]).schema());
        [batch(&[1, 2]), batch(&[]), batch(&[3])].iter().for_each(|batch| kept.push(batch));
        let number = |row: u64| Some(kept.row(row)?.column(0).as_any().downcast_ref::<Int64Array>()?.value(0));
        assert_eq!([0, 1, 2, 3, 4].map(number), [None, Some(1), Some(2), Some(3), None]);
        assert_eq!((kept.rows(), kept.note()), (3, None));
    }

    #[test]
    fn what_does_not_fit_is_counted_and_told() {
        let mut kept = Kept::new(&batch(&[]).schema()).at_most(1000);
        kept.push(&batch(&[1]));
        kept.push(&batch(&[0; 500]));
        kept.push(&batch(&[2]));
        assert_eq!(kept.rows(), 1);
        insta::assert_snapshot!(kept.note().expect("note"), @"only the first 1 row fit into the 1.0 kB that are kept, 501 rows did not");
    }
}
