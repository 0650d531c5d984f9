//! JSON unions inside of expressions: what compares or casts keeps them, what wants text gets text.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, Result, plan_err};
use datafusion::logical_expr::expr::{AggregateFunction, InSubquery, ScalarFunction, WindowFunction};
use datafusion::logical_expr::expr_rewriter::NamePreserver;
use datafusion::logical_expr::type_coercion::functions::fields_with_udf;
use datafusion::logical_expr::{BinaryExpr, Expr, ExprSchemable, Operator};

use super::advice;
use super::union_value::{as_text, has_union, is_json_call, is_union, is_union_type, json_text, plain_text, sort_keys};

/// Aggregates that compare or add their values. Of a JSON value they would do so by type or by text, which nobody means.
const NEED_A_TYPE: [&str; 14] = [
    "min",
    "max",
    "sum",
    "avg",
    "mean",
    "median",
    "stddev",
    "stddev_pop",
    "var",
    "var_pop",
    "arg_max",
    "arg_min",
    "approx_median",
    "percentile_cont",
];

/// Gives the JSON accessors in a join's condition the alias that the operators `->` and `->>` come with.
///
/// DataFusion 55 moves accessors from both sides of `lower(json_get_str(a.x, 'k')) = lower(json_get_str(b.x, 'k'))` below the join
/// and then looks for columns under names that it did not give them; with an alias it keeps track.
pub(super) fn name_accessors(condition: Expr) -> Result<Expr> {
    let named = condition.transform_down(|expr| {
        Ok(match expr {
            Expr::Alias(_) => Transformed::new(expr, false, TreeNodeRecursion::Jump),
            expr if is_json_call(&expr) => {
                // An alias that repeats the expression's own name would be taken off again.
                let name = format!("({})", expr.schema_name());
                Transformed::new(expr.alias(name), true, TreeNodeRecursion::Jump)
            }
            other => Transformed::no(other),
        })
    })?;
    Ok(named.data)
}

/// Rewrites expressions over columns of one schema.
pub(super) struct UnionExpr<'s> {
    schema: &'s DFSchema,
}

impl<'s> UnionExpr<'s> {
    pub fn new(schema: &'s DFSchema) -> Self {
        Self { schema }
    }

    /// Rewrites expressions that stand for columns; they keep their names.
    pub fn rewrite_all(&self, exprs: Vec<Expr>) -> Result<Vec<Expr>> {
        let names = NamePreserver::new_for_projection();
        let rewrite = |expr: Expr| {
            let name = names.save(&expr);
            Ok(name.restore(self.rewrite(expr)?))
        };
        exprs.into_iter().map(rewrite).collect()
    }

    /// Rewrites an expression.
    pub fn rewrite(&self, expr: Expr) -> Result<Expr> {
        expr.transform_up(|expr| self.step(expr)).map(|rewritten| rewritten.data)
    }

    /// The columns that the expressions are over.
    pub fn schema(&self) -> &DFSchema {
        self.schema
    }

    /// An expression to group by: a union becomes JSON text, under the same name.
    pub fn key(&self, expr: Expr) -> Result<Expr> {
        let expr = self.rewrite_all(vec![expr])?.pop().unwrap_or_default();
        let name = NamePreserver::new_for_projection().save(&expr);
        Ok(match expr {
            Expr::GroupingSet(_) => expr.map_children(|inner| self.key(inner).map(Transformed::yes))?.data,
            union if self.is_union(&union) => name.restore(json_text(union)),
            other => other,
        })
    }

    /// Expressions to group by.
    pub fn keys(&self, exprs: Vec<Expr>) -> Result<Vec<Expr>> {
        exprs.into_iter().map(|expr| self.key(expr)).collect()
    }

    /// The two sides of a join's equality; two JSON values are equal if their JSON texts are, and a JSON null equals nothing.
    pub fn pair(
        &self,
        (left, of_left): (Expr, &DFSchema),
        (right, of_right): (Expr, &DFSchema),
    ) -> Result<(Expr, Expr)> {
        let both = is_union(&left, of_left) && is_union(&right, of_right);
        let (left, right) = if both { (json_text(left), json_text(right)) } else { (left, right) };
        Ok((name_accessors(left)?, name_accessors(right)?))
    }

    fn is_union(&self, expr: &Expr) -> bool {
        is_union(expr, self.schema)
    }

    fn step(&self, expr: Expr) -> Result<Transformed<Expr>> {
        let text = |expr: Box<Expr>| if self.is_union(&expr) { Box::new(plain_text(*expr)) } else { expr };
        Ok(match expr {
            Expr::AggregateFunction(call) => Transformed::yes(Expr::AggregateFunction(self.aggregate(call)?)),
            Expr::WindowFunction(call) => Transformed::yes(Expr::WindowFunction(Box::new(self.window(*call)?))),
            Expr::ScalarFunction(call) => Transformed::yes(Expr::ScalarFunction(self.scalar(call))),
            Expr::Like(mut like) => {
                (like.expr, like.pattern) = (text(like.expr), text(like.pattern));
                Transformed::yes(Expr::Like(like))
            }
            Expr::SimilarTo(mut like) => {
                (like.expr, like.pattern) = (text(like.expr), text(like.pattern));
                Transformed::yes(Expr::SimilarTo(like))
            }
            Expr::BinaryExpr(BinaryExpr { left, op: op @ Operator::StringConcat, right }) => {
                Transformed::yes(Expr::BinaryExpr(BinaryExpr { left: text(left), op, right: text(right) }))
            }
            Expr::BinaryExpr(BinaryExpr { left, op, right })
                if is_equality(op) && self.is_union(&left) && self.is_union(&right) =>
            {
                let (left, right) = (Box::new(json_text(*left)), Box::new(json_text(*right)));
                Transformed::yes(Expr::BinaryExpr(BinaryExpr { left, op, right }))
            }
            Expr::InSubquery(InSubquery { expr, mut subquery, negated })
                if self.is_union(&expr) && has_union(subquery.subquery.schema()) =>
            {
                subquery.subquery = Arc::new(as_text(Arc::unwrap_or_clone(subquery.subquery))?);
                Transformed::yes(Expr::InSubquery(InSubquery { expr: Box::new(json_text(*expr)), subquery, negated }))
            }
            other => Transformed::no(other),
        })
    }

    fn aggregate(&self, mut call: AggregateFunction) -> Result<AggregateFunction> {
        call.params.args = self.arguments(call.func.name(), call.params.args)?;
        call.params.order_by = sort_keys(call.params.order_by, self.schema);
        Ok(call)
    }

    fn window(&self, mut call: WindowFunction) -> Result<WindowFunction> {
        call.params.args = self.arguments(call.fun.name(), call.params.args)?;
        call.params.partition_by = call.params.partition_by.into_iter().map(|key| self.argument(key)).collect();
        call.params.order_by = sort_keys(call.params.order_by, self.schema);
        Ok(call)
    }

    fn arguments(&self, function: &str, args: Vec<Expr>) -> Result<Vec<Expr>> {
        if NEED_A_TYPE.contains(&function) && args.iter().any(|arg| self.is_union(arg)) {
            return plan_err!(
                "{function} needs one type, and a JSON value may be of any: {}",
                advice::JSON_NEEDS_A_TYPE
            );
        }
        Ok(args.into_iter().map(|arg| self.argument(arg)).collect())
    }

    fn argument(&self, arg: Expr) -> Expr {
        if self.is_union(&arg) { json_text(arg) } else { arg }
    }

    /// Gives a function text where it would otherwise get only those JSON values that are strings.
    fn scalar(&self, call: ScalarFunction) -> ScalarFunction {
        let name = call.func.name();
        let knows_json = name.starts_with("json_") || name.starts_with("arrow_");
        if knows_json || !call.args.iter().any(|arg| self.is_union(arg)) {
            return call;
        }
        let given: Option<Vec<_>> = call.args.iter().map(|arg| Some(arg.to_field(self.schema).ok()?.1)).collect();
        let taken = given.and_then(|given| fields_with_udf(&given, call.func.as_ref()).ok()).unwrap_or_default();
        let is_text = |kind: &DataType| kind.is_string() || is_union_type(kind);
        let wants_text = |at: usize| taken.get(at).is_none_or(|field| is_text(field.data_type()));
        let text = |(at, arg): (usize, Expr)| if self.is_union(&arg) && wants_text(at) { plain_text(arg) } else { arg };
        ScalarFunction { args: call.args.into_iter().enumerate().map(text).collect(), ..call }
    }
}

fn is_equality(op: Operator) -> bool {
    matches!(op, Operator::Eq | Operator::NotEq | Operator::IsDistinctFrom | Operator::IsNotDistinctFrom)
}
