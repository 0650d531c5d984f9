//! Refuses, by name and with advice, what the parser reads and DataFusion does not do.
//!
//! DataFusion leaves much of it out without a word (PREWHERE, TABLESAMPLE, WITH ROLLUP, …), so that the answer would be wrong, and
//! answers the rest with a dump of the syntax tree.

use std::ops::ControlFlow;

use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    self, GroupByExpr, Join, JoinOperator, LimitClause, ObjectName, ObjectType, OrderBy, OrderByKind, Query, Select,
    SelectFlavor, SelectItem, TableFactor, Visitor, WildcardAdditionalOptions,
};

use super::dictionary::Dictionary;
use super::scope;

/// What is refused: the words of the text that stand for it, and what to do.
pub(super) struct Unsupported {
    /// The words as one writes them; the first of them is in the text.
    pub what: &'static str,
    /// A full sentence for people.
    pub message: String,
    /// True if it is refused for what it would do, not for want of support.
    pub refused: bool,
}

/// Finds the first thing in a statement that is not supported.
pub(super) fn check(statement: &Statement, dictionary: &Dictionary) -> Result<(), Box<Unsupported>> {
    match scope::visit(statement, &mut Check { dictionary }) {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(found) => Err(found),
    }
}

struct Check<'d> {
    dictionary: &'d Dictionary,
}

type Found = ControlFlow<Box<Unsupported>>;

fn refuse(what: &'static str, advice: &str) -> Found {
    let message = format!("{what} is not supported: {advice}");
    ControlFlow::Break(Box::new(Unsupported { what, message, refused: false }))
}

/// Gives up with `what` if the condition holds.
fn unless(condition: bool, what: &'static str, advice: &str) -> Found {
    if condition { refuse(what, advice) } else { ControlFlow::Continue(()) }
}

impl Visitor for Check<'_> {
    type Break = Box<Unsupported>;

    fn pre_visit_statement(&mut self, statement: &ast::Statement) -> Found {
        match statement {
            ast::Statement::CreateView(view) => {
                self.view_name(&view.name, "VIEW", "is a table: choose another name for the view")
            }
            ast::Statement::Drop { object_type: ObjectType::View, names, .. } => names
                .iter()
                .try_for_each(|name| self.view_name(name, "VIEW", "is a table, not a view: it cannot be dropped")),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_query(&mut self, query: &Query) -> Found {
        unless(query.fetch.is_some(), "FETCH", "use LIMIT")?;
        unless(query.settings.is_some(), "SETTINGS", "options are set with SET")?;
        unless(query.format_clause.is_some(), "FORMAT", "the format of the answer is chosen with --format")?;
        unless(
            query.for_clause.is_some() || !query.locks.is_empty(),
            "FOR",
            "nothing is locked, and --format chooses the format",
        )?;
        if let Some(LimitClause::LimitOffset { limit_by, .. }) = &query.limit_clause {
            unless(
                !limit_by.is_empty(),
                "LIMIT … BY",
                "use QUALIFY row_number() OVER (PARTITION BY … ORDER BY …) <= n",
            )?;
        }
        query.order_by.as_ref().map_or(ControlFlow::Continue(()), order_by)
    }

    fn pre_visit_select(&mut self, select: &Select) -> Found {
        let nothing = select.projection.is_empty() && select.flavor != SelectFlavor::FromFirstNoSelect;
        unless(nothing, "SELECT without columns", "write SELECT *, or name the columns")?;
        unless(select.prewhere.is_some(), "PREWHERE", "use WHERE")?;
        unless(select.top.is_some(), "TOP", "use LIMIT at the end of the query")?;
        unless(!select.connect_by.is_empty(), "CONNECT BY", "use WITH RECURSIVE")?;
        unless(!select.lateral_views.is_empty(), "LATERAL VIEW", "use unnest(…) in the SELECT list")?;
        unless(!select.distribute_by.is_empty(), "DISTRIBUTE BY", "leave it out")?;
        unless(!select.cluster_by.is_empty(), "CLUSTER BY", "use ORDER BY")?;
        unless(!select.sort_by.is_empty(), "SORT BY", "use ORDER BY")?;
        unless(select.value_table_mode.is_some(), "SELECT AS VALUE or STRUCT", "use named_struct('name', value, …)")?;
        let (GroupByExpr::All(modifiers) | GroupByExpr::Expressions(_, modifiers)) = &select.group_by;
        unless(!modifiers.is_empty(), "WITH ROLLUP, CUBE or TOTALS", "write GROUP BY ROLLUP (…) or GROUP BY CUBE (…)")?;
        select.projection.iter().try_for_each(item)?;
        select.from.iter().flat_map(|table| &table.joins).try_for_each(join)
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> Found {
        match factor {
            TableFactor::Table {
                sample,
                version,
                with_ordinality,
                partitions,
                json_path,
                with_hints,
                index_hints,
                ..
            } => {
                unless(sample.is_some(), "TABLESAMPLE", "use WHERE random() < 0.1 for a tenth of the rows")?;
                unless(version.is_some(), "FOR SYSTEM_TIME or VERSION", "restrict Timestamp in WHERE")?;
                unless(*with_ordinality, "WITH ORDINALITY", "use row_number() OVER ()")?;
                unless(!partitions.is_empty(), "PARTITION", "restrict Timestamp in WHERE")?;
                unless(json_path.is_some(), "a path behind a table", "use -> and ->> on a column")?;
                unless(!with_hints.is_empty() || !index_hints.is_empty(), "a table hint", "leave it out")
            }
            TableFactor::Derived { sample, .. } => {
                unless(sample.is_some(), "TABLESAMPLE", "use WHERE random() < 0.1 for a tenth of the rows")
            }
            TableFactor::Pivot { .. } => {
                refuse("PIVOT", "write one count(*) FILTER (WHERE x = 'value') AS name for each value")
            }
            TableFactor::Unpivot { .. } => refuse("UNPIVOT", "use UNION ALL of one SELECT for each column"),
            TableFactor::MatchRecognize { .. } => {
                refuse("MATCH_RECOGNIZE", "use lag(…) and lead(…) OVER (…) with QUALIFY")
            }
            TableFactor::JsonTable { .. } => refuse("JSON_TABLE", "use unnest(json_get_array(…)) in the SELECT list"),
            TableFactor::OpenJsonTable { .. } => refuse("OPENJSON", "use unnest(json_get_array(…)) in the SELECT list"),
            TableFactor::XmlTable { .. } => refuse("XMLTABLE", "use regexp_match(…) on the text"),
            TableFactor::SemanticView { .. } => refuse("SEMANTIC_VIEW", "read the table itself"),
            TableFactor::TableFunction { .. } => refuse("TABLE", "write FROM function(…) without TABLE"),
            TableFactor::Function { .. } | TableFactor::UNNEST { .. } | TableFactor::NestedJoin { .. } => {
                ControlFlow::Continue(())
            }
        }
    }
}

impl Check<'_> {
    fn view_name(&self, name: &ObjectName, what: &'static str, problem: &str) -> Found {
        match self.dictionary.relation(&scope::parts(name)) {
            Some(relation) if relation.is_table => {
                let message = format!("{} {problem}", relation.name);
                ControlFlow::Break(Box::new(Unsupported { what, message, refused: true }))
            }
            _ => ControlFlow::Continue(()),
        }
    }
}

fn order_by(order_by: &OrderBy) -> Found {
    unless(order_by.interpolate.is_some(), "INTERPOLATE", "join with generate_series(…) to fill gaps")?;
    if let OrderByKind::Expressions(keys) = &order_by.kind {
        let fills = keys.iter().any(|key| key.with_fill.is_some());
        unless(fills, "WITH FILL", "join with generate_series(…) to fill gaps")?;
    }
    ControlFlow::Continue(())
}

fn item(item: &SelectItem) -> Found {
    match item {
        SelectItem::Wildcard(options) | SelectItem::QualifiedWildcard(_, options) => {
            let WildcardAdditionalOptions { opt_ilike, opt_rename, opt_alias, .. } = options;
            unless(opt_ilike.is_some(), "ILIKE behind *", "name the columns")?;
            unless(opt_rename.is_some(), "RENAME behind *", "write * EXCLUDE (a), a AS b")?;
            unless(opt_alias.is_some(), "an alias behind *", "give the columns their names one by one")
        }
        SelectItem::ExprWithAliases { .. } => refuse("an alias of several names", "give one name to each column"),
        SelectItem::UnnamedExpr(_) | SelectItem::ExprWithAlias { .. } => ControlFlow::Continue(()),
    }
}

fn join(join: &Join) -> Found {
    unless(join.global, "GLOBAL", "leave it out")?;
    match &join.join_operator {
        JoinOperator::AsOf { .. } => refuse(
            "ASOF",
            "join on the equal keys and `b.Timestamp <= a.Timestamp`, and keep the newest with QUALIFY row_number() OVER \
             (PARTITION BY … ORDER BY b.Timestamp DESC) = 1",
        ),
        JoinOperator::Semi(_) => refuse("SEMI JOIN", "write LEFT SEMI JOIN, or WHERE … IN (SELECT …)"),
        JoinOperator::Anti(_) => refuse("ANTI JOIN", "write LEFT ANTI JOIN, or WHERE … NOT IN (SELECT …)"),
        JoinOperator::CrossApply => refuse("CROSS APPLY", "write CROSS JOIN LATERAL"),
        JoinOperator::OuterApply => refuse("OUTER APPLY", "write LEFT JOIN LATERAL … ON true"),
        JoinOperator::StraightJoin(_) => refuse("STRAIGHT_JOIN", "write JOIN"),
        JoinOperator::ArrayJoin | JoinOperator::LeftArrayJoin | JoinOperator::InnerArrayJoin => {
            refuse("ARRAY JOIN", "use unnest(…) in the SELECT list")
        }
        _ => ControlFlow::Continue(()),
    }
}
