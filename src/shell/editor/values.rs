//! Values that columns hold, for completion: looked for in the data when they are first asked for, in the background and for a few seconds
//! only, and kept. What is found so far is offered while the search goes on.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use datafusion::arrow::array::{AsArray, RecordBatch};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::DataType;
use futures::StreamExt;

use crate::engine::{Engine, QueryOptions};
use crate::json::unescape;
use crate::json::value::Value;

/// How long somebody who pressed Tab waits for the first values; the search goes on for the next time.
const PATIENCE: Duration = Duration::from_millis(1500);
/// How long the first values wait for more.
const MORE: Duration = Duration::from_millis(300);
/// How long a search takes at most.
const SEARCH: Duration = Duration::from_secs(5);
/// Rows that are looked at, of the newest blobs first.
const ROWS: usize = 100_000;
/// Values that are kept of a column.
const KEPT: usize = 200;
/// Longer values are no words to choose from.
const LONGEST: usize = 200;

/// The values found so far.
#[derive(Default)]
pub(super) struct Values {
    known: Mutex<HashMap<Column, Found>>,
    changed: Condvar,
}

/// A column by its table and name, and what of it.
type Column = (Wanted, String, String);

/// What is looked for in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Wanted {
    /// Its texts.
    Texts,
    /// The keys of its bags.
    Keys,
}

/// What a search found so far.
#[derive(Debug, Clone, Default)]
struct Found {
    values: Arc<Vec<String>>,
    is_done: bool,
}

impl Values {
    /// The values of a column, the most frequent first. The first call starts a search and waits a moment for it; what is not found by
    /// then is there at a later call.
    pub(super) fn of(self: &Arc<Self>, engine: &Engine, wanted: Wanted, table: &str, column: &str) -> Vec<String> {
        let key = (wanted, table.to_owned(), column.to_owned());
        let mut known = self.lock();
        if !known.contains_key(&key) {
            // Without a runtime there is nobody to search.
            let Ok(runtime) = tokio::runtime::Handle::try_current() else { return Vec::new() };
            known.insert(key.clone(), Found::default());
            let (values, engine, column) = (Arc::clone(self), engine.clone(), key.clone());
            runtime.spawn(async move { values.search(&engine, &column).await });
        }
        let goes_on = |known: &HashMap<Column, Found>| known.get(&key).is_some_and(|found| !found.is_done);
        let is_empty = |known: &HashMap<Column, Found>| known.get(&key).is_none_or(|found| found.values.is_empty());
        for (patience, first_only) in [(PATIENCE, true), (MORE, false)] {
            let waiting = |known: &mut HashMap<Column, Found>| goes_on(known) && (!first_only || is_empty(known));
            let waited = self.changed.wait_timeout_while(known, patience, waiting);
            known = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        known.get(&key).map(|found| found.values.to_vec()).unwrap_or_default()
    }

    /// Forgets everything: the sources are others now.
    pub(super) fn forget(&self) {
        self.lock().clear();
    }

    /// Looks for the values of a column. What goes wrong leaves none: completion is no place for errors.
    async fn search(&self, engine: &Engine, key: &Column) {
        let (wanted, table, column) = key;
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let text = format!("SELECT {} FROM {} LIMIT {ROWS}", quoted(column), quoted(table));
        let options = QueryOptions { timeout: Some(SEARCH), ..QueryOptions::default() };
        let mut counts: HashMap<String, usize> = HashMap::new();
        let keep = |counts: &HashMap<String, usize>, is_done: bool| {
            let found = Found { values: Arc::new(most_frequent(counts)), is_done };
            // What was forgotten meanwhile stays so.
            if let Some(known) = self.lock().get_mut(key) {
                *known = found;
            }
            self.changed.notify_all();
        };
        if let Ok(mut answer) = engine.sql_with(&text, &options).await {
            while let Some(Ok(batch)) = answer.next().await {
                count(&batch, *wanted, &mut counts);
                keep(&counts, false);
            }
        }
        keep(&counts, true);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Column, Found>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Counts the texts, or the keys, of a batch's only column.
fn count(batch: &RecordBatch, wanted: Wanted, counts: &mut HashMap<String, usize>) {
    let Some(Ok(texts)) = batch.columns().first().map(|column| cast(column, &DataType::Utf8View)) else { return };
    let mut add = |text: &str| {
        if text.is_empty() || text.len() > LONGEST {
            return;
        }
        match counts.get_mut(text) {
            Some(count) => *count += 1,
            None => {
                counts.insert(text.to_owned(), 1);
            }
        }
    };
    for text in texts.as_string_view().iter().flatten() {
        match wanted {
            Wanted::Texts => add(text),
            Wanted::Keys => {
                Value::of(text).members().into_iter().flatten().for_each(|(key, _)| add(&unescape(key)));
            }
        }
    }
}

fn most_frequent(counts: &HashMap<String, usize>) -> Vec<String> {
    let mut counted: Vec<(&String, &usize)> = counts.iter().collect();
    counted.sort_by(|one, other| other.1.cmp(one.1).then_with(|| one.0.cmp(other.0)));
    counted.into_iter().map(|(text, _)| text.clone()).take(KEPT).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc as Shared;

    use datafusion::arrow::array::StringArray;

    use super::*;

    #[test]
    fn frequent_values_come_first_and_empty_ones_not_at_all() {
        let column = StringArray::from(vec![Some("b"), Some("a"), None, Some(""), Some("b"), Some("c")]);
        let batch = RecordBatch::try_from_iter([("x", Shared::new(column) as _)]).expect("batch");
        let mut counts = HashMap::new();
        count(&batch, Wanted::Texts, &mut counts);
        assert_eq!(most_frequent(&counts), ["b", "a", "c"]);
        let column = StringArray::from(vec![Some(r#"{"a":1,"b":{"c":2}}"#), Some("[1]"), Some(r#"{"b":1}"#), None]);
        let batch = RecordBatch::try_from_iter([("x", Shared::new(column) as _)]).expect("batch");
        let mut counts = HashMap::new();
        count(&batch, Wanted::Keys, &mut counts);
        assert_eq!(most_frequent(&counts), ["b", "a"]);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_search_that_fails_leaves_no_values_and_is_not_done_again() {
        let engine = Engine::builder().build().await.expect("engine");
        let values = Arc::new(Values::default());
        assert_eq!(values.of(&engine, Wanted::Texts, "NoTable", "x"), [""; 0]);
        assert_eq!(values.lock().len(), 1);
        values.forget();
        assert!(values.lock().is_empty());
    }
}
