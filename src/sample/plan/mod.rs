//! The plan: which blobs and dumps there will be, and which rows each holds. Nothing is written here.
//!
//! Every ordinary row has an ordinal in its table, and every ordinal is in one slice of one blob, so that the whole
//! location holds every row once. The blobs of the storage account come first, then hub dumps, then the export.

mod aside;
mod storage;

pub(super) use aside::WORKSPACE;

use super::clock::{Ticks, Window};
use super::frame::Frame;
use super::intrusion::Planted;
use super::options::{Layout, SampleOptions};
use super::quirk::Quirk;
use super::table::{TABLES, index_of};
use aside::{dump_weights, dumps, exports};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::ops::Range;
use storage::{deal_flaws, lend_rows, storage};

/// Of a thousand rows, so many are in hub dumps and in the export.
const HUB_SHARE: u64 = 120;
const EXPORT_SHARE: u64 = 60;

/// How the bytes of a blob are compressed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Codec {
    None,
    Gzip,
    Zstd,
}

/// Rows of one table, received in one window, that stand together in one blob.
pub(super) struct Slice {
    /// Index of the table in [`TABLES`].
    pub(super) table: usize,
    pub(super) window: Window,
    /// How many ordinary rows.
    pub(super) rows: u64,
    /// The ordinal of the first of them.
    pub(super) first: u64,
    /// The ordinals, of the table that leads their topic, that rows here may be about.
    pub(super) leaders: Range<u64>,
    /// The rows of the intrusion that belong here, as indexes of the list the plan was made from.
    pub(super) planted: Range<usize>,
}

/// One file to be.
pub(super) struct Blob {
    /// The path below the sample's folder, with `/`.
    pub(super) path: String,
    pub(super) frame: Frame,
    pub(super) codec: Codec,
    /// Whether rows are flat, as the export has them, and not in envelopes.
    pub(super) flat: bool,
    /// The table that the path names.
    pub(super) home: Option<usize>,
    /// Whether rows may have quirks.
    pub(super) quirks: bool,
    pub(super) flaws: Vec<Quirk>,
    pub(super) slices: Vec<Slice>,
}

impl Blob {
    fn new(path: String, frame: Frame, codec: Codec, slices: Vec<Slice>) -> Self {
        Self { path, frame, codec, flat: false, home: None, quirks: false, flaws: Vec::new(), slices }
    }
}

/// What one table has, hour by hour.
struct Share {
    table: usize,
    /// Rows of each hour's blob, of each hub dump, of each hour's export.
    blobs: Vec<u64>,
    dumps: Vec<u64>,
    exports: Vec<u64>,
}

/// Plans a sample. `planted` is sorted by table, then by time of receipt; `rows` are those besides it.
pub(super) fn plan(options: &SampleOptions, planted: &[Planted], rows: u64) -> Vec<Blob> {
    let hours = options.windows();
    let shares = shares(options, &hours, rows);
    if options.layout == Layout::OneRecordsDocument {
        let blobs = storage(options, &hours, &shares, planted);
        let slices = blobs.into_iter().flat_map(|blob| blob.slices).collect();
        return vec![Blob::new("records.json".to_owned(), Frame::Document, Codec::None, slices)];
    }
    let mut blobs = storage(options, &hours, &shares, planted);
    if options.quirks {
        deal_flaws(&mut blobs);
        lend_rows(&mut blobs);
    }
    blobs.extend(dumps(options, &hours, &shares));
    blobs.extend(exports(&hours, &shares));
    blobs
}

fn shares(options: &SampleOptions, hours: &[Window], rows: u64) -> Vec<Share> {
    let chosen: Vec<usize> = if options.only_tables.is_empty() {
        (0..TABLES.len()).collect()
    } else {
        options.only_tables.iter().filter_map(|name| index_of(name)).collect()
    };
    let weights: Vec<u64> = chosen.iter().map(|table| TABLES[*table].share).collect();
    let busy: Vec<u64> = hours.iter().map(|window| busyness(window.start.utc())).collect();
    let whole = options.layout == Layout::OneRecordsDocument;
    chosen
        .into_iter()
        .zip(apportion(rows, &weights))
        .map(|(table, rows)| {
            let aside = options.hub_dumps && !whole;
            let hub = if aside { rows * HUB_SHARE / 1000 } else { 0 };
            let export = if aside && TABLES[table].exported { rows * EXPORT_SHARE / 1000 } else { 0 };
            Share {
                table,
                blobs: apportion(rows - hub - export, &busy),
                dumps: apportion(hub, &dump_weights(options, hours.len())),
                exports: apportion(export, &busy),
            }
        })
        .collect()
}

/// Splits a whole by weights, exactly: the parts add up to it.
fn apportion(whole: u64, weights: &[u64]) -> Vec<u64> {
    let total: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    let mut reached = 0_u128;
    let mut given = 0_u64;
    let part = |weight: &u64| {
        reached += u128::from(*weight);
        let until = u64::try_from(u128::from(whole) * reached / total.max(1)).unwrap_or(whole);
        let part = until - given;
        given = until;
        part
    };
    weights.iter().map(part).collect()
}

/// How busy an hour is: people work by day and on weekdays, machines always.
fn busyness(hour: DateTime<Utc>) -> u64 {
    let machines = 10;
    let people = match hour.hour() {
        7..=8 | 17..=18 => 20,
        9..=11 | 13..=16 => 40,
        12 => 30,
        19..=21 => 6,
        _ => 1,
    };
    machines + if hour.weekday().number_from_monday() > 5 { people / 8 } else { people }
}

/// The part of a path that tells the hour of receipt.
fn hour_path(start: Ticks) -> String {
    start.utc().format("y=%Y/m=%m/d=%d/h=%H").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{BTreeMap, HashSet};

    fn options() -> SampleOptions {
        SampleOptions { rows: 20_000, hours: 30, ..SampleOptions::default() }
    }

    #[test]
    fn every_ordinal_is_in_one_slice() {
        let blobs = plan(&options(), &[], 20_000);
        let mut slices: BTreeMap<usize, Vec<Range<u64>>> = BTreeMap::new();
        for slice in blobs.iter().flat_map(|blob| &blob.slices) {
            slices.entry(slice.table).or_default().push(slice.first..slice.first + slice.rows);
        }
        let mut all = 0;
        for ranges in slices.values_mut() {
            ranges.sort_by_key(|range| range.start);
            let mut next = 0;
            for range in ranges.iter().filter(|range| !range.is_empty()) {
                assert_eq!(range.start, next);
                next = range.end;
            }
            all += next;
        }
        assert_eq!(all, 20_000);
    }

    #[test]
    fn no_two_blobs_share_a_path() {
        let blobs = plan(&options(), &[], 20_000);
        assert_eq!(blobs.iter().map(|blob| &blob.path).collect::<HashSet<_>>().len(), blobs.len());
    }

    #[test]
    fn parts_add_up() {
        assert_eq!(apportion(10, &[1, 1, 1]), [3, 3, 4]);
        assert_eq!(apportion(5, &[0, 7]), [0, 5]);
        assert_eq!(apportion(5, &[]), [0; 0]);
    }
}
