//! How a command ends when it does not end well, and the exit code of that.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use crate::engine::{Error, ErrorKind};
use crate::hunt::HuntError;
use crate::output::OutputError;
use crate::shell::{ShellError, say};

/// The exit code of a process that Ctrl-C stopped, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// What a command gives.
pub(super) type Outcome<T = ()> = Result<T, Failure>;

/// Why a command does not end with 0, but for the last.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// Trouble, in a sentence.
    Trouble(String),
    /// Trouble that was told when it came up.
    Reported,
    /// All is done, and a condition that was asked for is not met. Said already.
    Unmet,
    /// Ctrl-C came.
    Interrupted,
    /// Nobody reads the output any more, which is no trouble.
    Unread,
}

impl Failure {
    pub(super) fn trouble(sentence: impl Into<String>) -> Self {
        Self::Trouble(sentence.into())
    }

    /// Says what went wrong, if that is to be said, and gives the exit code.
    pub(super) fn report(self) -> ExitCode {
        match self {
            Self::Trouble(sentence) => {
                say(&format!("error: {sentence}"));
                ExitCode::from(2)
            }
            Self::Reported => ExitCode::from(2),
            Self::Unmet => ExitCode::from(1),
            Self::Interrupted => {
                say("stopped");
                ExitCode::from(INTERRUPTED)
            }
            Self::Unread => ExitCode::SUCCESS,
        }
    }

    /// The same failure, with the file that it is about before its sentence.
    pub(super) fn in_file(self, path: &Path) -> Self {
        match self {
            Self::Trouble(sentence) => Self::Trouble(format!("{}: {sentence}", path.display())),
            other => other,
        }
    }
}

impl From<String> for Failure {
    fn from(sentence: String) -> Self {
        Self::Trouble(sentence)
    }
}

impl From<Error> for Failure {
    /// Of a defect, the causes are told too: somebody will have to look for it.
    fn from(error: Error) -> Self {
        if error.kind() == ErrorKind::Cancelled {
            return Self::Interrupted;
        }
        let mut sentence = error.to_string();
        let mut cause = std::error::Error::source(&error).filter(|_| error.kind() == ErrorKind::Internal);
        while let Some(deeper) = cause {
            sentence.push_str(&format!("\n  because: {deeper}"));
            cause = deeper.source();
        }
        Self::Trouble(sentence)
    }
}

impl From<OutputError> for Failure {
    fn from(error: OutputError) -> Self {
        match error {
            OutputError::BrokenPipe => Self::Unread,
            other => Self::Trouble(other.to_string()),
        }
    }
}

impl From<ShellError> for Failure {
    fn from(error: ShellError) -> Self {
        match error {
            ShellError::Interrupted => Self::Interrupted,
            ShellError::Query(error) => error.into(),
            ShellError::Output(error) => error.into(),
            other => Self::Trouble(other.to_string()),
        }
    }
}

impl From<HuntError> for Failure {
    fn from(error: HuntError) -> Self {
        Self::Trouble(error.to_string())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        OutputError::from(error).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_pipe_is_no_trouble() {
        let broken = || io::Error::from(io::ErrorKind::BrokenPipe);
        assert_eq!(Failure::from(broken()), Failure::Unread);
        assert_eq!(Failure::from(ShellError::Output(broken().into())), Failure::Unread);
    }

    #[test]
    fn only_a_defect_tells_its_causes() {
        let error = |kind| Error::new(kind, "it failed").with_source("deep down");
        assert_eq!(Failure::from(error(ErrorKind::Query)), Failure::trouble("it failed"));
        assert_eq!(Failure::from(error(ErrorKind::Internal)), Failure::trouble("it failed\n  because: deep down"));
        assert_eq!(Failure::from(error(ErrorKind::Cancelled)), Failure::Interrupted);
    }
}
