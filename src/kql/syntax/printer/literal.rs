//! Literals.

use std::fmt::Write;

use super::Printer;
use crate::kql::syntax::ast::{DynamicKind, DynamicValue, Literal, StringLiteral, TypeArgument, TypeOf};
use crate::kql::syntax::value::{TICKS_PER_DAY, TICKS_PER_SECOND};
use crate::kql::syntax::words;

impl Printer {
    /// A text in quotes.
    pub(super) fn quoted(&mut self, text: &str) {
        self.out.push('"');
        for character in text.chars() {
            match character {
                '"' => self.text("\\\""),
                '\\' => self.text("\\\\"),
                '\n' => self.text("\\n"),
                '\r' => self.text("\\r"),
                '\t' => self.text("\\t"),
                _ if character.is_control() || matches!(character, '\u{2028}' | '\u{2029}') => {
                    // Writing to a String cannot fail.
                    let _ = write!(self.out, "\\u{:04x}", u32::from(character));
                }
                _ => self.out.push(character),
            }
        }
        self.out.push('"');
    }

    pub(super) fn string(&mut self, literal: &StringLiteral) {
        if literal.obfuscated {
            self.out.push('h');
        }
        self.quoted(&literal.value);
    }

    /// A literal that can stand in any expression: a sign is within its parentheses.
    pub(super) fn literal(&mut self, literal: &Literal) {
        match literal {
            Literal::Bool(Some(value)) => self.text(if *value { "true" } else { "false" }),
            Literal::Bool(None) => self.text("bool(null)"),
            Literal::Int(value) => self.typed("int", value.as_ref().map(ToString::to_string)),
            Literal::Long(Some(value)) if *value >= 0 => self.text(&value.to_string()),
            Literal::Long(value) => self.typed("long", value.as_ref().map(ToString::to_string)),
            Literal::Real(Some(value)) if value.is_finite() && value.is_sign_positive() => {
                self.text(&format!("{value:?}"))
            }
            Literal::Real(value) => self.typed("real", value.map(real)),
            Literal::Decimal(value) => self.typed("decimal", value.clone()),
            Literal::String(literal) => self.string(literal),
            Literal::DateTime(value) => self.typed("datetime", value.map(datetime)),
            Literal::Now => self.text("datetime()"),
            Literal::TimeToday(ticks) => self.typed("datetime", Some(time_of_day(*ticks))),
            Literal::Timespan(Some(ticks)) if *ticks >= 0 => self.text(&timespan(*ticks)),
            Literal::Timespan(value) => self.typed("timespan", value.map(timespan)),
            Literal::Guid(value) => self.typed("guid", value.clone()),
            Literal::Dynamic(value) => {
                self.text("dynamic(");
                self.dynamic(value);
                self.text(")");
            }
            Literal::TypeOf(type_of) => self.type_of(type_of),
        }
    }

    fn typed(&mut self, name: &str, value: Option<String>) {
        self.text(name);
        self.text("(");
        self.text(value.as_deref().unwrap_or("null"));
        self.text(")");
    }

    fn dynamic(&mut self, value: &DynamicValue) {
        match &value.kind {
            DynamicKind::Null => self.text("null"),
            DynamicKind::Scalar(Literal::Long(Some(value))) => self.text(&value.to_string()),
            DynamicKind::Scalar(Literal::Real(Some(value))) if value.is_finite() => self.text(&format!("{value:?}")),
            DynamicKind::Scalar(literal) => self.literal(literal),
            DynamicKind::Array(values) => {
                self.text("[");
                self.list(values, Self::dynamic);
                self.text("]");
            }
            DynamicKind::Bag(entries) => {
                self.text("{");
                self.list(entries, |printer, entry| {
                    printer.string(&entry.key);
                    printer.text(": ");
                    printer.dynamic(&entry.value);
                });
                self.text("}");
            }
        }
    }

    pub(super) fn type_of(&mut self, type_of: &TypeOf) {
        self.text("typeof(");
        match &type_of.argument {
            TypeArgument::Scalar(ty) => self.text(words::type_name(ty.scalar)),
            TypeArgument::Table { columns, star } => {
                if *star {
                    self.text(if columns.is_empty() { "*" } else { "*, " });
                }
                self.columns(columns);
            }
        }
        self.text(")");
    }
}

fn real(value: f64) -> String {
    if value.is_nan() {
        return "nan".to_owned();
    }
    match value {
        f64::INFINITY => "+inf".to_owned(),
        f64::NEG_INFINITY => "-inf".to_owned(),
        _ => format!("{value:?}"),
    }
}

/// Ticks as a number of the greatest unit that they are a whole number of.
fn timespan(ticks: i64) -> String {
    if ticks == i64::MIN {
        return "min".to_owned();
    }
    let units = [
        (TICKS_PER_DAY, "d"),
        (3600 * TICKS_PER_SECOND, "h"),
        (60 * TICKS_PER_SECOND, "m"),
        (TICKS_PER_SECOND, "s"),
        (TICKS_PER_SECOND / 1_000, "ms"),
        (1, "tick"),
    ];
    let (size, unit) = units.into_iter().find(|(size, _)| ticks % size == 0).unwrap_or((1, "tick"));
    format!("{}{unit}", ticks / size)
}

/// `15:04:05.123`
fn time_of_day(ticks: i64) -> String {
    let seconds = ticks / TICKS_PER_SECOND;
    let mut text = format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let fraction = ticks % TICKS_PER_SECOND;
    if fraction != 0 {
        let _ = write!(text, ".{fraction:07}");
    }
    text
}

/// `2024-01-31`, `2024-01-31T15:04:05.123Z`, of ticks since 0001-01-01.
fn datetime(ticks: i64) -> String {
    let (year, month, day) = date(ticks.div_euclid(TICKS_PER_DAY));
    let time = ticks.rem_euclid(TICKS_PER_DAY);
    let date = format!("{year:04}-{month:02}-{day:02}");
    if time == 0 { date } else { format!("{date}T{}Z", time_of_day(time)) }
}

/// The date so many days behind 0001-01-01, in the Gregorian calendar.
fn date(days: i64) -> (i64, i64, i64) {
    // Count from 0000-03-01, so that the leap day ends a year; then 400 years, 146,097 days, are one like the other.
    let days = days + 306;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let (month, carry) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + carry, month, day)
}
