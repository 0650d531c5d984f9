//! `buildschema`: the least schema that all JSON values of a group fit.
//!
//! A schema is the name of a type, an object of the schemas of members, ``{"`indexer`":…}`` of the schema of an array's items, or an array
//! of several of these. It is also the state that parts of a plan hand on. Nothing here recurses: values nest as deep as they like.

use std::{collections::BTreeMap, sync::Arc};

use datafusion::{
    arrow::datatypes::{DataType, Field, FieldRef},
    common::{Result, plan_err},
    logical_expr::{
        Accumulator, AggregateUDF, AggregateUDFImpl, GroupsAccumulator,
        function::{AccumulatorArgs, StateFieldsArgs},
        utils::AggregateOrderSensitivity,
    },
};
use datafusion_functions_json::json_field_metadata;

use super::gather::{Gather, Gathered, state_fields};
use crate::{
    functions::{
        arguments::check_text,
        call::Cell,
        definition::{Definition, Section, Words, defined},
        rows::OneGroup,
    },
    json::value::{Number, Value},
};

/// The functions of this family.
pub(super) fn functions() -> Vec<AggregateUDF> {
    let words = Words {
        section: Section::Aggregate,
        syntax: "buildschema(value)",
        description: "The least schema that all JSON values of the group fit: types by name, members by key, the items of \
                      arrays under `indexer`.",
        example: (
            r#"SELECT buildschema(b) FROM (VALUES ('{"a":1}'), ('{"a":"x","b":[2.5]}')) AS t(b)"#,
            r#"{"a":["long","string"],"b":{"`indexer`":"double"}}"#,
        ),
    };
    vec![AggregateUDF::from(BuildSchema { definition: Definition::new(words, (1, Some(1))) })]
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct BuildSchema {
    definition: Definition,
}

fn schemas() -> Gather<Schema> {
    Gather::new(Schema { nodes: vec![Node::default()], held: 0 }, vec![true])
}

impl AggregateUDFImpl for BuildSchema {
    defined!();

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        let [value] = types else { return plan_err!("{}: one argument is needed", self.name()) };
        check_text(self.name(), 1, value)?;
        Ok(DataType::Utf8View)
    }

    fn return_field(&self, fields: &[FieldRef]) -> Result<FieldRef> {
        let types: Vec<DataType> = fields.iter().map(|field| field.data_type().clone()).collect();
        self.return_type(&types)?;
        Ok(Arc::new(Field::new(self.name(), DataType::Utf8View, true).with_metadata(json_field_metadata())))
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        Ok(state_fields(args.name))
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        AggregateOrderSensitivity::Insensitive
    }

    fn accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        Ok(Box::new(OneGroup(schemas())))
    }

    fn groups_accumulator_supported(&self, _: AccumulatorArgs) -> bool {
        true
    }

    fn create_groups_accumulator(&self, _: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        Ok(Box::new(schemas()))
    }
}

/// The names of types, in the order in which a schema lists them.
const TYPES: [&str; 5] = ["long", "double", "bool", "string", "null"];
const NULL: usize = 4;

/// The key under which the schema of an array's items stands.
const INDEXER: &str = "`indexer`";

/// A schema, as nodes that name each other by place; the first is the whole.
#[derive(Debug, Clone)]
struct Schema {
    nodes: Vec<Node>,
    held: usize,
}

/// What values at one place are.
#[derive(Debug, Clone, Default)]
struct Node {
    /// Which of [`TYPES`].
    types: [bool; TYPES.len()],
    /// Members by key, as keys lie in JSON, if any value is an object.
    members: Option<BTreeMap<Box<str>, usize>>,
    /// The items, if any value is an array.
    items: Option<usize>,
}

impl Schema {
    fn node(&mut self, place: usize) -> Option<&mut Node> {
        self.nodes.get_mut(place)
    }

    fn fresh(&mut self) -> usize {
        self.held += size_of::<Node>();
        self.nodes.push(Node::default());
        self.nodes.len() - 1
    }

    fn set(&mut self, place: usize, kind: usize) {
        if let Some(set) = self.node(place).and_then(|node| node.types.get_mut(kind)) {
            *set = true;
        }
    }

    fn items(&mut self, place: usize) -> usize {
        match self.nodes.get(place).and_then(|node| node.items) {
            Some(items) => items,
            None => {
                let items = self.fresh();
                if let Some(node) = self.node(place) {
                    node.items = Some(items);
                }
                items
            }
        }
    }

    fn member(&mut self, place: usize, key: &str) -> usize {
        let known = self.nodes.get(place).and_then(|node| node.members.as_ref()?.get(key).copied());
        known.unwrap_or_else(|| {
            let member = self.fresh();
            self.held += key.len() + size_of::<(Box<str>, usize)>();
            self.open(place).insert(key.into(), member);
            member
        })
    }

    /// The members of a place, which is an object from now on.
    fn open(&mut self, place: usize) -> &mut BTreeMap<Box<str>, usize> {
        // Places come from this schema; the first node is always there.
        let place = if place < self.nodes.len() { place } else { 0 };
        self.nodes[place].members.get_or_insert_default()
    }

    /// Takes in a value.
    fn add(&mut self, value: Value) {
        let mut left = vec![(value, 0)];
        while let Some((value, place)) = left.pop() {
            match value {
                Value::Null => self.set(place, NULL),
                Value::Bool(_) => self.set(place, 2),
                Value::String(_) => self.set(place, 3),
                Value::Number(_) => {
                    let whole = matches!(value.number(), Some(Number::Long(_)));
                    self.set(place, if whole { 0 } else { 1 });
                }
                Value::Array(_) => {
                    let items = self.items(place);
                    left.extend(value.items().into_iter().flatten().map(|item| (Value::of(item), items)));
                }
                Value::Object(_) => {
                    self.open(place);
                    for (key, member) in value.members().into_iter().flatten() {
                        let at = self.member(place, key);
                        left.push((Value::of(member), at));
                    }
                }
            }
        }
    }

    /// Takes in a schema.
    fn add_schema(&mut self, schema: Value) {
        let mut left = vec![(schema, 0)];
        while let Some((schema, place)) = left.pop() {
            match schema {
                Value::String(name) => {
                    if let Some(kind) = TYPES.iter().position(|known| *known == name) {
                        self.set(place, kind);
                    }
                }
                Value::Array(_) => {
                    left.extend(schema.items().into_iter().flatten().map(|one| (Value::of(one), place)));
                }
                Value::Object(_) => {
                    let members: Vec<(&str, &str)> = schema.members().into_iter().flatten().collect();
                    if let [(INDEXER, items)] = members.as_slice() {
                        let at = self.items(place);
                        left.push((Value::of(items), at));
                        continue;
                    }
                    self.open(place);
                    for (key, member) in members {
                        let at = self.member(place, key);
                        left.push((Value::of(member), at));
                    }
                }
                _ => {}
            }
        }
    }
}

/// A piece of a schema that is being written.
enum Piece<'a> {
    Text(&'a str),
    Node(usize),
}

impl Gathered for Schema {
    const NAME: &'static str = "buildschema";

    fn absorb(&mut self, values: &[Cell]) {
        if let [Cell::Dynamic(value)] = values {
            self.add(*value);
        }
    }

    fn merge(&mut self, state: &str) {
        self.add_schema(Value::of(state));
    }

    fn write(&self, out: &mut String) {
        let mut left = vec![Piece::Node(0)];
        while let Some(piece) = left.pop() {
            match piece {
                Piece::Text(text) => out.push_str(text),
                Piece::Node(place) => {
                    // The last piece is the next to be written.
                    let pieces = self.nodes.get(place).map(pieces).unwrap_or_default();
                    left.extend(pieces.into_iter().rev());
                }
            }
        }
    }

    fn is_nothing(&self) -> bool {
        let whole = self.nodes.first();
        whole.is_none_or(|node| {
            node.members.is_none() && node.items.is_none() && node.types.iter().take(NULL).all(|set| !set)
        })
    }

    fn held(&self) -> usize {
        self.held
    }
}

/// What a place's schema is written as: its kinds, in an array unless it is of just one. Nulls count where there is nothing else.
fn pieces(node: &Node) -> Vec<Piece<'_>> {
    let mut kinds: Vec<Vec<Piece>> = Vec::new();
    let plain = TYPES.iter().zip(node.types).take(NULL).filter(|(_, set)| *set);
    kinds.extend(plain.map(|(name, _)| vec![Piece::Text("\""), Piece::Text(name), Piece::Text("\"")]));
    if let Some(members) = &node.members {
        let mut object = vec![Piece::Text("{")];
        for (place, (key, member)) in members.iter().enumerate() {
            let comma = if place > 0 { ",\"" } else { "\"" };
            object.extend([Piece::Text(comma), Piece::Text(key), Piece::Text("\":"), Piece::Node(*member)]);
        }
        object.push(Piece::Text("}"));
        kinds.push(object);
    }
    if let Some(items) = node.items {
        let open = [Piece::Text("{\""), Piece::Text(INDEXER), Piece::Text("\":")];
        kinds.push(open.into_iter().chain([Piece::Node(items), Piece::Text("}")]).collect());
    }
    if kinds.is_empty() && node.types.get(NULL) == Some(&true) {
        return vec![Piece::Text("\"null\"")];
    }
    if kinds.len() == 1 {
        return kinds.into_iter().flatten().collect();
    }
    let mut several = vec![Piece::Text("[")];
    for (place, kind) in kinds.into_iter().enumerate() {
        if place > 0 {
            several.push(Piece::Text(","));
        }
        several.extend(kind);
    }
    several.push(Piece::Text("]"));
    several
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::testing::{answers, refuses};

    fn schema(values: &[&str]) -> String {
        let mut schema = Schema { nodes: vec![Node::default()], held: 0 };
        values.iter().for_each(|value| schema.add(Value::of(value)));
        let mut out = String::new();
        schema.write(&mut out);
        out
    }

    #[test]
    fn schemas_of_values() {
        for (values, expected) in [
            (
                vec![r#"{"x":1,"y":3.5}"#, r#"{"x":"s","z":[1,2]}"#, r#"{"y":{"w":"z"},"t":["a"],"z":["f"]}"#],
                r#"{"t":{"`indexer`":"string"},"x":["long","string"],"y":["double",{"w":"string"}],"z":{"`indexer`":["long","string"]}}"#,
            ),
            (vec!["1"], r#""long""#),
            (vec!["true", "null", "[]", "{}"], r#"["bool",{},{"`indexer`":[]}]"#),
            (vec![r#"{"a":null}"#], r#"{"a":"null"}"#),
            (vec![r#"{"a":null}"#, r#"{"a":"x"}"#], r#"{"a":"string"}"#),
        ] {
            assert_eq!(schema(&values), expected);
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}1{}", "[".repeat(50_000), "]".repeat(50_000));
        let written = schema(&[&deep]);
        let mut again = Schema { nodes: vec![Node::default()], held: 0 };
        again.merge(&written);
        let mut out = String::new();
        again.write(&mut out);
        assert_eq!(out, written);
    }

    #[test]
    fn a_state_is_as_good_as_the_values() {
        let values = [r#"{"a":[1,{"b":true}],"c":null}"#, r#"{"a":{"b":[]},"c":[null]}"#, "7"];
        let mut merged = Schema { nodes: vec![Node::default()], held: 0 };
        values.iter().for_each(|value| merged.merge(&schema(&[value])));
        let mut out = String::new();
        merged.write(&mut out);
        assert_eq!(out, schema(&values));
    }

    #[tokio::test]
    async fn over_rows() {
        answers("buildschema(b) FROM (VALUES (NULL), ('null')) AS t(b)", "NULL").await;
        answers(
            "g, buildschema(b) FROM (VALUES (1, '1'), (2, '\"x\"')) AS t(g, b) GROUP BY g ORDER BY g",
            "1, \"long\"; 2, \"string\"",
        )
        .await;
        refuses("buildschema(1)", "buildschema: argument 1 must be text").await;
    }
}
