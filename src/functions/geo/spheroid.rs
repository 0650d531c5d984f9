//! Distances on the spheroid of WGS 84, by Vincenty's formula. No function.

/// The radius of the equator in metres.
const EQUATOR: f64 = 6_378_137.0;

/// How much shorter the radius of the poles is, as a part.
const FLATTENING: f64 = 1.0 / 298.257_223_563;

/// More steps than the formula needs anywhere it comes to an end.
const STEPS: usize = 200;

/// The length in metres of the shortest way between two places, given as longitude and latitude in degrees. `None` if
/// the formula finds none, as for places nearly opposite each other on the earth.
pub(super) fn distance(from: (f64, f64), to: (f64, f64)) -> Option<f64> {
    let pole = EQUATOR * (1.0 - FLATTENING);
    let reduced = |latitude: f64| ((1.0 - FLATTENING) * latitude.to_radians().tan()).atan().sin_cos();
    let ((sin_from, cos_from), (sin_to, cos_to)) = (reduced(from.1), reduced(to.1));
    // The short way around.
    let apart = ((to.0 - from.0 + 540.0).rem_euclid(360.0) - 180.0).to_radians();
    let mut turn = apart;
    for _ in 0..STEPS {
        let (sin_turn, cos_turn) = turn.sin_cos();
        let sin = (cos_to * sin_turn).hypot(cos_from * sin_to - sin_from * cos_to * cos_turn);
        if sin == 0.0 && cos_turn > 0.0 {
            return Some(0.0);
        }
        let cos = sin_from * sin_to + cos_from * cos_to * cos_turn;
        let angle = sin.atan2(cos);
        let sin_azimuth = if sin == 0.0 { 0.0 } else { cos_from * cos_to * sin_turn / sin };
        let azimuth = 1.0 - sin_azimuth * sin_azimuth;
        // On the equator there is no middle.
        let middle = if azimuth > 0.0 { cos - 2.0 * sin_from * sin_to / azimuth } else { 0.0 };
        let bend = FLATTENING / 16.0 * azimuth * (4.0 + FLATTENING * (4.0 - 3.0 * azimuth));
        let of_middle = 2.0 * middle * middle - 1.0;
        let next =
            apart + (1.0 - bend) * FLATTENING * sin_azimuth * (angle + bend * sin * (middle + bend * cos * of_middle));
        if next.abs() > std::f64::consts::PI {
            return None;
        }
        if (next - turn).abs() > 1e-12 {
            turn = next;
            continue;
        }
        let square = azimuth * (EQUATOR * EQUATOR - pole * pole) / (pole * pole);
        let scale = 1.0 + square / 16384.0 * (4096.0 + square * (-768.0 + square * (320.0 - 175.0 * square)));
        let part = square / 1024.0 * (256.0 + square * (-128.0 + square * (74.0 - 47.0 * square)));
        let last = part / 6.0 * middle * (4.0 * sin * sin - 3.0) * (4.0 * middle * middle - 3.0);
        return Some(pole * scale * (angle - part * sin * (middle + part / 4.0 * (cos * of_middle - last))));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways() {
        let degrees = |degrees: f64, minutes: f64, seconds: f64| degrees + minutes / 60.0 + seconds / 3600.0;
        let flinders = (degrees(144.0, 25.0, 29.5244), -degrees(37.0, 57.0, 3.7203));
        let buninyong = (degrees(143.0, 55.0, 35.3839), -degrees(37.0, 39.0, 10.1561));
        for (from, to, metres) in [
            // The line by which surveyors test such formulas.
            (flinders, buninyong, 54_972.271),
            // A degree of the equator is one of a circle, a quarter of a meridian is known.
            ((0.0, 0.0), (1.0, 0.0), EQUATOR.to_radians()),
            ((179.5, 0.0), (-179.5, 0.0), EQUATOR.to_radians()),
            ((0.0, 0.0), (0.0, 90.0), 10_001_965.729),
            ((7.0, -90.0), (7.0, 90.0), 20_003_931.458),
            ((5.0, 5.0), (5.0, 5.0), 0.0),
        ] {
            let found = distance(from, to).unwrap();
            assert!((found - metres).abs() < 1e-3, "{from:?} {to:?} {found}");
            assert!((distance(to, from).unwrap() - found).abs() < 1e-6);
        }
        assert_eq!(distance((0.0, 0.0), (179.7, 0.5)), None);
    }
}
