//! In which order a pattern is looked for: from the node that the fewest can be, over hops whose ends are known as early as can be.

use super::adjacency::Way;
use super::pattern::Pattern;

/// An order of a pattern.
#[derive(Debug, PartialEq, Eq)]
pub struct Order {
    /// The node that is chosen first.
    pub start: usize,
    /// The hops, each from a node that is known by then.
    pub steps: Vec<Step>,
}

/// One hop of the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// Which.
    pub hop: usize,
    /// The node that is known.
    pub near: usize,
    /// The node at its other end.
    pub far: usize,
    /// How its edges are walked.
    pub way: Way,
    /// Whether it is walked from its end to its start.
    pub backward: bool,
    /// Whether the far node is known as well.
    pub closes: bool,
}

/// The order for a graph of so many nodes.
pub fn order(pattern: &Pattern, nodes: usize) -> Order {
    let counts: Vec<usize> = pattern.nodes.iter().map(|node| node.count(nodes)).collect();
    let count = |node: usize| counts.get(node).copied().unwrap_or_default();
    let start = (0..counts.len()).min_by_key(|node| count(*node)).unwrap_or_default();
    let mut known = vec![start];
    let mut left: Vec<usize> = (0..pattern.hops.len()).collect();
    let mut steps = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let rank = |hop: usize| {
            let of = pattern.hops.get(hop)?;
            let (from, to) = (known.contains(&of.from), known.contains(&of.to));
            let path = of.range.is_some();
            match (from, to) {
                (false, false) => None,
                (true, true) => Some((usize::from(path), 0, 0)),
                (true, false) => Some((1 + usize::from(path), 1, count(of.to))),
                (false, true) => Some((1 + usize::from(path), 1, count(of.from))),
            }
        };
        let best = left.iter().copied().filter_map(|hop| rank(hop).map(|rank| (rank, hop))).min();
        let Some((_, hop)) = best else { break };
        left.retain(|other| *other != hop);
        let Some(of) = pattern.hops.get(hop) else { break };
        let backward = !known.contains(&of.from);
        let (near, far) = if backward { (of.to, of.from) } else { (of.from, of.to) };
        let way = if backward { of.way.back() } else { of.way };
        let closes = known.contains(&far);
        if !closes {
            known.push(far);
        }
        steps.push(Step { hop, near, far, way, backward, closes });
    }
    Order { start, steps }
}
