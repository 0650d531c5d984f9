//! Bound relations.

use super::{
    Call, Column, ColumnId, Definition, Expr, External, GraphMatch, GraphNodes, GroupId, MakeSeries, Parse, ParseKv,
    PatternScan, Plugin, Reduce, SharedId, TopNested, Value,
};
use crate::catalog::KustoType;
use crate::kql::facts::Function;

/// A relation: a node with its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Rel {
    /// How it comes about.
    pub node: Node,
    /// Its columns: the visible ones, then the hidden ones that something above uses.
    pub columns: Vec<Column>,
    /// How many of the columns are visible.
    pub visible: usize,
    /// Whether its rows have an order that window functions may rely on (`sort`, `serialize`, `range`, …).
    pub serialized: bool,
    /// How many nodes the longest way down has, shared relations included.
    pub depth: u32,
}

impl Rel {
    /// The columns that a result shows.
    pub fn visible_columns(&self) -> &[Column] {
        self.columns.get(..self.visible).unwrap_or(&self.columns)
    }

    /// The columns that are there by name only.
    pub fn hidden_columns(&self) -> &[Column] {
        self.columns.get(self.visible..).unwrap_or_default()
    }

    /// The column of this id.
    pub fn column(&self, id: ColumnId) -> Option<&Column> {
        self.columns.iter().find(|column| column.id == id)
    }
}

/// The forms of a relation.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    /// A table of the schemas. The columns bear the names that they have in the table.
    Scan {
        /// The table, as the schemas spell it.
        table: String,
    },
    /// Rows of constants: `datatable`, `getschema`. Each row has a value for every column.
    Values {
        /// The rows.
        rows: Vec<Vec<Value>>,
    },
    /// One row without columns: what `print` computes over.
    OneRow,
    /// `range`: one column. All three are of its type, but that the step of datetimes is a timespan.
    Range {
        /// The first value.
        from: Expr,
        /// The last, if a step hits it.
        to: Expr,
        /// The step; null or zero is an error at run time.
        step: Expr,
    },
    /// `externaldata`.
    External(Box<External>),
    /// A shared relation, with new ids: the columns stand in the order of the shared relation's columns, with their types.
    Use {
        /// Which.
        shared: SharedId,
    },
    /// In the subquery of a [`Node::Apply`]: the rows of the group. The columns are those of the apply's input, with their ids.
    GroupRows {
        /// Which apply.
        group: GroupId,
    },
    /// Rows for which the predicate is true.
    Filter {
        /// Of what.
        input: Box<Rel>,
        /// A truth value.
        predicate: Expr,
    },
    /// Other columns: those of `columns` that are not defined here come from the input, maybe under another name.
    Project {
        /// Of what.
        input: Box<Rel>,
        /// The new columns. All see the input only.
        definitions: Vec<Definition>,
    },
    /// Groups. The columns are the keys, then the outputs of the calls, in any number (no calls: `distinct`).
    Aggregate {
        /// Of what.
        input: Box<Rel>,
        /// The keys; none means one group, also of no rows.
        keys: Vec<Definition>,
        /// What is computed over each group.
        calls: Vec<AggregateCall>,
    },
    /// A join; `lookup` is one, too. The columns are some of both sides.
    Join {
        /// What becomes of rows without a match.
        kind: JoinKind,
        /// The left side.
        left: Box<Rel>,
        /// The right side.
        right: Box<Rel>,
        /// Equal pairs; null equals null. None means every pair of rows.
        on: Vec<JoinKey>,
    },
    /// Rows of several relations one after the other, duplicates kept.
    Union {
        /// The relations.
        legs: Vec<Leg>,
    },
    /// Rows in an order.
    Sort {
        /// Of what.
        input: Box<Rel>,
        /// By what, the first decides.
        keys: Vec<SortKey>,
    },
    /// The first rows, if the input has an order, else any.
    Limit {
        /// Of what.
        input: Box<Rel>,
        /// How many: a `long` without columns; negative or null is none.
        count: Expr,
    },
    /// Rows chosen at random.
    Sample {
        /// Of what.
        input: Box<Rel>,
        /// How many: a `long` without columns.
        count: Expr,
    },
    /// `mv-expand`: a row for every element. The columns are the input's, some replaced by the items, then new items, then the index.
    Expand(Box<Expand>),
    /// Columns that depend on neighbouring rows; the input is serialized, and its order decides.
    Window {
        /// Of what.
        input: Box<Rel>,
        /// The calls, whose columns are added.
        calls: Vec<WindowCall>,
    },
    /// A subquery, run on every group of rows: `partition` and `mv-apply`.
    Apply {
        /// The rows. For `mv-apply` they are expanded already.
        input: Box<Rel>,
        /// What a group is.
        grouping: Grouping,
        /// The name of the group within the subquery.
        group: GroupId,
        /// What is run; its leaf is a [`Node::GroupRows`] of this group.
        subquery: Box<Rel>,
    },
    /// `make-series`.
    MakeSeries(Box<MakeSeries>),
    /// `parse`, `parse-where`.
    Parse(Box<Parse>),
    /// `parse-kv`.
    ParseKv(Box<ParseKv>),
    /// `evaluate`.
    Plugin(Box<Plugin>),
    /// `scan`.
    PatternScan(Box<PatternScan>),
    /// `top-nested`.
    TopNested(Box<TopNested>),
    /// `reduce`.
    Reduce(Box<Reduce>),
    /// `graph-match`, `graph-shortest-paths`.
    GraphMatch(Box<GraphMatch>),
    /// `graph-to-table nodes`.
    GraphNodes(Box<GraphNodes>),
    /// `consume`: reads all, has no columns and no rows.
    Consume {
        /// Of what.
        input: Box<Rel>,
    },
}

/// An aggregate over the rows of a group.
#[derive(Debug, Clone, PartialEq)]
pub struct AggregateCall {
    /// The function.
    pub function: &'static Function,
    /// Its arguments over the input. Of `arg_max` and `arg_min` the first decides and the others are returned; of `percentile` and the like
    /// the last is the percentage, a constant.
    pub args: Vec<Expr>,
    /// The columns it makes: one, but for `arg_max`, `arg_min` (one an argument) and `take_any` (one an argument, all of one row).
    pub outputs: Vec<Output>,
}

/// A column that a call makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Output {
    /// The column.
    pub id: ColumnId,
    /// Its type.
    pub kind: KustoType,
}

/// What a join does with rows without a match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JoinKind {
    /// Kusto's default: of left rows with the same keys any one is kept, then as `Inner`.
    InnerUnique,
    /// Pairs only.
    Inner,
    /// All left rows.
    LeftOuter,
    /// All right rows.
    RightOuter,
    /// All rows.
    FullOuter,
    /// Left rows with a match; left columns only.
    LeftSemi,
    /// Left rows without a match; left columns only.
    LeftAnti,
    /// Right rows with a match; right columns only.
    RightSemi,
    /// Right rows without a match; right columns only.
    RightAnti,
}

/// Two expressions of one type that must be equal.
#[derive(Debug, Clone, PartialEq)]
pub struct JoinKey {
    /// Over the left side.
    pub left: Expr,
    /// Over the right side.
    pub right: Expr,
}

/// One input of a union.
#[derive(Debug, Clone, PartialEq)]
pub struct Leg {
    /// The relation.
    pub input: Rel,
    /// For every column of the union the column of this leg, of the same type; `None` is null, or `""` for text.
    pub fields: Vec<Option<ColumnId>>,
}

/// One key of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// By what.
    pub expr: Expr,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Whether nulls come first. NaN goes with the nulls.
    pub nulls_first: bool,
    /// Whether numbers inside text count as numbers (`granny-asc`).
    pub natural: bool,
}

/// `mv-expand`.
#[derive(Debug, Clone, PartialEq)]
pub struct Expand {
    /// Of what.
    pub input: Rel,
    /// What is expanded, in parallel; the shorter ones are filled with nulls.
    pub items: Vec<ExpandItem>,
    /// What becomes of bags.
    pub bags: BagExpansion,
    /// The column that counts from 0 within each input row, a `long`.
    pub index: Option<ColumnId>,
    /// The column that numbers the input rows, a `long`; hidden, for the apply above.
    pub row: Option<ColumnId>,
    /// How many rows each input row may give at most: a `long` without columns.
    pub limit: Option<Expr>,
}

/// One column of `mv-expand`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpandItem {
    /// The array or bag: `dynamic`.
    pub source: Expr,
    /// The column of its elements.
    pub id: ColumnId,
    /// Its type: `dynamic`, or what `to typeof(…)` says (a cast of the JSON value: text is not read as a number).
    pub kind: KustoType,
}

/// What `mv-expand` makes of a bag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BagExpansion {
    /// A bag of one key each.
    Bag,
    /// An array of key and value each.
    Array,
}

/// A call that depends on neighbouring rows.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowCall {
    /// The column it makes.
    pub id: ColumnId,
    /// The function and its arguments; what depends on neighbours in an argument is a column of an earlier window node.
    pub call: Call,
    /// The type of the column.
    pub kind: KustoType,
}

/// What a group of [`Node::Apply`] is.
#[derive(Debug, Clone, PartialEq)]
pub enum Grouping {
    /// `partition by`: rows of equal value. The columns are the subquery's.
    Key(ColumnId),
    /// `mv-apply`: the expanded rows of one row. The columns are the carried ones, which are the same for all rows of a group, then the
    /// subquery's.
    Row {
        /// The column that tells the rows apart: [`Expand::row`] of the input.
        row: ColumnId,
        /// The columns that are carried past the subquery.
        carried: Vec<ColumnId>,
    },
}
