//! Charts of all kinds, of ordinary rows and of hostile ones.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Float64Array, Int64Array, StringArray, TimestampNanosecondArray};

use super::*;

const HOUR: i64 = 3_600_000_000_000;
/// 2026-10-01T00:00:00Z
const START: i64 = 1_790_812_800_000_000_000;

fn times(values: Vec<i64>) -> ArrayRef {
    Arc::new(TimestampNanosecondArray::from(values).with_timezone("UTC"))
}

fn batch(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .expect("batch")
}

/// Two series over a day.
fn day() -> RecordBatch {
    let hours: Vec<i64> = (0..24).collect();
    let time = hours.iter().chain(&hours).map(|hour| START + hour * HOUR).collect();
    let kind: Vec<&str> = (0..48).map(|row| if row < 24 { "ProcessCreated" } else { "PowerShellCommand" }).collect();
    let count: Vec<i64> = (0..48).map(|row| if row < 24 { (row % 24) * 3 } else { 60 - (row % 24) * 2 }).collect();
    batch(vec![
        ("Timestamp", times(time)),
        ("ActionType", Arc::new(StringArray::from(kind))),
        ("count_", Arc::new(Int64Array::from(count))),
    ])
}

fn names() -> RecordBatch {
    batch(vec![
        ("DeviceName", Arc::new(StringArray::from(vec![Some("srv-01"), Some("laptop-größe"), None, Some("日本")]))),
        ("count_", Arc::new(Int64Array::from(vec![1200, 7, 300, 45]))),
    ])
}

fn chart(kind: Kind, rows: &RecordBatch) -> Chart {
    Chart::new(&Wish::new(kind), &rows.schema(), std::slice::from_ref(rows)).expect("chart")
}

fn text(kind: Kind, rows: &RecordBatch, width: usize) -> String {
    chart(kind, rows).text(width, false).expect("text")
}

/// All files of a chart.
fn files(chart: &Chart, rows: &RecordBatch) -> [Vec<u8>; 3] {
    [Picture::Svg, Picture::Png, Picture::Html]
        .map(|picture| chart.file(picture, &rows.schema(), std::slice::from_ref(rows)).expect("file"))
}

#[test]
fn time_charts_in_a_terminal() {
    insta::assert_snapshot!(text(Kind::Time, &day(), 80), @"
    count_
       ⢸                                                                         oo
       ⢸                                                                   oooooo
    60 ⢸****                                                          oooooo
       ⢸    *********                                            oooooo
       ⢸            *********                              oooooo
       ⢸                    *********                 oooooo
    40 ⢸                            *********   ooooooo
       ⢸                                   oooooo***
       ⢸                              ooooo         *********
       ⢸                         ooooo                       *******
    20 ⢸                   ooooooo                                  *********
       ⢸              ooooo                                                  ******
       ⢸         ooooo
       ⢸    ooooo
     0 ⢸oooo⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀
     00:00               06:00              12:00               18:00
                               Timestamp (UTC, 2026-10-01)
    * PowerShellCommand  o ProcessCreated
    ");
    let columns: Vec<usize> = text(Kind::Time, &day(), 60).lines().map(|line| line.chars().count()).collect();
    assert!(columns.iter().all(|columns| *columns <= 60), "{columns:?}");
}

#[test]
fn bars_and_shares_in_a_terminal() {
    insta::assert_snapshot!(text(Kind::Bar, &names(), 60), @"
                 count_
          srv-01 ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ 1,200
    laptop-größe ⡇ 7
          (null) ⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇ 300
            日本 ⣿⡇ 45
    ");
    insta::assert_snapshot!(text(Kind::Pie, &names(), 60), @"
                 count_
          srv-01 ⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇ 1,200 (77.3 %)
          (null) ⣿⣿⣿⣿⣿⣿⣿⡇ 300 (19.3 %)
            日本 ⣿ 45 (2.9 %)
    laptop-größe ⡇ 7 (0.5 %)
    ");
    insta::assert_snapshot!(text(Kind::Card, &names(), 60), @"
    DeviceName
      srv-01
    count_
      1200
    ");
}

#[test]
fn stacked_columns_in_a_terminal() {
    let wish = Wish { stack: Stack::Sum, title: Some("A day".to_owned()), ..Wish::new(Kind::Column) };
    let chart = Chart::new(&wish, &day().schema(), &[day()]).expect("chart");
    insta::assert_snapshot!(chart.text(70, false).expect("text"), @"
                                    A day
    count_
       ⢸                                                           ooooo
    80 ⢸                                           ooooooooooooooooooooo
       ⢸                           ooooooooooooooooooooooooooooooooooooo
       ⢸           oooooooooo oooooooooooooooooooooooooooooooooooooooooo
    60 ⢸***oooooooooooooooooo oooooooooooooooooooooooooooooooooooooooooo
       ⢸*****oooooooooooooooo oooooooooooooooooooooooooooooooooooooooooo
       ⢸*************oooooooo oooooooooooooooooooooooooooooooooooooooooo
    40 ⢸********************* oooooooooooooooooooooooooooooooooooooooooo
       ⢸********************* ********oooooooooooooooooooooooooooooooooo
       ⢸********************* ****************oooooooooooooooooooooooooo
       ⢸********************* ************************oooooooooooooooooo
    20 ⢸********************* ********************************oooooooooo
       ⢸********************* ****************************************oo
       ⢸********************* ******************************************
     0 ⢸*********************⣀******************************************⣀
    10-01 00:00     10-01 06:00     10-01 12:00     10-01 18:00
                          Timestamp (UTC, 2026-10-01)
    * PowerShellCommand  o ProcessCreated
    ");
}

#[test]
fn colours_are_only_where_they_are_wanted() {
    let chart = chart(Kind::Line, &day());
    assert!(!chart.text(80, false).expect("text").contains('\x1b'));
    let painted = chart.text(80, true).expect("text");
    assert!(painted.contains("\x1b[36m") && painted.contains("\x1b[33m"));
    assert!(painted.lines().all(|line| !line.contains("\x1b[3")
        || line.ends_with("\x1b[0m")
        || line.rfind("\x1b[0m") > line.rfind("\x1b[3")));
}

#[test]
fn a_chart_as_svg() {
    let rows = batch(vec![
        ("Name", Arc::new(StringArray::from(vec!["a", "b"]))),
        ("N", Arc::new(Int64Array::from(vec![1, 3]))),
    ]);
    let [svg, png, html] = files(&chart(Kind::Column, &rows), &rows);
    insta::assert_snapshot!(String::from_utf8(svg).expect("UTF-8"), @r##"
    <svg width="960" height="512" viewBox="0 0 960 512" xmlns="http://www.w3.org/2000/svg">
    <rect x="0" y="0" width="960" height="512" opacity="1" fill="#FFFFFF" stroke="none"/>
    <text x="16" y="16" dy="0.76em" text-anchor="start" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    N
    </text>
    <polyline fill="none" opacity="1" stroke="#E0E0E0" stroke-width="1" points="56,458 935,458 "/>
    <text x="40" y="458" dy="0.5ex" text-anchor="end" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    0
    </text>
    <polyline fill="none" opacity="1" stroke="#E0E0E0" stroke-width="1" points="56,390 935,390 "/>
    <text x="40" y="390" dy="0.5ex" text-anchor="end" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    0.5
    </text>
    <polyline fill="none" opacity="1" stroke="#E0E0E0" stroke-width="1" points="56,322 935,322 "/>
    <text x="40" y="322" dy="0.5ex" text-anchor="end" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    1
    </text>
    <polyline fill="none" opacity="1" stroke="#E0E0E0" stroke-width="1" points="56,254 935,254 "/>
    <text x="40" y="254" dy="0.5ex" text-anchor="end" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    1.5
    </text>
    <polyline fill="none" opacity="1" stroke="#E0E0E0" stroke-width="1" points="56,186 935,186 "/>
    <text x="40" y="186" dy="0.5ex" text-anchor="end" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    2
    </text>
    <polyline fill="none" opacity="1" stroke="#E0E0E0" stroke-width="1" points="56,118 935,118 "/>
    <text x="40" y="118" dy="0.5ex" text-anchor="end" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    2.5
    </text>
    <polyline fill="none" opacity="1" stroke="#E0E0E0" stroke-width="1" points="56,50 935,50 "/>
    <text x="40" y="50" dy="0.5ex" text-anchor="end" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    3
    </text>
    <polyline fill="none" opacity="1" stroke="#333333" stroke-width="1" points="55,34 55,459 "/>
    <text x="272" y="463" dy="0.76em" text-anchor="start" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    a
    </text>
    <text x="711" y="463" dy="0.76em" text-anchor="start" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    b
    </text>
    <polyline fill="none" opacity="1" stroke="#333333" stroke-width="1" points="55,459 935,459 "/>
    <text x="495" y="478" dy="0.76em" text-anchor="middle" font-family="sans-serif" font-size="12.903225806451614" opacity="1" fill="#333333">
    Name
    </text>
    <rect x="100" y="322" width="351" height="136" opacity="1" fill="#1F77B4" stroke="none"/>
    <rect x="539" y="50" width="351" height="408" opacity="1" fill="#1F77B4" stroke="none"/>
    </svg>
    "##);
    assert!(png.starts_with(b"\x89PNG\r\n\x1a\n") && png.ends_with(&[0xae, 0x42, 0x60, 0x82]));
    assert!(html.starts_with(b"<!DOCTYPE html>"));
}

#[test]
fn hostile_names_stay_text() {
    let name = "<script>alert('x')</script>\u{1b}]0;owned\u{7}\u{202e}&\"";
    let rows = batch(vec![
        (name, Arc::new(StringArray::from(vec![name, "b"]))),
        ("N<b>", Arc::new(Int64Array::from(vec![1, 3]))),
    ]);
    for kind in [Kind::Bar, Kind::Column, Kind::Pie, Kind::Line, Kind::Card] {
        let wish = Wish { title: Some(name.to_owned()), ..Wish::new(kind) };
        let chart = Chart::new(&wish, &rows.schema(), std::slice::from_ref(&rows)).expect("chart");
        let [svg, _, html] = files(&chart, &rows).map(|file| String::from_utf8_lossy(&file).into_owned());
        for text in [&svg, &html, &chart.text(80, false).expect("text")] {
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text}");
        }
        for text in [&svg, &html] {
            assert!(!text.contains("<script") && !text.contains("<b>") && text.contains("&lt;script&gt;"), "{text}");
        }
        // Nothing is fetched, and only the one name space is named.
        assert_eq!(html.replace("http://www.w3.org/2000/svg", "").matches("http:").count(), 0);
    }
}

#[test]
fn anything_is_drawn_without_a_panic() {
    let many: Vec<i64> = (0..100_000).collect();
    let waves = many.iter().map(|n| (*n as f64 / 500.0).sin()).collect::<Vec<_>>();
    let series: Vec<String> = many.iter().map(|n| format!("series {}", n % 6000)).collect();
    let huge = vec![Some(f64::MAX), Some(f64::MIN), None, Some(f64::NAN), Some(f64::INFINITY), Some(1e-320), Some(0.0)];
    let seven = || times((0..7).map(|n| i64::MIN + 1 + n * (i64::MAX / 4)).collect());
    let cases = [
        batch(vec![("t", times(Vec::new())), ("n", Arc::new(Int64Array::from(Vec::<i64>::new())))]),
        batch(vec![("t", times(vec![START])), ("n", Arc::new(Int64Array::from(vec![5])))]),
        batch(vec![("t", times(vec![START; 3])), ("n", Arc::new(Int64Array::from(vec![None::<i64>; 3])))]),
        batch(vec![("t", seven()), ("n", Arc::new(Float64Array::from(huge.clone())))]),
        batch(vec![
            ("n", Arc::new(Float64Array::from(huge))),
            ("m", Arc::new(Int64Array::from(vec![i64::MIN; 7]))),
            ("t", seven()),
        ]),
        batch(vec![
            ("t", times(many.iter().map(|n| START + n * 1_000_000).collect())),
            ("w", Arc::new(Float64Array::from(waves))),
            ("s", Arc::new(StringArray::from(series))),
        ]),
        day(),
    ];
    for rows in &cases {
        for kind in Kind::ALL.into_iter().filter(|kind| *kind != Kind::Table) {
            for (stack, log, accumulate) in
                [(Stack::None, false, false), (Stack::Sum, true, true), (Stack::Share, false, true)]
            {
                let wish = Wish { stack, y_log: log, x_log: log, accumulate, ..Wish::new(kind) };
                let Ok(chart) = Chart::new(&wish, &rows.schema(), std::slice::from_ref(rows)) else { continue };
                let files = files(&chart, rows);
                assert!(files.iter().all(|file| file.len() < 3_000_000), "{kind} {}", files[0].len());
                for width in [24, 80, 1000] {
                    assert!(!chart.text(width, true).expect("text").is_empty());
                }
            }
        }
    }
}

#[test]
fn limits_are_told() {
    let series: Vec<String> = (0..50).map(|n| format!("series {n}")).collect();
    let rows = batch(vec![
        ("t", times((0..50).map(|n| START + n * HOUR).collect())),
        ("s", Arc::new(StringArray::from(series.clone()))),
        ("n", Arc::new(Int64Array::from((0..50).collect::<Vec<i64>>()))),
        ("other", Arc::new(StringArray::from(series))),
    ]);
    insta::assert_snapshot!(chart(Kind::Time, &rows).notes().join("\n"), @"
    not drawn: other; series=s,… tells series apart by them
    of 50 series the 20 with the largest sums are drawn
    ");
    let sentence = |kind: Kind, rows: &RecordBatch| {
        Chart::new(&Wish::new(kind), &rows.schema(), std::slice::from_ref(rows)).expect_err("error").to_string()
    };
    insta::assert_snapshot!(sentence(Kind::Time, &names()), @"a timechart needs a column of times");
    insta::assert_snapshot!(sentence(Kind::Table, &names()), @"a table is rows, which are not drawn; name another chart");
    insta::assert_snapshot!(chart(Kind::Bar, &names()).text(10, false).expect_err("error").to_string(), @"the chart cannot be drawn: a chart needs 24 columns");
}

#[test]
fn series_that_are_arrays_are_drawn_and_marked() {
    let texts = |texts: Vec<&str>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
    let columns = vec![
        ("Timestamp", texts(vec!["[\"2026-10-01T00:00:00Z\",\"2026-10-01T01:00:00Z\",\"2026-10-01T02:00:00Z\"]"])),
        ("n", texts(vec!["[1,2,9]"])),
        ("anomalies", texts(vec!["[0,0,1]"])),
    ];
    let json = |name: &str| {
        let tag = [("ARROW:extension:name".to_owned(), "arrow.json".to_owned())];
        datafusion::arrow::datatypes::Field::new(name, datafusion::arrow::datatypes::DataType::Utf8, true)
            .with_metadata(tag.into())
    };
    let fields: Vec<_> = columns.iter().map(|(name, _)| json(name)).collect();
    let schema: SchemaRef = Arc::new(datafusion::arrow::datatypes::Schema::new(fields));
    let rows = RecordBatch::try_new(Arc::clone(&schema), columns.into_iter().map(|(_, array)| array).collect())
        .expect("batch");
    let wish = Wish { anomalies: vec!["anomalies".into()], ..Wish::new(Kind::Anomaly) };
    let chart = Chart::new(&wish, &schema, &[rows]).expect("chart");
    let marked: Vec<_> = chart.series[0].points.iter().map(|point| (point.y, point.marked)).collect();
    assert_eq!((chart.series.len(), marked), (1, vec![(Some(1.0), false), (Some(2.0), false), (Some(9.0), true)]));
    assert_eq!(chart.text(60, false).expect("text").matches('◆').count(), 1);
}
