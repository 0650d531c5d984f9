//! Projections: a column for each expression.
//!
//! An operator such as `extend` is a projection, and people write hundreds of them in a row. One that stands on another is made one with
//! it where that computes nothing twice: DataFusion would do so in the end, but every one of its rules walks over all of them before.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Projection};

use super::error::Result;

/// How many levels an expression may have to be put into another. Names of expressions are made of all of their levels, again and again.
const MOST_LEVELS: usize = 16;

/// The expressions over a plan. Columns between nodes have no qualifier, so that they need no looking up.
pub fn projected(plan: LogicalPlan, exprs: Vec<Expr>) -> Result<LogicalPlan> {
    if plan.schema().iter().any(|(qualifier, _)| qualifier.is_some()) {
        return Ok(LogicalPlanBuilder::from(plan).project(exprs)?.build()?);
    }
    if let LogicalPlan::Projection(below) = &plan
        && let Some(fused) = fused(&exprs, below)?
    {
        return Ok(LogicalPlan::Projection(Projection::try_new(fused, Arc::clone(&below.input))?));
    }
    Ok(LogicalPlan::Projection(Projection::try_new(exprs, Arc::new(plan))?))
}

/// The expressions over what lies below a projection; `None` if something would be computed twice or become too deep.
fn fused(exprs: &[Expr], below: &Projection) -> Result<Option<Vec<Expr>>> {
    let names = below.schema.fields().iter().map(|field| field.name().as_str());
    let below: HashMap<&str, &Expr> = names.zip(&below.expr).collect();
    let mut used: HashMap<&str, usize> = HashMap::new();
    for expr in exprs {
        let mut deepest = 0;
        expr.apply(|part| {
            if let Expr::Column(column) = part
                && let Some((name, source)) = below.get_key_value(column.name.as_str())
                && !is_trivial(source)
            {
                *used.entry(name).or_default() += 1;
                deepest = deepest.max(levels(source));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        if deepest > 0 && deepest + levels(expr) > MOST_LEVELS {
            return Ok(None);
        }
    }
    if used.values().any(|times| *times > 1) {
        return Ok(None);
    }
    let mut out = Vec::with_capacity(exprs.len());
    for expr in exprs {
        out.push(match expr {
            Expr::Column(column) => match below.get(column.name.as_str()) {
                Some(source) if source.schema_name().to_string() == column.name => (*source).clone(),
                Some(source) => (*source).clone().unalias().alias(&column.name),
                None => return Ok(None),
            },
            expr => {
                let replaced = expr.clone().transform_up(|part| {
                    Ok(match &part {
                        Expr::Column(column) => match below.get(column.name.as_str()) {
                            Some(source) => Transformed::yes((*source).clone().unalias()),
                            None => Transformed::no(part),
                        },
                        _ => Transformed::no(part),
                    })
                })?;
                match expr {
                    Expr::Alias(_) => replaced.data,
                    other => replaced.data.alias(other.schema_name().to_string()),
                }
            }
        });
    }
    Ok(Some(out))
}

/// Whether an expression costs nothing.
fn is_trivial(expr: &Expr) -> bool {
    match expr {
        Expr::Alias(alias) => is_trivial(&alias.expr),
        expr => matches!(expr, Expr::Column(_) | Expr::Literal(..)),
    }
}

/// How many levels an expression has, as far as that matters.
fn levels(expr: &Expr) -> usize {
    fn within(expr: &Expr, left: usize) -> usize {
        let mut below = 0;
        if left > 0 {
            let counted = expr.apply_children(|child| {
                below = below.max(within(child, left - 1));
                Ok(TreeNodeRecursion::Continue)
            });
            // What cannot be walked is as deep as can be.
            below = counted.map_or(left, |_| below);
        }
        below + 1
    }
    within(expr, MOST_LEVELS + 1)
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, col, lit};

    use super::projected;

    fn rows() -> LogicalPlan {
        LogicalPlanBuilder::values(vec![vec![lit(1_i64)]]).unwrap().build().unwrap()
    }

    #[test]
    fn what_computes_nothing_twice_is_one_projection() {
        let below =
            projected(rows(), vec![col("column1").alias("a"), (col("column1") + lit(1_i64)).alias("b")]).unwrap();
        let above = vec![col("a"), (col("a") * col("b")).alias("c")];
        let plan = projected(below, above).unwrap();
        assert_eq!(
            plan.display_indent().to_string(),
            "Projection: column1 AS a, column1 * (column1 + Int64(1)) AS c\n  Values: (Int64(1))"
        );
    }

    #[test]
    fn what_is_used_twice_or_is_deep_stays() {
        let below = projected(rows(), vec![(col("column1") + lit(1_i64)).alias("b")]).unwrap();
        let twice = projected(below.clone(), vec![(col("b") * col("b")).alias("c")]).unwrap();
        assert_eq!(twice.display_indent().to_string().matches("Projection").count(), 2);
        let deep =
            (0..40).try_fold(below, |plan, _| projected(plan, vec![(col("b") + lit(1_i64)).alias("b")])).unwrap();
        let layers = deep.display_indent().to_string().matches("Projection").count();
        assert!((2..10).contains(&layers), "{layers}");
    }
}
