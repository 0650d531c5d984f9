//! The edges of a graph by the nodes that they touch. Nodes and edges are numbers here, from 0 on.

/// Where the edges of every node are, in arrays that lie one behind the other.
#[derive(Debug)]
pub struct Adjacency {
    source: Vec<u32>,
    target: Vec<u32>,
    out: Side,
    into: Side,
}

/// The edges that each node has on one side, those to one other node side by side.
#[derive(Debug)]
struct Side {
    /// Where the edges of a node start; those of the next are behind them.
    starts: Vec<u32>,
    edges: Vec<u32>,
}

/// In which direction edges are walked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// From source to target.
    Out,
    /// From target to source.
    Into,
    /// Either.
    Both,
}

impl Way {
    /// The same walked back.
    pub fn back(self) -> Self {
        match self {
            Self::Out => Self::Into,
            Self::Into => Self::Out,
            Self::Both => Self::Both,
        }
    }
}

impl Adjacency {
    /// A graph of so many nodes; an edge goes from the source to the target of its number.
    pub fn new(nodes: usize, source: Vec<u32>, target: Vec<u32>) -> Self {
        let out = Side::new(nodes, &source, &target);
        let into = Side::new(nodes, &target, &source);
        Self { source, target, out, into }
    }

    /// How many nodes there are.
    pub fn nodes(&self) -> usize {
        self.out.starts.len().saturating_sub(1)
    }

    /// How many edges there are.
    pub fn edges(&self) -> usize {
        self.source.len()
    }

    /// How many bytes a graph of this size takes.
    pub fn bytes(nodes: usize, edges: usize) -> usize {
        // Both ends and both sides, and two starts a node; a fifth of the edges while it is made.
        edges.saturating_mul(20).saturating_add(nodes.saturating_mul(12))
    }

    /// The edges that start at a node.
    pub fn leaving(&self, node: u32) -> &[u32] {
        self.out.of(node)
    }

    /// The edges that end at a node.
    pub fn arriving(&self, node: u32) -> &[u32] {
        self.into.of(node)
    }

    /// The edges that can be walked from a node. Of two lists the second may have edges that the first has: loops.
    pub fn from(&self, node: u32, way: Way) -> (&[u32], &[u32]) {
        match way {
            Way::Out => (self.leaving(node), &[]),
            Way::Into => (self.arriving(node), &[]),
            Way::Both => (self.leaving(node), self.arriving(node)),
        }
    }

    /// The same, those to one other node only.
    pub fn between(&self, node: u32, other: u32, way: Way) -> (&[u32], &[u32]) {
        let out = || self.out.to(node, other, &self.target);
        let into = || self.into.to(node, other, &self.source);
        match way {
            Way::Out => (out(), &[]),
            Way::Into => (into(), &[]),
            Way::Both => (out(), into()),
        }
    }

    /// The node where an edge starts.
    pub fn source(&self, edge: u32) -> u32 {
        at(&self.source, edge)
    }

    /// The node where an edge ends.
    pub fn target(&self, edge: u32) -> u32 {
        at(&self.target, edge)
    }

    /// The other end of an edge that is walked from a node.
    pub fn other(&self, edge: u32, node: u32) -> u32 {
        let source = self.source(edge);
        if source == node { self.target(edge) } else { source }
    }
}

impl Side {
    /// The edges by `own`, those of one node by `other`.
    fn new(nodes: usize, own: &[u32], other: &[u32]) -> Self {
        let edges = 0..u32::try_from(own.len()).unwrap_or(u32::MAX);
        let by_other = counted(nodes, other, edges).1;
        let (starts, edges) = counted(nodes, own, by_other.into_iter());
        Self { starts, edges }
    }

    fn of(&self, node: u32) -> &[u32] {
        let node = node as usize;
        match (self.starts.get(node), self.starts.get(node + 1)) {
            (Some(start), Some(end)) => self.edges.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    fn to(&self, node: u32, other: u32, others: &[u32]) -> &[u32] {
        let edges = self.of(node);
        let start = edges.partition_point(|edge| at(others, *edge) < other);
        let rest = edges.get(start..).unwrap_or_default();
        rest.get(..rest.partition_point(|edge| at(others, *edge) <= other)).unwrap_or_default()
    }
}

/// Edges in the order of their nodes, those of one node in the order in which they come, and where those of each node start.
fn counted(nodes: usize, of: &[u32], edges: impl Iterator<Item = u32>) -> (Vec<u32>, Vec<u32>) {
    let mut starts = vec![0_u32; nodes + 1];
    for node in of {
        if let Some(count) = starts.get_mut(*node as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    let mut next = starts.clone();
    let mut ordered = vec![0; of.len()];
    for edge in edges {
        if let Some(place) = next.get_mut(at(of, edge) as usize) {
            if let Some(slot) = ordered.get_mut(*place as usize) {
                *slot = edge;
            }
            *place += 1;
        }
    }
    (starts, ordered)
}

/// A number of a list that is known to have it.
fn at(list: &[u32], place: u32) -> u32 {
    list.get(place as usize).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0→1 twice, 0→2, 2→0, 1→1.
    fn graph() -> Adjacency {
        Adjacency::new(4, vec![0, 0, 2, 1, 0], vec![2, 1, 0, 1, 1])
    }

    #[test]
    fn edges_are_found_from_both_ends() {
        let graph = graph();
        assert_eq!((graph.nodes(), graph.edges()), (4, 5));
        assert_eq!(graph.leaving(0), [1, 4, 0]);
        assert_eq!(graph.arriving(1), [1, 4, 3]);
        assert_eq!(graph.from(2, Way::Both), (&[2][..], &[0][..]));
        assert_eq!(graph.leaving(3), [0; 0]);
        assert_eq!(graph.leaving(9), [0; 0]);
    }

    #[test]
    fn edges_between_two_nodes_lie_side_by_side() {
        let graph = graph();
        assert_eq!(graph.between(0, 1, Way::Out).0, [1, 4]);
        assert_eq!(graph.between(1, 0, Way::Into).0, [1, 4]);
        assert_eq!(graph.between(0, 2, Way::Both), (&[0][..], &[2][..]));
        assert_eq!(graph.between(0, 3, Way::Out).0, [0; 0]);
        assert_eq!((graph.other(0, 0), graph.other(0, 2), graph.other(3, 1)), (2, 0, 1));
    }
}
