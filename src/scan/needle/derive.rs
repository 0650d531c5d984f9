//! From a predicate to needles: what the raw bytes of every record must hold for which the predicate can be true.
//!
//! Conservative by construction: an expression that is not understood asks for nothing. Of conditions joined by AND the one with the
//! rarest needles serves; of those joined by OR each must give some. Without a look at the data the longest are taken for the rarest.

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

use super::{Needle, pattern};
use crate::catalog::{Column, Feed, KustoType};

/// More needles than this are not looked for: building the search would cost more than it saves.
const MOST: usize = 10_000;

/// Shorter needles are in every record.
const SHORTEST: usize = 3;

/// The needles of a predicate over these columns; none if it asks for none.
pub fn needles(predicate: &Arc<dyn PhysicalExpr>, columns: &[Column]) -> Vec<Needle> {
    rarest(predicate, columns, &rarity)
}

/// The same, with a measure of how rare needles are: more is rarer.
pub fn rarest(
    predicate: &Arc<dyn PhysicalExpr>,
    columns: &[Column],
    rarity: &dyn Fn(&[Needle]) -> usize,
) -> Vec<Needle> {
    of(predicate, &Asked { columns, rarity }).filter(|needles| needles.len() <= MOST).unwrap_or_default()
}

/// What is asked of a predicate.
struct Asked<'a> {
    columns: &'a [Column],
    rarity: &'a dyn Fn(&[Needle]) -> usize,
}

fn of(expr: &Arc<dyn PhysicalExpr>, asked: &Asked<'_>) -> Option<Vec<Needle>> {
    let columns = asked.columns;
    if let Some(binary) = expr.downcast_ref::<BinaryExpr>() {
        return of_binary(binary, asked);
    }
    if let Some(like) = expr.downcast_ref::<LikeExpr>() {
        let pattern = constant(like.pattern()).filter(|pattern| !pattern.contains('\\'));
        return match (like.negated(), is_text(like.expr(), columns), pattern) {
            (false, true, Some(pattern)) => {
                let run = pattern.split(['%', '_']).filter_map(|run| needle(run, like.case_insensitive()));
                run.max_by_key(|needle| needle.text.len()).map(|needle| vec![needle])
            }
            _ => None,
        };
    }
    if let Some(list) = expr.downcast_ref::<InListExpr>() {
        if list.negated() || list.is_empty() || !is_text(list.expr(), columns) {
            return None;
        }
        return list.list().iter().map(|text| needle(&constant(text)?, false)).collect();
    }
    let function = expr.downcast_ref::<ScalarFunctionExpr>()?;
    of_function(function.name(), function.args(), columns)
}

fn of_binary(binary: &BinaryExpr, asked: &Asked<'_>) -> Option<Vec<Needle>> {
    let (left, right, columns) = (binary.left(), binary.right(), asked.columns);
    match binary.op() {
        Operator::And => match (of(left, asked), of(right, asked)) {
            (Some(a), Some(b)) => Some(if (asked.rarity)(&a) >= (asked.rarity)(&b) { a } else { b }),
            (one, other) => one.or(other),
        },
        Operator::Or => {
            let mut both = of(left, asked)?;
            both.extend(of(right, asked)?);
            Some(both)
        }
        Operator::Eq => {
            let text = if is_text(left, columns) {
                constant(right)?
            } else if is_text(right, columns) {
                constant(left)?
            } else {
                return None;
            };
            needle(&text, false).map(|needle| vec![needle])
        }
        Operator::RegexMatch | Operator::RegexIMatch if is_text(left, columns) => {
            pattern::needles(&constant(right)?, *binary.op() == Operator::RegexIMatch)
        }
        _ => None,
    }
}

/// The text functions of `functions::term` and DataFusion's own of the same kind.
fn of_function(name: &str, args: &[Arc<dyn PhysicalExpr>], columns: &[Column]) -> Option<Vec<Needle>> {
    let (text, terms) = args.split_first()?;
    if !is_text(text, columns) {
        return None;
    }
    if matches!((name, terms.len()), ("matches_regex" | "regexp_like", 1)) {
        return pattern::needles(&constant(terms.first()?)?, false);
    }
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
    let needles = texts.iter().map(|text| needle(text, any_case));
    if name == "has_all" {
        return needles.flatten().max_by_key(|needle| needle.text.len()).map(|needle| vec![needle]);
    }
    needles.collect::<Option<Vec<_>>>().filter(|needles| !needles.is_empty())
}

/// How rare needles are, as far as they tell themselves: longer is rarer, and of several the shortest decides.
pub fn rarity(needles: &[Needle]) -> usize {
    needles.iter().map(|needle| needle.text.len()).min().unwrap_or(0)
}

/// The longest run of a text that lies in the raw bytes as it is.
pub(super) fn needle(text: &str, any_case: bool) -> Option<Needle> {
    let cut = |c: char| {
        c.is_control()
            || matches!(c, '"' | '\\' | '/' | ':' | ',' | '{' | '}' | '[' | ']' | char::REPLACEMENT_CHARACTER)
            || any_case && !c.is_ascii()
    };
    let run = text.split(cut).max_by_key(|run| run.len()).filter(|run| run.len() >= SHORTEST)?;
    Some(Needle { text: run.to_owned(), any_case })
}

/// Functions that give the text of what they are given, or of a part of it, as it lies in the record. Null may become the empty text.
/// Numbers keep their spelling in all of them; the random questions of `tests/suite/shortcuts.rs` would tell if one began to respell.
const TEXT_OF: [&str; 5] = ["as_dynamic", "dynamic_path", "kql_text", "parse_json", "tostring"];

/// True if the expression is the text of a property, as it lies in the record.
fn is_text(expr: &Arc<dyn PhysicalExpr>, columns: &[Column]) -> bool {
    if let Some(function) = expr.downcast_ref::<ScalarFunctionExpr>() {
        let of = function.args().first();
        return TEXT_OF.contains(&function.name()) && of.is_some_and(|of| is_text(of, columns));
    }
    if let Some(cast) = expr.downcast_ref::<CastExpr>() {
        let text = matches!(cast.cast_type(), DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View);
        return text && is_text(cast.expr(), columns);
    }
    let column = expr.downcast_ref::<ColumnExpr>().and_then(|column| columns.get(column.index()));
    column.is_some_and(|column| {
        matches!(column.feed, Feed::Properties(_))
            && matches!(column.kind, KustoType::String | KustoType::Guid | KustoType::Dynamic)
    })
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
