//! Small edits of `*` in a syntax tree.

use std::ops::ControlFlow;

use datafusion::sql::parser::{CopyToSource, Statement};
use datafusion::sql::sqlparser::ast::{
    ExcludeSelectItem, Ident, ObjectName, PipeOperator, Query, Select, SelectFlavor, SelectItem, VisitorMut,
    WildcardAdditionalOptions,
};
use datafusion::sql::sqlparser::parser::Parser;

use super::dialect::HuntDialect;
use super::{SqlError, scope};

/// Gives `FROM t` the `SELECT *` that it means (DataFusion takes it for a SELECT of no column), and `COPY t TO …` its query, so that
/// nothing behind has to think of either.
pub(super) fn complete(statement: &mut Statement) -> Result<(), SqlError> {
    // The visitor never breaks.
    let _ = scope::visit_mut(statement, &mut Complete);
    match statement {
        Statement::Explain(explain) => complete(&mut explain.statement),
        Statement::CopyTo(copy) => {
            if let CopyToSource::Relation(table) = &copy.source {
                copy.source = CopyToSource::Query(all_columns_but(table, &[])?);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

struct Complete;

impl VisitorMut for Complete {
    type Break = ();

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.flavor == SelectFlavor::FromFirstNoSelect {
            select.flavor = SelectFlavor::Standard;
            select.projection = vec![SelectItem::Wildcard(WildcardAdditionalOptions::default())];
        }
        ControlFlow::Continue(())
    }
}

/// `SELECT * EXCLUDE (…) FROM table`.
pub(super) fn all_columns_but(table: &ObjectName, columns: &[String]) -> Result<Box<Query>, SqlError> {
    let names: Vec<String> = columns.iter().map(|column| Ident::with_quote('"', column).to_string()).collect();
    let exclude = if names.is_empty() { String::new() } else { format!(" EXCLUDE ({})", names.join(", ")) };
    let text = format!("SELECT *{exclude} FROM {table}");
    Ok(Parser::new(&HuntDialect).try_with_sql(&text)?.parse_query()?)
}

/// `|> SELECT * EXCLUDE (…)`.
pub(super) fn pipe_all_columns_but(columns: &[String]) -> PipeOperator {
    let mut options = WildcardAdditionalOptions::default();
    exclude(&mut options, columns);
    PipeOperator::Select { exprs: vec![SelectItem::Wildcard(options)] }
}

/// Visits the wildcards among the items of a SELECT, each with the name in front of it.
pub(super) fn each(
    items: &mut [SelectItem],
    mut visit: impl FnMut(Option<&ObjectName>, &mut WildcardAdditionalOptions),
) {
    use datafusion::sql::sqlparser::ast::SelectItemQualifiedWildcardKind::ObjectName as Named;
    for item in items {
        match item {
            SelectItem::Wildcard(options) => visit(None, options),
            SelectItem::QualifiedWildcard(Named(name), options) => visit(Some(name), options),
            _ => {}
        }
    }
}

/// Leaves columns out of a wildcard, besides those that its text leaves out already.
pub(super) fn exclude(options: &mut WildcardAdditionalOptions, columns: &[String]) {
    let written = excluded(options);
    let added = columns.iter().filter(|column| !written.contains(column)).map(|column| Ident::with_quote('"', column));
    let added: Vec<ObjectName> = added.map(|column| ObjectName::from(vec![column])).collect();
    if added.is_empty() {
        return;
    }
    let mut all = match options.opt_exclude.take() {
        None => Vec::new(),
        Some(ExcludeSelectItem::Single(column)) => vec![column],
        Some(ExcludeSelectItem::Multiple(columns)) => columns,
    };
    all.extend(added);
    options.opt_exclude = Some(ExcludeSelectItem::Multiple(all));
}

/// The columns that a wildcard leaves out.
pub(super) fn excluded(options: &WildcardAdditionalOptions) -> Vec<String> {
    let excluded = match &options.opt_exclude {
        None => Vec::new(),
        Some(ExcludeSelectItem::Single(column)) => vec![column],
        Some(ExcludeSelectItem::Multiple(columns)) => columns.iter().collect(),
    };
    let except = options
        .opt_except
        .iter()
        .flat_map(|except| std::iter::once(&except.first_element).chain(&except.additional_elements));
    let excluded = excluded.into_iter().flat_map(|name| name.0.last()).filter_map(|part| part.as_ident());
    excluded.chain(except).map(|column| column.value.clone()).collect()
}
