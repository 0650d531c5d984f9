//! What to do about a token that should not be where it is. Mostly habits of other languages.

use super::Parser;
use super::pipeline::is_plainly_piped;
use crate::kql::syntax::ast::Span;
use crate::kql::syntax::diagnostic::{Diagnostic, suggest};
use crate::kql::syntax::lexer::{Mark, TokenKind};
use crate::kql::syntax::words;

/// Words that go on an expression, in the letter case that KQL wants.
const WORD_OPERATORS: [&str; 14] = [
    "and",
    "or",
    "in",
    "has",
    "has_any",
    "has_all",
    "contains",
    "startswith",
    "endswith",
    "between",
    "matches",
    "by",
    "asc",
    "desc",
];

impl Parser<'_> {
    /// A hint about the token that is looked at, if it is one that people bring from elsewhere.
    pub(super) fn help_for_token(&self) -> Option<String> {
        let token = self.peek();
        let before = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        if before
            .is_some_and(|before| before.kind == TokenKind::Word && self.text(before.span).eq_ignore_ascii_case("not"))
        {
            return Some("`not` is a function: `not(…)`".to_owned());
        }
        match token.kind {
            TokenKind::Mark(Mark::Equal) => {
                Some("`=` assigns; to compare, write `==` (or `=~` to ignore letter case)".to_owned())
            }
            TokenKind::Mark(
                Mark::EqualEqual | Mark::NotEqual | Mark::Less | Mark::LessEqual | Mark::Greater | Mark::GreaterEqual,
            ) => Some("comparisons do not chain; join them with `and`".to_owned()),
            TokenKind::Mark(Mark::Star) if before.is_some_and(|before| before.kind == TokenKind::Mark(Mark::Slash)) => {
                Some("comments start with `//` and end with the line".to_owned())
            }
            TokenKind::Word => self.help_for_word(self.text(token.span)),
            _ => None,
        }
    }

    fn help_for_word(&self, word: &str) -> Option<String> {
        let lower = word.to_ascii_lowercase();
        let fixed = match lower.as_str() {
            "is" => "write `isnull(x)`, `isempty(x)` or their opposites `isnotnull(x)`, `isnotempty(x)`",
            "not" => "write `not(…)`, or the operators `!in`, `!has`, `!contains`",
            "like" | "ilike" | "rlike" => "write `contains`, `startswith`, `endswith` or `matches regex`",
            "select" | "from" => "this looks like SQL; KQL starts with the table: `T | where … | project …`",
            "then" | "else" | "when" => "write `iff(condition, then, else)` or `case(condition, then, …, else)`",
            _ if is_plainly_piped(word) => return Some(format!("an operator stands behind a `|`: `| {word} …`")),
            _ => {
                let known = WORD_OPERATORS.iter().find(|known| **known == lower)?;
                return (*known != word).then(|| format!("KQL is written in lower case: `{known}`"));
            }
        };
        Some(fixed.to_owned())
    }

    /// Says that a word is no operator, and which one may be meant.
    pub(super) fn unknown_operator(&mut self, word: &str, span: Span) {
        let help = match word.to_ascii_lowercase().as_str() {
            "select" => Some("`select a, b` of SQL is `project a, b`".to_owned()),
            "groupby" | "group" => Some("`group by x` of SQL is `summarize … by x`".to_owned()),
            "having" => Some("`having` of SQL is `where` behind `summarize`".to_owned()),
            "or" | "and" => Some(format!(
                "conditions are joined within one operator: `where a == 1 {} b == 2`",
                word.to_ascii_lowercase()
            )),
            "rename" => Some("did you mean `project-rename`?".to_owned()),
            "expand" => Some("did you mean `mv-expand`?".to_owned()),
            "uniq" | "unique" | "dedup" => Some("did you mean `distinct`?".to_owned()),
            "stats" => Some("did you mean `summarize`?".to_owned()),
            "eval" => Some("did you mean `extend`?".to_owned()),
            "head" => Some("did you mean `take`?".to_owned()),
            _ => suggest(word, words::OPERATORS).map(|operator| format!("did you mean `{operator}`?")),
        };
        let diagnostic = Diagnostic::error(span, format!("`{word}` is not an operator"));
        self.error(match help {
            Some(help) => diagnostic.with_help(help),
            None => diagnostic,
        });
    }
}
