//! The decoder of an event's properties against serde_json.

use std::sync::{Arc, LazyLock};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use datafusion::arrow::datatypes::Int64Type;
use huntql::catalog::{Catalog, Column, HuntingTable};
use huntql::scan::decode::{BlobFacts, RowDecoder};
use huntql::scan::envelope::{Found, each_record};
use huntql::scan::reject::{Place, Rejects};
use serde_json::{Map, Value};

/// Of one name each, so that a cell is what its property says.
const COLUMNS: [&str; 3] = ["FileName", "ProcessId", "ProcessCommandLine"];

static TABLE: LazyLock<Arc<HuntingTable>> =
    LazyLock::new(|| Arc::clone(Catalog::builtin().table("DeviceProcessEvents").expect("a table of the catalogue")));

/// Checks the text of an event's properties, however broken.
///
/// # Panics
/// If a cell is not what serde_json reads, or the two decoders differ where it reads an object.
pub fn check(properties: &[u8]) {
    let Ok(properties) = std::str::from_utf8(properties) else { return };
    let line = format!(r#"{{"category":"AdvancedHunting-DeviceProcessEvents","properties":{properties}}}"#);
    let (walked, looked) = (decode(&line, false), decode(&line, true));
    let Ok(expected) = serde_json::from_str::<Map<String, Value>>(properties) else { return };
    for batch in [&walked, &looked] {
        assert_eq!(batch.num_rows(), 1, "{properties}");
        for (name, cells) in COLUMNS.iter().zip(batch.columns()) {
            let value = expected.get(*name).unwrap_or(&Value::Null);
            assert!(says(cells, value), "{name} is {value} in {properties}, not {cells:?}");
        }
    }
    assert_eq!(walked, looked, "{properties}");
}

/// The rows of a line, by walking over its properties or by looking for the wanted ones.
fn decode(line: &str, looking: bool) -> RecordBatch {
    let columns: Vec<Column> = COLUMNS.iter().filter_map(|name| TABLE.column(name).cloned()).collect();
    let decoder = RowDecoder::new(&TABLE, &columns);
    let mut decoder = if looking { decoder.looking() } else { decoder };
    let mut rejects = Rejects::telling();
    each_record(line, &mut |found| {
        if let Found::Record(record) = found {
            let _broken = decoder.push(&record, &BlobFacts::default(), Place::default(), &mut rejects);
        }
    });
    decoder.finish().expect("columns of one length")
}

/// Whether the one cell is what the value becomes in a column of its type.
fn says(cells: &ArrayRef, value: &Value) -> bool {
    if let Some(longs) = cells.as_primitive_opt::<Int64Type>() {
        let long = longs.is_valid(0).then(|| longs.value(0));
        return match value {
            Value::Bool(flag) => long == Some(i64::from(*flag)),
            Value::Number(number) if number.is_i64() => long == number.as_i64(),
            // A number with a fraction is null, unless that is zero; text is tried as a number.
            Value::Number(_) | Value::String(_) => true,
            Value::Null | Value::Array(_) | Value::Object(_) => long.is_none(),
        };
    }
    let texts = cells.as_string_view();
    let text = texts.is_valid(0).then(|| texts.value(0));
    match value {
        Value::Null => text.is_none(),
        Value::String(expected) => text == Some(expected.as_str()),
        other => text.and_then(|text| serde_json::from_str::<Value>(text).ok()).as_ref() == Some(other),
    }
}
