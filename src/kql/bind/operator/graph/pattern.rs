//! The patterns of `graph-match`: nodes and hops between them.

use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::graph::MatchScope;
use crate::kql::bind::tree::{Graph, Hop, PatternNode, Place, Value};
use crate::kql::syntax::ast::{self, EdgeDirection, EdgeRange, GraphPattern, Name, PatternElement, Span};

/// How long a path may be at most.
const MAX_RANGE: i64 = 10_000;

/// The patterns of one operator.
#[derive(Default)]
pub(super) struct Pattern {
    pub nodes: Vec<PatternNode>,
    pub hops: Vec<Hop>,
    /// Whether a sequence comes to a named node again.
    pub has_cycle: bool,
    named: Vec<(String, Place)>,
}

impl Binder<'_> {
    /// Reads patterns.
    pub(super) fn pattern(&mut self, env: &Env, patterns: &[GraphPattern]) -> Bind<Pattern> {
        let mut found = Pattern::default();
        for sequence in patterns {
            self.sequence(env, &mut found, sequence)?;
        }
        if !is_connected(&found) {
            let span = patterns.last().map_or(self.operator, |pattern| pattern.span);
            return self.error_with(
                span,
                "the sequences of this pattern have no node in common",
                "name a node of one of them in the other, as in `(a)-[e]->(b), (b)-[f]->(c)`",
            );
        }
        Ok(found)
    }

    fn sequence(&mut self, env: &Env, found: &mut Pattern, sequence: &GraphPattern) -> Bind<()> {
        let mut last: Option<usize> = None;
        let mut open: Option<(&PatternElement, Span)> = None;
        let mut seen: Vec<usize> = Vec::new();
        for element in &sequence.elements {
            match element {
                PatternElement::Node(name, span) => {
                    if last.is_some() && open.is_none() {
                        let help = "write an edge between two nodes, as in `(a)-[e]->(b)`";
                        return self.error_with(*span, "an edge is missing before this node", help);
                    }
                    let node = self.node(found, name.as_ref())?;
                    found.has_cycle |= seen.contains(&node);
                    seen.push(node);
                    if let (Some(from), Some((PatternElement::Edge { direction, name, range, .. }, span))) =
                        (last, open.take())
                    {
                        let range = range.as_deref().map(|range| self.range_of(env, range, span)).transpose()?;
                        self.hop(found, name.as_ref(), (from, node), *direction, range)?;
                    }
                    last = Some(node);
                }
                PatternElement::Edge { span, .. } => {
                    if last.is_none() || open.is_some() {
                        let help = "an edge stands between two nodes, as in `(a)-[e]->(b)`; `()` is any node";
                        return self.error_with(*span, "a node is missing before this edge", help);
                    }
                    open = Some((element, *span));
                }
            }
        }
        match open {
            Some((_, span)) => self.error_with(span, "a node is missing behind this edge", "`()` is any node"),
            None => Ok(()),
        }
    }

    fn node(&mut self, found: &mut Pattern, name: Option<&Name>) -> Bind<usize> {
        if let Some(name) = name {
            match found.named.iter().find(|(known, _)| *known == name.text) {
                Some((_, Place::Node(at))) => return Ok(*at),
                Some(_) => {
                    return self.error(name.span, format!("`{name}` is an edge of this pattern, and cannot be a node"));
                }
                None => found.named.push((name.text.clone(), Place::Node(found.nodes.len()))),
            }
        }
        found.nodes.push(PatternNode { name: name.map(|name| name.text.clone()), filter: Vec::new() });
        Ok(found.nodes.len() - 1)
    }

    fn hop(
        &mut self,
        found: &mut Pattern,
        name: Option<&Name>,
        (from, to): (usize, usize),
        direction: EdgeDirection,
        range: Option<(u32, u32)>,
    ) -> Bind<()> {
        let at = found.hops.len();
        if let Some(name) = name {
            if found.named.iter().any(|(known, _)| *known == name.text) {
                let message = format!("`{name}` stands for something in this pattern already");
                return self.error_with(name.span, message, "every edge has a name of its own");
            }
            let place = if range.is_some() { Place::PathEdge(at) } else { Place::Edge(at) };
            found.named.push((name.text.clone(), place));
        }
        let name = name.map(|name| name.text.clone());
        found.hops.push(Hop { name, from, to, direction, range, edges: Vec::new(), inner: Vec::new() });
        Ok(())
    }

    /// The least and greatest length of a path: constants.
    fn range_of(&mut self, env: &Env, range: &EdgeRange, span: Span) -> Bind<(u32, u32)> {
        let (low, high) = (self.length(env, &range.low)?, self.length(env, &range.high)?);
        if low > high {
            return self.error(span, format!("a path of {low} to {high} edges does not exist"));
        }
        if high == 0 {
            return self.error_with(span, "a path of no edges is a node", "leave it out");
        }
        Ok((low, high))
    }

    fn length(&mut self, env: &Env, expr: &ast::Expr) -> Bind<u32> {
        let bound = self.count(env, expr)?;
        let length = bound.as_literal().and_then(Value::as_long);
        match length {
            Some(length @ 0..=MAX_RANGE) => Ok(u32::try_from(length).unwrap_or_default()),
            Some(_) => self.error(expr.span, format!("a path has 0 to {MAX_RANGE} edges")),
            None => self.error(expr.span, "the length of a path is a constant whole number"),
        }
    }

    /// What expressions over a pattern can name.
    pub(super) fn match_scope(&mut self, graph: &Graph, pattern: &Pattern) -> MatchScope {
        let mut places: Vec<Place> = (0..pattern.nodes.len()).map(Place::Node).collect();
        for (at, hop) in pattern.hops.iter().enumerate() {
            match hop.range {
                None => places.push(Place::Edge(at)),
                Some(_) => places.extend([Place::PathEdge(at), Place::InnerNode(at)]),
            }
        }
        let columns = places.into_iter().map(|place| self.place_columns(graph, place)).collect();
        MatchScope { elements: pattern.named.clone(), columns, calls: Vec::new(), inside: None }
    }
}

/// Whether every node can be reached from the first over the hops.
fn is_connected(pattern: &Pattern) -> bool {
    let mut reached = vec![0];
    let mut grown = true;
    while grown {
        grown = false;
        for hop in &pattern.hops {
            let (from, to) = (reached.contains(&hop.from), reached.contains(&hop.to));
            if from != to {
                reached.push(if from { hop.to } else { hop.from });
                grown = true;
            }
        }
    }
    reached.len() >= pattern.nodes.len()
}
