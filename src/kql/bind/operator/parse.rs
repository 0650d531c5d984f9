//! `parse`, `parse-where`, `parse-kv`.

use super::{flag, word};
use crate::catalog::KustoType;
use crate::kql::bind::binder::{Bind, Binder};
use crate::kql::bind::env::Env;
use crate::kql::bind::expr::cast;
use crate::kql::bind::scope::Scope;
use crate::kql::bind::tree::{self, Column, Node, Output, ParseKind, ParsePart, Rel};
use crate::kql::bind::types::kind_of;
use crate::kql::facts::words::PARSE_KINDS;
use crate::kql::syntax::ast::{self, Parameters, ParseStepKind};

impl Binder<'_> {
    pub(super) fn parse(&mut self, env: &Env, input: Rel, parse: &ast::Parse) -> Bind<Rel> {
        let kind = match self.one_of(&parse.parameters, "kind", &PARSE_KINDS)? {
            Some("regex") => ParseKind::Regex,
            Some("relaxed") => ParseKind::Relaxed,
            _ => ParseKind::Simple,
        };
        let flags = word(&parse.parameters, "flags").map_or(String::new(), |(flags, _)| flags.to_owned());
        let source = self.parsed_text(env, &input, &parse.input)?;
        self.check_pattern(&parse.pattern)?;
        let mut columns = input.columns.clone();
        let mut visible = input.visible;
        let mut pattern = Vec::with_capacity(parse.pattern.len());
        let mut names: Vec<&str> = Vec::new();
        for step in &parse.pattern {
            pattern.push(match &step.kind {
                ParseStepKind::Skip => ParsePart::Skip,
                ParseStepKind::Text(text) => ParsePart::Text(text.value.as_str().into()),
                ParseStepKind::Column(name, ty) => {
                    if names.contains(&name.text.as_str()) {
                        return self.error(name.span, format!("the column `{name}` is there twice"));
                    }
                    names.push(&name.text);
                    let kind = ty.as_ref().map_or(KustoType::String, |ty| kind_of(ty.scalar));
                    let column = self.column(name.text.as_str(), kind);
                    let output = Output { id: column.id, kind };
                    put(&mut columns, &mut visible, column);
                    ParsePart::Capture(output)
                }
            });
        }
        let serialized = input.serialized;
        let node = Node::Parse(Box::new(tree::Parse { input, source, kind, flags, pattern, filter: parse.filter }));
        self.rel(node, columns, visible, serialized)
    }

    fn parsed_text(&mut self, env: &Env, input: &Rel, expr: &ast::Expr) -> Bind<tree::Expr> {
        let mut scope = Scope::row(env, &input.columns, input.visible);
        let source = self.expr(&mut scope, expr)?;
        Ok(cast(source, KustoType::String))
    }

    /// What may stand next to what.
    fn check_pattern(&mut self, pattern: &[ast::ParseStep]) -> Bind<()> {
        let mut before: Option<&ParseStepKind> = None;
        for step in pattern {
            let text_column = matches!(before, Some(ParseStepKind::Column(_, ty))
                if ty.as_ref().is_none_or(|ty| kind_of(ty.scalar) == KustoType::String));
            match (&step.kind, before) {
                (ParseStepKind::Skip, _) if text_column => {
                    return self.error_with(
                        step.span,
                        "where the text column ends and `*` starts cannot be told",
                        "put a text between the two",
                    );
                }
                (ParseStepKind::Column(name, _), Some(ParseStepKind::Column(..) | ParseStepKind::Skip)) => {
                    return self
                        .error(name.span, format!("a text must stand before `{name}`, that tells where it starts"));
                }
                (ParseStepKind::Skip, Some(ParseStepKind::Skip)) => {
                    return self.error(step.span, "a text must stand between two `*`");
                }
                _ => {}
            }
            before = Some(&step.kind);
        }
        Ok(())
    }

    pub(super) fn parse_kv(&mut self, env: &Env, input: Rel, parse: &ast::ParseKv) -> Bind<Rel> {
        let source = self.parsed_text(env, &input, &parse.input)?;
        let mut columns = input.columns.clone();
        let mut visible = input.visible;
        let mut keys = Vec::with_capacity(parse.keys.len());
        for column in self.declared_columns(&parse.keys)? {
            keys.push((column.name.to_string(), Output { id: column.id, kind: column.kind }));
            put(&mut columns, &mut visible, column);
        }
        let known = ["pair_delimiter", "kv_delimiter", "quote", "escape", "greedy", "regex"];
        for property in &parse.properties.0 {
            if !known.contains(&property.name.text.as_str()) {
                let help = format!("it is one of {}", known.join(", "));
                return self.error_with(property.span, format!("`parse-kv` has no property `{}`", property.name), help);
            }
        }
        let text = |name: &str| text_of(&parse.properties, name);
        let serialized = input.serialized;
        let node = Node::ParseKv(Box::new(tree::ParseKv {
            source,
            keys,
            pair_delimiter: text("pair_delimiter"),
            kv_delimiter: text("kv_delimiter"),
            quotes: text("quote"),
            escape: text("escape"),
            greedy: flag(&parse.properties, "greedy").unwrap_or(false),
            regex: text("regex"),
            input,
        }));
        self.rel(node, columns, visible, serialized)
    }
}

fn text_of(properties: &Parameters, name: &str) -> Option<String> {
    word(properties, name).map(|(text, _)| text.to_owned())
}

/// Puts a column in the place of the one of its name, or behind the visible ones.
fn put(columns: &mut Vec<Column>, visible: &mut usize, column: Column) {
    let place = columns.iter().position(|other| other.name == column.name);
    match place {
        Some(place) if place < *visible => {
            if let Some(old) = columns.get_mut(place) {
                *old = column;
            }
        }
        place => {
            if let Some(place) = place {
                columns.remove(place);
            }
            columns.insert((*visible).min(columns.len()), column);
            *visible += 1;
        }
    }
}
