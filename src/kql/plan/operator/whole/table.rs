//! What is made of all rows, as a table.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;

use super::exec::WholeExec;

/// What is done with all rows at once.
pub trait Work: fmt::Debug + Send + Sync {
    /// Its name, for plans.
    fn name(&self) -> &'static str;

    /// The columns that come out, all of one length.
    ///
    /// # Errors
    /// If the rows are more than it can work on.
    fn done(&self, rows: &RecordBatch) -> Result<Vec<ArrayRef>>;
}

/// The rows that work makes of others.
#[derive(Debug)]
pub struct WholeTable {
    rows: LogicalPlan,
    work: Arc<dyn Work>,
    schema: SchemaRef,
}

impl WholeTable {
    /// What `work` makes of `rows`: columns of these fields.
    pub fn new(rows: LogicalPlan, work: Arc<dyn Work>, fields: Vec<FieldRef>) -> Self {
        Self { rows, work, schema: Arc::new(Schema::new(fields)) }
    }
}

#[async_trait]
impl TableProvider for WholeTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows = state.create_physical_plan(&self.rows).await?;
        let all: Vec<usize> = (0..self.schema.fields().len()).collect();
        let chosen = projection.unwrap_or(&all).clone();
        Ok(Arc::new(WholeExec::new(rows, Arc::clone(&self.work), Arc::clone(&self.schema), chosen)?))
    }
}
