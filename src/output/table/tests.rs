//! Tables as a terminal would show them.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, StringArray};

use super::*;
use crate::output::tests::{Shared, hostile, text};
use crate::output::{Format, writer};

fn at_width(width: usize) -> Style {
    Style { width: Some(width), ..Style::default() }
}

#[test]
fn a_file_gets_whole_cells() {
    insta::assert_snapshot!(text(Format::Table, &hostile(), &Style::default()), @r#"
     Timestamp                    │ FileName                                     │ AdditionalFields  │                Count │ Score │ Age
    ──────────────────────────────┼──────────────────────────────────────────────┼───────────────────┼──────────────────────┼───────┼─────────────────────
     2026-10-01T08:15:30.1234567Z │ =cmd|'/c calc'!A1,"x"␍␊␛[2J<U+202E>gpj.exe␉\ │ {"a": [1,␊ null]} │ -9223372036854775808 │   NaN │ -1.02:03:04.0000001
     2026-10-01T08:15:30Z         │                                              │ {broken           │                    7 │   0.5 │ 00:00:00
     NULL                         │ NULL                                         │ NULL              │                 NULL │  NULL │ NULL
    (3 rows)
    "#);
}

#[test]
fn a_terminal_gets_what_fits_and_numbers_and_times_whole() {
    let shown = text(Format::Table, &hostile(), &at_width(120));
    insta::assert_snapshot!(shown, @r#"
     Timestamp                    │ FileName         │ AdditionalFiel… │                Count │ Score │ Age
    ──────────────────────────────┼──────────────────┼─────────────────┼──────────────────────┼───────┼─────────────────────
     2026-10-01T08:15:30.1234567Z │ =cmd|'/c calc'!… │ {"a": [1,␊ nul… │ -9223372036854775808 │   NaN │ -1.02:03:04.0000001
     2026-10-01T08:15:30Z         │                  │ {broken         │                    7 │   0.5 │ 00:00:00
     NULL                         │ NULL             │ NULL            │                 NULL │  NULL │ NULL
    (3 rows)
    "#);
    assert!(shown.lines().all(|line| line.chars().count() <= 120));
}

#[test]
fn a_narrow_terminal_gets_records() {
    insta::assert_snapshot!(text(Format::Table, &hostile(), &at_width(50)), @r#"
    ─[ 1 ]───────────────────────────────────
     Timestamp        │ 2026-10-01T08:15:30.1234567Z
     FileName         │ =cmd|'/c calc'!A1,"x"␍␊␛[2J<U
                      │ +202E>gpj.exe␉\
     AdditionalFields │ {"a": [1,␊ null]}
     Count            │ -9223372036854775808
     Score            │ NaN
     Age              │ -1.02:03:04.0000001
    ─[ 2 ]───────────────────────────────────
     Timestamp        │ 2026-10-01T08:15:30Z
     FileName         │
     AdditionalFields │ {broken
     Count            │ 7
     Score            │ 0.5
     Age              │ 00:00:00
    ─[ 3 ]───────────────────────────────────
     Timestamp        │ NULL
     FileName         │ NULL
     AdditionalFields │ NULL
     Count            │ NULL
     Score            │ NULL
     Age              │ NULL
    (3 rows)
    "#);
}

#[test]
fn records_can_be_asked_for_and_refused() {
    let always = text(Format::Table, &hostile(), &Style { records: Records::Always, ..at_width(200) });
    assert!(always.starts_with("─[ 1 ]"), "{always}");
    let never = text(Format::Table, &hostile(), &Style { records: Records::Never, ..at_width(50) });
    insta::assert_snapshot!(never, @r#"
     Timestamp                    │ FileName     │ AdditionalF… │                Count │ Score │ Age
    ──────────────────────────────┼──────────────┼──────────────┼──────────────────────┼───────┼─────────────────────
     2026-10-01T08:15:30.1234567Z │ =cmd|'/c ca… │ {"a": [1,␊ … │ -9223372036854775808 │   NaN │ -1.02:03:04.0000001
     2026-10-01T08:15:30Z         │              │ {broken      │                    7 │   0.5 │ 00:00:00
     NULL                         │ NULL         │ NULL         │                 NULL │  NULL │ NULL
    (3 rows)
    "#);
}

#[test]
fn headings_and_nulls_are_set_off_in_colour() {
    let column: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None]));
    let batch = RecordBatch::try_from_iter([("A", column)]).expect("batch");
    let style = Style { color: true, row_count: false, ..Style::default() };
    insta::assert_snapshot!(text(Format::Table, &batch, &style).escape_debug().to_string().replace("\\n", "\n"), @r"
    \u{1b}[1m A    \u{1b}[0m
    ──────
     a
    \u{1b}[2m NULL \u{1b}[0m
    ");
}

#[test]
fn wide_characters_and_long_cells_keep_the_grid() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        "日本語のファイル名.exe".to_owned(),
        "🙂".repeat(30),
        "e\u{301}".repeat(5000),
        "x".repeat(100_000),
    ]));
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 22, 333, 4444]));
    let batch = RecordBatch::try_from_iter([("Name", texts), ("N", numbers)]).expect("batch");
    insta::assert_snapshot!(text(Format::Table, &batch, &at_width(30)), @"
     Name                  │    N
    ───────────────────────┼──────
     日本語のファイル名.e… │    1
     🙂🙂🙂🙂🙂🙂🙂🙂🙂🙂… │   22
     éééééééééééééééééééé… │  333
     xxxxxxxxxxxxxxxxxxxx… │ 4444
    (4 rows)
    ");
}

#[test]
fn rows_are_shown_as_they_come_once_widths_are_settled() {
    let batch = |text: &str, number: i64| {
        let columns: [(&str, ArrayRef); 2] =
            [("Name", Arc::new(StringArray::from(vec![text]))), ("N", Arc::new(Int64Array::from(vec![number])))];
        RecordBatch::try_from_iter(columns).expect("batch")
    };
    let sink = Shared::default();
    let style = at_width(60);
    let mut table = writer(Format::Table, batch("", 0).schema(), Box::new(sink.clone()), &style).expect("writer");
    table.write(&batch("first", 1)).expect("write");
    assert!(sink.bytes().is_empty());
    table.flush().expect("flush");
    let after_flush = sink.bytes().len();
    table.write(&batch("a name longer than the column", 1_234_567_890)).expect("write");
    table.write(&batch(&"a name longer than the terminal".repeat(3), 5)).expect("write");
    assert!(sink.bytes().len() > after_flush);
    table.write(&batch("last", 2)).expect("write");
    assert_eq!(table.finish().expect("finish"), 4);
    insta::assert_snapshot!(String::from_utf8(sink.bytes()).expect("UTF-8"), @"
     Name  │ N
    ───────┼───
     first │ 1
     a name longer than the column │ 1234567890
     a name longer than the terminala name longer… │          5
     last                                          │          2
    (4 rows)
    ");
}

#[test]
fn severities_have_colours() {
    let column = |texts: &[&str]| -> ArrayRef { Arc::new(StringArray::from(texts.to_vec())) };
    let texts = ["High", "medium", "Low", "Informational", "Highest"];
    let batch =
        RecordBatch::try_from_iter([("AlertSeverity", column(&texts)), ("Title", column(&texts))]).expect("batch");
    let style = Style { color: true, row_count: false, ..Style::default() };
    insta::assert_snapshot!(text(Format::Table, &batch, &style).escape_debug().to_string().replace("\\n", "\n"), @r"
    \u{1b}[1m AlertSeverity \u{1b}[0m│\u{1b}[1m Title         \u{1b}[0m
    ───────────────┼───────────────
    \u{1b}[38;5;9m\u{1b}[1m High          \u{1b}[0m│ High
    \u{1b}[38;5;11m medium        \u{1b}[39m│ medium
    \u{1b}[38;5;14m Low           \u{1b}[39m│ Low
    \u{1b}[2m Informational \u{1b}[0m│ Informational
     Highest       │ Highest
    ");
    assert!(!text(Format::Table, &batch, &Style { color: false, ..style }).contains('\u{1b}'));
}

#[test]
fn cut_cells_are_told_of_where_somebody_can_see_them_whole() {
    let long: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(100)]));
    let batch = RecordBatch::try_from_iter([("Name", long)]).expect("batch");
    let style = |width: usize| Style { whole: Some(".row N shows a record whole"), ..at_width(width) };
    insta::assert_snapshot!(text(Format::Table, &batch, &style(30)), @"
     Name
    ──────────────────────────────
     xxxxxxxxxxxxxxxxxxxxxxxxxxx…
    (1 row)
    (cells that end in … are cut; .row N shows a record whole)
    ");
    assert!(!text(Format::Table, &batch, &style(200)).contains(".row"));
    assert!(!text(Format::Table, &batch, &at_width(30)).contains(".row"));
}
