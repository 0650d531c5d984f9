//! From a predicate to needles: what the raw bytes of every record must hold for which the predicate can be true.
//!
//! Conservative by construction: an expression that is not understood asks for nothing. Of conditions joined by AND the one with the
//! longest needles serves; of those joined by OR each must give some.

use std::sync::Arc;

use datafusion::arrow::array::Array;
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::common::cast::as_string_array;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::ScalarFunctionExpr;
use datafusion::physical_expr::expressions::{
    BinaryExpr, CastExpr, Column as ColumnExpr, InListExpr, LikeExpr, Literal,
};
use datafusion::physical_plan::PhysicalExpr;

use super::Needle;
use crate::catalog::{Column, Feed, KustoType};

/// More needles than this are not looked for: building the search would cost more than it saves.
const MOST: usize = 10_000;

/// Shorter needles are in every record.
const SHORTEST: usize = 3;

/// The needles of a predicate over these columns; none if it asks for none.
pub fn needles(predicate: &Arc<dyn PhysicalExpr>, columns: &[Column]) -> Vec<Needle> {
    of(predicate, columns).filter(|needles| needles.len() <= MOST).unwrap_or_default()
}

fn of(expr: &Arc<dyn PhysicalExpr>, columns: &[Column]) -> Option<Vec<Needle>> {
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        return of_binary(binary, columns);
    }
    if let Some(like) = expr.downcast_ref::<LikeExpr>() {
        let pattern = constant(like.pattern()).filter(|pattern| !pattern.contains('\\'));
        return match (like.negated(), spelling(like.expr(), columns), pattern) {
            (false, Some(spelling), Some(pattern)) => {
                let run = pattern.split(['%', '_']).filter_map(|run| needle(run, like.case_insensitive(), spelling));
                run.max_by_key(|needle| needle.text.len()).map(|needle| vec![needle])
            }
            _ => None,
        };
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        let spelling = spelling(list.expr(), columns).filter(|_| !list.negated() && !list.is_empty())?;
        return list.list().iter().map(|text| needle(&constant(text)?, false, spelling)).collect();
    }
    let function = expr.downcast_ref::<ScalarFunctionExpr>()?;
    of_function(function.name(), function.args(), columns)
}

fn of_binary(binary: &BinaryExpr, columns: &[Column]) -> Option<Vec<Needle>> {
    let (left, right) = (binary.left(), binary.right());
    match binary.op() {
        Operator::And => match (of(left, columns), of(right, columns)) {
            (Some(a), Some(b)) => Some(if rarity(&a) >= rarity(&b) { a } else { b }),
            (one, other) => one.or(other),
        },
        Operator::Or => {
            let mut both = of(left, columns)?;
            both.extend(of(right, columns)?);
            Some(both)
        }
        Operator::Eq => {
            let (spelling, text) = match (spelling(left, columns), spelling(right, columns)) {
                (Some(spelling), _) => (spelling, constant(right)?),
                (None, spelling) => (spelling?, constant(left)?),
            };
            needle(&text, false, spelling).map(|needle| vec![needle])
        }
        _ => None,
    }
}

/// The text functions of `functions::term` and DataFusion's own of the same kind.
fn of_function(name: &str, args: &[Arc<dyn PhysicalExpr>], columns: &[Column]) -> Option<Vec<Needle>> {
    let (text, terms) = args.split_first()?;
    let spelling = spelling(text, columns)?;
    let any_case = match name {
        "has" | "hasprefix" | "hassuffix" | "contains_ci" | "startswith_ci" | "endswith_ci" | "equals_ci"
        | "has_any" | "has_all" | "in_ci" => true,
        "has_cs" | "hasprefix_cs" | "hassuffix_cs" | "contains" | "contains_cs" | "starts_with" | "startswith_cs"
        | "ends_with" | "endswith_cs" => false,
        _ => return None,
    };
    let mut texts = Vec::new();
    for term in terms {
        texts.extend(constants(term)?);
    }
    let needles = texts.iter().map(|text| needle(text, any_case, spelling));
    if name == "has_all" {
        return needles.flatten().max_by_key(|needle| needle.text.len()).map(|needle| vec![needle]);
    }
    needles.collect::<Option<Vec<_>>>().filter(|needles| !needles.is_empty())
}

/// Longer is rarer; of several the shortest decides.
fn rarity(needles: &[Needle]) -> usize {
    needles.iter().map(|needle| needle.text.len()).min().unwrap_or(0)
}

/// How the text that a predicate looks at is spelled, against the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Spelling {
    /// As in the record, but for JSON's escapes.
    AsWritten,
    /// The text form of a JSON value, which writes numbers and truth values its own way.
    OfValue,
}

/// The longest run of a text that lies in the raw bytes as it is.
fn needle(text: &str, any_case: bool, spelling: Spelling) -> Option<Needle> {
    let cut = |c: char| {
        c.is_control()
            || matches!(c, '"' | '\\' | '/' | ':' | ',' | '{' | '}' | '[' | ']' | char::REPLACEMENT_CHARACTER)
            || any_case && !c.is_ascii()
    };
    let runs = text.split(cut).filter(|run| run.len() >= SHORTEST);
    let run =
        runs.filter(|run| spelling == Spelling::AsWritten || !may_be_respelled(run)).max_by_key(|run| run.len())?;
    Some(Needle { text: run.to_owned(), any_case })
}

/// Whether a number or a truth value may have this in its text form: `1e3` becomes `1000`.
fn may_be_respelled(run: &str) -> bool {
    run.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'+' | b'-' | b'e' | b'E'))
        || ["true", "false", "nan", "-infinity"].iter().any(|word| word.contains(&run.to_ascii_lowercase()))
}

/// Functions that give a text as it is, null as the empty text maybe.
const SAME: [&str; 2] = ["as_dynamic", "kql_text"];

/// Functions that give a value of JSON that lies in the text they are given, or its text form.
const WITHIN: [&str; 3] = ["dynamic_path", "parse_json", "tostring"];

/// How the expression's text is spelled, if it is that of a property.
fn spelling(expr: &Arc<dyn PhysicalExpr>, columns: &[Column]) -> Option<Spelling> {
    if let Some(function) = expr.downcast_ref::<ScalarFunctionExpr>() {
        let inner = spelling(function.args().first()?, columns)?;
        return match function.name() {
            name if SAME.contains(&name) => Some(inner),
            name if WITHIN.contains(&name) => Some(Spelling::OfValue),
            _ => None,
        };
    }
    if let Some(cast) = expr.downcast_ref::<CastExpr>() {
        let text = matches!(cast.cast_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        return spelling(cast.expr(), columns).filter(|_| text);
    }
    let column = expr.downcast_ref::<ColumnExpr>().and_then(|column| columns.get(column.index()))?;
    let text = matches!(column.kind, KustoType::String | KustoType::Guid | KustoType::Dynamic);
    (text && matches!(column.feed, Feed::Properties(_))).then_some(Spelling::AsWritten)
}

fn constant(expr: &Arc<dyn PhysicalExpr>) -> Option<String> {
    let literal = expr.downcast_ref::<Literal>()?;
    literal.value().try_as_str().flatten().map(str::to_owned)
}

/// The texts of a constant text or list of texts; nulls match nothing.
fn constants(expr: &Arc<dyn PhysicalExpr>) -> Option<Vec<String>> {
    let value = expr.downcast_ref::<Literal>()?.value();
    let list = match value {
        ScalarValue::List(list) if list.len() == 1 && list.is_valid(0) => list.value(0),
        _ => return constant(expr).map(|text| vec![text]),
    };
    let texts = cast(&list, &DataType::Utf8).ok()?;
    Some(as_string_array(&texts).ok()?.iter().flatten().map(str::to_owned).collect())
}
