//! Kusto's `convert_…` functions: a quantity in another unit. What units there are is data, in `table`. A name that is
//! none of them, spelled as there, gives null.

mod table;

use datafusion::{arrow::array::ArrayRef, common::Result, logical_expr::ScalarUDF};

use self::table::Unit;
use super::{
    call::{Answer, Call, Family, Kind, Param, Param::Need},
    definition::Section,
};

/// The functions of this family.
pub(super) fn functions() -> Vec<ScalarUDF> {
    const CONVERSION: (&[Param], Answer) = (&[Need(Kind::Number), Need(Kind::Text), Need(Kind::Text)], Answer::Real);
    let family = Family(Section::Convert);
    [
        family.function(
            "convert_angle(value, from, to)",
            "An angle in another unit, such as Degree, Radian, Gradian or Revolution.",
            ("SELECT convert_angle(0.5, 'Revolution', 'Degree')", "180.0"),
            CONVERSION,
            angle,
        ),
        family.function(
            "convert_energy(value, from, to)",
            "An energy in another unit, such as Joule, Calorie or KilowattHour.",
            ("SELECT convert_energy(2, 'KilowattHour', 'Megajoule')", "7.2"),
            CONVERSION,
            |call| convert(call, table::ENERGY),
        ),
        family.function(
            "convert_force(value, from, to)",
            "A force in another unit, such as Newton or PoundForce.",
            ("SELECT convert_force(5, 'Kilonewton', 'Newton')", "5000.0"),
            CONVERSION,
            |call| convert(call, table::FORCE),
        ),
        family.function(
            "convert_length(value, from, to)",
            "A length in another unit, such as Meter, Foot or NauticalMile.",
            ("SELECT convert_length(3, 'NauticalMile', 'Kilometer')", "5.556"),
            CONVERSION,
            |call| convert(call, table::LENGTH),
        ),
        family.function(
            "convert_mass(value, from, to)",
            "A mass in another unit, such as Kilogram, Pound or Tonne.",
            ("SELECT convert_mass(2500, 'Kilogram', 'Tonne')", "2.5"),
            CONVERSION,
            |call| convert(call, table::MASS),
        ),
        family.function(
            "convert_speed(value, from, to)",
            "A speed in another unit, such as MeterPerSecond, KilometerPerHour or Knot.",
            ("SELECT convert_speed(36, 'KilometerPerHour', 'MeterPerSecond')", "10.0"),
            CONVERSION,
            |call| convert(call, table::SPEED),
        ),
        family.function(
            "convert_temperature(value, from, to)",
            "A temperature in another unit, such as Kelvin, DegreeCelsius or DegreeFahrenheit.",
            ("SELECT convert_temperature(25, 'DegreeCelsius', 'Kelvin')", "298.15"),
            CONVERSION,
            |call| convert(call, table::TEMPERATURE),
        ),
        family.function(
            "convert_volume(value, from, to)",
            "A volume in another unit, such as CubicMeter, Liter or UsGallon.",
            ("SELECT convert_volume(1.5, 'CubicMeter', 'Liter')", "1500.0"),
            CONVERSION,
            |call| convert(call, table::VOLUME),
        ),
    ]
    .into_iter()
    .map(ScalarUDF::from)
    .collect()
}

/// The sine of an angle as a unit of it, between -1 and 1.
const TILT: &str = "Tilt";

fn angle(call: &Call) -> Result<ArrayRef> {
    converted(call, |value, from, to| match (from, to) {
        (TILT, TILT) => Some(value),
        (TILT, to) => Some(of_degrees(value.asin().to_degrees(), unit(table::ANGLE, to)?)),
        (from, TILT) => Some(to_degrees(value, unit(table::ANGLE, from)?).to_radians().sin()),
        (from, to) => Some(between(value, unit(table::ANGLE, from)?, unit(table::ANGLE, to)?)),
    })
}

fn to_degrees(value: f64, from: Unit) -> f64 {
    value * from.times / from.over
}

fn of_degrees(value: f64, to: Unit) -> f64 {
    value * to.over / to.times
}

fn convert(call: &Call, units: &[Unit]) -> Result<ArrayRef> {
    converted(call, |value, from, to| Some(between(value, unit(units, from)?, unit(units, to)?)))
}

fn converted(call: &Call, convert: impl Fn(f64, &str, &str) -> Option<f64>) -> Result<ArrayRef> {
    let (values, from, to) = (call.real(0)?, call.text(1)?, call.text(2)?);
    call.reals(|row| convert(values.get(row)?, from.get(row)?, to.get(row)?))
}

fn unit(units: &[Unit], name: &str) -> Option<Unit> {
    units.iter().find(|unit| unit.name == name).copied()
}

fn between(value: f64, from: Unit, to: Unit) -> f64 {
    if from == to {
        return value;
    }
    (value * from.times / from.over + from.zero - to.zero) * to.over / to.times
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn units() {
        for (expression, answer) in [
            ("convert_angle(90, 'Degree', 'Tilt'), convert_angle(1, 'Tilt', 'Gradian')", "1.0, 100.0"),
            ("round(convert_angle(2, 'Tilt', 'Degree'), 3), convert_angle(0.3, 'Tilt', 'Tilt')", "NaN, 0.3"),
            (
                "round(convert_angle(180, 'Degree', 'Radian'), 12), round(convert_angle(2, 'Arcminute', 'Arcsecond'), 9)",
                "3.14159265359, 120.0",
            ),
            (
                "convert_length(1, 'Mile', 'Meter'), convert_length(12, 'Inch', 'Foot'), convert_length(72, 'DtpPoint', 'Inch')",
                "1609.34, 1.0, 1.0",
            ),
            (
                "convert_mass(16, 'Ounce', 'Pound') > 0.99, convert_mass(1, 'ShortTon', 'Pound'), convert_mass(-3, 'Gram', 'Gram')",
                "true, 2000.0, -3.0",
            ),
            ("convert_speed(1, 'KilometerPerSecond', 'KilometerPerHour')", "3600.0"),
            (
                "round(convert_temperature(212, 'DegreeFahrenheit', 'DegreeCelsius'), 9), round(convert_temperature(100, 'DegreeCelsius', 'DegreeDelisle'), 9), round(convert_temperature(0, 'DegreeCelsius', 'DegreeRoemer'), 9), round(convert_temperature(0, 'DegreeCelsius', 'DegreeRankine'), 9)",
                "100.0, -0.0, 7.5, 491.67",
            ),
            ("convert_volume(2, 'MetricCup', 'Milliliter'), convert_force(1, 'Newton', 'Dyn')", "500.0, 100000.0"),
            // Names are as they are listed, and of one quantity.
            (
                "convert_length(1, 'meter', 'Foot'), convert_length(1, 'Gram', 'Foot'), convert_mass(1, 'Gram', ''), convert_mass(NULL, 'Gram', 'Gram'), convert_angle(1, 'Tilt', 'X')",
                "NULL, NULL, NULL, NULL, NULL",
            ),
        ] {
            answers(expression, answer).await;
        }
    }

    #[test]
    fn there_and_back() {
        let tables = [
            table::ANGLE,
            table::ENERGY,
            table::FORCE,
            table::LENGTH,
            table::MASS,
            table::SPEED,
            table::TEMPERATURE,
            table::VOLUME,
        ];
        for table in tables {
            let names: std::collections::HashSet<_> = table.iter().map(|unit| unit.name).collect();
            assert_eq!(names.len(), table.len());
            for (from, to) in table.iter().flat_map(|from| table.iter().map(move |to| (*from, *to))) {
                let back = between(between(7.5, from, to), to, from);
                assert!((back - 7.5).abs() < 1e-3, "{from:?} {to:?} {back}");
            }
        }
    }
}
