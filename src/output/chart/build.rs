//! From what is wanted and the rows to a chart: columns chosen, series gathered, summed, stacked and put on axes.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::SchemaRef;

use super::gather::{Gathered, gather};
use super::kind::{Kind, Stack};
use super::model::{Chart, Point, Series};
use super::roles::{Class, Roles, choose, classes};
use super::scale::{Scale, Unit};
use super::shape::{accumulate, order, slices, stack, sum_up, the_largest};
use super::value::{Values, short};
use super::wish::Wish;
use super::{shape, ticks};
use crate::output::OutputError;
use crate::output::human::count;

/// Values that a card shows.
const MOST_CARDS: usize = 12;

impl Chart {
    /// A chart of these rows.
    ///
    /// # Errors
    /// [`OutputError::Setting`] with a sentence, if the rows have no columns for such a chart; arrow's, for a column that breaks the
    /// rules of its type.
    pub fn new(wish: &Wish, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Self, OutputError> {
        match wish.kind {
            Kind::Table => {
                Err(OutputError::Setting("a table is rows, which are not drawn; name another chart".to_owned()))
            }
            Kind::Card => cards(wish, schema, batches),
            _ => drawn(wish, schema, batches),
        }
    }

    fn of(wish: &Wish) -> Self {
        Self {
            kind: wish.kind,
            stack: wish.stack,
            title: wish.title.as_deref().map(short).filter(|title| !title.is_empty()),
            x_title: String::new(),
            y_title: String::new(),
            x: Scale::of_names(Vec::new()),
            y: Scale::of_names(Vec::new()),
            slot: 1.0,
            series: Vec::new(),
            legend: wish.legend,
            cards: Vec::new(),
            notes: Vec::new(),
        }
    }
}

fn cards(wish: &Wish, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Chart, OutputError> {
    let mut chart = Chart::of(wish);
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(chart) };
    for (field, array) in schema.fields().iter().zip(batch.columns()).take(MOST_CARDS) {
        let value = Values::new(field, array, Class::Text)?.name(0);
        chart.cards.push((short(field.name()), value));
    }
    if schema.fields().len() > MOST_CARDS {
        chart.notes.push(format!("only the first {MOST_CARDS} columns are on the card"));
    }
    Ok(chart)
}

fn drawn(wish: &Wish, schema: &SchemaRef, batches: &[RecordBatch]) -> Result<Chart, OutputError> {
    let classes = classes(schema, batches);
    let (roles, mut notes) = choose(wish, schema, &classes).map_err(OutputError::Setting)?;
    let Gathered { mut series, names, left_out, beyond } = gather(schema, batches, &classes, &roles)?;
    let mut chart = Chart::of(wish);
    let unit = match roles.x.map(|x| classes[x]) {
        Some(Class::Text) => Unit::Names(names),
        Some(Class::Time | Class::Times) => Unit::Time,
        _ => Unit::Number,
    };
    if !roles.series.is_empty() {
        // Rows come in any order; a series has the same colour in each run.
        series.sort_by(|a, b| a.name.cmp(&b.name));
    }
    if wish.kind.sums_up() {
        series.iter_mut().for_each(sum_up);
    }
    if wish.kind != Kind::Scatter {
        series.iter_mut().for_each(order);
    }
    if wish.accumulate {
        series.iter_mut().for_each(accumulate);
    }
    if wish.kind == Kind::Pie {
        (series, chart.stack) = (slices(&series, &unit, &mut notes), Stack::None);
    } else {
        series = the_largest(series, &mut notes);
        chart.stack = stack(&mut series, wish.stack, wish.kind, &mut notes);
    }
    if left_out > 0 {
        notes.push(format!("{} without a place on the axis not drawn", count(left_out, "value")));
    }
    if beyond > 0 {
        let rows = count(beyond, "row");
        notes.push(format!(
            "{rows} with further names not drawn, there are too many; let the query sum up or take the top"
        ));
    }
    chart.series = series;
    chart.notes = notes;
    axes(&mut chart, wish, unit);
    titles(&mut chart, wish, schema, &classes, &roles);
    Ok(chart)
}

/// Lays out both axes.
fn axes(chart: &mut Chart, wish: &Wish, unit: Unit) {
    let points = || chart.series.iter().flat_map(|series| &series.points).filter(|point| point.y.is_some());
    let bars = matches!(chart.kind, Kind::Bar | Kind::Column);
    chart.slot = if matches!(unit, Unit::Names(_)) { 1.0 } else { shape::least_distance(&chart.series) };
    let x = match unit {
        Unit::Names(names) => Scale::of_names(names),
        unit => {
            // Bars at the ends need room, too.
            let half = if bars && !wish.x_log { chart.slot / 2.0 } else { 0.0 };
            let places = points().flat_map(|point| [point.x - half, point.x + half]);
            Scale::over(places, unit, wish.x_log, wish.x_ends)
        }
    };
    let tops = points().flat_map(|point| [Some(point.base).filter(|_| chart.kind.stands_on_zero()), point.y]).flatten();
    let on_zero = !wish.y_log && points().all(|point: &Point| point.y.is_none_or(|y| y >= 0.0));
    let values = tops.chain(on_zero.then_some(0.0));
    let mut y = Scale::over(values, Unit::Number, wish.y_log, wish.y_ends);
    if !y.log && chart.stack != Stack::Share {
        let room = y.max / 25.0 - y.min / 25.0;
        y.max = if wish.y_ends.1.is_none() { (y.max + room).min(f64::MAX / 2.0) } else { y.max };
        y.min = if wish.y_ends.0.is_none() && y.min < 0.0 { (y.min - room).max(f64::MIN / 2.0) } else { y.min };
    }
    (chart.x, chart.y) = (x, y);
}

fn titles(chart: &mut Chart, wish: &Wish, schema: &SchemaRef, classes: &[Class], roles: &Roles) {
    let name = |at: usize| short(schema.field(at).name());
    let places = chart.series.iter().flat_map(|series| &series.points).map(|point| point.x);
    let (first, last) = places.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)));
    let time = match chart.x.unit {
        Unit::Time => format!(" (UTC, {})", ticks::days(first, last)),
        _ => String::new(),
    };
    let x = roles.x.map_or_else(|| "row".to_owned(), name);
    chart.x_title = wish.x_title.as_deref().map(short).unwrap_or(x) + &time;
    let spans = roles.y.iter().all(|&at| classes[at] == Class::Span);
    let y: Vec<String> = roles.y.iter().map(|&at| name(at)).collect();
    let share = if chart.stack == Stack::Share {
        " (%)"
    } else if spans {
        " (s)"
    } else {
        ""
    };
    chart.y_title = wish.y_title.as_deref().map(short).unwrap_or_else(|| short(&y.join(", "))) + share;
    // One series that is named as its axis need not be named again.
    let alone = chart.series.len() <= 1 && chart.kind != Kind::Pie;
    chart.legend &= !(alone && roles.series.is_empty());
}

/// A series of one point, as a slice of a pie is.
pub(super) fn single(name: String, value: f64) -> Series {
    Series { name, points: vec![Point { x: 0.0, base: 0.0, y: Some(value), marked: false }] }
}
