//! What the syntax tree says about names: the sources of a FROM clause and how a statement's parts are walked.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    Ident, JoinConstraint, JoinOperator, ObjectName, TableAlias, TableFactor, TableWithJoins, Visit, VisitMut, Visitor,
    VisitorMut,
};

use super::SqlError;

/// The identifiers of a name; a part that is no identifier counts as empty.
pub(super) fn parts(name: &ObjectName) -> Vec<&str> {
    name.0.iter().map(|part| part.as_ident().map_or("", |ident| ident.value.as_str())).collect()
}

/// The sources of a FROM clause from left to right. A join in parentheses without an alias is looked into; everything else under one
/// name is one source.
pub(super) fn sources(from: &[TableWithJoins]) -> Vec<&TableFactor> {
    let mut found = Vec::new();
    for item in from {
        for factor in std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation)) {
            match factor {
                TableFactor::NestedJoin { table_with_joins, alias: None } => {
                    found.extend(sources(std::slice::from_ref(table_with_joins)));
                }
                other => found.push(other),
            }
        }
    }
    found
}

/// Visits the sources of a join, as [`sources`] counts them.
pub(super) fn each_source(
    item: &mut TableWithJoins,
    visit: &impl Fn(&mut TableFactor) -> Result<(), SqlError>,
) -> Result<(), SqlError> {
    for factor in std::iter::once(&mut item.relation).chain(item.joins.iter_mut().map(|join| &mut join.relation)) {
        match factor {
            TableFactor::NestedJoin { table_with_joins, alias: None } => each_source(table_with_joins, visit)?,
            other => visit(other)?,
        }
    }
    Ok(())
}

/// The alias of a source.
pub(super) fn alias(factor: &TableFactor) -> Option<&TableAlias> {
    match factor {
        TableFactor::Table { alias, .. }
        | TableFactor::Derived { alias, .. }
        | TableFactor::TableFunction { alias, .. }
        | TableFactor::Function { alias, .. }
        | TableFactor::UNNEST { alias, .. }
        | TableFactor::JsonTable { alias, .. }
        | TableFactor::OpenJsonTable { alias, .. }
        | TableFactor::NestedJoin { alias, .. }
        | TableFactor::Pivot { alias, .. }
        | TableFactor::Unpivot { alias, .. }
        | TableFactor::MatchRecognize { alias, .. }
        | TableFactor::XmlTable { alias, .. }
        | TableFactor::SemanticView { alias, .. } => alias.as_ref(),
    }
}

/// The name of the table that a source reads, if it reads a table by its name.
pub(super) fn table_name(factor: &TableFactor) -> Option<&ObjectName> {
    match factor {
        TableFactor::Table { name, args: None, .. } => Some(name),
        _ => None,
    }
}

/// The name that the columns of a source can be qualified with: its alias, else its own name.
pub(super) fn qualifier(factor: &TableFactor) -> Option<ObjectName> {
    alias(factor).map(|alias| ObjectName::from(vec![alias.name.clone()])).or_else(|| table_name(factor).cloned())
}

/// True if `written` qualifies columns of the source called `name`: all of it or its last parts.
pub(super) fn qualifies(written: &[Ident], name: &ObjectName) -> bool {
    let name = parts(name);
    let written: Vec<&str> = written.iter().map(|ident| ident.value.as_str()).collect();
    !written.is_empty()
        && written.len() <= name.len()
        && written.iter().rev().zip(name.iter().rev()).all(|(a, b)| a.eq_ignore_ascii_case(b))
}

/// The condition of a join, of those joins that DataFusion plans.
pub(super) fn constraint(operator: &JoinOperator) -> Option<&JoinConstraint> {
    match operator {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint)
        | JoinOperator::LeftSemi(constraint)
        | JoinOperator::RightSemi(constraint)
        | JoinOperator::LeftAnti(constraint)
        | JoinOperator::RightAnti(constraint) => Some(constraint),
        _ => None,
    }
}

/// Walks all of a statement that sqlparser knows how to walk.
pub(super) fn visit<V: Visitor>(statement: &Statement, visitor: &mut V) -> ControlFlow<V::Break> {
    match statement {
        Statement::Statement(statement) => statement.visit(visitor),
        Statement::CopyTo(copy) => match &copy.source {
            CopyToSource::Relation(name) => visitor.pre_visit_relation(name),
            CopyToSource::Query(query) => query.visit(visitor),
        },
        Statement::Explain(explain) => visit(&explain.statement, visitor),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    }
}

/// [`visit`], with the right to change what is visited.
pub(super) fn visit_mut<V: VisitorMut>(statement: &mut Statement, visitor: &mut V) -> ControlFlow<V::Break> {
    match statement {
        Statement::Statement(statement) => VisitMut::visit(statement, visitor),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Relation(name) => visitor.pre_visit_relation(name),
            CopyToSource::Query(query) => VisitMut::visit(query, visitor),
        },
        Statement::Explain(explain) => visit_mut(&mut explain.statement, visitor),
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    }
}
