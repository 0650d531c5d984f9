//! Statements, declarations of columns and parameters, types.

use super::{Expr, Name, Parameters, Span, StringLiteral};

/// A line for the client, `#connect cluster("…")`. The engine does not act on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Directive {
    /// The line without `#`, trimmed.
    pub text: String,
    /// The line as written, `#` included.
    pub span: Span,
}

/// A statement and its place, without the `;` behind it.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it is.
    pub kind: StatementKind,
    /// Where it stands.
    pub span: Span,
}

/// The forms of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// A query. It may be scalar, which is an error that the binder tells.
    Query(Expr),
    /// `let name = …`.
    Let(Name, LetValue),
    /// `set name`, `set name = value`.
    Set(Name, Option<Expr>),
    /// `declare query_parameters (a: long = 1)`.
    DeclareParameters(Vec<ParamDecl>),
    /// `declare pattern …`.
    DeclarePattern(PatternDecl),
    /// `alias database d = cluster("c").database("d")`.
    AliasDatabase(Name, Expr),
    /// `restrict access to (…) with (…)`.
    Restrict(Vec<Expr>, Parameters),
}

/// What a `let` names.
#[derive(Debug, Clone, PartialEq)]
pub enum LetValue {
    /// A scalar or tabular expression.
    Expr(Expr),
    /// A function or view.
    Function(FunctionDecl),
    /// `entity_group [cluster("a").database("b"), …]`.
    EntityGroup(Vec<Expr>),
}

/// `view (a: long, T: (x: string)) { … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionDecl {
    /// Whether it is a `view`, which wildcards of `union` and `search` find.
    pub view: bool,
    /// The parameters.
    pub parameters: Vec<ParamDecl>,
    /// The body.
    pub body: FunctionBody,
    /// From the first token to the closing brace.
    pub span: Span,
}

/// `{ let …; … }`: the body of a function or of a pattern's arm.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionBody {
    /// `let` and `declare query_parameters` statements before the result.
    pub statements: Vec<Statement>,
    /// The result; the grammar lets it be absent.
    pub result: Option<Expr>,
    /// With the braces.
    pub span: Span,
}

/// A parameter of a function or of the query.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamDecl {
    /// The name.
    pub name: Name,
    /// Scalar or tabular.
    pub ty: ParamType,
    /// The value if the caller gives none: a literal, or a bare name.
    pub default: Option<Expr>,
    /// From the name to the end of the type or default.
    pub span: Span,
}

/// The type of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamType {
    /// A scalar.
    Scalar(TypeName),
    /// `(a: string, b: long)`: a table that has at least these columns.
    Table(Vec<ColumnDecl>, Span),
    /// `(*)`: any table.
    AnyTable(Span),
}

/// `name: type`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDecl {
    /// The column.
    pub name: Name,
    /// Its type.
    pub ty: TypeName,
    /// From the name to the end of the type.
    pub span: Span,
}

/// A scalar type as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TypeName {
    /// The type that is meant.
    pub scalar: ScalarType,
    /// The name as written.
    pub span: Span,
}

/// The scalar types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ScalarType {
    /// `bool`, `boolean`
    Bool,
    /// `int`, `int8` to `int32`, and their unsigned names
    Int,
    /// `long`, `int64`, `uint64`, `ulong`
    Long,
    /// `real`, `double`, `float`
    Real,
    /// `decimal`
    Decimal,
    /// `string`
    String,
    /// `datetime`, `date`
    DateTime,
    /// `timespan`, `time`
    Timespan,
    /// `guid`, `uuid`, `uniqueid`
    Guid,
    /// `dynamic`
    Dynamic,
}

/// `typeof(long)`, `typeof(a: long, *)`.
#[derive(Debug, Clone, PartialEq)]
pub struct TypeOf {
    /// One scalar type, or the columns of a table.
    pub argument: TypeArgument,
    /// From `typeof` to the closing parenthesis.
    pub span: Span,
}

/// What stands in `typeof(…)`.
#[derive(Debug, Clone, PartialEq)]
pub enum TypeArgument {
    /// A scalar type.
    Scalar(TypeName),
    /// The columns of a table; `star` if a `*` stands before or among them.
    Table {
        /// The columns.
        columns: Vec<ColumnDecl>,
        /// Whether the input's columns come too.
        star: bool,
    },
}

/// `declare pattern name = (a: string)[path: string] { ("x").["y"] = { … }; … }`.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternDecl {
    /// The name.
    pub name: Name,
    /// The parameters; none if only the name is declared.
    pub parameters: Vec<ColumnDecl>,
    /// The parameter that is written as a path.
    pub path: Option<ColumnDecl>,
    /// The arms, first match wins.
    pub arms: Vec<PatternArm>,
    /// Whether there is a `= (…) { … }` at all.
    pub defined: bool,
}

/// `("x").["y"] = { … };`.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternArm {
    /// The values of the parameters.
    pub arguments: Vec<Expr>,
    /// The value of the path.
    pub path: Option<StringLiteral>,
    /// What the call becomes.
    pub body: FunctionBody,
    /// From the parenthesis to the `;`.
    pub span: Span,
}
