//! What a report tells of a hunt's rows, taken down as they pass.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, SchemaRef, TimeUnit, TimestampSecondType};

use crate::engine::Answer;
use crate::hunt::{Entity, Sink, SinkError};
use crate::output::report::{HuntReport, Kind};
use crate::output::{self, Format, Style};

/// Rows of a hunt that are shown.
const FIRST: usize = 20;

/// Names of a kind that are counted; what comes after so many different ones is not told.
const NAMES: usize = 10_000;

/// Columns that name something, where a hunt does not say which do.
const NAMING: [(Kind, &[&str]); 3] = [
    (Kind::Device, &["DeviceName", "DestinationDeviceName", "TargetDeviceName"]),
    (
        Kind::Account,
        &["AccountUpn", "AccountName", "InitiatingProcessAccountName", "RecipientEmailAddress", "AccountDisplayName"],
    ),
    (Kind::Address, &["RemoteIP", "IPAddress", "IpAddress", "SenderIPv4", "DestinationIPAddress"]),
];

/// A sink that hands rows on and keeps what a report tells of them.
pub(super) struct Digest<'a> {
    sink: &'a mut dyn Sink,
    entities: Vec<Entity>,
    time: Option<usize>,
    naming: Vec<(Kind, usize)>,
    pub(super) report: HuntReport,
}

impl<'a> Digest<'a> {
    pub(super) fn of(entities: &[Entity], sink: &'a mut dyn Sink) -> Self {
        Self { sink, entities: entities.to_vec(), time: None, naming: Vec::new(), report: HuntReport::default() }
    }

    /// The columns that name things of a kind: those that the hunt says, else the first usual one that is there.
    fn naming(&self, kind: Kind, usual: &[&str], schema: &SchemaRef) -> Vec<usize> {
        let said = self.entities.iter().filter(|entity| kind_of(&entity.kind) == Some(kind));
        let said: Vec<usize> =
            said.flat_map(|entity| &entity.columns).filter_map(|name| schema.index_of(name).ok()).collect();
        if said.is_empty() {
            usual.iter().find_map(|name| schema.index_of(name).ok()).into_iter().collect()
        } else {
            said
        }
    }

    fn keep_first(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        let room = FIRST.saturating_sub(self.report.first.len());
        if room == 0 {
            return Ok(());
        }
        let rows = batch.slice(0, batch.num_rows().min(room));
        let buffer = Buffer::default();
        let mut writer = output::writer(Format::Jsonl, rows.schema(), Box::new(buffer.clone()), &Style::default())?;
        writer.write(&rows)?;
        writer.finish()?;
        drop(writer);
        for line in buffer.text().lines() {
            let row: serde_json::Map<String, serde_json::Value> = serde_json::from_str(line)?;
            let cell = |column: &String| match row.get(column) {
                None | Some(serde_json::Value::Null) => String::new(),
                Some(serde_json::Value::String(text)) => text.clone(),
                Some(other) => other.to_string(),
            };
            self.report.first.push(self.report.columns.iter().map(cell).collect());
        }
        Ok(())
    }

    fn count_hours(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        let Some(time) = self.time else { return Ok(()) };
        let seconds = cast(batch.column(time), &DataType::Timestamp(TimeUnit::Second, None))?;
        for second in seconds.as_primitive::<TimestampSecondType>().iter().flatten() {
            *self.report.hours.entry(second.div_euclid(3600)).or_default() += 1;
        }
        Ok(())
    }

    fn count_names(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        for &(kind, column) in &self.naming {
            let names = cast(batch.column(column), &DataType::Utf8)?;
            let counts: &mut BTreeMap<String, u64> = self.report.named.entry(kind).or_default();
            for name in names.as_string::<i32>().iter().flatten().filter(|name| !name.is_empty()) {
                if let Some(count) = counts.get_mut(name) {
                    *count += 1;
                } else if counts.len() < NAMES {
                    counts.insert(name.to_owned(), 1);
                }
            }
        }
        Ok(())
    }
}

/// The kind of an entity, by Sentinel's word for it or by the report's.
fn kind_of(word: &str) -> Option<Kind> {
    match word.to_ascii_lowercase().as_str() {
        "host" | "device" => Some(Kind::Device),
        "account" | "mailbox" | "user" => Some(Kind::Account),
        "ip" | "address" => Some(Kind::Address),
        _ => None,
    }
}

impl Sink for Digest<'_> {
    fn begin(&mut self, answer: &Answer) -> Result<(), SinkError> {
        let schema = answer.schema();
        self.report.columns = output::distinct(schema).fields().iter().map(|field| field.name().clone()).collect();
        let is_time = |index: &usize| matches!(schema.field(*index).data_type(), DataType::Timestamp(..));
        let usual = ["Timestamp", "TimeGenerated", "FirstSeen"].iter().filter_map(|name| schema.index_of(name).ok());
        self.time = usual.chain(0..schema.fields().len()).find(is_time);
        for (kind, usual) in NAMING {
            let columns = self.naming(kind, usual, schema);
            self.naming.extend(columns.into_iter().map(|column| (kind, column)));
        }
        self.sink.begin(answer)
    }

    fn rows(&mut self, batch: &RecordBatch) -> Result<(), SinkError> {
        self.keep_first(batch)?;
        self.count_hours(batch)?;
        self.count_names(batch)?;
        self.sink.rows(batch)
    }

    fn end(&mut self) -> Result<(), SinkError> {
        for (kind, names) in &self.report.named {
            if names.len() >= NAMES {
                let kind = kind.heading().to_lowercase();
                self.report
                    .notes
                    .push(format!("the rows name many {kind}; only the first {NAMES} different ones are counted"));
            }
        }
        self.sink.end()
    }
}

/// A sink in memory that can be read after its writer is gone.
#[derive(Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    fn text(&self) -> String {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(bytes).unwrap_or_default()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
