//! Every Arrow type as text and as JSON.

use std::sync::Arc;

use datafusion::arrow::array::*;
use datafusion::arrow::buffer::{OffsetBuffer, ScalarBuffer};
use datafusion::arrow::datatypes::*;

use super::*;

/// `text | json` of each cell.
fn cells(field: &Field, array: &ArrayRef) -> String {
    let column = Column::new(field, array).expect("column");
    let row = |row: usize| {
        let (mut text, mut json) = (Vec::new(), Vec::new());
        column.text(row, &mut text);
        column.json(row, &mut json);
        let json = String::from_utf8(json).expect("UTF-8");
        serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
        format!("{} | {json}\n", String::from_utf8(text).expect("UTF-8"))
    };
    (0..array.len()).map(row).collect()
}

fn plain(array: impl Array + 'static) -> String {
    let array: ArrayRef = Arc::new(array);
    cells(&Field::new("c", array.data_type().clone(), true), &array)
}

#[test]
fn numbers() {
    let all = [
        plain(Int8Array::from(vec![Some(-128), None])),
        plain(UInt16Array::from(vec![65_535])),
        plain(UInt64Array::from(vec![u64::MAX])),
        plain(Float16Array::from(vec![half(1.5), half(f32::INFINITY)])),
        plain(Float32Array::from(vec![0.1, f32::NAN])),
        plain(Decimal128Array::from(vec![-123_456, 5]).with_precision_and_scale(20, 3).expect("decimal")),
        plain(Decimal256Array::from(vec![Some(i256::MAX), None])),
        plain(Decimal32Array::from(vec![1]).with_precision_and_scale(5, -2).expect("decimal")),
        plain(BooleanArray::from(vec![Some(true), Some(false), None])),
        plain(NullArray::new(1)),
    ];
    insta::assert_snapshot!(all.concat(), @r#"
    -128 | -128
     | null
    65535 | 65535
    18446744073709551615 | 18446744073709551615
    1.5 | 1.5
    Infinity | "Infinity"
    0.1 | 0.1
    NaN | "NaN"
    -123.456 | -123.456
    0.005 | 0.005
    578960446186580977117854925043439539266349923328202820197287920039.5656481996 | 578960446186580977117854925043439539266349923328202820197287920039.5656481996
     | null
    100 | 100
    true | true
    false | false
     | null
     | null
    "#);
}

/// Arrow's half floats are made by casting, so that the crate behind them is not needed here.
fn half(value: f32) -> <Float16Type as ArrowPrimitiveType>::Native {
    let array: ArrayRef = Arc::new(Float32Array::from(vec![value]));
    cast(&array, &DataType::Float16).expect("cast").as_primitive::<Float16Type>().value(0)
}

#[test]
fn times() {
    let all = [
        plain(TimestampSecondArray::from(vec![Some(0), Some(i64::MAX), None])),
        plain(TimestampMillisecondArray::from(vec![1_790_842_530_007]).with_timezone("America/New_York")),
        plain(TimestampMicrosecondArray::from(vec![-1]).with_timezone("+00:00")),
        plain(Date32Array::from(vec![0, -1, i32::MAX])),
        plain(Date64Array::from(vec![86_400_000, i64::MAX])),
        plain(Time32MillisecondArray::from(vec![1_500])),
        plain(Time64NanosecondArray::from(vec![86_399_999_999_999])),
        plain(DurationSecondArray::from(vec![-90_061, i64::MAX])),
        plain(DurationMicrosecondArray::from(vec![1])),
        plain(IntervalMonthDayNanoArray::from(vec![
            IntervalMonthDayNano::new(0, 1, 1_000_000_000),
            IntervalMonthDayNano::new(1, 0, 0),
        ])),
        plain(IntervalYearMonthArray::from(vec![14])),
        plain(IntervalDayTimeArray::from(vec![IntervalDayTime::new(1, 5)])),
    ];
    insta::assert_snapshot!(all.concat(), @r#"
    1970-01-01T00:00:00Z | "1970-01-01T00:00:00Z"
    9223372036854775807 | "9223372036854775807"
     | null
    2026-10-01T04:15:30.007-04:00 | "2026-10-01T04:15:30.007-04:00"
    1969-12-31T23:59:59.999999Z | "1969-12-31T23:59:59.999999Z"
    1970-01-01 | "1970-01-01"
    1969-12-31 | "1969-12-31"
    2147483647 | "2147483647"
    1970-01-02 | "1970-01-02"
    9223372036854775807 | "9223372036854775807"
    00:00:01.5000000 | "00:00:01.5000000"
    23:59:59.9999999 | "23:59:59.9999999"
    -1.01:01:01 | "-1.01:01:01"
    106751991167300.15:30:07 | "106751991167300.15:30:07"
    00:00:00.0000010 | "00:00:00.0000010"
    1.00:00:01 | "1.00:00:01"
    1 mons | "1 mons"
    1 years 2 mons | "1 years 2 mons"
    1 days 0.005 secs | "1 days 0.005 secs"
    "#);
}

#[test]
fn bytes_and_text() {
    let all = [
        plain(BinaryArray::from(vec![Some(b"MZ\x90".as_slice()), None])),
        plain(LargeBinaryArray::from(vec![b"".as_slice()])),
        plain(BinaryViewArray::from(vec![b"\xff".as_slice()])),
        plain(FixedSizeBinaryArray::try_from_iter([[1u8, 2]].into_iter()).expect("array")),
        plain(StringArray::from(vec![Some("a\"b"), None])),
        plain(LargeStringArray::from(vec!["a\u{fffd}"])),
        plain(DictionaryArray::<Int8Type>::from_iter([Some("x"), None, Some("x")])),
        plain(RunArray::<Int32Type>::from_iter([Some("y"), Some("y"), None])),
    ];
    insta::assert_snapshot!(all.concat(), @r#"
    TVqQ | "TVqQ"
     | null
     | ""
    /w== | "/w=="
    AQI= | "AQI="
    a"b | "a\"b"
     | null
    a� | "a�"
    x | "x"
     | null
    x | "x"
    y | "y"
    y | "y"
     | null
    "#);
}

#[test]
fn tagged_text_is_json_also_deep_inside() {
    let array: ArrayRef = Arc::new(StringViewArray::from(vec![Some("{\"a\":1}"), Some("{"), None]));
    let field = crate::catalog::KustoType::Dynamic.field("c");
    let list: ArrayRef =
        Arc::new(ListArray::new(Arc::new(field.clone()), OffsetBuffer::from_lengths([3]), Arc::clone(&array), None));
    insta::assert_snapshot!(cells(&field, &array) + &cells(&Field::new("l", list.data_type().clone(), true), &list), @r#"
    {"a":1} | {"a":1}
    { | "{"
     | null
    [{"a":1},"{",null] | [{"a":1},"{",null]
    "#);
}

#[test]
fn lists_objects_maps_and_unions() {
    let list = || ListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    let view = ListViewArray::from(list());
    let fixed = FixedSizeListArray::from_iter_primitive::<Int64Type, _, _>([Some(vec![Some(1), Some(2)]), None], 2);
    let names: ArrayRef = Arc::new(StringArray::from(vec![Some("a\"b"), None]));
    let object = StructArray::from(vec![
        (Arc::new(Field::new("na\"me", DataType::Utf8, true)), names),
        (
            Arc::new(Field::new("n", DataType::Float64, true)),
            Arc::new(Float64Array::from(vec![f64::NAN, 1.0])) as ArrayRef,
        ),
    ]);
    let mut map = MapBuilder::new(None, Int64Builder::new(), BooleanBuilder::new());
    map.keys().append_value(5);
    map.values().append_value(true);
    map.append(true).expect("map");
    let fields =
        UnionFields::try_new([0, 3], [Field::new("i", DataType::Int64, true), Field::new("s", DataType::Utf8, true)])
            .expect("fields");
    let children: Vec<ArrayRef> =
        vec![Arc::new(Int64Array::from(vec![Some(9), None])), Arc::new(StringArray::from(vec!["x\"y"]))];
    let dense = UnionArray::try_new(
        fields,
        ScalarBuffer::from(vec![3i8, 0, 0]),
        Some(ScalarBuffer::from(vec![0i32, 0, 1])),
        children,
    )
    .expect("union");
    let all = [plain(list()), plain(view), plain(fixed), plain(object), plain(map.finish()), plain(dense)];
    insta::assert_snapshot!(all.concat(), @r#"
    [1,null] | [1,null]
     | null
    [] | []
    [1,null] | [1,null]
     | null
    [] | []
    [1,2] | [1,2]
     | null
    {"na\"me":"a\"b","n":"NaN"} | {"na\"me":"a\"b","n":"NaN"}
    {"na\"me":null,"n":1.0} | {"na\"me":null,"n":1.0}
    {"5":true} | {"5":true}
    x"y | "x\"y"
    9 | 9
     | null
    "#);
}
