//! What completion asks of the running session.

use std::cell::OnceCell;
use std::sync::Arc;

use super::values::{Values, Wanted};
use crate::complete::{ColumnFact, CommandFacts, Facts};
use crate::engine::Engine;
use crate::kql::bind::Schemas;
use crate::shell::command::COMMANDS;
use crate::shell::session::Session;

/// The session as it stands at one prompt. Whatever takes time is found out when it is asked for first.
pub(super) struct SessionFacts {
    engine: Engine,
    values: Arc<Values>,
    parameters: Vec<(String, String)>,
    hunts: OnceCell<Vec<(String, String)>>,
    schemas: OnceCell<Box<dyn Schemas>>,
    functions: OnceCell<Vec<(String, String, String)>>,
    places: crate::shell::Places,
}

impl SessionFacts {
    pub(super) fn new(session: &Session, values: Arc<Values>) -> Self {
        Self {
            engine: session.engine.clone(),
            values,
            parameters: session.params.clone(),
            hunts: OnceCell::new(),
            schemas: OnceCell::new(),
            functions: OnceCell::new(),
            places: session.places.clone(),
        }
    }

    /// The sources that values come from.
    pub(super) fn sources(&self) -> Vec<&str> {
        self.engine.sources()
    }
}

impl Facts for SessionFacts {
    fn tables(&self) -> Vec<String> {
        self.schemas().table_names()
    }

    fn schemas(&self) -> &dyn Schemas {
        self.schemas.get_or_init(|| Box::new(self.engine.kql_schemas())).as_ref()
    }

    fn columns_of_query(&self, sql: &str) -> Vec<ColumnFact> {
        // Planning waits for nothing: no source is looked at.
        let columns = futures::executor::block_on(self.engine.sql_columns(sql)).unwrap_or_default();
        columns.into_iter().map(|(name, kind)| ColumnFact { name, kind }).collect()
    }

    fn sql_functions(&self) -> Vec<(String, String, String)> {
        let functions = || {
            let known = self.engine.sql_functions().unwrap_or_default();
            known.into_iter().map(|function| (function.name, function.usage, function.doc)).collect()
        };
        self.functions.get_or_init(functions).clone()
    }

    fn values(&self, table: &str, column: &str) -> Vec<String> {
        self.values.of(&self.engine, Wanted::Texts, table, column)
    }

    fn keys(&self, table: &str, column: &str) -> Vec<String> {
        self.values.of(&self.engine, Wanted::Keys, table, column)
    }

    fn parameters(&self) -> Vec<(String, String)> {
        self.parameters.clone()
    }

    fn hunts(&self) -> Vec<(String, String)> {
        let hunts = || {
            let known = self.places.known_hunts().unwrap_or_default();
            known.into_iter().map(|(_, hunt)| (hunt.key, hunt.metadata.name)).collect()
        };
        self.hunts.get_or_init(hunts).clone()
    }

    fn commands(&self) -> Vec<CommandFacts> {
        commands()
    }
}

/// What is known of the dot-commands.
pub(super) fn commands() -> Vec<CommandFacts> {
    COMMANDS.iter().map(|command| command.facts).collect()
}
