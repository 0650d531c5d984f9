//! Lines of the input until they are something to do: a dot-command, or whole statements.
//!
//! A statement ends as its language says (`hunt::Ending`). A command that takes a statement ends as the statement does, any other with its line.

use super::command::{self, Command};
use crate::hunt::{Ending, LanguageChoice};

/// Lines that are not yet whole.
#[derive(Default)]
pub(super) struct Pending {
    chunk: Chunk,
    /// The command that the statement is for, and what stands between both.
    lead: Option<(&'static Command, String)>,
}

/// Text of the input, and the line of the input that it starts on.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    pub(super) text: String,
    pub(super) first_line: usize,
}

/// Something to do.
pub(super) enum Todo {
    /// Run these statements.
    Statements(Chunk),
    /// Run this command, with what stands behind it.
    Command(&'static Command, String),
    /// Say what is wrong with a command.
    Wrong(String),
    /// Leave.
    Leave,
}

impl Pending {
    pub(super) fn is_begun(&self) -> bool {
        !self.chunk.text.is_empty()
    }

    /// Adds a line, unless it is a blank one before a statement; gives what is to be done if that is now known.
    pub(super) fn push(&mut self, line: Line<'_>, number: usize, choice: LanguageChoice) -> Option<Todo> {
        if self.is_begun() {
            return self.add(line, choice);
        }
        let text = line.text.trim();
        if text.is_empty() {
            return None;
        }
        self.chunk.first_line = number;
        if is_farewell(text) {
            return Some(Todo::Leave);
        }
        if !text.starts_with('.') {
            return self.add(line, choice);
        }
        let (command, argument) = match command::parse(text) {
            Ok(read) => read,
            Err(problem) => return Some(Todo::Wrong(problem)),
        };
        let (_, statement) = command.facts.takes.split(&argument);
        if statement.is_empty() {
            return Some(Todo::Command(command, argument));
        }
        let own = argument.len() - statement.len();
        self.lead = Some((command, argument.get(..own).unwrap_or_default().to_owned()));
        self.add(Line { text: argument.get(own..).unwrap_or_default(), ..line }, choice)
    }

    fn add(&mut self, line: Line<'_>, choice: LanguageChoice) -> Option<Todo> {
        self.chunk.text.push_str(line.text);
        self.chunk.text.push('\n');
        self.is_whole(line, choice).then(|| self.take()).flatten()
    }

    /// Only a `;` or an empty line can end a statement, so a long one is not looked through anew at each of its lines.
    fn is_whole(&self, line: Line<'_>, choice: LanguageChoice) -> bool {
        let (blank, ended) = (line.text.trim().is_empty(), line.text.contains(';'));
        // An empty line between two operators is one of a file that somebody pasted.
        if !blank && !ended || blank && line.ahead.is_some_and(|ahead| ahead.trim_start().starts_with('|')) {
            return false;
        }
        match choice.of(None, &self.chunk.text).ending(&self.chunk.text) {
            Ending::Ended => ended,
            Ending::Open => blank,
            Ending::Awaits => false,
        }
    }

    /// What is to be done with the lines so far, whole or not; nothing if there are none.
    pub(super) fn take(&mut self) -> Option<Todo> {
        let (chunk, lead) = (std::mem::take(&mut self.chunk), self.lead.take());
        match lead {
            Some((command, own)) => Some(Todo::Command(command, own + &chunk.text)),
            None => (!chunk.text.is_empty()).then_some(Todo::Statements(chunk)),
        }
    }
}

/// A line of a text of several lines.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'t> {
    /// The line, without its end.
    pub(super) text: &'t str,
    /// The next line that says something.
    pub(super) ahead: Option<&'t str>,
}

/// The lines of a text.
pub(super) fn lines(text: &str) -> Vec<Line<'_>> {
    let texts: Vec<&str> = text.split('\n').map(|line| line.trim_end_matches('\r')).collect();
    let mut lines: Vec<Line<'_>> = Vec::with_capacity(texts.len());
    let mut ahead = None;
    for text in texts.into_iter().rev() {
        lines.push(Line { text, ahead });
        let said = text.trim_start();
        if !said.is_empty() && !said.starts_with("//") {
            ahead = Some(text);
        }
    }
    lines.reverse();
    lines
}

/// Whether nothing of a text would wait for more of it.
pub(super) fn is_whole(text: &str, choice: LanguageChoice) -> bool {
    let mut pending = Pending::default();
    for line in lines(text) {
        let Some(_done) = pending.push(line, 1, choice) else { continue };
    }
    !pending.is_begun()
}

/// Words that people type to leave, in no language a statement.
fn is_farewell(line: &str) -> bool {
    ["exit", "quit"].contains(&line.trim().trim_end_matches(';').trim_end().to_ascii_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hunt::Language;

    const AUTO: LanguageChoice = LanguageChoice::Auto;

    /// What a text asks to be done, and whether a part of it is not whole.
    fn todos(text: &str, choice: LanguageChoice) -> (Vec<String>, bool) {
        let mut pending = Pending::default();
        let pushed = (1..).zip(lines(text)).filter_map(|(number, line)| pending.push(line, number, choice));
        let told = |todo: Todo| match todo {
            Todo::Statements(chunk) => format!("{}: {}", chunk.first_line, chunk.text.trim_end()),
            Todo::Command(command, argument) => format!("{} <{}>", command.facts.name, argument.trim_end()),
            Todo::Wrong(problem) => problem,
            Todo::Leave => "leave".to_owned(),
        };
        let found = pushed.map(told).collect();
        assert_eq!(is_whole(text, choice), !pending.is_begun());
        (found, pending.is_begun())
    }

    fn check(text: &str, choice: LanguageChoice, expected: &[&str], is_begun: bool) {
        let (found, begun) = todos(text, choice);
        assert_eq!(
            (found.iter().map(String::as_str).collect::<Vec<_>>().as_slice(), begun),
            (expected, is_begun),
            "{text:?}"
        );
    }

    #[test]
    fn a_statement_ends_at_its_semicolon() {
        check(" \nselect ';'\nfrom t; -- done", AUTO, &["2: select ';'\nfrom t; -- done"], false);
        check("select 1; select 2;\nselect 3; select", AUTO, &["1: select 1; select 2;"], true);
        check("select 1\r\n;\r\n", AUTO, &["1: select 1\n;"], false);
        check("select 1\n\n;", AUTO, &["1: select 1\n\n;"], false);
    }

    #[test]
    fn a_query_in_kql_ends_at_its_semicolon_or_an_empty_line() {
        check("T\n| where a == ';'\n| take 1;", AUTO, &["1: T\n| where a == ';'\n| take 1;"], false);
        check("print 1\n", AUTO, &["1: print 1"], false);
        check("print 1", AUTO, &[], true);
        check("let a = 1;\n\n// a comment;\nprint a\n", AUTO, &["1: let a = 1;\n\n// a comment;\nprint a"], false);
        check("let a = 1; print a;\nset x; T;", AUTO, &["1: let a = 1; print a;", "2: set x; T;"], false);
        check("T | where (\n", AUTO, &["1: T | where ("], false);
        check("select 1\n\nprint 2;", LanguageChoice::Only(Language::Kql), &["1: select 1", "3: print 2;"], false);
    }

    #[test]
    fn a_pasted_file_may_have_empty_lines_between_operators() {
        check("T\n\n// why\n| take 1\n\nU\n", AUTO, &["1: T\n\n// why\n| take 1", "6: U"], false);
    }

    #[test]
    fn commands_end_with_their_line_or_with_their_statement() {
        check(
            ".tables\n.tabels\nEXIT;",
            AUTO,
            &[".tables <>", "there is no command .tabels; did you mean .tables?", "leave"],
            false,
        );
        check(".explain", AUTO, &[".explain <>"], false);
        check(".explain select\n1;\n.lang", AUTO, &[".explain <select\n1;>", ".lang <>"], false);
        check(".export \"a b\" T\n| take 1\n", AUTO, &[".export <\"a b\" T\n| take 1>"], false);
        check(".export a.csv", AUTO, &[".export <a.csv>"], false);
        check(".dry-run T", AUTO, &[], true);
        check("select quit;", AUTO, &["1: select quit;"], false);
    }
}
