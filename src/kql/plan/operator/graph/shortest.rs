//! Shortest matches of a pattern that is one sequence, for each pair of its ends.
//!
//! From every first node there is a search in breadth ([`Reached`]), which says how long the shortest walks are. A walk may have an edge or
//! node twice where a match may not; where all shortest walks between two ends do ([`Walks`]), longer matches are looked for ([`Longer`]).

use std::collections::VecDeque;
use std::sync::Arc;

use super::adjacency::Adjacency;
use super::longer::Longer;
use super::matches::Matches;
use super::pattern::Pattern;
use super::reached::Reached;
use super::search::Progress;
use super::walks::{Walked, Walks};

/// The shortest matches.
#[derive(Debug)]
pub struct Shortest {
    reached: Reached,
    /// Whether all of a pair are wanted.
    all: bool,
    /// Last nodes that were reached, with the number of edges.
    ends: VecDeque<(u32, u32)>,
    walks: Option<Walks>,
    longer: Option<Longer>,
}

impl Shortest {
    /// How many bytes the search takes for a graph of so many nodes.
    pub fn bytes(pattern: &Pattern, nodes: usize) -> usize {
        Reached::bytes(pattern, nodes)
    }

    /// The shortest matches; `all` those of a pair, or one.
    pub fn new(graph: Arc<Adjacency>, pattern: Pattern, all: bool) -> Self {
        let reached = Reached::new(graph, pattern);
        Self { reached, all, ends: VecDeque::new(), walks: None, longer: None }
    }

    /// Looks for matches until there are so many, or so much work has been done.
    pub fn fill(&mut self, found: &mut Matches, rows: usize, work: usize) -> Progress {
        let mut work = work;
        loop {
            if found.is_full(rows) {
                return Progress::Full;
            }
            if let Some(longer) = &mut self.longer {
                match longer.fill(&self.reached, found, rows, work) {
                    Progress::Done => self.longer = None,
                    progress => return progress,
                }
                continue;
            }
            if let Some(mut walks) = self.walks.take() {
                match walks.next(&self.reached, &mut work) {
                    Walked::Found => {
                        walks.add(&self.reached, found);
                        self.walks = self.all.then_some(walks);
                    }
                    Walked::Paused => {
                        self.walks = Some(walks);
                        return Progress::Paused;
                    }
                    Walked::Exhausted if walks.found => {}
                    Walked::Exhausted => self.longer = Longer::new(&self.reached, self.all, walks.end, walks.edges),
                }
                continue;
            }
            if let Some((end, edges)) = self.ends.pop_front() {
                self.walks = Some(Walks::new(end, edges));
                continue;
            }
            match self.reached.spread() {
                Some(ends) => {
                    self.ends = ends;
                    return Progress::Paused;
                }
                None => return Progress::Done,
            }
        }
    }
}
