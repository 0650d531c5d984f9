//! Counts, bytes and times for people, and the line that ends a query.

use std::time::Duration;

use indicatif::HumanCount;

use crate::engine::Counters;

/// `0 B`, `999 B`, `1.2 GB`: powers of ten, as disks and cloud bills count.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["kB", "MB", "GB", "TB", "PB", "EB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64 / 1000.0;
    let mut unit = 0;
    // What would be rounded to four digits belongs to the next unit.
    while value >= 999.95 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    format!("{value:.1} {}", UNITS[unit])
}

/// `1 row`, `1,234 rows`.
pub fn count(number: u64, what: &str) -> String {
    format!("{} {what}{}", HumanCount(number), if number == 1 { "" } else { "s" })
}

/// `0.8 s`, `42 s`, `3 min 5 s`, `2 h 10 min`.
pub(super) fn time(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..10 => format!("{:.1} s", (time.as_secs_f64() * 10.0).floor() / 10.0),
        10..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// What a query did, in one line: `12 rows, 0.8 s, 1.2 GB read, 5.4 GB in 650 blobs skipped by time`. Rejects are named if there are any.
pub fn summary(counters: &Counters) -> String {
    let mut parts = vec![count(counters.rows, "row"), time(counters.elapsed)];
    if counters.blobs_planned > 0 || counters.bytes_scanned > 0 {
        parts.push(format!("{} read", bytes(counters.bytes_scanned)));
    }
    let further = [
        (counters.blobs_pruned, skipped(counters)),
        (counters.records_rejected, count(counters.records_rejected, "record") + " rejected"),
        (counters.cells_rejected, count(counters.cells_rejected, "cell") + " rejected"),
        (counters.bytes_spilled, bytes(counters.bytes_spilled) + " spilled"),
    ];
    parts.extend(further.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text));
    parts.join(", ")
}

fn skipped(counters: &Counters) -> String {
    format!("{} in {} skipped by time", bytes(counters.bytes_pruned), count(counters.blobs_pruned, "blob"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_never_show_four_digits() {
        let texts = [0, 999, 1000, 999_949, 999_950, 1_234_000_000, u64::MAX].map(bytes);
        insta::assert_snapshot!(texts.join(" | "), @"0 B | 999 B | 1.0 kB | 999.9 kB | 1.0 MB | 1.2 GB | 18.4 EB");
    }

    #[test]
    fn times_have_two_units_at_most() {
        let texts = [0.0, 0.85, 9.99, 10.0, 59.9, 185.0, 7_800.0].map(|seconds| time(Duration::from_secs_f64(seconds)));
        insta::assert_snapshot!(texts.join(" | "), @"0.0 s | 0.8 s | 9.9 s | 10 s | 59 s | 3 min 5 s | 2 h 10 min");
    }

    #[test]
    fn the_summary_says_what_was_read_skipped_and_rejected() {
        let counters = Counters {
            rows: 12,
            elapsed: Duration::from_millis(812),
            bytes_scanned: 1_200_000_000,
            blobs_planned: 70,
            blobs_pruned: 650,
            bytes_pruned: 5_400_000_000,
            ..Counters::default()
        };
        insta::assert_snapshot!(summary(&counters), @"12 rows, 0.8 s, 1.2 GB read, 5.4 GB in 650 blobs skipped by time");
        let counters =
            Counters { rows: 1_234_567, records_rejected: 1, cells_rejected: 2, bytes_spilled: 5_000_000, ..counters };
        insta::assert_snapshot!(summary(&counters), @"1,234,567 rows, 0.8 s, 1.2 GB read, 5.4 GB in 650 blobs skipped by time, 1 record rejected, 2 cells rejected, 5.0 MB spilled");
        let counters = Counters { rows: 1, elapsed: Duration::from_millis(3), ..Counters::default() };
        insta::assert_snapshot!(summary(&counters), @"1 row, 0.0 s");
    }
}
