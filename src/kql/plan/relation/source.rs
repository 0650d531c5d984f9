//! Where rows come from: tables, constants, ranges, shared relations.

use std::sync::Arc;

use datafusion::common::{Column, DFSchema};
use datafusion::logical_expr::{EmptyRelation, Expr as Plain, LogicalPlan, LogicalPlanBuilder, lit};

use super::super::error::{PlanError, Result};
use super::super::expr::{call, dress, literal};
use super::super::lowered::{Lowered, column, name};
use super::super::planner::Planner;
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
    Ok(Lowered::unordered(LogicalPlanBuilder::from(scan).project(exprs)?.build()?))
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

/// `range`: whole numbers from 0 on, made into values by the step.
pub fn range(planner: &mut Planner, rel: &Rel, [from, to, step]: [&Expr; 3]) -> Result<Lowered> {
    let Some(own) = rel.columns.first() else { return Err(PlanError::refused("`range` makes one column")) };
    if matches!(step.as_literal(), Some(Value::Null | Value::Int(0) | Value::Long(0) | Value::Timespan(0)))
        || step.as_literal() == Some(&Value::Real(0.0))
    {
        return Err(PlanError::at(step.span, "the step of `range` is zero or null; give one that leads on"));
    }
    let (first, last, by) = (planner.expr(from)?, planner.expr(to)?, planner.expr(step)?);
    let distance = call("kql_subtract", vec![last, first.clone()])?;
    let steps = match own.kind {
        KustoType::DateTime | KustoType::Timespan => call("kql_divide", vec![distance, by.clone()])?,
        _ => call("kql_divide", vec![call("toreal", vec![distance])?, call("toreal", vec![by.clone()])?])?,
    };
    let steps = call("tolong", vec![datafusion::functions::math::floor().call(vec![steps])])?;
    let place = planner.fresh();
    let counted = datafusion::functions_nested::range::gen_series(lit(0_i64), steps, lit(1_i64)).alias(&place);
    let place = Column::new_unqualified(place);
    let value = call("kql_add", vec![first, call("kql_multiply", vec![by, Plain::Column(place.clone())])?])?;
    let plan = LogicalPlanBuilder::from(one_row()?.plan).project(vec![counted])?.unnest_column(place)?.build()?;
    let value = planner.typed(value, own.kind, &plan)?;
    let plan = LogicalPlanBuilder::from(plan).project(vec![value.alias(name(own.id))])?.build()?;
    let descending = matches!(step.as_literal(), Some(Value::Long(n)) if *n < 0)
        || matches!(step.as_literal(), Some(Value::Int(n)) if *n < 0)
        || matches!(step.as_literal(), Some(Value::Timespan(n)) if *n < 0)
        || matches!(step.as_literal(), Some(Value::Real(n)) if *n < 0.0);
    Ok(Lowered { plan, order: vec![column(own.id).sort(!descending, true)] })
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
            let lowered = planner.ordered(&shared.rel)?;
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
    let plan = LogicalPlanBuilder::from(lowered.plan).project(exprs)?.build()?;
    Ok(Lowered { plan, order })
}

/// The rows of the group that an apply's subquery runs on.
pub fn group_rows(planner: &mut Planner, group: GroupId) -> Result<Lowered> {
    planner.groups.get(&group).cloned().ok_or_else(|| PlanError::refused("a subquery stands outside its operator"))
}
