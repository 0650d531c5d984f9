//! The bound tree as indented text: for tests, and for whoever asks how a query was understood.
//!
//! One line a node, inputs below it. A column is `name#id`. The text is not read back by anything.

use std::fmt::Write;

use super::graph_dump;
use super::{
    AggregateCall, Call, Column, ColumnId, Definition, Expr, ExprNode, Grouping, List, Node, ParsePart, Plugin, Rel,
    Script, SortKey, Value,
};
use crate::kql::syntax::ast::{Arithmetic, Comparison, Logical, StringOperation, StringTest};

impl Script {
    /// The script as indented text.
    pub fn dump(&self) -> String {
        let mut out = String::new();
        for (place, shared) in self.shared.iter().enumerate() {
            let once = if shared.once { " once" } else { "" };
            let name = shared.name.as_deref().unwrap_or("-");
            line(&mut out, 0, &format!("shared {place}{once} {name}"));
            rel(&mut out, 1, &shared.rel);
        }
        for result in &self.results {
            let mut head = "result".to_owned();
            if let Some(name) = &result.name {
                let _ = write!(head, " {name}");
            }
            if let Some(render) = &result.render {
                let _ = write!(head, " as {}", render.chart);
                for (name, values) in &render.properties {
                    let _ = write!(head, " {name}={}", values.join(","));
                }
            }
            line(&mut out, 0, &head);
            rel(&mut out, 1, &result.rel);
        }
        out
    }
}

fn line(out: &mut String, depth: usize, text: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}{text}", "  ".repeat(depth));
}

fn rel(out: &mut String, depth: usize, rel_: &Rel) {
    line(out, depth, &format!("{} -> {}", head(&rel_.node), columns(rel_)));
    let mut queries: Vec<&Rel> = Vec::new();
    rel_.exprs(&mut |expr| expr.walk(&mut |part| queries.extend(part.query().map(|query| &*query.rel))));
    for query in queries {
        line(out, depth + 1, "query");
        rel(out, depth + 2, query);
    }
    rel_.inputs(&mut |input| rel(out, depth + 1, input));
}

fn columns(rel: &Rel) -> String {
    let column = |column: &Column| format!("{}#{}:{}", column.name, column.id.0, column.kind);
    let visible: Vec<String> = rel.visible_columns().iter().map(column).collect();
    let hidden: Vec<String> = rel.hidden_columns().iter().map(column).collect();
    match hidden.is_empty() {
        true => visible.join(", "),
        false => format!("{} | {}", visible.join(", "), hidden.join(", ")),
    }
}

fn head(node: &Node) -> String {
    match node {
        Node::Scan { table } => format!("scan {table}"),
        Node::Values { rows } => {
            let rows: Vec<String> = rows.iter().map(|row| format!("({})", join(row.iter().map(value)))).collect();
            format!("values {}", rows.join(" "))
        }
        Node::OneRow => "one row".to_owned(),
        Node::Range { from, to, step } => format!("range {} .. {} by {}", expr(from), expr(to), expr(step)),
        Node::External(external) => format!(
            "external {} {}",
            exprs(&external.sources),
            join(external.properties.iter().map(|(name, property)| format!("{name}={}", value(property))))
        ),
        Node::Use { shared } => format!("use {}", shared.0),
        Node::GroupRows { group } => format!("rows of group {}", group.0),
        Node::Filter { predicate, .. } => format!("filter {}", expr(predicate)),
        Node::Project { definitions: new, .. } => format!("project {}", definitions(new)).trim_end().to_owned(),
        Node::Aggregate { keys, calls, .. } => {
            format!("aggregate [{}] {}", definitions(keys), aggregates(calls)).trim_end().to_owned()
        }
        Node::Join { kind, on, .. } => {
            format!(
                "join {kind:?} on {}",
                join(on.iter().map(|key| format!("{} = {}", expr(&key.left), expr(&key.right))))
            )
        }
        Node::Union { legs } => {
            let legs: Vec<String> =
                legs.iter().map(|leg| format!("({})", join(leg.fields.iter().map(field)))).collect();
            format!("union {}", legs.join(" "))
        }
        Node::Sort { keys, .. } => format!("sort {}", sort_keys(keys)),
        Node::Limit { count, .. } => format!("limit {}", expr(count)),
        Node::Sample { count, .. } => format!("sample {}", expr(count)),
        Node::Expand(expand) => {
            let items = expand.items.iter().map(|item| format!("{} = {}", id(item.id), expr(&item.source)));
            let index = expand.index.map_or(String::new(), |index| format!(" index {}", id(index)));
            let row = expand.row.map_or(String::new(), |row| format!(" row {}", id(row)));
            let limit = expand.limit.as_ref().map_or(String::new(), |limit| format!(" limit {}", expr(limit)));
            format!("expand {:?} {}{index}{row}{limit}", expand.bags, join(items))
        }
        Node::Window { calls, .. } => {
            format!("window {}", join(calls.iter().map(|window| format!("{} = {}", id(window.id), call(&window.call)))))
        }
        Node::Apply { grouping, group, .. } => match grouping {
            Grouping::Key(key) => format!("apply group {} by {}", group.0, id(*key)),
            Grouping::Row { row, carried } => {
                format!(
                    "apply group {} by row {} carrying {}",
                    group.0,
                    id(*row),
                    join(carried.iter().map(|own| id(*own)))
                )
            }
        },
        Node::Consume { .. } => "consume".to_owned(),
        special => special_head(special),
    }
}

fn special_head(node: &Node) -> String {
    match node {
        Node::MakeSeries(series) => {
            let axis = &series.axis;
            let end = |end: &Option<Expr>| end.as_ref().map_or("-".to_owned(), expr);
            let all = series.series.iter().map(|one| {
                format!(
                    "{} = {} of {} else {}",
                    id(one.id),
                    expr(&one.value),
                    aggregates(&one.calls),
                    expr(&one.default)
                )
            });
            format!(
                "series [{}] {} on {} = {} from {} to {}{} step {}",
                definitions(&series.keys),
                join(all),
                id(axis.id),
                expr(&axis.expr),
                end(&axis.from),
                end(&axis.to),
                if axis.includes_end { " inclusive" } else { "" },
                expr(&axis.step)
            )
        }
        Node::Parse(parse) => {
            let parts = parse.pattern.iter().map(|part| match part {
                ParsePart::Skip => "*".to_owned(),
                ParsePart::Text(text) => format!("{text:?}"),
                ParsePart::Capture(output) => format!("{}:{}", id(output.id), output.kind),
            });
            let filter = if parse.filter { " filter" } else { "" };
            let parts: Vec<String> = parts.collect();
            format!("parse {:?}{filter} {} with {}", parse.kind, expr(&parse.source), parts.join(" "))
        }
        Node::ParseKv(parse) => {
            let keys = parse.keys.iter().map(|(key, output)| format!("{} = {key:?}", id(output.id)));
            format!("parse-kv {} {}", expr(&parse.source), join(keys))
        }
        Node::Plugin(plugin) => match plugin.as_ref() {
            Plugin::Unpack(unpack) => {
                let keys = unpack.keys.iter().map(|(key, output)| format!("{} = {key:?}", id(output.id)));
                format!("unpack {} {}", expr(&unpack.bag), join(keys))
            }
            Plugin::Pivot(pivot) => {
                let values = pivot.values.iter().map(|(value, output)| format!("{} = {value:?}", id(output.id)));
                let call = aggregates(std::slice::from_ref(&pivot.call));
                format!("pivot [{}] {} {call}: {}", definitions(&pivot.groups), expr(&pivot.pivot), join(values))
            }
            Plugin::Narrow(_) => "narrow".to_owned(),
            Plugin::Mining(mining) => {
                let dimensions = join(mining.dimensions.iter().map(|column| id(*column)));
                let split = mining
                    .split
                    .as_ref()
                    .map_or_else(String::new, |split| format!(" {} {:?}", expr(&split.column), split.values));
                format!("patterns {dimensions} threshold {} of {}{split}", mining.threshold, mining.most)
            }
            Plugin::CommonCounts(counts) => {
                let pairs = counts.counts.iter().zip(&counts.sketches);
                format!("common {}", join(pairs.map(|(count, sketch)| format!("{} = {}", id(*count), expr(sketch)))))
            }
            Plugin::NetworkLookup(lookup) => {
                let keys = lookup.keys.iter().map(|(a, b)| format!("{} = {}", id(*a), id(*b)));
                let kept = if lookup.keep_unmatched { " keeping unmatched" } else { "" };
                format!("networks {} in {}{kept} {}", id(lookup.address), id(lookup.network), join(keys))
            }
            Plugin::ShapeLookup(lookup) => {
                let place = format!("{} {}", id(lookup.longitude), id(lookup.latitude));
                let shapes = if lookup.of_lines { "lines" } else { "polygons" };
                let radius = lookup.radius.map_or_else(String::new, |radius| format!(" within {radius}"));
                let kept = if lookup.keep_unmatched { " keeping unmatched" } else { "" };
                format!("{shapes} {place} in {}{radius}{kept}", id(lookup.shape))
            }
        },
        Node::PatternScan(scan) => {
            let steps = scan.steps.iter().map(|step| {
                let set = step.assignments.iter().map(|(column, value)| format!("{} = {}", id(*column), expr(value)));
                format!("{} {:?}: {} => {}", step.name, step.output, expr(&step.condition), join(set))
            });
            let steps: Vec<String> = steps.collect();
            format!("scan steps {} declare {}", steps.join("; "), definitions(&scan.declared))
        }
        Node::TopNested(top) => {
            let levels = top.levels.iter().map(|level| {
                let count = level.count.as_ref().map_or("all".to_owned(), expr);
                let others = level.others.as_ref().map_or(String::new(), |others| format!(" others {}", expr(others)));
                let (of, by) = (definition(&level.of), definition(&level.by));
                format!("{count} of {of}{others} by {by} of {}", aggregates(&level.calls))
            });
            let levels: Vec<String> = levels.collect();
            format!("top nested {}", levels.join("; "))
        }
        Node::Reduce(reduce) => format!("reduce {} threshold {}", expr(&reduce.source), reduce.threshold),
        Node::GraphMatch(found) => graph_dump::graph_match(found, expr),
        Node::GraphNodes(nodes) => graph_dump::graph_nodes(nodes, expr),
        _ => String::new(),
    }
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

fn id(id: ColumnId) -> String {
    format!("#{}", id.0)
}

fn field(field: &Option<ColumnId>) -> String {
    field.map_or("-".to_owned(), id)
}

fn definition(definition: &Definition) -> String {
    format!("{} = {}", id(definition.id), expr(&definition.expr))
}

fn definitions(list: &[Definition]) -> String {
    join(list.iter().map(definition))
}

fn aggregates(calls: &[AggregateCall]) -> String {
    join(calls.iter().map(|call| {
        let outputs: Vec<String> = call.outputs.iter().map(|output| id(output.id)).collect();
        format!("{} = {}({})", outputs.join(" "), call.function.name, exprs(&call.args))
    }))
}

fn sort_keys(keys: &[SortKey]) -> String {
    join(keys.iter().map(|key| {
        let direction = if key.descending { "desc" } else { "asc" };
        let nulls = if key.nulls_first { "first" } else { "last" };
        format!("{} {direction} nulls {nulls}", expr(&key.expr))
    }))
}

fn call(call: &Call) -> String {
    format!("{}({})", call.function.name, exprs(&call.args))
}

fn exprs(list: &[Expr]) -> String {
    join(list.iter().map(expr))
}

fn list_of(list: &List) -> String {
    match list {
        List::Values(values) => exprs(values),
        List::Table(query) => format!("query {}", query.id),
    }
}

fn expr(of: &Expr) -> String {
    match &of.node {
        ExprNode::Literal(Value::Null) => format!("{}(null)", of.kind),
        ExprNode::Literal(literal) => value(literal),
        ExprNode::Column(column) => id(*column),
        ExprNode::Cast(inner) => format!("{}<{}>", of.kind, expr(inner)),
        ExprNode::Call(inner) => call(inner),
        ExprNode::Field(inner, place) => format!("{}.{place}", expr(inner)),
        ExprNode::Negate(inner) => format!("-{}", expr(inner)),
        ExprNode::Arithmetic(operator, a, b) => {
            let sign = match operator {
                Arithmetic::Add => '+',
                Arithmetic::Subtract => '-',
                Arithmetic::Multiply => '*',
                Arithmetic::Divide => '/',
                Arithmetic::Modulo => '%',
            };
            format!("({} {sign} {})", expr(a), expr(b))
        }
        ExprNode::Comparison(operator, a, b) => {
            let sign = match operator {
                Comparison::Equal => "==",
                Comparison::NotEqual => "!=",
                Comparison::Less => "<",
                Comparison::LessOrEqual => "<=",
                Comparison::Greater => ">",
                Comparison::GreaterOrEqual => ">=",
            };
            format!("({} {sign} {})", expr(a), expr(b))
        }
        ExprNode::StringTest(test, a, b) => format!("({} {} {})", expr(a), string_test(*test), expr(b)),
        ExprNode::In { value, list, case_sensitive, negated } => {
            let (not, tilde) = (if *negated { "!" } else { "" }, if *case_sensitive { "" } else { "~" });
            format!("({} {not}in{tilde} ({}))", expr(value), list_of(list))
        }
        ExprNode::HasTerms { value, list, all } => {
            format!("({} has_{} ({}))", expr(value), if *all { "all" } else { "any" }, list_of(list))
        }
        ExprNode::Between { value, low, high, negated } => {
            let not = if *negated { "!" } else { "" };
            format!("({} {not}between {} .. {})", expr(value), expr(low), expr(high))
        }
        ExprNode::Logical(operator, parts) => {
            let word = if *operator == Logical::And { " and " } else { " or " };
            format!("({})", parts.iter().map(expr).collect::<Vec<_>>().join(word))
        }
        ExprNode::Case { branches, otherwise } => {
            let branches = branches.iter().map(|(condition, value)| format!("{}: {}", expr(condition), expr(value)));
            format!("case({}, {})", join(branches), expr(otherwise))
        }
        ExprNode::Member(value, key) => format!("{}[{}]", expr(value), expr(key)),
        ExprNode::ScalarQuery(query) => format!("query {}", query.id),
        ExprNode::StepState(step, column) => format!("step{step}.{}", id(*column)),
    }
}

fn string_test(test: StringTest) -> String {
    let word = match test.operation {
        StringOperation::Equal => "equals",
        StringOperation::Has => "has",
        StringOperation::HasPrefix => "hasprefix",
        StringOperation::HasSuffix => "hassuffix",
        StringOperation::Contains => "contains",
        StringOperation::StartsWith => "startswith",
        StringOperation::EndsWith => "endswith",
        StringOperation::MatchesRegex => "matches",
        StringOperation::Like => "like",
        StringOperation::Search => "search",
    };
    format!("{}{word}{}", if test.negated { "!" } else { "" }, if test.case_sensitive { "_cs" } else { "" })
}

fn value(of: &Value) -> String {
    match of {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Int(number) => format!("int {number}"),
        Value::Long(number) => number.to_string(),
        Value::Real(number) => format!("{number:?}"),
        Value::Decimal(digits) => format!("decimal {digits}"),
        Value::String(text) => format!("{text:?}"),
        Value::DateTime(ticks) => format!("datetime {ticks}"),
        Value::Timespan(ticks) => format!("timespan {ticks}"),
        Value::Guid(guid) => format!("guid {guid}"),
        Value::Dynamic(json) => json.to_string(),
    }
}
