//! What a call of a plugin names: columns, conditions, constants, told apart by the plugin's signature.

use super::text;
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Column, Definition, Expr, Node, Rel, Value};
use crate::kql::facts::{ArgumentForm, Function, Parameter, Signature};
use crate::kql::syntax::ast::{Call, NamedExpr};

/// What a call names.
#[derive(Default)]
pub(super) struct Named {
    /// The columns of the query's rows: under which name, from which column.
    pub roles: Vec<(String, Column)>,
    /// How many dimensions are among them.
    pub dimensions: usize,
    /// Conditions, with the names that the call gives them.
    pub conditions: Vec<(String, Expr)>,
    /// Constants, by the names of their parameters.
    pub constants: Vec<(&'static str, Expr)>,
    /// A second table.
    pub lookback: Option<Rel>,
}

impl Named {
    pub fn role(&self, wanted: &str) -> Option<&Column> {
        self.roles.iter().find(|(role, _)| role == wanted).map(|(_, column)| column)
    }

    pub fn constant(&self, wanted: &str) -> Option<&Expr> {
        self.constants.iter().find(|(name, _)| *name == wanted).map(|(_, expr)| expr)
    }

    fn has(&self, parameter: &Parameter) -> bool {
        match parameter.form {
            ArgumentForm::Column if parameter.repeats() => self.dimensions > 0,
            ArgumentForm::Column => self.role(role(parameter.name)).is_some(),
            _ if is_condition(parameter) => !self.conditions.is_empty(),
            _ => self.constant(parameter.name).is_some(),
        }
    }
}

fn is_condition(parameter: &Parameter) -> bool {
    matches!(parameter.name, "Condition" | "Expr")
}

impl Binder<'_> {
    /// The arguments, each with what it is to the query.
    pub(super) fn named_arguments(
        &mut self,
        env: &Env,
        input: &Rel,
        call: &Call,
        plugin: &'static Function,
    ) -> Bind<Named> {
        let given = call.arguments.len();
        let fits = |signature: &&Signature| (signature.min_arguments()..=signature.max_arguments()).contains(&given);
        let Some(signature) = plugin.signatures.iter().find(fits).or(plugin.signatures.first()) else {
            return self.error(call.span, format!("`{}` is not known well enough to be run", plugin.name));
        };
        let mut named = Named::default();
        let mut place = 0;
        for argument in &call.arguments {
            let scope = Scope::row(env, &input.columns, input.visible);
            let is_table = self.is_table(&scope, &argument.expr);
            if is_table && signature.parameters.iter().any(|parameter| parameter.name == "lookback") {
                named.lookback = Some(self.lookback(env, argument, &named)?);
                continue;
            }
            let by_name = argument
                .name()
                .and_then(|name| signature.parameters.iter().find(|known| known.name.eq_ignore_ascii_case(&name.text)));
            let parameter = match by_name {
                Some(parameter) => Some(parameter),
                None => self.parameter_at(env, input, signature, &mut place, argument)?,
            };
            let Some(parameter) = parameter else {
                let known: Vec<&str> = signature.parameters.iter().map(|parameter| parameter.name).collect();
                let help = format!("it takes {}", known.join(", "));
                return self.error_with(argument.span, format!("`{}` does not take this", call.name), help);
            };
            self.name_argument(env, input, call, parameter, argument, &mut named)?;
        }
        for parameter in &signature.parameters {
            if parameter.min > 0 && !named.has(parameter) {
                let message = format!("`{}` is given no `{}`", call.name, parameter.name);
                return self.error(call.span, message);
            }
        }
        if named.constant("NumRowsAfter").is_none()
            && let Some(before) = named.constant("NumRows").cloned()
        {
            named.constants.push(("NumRowsAfter", before));
        }
        Ok(named)
    }

    /// A table of values that were there before, as the query reads it.
    fn lookback(&mut self, env: &Env, argument: &NamedExpr, named: &Named) -> Bind<Rel> {
        let table = self.table(env, &argument.expr)?;
        let id = named.role("_id").map(|id| (std::sync::Arc::clone(&id.name), id.kind));
        let found = id.as_ref().and_then(|(name, kind)| {
            table.visible_columns().iter().find(|column| column.name == *name && column.kind == *kind)
        });
        let Some(found) = found.cloned() else {
            let (name, kind) = id.map_or_else(Default::default, |(name, kind)| (name.to_string(), kind.to_string()));
            let message = format!("this table has no column `{name}` of type {kind}, by which it is compared");
            return self.error(argument.span, message);
        };
        let column = self.column("_id", found.kind);
        let expr = Expr::column(found.id, found.kind, self.operator);
        let definitions = vec![Definition { id: column.id, expr }];
        self.rel(Node::Project { input: Box::new(table), definitions }, vec![column], 1, false)
    }

    /// The parameter that the next argument is for: what may be left out, or repeats, is passed over where the argument is another thing.
    fn parameter_at(
        &mut self,
        env: &Env,
        input: &Rel,
        signature: &'static Signature,
        place: &mut usize,
        argument: &NamedExpr,
    ) -> Bind<Option<&'static Parameter>> {
        let scope = Scope::row(env, &input.columns, input.visible);
        let column = self.plain_column(&scope, &argument.expr);
        loop {
            let Some(parameter) = signature.parameters.get(*place) else { return Ok(None) };
            let passed = match parameter.name {
                "Cohort" => column.is_some(),
                "Expr" => column.as_ref().is_some_and(|column| column.kind != KustoType::Bool),
                _ => false,
            };
            if !passed {
                *place += usize::from(!parameter.repeats());
                return Ok(Some(parameter));
            }
            *place += 1;
        }
    }

    fn name_argument(
        &mut self,
        env: &Env,
        input: &Rel,
        call: &Call,
        parameter: &'static Parameter,
        argument: &NamedExpr,
        named: &mut Named,
    ) -> Bind<()> {
        let mut scope = Scope::row(env, &input.columns, input.visible);
        if parameter.form == ArgumentForm::Column {
            let Some(column) = self.plain_column(&scope, &argument.expr) else {
                let message = format!("`{}` of `{}` is a column of the rows before", parameter.name, call.name);
                return self.error(argument.span, message);
            };
            if column.kind == KustoType::Dynamic {
                let message = format!("`{}` is dynamic, and `{}` takes no such columns", column.name, call.name);
                return self.error_with(argument.span, message, "make another with `extend x = tostring(…)` before");
            }
            let name = match parameter.repeats() {
                true => format!("_d{}", named.dimensions),
                false => role(parameter.name).to_owned(),
            };
            named.dimensions += usize::from(parameter.repeats());
            named.roles.push((name, column));
            return Ok(());
        }
        if is_condition(parameter) {
            let condition = self.named_expr(&mut scope, argument)?;
            if condition.kind != KustoType::Bool {
                return self
                    .error(argument.span, format!("this is of type {}, and a condition is wanted", condition.kind));
            }
            let name = argument.name().map(|name| name.text.clone()).unwrap_or_default();
            named.conditions.push((name, condition));
            return Ok(());
        }
        let mut value = self.named_expr(&mut Scope::bare(env), argument)?;
        if value.kind == KustoType::Int {
            value = cast(value, KustoType::Long);
        }
        let is_calendar = parameter.name == "Window" && text::calendar(&value).is_some();
        if let Some(timeline) = named.role("_time").filter(|_| !is_calendar) {
            let wanted = wanted_kind(parameter.name, timeline.kind);
            let fits = wanted.is_none_or(|wanted| wanted == value.kind || (is_number(wanted) && is_number(value.kind)));
            if let (false, Some(wanted)) = (fits, wanted) {
                let message = format!(
                    "`{}` of `{}` is of type {}, and with a timeline of type {} it must be {wanted}",
                    parameter.name, call.name, value.kind, timeline.kind
                );
                return self.error(argument.span, message);
            }
        }
        let length = match value.as_literal() {
            Some(Value::Long(length) | Value::Timespan(length)) => Some(*length),
            _ => None,
        };
        if is_length(parameter.name) && length.is_some_and(|length| length <= 0) {
            return self.error(argument.span, format!("`{}` of `{}` must be positive", parameter.name, call.name));
        }
        named.constants.push((parameter.name, value));
        Ok(())
    }
}

/// What the query calls the column of a parameter.
fn role(parameter: &str) -> &'static str {
    match parameter {
        "IdColumn" => "_id",
        "TimelineColumn" | "IndexColumn" => "_time",
        "ValueColumn" => "_value",
        "StateColumn" => "_state",
        _ => "_d0",
    }
}

/// Whether a constant is a length that the query divides or steps by.
fn is_length(parameter: &str) -> bool {
    let lengths = ["Step", "Period", "BinSize", "BinsPerWindow", "Bin", "Window"];
    lengths.contains(&parameter) || matches!(parameter, "InnerActivityWindow" | "OuterActivityWindow")
}

/// The type that a constant has beside a timeline; `None` if that does not matter.
fn wanted_kind(parameter: &str, timeline: KustoType) -> Option<KustoType> {
    match parameter {
        "Start" | "End" | "Cohort" => Some(timeline),
        "LookbackWindow"
        | "LookBackWindow"
        | "Period"
        | "Step"
        | "BinSize"
        | "Bin"
        | "Window"
        | "InnerActivityWindow"
        | "OuterActivityWindow"
        | "MaxSeqeunceStepWindow"
        | "MaxSequenceSpan"
        | "MaxWindowSizeBetweenSteps" => match timeline {
            KustoType::DateTime => Some(KustoType::Timespan),
            other => Some(other),
        },
        _ => None,
    }
}

fn is_number(kind: KustoType) -> bool {
    matches!(kind, KustoType::Int | KustoType::Long | KustoType::Real | KustoType::Decimal)
}
