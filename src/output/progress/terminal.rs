//! Standard error as the progress line sees it.
//!
//! indicatif fills its line with blanks up to the last column. A terminal echoes Ctrl-C as `^C` where the cursor stands, which would
//! then be the next line, and the progress line would stay behind for good. So it is told that the terminal is a little narrower.

use indicatif::ProgressDrawTarget;

/// Room for the echo of an impatient Ctrl-C.
const ECHO: usize = 4;

/// The columns that a line may take of a terminal of this width.
pub(super) fn usable(width: usize) -> usize {
    width.saturating_sub(ECHO)
}

/// Where the line is drawn: nowhere, if standard error is no terminal.
#[cfg(unix)]
pub(super) fn target(width: usize) -> ProgressDrawTarget {
    use std::io::IsTerminal;
    if std::io::stderr().is_terminal() {
        ProgressDrawTarget::term_like(Box::new(narrow::Terminal { width: u16::try_from(width).unwrap_or(u16::MAX) }))
    } else {
        ProgressDrawTarget::hidden()
    }
}

/// Where the line is drawn: nowhere, if standard error is no terminal. Consoles of this system echo nothing.
#[cfg(not(unix))]
pub(super) fn target(_width: usize) -> ProgressDrawTarget {
    ProgressDrawTarget::stderr()
}

#[cfg(unix)]
mod narrow {
    use std::io::{self, Write};

    use indicatif::TermLike;

    /// A terminal that obeys ECMA-48, as all on this system do.
    #[derive(Debug)]
    pub(super) struct Terminal {
        pub(super) width: u16,
    }

    impl Terminal {
        fn send(text: &str) -> io::Result<()> {
            io::stderr().lock().write_all(text.as_bytes())
        }

        /// Zero columns or lines would be taken for one.
        fn go(count: usize, direction: char) -> io::Result<()> {
            if count == 0 { Ok(()) } else { Self::send(&format!("\x1b[{count}{direction}")) }
        }
    }

    impl TermLike for Terminal {
        fn width(&self) -> u16 {
            self.width
        }
        fn move_cursor_up(&self, lines: usize) -> io::Result<()> {
            Self::go(lines, 'A')
        }
        fn move_cursor_down(&self, lines: usize) -> io::Result<()> {
            Self::go(lines, 'B')
        }
        fn move_cursor_right(&self, columns: usize) -> io::Result<()> {
            Self::go(columns, 'C')
        }
        fn move_cursor_left(&self, columns: usize) -> io::Result<()> {
            Self::go(columns, 'D')
        }
        fn write_line(&self, text: &str) -> io::Result<()> {
            Self::send(&format!("{text}\n"))
        }
        fn write_str(&self, text: &str) -> io::Result<()> {
            Self::send(text)
        }
        fn clear_line(&self) -> io::Result<()> {
            Self::send("\r\x1b[2K")
        }
        fn flush(&self) -> io::Result<()> {
            io::stderr().flush()
        }
    }
}
