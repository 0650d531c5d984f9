//! Functions that run over rows in order and remember what came before: numbers, sums, ranks, sessions.
//!
//! They take one row after the other and keep a few values only, so that a plan need not hold all rows for them.

use std::{ops::Range, sync::Arc};

use datafusion::{
    arrow::{
        array::{Array, ArrayRef, AsArray, BooleanArray, Decimal128Array, Float64Array, Int64Array},
        compute::cast,
        datatypes::{DataType, Decimal128Type, Field, FieldRef, Float64Type, Int64Type, TimeUnit},
        row::{OwnedRow, RowConverter, SortField},
    },
    common::{Result, ScalarValue, internal_datafusion_err, plan_err},
    logical_expr::{
        LimitEffect, PartitionEvaluator, WindowUDF, WindowUDFImpl,
        function::{PartitionEvaluatorArgs, WindowUDFFieldArgs},
    },
    physical_expr::PhysicalExpr,
};

use crate::functions::{
    definition::{Definition, Section, Words, defined},
    rows::check_kept,
    span::span_of,
};

/// The functions of this family.
pub(in crate::functions) fn functions() -> Vec<WindowUDF> {
    const ROWS: &str = "OVER (ORDER BY x) FROM (VALUES (3), (3), (5)) AS t(x)";
    let function = |what, arity: (usize, usize), syntax, description, call: &str, answer| {
        let query = format!("SELECT {call} {ROWS}");
        let words = Words { section: Section::Window, syntax, description, example: (&query, answer) };
        WindowUDF::from(Running { definition: Definition::new(words, (arity.0, Some(arity.1))), what })
    };
    vec![
        function(
            What::Number,
            (0, 2),
            "kusto_row_number([start [, restart]])",
            "The number of the row, from start (or 1) on, and from there again where restart holds.",
            "kusto_row_number(0)",
            "0; 1; 2",
        ),
        function(
            What::Sum,
            (1, 2),
            "row_cumsum(number [, restart])",
            "The sum of the numbers of this and all rows before, from 0 again where restart holds. NULLs add nothing.",
            "row_cumsum(x)",
            "3; 6; 11",
        ),
        function(
            What::RankDense,
            (1, 2),
            "row_rank_dense(value [, restart])",
            "A number that grows by one with each row whose value is another than that of the row before; 1 again where restart holds.",
            "row_rank_dense(x)",
            "1; 1; 2",
        ),
        function(
            What::RankMin,
            (1, 2),
            "row_rank_min(value [, restart])",
            "The number of the first row of those that follow each other with this row's value; counted from 1 again where restart holds.",
            "row_rank_min(x)",
            "1; 1; 3",
        ),
        function(
            What::Session,
            (3, 4),
            "row_window_session(time, longest, gap [, restart])",
            "The time at which the row's session began. Another session begins once longest has passed since its beginning, once gap has passed since the row before, and where restart holds.",
            "row_window_session(arrow_cast(x * 3600000000000, 'Timestamp(Nanosecond, None)'), '1d', '2h')",
            "1970-01-01T03:00:00; 1970-01-01T03:00:00; 1970-01-01T05:00:00",
        ),
    ]
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum What {
    Number,
    Sum,
    RankDense,
    RankMin,
    Session,
}

impl What {
    /// The place of the argument that says where to start anew.
    fn restart(self) -> usize {
        if self == What::Session { 3 } else { 1 }
    }

    /// The type of the answer, `None` if it cannot be computed of values of a type.
    fn answer(self, value: Option<&DataType>) -> Option<DataType> {
        match (self, value) {
            (What::Sum, Some(DataType::Null)) => Some(DataType::Int64),
            (What::Sum, Some(DataType::Int32)) => Some(DataType::Int32),
            (What::Sum, Some(DataType::Duration(unit))) => Some(DataType::Duration(*unit)),
            (What::Sum, Some(kind @ DataType::Decimal128(..))) => Some(kind.clone()),
            (What::Sum, Some(kind)) if kind.is_integer() => Some(DataType::Int64),
            (What::Sum, Some(kind)) if kind.is_floating() => Some(DataType::Float64),
            (What::Session, Some(DataType::Timestamp(_, zone))) => {
                Some(DataType::Timestamp(TimeUnit::Nanosecond, zone.clone()))
            }
            (What::Session, Some(DataType::Null)) => Some(DataType::Timestamp(TimeUnit::Nanosecond, None)),
            (What::Sum | What::Session, _) => None,
            (What::Number | What::RankDense | What::RankMin, _) => Some(DataType::Int64),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Running {
    definition: Definition,
    what: What,
}

impl Running {
    /// Refuses arguments that do not fit, and says what is answered for those that do.
    fn check(&self, fields: &[FieldRef]) -> Result<DataType> {
        let name = self.name();
        let kind = |place: usize| fields.get(place).map(|field| field.data_type()).filter(|kind| !kind.is_null());
        if let Some(other) = kind(self.what.restart()).filter(|kind| **kind != DataType::Boolean) {
            let place = self.what.restart() + 1;
            return plan_err!("{name}: argument {place}, restart, must be true or false, but it is {other}");
        }
        match (self.what, kind(0)) {
            (What::Number, Some(start)) if !start.is_integer() => {
                return plan_err!("{name}: argument 1, start, must be a whole number, but it is {start}");
            }
            (What::RankDense | What::RankMin, Some(value)) => check_kept(name, &[value])?,
            _ => {}
        }
        let value = fields.first().map(|field| field.data_type());
        match (self.what.answer(value), self.what) {
            (Some(kind), _) => Ok(kind),
            (None, What::Sum) => plan_err!("{name}: argument 1 must be a number or a time span"),
            (None, _) => plan_err!("{name}: argument 1 must be a time"),
        }
    }
}

impl WindowUDFImpl for Running {
    defined!();

    fn field(&self, args: WindowUDFFieldArgs) -> Result<FieldRef> {
        let kind = self.check(args.input_fields())?;
        let nullable = matches!(self.what, What::Sum | What::Session);
        Ok(Arc::new(Field::new(args.name(), kind, nullable)))
    }

    fn partition_evaluator(&self, args: PartitionEvaluatorArgs) -> Result<Box<dyn PartitionEvaluator>> {
        let kind = self.check(args.input_fields())?;
        let converter = match (self.what, args.input_fields().first()) {
            (What::RankDense | What::RankMin, Some(value)) => {
                Some(RowConverter::new(vec![SortField::new(value.data_type().clone())])?)
            }
            _ => None,
        };
        Ok(Box::new(Runner { name: self.definition.name, what: self.what, kind, converter, before: Before::default() }))
    }

    fn limit_effect(&self, _: &[Arc<dyn PhysicalExpr>]) -> LimitEffect {
        LimitEffect::None
    }
}

/// What is remembered of the rows before.
#[derive(Debug, Default)]
struct Before {
    /// Rows since the start.
    rows: i64,
    rank: i64,
    value: Option<OwnedRow>,
    whole: i128,
    real: f64,
    /// The session's beginning, and the time of the row before.
    session: Option<(i64, i64)>,
}

#[derive(Debug)]
struct Runner {
    name: &'static str,
    what: What,
    /// The type of the answer.
    kind: DataType,
    converter: Option<RowConverter>,
    before: Before,
}

impl Runner {
    /// The answers of some rows that follow those before.
    fn run(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        let restarts = values.get(self.what.restart()).map(|column| cast(column, &DataType::Boolean)).transpose()?;
        let restarts = restarts.as_ref().map(|column| column.as_boolean());
        match self.what {
            What::Number => self.numbers(values.first(), restarts, rows),
            What::RankDense | What::RankMin => self.ranks(argument(values, 0)?, restarts),
            What::Session => self.sessions(values, restarts),
            What::Sum => self.sums(argument(values, 0)?, restarts),
        }
    }

    fn numbers(&mut self, starts: Option<&ArrayRef>, restarts: Option<&BooleanArray>, rows: usize) -> Result<ArrayRef> {
        let starts = starts.map(|starts| cast(starts, &DataType::Int64)).transpose()?;
        let starts = starts.as_ref().map(|starts| starts.as_primitive::<Int64Type>());
        let before = &mut self.before;
        let number = |row| {
            if before.rows == 0 || holds(restarts, row) {
                let start = starts.map(|starts| if starts.is_valid(row) { starts.value(row) } else { 0 });
                before.rank = start.unwrap_or(1);
            } else {
                before.rank = before.rank.wrapping_add(1);
            }
            before.rows = 1;
            before.rank
        };
        Ok(Arc::new((0..rows).map(number).map(Some).collect::<Int64Array>()))
    }

    fn ranks(&mut self, values: &ArrayRef, restarts: Option<&BooleanArray>) -> Result<ArrayRef> {
        let converter = self.converter.as_ref().ok_or_else(|| internal_datafusion_err!("{}: no order", self.name))?;
        let rows = converter.convert_columns(&[Arc::clone(values)])?;
        let before = &mut self.before;
        let dense = self.what == What::RankDense;
        let mut ranks = Vec::with_capacity(values.len());
        for (row, value) in rows.iter().enumerate() {
            if holds(restarts, row) {
                *before = Before::default();
            }
            before.rows += 1;
            if before.value.as_ref().is_none_or(|before| before.row() != value) {
                before.rank = if dense { before.rank + 1 } else { before.rows };
                before.value = Some(value.owned());
            }
            ranks.push(before.rank);
        }
        Ok(Arc::new(Int64Array::from(ranks)))
    }

    fn sums(&mut self, values: &ArrayRef, restarts: Option<&BooleanArray>) -> Result<ArrayRef> {
        let before = &mut self.before;
        let restart = |row, before: &mut Before| {
            if holds(restarts, row) {
                *before = Before::default();
            }
        };
        if self.kind == DataType::Float64 {
            let numbers = cast(values, &DataType::Float64)?;
            let sum = |(row, number): (usize, Option<f64>)| {
                restart(row, before);
                before.real += number.unwrap_or(0.0);
                Some(before.real)
            };
            let numbers = numbers.as_primitive::<Float64Type>();
            return Ok(Arc::new(numbers.iter().enumerate().map(sum).collect::<Float64Array>()));
        }
        let numbers: Vec<Option<i128>> = match values.data_type() {
            DataType::Decimal128(..) => values.as_primitive::<Decimal128Type>().iter().collect(),
            _ => {
                cast(values, &DataType::Int64)?.as_primitive::<Int64Type>().iter().map(|n| n.map(i128::from)).collect()
            }
        };
        let sums = numbers.into_iter().enumerate().map(|(row, number)| {
            restart(row, before);
            before.whole = before.whole.saturating_add(number.unwrap_or(0));
            Some(before.whole)
        });
        match &self.kind {
            kind @ DataType::Decimal128(..) => {
                Ok(Arc::new(sums.collect::<Decimal128Array>().with_data_type(kind.clone())))
            }
            // A sum that the type cannot hold is null.
            kind => {
                let sums: Int64Array = sums.map(|sum| sum.and_then(|sum| i64::try_from(sum).ok())).collect();
                Ok(cast(&sums, kind)?)
            }
        }
    }

    fn sessions(&mut self, values: &[ArrayRef], restarts: Option<&BooleanArray>) -> Result<ArrayRef> {
        let times = cast(&cast(argument(values, 0)?, &self.kind)?, &DataType::Int64)?;
        let longest = span_of(self.name, argument(values, 1)?)?;
        let gap = span_of(self.name, argument(values, 2)?)?;
        let (longest, gap) = (longest.as_primitive::<Int64Type>(), gap.as_primitive::<Int64Type>());
        let before = &mut self.before;
        let passed = |from: i64, to: i64, span: &Int64Array, row: usize| {
            span.is_valid(row) && i128::from(to) - i128::from(from) >= i128::from(span.value(row))
        };
        let session = |(row, time): (usize, Option<i64>)| {
            before.session = time.map(|time| match before.session {
                Some((start, last))
                    if !holds(restarts, row) && !passed(start, time, longest, row) && !passed(last, time, gap, row) =>
                {
                    (start, time)
                }
                _ => (time, time),
            });
            before.session.map(|(start, _)| start)
        };
        let starts: Int64Array = times.as_primitive::<Int64Type>().iter().enumerate().map(session).collect();
        Ok(cast(&starts, &self.kind)?)
    }
}

fn argument(values: &[ArrayRef], place: usize) -> Result<&ArrayRef> {
    values.get(place).ok_or_else(|| internal_datafusion_err!("no argument {}", place + 1))
}

fn holds(truths: Option<&BooleanArray>, row: usize) -> bool {
    truths.is_some_and(|truths| truths.is_valid(row) && truths.value(row))
}

impl PartitionEvaluator for Runner {
    fn is_causal(&self) -> bool {
        true
    }

    fn evaluate_all(&mut self, values: &[ArrayRef], rows: usize) -> Result<ArrayRef> {
        self.run(values, rows)
    }

    /// One row, the one behind the last.
    fn evaluate(&mut self, values: &[ArrayRef], range: &Range<usize>) -> Result<ScalarValue> {
        let values: Vec<ArrayRef> = values.iter().map(|column| column.slice(range.start, 1)).collect();
        ScalarValue::try_from_array(&self.run(&values, 1)?, 0)
    }

    fn supports_bounded_execution(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    const FLIGHTS: &str = "OVER (ORDER BY p, n) FROM (VALUES ('A', 3), ('A', 3), ('A', 5), ('B', 2), ('B', 3), ('B', 3)) AS t(p, n) ORDER BY p, n";

    #[tokio::test]
    async fn rows_are_counted_summed_and_ranked() {
        for (call, answer) in [
            ("kusto_row_number()", "1; 2; 3; 4; 5; 6"),
            ("kusto_row_number(10)", "10; 11; 12; 13; 14; 15"),
            ("row_cumsum(n)", "3; 6; 11; 13; 16; 19"),
            ("row_cumsum(n / 2.0)", "1.5; 3.0; 5.5; 6.5; 8.0; 9.5"),
            ("row_rank_dense(n)", "1; 1; 2; 3; 4; 4"),
            ("row_rank_min(n)", "1; 1; 3; 4; 5; 5"),
            ("row_rank_min(p)", "1; 1; 1; 4; 4; 4"),
        ] {
            answers(&format!("{call} {FLIGHTS}"), answer).await;
        }
    }

    #[tokio::test]
    async fn a_restart_starts_anew() {
        const ROWS: &str = "FROM (SELECT p, n, p <> prev(p) OVER (ORDER BY p, n) AS r FROM (VALUES ('A', 3), ('A', 5), ('B', 2), ('B', 2), ('B', 4)) AS t(p, n)) ORDER BY p, n";
        for (call, answer) in [
            ("kusto_row_number(1, r)", "1; 2; 1; 2; 3"),
            ("row_cumsum(n, r)", "3; 8; 2; 4; 8"),
            ("row_rank_dense(n, r)", "1; 2; 1; 1; 2"),
            ("row_rank_min(n, r)", "1; 2; 1; 1; 3"),
        ] {
            answers(&format!("{call} OVER (ORDER BY p, n) {ROWS}"), answer).await;
        }
    }

    #[tokio::test]
    async fn nulls_and_great_sums() {
        const ROWS: &str = "OVER (ORDER BY k) FROM (VALUES (1, 5), (2, NULL), (3, NULL), (4, 9223372036854775807)) AS t(k, x) ORDER BY k";
        for (call, answer) in [
            ("row_cumsum(x)", "5; 5; 5; NULL"),
            ("row_rank_dense(x)", "1; 2; 2; 3"),
            ("row_cumsum(arrow_cast(k, 'Int32'))", "1; 3; 6; 10"),
        ] {
            answers(&format!("{call} {ROWS}"), answer).await;
        }
        answers("row_cumsum(x) OVER () FROM (SELECT 1 AS x) WHERE x > 1", "").await;
    }

    #[tokio::test]
    async fn sessions_end_by_length_gap_null_and_restart() {
        const ROWS: &str = "FROM (SELECT k, arrow_cast(m * 60000000000, 'Timestamp(Nanosecond, None)') AS t FROM (VALUES (1, 0), (2, 4), (3, 9), (4, 12), (5, NULL), (6, 13)) AS v(k, m))";
        let call =
            |call: &str| format!("date_part('minute', row_window_session({call}) OVER (ORDER BY k)) {ROWS} ORDER BY k");
        for (arguments, answer) in [
            ("t, '1h', '5m'", "0; 0; 9; 9; NULL; 13"),
            ("t, '9m', '1h'", "0; 0; 9; 9; NULL; 13"),
            ("t, '1h', '1h', k = 4", "0; 0; 0; 12; NULL; 13"),
            ("t, INTERVAL '1 hour', arrow_cast(60000000000, 'Duration(Nanosecond)')", "0; 4; 9; 12; NULL; 13"),
        ] {
            answers(&call(arguments), answer).await;
        }
    }

    #[tokio::test]
    async fn wrong_arguments_are_refused() {
        refuses("row_cumsum('a') OVER ()", "row_cumsum: argument 1 must be a number or a time span").await;
        refuses("row_cumsum(1, 2) OVER ()", "row_cumsum: argument 2, restart, must be true or false").await;
        refuses("kusto_row_number('a') OVER ()", "kusto_row_number: argument 1, start, must be a whole number").await;
        refuses("row_window_session(1, '1h', '1h') OVER ()", "row_window_session: argument 1 must be a time").await;
    }
}
