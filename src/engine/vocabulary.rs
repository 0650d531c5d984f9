//! What a statement may name here, for whoever helps to write one: functions of SQL with their signatures, columns of queries, KQL's
//! tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::arrow::datatypes::Field;
use datafusion::logical_expr::Documentation;

use super::kql::{EngineSchemas, kusto_type};
use super::query::{dictionary, scan_context};
use super::session::statement_state;
use super::{Engine, Error, ErrorKind};
use crate::kql::bind::Schemas;
use crate::source::Scope;
use crate::sql;

/// A function of SQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionInfo {
    /// The name that it is called by.
    pub name: String,
    /// How it is called: `has(text, term)`.
    pub usage: String,
    /// What it does, in one line; empty if nobody wrote it down.
    pub doc: String,
}

impl Engine {
    /// The functions that SQL can call, by name.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn sql_functions(&self) -> Result<Vec<FunctionInfo>, Error> {
        let context = Arc::new(scan_context(&self.inner, Scope::default()));
        let state = statement_state(&self.inner, &BTreeSet::new(), &context, None)
            .map_err(|error| Error::new(ErrorKind::Internal, error.to_string()))?;
        let mut functions = BTreeMap::new();
        let mut add = |name: &str, documentation: Option<&Documentation>| {
            functions.entry(name.to_owned()).or_insert_with(|| function(name, documentation));
        };
        state.scalar_functions().iter().for_each(|(name, function)| add(name, function.documentation()));
        state.aggregate_functions().iter().for_each(|(name, function)| add(name, function.documentation()));
        state.window_functions().iter().for_each(|(name, function)| add(name, function.documentation()));
        state.table_functions().keys().for_each(|name| add(name, None));
        Ok(functions.into_values().collect())
    }

    /// The columns that a SQL query gives, with their types: Kusto's where there is one. No source is looked at, so that a table that
    /// only the data knows is not known here before a query named it.
    ///
    /// # Errors
    /// What is wrong with the query.
    pub async fn sql_columns(&self, text: &str) -> Result<Vec<(String, String)>, Error> {
        let known = dictionary(&self.inner);
        let wrong = |message: String| Error::new(ErrorKind::Query, message);
        let parsed = sql::parse(text, &known).map_err(|error| wrong(error.to_string()))?;
        let context = Arc::new(scan_context(&self.inner, Scope::default()));
        let planned = async {
            let state = statement_state(&self.inner, &parsed.hidden, &context, None)?;
            state.statement_to_plan(parsed.statement).await
        };
        let plan = planned.await.map_err(|error| wrong(sql::brief(&error)))?;
        let kind = |field: &Field| {
            kusto_type(field).map_or_else(|| field.data_type().to_string(), |kind| kind.name().to_owned())
        };
        Ok(plan.schema().fields().iter().map(|field| (field.name().clone(), kind(field))).collect())
    }

    /// The tables and functions that KQL sees now.
    pub fn kql_schemas(&self) -> impl Schemas + use<> {
        EngineSchemas::new(&self.inner)
    }
}

fn function(name: &str, documentation: Option<&Documentation>) -> FunctionInfo {
    let usage = documentation.map_or_else(|| format!("{name}(…)"), |known| one_line(&known.syntax_example));
    let doc = documentation.map(|known| first_sentence(&known.description)).unwrap_or_default();
    FunctionInfo { name: name.to_owned(), usage, doc }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// What a text says up to its first full stop.
fn first_sentence(text: &str) -> String {
    let text = one_line(text);
    text.find(". ").map_or(text.clone(), |end| text[..=end].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn functions_are_told_with_their_signature_and_their_first_sentence() {
        let engine = Engine::builder().build().await.expect("engine");
        let functions = engine.sql_functions().expect("functions");
        assert!(functions.len() > 300, "{}", functions.len());
        let has = functions.iter().find(|function| function.name == "has").expect("has");
        assert!(has.usage.starts_with("has(") && !has.doc.is_empty(), "{has:?}");
        assert_eq!(first_sentence("One.\n  Two. Three."), "One.");
        assert_eq!(first_sentence("ends at 1.5"), "ends at 1.5");
    }
}
