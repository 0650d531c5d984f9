//! The plan: which blobs and dumps there will be, and which rows each holds. Nothing is written here.
//!
//! Every ordinary row has an ordinal in its table, and every ordinal is in one slice of one blob, so that the whole
//! location holds every row once. The blobs of the storage account come first, then hub dumps, then the export.

use super::clock::{Ticks, Window};
use super::company::TENANT;
use super::frame::{CaptureCodec, Frame};
use super::intrusion::Planted;
use super::options::{Compression, Layout, SampleOptions};
use super::quirk::Quirk;
use super::table::{TABLES, index_of, leader_of};
use chrono::{DateTime, Datelike, Timelike, Utc};
use std::ops::Range;

/// The Log Analytics workspace that exports.
pub(super) const WORKSPACE: &str = "c1f0a7d2-83b5-4e19-b6d4-0a9e52c7f318";
const WORKSPACE_PATH: &str = "WorkspaceResourceId=/subscriptions/7d2e9b40-51c8-4f6a-8e03-b94d1c6a2f57/resourcegroups/rg-soc/providers/microsoft.operationalinsights/workspaces/law-larkspur";
const HUB_PATH: &str = "hub/larkspur-evhns/insights-logs-advancedhunting";

/// Of a thousand rows, so many are in hub dumps and in the export.
const HUB_SHARE: u64 = 120;
const EXPORT_SHARE: u64 = 60;

/// Hub dumps that are one file each, for the whole time of the sample.
const DUMPS: [(&str, Frame, Codec); 9] = [
    ("messages.jsonl", Frame::Messages, Codec::None),
    ("messages-pretty.json", Frame::Pretty, Codec::None),
    ("messages-concatenated.json", Frame::Concatenated, Codec::None),
    ("messages-wrapped.jsonl", Frame::Wrapped, Codec::None),
    ("records.jsonl", Frame::Records, Codec::None),
    ("records-array.json", Frame::Array, Codec::None),
    ("messages.jsonl.gz", Frame::Messages, Codec::Gzip),
    ("records.jsonl.zst", Frame::Records, Codec::Zstd),
    ("messages-kcat.json", Frame::Concatenated, Codec::Gzip), // its name does not say so
];

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
    let hours = hours(options);
    let shares = shares(options, hours.len(), rows);
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

/// The hours of receipt that the sample covers.
pub(super) fn hours(options: &SampleOptions) -> Vec<Window> {
    let end = Ticks::from_utc(options.end);
    (0..i64::from(options.hours))
        .map(|hour| {
            let start = end.minus(Ticks((i64::from(options.hours) - hour) * Ticks::HOUR.0));
            Window { start, length: Ticks::HOUR }
        })
        .collect()
}

fn shares(options: &SampleOptions, hours: usize, rows: u64) -> Vec<Share> {
    let chosen: Vec<usize> = if options.only_tables.is_empty() {
        (0..TABLES.len()).collect()
    } else {
        options.only_tables.iter().filter_map(|name| index_of(name)).collect()
    };
    let weights: Vec<u64> = chosen.iter().map(|table| TABLES[*table].share).collect();
    let busy: Vec<u64> = self::hours(options).iter().map(|window| busyness(window.start.utc())).collect();
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
                dumps: apportion(hub, &dump_weights(options, hours)),
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

/// The blobs of the storage account: one for each table and hour that has rows.
fn storage(options: &SampleOptions, hours: &[Window], shares: &[Share], planted: &[Planted]) -> Vec<Blob> {
    let mut blobs = Vec::new();
    for share in shares {
        let name = TABLES[share.table].name.to_lowercase();
        let leader = leader_of(share.table).and_then(|leader| shares.iter().find(|other| other.table == leader));
        let mut first = 0;
        let mut led = 0;
        let mut number = 0;
        for (hour, window) in hours.iter().enumerate() {
            let rows = share.blobs[hour];
            let leaders = leader.map_or(0, |leader| leader.blobs[hour]);
            let here = |row: &Planted| row.table == share.table && window.contains(row.moment.received);
            let begin = planted.iter().position(here).unwrap_or(0);
            let end = begin + planted.iter().filter(|row| here(row)).count();
            if rows > 0 || end > begin {
                let (codec, ending) = match options.compress {
                    Compression::None => (Codec::None, ""),
                    Compression::Mixed => mixed(number),
                };
                let path = format!(
                    "blobs/insights-logs-advancedhunting-{name}/tenantId={TENANT}/{}/m=00/PT1H.json{ending}",
                    hour_path(window.start)
                );
                let slice = Slice {
                    table: share.table,
                    window: *window,
                    rows,
                    first,
                    leaders: led..led + leaders,
                    planted: begin..end,
                };
                let blob = Blob::new(path, Frame::Lines, codec, vec![slice]);
                blobs.push(Blob { home: Some(share.table), quirks: options.quirks, ..blob });
                number += 1;
            }
            first += rows;
            led += leaders;
        }
    }
    blobs
}

/// Some copies of blobs are compressed, and some of those do not say so in their name.
fn mixed(number: u64) -> (Codec, &'static str) {
    match number % 24 {
        23 => (Codec::Gzip, ""),
        place if place % 6 == 2 => (Codec::Gzip, ".gz"),
        place if place % 6 == 4 => (Codec::Zstd, ".zst"),
        _ => (Codec::None, ""),
    }
}

/// Gives every table's blobs each flaw once: the half line to the last blob, the others to any.
fn deal_flaws(blobs: &mut [Blob]) {
    for table in 0..TABLES.len() {
        let mut own: Vec<&mut Blob> = blobs.iter_mut().filter(|blob| blob.home == Some(table)).collect();
        for (place, flaw) in Quirk::FLAWS.into_iter().enumerate() {
            let at = if flaw == Quirk::HalfLine {
                own.len().wrapping_sub(1)
            } else {
                (place * 5 + table) % own.len().max(1)
            };
            if let Some(blob) = own.get_mut(at) {
                blob.flaws.push(flaw);
            }
        }
    }
}

/// Moves one DeviceEvents row a day into the DeviceProcessEvents blob of its hour.
fn lend_rows(blobs: &mut [Blob]) {
    let (Some(lender), Some(host)) = (index_of("DeviceEvents"), index_of("DeviceProcessEvents")) else { return };
    let mut next = Ticks::default();
    for at in 0..blobs.len() {
        let Some(slice) = blobs[at].slices.first_mut() else { continue };
        if slice.table != lender || slice.rows < 2 || slice.window.start < next {
            continue;
        }
        let window = slice.window;
        let lent = Slice { rows: 1, first: slice.first + slice.rows - 1, planted: 0..0, leaders: 0..0, ..*slice };
        let hosts = |blob: &&mut Blob| blob.home == Some(host) && blob.slices[0].window.start == window.start;
        if let Some(blob) = blobs.iter_mut().find(hosts) {
            blob.slices.push(lent);
            blobs[at].slices[0].rows -= 1;
            next = window.start.plus(Ticks(24 * Ticks::HOUR.0));
        }
    }
}

/// How many Capture files there are: one an hour, and at least one of each codec.
fn captures(hours: usize) -> usize {
    hours.max(CaptureCodec::ALL.len())
}

/// The weights of the hub dumps, those of [`DUMPS`] first, then the Capture files, which weigh three dumps together.
fn dump_weights(options: &SampleOptions, hours: usize) -> Vec<u64> {
    let captures = captures(hours);
    let loose = DUMPS.iter().map(|(_, _, codec)| {
        let wanted = *codec == Codec::None || options.compress == Compression::Mixed;
        if wanted { captures as u64 } else { 0 }
    });
    loose.chain(std::iter::repeat_n(3, captures)).collect()
}

fn dumps(options: &SampleOptions, hours: &[Window], shares: &[Share]) -> Vec<Blob> {
    let (Some(first), Some(last)) = (hours.first(), hours.last()) else { return Vec::new() };
    if !options.hub_dumps {
        return Vec::new();
    }
    let whole = Window { start: first.start, length: last.end().minus(first.start) };
    let count = captures(hours.len());
    let step = Ticks(whole.length.0 / i64::try_from(count).unwrap_or(1));
    let mut blobs = Vec::new();
    for (place, weight) in dump_weights(options, hours.len()).into_iter().enumerate() {
        if weight == 0 {
            continue;
        }
        let slices = |window| dump_slices(place, window, shares);
        blobs.push(if let Some((name, frame, codec)) = DUMPS.get(place) {
            Blob::new(format!("hub/{name}"), *frame, *codec, slices(whole))
        } else {
            let number = place - DUMPS.len();
            let start = whole.start.plus(Ticks(step.0 * i64::try_from(number).unwrap_or(0)));
            let codec = CaptureCodec::ALL[number % CaptureCodec::ALL.len()];
            let path = format!("{HUB_PATH}/{}/{}.avro", number % 4, capture_path(start));
            Blob::new(path, Frame::Capture(codec), Codec::None, slices(Window { start, length: step }))
        });
    }
    let empty = format!("{HUB_PATH}/9/{}.avro", capture_path(whole.start));
    blobs.push(Blob::new(empty, Frame::Capture(CaptureCodec::Null), Codec::None, Vec::new()));
    blobs
}

/// The slices of one hub dump: of every table those rows that fall to its place.
fn dump_slices(place: usize, window: Window, shares: &[Share]) -> Vec<Slice> {
    let first = |share: &Share| share.blobs.iter().sum::<u64>() + share.dumps[..place].iter().sum::<u64>();
    let leaders = |share: &Share| {
        let leader = leader_of(share.table).and_then(|leader| shares.iter().find(|other| other.table == leader));
        leader.map_or(0..0, |leader| first(leader)..first(leader) + leader.dumps[place])
    };
    let slice = |share: &Share| Slice {
        table: share.table,
        window,
        rows: share.dumps[place],
        first: first(share),
        leaders: leaders(share),
        planted: 0..0,
    };
    shares.iter().filter(|share| share.dumps[place] > 0).map(slice).collect()
}

/// The export of the workspace: for each hour of some tables, five minutes of rows.
fn exports(hours: &[Window], shares: &[Share]) -> Vec<Blob> {
    let mut blobs = Vec::new();
    for share in shares {
        let name = TABLES[share.table].name.to_lowercase();
        let mut first = share.blobs.iter().chain(&share.dumps).sum();
        for (hour, window) in hours.iter().enumerate() {
            let rows = share.exports[hour];
            if rows == 0 {
                continue;
            }
            let minute = hour % 12 * 5;
            let start = window.start.plus(Ticks::seconds(60 * i64::try_from(minute).unwrap_or(0)));
            let window = Window { start, length: Ticks::seconds(300) };
            let path = format!("export/am-{name}/{WORKSPACE_PATH}/{}/m={minute:02}/PT05M.json", hour_path(start));
            let slice = Slice { table: share.table, window, rows, first, leaders: 0..0, planted: 0..0 };
            let blob = Blob::new(path, Frame::Records, Codec::None, vec![slice]);
            blobs.push(Blob { flat: true, home: Some(share.table), ..blob });
            first += rows;
        }
    }
    blobs
}

fn hour_path(start: Ticks) -> String {
    start.utc().format("y=%Y/m=%m/d=%d/h=%H").to_string()
}

fn capture_path(start: Ticks) -> String {
    start.utc().format("%Y/%m/%d/%H/%M/%S").to_string()
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
