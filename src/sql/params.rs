//! Values for `$name` and `$1`: read with the type that the query needs there, and bound into the plan, never pasted into text.

use std::collections::BTreeMap;

use datafusion::arrow::datatypes::{DataType, IntervalUnit, TimeUnit};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ParamValues, Result as PlanResult, ScalarValue};
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, Operator, Statement};
use datafusion_functions_json::JSON_UNION_DATA_TYPE;

use super::suggest::{did_you_mean, nearest};
use super::{SqlError, explain};

/// The placeholders of a plan with the types that fit in their places, the likeliest first; none where the plan does not say.
type Wanted = BTreeMap<String, Vec<DataType>>;

/// Gives the placeholders of a plan their values.
///
/// `params` holds `(name, text)`, the name with or without its `$`. A name that differs from its placeholder only by letter case
/// counts. A plan without placeholders is given back as it is.
///
/// # Errors
/// A sentence if a placeholder has no value, a value no placeholder, or if a value's text does not read as the type needed.
pub fn bind(plan: LogicalPlan, params: &[(String, String)]) -> Result<LogicalPlan, SqlError> {
    if matches!(plan, LogicalPlan::Statement(Statement::Prepare(_))) {
        return match params.first() {
            None => Ok(plan),
            Some((name, _)) => Err(SqlError::new(format!("PREPARE takes no values: give that of {name} with EXECUTE"))),
        };
    }
    let wanted = wanted(&plan).map_err(|error| SqlError::new(explain::brief(&error)))?;
    let mut values = BTreeMap::new();
    for (name, text) in params {
        let key = placeholder(name, &wanted)?;
        let value = read(text, &wanted[key]).map_err(|expected| {
            SqlError::new(format!(
                "the value '{text}' of {key} cannot be read as {expected}, which the query needs there"
            ))
        })?;
        if values.insert(key, value).is_some() {
            return Err(SqlError::new(format!("{key} is given twice")));
        }
    }
    if let Some(missing) = wanted.keys().find(|name| !values.contains_key(name.as_str())) {
        return Err(SqlError::new(match missing.as_str() {
            "?" => "a parameter needs a name: write $name instead of ?".to_owned(),
            name => {
                let bare = name.trim_start_matches('$');
                format!("the query needs {name}: give --param {bare}=value, or in the shell .param {bare}=value")
            }
        }));
    }
    if values.is_empty() {
        return Ok(plan);
    }
    // DataFusion looks values up without the first letter of the placeholder.
    let values: Vec<(String, ScalarValue)> =
        values.into_iter().map(|(name, value)| (name[1..].to_owned(), value)).collect();
    plan.with_param_values(ParamValues::from(values)).map_err(|error| SqlError::new(explain::brief(&error)))
}

/// The placeholder that a given name stands for.
fn placeholder<'w>(name: &str, wanted: &'w Wanted) -> Result<&'w str, SqlError> {
    let bare = name.trim_start_matches('$');
    let find = |same: &dyn Fn(&str) -> bool| wanted.keys().find(|key| same(&key[1..])).map(String::as_str);
    find(&|key| key == bare).or_else(|| find(&|key| key.eq_ignore_ascii_case(bare))).ok_or_else(|| {
        let names = wanted.keys().map(|key| &key[1..]);
        let near = nearest(bare, names);
        let hint = match (near.is_empty(), wanted.is_empty()) {
            (false, _) => did_you_mean(&near),
            (true, true) => "; it has no parameters".to_owned(),
            (true, false) => format!("; its parameters are {}", wanted.keys().cloned().collect::<Vec<_>>().join(", ")),
        };
        SqlError::new(format!("the query has no parameter ${bare}{hint}"))
    })
}

fn wanted(plan: &LogicalPlan) -> PlanResult<Wanted> {
    let mut wanted = Wanted::new();
    plan.apply_with_subqueries(|node| {
        let default = matches!(node, LogicalPlan::Limit(_)).then_some(DataType::Int64);
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                match expr {
                    Expr::Placeholder(Placeholder { id, field }) => {
                        let known = field.as_ref().map(|field| field.data_type().clone()).or_else(|| default.clone());
                        let types = wanted.entry(id.clone()).or_default();
                        types.extend(known);
                    }
                    Expr::BinaryExpr(BinaryExpr { left, op: Operator::Plus | Operator::Minus, right }) => {
                        shifted(left, &mut wanted);
                        shifted(right, &mut wanted);
                    }
                    _ => {}
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(wanted)
}

/// Beside a time in a sum or difference, a placeholder may be a span as well as a time; DataFusion thinks of one of them only.
fn shifted(side: &Expr, wanted: &mut Wanted) {
    let Expr::Placeholder(Placeholder { id, field: Some(field) }) = side else { return };
    let types: [DataType; 2] = match field.data_type() {
        time @ DataType::Timestamp(..) => [time.clone(), DataType::Interval(IntervalUnit::MonthDayNano)],
        span @ DataType::Interval(_) => [span.clone(), DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))],
        _ => return,
    };
    wanted.entry(id.clone()).or_default().extend(types);
}

/// Reads a text as the first of the types that it fits; the error says what was expected.
fn read(text: &str, types: &[DataType]) -> Result<ScalarValue, String> {
    let Some(first) = types.first() else { return Ok(ScalarValue::from(text)) };
    if *first == *JSON_UNION_DATA_TYPE {
        return Ok(json_scalar(text));
    }
    types.iter().find_map(|kind| read_as(text, kind)).ok_or_else(|| named(first))
}

fn read_as(text: &str, kind: &DataType) -> Option<ScalarValue> {
    let cast = |text: &str| ScalarValue::try_from_string(text.to_owned(), kind).ok().filter(|value| !value.is_null());
    match kind {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => cast(text),
        DataType::Timestamp(..) => cast(text.trim()).or_else(|| cast(&with_seconds(text.trim())?)),
        DataType::Duration(unit) => duration(text.trim(), *unit),
        _ => cast(text.trim()),
    }
}

/// `2026-08-01T10:30` with the seconds that Arrow insists on.
fn with_seconds(text: &str) -> Option<String> {
    let (time, zone) = text.strip_suffix('Z').map_or((text, ""), |time| (time, "Z"));
    let (_, clock) = time.split_once(['T', ' '])?;
    (clock.len() == 5).then(|| format!("{time}:00{zone}"))
}

/// A span such as `7 days` or `90s` as an Arrow duration; months have no fixed length and do not fit.
fn duration(text: &str, unit: TimeUnit) -> Option<ScalarValue> {
    let interval =
        ScalarValue::try_from_string(text.to_owned(), &DataType::Interval(IntervalUnit::MonthDayNano)).ok()?;
    let ScalarValue::IntervalMonthDayNano(Some(span)) = interval else { return None };
    let days = i64::from(span.days).checked_mul(86_400_000_000_000)?;
    let nanoseconds = (span.months == 0).then(|| days.checked_add(span.nanoseconds)).flatten()?;
    Some(match unit {
        TimeUnit::Second => ScalarValue::DurationSecond(Some(nanoseconds / 1_000_000_000)),
        TimeUnit::Millisecond => ScalarValue::DurationMillisecond(Some(nanoseconds / 1_000_000)),
        TimeUnit::Microsecond => ScalarValue::DurationMicrosecond(Some(nanoseconds / 1_000)),
        TimeUnit::Nanosecond => ScalarValue::DurationNanosecond(Some(nanoseconds)),
    })
}

/// A value to compare with a JSON value: of the type that its text looks like.
fn json_scalar(text: &str) -> ScalarValue {
    let kinds = [DataType::Int64, DataType::Float64];
    match text {
        "true" | "false" => ScalarValue::from(text == "true"),
        _ => kinds.iter().find_map(|kind| read_as(text, kind)).unwrap_or_else(|| ScalarValue::from(text)),
    }
}

/// A type in words.
fn named(kind: &DataType) -> String {
    match kind {
        DataType::Boolean => "true or false".to_owned(),
        kind if kind.is_integer() => "a whole number".to_owned(),
        kind if kind.is_numeric() => "a number".to_owned(),
        DataType::Timestamp(..) => "a time such as 2026-08-01T00:00:00Z".to_owned(),
        DataType::Date32 | DataType::Date64 => "a date such as 2026-08-01".to_owned(),
        DataType::Interval(_) | DataType::Duration(_) => "a span of time such as '7 days' or '12 hours'".to_owned(),
        other => other.to_string(),
    }
}
