//! Rows of files outside: `externaldata`, and `inline_external_table`, which is another way to write it.

use super::Parser;
use super::cursor::{BRACKETS, PARENS};
use crate::kql::syntax::ast::{Expr, ExprKind, Literal, Name, Parameter, ParameterValue, Parameters};
use crate::kql::syntax::diagnostic::Diagnostic;
use crate::kql::syntax::lexer::Mark;

impl Parser<'_> {
    /// `externaldata (columns) ["address"] with (…)`
    pub(super) fn externaldata(&mut self) -> ExprKind {
        self.bump();
        let parameters = self.parameters(&[], false);
        let columns = self.row_schema();
        let sources = self.bracketed_list(BRACKETS, true, Self::expression);
        let properties = self.with_properties(&[]);
        ExprKind::ExternalData { parameters, columns, sources, properties }
    }

    /// `inline_external_table (columns) kind = storage dataformat = csv ("address") with (…)`: another way to write `externaldata`.
    pub(super) fn inline_external_table(&mut self) -> ExprKind {
        self.bump();
        let columns = if self.at_mark(Mark::OpenParen) { self.row_schema() } else { Vec::new() };
        let mut properties = Vec::new();
        loop {
            let (word, span) = (self.word().to_owned(), self.peek().span);
            let refused = match word.as_str() {
                "kind" | "dataformat" if self.mark_at(1, Mark::Equal) => {
                    self.bump();
                    self.bump();
                    let value = self.name();
                    match word.as_str() {
                        "kind" if value.text == "storage" => None,
                        "kind" => Some(format!("`inline_external_table` of kind `{value}` is not supported")),
                        _ => {
                            let name = Name::new("format", span);
                            let whole = self.since(span);
                            properties.push(Parameter { name, value: ParameterValue::Word(value), span: whole });
                            None
                        }
                    }
                }
                "partition" | "pathformat" => Some(format!("`{word}` of `inline_external_table` is not supported")),
                _ => break,
            };
            if let Some(message) = refused {
                let help = "name files of one format with `kind=storage`, each by its address";
                self.error(Diagnostic::error(self.peek().span, message).with_help(help));
                return ExprKind::Missing;
            }
        }
        let sources = self.bracketed_list(PARENS, true, Self::expression);
        for property in self.with_properties(&[]).0 {
            match header_lines(&property) {
                Some(Ok(skipped)) => properties.push(skipped),
                Some(Err(())) => {
                    let message = "`includeHeaders` is 'All' or 'None' here";
                    let help = "of files that have a header in the first one only, name that one apart";
                    self.error(Diagnostic::error(property.span, message).with_help(help));
                }
                None => properties.push(property),
            }
        }
        ExprKind::ExternalData {
            parameters: Parameters::default(),
            columns,
            sources,
            properties: Parameters(properties),
        }
    }
}

/// What `includeHeaders` of `inline_external_table` is to `externaldata`: whether the first line of every file is passed over. `None` for
/// other properties.
fn header_lines(property: &Parameter) -> Option<Result<Parameter, ()>> {
    if !property.name.text.eq_ignore_ascii_case("includeHeaders") {
        return None;
    }
    let text = match &property.value {
        ParameterValue::Word(word) => word.text.as_str(),
        ParameterValue::Expr(Expr { kind: ExprKind::Literal(Literal::String(text)), .. }) => text.value.as_str(),
        _ => return Some(Err(())),
    };
    let skips = match text.to_ascii_lowercase().as_str() {
        "all" => "true",
        "none" => "false",
        _ => return Some(Err(())),
    };
    let name = Name::new("ignoreFirstRecord", property.name.span);
    let value = ParameterValue::Word(Name::new(skips, property.span));
    Some(Ok(Parameter { name, value, span: property.span }))
}
