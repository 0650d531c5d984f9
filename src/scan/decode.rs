//! Records of one table into Arrow batches, only the columns that somebody wants.
//!
//! A row is read in one walk over its properties that notes where the wanted values lie; the cells are made afterwards, so that a
//! key that comes twice, or a value under two names, is settled before anything is appended. Rows of a table come with the same
//! keys in the same order nearly always, so a key is first compared with the one that stood there last time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::{Schema, SchemaRef};
use datafusion::arrow::error::ArrowError;

use super::cell::{CellBuilder, Misfit, Value};
use super::envelope::Record;
use super::keys::Keys;
use super::reject::{Place, RejectKind, Rejects, Told};
use crate::catalog::{Column, Feed, HuntingTable};
use crate::json::{Fault, Members, Span, canonical, skip_on_line, unescape};

/// Keys of a flat row that belong to its transport, not to the event.
const FLAT_ENVELOPE: [&str; 12] = [
    "Type",
    "TenantId",
    "SourceSystem",
    "_ResourceId",
    "_SubscriptionId",
    "MG",
    "ManagementGroupName",
    "TimeGenerated",
    "time",
    "category",
    "tenantId",
    "_TimeReceivedBySvc",
];

/// More distinct keys than this are not learned: some row makes them up.
const LEARNED_KEYS: usize = 4096;

/// With more wanted properties than this, walking an event once is faster than looking for each.
const LOOKED_FOR: usize = 7;

/// What a blob's name says, for the columns that tell of it.
#[derive(Debug, Clone, Default)]
pub struct BlobFacts {
    /// Where the blob lies, as people write it.
    pub file: String,
    /// The tenant that the path names.
    pub tenant: Option<String>,
}

/// Decodes records of one table.
pub struct RowDecoder {
    table: Arc<HuntingTable>,
    schema: SchemaRef,
    slots: Vec<Slot>,
    /// Properties that feed a wanted column, with their number.
    wanted: HashMap<String, usize>,
    /// Properties that are some column's, wanted or not; the others are extra.
    placed: HashSet<String>,
    wants_extra: bool,
    learned: Learned,
    /// The search for the wanted keys; `None` if events must be walked.
    keys: Option<Keys>,
    /// Where the row's wanted properties lie, by their number; an empty span is none.
    spans: Vec<Span>,
    /// Which of them are strings free of escapes.
    plain: Vec<bool>,
    extra: Vec<(Span, Span)>,
    rows: usize,
    bytes: usize,
}

struct Slot {
    name: String,
    source: Source,
    cells: CellBuilder,
}

enum Source {
    /// The first of these properties that is there and not null.
    Properties(Vec<usize>),
    Extra,
    File,
    Line,
    TimeReceived,
    /// The row's own property, else the envelope's, else the path's.
    Tenant(usize),
}

/// The keys in the order in which they were first seen, and what each is for.
#[derive(Default)]
struct Learned {
    keys: Vec<LearnedKey>,
    position: HashMap<Box<str>, usize>,
}

struct LearnedKey {
    /// The key as it stands between its neighbours: `,"key":`.
    spelled: Box<[u8]>,
    used: Use,
}

#[derive(Clone, Copy)]
enum Use {
    Wanted(usize),
    Extra,
    Nothing,
}

impl RowDecoder {
    /// A decoder for these columns of a table, in this order.
    pub fn new(table: &Arc<HuntingTable>, columns: &[Column]) -> Self {
        let mut wanted: HashMap<String, usize> = HashMap::new();
        let mut number = |name: &String| {
            let next = wanted.len();
            *wanted.entry(name.clone()).or_insert(next)
        };
        let slots: Vec<Slot> = columns
            .iter()
            .map(|column| Slot {
                name: column.name.clone(),
                cells: CellBuilder::new(column.kind),
                source: match &column.feed {
                    Feed::Properties(names) => Source::Properties(names.iter().map(&mut number).collect()),
                    Feed::Extra => Source::Extra,
                    Feed::File => Source::File,
                    Feed::Line => Source::Line,
                    Feed::TimeReceived => Source::TimeReceived,
                    Feed::TenantId => Source::Tenant(number(&"TenantId".to_owned())),
                },
            })
            .collect();
        let fields: Vec<_> = columns.iter().map(|column| column.kind.field(&column.name)).collect();
        let property_names = table.columns().iter().filter_map(|column| match &column.feed {
            Feed::Properties(names) => Some(names.clone()),
            Feed::TenantId => Some(vec!["TenantId".to_owned()]),
            _ => None,
        });
        Self {
            table: Arc::clone(table),
            keys: None,
            schema: Arc::new(Schema::new(fields)),
            spans: vec![Span::default(); wanted.len()],
            plain: vec![false; wanted.len()],
            wants_extra: slots.iter().any(|slot| matches!(slot.source, Source::Extra)),
            placed: property_names.flatten().collect(),
            slots,
            wanted,
            learned: Learned::default(),
            extra: Vec::new(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Lets the decoder look for the wanted keys in flat events instead of walking over all, if they are few. What is wrong elsewhere in
    /// an event then goes unseen.
    pub fn looking(self) -> Self {
        Self { keys: keys_to_look_for(&self.slots, &self.wanted), ..self }
    }

    /// The schema of the batches.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The table whose rows these are.
    pub fn table(&self) -> &Arc<HuntingTable> {
        &self.table
    }

    /// Rows since the last batch.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of the records since the last batch.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Appends a record as a row; a cell that does not fit is null and counted in `rejects`.
    ///
    /// # Errors
    /// [`Fault`] if the properties cannot be walked; then no row is appended.
    pub fn push(
        &mut self,
        record: &Record<'_>,
        blob: &BlobFacts,
        place: Place,
        rejects: &mut Rejects,
    ) -> Result<(), Fault> {
        if self.keys.is_some()
            && let Ok(nested) = skip_on_line(record.text.as_bytes(), record.properties)
            && nested.flat
        {
            let event = Span { start: record.properties, end: nested.end };
            if self.push_event(record.text.as_bytes(), event, blob, place, rejects) {
                return Ok(());
            }
        }
        self.find_values(record)?;
        for index in 0..self.slots.len() {
            self.append_cell(index, record, blob, place, rejects);
        }
        self.rows += 1;
        self.bytes += self.spans.iter().map(|span| span.end - span.start).sum::<usize>();
        self.bytes += self.extra.iter().map(|(key, value)| value.end - key.start).sum::<usize>();
        Ok(())
    }

    /// True if rows can be made of events alone, without their envelopes, and by looking for keys: see [`RowDecoder::push_event`].
    pub fn takes_events(&self) -> bool {
        self.keys.is_some()
    }

    /// Appends a row from an event, the span of an object that ends where it should and holds nothing nested, by looking for the wanted
    /// keys.
    ///
    /// False, and nothing is appended, if a key is not found as it is usually spelled: then the record must be read in full.
    pub fn push_event(
        &mut self,
        text: &[u8],
        event: Span,
        blob: &BlobFacts,
        place: Place,
        rejects: &mut Rejects,
    ) -> bool {
        let Some(keys) = &mut self.keys else { return false };
        if !keys.look_for(text, event, &mut self.spans) {
            return false;
        }
        // Where a column's first property says nothing, another may.
        let goes_on = |slot: &Slot| match &slot.source {
            Source::Properties(numbers) if numbers.len() > 1 => {
                numbers.first().is_some_and(|&number| value_of(text, self.spans[number]) == Value::Null)
            }
            _ => false,
        };
        if self.slots.iter().any(goes_on) {
            return false;
        }
        for index in 0..self.slots.len() {
            let Slot { source, cells, name } = &mut self.slots[index];
            let value = match source {
                Source::Properties(numbers) => {
                    numbers.first().map_or(Value::Null, |&number| value_of(text, self.spans[number]))
                }
                _ => {
                    cells.append_known(Some(&blob.file));
                    continue;
                }
            };
            if cells.append(value) == Err(Misfit) {
                let table = &self.table;
                rejects.add(RejectKind::Cell, place, || misfit(table, name, value));
            }
        }
        self.rows += 1;
        self.bytes += self.spans.iter().map(|span| span.end - span.start).sum::<usize>();
        true
    }

    /// Appends a row of which no column is wanted.
    pub fn push_nothing(&mut self) -> bool {
        self.rows += usize::from(self.slots.is_empty());
        self.slots.is_empty()
    }

    /// True if one of the record's keys is a property of this table; tells a bare row from any other object.
    pub fn knows_a_key_of(&self, record: &Record<'_>) -> bool {
        let Ok(mut members) = Members::enter(record.text.as_bytes(), record.properties) else { return false };
        while let Ok(Some(member)) = members.step() {
            if self.placed.contains(record.text.get(member.key.start..member.key.end).unwrap_or_default()) {
                return true;
            }
        }
        false
    }

    /// The rows since the last batch, as a batch.
    ///
    /// # Errors
    /// Arrow's, if the columns do not agree; that would be a defect of the decoder.
    pub fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        let columns = self.slots.iter_mut().map(|slot| slot.cells.finish()).collect();
        let options = RecordBatchOptions::new().with_row_count(Some(std::mem::take(&mut self.rows)));
        self.bytes = 0;
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }

    /// Walks the record's properties and notes where the wanted ones lie.
    fn find_values(&mut self, record: &Record<'_>) -> Result<(), Fault> {
        self.spans.fill(Span::default());
        self.extra.clear();
        if self.spans.is_empty() && !self.wants_extra {
            return Ok(());
        }
        let mut members = Members::enter(record.text.as_bytes(), record.properties)?;
        let mut position = 0;
        loop {
            let (key, used) = match self.learned.step(&mut members, &mut position) {
                Some(found) => found,
                None => {
                    let Some(key) = members.step_key()? else { return Ok(()) };
                    (key, self.use_of(record.text.get(key.start..key.end).unwrap_or_default(), &mut position))
                }
            };
            let (value, plain) = members.value()?;
            match used {
                Use::Wanted(number) => (self.spans[number], self.plain[number]) = (value, plain),
                Use::Extra if !(record.flat && is_of_envelope(record.text, key)) => self.extra.push((key, value)),
                Use::Extra | Use::Nothing => {}
            }
        }
    }

    /// What a key is for that does not stand where it was expected; `position` is where the walk stands in the learned order.
    fn use_of(&mut self, key: &str, position: &mut usize) -> Use {
        if let Some(&found) = self.learned.position.get(key) {
            *position = found + 1;
            return self.learned.keys[found].used;
        }
        let used = self.look_up(key);
        if self.learned.keys.len() < LEARNED_KEYS {
            self.learned.position.insert(key.into(), self.learned.keys.len());
            self.learned.keys.push(LearnedKey { spelled: format!(",\"{key}\":").into_bytes().into(), used });
            *position = self.learned.keys.len();
        }
        used
    }

    fn look_up(&self, key: &str) -> Use {
        let key = unescape(key);
        match self.wanted.get(key.as_ref()) {
            Some(&number) => Use::Wanted(number),
            None if self.wants_extra && !self.placed.contains(key.as_ref()) => Use::Extra,
            None => Use::Nothing,
        }
    }

    fn append_cell(
        &mut self,
        index: usize,
        record: &Record<'_>,
        blob: &BlobFacts,
        place: Place,
        rejects: &mut Rejects,
    ) {
        let Slot { name, source, cells } = &mut self.slots[index];
        let text_at = |number: usize| {
            let span = self.spans[number];
            record.text.get(span.start..span.end).unwrap_or_default()
        };
        let mut report = |value| rejects.add(RejectKind::Cell, place, || misfit(&self.table, name, value));
        let number = match source {
            Source::Properties(numbers) => numbers.iter().find(|&&number| !matches!(text_at(number), "" | "null")),
            Source::Tenant(number) if matches!(text_at(*number), "" | "null" | "\"\"") => {
                let tenant = record.tenant.as_deref().filter(|tenant| !tenant.is_empty());
                return cells.append_known(tenant.or(blob.tenant.as_deref()));
            }
            Source::Tenant(number) => Some(&*number),
            Source::TimeReceived => {
                let moment = record.received.or(record.time).map_or(Value::Null, Value::Text);
                return cells.append(moment).unwrap_or_else(|Misfit| report(moment));
            }
            Source::Extra => return cells.append_known(extra_object(record.text, &self.extra).as_deref()),
            Source::File => return cells.append_known(Some(&blob.file)),
            Source::Line => {
                return cells.append_long(i64::try_from(place.number()).ok().filter(|&number| number > 0));
            }
        };
        let Some(&number) = number else { return cells.append_null() };
        let text = text_at(number);
        // Nearly all cells are plain text: making a `Value` of it first costs more than the rest of the cell.
        let inside = if self.plain[number] { text.get(1..text.len() - 1) } else { None };
        let fits = match inside {
            Some(inside) => cells.append_plain(inside),
            None => cells.append(Value::of(text)),
        };
        fits.unwrap_or_else(|Misfit| report(Value::of(text)));
    }
}

impl Learned {
    /// Steps over the next key if it is the one that stood there last time, and tells what it is for.
    #[inline]
    fn step(&self, members: &mut Members<'_>, position: &mut usize) -> Option<(Span, Use)> {
        let learned = self.keys.get(*position)?;
        let key = members.step_key_if(&learned.spelled)?;
        *position += 1;
        Some((key, learned.used))
    }
}

fn is_of_envelope(text: &str, key: Span) -> bool {
    FLAT_ENVELOPE.iter().any(|name| name.as_bytes() == key.of(text.as_bytes()))
}

/// The search for the keys of the wanted columns, each's first, if looking for them is allowed and worth it.
fn keys_to_look_for(slots: &[Slot], wanted: &HashMap<String, usize>) -> Option<Keys> {
    let mut firsts: HashSet<usize> = HashSet::new();
    for slot in slots {
        match &slot.source {
            Source::Properties(numbers) => firsts.extend(numbers.first()),
            Source::File => {}
            _ => return None,
        }
    }
    let keys: Vec<(usize, &str)> = wanted
        .iter()
        .filter(|(_, number)| firsts.contains(number))
        .map(|(key, &number)| (number, key.as_str()))
        .collect();
    if keys.len() > LOOKED_FOR { None } else { Keys::new(&keys) }
}

/// The value at a span of a text that is known to be UTF-8 there.
fn value_of(text: &[u8], span: Span) -> Value<'_> {
    Value::of(std::str::from_utf8(span.of(text)).unwrap_or_default())
}

fn misfit<'a>(table: &'a HuntingTable, column: &'a str, value: Value<'a>) -> Told<'a> {
    let kind = table.column(column).map_or("", |column| column.kind.name());
    let text = match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Text(text) | Value::Number(text) | Value::Nested(text) | Value::Junk(text) => text,
    };
    let reason = format!("the value does not fit the column's type {kind}; the cell is null");
    Told { table: Some(table.name()), column: Some(column), reason, text: text.as_bytes() }
}

/// The JSON object of the properties that no column takes; `None` if all are null or there are none.
fn extra_object(text: &str, members: &[(Span, Span)]) -> Option<String> {
    let mut object = String::new();
    for (key, value) in members {
        let (key, value) = (text.get(key.start..key.end)?, text.get(value.start..value.end)?);
        if value == "null" {
            continue;
        }
        let quoted_key = format!("\"{key}\"");
        // A value that is no JSON is still evidence: it is kept as text.
        let value =
            canonical(value).map_or_else(|| serde_json::Value::from(value).to_string(), |json| json.into_owned());
        object.push(if object.is_empty() { '{' } else { ',' });
        object.push_str(&canonical(&quoted_key)?);
        object.push(':');
        object.push_str(&value);
    }
    if object.is_empty() {
        return None;
    }
    object.push('}');
    Some(object)
}
