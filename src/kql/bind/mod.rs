//! Tree and schemas to bound tree.
//!
//! The binder gives every name a meaning, every expression a type, and every column the name that Kusto gives it. It reads no data and runs
//! nothing; where columns depend on rows, it asks its caller's [`Probe`]. The rules are those of Kusto's engine as far as they are known,
//! else those of Microsoft's open binder, with which it is compared (see `tests/corpus`).
//!
//! - In: [`ast::Script`](crate::kql::syntax::ast::Script), [`Schemas`], [`Probe`], values of query parameters.
//! - Out: [`Bound`], a [`tree::Script`] and diagnostics. With an error among them the script is not to be run.
//! - `let`s are put in: a scalar as an expression where it is named, a table as a use of a shared relation. Functions are put in where they
//!   are called.
//! - Nesting, copies and sizes are bounded, so that no text makes the binder run away: see `binder.rs`.

mod binder;
mod columns;
mod constant;
mod declared;
mod dynamic;
mod env;
mod expr;
mod graph;
mod naming;
mod operator;
mod operators;
mod overload;
mod pattern;
mod prune;
mod schema;
mod scope;
mod statement;
mod suggest;
mod table;
#[cfg(test)]
mod tests;
pub mod tree;
mod types;

use std::collections::HashMap;

use crate::catalog::KustoType;
pub use schema::{Answer, NoProbe, Probe, ProbeError, Question, Schemas, TableSchema};

use super::syntax::Diagnostic;
use super::syntax::ast::Script;
use binder::Binder;

/// How often a script is bound anew for names of columns that no row gave.
const MAX_ROUNDS: usize = 10;

/// What binding gives.
#[derive(Debug, Clone, PartialEq)]
pub struct Bound {
    /// The script; of its statements those that could be bound.
    pub script: tree::Script,
    /// Errors and warnings, in the order of the text.
    pub diagnostics: Vec<Diagnostic>,
    /// The probe answered [`ProbeError::Pending`]: bind again when it knows more. The script is not to be run.
    pub pending: bool,
}

impl Bound {
    /// Whether the script may be run.
    pub fn is_ok(&self) -> bool {
        !self.pending && !self.diagnostics.iter().any(Diagnostic::is_error)
    }
}

/// Binds a script. `parameters` are the values of `declare query_parameters`, as text.
///
/// Never fails and never panics. A script whose parse had errors may be bound for its diagnostics, but not run.
pub fn bind(
    script: &Script,
    schemas: &dyn Schemas,
    probe: &mut dyn Probe,
    parameters: &HashMap<String, String>,
) -> Bound {
    let (first, mut unseen) = bind_round(script, schemas, probe, parameters, Vec::new());
    let mut expected = Vec::new();
    // A hunt that found nothing to unpack still names what it would have unpacked; a name may hide the next.
    for _ in 0..MAX_ROUNDS {
        if unseen.is_empty() || first.pending {
            break;
        }
        expected.append(&mut unseen);
        let (again, more) = bind_round(script, schemas, probe, parameters, expected.clone());
        if again.is_ok() || again.pending {
            return again;
        }
        unseen = more.into_iter().filter(|(name, _)| expected.iter().all(|(known, _)| known != name)).collect();
    }
    first
}

/// Binds a script, taking `expected` for columns of plugins that make columns of rows. Also gives the names that such a script asks for and
/// nothing has.
fn bind_round(
    script: &Script,
    schemas: &dyn Schemas,
    probe: &mut dyn Probe,
    parameters: &HashMap<String, String>,
    expected: Vec<(String, KustoType)>,
) -> (Bound, Vec<(String, KustoType)>) {
    let mut binder = Binder::new(schemas, probe, parameters);
    binder.expected = expected;
    let mut results = binder.script(script);
    let Binder { mut diagnostics, notes, mut shared, settings, pending, unseen, .. } = binder;
    prune::prune(&mut results, &mut shared);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.span.start, diagnostic.span.end));
    (Bound { script: tree::Script { results, shared, settings, notes }, diagnostics, pending }, unseen)
}
