//! Unions and intersections of polygons on the sphere: their edges are cut where they cross, those on the boundary of
//! the answer are kept, and rings are joined from them. No function.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, HashMap, HashSet},
    f64::consts::PI,
};

use super::{
    cut::{Piece, Shared, Trouble, cut, key},
    shape::{Polygon, Ring},
    sphere::{Arc, Point},
    ways::chains,
};

/// What two shapes have in common.
#[derive(Debug, Default)]
pub(super) struct Common {
    pub points: Vec<Point>,
    pub lines: Vec<Vec<Point>>,
    pub polygons: Vec<Polygon>,
}

/// The polygons that cover what any of some polygons does, none of which overlaps another.
///
/// They are combined two at a time, those with the fewest corners first, as S2 does; where rings begin depends on it.
pub(super) fn union(polygons: Vec<Polygon>) -> Result<Vec<Polygon>, Trouble> {
    // A union that goes around the earth would have its outside for its inside.
    if polygons.iter().map(Polygon::area).sum::<f64>() > 2.0 * PI {
        return Err(Trouble::Large);
    }
    let mut regions: Vec<Option<Vec<Polygon>>> = polygons.into_iter().map(|polygon| Some(vec![polygon])).collect();
    let corners =
        |region: &[Polygon]| -> usize { region.iter().flat_map(Polygon::rings).map(|ring| ring.points().len()).sum() };
    let mut queue: BinaryHeap<Reverse<(usize, usize)>> = BinaryHeap::new();
    for (place, region) in regions.iter().enumerate() {
        queue.push(Reverse((corners(region.as_deref().unwrap_or_default()), place)));
    }
    while let (Some(Reverse((_, one))), Some(Reverse((_, other)))) = (queue.pop(), queue.pop()) {
        let mut take = |place: usize| regions.get_mut(place).and_then(Option::take).unwrap_or_default();
        let merged = union_of_two(&take(one), &take(other))?;
        queue.push(Reverse((corners(&merged), regions.len())));
        regions.push(Some(merged));
    }
    Ok(regions.pop().flatten().unwrap_or_default())
}

/// The polygons of a shape so that none overlaps another or lies along it.
pub(super) fn apart(polygons: &[Polygon]) -> Result<Vec<Polygon>, Trouble> {
    let lies_along = |one: &Polygon, other: &Polygon| {
        let edges: HashSet<_> = one.directed_edges().map(|edge| (key(edge.to), key(edge.from))).collect();
        other.directed_edges().any(|edge| edges.contains(&(key(edge.from), key(edge.to))))
    };
    let meets = |(place, one): (usize, &Polygon)| {
        polygons.iter().skip(place + 1).any(|other| lies_along(one, other) || one.overlaps(other))
    };
    match polygons.iter().enumerate().any(meets) {
        true => union(polygons.to_vec()),
        false => Ok(polygons.to_vec()),
    }
}

fn union_of_two(left: &[Polygon], right: &[Polygon]) -> Result<Vec<Polygon>, Trouble> {
    let cut = cut(directed(left), directed(right))?;
    let is_outside = |piece: &Piece, region: &[Polygon], is_left: bool| match piece.shared {
        Some(Shared::Along) => is_left,
        Some(Shared::Against) => false,
        None => !holds(region, piece.arc),
    };
    let of_left = cut.left.iter().filter(|piece| is_outside(piece, right, true));
    let of_right = cut.right.iter().filter(|piece| is_outside(piece, left, false));
    polygons(rings(&of_left.chain(of_right).map(|piece| piece.arc).collect::<Vec<_>>())?)
}

/// What two regions have in common, each made of polygons that do not overlap: areas, edges on which they lie on either
/// side, and corners.
pub(super) fn intersection(left: &[Polygon], right: &[Polygon]) -> Result<Common, Trouble> {
    let cut = cut(directed(left), directed(right))?;
    let is_inside = |piece: &Piece, region: &[Polygon], is_left: bool| match piece.shared {
        Some(Shared::Along) => is_left,
        Some(Shared::Against) => false,
        None => holds(region, piece.arc),
    };
    let of_left = cut.left.iter().filter(|piece| is_inside(piece, right, true));
    let of_right = cut.right.iter().filter(|piece| is_inside(piece, left, false));
    let kept: Vec<Arc> = of_left.chain(of_right).map(|piece| piece.arc).collect();
    let against: Vec<Arc> =
        cut.left.iter().filter(|piece| piece.shared == Some(Shared::Against)).map(|piece| piece.arc).collect();
    let taken: HashSet<_> = kept.iter().chain(&against).flat_map(|arc| [key(arc.from), key(arc.to)]).collect();
    let points = cut.corners.into_iter().filter(|corner| !taken.contains(&key(*corner))).collect();
    Ok(Common { points, lines: chains(against), polygons: polygons(rings(&kept)?)? })
}

fn directed(region: &[Polygon]) -> impl Iterator<Item = Arc> {
    region.iter().flat_map(Polygon::directed_edges)
}

fn holds(region: &[Polygon], arc: Arc) -> bool {
    let middle = arc.point(0.5);
    region.iter().any(|polygon| polygon.contains(middle))
}

/// Rings joined from edges with the area on their left, each ending with its last edge.
fn rings(edges: &[Arc]) -> Result<Vec<Vec<Point>>, Trouble> {
    let mut leaving: HashMap<_, Vec<usize>> = HashMap::new();
    for (place, edge) in edges.iter().enumerate() {
        leaving.entry(key(edge.from)).or_default().push(place);
    }
    let mut is_used = vec![false; edges.len()];
    let mut rings = Vec::new();
    for start in 0..edges.len() {
        let mut ring: Vec<usize> = Vec::new();
        let mut at = start;
        while let (Some(edge), Some(used)) = (edges.get(at), is_used.get_mut(at)) {
            if *used {
                break;
            }
            *used = true;
            ring.push(at);
            let onward = leaving.get(&key(edge.to)).ok_or(Trouble::Loose)?;
            let left = |place: &&usize| edges.get(**place).map_or(0.0, |next| turn(*edge, *next));
            at = *onward.iter().max_by(|a, b| left(a).total_cmp(&left(b))).ok_or(Trouble::Loose)?;
        }
        if ring.is_empty() {
            continue;
        }
        if at != start {
            return Err(Trouble::Loose);
        }
        let last = ring.iter().enumerate().max_by_key(|(_, edge)| **edge).map_or(0, |(place, _)| place);
        let length = ring.len();
        ring.rotate_left((last + 1) % length);
        rings.push(ring.into_iter().filter_map(|place| edges.get(place)).map(|edge| edge.from).collect());
    }
    Ok(rings)
}

/// How far the way turns to the left from one edge to the next, from -π to π.
fn turn(edge: Arc, next: Arc) -> f64 {
    let corner = next.from;
    // The directions in the plane at the corner, a quarter turn to the left of each.
    let (came, goes) = (edge.from.cross(corner), corner.cross(next.to));
    corner.dot(came.cross(goes)).atan2(came.dot(goes))
}

/// Polygons of rings, of which those around an area on their right are holes in the smallest of the others that holds
/// them.
fn polygons(rings: Vec<Vec<Point>>) -> Result<Vec<Polygon>, Trouble> {
    let rings = rings.into_iter().map(Ring::new);
    let (outer, holes): (Vec<Ring>, Vec<Ring>) = rings.partition(|ring| ring.signed_area() > 0.0);
    let mut polygons: Vec<Polygon> = outer.into_iter().map(|outer| Polygon { outer, holes: Vec::new() }).collect();
    for hole in holes {
        let point = hole.edges().next().map(|edge| edge.point(0.5)).ok_or(Trouble::Loose)?;
        let around = polygons.iter_mut().filter(|polygon| polygon.outer.contains(point));
        let smallest = around.min_by(|a, b| a.outer.signed_area().total_cmp(&b.outer.signed_area()));
        // A hole's area is on the left of its ring, too.
        smallest.ok_or(Trouble::Loose)?.holes.push(hole.reversed());
    }
    Ok(polygons)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn polygon(places: &[(f64, f64)]) -> Polygon {
        let points = places.iter().map(|(x, y)| Point::at(*x, *y).unwrap()).collect();
        Polygon { outer: Ring::new(points), holes: Vec::new() }
    }

    fn square(x: f64, y: f64, side: f64) -> Polygon {
        polygon(&[(x, y), (x + side, y), (x + side, y + side), (x, y + side)])
    }

    fn area(polygons: &[Polygon]) -> f64 {
        polygons.iter().map(Polygon::area).sum()
    }

    #[test]
    fn areas_add_up() {
        let cross = polygon(&[(-5.0, 2.0), (15.0, 3.0), (15.0, 5.0), (-5.0, 4.0)]);
        let star = polygon(&[(1.0, -3.0), (3.0, 4.2), (9.0, -4.0), (6.0, 14.0), (4.0, 8.0), (2.0, 13.0)]);
        for (left, right) in [
            (square(0.0, 0.0, 10.0), square(5.0, 5.5, 10.0)),
            (square(0.0, 0.0, 10.0), cross.clone()),
            (square(0.0, 0.0, 10.0), star.clone()),
            (cross, star),
            (square(0.0, 0.0, 10.0), square(2.0, 2.0, 3.0)),
            (square(0.0, 0.0, 10.0), square(20.0, 2.0, 3.0)),
            (square(0.0, 0.0, 10.0), square(10.0, 0.0, 10.0)),
            (square(0.0, 0.0, 10.0), square(0.0, 0.0, 10.0)),
            (square(0.0, 0.0, 10.0), polygon(&[(0.0, 0.0), (10.0, 0.0), (4.0, 3.0)])),
            (square(0.0, 0.0, 10.0), square(-5.0, -5.0, 5.0)),
        ] {
            let both = intersection(std::slice::from_ref(&left), std::slice::from_ref(&right)).unwrap();
            let either = union(vec![left.clone(), right.clone()]).unwrap();
            let wanted = left.area() + right.area() - area(&both.polygons);
            assert!((area(&either) - wanted).abs() < 1e-12, "{left:?} {right:?}");
            // The other way round it is the same.
            let other = intersection(std::slice::from_ref(&right), std::slice::from_ref(&left)).unwrap();
            assert!((area(&both.polygons) - area(&other.polygons)).abs() < 1e-12);
        }
    }

    #[test]
    fn what_regions_have_in_common() {
        let of = |left: Polygon, right: Polygon| {
            let common = intersection(&[left], &[right]).unwrap();
            (common.points.len(), common.lines.len(), common.polygons.len())
        };
        let one = square(0.0, 0.0, 10.0);
        assert_eq!(of(one.clone(), square(10.0, 10.0, 5.0)), (1, 0, 0));
        assert_eq!(of(one.clone(), square(10.0, 0.0, 10.0)), (0, 1, 0));
        assert_eq!(of(one.clone(), square(11.0, 0.0, 10.0)), (0, 0, 0));
        assert_eq!(of(one.clone(), square(2.0, 3.0, 1.0)), (0, 0, 1));
        // A comb's teeth.
        let comb = polygon(&[(1.0, -5.0), (9.0, -5.0), (9.0, 3.0), (6.0, -2.0), (4.0, -2.0), (1.0, 3.0)]);
        assert_eq!(of(one, comb), (0, 0, 2));
    }

    #[test]
    fn holes() {
        let frame = [
            polygon(&[(0.0, 0.0), (10.0, 0.0), (10.0, 3.0), (0.0, 3.0)]),
            polygon(&[(0.0, 7.0), (10.0, 7.0), (10.0, 10.0), (0.0, 10.0)]),
            polygon(&[(-1.0, -1.0), (3.0, -1.0), (3.0, 11.0), (-1.0, 11.0)]),
            polygon(&[(7.0, -1.0), (11.0, -1.0), (11.0, 11.0), (7.0, 11.0)]),
        ];
        let merged = union(frame.to_vec()).unwrap();
        let [ring] = merged.as_slice() else { panic!("{merged:?}") };
        assert_eq!(ring.holes.len(), 1);
        let at = |x, y| Point::at(x, y).unwrap();
        assert!(!ring.contains(at(5.0, 5.0)) && ring.contains(at(1.0, 5.0)) && ring.contains(at(5.0, 1.0)));
        // A polygon over the hole closes it; one in the hole is apart.
        let closed = union(vec![ring.clone(), square(2.5, 2.5, 5.0)]).unwrap();
        assert!(matches!(closed.as_slice(), [one] if one.holes.is_empty()));
        assert_eq!(union(vec![ring.clone(), square(4.0, 4.0, 1.0)]).unwrap().len(), 2);
    }

    #[test]
    fn what_rounding_would_decide_is_refused() {
        let touch = union(vec![square(0.0, 0.0, 10.0), polygon(&[(0.0, 5.0), (-5.0, 8.0), (-5.0, 2.0)])]);
        assert_eq!(touch, Err(Trouble::Touch));
        let half = |x: f64| polygon(&[(x, -80.0), (x + 85.0, 0.0), (x, 80.0), (x - 85.0, 0.0)]);
        assert_eq!(union(vec![half(0.0), half(90.0), half(-90.0)]), Err(Trouble::Large));
    }
}
