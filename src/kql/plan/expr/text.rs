//! Tests on text: `has`, `contains`, `matches regex` and so on.

use datafusion::logical_expr::{Expr as Plain, Operator, lit};

use super::super::error::Result;
use super::super::planner::Planner;
use super::call;
use super::make::text;
use crate::catalog::KustoType;
use crate::kql::bind::tree::{Expr, ExprNode};
use crate::kql::syntax::ast::{StringOperation, StringTest};

/// A test. Text is never null, so the negated tests are just that.
pub fn test(planner: &mut Planner, test: StringTest, a: &Expr, b: &Expr) -> Result<Plain> {
    if cannot_hold(test.operation, a, b) {
        return Ok(lit(test.negated));
    }
    let (value, part) = (planner.expr(a)?, planner.expr(b)?);
    let constant = b.as_literal().and_then(|value| value.as_str());
    let passed = match (test.operation, test.case_sensitive, constant) {
        (StringOperation::Search, cs, Some(pattern)) => search(value, pattern, cs)?,
        (StringOperation::Like, cs, Some(pattern)) => wildcard(value, pattern, cs)?,
        (StringOperation::Like | StringOperation::Search, cs, None) => one(StringOperation::Has, cs, value, part)?,
        (operation, cs, _) => one(operation, cs, value, part)?,
    };
    Ok(if test.negated { Plain::Not(Box::new(passed)) } else { passed })
}

/// Whether the text form of a number or a moment cannot hold what is looked for, for want of its characters. `search` asks that of every
/// column, and a scan that sees texts alone can pass lines over.
fn cannot_hold(operation: StringOperation, a: &Expr, b: &Expr) -> bool {
    let ExprNode::Cast(inner) = &a.node else { return false };
    let letters = match inner.kind {
        KustoType::Int | KustoType::Long | KustoType::Timespan => "",
        KustoType::DateTime => "tz",
        KustoType::Real => "aefinty",
        KustoType::Decimal => "e",
        KustoType::Bool => "aeflrstu",
        KustoType::String | KustoType::Guid | KustoType::Dynamic => return false,
    };
    let looked_for = match (operation, b.as_literal().and_then(|value| value.as_str())) {
        (StringOperation::MatchesRegex | StringOperation::Like, _) | (_, None) => return false,
        (StringOperation::Search, Some(pattern)) => pattern.trim_matches('*'),
        (_, Some(part)) => part,
    };
    // Letters beyond ASCII may fold into others.
    looked_for.is_ascii()
        && looked_for.chars().any(|c| c.is_ascii_alphabetic() && !letters.contains(c.to_ascii_lowercase()))
}

fn one(operation: StringOperation, case_sensitive: bool, value: Plain, part: Plain) -> Result<Plain> {
    let name = match (operation, case_sensitive) {
        (StringOperation::Equal, true) => {
            return Ok(datafusion::logical_expr::binary_expr(value, Operator::Eq, part));
        }
        (StringOperation::Equal, false) => "equals_ci",
        (StringOperation::Has | StringOperation::Search | StringOperation::Like, true) => "has_cs",
        (StringOperation::Has | StringOperation::Search | StringOperation::Like, false) => "has",
        (StringOperation::HasPrefix, true) => "hasprefix_cs",
        (StringOperation::HasPrefix, false) => "hasprefix",
        (StringOperation::HasSuffix, true) => "hassuffix_cs",
        (StringOperation::HasSuffix, false) => "hassuffix",
        (StringOperation::Contains, true) => "contains_cs",
        (StringOperation::Contains, false) => "contains_ci",
        (StringOperation::StartsWith, true) => "startswith_cs",
        (StringOperation::StartsWith, false) => "startswith_ci",
        (StringOperation::EndsWith, true) => "endswith_cs",
        (StringOperation::EndsWith, false) => "endswith_ci",
        (StringOperation::MatchesRegex, _) => "matches_regex",
    };
    call(name, vec![value, part])
}

/// What `search` looks for: a term, its beginning, its end, or any part, by where its stars stand.
fn search(value: Plain, pattern: &str, case_sensitive: bool) -> Result<Plain> {
    let inner = pattern.trim_matches('*');
    if inner.contains('*') {
        let parts = inner.split('*').map(regex::escape).collect::<Vec<_>>();
        let (before, behind) = (!pattern.starts_with('*'), !pattern.ends_with('*'));
        let flags = if case_sensitive { "(?s)" } else { "(?is)" };
        let start = if before { r"(?:^|[^\p{L}\p{N}])" } else { "" };
        let end = if behind { r"(?:$|[^\p{L}\p{N}])" } else { "" };
        let regex = format!("{flags}{start}{}{end}", parts.join(".*"));
        return call("matches_regex", vec![value, text(&regex)]);
    }
    let operation = match (pattern.starts_with('*'), pattern.ends_with('*')) {
        (false, false) => StringOperation::Has,
        (false, true) => StringOperation::HasPrefix,
        (true, false) => StringOperation::HasSuffix,
        (true, true) => StringOperation::Contains,
    };
    one(operation, case_sensitive, value, text(inner))
}

/// `like`: the whole text, with `*` for anything.
fn wildcard(value: Plain, pattern: &str, case_sensitive: bool) -> Result<Plain> {
    let parts = pattern.split('*').map(regex::escape).collect::<Vec<_>>();
    let flags = if case_sensitive { "(?s)" } else { "(?is)" };
    call("matches_regex", vec![value, text(&format!("{flags}^{}$", parts.join(".*")))])
}
