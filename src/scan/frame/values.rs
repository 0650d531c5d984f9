//! Any stream of JSON values: pretty-printed, concatenated, arrays of records, `{"records":[…]}` documents of any size.
//!
//! Arrays and `records` documents are entered, so that only one record is ever in memory. The splitter checks JSON's grammar as it
//! goes; where it breaks (a message cut in the middle, garbage), the broken part is a reject and reading goes on at the next place
//! that looks like a record's start.

use memchr::{memchr, memchr3, memmem};

use super::{Cut, MAX_RECORD, Splitter, is_filler};
use crate::json::{skip_space, skip_string};
use crate::scan::reject::RejectKind;

/// Finds records in any stream of JSON values.
#[derive(Debug, Default)]
pub struct Values {
    /// What was entered and not left yet, outermost first.
    open: Vec<Container>,
    /// A record whose end was not in the window yet.
    scan: Option<Scan>,
    /// Dropping bytes until something looks like a record's start.
    lost: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Container {
    /// A `[` at the top, or inside one.
    Array,
    /// The array of a `{"records":[`.
    Records,
    /// What follows that array, up to its `}`; the number is the depth of braces.
    Tail(usize),
}

const CUT: &str = "a record that is cut off before its end";
const BROKEN: &str = "text that is not JSON";
const STRAY: &str = "text between records that is no record";
const NULS: &str = "a run of NUL bytes between records";
const LONG: &str = "a record longer than 128 MiB";

impl Splitter for Values {
    fn next(&mut self, window: &[u8], last: bool) -> Cut {
        if self.lost {
            return self.find_again(window, last);
        }
        if let Some(scan) = self.scan.take() {
            return self.go_on(scan, window, last);
        }
        let mut at = 0;
        loop {
            if let Some(Container::Tail(depth)) = self.open.last().copied() {
                match skip_tail(window, at, depth) {
                    TailStep::Done(after) => {
                        self.open.pop();
                        at = after;
                    }
                    TailStep::More(after, depth) => {
                        self.open.pop();
                        if !last {
                            self.open.push(Container::Tail(depth));
                        }
                        return self.more(after, window, last);
                    }
                }
                continue;
            }
            let start = at;
            while window.get(at).is_some_and(|&byte| is_filler(byte)) {
                at += 1;
            }
            if window[start..at].contains(&0) {
                return Cut::Reject { start, end: at, kind: RejectKind::Stray, reason: NULS };
            }
            match window.get(at) {
                None => return self.more(at, window, last),
                Some(b'[') => {
                    self.open.push(Container::Array);
                    at += 1;
                }
                Some(b']') => {
                    if self.open.pop() == Some(Container::Records) {
                        self.open.push(Container::Tail(1));
                    }
                    at += 1;
                }
                Some(b'{') => match records_document(&window[at..]) {
                    Opening::Records(length) => {
                        self.open.push(Container::Records);
                        at += length;
                    }
                    Opening::Unsure if !last => return Cut::More { consumed: at },
                    _ => {
                        if at > 0 {
                            // The record's scan counts from the start of the window.
                            return Cut::More { consumed: at };
                        }
                        return self.go_on(Scan::new(), window, last);
                    }
                },
                Some(_) => {
                    if at > 0 {
                        return Cut::More { consumed: at };
                    }
                    return self.stray(window, last);
                }
            }
        }
    }
}

impl Values {
    fn more(&self, consumed: usize, window: &[u8], last: bool) -> Cut {
        if last && window.is_empty() { Cut::End } else { Cut::More { consumed } }
    }

    /// Goes on looking for the end of the record at the start of the window.
    fn go_on(&mut self, mut scan: Scan, window: &[u8], last: bool) -> Cut {
        match scan.run(window, last) {
            Progress::Whole(end) => Cut::Piece { start: 0, end },
            Progress::Unfinished if last => self.reject(window, window.len(), RejectKind::Cut, CUT, last),
            Progress::Unfinished if window.len() >= MAX_RECORD => {
                self.reject(window, window.len(), RejectKind::TooLong, LONG, last)
            }
            Progress::Unfinished => {
                self.scan = Some(scan);
                Cut::More { consumed: 0 }
            }
            Progress::CutAt(end) => {
                self.open.clear();
                Cut::Reject { start: 0, end, kind: RejectKind::Cut, reason: CUT }
            }
            Progress::BrokenAt(at) => self.reject(window, at, RejectKind::Broken, BROKEN, last),
        }
    }

    /// Rejects the record at the start of the window; reading goes on where the next one seems to start, which may be before `known`.
    fn reject(&mut self, window: &[u8], known: usize, kind: RejectKind, reason: &'static str, last: bool) -> Cut {
        let end = match record_start(window, 1) {
            Some(next) => {
                if window[next..].starts_with(b"{\"records\"") || window[next - 1] == b'\n' {
                    self.open.clear();
                }
                next
            }
            None => {
                self.lost = !last;
                if last { window.len() } else { known.max(1) }
            }
        };
        Cut::Reject { start: 0, end, kind, reason }
    }

    /// Text at the start of the window that starts no value: dropped up to the line's end or what looks like a record.
    fn stray(&mut self, window: &[u8], last: bool) -> Cut {
        let line_end = memchr(b'\n', window);
        let marked = record_start(window, 1);
        let end = match (line_end, marked) {
            (Some(line), Some(mark)) => line.min(mark),
            (Some(end), None) | (None, Some(end)) => end,
            (None, None) if last => window.len(),
            (None, None) if window.len() < MAX_RECORD => return Cut::More { consumed: 0 },
            (None, None) => {
                self.lost = true;
                window.len()
            }
        };
        Cut::Reject { start: 0, end, kind: RejectKind::Stray, reason: STRAY }
    }

    fn find_again(&mut self, window: &[u8], last: bool) -> Cut {
        if let Some(next) = record_start(window, 0) {
            self.lost = false;
            return Cut::More { consumed: next };
        }
        if last { Cut::End } else { Cut::More { consumed: window.len().saturating_sub(16) } }
    }
}

/// The first place at or after `from` that looks like the start of a message or a record.
fn record_start(window: &[u8], from: usize) -> Option<usize> {
    let rest = window.get(from..)?;
    let marks = [&b"{\"records\""[..], b"{\"time\"", b"{\"body\""];
    let marked = marks.iter().filter_map(|mark| memmem::find(rest, mark)).min();
    let line = [&b"\n{\""[..], b"\n["].iter().filter_map(|mark| memmem::find(rest, mark).map(|i| i + 1)).min();
    marked.into_iter().chain(line).min().map(|i| from + i)
}

/// True if the text starts with a message: several records may lie on its line.
pub fn starts_with_message(text: &[u8]) -> bool {
    let start = text.iter().position(|&byte| !is_filler(byte)).unwrap_or(text.len());
    matches!(records_document(&text[start..]), Opening::Records(_))
}

enum Opening {
    /// `{"records":[`, this long.
    Records(usize),
    Other,
    /// The window is too short to tell.
    Unsure,
}

/// Tells whether an object is a message, `{"records":[…`, by its first key.
fn records_document(window: &[u8]) -> Opening {
    let key = skip_space(window, 1);
    let name = b"\"records\"";
    let there = &window[key.min(window.len())..];
    if there.len() < name.len() {
        return if name.starts_with(there) { Opening::Unsure } else { Opening::Other };
    }
    if !there.starts_with(name) {
        return Opening::Other;
    }
    let colon = skip_space(window, key + name.len());
    let bracket = skip_space(window, colon + 1);
    match (window.get(colon), window.get(bracket)) {
        (Some(b':'), Some(b'[')) => Opening::Records(bracket + 1),
        (None, _) | (Some(b':'), None) => Opening::Unsure,
        _ => Opening::Other,
    }
}

enum TailStep {
    Done(usize),
    More(usize, usize),
}

/// Skips what follows the array of a `records` document, up to the document's end.
fn skip_tail(window: &[u8], mut at: usize, mut depth: usize) -> TailStep {
    while let Some(byte) = window.get(at) {
        match byte {
            b'"' => match skip_string(window, at) {
                Ok(after) => {
                    at = after;
                    continue;
                }
                Err(_) => return TailStep::More(at, depth),
            },
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return TailStep::Done(at + 1);
                }
            }
            // The document was cut here: what starts a new line as a message does is a new message.
            b'\n' if matches!(window.get(at + 1..at + 3), Some(b"{\"")) => return TailStep::Done(at + 1),
            _ => {}
        }
        at += 1;
    }
    TailStep::More(at, depth)
}

/// The search for a record's end; can be taken up again when the window has grown.
#[derive(Debug)]
struct Scan {
    at: usize,
    depth: usize,
    before: Before,
    in_string: bool,
    /// A line feed was met since the record's start.
    many_lines: bool,
}

/// The token before the next one, as far as grammar asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before {
    /// `{`, `[`, `,` or `:`: a value or key may come.
    Opening,
    /// A value or a key: a comma, colon or bracket may come.
    Value,
}

enum Progress {
    /// The record ends before this byte.
    Whole(usize),
    /// The window ends before the record does.
    Unfinished,
    /// The record was cut off at the line end before this byte, where another starts.
    CutAt(usize),
    /// The text stops being JSON at this byte.
    BrokenAt(usize),
}

impl Scan {
    fn new() -> Self {
        Self { at: 0, depth: 0, before: Before::Opening, in_string: false, many_lines: false }
    }

    fn run(&mut self, window: &[u8], last: bool) -> Progress {
        loop {
            if self.in_string {
                match self.end_string(window, last) {
                    StringEnd::Found => {}
                    StringEnd::Unfinished => return Progress::Unfinished,
                    StringEnd::CutAt(end) => return Progress::CutAt(end),
                }
            }
            let Some(&byte) = window.get(self.at) else { return Progress::Unfinished };
            match (byte, self.before) {
                (b'"', Before::Opening) => {
                    self.in_string = true;
                    self.at += 1;
                    continue;
                }
                (b'{' | b'[', Before::Opening) => self.depth += 1,
                (b'}' | b']', _) => {
                    self.depth -= 1;
                    self.before = Before::Value;
                    if self.depth == 0 {
                        return Progress::Whole(self.at + 1);
                    }
                }
                (b',' | b':', Before::Value) => self.before = Before::Opening,
                (b'\n', _) => match self.line_end(window, last) {
                    LineEnd::Inside => self.many_lines = true,
                    LineEnd::Cut => return Progress::CutAt(self.at + 1),
                    LineEnd::Unsure => return Progress::Unfinished,
                },
                (b' ' | b'\t' | b'\r', _) => {}
                (b'-' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z', Before::Opening) => {
                    match scalar_end(window, self.at, last) {
                        Some(end) => {
                            self.before = Before::Value;
                            self.at = end;
                            continue;
                        }
                        None => return Progress::Unfinished,
                    }
                }
                _ => return Progress::BrokenAt(self.at),
            }
            self.at += 1;
        }
    }

    /// Moves behind the closing quote, if it is in the window and the record is not cut off before it.
    fn end_string(&mut self, window: &[u8], last: bool) -> StringEnd {
        while let Some(i) = memchr3(b'"', b'\\', b'\n', &window[self.at.min(window.len())..]) {
            self.at += i;
            match window[self.at] {
                b'"' => {
                    self.at += 1;
                    self.in_string = false;
                    self.before = Before::Value;
                    return StringEnd::Found;
                }
                b'\n' => match self.line_end(window, last) {
                    LineEnd::Inside => self.at += 1,
                    LineEnd::Cut => return StringEnd::CutAt(self.at + 1),
                    LineEnd::Unsure => return StringEnd::Unfinished,
                },
                _ if self.at + 1 >= window.len() => return StringEnd::Unfinished,
                _ => self.at += 2,
            }
        }
        self.at = window.len();
        StringEnd::Unfinished
    }

    /// Whether the line feed at `self.at` lies inside a record that spans lines, or ends one that was cut.
    fn line_end(&self, window: &[u8], last: bool) -> LineEnd {
        match window.get(self.at + 1..self.at + 3) {
            None if !last => LineEnd::Unsure,
            // A record that started on this line and did not end on it, before a line that starts as a record does.
            Some(b"{\"") if !self.many_lines => LineEnd::Cut,
            // In a record of many lines a brace at a line's start must follow a comma, colon or bracket.
            Some(b"{\"") if self.before == Before::Value => LineEnd::Cut,
            _ => LineEnd::Inside,
        }
    }
}

enum StringEnd {
    Found,
    Unfinished,
    /// The record was cut off inside the string, at the line end before this byte.
    CutAt(usize),
}

enum LineEnd {
    Inside,
    Cut,
    Unsure,
}

fn scalar_end(window: &[u8], at: usize, last: bool) -> Option<usize> {
    let length = window[at..]
        .iter()
        .position(|byte| !matches!(byte, b'-' | b'+' | b'.' | b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z'));
    length.map(|length| at + length).or(last.then_some(window.len()))
}
