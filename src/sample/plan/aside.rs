//! What is kept beside the storage account: dumps of event hubs, and the export of a Log Analytics workspace.

use super::{Blob, Codec, Share, Slice, hour_path};
use crate::sample::capture::CaptureCodec;
use crate::sample::clock::{Ticks, Window};
use crate::sample::frame::Frame;
use crate::sample::options::{Compression, SampleOptions};
use crate::sample::table::{TABLES, leader_of};

/// The Log Analytics workspace that exports.
pub(in crate::sample) const WORKSPACE: &str = "c1f0a7d2-83b5-4e19-b6d4-0a9e52c7f318";
const WORKSPACE_PATH: &str = concat!(
    "WorkspaceResourceId=/subscriptions/7d2e9b40-51c8-4f6a-8e03-b94d1c6a2f57/resourcegroups/rg-soc/providers",
    "/microsoft.operationalinsights/workspaces/law-larkspur"
);
const HUB_PATH: &str = "hub/larkspur-evhns/insights-logs-advancedhunting";

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

/// How many Capture files there are: one an hour, and at least one of each codec.
fn captures(hours: usize) -> usize {
    hours.max(CaptureCodec::ALL.len())
}

/// The weights of the hub dumps, those of [`DUMPS`] first, then the Capture files, which weigh three dumps together.
pub(super) fn dump_weights(options: &SampleOptions, hours: usize) -> Vec<u64> {
    let captures = captures(hours);
    let loose = DUMPS.iter().map(|(_, _, codec)| {
        let wanted = *codec == Codec::None || options.compress == Compression::Mixed;
        if wanted { captures as u64 } else { 0 }
    });
    loose.chain(std::iter::repeat_n(3, captures)).collect()
}

pub(super) fn dumps(options: &SampleOptions, hours: &[Window], shares: &[Share]) -> Vec<Blob> {
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
pub(super) fn exports(hours: &[Window], shares: &[Share]) -> Vec<Blob> {
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

fn capture_path(start: Ticks) -> String {
    start.utc().format("%Y/%m/%d/%H/%M/%S").to_string()
}
