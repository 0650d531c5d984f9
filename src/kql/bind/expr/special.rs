//! Functions that are more than a call: conditions, and those that look at the row's columns.

use super::call::Argument;
use super::name::column_expr;
use super::{Raw, cast, common_not_dynamic};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder, Reported};
use crate::kql::bind::dynamic;
use crate::kql::bind::overload::ArgKind;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Call as BoundCall, Expr, ExprNode, Value};
use crate::kql::bind::types::common;
use crate::kql::facts::{self, Function};
use crate::kql::syntax::ast::{Call, ExprKind, Literal, NamedExpr, Span};

/// The type of a constant that a script sets, if it can be a size or a point.
fn kind_of_setting(value: &Value) -> Option<KustoType> {
    Some(match value {
        Value::Int(_) => KustoType::Int,
        Value::Long(_) => KustoType::Long,
        Value::Real(_) => KustoType::Real,
        Value::Timespan(_) => KustoType::Timespan,
        Value::DateTime(_) => KustoType::DateTime,
        _ => return None,
    })
}

impl Binder<'_> {
    /// The call, if this function is bound in a way of its own.
    pub(super) fn special(
        &mut self,
        scope: &mut Scope<'_>,
        function: &'static Function,
        call: &Call,
        span: Span,
    ) -> Option<Bind<Raw>> {
        let bound = match function.canonical().name {
            "iff" | "case" => self.case(scope, function, call, span),
            "column_ifexists" => self.column_if_exists(scope, function, call, span),
            "iscolumnexists" => self.is_column_exists(scope, function, call, span),
            "pack_all" => self.pack_all(scope, function, call, span),
            "bag_pack_columns" => self.bag_pack_columns(scope, function, call, span),
            "column_names_of" => self.column_names_of(scope, function, call, span),
            "ingestion_time" => self.ingestion_time(scope, span),
            "bin_auto" => self.bin_auto(scope, call, span),
            "current_principal" => Ok(Expr::literal(Value::String("".into()), KustoType::String, span)),
            "current_principal_details" => Ok(Expr::literal(Value::Null, KustoType::Dynamic, span)),
            "current_principal_is_member_of" => self.is_member(scope, function, call, span),
            "all" | "any" | "map" | "inner_nodes" | "node_id" | "node_degree_in" | "node_degree_out" | "labels"
            | "array_length" => return self.of_match(scope, function, call, span),
            _ => return None,
        };
        Some(bound.map(Raw::from))
    }

    fn case(&mut self, scope: &mut Scope<'_>, function: &'static Function, call: &Call, span: Span) -> Bind<Expr> {
        let (pairs, otherwise) = match call.arguments.split_last() {
            Some((otherwise, pairs)) if pairs.len() >= 2 && pairs.len().is_multiple_of(2) => (pairs, otherwise),
            _ => return self.wrong_count(function, call.arguments.len(), call.name.span),
        };
        if function.canonical().name == "iff" && pairs.len() != 2 {
            return self.wrong_count(function, call.arguments.len(), call.name.span);
        }
        let mut branches = Vec::with_capacity(pairs.len() / 2);
        let mut failed = None;
        for pair in pairs.chunks_exact(2) {
            let [condition, value] = pair else { continue };
            match (self.condition(scope, &condition.expr), self.named_expr(scope, value)) {
                (Ok(condition), Ok(value)) => branches.push((condition, value)),
                (Err(reported), _) | (_, Err(reported)) => failed = Some(reported),
            }
        }
        let otherwise = self.named_expr(scope, otherwise)?;
        if let Some(reported) = failed {
            return Err(reported);
        }
        let kinds: Vec<KustoType> =
            branches.iter().map(|(_, value)| value.kind).chain(std::iter::once(otherwise.kind)).collect();
        let Some(kind) = common_not_dynamic(&kinds) else {
            let first = kinds.first().copied().unwrap_or(KustoType::String);
            let other = kinds.iter().copied().find(|kind| common(first, *kind).is_none()).unwrap_or(first);
            return self.error_with(
                span,
                format!("the values of `{}` are of types {first} and {other}", function.name),
                "they must be of one type; convert them, as with `tostring(x)`",
            );
        };
        let branches = branches.into_iter().map(|(condition, value)| (condition, cast(value, kind))).collect();
        let node = ExprNode::Case { branches, otherwise: Box::new(cast(otherwise, kind)) };
        Ok(Expr::new(node, kind, span))
    }

    /// The text of an argument that must be a constant.
    fn constant_text(&mut self, scope: &mut Scope<'_>, argument: &NamedExpr) -> Bind<String> {
        let bound = self.named_expr(scope, argument)?;
        match bound.as_literal().and_then(Value::as_str) {
            Some(text) => Ok(text.to_owned()),
            None => self.error(argument.span, "a constant text is wanted here"),
        }
    }

    fn column_if_exists(&mut self, scope: &mut Scope<'_>, function: &Function, call: &Call, span: Span) -> Bind<Expr> {
        let [name, stand_in] = call.arguments.as_slice() else {
            return self.wrong_count(function, call.arguments.len(), call.name.span);
        };
        let name = self.constant_text(scope, name)?;
        let stand_in = self.named_expr(scope, stand_in)?;
        let column = scope.visible_column(&name).or_else(|| scope.hidden_column(&name));
        Ok(match column {
            Some(column) => {
                let kind = stand_in.kind;
                cast(column_expr(column, span), kind)
            }
            None => stand_in,
        })
    }

    fn is_column_exists(&mut self, scope: &mut Scope<'_>, function: &Function, call: &Call, span: Span) -> Bind<Expr> {
        let [name] = call.arguments.as_slice() else {
            return self.wrong_count(function, call.arguments.len(), call.name.span);
        };
        let name = self.constant_text(scope, name)?;
        let exists = scope.visible_column(&name).or_else(|| scope.hidden_column(&name)).is_some();
        Ok(Expr::literal(Value::Bool(exists), KustoType::Bool, span))
    }

    /// `pack_all` is a call with its flag first, then the names and columns by turns.
    fn pack_all(&mut self, scope: &mut Scope<'_>, function: &'static Function, call: &Call, span: Span) -> Bind<Expr> {
        let ignore = match call.arguments.as_slice() {
            [] => Expr::literal(Value::Bool(false), KustoType::Bool, span),
            [flag] => self.typed(scope, &flag.expr, KustoType::Bool, "the flag of `pack_all`")?,
            _ => return self.wrong_count(function, call.arguments.len(), call.name.span),
        };
        let mut args = vec![ignore];
        for column in scope.visible_columns() {
            args.push(Expr::literal(Value::String((*column.name).into()), KustoType::String, span));
            args.push(column_expr(column, span));
        }
        self.copies = self.copies.saturating_add(args.len());
        self.function_call("pack_all", args, KustoType::Dynamic, span)
    }

    fn bag_pack_columns(&mut self, scope: &mut Scope<'_>, function: &Function, call: &Call, span: Span) -> Bind<Expr> {
        if call.arguments.is_empty() {
            return self.wrong_count(function, 0, call.name.span);
        }
        let mut args = Vec::new();
        for argument in &call.arguments {
            let ExprKind::Name(name) = &argument.expr.kind else {
                return self.error(argument.span, "`bag_pack_columns` takes columns by their names");
            };
            args.push(Expr::literal(Value::String(name.text.as_str().into()), KustoType::String, span));
            args.push(self.named_expr(scope, argument)?);
        }
        self.function_call("bag_pack", args, KustoType::Dynamic, span)
    }

    /// The names of a table's columns, which are known here.
    fn column_names_of(&mut self, scope: &mut Scope<'_>, function: &Function, call: &Call, span: Span) -> Bind<Expr> {
        let [table] = call.arguments.as_slice() else {
            return self.wrong_count(function, call.arguments.len(), call.name.span);
        };
        let rel = self.subquery(scope.env, &table.expr)?;
        let names: Vec<String> = rel.visible_columns().iter().map(|column| dynamic::quote(&column.name)).collect();
        let json = format!("[{}]", names.join(","));
        Ok(Expr::literal(Value::Dynamic(json.into()), KustoType::Dynamic, span))
    }

    /// When the row was received: a hidden column of tables, null of everything else.
    fn ingestion_time(&mut self, scope: &mut Scope<'_>, span: Span) -> Bind<Expr> {
        let received = scope.columns.iter().find(|column| &*column.name == "_TimeReceived");
        Ok(match received {
            Some(column) => column_expr(column, span),
            None => {
                self.note(
                    span,
                    "`ingestion_time()` is null here: only rows straight from a table know when they were received",
                );
                Expr::literal(Value::Null, KustoType::DateTime, span)
            }
        })
    }

    /// `bin_at` with the size and the fixed point that the script sets, `bin` without a fixed point.
    fn bin_auto(&mut self, scope: &mut Scope<'_>, call: &Call, span: Span) -> Bind<Expr> {
        let setting = |binder: &Self, wanted: &str| {
            let found = binder.settings.iter().rev().find(|(name, _)| name == wanted);
            found.and_then(|(_, value)| value.clone())
        };
        let Some(size) = setting(self, "query_bin_auto_size") else {
            return self.error_with(
                span,
                "`bin_auto` has no size",
                "write `set query_bin_auto_size = 1h;` before the query, or use `bin` with a size",
            );
        };
        let at = setting(self, "query_bin_auto_at");
        let name = if at.is_some() { "bin_at" } else { "bin" };
        let Some(function) = facts::scalar(name) else { return Err(Reported) };
        let mut arguments = self.arguments(scope, &call.arguments)?;
        if arguments.len() != 1 {
            return self.error(span, "`bin_auto` takes one value");
        }
        for value in [Some(size), at].into_iter().flatten() {
            let Some(kind) = kind_of_setting(&value) else {
                return self.error(span, "what `bin_auto` is set to is no number and no time");
            };
            arguments.push(Argument {
                expr: Some(Expr::literal(value, kind, span)),
                kind: ArgKind::Scalar(kind),
                span: self.at(span),
            });
        }
        let (_, args, kind) = self.resolve(function, arguments, call.name.span)?;
        Ok(Expr::new(ExprNode::Call(BoundCall { function: function.canonical(), args }), kind, span))
    }

    /// Nobody runs the query as far as a service knows, and nobody is in no group.
    fn is_member(&mut self, scope: &mut Scope<'_>, function: &'static Function, call: &Call, span: Span) -> Bind<Expr> {
        let arguments = self.arguments(scope, &call.arguments)?;
        self.resolve(function, arguments, call.name.span)?;
        Ok(Expr::literal(Value::Bool(false), KustoType::Bool, span))
    }

    /// Whether an expression is a conversion of a column to the type it has: then it stands for the column, also in its name.
    pub fn plain_column(
        &self,
        scope: &Scope<'_>,
        expr: &crate::kql::syntax::ast::Expr,
    ) -> Option<crate::kql::bind::tree::Column> {
        match &expr.kind {
            ExprKind::Paren(inner) => self.plain_column(scope, inner),
            ExprKind::Name(name) if scope.sees_columns() => {
                let visible = scope.visible_column(&name.text);
                let hidden = || scope.env.get(&name.text).is_none().then(|| scope.hidden_column(&name.text)).flatten();
                visible.or_else(hidden).cloned()
            }
            ExprKind::Call(call) => {
                let [argument] = call.arguments.as_slice() else { return None };
                let kind = conversion_to(&call.name.text)?;
                if scope.env.get(&call.name.text).is_some() || argument.target.is_some() {
                    return None;
                }
                match &argument.expr.kind {
                    ExprKind::Name(_) => self.plain_column(scope, &argument.expr).filter(|column| column.kind == kind),
                    _ => None,
                }
            }
            ExprKind::Literal(Literal::Now) => None,
            _ => None,
        }
    }
}

/// The type to which a conversion function brings its argument.
fn conversion_to(name: &str) -> Option<KustoType> {
    let function = facts::scalar(name)?;
    Some(match function.canonical().name {
        "tobool" if name == "tobool" => KustoType::Bool,
        "todatetime" => KustoType::DateTime,
        "todecimal" => KustoType::Decimal,
        "toreal" => KustoType::Real,
        "parse_json" if name == "todynamic" => KustoType::Dynamic,
        "toguid" => KustoType::Guid,
        "toint" => KustoType::Int,
        "tolong" => KustoType::Long,
        "tostring" => KustoType::String,
        "totimespan" => KustoType::Timespan,
        _ => return None,
    })
}
