//! Leaves out hidden columns that nothing uses.
//!
//! Binding lets every hidden column of a table ride along, since only the end of a query shows which are named. Here the unused ones go, so
//! that a planner sees what is read and no more.

use std::collections::HashSet;

use super::tree::{ColumnId, ExprNode, Grouping, Node, Plugin, QueryResult, Rel, Shared};

/// Prunes results and what they share.
pub(super) fn prune(results: &mut [QueryResult], shared: &mut [Shared]) {
    let mut used = Used { ids: HashSet::new(), places: vec![HashSet::new(); shared.len()] };
    for result in results.iter() {
        used.mark(&result.rel);
    }
    // A shared relation is used only by results and by later ones.
    for place in (0..shared.len()).rev() {
        let Some(one) = shared.get(place) else { continue };
        let wanted = used.places.get(place).cloned().unwrap_or_default();
        used.ids.extend(
            one.rel.columns.iter().enumerate().filter(|(at, _)| wanted.contains(at)).map(|(_, column)| column.id),
        );
        used.mark(&one.rel);
    }
    // The hidden columns of a use go with those of what is used: all places are decided before anything is cut.
    let kept: Vec<Vec<bool>> = shared.iter().map(|one| used.kept(&one.rel)).collect();
    for result in results {
        cut(&mut result.rel, &used, &kept);
    }
    for one in shared {
        cut(&mut one.rel, &used, &kept);
    }
}

struct Used {
    /// Columns that an expression or a visible column needs.
    ids: HashSet<ColumnId>,
    /// For each shared relation, the places of its columns that uses need.
    places: Vec<HashSet<usize>>,
}

impl Used {
    /// Marks what a relation needs; what is above it has been marked.
    fn mark(&mut self, rel: &Rel) {
        self.ids.extend(rel.visible_columns().iter().map(|column| column.id));
        let Self { ids, .. } = self;
        let mut queries: Vec<&Rel> = Vec::new();
        rel.exprs(&mut |expr| {
            expr.walk(&mut |part| {
                if let ExprNode::Column(id) | ExprNode::StepState(_, id) = part.node {
                    ids.insert(id);
                }
                queries.extend(part.query().map(|query| &*query.rel));
            });
        });
        match &rel.node {
            Node::Union { legs } => {
                for leg in legs {
                    for (column, field) in rel.columns.iter().zip(&leg.fields) {
                        if self.ids.contains(&column.id) {
                            self.ids.extend(*field);
                        }
                    }
                }
            }
            Node::Use { shared } => {
                if let Some(places) = self.places.get_mut(shared.0 as usize) {
                    let used = rel.columns.iter().enumerate().filter(|(_, column)| self.ids.contains(&column.id));
                    places.extend(used.map(|(place, _)| place));
                }
            }
            Node::Apply { grouping, .. } => match grouping {
                Grouping::Key(id) => {
                    self.ids.insert(*id);
                }
                Grouping::Row { row, .. } => {
                    self.ids.insert(*row);
                }
            },
            Node::Plugin(plugin) => match plugin.as_ref() {
                Plugin::NetworkLookup(lookup) => {
                    self.ids.extend([lookup.address, lookup.network]);
                    self.ids.extend(lookup.keys.iter().flat_map(|(a, b)| [*a, *b]));
                }
                Plugin::Mining(mining) => {
                    self.ids.extend(mining.dimensions.iter().chain(&mining.weight));
                }
                Plugin::ShapeLookup(lookup) => self.ids.extend([lookup.shape, lookup.longitude, lookup.latitude]),
                _ => {}
            },
            Node::GraphMatch(found) => self.ids.extend(found.graph.reads(&found.references)),
            Node::GraphNodes(nodes) => self.ids.extend(nodes.graph.reads(&nodes.references)),
            _ => {}
        }
        for query in queries {
            self.mark(query);
        }
        // Subqueries before inputs: they say what they need of the rows.
        let mut inputs: Vec<&Rel> = Vec::new();
        rel.inputs(&mut |input| inputs.push(input));
        for input in inputs.into_iter().rev() {
            self.mark(input);
        }
    }

    /// Which columns of a relation stay.
    fn kept(&self, rel: &Rel) -> Vec<bool> {
        rel.columns
            .iter()
            .enumerate()
            .map(|(place, column)| place < rel.visible || self.ids.contains(&column.id))
            .collect()
    }
}

fn cut(rel: &mut Rel, used: &Used, kept: &[Vec<bool>]) {
    let keep = match &rel.node {
        Node::Use { shared } => kept.get(shared.0 as usize).cloned().unwrap_or_default(),
        _ => used.kept(rel),
    };
    if let Node::Union { legs } = &mut rel.node {
        for leg in legs {
            retain(&mut leg.fields, &keep);
        }
    }
    if let Node::Apply { grouping: Grouping::Row { carried, .. }, .. } = &mut rel.node {
        let stays: HashSet<ColumnId> =
            rel.columns.iter().zip(&keep).filter(|(_, keep)| **keep).map(|(column, _)| column.id).collect();
        carried.retain(|id| stays.contains(id));
    }
    retain(&mut rel.columns, &keep);
    rel.exprs_mut(&mut |expr| {
        expr.walk_mut(&mut |part| {
            if let Some(query) = part.query_mut() {
                cut(std::sync::Arc::make_mut(&mut query.rel), used, kept);
            }
        });
    });
    rel.inputs_mut(&mut |input| cut(input, used, kept));
}

fn retain<T>(list: &mut Vec<T>, keep: &[bool]) {
    let mut keep = keep.iter();
    list.retain(|_| keep.next().copied().unwrap_or(true));
}
