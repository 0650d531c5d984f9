//! JSON lines: one or more whole values a line, no value over a line's end.
//!
//! The frame of storage blobs, and of dumps that hold one message a line. Because no value crosses a line, a blob can be read in
//! byte ranges: see [`LineRange`].

use memchr::memchr;

use super::{Cut, MAX_RECORD, Splitter, is_filler};
use crate::scan::reject::RejectKind;

/// Cuts at line feeds.
#[derive(Debug, Default)]
pub struct Lines {
    /// How far the window was searched for the end of its first line.
    searched: usize,
    /// Inside a line that was too long and is being dropped.
    dropping: bool,
}

impl Splitter for Lines {
    fn next(&mut self, window: &[u8], last: bool) -> Cut {
        if window.is_empty() {
            return if last { Cut::End } else { Cut::More { consumed: 0 } };
        }
        let found = memchr(b'\n', &window[self.searched.min(window.len())..]).map(|i| self.searched + i);
        let Some(end) = found.or(last.then_some(window.len())) else { return self.wait(window) };
        self.searched = 0;
        let next = (end + 1).min(window.len());
        if std::mem::take(&mut self.dropping) {
            return Cut::More { consumed: next };
        }
        let line = &window[..end];
        let start = line.iter().position(|&byte| !is_filler(byte));
        match start {
            Some(start) if line[..start].contains(&0) => Cut::Reject {
                start: 0,
                end: start,
                kind: RejectKind::Stray,
                reason: "a run of NUL bytes before a record",
            },
            Some(start) => Cut::Piece { start, end: next },
            None if line.contains(&0) => Cut::Reject {
                start: 0,
                end: next,
                kind: RejectKind::Stray,
                reason: "a run of NUL bytes where a record should be",
            },
            None => Cut::More { consumed: next },
        }
    }

    fn moved(&mut self) {
        self.searched = 0;
    }
}

impl Lines {
    /// True inside a line that was too long; the window's start belongs to it.
    pub fn is_dropping(&self) -> bool {
        self.dropping
    }

    /// The line's end is not in the window yet.
    fn wait(&mut self, window: &[u8]) -> Cut {
        if window.len() < MAX_RECORD {
            self.searched = window.len();
            return Cut::More { consumed: 0 };
        }
        self.searched = 0;
        let first = !std::mem::replace(&mut self.dropping, true);
        if first {
            return Cut::Reject {
                start: 0,
                end: window.len(),
                kind: RejectKind::TooLong,
                reason: "a line longer than 128 MiB",
            };
        }
        Cut::More { consumed: window.len() }
    }
}

/// Which bytes to read for the lines of a byte range, and which of these lines belong to it.
///
/// A line belongs to the range that holds its first byte, so that any cutting of a blob into ranges gives every line once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineRange {
    /// First byte of the range.
    pub start: u64,
    /// One past the last byte of the range.
    pub end: u64,
}

impl LineRange {
    /// Where reading starts: one byte early, so that a line feed just before the range is seen.
    pub fn read_from(&self) -> u64 {
        self.start.saturating_sub(1)
    }

    /// How many bytes at the start of what is read belong to earlier ranges; `None` if no line starts in `window`.
    pub fn skip_first(&self, window: &[u8]) -> Option<usize> {
        if self.start == 0 { Some(0) } else { memchr(b'\n', window).map(|i| i + 1) }
    }

    /// True if a line whose first byte is at `offset` belongs to this range.
    pub fn owns(&self, offset: u64) -> bool {
        offset < self.end
    }
}
