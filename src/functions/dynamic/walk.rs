//! Arrays side by side, and all ways into a dynamic: `zip`, `treepath`.

use std::collections::HashSet;

use datafusion::{common::Result, logical_expr::ScalarUDF};

use crate::{
    functions::{
        call::{
            Answer, Family, Json,
            Kind::Dynamic,
            Param::{Need, Rest},
        },
        definition::Section,
    },
    json::{
        unescape,
        value::{Items, Value, Writer},
    },
};

/// How deep ways are followed, so that depth costs a bounded stack.
const DEEPEST: usize = 64;
/// How many ways are listed.
const MOST: usize = 10_000;

pub(super) fn functions() -> Vec<ScalarUDF> {
    let family = Family(Section::Dynamic);
    let functions = [
        family.function(
            "zip(array, array, …)",
            "A JSON array of arrays: the first items of all, the second, and so on, null where one is shorter.",
            (r#"SELECT zip(parse_json('[1,3]'), parse_json('[2,"x",5]'))"#, r#"[[1,2],[3,"x"],[null,5]]"#),
            (&[Need(Dynamic), Need(Dynamic), Rest(Dynamic)], Answer::Dynamic),
            |call| {
                let arrays = (0..call.len()).map(|place| call.json(place)).collect::<Result<Vec<Json>>>()?;
                call.write(|row, out| {
                    let mut arrays: Vec<Items> =
                        arrays.iter().map(|array| array.get(row)?.items()).collect::<Option<_>>()?;
                    let mut zipped = Writer::array(out);
                    loop {
                        let items: Vec<Option<&str>> = arrays.iter_mut().map(Iterator::next).collect();
                        if items.iter().all(Option::is_none) {
                            break;
                        }
                        zipped.write(|out| super::write_items(items.iter().map(|item| item.unwrap_or("null")), out));
                    }
                    zipped.end();
                    Some(())
                })
            },
        ),
        family.function(
            "treepath(value)",
            "All ways into the JSON value as an array of paths; [0] stands for every item of an array. 64 steps deep, \
             10,000 of them at most.",
            (r#"SELECT treepath(parse_json('{"a":[1,{"b":2}]}'))"#, r#"["['a']","['a'][0]","['a'][0]['b']"]"#),
            (&[Need(Dynamic)], Answer::Dynamic),
            |call| {
                let value = call.json(0)?;
                call.write(|row, out| {
                    let mut ways = Ways::default();
                    ways.walk(value.get(row)?, &mut String::new(), DEEPEST);
                    let mut array = Writer::array(out);
                    ways.found.iter().for_each(|way| array.text(way));
                    array.end();
                    Some(())
                })
            },
        ),
    ];
    functions.map(ScalarUDF::from).into()
}

#[derive(Default)]
struct Ways {
    found: Vec<String>,
    known: HashSet<String>,
}

impl Ways {
    fn walk(&mut self, value: Value, way: &mut String, depth: usize) {
        let length = way.len();
        if depth == 0 || self.found.len() >= MOST {
            return;
        }
        for item in value.items().into_iter().flatten() {
            way.push_str("[0]");
            self.step(Value::of(item), way, depth);
            way.truncate(length);
        }
        for (name, member) in value.members().into_iter().flatten() {
            way.push_str("['");
            way.push_str(&unescape(name).replace('\\', "\\\\").replace('\'', "\\'"));
            way.push_str("']");
            self.step(Value::of(member), way, depth);
            way.truncate(length);
        }
    }

    fn step(&mut self, value: Value, way: &mut String, depth: usize) {
        if self.found.len() < MOST && self.known.insert(way.clone()) {
            self.found.push(way.clone());
        }
        self.walk(value, way, depth - 1);
    }
}

#[cfg(test)]
mod tests {
    use crate::functions::testing::answers;

    #[tokio::test]
    async fn side_by_side() {
        answers("zip(['A', 'B'], parse_json('[{}]'), parse_json('[]'))", r#"[["A",{},null],["B",null,null]]"#).await;
        answers("zip(parse_json('[]'), parse_json('[]')), zip(NULL, parse_json('[]'))", "[], NULL").await;
    }

    #[tokio::test]
    async fn ways() {
        answers(
            r#"treepath(parse_json('{"p":[1,2,"a",{"x":"y"}],"q r":null}'))"#,
            r#"["['p']","['p'][0]","['p'][0]['x']","['q r']"]"#,
        )
        .await;
        answers("treepath(parse_json('1')), treepath(NULL)", "[], NULL").await;
        let deep = format!("strlen(as_string(treepath(parse_json('{}{}'))))", "[".repeat(9000), "]".repeat(9000));
        answers(&format!("{deep} > 1000"), "true").await;
    }
}
