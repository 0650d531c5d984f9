//! The answers of a text, one after the other.

use std::collections::VecDeque;

use super::script::Prepared;
use crate::engine::{Answer, Error};

/// The answers of a text in order: one of a SQL statement, one for each query of a KQL script, several for `fork` and `facet`.
///
/// A query starts when its answer is asked for; the one before it should be read by then, or dropped.
pub struct Answers {
    ready: Option<Answer>,
    waiting: VecDeque<usize>,
    script: Option<Prepared>,
}

impl Answers {
    pub(super) fn of_script(script: Prepared) -> Self {
        Self { ready: None, waiting: (0..script.results()).collect(), script: Some(script) }
    }

    /// How many answers are still to come.
    pub fn left(&self) -> usize {
        usize::from(self.ready.is_some()) + self.waiting.len()
    }

    /// Starts the next query, if there is one.
    ///
    /// # Errors
    /// [`Error`] as a sentence, if it cannot be planned or started; those after it can still be asked for.
    pub async fn next(&mut self) -> Result<Option<Answer>, Error> {
        if let Some(answer) = self.ready.take() {
            return Ok(Some(answer));
        }
        match (&self.script, self.waiting.pop_front()) {
            (Some(script), Some(place)) => script.start(place).await.map(Some),
            _ => Ok(None),
        }
    }
}

impl From<Answer> for Answers {
    fn from(answer: Answer) -> Self {
        Self { ready: Some(answer), waiting: VecDeque::new(), script: None }
    }
}
