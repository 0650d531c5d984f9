//! `scan`: sequences of rows that match steps.

use super::word;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder, Reported};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Column, Definition, Expr, Node, PatternScan, Rel, Step, StepOutput, Value};
use crate::kql::bind::types::{common, kind_of};
use crate::kql::syntax::ast::{self, ParamType, ScanOutput};

impl Binder<'_> {
    pub(super) fn pattern_scan(&mut self, env: &Env, input: Rel, scan: &ast::Scan) -> Bind<Rel> {
        if !input.serialized && scan.order_by.is_empty() {
            return self.error_with(
                self.operator,
                "`scan` needs rows in an order",
                "put `| sort by …` or `| serialize` before",
            );
        }
        if word(&scan.parameters, "with_step_name").is_some() {
            return self.error(self.operator, "`with_step_name` is not documented, and huntql does not run it");
        }
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let partition = self.exprs(&mut scope, &scan.partition_by)?;
        let order = scan.order_by.iter().map(|key| self.sort_key(&mut scope, key, false)).collect::<Bind<Vec<_>>>()?;
        let mut declared = Vec::with_capacity(scan.declare.len());
        let mut state: Vec<Column> = Vec::with_capacity(scan.declare.len());
        for column in &scan.declare {
            let ParamType::Scalar(ty) = &column.ty else {
                return self.error(column.span, "a declared column is a scalar");
            };
            let kind = kind_of(ty.scalar);
            let start = match &column.default {
                Some(default) => cast(self.expr(&mut Scope::bare(env), default)?, kind),
                None => cast(Expr::literal(Value::Null, KustoType::Dynamic, self.at(column.span)), kind),
            };
            if input.visible_columns().iter().chain(&state).any(|other| *other.name == column.name.text) {
                return self.error(column.span, format!("there is a column `{}` already", column.name));
            }
            let column = self.column(column.name.text.as_str(), kind);
            declared.push(Definition { id: column.id, expr: start });
            state.push(column);
        }
        let mut columns = input.visible_columns().to_vec();
        columns.extend(state.iter().cloned());
        let row = columns.clone();
        let steps = self.steps(env, &row, &state, scan)?;
        // Without `with_match_id` nobody sees the number.
        let given = word(&scan.parameters, "with_match_id");
        let match_name = given.map_or("_match_id", |(name, _)| name);
        if given.is_some() && columns.iter().any(|other| *other.name == *match_name) {
            let message = format!("there is a column `{match_name}` already, which cannot be the number of a match");
            return self.error_with(self.operator, message, "give the number another name");
        }
        let match_column = self.column(match_name, KustoType::Long);
        let match_id = match_column.id;
        columns.push(match_column);
        let visible = columns.len() - usize::from(given.is_none());
        super::items::append_hidden(&mut columns, input.hidden_columns());
        let node = PatternScan { input, partition, order, declared, match_id, steps };
        self.rel(Node::PatternScan(Box::new(node)), columns, visible, true)
    }

    fn steps(&mut self, env: &Env, row: &[Column], state: &[Column], scan: &ast::Scan) -> Bind<Vec<Step>> {
        let named: Vec<(String, Vec<Column>)> =
            scan.steps.iter().map(|step| (step.name.text.clone(), row.to_vec())).collect();
        let mut steps = Vec::with_capacity(scan.steps.len());
        let mut failed: Option<Reported> = None;
        for step in &scan.steps {
            let mut scope = Scope::row(env, row, row.len());
            scope.steps = &named;
            let condition = self.condition(&mut scope, &step.condition);
            let mut assignments = Vec::with_capacity(step.assignments.len());
            for assignment in &step.assignments {
                let Some(column) = state.iter().find(|column| *column.name == assignment.name.text) else {
                    let text = format!("`{}` is not a declared column", assignment.name);
                    let help = "a step sets columns of `declare (…)` only";
                    failed = self.error_with::<()>(assignment.name.span, text, help).err().or(failed);
                    continue;
                };
                match self.expr(&mut scope, &assignment.value) {
                    Ok(value) if common(value.kind, column.kind).is_some() => {
                        assignments.push((column.id, cast(value, column.kind)));
                    }
                    Ok(value) => {
                        let text =
                            format!("`{}` is of type {}, and this is of type {}", column.name, column.kind, value.kind);
                        failed = self.error::<()>(assignment.value.span, text).err().or(failed);
                    }
                    Err(reported) => failed = Some(reported),
                }
            }
            match condition {
                Ok(condition) => steps.push(Step {
                    name: step.name.text.clone(),
                    optional: step.optional,
                    output: match step.output {
                        Some(ScanOutput::Last) => StepOutput::Last,
                        Some(ScanOutput::None) => StepOutput::None,
                        Some(ScanOutput::All) | None => StepOutput::All,
                    },
                    condition,
                    assignments,
                }),
                Err(reported) => failed = Some(reported),
            }
        }
        failed.map_or(Ok(steps), Err)
    }
}
