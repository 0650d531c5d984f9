//! The scan's parts by themselves, one core: `cargo bench --bench parts`. The whole against its peers is `peers/run.py`.

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;

use criterion::{Criterion, Throughput};
use datafusion::arrow::array::{Array, ArrayRef, RecordBatch};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::ScalarValue;
use datafusion::common::config::ConfigOptions;
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs};
use huntql::catalog::{Catalog, Column, HuntingTable};
use huntql::functions::kusto;
use huntql::json::{skip_on_line, skip_space};
use huntql::sample::{Compression, SampleOptions, write_sample};
use huntql::scan::decode::{BlobFacts, RowDecoder};
use huntql::scan::envelope::{Found, each_record};
use huntql::scan::needle::{Needle, Needles};
use huntql::scan::reject::{Place, Rejects};
use huntql::scan::time::parse_datetime;

/// Rows of the sample: 36 MB, more than the caches hold.
const ROWS: u64 = 10_000;

/// Lines of process events.
fn lines() -> Result<String, Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let options = SampleOptions {
        rows: ROWS,
        hours: 1,
        only_tables: vec!["DeviceProcessEvents".to_owned()],
        quirks: false,
        hub_dumps: false,
        compress: Compression::None,
        ..SampleOptions::default()
    };
    write_sample(folder.path(), &options, &|_| {})?;
    let mut lines = String::new();
    read_all(folder.path(), &mut lines)?;
    Ok(lines)
}

fn read_all(folder: &Path, lines: &mut String) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        match path.is_dir() {
            true => read_all(&path, lines)?,
            false => lines.push_str(&fs::read_to_string(path)?),
        }
    }
    Ok(())
}

fn needles(texts: impl IntoIterator<Item = String>, any_case: bool) -> Needles {
    let needles: Vec<Needle> = texts.into_iter().map(|text| Needle { text, any_case }).collect();
    Needles::new(&needles).expect("needles that can be looked for")
}

/// All rows of the lines as one batch.
fn decode(lines: &str, decoder: &mut RowDecoder) -> RecordBatch {
    let (facts, mut rejects) = (BlobFacts::default(), Rejects::default());
    for line in lines.lines() {
        each_record(line, &mut |found| {
            if let Found::Record(record) = found {
                decoder.push(&record, &facts, Place::default(), &mut rejects).expect("a whole record");
            }
        });
    }
    decoder.finish().expect("columns of one length")
}

fn columns(table: &HuntingTable, names: &[&str]) -> Vec<Column> {
    names.iter().filter_map(|name| table.column(name).cloned()).collect()
}

/// A function of a text column and a constant.
fn call(name: &str, column: &ArrayRef, constant: &ScalarValue) -> impl Fn() -> ColumnarValue {
    let function = kusto(name).expect("a function of that name");
    let fields = [column.data_type(), &constant.data_type()].map(|kind| Arc::new(Field::new("a", kind.clone(), true)));
    let asked = ReturnFieldArgs { arg_fields: &fields, scalar_arguments: &[None, Some(constant)] };
    let return_field =
        function.return_field_from_args(asked).unwrap_or_else(|_| Arc::new(Field::new("r", DataType::Boolean, true)));
    let (column, constant) = (Arc::clone(column), constant.clone());
    move || {
        let args = ScalarFunctionArgs {
            args: vec![ColumnarValue::Array(Arc::clone(&column)), ColumnarValue::Scalar(constant.clone())],
            arg_fields: fields.to_vec(),
            number_rows: column.len(),
            return_field: Arc::clone(&return_field),
            config_options: Arc::new(ConfigOptions::default()),
        };
        function.invoke_with_args(args).expect("an answer")
    }
}

fn search(criterion: &mut Criterion, lines: &str) {
    let mut group = criterion.benchmark_group("search");
    group.throughput(Throughput::Bytes(lines.len() as u64));
    let hashes = (0..200u64).map(|n| format!("{:064x}", n.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    for (name, needles) in [
        ("needle, case counts", needles(["comsvcs.dll".to_owned()], false)),
        ("needle, any case", needles(["comsvcs.dll".to_owned()], true)),
        ("200 hashes", needles(hashes, false)),
    ] {
        let mut found = Vec::new();
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                found.clear();
                needles.places(black_box(lines.as_bytes()), &mut found);
                found.len()
            });
        });
    }
    group.bench_function("ends of records", |bencher| {
        bencher.iter(|| {
            let mut at = 0;
            while let Ok(record) = skip_on_line(lines.as_bytes(), at) {
                at = skip_space(lines.as_bytes(), record.end);
            }
            at
        });
    });
    group.finish();
}

fn decoding(criterion: &mut Criterion, lines: &str, table: &Arc<HuntingTable>) {
    let mut group = criterion.benchmark_group("decode");
    group.throughput(Throughput::Bytes(lines.len() as u64)).sample_size(20);
    let few = columns(table, &["Timestamp", "DeviceName", "FileName"]);
    let mut decoders = [
        ("all columns", RowDecoder::new(table, table.visible_columns())),
        ("three columns, walked", RowDecoder::new(table, &few)),
        ("three columns, looked for", RowDecoder::new(table, &few).looking()),
    ];
    for (name, decoder) in &mut decoders {
        group.bench_function(*name, |bencher| bencher.iter(|| decode(black_box(lines), decoder).num_rows()));
    }
    group.finish();
    criterion.bench_function("parse_datetime", |bencher| {
        bencher.iter(|| parse_datetime(black_box("2026-07-18T14:08:56.1234567Z")));
    });
}

fn functions(criterion: &mut Criterion, lines: &str, table: &Arc<HuntingTable>) {
    let mut decoder = RowDecoder::new(table, &columns(table, &["ProcessCommandLine"]));
    let commands = Arc::clone(decode(lines, &mut decoder).column(0));
    let mut group = criterion.benchmark_group("functions over ProcessCommandLine");
    group.throughput(Throughput::Elements(commands.len() as u64));
    let list = ScalarValue::List(ScalarValue::new_list_nullable(
        &["mimikatz", "comsvcs", "procdump"].map(ScalarValue::from),
        &DataType::Utf8,
    ));
    let text = ScalarValue::from;
    for (name, constant) in
        [("has", text("comsvcs")), ("contains", text("comsvcs")), ("startswith", text("rundll32")), ("has_any", list)]
    {
        let call = call(name, &commands, &constant);
        group.bench_function(name, |bencher| bencher.iter(&call));
    }
    group.finish();
}

fn main() -> Result<(), Box<dyn Error>> {
    let lines = lines()?;
    let catalog = Catalog::builtin();
    let table = catalog.table("DeviceProcessEvents").ok_or("the catalogue lacks DeviceProcessEvents")?;
    let mut criterion = Criterion::default().configure_from_args();
    search(&mut criterion, &lines);
    decoding(&mut criterion, &lines, table);
    functions(&mut criterion, &lines, table);
    criterion.final_summary();
    Ok(())
}
