//! Scripts, statements, functions.

use super::Printer;
use crate::kql::syntax::ast::{
    Expr, ExprKind, FunctionBody, FunctionDecl, LetValue, ParamDecl, ParamType, PatternDecl, Script, Statement,
    StatementKind,
};
use crate::kql::syntax::words;

impl Printer {
    pub(super) fn script(&mut self, script: &Script) {
        for directive in &script.directives {
            self.text("#");
            self.text(&directive.text);
            self.text("\n");
        }
        self.separated(&script.statements, ";\n", |printer, statement| printer.statement(statement, "\n| "));
        if matches!(script.statements.last().map(|last| &last.kind), Some(StatementKind::Query(_))) {
            self.text("\n");
        } else if !script.statements.is_empty() {
            self.text(";\n");
        }
    }

    /// A statement, with `bar` between the operators of its query.
    pub(super) fn statement(&mut self, statement: &Statement, bar: &str) {
        match &statement.kind {
            StatementKind::Query(expr) => self.query(expr, bar),
            StatementKind::Let(name, value) => {
                self.text("let ");
                self.name(name);
                self.text(" = ");
                match value {
                    LetValue::Expr(expr) => self.query(expr, bar),
                    LetValue::Function(function) => self.function(function),
                    LetValue::EntityGroup(members) => {
                        self.text("entity_group [");
                        self.exprs(members);
                        self.text("]");
                    }
                }
            }
            StatementKind::Set(name, value) => {
                self.text("set ");
                self.name(name);
                self.clause(" = ", value.as_ref(), Self::expr);
            }
            StatementKind::DeclareParameters(parameters) => {
                self.text("declare query_parameters (");
                self.list(parameters, Self::param);
                self.text(")");
            }
            StatementKind::DeclarePattern(pattern) => self.declare_pattern(pattern),
            StatementKind::AliasDatabase(name, value) => {
                self.text("alias database ");
                self.name(name);
                self.text(" = ");
                self.expr(value);
            }
            StatementKind::Restrict(entities, properties) => {
                self.text("restrict access to (");
                self.exprs(entities);
                self.text(")");
                self.properties(properties, false);
            }
        }
    }

    fn query(&mut self, expr: &Expr, bar: &str) {
        match &expr.kind {
            ExprKind::Pipe(pipeline) => self.pipeline(pipeline, bar),
            _ => self.expr(expr),
        }
    }

    fn function(&mut self, function: &FunctionDecl) {
        if function.view {
            self.text("view ");
        }
        self.text("(");
        self.list(&function.parameters, Self::param);
        self.text(") ");
        self.body(&function.body);
    }

    fn body(&mut self, body: &FunctionBody) {
        self.text("{ ");
        for statement in &body.statements {
            self.statement(statement, " | ");
            self.text("; ");
        }
        if let Some(result) = &body.result {
            self.expr(result);
            self.text(" ");
        }
        self.text("}");
    }

    pub(super) fn param(&mut self, param: &ParamDecl) {
        self.name(&param.name);
        self.text(": ");
        match &param.ty {
            ParamType::Scalar(ty) => self.text(words::type_name(ty.scalar)),
            ParamType::Table(columns, _) => self.schema(columns),
            ParamType::AnyTable(_) => self.text("(*)"),
        }
        self.clause(" = ", param.default.as_ref(), Self::expr);
    }

    fn declare_pattern(&mut self, pattern: &PatternDecl) {
        self.text("declare pattern ");
        self.name(&pattern.name);
        if !pattern.defined {
            return;
        }
        self.text(" = ");
        self.schema(&pattern.parameters);
        if let Some(path) = &pattern.path {
            self.text("[");
            self.columns(std::slice::from_ref(path));
            self.text("]");
        }
        self.text(" { ");
        for arm in &pattern.arms {
            self.text("(");
            self.exprs(&arm.arguments);
            self.text(")");
            if let Some(path) = &arm.path {
                self.text(".[");
                self.string(path);
                self.text("]");
            }
            self.text(" = ");
            self.body(&arm.body);
            self.text("; ");
        }
        self.text("}");
    }
}
