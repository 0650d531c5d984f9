//! The `name = value` settings of operators.

use super::Parser;
use super::cursor::PARENS;
use crate::kql::syntax::ast::{Name, Parameter, ParameterValue, Parameters};
use crate::kql::syntax::diagnostic::{Diagnostic, suggest};
use crate::kql::syntax::lexer::{Gap, Mark};
use crate::kql::syntax::words;

/// Settings that the grammar takes at any operator that takes some; whether they mean something there is not its concern.
const EVERYWHERE: [&str; 20] = [
    "kind",
    "isfuzzy",
    "withsource",
    "with_source",
    "with_itemindex",
    "with_match_id",
    "with_step_name",
    "bagexpansion",
    "bin_legacy",
    "cycles",
    "decodeblocks",
    "expandoutput",
    "force_remote",
    "__crossCluster",
    "__crossDB",
    "__id",
    "__isFuzzy",
    "__noWithSource",
    "__packedColumn",
    "__sourceColumnIndex",
];

/// What may stand behind `hint.`.
const HINTS: [&str; 11] = [
    "concurrency",
    "distribution",
    "materialized",
    "num_partitions",
    "pass_filters",
    "pass_filters_column",
    "progressive_top",
    "remote",
    "shufflekey",
    "spread",
    "strategy",
];

/// Settings whose value is a list of names.
const NAME_LISTS: [&str; 4] = ["ycolumns", "anomalycolumns", "series", "by"];
/// Settings whose value may be an expression.
const EXPRESSIONS: [&str; 3] = ["title", "xtitle", "ytitle"];

impl Parser<'_> {
    /// The settings at the start of an operator: those known everywhere, hints, and the operator's `own`. With `strict`, a name is one
    /// only if a `=` follows; else it is in any case, and a `=` must follow.
    pub(super) fn parameters(&mut self, own: &[&str], strict: bool) -> Parameters {
        let mut parameters = Vec::new();
        while let Some(length) = self.parameter_name_length(0, own) {
            if (strict && !self.mark_at(length, Mark::Equal)) || self.recovering {
                break;
            }
            parameters.push(self.parameter(length, &[]));
        }
        Parameters(parameters)
    }

    /// How many tokens the name of a setting that stands so far ahead has.
    pub(super) fn parameter_name_length(&self, offset: usize, own: &[&str]) -> Option<usize> {
        let word = self.word_at(offset);
        if word == "hint" && self.mark_at(offset + 1, Mark::Dot) && HINTS.contains(&self.word_at(offset + 2)) {
            let adjacent = self.peek_at(offset + 1).gap == Gap::None && self.peek_at(offset + 2).gap == Gap::None;
            return adjacent.then_some(3);
        }
        (EVERYWHERE.contains(&word) || own.contains(&word)).then_some(1)
    }

    /// A setting whose name has so many tokens. `known` are the names that end a list of names.
    fn parameter(&mut self, length: usize, known: &[&str]) -> Parameter {
        let start = self.peek().span;
        for _ in 0..length {
            self.bump();
        }
        let span = self.since(start);
        let name = Name::new(self.text(span), span);
        self.expect_mark(Mark::Equal);
        let value = self.parameter_value(&name.text, known);
        Parameter { name, value, span: self.since(start) }
    }

    fn parameter_value(&mut self, name: &str, known: &[&str]) -> ParameterValue {
        if NAME_LISTS.contains(&name) {
            return ParameterValue::Names(self.parameter_names(known));
        }
        if EXPRESSIONS.contains(&name) {
            return ParameterValue::Expr(self.operand());
        }
        if let Some(literal) = self.opt_literal_expr() {
            return ParameterValue::Expr(literal);
        }
        if let Some(word) = self.opt_bracketed_name().or_else(|| self.opt_word(may_be_value)) {
            return ParameterValue::Word(word);
        }
        self.expected(&format!("a value for `{name}`"));
        ParameterValue::Expr(self.missing())
    }

    /// Names up to the next setting.
    fn parameter_names(&mut self, known: &[&str]) -> Vec<Name> {
        let mut names = vec![self.declared_name()];
        while self.at_mark(Mark::Comma) && !(self.mark_at(2, Mark::Equal) || known.contains(&self.word_at(1))) {
            self.bump();
            names.push(self.declared_name());
        }
        names
    }

    /// `with (name = value, …)`, if it stands here; without `known` names any is taken.
    pub(super) fn with_properties(&mut self, known: &[&str]) -> Parameters {
        if self.eat_word("with").is_none() {
            return Parameters::default();
        }
        if self.at_mark(Mark::OpenParen) && self.mark_at(1, Mark::Comma) && !known.is_empty() {
            let open = self.bump().span;
            self.bump();
            let properties = self.comma_list(None, |parser| parser.property(known));
            self.close(open, Mark::CloseParen);
            return Parameters(properties);
        }
        Parameters(self.bracketed_list(PARENS, false, |parser| parser.property(known)))
    }

    /// `threshold = 0.1, characters = "x"`: settings with commas between them and no parentheses around.
    pub(super) fn bare_properties(&mut self, known: &[&str]) -> Parameters {
        Parameters(self.comma_list(None, |parser| parser.property(known)))
    }

    fn property(&mut self, known: &[&str]) -> Parameter {
        let start = self.peek().span;
        let word = self.word();
        if !known.is_empty()
            && !word.is_empty()
            && !known.contains(&word)
            && self.parameter_name_length(0, &[]).is_none()
        {
            let diagnostic = Diagnostic::error(start, format!("there is no property `{word}` here"));
            self.mild_error(match suggest(word, known.iter().copied()) {
                Some(meant) => diagnostic.with_help(format!("did you mean `{meant}`?")),
                None => diagnostic.with_help(format!("there are {}", known.join(", "))),
            });
        }
        if word.is_empty() || known.is_empty() && !words::may_be_declared(word) {
            let name = self.declared_name();
            self.expect_mark(Mark::Equal);
            let value = self.parameter_value("", known);
            return Parameter { name, value, span: self.since(start) };
        }
        self.parameter(1, known)
    }

    /// Settings of the old spelling of `render`: `kind = stacked title = "t" by a, b with "x"`.
    pub(super) fn legacy_render_parameters(&mut self) -> Parameters {
        const NAMES: [&str; 5] = ["kind", "title", "accumulate", "with", "by"];
        let mut parameters = Vec::new();
        loop {
            let start = self.peek().span;
            let word = self.word();
            match word {
                "kind" | "title" | "accumulate" if self.mark_at(1, Mark::Equal) => {
                    parameters.push(self.parameter(1, &NAMES));
                }
                "with" if !self.mark_at(1, Mark::OpenParen) => {
                    let name = Name::new(word, self.bump().span);
                    let value = self.parameter_value("with", &NAMES);
                    parameters.push(Parameter { name, value, span: self.since(start) });
                }
                "by" => {
                    let name = Name::new(word, self.bump().span);
                    let value = self.parameter_value("by", &NAMES);
                    parameters.push(Parameter { name, value, span: self.since(start) });
                }
                _ => return Parameters(parameters),
            }
            if self.recovering {
                return Parameters(parameters);
            }
        }
    }
}

/// Whether a word may be what a setting is set to: a name, or one of the keywords that are values of settings.
fn may_be_value(word: &str) -> bool {
    words::may_be_name(word) || matches!(word, "simple" | "relaxed" | "nooptimization" | "hotcache")
}
