//! Matches of a pattern, column by column.

/// Some matches.
#[derive(Debug, Default, PartialEq)]
pub struct Matches {
    /// How many there are.
    pub len: usize,
    /// For each node of the pattern the nodes of the graph.
    pub nodes: Vec<Vec<u32>>,
    /// For each hop what it is made of.
    pub hops: Vec<Paths>,
}

/// The edges of a hop, and the nodes between them, one match behind the other, in the order of the pattern.
#[derive(Debug, Default, PartialEq)]
pub struct Paths {
    /// The edges of all matches.
    pub edges: Vec<u32>,
    /// Where the edges of each match end.
    pub edge_ends: Vec<usize>,
    /// The inner nodes of all matches.
    pub inner: Vec<u32>,
    /// Where the inner nodes of each match end.
    pub inner_ends: Vec<usize>,
}

impl Matches {
    /// None yet, of a pattern of so many nodes and hops.
    pub fn new(nodes: usize, hops: usize) -> Self {
        let nodes = std::iter::repeat_with(Vec::new).take(nodes).collect();
        Self { len: 0, nodes, hops: std::iter::repeat_with(Paths::default).take(hops).collect() }
    }

    /// Whether these are as many as a batch should have: by matches, or by what they are made of.
    pub fn is_full(&self, rows: usize) -> bool {
        const PARTS: usize = 1 << 18;
        self.len >= rows || self.hops.iter().map(|hop| hop.edges.len()).sum::<usize>() >= PARTS
    }
}

impl Paths {
    /// Adds the hop of one match. `walk` are its edges, each with the node behind it; `backward` if it was walked from its end.
    pub fn push(&mut self, walk: &[(u32, u32)], backward: bool) {
        let (_, inner) = walk.split_last().map_or((None, walk), |(last, rest)| (Some(last), rest));
        if backward {
            self.edges.extend(walk.iter().rev().map(|(edge, _)| *edge));
            self.inner.extend(inner.iter().rev().map(|(_, node)| *node));
        } else {
            self.edges.extend(walk.iter().map(|(edge, _)| *edge));
            self.inner.extend(inner.iter().map(|(_, node)| *node));
        }
        self.edge_ends.push(self.edges.len());
        self.inner_ends.push(self.inner.len());
    }
}
