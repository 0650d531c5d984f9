//! The shortest walks between a first node and an end, one after the other.

use super::matches::Matches;
use super::pattern::Unique;
use super::reached::Reached;

/// The shortest walks to an end, from the end back.
#[derive(Debug)]
pub struct Walks {
    /// The last node.
    pub end: u32,
    /// How many edges they have.
    pub edges: u32,
    /// Whether there was one.
    pub found: bool,
    /// Whether the walk is a match that was given.
    given: bool,
    /// The walk so far, from its end.
    steps: Vec<Back>,
    /// Which states and edges before a node were tried; one entry a node of the walk.
    tried: Vec<(usize, usize)>,
}

/// One edge of a walk.
#[derive(Debug, Clone, Copy)]
struct Back {
    edge: u32,
    /// The node at its end.
    to: u32,
    /// The node at its start.
    from: u32,
    /// The state at its start.
    state: usize,
}

/// What looking for a walk came to.
pub enum Walked {
    /// A walk.
    Found,
    /// There is no other.
    Exhausted,
    /// Nothing yet; the piece of work is done.
    Paused,
}

impl Walks {
    /// The walks to an end, of so many edges.
    pub fn new(end: u32, edges: u32) -> Self {
        Self { end, edges, found: false, given: false, steps: Vec::new(), tried: Vec::new() }
    }

    /// The next walk that is a match.
    pub fn next(&mut self, of: &Reached, work: &mut usize) -> Walked {
        if std::mem::take(&mut self.given) && self.steps.pop().is_none() {
            return Walked::Exhausted;
        }
        loop {
            if *work == 0 {
                return Walked::Paused;
            }
            *work -= 1;
            let depth = u32::try_from(self.steps.len()).unwrap_or(u32::MAX);
            if depth == self.edges {
                (self.found, self.given) = (true, true);
                return Walked::Found;
            }
            if self.tried.len() <= self.steps.len() {
                self.tried.push((0, 0));
            }
            match self.before(of, self.edges - depth - 1) {
                Some(step) => self.steps.push(step),
                None => {
                    self.tried.truncate(self.steps.len());
                    if self.steps.pop().is_none() {
                        return Walked::Exhausted;
                    }
                }
            }
        }
    }

    /// The next edge before the walk.
    fn before(&mut self, of: &Reached, distance: u32) -> Option<Back> {
        let (node, state) = self.steps.last().map_or((self.end, of.states.list.len()), |step| (step.from, step.state));
        let (at, tried) = self.tried.last_mut()?;
        while let Some((hop, _)) = of.states.list.get(*at) {
            let before = *at;
            let mut leads = false;
            of.states.after(before, node, &mut |reached| leads |= reached == state);
            let Some(hop) = of.states.hop(*hop).filter(|_| leads) else {
                (*at, *tried) = (before + 1, 0);
                continue;
            };
            let (first, second) = of.graph.from(node, hop.way.back());
            while let Some(edge) = first.get(*tried).or_else(|| second.get((*tried).saturating_sub(first.len()))) {
                let again = *tried >= first.len();
                *tried += 1;
                let from = of.graph.other(*edge, node);
                if (again && from == node) || !hop.edges.has(*edge) || of.distance(from, before) != distance {
                    continue;
                }
                let twice = match of.states.pattern.unique {
                    Unique::Nothing => false,
                    Unique::Edges => self.steps.iter().any(|step| step.edge == *edge),
                    Unique::Nodes => from == self.end || self.steps.iter().any(|step| step.from == from),
                };
                if !twice {
                    return Some(Back { edge: *edge, to: node, from, state: before });
                }
            }
            (*at, *tried) = (before + 1, 0);
        }
        None
    }

    /// Adds the walk that was found.
    pub fn add(&self, of: &Reached, found: &mut Matches) {
        let mut node = of.first;
        let mut column = found.nodes.iter_mut();
        if let Some(column) = column.next() {
            column.push(node);
        }
        let mut steps = self.steps.iter().rev().peekable();
        for ((hop, paths), column) in found.hops.iter_mut().enumerate().zip(column) {
            let mut walk = Vec::new();
            while let Some(step) = steps.peek() {
                if of.states.list.get(step.state).is_none_or(|(own, _)| *own != hop) {
                    break;
                }
                node = step.to;
                walk.push((step.edge, step.to));
                steps.next();
            }
            paths.push(&walk, false);
            column.push(node);
        }
        found.len += 1;
    }
}
