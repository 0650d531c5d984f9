//! Visits over the bound tree: all relations and all expressions, in no promised order.

use super::{Call, Expr, ExprNode, List, Node, Parse, Plugin, Rel, ScalarQuery, SortKey};

impl Rel {
    /// Calls `see` with every relation directly below: inputs and subqueries, not those inside expressions.
    pub fn inputs<'a>(&'a self, see: &mut dyn FnMut(&'a Rel)) {
        match &self.node {
            Node::Scan { .. }
            | Node::Values { .. }
            | Node::OneRow
            | Node::Range { .. }
            | Node::External(_)
            | Node::Use { .. }
            | Node::GroupRows { .. } => {}
            Node::Filter { input, .. }
            | Node::Project { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Sample { input, .. }
            | Node::Window { input, .. }
            | Node::Consume { input } => see(input),
            Node::Join { left, right, .. } => {
                see(left);
                see(right);
            }
            Node::Union { legs } => legs.iter().for_each(|leg| see(&leg.input)),
            Node::Apply { input, subquery, .. } => {
                see(input);
                see(subquery);
            }
            Node::Expand(expand) => see(&expand.input),
            Node::MakeSeries(series) => see(&series.input),
            Node::Parse(parse) => see(&parse.input),
            Node::ParseKv(parse) => see(&parse.input),
            Node::Plugin(plugin) => match plugin.as_ref() {
                Plugin::Unpack(unpack) => see(&unpack.input),
                Plugin::Pivot(pivot) => see(&pivot.input),
                Plugin::Narrow(input) => see(input),
                Plugin::CommonCounts(counts) => see(&counts.input),
                Plugin::Mining(mining) => see(&mining.input),
                Plugin::NetworkLookup(lookup) => {
                    see(&lookup.input);
                    see(&lookup.table);
                }
                Plugin::ShapeLookup(lookup) => {
                    see(&lookup.input);
                    see(&lookup.table);
                }
            },
            Node::PatternScan(scan) => see(&scan.input),
            Node::TopNested(top) => see(&top.input),
            Node::Reduce(reduce) => see(&reduce.input),
            Node::GraphMatch(found) => found.graph.inputs(see),
            Node::GraphNodes(nodes) => nodes.graph.inputs(see),
        }
    }

    /// The same for changing them.
    pub fn inputs_mut(&mut self, see: &mut dyn FnMut(&mut Rel)) {
        match &mut self.node {
            Node::Scan { .. }
            | Node::Values { .. }
            | Node::OneRow
            | Node::Range { .. }
            | Node::External(_)
            | Node::Use { .. }
            | Node::GroupRows { .. } => {}
            Node::Filter { input, .. }
            | Node::Project { input, .. }
            | Node::Aggregate { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Sample { input, .. }
            | Node::Window { input, .. }
            | Node::Consume { input } => see(input),
            Node::Join { left, right, .. } => {
                see(left);
                see(right);
            }
            Node::Union { legs } => legs.iter_mut().for_each(|leg| see(&mut leg.input)),
            Node::Apply { input, subquery, .. } => {
                see(input);
                see(subquery);
            }
            Node::Expand(expand) => see(&mut expand.input),
            Node::MakeSeries(series) => see(&mut series.input),
            Node::Parse(parse) => see(&mut parse.input),
            Node::ParseKv(parse) => see(&mut parse.input),
            Node::Plugin(plugin) => match plugin.as_mut() {
                Plugin::Unpack(unpack) => see(&mut unpack.input),
                Plugin::Pivot(pivot) => see(&mut pivot.input),
                Plugin::Narrow(input) => see(input),
                Plugin::CommonCounts(counts) => see(&mut counts.input),
                Plugin::Mining(mining) => see(&mut mining.input),
                Plugin::NetworkLookup(lookup) => {
                    see(&mut lookup.input);
                    see(&mut lookup.table);
                }
                Plugin::ShapeLookup(lookup) => {
                    see(&mut lookup.input);
                    see(&mut lookup.table);
                }
            },
            Node::PatternScan(scan) => see(&mut scan.input),
            Node::TopNested(top) => see(&mut top.input),
            Node::Reduce(reduce) => see(&mut reduce.input),
            Node::GraphMatch(found) => found.graph.inputs_mut(see),
            Node::GraphNodes(nodes) => nodes.graph.inputs_mut(see),
        }
    }

    /// Calls `see` with every expression of this node itself.
    pub fn exprs<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        match &self.node {
            Node::Scan { .. }
            | Node::Values { .. }
            | Node::OneRow
            | Node::Use { .. }
            | Node::GroupRows { .. }
            | Node::Union { .. }
            | Node::Apply { .. }
            | Node::Consume { .. } => {}
            Node::Range { from, to, step } => [from, to, step].into_iter().for_each(see),
            Node::External(external) => external.sources.iter().for_each(see),
            Node::Filter { predicate, .. } => see(predicate),
            Node::Project { definitions, .. } => definitions.iter().for_each(|definition| see(&definition.expr)),
            Node::Aggregate { keys, calls, .. } => {
                keys.iter().for_each(|key| see(&key.expr));
                calls.iter().flat_map(|call| &call.args).for_each(see);
            }
            Node::Join { on, .. } => on.iter().for_each(|key| {
                see(&key.left);
                see(&key.right);
            }),
            Node::Sort { keys, .. } => sort_keys(keys, see),
            Node::Limit { count, .. } | Node::Sample { count, .. } => see(count),
            Node::Window { calls, .. } => calls.iter().flat_map(|call| &call.call.args).for_each(see),
            Node::Expand(expand) => {
                expand.items.iter().for_each(|item| see(&item.source));
                expand.limit.iter().for_each(see);
            }
            Node::MakeSeries(series) => {
                series.keys.iter().for_each(|key| see(&key.expr));
                for call in &series.series {
                    call.calls.iter().flat_map(|call| &call.args).for_each(&mut *see);
                    see(&call.value);
                    see(&call.default);
                }
                let axis = &series.axis;
                see(&axis.expr);
                axis.from.iter().chain(&axis.to).for_each(&mut *see);
                see(&axis.step);
            }
            Node::Parse(parse) => {
                let Parse { source, .. } = parse.as_ref();
                see(source);
            }
            Node::ParseKv(parse) => see(&parse.source),
            Node::Plugin(plugin) => match plugin.as_ref() {
                Plugin::Unpack(unpack) => see(&unpack.bag),
                Plugin::Pivot(pivot) => {
                    pivot.groups.iter().for_each(|group| see(&group.expr));
                    see(&pivot.pivot);
                    pivot.call.args.iter().for_each(see);
                }
                Plugin::CommonCounts(counts) => counts.sketches.iter().for_each(see),
                Plugin::Mining(mining) => {
                    mining.split.iter().for_each(|split| see(&split.column));
                    mining.wildcards.iter().for_each(see);
                }
                Plugin::Narrow(_) | Plugin::NetworkLookup(_) | Plugin::ShapeLookup(_) => {}
            },
            Node::PatternScan(scan) => {
                scan.partition.iter().for_each(&mut *see);
                sort_keys(&scan.order, see);
                scan.declared.iter().for_each(|declared| see(&declared.expr));
                for step in &scan.steps {
                    see(&step.condition);
                    step.assignments.iter().for_each(|(_, value)| see(value));
                }
            }
            Node::TopNested(top) => {
                for level in &top.levels {
                    level.count.iter().chain(&level.others).for_each(&mut *see);
                    see(&level.of.expr);
                    level.calls.iter().flat_map(|call| &call.args).for_each(&mut *see);
                    see(&level.by.expr);
                }
            }
            Node::Reduce(reduce) => see(&reduce.source),
            Node::GraphMatch(found) => {
                found.graph.exprs(see);
                found.exprs(see);
            }
            Node::GraphNodes(nodes) => nodes.graph.exprs(see),
        }
    }
}

fn sort_keys<'a>(keys: &'a [SortKey], see: &mut dyn FnMut(&'a Expr)) {
    keys.iter().for_each(|key| see(&key.expr));
}

impl Expr {
    /// Calls `see` with every expression directly below; relations inside are left alone, see [`Expr::query`].
    pub fn children<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        match &self.node {
            ExprNode::Literal(_) | ExprNode::Column(_) | ExprNode::ScalarQuery(_) | ExprNode::StepState(..) => {}
            ExprNode::Cast(inner) | ExprNode::Field(inner, _) | ExprNode::Negate(inner) => see(inner),
            ExprNode::Call(Call { args, .. }) | ExprNode::Logical(_, args) => args.iter().for_each(see),
            ExprNode::Arithmetic(_, a, b)
            | ExprNode::Comparison(_, a, b)
            | ExprNode::StringTest(_, a, b)
            | ExprNode::Member(a, b) => {
                see(a);
                see(b);
            }
            ExprNode::In { value, list, .. } | ExprNode::HasTerms { value, list, .. } => {
                see(value);
                if let List::Values(values) = list {
                    values.iter().for_each(see);
                }
            }
            ExprNode::Between { value, low, high, .. } => [value, low, high].into_iter().for_each(|part| see(part)),
            ExprNode::Case { branches, otherwise } => {
                for (condition, value) in branches {
                    see(condition);
                    see(value);
                }
                see(otherwise);
            }
        }
    }

    /// The relation that this expression itself holds, if it does.
    pub fn query(&self) -> Option<&ScalarQuery> {
        match &self.node {
            ExprNode::ScalarQuery(query) => Some(query),
            ExprNode::In { list: List::Table(query), .. } | ExprNode::HasTerms { list: List::Table(query), .. } => {
                Some(query)
            }
            _ => None,
        }
    }

    /// Calls `see` with this expression and all below it.
    pub fn walk<'a>(&'a self, see: &mut dyn FnMut(&'a Expr)) {
        see(self);
        self.children(&mut |child| child.walk(see));
    }
}

impl Rel {
    /// Calls `see` with every expression of this node itself, to change it.
    pub fn exprs_mut(&mut self, see: &mut dyn FnMut(&mut Expr)) {
        match &mut self.node {
            Node::Scan { .. }
            | Node::Values { .. }
            | Node::OneRow
            | Node::Use { .. }
            | Node::GroupRows { .. }
            | Node::Union { .. }
            | Node::Apply { .. }
            | Node::Consume { .. } => {}
            Node::Range { from, to, step } => [from, to, step].into_iter().for_each(see),
            Node::External(external) => external.sources.iter_mut().for_each(see),
            Node::Filter { predicate, .. } => see(predicate),
            Node::Project { definitions, .. } => {
                definitions.iter_mut().for_each(|definition| see(&mut definition.expr))
            }
            Node::Aggregate { keys, calls, .. } => {
                keys.iter_mut().for_each(|key| see(&mut key.expr));
                calls.iter_mut().flat_map(|call| &mut call.args).for_each(see);
            }
            Node::Join { on, .. } => on.iter_mut().for_each(|key| {
                see(&mut key.left);
                see(&mut key.right);
            }),
            Node::Sort { keys, .. } => keys.iter_mut().for_each(|key| see(&mut key.expr)),
            Node::Limit { count, .. } | Node::Sample { count, .. } => see(count),
            Node::Window { calls, .. } => calls.iter_mut().flat_map(|call| &mut call.call.args).for_each(see),
            Node::Expand(expand) => {
                expand.items.iter_mut().for_each(|item| see(&mut item.source));
                expand.limit.iter_mut().for_each(see);
            }
            Node::MakeSeries(series) => {
                series.keys.iter_mut().for_each(|key| see(&mut key.expr));
                for call in &mut series.series {
                    call.calls.iter_mut().flat_map(|call| &mut call.args).for_each(&mut *see);
                    see(&mut call.value);
                    see(&mut call.default);
                }
                let axis = &mut series.axis;
                see(&mut axis.expr);
                axis.from.iter_mut().chain(&mut axis.to).for_each(&mut *see);
                see(&mut axis.step);
            }
            Node::Parse(parse) => see(&mut parse.source),
            Node::ParseKv(parse) => see(&mut parse.source),
            Node::Plugin(plugin) => match plugin.as_mut() {
                Plugin::Unpack(unpack) => see(&mut unpack.bag),
                Plugin::Pivot(pivot) => {
                    pivot.groups.iter_mut().for_each(|group| see(&mut group.expr));
                    see(&mut pivot.pivot);
                    pivot.call.args.iter_mut().for_each(see);
                }
                Plugin::CommonCounts(counts) => counts.sketches.iter_mut().for_each(see),
                Plugin::Mining(mining) => {
                    mining.split.iter_mut().for_each(|split| see(&mut split.column));
                    mining.wildcards.iter_mut().for_each(see);
                }
                Plugin::Narrow(_) | Plugin::NetworkLookup(_) | Plugin::ShapeLookup(_) => {}
            },
            Node::PatternScan(scan) => {
                scan.partition.iter_mut().for_each(&mut *see);
                scan.order.iter_mut().for_each(|key| see(&mut key.expr));
                scan.declared.iter_mut().for_each(|declared| see(&mut declared.expr));
                for step in &mut scan.steps {
                    see(&mut step.condition);
                    step.assignments.iter_mut().for_each(|(_, value)| see(value));
                }
            }
            Node::TopNested(top) => {
                for level in &mut top.levels {
                    level.count.iter_mut().chain(&mut level.others).for_each(&mut *see);
                    see(&mut level.of.expr);
                    level.calls.iter_mut().flat_map(|call| &mut call.args).for_each(&mut *see);
                    see(&mut level.by.expr);
                }
            }
            Node::Reduce(reduce) => see(&mut reduce.source),
            Node::GraphMatch(found) => {
                found.graph.exprs_mut(see);
                found.exprs_mut(see);
            }
            Node::GraphNodes(nodes) => nodes.graph.exprs_mut(see),
        }
    }
}

impl Expr {
    /// Calls `see` with every expression directly below, to change it.
    pub fn children_mut(&mut self, see: &mut dyn FnMut(&mut Expr)) {
        match &mut self.node {
            ExprNode::Literal(_) | ExprNode::Column(_) | ExprNode::ScalarQuery(_) | ExprNode::StepState(..) => {}
            ExprNode::Cast(inner) | ExprNode::Field(inner, _) | ExprNode::Negate(inner) => see(inner),
            ExprNode::Call(Call { args, .. }) | ExprNode::Logical(_, args) => args.iter_mut().for_each(see),
            ExprNode::Arithmetic(_, a, b)
            | ExprNode::Comparison(_, a, b)
            | ExprNode::StringTest(_, a, b)
            | ExprNode::Member(a, b) => {
                see(a);
                see(b);
            }
            ExprNode::In { value, list, .. } | ExprNode::HasTerms { value, list, .. } => {
                see(value);
                if let List::Values(values) = list {
                    values.iter_mut().for_each(see);
                }
            }
            ExprNode::Between { value, low, high, .. } => [value, low, high].into_iter().for_each(|part| see(part)),
            ExprNode::Case { branches, otherwise } => {
                for (condition, value) in branches {
                    see(condition);
                    see(value);
                }
                see(otherwise);
            }
        }
    }

    /// The relation that this expression itself holds, to change it.
    pub fn query_mut(&mut self) -> Option<&mut ScalarQuery> {
        match &mut self.node {
            ExprNode::ScalarQuery(query) => Some(query),
            ExprNode::In { list: List::Table(query), .. } | ExprNode::HasTerms { list: List::Table(query), .. } => {
                Some(query)
            }
            _ => None,
        }
    }

    /// Calls `see` with this expression and all below it, to change them.
    pub fn walk_mut(&mut self, see: &mut dyn FnMut(&mut Expr)) {
        see(self);
        self.children_mut(&mut |child| child.walk_mut(see));
    }
}
