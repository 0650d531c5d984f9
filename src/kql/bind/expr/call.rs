//! Calls of the language's functions.

use std::rc::Rc;

use super::{Raw, RawField, cast};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder, Reported};
use crate::kql::bind::env::Binding;
use crate::kql::bind::naming::Names;
use crate::kql::bind::overload::{ArgKind, Choice, assign, choose, common_type, fits_parameter};
use crate::kql::bind::scope::{Aggregates, Scope, Windows};
use crate::kql::bind::suggest;
use crate::kql::bind::tree::{Call as BoundCall, Expr, ExprNode, Value, WindowCall};
use crate::kql::bind::types::{kind_of, promoted, widens};
use crate::kql::facts::{
    self, ArgumentForm, Function, FunctionClass, Naming, Parameter, Returns, Signature, TypeClass,
};
use crate::kql::syntax::ast::{Call, ExprKind, Literal, NamedExpr, Span, TypeArgument};

/// An argument before its parameter is known.
pub(super) struct Argument {
    /// The value; of a `*` there is none.
    pub expr: Option<Expr>,
    pub kind: ArgKind,
    pub span: Span,
}

impl Binder<'_> {
    /// A call in an expression.
    pub(super) fn call(&mut self, scope: &mut Scope<'_>, call: &Call) -> Bind<Raw> {
        let (span, name) = (self.at(call.span), call.name.text.as_str());
        match scope.env.get(name) {
            Some(Binding::Function(function)) => {
                let function = std::rc::Rc::clone(function);
                return Ok(self.call_scalar(scope, &function, &call.arguments, span)?.into());
            }
            Some(Binding::Scalar(_)) if call.arguments.is_empty() => {
                return self.error_with(
                    span,
                    format!("`{name}` is not a function"),
                    format!("write `{name}` without parentheses"),
                );
            }
            Some(Binding::Broken) => return Err(Reported),
            Some(Binding::Absent(absent)) => return self.tell(&Rc::clone(absent)),
            Some(Binding::Refused(why)) => {
                return self.error_with(call.name.span, format!("`{name}` is not run by huntql"), *why);
            }
            Some(_) => return self.error(call.name.span, format!("`{name}` is not a function")),
            None => {}
        }
        let aggregate = facts::of_class(name, FunctionClass::Aggregate);
        if let (Aggregates::Yes(_), Some(function)) = (&scope.aggregates, aggregate) {
            return self.aggregate(scope, function, call, span);
        }
        if let Some(function) = facts::scalar(name) {
            return self.built_in(scope, function, call, span);
        }
        if let Some(function) = self.stored(name) {
            return Ok(self.call_scalar(scope, &function, &call.arguments, span)?.into());
        }
        if aggregate.is_some() {
            let place = match scope.aggregates {
                Aggregates::Inside => "an aggregate cannot be an argument of another",
                _ => "aggregates stand in `summarize`, `make-series` and `top-nested`",
            };
            return self.error_with(span, format!("the aggregate `{name}` has no meaning here"), place);
        }
        self.unknown_function(scope, call)
    }

    fn unknown_function<T>(&mut self, scope: &Scope<'_>, call: &Call) -> Bind<T> {
        let name = call.name.text.as_str();
        let message = format!("there is no function `{name}`");
        if facts::of_class(name, FunctionClass::Plugin).is_some() {
            return self.error_with(
                call.span,
                format!("`{name}` is a plugin"),
                format!("write `| evaluate {name}(…)`"),
            );
        }
        if let Some(function) = facts::of_class(name, FunctionClass::Table) {
            if let Some(why) = function.refused {
                return self.error_with(call.span, format!("`{name}` is not run by huntql"), why);
            }
            return self.error(call.span, format!("`{name}` gives a table, and a scalar is wanted here"));
        }
        if name.starts_with("_Im_")
            || name.starts_with("_ASim_")
            || name.strip_prefix("im").is_some_and(|rest| rest.starts_with(char::is_uppercase))
        {
            let help = "ASIM parsers are stored in a Sentinel workspace; name the tables they read";
            return self.error_with(call.name.span, message, help);
        }
        let known: Vec<&str> = facts::functions()
            .iter()
            .filter(|function| function.deprecated.is_none())
            .map(|function| function.name)
            .chain(
                scope
                    .env
                    .iter()
                    .filter(|(_, binding)| matches!(binding, Binding::Function(_)))
                    .map(|(name, _)| name.as_str()),
            )
            .collect();
        match suggest::did_you_mean(&suggest::nearest(name, known)) {
            Some(help) => self.error_with(call.name.span, message, help),
            None => self.error(call.name.span, message),
        }
    }

    fn built_in(&mut self, scope: &mut Scope<'_>, function: &'static Function, call: &Call, span: Span) -> Bind<Raw> {
        self.warn_if_deprecated(function, call.name.span);
        if let Some(why) = function.refused {
            self.refuse(span, function.name, why);
        }
        self.note_difference(function, call.name.span);
        if let Some(special) = self.special(scope, function, call, span) {
            return special;
        }
        if function.class == FunctionClass::Window {
            return self.window(scope, function, call, span).map(Raw::from);
        }
        let mut arguments = self.arguments(scope, &call.arguments)?;
        if takes_star(function) {
            arguments = all_columns(scope, arguments);
        }
        let (signature, args, kind) = self.resolve(function, arguments, call.name.span)?;
        let expr = |kind| {
            let call = BoundCall { function: function.canonical(), args: args.clone() };
            Expr::new(ExprNode::Call(call), kind, span)
        };
        match &signature.returns {
            Returns::Fields(fields) => {
                let Naming::Fields(prefix) = function.naming else { return Ok(expr(kind).into()) };
                let first = self.argument_name(scope, call.arguments.first());
                let name = |field: &str| match &first {
                    Some(first) => format!("{prefix}_{first}_{field}"),
                    None => format!("{prefix}_{field}"),
                };
                let fields = fields.iter().map(|(field, kind)| (name(field), *kind)).collect();
                Ok(several(&expr(KustoType::Dynamic), fields))
            }
            // array_sort_asc and array_sort_desc: each array sorted, along with the first.
            Returns::Special => {
                let fields = call
                    .arguments
                    .iter()
                    .zip(&args)
                    .take_while(|(_, arg)| arg.kind == KustoType::Dynamic)
                    .enumerate()
                    .map(|(place, (argument, _))| {
                        let name = self.argument_name(scope, Some(argument));
                        (
                            name.map_or_else(|| format!("array{place}_sorted"), |name| format!("{name}_sorted")),
                            KustoType::Dynamic,
                        )
                    })
                    .collect();
                Ok(several(&expr(KustoType::Dynamic), fields))
            }
            _ => Ok(expr(kind).into()),
        }
    }

    /// How an argument would be called as a column.
    pub(super) fn argument_name(&self, scope: &Scope<'_>, argument: Option<&NamedExpr>) -> Option<String> {
        let has_column = |name: &str| scope.visible_column(name).is_some();
        Names::new(scope.env, false, &has_column).of_argument(argument?)
    }

    pub(super) fn warn_if_deprecated(&mut self, function: &Function, span: Span) {
        if let Some(instead) = function.deprecated {
            self.warn(span, format!("`{}` is an old name", function.name), format!("use `{instead}`"));
        }
    }

    /// Notes how answers of a function differ from Kusto's.
    pub(in crate::kql::bind) fn note_difference(&mut self, function: &Function, span: Span) {
        if let Some(how) = function.differs {
            self.note(span, format!("`{}`: {how}", function.name));
        }
    }

    /// Binds arguments; `*` and `typeof(…)` are told apart.
    pub(super) fn arguments(&mut self, scope: &mut Scope<'_>, arguments: &[NamedExpr]) -> Bind<Vec<Argument>> {
        let all: Vec<Bind<Argument>> = arguments.iter().map(|argument| self.argument(scope, argument)).collect();
        all.into_iter().collect()
    }

    fn argument(&mut self, scope: &mut Scope<'_>, argument: &NamedExpr) -> Bind<Argument> {
        let span = self.at(argument.span);
        match &argument.expr.kind {
            ExprKind::Star => Ok(Argument { expr: None, kind: ArgKind::Star, span }),
            ExprKind::Literal(Literal::TypeOf(type_of)) => {
                let expr = self.expr(scope, &argument.expr)?;
                let kind = match &type_of.argument {
                    TypeArgument::Scalar(scalar) => ArgKind::Type(kind_of(scalar.scalar)),
                    TypeArgument::Table { .. } => ArgKind::Table,
                };
                Ok(Argument { expr: Some(expr), kind, span })
            }
            _ => {
                let expr = self.expr(scope, &argument.expr)?;
                let kind = ArgKind::Scalar(expr.kind);
                Ok(Argument { expr: Some(expr), kind, span })
            }
        }
    }

    /// Chooses a signature, converts the arguments to it and finds the type of the result.
    pub(super) fn resolve(
        &mut self,
        function: &'static Function,
        arguments: Vec<Argument>,
        span: Span,
    ) -> Bind<(&'static Signature, Vec<Expr>, KustoType)> {
        let kinds: Vec<ArgKind> = arguments.iter().map(|argument| argument.kind).collect();
        let signature = match choose(&function.signatures, &kinds) {
            Choice::One(signature) => signature,
            Choice::WrongCount => return self.wrong_count(function, kinds.len(), span),
            Choice::Ambiguous => {
                let given: Vec<String> =
                    kinds.iter().map(|kind| described(*kind).trim_start_matches("of type ").to_owned()).collect();
                let message = format!("`{}` does not take ({})", function.name, given.join(", "));
                return self.error_with(span, message, usage(function));
            }
        };
        let parameters = assign(signature, &kinds);
        let common = common_type(&parameters, &kinds, false);
        let mut misfit = false;
        for (parameter, argument) in parameters.iter().zip(&arguments) {
            let Some(parameter) = parameter else { continue };
            if !fits_parameter(parameter, argument.kind, common) {
                misfit = true;
                let message = format!(
                    "`{}` of `{}` is {}, and this is {}",
                    parameter.name,
                    function.name,
                    wanted(&parameter.types, common),
                    described(argument.kind)
                );
                let help = conversion(&parameter.types).unwrap_or_else(|| usage(function));
                let Err(_) = self.error_with::<()>(argument.span, message, help) else { continue };
            }
        }
        if misfit {
            return Err(Reported);
        }
        let kind = returned(signature, &parameters, &kinds, common);
        let brought = match &signature.returns {
            Returns::CommonNotDynamic => Some(kind),
            _ => common,
        };
        let args = arguments
            .into_iter()
            .zip(&parameters)
            .map(|(argument, parameter)| {
                let expr = argument
                    .expr
                    .unwrap_or_else(|| Expr::literal(Value::String("*".into()), KustoType::String, argument.span));
                match parameter {
                    Some(parameter) => converted(expr, parameter, brought),
                    None => expr,
                }
            })
            .collect();
        Ok((signature, args, kind))
    }

    pub(super) fn wrong_count<T>(&mut self, function: &Function, given: usize, span: Span) -> Bind<T> {
        let least = function.signatures.iter().map(Signature::min_arguments).min().unwrap_or(0);
        let most = function.signatures.iter().map(Signature::max_arguments).max().unwrap_or(0);
        let takes = match (least, most) {
            (least, most) if least == most => count_text(least),
            (least, most) if most > 100 => format!("at least {}", count_text(least)),
            (least, most) => format!("{least} to {}", count_text(most)),
        };
        self.error_with(span, format!("`{}` takes {takes}, and has {given} here", function.name), usage(function))
    }

    /// A function of neighbouring rows: it becomes a column of a node below.
    fn window(&mut self, scope: &mut Scope<'_>, function: &'static Function, call: &Call, span: Span) -> Bind<Expr> {
        match scope.windows {
            Windows::Yes(_) => {}
            Windows::Unordered => {
                return self.error_with(
                    span,
                    format!("`{}` needs rows in an order", function.name),
                    "put `| sort by …` or `| serialize` before",
                );
            }
            Windows::No => {
                return self.error_with(
                    span,
                    format!("`{}` has no meaning here", function.name),
                    "it stands in `extend`, `project`, `where` and `serialize`",
                );
            }
        }
        let arguments = self.arguments(scope, &call.arguments)?;
        let (_, mut args, kind) = self.resolve(function, arguments, call.name.span)?;
        // What stands in where there is no such row is of the column's type.
        if matches!(function.name, "prev" | "next")
            && let Some(stand_in) = args.get_mut(2)
        {
            let given = stand_in.clone();
            *stand_in = cast(given, kind);
        }
        let id = self.column_id();
        let Windows::Yes(calls) = &mut scope.windows else { return Err(Reported) };
        let mut below = 0;
        for arg in &args {
            arg.walk(&mut |part| {
                if let ExprNode::Column(used) = part.node
                    && let Some((layer, _)) = calls.iter().find(|(_, call)| call.id == used)
                {
                    below = below.max(layer + 1);
                }
            });
        }
        calls.push((below, WindowCall { id, call: BoundCall { function: function.canonical(), args }, kind }));
        Ok(Expr::column(id, kind, span))
    }
}

/// Whether `*` of a scalar function is all columns.
fn takes_star(function: &Function) -> bool {
    let mut parameters = function.signatures.iter().flat_map(|signature| &signature.parameters);
    parameters.any(|parameter| matches!(parameter.form, ArgumentForm::Star | ArgumentForm::StarOnly))
}

/// The arguments with every visible column in the place of `*`.
fn all_columns(scope: &Scope<'_>, arguments: Vec<Argument>) -> Vec<Argument> {
    let mut all = Vec::with_capacity(arguments.len());
    for argument in arguments {
        if argument.kind != ArgKind::Star {
            all.push(argument);
            continue;
        }
        all.extend(scope.visible_columns().iter().map(|column| Argument {
            expr: Some(Expr::column(column.id, column.kind, argument.span)),
            kind: ArgKind::Scalar(column.kind),
            span: argument.span,
        }));
    }
    all
}

/// A call with several values.
fn several(call: &Expr, fields: Vec<(String, KustoType)>) -> Raw {
    let field = |(place, (name, kind)): (usize, (String, KustoType))| {
        let node = ExprNode::Field(Box::new(call.clone()), u16::try_from(place).unwrap_or(u16::MAX));
        RawField { name, expr: Expr::new(node, kind, call.span), identity: None }
    };
    let fields: Vec<RawField> = fields.into_iter().enumerate().map(field).collect();
    let expr = fields.first().map_or_else(|| call.clone(), |first| first.expr.clone());
    Raw { expr, fields }
}

fn returned(
    signature: &Signature,
    parameters: &[Option<&Parameter>],
    kinds: &[ArgKind],
    common: Option<KustoType>,
) -> KustoType {
    let scalar = |place: usize| match kinds.get(place) {
        Some(ArgKind::Scalar(kind) | ArgKind::Type(kind)) => Some(*kind),
        _ => None,
    };
    let widest = || {
        let numbers = kinds.iter().filter_map(|kind| match kind {
            ArgKind::Scalar(kind) if super::super::types::is_number(*kind) => Some(*kind),
            _ => None,
        });
        numbers.reduce(|wide, kind| if widens(wide, kind) { kind } else { wide }).map(promoted)
    };
    let found = match &signature.returns {
        Returns::Type(kind) => Some(*kind),
        Returns::First => scalar(0),
        Returns::Second => scalar(1),
        Returns::Promoted => scalar(0).map(promoted),
        Returns::TypeofLast => scalar(kinds.len().saturating_sub(1)),
        Returns::Common => common,
        Returns::CommonNotDynamic => common_type(parameters, kinds, true),
        Returns::Widest => widest(),
        Returns::Fields(_) | Returns::Special | Returns::Table => None,
    };
    found.unwrap_or(KustoType::Dynamic)
}

/// An argument as its parameter takes it.
fn converted(expr: Expr, parameter: &Parameter, common: Option<KustoType>) -> Expr {
    match &parameter.types {
        TypeClass::OneOf(kinds) if !kinds.contains(&expr.kind) => {
            match kinds.iter().find(|kind| widens(expr.kind, **kind)) {
                Some(kind) => cast(expr, *kind),
                None => expr,
            }
        }
        TypeClass::Common | TypeClass::CommonOrderable | TypeClass::CommonOrDynamic => match common {
            Some(common) => cast(expr, common),
            None => expr,
        },
        _ => expr,
    }
}

fn count_text(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        _ => format!("{count} arguments"),
    }
}

fn described(kind: ArgKind) -> String {
    match kind {
        ArgKind::Scalar(kind) => format!("of type {kind}"),
        ArgKind::Star => "`*`".to_owned(),
        ArgKind::Type(_) => "a type".to_owned(),
        ArgKind::Table => "a table".to_owned(),
    }
}

fn wanted(types: &TypeClass, common: Option<KustoType>) -> String {
    match types {
        TypeClass::OneOf(kinds) => {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
            format!("of type {}", names.join(" or "))
        }
        TypeClass::Common | TypeClass::CommonOrderable | TypeClass::CommonOrDynamic => match common {
            Some(kind) => format!("of type {kind}, as the others are"),
            None => "of one type with the others".to_owned(),
        },
        TypeClass::Scalar => "a scalar".to_owned(),
        TypeClass::Table => "a table".to_owned(),
        TypeClass::Type => "a type, written `typeof(long)`".to_owned(),
        TypeClass::Integer => "a whole number".to_owned(),
        TypeClass::Number => "a number".to_owned(),
        TypeClass::NumberOrBool => "a number or bool".to_owned(),
        TypeClass::Text | TypeClass::TextOrArray => "a string or dynamic".to_owned(),
        TypeClass::Array => "an array".to_owned(),
        TypeClass::Bag => "a property bag".to_owned(),
        TypeClass::IntegerOrArray => "a whole number or an array".to_owned(),
        TypeClass::Summable => "a number, datetime or timespan".to_owned(),
        TypeClass::Orderable => "of a type that has an order".to_owned(),
        TypeClass::NotDynamic => "not dynamic".to_owned(),
        TypeClass::NotRealOrBool => "neither real nor bool".to_owned(),
    }
}

/// How to get what a parameter wants.
fn conversion(types: &TypeClass) -> Option<String> {
    let function = match types {
        TypeClass::OneOf(kinds) => match kinds.as_slice() {
            [KustoType::Dynamic] => "parse_json".to_owned(),
            [kind] => format!("to{kind}"),
            _ => return None,
        },
        TypeClass::Text => "tostring".to_owned(),
        TypeClass::Integer | TypeClass::Number | TypeClass::NumberOrBool => "tolong".to_owned(),
        TypeClass::Array | TypeClass::Bag => "parse_json".to_owned(),
        TypeClass::NotDynamic | TypeClass::Orderable => "tostring".to_owned(),
        _ => return None,
    };
    Some(format!("convert it with `{function}(x)`"))
}

/// How a function is called.
fn usage(function: &Function) -> String {
    let forms: Vec<String> = function.usages().iter().take(3).map(|form| format!("`{form}`")).collect();
    format!("it is written {}", forms.join(" or "))
}
