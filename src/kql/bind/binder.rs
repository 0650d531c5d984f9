//! The binder's state: what it asks, what it hands out, what it has to say.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use super::env::Absent;
use super::schema::{Probe, Schemas};
use super::tree::{Column, ColumnId, Expr, GroupId, Node, Note, Rel, Render, Shared, SharedId, Value};
use crate::catalog::KustoType;
use crate::kql::syntax::Diagnostic;
use crate::kql::syntax::ast::Span;

/// How deep expressions, calls and subqueries may nest once `let`s and functions are put in. The parser allows 500 in one text.
pub(super) const MAX_HEIGHT: u32 = 600;
/// How many operators may stand on top of each other, those of `let`s included. The longest public query has about sixty.
pub(super) const MAX_DEPTH: u32 = 800;
/// How many parts of expressions may be copied into a script by its `let`s and functions.
pub(super) const MAX_COPIES: usize = 500_000;
/// How many operators a script may stand for once every use of a `let` is counted.
pub(super) const MAX_EXPANDED: u64 = 50_000;

/// A diagnostic has been given, and what is asked for cannot be had.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reported;

/// What binding a part gives.
pub(super) type Bind<T> = Result<T, Reported>;

/// The state while one script is bound.
pub(super) struct Binder<'a> {
    pub schemas: &'a dyn Schemas,
    pub probe: &'a mut dyn Probe,
    /// Values of query parameters, as text.
    pub parameters: &'a HashMap<String, String>,
    pub diagnostics: Vec<Diagnostic>,
    /// Those errors ever reported that say that a table or function is not there.
    missing: Vec<Diagnostic>,
    /// The `let`s that failed by such errors alone.
    pub absent: Vec<Rc<Absent>>,
    pub notes: Vec<Note>,
    pub shared: Vec<Shared>,
    /// For each shared relation how many nodes it stands for.
    pub shared_sizes: Vec<u64>,
    pub settings: Vec<(String, Option<Value>)>,
    /// Rows that `as` gave a name.
    pub named: HashMap<String, SharedId>,
    /// The columns that subqueries of `partition` with a source of their own see as scalars.
    pub partition_keys: HashSet<ColumnId>,
    /// What the last `render` says.
    pub render: Option<Render>,
    /// Names that nothing has, asked for where columns depend on rows: with the type of a member's owner, else of a text.
    pub unseen: Vec<(String, KustoType)>,
    /// Such names of former rounds, which now are columns without values.
    pub expected: Vec<(String, KustoType)>,
    /// The name whose member or element is asked for just now.
    pub owner: Option<Span>,
    /// Whether columns were made of what is in rows.
    pub shaped: bool,
    /// Whether the probe said to come again.
    pub pending: bool,
    /// How deep in calls and expressions we are.
    pub height: u32,
    /// How deep in calls of declared functions we are.
    pub calls: u32,
    /// How many declared functions have been put in.
    pub put_in: u32,
    /// How deep in subqueries of expressions we are: see `env::Scalar`.
    pub level: u32,
    /// How many parts of expressions have been copied.
    pub copies: usize,
    /// Inside the body of a stored function: the call, which stands for all places within.
    pub stored_call: Option<Span>,
    /// The operator that is bound, for errors about the whole of it.
    pub operator: Span,
    /// The number of the next `ColumnN`.
    pub unnamed: usize,
    next_column: u32,
    next_group: u32,
    next_query: u32,
}

impl<'a> Binder<'a> {
    pub fn new(schemas: &'a dyn Schemas, probe: &'a mut dyn Probe, parameters: &'a HashMap<String, String>) -> Self {
        Self {
            schemas,
            probe,
            parameters,
            diagnostics: Vec::new(),
            missing: Vec::new(),
            absent: Vec::new(),
            notes: Vec::new(),
            shared: Vec::new(),
            shared_sizes: Vec::new(),
            settings: Vec::new(),
            named: HashMap::new(),
            partition_keys: HashSet::new(),
            render: None,
            unseen: Vec::new(),
            expected: Vec::new(),
            owner: None,
            shaped: false,
            pending: false,
            height: 0,
            calls: 0,
            put_in: 0,
            level: 0,
            copies: 0,
            stored_call: None,
            operator: Span::default(),
            unnamed: 1,
            next_column: 0,
            next_group: 0,
            next_query: 0,
        }
    }

    /// The place to name for a part of the tree.
    pub fn at(&self, span: Span) -> Span {
        self.stored_call.unwrap_or(span)
    }

    /// Reports an error.
    pub fn error<T>(&mut self, span: Span, message: impl Into<String>) -> Bind<T> {
        self.report(Diagnostic::error(span, message))
    }

    /// Reports an error with a way out.
    pub fn error_with<T>(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) -> Bind<T> {
        self.report(Diagnostic::error(span, message).with_help(help))
    }

    /// Reports that a table or function is not there, which `union isfuzzy=true` takes.
    pub fn error_missing<T>(&mut self, span: Span, message: impl Into<String>, help: Option<String>) -> Bind<T> {
        let mut diagnostic = Diagnostic::error(self.at(span), message);
        if let Some(help) = help {
            diagnostic = diagnostic.with_help(help);
        }
        self.missing.push(diagnostic.clone());
        self.report(diagnostic)
    }

    /// Takes back what was reported since there were `before` diagnostics, if all that failed is that tables are not there.
    pub fn take_missing(&mut self, before: usize) -> Option<Vec<Diagnostic>> {
        let since = self.diagnostics.get(before..)?;
        let mut errors = since.iter().filter(|said| said.is_error()).peekable();
        errors.peek()?;
        if !errors.all(|error| self.missing.contains(error)) {
            return None;
        }
        Some(self.diagnostics.drain(before..).filter(Diagnostic::is_error).collect())
    }

    /// Tells what is wrong with a `let` that reads a table that is not there.
    pub fn tell<T>(&mut self, absent: &Absent) -> Bind<T> {
        absent.used.set(true);
        for error in &absent.errors {
            let Err(Reported) = self.report::<()>(error.clone()) else { continue };
        }
        Err(Reported)
    }

    fn report<T>(&mut self, mut diagnostic: Diagnostic) -> Bind<T> {
        diagnostic.span = self.at(diagnostic.span);
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
        Err(Reported)
    }

    /// Reports that something is known and not run; binding goes on, since its columns are known.
    pub fn refuse(&mut self, span: Span, what: &str, why: &str) {
        let Err(Reported) = self.error_with::<()>(span, format!("`{what}` is not run by huntql"), why) else { return };
    }

    /// Warns.
    pub fn warn(&mut self, span: Span, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = Diagnostic::warning(self.at(span), message).with_help(help);
        if !self.diagnostics.contains(&diagnostic) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Tells the reader of the result something.
    pub fn note(&mut self, span: Span, text: impl Into<String>) {
        let note = Note { text: text.into(), span: self.at(span) };
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// A new column.
    pub fn column(&mut self, name: impl Into<Arc<str>>, kind: KustoType) -> Column {
        Column { id: self.column_id(), name: name.into(), kind }
    }

    /// A new column's identity.
    pub fn column_id(&mut self) -> ColumnId {
        self.next_column = self.next_column.saturating_add(1);
        ColumnId(self.next_column)
    }

    /// A new group's identity.
    pub fn group_id(&mut self) -> GroupId {
        self.next_group = self.next_group.saturating_add(1);
        GroupId(self.next_group)
    }

    /// A new scalar query's identity.
    pub fn query_id(&mut self) -> u32 {
        self.next_query = self.next_query.saturating_add(1);
        self.next_query
    }

    /// Goes one level deeper for the time of `work`.
    pub fn deeper<T>(&mut self, span: Span, work: impl FnOnce(&mut Self) -> Bind<T>) -> Bind<T> {
        if self.height >= MAX_HEIGHT {
            return self.error_with(
                span,
                "this nests too deep once `let`s and functions are put in",
                format!("huntql takes {MAX_HEIGHT} levels; compute a part of it with `materialize` or `toscalar`"),
            );
        }
        self.height += 1;
        let done = work(self);
        self.height -= 1;
        done
    }

    /// A relation over a node. `columns` are the visible ones, then the hidden ones.
    pub fn rel(&mut self, node: Node, columns: Vec<Column>, visible: usize, serialized: bool) -> Bind<Rel> {
        let mut below = match &node {
            Node::Use { shared } => self.shared.get(shared.0 as usize).map_or(0, |shared| shared.rel.depth),
            _ => 0,
        };
        let mut rel = Rel { node, columns, visible, serialized, depth: 0 };
        rel.inputs(&mut |input| below = below.max(input.depth));
        rel.depth = below.saturating_add(1);
        if rel.depth > MAX_DEPTH {
            return self.error_with(
                self.operator,
                "too many operators stand on top of each other here",
                format!("huntql takes {MAX_DEPTH}, those of `let`s included; write the query in parts"),
            );
        }
        Ok(rel)
    }

    /// Makes a relation shared.
    pub fn share(&mut self, name: Option<String>, rel: Rel, once: bool) -> Bind<SharedId> {
        let size = self.expanded(&rel);
        if size > MAX_EXPANDED {
            return self.error_with(
                self.operator,
                "the `let`s of this script use each other so often that the whole is too large to run",
                "compute the tables that are used often once, with `materialize`",
            );
        }
        let id = SharedId(u32::try_from(self.shared.len()).unwrap_or(u32::MAX));
        self.shared.push(Shared { name, rel, once });
        // What is computed once counts once.
        self.shared_sizes.push(if once { 1 } else { size });
        Ok(id)
    }

    /// How many nodes a relation stands for.
    pub fn expanded(&self, rel: &Rel) -> u64 {
        let mut size = match &rel.node {
            Node::Use { shared } => self.shared_sizes.get(shared.0 as usize).copied().unwrap_or(0),
            _ => 1,
        };
        rel.inputs(&mut |input| size = size.saturating_add(self.expanded(input)));
        rel.exprs(&mut |expr| {
            expr.walk(&mut |part: &Expr| {
                if let Some(query) = part.query() {
                    size = size.saturating_add(self.expanded(&query.rel));
                }
            });
        });
        size
    }

    /// The rows that `as` gave this name.
    pub fn named_rows(&self, name: &str) -> Option<SharedId> {
        self.named.get(name).copied()
    }

    /// A use of a shared relation, with columns of its own.
    pub fn use_shared(&mut self, id: SharedId) -> Bind<Rel> {
        let Some(shared) = self.shared.get(id.0 as usize) else {
            return self.error(self.operator, "this table is not known");
        };
        let (columns, visible, serialized) = (shared.rel.columns.clone(), shared.rel.visible, shared.rel.serialized);
        let columns = columns.into_iter().map(|column| self.column(column.name, column.kind)).collect();
        self.rel(Node::Use { shared: id }, columns, visible, serialized)
    }
}

/// The columns of a relation, for a node that keeps them.
pub(super) fn columns_of(rel: &Rel) -> (Vec<Column>, usize) {
    (rel.columns.clone(), rel.visible)
}
