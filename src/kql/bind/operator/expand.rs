//! `mv-expand`, `mv-apply`, `partition`.

use std::sync::Arc;

use super::items::append_hidden;
use super::{items::Style, word};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::{Projection, Slot, Source};
use crate::kql::bind::env::Env;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::table::arc;
use crate::kql::bind::tree::{
    BagExpansion, Column, ColumnId, Definition, Expand, ExpandItem, Expr, Grouping, JoinKind, Node, Rel,
};
use crate::kql::bind::types::kind_of;
use crate::kql::facts::words::BAG_EXPANSIONS;
use crate::kql::syntax::ast::{self, ExprKind, MvApply, MvExpand, MvItem, Parameters, Partition, Target, TypeArgument};

impl Binder<'_> {
    pub(super) fn mv_expand(&mut self, env: &Env, input: Rel, expand: &MvExpand) -> Bind<Rel> {
        self.expanded_rows(env, input, &expand.parameters, &expand.items, expand.limit.as_ref(), false)
    }

    /// The expanded rows. With `numbered`, a hidden column numbers the input rows.
    fn expanded_rows(
        &mut self,
        env: &Env,
        input: Rel,
        parameters: &Parameters,
        list: &[MvItem],
        limit: Option<&ast::Expr>,
        numbered: bool,
    ) -> Bind<Rel> {
        let kind = self.one_of(parameters, "kind", &BAG_EXPANSIONS)?;
        let bags = match self.one_of(parameters, "bagexpansion", &BAG_EXPANSIONS)?.or(kind) {
            Some("array") => BagExpansion::Array,
            _ => BagExpansion::Bag,
        };
        let mut projection = Projection::default();
        projection.add_input(input.visible_columns(), false);
        let mut items = Vec::with_capacity(list.len());
        let mut failed = None;
        for item in list {
            let mut scope = Scope::row(env, &input.columns, input.visible);
            match self.expand_item(&mut scope, &mut projection, item) {
                Ok(item) => items.push(item),
                Err(reported) => failed = Some(reported),
            }
        }
        if let Some(reported) = failed {
            return Err(reported);
        }
        let index = word(parameters, "with_itemindex").map(|(name, _)| {
            let (slot, id) = self.new_slot(name.into(), KustoType::Long);
            projection.add(slot, false);
            id
        });
        let limit = limit.map(|limit| self.count(env, limit)).transpose()?;
        let mut columns: Vec<Column> = projection.into_slots().into_iter().filter_map(column_of).collect();
        let visible = columns.len();
        append_hidden(&mut columns, input.hidden_columns());
        let row = numbered.then(|| {
            let id = self.column_id();
            columns.push(Column { id, name: format!("_row{}", id.0).into(), kind: KustoType::Long });
            id
        });
        let serialized = input.serialized;
        let expand = Expand { input, items, bags, index, row, limit };
        self.rel(Node::Expand(Box::new(expand)), columns, visible, serialized)
    }

    fn expand_item(&mut self, scope: &mut Scope<'_>, projection: &mut Projection, item: &MvItem) -> Bind<ExpandItem> {
        let plain = self.plain_column(scope, &item.expr.expr);
        let source = self.named_expr(scope, &item.expr)?;
        if source.kind != KustoType::Dynamic {
            return self.error_with(
                item.expr.span,
                format!("only a dynamic array or bag is expanded, and this is of type {}", source.kind),
                match source.kind {
                    KustoType::String => "read text as JSON with `parse_json(x)`, or cut it with `split(x, ',')`",
                    _ => "make an array of it with `pack_array(x)`",
                },
            );
        }
        let kind = match &item.to {
            None => KustoType::Dynamic,
            Some(to) => match &to.argument {
                TypeArgument::Scalar(scalar) => kind_of(scalar.scalar),
                TypeArgument::Table { .. } => return self.error(to.span, "an element has a scalar type"),
            },
        };
        let id = self.column_id();
        let name = match &item.expr.target {
            Some(Target::One(name)) => arc(name),
            Some(Target::Many(_, span)) => return self.error(*span, "an expanded array has one name"),
            None => match &plain {
                Some(column) => Arc::clone(&column.name),
                None => self.name_of(scope, &item.expr.expr, Style::Extend),
            },
        };
        let slot = Slot { name, kind, source: Source::Column(id), identity: None };
        if item.expr.target.is_some() || plain.is_some() {
            let name = Arc::clone(&slot.name);
            if projection.declare(slot, true).is_err() {
                return self.error(item.expr.span, format!("the column `{name}` is there twice"));
            }
        } else {
            projection.add(slot, true);
        }
        Ok(ExpandItem { source, id, kind })
    }

    pub(super) fn mv_apply(&mut self, env: &Env, input: Rel, apply: &MvApply) -> Bind<Rel> {
        // The columns that are expanded as they are belong to the subquery.
        let scope = Scope::row(env, &input.columns, input.visible);
        let applied: Vec<ColumnId> = apply
            .items
            .iter()
            .filter(|item| item.expr.target.is_none() && matches!(item.expr.expr.kind, ExprKind::Name(_)))
            .filter_map(|item| self.plain_column(&scope, &item.expr.expr))
            .map(|column| column.id)
            .collect();
        let outer: Vec<Column> =
            input.visible_columns().iter().filter(|column| !applied.contains(&column.id)).cloned().collect();
        let outer_hidden = input.hidden_columns().to_vec();
        let expanded = self.expanded_rows(env, input, &apply.parameters, &apply.items, apply.limit.as_ref(), true)?;
        let Node::Expand(expand) = &expanded.node else { return Err(crate::kql::bind::binder::Reported) };
        let Some(row) = expand.row else { return Err(crate::kql::bind::binder::Reported) };
        let (group, rows) = self.group_rows(&expanded, true)?;
        let subquery = self.piped(env, &apply.subquery, rows)?;

        let mut projection = Projection::default();
        projection.add_input(&outer, false);
        for column in subquery.visible_columns() {
            projection.add(crate::kql::bind::columns::slot_of(column), true);
        }
        let columns: Vec<Column> = projection.into_slots().into_iter().filter_map(column_of).collect();
        // Columns that the expansion replaced are not to be had any more.
        let there = |id: ColumnId| expanded.columns.iter().any(|column| column.id == id);
        let from_subquery = |id: ColumnId| subquery.columns.iter().any(|column| column.id == id);
        let mut columns: Vec<Column> =
            columns.into_iter().filter(|column| from_subquery(column.id) || there(column.id)).collect();
        let visible = columns.len();
        append_hidden(&mut columns, &outer_hidden);
        let carried = columns
            .iter()
            .map(|column| column.id)
            .filter(|id| there(*id) && (outer.iter().chain(&outer_hidden).any(|column| column.id == *id)))
            .collect();
        let node = Node::Apply {
            input: Box::new(expanded),
            grouping: Grouping::Row { row, carried },
            group,
            subquery: Box::new(subquery),
        };
        self.rel(node, columns, visible, false)
    }

    /// The leaf of a subquery over groups of rows.
    pub(super) fn group_rows(&mut self, rows: &Rel, serialized: bool) -> Bind<(crate::kql::bind::tree::GroupId, Rel)> {
        let group = self.group_id();
        let rel = self.rel(Node::GroupRows { group }, rows.columns.clone(), rows.visible, serialized)?;
        Ok((group, rel))
    }

    pub(super) fn partition(&mut self, env: &Env, input: Rel, partition: &Partition) -> Bind<Rel> {
        if partition.scope.is_some() {
            return self.error_with(
                self.operator,
                "`in (…)` of `partition` is not run by huntql",
                "choose the values with `where` before",
            );
        }
        let scope = Scope::row(env, &input.columns, input.visible);
        let Some(key) = self.plain_column(&scope, &partition.by) else {
            return self.error_with(partition.by.span, "`partition` is by a column", "compute it with `extend` before");
        };
        if key.kind == KustoType::Dynamic {
            return self.error_with(
                partition.by.span,
                format!("`{}` is dynamic, and dynamic values do not make groups", key.name),
                "convert it with `extend x = tostring(x)` before",
            );
        }
        if partition.braces {
            return self.partition_of_source(env, input, &key, &partition.subquery);
        }
        let (group, rows) = self.group_rows(&input, input.serialized)?;
        let subquery = self.piped(env, &partition.subquery, rows)?;
        self.of_groups(input, key.id, group, subquery)
    }

    /// `partition by x { T | … }`: the query once for every value of `x`, which it sees as a scalar. Its rows are those of its own source,
    /// with the value beside them.
    fn partition_of_source(&mut self, env: &Env, input: Rel, key: &Column, query: &ast::Expr) -> Bind<Rel> {
        let mut query = query;
        while let ExprKind::Paren(inner) = &query.kind {
            query = inner;
        }
        let nothing = Vec::new();
        let (source, operators): (&ast::Expr, &Vec<ast::Operator>) = match &query.kind {
            ExprKind::Pipe(pipeline) => match &pipeline.source {
                Some(source) => (source, &pipeline.operators),
                None => return self.error(query.span, "in braces a query names its table, as `{ T | … }`"),
            },
            _ => (query, &nothing),
        };
        let value = self.column(Arc::clone(&key.name), key.kind);
        let keys = vec![Definition { id: value.id, expr: Expr::column(key.id, key.kind, self.operator) }];
        let node = Node::Aggregate { input: Box::new(input), keys, calls: Vec::new() };
        let values = self.rel(node, vec![value.clone()], 1, false)?;
        let source = self.table(env, source)?;
        let (mut columns, visible) = (source.columns.clone(), source.visible);
        columns.insert(visible, value.clone());
        let node =
            Node::Join { kind: JoinKind::Inner, left: Box::new(source), right: Box::new(values), on: Vec::new() };
        let rows = self.rel(node, columns, visible, false)?;
        self.partition_keys.insert(value.id);
        let (group, leaf) = self.group_rows(&rows, false)?;
        let pipeline = ast::Pipeline { source: None, operators: operators.clone(), span: query.span };
        let subquery = self.pipeline(env, &pipeline, Some(leaf))?;
        self.of_groups(rows, value.id, group, subquery)
    }

    fn of_groups(
        &mut self,
        input: Rel,
        key: ColumnId,
        group: crate::kql::bind::tree::GroupId,
        subquery: Rel,
    ) -> Bind<Rel> {
        let columns = subquery.visible_columns().to_vec();
        let visible = columns.len();
        let node =
            Node::Apply { input: Box::new(input), grouping: Grouping::Key(key), group, subquery: Box::new(subquery) };
        self.rel(node, columns, visible, false)
    }
}

/// The column of a slot that is no definition.
pub(super) fn column_of(slot: Slot) -> Option<Column> {
    match slot.source {
        Source::Column(id) => Some(Column { id, name: slot.name, kind: slot.kind }),
        Source::Definition(_) => None,
    }
}
