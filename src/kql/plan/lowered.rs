//! A relation as a logical plan, with its order.
//!
//! `sort` puts nothing into order: it says by what the rows would be. The order goes along through what keeps it, and rows are sorted where
//! it shows. DataFusion keeps no order below a filter or an aggregate by contract, so a sort that is not asked for there is lost work at
//! best, and an order that is not asked for is luck.

use datafusion::common::Column;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, SortExpr};

use super::error::Result;
use super::projection::projected;
use crate::kql::bind::tree::{self, ColumnId};

/// A relation as a logical plan.
#[derive(Debug, Clone)]
pub struct Lowered {
    /// The plan: a field `c<id>` for each column of the relation, in order, and behind them those that `order` needs besides.
    pub plan: LogicalPlan,
    /// The order of the rows, over the plan's fields; empty if they have none.
    pub order: Vec<SortExpr>,
}

impl Lowered {
    /// Rows in no order.
    pub fn unordered(plan: LogicalPlan) -> Self {
        Self { plan, order: Vec::new() }
    }

    /// The same rows put into their order.
    pub fn sorted(self) -> Result<Self> {
        if self.order.is_empty() {
            return Ok(self);
        }
        let plan = LogicalPlanBuilder::from(self.plan).sort(self.order.clone())?.build()?;
        Ok(Self { plan, order: self.order })
    }

    /// The fields of these columns, those that the order needs behind them.
    pub fn project(self, exprs: Vec<Expr>) -> Result<Self> {
        let names: Vec<String> = exprs.iter().map(|expr| expr.schema_name().to_string()).collect();
        let mut exprs = exprs;
        for column in self.order.iter().flat_map(|key| key.expr.column_refs()) {
            let already = names.contains(&column.name)
                || exprs.iter().any(|expr| matches!(expr, Expr::Column(other) if other == column));
            if !already {
                exprs.push(Expr::Column(column.clone()));
            }
        }
        let plan = projected(self.plan, exprs)?;
        Ok(Self { plan, order: self.order })
    }
}

/// The name of a column between nodes.
pub fn name(id: ColumnId) -> String {
    format!("c{}", id.0)
}

/// A column of the input.
pub fn column(id: ColumnId) -> Expr {
    Expr::Column(Column::new_unqualified(name(id)))
}

/// The columns of a relation.
pub fn columns(rel: &tree::Rel) -> Vec<Expr> {
    rel.columns.iter().map(|own| column(own.id)).collect()
}
