//! Lines of the input until they are a whole statement.
//!
//! SQL ends at a `;`. A KQL script ends at the `;` behind a query, or at an empty line; one behind a `let` or a `set` does not end it, since
//! their query is still to come.

use crate::hunt::{Language, LanguageChoice};
use crate::kql::syntax::ast::StatementKind;
use crate::kql::syntax::parse;
use crate::sql::is_complete;

/// Lines that are not yet a whole statement.
#[derive(Debug, Default)]
pub(super) struct Pending(Chunk);

/// Text of the input, and the line of the input that it starts on.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) text: String,
    pub(super) first_line: usize,
}

impl Pending {
    pub(super) fn is_begun(&self) -> bool {
        !self.0.text.is_empty()
    }

    /// Adds a line, unless it is a blank one before a statement; gives the statements if they are now whole.
    pub(super) fn push(&mut self, line: &str, number: usize, choice: LanguageChoice) -> Option<Chunk> {
        if !self.is_begun() {
            if line.trim().is_empty() {
                return None;
            }
            self.0.first_line = number;
        }
        self.0.text.push_str(line);
        self.0.text.push('\n');
        self.is_whole(line, choice).then(|| self.take())
    }

    /// Only a `;` or an empty line can end a statement, so a long one is not looked through anew at each of its lines.
    fn is_whole(&self, line: &str, choice: LanguageChoice) -> bool {
        let (blank, ended) = (line.trim().is_empty(), line.contains(';'));
        if !blank && !ended {
            return false;
        }
        match choice.of(None, &self.0.text) {
            Language::Sql => ended && is_complete(&self.0.text),
            Language::Kql => {
                let text = self.0.text.trim_end();
                let (script, _) = parse(text);
                let Some(last) = script.statements.last() else { return blank };
                let behind = text.get(last.span.end as usize..).unwrap_or_default().trim_start();
                let asks = matches!(last.kind, StatementKind::Query(_));
                if behind.starts_with(';') { asks } else { blank }
            }
        }
    }

    pub(super) fn take(&mut self) -> Chunk {
        std::mem::take(&mut self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTO: LanguageChoice = LanguageChoice::Auto;

    #[test]
    fn a_statement_ends_at_its_semicolon() {
        let mut pending = Pending::default();
        assert_eq!(pending.push(" ", 1, AUTO), None);
        assert!(!pending.is_begun());
        assert_eq!(pending.push("select ';'", 2, AUTO), None);
        assert!(pending.is_begun());
        let chunk = Chunk { text: "select ';'\nfrom t; -- done\n".to_owned(), first_line: 2 };
        assert_eq!(pending.push("from t; -- done", 3, AUTO), Some(chunk));
        assert_eq!(pending.push("select 1; select 2;", 4, AUTO).map(|chunk| chunk.first_line), Some(4));
        assert_eq!(pending.push("select 3; select", 5, AUTO), None);
        assert_eq!(pending.push("4;", 6, AUTO).map(|chunk| chunk.first_line), Some(5));
    }

    /// Which of the lines end a statement.
    fn ends(lines: &[&str], choice: LanguageChoice) -> Vec<usize> {
        let mut pending = Pending::default();
        (1..)
            .zip(lines)
            .filter(|(number, line)| pending.push(line, *number, choice).is_some())
            .map(|(n, _)| n)
            .collect()
    }

    #[test]
    fn a_query_in_kql_ends_at_its_semicolon_or_an_empty_line() {
        assert_eq!(ends(&["T", "| where a == ';'", "| take 1;", "print 1", ""], AUTO), [3, 5]);
        assert_eq!(ends(&["let a = 1;", "", "// a comment;", "print a", "", ""], AUTO), [5]);
        assert_eq!(ends(&["let a = 1; print a;", "set x; T;"], AUTO), [1, 2]);
        assert_eq!(ends(&["T | where (", ""], AUTO), [2]);
        assert_eq!(ends(&["select 1", "", ";"], AUTO), [3]);
        assert_eq!(ends(&["select 1", "", "print 2;"], LanguageChoice::Only(Language::Kql)), [2, 3]);
    }
}
