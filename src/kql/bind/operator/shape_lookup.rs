//! `evaluate geo_polygon_lookup` and `evaluate geo_line_lookup`: places joined to the shapes that hold them or are near them.

use std::collections::HashSet;

use super::join::beside;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{ColumnId, Node, Plugin, Rel, ShapeLookup, Value};
use crate::kql::syntax::ast::{Call, NamedExpr};

const OF_POLYGONS: [&str; 8] = [
    "LookupTable",
    "LookupPolygonKey",
    "SourceLongitude",
    "SourceLatitude",
    "radius",
    "return_unmatched",
    "lookup_area_radius",
    "return_lookup_key",
];

const OF_LINES: [&str; 8] = [
    "LookupTable",
    "LookupLineKey",
    "SourceLongitude",
    "SourceLatitude",
    "radius",
    "return_unmatched",
    "lookup_area_radius",
    "return_lookup_key",
];

impl Binder<'_> {
    /// `lookup_area_radius` is a hint how to search, which changes no answer: it is checked, and nothing is made of it.
    pub(super) fn shape_lookup(&mut self, env: &Env, input: Rel, call: &Call) -> Bind<Rel> {
        let of_lines = call.name.text == "geo_line_lookup";
        let names = if of_lines { &OF_LINES } else { &OF_POLYGONS };
        let arguments = self.plugin_arguments(call, names)?;
        let [Some(table), Some(shape), Some(longitude), Some(latitude), radius, unmatched, area, key] = arguments
        else {
            return self.error_with(
                call.span,
                format!("`{}` is given too little", call.name),
                format!("write `evaluate {}(Table, Shape, Longitude, Latitude, …)`", call.name),
            );
        };
        let table = self.table(env, &table.expr)?;
        let of_table = Scope::row(env, &table.columns, table.visible);
        let Some(shape_column) = self.plain_column(&of_table, &shape.expr) else {
            return self.error(shape.span, "the shape is a column of the table");
        };
        if shape_column.kind != KustoType::Dynamic {
            let message = format!("`{}` is of type {}, and shapes are dynamic", shape_column.name, shape_column.kind);
            return self.error_with(shape.span, message, "read it with `parse_json(…)` before");
        }
        let scope = Scope::row(env, &input.columns, input.visible);
        let longitude = self.degrees(&scope, longitude)?;
        let latitude = self.degrees(&scope, latitude)?;
        let radius = self.option_metres(env, radius)?;
        if of_lines && radius.is_none() {
            return self.error(call.span, "`geo_line_lookup` takes a radius in metres behind the latitude");
        }
        self.option_metres(env, area)?;
        let keep_unmatched = self.option_truth(env, unmatched)?;
        let without: HashSet<ColumnId> = match self.option_truth(env, key)? {
            true => HashSet::new(),
            false => HashSet::from([shape_column.id]),
        };
        let (columns, visible) = beside([Some(&input), Some(&table)], &without);
        let shape = shape_column.id;
        let node = ShapeLookup { input, table, shape, longitude, latitude, radius, of_lines, keep_unmatched };
        self.rel(Node::Plugin(Box::new(Plugin::ShapeLookup(node))), columns, visible, false)
    }

    /// A column of numbers.
    fn degrees(&mut self, scope: &Scope, argument: &NamedExpr) -> Bind<ColumnId> {
        match self.plain_column(scope, &argument.expr) {
            Some(column) if matches!(column.kind, KustoType::Int | KustoType::Long | KustoType::Real) => Ok(column.id),
            Some(column) => {
                let message = format!("`{}` is of type {}, and degrees are numbers", column.name, column.kind);
                self.error_with(argument.span, message, "make them with `extend x = toreal(…)` before")
            }
            None => self.error(argument.span, "degrees are a column of the rows before"),
        }
    }

    fn option_metres(&mut self, env: &Env, argument: Option<&NamedExpr>) -> Bind<Option<f64>> {
        let Some(argument) = argument else { return Ok(None) };
        match self.named_expr(&mut Scope::bare(env), argument)?.as_literal() {
            Some(Value::Real(metres)) if *metres >= 0.0 && metres.is_finite() => Ok(Some(*metres)),
            Some(Value::Long(metres)) if *metres >= 0 => Ok(Some(*metres as f64)),
            Some(Value::Int(metres)) if *metres >= 0 => Ok(Some(f64::from(*metres))),
            _ => self.error(argument.span, "a constant number of metres is wanted here, which is not negative"),
        }
    }

    fn option_truth(&mut self, env: &Env, argument: Option<&NamedExpr>) -> Bind<bool> {
        let Some(argument) = argument else { return Ok(false) };
        match self.named_expr(&mut Scope::bare(env), argument)?.as_literal() {
            Some(Value::Bool(truth)) => Ok(*truth),
            _ => self.error(argument.span, "this is `true` or `false`"),
        }
    }
}
