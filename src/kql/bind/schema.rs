//! What the binder asks its caller for: tables, stored functions, and columns that only the data knows.

use std::sync::Arc;

use super::tree::{Expr, Rel, Shared};
use crate::catalog::KustoType;
use crate::kql::syntax::ast::FunctionDecl;

/// The tables and stored functions that a script can see. Names are looked up in the letter case in which they are written.
pub trait Schemas {
    /// The table of this name; a former name may answer with the table's present name.
    fn table(&self, name: &str) -> Option<Arc<TableSchema>>;

    /// The names of all tables: for wildcards, `search`, `find` and "did you mean".
    fn table_names(&self) -> Vec<String>;

    /// The stored function of this name, parsed. Its body sees tables and stored functions, not the script's `let`s.
    fn function(&self, _name: &str) -> Option<Arc<FunctionDecl>> {
        None
    }

    /// The names of all stored functions.
    fn function_names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// The columns of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableSchema {
    /// The table's own name.
    pub name: String,
    /// Its columns: the visible ones in order, then the hidden ones, which answer by name only. One called `_TimeReceived` is what
    /// `ingestion_time()` gives.
    pub columns: Vec<(Arc<str>, KustoType)>,
    /// How many are visible.
    pub visible: usize,
}

/// Answers questions about data while a script is bound: some plugins make columns of what is in the rows.
pub trait Probe {
    /// The answer; `shared` are the relations that the question may use. A caller that cannot run a query here and now may note the question, return [`ProbeError::Pending`], run the query
    /// afterwards and bind again: the questions of one script come in the same order each time, and are equal if nothing changed.
    ///
    /// # Errors
    /// [`ProbeError`] ends the binding.
    fn ask(&mut self, question: &Question, shared: &[Shared]) -> Result<Answer, ProbeError>;
}

/// Which names and values are in the rows of a relation.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// The keys of a bag, with the types of their values.
    Keys {
        /// The rows.
        rel: Rel,
        /// The bag.
        bag: Expr,
    },
    /// The distinct values of a text.
    Values {
        /// The rows.
        rel: Rel,
        /// The text.
        text: Expr,
    },
}

/// What there is, in the order of the names.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// To [`Question::Keys`]: a key whose values are of several types is `dynamic`.
    Keys(Vec<(String, KustoType)>),
    /// To [`Question::Values`].
    Values(Vec<String>),
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProbeError {
    /// Not yet: bind again when the question has been answered.
    Pending,
    /// The query failed, with a sentence.
    Failed(String),
    /// Nobody can look at data here.
    Unavailable,
}

/// A probe for places without data: it answers nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProbe;

impl Probe for NoProbe {
    fn ask(&mut self, _question: &Question, _shared: &[Shared]) -> Result<Answer, ProbeError> {
        Err(ProbeError::Unavailable)
    }
}
