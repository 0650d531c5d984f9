//! Cells of S2: each of the six faces of a cube around the earth halved in turn both ways, in the order of a Hilbert
//! curve. No function; those are in `s2cell`.

use super::sphere::Point;

/// The level of the smallest cells.
pub(super) const DEEPEST: u32 = 30;

/// For each of the four ways a curve may run, the quarters (column bit, row bit) in its order.
const QUARTERS: [[u64; 4]; 4] = [[0, 1, 3, 2], [0, 2, 3, 1], [3, 2, 0, 1], [3, 1, 0, 2]];

/// How the way changes within a quarter, by its place on the curve.
const TURNS: [usize; 4] = [1, 0, 0, 3];

/// A cell: its column and row among all of its level on its face.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct S2Cell {
    face: u8,
    level: u32,
    column: i64,
    row: i64,
}

impl S2Cell {
    /// The cell of a level around a point; `None` if there is no such level.
    pub fn of_point(point: Point, level: u32) -> Option<Self> {
        if level > DEEPEST {
            return None;
        }
        let (face, across, up) = face_of(point);
        let size = 1_i64 << level;
        let at = |share: f64| ((share * size as f64) as i64).clamp(0, size - 1);
        Some(Self { face, level, column: at(share_of(across)), row: at(share_of(up)) })
    }

    /// The cell that a token names: a 64 bit number in hexadecimal digits, its last zeros left out. `None` if it is no
    /// cell.
    pub fn of_token(token: &str) -> Option<Self> {
        // The standard library would take a sign.
        if !(1..=16).contains(&token.len()) || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let id = u64::from_str_radix(token, 16).ok()? << (4 * (16 - token.len()));
        let face = u8::try_from(id >> 61).ok().filter(|face| *face < 6)?;
        // Behind the digits of the curve stands a one, then only zeros.
        let zeros = id.trailing_zeros();
        if zeros > 2 * DEEPEST || zeros % 2 == 1 {
            return None;
        }
        let level = DEEPEST - zeros / 2;
        let (mut column, mut row, mut way) = (0, 0, usize::from(face & 1));
        for step in 1..=level {
            let place = (id >> (61 - 2 * step) & 3) as usize;
            let quarter = QUARTERS[way][place] as i64;
            (column, row) = (column << 1 | quarter >> 1, row << 1 | quarter & 1);
            way ^= TURNS[place];
        }
        Some(Self { face, level, column, row })
    }

    /// The number of the cell, by which cells are in the order of the curve.
    pub fn id(self) -> u64 {
        let (mut id, mut way) = (u64::from(self.face), usize::from(self.face & 1));
        for bit in (0..self.level).rev() {
            let quarter = ((self.column >> bit & 1) << 1 | self.row >> bit & 1) as u64;
            let place = QUARTERS[way].iter().position(|at| *at == quarter).unwrap_or_default();
            id = id << 2 | place as u64;
            way ^= TURNS[place];
        }
        (id << 1 | 1) << (2 * (DEEPEST - self.level))
    }

    /// Appends the token.
    pub fn push_token(self, out: &mut String) {
        out.push_str(format!("{:016x}", self.id()).trim_end_matches('0'));
    }

    /// The six cells of level 0.
    pub fn faces() -> [Self; 6] {
        [0, 1, 2, 3, 4, 5].map(|face| Self { face, level: 0, column: 0, row: 0 })
    }

    /// The four cells of the next level; there is none below [`DEEPEST`].
    pub fn quarters(self) -> [Self; 4] {
        let quarter = |right, upper| Self {
            level: self.level + 1,
            column: self.column << 1 | right,
            row: self.row << 1 | upper,
            ..self
        };
        [quarter(0, 0), quarter(0, 1), quarter(1, 0), quarter(1, 1)]
    }

    /// How fine the cell is.
    pub fn level(self) -> u32 {
        self.level
    }

    /// The point so far across and up the cell, in parts from 0 to 1.
    fn point(self, across: f64, up: f64) -> Point {
        let size = (1_i64 << self.level) as f64;
        let at = |place: i64, part: f64| of_share((place as f64 + part) / size);
        on_face(self.face, at(self.column, across), at(self.row, up))
    }

    /// The point in the middle.
    pub fn centre(self) -> Point {
        self.point(0.5, 0.5)
    }

    /// The corners, leftwards around the cell.
    pub fn corners(self) -> [Point; 4] {
        [(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)].map(|(across, up)| self.point(across, up))
    }

    /// The cell of the same level so many columns and rows away, at most one, be it on another face.
    pub fn beside(self, columns: i64, rows: i64) -> Self {
        let (column, row) = (self.column + columns, self.row + rows);
        let size = 1_i64 << self.level;
        if (0..size).contains(&column) && (0..size).contains(&row) {
            return Self { column, row, ..self };
        }
        // Just beyond the edge of the face, on the plane of the cube: there cells of two faces meet, however the
        // places between the edge's ends are spread.
        let edge = 1.0 + f64::EPSILON;
        let flat = |place: i64| ((2 * place + 1 - size) as f64 / size as f64).clamp(-edge, edge);
        let (face, across, up) = face_of(on_face(self.face, flat(column), flat(row)));
        let at = |flat: f64| (((flat + 1.0) / 2.0 * size as f64) as i64).clamp(0, size - 1);
        Self { face, level: self.level, column: at(across), row: at(up) }
    }
}

/// The face of the cube that a point is on, and where on it, from -1 to 1.
fn face_of(point: Point) -> (u8, f64, f64) {
    let Point([x, y, z]) = point;
    let (far_x, far_y, far_z) = (x.abs(), y.abs(), z.abs());
    match () {
        () if far_x > far_y && far_x > far_z => {
            if x > 0.0 {
                (0, y / x, z / x)
            } else {
                (3, z / x, y / x)
            }
        }
        () if far_y > far_z => {
            if y > 0.0 {
                (1, -x / y, z / y)
            } else {
                (4, z / y, -x / y)
            }
        }
        () if z > 0.0 => (2, -x / z, -y / z),
        () => (5, -y / z, -x / z),
    }
}

/// The point, not of the unit sphere, at a place of a face.
fn on_face(face: u8, across: f64, up: f64) -> Point {
    Point(match face {
        0 => [1.0, across, up],
        1 => [-across, 1.0, up],
        2 => [-across, -up, 1.0],
        3 => [-1.0, -up, -across],
        4 => [up, -1.0, -across],
        _ => [up, across, -1.0],
    })
}

/// Spreads places of a face so that cells are of nearly one size: from -1 to 1 onto 0 to 1.
fn share_of(place: f64) -> f64 {
    match place >= 0.0 {
        true => 0.5 * (1.0 + 3.0 * place).sqrt(),
        false => 1.0 - 0.5 * (1.0 - 3.0 * place).sqrt(),
    }
}

/// What [`share_of`] undoes.
fn of_share(share: f64) -> f64 {
    match share >= 0.5 {
        true => (4.0 * share * share - 1.0) / 3.0,
        false => (1.0 - 4.0 * (1.0 - share) * (1.0 - share)) / 3.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(cell: S2Cell) -> String {
        let mut token = String::new();
        cell.push_token(&mut token);
        token
    }

    #[test]
    fn a_cell_holds_its_middle_and_keeps_its_name() {
        for longitude in (-180..=180).step_by(15) {
            for latitude in (-90..=90).step_by(9) {
                let point =
                    Point::at(f64::from(longitude) + 0.1, f64::from(latitude)).or(Point::at(180.0, 0.0)).unwrap();
                for level in 0..=DEEPEST {
                    let cell = S2Cell::of_point(point, level).unwrap();
                    assert_eq!(S2Cell::of_point(cell.centre(), level), Some(cell));
                    assert_eq!(S2Cell::of_token(&token(cell)), Some(cell));
                }
            }
        }
        assert_eq!(S2Cell::of_point(Point([1.0, 0.0, 0.0]), 31), None);
    }

    #[test]
    fn neighbours_have_each_other_across_the_edges_of_faces() {
        for face in 0..6 {
            for (column, row) in [(0, 3), (7, 2), (4, 0), (5, 7), (3, 3), (0, 0), (7, 7)] {
                let cell = S2Cell { face, level: 3, column, row };
                let sides = |cell: S2Cell| [(1, 0), (-1, 0), (0, 1), (0, -1)].map(|(x, y)| cell.beside(x, y));
                for other in sides(cell) {
                    assert!(sides(other).contains(&cell), "{cell:?} {other:?}");
                    let shared = |corner: &Point| other.corners().iter().any(|of_other| corner.angle(*of_other) < 1e-9);
                    assert_eq!(cell.corners().iter().filter(|corner| shared(corner)).count(), 2, "{cell:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn tokens_that_are_none() {
        for token in ["", "0", "a", "c", "d", "f", "+9", "8", "89c25x", "89c2590000000000 ", "00000000000000001", "é"]
        {
            assert_eq!(S2Cell::of_token(token), None, "{token}");
        }
        assert!(S2Cell::of_token("89C259").is_some() && S2Cell::of_token("89c2590000000000").is_some());
        assert!(S2Cell::of_token("1").is_some());
    }
}
