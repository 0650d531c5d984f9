//! Expressions: scalar or tabular, which only the binder can tell apart.

use super::{ColumnDecl, Literal, Name, NamePattern, Parameters, Pipeline, Span};

/// An expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// A column, variable, table, or function that is called without parentheses.
    Name(Name),
    /// `T*`, as an input of `union`, `find`, `search in` and `restrict access`.
    Wildcard(NamePattern),
    /// `*`: all columns as an argument, any column on the left of `has`, `==` and their like.
    Star,
    /// `a.b`, `a.['b c']`: a member of a dynamic, `$left.x`, or `database("d").T`.
    Member(Box<Expr>, Name),
    /// `database("d").T*`.
    MemberWildcard(Box<Expr>, NamePattern),
    /// `cluster("c").database("d")`, `workspace("w").f(1)`: a call on an entity.
    MemberCall(Box<Expr>, Call),
    /// `a[0]`, `a["b"]`, `a[x + 1]`, and `a.[0]` in the old spelling.
    Index(Box<Expr>, Box<Expr>),
    /// `f(x, y = 1, *)`.
    Call(Call),
    /// `-x`, `+x`.
    Signed(Sign, Box<Expr>),
    /// `a + b` and the like; chains lean to the left.
    Arithmetic(Arithmetic, Box<Expr>, Box<Expr>),
    /// `a == b` and the like.
    Comparison(Comparison, Box<Expr>, Box<Expr>),
    /// `a has b`, `a =~ b` and the like.
    StringTest(StringTest, Box<Expr>, Box<Expr>),
    /// `a in (…)`, `a has_any (…)`. A single element may be tabular: a name, or a [`ExprKind::Pipe`].
    ListTest(ListTest, Box<Expr>, Vec<Expr>),
    /// `a between (b .. c)`; `!between` if negated.
    Between {
        /// Whether it is `!between`.
        negated: bool,
        /// What is tested.
        value: Box<Expr>,
        /// The lower end, which belongs to the range.
        low: Box<Expr>,
        /// The upper end, which belongs to the range; a timespan beside a datetime counts from `low`.
        high: Box<Expr>,
    },
    /// `a and b and c`: two operands or more, none of them an `and` without parentheses.
    Logical(Logical, Vec<Expr>),
    /// `(a)`.
    Paren(Box<Expr>),
    /// `T | where … | take 1`, `print x = 1`; in the operand of `mv-apply`, `partition` and `fork` without a source.
    Pipe(Box<Pipeline>),
    /// `toscalar(…)`; the parameter is `kind=nooptimization`.
    ToScalar(Parameters, Box<Expr>),
    /// `totable(…)`.
    ToTable(Parameters, Box<Expr>),
    /// `materialize(…)`.
    Materialize(Box<Expr>),
    /// `datatable(a: string, b: long)["x", 1]`.
    DataTable {
        /// The parameters before the schema; none is known today.
        parameters: Parameters,
        /// The columns.
        columns: Vec<ColumnDecl>,
        /// The cells, row by row. Their number need not be a multiple of the columns' yet.
        cells: Vec<Expr>,
    },
    /// `externaldata(a: string)[h@"https://…"] with (format = "csv")`.
    ExternalData {
        /// The parameters before the schema; none is known today.
        parameters: Parameters,
        /// The columns.
        columns: Vec<ColumnDecl>,
        /// The addresses.
        sources: Vec<Expr>,
        /// What stands in `with (…)`.
        properties: Parameters,
    },
    /// Something should stand here. There is an error among the diagnostics that says so.
    Missing,
}

/// A call: `name(arguments)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// The function.
    pub name: Name,
    /// The arguments; one may be named, and may be [`ExprKind::Star`].
    pub arguments: Vec<NamedExpr>,
    /// From the name to the closing parenthesis.
    pub span: Span,
}

/// An expression that may be given a name: `x = a + b`, `(x, y) = f(a)`, `a + b`.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedExpr {
    /// What stands before the `=`, if there is one.
    pub target: Option<Target>,
    /// The expression.
    pub expr: Expr,
    /// From the name, or else the expression, to the end of the expression.
    pub span: Span,
}

impl NamedExpr {
    /// The single name that is given, if it is a single one.
    pub fn name(&self) -> Option<&Name> {
        match &self.target {
            Some(Target::One(name)) => Some(name),
            _ => None,
        }
    }
}

/// What an expression is assigned to.
#[derive(Debug, Clone, PartialEq)]
pub enum Target {
    /// `x = …`.
    One(Name),
    /// `(x, y) = …`, names for the several columns of one expression.
    Many(Vec<Name>, Span),
}

/// The sign before an operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sign {
    /// `-`
    Minus,
    /// `+`
    Plus,
}

/// Operators on numbers, datetimes and timespans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `%`
    Modulo,
}

/// Operators that compare values of like type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// `and` or `or`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Logical {
    /// `and`
    And,
    /// `or`
    Or,
}

/// An operator on text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct StringTest {
    /// What is tested.
    pub operation: StringOperation,
    /// Whether letter case counts.
    pub case_sensitive: bool,
    /// Whether the outcome is inverted: `!has`, `!~`.
    pub negated: bool,
}

/// What a [`StringTest`] tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StringOperation {
    /// `=~`, `!~`: equal but for letter case.
    Equal,
    /// `has`: holds the terms.
    Has,
    /// `hasprefix`: holds a term that starts so.
    HasPrefix,
    /// `hassuffix`: holds a term that ends so.
    HasSuffix,
    /// `contains`: holds the text.
    Contains,
    /// `startswith`.
    StartsWith,
    /// `endswith`.
    EndsWith,
    /// `matches regex`.
    MatchesRegex,
    /// `like`, with `*` as wildcard; undocumented.
    Like,
    /// `:`, the test of `search`: `has`, or a pattern if the text has a `*`.
    Search,
}

/// Tests against a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ListTest {
    /// `in`
    In,
    /// `!in`
    NotIn,
    /// `in~`
    InTilde,
    /// `!in~`
    NotInTilde,
    /// `has_any`
    HasAny,
    /// `has_all`
    HasAll,
}
