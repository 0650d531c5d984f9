//! Which columns of a script anything needs.
//!
//! DataFusion finds that out for single fields by itself. Not for what we keep together as one value, a whole row of `arg_max(t, *)`, nor for
//! rows that are computed once for several readers: there the planner leaves out what nothing needs.

use std::collections::HashSet;

use crate::kql::bind::tree::{AggregateCall, ColumnId, Expr, ExprNode, Node, Plugin, Rel, Script, Shared};

/// The columns of a script that its results are made of, those that decide about rows included.
pub fn needed(script: &Script) -> HashSet<ColumnId> {
    let mut used = Used { ids: HashSet::new(), places: vec![HashSet::new(); script.shared.len()] };
    for result in &script.results {
        used.ids.extend(result.rel.visible_columns().iter().map(|column| column.id));
        used.rel(&result.rel);
    }
    // A shared relation is used by results and by later ones only.
    for (place, Shared { rel, .. }) in script.shared.iter().enumerate().rev() {
        let wanted: HashSet<usize> = used.places.get(place).cloned().unwrap_or_default();
        let columns = rel.columns.iter().enumerate().filter(|(at, _)| wanted.contains(at));
        used.ids.extend(columns.map(|(_, column)| column.id));
        used.rel(rel);
    }
    used.ids
}

struct Used {
    ids: HashSet<ColumnId>,
    /// For each shared relation the places of the columns that are needed.
    places: Vec<HashSet<usize>>,
}

impl Used {
    /// Marks what a relation needs for those of its columns that are marked.
    fn rel(&mut self, rel: &Rel) {
        match &rel.node {
            Node::Scan { .. } | Node::Values { .. } | Node::OneRow | Node::GroupRows { .. } | Node::Consume { .. } => {}
            Node::Project { definitions, .. } => {
                for definition in definitions {
                    if self.ids.contains(&definition.id) {
                        self.expr(&definition.expr);
                    }
                }
            }
            Node::Aggregate { keys, calls, .. } => {
                keys.iter().for_each(|key| self.expr(&key.expr));
                calls.iter().for_each(|call| self.aggregate(call));
            }
            Node::Union { legs } => {
                for leg in legs {
                    let fields = rel.columns.iter().zip(&leg.fields);
                    let fields = fields.filter(|(column, _)| self.ids.contains(&column.id));
                    let fields: Vec<ColumnId> = fields.filter_map(|(_, field)| *field).collect();
                    self.ids.extend(fields);
                }
            }
            Node::Use { shared } => {
                if let Some(places) = self.places.get_mut(shared.0 as usize) {
                    let columns = rel.columns.iter().enumerate();
                    places.extend(columns.filter(|(_, own)| self.ids.contains(&own.id)).map(|(place, _)| place));
                }
            }
            Node::Filter { .. }
            | Node::Join { .. }
            | Node::Sort { .. }
            | Node::Limit { .. }
            | Node::Sample { .. }
            | Node::Range { .. }
            | Node::External(_)
            | Node::Window { .. } => rel.exprs(&mut |expr| self.expr(expr)),
            Node::GraphMatch(found) => {
                rel.exprs(&mut |expr| self.expr(expr));
                self.ids.extend(found.graph.reads(&found.references));
            }
            Node::GraphNodes(nodes) => {
                rel.exprs(&mut |expr| self.expr(expr));
                self.ids.extend(nodes.graph.reads(&nodes.references));
            }
            _ => self.special(rel),
        }
        let mut inputs: Vec<&Rel> = Vec::new();
        rel.inputs(&mut |input| inputs.push(input));
        // Subqueries before inputs: they say what they need of the rows.
        for input in inputs.into_iter().rev() {
            self.rel(input);
        }
    }

    /// Of several outputs each needs its own argument, and all need what decides.
    fn aggregate(&mut self, call: &AggregateCall) {
        if call.outputs.len() < 2 {
            if call.outputs.iter().any(|output| self.ids.contains(&output.id)) {
                call.args.iter().for_each(|arg| self.expr(arg));
            }
            return;
        }
        for (place, (output, arg)) in call.outputs.iter().zip(&call.args).enumerate() {
            if place == 0 || self.ids.contains(&output.id) {
                self.expr(arg);
            }
        }
    }

    /// Operators of which all is needed that they have.
    fn special(&mut self, rel: &Rel) {
        rel.exprs(&mut |expr| self.expr(expr));
        rel.inputs(&mut |input| self.ids.extend(input.columns.iter().map(|column| column.id)));
        let calls: Vec<&AggregateCall> = match &rel.node {
            Node::MakeSeries(series) => series.series.iter().flat_map(|one| &one.calls).collect(),
            Node::TopNested(top) => top.levels.iter().flat_map(|level| &level.calls).collect(),
            Node::Plugin(plugin) => match plugin.as_ref() {
                Plugin::Pivot(pivot) => vec![&pivot.call],
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        self.ids.extend(calls.iter().flat_map(|call| &call.outputs).map(|output| output.id));
    }

    fn expr(&mut self, expr: &Expr) {
        let mut queries: Vec<&Rel> = Vec::new();
        expr.walk(&mut |part| {
            if let ExprNode::Column(id) | ExprNode::StepState(_, id) = part.node {
                self.ids.insert(id);
            }
            queries.extend(part.query().map(|query| &*query.rel));
        });
        for query in queries {
            self.ids.extend(query.columns.first().map(|column| column.id));
            self.rel(query);
        }
    }
}
