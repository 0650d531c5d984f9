//! What is in scope at the cursor: the columns of the pipeline up to the last bar, as KQL's binder sees them.

use std::collections::HashMap;

use super::frames::Pipeline;
use crate::complete::Facts;
use crate::kql::bind::tree::{ColumnId, Node, Rel, Script};
use crate::kql::bind::{NoProbe, bind};
use crate::kql::syntax::ast::{ParamType, ScalarType, StatementKind};
use crate::kql::syntax::parse;

/// The text around the cursor, and who knows tables.
pub(super) struct Scope<'s> {
    /// The text up to the cursor.
    pub(super) script: &'s str,
    pub(super) pipeline: Pipeline,
    pub(super) facts: &'s dyn Facts,
}

/// Where the values of a column come from.
pub(super) struct Origin {
    pub(super) table: String,
    pub(super) column: String,
    pub(super) kind: &'static str,
}

impl Scope<'_> {
    /// The columns that the operator at the cursor sees, with their types.
    pub(super) fn columns(&self) -> Vec<(String, String)> {
        self.bound().map_or_else(Vec::new, |script| visible(&script))
    }

    /// The columns of both sides of a join.
    pub(super) fn common_columns(&self) -> Vec<(String, String)> {
        let right = self.side_columns(true);
        self.columns().into_iter().filter(|column| right.contains(column)).collect()
    }

    /// The columns of one side of a join.
    pub(super) fn side_columns(&self, right: bool) -> Vec<(String, String)> {
        match self.pipeline.right.filter(|_| right) {
            Some((start, end)) => self.bind_text(start, end).map_or_else(Vec::new, |script| visible(&script)),
            None if right => Vec::new(),
            None => self.columns(),
        }
    }

    /// Where the values of a column at the cursor come from, if they come from a table as they are.
    pub(super) fn origin(&self, column: &str) -> Option<Origin> {
        let script = self.bound()?;
        let rel = &script.results.last()?.rel;
        let found = rel.columns.iter().find(|known| &*known.name == column)?;
        let (table, column) = origin(rel, found.id, &script)?;
        Some(Origin { table, column, kind: found.kind.name() })
    }

    /// The names that the statements before give: of `let`s and of parameters.
    pub(super) fn names(&self) -> Vec<String> {
        let (script, _) = parse(self.before());
        let names = script.statements.into_iter().flat_map(|statement| match statement.kind {
            StatementKind::Let(name, _) => vec![name.text],
            StatementKind::DeclareParameters(declared) => declared.into_iter().map(|param| param.name.text).collect(),
            _ => Vec::new(),
        });
        names.collect()
    }

    /// The statements before the one that the cursor is in.
    fn before(&self) -> &str {
        self.script.get(..self.pipeline.statement).unwrap_or_default()
    }

    /// The pipeline before the operator at the cursor; if that is wrong, as much of it as is right.
    fn bound(&self) -> Option<Script> {
        self.pipeline.bars.iter().rev().find_map(|bar| self.bind_text(self.pipeline.start, *bar))
    }

    /// A part of the text as a query behind the statements before it.
    fn bind_text(&self, start: usize, end: usize) -> Option<Script> {
        let query = self.script.get(start..end).filter(|query| !query.trim().is_empty())?;
        let (tree, _) = parse(&format!("{}\n{query}", self.before()));
        let parameters = self.parameters(&tree);
        let bound = bind(&tree, self.facts.schemas(), &mut NoProbe, &parameters);
        bound.script.results.last().is_some().then_some(bound.script)
    }

    /// Values for the parameters that the script declares, so that it can be bound: which ones does not matter.
    fn parameters(&self, tree: &crate::kql::syntax::ast::Script) -> HashMap<String, String> {
        let mut values: HashMap<String, String> = self.facts.parameters().into_iter().collect();
        for statement in &tree.statements {
            let StatementKind::DeclareParameters(declared) = &statement.kind else { continue };
            for parameter in declared.iter().filter(|parameter| parameter.default.is_none()) {
                let ParamType::Scalar(kind) = &parameter.ty else { continue };
                values.entry(parameter.name.text.clone()).or_insert_with(|| any_value(kind.scalar).to_owned());
            }
        }
        values
    }
}

fn any_value(kind: ScalarType) -> &'static str {
    match kind {
        ScalarType::Bool => "true",
        ScalarType::DateTime => "2026-01-01",
        ScalarType::Timespan => "1d",
        ScalarType::Guid => "74be27de-1e4e-49d9-b579-fe0b331d3642",
        ScalarType::Dynamic => "{}",
        ScalarType::Int | ScalarType::Long | ScalarType::Real | ScalarType::Decimal => "1",
        ScalarType::String => "x",
    }
}

fn visible(script: &Script) -> Vec<(String, String)> {
    let columns = script.results.last().map(|result| result.rel.visible_columns()).unwrap_or_default();
    columns.iter().map(|column| (column.name.to_string(), column.kind.name().to_owned())).collect()
}

/// The table and the column that a column's values come from unchanged.
fn origin(rel: &Rel, id: ColumnId, script: &Script) -> Option<(String, String)> {
    let place = rel.columns.iter().position(|column| column.id == id);
    match &rel.node {
        Node::Scan { table } => Some((table.clone(), rel.column(id)?.name.to_string())),
        Node::Use { shared } => {
            let shared = &script.shared.get(shared.0 as usize)?.rel;
            origin(shared, shared.columns.get(place?)?.id, script)
        }
        Node::Union { legs } => legs.iter().find_map(|leg| origin(&leg.input, (*leg.fields.get(place?)?)?, script)),
        Node::Project { input, definitions: defined } | Node::Aggregate { input, keys: defined, .. } => {
            let own = defined.iter().find(|definition| definition.id == id);
            origin(input, own.map_or(Some(id), |own| own.expr.as_column())?, script)
        }
        _ => {
            let mut found = None;
            rel.inputs(&mut |input| {
                if found.is_none() && input.column(id).is_some() {
                    found = origin(input, id, script);
                }
            });
            found
        }
    }
}

/// A name as a query has to write it.
pub(super) fn written(name: &str) -> String {
    let mut letters = name.chars();
    let plain = letters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && letters.all(|letter| letter == '_' || letter.is_alphanumeric());
    if plain { name.to_owned() } else { format!("['{}']", name.replace('\\', "\\\\").replace('\'', "\\'")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_are_no_words_are_quoted() {
        assert_eq!([written("FileName"), written("my col"), written("it's")], ["FileName", "['my col']", r"['it\'s']"]);
    }
}
