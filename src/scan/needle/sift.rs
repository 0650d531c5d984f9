//! Lines, but only those that may hold a needle.
//!
//! Sits before the line splitter and moves the window over whole stretches that hold nothing; what it lets through, and every line
//! whose end is not in sight yet, is the splitter's business. Lines that are passed over are not parsed, so their faults are not
//! counted: `huntql.rejects` reads everything.

use std::collections::VecDeque;
use std::sync::Arc;

use memchr::memrchr;

use super::Needles;
use crate::scan::frame::lines::Lines;
use crate::scan::frame::{Cut, Splitter};

/// Cuts at line feeds, and drops lines that cannot match.
#[derive(Debug)]
pub struct SiftedLines {
    lines: Lines,
    needles: Arc<Needles>,
    /// Places in the window that may hold a needle, not looked at yet.
    places: VecDeque<usize>,
    /// The window's bytes before this were searched; they end with a line.
    searched: usize,
}

impl SiftedLines {
    /// Lines that may hold one of the needles.
    pub fn new(needles: Arc<Needles>) -> Self {
        Self { lines: Lines::default(), needles, places: VecDeque::new(), searched: 0 }
    }

    fn search(&mut self, window: &[u8], whole: usize) {
        let mut found = Vec::new();
        self.needles.places(&window[self.searched..whole], &mut found);
        self.places.extend(found.into_iter().map(|place| self.searched + place));
        self.searched = whole;
    }

    fn moved(&mut self, by: usize) {
        self.searched = self.searched.saturating_sub(by);
        while self.places.front().is_some_and(|&place| place < by) {
            self.places.pop_front();
        }
        for place in &mut self.places {
            *place -= by;
        }
    }
}

impl Splitter for SiftedLines {
    fn next(&mut self, window: &[u8], last: bool) -> Cut {
        if self.lines.is_dropping() {
            return self.cut(window, last);
        }
        if self.searched == 0 {
            let whole = if last { window.len() } else { memrchr(b'\n', window).map_or(0, |end| end + 1) };
            self.search(window, whole);
        }
        let passed = match self.places.front() {
            Some(&place) => memrchr(b'\n', &window[..place]).map_or(0, |end| end + 1),
            None => self.searched,
        };
        if passed == 0 {
            return self.cut(window, last);
        }
        // How far the splitter had searched the line that it waited for counts no more.
        self.lines = Lines::default();
        self.moved(passed);
        Cut::More { consumed: passed }
    }
}

impl SiftedLines {
    /// What the splitter finds next.
    fn cut(&mut self, window: &[u8], last: bool) -> Cut {
        let cut = self.lines.next(window, last);
        match cut {
            Cut::Piece { end, .. } | Cut::Reject { end, .. } => self.moved(end),
            Cut::More { consumed } => self.moved(consumed),
            Cut::End => {}
        }
        cut
    }
}
