//! `evaluate basket` and `evaluate diffpatterns`: patterns of values.

use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::columns::UniqueNames;
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{Column, ColumnId, Expr, Mining, Node, Plugin, Rel, Split, Value};
use crate::kql::syntax::ast::{Call, NamedExpr};

/// What stands for an argument that is left out though others follow.
const DEFAULT: &str = "~";

/// The least share that can be asked for.
const LEAST: f64 = 0.015;

/// How many values a pattern of `basket` has, if nothing else is said.
const BASKET: i64 = 5;

impl Binder<'_> {
    /// The numbers of each pattern, then its values.
    pub(super) fn mining(&mut self, env: &Env, input: Rel, call: &Call) -> Bind<Rel> {
        let differing = call.name.text == "diffpatterns";
        let mut arguments = call.arguments.iter();
        let mut without: Vec<ColumnId> = Vec::new();
        let split = match differing {
            false => None,
            true => Some(self.split(
                env,
                &input,
                call,
                [arguments.next(), arguments.next(), arguments.next()],
                &mut without,
            )?),
        };
        let (first, second) = (arguments.next(), arguments.next());
        let (threshold, weight) = if differing { (second, first) } else { (first, second) };
        let threshold = match self.given(env, threshold)? {
            None => 0.05,
            Some(Value::Real(threshold)) if (LEAST..=1.0).contains(&threshold) => threshold,
            Some(Value::Long(1) | Value::Int(1)) => 1.0,
            Some(_) => {
                return self
                    .error(call.span, format!("the threshold of `{}` is a number from {LEAST} to 1.0", call.name));
            }
        };
        let weight = self.weight(env, &input, weight)?;
        without.extend(weight);
        let most = match self.given(env, arguments.next())? {
            None if differing => i64::MAX,
            None => BASKET,
            Some(Value::Long(most)) if most > 0 => most,
            Some(_) => {
                return self.error(call.span, format!("`MaxDimensions` of `{}` is a positive number", call.name));
            }
        };
        let mut wildcards = Vec::new();
        for argument in arguments {
            let wildcard = self.named_expr(&mut Scope::bare(env), argument)?;
            match wildcard.as_literal() {
                Some(Value::String(text)) if &**text == DEFAULT => {}
                Some(_) => wildcards.push(wildcard),
                None => return self.error(argument.span, "a wildcard is a constant"),
            }
        }
        let dynamic = input.visible_columns().iter().find(|own| own.kind == KustoType::Dynamic);
        if let Some(own) = dynamic {
            let message = format!("`{}` is dynamic, and dynamic values make no patterns", own.name);
            return self.error_with(self.operator, message, "choose the columns with `project` before");
        }
        let dimensions: Vec<Column> =
            input.visible_columns().iter().filter(|own| !without.contains(&own.id)).cloned().collect();
        let numbers: &[(&str, KustoType)] = match differing {
            false => &[("SegmentId", KustoType::Long), ("Count", KustoType::Long), ("Percent", KustoType::Real)],
            true => &[
                ("SegmentId", KustoType::Long),
                ("CountA", KustoType::Long),
                ("CountB", KustoType::Long),
                ("PercentA", KustoType::Real),
                ("PercentB", KustoType::Real),
                ("PercentDiffAB", KustoType::Real),
            ],
        };
        let mut names = UniqueNames::default();
        let mut columns = Vec::with_capacity(numbers.len() + dimensions.len());
        let wanted = numbers.iter().map(|(name, kind)| ((*name).into(), *kind));
        let wanted: Vec<(std::sync::Arc<str>, KustoType)> =
            wanted.chain(dimensions.iter().map(|own| (std::sync::Arc::clone(&own.name), own.kind))).collect();
        for (name, kind) in wanted {
            let name = names.unique(&name);
            columns.push(self.column(name, kind));
        }
        let visible = columns.len();
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let dimensions = dimensions.iter().map(|own| own.id).collect();
        let node = Mining { input, dimensions, weight, split, threshold, most, wildcards };
        self.rel(Node::Plugin(Box::new(Plugin::Mining(node))), columns, visible, false)
    }

    fn split(
        &mut self,
        env: &Env,
        input: &Rel,
        call: &Call,
        arguments: [Option<&NamedExpr>; 3],
        without: &mut Vec<ColumnId>,
    ) -> Bind<Split> {
        let [Some(column), Some(a), Some(b)] = arguments else {
            return self.error_with(
                call.span,
                "`diffpatterns` is given too little",
                "write `evaluate diffpatterns(Column, \"one value\", \"another\")`",
            );
        };
        let Some(own) = self.plain_column(&Scope::row(env, &input.columns, input.visible), &column.expr) else {
            return self.error(column.span, "what tells the rows apart is a column");
        };
        without.push(own.id);
        let mut values = Vec::with_capacity(2);
        for value in [a, b] {
            match self.named_expr(&mut Scope::bare(env), value)?.as_literal() {
                Some(Value::String(text)) => values.push(text.to_string()),
                _ => return self.error(value.span, "the values that are compared are constant texts"),
            }
        }
        let Ok(values) = <[String; 2]>::try_from(values) else { return Err(crate::kql::bind::binder::Reported) };
        let text = cast(Expr::column(own.id, own.kind, column.span), KustoType::String);
        Ok(Split { column: text, values })
    }

    /// A constant, unless it is left out.
    fn given(&mut self, env: &Env, argument: Option<&NamedExpr>) -> Bind<Option<Value>> {
        let Some(argument) = argument else { return Ok(None) };
        match self.named_expr(&mut Scope::bare(env), argument)?.as_literal() {
            Some(Value::String(text)) if &**text == DEFAULT => Ok(None),
            Some(value) => Ok(Some(value.clone())),
            None => self.error(argument.span, "a constant is wanted here"),
        }
    }

    fn weight(&mut self, env: &Env, input: &Rel, argument: Option<&NamedExpr>) -> Bind<Option<ColumnId>> {
        let Some(argument) = argument else { return Ok(None) };
        match self.plain_column(&Scope::row(env, &input.columns, input.visible), &argument.expr) {
            Some(own)
                if matches!(own.kind, KustoType::Int | KustoType::Long | KustoType::Real | KustoType::Decimal) =>
            {
                Ok(Some(own.id))
            }
            Some(own) => {
                self.error(argument.span, format!("`{}` is of type {}, and weights are numbers", own.name, own.kind))
            }
            None => match self.given(env, Some(argument))? {
                None => Ok(None),
                Some(_) => self.error(argument.span, "the weight is a column, or `\"~\"` for none"),
            },
        }
    }
}
