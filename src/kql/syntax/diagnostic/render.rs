//! Diagnostics as text, in the manner of rustc: the line, a caret under the place, the help below.

use std::fmt::Write;

use super::{Diagnostic, Severity};

/// Longer lines are cut around the place, so that a list of a thousand hashes in one line does not flood the terminal.
const WIDTH: usize = 120;

/// All diagnostics as text, each with the line it is about. `colour` adds ANSI colours.
///
/// A span that does not belong to `source` is shown without a line. Tabs are shown as one blank.
pub fn render(source: &str, diagnostics: &[Diagnostic], file_name: &str, colour: bool) -> String {
    let paint = Paint { colour };
    let mut out = String::new();
    for (i, diagnostic) in diagnostics.iter().enumerate() {
        if i > 0 {
            out.push('\n');
        }
        one(&mut out, source, diagnostic, file_name, paint);
    }
    out
}

fn one(out: &mut String, source: &str, diagnostic: &Diagnostic, file_name: &str, paint: Paint) {
    let severity = diagnostic.severity.to_string();
    let severity = match diagnostic.severity {
        Severity::Error => paint.with(RED, &severity),
        Severity::Warning => paint.with(YELLOW, &severity),
    };
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{severity}{}", paint.with(BOLD, &format!(": {}", diagnostic.message)));
    let mut margin = 1;
    if let Some(place) = Place::find(source, diagnostic) {
        let number = place.line.to_string();
        margin = number.len();
        let blank = " ".repeat(margin);
        let bar = paint.with(BLUE, "|");
        let carets = match diagnostic.severity {
            Severity::Error => paint.with(RED, &"^".repeat(place.width)),
            Severity::Warning => paint.with(YELLOW, &"^".repeat(place.width)),
        };
        let _ = writeln!(out, "{blank}{} {file_name}:{}:{}", paint.with(BLUE, "-->"), place.line, place.column);
        let _ = writeln!(out, "{blank} {bar}");
        let _ = writeln!(out, "{} {bar} {}", paint.with(BLUE, &number), place.text);
        let _ = writeln!(out, "{blank} {bar} {}{carets}", " ".repeat(place.offset));
    }
    if let Some(help) = &diagnostic.help {
        let _ = writeln!(out, "{} {} {help}", " ".repeat(margin), paint.with(BLUE, "= help:"));
    }
}

/// The line of a diagnostic, ready to print.
struct Place {
    /// Counted from 1.
    line: usize,
    /// In characters, counted from 1.
    column: usize,
    /// The line, cut if it is long.
    text: String,
    /// Characters before the first caret.
    offset: usize,
    /// How many carets.
    width: usize,
}

impl Place {
    fn find(source: &str, diagnostic: &Diagnostic) -> Option<Self> {
        let start = diagnostic.span.start as usize;
        let before = source.get(..start)?;
        let line_start = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = source.get(start..)?;
        let line_end = start + rest.find('\n').unwrap_or(rest.len());
        let line = source.get(line_start..line_end)?.trim_end_matches('\r');
        let column = source.get(line_start..start)?.chars().count();
        let end = (diagnostic.span.end as usize).clamp(start, line_end);
        let width = source.get(start..end).map_or(1, |text| text.trim_end_matches('\r').chars().count()).max(1);
        let (text, offset, width) = Self::cut(line, column, width);
        Some(Self { line: before.matches('\n').count() + 1, column: column + 1, text, offset, width })
    }

    /// Cuts a long line around the place.
    fn cut(line: &str, column: usize, width: usize) -> (String, usize, usize) {
        let plain = |character: char| if character.is_control() { ' ' } else { character };
        let length = line.chars().count();
        if length <= WIDTH {
            return (line.chars().map(plain).collect(), column, width);
        }
        let from = column.saturating_sub(WIDTH / 3).min(length.saturating_sub(WIDTH));
        let mut text: String = line.chars().skip(from).take(WIDTH).map(plain).collect();
        let mut offset = column - from;
        if from > 0 {
            text.insert_str(0, "… ");
            offset += 2;
        }
        if from + WIDTH < length {
            text.push_str(" …");
        }
        (text, offset, width.min(WIDTH - (column - from).min(WIDTH - 1)))
    }
}

const RED: &str = "1;31";
const YELLOW: &str = "1;33";
const BLUE: &str = "1;34";
const BOLD: &str = "1";

/// Colours text, or does not.
#[derive(Clone, Copy)]
struct Paint {
    colour: bool,
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        if self.colour { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
    }
}
