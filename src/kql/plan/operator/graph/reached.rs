//! What can be reached from a first node, with how many edges: a search in breadth over nodes and states.

use std::collections::VecDeque;
use std::sync::Arc;

use super::adjacency::Adjacency;
use super::pattern::{Marks, Pattern};
use super::states::{States, alive};

/// What can be reached from a first node.
#[derive(Debug)]
pub struct Reached {
    /// The graph.
    pub graph: Arc<Adjacency>,
    /// The pattern.
    pub states: States,
    /// The first node.
    pub first: u32,
    next: u32,
    /// Nodes and states from which an end can be reached.
    alive: Marks,
    distance: Vec<u32>,
    /// What of `distance` is set.
    touched: Vec<usize>,
}

impl Reached {
    /// How many bytes the search takes for a graph of so many nodes.
    pub fn bytes(pattern: &Pattern, nodes: usize) -> usize {
        let states: usize = pattern.hops.iter().map(|hop| hop.most() as usize).sum();
        nodes.saturating_mul(states + 1).saturating_mul(9)
    }

    /// Nothing is reached yet.
    pub fn new(graph: Arc<Adjacency>, pattern: Pattern) -> Self {
        let states = States::new(pattern);
        let alive = alive(&graph, &states);
        let distance = vec![u32::MAX; graph.nodes().saturating_mul(states.count())];
        Self { graph, states, first: 0, next: 0, alive, distance, touched: Vec::new() }
    }

    /// The search in breadth from the next first node: last nodes, with the number of edges to them; none if there is no such node.
    pub fn spread(&mut self) -> Option<VecDeque<(u32, u32)>> {
        while (self.next as usize) < self.graph.nodes() && !self.states.may_be(0, self.next) {
            self.next += 1;
        }
        if self.next as usize >= self.graph.nodes() {
            return None;
        }
        self.first = self.next;
        self.next += 1;
        for place in self.touched.drain(..) {
            if let Some(slot) = self.distance.get_mut(place) {
                *slot = u32::MAX;
            }
        }
        let last = self.states.pattern.nodes.last();
        let mut ends = VecDeque::new();
        let mut left = last.map_or(0, |last| last.count(self.graph.nodes()));
        let mut layer: Vec<(u32, usize)> = Vec::new();
        self.states.at_node(0, self.first, &mut |state| layer.push((self.first, state)));
        let mut edges = 0;
        while !layer.is_empty() && left > 0 {
            let mut fresh = Vec::with_capacity(layer.len());
            for (node, state) in layer {
                if self.reach(node, state, edges) {
                    fresh.push((node, state));
                    if state + 1 == self.states.count() {
                        ends.push_back((node, edges));
                        left -= 1;
                    }
                }
            }
            layer = Vec::new();
            for (node, state) in fresh {
                let hop = self.states.list.get(state).and_then(|(hop, _)| self.states.hop(*hop));
                let Some(hop) = hop else { continue };
                let (first, second) = self.graph.from(node, hop.way);
                for edge in first.iter().chain(second).filter(|edge| hop.edges.has(**edge)) {
                    let other = self.graph.other(*edge, node);
                    self.states.after(state, other, &mut |state| layer.push((other, state)));
                }
            }
            edges += 1;
        }
        Some(ends)
    }

    fn place(&self, node: u32, state: usize) -> usize {
        (node as usize).saturating_mul(self.states.count()).saturating_add(state)
    }

    /// Sets a distance, if there is none yet and an end can be reached from there.
    fn reach(&mut self, node: u32, state: usize, edges: u32) -> bool {
        let place = self.place(node, state);
        match self.distance.get_mut(place) {
            Some(slot) if *slot == u32::MAX && self.alive.has(place) => {
                *slot = edges;
                self.touched.push(place);
                true
            }
            _ => false,
        }
    }

    /// The least number of edges from the first node to a node and state, `u32::MAX` if there is no way.
    pub fn distance(&self, node: u32, state: usize) -> u32 {
        self.distance.get(self.place(node, state)).copied().unwrap_or(u32::MAX)
    }
}
