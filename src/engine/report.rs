//! What is there, told without reading rows: tables, columns, locations.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{Engine, Error, ErrorKind};
use crate::catalog::KustoType;
use crate::source::{Blob, Location, TimeRange, Wanted};

/// What is there of one table, by the names of its blobs.
#[derive(Debug, Clone, Serialize)]
pub struct TableSummary {
    /// The table.
    pub name: String,
    /// Blobs whose path names it.
    pub blobs: u64,
    /// Their bytes, as stored.
    pub bytes: u64,
    /// The first hour of receipt.
    pub first_hour: Option<DateTime<Utc>>,
    /// The end of the last hour of receipt.
    pub last_hour: Option<DateTime<Utc>>,
    /// True if the catalogue knows its columns.
    pub known: bool,
}

/// A column of a table.
#[derive(Debug, Clone)]
pub struct ColumnInfo {
    /// The catalogue's spelling.
    pub name: String,
    /// Kusto's type.
    pub kind: KustoType,
    /// True if `*` does not give it.
    pub hidden: bool,
}

/// What the locations hold.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// One for each location.
    pub locations: Vec<LocationReport>,
}

/// What one location holds.
#[derive(Debug, Clone, Serialize)]
pub struct LocationReport {
    /// The location as given.
    pub location: String,
    /// All blobs.
    pub blobs: u64,
    /// Their bytes, as stored.
    pub bytes: u64,
    /// Layouts, each with its number of blobs.
    pub layouts: Vec<(String, u64)>,
    /// Tenants that paths name.
    pub tenants: Vec<String>,
    /// Tables that paths name.
    pub tables: Vec<TableSummary>,
    /// Blobs whose path names no table.
    pub unnamed_blobs: u64,
    /// Spans without any blob between the first and the last: start and end.
    pub gaps: Vec<(DateTime<Utc>, DateTime<Utc>)>,
}

impl Engine {
    /// The tables that blobs' paths name, over all locations.
    ///
    /// # Errors
    /// A location that cannot be listed.
    pub async fn tables(&self) -> Result<Vec<TableSummary>, Error> {
        self.tables_in(TimeRange::default()).await
    }

    /// The same of blobs of these hours of receipt, from the start to before the end, and of those whose names tell no hour. Of remote
    /// locations other months are not listed.
    ///
    /// # Errors
    /// As for [`Self::tables`].
    pub async fn tables_in(&self, received: TimeRange) -> Result<Vec<TableSummary>, Error> {
        let mut blobs = Vec::new();
        for location in self.inner.locations.iter() {
            blobs.extend(self.listed(location, &received).await?);
        }
        Ok(self.summaries(&blobs))
    }

    /// The columns of a table, the visible ones first.
    ///
    /// # Errors
    /// There is no such table.
    pub async fn describe(&self, table: &str) -> Result<Vec<ColumnInfo>, Error> {
        let unknown = || Error::new(ErrorKind::Query, format!("there is no table '{table}': SHOW TABLES lists them"));
        if self.inner.known.resolve(table).is_none() {
            self.discover().await?;
        }
        let catalog = self.inner.catalog();
        let table = catalog.resolve(table).ok_or_else(unknown)?;
        let info = |hidden: bool| {
            move |column: &crate::catalog::Column| ColumnInfo { name: column.name.clone(), kind: column.kind, hidden }
        };
        Ok(table
            .visible_columns()
            .iter()
            .map(info(false))
            .chain(table.hidden_columns().iter().map(info(true)))
            .collect())
    }

    /// What each location holds, told by the names of its blobs.
    ///
    /// # Errors
    /// A location that cannot be listed.
    pub async fn inspect(&self) -> Result<Inspection, Error> {
        self.inspect_in(TimeRange::default()).await
    }

    /// The same of blobs of these hours of receipt, as for [`Self::tables_in`].
    ///
    /// # Errors
    /// As for [`Self::inspect`].
    pub async fn inspect_in(&self, received: TimeRange) -> Result<Inspection, Error> {
        let mut locations = Vec::new();
        for location in self.inner.locations.iter() {
            let blobs = self.listed(location, &received).await?;
            locations.push(self.report(location, &blobs));
        }
        Ok(Inspection { locations })
    }

    async fn listed(&self, location: &Location, received: &TimeRange) -> Result<Vec<Blob>, Error> {
        let hours = Wanted::hours_of(received, Duration::ZERO, Duration::ZERO);
        let listed = self.inner.listing.wanted(location, &Wanted { hours, ..Wanted::default() }).await;
        let listed = listed.map_err(|error| Error::new(ErrorKind::Location, error.to_string()))?;
        Ok(listed.iter().filter(|blob| is_received_in(blob, received)).cloned().collect())
    }

    fn report(&self, location: &Location, blobs: &[Blob]) -> LocationReport {
        let mut layouts: BTreeMap<_, u64> = BTreeMap::new();
        for blob in blobs {
            *layouts.entry(blob.facts.layout).or_default() += 1;
        }
        let tenants: BTreeSet<String> = blobs.iter().filter_map(|blob| blob.facts.tenant.clone()).collect();
        LocationReport {
            location: location.given().to_owned(),
            blobs: blobs.len() as u64,
            bytes: blobs.iter().map(|blob| blob.meta.size).sum(),
            layouts: layouts.into_iter().map(|(layout, count)| (layout.name().to_owned(), count)).collect(),
            tenants: tenants.into_iter().collect(),
            tables: self.summaries(blobs),
            unnamed_blobs: blobs.iter().filter(|blob| blob.facts.table.is_none()).count() as u64,
            gaps: gaps(blobs),
        }
    }

    fn summaries(&self, blobs: &[Blob]) -> Vec<TableSummary> {
        let mut tables: BTreeMap<String, TableSummary> = BTreeMap::new();
        for blob in blobs {
            let Some(named) = &blob.facts.table else { continue };
            let known = self.inner.known.resolve(named);
            let name = known.map_or_else(|| named.clone(), |table| table.name().to_owned());
            let entry = tables.entry(name.clone()).or_insert_with(|| TableSummary {
                name,
                blobs: 0,
                bytes: 0,
                first_hour: None,
                last_hour: None,
                known: known.is_some(),
            });
            entry.blobs += 1;
            entry.bytes += blob.meta.size;
            if let Some(hours) = blob.facts.hours {
                entry.first_hour = Some(entry.first_hour.map_or(hours.start, |first| first.min(hours.start)));
                entry.last_hour = Some(entry.last_hour.map_or(hours.end, |last| last.max(hours.end)));
            }
        }
        tables.into_values().collect()
    }
}

/// True if a blob's hours touch a range of time, its end not included, or are not known.
fn is_received_in(blob: &Blob, range: &TimeRange) -> bool {
    let Some(hours) = blob.facts.hours else { return true };
    let time = |nanos: i64| DateTime::from_timestamp_nanos(nanos);
    range.start.is_none_or(|start| hours.end > time(start)) && range.end.is_none_or(|end| hours.start < time(end))
}

/// The spans between blobs' hours in which no blob lies.
fn gaps(blobs: &[Blob]) -> Vec<(DateTime<Utc>, DateTime<Utc>)> {
    let mut hours: Vec<_> = blobs.iter().filter_map(|blob| blob.facts.hours).collect();
    hours.sort_by_key(|hours| hours.start);
    let mut gaps = Vec::new();
    let mut covered: Option<DateTime<Utc>> = None;
    for span in hours {
        if let Some(end) = covered.filter(|end| *end < span.start) {
            gaps.push((end, span.start));
        }
        covered = Some(covered.map_or(span.end, |end| end.max(span.end)));
    }
    gaps
}
