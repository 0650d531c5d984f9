//! `make_bag`: the members of all property bags of a group in one bag.

use std::collections::{BTreeMap, btree_map::Entry};

use datafusion::{
    arrow::datatypes::{DataType, FieldRef},
    common::{Result, ScalarValue, plan_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
};

use super::{
    gather::{Gather, Gathered, state_fields},
    json::json_field,
};
use crate::{
    functions::{
        arguments::check_text,
        call::Cell,
        definition::{Definition, Section, Words, defined},
        list::greatest_number,
        rows::OneGroup,
    },
    json::value::{Value, Writer},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let words = Words {
        section: Section::Aggregate,
        syntax: "make_bag(bag [, most])",
        description: "The members of all JSON objects of the group as one object, at most so many and never more than \
                      1048576; of members with one key that of the first object seen. What is no object is left out.",
        example: (
            r#"SELECT make_bag(b) FROM (VALUES ('{"a":1}'), ('{"b":[2]}'), ('{"a":3}')) AS t(b)"#,
            r#"{"a":1,"b":[2]}"#,
        ),
    };
    vec![AggregateUDF::from(MakeBag { definition: Definition::new(words, (1, Some(2))).aliases(&["make_dictionary"]) })]
}

/// Kusto's greatest number of members.
const MOST: usize = 1 << 20;

#[derive(Debug, PartialEq, Eq, Hash)]
struct MakeBag {
    definition: Definition,
}

impl MakeBag {
    fn bags(&self, args: &AccumulatorArgs) -> Result<Gather<Bag>> {
        let most = greatest_number(self.definition.name, args)?.unwrap_or(MOST).min(MOST);
        Ok(Gather::new(Bag { members: BTreeMap::new(), most, held: 0 }, vec![true]))
    }
}

impl AggregateUDFImpl for MakeBag {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [bag, ..] = types else { return plan_err!("{}: the bag is missing", self.name()) };
        check_text(self.name(), 1, bag)?;
        Ok(DataType::Utf8View)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
        self.return_type(&types)?;
        Ok(json_field(self.name()))
    }

    fn is_nullable(&self) -> bool {
        false
    }

    fn default_value(&self, _: &DataType) -> Result<ScalarValue> {
        Ok(ScalarValue::Utf8View(Some("{}".to_owned())))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state_fields(args.name))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(self.bags(&args)?)))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(self.bags(&args)?))
    }
}

/// Members by key, with the keys as they lie in JSON: one key is always spelled the same.
#[derive(Debug, Clone)]
struct Bag {
    members: BTreeMap<Box<str>, Box<str>>,
    most: usize,
    held: usize,
}

impl Bag {
    fn add(&mut self, bag: Value) {
        for (key, value) in bag.members().into_iter().flatten() {
            if self.members.len() >= self.most {
                return;
            }
            if let Entry::Vacant(vacant) = self.members.entry(key.into()) {
                self.held += key.len() + value.len() + 2 * size_of::<Box<str>>();
                vacant.insert(value.into());
            }
        }
    }
}

impl Gathered for Bag {
    const NAME: &'static str = "make_bag";

    fn absorb(&mut self, values: &[Cell]) {
        if let [Cell::Dynamic(bag)] = values {
            self.add(*bag);
        }
    }

    fn merge(&mut self, state: &str) {
        self.add(Value::of(state));
    }

    fn write(&self, out: &mut String) {
        let mut object = Writer::object(out);
        for (key, value) in &self.members {
            object.raw_member(key, |out| out.push_str(value));
        }
        object.end();
    }

    fn held(&self) -> usize {
        self.held
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::{answers, refuses};

    #[tokio::test]
    async fn members_of_all_bags() {
        const ROWS: &str = r#"FROM (VALUES (1, '{"b":1,"a":{"x":[]}}'), (1, '[1]'), (1, NULL), (1, '{"a":2,"c d":null}'), (2, '5')) AS t(g, b)"#;
        for (expression, answer) in [
            ("make_bag(b)", r#"{"a":{"x":[]},"b":1,"c d":null}"#),
            ("make_bag(b, 1)", r#"{"b":1}"#),
            ("make_dictionary(b) FILTER (WHERE g = 2)", "{}"),
            ("make_bag(b) FILTER (WHERE g = 3)", "{}"),
        ] {
            answers(&format!("{expression} {ROWS}"), answer).await;
        }
        answers(
            &format!("g, make_bag(b) {ROWS} GROUP BY g ORDER BY g"),
            r#"1, {"a":{"x":[]},"b":1,"c d":null}; 2, {}"#,
        )
        .await;
        refuses("make_bag(1)", "make_bag: argument 1 must be text").await;
    }
}
