//! What the facts say of a function: signatures, type of the result, name of its column.

use crate::catalog::KustoType;

/// A function of the language.
#[derive(Debug, PartialEq, Eq)]
pub struct Function {
    /// Its name. Letter case counts.
    pub name: &'static str,
    /// Where it may be called.
    pub class: FunctionClass,
    /// How it may be called; at least one way.
    pub signatures: Vec<Signature>,
    /// What a column is called that nobody named.
    pub naming: Naming,
    /// What it does, in one line.
    pub doc: &'static str,
    /// The function that means just the same, arguments and all.
    pub same_as: Option<&'static str>,
    /// The function to use instead of this one.
    pub deprecated: Option<&'static str>,
    /// Why huntql does not run it, and what to do.
    pub refused: Option<&'static str>,
    /// How its answers differ from Kusto's; a query that calls it says so.
    pub differs: Option<&'static str>,
}

/// Where a function may be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FunctionClass {
    /// Anywhere; one value for each row.
    Scalar,
    /// Over rows in an order: in `extend`, `project`, `where` and `serialize` behind `sort` and the like.
    Window,
    /// Over a group of rows: in `summarize`, `make-series`, `top-nested`, `evaluate pivot`.
    Aggregate,
    /// In `evaluate`.
    Plugin,
    /// Where a table is wanted.
    Table,
}

/// One way to call a function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// The parameters in order. Those that may repeat stand next to each other and repeat as a block (`case`, `bag_pack`).
    pub parameters: Vec<Parameter>,
    /// The type of the result.
    pub returns: Returns,
}

/// A parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, by which an argument may be given.
    pub name: &'static str,
    /// The types it takes.
    pub types: TypeClass,
    /// What the argument has to be besides.
    pub form: ArgumentForm,
    /// How often it occurs at least.
    pub min: usize,
    /// How often it occurs at most.
    pub max: usize,
}

impl Parameter {
    /// Whether it may occur more than once.
    pub fn repeats(&self) -> bool {
        self.max > 1
    }
}

impl Signature {
    /// How many arguments it takes at least.
    pub fn min_arguments(&self) -> usize {
        self.parameters.iter().map(|parameter| parameter.min).sum()
    }

    /// How many arguments it takes at most.
    pub fn max_arguments(&self) -> usize {
        self.parameters.iter().fold(0, |sum: usize, parameter| sum.saturating_add(parameter.max))
    }
}

impl Parameter {
    /// How help writes it: in brackets if it may be left out, with dots if it may repeat.
    fn usage(&self) -> String {
        match (self.min, self.repeats()) {
            (0, true) => format!("[{}, …]", self.name),
            (0, false) => format!("[{}]", self.name),
            (_, true) => format!("{}, …", self.name),
            (_, false) => self.name.to_owned(),
        }
    }
}

impl Function {
    /// The ways to call it, each as help writes it: `iff(if, then, else)`.
    pub fn usages(&self) -> Vec<String> {
        let usage = |signature: &Signature| {
            let parameters: Vec<String> = signature.parameters.iter().map(Parameter::usage).collect();
            format!("{}({})", self.name, parameters.join(", "))
        };
        let mut usages: Vec<String> = self.signatures.iter().map(usage).collect();
        usages.dedup();
        usages
    }
}

/// Which types a parameter takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TypeClass {
    /// These; an `int` also where a `long` is taken and so on.
    OneOf(Vec<KustoType>),
    /// Any scalar.
    Scalar,
    /// A table.
    Table,
    /// `typeof(…)`.
    Type,
    /// `int`, `long`.
    Integer,
    /// `int`, `long`, `real`, `decimal`.
    Number,
    /// A number or `bool`.
    NumberOrBool,
    /// Text or `dynamic`.
    Text,
    /// An array, of which only `dynamic` is known.
    Array,
    /// A bag, of which only `dynamic` is known.
    Bag,
    /// Text or `dynamic`.
    TextOrArray,
    /// A whole number or `dynamic`.
    IntegerOrArray,
    /// A number, `datetime` or `timespan`.
    Summable,
    /// What has an order: all but `dynamic` and `guid`.
    Orderable,
    /// All but `dynamic`.
    NotDynamic,
    /// All but `real` and `bool`.
    NotRealOrBool,
    /// Any scalar; all arguments of this class are brought to one type.
    Common,
    /// The same for types that have an order.
    CommonOrderable,
    /// The same, but what has no common type becomes `dynamic`.
    CommonOrDynamic,
}

/// What an argument has to be besides its type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ArgumentForm {
    /// Any expression.
    Expression,
    /// Any expression, or `*`.
    Star,
    /// `*`.
    StarOnly,
    /// A column.
    Column,
    /// A column of the table argument.
    OtherColumn,
    /// A column that both tables have.
    CommonColumn,
    /// An aggregate.
    Aggregate,
    /// A constant expression: it names no column.
    Constant,
    /// A literal.
    Literal,
    /// An expression over an element of the first argument, a path of a graph.
    Element,
}

/// How the type of a result follows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Returns {
    /// This type.
    Type(KustoType),
    /// The type of the first argument.
    First,
    /// The type of the second argument.
    Second,
    /// The type of the first argument, but `long` for `int`.
    Promoted,
    /// What `typeof(…)` says, the last argument.
    TypeofLast,
    /// The common type of the arguments of common class.
    Common,
    /// The same without the dynamic ones, if there are others.
    CommonNotDynamic,
    /// The widest number, but `long` for `int`.
    Widest,
    /// Several values, each with a name.
    Fields(Vec<(&'static str, KustoType)>),
    /// A table.
    Table,
    /// As the binder knows for this function.
    Special,
}

/// What a column is called that comes of a call and got no name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// `Column1` and so on.
    Default,
    /// As the first argument would be called.
    First,
    /// As the argument would be called, if there is just one.
    Only,
    /// `prefix_` and how the first argument would be called.
    Prefix(&'static str),
    /// Always the same.
    Fixed(&'static str),
    /// As the text of the first argument, if that is a column's name.
    Literal,
    /// Of each field: `prefix_`, how the first argument would be called, `_`, the field.
    Fields(&'static str),
}
