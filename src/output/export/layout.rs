//! Which folder a row goes to, and the order that the rows must come in.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, Int64Array, RecordBatch};
use datafusion::arrow::compute::{cast, partition};
use datafusion::arrow::datatypes::{DataType, Int64Type, Schema, TimeUnit};

use super::{ExportOptions, Partition, partition::folder};
use crate::engine::Order;
use crate::output::cell::{Column, number, time};
use crate::output::{OutputError, names};

/// An export's options with their columns found among those of the rows.
#[derive(Debug, Clone)]
pub struct ExportLayout {
    folders: Vec<Folders>,
    sort: Vec<String>,
}

/// One level of folders.
#[derive(Debug, Clone)]
struct Folders {
    kind: Kind,
    /// The column that says which folder.
    column: usize,
    name: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Period { key: &'static str, seconds: i64, unit: TimeUnit },
    Value,
}

impl ExportLayout {
    /// Finds the options' columns among those of `schema`, by their exact names or else in any letter case.
    ///
    /// # Errors
    /// [`OutputError::Setting`] names what is missing or cannot be partitioned or sorted by.
    pub fn new(options: &ExportOptions, schema: &Schema) -> Result<Self, OutputError> {
        let folders =
            options.partition_by.iter().map(|partition| Folders::new(partition, &options.time_column, schema));
        let sort = match &options.sort {
            None => names::find(schema, &options.time_column).map(|index| vec![index]).unwrap_or_default(),
            Some(names) => {
                let found =
                    names.iter().map(|name| names::find(schema, name).map_err(|reason| refuse("sort", name, &reason)));
                found.collect::<Result<Vec<_>, _>>()?
            }
        };
        if let Some(nested) = sort.iter().map(|&index| schema.field(index)).find(|field| field.data_type().is_nested())
        {
            return Err(refuse("sort", nested.name(), "it holds lists or objects"));
        }
        let sort = sort.into_iter().map(|index| schema.field(index).name().clone()).collect();
        Ok(Self { folders: folders.collect::<Result<_, _>>()?, sort })
    }

    /// The columns that each file is sorted by, ascending, nulls last.
    pub fn sort(&self) -> &[String] {
        &self.sort
    }

    /// The order that the rows must come in for this layout; empty if any will do.
    pub fn order(&self) -> Vec<Order> {
        let plain = |column: &str| Order { column: column.to_owned(), period: None };
        let mut terms: Vec<Order> = self.sort.iter().map(|name| plain(name)).collect();
        for folders in self.folders.iter().rev() {
            let of_period = |period| Order { period: Some(period), ..plain(&folders.name) };
            let by_time = |first: &Order| *first == plain(&folders.name) || *first == of_period("hour");
            match folders.kind {
                // Rows in the order of time, or of its hours, are in the order of its days already.
                Kind::Period { .. } if terms.first().is_some_and(by_time) => {}
                Kind::Period { key, .. } => terms.insert(0, of_period(key)),
                Kind::Value => {
                    terms.retain(|term| *term != plain(&folders.name));
                    terms.insert(0, plain(&folders.name));
                }
            }
        }
        terms
    }

    /// Cuts a batch where the folder changes.
    pub(super) fn split(&self, batch: &RecordBatch) -> Result<Vec<(PathBuf, Range<usize>)>, OutputError> {
        if self.folders.is_empty() || batch.num_rows() == 0 {
            return Ok(vec![(PathBuf::new(), 0..batch.num_rows())]);
        }
        let keys = self.folders.iter().map(|folders| folders.keys(batch)).collect::<Result<Vec<_>, _>>()?;
        let ranges = partition(&keys)?.ranges();
        ranges.into_iter().map(|range| Ok((self.path(batch, &keys, range.start)?, range))).collect()
    }

    fn path(&self, batch: &RecordBatch, keys: &[ArrayRef], row: usize) -> Result<PathBuf, OutputError> {
        self.folders.iter().zip(keys).map(|(folders, keys)| folders.folder(batch, keys, row)).collect()
    }
}

impl Folders {
    fn new(partition: &Partition, time_column: &str, schema: &Schema) -> Result<Self, OutputError> {
        let wanted = match partition {
            Partition::Day | Partition::Hour => time_column,
            Partition::Column(name) => name,
        };
        let refuse = |reason: &str| refuse("partition", &partition.to_string(), reason);
        let column = names::find(schema, wanted).map_err(|reason| refuse(&reason))?;
        let field = schema.field(column);
        let kind = match (partition, field.data_type()) {
            (Partition::Day, DataType::Timestamp(unit, _)) => Kind::Period { key: "day", seconds: 86_400, unit: *unit },
            (Partition::Hour, DataType::Timestamp(unit, _)) => {
                Kind::Period { key: "hour", seconds: 3_600, unit: *unit }
            }
            (Partition::Day | Partition::Hour, _) => {
                return Err(refuse(&format!("column {} is not a datetime", field.name())));
            }
            (Partition::Column(_), kind) if kind.is_nested() => return Err(refuse("it holds lists or objects")),
            (Partition::Column(_), _) => Kind::Value,
        };
        Ok(Self { kind, column, name: field.name().clone() })
    }

    /// One value a row that changes where the folder does.
    fn keys(&self, batch: &RecordBatch) -> Result<ArrayRef, OutputError> {
        let column = batch.column(self.column);
        match self.kind {
            Kind::Value => Ok(Arc::clone(column)),
            Kind::Period { seconds, unit, .. } => {
                let length = seconds * time::per_second(unit);
                let ticks = cast(column, &DataType::Int64)?;
                let periods: Int64Array = ticks.as_primitive::<Int64Type>().unary(|tick| tick.div_euclid(length));
                Ok(Arc::new(periods))
            }
        }
    }

    fn folder(&self, batch: &RecordBatch, keys: &ArrayRef, row: usize) -> Result<String, OutputError> {
        let mut value = Vec::new();
        match self.kind {
            Kind::Value => Column::new(batch.schema_ref().field(self.column), &keys.slice(row, 1))?.text(0, &mut value),
            Kind::Period { .. } if keys.is_null(row) => {}
            Kind::Period { seconds, .. } => period(keys.as_primitive::<Int64Type>().value(row), seconds, &mut value),
        }
        let key = match self.kind {
            Kind::Period { key, .. } => key,
            Kind::Value => &self.name,
        };
        folder(key, (!keys.is_null(row)).then(|| String::from_utf8_lossy(&value)).as_deref())
    }
}

/// Writes `2026-10-01`, or `2026-10-01T13` for periods shorter than a day: names that sort, and that read back as text.
fn period(number: i64, seconds: i64, out: &mut Vec<u8>) {
    let per_day = 86_400 / seconds;
    if !time::date(number.div_euclid(per_day), out) {
        return number::integer(number.into(), out);
    }
    if per_day > 1 {
        out.push(b'T');
        // Below the hours of a day.
        number::padded(number.rem_euclid(per_day) as u32, 2, out);
    }
}

fn refuse(what: &str, name: &str, reason: &str) -> OutputError {
    OutputError::Setting(format!("cannot {what} by {name}: {reason}"))
}
