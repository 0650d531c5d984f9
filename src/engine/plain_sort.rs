//! Sorts that hold texts with their bytes, for queries that are short of memory.
//!
//! Tables give texts as views: each batch holds its bytes once, and every batch that is cut out of it holds all of them too. A sort counts
//! what each of its batches holds, and so the same bytes many times, until nothing fits. Plain texts are copied when rows are taken out
//! of a batch, and are counted for what they are.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Schema};
use datafusion::common::Result;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::physical_expr::expressions::{Column, cast};
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

/// The plan with every sort by plain columns, of all its rows, over plain texts.
pub(super) fn plain_sorts(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    Ok(plan.transform_up(plain_sort)?.data)
}

fn plain_sort(plan: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let Some(sort) = plan.downcast_ref::<SortExec>() else { return Ok(Transformed::no(plan)) };
    let by_columns = sort.expr().iter().all(|term| term.expr.downcast_ref::<Column>().is_some());
    let schema = sort.schema();
    let has_views = schema.fields().iter().any(|field| *field.data_type() == DataType::Utf8View);
    if !by_columns || !has_views || sort.fetch().is_some() {
        return Ok(Transformed::no(plan));
    }
    let input = texts_as(&DataType::Utf8View, &DataType::Utf8, Arc::clone(sort.input()), &schema)?;
    let sorted = replace_children_if_necessary(Arc::clone(&plan), vec![input])?;
    texts_as(&DataType::Utf8, &DataType::Utf8View, sorted, &schema).map(Transformed::yes)
}

/// The rows of a plan with its texts of one type turned into another; names and what is said of columns stay those of `schema`.
fn texts_as(
    from: &DataType,
    to: &DataType,
    plan: Arc<dyn ExecutionPlan>,
    schema: &Schema,
) -> Result<Arc<dyn ExecutionPlan>> {
    let input = plan.schema();
    let columns = input.fields().iter().enumerate().map(|(index, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), index));
        let wanted = schema.field(index).data_type() == &DataType::Utf8View && field.data_type() == from;
        let expr = if wanted { cast(column, &input, to.clone())? } else { column };
        Ok(ProjectionExpr::new(expr, field.name().clone()))
    });
    let columns = columns.collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(ProjectionExec::try_new_with_schema_metadata(columns, plan, schema)?))
}
