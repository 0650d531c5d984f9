//! The storage account: one blob for each table and hour, with the flaws and the strangers that blobs can have.

use super::{Blob, Codec, Share, Slice, hour_path};
use crate::sample::clock::{Ticks, Window};
use crate::sample::company::TENANT;
use crate::sample::frame::Frame;
use crate::sample::intrusion::Planted;
use crate::sample::options::{Compression, SampleOptions};
use crate::sample::quirk::Quirk;
use crate::sample::table::{TABLES, index_of, leader_of};

/// The blobs of the storage account: one for each table and hour that has rows.
pub(super) fn storage(options: &SampleOptions, hours: &[Window], shares: &[Share], planted: &[Planted]) -> Vec<Blob> {
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
pub(super) fn deal_flaws(blobs: &mut [Blob]) {
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
pub(super) fn lend_rows(blobs: &mut [Blob]) {
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
