//! Functions of two or three points.

use std::sync::Arc;

use datafusion::{
    arrow::array::{ArrayRef, Float64Array},
    common::{Result, exec_err},
    logical_expr::ScalarUDF,
};

use super::{
    sphere::{Point, RADIUS},
    spheroid,
};
use crate::functions::{
    call::{Answer, Call, Family, Kind, Param, Param::May, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<ScalarUDF> {
    const DEGREE: Param = Need(Kind::Number);
    const TWO: &[Param] = &[DEGREE, DEGREE, DEGREE, DEGREE];
    let geo = Family(Section::Geo);
    [
        geo.function("geo_angle(longitude1, latitude1, longitude2, latitude2, longitude3, latitude3)", "The angle at the second point between the ways to the first and to the third, in radians, clockwise. NULL if two points that follow each other are one.", ("SELECT round(degrees(geo_angle(0, 10, 0, 5, 3, -10)), 6)", "168.732543"), (&[DEGREE, DEGREE, DEGREE, DEGREE, DEGREE, DEGREE], Answer::Real), angle),
        geo.function("geo_azimuth(longitude1, latitude1, longitude2, latitude2)", "The direction from the first point to the second, in radians clockwise from north. NULL if they are one.", ("SELECT round(degrees(geo_azimuth(5, 10, 10, -40)), 6)", "175.015654"), (TWO, Answer::Real), azimuth),
        geo.function("geo_distance_2points(longitude1, latitude1, longitude2, latitude2 [, use_spheroid])", "The distance of two points in metres: on a sphere, or on the spheroid of WGS 84 if that is true.", ("SELECT round(geo_distance_2points(-122.407628, 47.578557, -118.275287, 34.019056), 3)", "1546754.352"), (&[DEGREE, DEGREE, DEGREE, DEGREE, May(Kind::Truth)], Answer::Real), distance),
        geo.function("geo_point_in_circle(longitude, latitude, centre_longitude, centre_latitude, radius)", "Whether the point is no farther from the centre than the radius, in metres.", ("SELECT geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500)", "true"), (&[DEGREE, DEGREE, DEGREE, DEGREE, DEGREE], Answer::Bool), in_circle),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The point whose longitude and latitude are at a place and the next.
pub(super) fn point<'a>(call: &Call<'a>, place: usize) -> Result<impl Fn(usize) -> Option<Point> + use<'a>> {
    let (longitudes, latitudes) = (call.real(place)?, call.real(place + 1)?);
    Ok(move |row| Point::at(longitudes.get(row)?, latitudes.get(row)?))
}

fn distance(call: &Call) -> Result<ArrayRef> {
    let (from, to) = (point(call, 0)?, point(call, 2)?);
    if call.len() < 5 {
        return call.reals(|row| Some(from(row)?.angle(to(row)?) * RADIUS));
    }
    let use_spheroid = call.truth(4)?;
    let one = |row| match (from(row), to(row), use_spheroid.get(row)) {
        (Some(from), Some(to), Some(true)) => match spheroid::distance(from.degrees(), to.degrees()) {
            Some(metres) => Ok(Some(metres)),
            None => exec_err!(
                "{}: on a spheroid the distance of points nearly opposite each other on the earth is not supported; \
                 leave use_spheroid out",
                call.name
            ),
        },
        // Kusto's default is the sphere.
        (from, to, _) => Ok(from.zip(to).map(|(from, to)| from.angle(to) * RADIUS)),
    };
    let metres = (0..call.rows).map(one).collect::<Result<Float64Array>>()?;
    Ok(Arc::new(metres))
}

fn in_circle(call: &Call) -> Result<ArrayRef> {
    let (point, centre, radii) = (point(call, 0)?, point(call, 2)?, call.real(4)?);
    call.truths(|row| {
        let radius = radii.get(row).filter(|radius| *radius >= 0.0)?;
        Some(point(row)?.angle(centre(row)?) * RADIUS <= radius)
    })
}

/// The direction to another point, clockwise from north, from 0 up to a full turn; `None` if it is the same point.
fn bearing(from: Point, to: Point) -> Option<f64> {
    if from.angle(to) == 0.0 {
        return None;
    }
    let north = Point([0.0, 0.0, 1.0]);
    let east = north.cross(from);
    let (along_east, along_north) = (east.dot(to), from.cross(east).dot(to));
    Some(along_east.atan2(along_north).rem_euclid(std::f64::consts::TAU))
}

fn azimuth(call: &Call) -> Result<ArrayRef> {
    let (from, to) = (point(call, 0)?, point(call, 2)?);
    call.reals(|row| bearing(from(row)?, to(row)?))
}

fn angle(call: &Call) -> Result<ArrayRef> {
    let (first, corner, last) = (point(call, 0)?, point(call, 2)?, point(call, 4)?);
    call.reals(|row| {
        let corner = corner(row)?;
        let turn = bearing(corner, last(row)?)? - bearing(corner, first(row)?)?;
        Some(turn.rem_euclid(std::f64::consts::TAU))
    })
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, fails};

    #[tokio::test]
    async fn points() {
        for (expression, answer) in [
            (
                "geo_distance_2points(300, 1, 1, 1), geo_distance_2points(0, 0, 0, NULL), geo_distance_2points(5, 5, 5, 5)",
                "NULL, NULL, 0.0",
            ),
            ("round(geo_distance_2points(0, 0, 180, 0) / 6371010, 9) = round(pi(), 9)", "true"),
            (
                "geo_point_in_circle(-122.137575, 47.630683, -122.100896, 47.527351, 3500), geo_point_in_circle(200, 1, 1, 1, 1), geo_point_in_circle(1, 1, 1, 1, -1)",
                "false, NULL, NULL",
            ),
            (
                "round(geo_azimuth(5, 10, 10, -40), 12), geo_azimuth(5, 10, 5, 10), geo_azimuth(0, 0, 0, 1)",
                "3.054599397964, NULL, 0.0",
            ),
            (
                "round(degrees(geo_azimuth(0, 0, -1, 0)), 9), round(geo_angle(0, 10, 0, 5, 3, -10), 12), geo_angle(0, 10, 0, 10, 3, -10)",
                "270.0, 2.944938434069, NULL",
            ),
        ] {
            answers(expression, answer).await;
        }
    }

    #[tokio::test]
    async fn on_a_spheroid() {
        for (expression, answer) in [
            (
                "round(geo_distance_2points(0, 0, 1, 0, true), 3), geo_distance_2points(0, 0, 1, 0, false) = geo_distance_2points(0, 0, 1, 0), geo_distance_2points(0, 0, 1, 0, NULL) = geo_distance_2points(0, 0, 1, 0)",
                "111319.491, true, true",
            ),
            ("geo_distance_2points(300, 0, 1, 0, true)", "NULL"),
            (
                "round(geo_distance_2points(x, 0, 1, 0, x = 0), 3) FROM (VALUES (0), (2), (NULL)) AS t(x)",
                "111319.491; 111195.101; NULL",
            ),
        ] {
            answers(expression, answer).await;
        }
        fails("geo_distance_2points(0, 0, 179.7, 0.5, true)", "geo_distance_2points: on a spheroid").await;
    }
}
