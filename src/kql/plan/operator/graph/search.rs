//! All matches of a pattern, by backtracking without recursion.
//!
//! A search can be left at any point and gone on with: it does a piece of work at a time. A path is only grown where an end can still be
//! reached with the edges that are left ([`reach`]).

use std::collections::VecDeque;
use std::sync::Arc;

use super::adjacency::Adjacency;
use super::matches::Matches;
use super::order::{Order, Step, order};
use super::pattern::{Hop, Marks, Pattern, Unique};

/// How far a piece of work came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// There are enough matches for a batch.
    Full,
    /// The piece of work is done, and there is more.
    Paused,
    /// There are no more matches.
    Done,
}

/// What one step of the search came to.
enum Move {
    Found,
    Exhausted,
    Paused,
}

/// A search for the matches of a pattern.
#[derive(Debug)]
pub struct Search {
    graph: Arc<Adjacency>,
    pattern: Pattern,
    order: Order,
    /// For each step how many edges it takes at least from each node to an end; none if every node is an end.
    reach: Vec<Option<Vec<u32>>>,
    /// How many edges a match may have.
    limit: u32,
    /// How many nodes are chosen: the start, then one step after the other.
    level: usize,
    next_start: u32,
    started: bool,
    bound: Vec<u32>,
    frames: Vec<Frame>,
    /// For each hop the edges that are walked, each with the node behind it.
    walks: Vec<Vec<(u32, u32)>>,
    nodes: Marks,
    edges: Marks,
    used: u32,
}

/// Where a step is.
#[derive(Debug, Default)]
struct Frame {
    /// For each node of the walk how many of its edges were tried.
    tried: Vec<usize>,
    /// Whether the last node of the walk was tried as an end.
    offered: bool,
}

impl Search {
    /// A search in a graph; matches have at most `limit` edges.
    pub fn new(graph: Arc<Adjacency>, pattern: Pattern, limit: u32) -> Self {
        let order = order(&pattern, graph.nodes());
        let hop = |step: &Step| pattern.hops.get(step.hop);
        let reach = order.steps.iter().map(|step| hop(step).and_then(|hop| reach(&graph, &pattern, step, hop)));
        let reach = reach.collect();
        let (nodes, edges) = match pattern.unique {
            Unique::Nothing => (Marks::default(), Marks::default()),
            Unique::Edges => (Marks::default(), Marks::new(graph.edges())),
            Unique::Nodes => (Marks::new(graph.nodes()), Marks::new(graph.edges())),
        };
        Self {
            reach,
            limit,
            level: 0,
            next_start: 0,
            started: false,
            bound: vec![0; pattern.nodes.len()],
            frames: order.steps.iter().map(|_| Frame::default()).collect(),
            walks: pattern.hops.iter().map(|_| Vec::new()).collect(),
            nodes,
            edges,
            used: 0,
            graph,
            pattern,
            order,
        }
    }

    /// Looks for matches until there are so many, or so much work has been done.
    pub fn fill(&mut self, found: &mut Matches, rows: usize, work: usize) -> Progress {
        let mut work = work;
        loop {
            if self.level > self.order.steps.len() {
                self.add(found);
                self.level -= 1;
                if found.is_full(rows) {
                    return Progress::Full;
                }
                continue;
            }
            let step = self.level.checked_sub(1).and_then(|step| self.order.steps.get(step).map(|own| (step, *own)));
            let moved = match step {
                None => self.start(&mut work),
                Some((place, step)) => self.advance(place, step, &mut work),
            };
            match moved {
                Move::Found => {
                    if let Some(frame) = self.frames.get_mut(self.level) {
                        *frame = Frame::default();
                    }
                    self.level += 1;
                }
                Move::Exhausted if self.level == 0 => return Progress::Done,
                Move::Exhausted => self.level -= 1,
                Move::Paused => return Progress::Paused,
            }
        }
    }

    /// The next node to start from.
    fn start(&mut self, work: &mut usize) -> Move {
        let start = self.order.start;
        if self.started {
            self.started = false;
            self.nodes.set(self.bound_at(start) as usize, false);
        }
        let Some(chosen) = self.pattern.nodes.get(start) else { return Move::Exhausted };
        while (self.next_start as usize) < self.graph.nodes() {
            if *work == 0 {
                return Move::Paused;
            }
            *work -= 1;
            let node = self.next_start;
            self.next_start += 1;
            if chosen.has(node) {
                if let Some(slot) = self.bound.get_mut(start) {
                    *slot = node;
                }
                self.nodes.set(node as usize, true);
                self.started = true;
                return Move::Found;
            }
        }
        Move::Exhausted
    }

    /// The next walk of a step.
    fn advance(&mut self, place: usize, step: Step, work: &mut usize) -> Move {
        loop {
            if *work == 0 {
                return Move::Paused;
            }
            *work -= 1;
            let (depth, end) = self.walked(step);
            let Some(frame) = self.frames.get_mut(place) else { return Move::Exhausted };
            if !std::mem::replace(&mut frame.offered, true) && self.ends(step, depth, end) {
                if !step.closes
                    && let Some(slot) = self.bound.get_mut(step.far)
                {
                    *slot = end;
                }
                return Move::Found;
            }
            match self.next_edge(place, step, depth, end) {
                Some((edge, node)) => {
                    self.enter(step, edge, node, true);
                    if let Some(walk) = self.walks.get_mut(step.hop) {
                        walk.push((edge, node));
                    }
                    if let Some(frame) = self.frames.get_mut(place) {
                        frame.offered = false;
                    }
                }
                None => {
                    if let Some(frame) = self.frames.get_mut(place) {
                        frame.tried.truncate(depth as usize);
                    }
                    match self.walks.get_mut(step.hop).and_then(Vec::pop) {
                        Some((edge, node)) => self.enter(step, edge, node, false),
                        None => return Move::Exhausted,
                    }
                }
            }
        }
    }

    /// How many edges a step has walked, and where it is.
    fn walked(&self, step: Step) -> (u32, u32) {
        let walk = self.walks.get(step.hop).map(Vec::as_slice).unwrap_or_default();
        let end = walk.last().map_or_else(|| self.bound_at(step.near), |(_, node)| *node);
        (u32::try_from(walk.len()).unwrap_or(u32::MAX), end)
    }

    fn bound_at(&self, node: usize) -> u32 {
        self.bound.get(node).copied().unwrap_or_default()
    }

    /// Whether a walk may end here.
    fn ends(&self, step: Step, depth: u32, end: u32) -> bool {
        let long_enough = self.pattern.hops.get(step.hop).is_some_and(|hop| depth >= hop.least());
        long_enough
            && match step.closes {
                true => end == self.bound_at(step.far),
                false => self.pattern.nodes.get(step.far).is_some_and(|chosen| chosen.has(end)),
            }
    }

    /// The next edge that a walk can go on with, and the node behind it.
    fn next_edge(&mut self, place: usize, step: Step, depth: u32, end: u32) -> Option<(u32, u32)> {
        let hop = self.pattern.hops.get(step.hop)?;
        let left = hop.most().saturating_sub(depth).min(self.limit.saturating_sub(self.used));
        let known_end = self.bound_at(step.far);
        let passes = hop.inner.has(end) && !(self.pattern.unique == Unique::Nodes && step.closes && end == known_end);
        if left == 0 || (depth > 0 && !passes) {
            return None;
        }
        let tried = &mut self.frames.get_mut(place)?.tried;
        if tried.len() <= depth as usize {
            tried.push(0);
        }
        let tried = tried.last_mut()?;
        let last = step.closes && left == 1;
        let (first, second) = match last {
            true => self.graph.between(end, known_end, step.way),
            false => self.graph.from(end, step.way),
        };
        loop {
            let (edge, again) = match first.get(*tried) {
                Some(edge) => (*edge, false),
                None => (*second.get(*tried - first.len())?, true),
            };
            *tried += 1;
            let node = self.graph.other(edge, end);
            // A loop is among the edges of both sides.
            if (again && node == end)
                || !hop.edges.has(edge)
                || (self.pattern.unique != Unique::Nothing && self.edges.has(edge as usize))
            {
                continue;
            }
            let near_end = match self.reach.get(place) {
                Some(Some(reach)) => reach.get(node as usize).is_some_and(|least| *least < left),
                _ => true,
            };
            let free = self.pattern.unique != Unique::Nodes
                || !self.nodes.has(node as usize)
                || (step.closes && node == known_end && depth + 1 >= hop.least());
            if near_end && free {
                return Some((edge, node));
            }
        }
    }

    /// Marks an edge and the node behind it as part of the match, or no longer so.
    fn enter(&mut self, step: Step, edge: u32, node: u32, on: bool) {
        if self.pattern.unique != Unique::Nothing {
            self.edges.set(edge as usize, on);
        }
        // The known end is marked by the hop that found it.
        if self.pattern.unique == Unique::Nodes && !(step.closes && node == self.bound_at(step.far)) {
            self.nodes.set(node as usize, on);
        }
        self.used = if on { self.used.saturating_add(1) } else { self.used.saturating_sub(1) };
    }

    fn add(&self, found: &mut Matches) {
        for (column, node) in found.nodes.iter_mut().zip(&self.bound) {
            column.push(*node);
        }
        for step in &self.order.steps {
            if let (Some(paths), Some(walk)) = (found.hops.get_mut(step.hop), self.walks.get(step.hop)) {
                paths.push(walk, step.backward);
            }
        }
        found.len += 1;
    }
}

/// How many edges a walk takes at least from each node to an end, `u32::MAX` if there is no way.
fn reach(graph: &Adjacency, pattern: &Pattern, step: &Step, hop: &Hop) -> Option<Vec<u32>> {
    let ends = pattern.nodes.get(step.far)?;
    if ends.is_all() || hop.most() < 2 {
        return None;
    }
    let mut distance = vec![u32::MAX; graph.nodes()];
    let mut next: VecDeque<u32> = VecDeque::new();
    for (node, slot) in (0..).zip(&mut distance) {
        if ends.has(node) {
            *slot = 0;
            next.push_back(node);
        }
    }
    while let Some(node) = next.pop_front() {
        let here = distance.get(node as usize).copied().unwrap_or(u32::MAX);
        // What is no end is passed, and behind an end a way begins.
        if here >= hop.most() || (here > 0 && !hop.inner.has(node)) {
            continue;
        }
        let (first, second) = graph.from(node, step.way.back());
        for edge in first.iter().chain(second).filter(|edge| hop.edges.has(**edge)) {
            let other = graph.other(*edge, node);
            if let Some(slot) = distance.get_mut(other as usize)
                && *slot == u32::MAX
            {
                *slot = here + 1;
                next.push_back(other);
            }
        }
    }
    Some(distance)
}
