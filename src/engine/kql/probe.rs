//! Questions about data that binding asks: which keys bags have, which values a column.
//!
//! A binder cannot wait, so a question is noted, its query run, and the script bound again with the answer at hand.

use std::collections::BTreeMap;

use datafusion::arrow::array::{AsArray, RecordBatch};

use crate::catalog::KustoType;
use crate::json::unescape;
use crate::json::value::{Number, Value};
use crate::kql::bind::tree::{Column, ColumnId, Definition, Expr, Node, QueryResult, Rel, Script, Shared};
use crate::kql::bind::{Answer, Probe, ProbeError, Question};

/// More keys or values than any table can have columns: what asks for so many is a mistake.
const MOST: usize = 100_000;

/// What was asked and answered so far.
#[derive(Default)]
pub(super) struct Memory {
    answered: Vec<(Question, Result<Answer, String>)>,
    open: Option<Inquiry>,
}

/// A question whose query is still to be run.
pub(super) struct Inquiry {
    question: Question,
    shared: Vec<Shared>,
}

impl Memory {
    /// The question that came up since the last call.
    pub(super) fn take(&mut self) -> Option<Inquiry> {
        self.open.take()
    }

    /// Keeps what the query of a question found, or why it failed.
    pub(super) fn keep(&mut self, inquiry: Inquiry, found: Result<Findings, String>) {
        self.answered.push((inquiry.question, found.map(Findings::answer)));
    }
}

impl Probe for Memory {
    fn ask(&mut self, question: &Question, shared: &[Shared]) -> Result<Answer, ProbeError> {
        match self.answered.iter().find(|(asked, _)| asked == question) {
            Some((_, Ok(answer))) => Ok(answer.clone()),
            Some((_, Err(why))) => Err(ProbeError::Failed(why.clone())),
            None => {
                self.open = Some(Inquiry { question: question.clone(), shared: shared.to_vec() });
                Err(ProbeError::Pending)
            }
        }
    }
}

impl Inquiry {
    /// The query whose rows answer the question: the distinct bags, or the distinct texts.
    pub(super) fn script(&self) -> Script {
        let (rel, expr) = match &self.question {
            Question::Keys { rel, bag } => (rel, bag),
            Question::Values { rel, text } => (rel, text),
        };
        let result = QueryResult { name: None, rel: distinct(rel, expr), render: None };
        Script { results: vec![result], shared: self.shared.clone(), settings: Vec::new(), notes: Vec::new() }
    }

    /// An empty account of what its query finds.
    pub(super) fn findings(&self) -> Findings {
        match self.question {
            Question::Keys { .. } => Findings::Keys(BTreeMap::new()),
            Question::Values { .. } => Findings::Values(BTreeMap::new()),
        }
    }
}

/// The distinct values of an expression over a relation, under an id that nothing else has.
fn distinct(rel: &Rel, expr: &Expr) -> Rel {
    let id = ColumnId(u32::MAX);
    Rel {
        columns: vec![Column { id, name: "value".into(), kind: expr.kind }],
        visible: 1,
        serialized: false,
        depth: rel.depth.saturating_add(1),
        node: Node::Aggregate {
            input: Box::new(rel.clone()),
            keys: vec![Definition { id, expr: expr.clone() }],
            calls: Vec::new(),
        },
    }
}

/// What the rows of a question's query say.
pub(super) enum Findings {
    /// Keys with their type; none where all values were null so far.
    Keys(BTreeMap<String, Option<KustoType>>),
    /// Texts.
    Values(BTreeMap<String, ()>),
}

impl Findings {
    /// Adds the rows of a batch, whose first column is the value.
    ///
    /// # Errors
    /// A sentence, if there are too many.
    pub(super) fn add(&mut self, batch: &RecordBatch) -> Result<(), String> {
        let Some(column) = batch.columns().first().and_then(|column| column.as_string_view_opt()) else {
            return Err("the values are no text".to_owned());
        };
        let count = match self {
            Self::Keys(keys) => {
                column.iter().flatten().for_each(|bag| add_keys(bag, keys));
                keys.len()
            }
            Self::Values(values) => {
                values.extend(column.iter().map(|text| (text.unwrap_or_default().to_owned(), ())));
                values.len()
            }
        };
        if count > MOST { Err(format!("there are more than {MOST} of them")) } else { Ok(()) }
    }

    fn answer(self) -> Answer {
        match self {
            // A key that is null everywhere has no type of its own.
            Self::Keys(keys) => {
                Answer::Keys(keys.into_iter().map(|(key, kind)| (key, kind.unwrap_or(KustoType::Dynamic))).collect())
            }
            Self::Values(values) => Answer::Values(values.into_keys().collect()),
        }
    }
}

/// Adds the keys of a bag with the types of their values.
fn add_keys(bag: &str, keys: &mut BTreeMap<String, Option<KustoType>>) {
    for (key, value) in Value::of(bag).members().into_iter().flatten() {
        let kind = match Value::of(value) {
            Value::Null => None,
            Value::Bool(_) => Some(KustoType::Bool),
            Value::Number(digits) => match Number::of(digits) {
                Some(Number::Long(_)) => Some(KustoType::Long),
                _ => Some(KustoType::Real),
            },
            Value::String(_) => Some(KustoType::String),
            Value::Array(_) | Value::Object(_) => Some(KustoType::Dynamic),
        };
        let known = keys.entry(unescape(key).into_owned()).or_default();
        *known = match (*known, kind) {
            (Some(one), Some(other)) if one != other => Some(KustoType::Dynamic),
            (known, kind) => known.or(kind),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_type_that_all_their_values_have() {
        let mut keys = BTreeMap::new();
        for bag in [r#"{"a":1,"b":"x","c":1.5,"d":null}"#, r#"{"a":2,"b":1,"e":[1],"f":true}"#, "[1]", "null"] {
            add_keys(bag, &mut keys);
        }
        let shown: Vec<String> =
            keys.iter().map(|(key, kind)| format!("{key}:{}", kind.map_or("-", KustoType::name))).collect();
        assert_eq!(shown, ["a:long", "b:dynamic", "c:real", "d:-", "e:dynamic", "f:bool"]);
    }
}
