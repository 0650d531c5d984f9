//! Bound expressions to DataFusion's.
//!
//! A truth value is lowered in one of two ways. Where it decides about rows, null counts as false, and operators can be DataFusion's own,
//! which scans understand ([`Planner::truth`]). Elsewhere null is a value of its own, by Kusto's rules ([`Planner::expr`]).

pub mod aggregate;
mod call;
mod compare;
mod list;
pub mod literal;
mod make;
mod size;
mod text;

use std::sync::Arc;

#[cfg(test)]
pub use call::is_known;
pub use make::{aggregate_call, call, dress, member, record};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::logical_expr::{Case, Expr as Plain, ExprSchemable, LogicalPlan, LogicalPlanBuilder, Subquery};

use super::error::{PlanError, Result};
use super::lowered::{self, column};
use super::once::once;
use super::planner::Planner;
use super::relation::shape;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Expr, ExprNode, ScalarQuery, Value};
use crate::kql::syntax::ast::{Arithmetic, Logical, Span};

/// Chains of an operator up to this many operands are pairs of pairs, which scans and rules of DataFusion look into.
const SHORT_CHAIN: usize = 8;

impl Planner<'_> {
    /// An expression as its value.
    pub fn expr(&mut self, expr: &Expr) -> Result<Plain> {
        match &expr.node {
            ExprNode::Literal(value) => literal::exact(value, expr.kind, expr.span),
            ExprNode::Column(id) => Ok(column(*id)),
            ExprNode::Cast(inner) => self.cast(inner, expr.kind, expr.span),
            ExprNode::Call(inner) => call::lower(self, inner, expr.kind),
            ExprNode::Field(inner, place) => self.field(inner, *place, expr.kind),
            ExprNode::Negate(inner) => {
                let inner = self.expr(inner)?;
                call("kql_multiply", vec![inner, datafusion::logical_expr::lit(-1_i64)])
            }
            ExprNode::Arithmetic(operator, a, b) => self.arithmetic(*operator, a, b),
            ExprNode::Comparison(operator, a, b) => compare::exact(self, *operator, a, b),
            ExprNode::StringTest(test, a, b) => text::test(self, *test, a, b),
            ExprNode::In { value, list, case_sensitive, negated } => {
                list::is_in(self, value, list, (*case_sensitive, *negated), false)
            }
            ExprNode::HasTerms { value, list, all } => list::has_terms(self, value, list, *all),
            ExprNode::Between { value, low, high, negated } => compare::between(self, value, low, high, *negated),
            ExprNode::Logical(operator, parts) => {
                let parts = parts.iter().map(|part| self.expr(part)).collect::<Result<Vec<_>>>()?;
                Ok(make::all_of(*operator == Logical::And, parts))
            }
            ExprNode::Case { branches, otherwise } => self.case(branches, otherwise, expr.kind),
            ExprNode::Member(value, key) => self.member(value, key),
            ExprNode::ScalarQuery(query) => {
                let value = self.scalar_query(query)?;
                let first = query.rel.columns.first();
                Ok(match (&value, first) {
                    (_, Some(first)) if first.kind != expr.kind => self.convert(value, first.kind, expr.kind)?,
                    _ => dress(value, expr.kind),
                })
            }
            ExprNode::StepState(step, id) => Ok(step_state(*step, &lowered::name(*id))),
        }
    }

    /// An expression that decides about rows: what is null here is as good as false.
    pub fn truth(&mut self, expr: &Expr) -> Result<Plain> {
        match &expr.node {
            ExprNode::Logical(operator, parts) => {
                let parts = parts.iter().map(|part| self.truth(part)).collect::<Result<Vec<_>>>()?;
                Ok(make::all_of(*operator == Logical::And, parts))
            }
            ExprNode::Comparison(operator, a, b) => compare::truth(self, *operator, a, b),
            ExprNode::In { value, list, case_sensitive, negated } => {
                list::is_in(self, value, list, (*case_sensitive, *negated), true)
            }
            _ => self.expr(expr),
        }
    }

    /// An expression over a plan, of the Arrow type of its Kusto type.
    pub fn value(&mut self, expr: &Expr, plan: &LogicalPlan) -> Result<Plain> {
        let value = self.expr(expr)?;
        self.typed(value, expr.kind, plan)
    }

    /// A value over a plan in the Arrow type of a Kusto type: functions that have one integer type for two of Kusto's are cast.
    pub fn typed(&mut self, value: Plain, kind: KustoType, plan: &LogicalPlan) -> Result<Plain> {
        let (_, field) = value.to_field(plan.schema().as_ref())?;
        // A whole decimal of 38 digits, as `parse_version` makes it, keeps them all.
        let decimal = kind == KustoType::Decimal && matches!(field.data_type(), DataType::Decimal128(..));
        if *field.data_type() == kind.arrow() || decimal {
            return Ok(value);
        }
        let cast = datafusion::logical_expr::cast(value, kind.arrow());
        Ok(if kind == KustoType::Dynamic { dress(cast, kind) } else { cast })
    }

    /// A value of one type as another, as `tolong` and its kind do it.
    pub fn convert(&mut self, value: Plain, from: KustoType, to: KustoType) -> Result<Plain> {
        use KustoType::{Bool, DateTime, Decimal, Dynamic, Guid, Int, Long, Real, String, Timespan};
        let name = match (from, to) {
            (from, to) if from == to => return Ok(value),
            // Scans see through these.
            (Int, Long) | (Int | Long, Real) => return Ok(datafusion::logical_expr::cast(value, to.arrow())),
            (_, Dynamic) => "dynamic_of",
            (_, String) => "tostring",
            (_, Long) => "tolong",
            (_, Int) => "toint",
            (_, Real) => "toreal",
            (_, Decimal) => "todecimal",
            (_, Bool) => "tobool",
            (_, DateTime) => "todatetime",
            (_, Timespan) => "totimespan",
            (_, Guid) => "toguid",
        };
        call(name, vec![value])
    }

    fn cast(&mut self, inner: &Expr, to: KustoType, span: Span) -> Result<Plain> {
        if matches!(inner.as_literal(), Some(Value::Null)) && to != KustoType::String {
            return literal::exact(&Value::Null, to, span);
        }
        let value = self.expr(inner)?;
        self.convert(value, inner.kind, to)
    }

    /// One of the values of a call that has several: they are a record, or several arrays an array.
    fn field(&mut self, inner: &Expr, place: u16, kind: KustoType) -> Result<Plain> {
        let ExprNode::Call(of) = &inner.node else {
            return Err(PlanError::at(inner.span, "only a call of a function has several values"));
        };
        let (function, args) = call::prepare(self, of)?;
        let value = function.call(args.clone());
        let Some(names) = call::several(&function, args.len())? else {
            let arrays = of.args.iter().take_while(|arg| arg.kind == KustoType::Dynamic).count();
            let place = datafusion::logical_expr::lit(i64::from(place));
            return if arrays > 1 { call("dynamic_path", vec![value, place]) } else { Ok(value) };
        };
        let name = names.get(usize::from(place)).ok_or_else(|| {
            PlanError::at(inner.span, format!("`{}` does not give {place} values and one more", of.function.name))
        })?;
        Ok(dress(member(value, name), kind))
    }

    fn arithmetic(&mut self, operator: Arithmetic, a: &Expr, b: &Expr) -> Result<Plain> {
        let name = match operator {
            Arithmetic::Add => "kql_add",
            Arithmetic::Subtract => "kql_subtract",
            Arithmetic::Multiply => "kql_multiply",
            Arithmetic::Divide => "kql_divide",
            Arithmetic::Modulo => "kql_modulo",
        };
        let dynamic = a.kind == KustoType::Dynamic || b.kind == KustoType::Dynamic;
        if let Some(chain) = chain(operator, a, b) {
            let operands = chain.into_iter().map(|operand| self.expr(operand)).collect::<Result<Vec<_>>>()?;
            return call(name, operands);
        }
        let (a, b) = (self.expr(a)?, self.expr(b)?);
        if !dynamic {
            return call(name, vec![a, b]);
        }
        // Two whole numbers are a whole number, other numbers are real, and what is no number is null.
        let is_long = |value: &Plain| Ok::<_, PlanError>(call("gettype", vec![value.clone()])?.eq(make::text("long")));
        let both = is_long(&a)?.and(is_long(&b)?);
        let of = |convert: &str, a: &Plain, b: &Plain| {
            let result = call(name, vec![call(convert, vec![a.clone()])?, call(convert, vec![b.clone()])?])?;
            call("dynamic_of", vec![result])
        };
        let whole = of("tolong", &a, &b)?;
        let real = of("toreal", &a, &b)?;
        let case = Case::new(None, vec![(Box::new(both), Box::new(whole))], Some(Box::new(real)));
        Ok(dress(Plain::Case(case), KustoType::Dynamic))
    }

    fn case(&mut self, branches: &[(Expr, Expr)], otherwise: &Expr, kind: KustoType) -> Result<Plain> {
        let mut cases = Vec::with_capacity(branches.len());
        for (condition, value) in branches {
            cases.push((Box::new(self.truth(condition)?), Box::new(self.expr(value)?)));
        }
        let otherwise = Box::new(self.expr(otherwise)?);
        let case = Plain::Case(Case::new(None, cases, Some(otherwise)));
        Ok(if kind == KustoType::Dynamic { dress(case, kind) } else { case })
    }

    /// `a.b[0]` is one call with all steps.
    fn member(&mut self, value: &Expr, key: &Expr) -> Result<Plain> {
        let mut steps = vec![key];
        let mut root = value;
        while let ExprNode::Member(inner, key) = &root.node {
            steps.push(key);
            root = inner;
        }
        let mut args = vec![self.expr(root)?];
        for step in steps.into_iter().rev() {
            args.push(self.expr(step)?);
        }
        call("dynamic_path", args)
    }

    /// The first cell of a query, null if it has no row. It is computed once, however often it is used.
    pub fn scalar_query(&mut self, query: &ScalarQuery) -> Result<Plain> {
        if let Some(value) = self.scalars.get(&query.id) {
            return Ok(value.clone());
        }
        let Some(first) = query.rel.columns.first() else {
            return Err(PlanError::refused("a query that stands for a value has no column"));
        };
        let rows = self.ordered(&query.rel)?;
        let is_single = shape::is_single(&query.rel);
        let mut plan = LogicalPlanBuilder::from(if is_single { rows.plan } else { rows.sorted()?.plan });
        plan = plan.project(vec![column(first.id)])?;
        if !is_single {
            plan = plan.limit(0, Some(1))?;
        }
        let value = scalar_subquery(once(&format!("scalar_{}", query.id), plan.build()?)?);
        self.scalars.insert(query.id, value.clone());
        Ok(value)
    }
}

/// The operands of a long chain of one operator, as `a + b + c + …`: one call of them all nests in nothing. `None` if it is short, or
/// dynamic values are among them, which are taken by pairs.
fn chain<'e>(operator: Arithmetic, a: &'e Expr, b: &'e Expr) -> Option<Vec<&'e Expr>> {
    let mut operands = vec![b];
    let mut left = a;
    while let ExprNode::Arithmetic(inner, next, operand) = &left.node
        && *inner == operator
    {
        operands.push(&**operand);
        left = &**next;
    }
    operands.push(left);
    operands.reverse();
    let plain = operands.iter().all(|operand| operand.kind != KustoType::Dynamic);
    (plain && operands.len() > SHORT_CHAIN).then_some(operands)
}

/// A plan of one row and column as a value.
pub fn scalar_subquery(plan: LogicalPlan) -> Plain {
    let outer_ref_columns = plan.all_out_ref_exprs();
    Plain::ScalarSubquery(Subquery {
        subquery: Arc::new(plan),
        outer_ref_columns,
        spans: datafusion::common::Spans::new(),
    })
}

/// The field of a column in the state of a step of `scan`.
pub fn step_state(step: u32, name: &str) -> Plain {
    Plain::Column(Column::new_unqualified(format!("s{step}_{name}")))
}
