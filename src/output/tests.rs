//! Whole outputs, format by format, over one set of rows with everything that can go wrong in a cell.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{
    ArrayRef, DurationNanosecondArray, Float64Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray,
    StringViewArray, TimestampNanosecondArray, new_null_array,
};
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef};

use super::*;
use crate::catalog::KustoType;

/// A sink that tests can read while a writer owns it.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Vec<u8>>>);

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("lock").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Shared {
    pub(super) fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("lock").clone()
    }
}

/// What a format makes of these batches.
pub(super) fn written(format: Format, schema: &SchemaRef, batches: &[RecordBatch], style: &Style) -> Vec<u8> {
    let sink = Shared::default();
    let mut writer = writer(format, Arc::clone(schema), Box::new(sink.clone()), style).expect("writer");
    for batch in batches {
        writer.write(batch).expect("write");
    }
    let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
    assert_eq!(writer.finish().expect("finish"), rows as u64);
    sink.bytes()
}

pub(super) fn text(format: Format, batch: &RecordBatch, style: &Style) -> String {
    String::from_utf8(written(format, batch.schema_ref(), std::slice::from_ref(batch), style)).expect("UTF-8")
}

/// Rows as a hunt gives them, written by an attacker.
pub(super) fn hostile() -> RecordBatch {
    let fields = [
        KustoType::DateTime.field("Timestamp"),
        KustoType::String.field("FileName"),
        KustoType::Dynamic.field("AdditionalFields"),
        KustoType::Long.field("Count"),
        KustoType::Real.field("Score"),
        KustoType::Timespan.field("Age"),
    ];
    let time = 1_790_842_530_000_000_000;
    let columns: [ArrayRef; 6] = [
        Arc::new(TimestampNanosecondArray::from(vec![Some(time + 123_456_789), Some(time), None]).with_timezone("UTC")),
        Arc::new(StringViewArray::from(vec![
            Some("=cmd|'/c calc'!A1,\"x\"\r\n\u{1b}[2J\u{202e}gpj.exe\t\\"),
            Some(""),
            None,
        ])),
        Arc::new(StringViewArray::from(vec![Some("{\"a\": [1,\n null]}"), Some("{broken"), None])),
        Arc::new(Int64Array::from(vec![Some(i64::MIN), Some(7), None])),
        Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(0.5), None])),
        Arc::new(DurationNanosecondArray::from(vec![Some(-93_784_000_000_100), Some(0), None])),
    ];
    RecordBatch::try_new(Arc::new(Schema::new(fields.to_vec())), columns.to_vec()).expect("batch")
}

fn shown(format: Format) -> String {
    text(format, &hostile(), &Style::default())
}

/// Data formats keep control characters as they are; here they are made visible.
fn plainly(text: &str) -> String {
    text.split('\n').map(visible).collect::<Vec<_>>().join("\n")
}

#[test]
fn jsonl() {
    insta::assert_snapshot!(shown(Format::Jsonl), @r#"
    {"Timestamp":"2026-10-01T08:15:30.1234567Z","FileName":"=cmd|'/c calc'!A1,\"x\"\r\n\u001b[2J\u202egpj.exe\t\\","AdditionalFields":{"a": [1,  null]},"Count":-9223372036854775808,"Score":"NaN","Age":"-1.02:03:04.0000001"}
    {"Timestamp":"2026-10-01T08:15:30Z","FileName":"","AdditionalFields":"{broken","Count":7,"Score":0.5,"Age":"00:00:00"}
    {"Timestamp":null,"FileName":null,"AdditionalFields":null,"Count":null,"Score":null,"Age":null}
    "#);
}

#[test]
fn json() {
    insta::assert_snapshot!(shown(Format::Json), @r#"
    [
    {"Timestamp":"2026-10-01T08:15:30.1234567Z","FileName":"=cmd|'/c calc'!A1,\"x\"\r\n\u001b[2J\u202egpj.exe\t\\","AdditionalFields":{"a": [1,  null]},"Count":-9223372036854775808,"Score":"NaN","Age":"-1.02:03:04.0000001"},
    {"Timestamp":"2026-10-01T08:15:30Z","FileName":"","AdditionalFields":"{broken","Count":7,"Score":0.5,"Age":"00:00:00"},
    {"Timestamp":null,"FileName":null,"AdditionalFields":null,"Count":null,"Score":null,"Age":null}
    ]
    "#);
    let rows: serde_json::Value = serde_json::from_str(&shown(Format::Json)).expect("JSON");
    assert_eq!(rows[0]["AdditionalFields"], serde_json::json!({"a": [1, null]}));
}

#[test]
fn csv() {
    insta::assert_snapshot!(plainly(&shown(Format::Csv)), @r#"
    Timestamp,FileName,AdditionalFields,Count,Score,Age
    2026-10-01T08:15:30.1234567Z,"=cmd|'/c calc'!A1,""x""␍
    ␛[2J<U+202E>gpj.exe␉\","{""a"": [1,
     null]}",-9223372036854775808,NaN,-1.02:03:04.0000001
    2026-10-01T08:15:30Z,"",{broken,7,0.5,00:00:00
    ,,,,,
    "#);
    let guarded = text(Format::Csv, &hostile(), &Style { guard_formulas: true, ..Style::default() });
    insta::assert_snapshot!(plainly(&guarded), @r#"
    Timestamp,FileName,AdditionalFields,Count,Score,Age
    2026-10-01T08:15:30.1234567Z,"'=cmd|'/c calc'!A1,""x""␍
    ␛[2J<U+202E>gpj.exe␉\","{""a"": [1,
     null]}",-9223372036854775808,NaN,-1.02:03:04.0000001
    2026-10-01T08:15:30Z,"",{broken,7,0.5,00:00:00
    ,,,,,
    "#);
}

#[test]
fn csv_of_one_column_has_no_empty_lines() {
    let column: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None, Some("")]));
    let batch = RecordBatch::try_from_iter([("A", column)]).expect("batch");
    assert_eq!(text(Format::Csv, &batch, &Style::default()), "A\na\n\"\"\n\"\"\n");
}

#[test]
fn tsv() {
    insta::assert_snapshot!(plainly(&shown(Format::Tsv)), @r#"
    Timestamp␉FileName␉AdditionalFields␉Count␉Score␉Age
    2026-10-01T08:15:30.1234567Z␉=cmd|'/c calc'!A1,"x"\r\n␛[2J<U+202E>gpj.exe\t\\␉{"a": [1,\n null]}␉-9223372036854775808␉NaN␉-1.02:03:04.0000001
    2026-10-01T08:15:30Z␉␉{broken␉7␉0.5␉00:00:00
    \N␉\N␉\N␉\N␉\N␉\N
    "#);
}

#[test]
fn markdown() {
    insta::assert_snapshot!(shown(Format::Markdown), @r#"
    | Timestamp | FileName | AdditionalFields | Count | Score | Age |
    | --- | --- | --- | ---: | ---: | --- |
    | 2026-10-01T08:15:30.1234567Z | =cmd\|'/c calc'!A1,"x"<br>␛\[2J&lt;U+202E&gt;gpj.exe␉\\ | {"a": \[1,<br> null\]} | -9223372036854775808 | NaN | -1.02:03:04.0000001 |
    | 2026-10-01T08:15:30Z |  | {broken | 7 | 0.5 | 00:00:00 |
    | NULL | NULL | NULL | NULL | NULL | NULL |
    "#);
    let column: ArrayRef =
        Arc::new(StringViewArray::from(vec!["<script>alert(1)</script> & [x](http://e) `a|b` *c* C:\\d"]));
    let batch = RecordBatch::try_from_iter([("A|B", column)]).expect("batch");
    insta::assert_snapshot!(text(Format::Markdown, &batch, &Style::default()), @r"
    | A\|B |
    | --- |
    | &lt;script&gt;alert(1)&lt;/script&gt; &amp; \[x\](http://e) \`a\|b\` \*c\* C:\\d |
    ");
}

#[test]
fn an_answer_without_rows_has_its_columns() {
    let schema = hostile().schema();
    let texts =
        [Format::Table, Format::Json, Format::Jsonl, Format::Csv, Format::Tsv, Format::Markdown].map(|format| {
            let bytes = written(format, &schema, &[], &Style::default());
            format!("{format}:\n{}", String::from_utf8(bytes).expect("UTF-8"))
        });
    insta::assert_snapshot!(plainly(&texts.join("")), @"
    table:
     Timestamp │ FileName │ AdditionalFields │ Count │ Score │ Age
    ───────────┼──────────┼──────────────────┼───────┼───────┼─────
    (0 rows)
    json:
    []
    jsonl:
    csv:
    Timestamp,FileName,AdditionalFields,Count,Score,Age
    tsv:
    Timestamp␉FileName␉AdditionalFields␉Count␉Score␉Age
    markdown:
    | Timestamp | FileName | AdditionalFields | Count | Score | Age |
    | --- | --- | --- | ---: | ---: | --- |
    ");
}

#[test]
fn rows_without_columns_are_counted() {
    let schema = Arc::new(Schema::empty());
    let options = RecordBatchOptions::new().with_row_count(Some(2));
    let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), Vec::new(), &options).expect("batch");
    let texts = Format::ALL.into_iter().filter(|format| !format.is_binary()).map(|format| {
        let bytes = written(format, &schema, std::slice::from_ref(&batch), &Style::default());
        format!("{format}: {:?}\n", String::from_utf8(bytes).expect("UTF-8"))
    });
    insta::assert_snapshot!(texts.collect::<String>(), @r#"
    table: "(2 rows)\n"
    json: "[\n{},\n{}\n]\n"
    jsonl: "{}\n{}\n"
    csv: "\n\n\n"
    tsv: "\n\n\n"
    markdown: "|\n|\n|\n|\n"
    "#);
    for format in [Format::Parquet, Format::Arrow] {
        written(format, &schema, std::slice::from_ref(&batch), &Style::default());
    }
}

#[test]
fn columns_of_one_name_are_told_apart() {
    let schema =
        Arc::new(Schema::new(vec![Field::new("A", DataType::Int64, true), Field::new("A", DataType::Int64, true)]));
    let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from(vec![1])), Arc::new(Int64Array::from(vec![2]))];
    let batch = RecordBatch::try_new(schema, columns).expect("batch");
    assert_eq!(text(Format::Jsonl, &batch, &Style::default()), "{\"A\":1,\"A1\":2}\n");
    assert!(!written(Format::Parquet, batch.schema_ref(), std::slice::from_ref(&batch), &Style::default()).is_empty());
}

#[test]
fn arrow_files_read_back_equal() {
    use datafusion::arrow::array::{AsArray, DictionaryArray};
    use datafusion::arrow::datatypes::Int32Type;
    use datafusion::arrow::ipc::reader::FileReader;

    let bytes = written(Format::Arrow, hostile().schema_ref(), &[hostile(), hostile()], &Style::default());
    let read: Vec<_> =
        FileReader::try_new(io::Cursor::new(bytes), None).expect("reader").map(|batch| batch.expect("batch")).collect();
    assert_eq!(read, [hostile(), hostile()]);

    // Two batches whose dictionaries differ, which the format cannot hold as they are.
    let batches = [["a", "b"], ["c", "a"]].map(|texts| {
        let column: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::from_iter(texts));
        RecordBatch::try_from_iter([("A", column)]).expect("batch")
    });
    let bytes = written(Format::Arrow, batches[0].schema_ref(), &batches, &Style::default());
    let reader = FileReader::try_new(io::Cursor::new(bytes), None).expect("reader");
    let texts: Vec<String> = reader
        .flat_map(|batch| {
            batch
                .expect("batch")
                .column(0)
                .as_string::<i32>()
                .iter()
                .map(|text| text.unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(texts, ["a", "b", "c", "a"]);
}

#[test]
fn a_reader_that_stops_is_not_trouble() {
    struct Closed;
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    for format in Format::ALL {
        let style = Style::default();
        let outcome = writer(format, hostile().schema(), Box::new(Closed), &style).and_then(|mut writer| {
            writer.write(&hostile())?;
            writer.finish()
        });
        assert!(matches!(outcome, Err(OutputError::BrokenPipe)), "{format}: {outcome:?}");
    }
}

#[test]
fn what_parquet_cannot_hold_is_refused_by_name() {
    use datafusion::arrow::datatypes::{IntervalUnit, UnionFields, UnionMode};
    let union = UnionFields::try_new([0], [Field::new("a", DataType::Int64, true)]).expect("fields");
    for kind in [
        DataType::Union(union, UnionMode::Sparse),
        DataType::Interval(IntervalUnit::MonthDayNano),
        DataType::Struct(Vec::<Field>::new().into()),
    ] {
        let schema = Arc::new(Schema::new(vec![Field::new("J", kind, true)]));
        let outcome = writer(Format::Parquet, schema, Box::new(Shared::default()), &Style::default());
        let error = outcome.err().expect("error").to_string();
        assert!(error.starts_with("column J has the type "), "{error}");
    }
    let schema = Arc::new(Schema::new(vec![Field::new("N", DataType::Null, true)]));
    let batch = RecordBatch::try_new(Arc::clone(&schema), vec![new_null_array(&DataType::Null, 3)]).expect("batch");
    assert!(!written(Format::Parquet, &schema, &[batch], &Style::default()).is_empty());
}

#[test]
fn a_plan_is_shown_as_the_tree_that_it_is() {
    let texts = |texts: [&str; 2]| Arc::new(StringArray::from(texts.to_vec())) as ArrayRef;
    let kinds = texts(["logical_plan", "physical_plan"]);
    let plans = texts(["Filter: FileName = Utf8(\"\u{1b}\")\n  TableScan: t", "DataSourceExec: [a.json]\n"]);
    let batch = RecordBatch::try_from_iter([("plan_type", kinds), ("plan", plans)]).expect("batch");
    insta::assert_snapshot!(text(Format::Table, &batch, &Style::default()), @r#"
    logical_plan
      Filter: FileName = Utf8("␛")
        TableScan: t
    physical_plan
      DataSourceExec: [a.json]
    "#);
    assert!(text(Format::Csv, &batch, &Style::default()).starts_with("plan_type,plan\n"));
}
