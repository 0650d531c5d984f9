//! The line as text, and on a terminal that is not there.

use indicatif::TermLike;

use super::*;

struct Fixed(Counters);

impl Monitor for Fixed {
    fn counters(&self) -> Counters {
        self.0.clone()
    }

    fn notes(&self) -> Vec<String> {
        Vec::new()
    }
}

/// A terminal that keeps everything sent to it.
#[derive(Debug, Clone, Default)]
struct Kept(Arc<Mutex<String>>);

impl Kept {
    fn push(&self, text: &str) -> std::io::Result<()> {
        self.0.lock().expect("lock").push_str(text);
        Ok(())
    }
}

impl TermLike for Kept {
    fn width(&self) -> u16 {
        120
    }
    fn move_cursor_up(&self, lines: usize) -> std::io::Result<()> {
        self.push(&"<up>".repeat(lines))
    }
    fn move_cursor_down(&self, lines: usize) -> std::io::Result<()> {
        self.push(&"<down>".repeat(lines))
    }
    fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
        Ok(())
    }
    fn write_line(&self, text: &str) -> std::io::Result<()> {
        self.push(text)?;
        self.push("\n")
    }
    fn write_str(&self, text: &str) -> std::io::Result<()> {
        self.push(text)
    }
    fn clear_line(&self) -> std::io::Result<()> {
        self.push("<clear>")
    }
    fn flush(&self) -> std::io::Result<()> {
        Ok(())
    }
}

fn half_way() -> Counters {
    Counters {
        bytes_planned: 2_000_000_000,
        bytes_scanned: 860_000_000,
        blobs_planned: 650,
        blobs_opened: 312,
        blobs_pruned: 4_000,
        rows: 1_234,
        elapsed: Duration::from_secs(4),
        ..Counters::default()
    }
}

#[test]
fn the_line_says_how_far_how_fast_and_how_long() {
    insta::assert_snapshot!(line(&half_way(), "", 130), @"████████░░░░░░░░░░░░  43 % · 860.0 MB of 2.0 GB · 1,234 rows · 5.3 s left · 215.0 MB/s · 312 of 650 blobs · 4,000 skipped");
    insta::assert_snapshot!(line(&half_way(), "3 files", 70), @"████████░░░░░░░░░░░░  43 % · 860.0 MB of 2.0 GB · 1,234 rows");
    insta::assert_snapshot!(line(&half_way(), "", 30), @"████████░░░░░░░░░░░░  43 %");
    assert_eq!(line(&half_way(), "", 3), "");
    let unplanned = Counters { rows: 1, elapsed: Duration::from_secs(1), ..Counters::default() };
    insta::assert_snapshot!(line(&unplanned, "", 80), @"1 row");
    let done = Counters { bytes_scanned: 2_100_000_000, ..half_way() };
    insta::assert_snapshot!(line(&done, "sorting", 120), @"████████████████████ 100 % · 2.1 GB of 2.1 GB · 1,234 rows · sorting · 525.0 MB/s · 312 of 650 blobs · 4,000 skipped");
}

#[test]
fn what_is_written_is_told_with_its_rate() {
    insta::assert_snapshot!(written(1_200_000_000, Duration::from_secs(5)), @"1.2 GB written · 240.0 MB/s · 5.0 s");
    insta::assert_snapshot!(written(0, Duration::ZERO), @"0 B written · 0 B/s · 0.0 s");
}

#[test]
fn a_terminal_shows_the_line_and_then_nothing() {
    let terminal = Kept::default();
    let target = ProgressDrawTarget::term_like(Box::new(terminal.clone()));
    let progress = Progress::of_query(target, Arc::new(Fixed(half_way())), 100);
    progress.note("2 files");
    // The line is drawn by a thread of its own, whose turn may come late.
    let patience = Instant::now() + Duration::from_secs(30);
    let sent = || terminal.0.lock().expect("lock").clone();
    while !(sent().contains("43 %") && sent().contains("2 files")) {
        assert!(Instant::now() < patience, "{}", sent());
        std::thread::sleep(Duration::from_millis(5));
    }
    drop(progress);
    let sent = sent();
    assert!(sent.ends_with("<clear>"), "{sent}");
}

#[test]
fn quick_answers_show_no_line() {
    let terminal = Kept::default();
    let quick = Counters { elapsed: Duration::from_millis(20), ..half_way() };
    let progress =
        Progress::of_query(ProgressDrawTarget::term_like(Box::new(terminal.clone())), Arc::new(Fixed(quick)), 100);
    progress.bar.tick();
    drop(progress);
    let sent = terminal.0.lock().expect("lock").clone();
    assert!(!sent.contains('%'), "{sent}");
}
