//! Rows to series: what a chart draws, taken from the columns that are chosen.

use std::collections::HashMap;

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{Schema, SchemaRef};

use super::model::{Point, Series};
use super::roles::{Class, Roles};
use super::value::Values;
use crate::output::OutputError;

/// Names along the first axis that are kept.
const MOST_NAMES: usize = 500;
/// Series that are told apart while rows are read; of these the largest are drawn.
const MOST_SERIES: usize = 5000;
/// Points that are kept over all series.
const MOST_POINTS: usize = 2_000_000;

/// Series as the rows have them.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    pub(super) series: Vec<Series>,
    /// The names along the first axis, if it has names: a point's place is the name's.
    pub(super) names: Vec<String>,
    /// Values that had no place on the axis or were no finite numbers, though not null.
    pub(super) left_out: u64,
    /// Rows with a name or a series after the last that is kept.
    pub(super) beyond: u64,
}

/// Gathers all rows.
///
/// # Errors
/// Arrow's, for a column that breaks the rules of its type.
pub(super) fn gather(
    schema: &SchemaRef,
    batches: &[RecordBatch],
    classes: &[Class],
    roles: &Roles,
) -> Result<Gathered, OutputError> {
    let mut gatherer = Gatherer {
        gathered: Gathered::default(),
        roles,
        y_names: roles.y.iter().map(|&at| super::value::short(schema.field(at).name())).collect(),
        named_x: roles.x.is_some_and(|x| classes[x] == Class::Text),
        arrays: roles.x.is_some_and(|x| classes[x].is_array()),
        names: HashMap::new(),
        keys: HashMap::new(),
        points: 0,
        row: 0,
    };
    for batch in batches {
        let columns = Columns::new(schema, batch, classes, roles)?;
        for row in 0..batch.num_rows() {
            gatherer.take(&columns, row);
        }
    }
    Ok(gatherer.gathered)
}

/// The columns of a batch that are drawn.
struct Columns {
    x: Option<Values>,
    y: Vec<Values>,
    series: Vec<Values>,
    marks: Vec<Option<Values>>,
}

impl Columns {
    fn new(schema: &Schema, batch: &RecordBatch, classes: &[Class], roles: &Roles) -> Result<Self, OutputError> {
        let values =
            |&at: &usize| Values::new(schema.field(at), batch.column(at), classes[at]).map_err(OutputError::from);
        Ok(Self {
            x: roles.x.as_ref().map(values).transpose()?,
            y: roles.y.iter().map(values).collect::<Result<_, _>>()?,
            series: roles.series.iter().map(values).collect::<Result<_, _>>()?,
            marks: roles.marks.iter().map(|at| at.as_ref().map(values).transpose()).collect::<Result<_, _>>()?,
        })
    }

    fn key(&self, row: usize) -> String {
        self.series.iter().map(|values| values.name(row)).collect::<Vec<_>>().join(", ")
    }
}

struct Gatherer<'a> {
    gathered: Gathered,
    roles: &'a Roles,
    y_names: Vec<String>,
    named_x: bool,
    arrays: bool,
    names: HashMap<String, usize>,
    /// The place of the first of a key's series; there is one for each column of values.
    keys: HashMap<String, usize>,
    points: usize,
    row: u64,
}

impl Gatherer<'_> {
    fn take(&mut self, columns: &Columns, row: usize) {
        self.row += 1;
        let Some(first) = self.series(columns.key(row)) else {
            self.gathered.beyond += 1;
            return;
        };
        if self.arrays {
            return self.take_arrays(columns, row, first);
        }
        let x = match &columns.x {
            None => Some(self.row as f64),
            Some(values) if self.named_x => match self.name(values.name(row)) {
                Some(place) => Some(place as f64),
                None => {
                    self.gathered.beyond += 1;
                    return;
                }
            },
            Some(values) => values.number(row),
        };
        let Some(x) = x else {
            self.gathered.left_out += 1;
            return;
        };
        for (place, values) in columns.y.iter().enumerate() {
            let mark = columns.marks.get(place).and_then(Option::as_ref).and_then(|marks| marks.number(row));
            self.push(first + place, x, values.number(row), mark);
        }
    }

    /// One row holds a whole series in each column.
    fn take_arrays(&mut self, columns: &Columns, row: usize, first: usize) {
        let xs = columns.x.as_ref().map(|values| values.elements(row)).unwrap_or_default();
        for (place, values) in columns.y.iter().enumerate() {
            let marks = columns.marks.get(place).and_then(Option::as_ref);
            let marks = marks.map(|marks| marks.elements(row)).unwrap_or_default();
            let ys = values.elements(row);
            for (at, x) in xs.iter().enumerate() {
                match x {
                    Some(x) => {
                        self.push(first + place, *x, ys.get(at).copied().flatten(), marks.get(at).copied().flatten())
                    }
                    None => self.gathered.left_out += 1,
                }
            }
        }
    }

    fn push(&mut self, series: usize, x: f64, y: Option<f64>, mark: Option<f64>) {
        if self.points >= MOST_POINTS {
            self.gathered.left_out += 1;
            return;
        }
        self.points += 1;
        // Zero has one sign, so that places compare.
        let marked = mark.is_some_and(|mark| mark != 0.0);
        self.gathered.series[series].points.push(Point { x: x + 0.0, base: 0.0, y, marked });
    }

    /// The place of a name along the first axis; none if there are too many.
    fn name(&mut self, name: String) -> Option<usize> {
        let next = self.names.len();
        if let Some(&place) = self.names.get(&name) {
            return Some(place);
        }
        (next < MOST_NAMES).then(|| {
            self.gathered.names.push(name.clone());
            self.names.insert(name, next);
            next
        })
    }

    /// The first series of a key; none if there are too many.
    fn series(&mut self, key: String) -> Option<usize> {
        if let Some(&first) = self.keys.get(&key) {
            return Some(first);
        }
        let first = self.gathered.series.len();
        if first + self.y_names.len() > MOST_SERIES {
            return None;
        }
        for name in &self.y_names {
            let name = match (self.roles.series.is_empty(), self.y_names.len()) {
                (true, _) => name.clone(),
                (false, 1) => key.clone(),
                (false, _) => format!("{key}: {name}"),
            };
            self.gathered.series.push(Series { name, points: Vec::new() });
        }
        self.keys.insert(key, first);
        Some(first)
    }
}
