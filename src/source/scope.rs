//! Of the data under the locations, the part that a query looks at.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use super::TimeRange;

/// What a query looks at; by default everything.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    /// Only rows whose event time is at its start or later, and before its end.
    pub window: TimeRange,
    /// Only these bytes.
    pub extents: Option<Arc<Extents>>,
}

/// Blobs by their name ([`super::Location::name_of`]), with the bytes to read of each.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extents(HashMap<String, Extent>);

/// What is read of a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Extent {
    /// All of it.
    Whole,
    /// These bytes: whole lines.
    Bytes(Range<u64>),
}

impl Extents {
    /// Adds a blob.
    pub fn add(&mut self, name: String, extent: Extent) {
        self.0.insert(name, extent);
    }

    /// What is read of a blob; `None` if nothing is.
    pub fn of(&self, name: &str) -> Option<&Extent> {
        self.0.get(name)
    }

    /// How many blobs are read.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True if nothing is read.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
