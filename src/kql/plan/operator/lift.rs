//! A subquery over groups of rows as one query over all rows: groups become keys.
//!
//! It is done where what the subquery says of each group can be said of all groups at once: filters, new columns, aggregates. Where an
//! operator looks at a group as a whole (`top`, `take`, functions of neighbouring rows, joins), there is no such query here, and the
//! groups are run one by one.

use crate::kql::bind::tree::{Column, Definition, Expr, ExprNode, GroupId, Node, Rel};
use crate::kql::syntax::ast::Span;

/// The subquery with `input` in the place of the group's rows and the columns `keys` passed through, which tell the groups apart; `None` if
/// it is no such query.
pub fn lift(subquery: &Rel, group: GroupId, input: &Rel, keys: &[Column]) -> Option<Rel> {
    let node = match &subquery.node {
        Node::GroupRows { group: leaf } if *leaf == group => return Some(input.clone()),
        Node::Filter { input: below, predicate } => {
            Node::Filter { input: Box::new(lift(below, group, input, keys)?), predicate: predicate.clone() }
        }
        Node::Project { input: below, definitions } => {
            Node::Project { input: Box::new(lift(below, group, input, keys)?), definitions: definitions.clone() }
        }
        Node::Sort { input: below, keys: by } => {
            Node::Sort { input: Box::new(lift(below, group, input, keys)?), keys: by.clone() }
        }
        Node::Parse(parse) => {
            let mut parse = parse.clone();
            parse.input = lift(&parse.input, group, input, keys)?;
            Node::Parse(parse)
        }
        Node::ParseKv(parse) => {
            let mut parse = parse.clone();
            parse.input = lift(&parse.input, group, input, keys)?;
            Node::ParseKv(parse)
        }
        Node::Expand(expand) if expand.row.is_none() => {
            let mut expand = expand.clone();
            expand.input = lift(&expand.input, group, input, keys)?;
            Node::Expand(expand)
        }
        // An aggregate without keys gives a row to every group, also to one of no rows; that there is none below must be sure.
        Node::Aggregate { input: below, keys: own, calls } if !own.is_empty() || keeps_groups(below) => {
            let passed = keys.iter().filter(|key| own.iter().all(|own| own.id != key.id)).map(|key| Definition {
                id: key.id,
                expr: Expr::new(ExprNode::Column(key.id), key.kind, Span::default()),
            });
            Node::Aggregate {
                input: Box::new(lift(below, group, input, keys)?),
                keys: own.iter().cloned().chain(passed).collect(),
                calls: calls.clone(),
            }
        }
        _ => return None,
    };
    let mut columns = subquery.columns.clone();
    let missing = keys.iter().filter(|key| subquery.column(key.id).is_none());
    columns.extend(missing.map(|key| Column { id: key.id, name: format!("_key{}", key.id.0).into(), kind: key.kind }));
    Some(Rel { node, columns, ..shell(subquery) })
}

/// A relation's facts without its rows.
fn shell(rel: &Rel) -> Rel {
    Rel { node: Node::OneRow, columns: Vec::new(), visible: rel.visible, serialized: rel.serialized, depth: rel.depth }
}

/// Whether every group that has rows below still has some above.
fn keeps_groups(rel: &Rel) -> bool {
    match &rel.node {
        Node::GroupRows { .. } => true,
        Node::Project { input, .. } | Node::Sort { input, .. } => keeps_groups(input),
        Node::Parse(parse) => !parse.filter && keeps_groups(&parse.input),
        Node::ParseKv(parse) => keeps_groups(&parse.input),
        _ => false,
    }
}
