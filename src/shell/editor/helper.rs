//! What the line editor asks while somebody types: is it whole?

use rustyline::completion::Completer;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Helper, Result};

use crate::hunt::LanguageChoice;
use crate::shell::pending::is_whole;
use crate::shell::session::Session;

/// What the editor knows of the session.
#[derive(Default)]
pub(super) struct ShellHelper {
    choice: LanguageChoice,
}

impl ShellHelper {
    /// Takes over how the session stands now.
    pub(super) fn meet(&mut self, session: &Session) {
        self.choice = session.choice;
    }
}

impl Validator for ShellHelper {
    /// Enter hands the text in if all of it is whole, and begins a line if not.
    fn validate(&self, context: &mut ValidationContext) -> Result<ValidationResult> {
        let whole = is_whole(context.input(), self.choice);
        Ok(if whole { ValidationResult::Valid(None) } else { ValidationResult::Incomplete })
    }
}

impl Completer for ShellHelper {
    type Candidate = String;
}

impl Hinter for ShellHelper {
    type Hint = String;
}

impl Highlighter for ShellHelper {}

impl Helper for ShellHelper {}
