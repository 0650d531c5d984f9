//! Calls of the language's functions. Most are functions of the same name in [`crate::functions`]; here are the others.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::logical_expr::{Case, Expr as Plain, ScalarUDF};

use super::super::error::{PlanError, Result};
use super::super::planner::Planner;
use super::literal;
use super::make::{call, dress, scalar, text};
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Call, Expr, Value};
use crate::kql::facts::TypeClass;

/// A call of one value.
pub fn lower(planner: &mut Planner, of: &Call, kind: KustoType) -> Result<Plain> {
    if let Some(special) = special(planner, of, kind)? {
        return Ok(special);
    }
    let (function, args) = prepare(planner, of)?;
    let value = function.call(args);
    // Text functions answer null where an argument is.
    Ok(if kind == KustoType::String { dress(value, kind) } else { value })
}

/// The function of a call, and its arguments.
pub fn prepare(planner: &mut Planner, of: &Call) -> Result<(Arc<ScalarUDF>, Vec<Plain>)> {
    let name = of.function.name;
    let function = match planner.tables.function(name) {
        Some(function) => function,
        None => scalar(of.function.canonical().name).map_err(|error| match of.args.first() {
            Some(arg) => PlanError::at(arg.span, error.to_string()),
            None => error,
        })?,
    };
    let mut args = Vec::with_capacity(of.args.len());
    for (place, arg) in of.args.iter().enumerate() {
        let value = planner.expr(arg)?;
        args.push(match reads_text(of, place, arg) {
            true => planner.convert(value, arg.kind, KustoType::String)?,
            false => value,
        });
    }
    Ok((function, args))
}

/// Whether an argument that is no text is taken by its text form. Kusto takes any value for these, and a dynamic one for text.
fn reads_text(of: &Call, place: usize, arg: &Expr) -> bool {
    let name = of.function.canonical().name;
    let any = match name {
        "indexof" | "indexof_regex" | "strcmp" => place < 2,
        "substring" | "split" | "parse_command_line" | "regex_quote" | "isascii" | "strcat_delim" => place == 0,
        "unicode_codepoints_from_string" | "tolower" | "toupper" | "reverse" => place == 0,
        "strcat_array" => place == 1,
        "strrep" => place == 2,
        _ => false,
    };
    // What reads JSON looks at a dynamic value itself.
    let json = matches!(name, "parse_json" | "parse_xml" | "parse_csv" | "gettype" | "tostring");
    let parameter = || of.function.signatures.first().and_then(|signature| signature.parameters.get(place));
    let text = arg.kind == KustoType::Dynamic
        && !json
        && parameter().is_some_and(|parameter| parameter.types == TypeClass::Text);
    arg.kind != KustoType::String && (any || text)
}

/// The names of the values of a function that answers a record.
pub fn several(function: &ScalarUDF, args: usize) -> Result<Option<Vec<String>>> {
    let types = vec![DataType::Utf8View; args];
    Ok(match function.inner().return_type(&types)? {
        DataType::Struct(fields) => Some(fields.iter().map(|field| field.name().clone()).collect()),
        _ => None,
    })
}

/// DataFusion's functions of real numbers, which mean the same.
fn of_reals(name: &str) -> Option<Arc<ScalarUDF>> {
    use datafusion::functions::math;
    Some(match name {
        "atan" => math::atan(),
        "atan2" => math::atan2(),
        "cos" => math::cos(),
        "cot" => math::cot(),
        "degrees" => math::degrees(),
        "exp" => math::exp(),
        "pi" => math::pi(),
        "radians" => math::radians(),
        "sin" => math::sin(),
        "tan" => math::tan(),
        _ => return None,
    })
}

/// Whether the planner can lower calls of a function.
#[cfg(test)]
pub fn is_known(name: &str) -> bool {
    const SPECIAL: [&str; 8] =
        ["ago", "around", "coalesce", "estimate_data_size", "not", "now", "pack_all", "passthrough"];
    SPECIAL.contains(&name) || of_reals(name).is_some() || scalar(name).is_ok()
}

/// Functions whose form here is another.
fn special(planner: &mut Planner, of: &Call, kind: KustoType) -> Result<Option<Plain>> {
    let name = of.function.canonical().name;
    let first = of.args.first();
    Ok(Some(match (name, first) {
        ("now", None) => literal::moment(planner.tables.now()),
        ("now", Some(offset)) => {
            let offset = planner.expr(offset)?;
            call("kql_add", vec![literal::moment(planner.tables.now()), offset])?
        }
        ("ago", Some(span)) => ago(planner, span)?,
        ("not", Some(inner)) => Plain::Not(Box::new(planner.expr(inner)?)),
        ("isnull", Some(value)) if value.kind == KustoType::String => datafusion::logical_expr::lit(false),
        ("isnotnull", Some(value)) if value.kind == KustoType::String => datafusion::logical_expr::lit(true),
        ("isnull", Some(value)) => planner.expr(value)?.is_null(),
        ("isnotnull", Some(value)) => planner.expr(value)?.is_not_null(),
        ("isempty", Some(value)) if value.kind == KustoType::String => planner.expr(value)?.eq(text("")),
        ("isnotempty", Some(value)) if value.kind == KustoType::String => planner.expr(value)?.not_eq(text("")),
        ("isempty", Some(value)) if value.kind != KustoType::Dynamic => planner.expr(value)?.is_null(),
        ("isnotempty", Some(value)) if value.kind != KustoType::Dynamic => planner.expr(value)?.is_not_null(),
        ("coalesce", Some(_)) => coalesce(planner, &of.args, kind)?,
        ("extract", Some(_)) if of.args.len() == 4 => retyped(planner, of, 3, kind)?,
        ("extract_json", Some(_)) if of.args.len() == 3 => retyped(planner, of, 2, kind)?,
        ("percentile_tdigest", Some(_)) if of.args.len() == 3 => {
            let args = of.args.iter().take(2).map(|arg| planner.expr(arg)).collect::<Result<Vec<_>>>()?;
            let found = call("percentile_tdigest", args)?;
            planner.convert(found, KustoType::Dynamic, kind)?
        }
        ("estimate_data_size", _) => super::size::lower(planner, &of.args)?,
        ("around", Some(value)) => around(planner, value, &of.args)?,
        ("pack_all", Some(flag)) => pack_all(planner, flag, &of.args)?,
        (name, _) if of_reals(name).is_some() => {
            let Some(function) = of_reals(name) else { return Ok(None) };
            let mut args = Vec::with_capacity(of.args.len());
            for arg in &of.args {
                args.push(datafusion::logical_expr::cast(planner.expr(arg)?, DataType::Float64));
            }
            function.call(args)
        }
        _ => return Ok(None),
    }))
}

/// A moment before now; a constant, if the span is one, so that scans see it.
fn ago(planner: &mut Planner, span: &Expr) -> Result<Plain> {
    let now = planner.tables.now();
    if let Some(Value::Timespan(ticks)) = span.as_literal() {
        return Ok(literal::moment(now.saturating_sub(ticks.saturating_mul(100))));
    }
    let span = planner.expr(span)?;
    call("kql_subtract", vec![literal::moment(now), span])
}

/// The first value that is not null and, if it is text, not empty.
fn coalesce(planner: &mut Planner, args: &[Expr], kind: KustoType) -> Result<Plain> {
    let mut values = args.iter().map(|arg| planner.expr(arg)).collect::<Result<Vec<_>>>()?;
    if kind != KustoType::String {
        let value = datafusion::functions::core::coalesce().call(values);
        return Ok(dress(value, kind));
    }
    let last = values.pop();
    let cases = values.into_iter().map(|value| (Box::new(value.clone().not_eq(text(""))), Box::new(value)));
    Ok(Plain::Case(Case::new(None, cases.collect(), last.map(Box::new))))
}

/// A call whose last argument names the type into which its text is read.
fn retyped(planner: &mut Planner, of: &Call, args: usize, kind: KustoType) -> Result<Plain> {
    let args = of.args.iter().take(args).map(|arg| planner.expr(arg)).collect::<Result<Vec<_>>>()?;
    let found = call(of.function.canonical().name, args)?;
    match kind {
        KustoType::String => Ok(dress(found, kind)),
        KustoType::Dynamic => call("parse_json", vec![found]),
        _ => planner.convert(found, KustoType::String, kind),
    }
}

/// Whether a value lies within a distance of another.
fn around(planner: &mut Planner, value: &Expr, args: &[Expr]) -> Result<Plain> {
    let [_, center, delta] = args else { return Err(PlanError::refused("`around` takes three arguments")) };
    let (value, center, delta) = (planner.expr(value)?, planner.expr(center)?, planner.expr(delta)?);
    let low = call("kql_subtract", vec![center.clone(), delta.clone()])?;
    let high = call("kql_add", vec![center, delta])?;
    Ok(value.between(low, high))
}

/// All columns as a bag; without those that are null or empty, if the flag is true.
fn pack_all(planner: &mut Planner, flag: &Expr, args: &[Expr]) -> Result<Plain> {
    let pairs = args.iter().skip(1).map(|arg| planner.expr(arg)).collect::<Result<Vec<_>>>()?;
    let (present, all) = (call("bag_pack_present", pairs.clone())?, call("bag_pack", pairs)?);
    Ok(match flag.as_literal() {
        Some(Value::Bool(true)) => present,
        Some(_) => all,
        None => {
            let cases = vec![(Box::new(planner.truth(flag)?), Box::new(present))];
            dress(Plain::Case(Case::new(None, cases, Some(Box::new(all)))), KustoType::Dynamic)
        }
    })
}
