//! What an expression can see, and where the calls go that it cannot hold itself.

use super::env::Env;
use super::graph::MatchScope;
use super::tree::{AggregateCall, Column, ColumnId, WindowCall};

/// The surroundings of an expression.
pub(super) struct Scope<'x> {
    /// `let`s and functions.
    pub env: &'x Env,
    /// The row's columns: the visible ones, then the hidden ones.
    pub columns: &'x [Column],
    /// How many are visible.
    pub visible: usize,
    /// The columns of the right side, in the condition of a join.
    pub right: Option<&'x [Column]>,
    /// Aggregates.
    pub aggregates: Aggregates<'x>,
    /// Window functions.
    pub windows: Windows<'x>,
    /// In `scan`: the steps whose state may be named.
    pub steps: &'x [(String, Vec<Column>)],
    /// In `graph-match`: the pattern.
    pub graph: Option<&'x mut MatchScope>,
    /// In `search` and `find`, a text that stands alone is a term: whether letter case counts then.
    pub search: Option<bool>,
    /// In `summarize`: the columns of the input that are keys as they are, which `*` of an aggregate leaves out.
    pub keys: &'x [ColumnId],
}

/// Whether aggregates may be called.
pub(super) enum Aggregates<'x> {
    /// No.
    No,
    /// Yes, and columns may be named inside them only.
    Yes(&'x mut Vec<AggregateCall>),
    /// We are inside the arguments of one.
    Inside,
}

/// Whether window functions may be called.
pub(super) enum Windows<'x> {
    /// No.
    No,
    /// The rows have no order.
    Unordered,
    /// Yes; each call with how many calls lie below it.
    Yes(&'x mut Vec<(u32, WindowCall)>),
}

impl<'x> Scope<'x> {
    /// A place without a row: the operands of `range`, `take`, `let`.
    pub fn bare(env: &'x Env) -> Self {
        Self::row(env, &[], 0)
    }

    /// A place over a row.
    pub fn row(env: &'x Env, columns: &'x [Column], visible: usize) -> Self {
        Self {
            env,
            columns,
            visible,
            right: None,
            aggregates: Aggregates::No,
            windows: Windows::No,
            steps: &[],
            graph: None,
            search: None,
            keys: &[],
        }
    }

    /// The visible column of this name.
    pub fn visible_column(&self, name: &str) -> Option<&'x Column> {
        self.columns.get(..self.visible)?.iter().find(|column| &*column.name == name)
    }

    /// The hidden column of this name.
    pub fn hidden_column(&self, name: &str) -> Option<&'x Column> {
        self.columns.get(self.visible..)?.iter().find(|column| &*column.name == name)
    }

    /// The visible columns.
    pub fn visible_columns(&self) -> &'x [Column] {
        self.columns.get(..self.visible).unwrap_or_default()
    }

    /// Whether columns may be named here.
    pub fn sees_columns(&self) -> bool {
        !matches!(self.aggregates, Aggregates::Yes(_))
    }
}
