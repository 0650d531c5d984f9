//! Where records go: into the rows of one table, or, for `huntql.rejects`, into the list of what could not be read.

use std::collections::HashMap;
use std::sync::Arc;

use datafusion::arrow::array::{Int64Array, RecordBatch, StringArray};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::common::Result;

use super::decode::{BlobFacts, RowDecoder};
use super::envelope::{Found, Record};
use super::needle::Needles;
use super::reject::{Place, Reject, RejectKind, Rejects, Told};
use super::shape::LineShape;
use crate::catalog::{Catalog, HuntingTable};
use crate::json::{Fault, Span};

/// Bytes of records in one batch at most, so that wide rows do not make huge batches.
const BATCH_BYTES: usize = 4 << 20;

/// Takes the records of one blob and gives batches.
pub trait Sink: Send {
    /// Takes a record, or what is none.
    fn take(&mut self, found: Found<'_>, piece: &str, place: Place, rejects: &mut Rejects);

    /// Takes whole lines from the start of `lines` that need not be cut out and unwrapped first; a line starts before `limit`, or is not
    /// taken. `place` is where the lines are.
    fn take_lines(&mut self, _lines: &[u8], _limit: usize, _place: Place, _rejects: &mut Rejects) -> Taken {
        Taken::default()
    }

    /// A batch, if enough has come together or, with `last`, if there is anything.
    ///
    /// # Errors
    /// Arrow's.
    fn batch(&mut self, last: bool, rejects: &mut Rejects) -> Result<Option<RecordBatch>>;
}

/// What a sink took of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Taken {
    /// Bytes, up to the end of a line.
    pub bytes: usize,
    /// Records.
    pub records: u64,
}

/// What a sink knows of its blob.
pub struct BlobOrigin {
    /// What the blob's name says.
    pub facts: BlobFacts,
    /// The table that the blob's path names.
    pub named: Option<Arc<HuntingTable>>,
    /// All tables, to tell a foreign record from one of an unknown category.
    pub catalog: Arc<Catalog>,
    /// Records of other tables than the named one are no rejects.
    pub mixed: bool,
}

impl BlobOrigin {
    /// The table of a record.
    ///
    /// # Errors
    /// Why it has none: the kind of reject, and the reason.
    fn table_of(&self, record: &Record<'_>) -> Result<&Arc<HuntingTable>, (RejectKind, String)> {
        match &record.category {
            Some(category) => self.catalog.table_of_category(category).ok_or_else(|| {
                (RejectKind::UnknownCategory, format!("no table is known for the category '{category}'"))
            }),
            None => self.named.as_ref().ok_or_else(|| {
                (RejectKind::NoTable, "the record has no category, and the blob's path names no table".to_owned())
            }),
        }
    }

    fn foreign(&self, table: &HuntingTable) -> Option<String> {
        let named = self.named.as_ref().filter(|named| !self.mixed && named.name() != table.name())?;
        Some(format!(
            "a record of {} in a blob of {}; --mixed reads it as a row of {}",
            table.name(),
            named.name(),
            table.name()
        ))
    }
}

/// Tells a fault or a stray as a reject.
fn reject_found(found: &Found<'_>, piece: &str, place: Place, rejects: &mut Rejects) {
    let (kind, span, reason) = match found {
        Found::Record(_) => return,
        Found::Fault(span, Fault::Cut) => (RejectKind::Cut, *span, "the record is cut off before its end".to_owned()),
        Found::Fault(span, Fault::Broken(at)) => (
            RejectKind::Broken,
            *span,
            format!("the record is not JSON from its byte {} on", at.saturating_sub(span.start)),
        ),
        Found::Stray(span) => (RejectKind::Stray, *span, "a value that is no record".to_owned()),
    };
    let place = Place { offset: place.offset + span.start as u64, ..place };
    rejects.add(kind, place, || Told::about(span.of(piece.as_bytes()), reason));
}

fn reject_record(
    record: &Record<'_>,
    place: Place,
    kind: RejectKind,
    table: Option<&str>,
    reason: String,
    rejects: &mut Rejects,
) {
    let text = Span { start: record.whole.start, end: record.whole.end }.of(record.text.as_bytes());
    rejects.add(kind, place, || Told { table, column: None, reason, text });
}

/// Pushes a record into a decoder; a record whose properties break is a reject.
fn push(decoder: &mut RowDecoder, record: &Record<'_>, origin: &BlobOrigin, place: Place, rejects: &mut Rejects) {
    let table = Arc::clone(decoder.table());
    if record.flat && record.category.is_none() && !decoder.knows_a_key_of(record) {
        let reason = format!("an object without envelope that has no column of {}", table.name());
        return reject_record(record, place, RejectKind::Stray, Some(table.name()), reason, rejects);
    }
    if decoder.push(record, &origin.facts, place, rejects).is_err() {
        let reason = "the event's properties are not JSON".to_owned();
        reject_record(record, place, RejectKind::Broken, Some(table.name()), reason, rejects);
    }
}

/// Rows of one table.
pub struct RowSink {
    decoder: RowDecoder,
    origin: BlobOrigin,
    batch_rows: usize,
    /// The last category and what it meant: nearly all records of a blob have the same.
    last: Option<(String, Verdict)>,
    needles: Option<Arc<Needles>>,
    /// Whether lines may be read by a learned look, the look, and how many records had another since.
    learns: bool,
    shape: Option<LineShape>,
    misses: usize,
}

/// After so many records of another look than the learned one, theirs is learned.
const MISSES: usize = 16;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Mine,
    Other,
    Lost,
}

impl RowSink {
    /// A sink that decodes with `decoder`.
    pub fn new(decoder: RowDecoder, origin: BlobOrigin, batch_rows: usize) -> Self {
        Self { decoder, origin, batch_rows, last: None, needles: None, learns: false, shape: None, misses: 0 }
    }

    /// Lets the sink take lines by their look. What is wrong inside of a line may then go unseen where nobody wants it.
    pub fn learning(self) -> Self {
        let decoder = self.decoder.looking();
        Self { learns: decoder.takes_events(), decoder, ..self }
    }

    /// Lets the sink pass over records that hold none of the needles: a message holds many records.
    pub fn sifting(self, needles: Arc<Needles>) -> Self {
        Self { needles: Some(needles), ..self }
    }

    /// Whether the record may hold a needle, if any is asked for.
    fn may_match(&self, record: &Record<'_>) -> bool {
        self.needles.as_ref().is_none_or(|needles| needles.may_be_in(record.whole.of(record.text.as_bytes())))
    }

    fn is_full(&self) -> bool {
        self.decoder.rows() >= self.batch_rows || self.decoder.bytes() >= BATCH_BYTES
    }

    /// Learns the look of a record of this table.
    fn learn(&mut self, piece: &str, record: &Record<'_>) {
        if self.learns && (self.shape.is_none() || self.misses >= MISSES) {
            self.shape = LineShape::of(piece, record);
            self.misses = 0;
        }
        self.misses += 1;
    }

    fn verdict(&self, record: &Record<'_>) -> Verdict {
        match self.origin.table_of(record) {
            Ok(table) if table.name() == self.decoder.table().name() => match self.origin.foreign(table) {
                None => Verdict::Mine,
                Some(_) => Verdict::Lost,
            },
            Ok(table) if self.origin.foreign(table).is_some() => Verdict::Lost,
            Ok(_) => Verdict::Other,
            Err(_) => Verdict::Lost,
        }
    }
}

impl Sink for RowSink {
    fn take(&mut self, found: Found<'_>, piece: &str, place: Place, rejects: &mut Rejects) {
        let Found::Record(record) = &found else { return reject_found(&found, piece, place, rejects) };
        let verdict = match (&self.last, &record.category) {
            (Some((last, verdict)), Some(category)) if *last == **category => *verdict,
            _ => self.verdict(record),
        };
        match verdict {
            Verdict::Mine if !self.may_match(record) => {}
            Verdict::Mine => {
                push(&mut self.decoder, record, &self.origin, place, rejects);
                self.learn(piece, record);
            }
            Verdict::Other => {}
            Verdict::Lost => reject_lost(record, &self.origin, place, rejects),
        }
        if let Some(category) = &record.category
            && self.last.as_ref().is_none_or(|(last, _)| *last != **category)
        {
            self.last = Some((category.clone().into_owned(), verdict));
        }
    }

    fn take_lines(&mut self, lines: &[u8], limit: usize, place: Place, rejects: &mut Rejects) -> Taken {
        let mut taken = Taken::default();
        let Some(shape) = &self.shape else { return taken };
        while taken.bytes < limit && !self.is_full() {
            let rest = lines.get(taken.bytes..).unwrap_or_default();
            let Some(line) = shape.read(rest) else { break };
            let event = Span { start: line.event, end: line.nested.end };
            let place = Place { offset: place.offset + taken.bytes as u64, ..place };
            let pushed = self.decoder.push_nothing()
                || line.nested.flat && self.decoder.push_event(rest, event, &self.origin.facts, place, rejects);
            if !pushed {
                break;
            }
            taken = Taken { bytes: taken.bytes + line.end, records: taken.records + 1 };
            self.misses = 0;
        }
        taken
    }

    fn batch(&mut self, last: bool, _: &mut Rejects) -> Result<Option<RecordBatch>> {
        let full = self.is_full();
        if full || last && self.decoder.rows() > 0 { Ok(Some(self.decoder.finish()?)) } else { Ok(None) }
    }
}

/// Tells why a record has no table, or why it is in the wrong place.
fn reject_lost(record: &Record<'_>, origin: &BlobOrigin, place: Place, rejects: &mut Rejects) {
    match origin.table_of(record) {
        Err((kind, reason)) => reject_record(record, place, kind, None, reason, rejects),
        Ok(table) => {
            let reason = origin.foreign(table).unwrap_or_default();
            reject_record(record, place, RejectKind::Foreign, Some(table.name()), reason, rejects);
        }
    }
}

/// The rows of `huntql.rejects`: everything of a blob is decoded, and what could not be read is kept.
pub struct RejectSink {
    decoders: HashMap<String, RowDecoder>,
    origin: BlobOrigin,
    kept: Vec<Reject>,
}

impl RejectSink {
    /// A sink for the rejects of one blob.
    pub fn new(origin: BlobOrigin) -> Self {
        Self { decoders: HashMap::new(), origin, kept: Vec::new() }
    }

    /// The columns of `huntql.rejects`.
    pub fn schema() -> SchemaRef {
        let text = |name: &str| Field::new(name, DataType::Utf8, true);
        let number = |name: &str| Field::new(name, DataType::Int64, true);
        let fields = [
            text("File"),
            number("Line"),
            number("Record"),
            number("Offset"),
            text("TableName"),
            text("ColumnName"),
            text("Kind"),
            text("Reason"),
            text("Text"),
        ];
        Arc::new(Schema::new(fields.to_vec()))
    }

    fn rows(&mut self) -> Result<RecordBatch> {
        let kept = std::mem::take(&mut self.kept);
        let number = |of: fn(&Place) -> u64| -> Arc<Int64Array> {
            let known = |place: &Place| i64::try_from(of(place)).ok().filter(|&number| number > 0);
            Arc::new(kept.iter().map(|reject| known(&reject.place)).collect())
        };
        let text = |of: fn(&Reject) -> Option<&str>| -> Arc<StringArray> { Arc::new(kept.iter().map(of).collect()) };
        let file: Arc<StringArray> = Arc::new(kept.iter().map(|_| Some(self.origin.facts.file.as_str())).collect());
        let offsets: Int64Array = kept.iter().map(|reject| i64::try_from(reject.place.offset).ok()).collect();
        let batch = RecordBatch::try_new(
            Self::schema(),
            vec![
                file,
                number(|place| place.line),
                number(|place| place.record),
                Arc::new(offsets),
                text(|reject| reject.table.as_deref()),
                text(|reject| reject.column.as_deref()),
                text(|reject| Some(reject.kind.name())),
                text(|reject| Some(&reject.reason)),
                text(|reject| Some(&reject.text)),
            ],
        )?;
        Ok(batch)
    }
}

impl Sink for RejectSink {
    fn take(&mut self, found: Found<'_>, piece: &str, place: Place, rejects: &mut Rejects) {
        let Found::Record(record) = &found else { return reject_found(&found, piece, place, rejects) };
        let table = match self.origin.table_of(record) {
            Ok(table) if self.origin.foreign(table).is_none() => Arc::clone(table),
            _ => return reject_lost(record, &self.origin, place, rejects),
        };
        let decoder = self
            .decoders
            .entry(table.name().to_owned())
            .or_insert_with(|| RowDecoder::new(&table, table.visible_columns()));
        push(decoder, record, &self.origin, place, rejects);
    }

    fn batch(&mut self, last: bool, rejects: &mut Rejects) -> Result<Option<RecordBatch>> {
        for decoder in self.decoders.values_mut().filter(|decoder| decoder.rows() >= 1024) {
            decoder.finish()?;
        }
        self.kept.extend(rejects.take());
        if self.kept.len() >= 1024 || last && !self.kept.is_empty() { self.rows().map(Some) } else { Ok(None) }
    }
}
