//! `new_guid`: another GUID each time.

use std::sync::Arc;

use datafusion::{
    arrow::{
        array::StringViewArray,
        datatypes::{DataType, Field, FieldRef},
    },
    common::Result,
    logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Volatility},
};
use rand::Rng;

use crate::functions::definition::{Definition, Section, Words, defined};

pub(super) fn functions() -> Vec<ScalarUDF> {
    let words = Words {
        section: Section::Text,
        syntax: "new_guid()",
        description: "A GUID by chance (version 4), another for every row.",
        example: ("SELECT length(new_guid()), new_guid() = new_guid()", "36, false"),
    };
    let mut definition = Definition::new(words, (0, Some(0)));
    definition.signature.volatility = Volatility::Volatile;
    vec![ScalarUDF::from(NewGuid { definition })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct NewGuid {
    definition: Definition,
}

impl ScalarUDFImpl for NewGuid {
    defined!();

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8View)
    }

    fn return_field_from_args(&self, _: ReturnFieldArgs) -> Result<FieldRef> {
        Ok(Arc::new(Field::new(self.name(), DataType::Utf8View, false)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let mut chance = rand::rng();
        let guids: StringViewArray = (0..args.number_rows).map(|_| Some(guid(chance.random()))).collect();
        Ok(ColumnarValue::Array(Arc::new(guids)))
    }
}

/// Random bits as a GUID of version 4 (RFC 9562).
fn guid(bits: u128) -> String {
    let bits = bits & !(0xF << 76) & !(0x3 << 62) | (4 << 76) | (2 << 62);
    let digits = format!("{bits:032x}");
    let groups = [0..8, 8..12, 12..16, 16..20, 20..32].map(|group| digits.get(group).unwrap_or_default());
    groups.join("-")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn another_for_every_row() {
        assert_eq!(guid(u128::MAX), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        answers("count(DISTINCT g) FROM (SELECT new_guid() AS g FROM (SELECT unnest(range(0, 100)) AS x))", "100")
            .await;
        answers("toguid(g) = g FROM (SELECT new_guid() AS g)", "true").await;
    }
}
