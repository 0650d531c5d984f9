//! Where rows come from: tables, constants, ranges, shared relations.

use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, Field, Schema};
use datafusion::common::{Column, DFSchema};
use datafusion::datasource::provider_as_source;
use datafusion::functions_table::generate_series::{GenSeriesArgs, GenerateSeriesTable};
use datafusion::logical_expr::{Case, EmptyRelation, Expr as Plain, LogicalPlan, LogicalPlanBuilder, lit};

use super::super::error::{PlanError, Result};
use super::super::expr::{call, dress, literal};
use super::super::lowered::{Lowered, column, name};
use super::super::once::once;
use super::super::planner::Planner;
use super::super::projection::projected;
use super::shape::absent;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Expr, GroupId, Rel, SharedId, Value};

/// A table.
pub fn scan(planner: &mut Planner, rel: &Rel, table: &str) -> Result<Lowered> {
    let scan =
        planner.tables.scan(table).ok_or_else(|| PlanError::refused(format!("there is no table `{table}`")))??;
    let mut exprs = Vec::with_capacity(rel.columns.len());
    for own in &rel.columns {
        let (qualifier, field) = scan.schema().qualified_field_with_unqualified_name(&own.name)?;
        let mut value = Plain::Column(Column::from((qualifier, field)));
        if *field.data_type() != own.kind.arrow() {
            value = datafusion::logical_expr::cast(value, own.kind.arrow());
        }
        exprs.push(dress(value, own.kind).alias(name(own.id)));
    }
    Ok(Lowered::unordered(projected(scan, exprs)?))
}

/// Rows of constants, in the order in which they are written.
pub fn values(planner: &mut Planner, rel: &Rel, rows: &[Vec<Value>]) -> Result<Lowered> {
    let absent = |kind: KustoType| match kind {
        KustoType::String => Value::String("".into()),
        _ => Value::Null,
    };
    let mut plain = Vec::with_capacity(rows.len().max(1));
    for (place, row) in rows.iter().enumerate() {
        let mut cells = Vec::with_capacity(rel.columns.len() + 1);
        for (at, own) in rel.columns.iter().enumerate() {
            cells.push(literal::plain(row.get(at).unwrap_or(&absent(own.kind)), own.kind)?);
        }
        cells.push(lit(i64::try_from(place).unwrap_or(i64::MAX)));
        plain.push(cells);
    }
    let is_empty = plain.is_empty();
    if is_empty {
        let mut cells = Vec::with_capacity(rel.columns.len() + 1);
        for own in &rel.columns {
            cells.push(literal::plain(&absent(own.kind), own.kind)?);
        }
        cells.push(lit(0_i64));
        plain.push(cells);
    }
    let place = planner.fresh();
    let mut builder = LogicalPlanBuilder::values(plain)?;
    let fields = builder.schema().columns();
    let mut exprs = Vec::with_capacity(fields.len());
    for (field, own) in fields.iter().zip(&rel.columns) {
        exprs.push(dress(Plain::Column(field.clone()), own.kind).alias(name(own.id)));
    }
    exprs.extend(fields.last().map(|field| Plain::Column(field.clone()).alias(&place)));
    builder = builder.project(exprs)?;
    if is_empty {
        builder = builder.filter(lit(false))?;
    }
    let order = vec![Plain::Column(Column::new_unqualified(place)).sort(true, true)];
    Ok(Lowered { plan: builder.build()?, order })
}

/// The one row that `print` computes over.
pub fn one_row() -> Result<Lowered> {
    let empty = EmptyRelation { produce_one_row: true, schema: Arc::new(DFSchema::empty()) };
    Ok(Lowered::unordered(LogicalPlan::EmptyRelation(empty)))
}

/// How many values a `range` may have whose ends are known at run time only.
const MOST: i64 = 1 << 24;

/// `range`: whole numbers from 0 on, made into values by the step.
pub fn range(planner: &mut Planner, rel: &Rel, [from, to, step]: [&Expr; 3]) -> Result<Lowered> {
    let Some(own) = rel.columns.first() else { return Err(PlanError::refused("`range` makes one column")) };
    let (first, last, by) = (planner.expr(from)?, planner.expr(to)?, planner.expr(step)?);
    let place = planner.fresh();
    let plan = match steps(from, to, step) {
        Some(steps) => count_to(steps, &place)?,
        None => {
            let distance = call("kql_subtract", vec![last, first.clone()])?;
            let steps = match own.kind {
                KustoType::DateTime | KustoType::Timespan => call("kql_divide", vec![distance, by.clone()])?,
                _ => call("kql_divide", vec![call("toreal", vec![distance])?, call("toreal", vec![by.clone()])?])?,
            };
            let steps = call("tolong", vec![datafusion::functions::math::floor().call(vec![steps])])?;
            let few = steps.clone().is_null().or(steps.clone().lt(lit(MOST)));
            let message = lit(format!("`range` makes {MOST} values at most where its ends are not constants"));
            let steps = Case::new(None, vec![(Box::new(call("assert", vec![few, message])?), Box::new(steps))], None);
            let all = datafusion::functions_nested::range::gen_series(lit(0_i64), Plain::Case(steps), lit(1_i64));
            let all = LogicalPlanBuilder::from(one_row()?.plan).project(vec![all.alias(&place)])?;
            all.unnest_column(Column::new_unqualified(&place))?.build()?
        }
    };
    let place = Plain::Column(Column::new_unqualified(place));
    let value = call("kql_add", vec![first, call("kql_multiply", vec![by, place.clone()])?])?;
    let value = planner.typed(value, own.kind, &plan)?.alias(name(own.id));
    // A step that leads nowhere, or away, gives no row; the order is that of the steps.
    let plan =
        LogicalPlanBuilder::from(plan).filter(place.clone().is_not_null())?.project(vec![value, place.clone()])?;
    Ok(Lowered { plan: plan.build()?, order: vec![place.sort(true, true)] })
}

/// How many steps lead from one constant to another, the last value itself not counted.
fn steps(from: &Expr, to: &Expr, step: &Expr) -> Option<i64> {
    let ticks = |value: &Value| match value {
        Value::Long(number) | Value::DateTime(number) | Value::Timespan(number) => Some(*number),
        Value::Int(number) => Some(i64::from(*number)),
        _ => None,
    };
    let [from, to, step] = [from, to, step].map(|expr| expr.as_literal().and_then(ticks));
    let (distance, step) = (i128::from(to?) - i128::from(from?), i128::from(step?));
    if step == 0 {
        return Some(-1);
    }
    let steps = if (distance < 0) == (step < 0) || distance == 0 { distance / step } else { -1 };
    i64::try_from(steps).ok()
}

/// The whole numbers from 0 to the last, made as they are read.
fn count_to(last: i64, name: &str) -> Result<LogicalPlan> {
    let schema = Arc::new(Schema::new(vec![Field::new(name, DataType::Int64, false)]));
    let args = GenSeriesArgs::Int64Args { start: 0, end: last, step: 1, include_end: true, name: "range" };
    let table = provider_as_source(Arc::new(GenerateSeriesTable::new(schema, args)));
    let scan = LogicalPlanBuilder::scan("range", table, None)?;
    let number: Vec<Plain> = scan.schema().columns().into_iter().map(|own| Plain::Column(own).alias(name)).collect();
    Ok(scan.project(number)?.build()?)
}

/// A shared relation under new ids.
pub fn shared(planner: &mut Planner, rel: &Rel, id: SharedId) -> Result<Lowered> {
    let all = planner.shared;
    let Some(shared) = all.get(id.0 as usize) else {
        return Err(PlanError::refused("the script uses a relation that it does not define"));
    };
    let lowered = match planner.lowered.get(&id) {
        Some(lowered) => lowered.clone(),
        None => {
            let mut lowered = planner.ordered(&shared.rel)?;
            if shared.once {
                let mut exprs = Vec::with_capacity(shared.rel.columns.len());
                for own in &shared.rel.columns {
                    let is_needed = planner.needed.contains(&own.id);
                    exprs.push(if is_needed { column(own.id) } else { absent(own.kind)?.alias(name(own.id)) });
                }
                lowered = lowered.project(exprs)?;
                lowered.plan = once(&format!("once_{}", id.0), lowered.plan)?;
            }
            planner.lowered.insert(id, lowered.clone());
            lowered
        }
    };
    let renamed = shared.rel.columns.iter().zip(&rel.columns).map(|(old, new)| column(old.id).alias(name(new.id)));
    let mut exprs: Vec<Plain> = renamed.collect();
    // Two uses may meet in a join, so what only the order needs gets new names, too.
    let mut order = lowered.order;
    let mut renames: Vec<(Column, Column)> = Vec::new();
    for key in &mut order {
        for old in key.expr.column_refs().into_iter().cloned().collect::<Vec<_>>() {
            let known = renames.iter().find(|(from, _)| *from == old).map(|(_, to)| to.clone());
            let new = known.unwrap_or_else(|| {
                let place = shared.rel.columns.iter().position(|own| name(own.id) == old.name);
                let new = match place.and_then(|place| rel.columns.get(place)) {
                    Some(new) => Column::new_unqualified(name(new.id)),
                    None => {
                        let fresh = planner.fresh();
                        exprs.push(Plain::Column(old.clone()).alias(&fresh));
                        Column::new_unqualified(fresh)
                    }
                };
                renames.push((old.clone(), new.clone()));
                new
            });
            if key.expr == Plain::Column(old) {
                key.expr = Plain::Column(new);
                break;
            }
        }
    }
    let plan = projected(lowered.plan, exprs)?;
    Ok(Lowered { plan, order })
}

/// The rows of the group that an apply's subquery runs on.
pub fn group_rows(planner: &mut Planner, group: GroupId) -> Result<Lowered> {
    planner.groups.get(&group).cloned().ok_or_else(|| PlanError::refused("a subquery stands outside its operator"))
}
