//! What the terminal is like, and messages to the person in front of it.

use std::io::{self, IsTerminal, Write};

use comfy_table::Table;

/// The columns of the terminal that standard output is; none if it is something else.
pub(super) fn width_of_stdout() -> Option<usize> {
    io::stdout().is_terminal().then(|| Table::new().width()).flatten().map(usize::from)
}

/// The columns of the terminal that standard error is; if it is something else, as many as terminals have at least.
pub fn width_of_stderr() -> usize {
    Table::new().use_stderr().width().map_or(80, usize::from)
}

/// The lines of the terminal that standard output is; none if it is something else.
pub(super) fn height_of_stdout() -> Option<usize> {
    let size = console::Term::stdout().size_checked().filter(|_| io::stdout().is_terminal());
    size.map(|(lines, _)| usize::from(lines))
}

/// Prints a line for people, which is to standard error: that nobody reads it is no trouble.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

/// Standard output for rows. The buffer makes large answers into few writes; writers flush when somebody waits.
pub fn stdout() -> Box<dyn Write + Send> {
    Box::new(io::BufWriter::with_capacity(1 << 16, io::stdout()))
}
