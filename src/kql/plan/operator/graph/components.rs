//! Connected parts of a graph.

use std::collections::HashMap;

use super::adjacency::Adjacency;
use crate::kql::bind::tree::Components;

/// The number of every node's part. Numbers count from 0; where nodes belong to partitions (`of`), they do so in each of them.
pub fn number(graph: &Adjacency, kind: Components, of: Option<&[u32]>) -> Vec<i64> {
    let parts = match kind {
        Components::Weak => weak(graph),
        Components::Strong => strong(graph),
    };
    let mut next: HashMap<u32, i64> = HashMap::new();
    let mut numbers: Vec<Option<i64>> = vec![None; graph.nodes()];
    let mut found = Vec::with_capacity(parts.len());
    for (node, part) in parts.into_iter().enumerate() {
        let partition = of.and_then(|of| of.get(node)).copied().unwrap_or_default();
        let Some(number) = numbers.get_mut(part as usize) else { continue };
        let number = *number.get_or_insert_with(|| {
            let next = next.entry(partition).or_default();
            *next += 1;
            *next - 1
        });
        found.push(number);
    }
    found
}

/// For every node one node of its part, the same for all of the part.
fn weak(graph: &Adjacency) -> Vec<u32> {
    let nodes = u32::try_from(graph.nodes()).unwrap_or(u32::MAX);
    let mut parent: Vec<u32> = (0..nodes).collect();
    for edge in 0..u32::try_from(graph.edges()).unwrap_or(u32::MAX) {
        let (one, other) = (root(&mut parent, graph.source(edge)), root(&mut parent, graph.target(edge)));
        if let Some(slot) = parent.get_mut(one.max(other) as usize) {
            *slot = one.min(other);
        }
    }
    (0..nodes).map(|node| root(&mut parent, node)).collect()
}

/// The root of a node's tree; the way to it is halved.
fn root(parent: &mut [u32], node: u32) -> u32 {
    let mut node = node;
    loop {
        let above = parent.get(node as usize).copied().unwrap_or(node);
        if above == node {
            return node;
        }
        let next = parent.get(above as usize).copied().unwrap_or(above);
        if let Some(slot) = parent.get_mut(node as usize) {
            *slot = next;
        }
        node = next;
    }
}

/// What Tarjan's algorithm knows of a node.
#[derive(Clone, Copy, Default)]
struct Seen {
    /// When it was met, from 1 on; 0 is never.
    met: u32,
    /// The earliest node of the stack that can be reached from it.
    low: u32,
    on_stack: bool,
    part: u32,
}

/// For every node one node of its strongly connected part: Tarjan's algorithm, without recursion.
fn strong(graph: &Adjacency) -> Vec<u32> {
    let nodes = graph.nodes();
    let mut seen = vec![Seen::default(); nodes];
    let mut stack: Vec<u32> = Vec::new();
    let mut clock = 0;
    for start in 0..u32::try_from(nodes).unwrap_or(u32::MAX) {
        if of(&seen, start).met > 0 {
            continue;
        }
        let mut way: Vec<(u32, usize)> = Vec::new();
        meet(&mut seen, &mut stack, &mut clock, start);
        way.push((start, 0));
        while let Some((node, next)) = way.last_mut() {
            let node = *node;
            if let Some(edge) = graph.leaving(node).get(*next) {
                *next += 1;
                let other = graph.target(*edge);
                let there = of(&seen, other);
                if there.met == 0 {
                    meet(&mut seen, &mut stack, &mut clock, other);
                    way.push((other, 0));
                } else if there.on_stack {
                    lower(&mut seen, node, there.met);
                }
                continue;
            }
            way.pop();
            let own = of(&seen, node);
            if let Some((above, _)) = way.last() {
                lower(&mut seen, *above, own.low);
            }
            if own.low == own.met {
                close(&mut seen, &mut stack, node);
            }
        }
    }
    seen.into_iter().map(|node| node.part).collect()
}

fn of(seen: &[Seen], node: u32) -> Seen {
    seen.get(node as usize).copied().unwrap_or_default()
}

fn meet(seen: &mut [Seen], stack: &mut Vec<u32>, clock: &mut u32, node: u32) {
    *clock += 1;
    if let Some(slot) = seen.get_mut(node as usize) {
        *slot = Seen { met: *clock, low: *clock, on_stack: true, part: node };
    }
    stack.push(node);
}

fn lower(seen: &mut [Seen], node: u32, low: u32) {
    if let Some(slot) = seen.get_mut(node as usize) {
        slot.low = slot.low.min(low);
    }
}

/// The nodes of the stack down to `node` are a part.
fn close(seen: &mut [Seen], stack: &mut Vec<u32>, node: u32) {
    while let Some(last) = stack.pop() {
        if let Some(slot) = seen.get_mut(last as usize) {
            slot.on_stack = false;
            slot.part = node;
        }
        if last == node {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_parts_go_in_any_direction_and_strong_ones_both_ways() {
        // 0→1→2→0, 2→3, 4→3, 5.
        let graph = Adjacency::new(6, vec![0, 1, 2, 2, 4], vec![1, 2, 0, 3, 3]);
        assert_eq!(number(&graph, Components::Weak, None), [0, 0, 0, 0, 0, 1]);
        assert_eq!(number(&graph, Components::Strong, None), [0, 0, 0, 1, 2, 3]);
    }

    #[test]
    fn numbers_count_within_each_partition() {
        let graph = Adjacency::new(4, vec![0], vec![1]);
        assert_eq!(number(&graph, Components::Weak, Some(&[0, 0, 7, 7])), [0, 0, 0, 1]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let count = 200_000;
        let graph = Adjacency::new(count + 1, (0..200_000).collect(), (1..=200_000).collect());
        assert_eq!(number(&graph, Components::Strong, None).last(), Some(&200_000));
        assert_eq!(number(&graph, Components::Weak, None).last(), Some(&0));
    }
}
