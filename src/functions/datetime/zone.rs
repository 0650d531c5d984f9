//! Moments shown by the clocks of a time zone, and read from them. The rules of zones are those of the IANA database
//! that Arrow carries.

use std::str::FromStr;

use chrono::{DateTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::TZ_VARIANTS;
use datafusion::{
    arrow::array::{ArrayRef, timezone::Tz},
    common::{Result, plan_err},
    logical_expr::ScalarUDF,
};

use crate::{
    functions::{
        arguments::Text as Texts,
        call::{
            Answer, Call, Family,
            Kind::{Moment, Text},
            Param::Need,
        },
        definition::Section,
        moment_text::saturate,
    },
    json::value::Writer,
};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Time);
    let functions = [
        family.function(
            "datetime_utc_to_local(time, zone)",
            "What the clocks of a time zone, such as 'Europe/Paris', show at the time.",
            ("SELECT datetime_utc_to_local(TIMESTAMP '2022-07-11T22:18:48Z', 'US/Pacific')", "2022-07-11T15:18:48Z"),
            (&[Need(Moment), Need(Text)], Answer::Moment),
            |call| convert(call, |zone, moment| Some(i128::from(moment) + east_of_utc(zone, naive(moment)?))),
        ),
        family.function(
            "datetime_local_to_utc(time, zone)",
            "The time at which the clocks of a time zone show this. Where they show it twice it is the later; where \
             they skip it, what the new time would make of it.",
            ("SELECT datetime_local_to_utc(TIMESTAMP '2020-02-02T20:02:20Z', 'Europe/Paris')", "2020-02-02T19:02:20Z"),
            (&[Need(Moment), Need(Text)], Answer::Moment),
            |call| convert(call, |zone, moment| Some(i128::from(moment) - east_of_local(zone, naive(moment)?)?)),
        ),
        family.function(
            "datetime_list_timezones()",
            "The names of all time zones, as a JSON array.",
            ("SELECT has(tostring(datetime_list_timezones()), 'Europe/Paris')", "true"),
            (&[], Answer::Dynamic),
            list,
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

fn list(call: &Call) -> Result<ArrayRef> {
    call.write(|_, out| {
        let mut names = Writer::array(out);
        TZ_VARIANTS.iter().for_each(|zone| names.text(zone.name()));
        names.end();
        Some(())
    })
}

fn convert(call: &Call, convert: fn(&Tz, i64) -> Option<i128>) -> Result<ArrayRef> {
    let (moment, names) = (call.moment(0)?, call.text(1)?);
    let constant = match &names {
        Texts::Constant(None) => return call.moments(|_| None),
        Texts::Constant(Some(name)) => match Tz::from_str(name) {
            Ok(zone) => Some(zone),
            Err(_) => return plan_err!("{}: '{name}' is no time zone; write one such as 'Europe/Paris'", call.name),
        },
        _ => None,
    };
    call.moments(|row| {
        let zone = match constant {
            Some(zone) => zone,
            None => Tz::from_str(names.get(row)?).ok()?,
        };
        convert(&zone, moment.get(row)?).map(saturate)
    })
}

fn naive(moment: i64) -> Option<NaiveDateTime> {
    Some(DateTime::from_timestamp_nanos(moment).naive_utc())
}

/// Nanoseconds that clocks are before UTC's.
fn nanoseconds(offset: impl Offset) -> i128 {
    i128::from(offset.fix().local_minus_utc()) * 1_000_000_000
}

fn east_of_utc(zone: &Tz, utc: NaiveDateTime) -> i128 {
    nanoseconds(zone.offset_from_utc_datetime(&utc))
}

fn east_of_local(zone: &Tz, local: NaiveDateTime) -> Option<i128> {
    let found = zone.offset_from_local_datetime(&local).latest();
    // No clock shows it. A few hours on they show the new time.
    let found =
        found.or_else(|| zone.offset_from_local_datetime(&local.checked_add_signed(TimeDelta::hours(4))?).latest());
    found.map(nanoseconds)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, fails};

    #[test]
    fn every_zone_listed_is_one() {
        assert!(TZ_VARIANTS.len() > 400);
        for zone in TZ_VARIANTS {
            assert!(Tz::from_str(zone.name()).is_ok(), "{zone}");
        }
    }

    #[tokio::test]
    async fn clocks_that_change() {
        for (local, utc) in [
            ("2022-03-27T01:00:00", "2022-03-27T00:00:00Z"),
            ("2022-03-27T02:00:00", "2022-03-27T00:00:00Z"),
            ("2022-03-27T03:00:00", "2022-03-27T01:00:00Z"),
            ("2022-10-30T02:30:00", "2022-10-30T01:30:00Z"),
        ] {
            answers(&format!("datetime_local_to_utc(TIMESTAMP '{local}Z', 'Europe/Brussels')"), utc).await;
        }
        answers(
            "datetime_local_to_utc(TIMESTAMP '2020-02-02T20:02:20Z', z) FROM (VALUES ('America/Chicago'), ('x'), (NULL)) AS v(z)",
            "2020-02-03T02:02:20Z; NULL; NULL",
        )
        .await;
        answers("datetime_utc_to_local(NULL, 'UTC'), datetime_utc_to_local(now(), NULL)", "NULL, NULL").await;
        fails("datetime_utc_to_local(now(), 'Mars/Base')", "datetime_utc_to_local: 'Mars/Base' is no time zone").await;
    }
}
