//! Functions of neighbouring rows: `prev`, `next`, `row_number`, `row_cumsum`, `row_rank_dense`, `row_rank_min`, `row_window_session`.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock};

use datafusion::logical_expr::expr::WindowFunction;
use datafusion::logical_expr::{
    Expr as Plain, ExprFunctionExt, LogicalPlanBuilder, WindowFunctionDefinition, WindowUDF,
};

use super::super::error::{PlanError, Result};
use super::super::expr::dress;
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
use super::named;
use crate::functions::window_functions;
use crate::kql::bind::tree::{Column, Rel, WindowCall};

/// The window functions by Kusto's names.
static BY_NAME: LazyLock<HashMap<String, Arc<WindowUDF>>> = LazyLock::new(|| {
    let plain = |function: &WindowUDF| function.name().trim_start_matches("kusto_").to_owned();
    window_functions().into_iter().map(|function| (plain(&function), function)).collect()
});

/// Lowers the node: the functions over the input's order, which the rows keep.
pub fn lower(planner: &mut Planner, rel: &Rel, input: &Rel, calls: &[WindowCall]) -> Result<Lowered> {
    let input = planner.ordered(input)?;
    over(planner, input, &rel.columns, calls, &[])
}

/// The functions over rows in their order, anew for each value of the partition; what comes out has these columns.
pub fn over(
    planner: &mut Planner,
    Lowered { plan, order }: Lowered,
    columns: &[Column],
    calls: &[WindowCall],
    partition: &[Plain],
) -> Result<Lowered> {
    let mut windows: Vec<(Plain, String)> = Vec::with_capacity(calls.len());
    let mut names = Vec::with_capacity(calls.len());
    for call in calls {
        let function = call.call.function.name;
        let Some(udwf) = BY_NAME.get(function) else {
            return Err(PlanError::refused(format!("huntql does not run `{function}`; take it out of the query")));
        };
        let args = call.call.args.iter().map(|arg| planner.value(arg, &plan)).collect::<Result<Vec<_>>>()?;
        let window = WindowFunction::new(WindowFunctionDefinition::WindowUDF(Arc::clone(udwf)), args);
        let mut window = Plain::from(window).partition_by(partition.to_vec());
        if !order.is_empty() {
            window = window.order_by(order.clone());
        }
        let window = window.build()?;
        // A call that is there already is no second one: the optimizer would take what two have in common out of the node, and fail on what
        // is left.
        let known = windows.iter().find(|(known, _)| *known == window).map(|(_, name)| name.clone());
        names.push(known.unwrap_or_else(|| {
            let name = planner.fresh();
            windows.push((window, name.clone()));
            name
        }));
    }
    let windows: Vec<Plain> = windows.into_iter().map(|(window, name)| window.alias(name)).collect();
    let plan = LogicalPlanBuilder::from(plan).window(windows)?.build()?;
    let mut exprs = Vec::with_capacity(columns.len());
    for own in columns {
        exprs.push(match calls.iter().zip(&names).find(|(call, _)| call.id == own.id) {
            Some((call, window)) => {
                let value = planner.typed(named(window), call.kind, &plan)?;
                dress(value, call.kind).alias(name(own.id))
            }
            None => column(own.id),
        });
    }
    Lowered { plan, order }.project(exprs)
}
