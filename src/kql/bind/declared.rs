//! Tables whose columns the query declares: `datatable` and `externaldata`. Reads nothing: what lies outside is the planner's business.

use super::binder::{Bind, Binder, Reported};
use super::env::Env;
use super::expr::cast;
use super::scope::Scope;
use super::tree::{Column, External, Node, Rel, Value};
use super::types::kind_of;
use crate::catalog::KustoType;
use crate::kql::syntax::ast::{ColumnDecl, Expr, ParameterValue, Parameters, Span};

impl Binder<'_> {
    /// The rows of a `datatable`.
    pub(super) fn datatable(&mut self, env: &Env, columns: &[ColumnDecl], cells: &[Expr], span: Span) -> Bind<Rel> {
        let columns = self.declared_columns(columns)?;
        if columns.is_empty() || !cells.len().is_multiple_of(columns.len()) {
            return self.error_with(
                span,
                format!("{} cells do not fill rows of {} columns", cells.len(), columns.len()),
                "a comma may be missing: texts that stand side by side are one text",
            );
        }
        let mut scope = Scope::bare(env);
        let mut failed = false;
        let mut rows = Vec::with_capacity(cells.len() / columns.len());
        for row in cells.chunks_exact(columns.len()) {
            let mut values = Vec::with_capacity(row.len());
            for (cell, column) in row.iter().zip(&columns) {
                match self.cell(&mut scope, cell, column) {
                    Ok(value) => values.push(value),
                    Err(_) => failed = true,
                }
            }
            rows.push(values);
        }
        if failed {
            return Err(Reported);
        }
        let visible = columns.len();
        self.rel(Node::Values { rows }, columns, visible, false)
    }

    /// A cell of a `datatable`: a constant that fits its column.
    fn cell(&mut self, scope: &mut Scope<'_>, cell: &Expr, column: &Column) -> Bind<Value> {
        let bound = self.expr(scope, cell)?;
        match super::constant::convert(&bound, column.kind) {
            Some(value) => Ok(value),
            None => self.error(cell.span, format!("this is no constant of type {} for `{}`", column.kind, column.name)),
        }
    }

    /// The columns of a declaration, each name once.
    pub(super) fn declared_columns(&mut self, columns: &[ColumnDecl]) -> Bind<Vec<Column>> {
        let mut declared: Vec<Column> = Vec::with_capacity(columns.len());
        for column in columns {
            if declared.iter().any(|other| *other.name == column.name.text) {
                return self.error(column.span, format!("the column `{}` is declared twice", column.name));
            }
            declared.push(self.column(column.name.text.as_str(), kind_of(column.ty.scalar)));
        }
        Ok(declared)
    }

    /// The rows of an `externaldata`.
    pub(super) fn external(
        &mut self,
        env: &Env,
        columns: &[ColumnDecl],
        sources: &[Expr],
        properties: &Parameters,
        span: Span,
    ) -> Bind<Rel> {
        let columns = self.declared_columns(columns)?;
        if columns.is_empty() {
            return self.error(span, "`externaldata` declares no columns");
        }
        let mut scope = Scope::bare(env);
        let mut bound = Vec::with_capacity(sources.len());
        for source in sources {
            let address = self.typed(&mut scope, source, KustoType::String, "an address")?;
            bound.push(cast(address, KustoType::String));
        }
        let mut values = Vec::new();
        for property in &properties.0 {
            let value = match &property.value {
                ParameterValue::Word(name) => Value::String(name.text.as_str().into()),
                ParameterValue::Names(names) => {
                    let names: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
                    Value::String(names.join(",").into())
                }
                ParameterValue::Expr(expr) => match self.expr(&mut scope, expr)?.as_literal() {
                    Some(value) => value.clone(),
                    None => return self.error(expr.span, format!("`{}` is a constant", property.name)),
                },
            };
            values.push((property.name.text.clone(), value));
        }
        let visible = columns.len();
        let node = Node::External(Box::new(External { sources: bound, properties: values }));
        self.rel(node, columns, visible, false)
    }
}
