//! What names mean beside columns: `let`s, parameters, functions.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use super::graph::NamedGraph;
use super::tree::{Expr, Rel, SharedId};
use crate::kql::syntax::Diagnostic;
use crate::kql::syntax::ast::{FunctionDecl, PatternDecl};

/// The names that a place in the script can see. Cheap to clone: a function keeps the one it was declared in.
#[derive(Clone, Default)]
pub(super) struct Env {
    names: Rc<HashMap<String, Binding>>,
}

/// What a name means.
#[derive(Clone)]
pub(super) enum Binding {
    /// A scalar, put in where it is named.
    Scalar(Rc<Scalar>),
    /// A table.
    Table(SharedId),
    /// A table argument that holds the rows of a group, which cannot be shared: the first use takes it.
    GroupTable(Rc<RefCell<Option<Rel>>>),
    /// A graph.
    Graph(Rc<NamedGraph>),
    /// A function of the script.
    Function(Rc<UserFunction>),
    /// A pattern: tables by texts.
    Pattern(Rc<Pattern>),
    /// Something that could not be bound; the error has been told.
    Broken,
    /// Something that reads a table that is not there, which is told where it is used: `union isfuzzy=true` passes over it.
    Absent(Rc<Absent>),
    /// Something that huntql does not have, with the reason.
    Refused(&'static str),
}

/// What is to be said of a `let` that reads a table that is not there.
pub(super) struct Absent {
    /// The errors.
    pub errors: Vec<Diagnostic>,
    /// Whether something named it, and so passed over it or told the errors.
    pub used: Cell<bool>,
}

/// A scalar that a name stands for.
pub(super) struct Scalar {
    /// The expression.
    pub expr: Expr,
    /// How many parts it has.
    pub size: usize,
    /// How high it is.
    pub height: u32,
    /// If it depends on a row: the level of subqueries at which that row is to be had.
    pub row_level: Option<u32>,
}

/// A function that a script or the caller declares.
pub(super) struct UserFunction {
    /// Its name.
    pub name: String,
    /// Its declaration.
    pub decl: Arc<FunctionDecl>,
    /// What its body sees.
    pub env: Env,
    /// Whether the caller stores it: its places are not those of the script.
    pub stored: bool,
}

/// A pattern that a script declares.
pub(super) struct Pattern {
    /// Its declaration.
    pub decl: PatternDecl,
    /// What the bodies of its arms see.
    pub env: Env,
}

impl Env {
    /// What a name means.
    pub fn get(&self, name: &str) -> Option<&Binding> {
        self.names.get(name)
    }

    /// Gives a name a meaning from here on.
    pub fn set(&mut self, name: &str, binding: Binding) {
        Rc::make_mut(&mut self.names).insert(name.to_owned(), binding);
    }

    /// All names with their meanings.
    pub fn iter(&self) -> impl Iterator<Item = (&String, &Binding)> {
        self.names.iter()
    }
}

impl Scalar {
    /// Measures an expression.
    pub fn new(expr: Expr, row_level: Option<u32>) -> Self {
        let mut size = 0;
        expr.walk(&mut |_| size += 1);
        let height = height(&expr);
        Self { expr, size, height, row_level }
    }
}

/// How many levels an expression has.
pub(super) fn height(expr: &Expr) -> u32 {
    let mut below = 0;
    expr.children(&mut |child| below = below.max(height(child)));
    below + 1
}
