//! Keeps JSON unions away from where they go wrong.
//!
//! `column->'key'` gives a value that may be of any JSON type: an Arrow union. Comparing it with a number or a text and casting it
//! work. But `ORDER BY … DESC LIMIT` over unions gives wrong rows, null equals null in a join, `length` of a number is null, CSV and
//! JSON cannot be written and Parquet panics. So this rule, before types are coerced,
//!
//! - sorts by two keys, numbers by value first, then everything by its JSON text;
//! - groups, joins and removes duplicates by JSON text, and makes the text a union again above, so that what follows still compares
//!   and casts as written;
//! - hands functions that want text the text, as `->>` does (see [`super::union_expr`]);
//! - gives the result of a query its JSON text, tagged as JSON.
//!
//! Besides, it names the JSON accessors in join conditions, without which DataFusion 55 loses them between two sides.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, DFSchemaRef, Result, plan_err};
use datafusion::logical_expr::dml::CopyTo;
use datafusion::logical_expr::expr::Sort as SortKey;
use datafusion::logical_expr::{Aggregate, Distinct, LogicalPlan, Projection, Sort, Window};
use datafusion::optimizer::analyzer::{Analyzer, AnalyzerRule};
use datafusion_functions_json::udfs::json_get_udf;

use super::union_expr::{UnionExpr, name_accessors};
use super::union_value::{as_text, has_union, holds_union, is_json_call, is_union_type, project, sort_keys};

/// The rule that keeps JSON unions away from sort keys, groups, joins and results. It has to run before type coercion: see
/// [`analyzer_rules`].
pub fn union_rule() -> Arc<dyn AnalyzerRule + Send + Sync> {
    Arc::new(UnionRule)
}

/// DataFusion's analyzer rules with [`union_rule`] in its place, for `SessionStateBuilder::with_analyzer_rules`.
pub fn analyzer_rules() -> Vec<Arc<dyn AnalyzerRule + Send + Sync>> {
    let mut rules = Analyzer::new().rules;
    rules.insert(0, union_rule());
    rules
}

#[derive(Debug)]
struct UnionRule;

impl AnalyzerRule for UnionRule {
    fn name(&self) -> &'static str {
        "json_union"
    }

    fn analyze(&self, plan: LogicalPlan, _config: &ConfigOptions) -> Result<LogicalPlan> {
        if !mentions_json(&plan)? {
            return Ok(plan);
        }
        let plan = plan.transform_up_with_subqueries(node)?.data;
        result(plan)
    }
}

/// True if the plan calls a JSON function; no union comes from anywhere else.
fn mentions_json(plan: &LogicalPlan) -> Result<bool> {
    let mut found = false;
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            found = found || expr.exists(|expr| Ok(is_json_call(expr)))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })
    })?;
    Ok(found)
}

/// Rewrites one node whose inputs are rewritten already.
fn node(plan: LogicalPlan) -> Result<Transformed<LogicalPlan>> {
    let schema = input_schema(&plan);
    let expressions = UnionExpr::new(&schema);
    Ok(match plan {
        LogicalPlan::Sort(sort) => {
            let expr = sort_keys(sort.expr, &schema);
            Transformed::yes(LogicalPlan::Sort(Sort { expr, ..sort }))
        }
        LogicalPlan::Aggregate(aggregate) => {
            let before = Arc::clone(&aggregate.schema);
            let group_expr = expressions.keys(aggregate.group_expr)?;
            let aggr_expr = expressions.rewrite_all(aggregate.aggr_expr)?;
            let after = LogicalPlan::Aggregate(Aggregate::try_new(aggregate.input, group_expr, aggr_expr)?);
            Transformed::yes(union_again(after, &before)?)
        }
        LogicalPlan::Window(window) => {
            let before = Arc::clone(&window.schema);
            let window_expr = expressions.rewrite_all(window.window_expr)?;
            Transformed::yes(union_again(LogicalPlan::Window(Window::try_new(window_expr, window.input)?), &before)?)
        }
        LogicalPlan::Distinct(Distinct::All(input)) if has_union(input.schema()) => {
            let before = Arc::clone(input.schema());
            let text = as_text(Arc::unwrap_or_clone(input))?;
            Transformed::yes(union_again(LogicalPlan::Distinct(Distinct::All(Arc::new(text))), &before)?)
        }
        LogicalPlan::Distinct(Distinct::On(mut on)) => {
            on.on_expr = expressions.keys(on.on_expr)?;
            on.sort_expr =
                on.sort_expr.map(|keys| distinct_sort_keys(keys, on.on_expr.len(), &expressions)).transpose()?;
            Transformed::yes(LogicalPlan::Distinct(Distinct::On(on)))
        }
        LogicalPlan::Join(mut join) => {
            let (left, right) = (join.left.schema(), join.right.schema());
            join.on =
                join.on.into_iter().map(|(l, r)| expressions.pair((l, left), (r, right))).collect::<Result<_>>()?;
            join.filter = join.filter.map(|filter| name_accessors(expressions.rewrite(filter)?)).transpose()?;
            Transformed::yes(LogicalPlan::Join(join))
        }
        LogicalPlan::Projection(projection) => {
            let expr = expressions.rewrite_all(projection.expr)?;
            Transformed::yes(LogicalPlan::Projection(Projection::try_new(expr, projection.input)?))
        }
        LogicalPlan::Filter(mut filter) => {
            filter.predicate = expressions.rewrite(filter.predicate)?;
            Transformed::yes(LogicalPlan::Filter(filter))
        }
        other => Transformed::no(other),
    })
}

/// The columns that the expressions of a node see.
fn input_schema(plan: &LogicalPlan) -> DFSchema {
    let mut schema = DFSchema::empty();
    plan.inputs().into_iter().for_each(|input| schema.merge(input.schema()));
    schema
}

/// The sort keys of DISTINCT ON, of which the first have to be what is distinct.
fn distinct_sort_keys(mut keys: Vec<SortKey>, distinct: usize, expressions: &UnionExpr<'_>) -> Result<Vec<SortKey>> {
    let more = sort_keys(keys.split_off(distinct.min(keys.len())), expressions.schema());
    let first = keys.into_iter().map(|key| Ok(key.with_expr(expressions.key(key.expr.clone())?)));
    first.chain(more.into_iter().map(Ok)).collect()
}

/// The plan with the columns that were unions in `before`, and are JSON text now, as unions again.
fn union_again(plan: LogicalPlan, before: &DFSchemaRef) -> Result<LogicalPlan> {
    let was_union = |at: usize| is_union_type(before.field(at).data_type());
    let is_text = |at: usize| !is_union_type(plan.schema().field(at).data_type());
    let changed: Vec<bool> = (0..before.fields().len()).map(|at| was_union(at) && is_text(at)).collect();
    if !changed.contains(&true) {
        return Ok(plan);
    }
    project(plan, |at, column| if changed[at] { json_get_udf().call(vec![column]) } else { column })
}

/// Turns the unions in the result of a statement into JSON text.
fn result(plan: LogicalPlan) -> Result<LogicalPlan> {
    Ok(match plan {
        LogicalPlan::Explain(mut explain) => {
            explain.plan = Arc::new(result(Arc::unwrap_or_clone(explain.plan))?);
            LogicalPlan::Explain(explain)
        }
        LogicalPlan::Analyze(mut analyze) => {
            analyze.input = Arc::new(result(Arc::unwrap_or_clone(analyze.input))?);
            LogicalPlan::Analyze(analyze)
        }
        LogicalPlan::Copy(copy) => {
            let input = Arc::new(result(Arc::unwrap_or_clone(copy.input))?);
            LogicalPlan::Copy(CopyTo::new(input, copy.output_url, copy.partition_by, copy.file_type, copy.options))
        }
        LogicalPlan::Ddl(_) | LogicalPlan::Dml(_) | LogicalPlan::Statement(_) | LogicalPlan::DescribeTable(_) => plan,
        query if has_union(query.schema()) => as_text(query)?,
        query => {
            if let Some(field) = query.schema().fields().iter().find(|field| holds_union(field.data_type())) {
                return plan_err!(
                    "column {} holds JSON values inside of a list or structure; {}",
                    field.name(),
                    super::advice::JSON_NEEDS_A_TYPE
                );
            }
            query
        }
    })
}
