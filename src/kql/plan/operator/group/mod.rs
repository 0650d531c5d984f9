//! A subquery that is planned once and run on one group of rows after the other.
//!
//! [`Applied`] is a table whose rows are the answers of all groups; planning it plans the rows and the subquery. The subquery's leaf is
//! [`GroupRows`], a table that holds the rows of the group that is being run.

mod rows;
mod run;

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::{FieldRef, Schema, SchemaRef};
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result;
use datafusion::execution::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, TableType};
use datafusion::physical_plan::ExecutionPlan;

pub use rows::GroupRows;
use run::RunExec;

use crate::scan::pass::ShareScans;

/// Where a column of the answers comes from, by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The rows of the group, whose first row says it for all.
    Group(usize),
    /// The answer of the subquery.
    Answer(usize),
}

/// The answers of a subquery to all groups.
#[derive(Debug)]
pub struct Applied {
    rows: LogicalPlan,
    subquery: LogicalPlan,
    group: u32,
    key: usize,
    sources: Vec<Source>,
    schema: SchemaRef,
}

impl Applied {
    /// The answers of `subquery` to the groups of `rows`. `group` is the number under which the leaf knows the group, and the place of the
    /// column that tells the groups apart.
    pub fn new(
        rows: LogicalPlan,
        subquery: LogicalPlan,
        (group, key): (u32, usize),
        sources: Vec<Source>,
        fields: Vec<FieldRef>,
    ) -> Self {
        Self { rows, subquery, group, key, sources, schema: Arc::new(Schema::new(fields)) }
    }
}

#[async_trait]
impl TableProvider for Applied {
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
        // A group is small: to part it costs more than it saves.
        let subquery = match (state as &dyn Session).as_any().downcast_ref::<SessionState>() {
            Some(state) => {
                let mut state = ShareScans::without(state);
                state.config_mut().options_mut().execution.target_partitions = 1;
                state.create_physical_plan(&self.subquery).await?
            }
            None => state.create_physical_plan(&self.subquery).await?,
        };
        let all: Vec<usize> = (0..self.sources.len()).collect();
        let chosen = projection.unwrap_or(&all);
        let sources = chosen.iter().filter_map(|place| self.sources.get(*place).copied()).collect();
        let schema = Arc::new(self.schema.project(chosen)?);
        Ok(Arc::new(RunExec::new(rows, subquery, (self.group, self.key), sources, schema)))
    }
}
