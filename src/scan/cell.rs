//! One JSON value into one cell of a column of a given Kusto type.
//!
//! The rule everywhere: what fits is kept exactly, what can mean only one thing is converted (`"0"` in a `long`, `true` in text),
//! and what does not fit becomes null and is reported to the caller, who counts it. Facts about what arrives where are those of the
//! wire (see `tests/wire`).

use std::borrow::Cow;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, DurationNanosecondBuilder, Float64Builder, Int32Builder, Int64Builder,
    StringViewBuilder, TimestampNanosecondBuilder,
};
use datafusion::arrow::compute::kernels::cast_utils::parse_decimal;
use datafusion::arrow::datatypes::{DataType, Decimal128Type};
use std::sync::Arc;

use super::time::parse_datetime;
use crate::catalog::KustoType;
use crate::json::{canonical, unescape};

/// A value as it stands in the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// No such property, or `null`.
    Null,
    /// The inside of a JSON string, escapes left in.
    Text(&'a str),
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(&'a str),
    /// An object or array as written.
    Nested(&'a str),
    /// A word that is no JSON value.
    Junk(&'a str),
}

impl<'a> Value<'a> {
    /// Sorts a value by its first byte; the text is the whole value.
    #[inline]
    pub fn of(text: &'a str) -> Self {
        match text.as_bytes().first() {
            None => Self::Null,
            Some(b'"') => Self::Text(text.get(1..text.len() - 1).unwrap_or_default()),
            Some(b'{' | b'[') => Self::Nested(text),
            Some(b'-' | b'0'..=b'9') => Self::Number(text),
            Some(_) => match text {
                "null" => Self::Null,
                "true" => Self::Bool(true),
                "false" => Self::Bool(false),
                junk => Self::Junk(junk),
            },
        }
    }
}

/// A value did not fit its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Misfit;

/// Builds the cells of one column.
pub enum CellBuilder {
    /// `string` and `guid`.
    Text(StringViewBuilder),
    /// `dynamic`.
    Dynamic(StringViewBuilder),
    /// `datetime`.
    DateTime(TimestampNanosecondBuilder),
    /// `long`.
    Long(Int64Builder),
    /// `int`.
    Int(Int32Builder),
    /// `bool`.
    Bool(BooleanBuilder),
    /// `real`.
    Real(Float64Builder),
    /// `decimal`.
    Decimal(Decimal128Builder),
    /// `timespan`.
    Timespan(DurationNanosecondBuilder),
}

impl CellBuilder {
    /// A builder for a column of this type.
    pub fn new(kind: KustoType) -> Self {
        match kind {
            KustoType::String | KustoType::Guid => Self::Text(StringViewBuilder::new()),
            KustoType::Dynamic => Self::Dynamic(StringViewBuilder::new()),
            KustoType::DateTime => {
                let utc = TimestampNanosecondBuilder::new().with_timezone("UTC");
                Self::DateTime(utc)
            }
            KustoType::Long => Self::Long(Int64Builder::new()),
            KustoType::Int => Self::Int(Int32Builder::new()),
            KustoType::Bool => Self::Bool(BooleanBuilder::new()),
            KustoType::Real => Self::Real(Float64Builder::new()),
            KustoType::Decimal => Self::Decimal(Decimal128Builder::new().with_data_type(KustoType::Decimal.arrow())),
            KustoType::Timespan => Self::Timespan(DurationNanosecondBuilder::new()),
        }
    }

    /// Appends a cell; a value that does not fit is appended as null.
    ///
    /// # Errors
    /// [`Misfit`] if the value did not fit.
    pub fn append(&mut self, value: Value<'_>) -> Result<(), Misfit> {
        match self {
            Self::Text(cells) => append_text(cells, value),
            Self::Dynamic(cells) => append_dynamic(cells, value),
            Self::DateTime(cells) => fit(value, datetime(value), |cell| cells.append_option(cell)),
            Self::Long(cells) => fit(value, integer(value), |cell| cells.append_option(cell)),
            Self::Int(cells) => {
                let small = integer(value).and_then(|long| i32::try_from(long).ok());
                fit(value, small, |cell| cells.append_option(cell))
            }
            Self::Bool(cells) => fit(value, boolean(value), |cell| cells.append_option(cell)),
            Self::Real(cells) => fit(value, real(value), |cell| cells.append_option(cell)),
            Self::Decimal(cells) => fit(value, decimal(value), |cell| cells.append_option(cell)),
            Self::Timespan(cells) => fit(value, timespan(value), |cell| cells.append_option(cell)),
        }
    }

    /// Appends a cell from the inside of a JSON string that has no escapes: the same as [`CellBuilder::append`], and faster for text.
    ///
    /// # Errors
    /// [`Misfit`] if the value did not fit.
    #[inline]
    pub fn append_plain(&mut self, inside: &str) -> Result<(), Misfit> {
        match self {
            Self::Text(cells) => cells.append_value(inside),
            other => return other.append(Value::Text(inside)),
        }
        Ok(())
    }

    /// Appends a null.
    pub fn append_null(&mut self) {
        let _null_always_fits = self.append(Value::Null);
    }

    /// Appends text that is known (a path, a tenant) to a text column, null to any other.
    pub fn append_known(&mut self, text: Option<&str>) {
        match (self, text) {
            (Self::Text(cells) | Self::Dynamic(cells), text) => cells.append_option(text),
            (other, _) => other.append_null(),
        }
    }

    /// Appends a whole number to a `long` column, null to any other.
    pub fn append_long(&mut self, long: Option<i64>) {
        match self {
            Self::Long(cells) => cells.append_option(long),
            other => other.append_null(),
        }
    }

    /// The cells so far as an array; the builder starts anew.
    pub fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(cells) | Self::Dynamic(cells) => Arc::new(cells.finish()),
            Self::DateTime(cells) => {
                let array = Arc::new(cells.finish());
                *cells = TimestampNanosecondBuilder::new().with_data_type(KustoType::DateTime.arrow());
                array
            }
            Self::Long(cells) => Arc::new(cells.finish()),
            Self::Int(cells) => Arc::new(cells.finish()),
            Self::Bool(cells) => Arc::new(cells.finish()),
            Self::Real(cells) => Arc::new(cells.finish()),
            Self::Decimal(cells) => Arc::new(cells.finish()),
            Self::Timespan(cells) => Arc::new(cells.finish()),
        }
    }

    /// The Arrow type of the arrays that [`CellBuilder::finish`] gives.
    pub fn data_type(&self) -> DataType {
        match self {
            Self::Text(_) => KustoType::String,
            Self::Dynamic(_) => KustoType::Dynamic,
            Self::DateTime(_) => KustoType::DateTime,
            Self::Long(_) => KustoType::Long,
            Self::Int(_) => KustoType::Int,
            Self::Bool(_) => KustoType::Bool,
            Self::Real(_) => KustoType::Real,
            Self::Decimal(_) => KustoType::Decimal,
            Self::Timespan(_) => KustoType::Timespan,
        }
        .arrow()
    }
}

/// Appends `cell`; it is a misfit if there is none though the value says something.
fn fit<T>(value: Value<'_>, cell: Option<T>, append: impl FnOnce(Option<T>)) -> Result<(), Misfit> {
    let missing = cell.is_none();
    append(cell);
    // "" is one of the spellings of nothing in columns that are not text.
    if missing && !matches!(value, Value::Null | Value::Text("")) { Err(Misfit) } else { Ok(()) }
}

fn append_text(cells: &mut StringViewBuilder, value: Value<'_>) -> Result<(), Misfit> {
    match value {
        Value::Null => cells.append_null(),
        Value::Text(inside) => cells.append_value(unescape(inside)),
        Value::Bool(flag) => cells.append_value(if flag { "true" } else { "false" }),
        Value::Number(digits) => cells.append_value(digits),
        Value::Nested(json) => cells.append_value(canonical(json).unwrap_or(Cow::Borrowed(json))),
        Value::Junk(_) => {
            cells.append_null();
            return Err(Misfit);
        }
    }
    Ok(())
}

/// Objects arrive as such or as text; both end as canonical JSON text. Text that is no JSON object or array is a JSON string.
fn append_dynamic(cells: &mut StringViewBuilder, value: Value<'_>) -> Result<(), Misfit> {
    let json = match value {
        Value::Null | Value::Text("") => None,
        Value::Text(inside) => {
            let text = unescape(inside);
            let nested = text.trim_start().starts_with(['{', '[']);
            match canonical(&text).filter(|_| nested) {
                Some(json) => Some(Cow::Owned(json.into_owned())),
                None => canonical_string(inside),
            }
        }
        Value::Bool(flag) => Some(Cow::Borrowed(if flag { "true" } else { "false" })),
        Value::Number(json) | Value::Nested(json) | Value::Junk(json) => canonical(json),
    };
    let missing = json.is_none();
    cells.append_option(json);
    if missing && !matches!(value, Value::Null | Value::Text("")) { Err(Misfit) } else { Ok(()) }
}

fn canonical_string(inside: &str) -> Option<Cow<'static, str>> {
    let quoted = format!("\"{inside}\"");
    canonical(&quoted).map(|json| Cow::Owned(json.into_owned()))
}

fn datetime(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Text(inside) => parse_datetime(&unescape(inside)),
        _ => None,
    }
}

fn integer(value: Value<'_>) -> Option<i64> {
    match value {
        Value::Number(digits) => whole(digits),
        Value::Text(inside) => whole(unescape(inside).trim()),
        Value::Bool(flag) => Some(i64::from(flag)),
        _ => None,
    }
}

/// A whole number, also one written `12.0`; never through a double.
fn whole(digits: &str) -> Option<i64> {
    digits.parse().ok().or_else(|| {
        let (integer, zeros) = digits.split_once('.')?;
        (!zeros.is_empty() && zeros.bytes().all(|byte| byte == b'0')).then(|| integer.parse().ok())?
    })
}

fn boolean(value: Value<'_>) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(flag),
        Value::Number("0") => Some(false),
        Value::Number("1") => Some(true),
        Value::Text(inside) if inside == "0" || inside.eq_ignore_ascii_case("false") => Some(false),
        Value::Text(inside) if inside == "1" || inside.eq_ignore_ascii_case("true") => Some(true),
        _ => None,
    }
}

fn real(value: Value<'_>) -> Option<f64> {
    match value {
        Value::Number(digits) => digits.parse().ok(),
        Value::Text(inside) => unescape(inside).trim().parse().ok(),
        _ => None,
    }
}

/// Longer numbers are no decimals: 38 digits, a sign, a point and an exponent have room.
const DECIMAL_LENGTH: usize = 64;

fn decimal(value: Value<'_>) -> Option<i128> {
    let parse = |text: &str| {
        let text = text.trim();
        (text.len() <= DECIMAL_LENGTH).then(|| parse_decimal::<Decimal128Type>(text, 38, 18).ok()).flatten()
    };
    match value {
        Value::Number(digits) => parse(digits),
        Value::Text(inside) => parse(&unescape(inside)),
        _ => None,
    }
}

/// Kusto's `[-][d.]hh:mm:ss[.fffffff]`, in nanoseconds.
fn timespan(value: Value<'_>) -> Option<i64> {
    let Value::Text(inside) = value else { return None };
    let (negative, text) = inside.strip_prefix('-').map_or((false, inside), |rest| (true, rest));
    let (clock, fraction) = match text.rsplit_once(':')?.1.split_once('.') {
        Some((_, fraction)) => (&text[..text.len() - fraction.len() - 1], fraction),
        None => (text, ""),
    };
    let mut parts = clock.rsplit(':');
    let (seconds, minutes, hours) = (parts.next()?, parts.next()?, parts.next()?);
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let number = |part: &str| if part.bytes().all(|b| b.is_ascii_digit()) { part.parse::<i64>().ok() } else { None };
    let whole = ((number(days)? * 24 + number(hours)?) * 60 + number(minutes)?) * 60 + number(seconds)?;
    let nanos: i64 = number(format!("{fraction:0<9}").get(..9)?)?;
    if parts.next().is_some() || fraction.len() > 9 {
        return None;
    }
    let span = whole.checked_mul(1_000_000_000)?.checked_add(nanos)?;
    Some(if negative { -span } else { span })
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::arrow::util::display::array_value_to_string;

    /// The cell that a JSON value makes in a column of a type; `Err` holds what a misfit leaves.
    fn cell(kind: KustoType, json: &str) -> Result<String, String> {
        let mut builder = CellBuilder::new(kind);
        let result = builder.append(Value::of(json));
        let array = builder.finish();
        assert_eq!(array.data_type(), &kind.arrow());
        assert_eq!(builder.finish().data_type(), &kind.arrow(), "a second batch has the same type");
        let shown = if array.is_null(0) { "null".into() } else { array_value_to_string(&array, 0).expect("shown") };
        result.map(|()| shown.clone()).map_err(|Misfit| shown)
    }

    #[test]
    fn text_keeps_null_and_empty_apart_and_takes_any_value() {
        for (json, expected) in [
            ("null", "null"),
            (r#""""#, ""),
            (r#""a\"b""#, "a\"b"),
            ("456", "456"),
            ("639199803770463703", "639199803770463703"),
            ("true", "true"),
            (r#"{"a": 1}"#, r#"{"a":1}"#),
            (r#""{\"a\": 1}""#, r#"{"a": 1}"#),
        ] {
            assert_eq!(cell(KustoType::String, json), Ok(expected.into()), "{json}");
        }
    }

    #[test]
    fn dynamic_is_the_same_text_from_an_object_and_from_text() {
        let object = r#"{ "k": "\u00e9\/", "n": [1.0, -640236721980338696] }"#;
        let text = serde_json::to_string(object).unwrap();
        let expected = r#"{"k":"é/","n":[1.0,-640236721980338696]}"#;
        assert_eq!(cell(KustoType::Dynamic, object), Ok(expected.into()));
        assert_eq!(cell(KustoType::Dynamic, &text), Ok(expected.into()));
        assert_eq!(cell(KustoType::Dynamic, r#""[Security Alert] x""#), Ok(r#""[Security Alert] x""#.into()));
        for nothing in ["null", r#""""#] {
            assert_eq!(cell(KustoType::Dynamic, nothing), Ok("null".into()));
        }
        assert_eq!(cell(KustoType::Dynamic, "{}"), Ok("{}".into()));
        assert_eq!(cell(KustoType::Dynamic, r#""[]""#), Ok("[]".into()));
        assert_eq!(cell(KustoType::Dynamic, "{bad}"), Err("null".into()));
    }

    #[test]
    fn numbers_never_pass_through_a_double() {
        assert_eq!(cell(KustoType::Long, "639199803770463703"), Ok("639199803770463703".into()));
        assert_eq!(cell(KustoType::Long, r#""639199803770463703""#), Ok("639199803770463703".into()));
        assert_eq!(cell(KustoType::Long, "12.0"), Ok("12".into()));
        assert_eq!(cell(KustoType::Long, "12.5"), Err("null".into()));
        assert_eq!(cell(KustoType::Long, "9223372036854775808"), Err("null".into()));
        assert_eq!(cell(KustoType::Int, "2898195034"), Err("null".into()));
        assert_eq!(cell(KustoType::Int, "-7"), Ok("-7".into()));
        assert_eq!(cell(KustoType::Long, r#""""#), Ok("null".into()));
        assert_eq!(cell(KustoType::Real, "4.65"), Ok("4.65".into()));
        assert_eq!(cell(KustoType::Decimal, "-4.65"), Ok("-4.650000000000000000".into()));
        assert_eq!(cell(KustoType::Decimal, r#""0.1""#), Ok("0.100000000000000000".into()));
        assert_eq!(cell(KustoType::Decimal, r#""much""#), Err("null".into()));
    }

    #[test]
    fn booleans_take_what_the_wire_was_seen_to_send() {
        for (json, expected) in [
            ("true", "true"),
            ("0", "false"),
            (r#""0""#, "false"),
            (r#""True""#, "true"),
            ("null", "null"),
            (r#""""#, "null"),
        ] {
            assert_eq!(cell(KustoType::Bool, json), Ok(expected.into()), "{json}");
        }
        assert_eq!(cell(KustoType::Bool, r#""8d1ea7a6-d8a1-4f1d-9c2a-6b8f2f0a3b1c""#), Err("null".into()));
    }

    #[test]
    fn datetimes_and_timespans() {
        assert_eq!(
            cell(KustoType::DateTime, r#""2026-07-18T14:08:56.1234567Z""#),
            Ok("2026-07-18T14:08:56.123456700Z".into())
        );
        assert_eq!(cell(KustoType::DateTime, r#""0001-01-01T00:00:00Z""#), Err("null".into()));
        assert_eq!(cell(KustoType::DateTime, "5"), Err("null".into()));
        let mut builder = CellBuilder::new(KustoType::Timespan);
        assert_eq!(builder.append(Value::of(r#""-1.02:03:04.5""#)), Ok(()));
        assert_eq!(builder.append(Value::of(r#""00:00:00.0000001""#)), Ok(()));
        assert_eq!(builder.append(Value::of(r#""x""#)), Err(Misfit));
        let array = builder.finish();
        let spans = array.as_any().downcast_ref::<datafusion::arrow::array::DurationNanosecondArray>().expect("spans");
        assert_eq!((spans.value(0), spans.value(1)), (-93_784_500_000_000, 100));
    }
}
