//! Which column of an answer is what in a chart, by Kusto's rules.
//!
//! What the query names is taken. Else the first axis is the first column (of charts over time: the first column of times), values are
//! all columns of numbers that are left, and the first column of texts that is left tells series apart.

use datafusion::arrow::array::{Array, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Schema};

use super::kind::Kind;
use super::value::class_of_array;
use super::wish::Wish;
use crate::output::cell::{Column, is_json};
use crate::output::names;

/// What the cells of a column are to a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Number,
    Time,
    Span,
    /// An array of numbers in each cell, as `make-series` gives for values.
    Numbers,
    /// An array of times in each cell, as `make-series` gives for its axis.
    Times,
    Text,
}

impl Class {
    pub(super) fn is_array(self) -> bool {
        matches!(self, Self::Numbers | Self::Times)
    }
}

/// The columns of a chart, by place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Roles {
    /// None: the answer is one column of values, drawn in the order of the rows.
    pub(super) x: Option<usize>,
    pub(super) y: Vec<usize>,
    pub(super) series: Vec<usize>,
    /// For each column of `y`, the one that says what to mark.
    pub(super) marks: Vec<Option<usize>>,
}

/// The class of each column. Only rows tell whether a dynamic column holds arrays.
pub(super) fn classes(schema: &Schema, batches: &[RecordBatch]) -> Vec<Class> {
    let class = |(place, field): (usize, &std::sync::Arc<datafusion::arrow::datatypes::Field>)| match field.data_type()
    {
        DataType::Dictionary(_, values) => of_type(values),
        kind if is_json(field) || matches!(kind, DataType::List(_) | DataType::LargeList(_)) => {
            array(place, schema, batches).unwrap_or(Class::Text)
        }
        kind => of_type(kind),
    };
    schema.fields().iter().enumerate().map(class).collect()
}

fn of_type(kind: &DataType) -> Class {
    match kind {
        kind if kind.is_numeric() => Class::Number,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => Class::Time,
        DataType::Duration(_) => Class::Span,
        _ => Class::Text,
    }
}

/// What the first cell of a column that is not null is an array of, if it is one.
fn array(place: usize, schema: &Schema, batches: &[RecordBatch]) -> Option<Class> {
    batches.iter().find_map(|batch| {
        let column = batch.columns().get(place)?;
        let row = (0..column.len()).find(|&row| !column.is_null(row))?;
        let mut text = Vec::new();
        Column::new(schema.field(place), column).ok()?.text(row, &mut text);
        Some(class_of_array(&text))
    })?
}

/// Chooses the columns, and says what is left out.
///
/// # Errors
/// A sentence, if a named column is not there or the chart lacks a kind of column.
pub(super) fn choose(wish: &Wish, schema: &Schema, classes: &[Class]) -> Result<(Roles, Vec<String>), String> {
    let place = |name: &String| names::find(schema, name);
    let named_y = wish.y.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let named_series = wish.series.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let marks = wish.anomalies.iter().map(place).collect::<Result<Vec<_>, _>>()?;
    let taken = |at: usize| named_y.contains(&at) || named_series.contains(&at) || marks.contains(&at);
    let x = match &wish.x {
        Some(name) => Some(place(name)?),
        None => first_axis(wish.kind, classes, taken)?,
    };
    let free = |at: &usize| Some(*at) != x && !taken(*at);
    let arrays = x.is_some_and(|x| classes[x].is_array());
    let is_value = |at: &usize| match classes[*at] {
        Class::Number | Class::Span => !arrays,
        Class::Numbers => arrays,
        Class::Time | Class::Times | Class::Text => false,
    };
    let y =
        if named_y.is_empty() { (0..classes.len()).filter(free).filter(is_value).collect() } else { named_y.clone() };
    if let Some(&bad) = y.iter().find(|&at| !is_value(at)) {
        return Err(format!("column {} holds no numbers to draw", schema.field(bad).name()));
    }
    if y.is_empty() {
        return Err(format!("a {} needs a column of numbers", wish.kind));
    }
    let texts: Vec<usize> = (0..classes.len()).filter(free).filter(|at| classes[*at] == Class::Text).collect();
    let mut notes = Vec::new();
    let mut series = named_series;
    if series.is_empty() {
        series = texts.iter().copied().take(1).collect();
        if texts.len() > 1 {
            let rest: Vec<&str> = texts[1..].iter().map(|&at| schema.field(at).name().as_str()).collect();
            notes.push(format!(
                "not drawn: {}; series={},… tells series apart by them",
                rest.join(", "),
                schema.field(texts[0]).name()
            ));
        }
    }
    let marks = (0..y.len()).map(|at| marks.get(at).copied()).collect();
    Ok((Roles { x, y, series, marks }, notes))
}

/// The column of the first axis, where the query names none.
fn first_axis(kind: Kind, classes: &[Class], taken: impl Fn(usize) -> bool) -> Result<Option<usize>, String> {
    let free: Vec<usize> = (0..classes.len()).filter(|&at| !taken(at)).collect();
    let first = |class: Class| free.iter().copied().find(|&at| classes[at] == class);
    // Arrays of times are an axis where arrays are all there is to draw.
    let times = first(Class::Times).filter(|_| first(Class::Numbers).is_some());
    match kind {
        kind if kind.needs_time() => {
            let time = first(Class::Time).or(times);
            time.map(Some).ok_or_else(|| format!("a {kind} needs a column of times"))
        }
        Kind::Line | Kind::Area | Kind::Scatter => {
            let several = free.iter().filter(|&&at| classes[at] == Class::Number).count() > 1;
            let number = first(Class::Number).filter(|_| several || free.iter().any(|&at| classes[at] == Class::Span));
            Ok(first(Class::Time).or(times).or(number).or(first(Class::Text)))
        }
        // SQL may have the numbers first; Kusto never has.
        _ => {
            let numbers = free.iter().filter(|&&at| matches!(classes[at], Class::Number | Class::Span)).count();
            let is_axis = |at: &usize| numbers > 1 || !matches!(classes[*at], Class::Number | Class::Span);
            Ok(free.iter().copied().find(is_axis).filter(|_| free.len() > 1))
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::Field;

    use super::*;

    const N: Class = Class::Number;
    const T: Class = Class::Time;
    const S: Class = Class::Text;
    const A: Class = Class::Numbers;
    const AT: Class = Class::Times;

    fn chosen(wish: &Wish, classes: &[Class]) -> String {
        let names = ["a", "b", "c", "d"];
        let fields: Vec<_> =
            names[..classes.len()].iter().map(|name| Field::new(*name, DataType::Utf8, true)).collect();
        let schema = Schema::new(fields);
        let name = |at: &usize| names[*at];
        match choose(wish, &schema, classes) {
            Ok((roles, notes)) => {
                let list = |places: &[usize]| places.iter().map(name).collect::<Vec<_>>().join(",");
                let x = roles.x.as_ref().map_or("-", name);
                format!("x={x} y={} series={} {}", list(&roles.y), list(&roles.series), notes.join("; "))
            }
            Err(sentence) => sentence,
        }
    }

    #[test]
    fn columns_are_chosen_as_in_kusto() {
        let of = |kind: Kind, classes: &[Class]| chosen(&Wish::new(kind), classes);
        let cases = [
            of(Kind::Time, &[T, S, N]),
            of(Kind::Time, &[N, T, N]),
            of(Kind::Time, &[S, S, T, N]),
            of(Kind::Time, &[S, N]),
            of(Kind::Time, &[S, A, AT, A]),
            of(Kind::Area, &[A, AT]),
            of(Kind::Bar, &[S, N]),
            of(Kind::Bar, &[S, S, N, N]),
            of(Kind::Bar, &[N, S]),
            of(Kind::Column, &[N, N]),
            of(Kind::Column, &[T, N]),
            of(Kind::Pie, &[S, N]),
            of(Kind::Scatter, &[N, N, S]),
            of(Kind::Line, &[S, N]),
            of(Kind::Line, &[N]),
            of(Kind::Bar, &[S, S]),
        ];
        insta::assert_snapshot!(cases.join("\n"), @"
        x=a y=c series=b 
        x=b y=a,c series= 
        x=c y=d series=a not drawn: b; series=a,… tells series apart by them
        a timechart needs a column of times
        x=c y=b,d series=a 
        x=b y=a series= 
        x=a y=b series= 
        x=a y=c,d series=b 
        x=b y=a series= 
        x=a y=b series= 
        x=a y=b series= 
        x=a y=b series= 
        x=a y=b series=c 
        x=a y=b series= 
        x=- y=a series= 
        a barchart needs a column of numbers
        ");
    }

    #[test]
    fn what_the_query_names_is_taken() {
        let wish = Wish {
            x: Some("B".into()),
            y: vec!["c".into()],
            series: vec!["a".into(), "d".into()],
            ..Wish::new(Kind::Line)
        };
        insta::assert_snapshot!(chosen(&wish, &[S, T, N, S]), @"x=b y=c series=a,d");
        let wish = Wish { y: vec!["b".into()], ..Wish::new(Kind::Line) };
        insta::assert_snapshot!(chosen(&wish, &[T, S]), @"column b holds no numbers to draw");
        let wish = Wish { x: Some("when".into()), ..Wish::new(Kind::Line) };
        insta::assert_snapshot!(chosen(&wish, &[T, N]), @"the rows have no column when");
    }
}
