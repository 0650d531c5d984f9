//! What the line editor asks while somebody types: whether it is whole, what may stand here, how it looks, what it may become.

use std::borrow::Cow;
use std::sync::Arc;

use rustyline::completion::{Candidate, Completer};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter, HistoryHinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Context, Helper, Result};

use super::facts::{SessionFacts, commands};
use super::highlight::coloured;
use super::values::Values;
use crate::complete::{self, CommandFacts, complete};
use crate::hunt::LanguageChoice;
use crate::output::is_hidden;
use crate::shell::pending::is_whole;
use crate::shell::session::Session;

/// More candidates than these are shown by their names only.
const EXPLAINED: usize = 15;
/// What is shown of a candidate's help at most, in characters.
const HELP: usize = 70;

/// What the editor knows of the session.
pub(super) struct ShellHelper {
    choice: LanguageChoice,
    color: bool,
    commands: Vec<CommandFacts>,
    facts: Option<SessionFacts>,
    values: Arc<Values>,
    history: HistoryHinter,
}

impl ShellHelper {
    pub(super) fn new(color: bool) -> Self {
        Self {
            choice: LanguageChoice::default(),
            color,
            commands: commands(),
            facts: None,
            values: Arc::default(),
            history: HistoryHinter::default(),
        }
    }

    /// Takes over how the session stands now.
    pub(super) fn meet(&mut self, session: &Session) {
        self.choice = session.choice;
        if self.facts.as_ref().is_some_and(|facts| facts.sources() != session.engine.sources()) {
            self.values.forget();
        }
        self.facts = Some(SessionFacts::new(session, Arc::clone(&self.values)));
    }
}

impl Validator for ShellHelper {
    /// Enter hands the text in if all of it is whole, and begins a line if not.
    fn validate(&self, context: &mut ValidationContext) -> Result<ValidationResult> {
        let whole = is_whole(context.input(), self.choice);
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

/// A candidate as the editor lists it and puts it in.
pub(super) struct Shown {
    display: String,
    replacement: String,
}

impl Candidate for Shown {
    fn display(&self) -> &str {
        &self.display
    }

    fn replacement(&self) -> &str {
        &self.replacement
    }
}

impl Completer for ShellHelper {
    type Candidate = Shown;

    fn complete(&self, line: &str, cursor: usize, _context: &Context<'_>) -> Result<(usize, Vec<Shown>)> {
        let Some(facts) = &self.facts else { return Ok((cursor, Vec::new())) };
        let found = complete(line, cursor, self.choice, facts);
        let explained = found.candidates.len() <= EXPLAINED;
        let widest = found.candidates.iter().map(|candidate| candidate.text.chars().count()).max().unwrap_or(0);
        let shown = found.candidates.into_iter().map(|candidate| shown(candidate, explained.then_some(widest)));
        Ok((found.start, shown.collect()))
    }
}

/// A candidate with its help behind names of this width, if help is to be shown.
fn shown(candidate: complete::Candidate, width: Option<usize>) -> Shown {
    let display = match width.filter(|_| !candidate.help.is_empty()) {
        Some(width) => {
            let help: String = candidate.help.chars().filter(|letter| !is_hidden(*letter)).take(HELP).collect();
            format!("{:<width$}  {help}", candidate.text)
        }
        None => candidate.text.clone(),
    };
    Shown { display, replacement: candidate.text }
}

/// The rest of an earlier text that begins as what is typed does.
pub(super) struct Earlier {
    /// Its first line: more would push the prompt about.
    first_line: String,
    whole: String,
}

impl Hint for Earlier {
    fn display(&self) -> &str {
        &self.first_line
    }

    fn completion(&self) -> Option<&str> {
        Some(&self.whole)
    }
}

impl Hinter for ShellHelper {
    type Hint = Earlier;

    fn hint(&self, line: &str, cursor: usize, context: &Context<'_>) -> Option<Earlier> {
        let whole = self.history.hint(line, cursor, context)?;
        let (first, more) = whole.split_once('\n').map_or((whole.as_str(), false), |(first, _)| (first, true));
        let first_line = if more { format!("{first} …") } else { first.to_owned() };
        Some(Earlier { first_line, whole })
    }
}

impl Highlighter for ShellHelper {
    fn highlight<'l>(&self, line: &'l str, cursor: usize) -> Cow<'l, str> {
        let coloured = self.color.then(|| coloured(line, cursor, self.choice, &self.commands)).flatten();
        coloured.map_or(Cow::Borrowed(line), Cow::Owned)
    }

    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _default: bool) -> Cow<'b, str> {
        if self.color { Cow::Owned(format!("\x1b[1m{prompt}\x1b[0m")) } else { Cow::Borrowed(prompt) }
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if self.color { Cow::Owned(format!("\x1b[2m{hint}\x1b[0m")) } else { Cow::Borrowed(hint) }
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _completion: CompletionType) -> Cow<'c, str> {
        match candidate.split_once("  ").filter(|_| self.color) {
            Some((name, help)) => Cow::Owned(format!("{name}  \x1b[2m{help}\x1b[0m")),
            None => Cow::Borrowed(candidate),
        }
    }

    /// Any letter may change the colour of others, and any step the bracket that is shown.
    fn highlight_char(&self, _line: &str, _cursor: usize, _kind: CmdKind) -> bool {
        self.color
    }
}

impl Helper for ShellHelper {}
