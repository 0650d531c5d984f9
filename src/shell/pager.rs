//! A pager for answers that are longer than the screen.
//!
//! What is written is held back until it is longer than the screen, which starts the pager, or until it ends, which prints it. Rows that
//! somebody waits for are printed at once; if what follows them is too long after all, the pager shows it from the start.

use std::io::{self, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

/// How long answers are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PagerCommand {
    /// The program and its arguments.
    words: Vec<String>,
    /// Variables that it gets besides those of this process.
    variables: Vec<(String, String)>,
}

impl PagerCommand {
    /// The pager that a command line names; none if it names nothing, or `cat`, which pages nothing.
    pub fn of(line: &str) -> Option<Self> {
        let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let program = words.first()?;
        (program != "cat").then_some(Self { words, variables: Vec::new() })
    }

    /// The same with a variable in its environment.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    fn start(&self) -> io::Result<Child> {
        let (program, arguments) = self.words.split_first().ok_or(io::ErrorKind::NotFound)?;
        Command::new(program).args(arguments).envs(self.variables.clone()).stdin(Stdio::piped()).spawn()
    }
}

enum State {
    /// Short so far: what is written, how many lines of it there are, and how many bytes are on the terminal already.
    Short(Vec<u8>, usize, usize),
    /// It goes to the terminal.
    Printed,
    /// The pager has it.
    Paged(Child, Option<ChildStdin>),
    /// The pager was left before the end.
    Left,
}

/// Standard output, paged if it is long.
pub(super) struct Paged(Arc<Mutex<Inner>>);

/// The other end of a [`Paged`]: waits until the pager is left.
pub(super) struct PagerEnd(Arc<Mutex<Inner>>);

struct Inner {
    command: PagerCommand,
    /// Lines of the screen.
    height: usize,
    state: State,
    terminal: Box<dyn Write + Send>,
}

/// A writer to the terminal of this height that pages what is longer, and its other end.
pub(super) fn paged(command: PagerCommand, height: usize, terminal: Box<dyn Write + Send>) -> (Paged, PagerEnd) {
    let inner = Inner { command, height, state: State::Short(Vec::new(), 0, 0), terminal };
    let inner = Arc::new(Mutex::new(inner));
    (Paged(Arc::clone(&inner)), PagerEnd(inner))
}

impl Inner {
    /// Starts the pager with all that is written, or prints what of it is not on the terminal if there is no such pager.
    fn page(&mut self) -> io::Result<()> {
        let State::Short(written, _, printed) = &mut self.state else { return Ok(()) };
        let (written, printed) = (std::mem::take(written), *printed);
        match self.command.start() {
            Ok(mut child) => {
                let input = child.stdin.take();
                self.state = State::Paged(child, input);
                self.write_all(&written)
            }
            Err(_) => {
                self.state = State::Printed;
                self.terminal.write_all(written.get(printed..).unwrap_or_default())
            }
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        let result = match &mut self.state {
            State::Short(written, lines, _) => {
                written.extend_from_slice(bytes);
                *lines += memchr::memchr_iter(b'\n', bytes).count();
                // The prompt takes a line, too.
                if *lines + 1 > self.height {
                    return self.page();
                }
                Ok(())
            }
            State::Printed => return self.terminal.write_all(bytes),
            State::Paged(_, Some(input)) => input.write_all(bytes),
            State::Paged(_, None) | State::Left => Err(io::ErrorKind::BrokenPipe.into()),
        };
        if let (Err(error), State::Paged(_, input)) = (&result, &mut self.state)
            && error.kind() == io::ErrorKind::BrokenPipe
        {
            *input = None;
        }
        result
    }

    /// Puts on the terminal what is not there yet: somebody waits.
    fn print(&mut self) -> io::Result<()> {
        if let State::Short(written, _, printed) = &mut self.state {
            self.terminal.write_all(written.get(*printed..).unwrap_or_default())?;
            *printed = written.len();
        }
        self.terminal.flush()
    }
}

impl Write for Paged {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write_all(bytes).map(|()| bytes.len())
    }

    /// Somebody waits for more: what is there is printed, if the pager has not begun.
    fn flush(&mut self) -> io::Result<()> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &mut inner.state {
            State::Short(..) | State::Printed => inner.print(),
            State::Paged(_, Some(input)) => input.flush(),
            State::Paged(_, None) | State::Left => Ok(()),
        }
    }
}

impl PagerEnd {
    /// Whether the pager is on the screen, so that nothing else may be drawn there.
    pub(super) fn is_paging(&self) -> bool {
        matches!(self.0.lock().unwrap_or_else(PoisonError::into_inner).state, State::Paged(..))
    }

    /// Whether the pager was left before the end of what it is to show.
    pub(super) fn is_left(&self) -> bool {
        match &mut self.0.lock().unwrap_or_else(PoisonError::into_inner).state {
            State::Paged(child, _) => matches!(child.try_wait(), Ok(Some(_))),
            _ => false,
        }
    }

    /// Waits until the pager is left; true if there was one.
    ///
    /// # Errors
    /// If the terminal cannot be written.
    pub(super) fn wait(&self) -> io::Result<bool> {
        let state = {
            let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            inner.print()?;
            std::mem::replace(&mut inner.state, State::Left)
        };
        let State::Paged(mut child, input) = state else { return Ok(false) };
        // The end of its input is what tells the pager that there is no more.
        drop(input);
        // How it ended is its own affair.
        let _ = child.wait();
        Ok(true)
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[derive(Clone, Default)]
    struct Screen(Arc<Mutex<Vec<u8>>>);

    impl Write for Screen {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("lock").extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Screen {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().expect("lock").clone()).expect("UTF-8")
        }
    }

    /// A pager that writes what it gets to a file.
    fn into_file(path: &std::path::Path) -> PagerCommand {
        let script = path.with_extension("sh");
        std::fs::write(&script, format!("cat > '{}'", path.display())).expect("write");
        PagerCommand { words: vec!["sh".to_owned(), script.display().to_string()], variables: Vec::new() }
    }

    #[test]
    fn what_fits_the_screen_is_printed_and_what_does_not_is_paged() {
        let folder = tempfile::tempdir().expect("folder");
        let path = folder.path().join("paged");
        for (lines, is_paged) in [(3, false), (4, true), (10_000, true)] {
            let screen = Screen::default();
            let (mut paged, end) = paged(into_file(&path), 4, Box::new(screen.clone()));
            let text = "line\n".repeat(lines);
            text.lines().for_each(|line| writeln!(paged, "{line}").expect("write"));
            assert_eq!(end.is_paging(), is_paged);
            assert_eq!(end.wait().expect("wait"), is_paged);
            let shown = if is_paged { std::fs::read_to_string(&path).expect("read") } else { screen.text() };
            assert_eq!(shown, text);
        }
    }

    #[test]
    fn rows_that_somebody_waits_for_are_printed_and_paged_if_more_follow() {
        let folder = tempfile::tempdir().expect("folder");
        let (path, screen) = (folder.path().join("paged"), Screen::default());
        let (mut paged, end) = paged(into_file(&path), 3, Box::new(screen.clone()));
        paged.write_all(b"first\n").expect("write");
        assert_eq!(screen.text(), "");
        paged.flush().expect("flush");
        paged.flush().expect("flush");
        assert_eq!(screen.text(), "first\n");
        paged.write_all(b"second\nthird\n").expect("write");
        assert!(end.wait().expect("wait"));
        assert_eq!(std::fs::read_to_string(&path).expect("read"), "first\nsecond\nthird\n");
        assert_eq!(screen.text(), "first\n");
    }

    #[test]
    fn a_pager_that_is_left_or_is_not_there() {
        let screen = Screen::default();
        let (mut quick, end) = paged(PagerCommand::of("true").expect("command"), 1, Box::new(screen.clone()));
        let line = "x".repeat(1000) + "\n";
        let left = (0..100_000).find_map(|_| quick.write_all(line.as_bytes()).err()).expect("error");
        assert_eq!(left.kind(), io::ErrorKind::BrokenPipe);
        let started = std::time::Instant::now();
        while !end.is_left() {
            assert!(started.elapsed() < std::time::Duration::from_secs(30));
        }
        assert!(end.wait().expect("wait"));
        let (mut missing, end) =
            paged(PagerCommand::of("no-such-pager -x").expect("command"), 1, Box::new(screen.clone()));
        missing.write_all(b"a\nb\n").expect("write");
        assert!(!end.wait().expect("wait") && screen.text().ends_with("a\nb\n"));
        assert_eq!((PagerCommand::of(" cat"), PagerCommand::of("")), (None, None));
    }
}
