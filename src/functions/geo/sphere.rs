//! Points of the unit sphere and arcs between them. No Arrow here.

/// Metres from the earth's centre, as Kusto has it.
pub(super) const RADIUS: f64 = 6_371_010.0;

/// What two points are at most apart, as an angle, to be one: a tenth of a micrometre on earth, more than is lost to
/// rounding.
pub(super) const NEAR: f64 = 1.5e-14;

/// A point of the unit sphere, or any other vector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Point(pub [f64; 3]);

impl Point {
    /// The point at a longitude and a latitude in degrees; `None` if there is none.
    pub fn at(longitude: f64, latitude: f64) -> Option<Self> {
        if !(longitude.abs() <= 180.0 && latitude.abs() <= 90.0) {
            return None;
        }
        let (longitude, latitude) = (longitude.to_radians(), latitude.to_radians());
        Some(Self([latitude.cos() * longitude.cos(), latitude.cos() * longitude.sin(), latitude.sin()]))
    }

    /// Longitude and latitude in degrees.
    pub fn degrees(self) -> (f64, f64) {
        let Self([x, y, z]) = self;
        (y.atan2(x).to_degrees(), z.atan2(x.hypot(y)).to_degrees())
    }

    pub fn dot(self, other: Self) -> f64 {
        self.0.iter().zip(other.0).map(|(a, b)| a * b).sum()
    }

    pub fn cross(self, other: Self) -> Self {
        let (Self([a, b, c]), Self([x, y, z])) = (self, other);
        Self([b * z - c * y, c * x - a * z, a * y - b * x])
    }

    pub fn plus(self, other: Self) -> Self {
        let (Self([a, b, c]), Self([x, y, z])) = (self, other);
        Self([a + x, b + y, c + z])
    }

    pub fn scaled(self, by: f64) -> Self {
        Self(self.0.map(|part| part * by))
    }

    pub fn length(self) -> f64 {
        self.dot(self).sqrt()
    }

    /// The vector in the same direction of length 1; a vector of no length stays.
    pub fn unit(self) -> Self {
        let length = self.length();
        if length > 0.0 { self.scaled(1.0 / length) } else { self }
    }

    /// The angle between two vectors, which on the unit sphere is their distance.
    pub fn angle(self, other: Self) -> f64 {
        self.cross(other).length().atan2(self.dot(other))
    }
}

/// The shortest way between two points.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Arc {
    pub from: Point,
    pub to: Point,
}

impl Arc {
    pub fn length(self) -> f64 {
        self.from.angle(self.to)
    }

    /// The point of the arc at a part of its length.
    pub fn point(self, part: f64) -> Point {
        let length = self.length();
        if length.sin() == 0.0 {
            return self.from;
        }
        let (near, far) = (((1.0 - part) * length).sin() / length.sin(), (part * length).sin() / length.sin());
        self.from.scaled(near).plus(self.to.scaled(far))
    }

    /// The part of the arc's length at which it is closest to a point.
    pub fn closest(self, point: Point) -> f64 {
        let normal = self.from.cross(self.to);
        // The point brought onto the great circle of the arc, seen from the beginning.
        let along = normal.cross(self.from).dot(point).atan2(normal.length() * self.from.dot(point));
        let length = self.length();
        if length > 0.0 && (0.0..=length).contains(&along) {
            return along / length;
        }
        if point.angle(self.from) <= point.angle(self.to) { 0.0 } else { 1.0 }
    }

    /// The distance from a point.
    pub fn distance(self, point: Point) -> f64 {
        self.point(self.closest(point)).angle(point)
    }

    /// Whether two arcs cross, each between the ends of the other.
    pub fn crosses(self, other: Self) -> bool {
        let side = |arc: Self, point: Point| arc.from.cross(arc.to).dot(point);
        let (a, b) = (side(self, other.from), side(self, other.to));
        let (c, d) = (side(other, self.from), side(other, self.to));
        // Arcs on opposite sides of the earth have the same signs; these are on one.
        a * b < 0.0 && c * d < 0.0 && a * d > 0.0
    }
}

impl Arc {
    /// Whether a point is on the arc.
    pub fn holds(self, point: Point) -> bool {
        self.distance(point) < NEAR
    }

    /// The point in which two arcs cross.
    pub fn crossing(self, other: Self) -> Point {
        let point = self.from.cross(self.to).cross(other.from.cross(other.to)).unit();
        if point.dot(self.from.plus(self.to)) < 0.0 { point.scaled(-1.0) } else { point }
    }

    /// Whether an end of one of two arcs is on the other.
    pub fn touches(self, other: Self) -> bool {
        self.holds(other.from) || self.holds(other.to) || other.holds(self.from) || other.holds(self.to)
    }

    /// Whether two arcs have a point in common, their ends included.
    pub fn meets(self, other: Self) -> bool {
        self.crosses(other) || self.touches(other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(longitude: f64, latitude: f64) -> Point {
        Point::at(longitude, latitude).unwrap()
    }

    #[test]
    fn points_and_degrees() {
        for (longitude, latitude) in [(0.0, 0.0), (-122.4, 47.6), (179.9, -89.0)] {
            let (x, y) = at(longitude, latitude).degrees();
            assert!((x - longitude).abs() < 1e-12 && (y - latitude).abs() < 1e-12);
        }
        assert!(Point::at(180.1, 0.0).is_none() && Point::at(0.0, f64::NAN).is_none());
    }

    #[test]
    fn arcs() {
        let arc = Arc { from: at(0.0, 0.0), to: at(90.0, 0.0) };
        assert!((arc.length().to_degrees() - 90.0).abs() < 1e-12);
        assert!((arc.point(0.5).degrees().0 - 45.0).abs() < 1e-12);
        assert!((arc.closest(at(30.0, 20.0)) - 1.0 / 3.0).abs() < 1e-12);
        assert_eq!((arc.closest(at(-10.0, 5.0)), arc.closest(at(100.0, 5.0))), (0.0, 1.0));
        assert!((arc.distance(at(30.0, 20.0)).to_degrees() - 20.0).abs() < 1e-12);
        assert!(arc.crosses(Arc { from: at(45.0, -10.0), to: at(45.0, 10.0) }));
        assert!(!arc.crosses(Arc { from: at(-45.0, -10.0), to: at(-45.0, 10.0) }));
        assert!(!arc.crosses(Arc { from: at(-135.0, -10.0), to: at(-135.0, 10.0) }));
    }
}
