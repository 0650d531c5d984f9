//! `evaluate basket` and `evaluate diffpatterns`: values that many rows have in common, or those of one kind and not of another.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, BooleanArray, Float64Array, Int64Array, RecordBatch, UInt32Array,
};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::compute::{cast, is_null, take};
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{Result as DataResult, ScalarValue, exec_err, internal_datafusion_err};
use datafusion::logical_expr::{Expr as Plain, lit};

use super::super::super::error::{PlanError, Result};
use super::super::super::lowered::{Lowered, column};
use super::super::super::planner::Planner;
use super::super::super::projection::projected;
use super::closed::{Pattern, Table};
use super::made;
use super::table::Work;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Mining, Rel};

/// Lowers the node.
pub fn lower(planner: &mut Planner, rel: &Rel, node: &Mining) -> Result<Lowered> {
    let plan = planner.rel(&node.input)?;
    let mut exprs: Vec<Plain> = node.dimensions.iter().map(|id| column(*id)).collect();
    if let Some(weight) = node.weight {
        let number = datafusion::logical_expr::cast(column(weight), DataType::Float64);
        exprs.push(number.alias(planner.fresh()));
    }
    if let Some(split) = &node.split {
        for value in &split.values {
            let equal = planner.value(&split.column, &plan)?.eq(lit(value.as_str()));
            exprs.push(equal.alias(planner.fresh()));
        }
    }
    let plan = projected(plan, exprs)?;
    let kinds = node.dimensions.iter().filter_map(|id| node.input.column(*id)).map(|own| own.kind);
    let mut wildcards = Vec::with_capacity(node.dimensions.len());
    for kind in kinds {
        let written = node.wildcards.iter().find(|wildcard| wildcard.kind == kind);
        wildcards.push(match (written, kind) {
            (Some(wildcard), _) => match planner.expr(wildcard)? {
                Plain::Literal(value, _) => Some(value),
                _ => return Err(PlanError::refused("a wildcard of a plugin is a constant")),
            },
            (None, KustoType::String) => Some(ScalarValue::Utf8View(Some(String::new()))),
            (None, _) => None,
        });
    }
    let work = Patterns {
        wildcards,
        weighted: node.weight.is_some(),
        differing: node.split.is_some(),
        threshold: node.threshold,
        most: node.most,
    };
    Ok(Lowered::unordered(made(plan, Arc::new(work), &rel.columns)?))
}

/// Rows, their dimensions first, then the weight if there is one, then for `diffpatterns` whether they are of each of the two kinds.
#[derive(Debug)]
struct Patterns {
    /// What stands for any value, by dimension; null without one.
    wildcards: Vec<Option<ScalarValue>>,
    weighted: bool,
    differing: bool,
    threshold: f64,
    most: usize,
}

/// A set of values with its weight among the rows of each kind.
struct Found {
    pattern: Pattern,
    weights: Vec<f64>,
}

impl Work for Patterns {
    fn name(&self) -> &'static str {
        if self.differing { "diffpatterns" } else { "basket" }
    }

    fn done(&self, rows: &RecordBatch) -> DataResult<Vec<ArrayRef>> {
        let dimensions = rows.columns().get(..self.wildcards.len()).unwrap_or_default();
        let mut rest = rows.columns().iter().skip(self.wildcards.len());
        let weights: Vec<f64> = match self.weighted {
            false => vec![1.0; rows.num_rows()],
            true => {
                let weights = rest.next().ok_or_else(|| internal_datafusion_err!("the weight is missing"))?;
                weights.as_primitive::<Float64Type>().iter().map(|weight| weight.unwrap_or_default().max(0.0)).collect()
            }
        };
        // What each row weighs among those of each kind.
        let kinds: Vec<Vec<f64>> = match self.differing {
            false => vec![weights],
            true => rest
                .map(|of_kind| {
                    let of_kind = of_kind.as_boolean();
                    let weight = |(row, weight): (usize, &f64)| {
                        if of_kind.is_valid(row) && of_kind.value(row) { *weight } else { 0.0 }
                    };
                    weights.iter().enumerate().map(weight).collect()
                })
                .collect(),
        };
        let (columns, firsts): (Vec<_>, Vec<_>) =
            dimensions.iter().map(numbered).collect::<DataResult<Vec<_>>>()?.into_iter().unzip();
        let table = Table { columns, rows: rows.num_rows() };
        let found = self.found(&table, &kinds)?;
        let mut out = self.numbers(&found, &kinds);
        for (place, (values, wildcard)) in dimensions.iter().zip(&self.wildcards).enumerate() {
            let first = |found: &Found| {
                let value = found.pattern.get(place).copied().flatten()?;
                firsts.get(place)?.get(value as usize).copied()
            };
            let taken = take(values, &found.iter().map(first).collect::<UInt32Array>(), None)?;
            out.push(match wildcard {
                Some(wildcard) => {
                    let kept: BooleanArray = is_null(&taken)?;
                    zip(&kept, &cast(&wildcard.to_array_of_size(taken.len())?, taken.data_type())?, &taken)?
                }
                None => taken,
            });
        }
        Ok(out)
    }
}

impl Patterns {
    fn found(&self, table: &Table, kinds: &[Vec<f64>]) -> DataResult<Vec<Found>> {
        let totals: Vec<f64> = kinds.iter().map(|weights| weights.iter().sum()).collect();
        let weigh = |has: &dyn Fn(usize) -> bool| -> Vec<f64> {
            let of_kind =
                |weights: &Vec<f64>| (0..table.rows).filter(|row| has(*row)).filter_map(|row| weights.get(row)).sum();
            kinds.iter().map(of_kind).collect()
        };
        let share = |(weight, total): (&f64, &f64)| if *total > 0.0 { weight / total } else { 0.0 };
        // Enough of the rows of one kind: else there cannot be enough of a difference either.
        let passes = |has: &dyn Fn(usize) -> bool| {
            weigh(has).iter().zip(&totals).any(|pair| share(pair) >= self.threshold && *pair.0 > 0.0)
        };
        let Ok(patterns) = table.closed(self.most, &passes) else {
            return exec_err!(
                "{}: there are more than 100000 patterns; raise the threshold, or choose fewer columns with project",
                self.name()
            );
        };
        let mut found: Vec<(f64, Found)> = patterns
            .into_iter()
            .map(|pattern| {
                let weights = weigh(&|row| table.holds(&pattern, row));
                let shares: Vec<f64> = weights.iter().zip(&totals).map(share).collect();
                let score = match shares.as_slice() {
                    [one] => *one,
                    [a, b] => (a - b).abs(),
                    _ => 0.0,
                };
                (score, Found { pattern, weights })
            })
            .filter(|(score, _)| *score >= self.threshold)
            .collect();
        found.sort_by(|(a, left), (b, right)| b.total_cmp(a).then_with(|| left.pattern.cmp(&right.pattern)));
        let mut chosen: Vec<Found> = Vec::new();
        for (_, one) in found {
            // Of differences the greatest, and none that says the same with more or fewer values.
            let related = |other: &Found| says(&one.pattern, &other.pattern) || says(&other.pattern, &one.pattern);
            if !self.differing || !chosen.iter().any(related) {
                chosen.push(one);
            }
        }
        Ok(chosen)
    }

    /// The columns before the dimensions.
    fn numbers(&self, found: &[Found], kinds: &[Vec<f64>]) -> Vec<ArrayRef> {
        let count = i64::try_from(found.len()).unwrap_or(i64::MAX);
        let mut out: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(0..count))];
        let of_kind = |kind: usize| found.iter().map(move |found| found.weights.get(kind).copied().unwrap_or_default());
        let digits = if self.differing { 100.0 } else { 10.0 };
        let percents: Vec<Vec<f64>> = kinds
            .iter()
            .enumerate()
            .map(|(kind, weights)| {
                let total: f64 = weights.iter().sum();
                of_kind(kind).map(|weight| (weight * 100.0 / total * digits).round() / digits).collect()
            })
            .collect();
        for kind in 0..kinds.len() {
            out.push(Arc::new(Int64Array::from_iter_values(of_kind(kind).map(|weight| weight.round() as i64))));
        }
        out.extend(percents.iter().map(|percents| Arc::new(Float64Array::from(percents.clone())) as ArrayRef));
        if let [a, b] = percents.as_slice() {
            let difference = a.iter().zip(b).map(|(a, b)| ((a - b).abs() * digits).round() / digits);
            out.push(Arc::new(Float64Array::from_iter_values(difference)));
        }
        out
    }
}

/// Whether a set has all values of another.
fn says(one: &Pattern, other: &Pattern) -> bool {
    one.iter().zip(other).all(|(own, wanted)| wanted.is_none() || own == wanted)
}

/// The values of a column as numbers, and the first row of each. Null and empty text are no values.
fn numbered(values: &ArrayRef) -> DataResult<(Vec<Option<u32>>, Vec<u32>)> {
    let converter = RowConverter::new(vec![SortField::new(values.data_type().clone())])?;
    let keys = converter.convert_columns(&[Arc::clone(values)])?;
    let texts = values.as_string_view_opt();
    let (mut known, mut firsts, mut numbers) = (HashMap::new(), Vec::new(), Vec::with_capacity(values.len()));
    for (row, key) in keys.iter().enumerate() {
        if values.is_null(row) || texts.is_some_and(|texts| texts.value(row).is_empty()) {
            numbers.push(None);
            continue;
        }
        let next = u32::try_from(firsts.len()).unwrap_or(u32::MAX);
        let number = *known.entry(key).or_insert(next);
        if number == next {
            firsts.push(u32::try_from(row).unwrap_or(u32::MAX));
        }
        numbers.push(Some(number));
    }
    Ok((numbers, firsts))
}
