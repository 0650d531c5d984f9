//! Relational nodes of operators that are no others' spelling.

use std::sync::Arc;

use super::{AggregateCall, ColumnId, Definition, Expr, Output, Rel, SortKey, Value};

/// `externaldata`: rows of files outside. The columns' types say how cells are read.
#[derive(Debug, Clone, PartialEq)]
pub struct External {
    /// The addresses: constants of type `string`.
    pub sources: Vec<Expr>,
    /// `format` and what else stands in `with (…)`, names as written.
    pub properties: Vec<(String, Value)>,
}

/// `make-series`. The columns are the keys, the series and the axis, which are arrays.
#[derive(Debug, Clone, PartialEq)]
pub struct MakeSeries {
    /// Of what.
    pub input: Rel,
    /// The keys; none means one row.
    pub keys: Vec<Definition>,
    /// The series.
    pub series: Vec<SeriesCall>,
    /// The axis.
    pub axis: SeriesAxis,
    /// `kind=nonempty`: an empty input gives no row.
    pub nonempty: bool,
}

/// One series: an aggregate for each step of the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesCall {
    /// The aggregates, for each step. Their outputs are seen by `value` only.
    pub calls: Vec<AggregateCall>,
    /// The element: an expression over the outputs, of the element's type.
    pub value: Expr,
    /// The column of the array.
    pub id: ColumnId,
    /// The value of a step without rows, of the type of `value`.
    pub default: Expr,
}

/// The axis of `make-series`.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesAxis {
    /// What is laid on the axis.
    pub expr: Expr,
    /// The column of the array of steps.
    pub id: ColumnId,
    /// Where it starts; at the least value, rounded down to a step, if absent.
    pub from: Option<Expr>,
    /// Where it ends; behind the greatest value if absent.
    pub to: Option<Expr>,
    /// Whether the end itself belongs to it (`in range(…)`).
    pub includes_end: bool,
    /// The step.
    pub step: Expr,
}

/// `parse` and `parse-where`. The columns are the input's; a part with the name of one of them stands in its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Parse {
    /// Of what.
    pub input: Rel,
    /// The text.
    pub source: Expr,
    /// How the pattern is read.
    pub kind: ParseKind,
    /// `flags` of the regular expression.
    pub flags: String,
    /// The pattern.
    pub pattern: Vec<ParsePart>,
    /// Whether rows that do not match are dropped.
    pub filter: bool,
}

/// How the pattern of `parse` is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ParseKind {
    /// All columns or none.
    Simple,
    /// Each column by itself.
    Relaxed,
    /// Texts are regular expressions.
    Regex,
}

/// A part of the pattern of `parse`.
#[derive(Debug, Clone, PartialEq)]
pub enum ParsePart {
    /// Anything, as little as possible.
    Skip,
    /// This text.
    Text(Arc<str>),
    /// A value that becomes a column.
    Capture(Output),
}

/// `parse-kv`. The columns are the input's, with the keys' behind them or in their place.
#[derive(Debug, Clone, PartialEq)]
pub struct ParseKv {
    /// Of what.
    pub input: Rel,
    /// The text.
    pub source: Expr,
    /// The keys, with their columns.
    pub keys: Vec<(String, Output)>,
    /// What separates pairs; the default is a blank.
    pub pair_delimiter: Option<String>,
    /// What separates key and value.
    pub kv_delimiter: Option<String>,
    /// Opening and closing quotes.
    pub quotes: Option<String>,
    /// The character that escapes a quote.
    pub escape: Option<String>,
    /// Whether values take all they can.
    pub greedy: bool,
    /// A pattern with two groups that finds pairs instead.
    pub regex: Option<String>,
}

/// A plugin of `evaluate`.
#[derive(Debug, Clone, PartialEq)]
pub enum Plugin {
    /// `bag_unpack`.
    Unpack(Unpack),
    /// `pivot`.
    Pivot(Pivot),
    /// `narrow`: a row for every cell. The columns are the row's number (a `long` from 0), the column's name and the value as text.
    Narrow(Rel),
    /// `ipv4_lookup`, `ipv6_lookup`.
    NetworkLookup(NetworkLookup),
    /// `geo_polygon_lookup`, `geo_line_lookup`.
    ShapeLookup(ShapeLookup),
    /// `dcount_intersect`.
    CommonCounts(CommonCounts),
    /// `basket`, `diffpatterns`.
    Mining(Mining),
}

/// `basket`, or `diffpatterns` if rows are split. The columns are numbers of the pattern, then its dimensions.
#[derive(Debug, Clone, PartialEq)]
pub struct Mining {
    /// Of what.
    pub input: Rel,
    /// The columns whose values make patterns.
    pub dimensions: Vec<ColumnId>,
    /// A column that says how many rows a row stands for.
    pub weight: Option<ColumnId>,
    /// Which rows are compared.
    pub split: Option<Split>,
    /// The least share of rows, or the least difference of two shares, from 0 to 1.
    pub threshold: f64,
    /// The greatest number of values of a pattern that do not follow of each other.
    pub most: usize,
    /// Literals that stand for any value of their type.
    pub wildcards: Vec<Expr>,
}

/// Two kinds of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// What tells them apart, as text.
    pub column: Expr,
    /// Its values.
    pub values: [String; 2],
}

/// `dcount_intersect`. The columns are the input's, then a `long` for each sketch: what it and those before it have in common.
#[derive(Debug, Clone, PartialEq)]
pub struct CommonCounts {
    /// Of what.
    pub input: Rel,
    /// The sketches.
    pub sketches: Vec<Expr>,
    /// The columns of the counts.
    pub counts: Vec<ColumnId>,
}

/// `geo_polygon_lookup` or `geo_line_lookup`: a join in which a place meets the shapes that hold it or are near it. The columns are some of
/// both sides'.
#[derive(Debug, Clone, PartialEq)]
pub struct ShapeLookup {
    /// The rows with places.
    pub input: Rel,
    /// The table of shapes.
    pub table: Rel,
    /// The shape, a column of the table.
    pub shape: ColumnId,
    /// The place's longitude, a column of the input.
    pub longitude: ColumnId,
    /// The place's latitude, a column of the input.
    pub latitude: ColumnId,
    /// How far in metres the place may be from the shape; without one it must be in the polygon.
    pub radius: Option<f64>,
    /// Whether the shapes are lines.
    pub of_lines: bool,
    /// Whether rows without a shape are kept.
    pub keep_unmatched: bool,
}

/// `ipv4_lookup` or `ipv6_lookup`: a join in which an address meets the networks that hold it. The columns are both sides'.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkLookup {
    /// The rows with addresses.
    pub input: Rel,
    /// The table of networks.
    pub table: Rel,
    /// The address, a column of the input.
    pub address: ColumnId,
    /// The network, a column of the table.
    pub network: ColumnId,
    /// Pairs of columns that must be equal as well: input, table.
    pub keys: Vec<(ColumnId, ColumnId)>,
    /// Whether rows without a network are kept.
    pub keep_unmatched: bool,
    /// Whether these are IPv6 networks.
    pub v6: bool,
}

/// `bag_unpack`. The columns are the input's without the bag, with one column a key behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct Unpack {
    /// Of what.
    pub input: Rel,
    /// The bag.
    pub bag: Expr,
    /// The keys, with their columns: a value is cast to the column's type.
    pub keys: Vec<(String, Output)>,
    /// What becomes of a key whose column exists: settled already, but for rows.
    pub conflict: UnpackConflict,
}

/// What `bag_unpack` does with a key that has the name of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnpackConflict {
    /// An error, the default.
    Error,
    /// The bag's value stands in the column's place.
    ReplaceSource,
    /// The key is left out.
    KeepSource,
}

/// `pivot`. The columns are the groups' and one for every value.
#[derive(Debug, Clone, PartialEq)]
pub struct Pivot {
    /// Of what.
    pub input: Rel,
    /// The keys.
    pub groups: Vec<Definition>,
    /// The text form of what is turned into columns.
    pub pivot: Expr,
    /// The values that become columns, in order, each with its column.
    pub values: Vec<(String, Output)>,
    /// The aggregate over the rows of a group and value; its one output is a stand-in for every column.
    pub call: AggregateCall,
}

/// `scan`: sequences of rows. The columns are the input's, the declared ones and the match's number.
#[derive(Debug, Clone, PartialEq)]
pub struct PatternScan {
    /// Of what; serialized.
    pub input: Rel,
    /// `partition by`: sequences do not cross these values.
    pub partition: Vec<Expr>,
    /// `order by`.
    pub order: Vec<SortKey>,
    /// The declared columns and what they start with.
    pub declared: Vec<Definition>,
    /// The column of the match's number, a `long`.
    pub match_id: ColumnId,
    /// The steps.
    pub steps: Vec<Step>,
}

/// A step of `scan`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// Its name.
    pub name: String,
    /// Whether a match may pass without it.
    pub optional: bool,
    /// Which of its rows come out.
    pub output: StepOutput,
    /// Which rows it takes: over the row, and over the state of steps.
    pub condition: Expr,
    /// What it sets: declared columns.
    pub assignments: Vec<(ColumnId, Expr)>,
}

/// Which rows of a step come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepOutput {
    /// All.
    All,
    /// The last of a match.
    Last,
    /// None.
    None,
}

/// `top-nested`. The columns are, for each level, its value and its aggregate.
#[derive(Debug, Clone, PartialEq)]
pub struct TopNested {
    /// Of what.
    pub input: Rel,
    /// The levels, the outer ones first.
    pub levels: Vec<TopLevel>,
}

/// A level of `top-nested`.
#[derive(Debug, Clone, PartialEq)]
pub struct TopLevel {
    /// How many values: a `long` without columns. Absent means all.
    pub count: Option<Expr>,
    /// The value.
    pub of: Definition,
    /// What stands for the values that are left out, of the type of `of`.
    pub others: Option<Expr>,
    /// The aggregates over the rows of a value. Their outputs are seen by `by` only.
    pub calls: Vec<AggregateCall>,
    /// By what the values are ranked: over the outputs.
    pub by: Definition,
    /// Whether the greatest come first.
    pub descending: bool,
}

/// `reduce`. The columns are, maybe behind the input's, the pattern, the count and a value.
#[derive(Debug, Clone, PartialEq)]
pub struct Reduce {
    /// Of what.
    pub input: Rel,
    /// The text.
    pub source: Expr,
    /// `threshold`, from 0 to 1.
    pub threshold: f64,
    /// `characters` that hold terms together.
    pub characters: String,
    /// The columns of pattern, count and representative.
    pub outputs: [ColumnId; 3],
    /// `kind=source`: a row for every input row.
    pub keep_rows: bool,
}
