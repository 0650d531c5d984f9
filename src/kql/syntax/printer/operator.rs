//! Operators.

use super::Printer;
use crate::kql::syntax::ast::{
    Direction, EntityGroup, EvaluateSchema, Expr, Find, FindColumn, FindColumnKind, Join, JoinCondition, MakeSeries,
    MvItem, NullsOrder, Operator, OperatorKind, Parse, ParseStepKind, ReorderOrder, Scan, ScanOutput, SeriesRange,
    SortKey, TopNestedLevel,
};
use crate::kql::syntax::words;

impl Printer {
    pub(super) fn operator(&mut self, operator: &Operator) {
        match &operator.kind {
            OperatorKind::Where(parameters, predicate) => {
                self.text("where ");
                self.parameters(parameters);
                self.named_expr(predicate);
            }
            OperatorKind::Extend(list) => self.words_and("extend ", list.as_slice(), Self::named_exprs),
            OperatorKind::Project(list) => self.words_and("project ", list.as_slice(), Self::named_exprs),
            OperatorKind::ProjectAway(list) => self.words_and("project-away ", list, |p, l| p.list(l, Self::pattern)),
            OperatorKind::ProjectKeep(list) => self.words_and("project-keep ", list, |p, l| p.list(l, Self::pattern)),
            OperatorKind::ProjectRename(list) => self.words_and("project-rename ", list.as_slice(), Self::named_exprs),
            OperatorKind::ProjectReorder(list) => self.words_and("project-reorder ", list, |p, l| {
                p.list(l, |p, item| {
                    p.pattern(&item.columns);
                    p.text(match item.order {
                        None => "",
                        Some(ReorderOrder::Asc) => " asc",
                        Some(ReorderOrder::Desc) => " desc",
                        Some(ReorderOrder::GrannyAsc) => " granny-asc",
                        Some(ReorderOrder::GrannyDesc) => " granny-desc",
                    });
                });
            }),
            OperatorKind::ProjectByNames(list) => self.words_and("project-by-names ", list.as_slice(), Self::exprs),
            OperatorKind::Summarize(summarize) => {
                self.text("summarize ");
                self.parameters(&summarize.parameters);
                self.named_exprs(&summarize.aggregates);
                self.by(&summarize.by, Self::named_expr);
                self.clause(" bin = ", summarize.bin.as_ref(), Self::expr);
            }
            OperatorKind::MakeSeries(series) => self.make_series(series),
            OperatorKind::Reduce(reduce) => {
                self.text("reduce ");
                self.parameters(&reduce.parameters);
                self.text("by ");
                self.named_expr(&reduce.by);
                if !reduce.with.is_empty() {
                    self.text(" with ");
                    self.list(&reduce.with.0, |p, property| p.property(property, true));
                }
            }
            OperatorKind::Join(join) => self.join("join ", join),
            OperatorKind::Lookup(join) => self.join("lookup ", join),
            OperatorKind::Union(parameters, inputs) => {
                self.text("union ");
                self.parameters(parameters);
                self.exprs(inputs);
            }
            OperatorKind::MacroExpand(expand) => {
                self.text("macro-expand ");
                self.parameters(&expand.parameters);
                match &expand.group {
                    EntityGroup::Named(group) => self.expr(group),
                    EntityGroup::Members(members) => {
                        self.text("entity_group [");
                        self.exprs(members);
                        self.text("]");
                    }
                }
                self.clause(" as ", expand.name.as_ref(), Self::name);
                self.text(" (");
                self.separated(&expand.statements, "; ", |p, statement| p.statement(statement, " | "));
                self.text(")");
            }
            OperatorKind::Missing => {}
            _ => self.row_operator(&operator.kind),
        }
    }

    fn words_and<T: ?Sized>(&mut self, words: &str, value: &T, one: impl FnOnce(&mut Self, &T)) {
        self.text(words);
        one(self, value);
    }

    /// ` by a, b`, or nothing.
    fn by<T>(&mut self, keys: &[T], one: impl FnMut(&mut Self, &T)) {
        if !keys.is_empty() {
            self.text(" by ");
            self.list(keys, one);
        }
    }

    fn make_series(&mut self, series: &MakeSeries) {
        self.text("make-series ");
        self.parameters(&series.parameters);
        self.list(&series.series, |p, item| {
            p.named_expr(&item.expr);
            p.clause(" default = ", item.default.as_ref(), Self::expr);
        });
        self.text(" on ");
        self.named_expr(&series.on);
        match &series.range {
            SeriesRange::Steps { from, to, step } => {
                self.clause(" from ", from.as_deref(), Self::expr);
                self.clause(" to ", to.as_deref(), Self::expr);
                self.clause(" step ", Some(step.as_ref()), Self::expr);
            }
            SeriesRange::InRange(arguments) => {
                self.text(" in range(");
                self.exprs(arguments);
                self.text(")");
            }
        }
        self.by(&series.by, Self::named_expr);
    }

    fn join(&mut self, word: &str, join: &Join) {
        self.text(word);
        self.parameters(&join.parameters);
        self.expr(&join.right);
        match &join.condition {
            Some(JoinCondition::On(conditions)) => {
                self.text(" on ");
                self.exprs(conditions);
            }
            Some(JoinCondition::Where(condition)) => {
                self.text(" where ");
                self.expr(condition);
            }
            None => {}
        }
    }

    /// Operators that choose, order and multiply rows.
    fn row_operator(&mut self, kind: &OperatorKind) {
        match kind {
            OperatorKind::Sort(parameters, keys) => {
                self.text("sort ");
                self.parameters(parameters);
                self.text("by ");
                self.list(keys, Self::sort_key);
            }
            OperatorKind::Top(parameters, count, key) => {
                self.text("top ");
                self.parameters(parameters);
                self.expr(count);
                self.text(" by ");
                self.sort_key(key);
            }
            OperatorKind::TopNested(levels) => self.list(levels, Self::top_nested),
            OperatorKind::TopHitters(count, of, by) => {
                self.text("top-hitters ");
                self.expr(count);
                self.text(" of ");
                self.named_expr(of);
                self.clause(" by ", by.as_ref(), Self::named_expr);
            }
            OperatorKind::Take(parameters, count) => {
                self.text("take ");
                self.parameters(parameters);
                self.expr(count);
            }
            OperatorKind::Sample(parameters, count) => {
                self.text("sample ");
                self.parameters(parameters);
                self.expr(count);
            }
            OperatorKind::SampleDistinct(parameters, count, of) => {
                self.text("sample-distinct ");
                self.parameters(parameters);
                self.expr(count);
                self.text(" of ");
                self.named_expr(of);
            }
            OperatorKind::Distinct(parameters, columns) => {
                self.text("distinct ");
                self.parameters(parameters);
                self.named_exprs(columns);
            }
            OperatorKind::Count(name) => {
                self.text("count");
                self.clause(" as ", name.as_ref(), Self::name);
            }
            OperatorKind::MvExpand(expand) => {
                self.text("mv-expand ");
                self.parameters(&expand.parameters);
                self.list(&expand.items, Self::mv_item);
                self.clause(" limit ", expand.limit.as_ref(), Self::expr);
            }
            OperatorKind::MvApply(apply) => {
                self.text("mv-apply ");
                self.parameters(&apply.parameters);
                self.list(&apply.items, Self::mv_item);
                self.clause(" limit ", apply.limit.as_ref(), Self::expr);
                self.clause(" id ", apply.context_id.as_ref(), Self::expr);
                self.text(" on ");
                self.subquery(&apply.subquery);
            }
            OperatorKind::Parse(parse) => self.parse(parse),
            OperatorKind::ParseKv(parse) => {
                self.text("parse-kv ");
                self.expr(&parse.input);
                self.text(" as ");
                self.schema(&parse.keys);
                self.properties(&parse.properties, true);
            }
            _ => self.source_operator(kind),
        }
    }

    fn subquery(&mut self, query: &Expr) {
        self.text("(");
        self.expr(query);
        self.text(")");
    }

    pub(super) fn sort_key(&mut self, key: &SortKey) {
        self.named_expr(&key.expr);
        self.text(match key.direction {
            None => "",
            Some(Direction::Asc) => " asc",
            Some(Direction::Desc) => " desc",
            Some(Direction::GrannyAsc) => " granny-asc",
            Some(Direction::GrannyDesc) => " granny-desc",
        });
        self.text(match key.nulls {
            None => "",
            Some(NullsOrder::First) => " nulls first",
            Some(NullsOrder::Last) => " nulls last",
        });
    }

    fn top_nested(&mut self, level: &TopNestedLevel) {
        self.text("top-nested ");
        if let Some(count) = &level.count {
            self.expr(count);
            self.text(" ");
        }
        self.text("of ");
        self.named_expr(&level.of);
        self.clause(" with others = ", level.others.as_ref(), Self::expr);
        self.text(" by ");
        self.sort_key(&level.by);
    }

    fn mv_item(&mut self, item: &MvItem) {
        self.named_expr(&item.expr);
        self.clause(" to ", item.to.as_ref(), Self::type_of);
    }

    fn parse(&mut self, parse: &Parse) {
        self.text(if parse.filter { "parse-where " } else { "parse " });
        self.parameters(&parse.parameters);
        self.expr(&parse.input);
        self.text(" with");
        for step in &parse.pattern {
            self.text(" ");
            match &step.kind {
                ParseStepKind::Skip => self.text("*"),
                ParseStepKind::Text(text) => self.string(text),
                ParseStepKind::Column(name, ty) => {
                    self.name(name);
                    self.clause(": ", ty.as_ref(), |p, ty| p.text(words::type_name(ty.scalar)));
                }
            }
        }
    }

    /// Operators that make rows, run functions, and the rest.
    fn source_operator(&mut self, kind: &OperatorKind) {
        match kind {
            OperatorKind::Range(range) => {
                self.text("range ");
                self.name(&range.name);
                self.clause(" from ", Some(&range.from), Self::expr);
                self.clause(" to ", Some(&range.to), Self::expr);
                self.clause(" step ", Some(&range.step), Self::expr);
            }
            OperatorKind::Print(list) => self.words_and("print ", list.as_slice(), Self::named_exprs),
            OperatorKind::Search(search) => {
                self.text("search ");
                self.parameters(&search.parameters);
                self.in_tables(&search.tables);
                self.expr(&search.predicate);
            }
            OperatorKind::Find(find) => self.find(find),
            OperatorKind::GetSchema(parameters) => self.words_and("getschema ", parameters, Self::parameters),
            OperatorKind::Serialize(parameters, list) => {
                self.text("serialize ");
                self.parameters(parameters);
                self.named_exprs(list);
            }
            OperatorKind::Evaluate(evaluate) => {
                self.text("evaluate ");
                self.parameters(&evaluate.parameters);
                self.call(&evaluate.call);
                self.clause(" : ", evaluate.schema.as_ref(), Self::evaluate_schema);
            }
            OperatorKind::Invoke(call) => self.words_and("invoke ", call, Self::expr),
            OperatorKind::As(parameters, name) => {
                self.text("as ");
                self.parameters(parameters);
                self.name(name);
            }
            OperatorKind::Consume(parameters) => self.words_and("consume ", parameters, Self::parameters),
            OperatorKind::Render(render) => {
                self.text("render ");
                self.text(&render.chart.text);
                for parameter in &render.legacy.0 {
                    self.text(" ");
                    self.text(&parameter.name.text);
                    self.text(if matches!(parameter.name.text.as_str(), "with" | "by") { " " } else { " = " });
                    self.parameter_value(&parameter.value);
                }
                self.properties(&render.properties, true);
            }
            OperatorKind::AssertSchema(columns) => {
                self.words_and("assert-schema ", columns, |p, columns| p.schema(columns))
            }
            OperatorKind::ExecuteAndCache => self.text("__executeAndCache"),
            OperatorKind::Scan(scan) => self.scan(scan),
            _ => self.branch_operator(kind),
        }
    }

    fn in_tables(&mut self, tables: &[Expr]) {
        if !tables.is_empty() {
            self.text("in (");
            self.exprs(tables);
            self.text(") ");
        }
    }

    fn find(&mut self, find: &Find) {
        self.text("find ");
        self.parameters(&find.parameters);
        self.in_tables(&find.tables);
        self.text("where ");
        self.expr(&find.predicate);
        if !find.project.is_empty() {
            self.text(" project ");
            self.list(&find.project, Self::find_column);
        }
        if find.smart {
            self.text(" project-smart");
        }
        if !find.project_away.is_empty() {
            self.text(" __projectAway ");
            self.list(&find.project_away, Self::find_column);
        }
    }

    fn find_column(&mut self, column: &FindColumn) {
        match &column.kind {
            FindColumnKind::Star => self.text("*"),
            FindColumnKind::PackAll => self.text("pack(*)"),
            FindColumnKind::Column(name, ty) => {
                self.name(name);
                self.clause(": ", ty.as_ref(), |p, ty| p.text(words::type_name(ty.scalar)));
            }
        }
    }

    fn evaluate_schema(&mut self, schema: &EvaluateSchema) {
        self.text("(");
        if schema.star {
            self.text(if schema.columns.is_empty() { "*" } else { "*, " });
        }
        self.columns(&schema.columns);
        self.text(")");
    }

    fn scan(&mut self, scan: &Scan) {
        self.text("scan ");
        self.parameters(&scan.parameters);
        if !scan.order_by.is_empty() {
            self.text("order by ");
            self.list(&scan.order_by, Self::sort_key);
            self.text(" ");
        }
        if !scan.partition_by.is_empty() {
            self.text("partition by ");
            self.exprs(&scan.partition_by);
            self.text(" ");
        }
        if !scan.declare.is_empty() {
            self.text("declare (");
            self.list(&scan.declare, Self::param);
            self.text(") ");
        }
        self.text("with (");
        self.separated(&scan.steps, " ", |p, step| {
            p.text("step ");
            p.name(&step.name);
            p.text(if step.optional { " optional" } else { "" });
            p.text(match step.output {
                None => "",
                Some(ScanOutput::All) => " output = all",
                Some(ScanOutput::Last) => " output = last",
                Some(ScanOutput::None) => " output = none",
            });
            p.text(": ");
            p.expr(&step.condition);
            p.text(if step.assignments.is_empty() { "" } else { " => " });
            p.list(&step.assignments, |p, assignment| {
                p.name(&assignment.name);
                p.text(" = ");
                p.expr(&assignment.value);
            });
            p.text(";");
        });
        self.text(")");
    }

    /// Operators that run subqueries.
    fn branch_operator(&mut self, kind: &OperatorKind) {
        match kind {
            OperatorKind::Partition(partition) => {
                self.text("partition ");
                self.parameters(&partition.parameters);
                self.text("by ");
                self.expr(&partition.by);
                self.clause(" in ", partition.scope.as_ref(), Self::expr);
                self.text(if partition.braces { " {" } else { " (" });
                self.expr(&partition.subquery);
                self.text(if partition.braces { "}" } else { ")" });
            }
            OperatorKind::PartitionBy(partition) => {
                self.text("__partitionby ");
                self.parameters(&partition.parameters);
                self.expr(&partition.by);
                self.clause(" id ", partition.id.as_ref(), Self::literal);
                self.text(" ");
                self.subquery(&partition.subquery);
            }
            OperatorKind::Fork(legs) => {
                self.text("fork ");
                self.separated(legs, " ", |p, leg| {
                    if let Some(name) = &leg.name {
                        p.name(name);
                        p.text(" = ");
                    }
                    p.subquery(&leg.subquery);
                });
            }
            OperatorKind::Facet(facet) => {
                self.text("facet by ");
                self.exprs(&facet.by);
                self.clause(" with ", facet.with.as_deref(), Self::subquery);
            }
            _ => self.graph_operator(kind),
        }
    }
}
