//! Lines joined from edges: unions of lines, and what lines have in common with lines and polygons. No function.

use std::collections::{HashMap, HashSet};

use super::{
    cut::{Trouble, cut, key},
    overlay::Common,
    shape::{Line, Polygon},
    sphere::{Arc, Point},
};

type Key = [u64; 3];

/// Lines of edges, each used once, whichever way it runs: a line goes on through a point where exactly one edge comes in
/// and one goes out.
pub(super) fn chains(edges: Vec<Arc>) -> Vec<Vec<Point>> {
    let mut seen = HashSet::new();
    let pair = |edge: &Arc| {
        let (from, to) = (key(edge.from), key(edge.to));
        if from < to { (from, to) } else { (to, from) }
    };
    let edges: Vec<Arc> =
        edges.into_iter().filter(|edge| key(edge.from) != key(edge.to) && seen.insert(pair(edge))).collect();
    let mut ends: HashMap<Key, Meeting> = HashMap::new();
    for (place, edge) in edges.iter().enumerate() {
        ends.entry(key(edge.from)).or_default().leave(place);
        ends.entry(key(edge.to)).or_default().come(place);
    }
    let onward = |point: Point| ends.get(&key(point)).and_then(Meeting::onward);
    // Lines with a beginning first, then those that go round.
    let begins = |edge: &Arc| onward(edge.from).is_none();
    let starts = (0..edges.len()).filter(|place| edges.get(*place).is_some_and(begins)).chain(0..edges.len());
    let mut is_used = vec![false; edges.len()];
    let mut lines = Vec::new();
    for start in starts {
        let mut points: Vec<Point> = Vec::new();
        let mut at = Some(start);
        while let Some(place) = at {
            let (Some(edge), Some(used)) = (edges.get(place), is_used.get_mut(place)) else { break };
            if std::mem::replace(used, true) {
                break;
            }
            if points.is_empty() {
                points.push(edge.from);
            }
            points.push(edge.to);
            at = onward(edge.to);
        }
        if !points.is_empty() {
            lines.push((start, points));
        }
    }
    lines.sort_by_key(|(start, _)| *start);
    lines.into_iter().map(|(_, points)| points).collect()
}

/// How many edges come to a point and leave it.
#[derive(Default)]
struct Meeting {
    coming: usize,
    leaving: Vec<usize>,
}

impl Meeting {
    fn come(&mut self, _: usize) {
        self.coming += 1;
    }

    fn leave(&mut self, edge: usize) {
        self.leaving.push(edge);
    }

    /// The edge on which a line goes on.
    fn onward(&self) -> Option<usize> {
        match self.leaving.as_slice() {
            [edge] if self.coming == 1 => Some(*edge),
            _ => None,
        }
    }
}

/// The points and edges that two lines have in common.
pub(super) fn lines_in_common(left: &[Line], right: &[Line]) -> Result<Common, Trouble> {
    let edges = |lines: &[Line]| lines.iter().flat_map(Line::edges).collect::<Vec<_>>();
    let cut = cut(edges(left).into_iter(), edges(right).into_iter())?;
    let shared: Vec<Arc> = cut.left.iter().filter(|piece| piece.shared.is_some()).map(|piece| piece.arc).collect();
    let points = cut.crossings.into_iter().chain(cut.corners);
    Ok(Common { points: off(points, &shared), lines: chains(shared), polygons: Vec::new() })
}

/// The parts of lines in polygons that do not overlap, edges included, and the corners in which they only touch.
pub(super) fn lines_in_polygons(lines: &[Line], polygons: &[Polygon]) -> Result<Common, Trouble> {
    let cut = cut(lines.iter().flat_map(Line::edges), polygons.iter().flat_map(Polygon::edges))?;
    let is_in = |arc: Arc| {
        let middle = arc.point(0.5);
        polygons.iter().any(|polygon| polygon.contains(middle))
    };
    let kept: Vec<Arc> =
        cut.left.iter().filter(|piece| piece.shared.is_some() || is_in(piece.arc)).map(|piece| piece.arc).collect();
    Ok(Common { points: off(cut.corners.into_iter(), &kept), lines: chains(kept), polygons: Vec::new() })
}

/// The points, each once, that are no ends of some edges.
fn off(points: impl Iterator<Item = Point>, edges: &[Arc]) -> Vec<Point> {
    let mut taken: HashSet<Key> = edges.iter().flat_map(|edge| [key(edge.from), key(edge.to)]).collect();
    points.filter(|point| taken.insert(key(*point))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(places: &[(f64, f64)]) -> Line {
        Line::new(places.iter().map(|(x, y)| Point::at(*x, *y).unwrap()).collect())
    }

    fn joined(lines: &[&[(f64, f64)]]) -> Vec<usize> {
        let edges = lines.iter().flat_map(|places| line(places).edges().collect::<Vec<_>>()).collect();
        chains(edges).iter().map(Vec::len).collect()
    }

    #[test]
    fn lines_go_on() {
        let (a, b, c, d) = ((0.0, 0.0), (1.0, 0.5), (2.0, 0.0), (3.0, 1.0));
        assert_eq!(joined(&[&[a, b], &[b, c, d]]), [4]);
        assert_eq!(joined(&[&[b, c, d], &[a, b]]), [4]);
        assert_eq!(joined(&[&[a, b, c], &[b, c, d], &[c, b]]), [4]);
        // A crossroads, edges head on, a ring, an edge without length.
        assert_eq!(joined(&[&[a, b, c], &[b, d]]), [2, 2, 2]);
        assert_eq!(joined(&[&[a, b], &[c, b]]), [2, 2]);
        assert_eq!(joined(&[&[a, b, c, a]]), [4]);
        assert_eq!(joined(&[&[a, a, b]]), [2]);
        assert_eq!(joined(&[]), [0; 0]);
    }

    #[test]
    fn what_lines_have_in_common() {
        let of = |left: &[(f64, f64)], right: &[(f64, f64)]| {
            lines_in_common(&[line(left)], &[line(right)]).map(|common| (common.points.len(), common.lines.len()))
        };
        let (a, b, c, d) = ((0.0, 0.0), (10.0, 5.0), (0.0, 5.0), (10.0, 0.0));
        assert_eq!(of(&[a, b], &[c, d]), Ok((1, 0)));
        assert_eq!(of(&[a, b], &[b, d]), Ok((1, 0)));
        assert_eq!(of(&[a, b, c], &[c, b]), Ok((0, 1)));
        assert_eq!(of(&[a, d, b, c], &[d, a, c, b]), Ok((0, 2)));
        assert_eq!(of(&[a, b], &[c, (0.0, 9.0)]), Ok((0, 0)));
        assert_eq!(of(&[a, d], &[(5.0, 0.0), (5.0, 5.0)]), Err(Trouble::Touch));
        assert_eq!(of(&[a, d], &[a, (5.0, 0.0)]), Err(Trouble::Touch));
    }
}
