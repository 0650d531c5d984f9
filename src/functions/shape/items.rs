//! The items of dynamics as lists, which a plan unnests.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::{ArrayRef, AsArray, Int64Builder, ListBuilder, StringViewBuilder},
        datatypes::{DataType, Field, FieldRef},
    },
    common::{Result, ScalarValue, plan_err},
    logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, Volatility},
};
use datafusion_functions_json::json_field_metadata;

use super::{Shape, made};
use crate::{
    functions::call::Json,
    json::value::{Value, Writer},
};

/// What becomes of the members of a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bags {
    /// A bag of one member each.
    Bag,
    /// An array of key and value each.
    Array,
}

/// `items(dynamic [, most])`: the items of an array, the members of a bag, or the one value that is neither, as a list
/// of JSON. Null is a list of one null. With `most`, a constant, at most so many. With `cast` strings are null: they are
/// not read as numbers where numbers are wanted.
pub fn items(bags: Bags, cast: bool) -> ScalarUDF {
    made(Items { bags, cast }, Volatility::Immutable)
}

/// `places(list, …)`: the numbers from 0 to the length of the longest list.
pub fn places() -> ScalarUDF {
    made(Places, Volatility::Immutable)
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Items {
    bags: Bags,
    cast: bool,
}

fn list_field(name: &str, item: DataType) -> FieldRef {
    Arc::new(Field::new(name, DataType::List(Arc::new(Field::new_list_field(item, true))), true))
}

impl Items {
    /// Appends one item.
    fn push(&self, item: &str, out: &mut StringViewBuilder) -> Result<()> {
        match Value::of(item) {
            Value::Null => out.append_null(),
            Value::String(_) if self.cast => out.append_null(),
            _ => out.try_append_value(item)?,
        }
        Ok(())
    }

    /// Appends at most `most` items of a dynamic.
    fn push_all(&self, json: Option<&str>, most: usize, out: &mut StringViewBuilder) -> Result<()> {
        let Some(json) = json else {
            if most > 0 {
                out.append_null();
            }
            return Ok(());
        };
        let value = Value::of(json);
        if let Some(items) = value.items() {
            return items.take(most).try_for_each(|item| self.push(item, out));
        }
        let Some(members) = value.members() else {
            return if most > 0 { self.push(json, out) } else { Ok(()) };
        };
        let mut buffer = String::new();
        for (key, value) in members.take(most) {
            if self.cast {
                out.append_null();
                continue;
            }
            buffer.clear();
            match self.bags {
                Bags::Bag => {
                    let mut bag = Writer::object(&mut buffer);
                    bag.raw_member(key, |out| out.push_str(value));
                    bag.end();
                }
                Bags::Array => {
                    let mut array = Writer::array(&mut buffer);
                    array.write(|out| {
                        out.push('"');
                        out.push_str(key);
                        out.push('"');
                    });
                    array.item(value);
                    array.end();
                }
            }
            out.try_append_value(&buffer)?;
        }
        Ok(())
    }
}

impl Shape for Items {
    const NAME: &'static str = "items";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(list_field(Self::NAME, DataType::Utf8View))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let Some(source) = args.args.first() else { return plan_err!("items: there is nothing to expand") };
        let most = match args.args.get(1) {
            None => usize::MAX,
            Some(ColumnarValue::Scalar(ScalarValue::Int64(most))) => {
                most.map_or(usize::MAX, |most| usize::try_from(most).unwrap_or(0))
            }
            Some(_) => return plan_err!("mv-expand: the limit must be a whole number that is the same for all rows"),
        };
        let source = Json::of(source)?;
        let mut lists = ListBuilder::new(StringViewBuilder::new());
        for row in 0..args.number_rows {
            self.push_all(source.raw(row), most, lists.values())?;
            lists.append(true);
        }
        Ok(Arc::new(lists.finish()))
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Places;

impl Shape for Places {
    const NAME: &'static str = "places";

    fn field(&self, _: &[FieldRef]) -> Result<FieldRef> {
        Ok(list_field(Self::NAME, DataType::Int64))
    }

    fn run(&self, args: &ScalarFunctionArgs) -> Result<ArrayRef> {
        let lists = args.args.iter().map(|list| list.to_array(args.number_rows)).collect::<Result<Vec<_>>>()?;
        let mut places = ListBuilder::new(Int64Builder::new());
        for row in 0..args.number_rows {
            let length = |list: &ArrayRef| list.as_list_opt::<i32>().map_or(0, |list| list.value_length(row));
            let longest = lists.iter().map(length).max().unwrap_or(0);
            (0..i64::from(longest)).for_each(|place| places.values().append_value(place));
            places.append(true);
        }
        Ok(Arc::new(places.finish()))
    }
}

/// The field of a dynamic.
pub(super) fn dynamic(name: &str) -> Field {
    Field::new(name, DataType::Utf8View, true).with_metadata(json_field_metadata())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items_of(shape: &Items, json: Option<&str>, most: usize) -> Vec<Option<String>> {
        let mut out = StringViewBuilder::new();
        shape.push_all(json, most, &mut out).unwrap();
        out.finish().iter().map(|item| item.map(str::to_owned)).collect()
    }

    #[test]
    fn items_of_every_kind() {
        let shape = Items { bags: Bags::Bag, cast: false };
        for (json, items) in [
            (None, "NULL"),
            (Some("[]"), ""),
            (Some("{}"), ""),
            (Some("5"), "5"),
            (Some(r#"["a",null,[1]]"#), r#""a" NULL [1]"#),
            (Some(r#"{"a\"":1,"b":[2]}"#), r#"{"a\"":1} {"b":[2]}"#),
        ] {
            let found: Vec<String> =
                items_of(&shape, json, 9).into_iter().map(|item| item.unwrap_or("NULL".into())).collect();
            assert_eq!(found.join(" "), items, "{json:?}");
        }
        assert_eq!(items_of(&shape, Some("[1,2,3]"), 2), [Some("1".to_owned()), Some("2".into())]);
        assert_eq!(items_of(&shape, None, 0), []);
        let shape = Items { bags: Bags::Array, cast: false };
        assert_eq!(items_of(&shape, Some(r#"{"a":1}"#), 9), [Some(r#"["a",1]"#.to_owned())]);
        let shape = Items { bags: Bags::Bag, cast: true };
        assert_eq!(items_of(&shape, Some(r#"["2",2]"#), 9), [None, Some("2".to_owned())]);
    }
}
