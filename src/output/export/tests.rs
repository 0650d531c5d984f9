//! Exports into real folders, read back.

use std::fs;
use std::sync::{Arc, Mutex};

use datafusion::arrow::array::{
    Array, ArrayRef, BooleanArray, Int64Array, LargeBinaryArray, ListArray, StringArray, StringViewArray,
    TimestampNanosecondArray,
};
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use datafusion::parquet::arrow::arrow_reader::{
    ArrowReaderMetadata, ArrowReaderOptions, ParquetRecordBatchReaderBuilder,
};
use datafusion::parquet::basic::Compression as Codec;
use tempfile::TempDir;

use super::*;
use crate::catalog::KustoType;
use crate::engine::Order;
use crate::output::tests::hostile;

const HOUR: i64 = 3_600_000_000_000;
/// 2026-10-01T00:00:00Z
const MIDNIGHT: i64 = 1_790_812_800_000_000_000;

/// Exports batches and gives the number of rows.
fn export(target: &Path, batches: &[RecordBatch], options: &ExportOptions) -> Result<u64, OutputError> {
    let mut writer = ExportWriter::create(target, batches[0].schema(), options)?;
    for batch in batches {
        writer.write(batch)?;
    }
    writer.finish()
}

fn read(path: &Path) -> Vec<RecordBatch> {
    let reader = ParquetRecordBatchReaderBuilder::try_new(File::open(path).expect("open")).expect("reader");
    reader.build().expect("build").map(|batch| batch.expect("batch")).collect()
}

/// All paths below a folder, sorted, files with their rows.
fn listing(root: &Path) -> String {
    let mut lines = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("folder") {
            let path = entry.expect("entry").path();
            let name = path.strip_prefix(root).expect("below").display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if name.ends_with(".parquet") && !name.contains(".huntql-tmp-") {
                lines.push(format!("{name}: {}", read(&path).iter().map(RecordBatch::num_rows).sum::<usize>()));
            } else {
                lines.push(name);
            }
        }
    }
    lines.sort();
    lines.join("\n")
}

/// One row an hour from midnight, with a device that changes every three hours.
fn hours(count: i64) -> RecordBatch {
    let times = TimestampNanosecondArray::from_iter_values((0..count).map(|hour| MIDNIGHT + hour * HOUR + 1))
        .with_timezone("UTC");
    let devices = StringViewArray::from_iter((0..count).map(|hour| (hour % 9 < 6).then(|| format!("ws/{}", hour / 3))));
    let columns: [(&str, ArrayRef, bool); 3] = [
        ("Timestamp", Arc::new(times), true),
        ("DeviceId", Arc::new(devices), true),
        ("N", Arc::new(Int64Array::from_iter_values(0..count)), true),
    ];
    RecordBatch::try_from_iter_with_nullable(columns).expect("batch")
}

fn by(partitions: &[&str]) -> ExportOptions {
    let partition_by = partitions.iter().map(|text| text.parse().expect("partition")).collect();
    ExportOptions { partition_by, ..ExportOptions::default() }
}

#[test]
fn rows_and_types_read_back_as_they_were() {
    let folder = TempDir::new().expect("folder");
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    let more: [(Field, ArrayRef); 4] = [
        (Field::new("L", list.data_type().clone(), true), Arc::new(list)),
        (KustoType::Bool.field("B"), Arc::new(BooleanArray::from(vec![Some(true), None, Some(false)]))),
        (
            Field::new("Bytes", DataType::LargeBinary, true),
            Arc::new(LargeBinaryArray::from(vec![Some(b"\xff".as_slice()), None, None])),
        ),
        (Field::new("Text", DataType::Utf8, true), Arc::new(StringArray::from(vec![Some("a"), Some(""), None]))),
    ];
    let rows = hostile();
    let fields: Vec<Field> = rows
        .schema()
        .fields()
        .iter()
        .map(|field| field.as_ref().clone())
        .chain(more.iter().map(|(field, _)| field.clone()))
        .collect();
    let columns = rows.columns().iter().cloned().chain(more.into_iter().map(|(_, array)| array)).collect();
    let rows = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).expect("batch");

    let path = folder.path().join("new/rows.parquet");
    assert_eq!(export(&path, &[rows.clone(), rows.clone()], &ExportOptions::default()).expect("export"), 6);
    let read = read(&path);
    assert_eq!(read[0].schema().fields(), rows.schema().fields());
    assert_eq!(read, [datafusion::arrow::compute::concat_batches(rows.schema_ref(), [&rows, &rows]).expect("concat")]);
    assert_eq!(listing(folder.path()), "new/rows.parquet: 6");
}

#[test]
fn files_are_made_for_hunting() {
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("rows.parquet");
    let options = ExportOptions {
        metadata: vec![("huntql.table".into(), "T".into())],
        row_group_rows: 4,
        ..ExportOptions::default()
    };
    export(&path, &[hours(10)], &options).expect("export");
    let file = File::open(&path).expect("open");
    let options = ArrowReaderOptions::new()
        .with_page_index_policy(datafusion::parquet::file::metadata::PageIndexPolicy::Required);
    let metadata = ArrowReaderMetadata::load(&file, options).expect("metadata");
    let metadata = metadata.metadata();
    let groups: Vec<i64> = metadata.row_groups().iter().map(|group| group.num_rows()).collect();
    assert_eq!(groups, [4, 4, 2]);
    let group = metadata.row_group(0);
    let blooms: Vec<bool> = group.columns().iter().map(|column| column.bloom_filter_offset().is_some()).collect();
    assert_eq!(blooms, [false, true, false]);
    let sorting = group.sorting_columns().expect("sorting");
    assert_eq!(
        (sorting.len(), sorting[0].column_idx, sorting[0].descending, sorting[0].nulls_first),
        (1, 0, false, false)
    );
    assert!(metadata.column_index().is_some() && metadata.offset_index().is_some());
    // The level is not kept in a file.
    assert!(matches!(group.column(0).compression(), Codec::ZSTD(_)));
    let pairs = metadata.file_metadata().key_value_metadata().expect("pairs");
    let value = |key: &str| pairs.iter().find(|pair| pair.key == key).and_then(|pair| pair.value.clone());
    assert_eq!(value("huntql.version").as_deref(), Some(env!("CARGO_PKG_VERSION")));
    assert_eq!(value("huntql.table").as_deref(), Some("T"));
}

#[test]
fn sorting_columns_are_leaves_of_the_file() {
    let list = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)])]);
    let object = datafusion::arrow::array::StructArray::from(vec![
        (Arc::new(Field::new("a", DataType::Int64, true)), Arc::new(Int64Array::from(vec![1])) as ArrayRef),
        (Arc::new(Field::new("b", DataType::Int64, true)), Arc::new(Int64Array::from(vec![1])) as ArrayRef),
    ]);
    let columns: [(&str, ArrayRef); 3] =
        [("O", Arc::new(object)), ("L", Arc::new(list)), ("N", Arc::new(Int64Array::from(vec![1])))];
    let batch = RecordBatch::try_from_iter(columns).expect("batch");
    let options = ExportOptions { sort: Some(vec!["n".into()]), ..ExportOptions::default() };
    let layout = ExportLayout::new(&options, batch.schema_ref()).expect("layout");
    let properties = properties::writer(&options, &layout, batch.schema_ref()).expect("properties");
    assert_eq!(properties.sorting_columns().expect("sorting")[0].column_idx, 3);
}

#[test]
fn folders_of_days_hours_and_values() {
    let folder = TempDir::new().expect("folder");
    export(&folder.path().join("d"), &[hours(30), hours(0)], &by(&["day"])).expect("export");
    export(&folder.path().join("h"), &[hours(30).slice(22, 4)], &by(&["hour"])).expect("export");
    export(&folder.path().join("v"), &[hours(12)], &by(&["day", "deviceid"])).expect("export");
    insta::assert_snapshot!(listing(folder.path()), @"
    d/day=2026-10-01/part-00000.parquet: 24
    d/day=2026-10-02/part-00000.parquet: 6
    h/hour=2026-10-01T22/part-00000.parquet: 1
    h/hour=2026-10-01T23/part-00000.parquet: 1
    h/hour=2026-10-02T00/part-00000.parquet: 1
    h/hour=2026-10-02T01/part-00000.parquet: 1
    v/day=2026-10-01/DeviceId=__HIVE_DEFAULT_PARTITION__/part-00000.parquet: 3
    v/day=2026-10-01/DeviceId=ws%2F0/part-00000.parquet: 3
    v/day=2026-10-01/DeviceId=ws%2F1/part-00000.parquet: 3
    v/day=2026-10-01/DeviceId=ws%2F3/part-00000.parquet: 3
    ");
    let part = folder.path().join("v/day=2026-10-01/DeviceId=ws%2F1/part-00000.parquet");
    assert_eq!(read(&part), [hours(12).slice(3, 3)]);
}

#[test]
fn times_before_1970_and_null_have_folders_too() {
    let folder = TempDir::new().expect("folder");
    let times = TimestampNanosecondArray::from(vec![Some(-1), Some(0), None]).with_timezone("UTC");
    let batch = RecordBatch::try_from_iter([("Timestamp", Arc::new(times) as ArrayRef)]).expect("batch");
    export(folder.path(), &[batch], &by(&["hour"])).expect("export");
    insta::assert_snapshot!(listing(folder.path()), @"
    hour=1969-12-31T23/part-00000.parquet: 1
    hour=1970-01-01T00/part-00000.parquet: 1
    hour=__HIVE_DEFAULT_PARTITION__/part-00000.parquet: 1
    ");
}

#[test]
fn files_end_after_so_many_rows() {
    let folder = TempDir::new().expect("folder");
    let options = ExportOptions { rows_per_file: Some(7), ..by(&["day"]) };
    export(folder.path(), &[hours(10), hours(30).slice(10, 20)], &options).expect("export");
    insta::assert_snapshot!(listing(folder.path()), @"
    day=2026-10-01/part-00000.parquet: 7
    day=2026-10-01/part-00001.parquet: 7
    day=2026-10-01/part-00002.parquet: 7
    day=2026-10-01/part-00003.parquet: 3
    day=2026-10-02/part-00000.parquet: 6
    ");
}

#[test]
fn rows_in_no_order_are_all_there() {
    let folder = TempDir::new().expect("folder");
    export(folder.path(), &[hours(30), hours(30)], &by(&["day"])).expect("export");
    insta::assert_snapshot!(listing(folder.path()), @"
    day=2026-10-01/part-00000.parquet: 24
    day=2026-10-01/part-00001.parquet: 24
    day=2026-10-02/part-00000.parquet: 6
    day=2026-10-02/part-00001.parquet: 6
    ");
}

#[test]
fn row_groups_are_bounded_by_memory() {
    let folder = TempDir::new().expect("folder");
    let path = folder.path().join("rows.parquet");
    // Text that neither a dictionary nor zstd makes small.
    let text = |seed: u64| {
        (0..200_000u64).map(|n| format!("{:x}", (n ^ seed).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect::<String>()
    };
    let batch = |seed| {
        RecordBatch::try_from_iter([("T", Arc::new(StringArray::from(vec![text(seed)])) as ArrayRef)]).expect("batch")
    };
    let options = ExportOptions { compression: "none".parse().expect("compression"), ..ExportOptions::default() };
    let batches: Vec<_> = (0..60).map(batch).collect();
    export(&path, &batches, &options).expect("export");
    let metadata =
        ArrowReaderMetadata::load(&File::open(&path).expect("open"), ArrowReaderOptions::default()).expect("metadata");
    assert!(metadata.metadata().num_row_groups() > 1);
}

#[test]
fn nothing_has_its_name_before_the_end_and_nothing_stays_of_what_has_none() {
    let folder = TempDir::new().expect("folder");
    for target in [folder.path().join("f/rows.parquet"), folder.path().join("d")] {
        let options = if target.ends_with("d") { by(&["hour"]) } else { ExportOptions::default() };
        let mut writer = ExportWriter::create(&target, hours(0).schema(), &options).expect("create");
        writer.write(&hours(3)).expect("write");
        assert!(!listing(folder.path()).contains(": "), "{}", listing(folder.path()));
        assert!(listing(folder.path()).contains(".huntql-tmp-"));
        drop(writer);
        assert_eq!(listing(folder.path()), "");
    }
}

#[test]
fn what_a_killed_export_left_is_removed() {
    let folder = TempDir::new().expect("folder");
    let left = folder.path().join("day=2020-01-01");
    fs::create_dir(&left).expect("folder");
    fs::write(left.join(".huntql-tmp-part-00003.parquet"), "PAR1 half").expect("write");
    fs::write(folder.path().join(".huntql-tmp-part-00000.parquet"), "").expect("write");
    fs::write(folder.path().join(".huntql-tmp-lock"), "").expect("write");
    export(folder.path(), &[hours(2)], &ExportOptions::default()).expect("export");
    assert_eq!(listing(folder.path()), "part-00000.parquet: 2");
    assert!(!left.exists());

    let file = folder.path().join("files/rows.parquet");
    fs::create_dir(folder.path().join("files")).expect("folder");
    fs::write(file.with_file_name(".huntql-tmp-rows.parquet"), "x".repeat(100_000)).expect("write");
    export(&file, &[hours(2)], &ExportOptions::default()).expect("export");
    assert_eq!(listing(&folder.path().join("files")), "rows.parquet: 2");
}

#[test]
fn what_is_there_is_replaced_only_on_request_and_at_the_end() {
    let folder = TempDir::new().expect("folder");
    let root = folder.path();
    export(root, &[hours(30)], &by(&["day"])).expect("export");
    let refused = export(root, &[hours(3)], &ExportOptions::default()).expect_err("refused").to_string();
    assert!(refused.ends_with("holds an export already; pass --overwrite to replace it"), "{refused}");

    let overwrite = ExportOptions { overwrite: true, ..ExportOptions::default() };
    let mut writer = ExportWriter::create(root, hours(0).schema(), &overwrite).expect("create");
    writer.write(&hours(3)).expect("write");
    assert!(listing(root).contains("day=2026-10-01/part-00000.parquet: 24"));
    writer.finish().expect("finish");
    drop(writer);
    assert_eq!(listing(root), "part-00000.parquet: 3");
    assert!(!root.join("day=2026-10-01").exists());

    let file = root.join("rows.parquet");
    export(&file, &[hours(3)], &ExportOptions::default()).expect("export");
    export(&file, &[hours(3)], &ExportOptions::default()).expect_err("refused");
    export(&file, &[hours(4)], &overwrite).expect("export");
    assert_eq!(listing(root), "part-00000.parquet: 3\nrows.parquet: 4");
}

#[test]
fn two_exports_do_not_share_a_place() {
    let folder = TempDir::new().expect("folder");
    for target in [folder.path().join("d"), folder.path().join("rows.parquet")] {
        let mut first = ExportWriter::create(&target, hours(0).schema(), &ExportOptions::default()).expect("create");
        first.write(&hours(1)).expect("write");
        let second = export(&target, &[hours(2)], &ExportOptions::default()).expect_err("refused").to_string();
        assert!(second.starts_with("another export is writing to "), "{second}");
        first.write(&hours(1)).expect("write");
        assert_eq!(first.finish().expect("finish"), 2);
        drop(first);
    }
    assert_eq!(listing(folder.path()), "d/part-00000.parquet: 2\nrows.parquet: 2");
}

#[test]
fn folders_of_others_are_left_alone() {
    let folder = TempDir::new().expect("folder");
    fs::write(folder.path().join("notes.txt"), "mine").expect("write");
    let options = ExportOptions { overwrite: true, ..ExportOptions::default() };
    let refused = export(folder.path(), &[hours(1)], &options).expect_err("refused").to_string();
    assert!(
        refused.contains("holds what huntql did not export, such as ") && refused.contains("notes.txt"),
        "{refused}"
    );
    assert_eq!(listing(folder.path()), "notes.txt");
}

#[test]
fn an_export_without_rows_is_a_file_with_columns() {
    let folder = TempDir::new().expect("folder");
    assert_eq!(export(folder.path(), &[hours(0)], &by(&["day"])).expect("export"), 0);
    assert_eq!(listing(folder.path()), "part-00000.parquet: 0");
    let reader =
        ParquetRecordBatchReaderBuilder::try_new(File::open(folder.path().join("part-00000.parquet")).expect("open"));
    assert_eq!(reader.expect("reader").schema().fields(), hours(0).schema().fields());
}

#[test]
fn progress_is_told() {
    let folder = TempDir::new().expect("folder");
    let heard: Arc<Mutex<Vec<Written>>> = Arc::default();
    let ear = Arc::clone(&heard);
    let writer = ExportWriter::create(folder.path(), hours(0).schema(), &by(&["day"])).expect("create");
    let mut writer = writer.on_progress(move |written| ear.lock().expect("lock").push(written));
    writer.write(&hours(30)).expect("write");
    writer.write(&hours(30).slice(24, 6)).expect("write");
    writer.finish().expect("finish");
    let heard = heard.lock().expect("lock").clone();
    assert_eq!(heard.iter().map(|written| (written.rows, written.files)).collect::<Vec<_>>(), [(30, 2), (36, 2)]);
    assert!(heard[0].bytes > 0 && heard[1].bytes >= heard[0].bytes);
    let files = fs::read_dir(folder.path())
        .expect("folder")
        .map(|entry| entry.expect("entry").path().join("part-00000.parquet"));
    assert_eq!(writer.written().bytes, files.map(|file| fs::metadata(file).expect("file").len()).sum::<u64>());
}

#[test]
fn the_order_follows_the_folders_and_the_sort() {
    let schema = hours(0).schema();
    let order = |partitions: &[&str], sort: Option<&[&str]>| {
        let sort = sort.map(|names| names.iter().map(|name| name.to_string()).collect());
        let layout = ExportLayout::new(&ExportOptions { sort, ..by(partitions) }, &schema).expect("layout");
        let term = |order: &Order| match order.period {
            Some(period) => format!("{period} of {}", order.column),
            None => order.column.clone(),
        };
        layout.order().iter().map(term).collect::<Vec<_>>().join(", ")
    };
    let orders = [
        order(&[], None),
        order(&[], Some(&[])),
        order(&["day"], None),
        order(&["day", "hour"], Some(&[])),
        order(&["day", "DEVICEID"], None),
        order(&["DeviceId", "hour"], None),
        order(&["day"], Some(&["deviceid", "timestamp"])),
        order(&["DeviceId"], Some(&["N", "DeviceId"])),
    ];
    insta::assert_snapshot!(orders.join("\n"), @"
    Timestamp

    Timestamp
    hour of Timestamp
    day of Timestamp, DeviceId, Timestamp
    DeviceId, Timestamp
    day of Timestamp, DeviceId, Timestamp
    DeviceId, N
    ");
}

#[test]
fn what_cannot_be_done_is_said_before_anything_is_written() {
    let folder = TempDir::new().expect("folder");
    let root = folder.path().join("new");
    let sort = |name: &str| ExportOptions { sort: Some(vec![name.into()]), ..ExportOptions::default() };
    let by_other_time = ExportOptions { time_column: "N".into(), ..by(&["hour"]) };
    let errors = [
        sort("Timestmp"),
        by(&["Device"]),
        by_other_time,
        ExportOptions { time_column: "Zeit".into(), ..by(&["day"]) },
    ]
    .map(|options| export(&root, &[hours(1)], &options).expect_err("error").to_string());
    let in_files = ExportOptions { rows_per_file: Some(1), ..ExportOptions::default() };
    let file = export(Path::new("x.parquet"), &[hours(1)], &in_files).expect_err("error").to_string();
    let parts = export(Path::new("x.parquet"), &[hours(1)], &by(&["day"])).expect_err("error").to_string();
    insta::assert_snapshot!([errors.join("\n"), file, parts].join("\n"), @"
    cannot sort by Timestmp: the rows have no column Timestmp; did you mean Timestamp?
    cannot partition by Device: the rows have no column Device; did you mean DeviceId?
    cannot partition by hour: column N is not a datetime
    cannot partition by day: the rows have no column Zeit
    an export that is in several files needs a folder, and x.parquet names a file; leave out .parquet
    an export that is partitioned needs a folder, and x.parquet names a file; leave out .parquet
    ");
    assert!(!root.exists());
}

#[test]
fn columns_with_bloom_filters_are_columns_of_the_catalogue() {
    let catalog = crate::catalog::Catalog::builtin();
    for name in properties::LOOKED_UP {
        assert!(
            catalog.tables().any(|table| table.visible_columns().iter().any(|column| column.name == *name)),
            "{name}"
        );
    }
}
