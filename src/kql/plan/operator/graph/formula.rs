//! Expressions over references, compiled.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch, RecordBatchOptions};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::compute::{cast, prep_null_mask_filter};
use datafusion::arrow::datatypes::{DataType, FieldRef, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{Column as Named, DFSchema, Result, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_expr::expressions::{Column, Literal};
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_plan::PhysicalExpr;

/// How many rows are looked at at a time.
const ROWS: usize = 8192;

/// An expression that reads references, by their places.
#[derive(Debug, Clone)]
pub struct Formula {
    expr: Arc<dyn PhysicalExpr>,
    /// The references that it reads.
    pub reads: Vec<usize>,
    schema: SchemaRef,
}

/// Queries of one row that expressions hold: `toscalar`, tables behind `in`. They are run before anything else, and stand as constants.
#[derive(Debug, Default)]
pub struct Queries(pub Vec<LogicalPlan>);

/// What the value of a query is called until it is known.
fn placeholder(query: usize) -> String {
    format!("q{query}")
}

impl Queries {
    /// The expression with its queries taken out.
    pub fn take(&mut self, expr: Expr) -> Result<Expr> {
        let taken = expr.transform_up(|part| match part {
            Expr::ScalarSubquery(query) => {
                let name = placeholder(self.0.len());
                self.0.push(query.subquery.as_ref().clone());
                Ok(Transformed::yes(Expr::Column(Named::new_unqualified(name))))
            }
            part => Ok(Transformed::no(part)),
        });
        Ok(taken?.data)
    }
}

impl Formula {
    /// Compiles an expression over references, whose fields these are, and over queries.
    pub fn new(state: &dyn Session, expr: &Expr, fields: &[FieldRef], queries: &Queries) -> Result<Self> {
        let mut all: Vec<FieldRef> = fields.to_vec();
        for (at, query) in queries.0.iter().enumerate() {
            if let Some(field) = query.schema().fields().first() {
                all.push(Arc::new(field.as_ref().clone().with_name(placeholder(at)).with_nullable(true)));
            }
        }
        let schema = DFSchema::try_from(Schema::new(all))?;
        let expr = state.create_physical_expr(expr.clone(), &schema)?;
        let mut reads: Vec<usize> =
            collect_columns(&expr).iter().map(|column| column.index()).filter(|at| *at < fields.len()).collect();
        reads.sort_unstable();
        let own: Vec<FieldRef> = reads.iter().filter_map(|at| fields.get(*at).map(Arc::clone)).collect();
        Ok(Self { expr, reads, schema: Arc::new(Schema::new(own)) })
    }

    /// The same with the values of queries, by their places.
    pub fn with(&self, values: &[ScalarValue]) -> Result<Self> {
        let expr = Arc::clone(&self.expr).transform_up(|part| {
            let name = part.downcast_ref::<Column>().map(|column| column.name().to_owned());
            let value = name.and_then(|name| (0..values.len()).find(|at| placeholder(*at) == name));
            Ok(match value.and_then(|at| values.get(at)) {
                Some(value) => Transformed::yes(Arc::new(Literal::new(value.clone())) as Arc<dyn PhysicalExpr>),
                None => Transformed::no(part),
            })
        })?;
        let expr = reassign_expr_columns(expr.data, &self.schema)?;
        Ok(Self { expr, reads: self.reads.clone(), schema: Arc::clone(&self.schema) })
    }

    /// The values for columns that stand for what it reads.
    pub fn values(&self, columns: Vec<ArrayRef>, rows: usize) -> Result<ArrayRef> {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)?;
        self.expr.evaluate(&batch)?.into_array(rows)
    }

    /// Where it is true; null is not.
    pub fn truth(&self, columns: &[ArrayRef], rows: usize) -> Result<BooleanBuffer> {
        let mut all = datafusion::arrow::array::BooleanBufferBuilder::new(rows);
        let mut at = 0;
        while at < rows {
            let count = ROWS.min(rows - at);
            let columns = columns.iter().map(|column| column.slice(at, count)).collect();
            all.append_buffer(&bits(&self.values(columns, count)?)?);
            at += count;
        }
        Ok(all.finish())
    }
}

/// Which values are true.
pub fn bits(values: &ArrayRef) -> Result<BooleanBuffer> {
    let values = cast(values, &DataType::Boolean)?;
    let values = values.as_boolean();
    Ok(match values.null_count() {
        0 => values.values().clone(),
        _ => prep_null_mask_filter(values).values().clone(),
    })
}
