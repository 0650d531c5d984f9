//! A pattern with what is known of the graph: which nodes and edges each of its elements may be.

use datafusion::arrow::buffer::BooleanBuffer;

use super::adjacency::Way;

/// Some of the nodes or edges.
#[derive(Debug, Clone, Default)]
pub struct Chosen(Option<BooleanBuffer>);

impl Chosen {
    /// Those whose bit is set.
    pub fn of(bits: BooleanBuffer) -> Self {
        Self(Some(bits))
    }

    /// Just one of so many.
    pub fn one(place: u32, of: usize) -> Self {
        Self(Some(BooleanBuffer::collect_bool(of, |at| at == place as usize)))
    }

    /// Whether it is one of them.
    pub fn has(&self, place: u32) -> bool {
        match &self.0 {
            Some(bits) => (place as usize) < bits.len() && bits.value(place as usize),
            None => true,
        }
    }

    /// Whether all are.
    pub fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// How many of so many.
    pub fn count(&self, of: usize) -> usize {
        self.0.as_ref().map_or(of, BooleanBuffer::count_set_bits)
    }
}

/// A pattern.
#[derive(Debug, Clone)]
pub struct Pattern {
    /// What each node may be.
    pub nodes: Vec<Chosen>,
    /// The hops between them.
    pub hops: Vec<Hop>,
    /// What may be met only once.
    pub unique: Unique,
}

/// One edge, or several in a row.
#[derive(Debug, Clone)]
pub struct Hop {
    /// The node from which it goes, by place.
    pub from: usize,
    /// The node to which it goes.
    pub to: usize,
    /// How its edges are walked.
    pub way: Way,
    /// The least and greatest number of edges; absent for a single edge.
    pub range: Option<(u32, u32)>,
    /// What each edge may be.
    pub edges: Chosen,
    /// What each node between two of the edges may be.
    pub inner: Chosen,
}

impl Hop {
    /// The least number of edges.
    pub fn least(&self) -> u32 {
        self.range.map_or(1, |(low, _)| low)
    }

    /// The greatest number of edges.
    pub fn most(&self) -> u32 {
        self.range.map_or(1, |(_, high)| high)
    }
}

/// What a match may have only once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unique {
    /// Nothing.
    Nothing,
    /// An edge.
    Edges,
    /// A node, but where the pattern names it again; and an edge.
    Nodes,
}

/// Bits that are set while something is part of a match.
#[derive(Debug, Default)]
pub struct Marks(Vec<u64>);

impl Marks {
    /// So many bits, none set.
    pub fn new(count: usize) -> Self {
        Self(vec![0; count.div_ceil(64)])
    }

    /// Whether a bit is set.
    pub fn has(&self, place: usize) -> bool {
        self.0.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    /// Sets or clears a bit.
    pub fn set(&mut self, place: usize, on: bool) {
        if let Some(word) = self.0.get_mut(place / 64) {
            let bit = 1 << (place % 64);
            if on { *word |= bit } else { *word &= !bit }
        }
    }
}
