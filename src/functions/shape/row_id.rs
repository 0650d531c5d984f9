//! A number for each row: unlike those of all other rows of the query, in no order.

use std::{
    hash::{Hash, Hasher},
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use datafusion::{
    arrow::{
        array::{ArrayRef, Int64Array},
        datatypes::{DataType, Field, FieldRef},
    },
    common::Result,
    logical_expr::{ScalarFunctionArgs, ScalarUDF, Volatility},
};

use super::{Shape, made};

/// `row_id()`: a number for each row. It is volatile, so that no optimizer computes it twice.
pub fn row_id() -> ScalarUDF {
    made(RowId { next: Arc::default() }, Volatility::Volatile)
}

#[derive(Debug)]
struct RowId {
    next: Arc<AtomicI64>,
}

impl PartialEq for RowId {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.next, &other.next)
    }
}

impl Eq for RowId {}

impl Hash for RowId {
    fn hash<H: Hasher>(&self, state: &mut H) {
        std::ptr::hash(Arc::as_ptr(&self.next), state);
    }
}

impl Shape for RowId {
    const NAME: &'static str = "row_id";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(Self::NAME, DataType::Int64, true)))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let rows = i64::try_from(args.number_rows).unwrap_or(i64::MAX);
        let first = self.next.fetch_add(rows, Ordering::Relaxed);
        Ok(Arc::new(Int64Array::from_iter_values(first..first.saturating_add(rows))))
    }
}
