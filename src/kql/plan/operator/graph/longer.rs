//! Matches between two nodes that are longer than the shortest walk between them, which is none: with one edge more at a time.

use std::sync::Arc;

use super::matches::Matches;
use super::pattern::{Chosen, Unique};
use super::reached::Reached;
use super::search::{Progress, Search};

/// Matches that are longer than the shortest walk.
#[derive(Debug)]
pub struct Longer {
    first: u32,
    end: u32,
    edges: u32,
    most: u32,
    all: bool,
    found: bool,
    search: Option<Search>,
}

impl Longer {
    /// The matches between the first node and an end, if they can have more edges than this.
    pub fn new(of: &Reached, all: bool, end: u32, edges: u32) -> Option<Self> {
        let most = of.states.pattern.hops.iter().fold(0_u32, |sum, hop| sum.saturating_add(hop.most()));
        // No walk comes back to its first node without meeting it twice.
        if edges >= most || (of.states.pattern.unique == Unique::Nodes && end == of.first && edges > 0) {
            return None;
        }
        Some(Self { first: of.first, end, edges: edges + 1, most, all, found: false, search: None })
    }

    /// Looks for matches until there are so many, or so much work has been done.
    pub fn fill(&mut self, of: &Reached, found: &mut Matches, rows: usize, work: usize) -> Progress {
        let before = found.len;
        let search = self.search.get_or_insert_with(|| {
            let mut pattern = of.states.pattern.clone();
            let nodes = of.graph.nodes();
            if let Some(first) = pattern.nodes.first_mut() {
                *first = Chosen::one(self.first, nodes);
            }
            if let Some(last) = pattern.nodes.last_mut() {
                *last = Chosen::one(self.end, nodes);
            }
            Search::new(Arc::clone(&of.graph), pattern, self.edges)
        });
        let rows = if self.all { rows } else { before + 1 };
        let progress = search.fill(found, rows, work);
        self.found |= found.len > before;
        match progress {
            _ if self.found && !self.all => Progress::Done,
            Progress::Done if !self.found && self.edges < self.most => {
                (self.edges, self.search) = (self.edges + 1, None);
                Progress::Paused
            }
            progress => progress,
        }
    }
}
