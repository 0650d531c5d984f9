//! Searches against naive ones: all assignments of nodes and edges are tried, and the rules applied as they are told.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::buffer::BooleanBuffer;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::adjacency::{Adjacency, Way};
use super::matches::Matches;
use super::pattern::{Chosen, Hop, Pattern, Unique};
use super::search::{Progress, Search};
use super::shortest::Shortest;

/// A match: the nodes of the pattern, and for each hop its edges and inner nodes.
type Match = (Vec<u32>, Vec<(Vec<u32>, Vec<u32>)>);

/// The rows of columns.
fn listed(matches: &Matches) -> Vec<Match> {
    let part = |all: &[u32], ends: &[usize], row: usize| {
        let start = if row == 0 { 0 } else { ends[row - 1] };
        all[start..ends[row]].to_vec()
    };
    let row = |row: usize| {
        let nodes = matches.nodes.iter().map(|column| column[row]).collect();
        let hops = matches
            .hops
            .iter()
            .map(|hop| (part(&hop.edges, &hop.edge_ends, row), part(&hop.inner, &hop.inner_ends, row)))
            .collect();
        (nodes, hops)
    };
    (0..matches.len).map(row).collect()
}

/// All that a search finds, in small batches and pieces of work.
fn all(pattern: &Pattern, mut fill: impl FnMut(&mut Matches) -> Progress) -> Vec<Match> {
    let mut found = Vec::new();
    loop {
        let mut matches = Matches::new(pattern.nodes.len(), pattern.hops.len());
        let progress = fill(&mut matches);
        found.extend(listed(&matches));
        if progress == Progress::Done {
            return found;
        }
    }
}

fn searched(graph: &Arc<Adjacency>, pattern: &Pattern, work: usize) -> Vec<Match> {
    let mut search = Search::new(Arc::clone(graph), pattern.clone(), u32::MAX);
    all(pattern, |matches| search.fill(matches, 3, work))
}

fn shortest(graph: &Arc<Adjacency>, pattern: &Pattern, every: bool, work: usize) -> Vec<Match> {
    let mut search = Shortest::new(Arc::clone(graph), pattern.clone(), every);
    all(pattern, |matches| search.fill(matches, 3, work))
}

/// All walks of a hop from a node: edges, and the nodes behind them. What is unique in a match is unique in a walk.
fn walks(graph: &Adjacency, hop: &Hop, start: u32, unique: Unique) -> Vec<Vec<(u32, u32)>> {
    let mut open = vec![Vec::new()];
    let mut found = Vec::new();
    for depth in 0..=hop.most() {
        if depth >= hop.least() {
            found.extend(open.iter().cloned());
        }
        let mut longer = Vec::new();
        for walk in &open {
            let end = walk.last().map_or(start, |(_, node): &(u32, u32)| *node);
            if depth == hop.most() || (depth > 0 && !hop.inner.has(end)) {
                continue;
            }
            for edge in 0..graph.edges() as u32 {
                let (source, target) = (graph.source(edge), graph.target(edge));
                let ends: BTreeSet<u32> = match hop.way {
                    Way::Out if source == end => [target].into(),
                    Way::Into if target == end => [source].into(),
                    Way::Both => [(source, target), (target, source)]
                        .into_iter()
                        .filter(|(from, _)| *from == end)
                        .map(|(_, to)| to)
                        .collect(),
                    _ => BTreeSet::new(),
                };
                let twice = unique != Unique::Nothing && walk.iter().any(|(other, _)| *other == edge);
                for node in ends {
                    if hop.edges.has(edge) && !twice {
                        let mut walk = walk.clone();
                        walk.push((edge, node));
                        longer.push(walk);
                    }
                }
            }
        }
        open = longer;
    }
    found
}

/// Whether a match keeps the rule of what it may have only once.
fn keeps(found: &Match, pattern: &Pattern) -> bool {
    let edges: Vec<u32> = found.1.iter().flat_map(|(edges, _)| edges.clone()).collect();
    let distinct = |list: &[u32]| list.iter().collect::<BTreeSet<_>>().len() == list.len();
    if pattern.unique != Unique::Nothing && !distinct(&edges) {
        return false;
    }
    if pattern.unique != Unique::Nodes {
        return true;
    }
    // A path of no edges has one node at both ends.
    let mut same: Vec<usize> = (0..found.0.len()).collect();
    for (hop, (edges, _)) in pattern.hops.iter().zip(&found.1) {
        if edges.is_empty() {
            let (from, to) = (same[hop.from], same[hop.to]);
            same.iter_mut().filter(|own| **own == to).for_each(|own| *own = from);
        }
    }
    let roots: BTreeSet<usize> = same.into_iter().collect();
    let mut nodes: Vec<u32> = roots.iter().map(|root| found.0[*root]).collect();
    nodes.extend(found.1.iter().flat_map(|(_, inner)| inner.clone()));
    distinct(&nodes)
}

/// All matches, by trying all nodes, then all walks between them.
fn naive(graph: &Adjacency, pattern: &Pattern) -> Vec<Match> {
    let mut found: Vec<Match> = vec![(Vec::new(), Vec::new())];
    for chosen in &pattern.nodes {
        let nodes: Vec<u32> = (0..graph.nodes() as u32).filter(|node| chosen.has(*node)).collect();
        found = found
            .iter()
            .flat_map(|(own, hops)| nodes.iter().map(move |node| ([own.clone(), vec![*node]].concat(), hops.clone())))
            .collect();
    }
    for hop in &pattern.hops {
        let mut longer = Vec::new();
        for (nodes, hops) in &found {
            for walk in walks(graph, hop, nodes[hop.from], pattern.unique) {
                if walk.last().map_or(nodes[hop.from], |(_, node)| *node) != nodes[hop.to] {
                    continue;
                }
                let edges: Vec<u32> = walk.iter().map(|(edge, _)| *edge).collect();
                let inner: Vec<u32> = walk.iter().rev().skip(1).rev().map(|(_, node)| *node).collect();
                let mut hops = hops.clone();
                hops.push((edges, inner));
                longer.push((nodes.clone(), hops));
            }
        }
        found = longer;
    }
    found.retain(|found| keeps(found, pattern));
    found
}

fn sorted(mut list: Vec<Match>) -> Vec<Match> {
    list.sort();
    list
}

fn some(random: &mut ChaCha8Rng, count: usize) -> Chosen {
    match random.random_range(0..3) {
        0 => Chosen::default(),
        1 => Chosen::one(random.random_range(0..count as u32), count),
        _ => Chosen::of(BooleanBuffer::collect_bool(count, |_| random.random_bool(0.6))),
    }
}

fn graph(random: &mut ChaCha8Rng) -> Arc<Adjacency> {
    let (nodes, edges) = (random.random_range(1..5), random.random_range(0..8));
    let mut ends = || (0..edges).map(|_| random.random_range(0..nodes as u32)).collect::<Vec<u32>>();
    let (source, target) = (ends(), ends());
    Arc::new(Adjacency::new(nodes, source, target))
}

fn hop(random: &mut ChaCha8Rng, graph: &Adjacency, ends: (usize, usize), path: bool) -> Hop {
    let range = path.then(|| {
        let low = random.random_range(0..3);
        (low, random.random_range(low.max(1)..4))
    });
    Hop {
        from: ends.0,
        to: ends.1,
        way: [Way::Out, Way::Into, Way::Both][random.random_range(0..3)],
        range,
        edges: if graph.edges() == 0 { Chosen::default() } else { some(random, graph.edges()) },
        inner: some(random, graph.nodes()),
    }
}

fn unique(random: &mut ChaCha8Rng) -> Unique {
    [Unique::Nothing, Unique::Edges, Unique::Nodes][random.random_range(0..3)]
}

#[test]
fn a_search_finds_what_trying_everything_finds() {
    let mut random = ChaCha8Rng::seed_from_u64(7);
    let mut matched = 0;
    for case in 0..2_500 {
        let graph = graph(&mut random);
        let count = random.random_range(1..4);
        let mut hops = Vec::new();
        for node in 1..count {
            let other = random.random_range(0..node);
            let ends = if random.random_bool(0.5) { (other, node) } else { (node, other) };
            let path = random.random_bool(0.4);
            hops.push(hop(&mut random, &graph, ends, path));
        }
        if count > 1 && random.random_bool(0.3) {
            let ends = (random.random_range(0..count), random.random_range(0..count));
            let path = random.random_bool(0.4);
            // Where nodes are unique, a hop from a node to itself is no pattern: see `never`.
            if ends.0 != ends.1 {
                hops.push(hop(&mut random, &graph, ends, path));
            }
        }
        let nodes = (0..count).map(|_| some(&mut random, graph.nodes())).collect();
        let pattern = Pattern { nodes, hops, unique: unique(&mut random) };
        // The binder refuses it: a path of no edges makes two nodes one, and what comes back to it a cycle or not.
        let closes = pattern.hops.len() >= count;
        if pattern.unique == Unique::Nodes && closes && pattern.hops.iter().any(|hop| hop.least() == 0) {
            continue;
        }
        let expected = sorted(naive(&graph, &pattern));
        matched += expected.len();
        for work in [1, 1_000] {
            assert_eq!(sorted(searched(&graph, &pattern, work)), expected, "case {case}: {graph:?} {pattern:?}");
        }
    }
    assert!(matched > 5_000, "{matched}");
}

#[test]
fn a_loop_in_the_pattern_is_found() {
    let graph = Arc::new(Adjacency::new(3, vec![0, 1, 2, 1], vec![1, 2, 0, 1]));
    let hop = |range| Hop { from: 0, to: 0, way: Way::Out, range, edges: Chosen::default(), inner: Chosen::default() };
    let pattern = |range| Pattern { nodes: vec![Chosen::default()], hops: vec![hop(range)], unique: Unique::Edges };
    assert_eq!(searched(&graph, &pattern(None), 9), [(vec![1], vec![(vec![3], vec![])])]);
    let found = sorted(searched(&graph, &pattern(Some((2, 4))), 9));
    assert_eq!(found, sorted(naive(&graph, &pattern(Some((2, 4))))));
    assert_eq!(found.len(), 7);
}

#[test]
fn shortest_paths_are_the_shortest_of_all_matches() {
    let mut random = ChaCha8Rng::seed_from_u64(11);
    let mut matched = 0;
    for case in 0..2_500 {
        let graph = graph(&mut random);
        let count = random.random_range(2..4);
        let mut hops: Vec<Hop> = Vec::new();
        for node in 1..count {
            let path = random.random_bool(0.7);
            hops.push(hop(&mut random, &graph, (node - 1, node), path));
        }
        let nodes = (0..count).map(|_| some(&mut random, graph.nodes())).collect();
        let pattern = Pattern { nodes, hops, unique: unique(&mut random) };
        let matches = naive(&graph, &pattern);
        let length = |found: &Match| found.1.iter().map(|(edges, _)| edges.len()).sum::<usize>();
        let ends = |found: &Match| (found.0[0], found.0[count - 1]);
        let least = |of: &Match| matches.iter().filter(|other| ends(other) == ends(of)).map(length).min();
        let expected: Vec<Match> =
            matches.iter().filter(|found| Some(length(found)) == least(found)).cloned().collect();
        let expected = sorted(expected);
        matched += expected.len();
        for work in [1, 1_000] {
            let every = sorted(shortest(&graph, &pattern, true, work));
            assert_eq!(every, expected, "case {case}: {graph:?} {pattern:?}");
            let any = shortest(&graph, &pattern, false, work);
            let pairs: BTreeSet<_> = expected.iter().map(ends).collect();
            assert_eq!(any.iter().map(ends).collect::<BTreeSet<_>>(), pairs, "case {case}");
            assert_eq!(any.len(), pairs.len(), "case {case}");
            assert!(any.iter().all(|found| expected.contains(found)), "case {case}");
        }
    }
    assert!(matched > 3_000, "{matched}");
}
