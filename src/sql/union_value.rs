//! JSON values, which are Arrow unions: how to tell them, and what stands for them where a union must not be.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema, Result};
use datafusion::logical_expr::expr::{ScalarFunction, Sort as SortKey};
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, Projection, try_cast};
use datafusion_functions_json::JSON_UNION_DATA_TYPE;
use datafusion_functions_json::udfs::{json_as_text_udf, json_union_to_text_udf};

static UNION: LazyLock<&'static DataType> = LazyLock::new(|| &JSON_UNION_DATA_TYPE);

/// True for a call of a JSON function.
pub(super) fn is_json_call(expr: &Expr) -> bool {
    matches!(expr, Expr::ScalarFunction(call) if call.func.name().starts_with("json_"))
}

/// True for the type of a JSON value.
pub(super) fn is_union_type(kind: &DataType) -> bool {
    kind == *UNION
}

/// True if the type is that of a JSON value or holds one.
pub(super) fn holds_union(kind: &DataType) -> bool {
    match kind {
        DataType::List(field)
        | DataType::LargeList(field)
        | DataType::FixedSizeList(field, _)
        | DataType::Map(field, _) => holds_union(field.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| holds_union(field.data_type())),
        other => is_union_type(other),
    }
}

/// True if the expression gives a JSON value.
pub(super) fn is_union(expr: &Expr, schema: &DFSchema) -> bool {
    expr.get_type(schema).is_ok_and(|kind| is_union_type(&kind))
}

/// The JSON text of a JSON value: `"a"`, `1`, `[1,2]`; null for a JSON null.
pub(super) fn json_text(union: Expr) -> Expr {
    json_union_to_text_udf().call(vec![union])
}

/// The number that a JSON text stands for, else null.
pub(super) fn number(json_text: Expr) -> Expr {
    try_cast(json_text, DataType::Float64)
}

/// The text of a JSON value as `->>` gives it: a string without its quotes.
pub(super) fn plain_text(union: Expr) -> Expr {
    match union.clone().unalias() {
        Expr::ScalarFunction(ScalarFunction { func, args }) if func.name() == "json_get" => {
            json_as_text_udf().call(args)
        }
        other => json_as_text_udf().call(vec![json_text(other)]),
    }
}

/// Sort keys without unions: a union gives way to its number and its JSON text, so that 9 stands before 10 and numbers before texts.
pub(super) fn sort_keys(keys: Vec<SortKey>, schema: &DFSchema) -> Vec<SortKey> {
    let mut plain = Vec::with_capacity(keys.len());
    for key in keys {
        if is_union(&key.expr, schema) {
            let text = json_text(key.expr.clone());
            plain.push(key.with_expr(number(text.clone())));
            plain.push(key.with_expr(text));
        } else {
            plain.push(key);
        }
    }
    plain
}

/// True if a column is a JSON value.
pub(super) fn has_union(schema: &DFSchema) -> bool {
    schema.fields().iter().any(|field| is_union_type(field.data_type()))
}

/// The plan with its unions as JSON text.
pub(super) fn as_text(plan: LogicalPlan) -> Result<LogicalPlan> {
    let schema = Arc::clone(plan.schema());
    project(plan, |_, column| if is_union(&column, &schema) { json_text(column) } else { column })
}

/// A projection of every column of a plan, each under its own name.
pub(super) fn project(plan: LogicalPlan, mut edit: impl FnMut(usize, Expr) -> Expr) -> Result<LogicalPlan> {
    let schema = Arc::clone(plan.schema());
    let columns = schema.iter().enumerate().map(|(at, (qualifier, field))| {
        let column = Expr::Column(Column::from((qualifier, field)));
        match edit(at, column.clone()) {
            same if same == column => same,
            edited => edited.alias_qualified(qualifier.cloned(), field.name()),
        }
    });
    Ok(LogicalPlan::Projection(Projection::try_new(columns.collect(), Arc::new(plan))?))
}
