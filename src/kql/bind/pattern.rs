//! `declare pattern`: tables by texts. A call stands for the body of the arm whose texts are the call's.

use std::rc::Rc;
use std::sync::Arc;

use super::binder::{Bind, Binder};
use super::env::{Env, Pattern, UserFunction};
use super::graph::Flow;
use super::scope::Scope;
use super::tree::Value;
use crate::kql::syntax::ast::{Call, FunctionDecl, Name, PatternArm, Span};

impl Binder<'_> {
    /// What a call of a pattern stands for; `path` is what is written behind it, as `p("x").y`.
    pub(super) fn pattern_flow(
        &mut self,
        env: &Env,
        pattern: &Rc<Pattern>,
        call: &Call,
        path: Option<&Name>,
        span: Span,
    ) -> Bind<Flow> {
        let decl = &pattern.decl;
        if !decl.defined {
            let help = "it is declared without arms, which a service in between would fill in";
            return self.error_with(span, format!("the pattern `{}` has no meaning", decl.name), help);
        }
        let mut given = Vec::with_capacity(call.arguments.len());
        for argument in &call.arguments {
            let bound = self.named_expr(&mut Scope::bare(env), argument)?;
            match bound.as_literal().and_then(Value::as_str) {
                Some(text) => given.push(text.to_owned()),
                None => return self.error(argument.span, "a pattern is called with constant texts"),
            }
        }
        let mut found = None;
        for arm in &decl.arms {
            if self.is_arm(pattern, arm, &given, path)? {
                found = Some(arm);
                break;
            }
        }
        let Some(arm) = found else {
            let texts = given.iter().map(|text| format!("{text:?}")).collect::<Vec<_>>().join(", ");
            let path = path.map_or_else(String::new, |path| format!(".[{:?}]", path.text));
            return self.error(span, format!("the pattern `{}` has no arm for ({texts}){path}", decl.name));
        };
        let decl = FunctionDecl { view: false, parameters: Vec::new(), body: arm.body.clone(), span: arm.span };
        let function = UserFunction {
            name: pattern.decl.name.text.clone(),
            decl: Arc::new(decl),
            env: pattern.env.clone(),
            stored: false,
        };
        self.call_flow(&mut Scope::bare(env), &Rc::new(function), Vec::new(), span)
    }

    /// Whether the texts of an arm are those of a call.
    fn is_arm(&mut self, pattern: &Pattern, arm: &PatternArm, given: &[String], path: Option<&Name>) -> Bind<bool> {
        let same_path = arm.path.as_ref().map(|path| path.value.as_str()) == path.map(|path| path.text.as_str());
        if arm.arguments.len() != given.len() || !same_path {
            return Ok(false);
        }
        for (argument, given) in arm.arguments.iter().zip(given) {
            let bound = self.expr(&mut Scope::bare(&pattern.env), argument)?;
            if bound.as_literal().and_then(Value::as_str) != Some(given.as_str()) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}
