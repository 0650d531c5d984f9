//! The `*` of a SELECT without hidden columns.
//!
//! DataFusion cannot leave a column out of `*` if two sources of a join have one of that name; of `a.*` it can. In that case the `*` is
//! written out as `a.*, b.*`.

use std::collections::BTreeSet;

use datafusion::sql::sqlparser::ast::{
    JoinConstraint, JoinOperator, ObjectName, Select, SelectItem, SelectItemQualifiedWildcardKind, TableFactor,
    TableWithJoins, WildcardAdditionalOptions,
};

use super::Source;
use crate::sql::{scope, wildcard};

/// Leaves the hidden columns out of the wildcards of a SELECT, save those that flow on through its pipe.
pub(super) fn hide(select: &mut Select, sources: &[Source], flowing: &[String]) {
    let shown_by = |source: &Source| -> Vec<String> {
        source.shown.iter().filter(|column| !flowing.contains(column)).cloned().collect()
    };
    let hidden: Vec<String> = sources.iter().flat_map(shown_by).collect::<BTreeSet<_>>().into_iter().collect();
    let clash = hidden.iter().any(|column| sources.iter().filter(|source| source.may_have(column)).count() > 1);
    if clash && let Some(items) = spread(select, sources.iter().map(|source| source.qualifier.as_ref())) {
        select.projection = items;
    }
    wildcard::each(&mut select.projection, |name, options| match name {
        None => wildcard::exclude(options, &hidden),
        Some(name) => {
            let named = sources.iter().find(|source| source.is_called(name));
            wildcard::exclude(options, &named.map(shown_by).unwrap_or_default());
        }
    });
}

/// A source with what its `a.*` leaves out.
struct Part {
    name: ObjectName,
    options: WildcardAdditionalOptions,
}

/// The items of a SELECT with every `*` written out, or none if that cannot be done: if a source has no name, or the `*` comes with
/// options of its own, or a USING is beyond what is told apart here.
fn spread<'a>(select: &Select, qualifiers: impl Iterator<Item = Option<&'a ObjectName>>) -> Option<Vec<SelectItem>> {
    qualifiers.collect::<Option<Vec<_>>>()?;
    let mut parts = Vec::new();
    for item in &select.from {
        parts.extend(of_join(item)?);
    }
    let mut items = Vec::new();
    for item in &select.projection {
        match item {
            SelectItem::Wildcard(options) if *options == WildcardAdditionalOptions::default() => {
                items.extend(parts.iter().map(|part| {
                    let name = SelectItemQualifiedWildcardKind::ObjectName(part.name.clone());
                    SelectItem::QualifiedWildcard(name, part.options.clone())
                }));
            }
            SelectItem::Wildcard(_) => return None,
            other => items.push(other.clone()),
        }
    }
    Some(items)
}

/// The parts of a chain of joins. A column of USING is kept of one side: the right one in a RIGHT JOIN, else the left one.
fn of_join(item: &TableWithJoins) -> Option<Vec<Part>> {
    let mut left = of_factor(&item.relation)?;
    for join in &item.joins {
        let mut right = of_factor(&join.relation)?;
        let using = match scope::constraint(&join.join_operator)? {
            JoinConstraint::Using(columns) => {
                columns.iter().filter_map(|name| scope::parts(name).pop().map(str::to_owned)).collect()
            }
            _ => Vec::new(),
        };
        match join.join_operator {
            JoinOperator::LeftSemi(_) | JoinOperator::LeftAnti(_) => right.clear(),
            JoinOperator::RightSemi(_) | JoinOperator::RightAnti(_) => left.clear(),
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) => leave_out(&mut left, &using)?,
            _ => leave_out(&mut right, &using)?,
        }
        left.append(&mut right);
    }
    Some(left)
}

fn of_factor(factor: &TableFactor) -> Option<Vec<Part>> {
    match factor {
        TableFactor::NestedJoin { table_with_joins, alias: None } => of_join(table_with_joins),
        other => Some(vec![Part { name: scope::qualifier(other)?, options: WildcardAdditionalOptions::default() }]),
    }
}

fn leave_out(parts: &mut [Part], columns: &[String]) -> Option<()> {
    match parts {
        _ if columns.is_empty() => Some(()),
        [part] => {
            wildcard::exclude(&mut part.options, columns);
            Some(())
        }
        _ => None,
    }
}
