//! What a query would read, told before it reads: planned like any other, and not run.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use super::kql::Prepared;
use super::{Engine, Error, ErrorKind, QueryOptions};
use crate::scan::context::ScanContext;

/// What a query would read at most: one that has its rows early stops early.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Price {
    /// Blobs that may hold the queried tables, before pruning by time. A table that is read twice counts twice.
    pub blobs_listed: u64,
    /// Blobs left out because their hour cannot hold the queried time.
    pub blobs_pruned: u64,
    /// Blobs to read.
    pub blobs: u64,
    /// Their bytes, as stored.
    pub bytes: u64,
    /// The hours of receipt that these blobs are of, each by its start. Blobs whose names tell no hour are not in it.
    pub hours: BTreeSet<DateTime<Utc>>,
}

impl Price {
    /// Adds what one plan would read.
    pub(super) fn add(&mut self, context: &ScanContext) {
        let counts = &context.counts;
        self.blobs_listed += counts.blobs_listed.get();
        self.blobs_pruned += counts.blobs_pruned.get();
        self.blobs += counts.blobs_planned.get();
        self.bytes += counts.bytes_planned.get();
        self.hours.extend(counts.hours.all().into_iter().filter_map(|hour| DateTime::from_timestamp(hour * 3600, 0)));
    }

    /// Adds what another query would read.
    pub fn join(&mut self, other: Self) {
        self.blobs_listed += other.blobs_listed;
        self.blobs_pruned += other.blobs_pruned;
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        self.hours.extend(other.hours);
    }

    /// The first hour and the end of the last one.
    pub fn span(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        Some((*self.hours.first()?, *self.hours.last()? + TimeDelta::hours(1)))
    }
}

impl Engine {
    /// What a SQL statement would read. Blobs are listed, none is opened.
    ///
    /// # Errors
    /// As for [`Engine::sql_with`], and if the statement is no query.
    pub async fn sql_price(&self, text: &str, options: &QueryOptions) -> Result<Price, Error> {
        let (query, parsed, explain) = self.understand(text, options).await?;
        let mut price = Price::default();
        let context = Arc::clone(query.context());
        if !query.dry(parsed).await.map_err(|error| explain(&error))? {
            return Err(Error::new(ErrorKind::Refused, "this statement reads no table"));
        }
        price.add(&context);
        Ok(price)
    }

    /// What a KQL script would read, all its results together. Blobs are listed, none is opened.
    ///
    /// # Errors
    /// As for [`Engine::kql_with`], and if what the script reads hangs on what it has read, as with `bag_unpack`.
    pub async fn kql_price(&self, text: &str, options: &QueryOptions) -> Result<Price, Error> {
        Prepared::unasked(self, text, options).await?.price().await
    }
}
