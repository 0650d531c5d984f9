//! A pattern that is one sequence, as states of a walk along it.

use super::adjacency::Adjacency;
use super::pattern::{Hop, Marks, Pattern};

/// A pattern as states: in which hop a walk is, and after how many of its edges.
#[derive(Debug)]
pub struct States {
    /// The pattern.
    pub pattern: Pattern,
    /// Hop and number of edges, for every state in which a walk goes on.
    pub list: Vec<(usize, u32)>,
    /// The state in which each hop begins.
    pub begins: Vec<usize>,
}

impl States {
    /// The states of a pattern.
    pub fn new(pattern: Pattern) -> Self {
        let mut list = Vec::new();
        let mut begins = Vec::with_capacity(pattern.hops.len());
        for (hop, of) in pattern.hops.iter().enumerate() {
            begins.push(list.len());
            list.extend((0..of.most()).map(|edges| (hop, edges)));
        }
        Self { pattern, list, begins }
    }

    /// How many states there are, the one in which a walk is a match included: it is the last.
    pub fn count(&self) -> usize {
        self.list.len() + 1
    }

    /// A hop of the pattern.
    pub fn hop(&self, hop: usize) -> Option<&Hop> {
        self.pattern.hops.get(hop)
    }

    /// Whether a node of the pattern may be this one.
    pub fn may_be(&self, node: usize, is: u32) -> bool {
        self.pattern.nodes.get(node).is_some_and(|chosen| chosen.has(is))
    }

    /// The states of a walk that is at this node of the pattern. Paths of no edges are passed.
    pub fn at_node(&self, node: usize, is: u32, see: &mut dyn FnMut(usize)) {
        let mut node = node;
        while self.may_be(node, is) {
            let Some(begin) = self.begins.get(node) else {
                see(self.list.len());
                return;
            };
            see(*begin);
            if self.hop(node).is_none_or(|hop| hop.least() > 0) {
                return;
            }
            node += 1;
        }
    }

    /// The states of a walk after one edge more, which led to a node.
    pub fn after(&self, state: usize, is: u32, see: &mut dyn FnMut(usize)) {
        let Some((hop, edges)) = self.list.get(state).copied() else { return };
        let Some(of) = self.hop(hop) else { return };
        if edges + 1 < of.most() && of.inner.has(is) {
            see(state + 1);
        }
        if edges + 1 >= of.least() {
            self.at_node(hop + 1, is, see);
        }
    }
}

/// The nodes and states from which an end can be reached.
pub fn alive(graph: &Adjacency, states: &States) -> Marks {
    let count = states.count();
    let mut alive = Marks::new(graph.nodes().saturating_mul(count));
    let mut next: Vec<(u32, usize)> = Vec::new();
    let place = |node: u32, state: usize| (node as usize).saturating_mul(count).saturating_add(state);
    let last = states.pattern.nodes.len().saturating_sub(1);
    for node in 0..u32::try_from(graph.nodes()).unwrap_or(u32::MAX) {
        if states.may_be(last, node) {
            alive.set(place(node, count - 1), true);
            next.push((node, count - 1));
        }
    }
    while let Some((node, state)) = next.pop() {
        // Paths of no edges end where they begin.
        for (at, begin) in states.begins.iter().enumerate() {
            let mut leads = false;
            states.at_node(at, node, &mut |reached| leads |= reached == state);
            if leads && *begin != state && !alive.has(place(node, *begin)) {
                alive.set(place(node, *begin), true);
                next.push((node, *begin));
            }
        }
        for (before, (hop, _)) in states.list.iter().enumerate() {
            let mut leads = false;
            states.after(before, node, &mut |reached| leads |= reached == state);
            let Some(hop) = states.hop(*hop).filter(|_| leads) else { continue };
            let (first, second) = graph.from(node, hop.way.back());
            for edge in first.iter().chain(second).filter(|edge| hop.edges.has(**edge)) {
                let other = graph.other(*edge, node);
                if !alive.has(place(other, before)) {
                    alive.set(place(other, before), true);
                    next.push((other, before));
                }
            }
        }
    }
    alive
}
