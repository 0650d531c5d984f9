//! Bound scalar expressions.

use std::sync::Arc;

use super::{ColumnId, Rel, Value};
use crate::catalog::KustoType;
use crate::kql::facts::Function;
use crate::kql::syntax::ast::{Arithmetic, Comparison, Logical, Span, StringTest};

/// A scalar expression with its type.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub node: ExprNode,
    /// The type of its value.
    pub kind: KustoType,
    /// Where it stands in the script; the call, if it came from the body of a stored function.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprNode {
    /// A constant.
    Literal(Value),
    /// A column of the relation that the expression stands over.
    Column(ColumnId),
    /// A conversion to the expression's type, with the meaning of `tolong`, `tostring` and so on: null (or `""`) where it cannot be done.
    /// To `dynamic` it wraps the value: a text becomes a JSON string, and is not read.
    Cast(Box<Expr>),
    /// A call of a function of the language. Arguments are in the order of the signature; an omitted optional one in the middle does not
    /// occur. `iff`, `iif` and `case` are [`ExprNode::Case`].
    Call(Call),
    /// One of the values of a call that has several (`series_fit_line`), by its place. The call's own type says nothing.
    Field(Box<Expr>, u16),
    /// `-x`. An `int` has been cast to `long`.
    Negate(Box<Expr>),
    /// Arithmetic. The operands have the types that the table in `bind/operators.rs` gives: two numbers are of one type, which is the
    /// result's; datetimes and timespans are as written, and a number beside them is `long` or `real`. Two dynamic values stay dynamic, and
    /// so does what comes out.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// A comparison; both operands are of one type. `==` and `!=` follow Kusto's rule of nulls.
    Comparison(Comparison, Box<Expr>, Box<Expr>),
    /// A test on text; both operands are strings.
    StringTest(StringTest, Box<Expr>, Box<Expr>),
    /// `in`, `!in`, `in~`, `!in~`.
    In {
        /// What is looked for.
        value: Box<Expr>,
        /// Where.
        list: List,
        /// Whether letter case counts.
        case_sensitive: bool,
        /// Whether it is a `!in`.
        negated: bool,
    },
    /// `has_any`, and `has_all` if `all`. The value is a string.
    HasTerms {
        /// The text.
        value: Box<Expr>,
        /// The terms.
        list: List,
        /// Whether all must occur.
        all: bool,
    },
    /// `between`, both ends included; the three are of one type.
    Between {
        /// What is tested.
        value: Box<Expr>,
        /// The lower end.
        low: Box<Expr>,
        /// The upper end.
        high: Box<Expr>,
        /// Whether it is `!between`.
        negated: bool,
    },
    /// `and`, `or` over two or more truth values.
    Logical(Logical, Vec<Expr>),
    /// The value after the first condition that is true; conditions that are null count as false. All values are of the expression's type.
    Case {
        /// Condition and value.
        branches: Vec<(Expr, Expr)>,
        /// The value if no condition is true.
        otherwise: Box<Expr>,
    },
    /// `d.key`, `d["key"]`, `d[0]`, `d[x]`: a member of a dynamic value. The key is a `string`, a `long`, or a `dynamic` that is either at
    /// run time. Null where there is none.
    Member(Box<Expr>, Box<Expr>),
    /// `toscalar(…)`: the first column of the first row, null (or `""`) if there is no row. Evaluated once a script.
    ScalarQuery(ScalarQuery),
    /// Of a pattern scan: the value that a column had in the last row that a step took, by the step's place.
    StepState(u32, ColumnId),
}

/// A call of a function of the language.
///
/// Some calls are more plain than they are written: `typeof(long)` is the text `long`, `*` is all columns, `bag_pack_columns(a)` is
/// `bag_pack("a", a)`, and `pack_all(flag)` has behind its flag (false if it is left out) the name and value of every column by turns.
/// `ingestion_time()`, `column_ifexists` and `column_names_of` do not occur: they are columns and constants.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function: what it is called under is `function.name`, never a deprecated alias that has a replacement of the same meaning.
    pub function: &'static Function,
    /// The arguments, converted to what the signature takes.
    pub args: Vec<Expr>,
}

/// A relation whose first column and row are a value.
#[derive(Debug, Clone)]
pub struct ScalarQuery {
    /// Its place among the script's scalar queries: uses of one `let` have the same.
    pub id: u32,
    /// The relation; its first column is the value. Never correlated.
    pub rel: Arc<Rel>,
}

impl PartialEq for ScalarQuery {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id && (Arc::ptr_eq(&self.rel, &other.rel) || self.rel == other.rel)
    }
}

/// The right side of `in`, `has_any` and `has_all`.
#[derive(Debug, Clone, PartialEq)]
pub enum List {
    /// Scalars; one that is `dynamic` stands for the elements of its array at run time. The others are of the type of the value that is
    /// looked for, or, if that is dynamic, of their own.
    Values(Vec<Expr>),
    /// The first column of a relation, which is of the type of the value, or `dynamic`.
    Table(ScalarQuery),
}

/// A new column.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The column that is defined.
    pub id: ColumnId,
    /// Its value, over the node's input.
    pub expr: Expr,
}

impl Expr {
    /// An expression at a place.
    pub fn new(node: ExprNode, kind: KustoType, span: Span) -> Self {
        Self { node, kind, span }
    }

    /// A column.
    pub fn column(id: ColumnId, kind: KustoType, span: Span) -> Self {
        Self::new(ExprNode::Column(id), kind, span)
    }

    /// A constant.
    pub fn literal(value: Value, kind: KustoType, span: Span) -> Self {
        Self::new(ExprNode::Literal(value), kind, span)
    }

    /// The constant, if it is one.
    pub fn as_literal(&self) -> Option<&Value> {
        match &self.node {
            ExprNode::Literal(value) => Some(value),
            _ => None,
        }
    }

    /// The column, if it is one and nothing else.
    pub fn as_column(&self) -> Option<ColumnId> {
        match &self.node {
            ExprNode::Column(id) => Some(*id),
            _ => None,
        }
    }
}
