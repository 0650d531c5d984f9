//! KQL from text to answers: parsed, bound to the tables of the engine, planned, and run as SQL is.

mod answers;
mod check;
mod explain;
mod nowhere;
mod outside;
mod probe;
mod schemas;
mod script;
mod service;
mod tables;

pub use answers::Answers;
pub use script::Translation;

use super::{Engine, Error, QueryOptions, Statement};
use crate::kql::syntax;
pub(super) use schemas::{EngineSchemas, kusto_type};
pub(super) use script::Prepared;

impl Engine {
    /// Understands a KQL text; its queries run when their answers are asked for.
    ///
    /// # Errors
    /// [`Error`] with the line that is wrong, a mark under the place, and what to do about it.
    pub async fn kql(&self, text: &str) -> Result<Answers, Error> {
        self.kql_with(text, &QueryOptions::default()).await
    }

    /// Understands a KQL text with values for `declare query_parameters`, a time limit of its own, or the name of its file.
    ///
    /// # Errors
    /// As for [`Engine::kql`].
    pub async fn kql_with(&self, text: &str, options: &QueryOptions) -> Result<Answers, Error> {
        Ok(Answers::of_script(Prepared::new(self, text, options).await?))
    }

    /// How huntql takes a KQL text: the bound tree, and the plan of each of its results.
    ///
    /// # Errors
    /// As for [`Engine::kql`], and if a result cannot be planned.
    pub async fn kql_translate(&self, text: &str, options: &QueryOptions) -> Result<Translation, Error> {
        Prepared::new(self, text, options).await?.translate()
    }

    /// Cuts a KQL file into its scripts, which blank lines separate; each may hold several queries and shares its `let`s among them.
    /// Scripts of comments only are left out.
    pub fn split_kql(text: &str) -> Vec<Statement> {
        let (scripts, _) = syntax::parse_file(text);
        let mut statements: Vec<Statement> = Vec::new();
        let whole = scripts.iter().filter(|script| !script.statements.is_empty() || !script.directives.is_empty());
        let starts: Vec<usize> = whole.map(|script| script.span.start as usize).collect();
        for (place, &start) in starts.iter().enumerate() {
            let end = starts.get(place + 1).copied().unwrap_or(text.len());
            let Some(part) = text.get(start..end) else { continue };
            let line = 1 + text.get(..start).map_or(0, |before| before.matches('\n').count());
            statements.push(Statement { text: part.trim_end().to_owned(), line });
        }
        if statements.is_empty() && !text.trim().is_empty() {
            // What is wrong with it is told when it is run.
            statements.push(Statement { text: text.to_owned(), line: 1 });
        }
        statements
    }
}
