//! Constants.

use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::dynamic;
use crate::kql::bind::tree::{Call, Expr, ExprNode, Value};
use crate::kql::bind::types::kind_of;
use crate::kql::facts;
use crate::kql::syntax::ast::{Arithmetic, Literal, Span, TypeArgument};

impl Binder<'_> {
    /// A constant.
    pub fn literal(&mut self, literal: &Literal, span: Span) -> Bind<Expr> {
        let (value, kind) = match literal {
            Literal::Bool(value) => (value.map(Value::Bool), KustoType::Bool),
            Literal::Int(value) => (value.map(Value::Int), KustoType::Int),
            Literal::Long(value) => (value.map(Value::Long), KustoType::Long),
            Literal::Real(value) => (value.map(Value::Real), KustoType::Real),
            Literal::Decimal(value) => {
                (value.as_deref().map(|digits| Value::Decimal(digits.into())), KustoType::Decimal)
            }
            Literal::String(text) => (Some(Value::String(text.value.as_str().into())), KustoType::String),
            Literal::DateTime(value) => (value.map(Value::DateTime), KustoType::DateTime),
            Literal::Timespan(value) => (value.map(Value::Timespan), KustoType::Timespan),
            Literal::Guid(value) => (value.as_deref().map(|guid| Value::Guid(guid.into())), KustoType::Guid),
            Literal::Dynamic(value) => {
                (dynamic::json(value).map(|json| Value::Dynamic(json.into())), KustoType::Dynamic)
            }
            Literal::Now => return self.now(span),
            Literal::TimeToday(ticks) => {
                let now = self.now(span)?;
                let today = self.function_call("startofday", vec![now], KustoType::DateTime, span)?;
                let time = Expr::literal(Value::Timespan(*ticks), KustoType::Timespan, span);
                let node = ExprNode::Arithmetic(Arithmetic::Add, Box::new(today), Box::new(time));
                return Ok(Expr::new(node, KustoType::DateTime, span));
            }
            Literal::TypeOf(type_of) => match &type_of.argument {
                // As an argument a type is its name.
                TypeArgument::Scalar(scalar) => {
                    (Some(Value::String(kind_of(scalar.scalar).name().into())), KustoType::String)
                }
                TypeArgument::Table { .. } => return self.error(span, "the type of a table has no meaning here"),
            },
        };
        Ok(Expr::literal(value.unwrap_or(Value::Null), kind, span))
    }

    fn now(&mut self, span: Span) -> Bind<Expr> {
        self.function_call("now", Vec::new(), KustoType::DateTime, span)
    }

    /// A call of a function that is known to exist.
    pub fn function_call(&mut self, name: &str, args: Vec<Expr>, kind: KustoType, span: Span) -> Bind<Expr> {
        match facts::scalar(name) {
            Some(function) => Ok(Expr::new(ExprNode::Call(Call { function, args }), kind, span)),
            None => self.error(span, format!("the facts lack `{name}`")),
        }
    }
}
