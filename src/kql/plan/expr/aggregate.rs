//! Calls of aggregates.

use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams};
use datafusion::logical_expr::{Expr as Plain, SortExpr, lit};

use super::super::error::Result;
use super::super::lowered::name;
use super::super::planner::Planner;
use super::super::relation::shape::absent;
use super::make::{aggregate, aggregate_call, dress, member, record};
use crate::catalog::KustoType;
use crate::kql::bind::tree::{AggregateCall, Output};

/// An aggregate as one call, and what of it becomes each column.
#[derive(Debug)]
pub struct Lowered {
    /// The call, under a name of its own.
    pub call: Plain,
    /// Each output's value over that name.
    pub outputs: Vec<(Output, Plain)>,
}

impl Planner<'_> {
    /// An aggregate over rows in an order. The call is named; the outputs, which are to be projected behind it, have the names of their
    /// columns.
    pub fn aggregate(&mut self, of: &AggregateCall, order: &[SortExpr]) -> Result<Lowered> {
        let function = of.function.canonical().name;
        let args = of.args.iter().map(|arg| self.expr(arg)).collect::<Result<Vec<_>>>()?;
        let fresh = self.fresh();
        let result = Plain::Column(datafusion::common::Column::new_unqualified(&fresh));
        if of.outputs.len() > 1 {
            return self.whole_row(of, function, args, fresh);
        }
        let (function, args) = match (function, args.len()) {
            ("count", 0) => ("count", vec![lit(1_i64)]),
            ("count", _) if of.args.first().is_some_and(|arg| arg.kind == KustoType::Bool) => ("countif", args),
            // Of what is no condition Kusto counts the rows, those without a value as well.
            ("count", _) => ("count", vec![lit(1_i64)]),
            ("arg_max", _) => ("max", args),
            ("arg_min", _) => ("min", args),
            ("passthrough", _) => ("take_any", args),
            (function, _) => (function, args),
        };
        let ordered = matches!(function, "make_list" | "make_list_with_nulls" | "make_list_if");
        let params = AggregateFunctionParams {
            args,
            distinct: false,
            filter: None,
            order_by: if ordered { order.to_vec() } else { Vec::new() },
            null_treatment: None,
        };
        let call = Plain::AggregateFunction(AggregateFunction { func: aggregate(function)?, params }).alias(fresh);
        let outputs = of.outputs.iter().map(|output| (*output, result.clone()));
        Ok(Lowered { call, outputs: outputs.map(finish).collect() })
    }

    /// Outputs that are of one row are kept together, as a record of those that anything needs.
    fn whole_row(&mut self, of: &AggregateCall, function: &str, args: Vec<Plain>, fresh: String) -> Result<Lowered> {
        let result = Plain::Column(datafusion::common::Column::new_unqualified(&fresh));
        let mut outputs = Vec::with_capacity(of.outputs.len());
        let mut fields = Vec::new();
        for (output, arg) in of.outputs.iter().zip(&args) {
            let value = match self.needed.contains(&output.id) {
                true => {
                    fields.push((name(output.id), arg.clone()));
                    member(result.clone(), &name(output.id))
                }
                false => absent(output.kind)?,
            };
            outputs.push(finish((*output, value)));
        }
        if fields.is_empty() {
            fields.push((fresh.clone(), lit(true)));
        }
        let row = record(fields.into_iter());
        let args = match function {
            "arg_max" | "arg_min" => args.into_iter().take(1).chain([row]).collect(),
            _ => vec![row],
        };
        Ok(Lowered { call: aggregate_call(function, args)?.alias(fresh), outputs })
    }
}

fn finish((output, value): (Output, Plain)) -> (Output, Plain) {
    let text = matches!(output.kind, KustoType::String | KustoType::Dynamic);
    let value = if text { dress(value, output.kind) } else { value };
    (output, value.alias(name(output.id)))
}
