//! The tree as KQL again, in one canonical spelling: parsing it gives the same tree. Comments and layout are lost, aliases are unified.
//!
//! A query that is a statement has a line for each operator; all else is written in a line.

mod expr;
mod graph;
mod literal;
mod operator;
mod statement;

use std::fmt;

use super::ast::{Expr, Name, NamePattern, Parameter, ParameterValue, Parameters, Script};
use super::words;

/// A script as text.
pub fn print(script: &Script) -> String {
    let mut printer = Printer { out: String::new() };
    printer.script(script);
    printer.out
}

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&print(self))
    }
}

impl fmt::Display for Expr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut printer = Printer { out: String::new() };
        printer.expr(self);
        f.write_str(&printer.out)
    }
}

struct Printer {
    out: String,
}

impl Printer {
    /// Adds text. A blank that was left for something that did not come is taken back.
    fn text(&mut self, text: &str) {
        if self.out.ends_with(' ') && text.starts_with([' ', '\n', ',', ')', ';']) {
            self.out.pop();
        }
        self.out.push_str(text);
    }

    /// Items with `, ` between them.
    fn list<T>(&mut self, items: &[T], one: impl FnMut(&mut Self, &T)) {
        self.separated(items, ", ", one);
    }

    fn separated<T>(&mut self, items: &[T], separator: &str, mut one: impl FnMut(&mut Self, &T)) {
        for (at, item) in items.iter().enumerate() {
            if at > 0 {
                self.text(separator);
            }
            one(self, item);
        }
    }

    /// A keyword and a blank before what follows it, if that is there.
    fn clause<T>(&mut self, keyword: &str, value: Option<&T>, one: impl FnOnce(&mut Self, &T)) {
        if let Some(value) = value {
            self.text(keyword);
            one(self, value);
        }
    }

    /// A name, in brackets where it could be taken for something else.
    fn name(&mut self, name: &Name) {
        if is_plain(&name.text) && words::may_be_name(&name.text) && !NEEDS_BRACKETS.contains(&name.text.as_str()) {
            self.text(&name.text);
        } else {
            self.text("[");
            self.quoted(&name.text);
            self.text("]");
        }
    }

    fn pattern(&mut self, pattern: &NamePattern) {
        if pattern.wildcard {
            self.text(&pattern.text);
        } else {
            self.name(&Name::new(pattern.text.as_str(), pattern.span));
        }
    }

    /// Settings before the operands of an operator, with a blank behind each.
    fn parameters(&mut self, parameters: &Parameters) {
        for parameter in &parameters.0 {
            self.text(&parameter.name.text);
            self.text(" = ");
            self.parameter_value(&parameter.value);
            self.text(" ");
        }
    }

    /// ` with (a = 1, b = 2)`; names are as they must be written if `raw`.
    fn properties(&mut self, properties: &Parameters, raw: bool) {
        if properties.is_empty() {
            return;
        }
        self.text(" with (");
        self.list(&properties.0, |printer, property| printer.property(property, raw));
        self.text(")");
    }

    fn property(&mut self, property: &Parameter, raw: bool) {
        if raw {
            self.text(&property.name.text);
        } else {
            self.name(&property.name);
        }
        self.text(" = ");
        self.parameter_value(&property.value);
    }

    fn parameter_value(&mut self, value: &ParameterValue) {
        match value {
            ParameterValue::Word(word) if is_plain(&word.text) => self.text(&word.text),
            ParameterValue::Word(word) => {
                self.text("[");
                self.quoted(&word.text);
                self.text("]");
            }
            ParameterValue::Names(names) => self.list(names, Self::name),
            ParameterValue::Expr(expr) => self.expr(expr),
        }
    }
}

/// Whether this is one word of the lexer, and no literal. A word that starts with a digit is written in brackets, as nobody expects it.
fn is_plain(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = bytes.next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'_' || byte == b'$');
    let is_bool = text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
    first && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') && !is_bool
}

/// Words that may be names, but start something else in some places.
const NEEDS_BRACKETS: [&str; 17] = [
    "alias",
    "bin_legacy",
    "bool",
    "declare",
    "entity_group",
    "evaluate",
    "facet",
    "guid",
    "hint",
    "inline_external_table",
    "let",
    "partition",
    "reduce",
    "render",
    "restrict",
    "typeof",
    "view",
];
