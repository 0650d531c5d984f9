//! Tables that no schema knows, made from what is seen of them.
//!
//! A new table of Defender's reaches a customer's storage before it reaches the catalogue. Its rows are read from the first records
//! of its blobs: the name from their category, a column from each property, a type from the values. Only the beginning of a few blobs
//! is read; a property that comes later is kept in `_Extra` like any unknown one.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::common::{DataFusionError, Result};

use super::cell::Value;
use super::envelope::{Found, Record, each_record};
use super::reader::{PieceReader, Reading, Step};
use super::reject::Rejects;
use super::time::parse_datetime;
use crate::catalog::{Catalog, HuntingTable, KustoType, strip_category_prefix};
use crate::json::{Members, unescape};
use crate::source::{Blob, BlobStore, Listing, Location};

/// Blobs whose path names no table that are looked into, newest first.
const UNNAMED_BLOBS: usize = 32;
/// Blobs of an unknown table that are looked into, newest first.
const NAMED_BLOBS: usize = 3;
/// Records of a blob that are looked at.
const RECORDS: u64 = 500;

/// The tables that the blobs' names or records tell of and the catalogue does not know.
///
/// # Errors
/// A location that cannot be listed; a blob that cannot be read is passed over.
pub async fn unknown_tables(locations: &[Location], listing: &Listing, catalog: &Catalog) -> Result<Vec<HuntingTable>> {
    let mut seen = Seen { catalog, tables: BTreeMap::new() };
    for location in locations {
        let blobs = listing.blobs(location).await.map_err(|error| DataFusionError::External(Box::new(error)))?;
        let looked_into = looked_into(&blobs, catalog);
        let store = location.blobs(looked_into.iter().map(|blob| blob.meta.clone()), &Arc::default());
        for blob in looked_into {
            let named = blob.facts.table.as_deref();
            let _a_blob_that_cannot_be_read_tells_nothing = seen.look_into(&store, blob, named).await;
        }
    }
    Ok(seen.tables.into_values().map(SeenTable::into_table).collect())
}

/// The blobs worth a look: some of each unknown table's, and some whose names tell nothing.
fn looked_into<'a>(blobs: &'a [Blob], catalog: &Catalog) -> Vec<&'a Blob> {
    let mut taken: HashMap<Option<&str>, usize> = HashMap::new();
    let mut newest: Vec<&Blob> = blobs.iter().collect();
    newest.sort_by_key(|blob| std::cmp::Reverse((blob.facts.hours.map(|hours| hours.start), blob.meta.last_modified)));
    newest.retain(|blob| {
        let named = blob.facts.table.as_deref();
        if named.is_some_and(|name| catalog.resolve(name).is_some()) {
            return false;
        }
        let count = taken.entry(named).or_default();
        *count += 1;
        *count <= if named.is_some() { NAMED_BLOBS } else { UNNAMED_BLOBS }
    });
    newest
}

struct Seen<'a> {
    catalog: &'a Catalog,
    tables: BTreeMap<String, SeenTable>,
}

impl Seen<'_> {
    async fn look_into(&mut self, store: &BlobStore, blob: &Blob, named: Option<&str>) -> Result<()> {
        let mut rejects = Rejects::default();
        let mut reader = PieceReader::open(store, &blob.meta, None, &Reading::default(), &mut rejects).await?;
        let mut records = 0;
        while records < RECORDS {
            match reader.step(&mut rejects).await? {
                Step::End => break,
                Step::Working => {}
                Step::Lines(..) => reader.took(0),
                Step::Piece(bytes, _) => each_record(&String::from_utf8_lossy(bytes), &mut |found| {
                    if let Found::Record(record) = found {
                        records += 1;
                        self.note(&record, named);
                    }
                }),
            }
        }
        Ok(())
    }

    fn note(&mut self, record: &Record<'_>, named: Option<&str>) {
        let category = record.category.as_deref().map(strip_category_prefix);
        let Some(name) = category.or(named).filter(|name| is_name(name) && self.catalog.resolve(name).is_none()) else {
            return;
        };
        let table = self.tables.entry(name.to_ascii_lowercase()).or_insert_with(|| SeenTable::new(name));
        if category.is_some() {
            name.clone_into(&mut table.name);
        }
        table.note(record);
    }
}

/// Table names are words; anything else in a category is not worth a table.
fn is_name(name: &str) -> bool {
    name.len() <= 128
        && name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

struct SeenTable {
    name: String,
    columns: Vec<(String, Option<KustoType>)>,
    position: HashMap<String, usize>,
}

impl SeenTable {
    fn new(name: &str) -> Self {
        Self { name: name.to_owned(), columns: Vec::new(), position: HashMap::new() }
    }

    fn note(&mut self, record: &Record<'_>) {
        let Ok(mut members) = Members::enter(record.text.as_bytes(), record.properties) else { return };
        while let Ok(Some(member)) = members.step() {
            let text = |span: crate::json::Span| record.text.get(span.start..span.end).unwrap_or_default();
            let key = unescape(text(member.key));
            let kind = kind_of(Value::of(text(member.value)));
            let columns = &mut self.columns;
            let at = *self.position.entry(key.to_ascii_lowercase()).or_insert_with(|| {
                columns.push((key.into_owned(), None));
                columns.len() - 1
            });
            let known = &mut columns[at].1;
            *known = join(*known, kind);
        }
    }

    fn into_table(self) -> HuntingTable {
        let columns: Vec<_> =
            self.columns.into_iter().map(|(name, kind)| (name, kind.unwrap_or(KustoType::String))).collect();
        HuntingTable::new(&self.name, &columns, &[])
    }
}

/// The type that a value suggests; nothing suggests none.
fn kind_of(value: Value<'_>) -> Option<KustoType> {
    match value {
        Value::Null | Value::Text("") | Value::Junk(_) => None,
        Value::Text(text) if text.len() >= 19 && text.contains('T') && parse_datetime(text).is_some() => {
            Some(KustoType::DateTime)
        }
        Value::Text(_) => Some(KustoType::String),
        Value::Bool(_) => Some(KustoType::Bool),
        Value::Number(digits) if digits.parse::<i64>().is_ok() => Some(KustoType::Long),
        Value::Number(_) => Some(KustoType::Real),
        Value::Nested(_) => Some(KustoType::Dynamic),
    }
}

/// The type that holds both.
fn join(a: Option<KustoType>, b: Option<KustoType>) -> Option<KustoType> {
    match (a, b) {
        (Some(a), Some(b)) if a != b => Some(match (a, b) {
            (KustoType::Dynamic, _) | (_, KustoType::Dynamic) => KustoType::Dynamic,
            (KustoType::Long, KustoType::Real) | (KustoType::Real, KustoType::Long) => KustoType::Real,
            _ => KustoType::String,
        }),
        (a, b) => a.or(b),
    }
}

/// A catalogue with the tables added to it.
pub fn extended(catalog: &Catalog, tables: Vec<HuntingTable>) -> Arc<Catalog> {
    let mut catalog = catalog.clone();
    for table in tables {
        catalog.insert(table);
    }
    Arc::new(catalog)
}
