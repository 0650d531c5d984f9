//! The binder's tests: cases as data, bounds, and texts with mistakes in them.

mod bounds;
mod cases;
mod mutants;

use std::collections::HashMap;
use std::sync::Arc;

use super::{Answer, Bound, Probe, ProbeError, Question, Schemas, TableSchema, bind, tree};
use crate::catalog::KustoType;
use crate::kql::syntax::ast::{FunctionDecl, LetValue, StatementKind};
use crate::kql::syntax::{Diagnostic, parse};

/// Two tables with a column of every type, small ones for joins, and a stored function.
struct TestSchemas;

/// Columns as `name:type`, those behind `|` hidden.
const TABLES: [(&str, &str); 5] = [
    (
        "T",
        "s:string l:long i:int r:real d:dynamic t:datetime ts:timespan b:bool g:guid m:decimal | _File:string _TimeReceived:datetime",
    ),
    ("A", "Timestamp:datetime Name:string Id:long | TimeGenerated:datetime TenantId:string"),
    ("B", "TimeGenerated:datetime Name:string Count:int Other:dynamic | Timestamp:datetime"),
    (
        "DeviceEvents",
        "Timestamp:datetime DeviceId:string DeviceName:string ActionType:string AdditionalFields:dynamic | TimeGenerated:datetime",
    ),
    ("Networks", "Network:string Owner:string"),
];

impl Schemas for TestSchemas {
    fn table(&self, name: &str) -> Option<Arc<TableSchema>> {
        // `Old` is a former name of `A`.
        let name = if name == "Old" { "A" } else { name };
        let (name, columns) = TABLES.iter().find(|(table, _)| *table == name)?;
        let (visible, hidden) = columns.split_once('|').unwrap_or((columns, ""));
        let read = |text: &str| -> Vec<(Arc<str>, KustoType)> {
            text.split_whitespace()
                .map(|column| column.split_once(':').expect("name:type"))
                .map(|(name, kind)| (name.into(), kind.parse().expect("type")))
                .collect()
        };
        let mut columns = read(visible);
        let visible = columns.len();
        columns.extend(read(hidden));
        Some(Arc::new(TableSchema { name: (*name).to_owned(), columns, visible }))
    }

    fn table_names(&self) -> Vec<String> {
        TABLES.iter().map(|(name, _)| (*name).to_owned()).collect()
    }

    fn function(&self, name: &str) -> Option<Arc<FunctionDecl>> {
        let text = match name {
            "Stored" => "let Stored = (n: long = 2) { A | take n | project Name };",
            "Broken" => "let Broken = () { A | project Nothing };",
            "Endless" => "let Endless = () { Endless() };",
            _ => return None,
        };
        let (script, _) = parse(text);
        script.statements.iter().find_map(|statement| match &statement.kind {
            StatementKind::Let(_, LetValue::Function(decl)) => Some(Arc::new(decl.clone())),
            _ => None,
        })
    }

    fn function_names(&self) -> Vec<String> {
        ["Stored", "Broken", "Endless"].map(str::to_owned).to_vec()
    }
}

/// Sees two keys and two values in everything.
struct TestProbe;

impl Probe for TestProbe {
    fn ask(&mut self, question: &Question, _shared: &[tree::Shared]) -> Result<Answer, ProbeError> {
        Ok(match question {
            Question::Keys { .. } => {
                Answer::Keys(vec![("name".to_owned(), KustoType::String), ("size".to_owned(), KustoType::Long)])
            }
            Question::Values { .. } => Answer::Values(vec!["red".to_owned(), "Name".to_owned()]),
        })
    }
}

/// Parses and binds, with the diagnostics of the parser, or if it has no errors those of both.
fn bound(text: &str) -> (Bound, Vec<Diagnostic>) {
    let (script, mut diagnostics) = parse(text);
    let parameters = HashMap::from([("given".to_owned(), "7".to_owned()), ("wrong".to_owned(), "seven".to_owned())]);
    let bound = bind(&script, &TestSchemas, &mut TestProbe, &parameters);
    let checked = std::panic::catch_unwind(|| check(&bound));
    assert!(checked.is_ok(), "the tree of this script breaks what must hold:\n{text}");
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(bound.diagnostics.iter().cloned());
    }
    (bound, diagnostics)
}

/// What holds for every tree: ids are defined once, what is read is there, names are unique.
fn check(bound: &Bound) {
    if !bound.is_ok() {
        return;
    }
    let rels =
        bound.script.results.iter().map(|result| &result.rel).chain(bound.script.shared.iter().map(|one| &one.rel));
    for rel in rels {
        check_rel(rel);
    }
}

fn check_rel(rel: &tree::Rel) {
    let mut names: Vec<&str> = rel.columns.iter().map(|column| &*column.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count, "names are unique: {names:?}");
    let mut ids: Vec<_> = rel.columns.iter().map(|column| column.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids are unique: {:?}", rel.columns);
    let mut below: Vec<tree::ColumnId> = Vec::new();
    rel.inputs(&mut |input| below.extend(input.columns.iter().map(|column| column.id)));
    let within: Vec<tree::ColumnId> = match &rel.node {
        tree::Node::MakeSeries(series) => series
            .series
            .iter()
            .flat_map(|one| &one.calls)
            .flat_map(|call| &call.outputs)
            .map(|output| output.id)
            .collect(),
        tree::Node::TopNested(top) => top
            .levels
            .iter()
            .flat_map(|level| &level.calls)
            .flat_map(|call| &call.outputs)
            .map(|output| output.id)
            .collect(),
        tree::Node::PatternScan(scan) => scan.declared.iter().map(|declared| declared.id).collect(),
        tree::Node::GraphMatch(found) => found.references.iter().map(|reference| reference.id).collect(),
        tree::Node::Window { calls, .. } => calls.iter().map(|call| call.id).collect(),
        _ => Vec::new(),
    };
    rel.exprs(&mut |expr| {
        expr.walk(&mut |part| {
            if let tree::ExprNode::Column(id) = part.node {
                assert!(below.contains(&id) || within.contains(&id), "{id:?} is not there: {:?}", rel.node);
            }
            if let Some(query) = part.query() {
                check_rel(&query.rel);
            }
        });
    });
    if let tree::Node::Union { legs } = &rel.node {
        assert!(legs.iter().all(|leg| leg.fields.len() == rel.columns.len()));
    }
    rel.inputs(&mut |input| check_rel(input));
}
